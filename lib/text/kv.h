/* A set of environment variables: the one type that values travel in. Names are unique and in byte
 * order; all of it lies in one guarded arena. */
#ifndef VAULT_KV_H
#define VAULT_KV_H

#include "base/err.h"
#include "base/mem.h"

struct kv_pair {
    const char *name; /* ends in zero */
    struct slice value;
    const char *variable; /* "NAME=VALUE", of which the value is the end; NULL: it is not */
    size_t added;         /* the how manieth */
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

/* How much of the arena kv_add takes for a pair. */
size_t kv_room(size_t name_len, size_t value_len);

/* Makes room at once for so many pairs, and for this much in the arena; false for want of memory.
 */
bool kv_reserve(struct vault_kv *kv, size_t count, size_t room) __attribute__((warn_unused_result));

/* Adds a pair behind the others; its value is copied into the arena, as the end of a variable, or,
 * with kv_add_own, lies there already. False for want of memory. The set is not in order again
 * before kv_finish. */
bool kv_add(struct vault_kv *kv, struct slice name, struct slice value)
    __attribute__((warn_unused_result));
bool kv_add_own(struct vault_kv *kv, struct slice name, struct slice value)
    __attribute__((warn_unused_result));

/* Puts the names in order; of several with the same name the last one added stays. */
void kv_finish(struct vault_kv *kv);

/* "NAME=VALUE" with a zero byte behind it, for the environment of a program; NULL for a pair that
 * kv_add_own has added. */
const char *kv_variable(const struct vault_kv *kv, size_t place);

/* NULL if there is none. */
const struct kv_pair *kv_find(const struct vault_kv *kv, struct slice name);

#endif
