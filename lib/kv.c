/* A set of environment variables: the one type that values travel in. */
#include "kv.h"

#include <stdlib.h>
#include <string.h>

struct vault_kv *kv_new(void)
{
    return calloc(1, sizeof(struct vault_kv));
}

void kv_free(struct vault_kv *kv)
{
    if (!kv)
        return;
    arena_free(&kv->arena);
    free(kv->pairs);
    free(kv);
}

bool kv_add_own(struct vault_kv *kv, struct slice name, struct slice value)
{
    if (kv->count == kv->size) {
        size_t size = kv->size ? 2 * kv->size : 16;
        struct kv_pair *pairs = realloc(kv->pairs, size * sizeof *pairs);

        if (!pairs)
            return false;
        kv->pairs = pairs;
        kv->size = size;
    }
    kv->pairs[kv->count].name = arena_copy(&kv->arena, name.at, name.len);
    kv->pairs[kv->count].value = value;
    kv->pairs[kv->count].variable = NULL;
    kv->pairs[kv->count].added = kv->count;
    if (!kv->pairs[kv->count].name)
        return false;
    kv->count++;
    return true;
}

bool kv_add_variable(struct vault_kv *kv, struct slice name, struct slice value)
{
    char *variable = (char *)value.at - 1 - name.len;

    if (!kv_add_own(kv, name, value))
        return false;
    memcpy(variable, name.at, name.len);
    variable[name.len] = '=';
    kv->pairs[kv->count - 1].variable = variable;
    return true;
}

bool kv_add(struct vault_kv *kv, struct slice name, struct slice value)
{
    char *copy = arena_copy(&kv->arena, value.at, value.len);

    return copy && kv_add_own(kv, name, (struct slice){copy, value.len});
}

static int compare_pairs(const void *a, const void *b)
{
    const struct kv_pair *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->added > y->added) - (x->added < y->added);
}

static bool in_order(const struct vault_kv *kv)
{
    for (size_t i = 1; i < kv->count; i++)
        if (strcmp(kv->pairs[i - 1].name, kv->pairs[i].name) >= 0)
            return false;
    return true;
}

void kv_finish(struct vault_kv *kv)
{
    size_t kept = 0;

    if (in_order(kv))
        return;
    qsort(kv->pairs, kv->count, sizeof *kv->pairs, compare_pairs);
    for (size_t i = 0; i < kv->count; i++)
        if (i + 1 == kv->count || strcmp(kv->pairs[i].name, kv->pairs[i + 1].name) != 0) {
            kv->pairs[kept] = kv->pairs[i];
            kv->pairs[kept].added = kept; /* before any that is added from here on */
            kept++;
        }
    kv->count = kept;
}

const struct kv_pair *kv_find(const struct vault_kv *kv, struct slice name)
{
    size_t low = 0, high = kv->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(slice_of(kv->pairs[middle].name), name);

        if (order == 0)
            return &kv->pairs[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
