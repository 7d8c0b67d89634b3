/* A set of environment variables: the type that all values are passed in. */
#include "kv.h"

#include <stdlib.h>
#include <string.h>

struct vault_kv *kv_new(void)
{
    return calloc(1, sizeof(struct vault_kv));
}

struct vault_kv *kv_new_of(struct pool *pool)
{
    struct vault_kv *kv = kv_new();

    if (kv)
        kv->arena = ARENA_OF(pool);
    return kv;
}

void kv_free(struct vault_kv *kv)
{
    if (!kv)
        return;
    arena_free(&kv->arena);
    free(kv->pairs);
    free(kv);
}

static bool make_room(struct vault_kv *kv, size_t size)
{
    struct kv_pair *pairs = realloc(kv->pairs, size * sizeof *pairs);

    if (!pairs)
        return false;
    kv->pairs = pairs;
    kv->size = size;
    return true;
}

static bool push(struct vault_kv *kv, const char *name, struct slice value, const char *variable)
{
    if (!name || (kv->count == kv->size && !make_room(kv, kv->size ? 2 * kv->size : 16)))
        return false;
    kv->pairs[kv->count] =
        (struct kv_pair){.name = name, .value = value, .variable = variable, .added = kv->count};
    kv->count++;
    return true;
}

bool kv_reserve(struct vault_kv *kv, size_t count, size_t room)
{
    return (count <= kv->size || make_room(kv, count)) && arena_reserve(&kv->arena, room);
}

bool kv_add_own(struct vault_kv *kv, struct slice name, struct slice value)
{
    return push(kv, arena_copy(&kv->arena, name.at, name.len), value, NULL);
}

/* NAME, a zero byte, NAME=VALUE, and another. */
static size_t pair_size(size_t name_len, size_t value_len)
{
    return name_len + 1 + name_len + 1 + value_len + 1;
}

size_t kv_room(size_t name_len, size_t value_len)
{
    return arena_room(pair_size(name_len, value_len));
}

bool kv_add(struct vault_kv *kv, struct slice name, struct slice value)
{
    char *at = arena_alloc(&kv->arena, pair_size(name.len, value.len)), *variable;

    if (!at)
        return false;
    variable = at + name.len + 1;
    memcpy(at, name.at, name.len);
    variable[-1] = '\0';
    memcpy(variable, name.at, name.len);
    variable[name.len] = '=';
    at = variable + name.len + 1;
    if (value.len > 0)
        memcpy(at, value.at, value.len);
    at[value.len] = '\0';
    return push(kv, variable - name.len - 1, (struct slice){at, value.len}, variable);
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

bool kv_add_copy(struct vault_kv *kv, const struct kv_pair *pair)
{
    if (!kv_add(kv, slice_of(pair->name), pair->value))
        return false;
    kv->pairs[kv->count - 1].kind = pair->kind;
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
            kv->pairs[kept].added = kept; /* before any pair that is added later */
            kept++;
        }
    kv->count = kept;
}

const char *kv_variable(const struct vault_kv *kv, size_t place)
{
    return kv->pairs[place].variable;
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
