/* age v1 (age-encryption.org/v1): files encrypted to recipients, and the identities that open them.
 *
 * Kinds of key: X25519 (age1…), mlkem768x25519 (age1pq1…, if libsodium has X-Wing), ssh-ed25519,
 * passphrases (scrypt), and those of plugins (plugin.h); each is one file that fills the table in
 * kind.h. An identity, and the recipient made from a passphrase, hold a secret: keep
 * them in an arena, or wipe them. */
#ifndef VAULT_AGE_H
#define VAULT_AGE_H

#include "base/err.h"
#include "base/mem.h"

#include <sodium.h>

#ifdef crypto_kem_xwing_PUBLICKEYBYTES /* libsodium 1.0.22 */
#define AGE_HAS_PQ
#endif

enum {
    AGE_FILE_KEY = 16,
    AGE_KEY = 32,
#ifdef AGE_HAS_PQ
    AGE_PUBLIC_KEY_MAX = crypto_kem_xwing_PUBLICKEYBYTES,
#else
    AGE_PUBLIC_KEY_MAX = AGE_KEY,
#endif
    AGE_HEADER_MAX = 1 << 20,     /* bytes */
    AGE_STANZAS_MAX = 1024,       /* each may cost a scalar multiplication */
    AGE_WORK_FACTOR = 18,         /* scrypt's, when writing: 2^18 × 1 KiB of memory */
    AGE_WORK_FACTOR_MAX = 18,     /* when reading, unless the caller allows more */
    AGE_WORK_FACTOR_HIGHEST = 31, /* libsodium cannot do more */
    AGE_IDENTITY_FILE_MAX = 1 << 20
};

struct age_kind;
struct age_plugins;

enum { AGE_PLUGIN_NAME_MAX = 83 }; /* characters, of which bech32 allows no more in a prefix */

/* A public key, or a passphrase, that a file is encrypted to. */
struct age_recipient {
    const struct age_kind *kind;
    unsigned char key[AGE_PUBLIC_KEY_MAX]; /* public */
    struct slice passphrase;               /* belongs to the caller */
    struct slice text;                     /* of a plugin's key; belongs to the caller */
    char plugin[AGE_PLUGIN_NAME_MAX + 1];  /* the name of its plugin */
    const struct age_plugins *plugins;     /* to encrypt to it; NULL: that fails */
    unsigned work_factor, work_factor_max; /* for writing, and for reading */
};

/* A secret key, or a passphrase, that opens files. */
struct age_identity {
    const struct age_kind *kind;
    struct age_recipient self; /* the public key, or the passphrase */
    struct slice text;         /* of a plugin's identity; belongs to the caller, or the arena */
    unsigned char secret[AGE_KEY];
    char plugin[AGE_PLUGIN_NAME_MAX + 1];
    bool claimed; /* the public key is from a comment: age_identity_file_claims */
};

/* A recipient as people write it: "age1…", or "ssh-ed25519 AAAA… comment". */
enum err_code age_recipient_read(struct slice text, struct age_recipient *to, struct err *err)
    __attribute__((warn_unused_result));

/* Appends the recipient as text, without a comment; nothing for a passphrase. */
void age_recipient_write(const struct age_recipient *to, struct buf *out);

/* The type of the recipient's stanzas: "X25519", "ssh-ed25519", "scrypt". */
const char *age_recipient_kind(const struct age_recipient *to);

/* The name of the plugin that a recipient or an identity needs; NULL: none. A plugin's identity
 * opens nothing here: plugin_unwrap does. Its public key is the one in a comment above it, if there
 * is one; else it is not known, and written as nothing. */
const char *age_recipient_plugin(const struct age_recipient *to);
const char *age_identity_plugin(const struct age_identity *id);
bool age_recipient_is_known(const struct age_recipient *to);

/* Whether a file that is encrypted to it stays closed to a quantum computer. */
bool age_recipient_is_pq(const struct age_recipient *to);

/* Whether the public keys are the same. Passphrases are never equal. */
bool age_recipient_equal(const struct age_recipient *a, const struct age_recipient *b);

/* One identity as a line: "AGE-SECRET-KEY-1…". */
enum err_code age_identity_read(struct slice text, struct age_identity *id, struct err *err)
    __attribute__((warn_unused_result));

