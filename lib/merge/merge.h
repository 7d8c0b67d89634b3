/* Merges three versions of a vault into one: by environment, secret and variable, with the keys at
 * hand.
 *
 * A merge on a server is safe by cryptography: a line under another key than the file's does not
 * verify. This merge seals lines again, under the key of the result, so it must not believe them.
 * The attacker writes to the repository and may be a reader who was revoked. They choose the base
 * (the person who opens a pull request, picks, rebases, reverts or pops a stash does), which side
 * is "ours" (a rebase swaps them), and every line under a key that they once held.
 *
 * The rules, as vault(5) has them:
 *
 * 1. The base says which side has left a thing unchanged, and nothing more. MUST: each question of
 *    safety compares with main. MUST NOT: something of the other side is taken because of what the
 *    base has.
 * 2. P is this machine's last pin of the environment, or the pin given for this run. Key X leads
 *    from key Y if Y is in X's verified past, or if the pins have accepted X after Y. With one key
 *    on both sides, main is ours. Otherwise main is the side whose key leads from the other's, and
 *    that key MUST be P or lead from P. MUST NOT: main is chosen by its side. Both keys lead from
 *    each other: an integrity error. No P, or none that leads there: an error, and a person trusts
 *    the key first. (Where main is theirs and ours is the base byte for byte, nothing is sealed:
 * the next opening compares with the pins, and a missing P is no error here.)
 * 3. Neither leads from the other, but they share a past key: a fork, and a person decides. The
 *    result has a fresh key. Its readers are the public keys that read both sides; each other one
 *    is confirmed by a person who has seen it in full. MUST NOT: a key that was declined joins the
 *    past.
 * 4. Nothing leads from one key to the other: the environment is in conflict as a whole, and
 *    nothing crosses.
 * 5. What exists only under another key than main's is a claim, and a person decides: readers
 *    that were added, changed or removed, each by its whole key; values and deletions, with author
 *    and date. A reader that was removed without a new key is asked too. created-at and created-by
 *    are main's.
 * 6. Older or returned, under one key too: a value that is not later than main's, and any entry
 *    that main does not have now but once had in the very same sealed form, is a conflict.
 * 7. An environment with a conflict that nobody has answered stays as ours has it, byte for byte,
 *    with a block of comments between conflict markers. MUST NOT: anything that was sealed or
 *    wrapped for the merge of it is written. No pin is written.
 * 8. Without a key nothing is sealed. Lines of both sides are merged only where inbox-key and past
 *    are the base's on both. What one side alone has changed is taken as it stands, as a server
 *    takes it, unless that undoes a rotation.
 *
 * MUST: each version of an environment that a key is there for is verified, its new values too,
 * before anything of it is taken. MUST NOT: a key is wrapped to a reader whose seal does not
 * verify. */
#ifndef VAULT_MERGE_H
#define VAULT_MERGE_H

#include "base/hashtable.h"
#include "vault/unlock.h"

enum merge_side { MERGE_BASE, MERGE_OURS, MERGE_THEIRS, MERGE_SIDES };

enum merge_kind {
    MERGE_VALUE,
    MERGE_SECRET, /* it is new, or one side has deleted it */
    MERGE_READER,
    MERGE_ENVIRONMENT, /* as a whole */
    MERGE_FORK,        /* the keys of an environment */
    MERGE_PASSPHRASE,
    MERGE_PROPOSAL
};

enum merge_why {
    MERGE_AGREED,      /* no question: it is taken */
    MERGE_BOTH,        /* both sides have changed it, differently */
    MERGE_CLAIM,       /* it exists only under another key than main's */
    MERGE_OLDER,       /* it is not later than main's */
    MERGE_RETURNED,    /* main had it before */
    MERGE_NOT_ROTATED, /* a reader was removed without a new key */
    MERGE_ROTATED,     /* both sides were rotated: the fork, and what reads one side only */
    MERGE_UNRELATED,   /* nothing leads from one key to the other */
    MERGE_CLOSED,      /* no key that was given opens both sides */
    MERGE_USED         /* a template would be left without a variable that it uses */
};

enum merge_answer {
    MERGE_OPEN, /* none yet */
    MERGE_TAKE_OURS,
    MERGE_TAKE_THEIRS,
    MERGE_TAKE_BOTH, /* of a fork: one vault, under a fresh key */
    MERGE_TAKE_NEW   /* of a value: the one in `value` */
};

