/* Sets of values from outside a vault. */
#ifndef VAULT_OPEN_SOURCES_H
#define VAULT_OPEN_SOURCES_H

#include "text/kv.h"
#include "vault/handle.h"

/* Adds a pair, if a variable can have this name and value. */
enum err_code sources_add(struct vault *v, struct vault_kv *kv, const char *name,
                          struct slice value) __attribute__((warn_unused_result));

/* From this process's environment. ERR_ABSENT lists the names that are not set. */
enum err_code sources_read_environ(struct vault *v, const char *const *names, size_t count,
                                   struct vault_kv *kv) __attribute__((warn_unused_result));

/* From a dotenv file: name, if there is a '/' in it; otherwise the nearest file of this name, from
 * the folder `start` (NULL: the current one) upward. dialect NULL: vault's own rule. */
enum err_code sources_read_dotenv(struct vault *v, const char *name, const char *start,
                                  const char *dialect, struct vault_kv *kv)
    __attribute__((warn_unused_result));

/* The same as python-dotenv reads it, with ${NAME} expanded. */
enum err_code sources_read_dotenv_expanded(struct vault *v, const char *name, const char *start,
                                           struct vault_kv *kv) __attribute__((warn_unused_result));

#endif
