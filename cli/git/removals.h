/* What a vault's history has removed or replaced (values, readers, keys, environments), and whether
 * one of them comes back. */
#ifndef VAULT_REMOVALS_H
#define VAULT_REMOVALS_H

#include "base/hashtable.h"
#include "vault.h"

#include <sodium.h>

/* A removal of something in a commit. */
struct removal {
    size_t commit, before; /* before: 1 + the index of the previous removal; 0: none */
    bool told;             /* its return was reported */
};

struct removals {
    struct hashtable left; /* 1 + the index of the last removal */
    struct hashtable envs; /* the number of each environment, which survives a rename */
    struct removal *list;
    size_t count, env_count;
    unsigned char
        secret[crypto_generichash_KEYBYTES]; /* of this run, so that hashes cannot be guessed */
};

/* Which removals count. */
struct removals_rule {
    bool (*counts)(void *user, size_t commit);
    void *user;
    bool untold; /* only those whose return was not reported */
    /* Whether the value was sealed with a past key: then it counts as the same, whatever its
     * date. */
    bool (*of_old_key)(void *user, const vault_difference *d);
};

void removals_begin(struct removals *l);
void removals_free(struct removals *l);

/* Remembers what a difference between two versions removed in this commit. False if out of memory,
 * as for removals_rename_env. */
bool removals_add(struct removals *l, const vault_difference *d, size_t commit);

/* Records that an environment was renamed. */
bool removals_rename_env(struct removals *l, const vault_difference *d);

/* 1 + the last commit that removed what the difference brings back, which then counts as told; 0 if
 * it is new. */
size_t removals_came_back(struct removals *l, const vault_difference *d,
                          const struct removals_rule *rule);

/* The same for an environment's key. */
size_t removals_find_key(struct removals *l, const char *env, const char *fingerprint,
                         const struct removals_rule *rule);

/* Whether what the difference removes was removed before. */
bool removals_has(struct removals *l, const vault_difference *d);

#endif
