/* Who reads an environment. What changes the document of an open handle must be followed by
 * handle_end. */
#ifndef VAULT_VAULT_READERS_H
#define VAULT_VAULT_READERS_H

#include "handle.h"

/* NULL if there is no reader of this name. */
struct doc_item *readers_find(const struct doc *doc, struct slice env, struct slice name);

enum err_code readers_add(struct vault *v, const char *env, const char *name,
                          const char *public_key) __attribute__((warn_unused_result));

/* passphrase NULL: the one that the name already has. */
enum err_code readers_add_passphrase(struct vault *v, const char *env, const char *name,
                                     const char *passphrase, size_t len)
    __attribute__((warn_unused_result));

/* Another key, or another passphrase, for a name, in all environments that it reads. */
enum err_code readers_replace(struct vault *v, const char *name, const char *public_key)
    __attribute__((warn_unused_result));
enum err_code readers_change_passphrase(struct vault *v, const char *name, const char *passphrase,
                                        size_t len) __attribute__((warn_unused_result));

/* Removes every reader that has the key of this name, and rotates. lock_out: even if the
 * credentials then no longer open the environment. */
enum err_code readers_remove(struct vault *v, const char *env, const char *name, bool lock_out)
    __attribute__((warn_unused_result));

/* Whether all readers of an environment have post-quantum keys. One of the name `but` (NULL: none)
 * does not count; without any other it is false. */
bool readers_are_pq(const struct vault *v, struct slice env, const char *but);

/* The public key of the identity that a passphrase opens. ERR_INTEGRITY: the name reads an
 * environment with another key. */
enum err_code readers_public_half(struct vault *v, const char *env, const char *name,
                                  struct age_recipient *key) __attribute__((warn_unused_result));

#endif
