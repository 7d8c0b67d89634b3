/* check: what is missing, and what is old, by name. Names need no key; but where one is there, they
 * are verified first, and where none is, that is said. */
#include "sources.h"
#include "table.h"
#include "ui/say.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- what an environment has ---- */

struct item {
    const char *secret, *key;
};

struct inventory {
    const char *env;
    bool verified;
    vault_secret_entry *secrets;
    size_t secret_count;
    const char ***keys; /* of each secret */
    struct item *items; /* by key, then by secret */
    size_t count;
};

static void inventory_free(struct inventory *inv)
{
    for (size_t i = 0; inv->keys && i < inv->secret_count; i++)
        vault_release(inv->keys[i]);
    free(inv->keys);
    free(inv->items);
    vault_release(inv->secrets);
}

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order ? order : strcmp(x->secret, y->secret);
}

static enum status add_items(struct inventory *inv, const char *secret, const char **keys,
                             size_t count)
{
    struct item *more = realloc(inv->items, (inv->count + count + 1) * sizeof *more);

    if (!more)
        return say_no_memory();
    inv->items = more;
    for (size_t i = 0; i < count; i++)
        inv->items[inv->count++] = (struct item){secret, keys[i]};
    return STATUS_OK;
}

static enum status take_inventory(struct session *s, struct inventory *inv)
{
    vault_err err = vault_secret_list(s->v, inv->env, 0, 0, &inv->secrets, &inv->secret_count);
    enum status status = err == VAULT_OK ? STATUS_OK : session_error(s, err);

    if (status != STATUS_OK)
        return status;
    inv->keys = calloc(inv->secret_count + 1, sizeof *inv->keys);
    if (!inv->keys)
        return say_no_memory();
    for (size_t i = 0; i < inv->secret_count && status == STATUS_OK; i++) {
        size_t count;

        err = vault_value_list(s->v, inv->env, inv->secrets[i].name, &inv->keys[i], &count);
        status = err == VAULT_OK ? add_items(inv, inv->secrets[i].name, inv->keys[i], count)
                                 : session_error(s, err);
    }
    if (inv->count)
        qsort(inv->items, inv->count, sizeof *inv->items, compare_items);
    return status;
}