/* What a side has in a place. */
struct merge_version {
    bool there;
    struct slice author; /* empty: not known */
    uint64_t updated_at;
    struct slice text; /* a reader's public key, an environment's fingerprint, or empty */
};

/* A place in which the other side has something else than main. */
struct merge_change {
    struct merge_change *next;
    struct merge_env *of; /* NULL: a passphrase */
    enum merge_kind kind;
    enum merge_why why;
    enum merge_side incoming;       /* the side that is not main */
    struct slice env, secret, name; /* empty where the kind has none */
    struct merge_version side[MERGE_SIDES];
    void *at[MERGE_SIDES]; /* the doc_item or doc_table of each side; NULL: none */
    bool locked;           /* it takes a key to answer it */
    enum merge_answer answer;
    struct slice value; /* with MERGE_TAKE_NEW: the caller's, until merge_finish */
};

/* What the merge asks of its surroundings. */
struct merge_looks {
    /* The fingerprint last accepted for env, or the one given for this run; empty: none. */
    enum err_code (*pin)(void *user, struct slice id, struct slice env,
                         char fingerprint[SEAL_FINGERPRINT_TEXT + 1], struct err *err);
    /* Whether `newer` was accepted after `older`. Both are fingerprints. */
    enum err_code (*vouch)(void *user, struct slice id, struct slice env, struct slice newer,
                           struct slice older, bool *yes, struct err *err);
    /* Which of these texts the history of ours once had; NULL: it is not known.
     */
    enum err_code (*look_back)(void *user, const struct slice *texts, size_t count, bool *seen,
                               struct err *err);
    void *user;
};

struct merge {
    struct doc side[MERGE_SIDES]; /* base is empty if there is none */
    struct doc result;
    struct slice id;
    struct unlock *unlock; /* the credentials */
    struct unlock known;   /* the keys that were found, and those of their past */
    struct merge_looks looks;
    struct slice author; /* of a new value */
    uint64_t now;
    size_t marker_size;
    struct merge_env *envs;
    struct merge_change *changes, **end;
    struct merge_change *plain; /* the first of no environment; all of them follow it */
    struct arena keys, lists;
    struct hashtable envs_by_name;
    struct buf scratch;
};

/* Takes over the three texts. An empty base counts as no base, and so does one with conflict
 * markers. merge_free in any case. */
enum err_code merge_begin(struct merge *m, struct buf texts[MERGE_SIDES], struct unlock *unlock,
                          struct err *err) __attribute__((warn_unused_result));
void merge_free(struct merge *m);

/* Frees the versions, once the result is written: all but merge_next_sealed, merge_env_name and
 * merge_free is over. */
void merge_free_texts(struct merge *m);

/* Finds all changes, and which of them a person must answer. */
enum err_code merge_decide(struct merge *m, struct err *err) __attribute__((warn_unused_result));

/* Whether a change needs an answer, has none, and is not settled by that of its environment. */
bool merge_is_open(const struct merge_change *c);

/* Call when the answers are there. One that would leave a template without a variable that it uses
 * is taken back: *asked says that there is a question again. */
enum err_code merge_check_answers(struct merge *m, bool *asked, struct err *err)
    __attribute__((warn_unused_result));

/* Appends what a person must know of a change, on one line and fit for a terminal: names, authors,
 * dates, whole public keys; never a value. */
void merge_describe(const struct merge_change *c, struct buf *out);

/* Opens the value that a side has in the place of a MERGE_VALUE. */
enum err_code merge_value(const struct merge_change *c, enum merge_side side, struct arena *arena,
                          struct seal_value *value, struct err *err)
    __attribute__((warn_unused_result));

/* Appends the merged file. *open: how many changes have no answer; then it has conflict markers. */
enum err_code merge_finish(struct merge *m, struct buf *out, size_t *open, struct err *err)
    __attribute__((warn_unused_result));

/* The environments in which something was sealed: *name is NULL before the first, and ends in NULL.
 */
struct merge_env *merge_next_sealed(const struct merge *m, const struct merge_env *after);
struct slice merge_env_name(const struct merge_env *e);

#endif
