/* A set of environment variables: the type that all values are passed in. Names are unique and in
 * byte order; names and values are in one guarded arena. */
#ifndef VAULT_KV_H
#define VAULT_KV_H

#include "base/err.h"
#include "base/mem.h"

/* How a file keeps a value; KV_ANY: of a set that was not read from one. */
enum kv_kind { KV_ANY, KV_SEALED, KV_TEMPLATE, KV_OPEN };

struct kv_pair {
    const char *name; /* ends in a zero byte */
    struct slice value;
    const char *variable; /* "NAME=VALUE", whose end is the value; or NULL */
    size_t added;         /* insertion index; the highest wins among equal names */
    enum kv_kind kind;
};

struct vault_kv {
    struct arena arena;
    struct kv_pair *pairs; /* pointers only: not secret */
    size_t count, size;
};

struct vault_kv *kv_new(void) __attribute__((warn_unused_result)); /* NULL: out of memory */

/* The same; what is reserved first in it comes from the pool. */
struct vault_kv *kv_new_of(struct pool *pool) __attribute__((warn_unused_result));
void kv_free(struct vault_kv *kv); /* accepts NULL */

/* The arena bytes that kv_add takes for a pair. */
size_t kv_room(size_t name_len, size_t value_len);

/* Reserves memory for count pairs, and room bytes of the arena; false if out of memory. */
bool kv_reserve(struct vault_kv *kv, size_t count, size_t room) __attribute__((warn_unused_result));

/* Appends a pair. kv_add copies the value into the arena, as part of a "NAME=VALUE"; for kv_add_own
 * it is in the arena already. False if out of memory. Call kv_finish after the last one. */
bool kv_add(struct vault_kv *kv, struct slice name, struct slice value)
    __attribute__((warn_unused_result));
bool kv_add_own(struct vault_kv *kv, struct slice name, struct slice value)
    __attribute__((warn_unused_result));

/* The same with a pair of another set, and its kind. */
bool kv_add_copy(struct vault_kv *kv, const struct kv_pair *pair)
    __attribute__((warn_unused_result));

/* Sorts the names; of equal names it keeps the last one added. */
void kv_finish(struct vault_kv *kv);

/* "NAME=VALUE" with a zero byte behind it, for the environment of a program; NULL for a pair that
 * kv_add_own has added. */
const char *kv_variable(const struct vault_kv *kv, size_t place);

/* NULL if there is none. */
const struct kv_pair *kv_find(const struct vault_kv *kv, struct slice name);

#endif
