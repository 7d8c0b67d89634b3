/* What the caller of the library brings: its author, pins and identities. */
#ifndef VAULT_CALLER_H
#define VAULT_CALLER_H

#include "handle.h"
#include "text/kv.h"

enum err_code caller_set_author(struct vault *v, const char *author)
    __attribute__((warn_unused_result));

/* path NULL: nothing is remembered. looks: no environment is pinned. searched: the vault's file was
 * found by a search. */
enum err_code caller_use_pins(struct vault *v, const char *path, bool looks, bool searched)
    __attribute__((warn_unused_result));

/* The fingerprint that env must have, or (NULL) that the caller named env. */
enum err_code caller_pin(struct vault *v, const char *env, const char *fingerprint)
    __attribute__((warn_unused_result));

/* Whether new identities are post-quantum. ERR_INVALID if this libsodium cannot make them. */
enum err_code caller_set_post_quantum(struct vault *v, bool is_wanted)
    __attribute__((warn_unused_result));

/* Writes a new identity to a file that does not exist, encrypted with the passphrase unless
 * that is NULL. Appends the public key and a zero byte. */
enum err_code caller_create_identity(struct vault *v, const char *path,
                                     const struct slice *passphrase, struct buf *public_key)
    __attribute__((warn_unused_result));

/* Adds the identity that env was opened with to kv, as IDENTITY. */
enum err_code caller_identity(struct vault *v, const char *env, struct vault_kv *kv)
    __attribute__((warn_unused_result));

#endif
