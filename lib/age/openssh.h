/* OpenSSH private keys ("openssh-key-v1"): Ed25519. One that has a passphrase shows its public key.
 */
#ifndef VAULT_OPENSSH_H
#define VAULT_OPENSSH_H

#include "base/err.h"
#include "base/mem.h"

enum {
    OPENSSH_FILE_MAX = 16384,
    OPENSSH_ED25519_PAIR = 64 /* seed, then public key: libsodium's secret key */
};

bool openssh_is_private_key(struct slice text);

/* ERR_INVALID if it is malformed, of another type, or has a passphrase (ERR_REASON_SSH_PASSPHRASE).
 */
enum err_code openssh_ed25519_read(struct slice text, unsigned char pair[OPENSSH_ED25519_PAIR],
                                   struct err *err) __attribute__((warn_unused_result));

/* The public key, and whether the private one has a passphrase. ERR_INVALID if it is malformed or
 * of another type. */
enum err_code openssh_ed25519_look(struct slice text, unsigned char public_key[32],
                                   bool *has_passphrase, struct err *err)
    __attribute__((warn_unused_result));

#endif
