/* check: names that are missing, and values that are old. Names need no key. If an identity opens
 * the environment they are verified first; if none does, a note says so. */
#include "sources.h"
#include "table.h"
#include "ui/fit.h"
#include "ui/json.h"
#include "ui/say.h"
#include "values.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- the names of an environment ---- */

struct inventory {
    const char *env;
    bool verified;
    struct values names; /* by name, then by secret */
};

static int compare_names(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : strcmp(x->secret, y->secret);
}

static enum status take_inventory(struct session *s, struct inventory *inv)
{
    vault_err err = values_add_names(&inv->names, s->v, inv->env);

    if (inv->names.count)
        qsort(inv->names.list, inv->names.count, sizeof *inv->names.list, compare_names);
    return inv->names.failed ? say_no_memory() : session_check(s, err);
}

/* Whether this secret has the name; if secret is empty, whether any has. */
static bool has_name(const struct inventory *inv, const char *secret, const char *name)
{
    const struct value wanted = {.secret = secret, .name = name}, *list = inv->names.list;
    size_t low = 0, high = inv->names.count;

    while (low < high) { /* lower bound; an empty secret sorts first */
        size_t middle = low + (high - low) / 2;

        if (compare_names(&list[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < inv->names.count && strcmp(list[low].name, name) == 0 &&
           (!secret[0] || strcmp(list[low].secret, secret) == 0);
}

/* MUST NOT: report on names that fail to verify. Without an identity that opens it they cannot be
 * verified; an identity that was given and does not open it is an error. */
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
        say_note("no identity here opens %s: its names are unverified", inv->env);
    else if (err != VAULT_OK)
        status = session_error(s, err);
    s->env = env;
    return status;
}

/* ---- findings ---- */

struct report {
    struct buf text, missing, old, future; /* lines of text, and JSON objects */
    size_t missing_count, old_count, future_count;
    struct buf compared; /* what the names were compared with */
    const char *age;     /* what the dates were, or NULL */
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

/* An object of one of the lists, without its end. */
static void begin_finding(struct buf *list, size_t before, const char *env, const char *secret,
                          const char *key)
{
    char path[VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 2];

    snprintf(path, sizeof path, "%s%s%s", secret, secret[0] ? "/" : "", key);
    buf_add_text(list, before ? ",\n    {" : "\n    {");
    json_word(list, "env", env);
    json_word(list, "key", path);
}

static void add_missing(struct report *r, const char *env, const char *secret, const char *key,
                        const char *because)
{
    buf_printf(&r->text, "missing in %s: %s%s%s (", env, secret, secret[0] ? "/" : "", key);
    text_escape(&r->text, slice_of(because), SIZE_MAX);
    buf_add_text(&r->text, ")\n");
    begin_finding(&r->missing, r->missing_count++, env, secret, key);
    json_word(&r->missing, "because", text_is_utf8(slice_of(because)) ? because : "a file");
    buf_add_text(&r->missing, "}");
}

enum { DAY = 86400 /* seconds */ };

/* seconds: the distance from now. */
static void add_dated(struct report *r, bool future, const char *env, const char *secret,
                      const vault_value_entry *key, uint64_t seconds)
{
    char date[VAULT_DATE_LEN + 1];
    struct buf *list = future ? &r->future : &r->old;
    size_t *count = future ? &r->future_count : &r->old_count;
    unsigned long long days = seconds / DAY;

    buf_printf(&r->text, "%s in %s: %s/%s (%s, %s%llu days%s)\n",
               future ? "of the future" : "too old", env, secret, key->name,
               vault_date_write(key->updated_at, date), future ? "in " : "", days,
               future ? "" : " ago");
    begin_finding(list, (*count)++, env, secret, key->name);
    json_date(list, "updated_at", key->updated_at);
    json_raw(list, "days", "%llu}", days);
}

/* ---- comparisons ---- */

static enum status check_example(struct session *s, const struct inventory *inv, const char *file,
                                 struct report *r)
{
    vault_kv *names = NULL;
    vault_err err;

    session_listen(s, false); /* notices about its values do not matter */
    err = vault_kv_from_dotenv(s->v, strcmp(file, "-") == 0 ? "/dev/stdin" : file, NULL, NULL,
                               &names);
    session_listen(s, true);
    if (err != VAULT_OK)
        return say_vault_error(s->v, err);
    for (size_t i = 0; i < vault_kv_count(names); i++) {
        const char *name = vault_kv_at(names, i).name;

        if (!has_name(inv, "", name))
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
        else if (!has_name(inv, path.secret, path.key))
            add_missing(r, inv->env, path.secret, path.key, "required");
    }
    add_compared(r, "--require", count, "name");
    free(names);
    return status;
}

/* The names that one environment has and the other lacks. */
static void add_lacking(struct report *r, const struct inventory *has,
                        const struct inventory *lacks)
{
    char because[VAULT_NAME_MAX + 16];

    snprintf(because, sizeof because, "%s has it", has->env);
    for (size_t i = 0; i < has->names.count; i++) {
        const struct value *v = &has->names.list[i];

        if (!has_name(lacks, v->secret, v->name))
            add_missing(r, lacks->env, v->secret, v->name, because);
    }
}

static enum status check_against(struct session *s, const struct inventory *inv, const char *env,
                                 struct report *r)
{
    struct inventory other = {env, false, VALUES_EMPTY};
    vault_err err = vault_pin(s->v, env, NULL);
    enum status status = err == VAULT_OK ? verify(s, &other, false) : session_error(s, err);

    NEXT(status, take_inventory(s, &other));
    if (status == STATUS_OK) {
        add_lacking(r, inv, &other);
        add_lacking(r, &other, inv);
        add_compared(r, env, other.names.count, "variable");
    }
    values_free(&other.names);
    return status;
}

/* A date in the future has no age. Clocks may differ by a day. */
static void judge_age(struct report *r, const char *env, const char *secret,
                      const vault_value_entry *key, int64_t now, uint64_t most)
{
    /* A date that the calendar does not have reads as a negative number. */
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
    vault_secrets *list = NULL;
    uint64_t most;
    vault_err err;

    if (!text_duration(slice_of(age), INT64_MAX, &most))
        return say_error(STATUS_USAGE, "--max-age takes a time: 12h, 90d, 26w");
    err = vault_secret_list(s->v, inv->env, 0, 0, &list);
    for (size_t i = 0; i < vault_secrets_count(list) && err == VAULT_OK; i++) {
        const char *secret = vault_secrets_at(list, i)->name;
        vault_values *values = NULL;

        err = vault_secret_info(s->v, inv->env, secret, &values);
        for (size_t j = 0; j < vault_values_count(values); j++)
            judge_age(r, inv->env, secret, vault_values_at(values, j), now, most);
        vault_release(values);
    }
    vault_release(list);
    if (err != VAULT_OK)
        return session_error(s, err);
    r->age = age;
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

/* ---- output ---- */

/* Which of the environments it is. */
struct turn {
    size_t at, count;
};

/* An object, or one of a list. */
static void add_json(struct buf *out, const struct inventory *inv, const struct report *r,
                     const struct turn *turn)
{
    if (turn->count > 1)
        buf_add_text(out, turn->at == 0 ? "[\n" : ",\n");
    buf_printf(out, "{\n  \"env\": \"%s\",\n  \"verified\": %s,\n  \"keys\": %zu,\n", inv->env,
               inv->verified ? "true" : "false", inv->names.count);
    buf_add_text(out, "  \"missing\": [");
    buf_add_slice(out, buf_slice(&r->missing));
    buf_printf(out, "%s],\n  \"old\": [", r->missing_count ? "\n  " : "");
    buf_add_slice(out, buf_slice(&r->old));
    buf_printf(out, "%s],\n  \"future\": [", r->old_count ? "\n  " : "");
    buf_add_slice(out, buf_slice(&r->future));
    buf_printf(out, "%s]\n}", r->future_count ? "\n  " : "");
    buf_add_text(out, turn->count > 1 && turn->at + 1 == turn->count ? "\n]\n"
                      : turn->count > 1                              ? ""
                                                                     : "\n");
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
                                const struct report *r, const struct turn *turn)
{
    struct buf out = {0};
    bool json = args_has(s->args, OPT_JSON);
    enum status status = r->missing_count                 ? STATUS_ABSENT
                         : r->old_count + r->future_count ? STATUS_FOUND
                                                          : STATUS_OK;

    if (json)
        add_json(&out, inv, r, turn);
    else
        buf_add_slice(&out, buf_slice(&r->text));
    if (!json && status == STATUS_OK) {
        buf_printf(&out, "%s (%zu variable%s)", inv->env, inv->names.count,
                   inv->names.count == 1 ? "" : "s");
        if (r->compared.len > 0)
            buf_printf(&out, ", compared with %.*s: nothing is missing", (int)r->compared.len,
                       r->compared.data);
        if (r->age)
            buf_printf(&out, "%s nothing is older than %s", r->compared.len ? "," : ":", r->age);
        buf_add_text(&out, "\n");
    }
    if (!buf_ok(&r->text) || !buf_ok(&r->missing) || !buf_ok(&r->old) || !buf_ok(&r->future) ||
        !buf_ok(&r->compared))
        status = say_no_memory();
    else if (fit_write(s->args, &out) != STATUS_OK)
        status = STATUS_FAILED;
    else if (status != STATUS_OK)
        say_counts(r, status);
    if (status == STATUS_ABSENT)
        say_hint("for each: {program} set SECRET/NAME -e ENV");
    else if (status == STATUS_FOUND && r->old_count)
        say_hint("replace it where it is used, then: {program} set SECRET/NAME -e %s", inv->env);
    else if (status == STATUS_FOUND)
        say_hint("a clock was wrong: {program} delete SECRET/NAME -e %s, then {program} set it",
                 inv->env);
    buf_free(&out);
    return status;
}

/* Sets *found to the status of what was found, if anything was. */
static enum status check_env(struct session *s, const struct turn *turn, enum status *found)
{
    struct inventory inv = {s->env, false, VALUES_EMPTY};
    struct report report = {.missing_count = 0};
    enum status status = verify(s, &inv, args_has(s->args, OPT_MAX_AGE) || s->key_given);

    NEXT(status, take_inventory(s, &inv));
    NEXT(status, compare(s, &inv, &report));
    NEXT(status, print_report(s, &inv, &report, turn));
    if (report.missing_count + report.old_count + report.future_count > 0 &&
        (status == STATUS_ABSENT || status == STATUS_FOUND)) {
        *found = *found == STATUS_ABSENT ? STATUS_ABSENT : status;
        status = STATUS_OK;
    }
    report_free(&report);
    values_free(&inv.names);
    return status;
}

static enum status check_envs(struct session *s)
{
    const char **envs = NULL;
    struct turn turn = {0, 0};
    enum status found = STATUS_OK, status = session_envs(s, &envs, &turn.count);

    for (; turn.at < turn.count && status == STATUS_OK; turn.at++) {
        s->env = envs[turn.at];
        status = check_env(s, &turn, &found);
    }
    free(envs);
    return status == STATUS_OK ? found : status;
}

enum status run_check(const struct args *args)
{
    struct session s = {.args = args};
    enum status status;

    if (!args_has(args, OPT_EXAMPLE) && !args_has(args, OPT_REQUIRE) &&
        !args_has(args, OPT_AGAINST) && !args_has(args, OPT_MAX_AGE)) {
        say_error(STATUS_USAGE, "check needs something to compare with");
        say_hint("--example FILE, --require NAME, --against ENV or --max-age TIME");
        return STATUS_USAGE;
    }
    status = session_open(&s, args, NEEDS_KEY);
    NEXT(status, check_envs(&s));
    session_close(&s);
    return status;
}
