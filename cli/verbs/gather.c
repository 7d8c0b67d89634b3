/* The values that exec and export hand out: of the secrets that were named, in their order, or of
 * all; chosen by --only and --except, named with --prefix, held against --require. */
#include "gather.h"

#include "sources.h"
#include "ui/busy.h"
#include "ui/near.h"
#include "ui/say.h"

#include "base/text.h"
#include "text/kv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_wanted(const struct args *a, const char *name)
{
    return (!args_has(a, OPT_ONLY) || args_lists(a, OPT_ONLY, name)) &&
           !args_lists(a, OPT_EXCEPT, name);
}

static enum status add_set(struct gathered *g, const char *secret)
{
    vault_err err = vault_secret_get(g->s.v, g->s.env, secret, NULL, 0, &g->sets[g->set_count]);

    if (err != VAULT_OK)
        return key_path_error(&g->s, err, secret, NULL);
    g->count += vault_kv_count(g->sets[g->set_count++]);
    return DONE;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->order > y->order) - (x->order < y->order);
}

void gather_sort(struct gathered *g)
{
    size_t i = 1;

    while (i < g->count && compare_entries(&g->entries[i - 1], &g->entries[i]) < 0)
        i++;
    if (i < g->count)
        qsort(g->entries, g->count, sizeof *g->entries, compare_entries);
}

static const char *with_prefix(struct gathered *g, const char *name)
{
    const char *prefix = args_last(g->s.args, OPT_PREFIX);
    size_t size = strlen(name) + (prefix ? strlen(prefix) : 0) + 1;
    char *whole = prefix ? arena_alloc(&g->arena, size) : NULL;

    if (whole)
        snprintf(whole, size, "%s%s", prefix, name);
    return prefix ? whole : name;
}

const char *gather_key(const struct gathered *g, const struct entry *e)
{
    const char *prefix = args_last(g->s.args, OPT_PREFIX);

    return e->name + (prefix ? strlen(prefix) : 0);
}

/* Puts the values of all sets into one list, in the order of the names. */
static enum status collect(struct gathered *g, const char *const *secrets)
{
    bool prefix = args_has(g->s.args, OPT_PREFIX);
    size_t n = 0;

    g->entries = malloc((g->count + 1) * sizeof *g->entries);
    if (!g->entries)
        return say_no_memory();
    for (size_t i = 0; i < g->set_count; i++)
        for (size_t j = 0; j < vault_kv_count(g->sets[i]); j++) {
            vault_pair pair = vault_kv_at(g->sets[i], j);

            if (!is_wanted(g->s.args, pair.name))
                continue;
            g->entries[n] = (struct entry){.name = with_prefix(g, pair.name),
                                           .value = pair.value,
                                           .len = pair.len,
                                           .variable = prefix ? NULL : kv_variable(g->sets[i], j),
                                           .secret = secrets[i],
                                           .order = n};
            if (!g->entries[n++].name)
                return say_no_memory();
        }
    g->count = n;
    gather_sort(g);
    return DONE;
}

/* Of several with one name the last stays; where no order was said they must be the same. */
static enum status settle(struct gathered *g, bool ordered)
{
    size_t kept = 0;

    for (size_t i = 0; g->entries && i < g->count; i++) {
        const struct entry *e = &g->entries[i], *next = i + 1 < g->count ? e + 1 : NULL;

        if (next && strcmp(e->name, next->name) == 0) {
            if (!ordered && (e->len != next->len || memcmp(e->value, next->value, e->len) != 0)) {
                say_error(USAGE, "%s is defined differently by %s and %s", e->name, e->secret,
                          next->secret);
                say_hint("name the secrets in the order you want: the later one wins");
                return USAGE;
            }
            continue;
        }
        g->entries[kept++] = *e;
    }
    g->count = kept;
    return DONE;
}

static enum status check_required(const struct gathered *g)
{
    size_t count;
    const char **names = args_names(g->s.args, OPT_REQUIRE, &count);
    struct buf missing = {0};
    enum status status = names ? DONE : FAILED;

