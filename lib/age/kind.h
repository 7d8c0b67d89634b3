/* A kind of key: a table of functions. To add one, write lib/age/NAME.c with its table, and list it
 * in keys.c. */
#ifndef VAULT_AGE_KIND_H
#define VAULT_AGE_KIND_H

#include "age.h"

enum {
    AGE_STANZA_ARGS = 3,                 /* that are kept; a stanza may have more */
    AGE_WRAPPED_KEY = AGE_FILE_KEY + 16, /* a file key under ChaCha20-Poly1305 */
    AGE_KEY_BASE64 = 43
};

struct age_stanza {
    struct slice args[AGE_STANZA_ARGS]; /* the type is the first */
    size_t arg_count;
    unsigned char body[AGE_WRAPPED_KEY]; /* its start */
    size_t body_len;                     /* may be longer than what is kept */
};

struct age_kind {
    const char *stanza; /* its stanza's type */
    size_t stanza_args; /* how many arguments it has, counting the type; 0: only a plugin knows */
    bool alone;         /* no other stanza may be in the header */

    /* How its keys begin in text, NULL if they have no text form. The functions get the whole text.
     */
    const char *recipient_prefix, *identity_prefix;
    size_t public_key_len;
    bool (*recipient_read)(struct slice text, struct age_recipient *to); /* to->kind is set */
    void (*recipient_write)(const struct age_recipient *to, struct buf *out);
    bool (*identity_read)(struct slice text, struct age_identity *id); /* its secret key */
    void (*identity_self)(struct age_identity *id);                    /* computes the public key */

    /* Whether a stanza of this type is to this recipient, from public data alone; NULL if its
     * arguments do not tell. */
    bool (*is_to)(const struct age_recipient *to, const struct age_stanza *stanza);

    /* Appends a stanza that holds the file key. */
    enum err_code (*wrap)(const struct age_recipient *to,
                          const unsigned char file_key[AGE_FILE_KEY], struct buf *header,
                          struct err *err);

    /* Opens a stanza of this type. ERR_LOCKED: it is for another key, the caller tries the next
     * one. ERR_FORMAT: the caller MUST reject the file. */
    enum err_code (*unwrap)(const struct age_identity *id, const struct age_stanza *stanza,
                            unsigned char file_key[AGE_FILE_KEY], struct err *err);
};

extern const struct age_kind age_x25519, age_scrypt, age_ssh_ed25519;
#ifdef AGE_HAS_PQ
extern const struct age_kind age_mlkem768x25519;
#endif

const struct age_kind *age_kind_of(struct slice stanza_type); /* NULL if unknown */

/* ---- for the kinds (stanza.c) ---- */

/* Keys as age writes them, in Bech32: the prefix of their kind without its final 1, and the key. */
bool age_bech32_recipient_read(struct slice text, struct age_recipient *to);
void age_bech32_recipient_write(const struct age_recipient *to, struct buf *out);
bool age_bech32_identity_read(struct slice text, struct age_identity *id);
void age_bech32_identity_write(const struct age_identity *id, char *text);

/* HKDF-SHA256 with 32 bytes of output; an empty salt is 32 zero bytes (RFC 5869). */
void age_derive(unsigned char out[AGE_KEY], const void *secret, size_t secret_len, const void *salt,
                size_t salt_len, const char *purpose);

/* Encrypts the file key. Each key is used once, so the nonce is zero. */
void age_wrap_key(unsigned char wrapped[AGE_WRAPPED_KEY],
                  const unsigned char file_key[AGE_FILE_KEY], const unsigned char key[AGE_KEY]);
bool age_unwrap_key(unsigned char file_key[AGE_FILE_KEY], const struct age_stanza *stanza,
                    const unsigned char key[AGE_KEY]) __attribute__((warn_unused_result));

/* Appends "-> ", the arguments (arg2 may be NULL), and the body in base64. */
void age_stanza_write(struct buf *header, const char *type, const char *arg1, const char *arg2,
                      const unsigned char body[AGE_WRAPPED_KEY]);

/* Sets and returns ERR_FORMAT. */
enum err_code age_bad_stanza(const struct age_kind *kind, const char *what, struct err *err);

#endif
