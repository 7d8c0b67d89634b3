/* What differs between two versions of a vault, by name: values by their plain text where it can be
 * read, and otherwise by what is sealed. */
#ifndef VAULT_COMPARE_H
#define VAULT_COMPARE_H

#include "handle.h"

enum compare_what {
    COMPARE_ADDED,
    COMPARE_CHANGED,
    COMPARE_REMOVED,
    COMPARE_UNREAD /* an environment or a value that could not be opened: err says why */
};

enum compare_part {
    COMPARE_ID,
    COMPARE_ENV, /* changed: it has another name */
    COMPARE_KEY, /* of the environment */
    COMPARE_READER,
    COMPARE_SECRET,
    COMPARE_VALUE,
    COMPARE_PROPOSAL
};

struct compare_side {
    struct slice text; /* an id, an environment's name, a key's fingerprint, a public key, a sealed
                          value or proposal; at NULL: not there, or not known */
    bool is_value;
    struct slice shown; /* an open value as the file spells it; at NULL: it is none */
    bool opened;        /* it is a value, and this is what is in it */
    struct seal_value value;
};

struct compare_finding {
    enum compare_what what;
    enum compare_part part;
    struct slice env, secret, name; /* name: of a key or a reader; empty where there is none */
    struct compare_side before, after;
    bool vouched;  /* a key: the new one's past holds the old one */
    bool same_key; /* the environment has the same key in both versions */
    bool in_after;
    const struct err *err;
};

typedef void compare_tell(void *user, const struct compare_finding *finding);

/* Tells each difference; one of the two may be NULL: all of the other is added, or removed. env
 * NULL: all environments. An environment that is the same byte for byte is not opened. What a
 * finding points to lives as long as the call. ERR_INTEGRITY or the like, with the sentence in
 * after's err (before's, if that is NULL), if a seal or a value does not match: everything else was
 * told nevertheless. */
enum err_code compare_versions(struct vault *before, struct vault *after, const char *env,
                               compare_tell *tell, void *user) __attribute__((warn_unused_result));

#endif