    if (names && count == 0 && args_has(g->s.args, OPT_REQUIRE))
        status = say_error(USAGE, "--require names no key");
    for (size_t i = 0; names && i < count; i++) {
        bool found = false;

        for (size_t j = 0; j < g->count && !found; j++)
            found = strcmp(gather_key(g, &g->entries[j]), names[i]) == 0;
        if (!found)
            buf_printf(&missing, "%s%.80s", missing.len ? ", " : "", names[i]);
    }
    buf_add(&missing, "", 1);
    if (!buf_ok(&missing))
        status = say_no_memory();
    else if (missing.len > 1)
        status = say_error(NOT_THERE, "required, and not in %s: %s", g->s.env, missing.data);
    buf_free(&missing);
    free(names);
    return status;
}

/* The key that is most like one that no secret has. */
static void hint_near_key(const struct gathered *g, const char *name)
{
    const char **names = calloc(g->count + 1, sizeof *names), *near;
    size_t n = 0;

    for (size_t i = 0; names && i < g->set_count; i++)
        for (size_t j = 0; j < vault_kv_count(g->sets[i]); j++)
            names[n++] = vault_kv_at(g->sets[i], j).name;
    near = names ? nearest(name, names, n) : NULL;
    if (near)
        say_hint("there is %s", near);
    else
        say_hint("vault list -e %s", g->s.env);
    free(names);
}

/* A name that is mistyped would let through, or leave out, another key than was meant. */
static enum status check_list(const struct gathered *g, enum opt opt)
{
    size_t count;
    const char **names = args_names(g->s.args, opt, &count);
    enum status status = names ? DONE : FAILED;

    if (names && count == 0 && args_has(g->s.args, opt))
        status = say_error(USAGE, "--%s names no key", options[opt].name);
    for (size_t i = 0; names && i < count && status == DONE; i++) {
        bool found = false;

        for (size_t j = 0; j < g->set_count && !found; j++)
            found = vault_kv_get(g->sets[j], names[i], NULL) != NULL;
        if (found)
            continue;
        status = say_error(NOT_THERE, "--%s: there is no key %.80s in %s", options[opt].name,
                           names[i], g->s.env);
        hint_near_key(g, names[i]);
    }
    free(names);
    return status;
}

/* The values of one secret after the other; of all of them in their order if none was named. */
static enum status read_secrets(struct gathered *g, const char *const *names, size_t count)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    enum status status = DONE;
    vault_err err;

    g->sets = calloc(count + 1, sizeof *g->sets);
    if (!g->sets)
        return say_no_memory();
    for (size_t i = 0; i < count && status == DONE; i++) {
        busy_at(i, count);
        status = add_set(g, names[i]);
    }
    if (count == 0 && (err = vault_fingerprint(g->s.v, g->s.env, fingerprint)) != VAULT_OK)
        status = session_error(&g->s, err); /* an empty environment must open too */
    if (status == DONE)
        status = check_list(g, OPT_ONLY);
    if (status == DONE)
        status = check_list(g, OPT_EXCEPT);
    return status == DONE ? collect(g, names) : status;
}

static enum status read_all_secrets(struct gathered *g)
{
    const char **names;
    size_t count;
    enum status status;
    vault_err err = vault_secret_list(g->s.v, g->s.env, 0, 0, &g->all, &count);

    if (err != VAULT_OK)
        return session_error(&g->s, err);
    names = calloc(count + 1, sizeof *names);
    for (size_t i = 0; names && i < count; i++)
        names[i] = g->all[i].name;
    status = names ? read_secrets(g, names, count) : say_no_memory();
    if (status == DONE)
        status = settle(g, false);
    free(names);
    return status;
}

enum status gather_open(struct gathered *g, const struct args *args)
{
    const char *prefix = args_last(args, OPT_PREFIX);
    enum status status;

    *g = (struct gathered){.s = {.args = args}};
    if (prefix && !text_is_key(slice_of(prefix)))
        return say_error(USAGE, "--prefix takes letters, digits and _, no digit in front");
    status = session_open(&g->s, args, NEEDS_KEY);
    if (status == DONE && args->count == 0)
        status = read_all_secrets(g);
    else if (status == DONE)
        status = read_secrets(g, args->operands, (size_t)args->count);
    if (status == DONE && args->count > 0)
        status = settle(g, true);
    return status == DONE ? check_required(g) : status;
}

void gather_close(struct gathered *g)
{
    for (size_t i = 0; i < g->set_count; i++)
        vault_kv_free(g->sets[i]);
    free(g->sets);
    free(g->entries);
    vault_release(g->all);
    arena_free(&g->arena);
    session_close(&g->s);
}
