/* What a kind of key is to age.c: a small table of functions. To add one, write lib/age_NAME.c with
 * its table, and name it in the list in age.c. */
#ifndef VAULT_AGE_KIND_H
#define VAULT_AGE_KIND_H

#include "age.h"

enum {
    AGE_STANZA_ARGS = 3,                 /* as many as are kept; a stanza may have more */
    AGE_WRAPPED_KEY = AGE_FILE_KEY + 16, /* a file key under ChaCha20-Poly1305 */
    AGE_KEY_BASE64 = 43
};

struct age_stanza {
    struct slice args[AGE_STANZA_ARGS]; /* the type is the first */
    size_t arg_count;
    unsigned char body[AGE_WRAPPED_KEY]; /* its start */
    size_t body_len;                     /* may be more than is kept */
};

struct age_kind {
    const char *stanza; /* its stanza's type */
    bool alone;         /* no other stanza may stand beside it */

    /* How its keys begin in text; NULL: they have no text. The functions get the whole of it. */
    const char *recipient_prefix, *identity_prefix;
    bool (*recipient_read)(struct slice text, struct age_recipient *to);
    void (*recipient_write)(const struct age_recipient *to, struct buf *out);
    bool (*identity_read)(struct slice text, struct age_identity *id); /* its secret half */
    void (*identity_self)(struct age_identity *id);                    /* the public one */

    /* Appends a stanza that holds the file key. */
    enum err_code (*wrap)(const struct age_recipient *to,
                          const unsigned char file_key[AGE_FILE_KEY], struct buf *header,
                          struct err *err);

    /* Opens a stanza of this kind's type. ERR_LOCKED: it is for somebody else. ERR_FORMAT: nobody
     * may go on with this file. */
    enum err_code (*unwrap)(const struct age_identity *id, const struct age_stanza *stanza,
                            unsigned char file_key[AGE_FILE_KEY], struct err *err);
};

extern const struct age_kind age_x25519, age_scrypt, age_ssh_ed25519;

/* HKDF-SHA256 to 32 bytes; an empty salt is what RFC 5869 says it is. */
void age_derive(unsigned char out[AGE_KEY], const void *secret, size_t secret_len, const void *salt,
                size_t salt_len, const char *purpose);

/* The AEAD that holds a file key: the key is used once, so the nonce is zero. */
void age_wrap_key(unsigned char wrapped[AGE_WRAPPED_KEY],
                  const unsigned char file_key[AGE_FILE_KEY], const unsigned char key[AGE_KEY]);
bool age_unwrap_key(unsigned char file_key[AGE_FILE_KEY], const struct age_stanza *stanza,
                    const unsigned char key[AGE_KEY]) __attribute__((warn_unused_result));

/* Appends "-> ", the arguments (each behind a space, NULL ends them), and the body's lines. */
void age_stanza_write(struct buf *header, const char *type, const char *arg1, const char *arg2,
                      const unsigned char body[AGE_WRAPPED_KEY]);

/* A malformed stanza, or one with this wrong in it: ERR_FORMAT. */
enum err_code age_bad_stanza(const struct age_kind *kind, const char *what, struct err *err);

#endif
