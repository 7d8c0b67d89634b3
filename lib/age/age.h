/* age v1 (age-encryption.org/v1): files sealed to keys, and the keys that open them.
 *
 * Kinds of key: X25519 (age1…), ssh-ed25519, and passphrases (scrypt). Each is one file behind the
 * table in age_kind.h. An identity and a recipient that was made of a passphrase hold a secret and
 * belong in an arena, or are wiped by whoever made them. */
#ifndef VAULT_AGE_H
#define VAULT_AGE_H

#include "base/err.h"
#include "base/mem.h"

enum {
    AGE_FILE_KEY = 16,
    AGE_KEY = 32,
    AGE_HEADER_MAX = 1 << 20,     /* bytes */
    AGE_STANZAS_MAX = 1024,       /* each may cost a scalar multiplication */
    AGE_WORK_FACTOR = 18,         /* scrypt's, as written: 2^18 × 1 KiB of memory */
    AGE_WORK_FACTOR_MAX = 18,     /* as read, unless the caller allows more */
    AGE_WORK_FACTOR_HIGHEST = 31, /* more than libsodium can do */
    AGE_IDENTITY_FILE_MAX = 1 << 20
};

struct age_kind;

/* To whom a file is sealed. */
struct age_recipient {
    const struct age_kind *kind;
    unsigned char key[AGE_KEY];            /* public */
    struct slice passphrase;               /* the caller's memory */
    unsigned work_factor, work_factor_max; /* as written, and as read */
};

/* Who opens a file. */
struct age_identity {
    const struct age_kind *kind;
    unsigned char secret[AGE_KEY];
    struct age_recipient self; /* the public half; of a passphrase, how it is to be used */
    bool claimed;              /* the public half was not computed: age_identity_file_claims */
};

/* A recipient as people write it: "age1…", or "ssh-ed25519 AAAA… comment". */
enum err_code age_recipient_read(struct slice text, struct age_recipient *to, struct err *err)
    __attribute__((warn_unused_result));

/* The same, without a comment; nothing for a passphrase. */
void age_recipient_write(const struct age_recipient *to, struct buf *out);

/* The kind's name in age's stanzas: "X25519", "ssh-ed25519", "scrypt". */
const char *age_recipient_kind(const struct age_recipient *to);

/* Whether it is the same public key: two passphrases, which have none, are never equal. */
bool age_recipient_equal(const struct age_recipient *a, const struct age_recipient *b);

/* One identity as a line: "AGE-SECRET-KEY-1…". */
enum err_code age_identity_read(struct slice text, struct age_identity *id, struct err *err)
    __attribute__((warn_unused_result));

/* A new X25519 identity; its text is AGE_IDENTITY_TEXT characters and a zero byte. */
enum { AGE_IDENTITY_TEXT = 74 };
void age_identity_make(struct age_identity *id);
void age_identity_write(const struct age_identity *id, char text[AGE_IDENTITY_TEXT + 1]);

/* A passphrase both ways: as recipient id->self, and as the identity that opens such files up to
 * work_factor_max, which is not below work_factor. The passphrase stays the caller's and must
 * outlive the identity. */
enum err_code age_identity_of_passphrase(struct slice passphrase, unsigned work_factor,
                                         unsigned work_factor_max, struct age_identity *id,
                                         struct err *err) __attribute__((warn_unused_result));

/* All identities of an identity file: lines of age's own with # comments, or one OpenSSH private
 * key. They are made in the arena. */
enum err_code age_identity_file_read(struct slice text, struct arena *arena,
                                     struct age_identity **ids, size_t *count, struct err *err)
    __attribute__((warn_unused_result));

/* The same, but the public half of an identity below a comment "# public key: age1…" is what that
 * says: to compute it takes as long as to open a file. With a wrong one nothing opens, so it may be
 * tried. It MUST NOT be shown, or taken for one's own, before age_identity_settle computes it. */
enum err_code age_identity_file_claims(struct slice text, struct arena *arena,
                                       struct age_identity **ids, size_t *count, struct err *err)
    __attribute__((warn_unused_result));
void age_identity_settle(struct age_identity *id);

/* Appends plain, sealed to all of `to`, in the binary format. */
enum err_code age_encrypt(struct slice plain, const struct age_recipient *to, size_t count,
                          struct buf *out, struct err *err) __attribute__((warn_unused_result));

/* Appends the plain text of a binary file to out, which should be secret: all of it, or nothing.
 * ERR_FORMAT: not an age file; ERR_LOCKED: no identity opens it; ERR_INTEGRITY: it was changed. */
enum err_code age_decrypt(struct slice file, const struct age_identity *ids, size_t count,
                          struct buf *out, struct err *err) __attribute__((warn_unused_result));

/* The two halves of age_decrypt. The header gives the file key and says where the payload starts;
 * `opener`, if not NULL, receives the index of the identity that opened it. */
enum err_code age_header_open(struct slice file, const struct age_identity *ids, size_t count,
                              unsigned char file_key[AGE_FILE_KEY], struct slice *payload,
                              size_t *opener, struct err *err) __attribute__((warn_unused_result));

/* Appends what verifies, chunk by chunk. On an error it has appended the chunks before the place of
 * the damage: the caller MUST NOT use them as if they were the file. */
enum err_code age_payload_open(const unsigned char file_key[AGE_FILE_KEY], struct slice payload,
                               struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* The types of a file's stanzas, without opening it: how many there are, and the first one's type.
 */
enum err_code age_header_look(struct slice file, size_t *stanzas, struct slice *first_type,
                              struct err *err) __attribute__((warn_unused_result));

/* The work factor that a file sealed to one passphrase asks for; 0: it is no such file. */
unsigned age_work_factor(struct slice file);

#endif
