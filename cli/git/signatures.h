/* The signatures of commits, as git checks them. */
#ifndef VAULT_SIGNATURES_H
#define VAULT_SIGNATURES_H

#include "history.h"

#include "base/hashtable.h"

enum signature_state {
    SIGNATURE_NONE,
    SIGNATURE_GOOD,  /* of someone whom git is configured to trust */
    SIGNATURE_VALID, /* with an SSH key that git does not know */
    SIGNATURE_UNKNOWN,
    SIGNATURE_BAD
};

struct signature {
    enum signature_state state;
    const char *signer; /* as git knows them; or "" */
    const char *key;    /* "SHA256:…", another fingerprint, or "" */
};

/* {0} is empty, and has no signature of any commit. */
struct signatures {
    struct buf text;
    struct signature *list;
    size_t count;
    struct hashtable places; /* by commit: 1 + its index */
};

/* Checks all commits that the history has read. The programs that check, ssh-keygen and gpg, are
 * those of PATH, never those that the repository names, and so is the list of allowed signers: it
 * is this user's. */
enum status signatures_read(struct signatures *s, const struct history *h);
void signatures_free(struct signatures *s);

/* Of a commit. Without one in the list it is SIGNATURE_NONE. */
struct signature signature_of(const struct signatures *s, const char *commit);

enum { SIGNATURE_KEY = 64 };

/* Writes the fingerprint of a public key, as ssh-keygen writes it; empty if it is no SSH key. */
void signature_key(const char *public_key, char fingerprint[SIGNATURE_KEY]);

/* "unsigned", "good", …: for people and in JSON. Static. */
const char *signature_word(enum signature_state state);

#endif
