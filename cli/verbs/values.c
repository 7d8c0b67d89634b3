/* The values of environments with their names. */
#include "values.h"

#include "ui/busy.h"
#include "ui/status.h"

#include <stdlib.h>
#include <string.h>

bool values_add(struct values *all, const struct value *v)
{
    struct value *list = list_grow(all->list, all->count, sizeof *list), *to;

    if (!list) {
        all->failed = true;
        return false;
    }
    all->list = list;
    to = &list[all->count++];
    *to = *v;
    to->env = arena_copy(&all->names, v->env, strlen(v->env));
    to->secret = arena_copy(&all->names, v->secret, strlen(v->secret));
    to->name = v->name ? arena_copy(&all->names, v->name, strlen(v->name)) : NULL;
    to->value.at = arena_copy(&all->contents, v->value.at, v->value.len);
    if (!to->env || !to->secret || (v->name && !to->name) || !to->value.at) {
        all->count--;
        all->failed = true;
    }
    return !all->failed;
}

static vault_err add_secret(struct values *all, vault *v, const char *env, const char *secret)
{
    struct value to = {.env = env, .secret = secret};
    vault_kv *kv = NULL;
    vault_err err = vault_secret_stored(v, env, secret, &kv);

    if (err == VAULT_OK)
        values_add(all, &to);
    for (size_t i = 0; err == VAULT_OK && i < vault_kv_count(kv); i++) {
        vault_pair pair = vault_kv_at(kv, i);

        to.name = pair.name;
        to.value = (struct slice){pair.value, pair.len};
        to.kind = vault_kv_kind(kv, pair.name);
        values_add(all, &to);
    }
    vault_kv_free(kv);
    return err;
}

vault_err values_add_env(struct values *all, vault *v, const char *env, const char *only)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_secrets *list = NULL;
    vault_err err = vault_fingerprint(v, env, fingerprint);

    NEXT(err, vault_secret_list(v, env, 0, 0, &list));
    for (size_t i = 0; i < vault_secrets_count(list) && err == VAULT_OK; i++) {
        const char *secret = vault_secrets_at(list, i)->name;

        busy_at(i, vault_secrets_count(list));
        if (!only || strcmp(only, secret) == 0)
            err = add_secret(all, v, env, secret);
    }
    vault_release(list);
    return err;
}

vault_err values_add_results(struct values *all, vault *v, const char *env)
{
    vault_err err = VAULT_OK;

    for (size_t i = 0, count = all->count; i < count && err != VAULT_NO_MEMORY; i++) {
        struct value to = all->list[i];
        vault_kv *kv = NULL;

        if (!to.name || to.kind != VAULT_KIND_TEMPLATE || to.former || strcmp(to.env, env) != 0)
            continue;
        err = vault_value_get(v, env, to.secret, to.name, &kv);
        to.value.at = vault_kv_get(kv, to.name, &to.value.len);
        to.result = true;
        to.kind = VAULT_KIND_SEALED;
        if (err == VAULT_OK)
            values_add(all, &to);
        vault_kv_free(kv);
    }
    return err == VAULT_NO_MEMORY ? err : VAULT_OK;
}

vault_err values_add_names(struct values *all, vault *v, const char *env)
{
    vault_secrets *list = NULL;
    vault_err err = vault_secret_list(v, env, 0, 0, &list);

    for (size_t i = 0; i < vault_secrets_count(list) && err == VAULT_OK; i++) {
        const char *secret = vault_secrets_at(list, i)->name;
        const char **names = NULL;
        size_t n = 0;

        err = vault_value_list(v, env, secret, &names, &n);
        for (size_t j = 0; j < n; j++)
            values_add(all, &(struct value){.env = env, .secret = secret, .name = names[j]});
        vault_release(names);
    }
    vault_release(list);
    return err;
}

static int compare(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    int order = strcmp(x->secret, y->secret);

    if (order || !x->name || !y->name)
        return order ? order : (x->name != NULL) - (y->name != NULL);
    return strcmp(x->name, y->name);
}

void values_sort(struct values *all)
{
    if (all->count > 0)
        qsort(all->list, all->count, sizeof *all->list, compare);
}

const struct value *values_find(const struct values *all, const struct value *like)
{
    if (all->count == 0)
        return NULL;
    return bsearch(like, all->list, all->count, sizeof *all->list, compare);
}

void values_free(struct values *all)
{
    arena_free(&all->names);
    arena_free(&all->contents);
    free(all->list);
    *all = VALUES_EMPTY;
}
