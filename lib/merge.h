/* Three versions of a vault to one: by environment, secret and key, with whatever keys are there.
 *
 * What only one side has changed is taken from it; what both have changed differently is a
 * conflict, which a person answers. An environment that both have changed is merged under its
 * newest key, and without a key only as far as no seal has to be made.
 *
 * MUST: each version of an environment that a key is there for is verified, its new values too,
 * before anything of it is taken. MUST NOT: what stands in neither version is sealed; a key is
 * wrapped to a reader whose seal does not verify; `theirs` brings back a key that was rotated out
 * since `base`, or one that nothing vouches for. */
#ifndef VAULT_MERGE_H
#define VAULT_MERGE_H

#include "unlock.h"

enum merge_side { MERGE_BASE, MERGE_OURS, MERGE_THEIRS, MERGE_SIDES };

enum merge_kind {
    MERGE_VALUE,
    MERGE_SECRET,      /* deleted by one side, changed by the other */
    MERGE_READER,      /* two keys for one name, or a grant that a revoked reader may have made */
    MERGE_ENVIRONMENT, /* deleted and changed, made by both, or changed by both and not open */
    MERGE_PASSPHRASE,
    MERGE_PROPOSAL
};

/* What a side has in the place of a conflict. */
struct merge_version {
    bool there;
    struct slice author; /* empty: not known */
    uint64_t updated_at;
};

struct merge_conflict {
    struct merge_conflict *next;
    enum merge_kind kind;
    struct slice env, secret, name; /* empty where the kind has none */
    struct merge_version side[MERGE_SIDES];
    bool locked;            /* it takes a key to answer it */
    enum merge_side answer; /* MERGE_OURS, MERGE_THEIRS, or MERGE_BASE: none yet */
};

/* Whether this machine has accepted the key `newer` of env after the key `older`, though its past
 * does not say so. Both are fingerprints. */
typedef bool merge_vouch(void *user, struct slice id, struct slice env, struct slice newer,
                         struct slice older);

struct merge {
    struct doc side[MERGE_SIDES]; /* base may be empty: there is none */
    struct doc result;
    struct slice id;
    struct unlock *unlock; /* the credentials */
    struct unlock known;   /* the keys that were found, and those of their past */
    merge_vouch *vouch;
    void *user;
    uint64_t now;
    struct merge_env *envs;
    struct merge_conflict *conflicts, **end;
    struct arena keys, lists;
    struct buf scratch;
};

/* Takes over the three texts. An empty base is none; so is one that holds conflict markers itself.
 * merge_free in any case. */
enum err_code merge_begin(struct merge *m, struct buf texts[MERGE_SIDES], struct unlock *unlock,
                          struct err *err) __attribute__((warn_unused_result));
void merge_free(struct merge *m);

/* Finds out what is to be taken, and the conflicts: their answers are then given. */
enum err_code merge_decide(struct merge *m, struct err *err) __attribute__((warn_unused_result));

/* Appends the merged file, with ours in the place of each conflict that has no answer; and, if
 * there is one, appends the same with theirs to `other`. Both are whole vaults. */
enum err_code merge_finish(struct merge *m, struct buf *out, struct buf *other, struct err *err)
    __attribute__((warn_unused_result));

/* The environments that were sealed anew: *name is NULL before the first, and ends in NULL. */
struct merge_env *merge_next_sealed(const struct merge *m, const struct merge_env *after);
struct slice merge_env_name(const struct merge_env *e);

#endif
