/* What a vault's history has left behind: values, readers, keys, environments that were replaced or
 * taken out, and whether one of them comes back. */
#ifndef VAULT_REMOVALS_H
#define VAULT_REMOVALS_H

#include "base/hashtable.h"
#include "vault.h"

#include <sodium.h>

/* That something was left in a commit. */
struct removal {
    size_t commit, before; /* before: 1 + the place of the one before it; 0: none */
    bool told;             /* that it came back */
};

struct removals {
    struct hashtable left; /* 1 + the place of the last removal */
    struct hashtable envs; /* a number for each environment, whatever it is called by then */
    struct removal *list;
    size_t count, env_count;
    unsigned char secret[crypto_generichash_KEYBYTES]; /* of this run: no one can guess a hash */
};

/* Which list count, and for what. */
struct removals_rule {
    bool (*counts)(void *user, size_t commit);
    void *user;
    bool untold; /* only those that nobody was told of when it came back */
    /* Whether the value was sealed with a key of the past: then it is the same one, whatever its
     * date. */
    bool (*of_old_key)(void *user, const vault_difference *d);
};

void removals_begin(struct removals *l);
void removals_free(struct removals *l);

/* Remembers what a difference between two versions took away, in this commit. False: out of memory,
 * as for removals_rename_env. */
bool removals_add(struct removals *l, const vault_difference *d, size_t commit);

/* An environment has another name from now on. */
bool removals_rename_env(struct removals *l, const vault_difference *d);

/* 1 + the last commit in which something went that the difference brings back, which is told with
 * that; 0: it is new. */
size_t removals_came_back(struct removals *l, const vault_difference *d,
                          const struct removals_rule *rule);

/* The same for an environment's key. */
size_t removals_find_key(struct removals *l, const char *env, const char *fingerprint,
                         const struct removals_rule *rule);

/* Whether what the difference takes away was taken away before. */
bool removals_has(struct removals *l, const vault_difference *d);

#endif
