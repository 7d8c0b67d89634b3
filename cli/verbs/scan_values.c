/* The values that are looked for, with all names that each has. */
#include "scan_values.h"

#include "git/walk.h"
#include "ui/status.h"

#include <stdlib.h>
#include <string.h>

static struct entry *next_entry(struct scan_values *c)
{
    struct entry *more;

    if (c->count == c->size) {
        c->size = c->size ? 2 * c->size : 64;
        more = realloc(c->entries, c->size * sizeof *more);
        if (!more)
            return NULL;
        c->entries = more;
    }
    return &c->entries[c->count];
}

static bool add_pair(struct scan_values *c, const char *env, const char *secret, vault_pair pair,
                     bool former)
{
    struct entry *e = next_entry(c);
    const char *key = arena_copy(&c->names, pair.name, strlen(pair.name));
    const char *value = arena_copy(&c->values, pair.value, pair.len);

    if (!e || !key || !value)
        return false;
    *e = (struct entry){.env = env,
                        .secret = secret,
                        .key = key,
                        .value = {value, pair.len},
                        .worth = leak_judge((struct slice){value, pair.len}),
                        .former = former};
    c->count++;
    return true;
}

static vault_err add_secret(struct scan_values *c, vault *v, const char *env, const char *secret)
{
    const char *name = arena_copy(&c->names, secret, strlen(secret));
    vault_kv *kv = NULL;
    vault_err err = vault_secret_get(v, env, secret, NULL, 0, &kv);
    bool good = name != NULL;

    for (size_t i = 0; err == VAULT_OK && good && i < vault_kv_count(kv); i++)
        good = vault_kv_kind(kv, vault_kv_at(kv, i).name) == VAULT_KIND_OPEN ||
               add_pair(c, env, name, vault_kv_at(kv, i), false);
    vault_kv_free(kv);
    c->failed = c->failed || !good;
    return err;
}

vault_err scan_values_add(struct scan_values *c, vault *v, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_secret_entry *list = NULL;
    size_t count = 0;
    const char *name = arena_copy(&c->names, env, strlen(env));
    vault_err err = vault_fingerprint(v, env, fingerprint); /* one that is empty must open too */

    c->failed = c->failed || !name;
    if (err == VAULT_OK)
        err = vault_secret_list(v, env, 0, 0, &list, &count);
    for (size_t i = 0; name && err == VAULT_OK && i < count; i++)
        err = add_secret(c, v, name, list[i].name);
    vault_release(list);
    return err;
}

/* ---- history ---- */

struct former {
    struct scan_values *c;
    const char *const *envs;
    size_t count, unread;
};

static bool is_wanted(const struct former *f, const char *env)
{
    for (size_t i = 0; f->envs && i < f->count; i++)
        if (strcmp(f->envs[i], env) == 0)
            return true;
    return !f->envs;
}

static void add_change(void *user, const struct history_step *change)
{
    struct former *f = user;
    const vault_difference *d = change->difference;
    const char *env, *secret;

    if (!d || d->what == VAULT_WHAT_UNREAD)
        f->unread += !d || is_wanted(f, d->env);
    if (!d || d->part != VAULT_PART_VALUE || !is_wanted(f, d->env))
        return;
    env = arena_copy(&f->c->names, d->env, strlen(d->env));
    secret = arena_copy(&f->c->names, d->secret, strlen(d->secret));
    for (int i = 0; i < 2 && env && secret && !f->c->failed; i++) {
        const vault_side *side = i ? &d->after : &d->before;
        vault_pair pair = {d->name, side->value, side->len};

        if (side->value && side->kind != VAULT_KIND_OPEN &&
            !add_pair(f->c, env, secret, pair, true))
            f->c->failed = true;
    }
    f->c->failed = f->c->failed || !env || !secret;
}

enum status scan_values_add_history(struct scan_values *c, struct history *h,
                                    const char *const *envs, size_t count, size_t *unread)
{
    struct former f = {.c = c, .envs = envs, .count = count};
    const struct history_walk changes = {.tell = add_change, .user = &f};
    enum status status = history_read(h);

    if (status == STATUS_OK)
        status = history_walk(h, &changes);
    *unread += f.unread;
    return status;
}

/* ---- in order ---- */

/* Those that are looked for first, by value; then by name. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = (int)x->worth - (int)y->worth;

    if (!order)
        order = slice_compare(x->value, y->value);
    if (!order)
        order = strcmp(x->secret, y->secret);
    if (!order)
        order = strcmp(x->key, y->key);
    return order ? order : strcmp(x->env, y->env);
}

/* What is the value still is no former one: it comes first. */
static int compare_all(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = compare_entries(a, b);

    return order ? order : x->former - y->former;
}

static void drop_repeated(struct scan_values *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->count; i++)
        if (kept == 0 || compare_entries(&c->entries[kept - 1], &c->entries[i]) != 0)
            c->entries[kept++] = c->entries[i];
    c->count = kept;
}

bool scan_values_finish(struct scan_values *c)
{
    struct slice *values = calloc(c->count + 1, sizeof *values);
    size_t n = 0;

    c->first = calloc(c->count + 1, sizeof *c->first);
    if (values && c->first && !c->failed) {
        size_t i = 0;

        if (c->count > 0)
            qsort(c->entries, c->count, sizeof *c->entries, compare_all);
        drop_repeated(c);
        for (; i < c->count && c->entries[i].worth == LEAK_WORTH; i++)
            if (n == 0 || !slice_equal(values[n - 1], c->entries[i].value)) {
                c->first[n] = i;
                values[n++] = c->entries[i].value;
            }
        c->first[n] = i;
        c->value_count = n;
        c->leaks = leaks_make(values, n);
    }
    free(values);
    return c->leaks != NULL;
}

void scan_values_free(struct scan_values *c)
{
    leaks_free(c->leaks);
    arena_free(&c->names);
    arena_free(&c->values);
    free(c->entries);
    free(c->first);
}