/* Generates an X25519 identity. Its text has AGE_IDENTITY_TEXT characters and a zero byte, that of
 * a post-quantum one at most AGE_IDENTITY_TEXT_MAX. An SSH key has none. */
enum { AGE_IDENTITY_TEXT = 74, AGE_IDENTITY_TEXT_MAX = 77 };
void age_identity_make(struct age_identity *id);
void age_identity_of_x25519(const unsigned char secret[AGE_KEY], struct age_identity *id);
void age_identity_write(const struct age_identity *id, char *text);

/* Generates a post-quantum identity. ERR_INVALID if libsodium is older than 1.0.22. */
enum err_code age_identity_make_pq(struct age_identity *id, struct err *err)
    __attribute__((warn_unused_result));

/* Makes an identity that opens files up to work_factor_max, and in id->self the recipient that
 * writes them with work_factor, which must not be greater. The passphrase is not copied, and MUST
 * outlive the identity. */
enum err_code age_identity_of_passphrase(struct slice passphrase, unsigned work_factor,
                                         unsigned work_factor_max, struct age_identity *id,
                                         struct err *err) __attribute__((warn_unused_result));

/* Reads an identity file: lines of AGE-SECRET-KEY-1… and # comments, or one OpenSSH private key.
 * The identities are allocated in the arena. */
enum err_code age_identity_file_read(struct slice text, struct arena *arena,
                                     struct age_identity **ids, size_t *count, struct err *err)
    __attribute__((warn_unused_result));

/* The same, but believes the comment "# public key: age1…" above an identity, since computing the
 * public key takes as long as opening a file. A wrong comment only means that nothing opens. The
 * claimed key MUST NOT be shown, or compared with a reader's, before age_identity_settle has
 * computed it. */
enum err_code age_identity_file_claims(struct slice text, struct arena *arena,
                                       struct age_identity **ids, size_t *count, struct err *err)
    __attribute__((warn_unused_result));
void age_identity_settle(struct age_identity *id);

/* Copies identities, with what they have in another arena. False: out of memory. */
bool age_identities_copy(struct age_identity *to, const struct age_identity *from, size_t count,
                         struct arena *arena) __attribute__((warn_unused_result));

/* Appends the plaintext, encrypted to all recipients, in the binary format. */
enum err_code age_encrypt(struct slice plain, const struct age_recipient *to, size_t count,
                          struct buf *out, struct err *err) __attribute__((warn_unused_result));

/* Appends the plaintext of a binary file to out, which should be secret: all of it or, on an error,
 * nothing. ERR_FORMAT: not an age file; ERR_LOCKED: no identity opens it; ERR_INTEGRITY: it was
 * modified. */
enum err_code age_decrypt(struct slice file, const struct age_identity *ids, size_t count,
                          struct buf *out, struct err *err) __attribute__((warn_unused_result));

/* The two halves of age_decrypt. The first returns the file key, the payload and, if opener is not
 * NULL, the index of the identity that opened the header. */
enum err_code age_header_open(struct slice file, const struct age_identity *ids, size_t count,
                              unsigned char file_key[AGE_FILE_KEY], struct slice *payload,
                              size_t *opener, struct err *err) __attribute__((warn_unused_result));

/* Appends each chunk that verifies. After an error, out has the chunks before the damage: the
 * caller MUST NOT use them as if they were the file. */
enum err_code age_payload_open(const unsigned char file_key[AGE_FILE_KEY], struct slice payload,
                               struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* The stanzas of a file, as they are written, and their number. */
enum err_code age_header_stanzas(struct slice file, struct slice *stanzas, size_t *count,
                                 struct err *err) __attribute__((warn_unused_result));

/* As age_decrypt, with the file key. ERR_INTEGRITY: it is another file's. */
enum err_code age_decrypt_with(struct slice file, const unsigned char file_key[AGE_FILE_KEY],
                               struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* Counts the stanzas of a file, and returns the type of the first one. */
enum err_code age_header_look(struct slice file, size_t *stanzas, struct slice *first_type,
                              struct err *err) __attribute__((warn_unused_result));

/* Whether the file has exactly one stanza, and it is to this recipient as far as that shows without
 * a secret key: its type and number of arguments and, for an SSH key, its tag. */
bool age_is_sealed_to(struct slice file, const struct age_recipient *to);

/* The work factor of a file encrypted to a passphrase; 0 if it is not one. */
unsigned age_work_factor(struct slice file);

#endif
