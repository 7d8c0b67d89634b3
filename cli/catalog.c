/* The values that are looked for, with all names that each has. */
#include "scan.h"

#include <stdlib.h>
#include <string.h>

static struct entry *next_entry(struct catalog *c)
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

static bool add_pair(struct catalog *c, const char *env, const char *secret, vault_pair pair)
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
                        .worth = leak_judge((struct slice){value, pair.len})};
    c->count++;
    return true;
}

static vault_err add_secret(struct catalog *c, vault *v, const char *env, const char *secret)
{
    const char *name = arena_copy(&c->names, secret, strlen(secret));
    vault_kv *kv = NULL;
    vault_err err = vault_secret_get(v, env, secret, NULL, 0, &kv);
    bool good = name != NULL;

    for (size_t i = 0; err == VAULT_OK && good && i < vault_kv_count(kv); i++)
        good = add_pair(c, env, name, vault_kv_at(kv, i));
    vault_kv_free(kv);
    c->failed = c->failed || !good;
    return err;
}

vault_err catalog_add(struct catalog *c, vault *v, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_secret_entry *list = NULL;
    size_t count = 0;
    const char *name = arena_copy(&c->names, env, strlen(env));
    vault_err err = vault_fingerprint(v, env, fingerprint); /* one that is empty must open too */

    c->failed = c->failed || !name;
    if (err == VAULT_OK)
        err = vault_secret_list(v, env, NULL, 0, &list, &count);
    for (size_t i = 0; name && err == VAULT_OK && i < count; i++)
        err = add_secret(c, v, name, list[i].name);
    vault_list_free(list);
    return err;
}

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

static void drop_repeated(struct catalog *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->count; i++)
        if (kept == 0 || compare_entries(&c->entries[kept - 1], &c->entries[i]) != 0)
            c->entries[kept++] = c->entries[i];
    c->count = kept;
}

bool catalog_finish(struct catalog *c)
{
    struct slice *values = calloc(c->count + 1, sizeof *values);
    size_t n = 0;

    c->first = calloc(c->count + 1, sizeof *c->first);
    if (values && c->first && !c->failed) {
        size_t i = 0;

        if (c->count > 0)
            qsort(c->entries, c->count, sizeof *c->entries, compare_entries);
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

void catalog_free(struct catalog *c)
{
    leaks_free(c->leaks);
    arena_free(&c->names);
    arena_free(&c->values);
    free(c->entries);
    free(c->first);
}
