/* What opens an environment: the credentials that were given, in their order, then a question.
 *
 * A passphrase is stretched at most once for each sealed identity that it is tried on, in the life
 * of a `struct unlock`, and the work that a file asks for is bounded before any of it is done: of
 * one sealed identity, and of all that a passphrase is tried on. All that is secret lies in one
 * arena. */
#ifndef VAULT_UNLOCK_H
#define VAULT_UNLOCK_H

#include "seal.h"
#include "unseal.h"

enum {
    UNLOCK_PASSPHRASE_MAX = 1024,
    UNLOCK_ATTEMPTS = 3,
    UNLOCK_WORK_FACTOR_MOST = 22, /* no run allows more */
    UNLOCK_WORK_TIMES = 16        /* what one passphrase is tried on: so often the allowed factor */
};

/* Asks a person for the passphrase of one of these readers. Writes at most size bytes to answer and
 * returns their number, or -1: the person does not want to, or UNLOCK_NOBODY: there is nobody to
 * ask. attempt counts from 0. */
enum { UNLOCK_NOBODY = -2 };
typedef int unlock_ask(void *user, const char *env, const char *readers, int attempt, char *answer,
                       size_t size);

struct unlock {
    struct opened_file *recent; /* the last of an environment's that was opened */
    struct arena arena;
    struct buf plain;        /* what an age file holds, while it is looked at; in the arena */
    struct known_key *known; /* environment keys */
    struct hashtable by_inbox_key;
    struct credential *first, **end;
    struct opened *opened; /* the identities that passphrases have opened, and what they have not */
    unsigned work_factor_max; /* what is tried */
    unlock_ask *ask;
    void *user;
    struct unseal unseal;              /* its work factor is the one above */
    const struct age_plugins *plugins; /* NULL: none is started */
    bool is_mute;                      /* nobody is asked for the time being */
};

void unlock_init(struct unlock *u);
void unlock_free(struct unlock *u);

/* The content of an identity file, which may be under a passphrase: it is opened when nothing else
 * opens an environment. name: what a person calls the file. */
enum err_code unlock_add_identity_file(struct unlock *u, const char *name, struct slice text,
                                       struct err *err) __attribute__((warn_unused_result));
enum err_code unlock_add_identities(struct unlock *u, struct slice text, struct err *err)
    __attribute__((warn_unused_result));

/* A file that holds no identity that can be used, and why: for unlock_each alone. */
enum err_code unlock_add_unused(struct unlock *u, const char *name, const char *why,
                                struct err *err) __attribute__((warn_unused_result));

/* The same for the file that was added last, if it is closed. why is static. False if it is open.
 */
bool unlock_pass_over_last(struct unlock *u, const char *why);

/* One identity that was given, for a person. */
struct unlock_credential {
    const char *name;                /* of its file or variable */
    const char *why_not;             /* it is passed over; NULL: it is tried */
    bool is_closed;                  /* it has a passphrase that was not given yet */
    const struct age_recipient *key; /* NULL: not known while it is closed, or cannot be used */
};
typedef void unlock_tell(void *user, const struct unlock_credential *c);

/* Calls tell for each, in their order. doc and env, which may be NULL and empty, decide which ones
 * are passed over. */
void unlock_each(struct unlock *u, const struct doc *doc, struct slice env, unlock_tell *tell,
                 void *user);

/* The text of an SSH key whose passphrase was taken off, by its public key; empty if there is none.
 */
struct slice unlock_opened_ssh(const struct unlock *u, struct slice public_key);

/* Opens the first identity file that is under a passphrase, unless an identity is at hand: for who
 * needs a public key of their own. ERR_NO_CREDENTIAL: there is none. */
enum err_code unlock_first_identity(struct unlock *u, struct err *err)
    __attribute__((warn_unused_result));
enum err_code unlock_add_passphrase(struct unlock *u, struct slice passphrase, struct err *err)
    __attribute__((warn_unused_result));

/* The last passphrase that was added; empty if there is none. */
struct slice unlock_passphrase_given(const struct unlock *u);

/* An environment key: it is tried before all credentials, and needs no reader's entry. The second
 * derives the rest from it. */
enum err_code unlock_add_keys(struct unlock *u, const struct seal_keys *keys, struct err *err)
    __attribute__((warn_unused_result));
enum err_code unlock_add_key(struct unlock *u, const unsigned char env[SEAL_KEY], struct err *err)
    __attribute__((warn_unused_result));

/* An environment key as a line of text, of UNLOCK_KEY_TEXT characters and a zero byte, and back. */
enum { UNLOCK_KEY_TEXT = 81 };
void unlock_write_key(const unsigned char env[SEAL_KEY], char *text);
bool unlock_is_key(struct slice line);
enum err_code unlock_read_key(struct unlock *u, struct slice line, struct err *err)
    __attribute__((warn_unused_result));

/* Whatever `from` was given, and what it has opened with it; and the work that it allows. */
enum err_code unlock_add_all_of(struct unlock *u, const struct unlock *from, struct err *err)
    __attribute__((warn_unused_result));

/* The public key of the first identity that has one, for the line that a person passes on; NULL if
 * there is none. */
const struct age_recipient *unlock_public(const struct unlock *u);

/* Whether this public key (as text) belongs to one of the identities, those that a passphrase
 * opened included. */
bool unlock_is_own(const struct unlock *u, struct slice public_key);

/* The identity that this public key (as text) belongs to; NULL if it is none of them. */
const struct age_identity *unlock_identity(const struct unlock *u, struct slice public_key);

/* The public key of the identity that [vault.passphrases] keeps for this name: what was opened
 * already, the passphrases that were given, then a question, which names env. ERR_ABSENT,
 * ERR_LOCKED, ERR_CANCELLED. MUST: the caller compares it with the readers of that name, which
 * nothing here does. */
enum err_code unlock_passphrase(struct unlock *u, const struct doc *doc, struct slice env,
                                struct slice name, struct age_recipient *public_key,
                                struct err *err) __attribute__((warn_unused_result));

/* Remembers an identity that was just sealed to a passphrase: nobody is asked for that again. */
enum err_code unlock_keep(struct unlock *u, struct slice sealed, const struct age_identity *id,
                          struct err *err) __attribute__((warn_unused_result));

/* Opens the environment's key, and sets reader to the name that it was opened as (empty: a key that
 * was known).
 * ERR_NO_CREDENTIAL, ERR_LOCKED, ERR_CANCELLED; ERR_INTEGRITY if the entry of one's own key does
 * not hold this environment's key, or a passphrase opens another identity than its reader's. Seals
 * are not looked at: see seal_verify. */
enum err_code unlock_env(struct unlock *u, struct doc *doc, struct slice env,
                         struct seal_keys *keys, struct slice *reader, struct err *err)
    __attribute__((warn_unused_result));

/* Whether a reader's age file holds the key of this environment, for `verify`: only into those that
 * the credentials open can be looked, but each must be to the reader's public key as far as that
 * shows without its secret key. */
enum err_code unlock_look(struct unlock *u, const struct seal_env *e, const struct doc_item *reader,
                          bool *other_key, struct err *err) __attribute__((warn_unused_result));

#endif
