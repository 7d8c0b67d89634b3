/* What this machine has accepted: the lines of a pins file (vault(5), FILES).
 *
 * "path id" for each vault file that was opened; "REPOSITORY//path id" for where it is in a
 * repository, which is named by its git folder or its origin's URL; "id E fingerprint" in the order
 * in which keys were accepted; and "made id E fingerprint" for a key that was made here. Any other
 * line is passed over. */
#ifndef VAULT_PINS_H
#define VAULT_PINS_H

#include "base/hashtable.h"

enum { PINS_OTHER_PATHS = 2, PINS_REPOSITORIES = 2 };

struct pins_repository {
    struct slice place; /* "REPOSITORY//path"; empty: none */
    size_t name;        /* the length of "REPOSITORY//" */
};

struct pins_query {
    struct slice path;                   /* absolute; empty for a vault that is not a file */
    struct slice also[PINS_OTHER_PATHS]; /* other absolute paths that lead to the file */
    struct pins_repository repository[PINS_REPOSITORIES];
    struct slice here; /* the current folder's path in the work tree, with a final '/', or "" */
    struct slice id, env, fingerprint;
};

struct pins_answer {
    /* The id last seen at path, at the other paths, at the places in a repository; empty: none. */
    struct slice path_id, also_id[PINS_OTHER_PATHS], repository_id[PINS_REPOSITORIES];
    struct slice nearby; /* a path in the repository, in this folder or above it, that has another
                            id; empty: none */
    struct slice last;   /* the fingerprint last accepted for E; empty: none */
    bool in_repository;  /* this id was seen in the repository */
    bool in_any;         /* or in another one */
    bool earlier;        /* the fingerprint was accepted before that one */
    bool made;           /* and that one was made on this machine */
    bool vault_known;    /* there is a line for this id or this path */
};

/* To accept an earlier fingerprint again takes back what was accepted after it: of K1, K2, K1 only
 * K1 is known. */
struct pins_answer pins_look(struct slice pins, const struct pins_query *query);

/* The lines by environment, so that a look at each environment of a large vault does not read all
 * of them. {0} is empty. */
struct pins_index {
    struct hashtable envs; /* of struct buf: an environment's lines */
    struct arena lists;
    struct buf places, id; /* lines that say where vaults are; the vault */
    size_t read;           /* bytes of the pins that are in it */
    size_t keys;           /* lines of keys of the vault that were accepted */
};

/* Adds the lines of these pins that are new since the last call: they only grow. False: out of
 * memory. */
bool pins_index(struct pins_index *x, struct slice pins, struct slice id)
    __attribute__((warn_unused_result));

/* As pins_look, for a query with the id of the index. */
struct pins_answer pins_look_in(const struct pins_index *x, const struct pins_query *query);
void pins_index_free(struct pins_index *x);

/* Whether one of the paths is known for another vault; and whether one is known for this one. */
bool pins_path_is_others(const struct pins_query *query, const struct pins_answer *answer);
bool pins_path_is_known(const struct pins_query *query, const struct pins_answer *answer);

/* Appends the lines that say: this vault stands at this path, and this is E's key. Nothing that the
 * answer knows already is said again. A path with a newline in it is not pinned. */
void pins_add(struct buf *out, const struct pins_query *query, const struct pins_answer *answer);

/* Appends the line that says: this key of E was made here. */
void pins_add_made(struct buf *out, const struct pins_query *query);

#endif