/* In this secret, or, if it is empty, in any. */
static bool has_key(const struct inventory *inv, const char *secret, const char *key)
{
    size_t low = 0, high = inv->count;
    const struct item wanted = {secret, key};

    while (low < high) { /* the first that is not before it: an empty secret is before all */
        size_t middle = low + (high - low) / 2;

        if (compare_items(&inv->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < inv->count && strcmp(inv->items[low].key, key) == 0 &&
           (!secret[0] || strcmp(inv->items[low].secret, secret) == 0);
}

/* MUST: what does not verify is not reported on. Where no key opens it, there is nothing to verify
 * with; one that was given and does not open it is an error all the same. */
static enum status verify(struct session *s, struct inventory *inv, bool needs_key)
{
    const char *env = s->env;
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    enum status status = STATUS_OK;
    vault_err err;

    if (!needs_key)
        session_ask_nobody(s);
    err = vault_fingerprint(s->v, inv->env, fingerprint);
    inv->verified = err == VAULT_OK;
    s->env = inv->env; /* for the hints */
    if ((err == VAULT_NO_CREDENTIAL || err == VAULT_LOCKED) && !needs_key)
        say_note("no key here opens %s: its names are shown as they stand, unverified", inv->env);
    else if (err != VAULT_OK)
        status = session_error(s, err);
    s->env = env;
    return status;
}

/* ---- what is found ---- */

struct report {
    struct buf text, missing, old, future; /* lines; and JSON, if that is wanted */
    size_t missing_count, old_count, future_count;
    struct buf compared; /* with what */
};

static void report_free(struct report *r)
{
    buf_free(&r->text);
    buf_free(&r->missing);
    buf_free(&r->old);
    buf_free(&r->future);
    buf_free(&r->compared);
}

static void add_compared(struct report *r, const char *what, size_t count, const char *unit)
{
    buf_add_text(&r->compared, r->compared.len ? ", " : "");
    text_escape(&r->compared, slice_of(what), SIZE_MAX);
    buf_printf(&r->compared, " (%zu %s%s)", count, unit, count == 1 ? "" : "s");
}

static void add_missing(struct report *r, const char *env, const char *secret, const char *key,
                        const char *because)
{
    buf_printf(&r->text, "missing in %s: %s%s%s (", env, secret, secret[0] ? "/" : "", key);
    text_escape(&r->text, slice_of(because), SIZE_MAX);
    buf_add_text(&r->text, ")\n");
    buf_printf(&r->missing, "%s\n    {\"env\": \"%s\", \"key\": \"%s%s%s\", \"because\": ",
               r->missing_count++ ? "," : "", env, secret, secret[0] ? "/" : "", key);
    text_json(&r->missing,
              text_is_utf8(slice_of(because)) ? slice_of(because) : slice_of("a file"));
    buf_add_text(&r->missing, "}");
}

enum { DAY = 86400 /* seconds */ };

/* seconds: how long ago, or how far in the future. */
static void add_dated(struct report *r, bool future, const char *env, const char *secret,
                      const vault_value_entry *key, uint64_t seconds)
{
    struct buf date = {0}, *list = future ? &r->future : &r->old;
    size_t *count = future ? &r->future_count : &r->old_count;
    unsigned long long days = seconds / DAY;

    text_date(&date, key->updated_at);
    buf_printf(&r->text, "%s in %s: %s/%s (%s, %s%llu days%s)\n",
               future ? "of the future" : "too old", env, secret, key->name, buf_text(&date, ""),
               future ? "in " : "", days, future ? "" : " ago");
    buf_printf(list,
               "%s\n    {\"env\": \"%s\", \"key\": \"%s/%s\", \"updated_at\": \"%s\", \"days\": "
               "%llu}",
               (*count)++ ? "," : "", env, secret, key->name, buf_text(&date, ""), days);
    buf_free(&date);
}

/* ---- what is compared ---- */

static enum status check_example(struct session *s, const struct inventory *inv, const char *file,
                                 struct report *r)
{
    vault_kv *names = NULL;
    vault_err err;

    session_listen(s, false); /* its values mean nothing */
    err = vault_kv_from_dotenv(s->v, strcmp(file, "-") == 0 ? "/dev/stdin" : file, NULL, NULL,
                               &names);
    session_listen(s, true);
    if (err != VAULT_OK)
        return say_vault_error(s->v, err);
    for (size_t i = 0; i < vault_kv_count(names); i++) {
        const char *name = vault_kv_at(names, i).name;

        if (!has_key(inv, "", name))
            add_missing(r, inv->env, "", name, file);
    }
    add_compared(r, file, vault_kv_count(names), "name");
    vault_kv_free(names);
    return STATUS_OK;
}

static enum status check_required(const struct inventory *inv, const char *list, struct report *r)
{
    char *names = strdup(list);
    struct key_path path;
    enum status status = names ? STATUS_OK : say_no_memory();
    size_t count = 0;

    for (char *name = names ? strtok(names, ",") : NULL; name && status == STATUS_OK;
         name = strtok(NULL, ",")) {
        count++;
        if (!key_path_read(name, &path))
            status = STATUS_USAGE;
        else if (!has_key(inv, path.secret, path.key))
            add_missing(r, inv->env, path.secret, path.key, "required");
    }
    add_compared(r, "--require", count, "name");
    free(names);
    return status;
}

static enum status check_against(struct session *s, const struct inventory *inv, const char *env,
                                 struct report *r)
{
    struct inventory other = {.env = env};
    char because[VAULT_NAME_MAX + 16];
    vault_err err = vault_pin(s->v, env, NULL);
    enum status status = err == VAULT_OK ? verify(s, &other, false) : session_error(s, err);

    if (status == STATUS_OK)
        status = take_inventory(s, &other);
    snprintf(because, sizeof because, "%s has it", inv->env);
    for (size_t i = 0; status == STATUS_OK && i < inv->count; i++)
        if (!has_key(&other, inv->items[i].secret, inv->items[i].key))
            add_missing(r, env, inv->items[i].secret, inv->items[i].key, because);
    if (status == STATUS_OK)
        add_compared(r, env, other.count, "key");
    inventory_free(&other);
    return status;
}

/* How old a value is cannot be said where its date is still to come. A day is what clocks may
 * differ. */
static void judge_age(struct report *r, const char *env, const char *secret,
                      const vault_value_entry *key, int64_t now, uint64_t most)
{
    /* One that is no time of this calendar reads as a negative number. */
    uint64_t date = (uint64_t)key->updated_at, today = (uint64_t)now;

    if (date > today && date - today > DAY)
        add_dated(r, true, env, secret, key, date - today);
    else if (date < today && today - date > most)
        add_dated(r, false, env, secret, key, today - date);
}

static enum status check_age(struct session *s, const struct inventory *inv, const char *age,
                             struct report *r)
{
    int64_t now = (int64_t)time(NULL);
    uint64_t most;
    vault_secret_entry about;
    vault_value_entry *keys;
    size_t count;

    if (!text_duration(slice_of(age), INT64_MAX, &most))
        return say_error(STATUS_USAGE, "--max-age takes a time: 12h, 90d, 26w");
    for (size_t i = 0; i < inv->secret_count; i++) {
        const char *secret = inv->secrets[i].name;
        vault_err err = vault_secret_info(s->v, inv->env, secret, &about, &keys, &count);

        if (err != VAULT_OK)
            return session_error(s, err);
        for (size_t j = 0; j < count; j++)
            judge_age(r, inv->env, secret, &keys[j], now, most);
        vault_release(keys);
    }
    buf_printf(&r->compared, "%san age of %s", r->compared.len ? ", " : "", age);
    return STATUS_OK;
}

static enum status compare(struct session *s, const struct inventory *inv, struct report *r)
{
    enum status status = STATUS_OK;

    for (int i = 0; i < s->args->given_count && status == STATUS_OK; i++) {
        const struct given *g = &s->args->given[i];

        if (g->opt == OPT_AGAINST)
            status = check_against(s, inv, g->value, r);
        else if (g->opt == OPT_EXAMPLE)
            status = check_example(s, inv, g->value, r);
        else if (g->opt == OPT_REQUIRE)
            status = check_required(inv, g->value, r);
        else if (g->opt == OPT_MAX_AGE)
            status = check_age(s, inv, g->value, r);
    }
    return status;
}

/* ---- the answer ---- */

static void add_json(struct buf *out, const struct inventory *inv, const struct report *r)
{
    buf_printf(out, "{\n  \"env\": \"%s\",\n  \"verified\": %s,\n  \"keys\": %zu,\n", inv->env,
               inv->verified ? "true" : "false", inv->count);
    buf_add_text(out, "  \"missing\": [");
    buf_add_slice(out, buf_slice(&r->missing));
    buf_printf(out, "%s],\n  \"old\": [", r->missing_count ? "\n  " : "");
    buf_add_slice(out, buf_slice(&r->old));
    buf_printf(out, "%s],\n  \"future\": [", r->old_count ? "\n  " : "");
    buf_add_slice(out, buf_slice(&r->future));
    buf_printf(out, "%s]\n}\n", r->future_count ? "\n  " : "");
}

static void say_counts(const struct report *r, enum status status)
{
    const struct {
        size_t count;
        const char *what;
    } counts[] = {{r->missing_count, "missing"},
                  {r->old_count, "too old"},
                  {r->future_count, "dated in the future"}};
    struct buf sentence = {0};

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].count)
            buf_printf(&sentence, "%s%zu %s", sentence.len ? ", " : "", counts[i].count,
                       counts[i].what);
    say_error(status, "%s", buf_text(&sentence, "something was found"));
    buf_free(&sentence);
}

static enum status print_report(const struct session *s, const struct inventory *inv,
                                const struct report *r)
{
    struct buf out = {0};
    bool json = args_has(s->args, OPT_JSON);
    enum status status = r->missing_count                 ? STATUS_ABSENT
                         : r->old_count + r->future_count ? STATUS_FOUND
                                                          : STATUS_OK;

    if (json)
        add_json(&out, inv, r);
    else
        buf_add_slice(&out, buf_slice(&r->text));
    if (!json && status == STATUS_OK) {
        buf_printf(&out, "%s (%zu key%s), held against ", inv->env, inv->count,
                   inv->count == 1 ? "" : "s");
        buf_add_slice(&out, buf_slice(&r->compared));
        buf_add_text(&out, ": all is there\n");
    }
    if (!buf_ok(&r->text) || !buf_ok(&r->missing) || !buf_ok(&r->old) || !buf_ok(&r->future) ||
        !buf_ok(&r->compared))
        status = say_no_memory();
    else if (!write_buf(&out))
        status = STATUS_FAILED;
    else if (status != STATUS_OK)
        say_counts(r, status);
    if (status == STATUS_ABSENT)
        say_hint("vault set SECRET/KEY -e ENV, for each");
    else if (status == STATUS_FOUND && r->old_count)
        say_hint("where it is made anew, then: vault set SECRET/KEY -e %s", inv->env);
    else if (status == STATUS_FOUND)
        say_hint("a clock was wrong: vault delete SECRET/KEY -e %s, then vault set it", inv->env);
    buf_free(&out);
    return status;
}

enum status run_check(const struct args *args)
{
    struct session s = {.args = args};
    struct inventory inv = {.env = NULL};
    struct report report = {.missing_count = 0};
    enum status status;

    if (!args_has(args, OPT_EXAMPLE) && !args_has(args, OPT_REQUIRE) &&
        !args_has(args, OPT_AGAINST) && !args_has(args, OPT_MAX_AGE)) {
        say_error(STATUS_USAGE, "there is nothing to hold it against");
        say_hint("vault check --example .env.example, --require, --against or --max-age");
        return STATUS_USAGE;
    }
    status = session_open(&s, args, NEEDS_KEY);
    inv.env = s.env;
    if (status == STATUS_OK)
        status = verify(&s, &inv, args_has(args, OPT_MAX_AGE) || s.key_given);
    if (status == STATUS_OK)
        status = take_inventory(&s, &inv);
    if (status == STATUS_OK)
        status = compare(&s, &inv, &report);
    if (status == STATUS_OK)
        status = print_report(&s, &inv, &report);
    report_free(&report);
    inventory_free(&inv);
    session_close(&s);
    return status;
}
