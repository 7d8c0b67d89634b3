/* Identity files under a passphrase: those that `age -p` writes, in armor or not, and OpenSSH keys.
 */
#ifndef VAULT_SEALED_H
#define VAULT_SEALED_H

#include "age.h"

/* Whether the text is an age file, which an identity file may be. */
bool sealed_is(struct slice text);

/* Appends the binary file. ERR_INVALID if it is damaged, or encrypted to anything but one
 * passphrase. */
enum err_code sealed_read(struct slice text, struct buf *file, struct err *err)
    __attribute__((warn_unused_result));

/* Reads the identities in a binary file. ERR_LOCKED if the passphrase is wrong, or the file asks
 * for a higher work factor than the limit (ERR_REASON_WORK_FACTOR); ERR_INVALID if it holds no
 * identity. */
enum err_code sealed_open(struct slice file, const struct age_identity *passphrase,
                          struct arena *arena, struct age_identity **ids, size_t *count,
                          struct err *err) __attribute__((warn_unused_result));

/* Appends an identity file, encrypted to the passphrase and in armor. */
enum err_code sealed_write(struct slice identities, const struct age_recipient *passphrase,
                           struct buf *out, struct err *err) __attribute__((warn_unused_result));

/* Whether the text is an OpenSSH Ed25519 key that has a passphrase; *self is then its public key.
 */
bool sealed_ssh_is(struct slice text, struct age_recipient *self);

#endif
