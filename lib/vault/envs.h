/* What is done with environments as a whole. Each of these changes the document of an open handle;
 * handle_end must follow. */
#ifndef VAULT_ENVS_H
#define VAULT_ENVS_H

#include "handle.h"

/* With the readers of `like`, or (NULL) without any. */
enum err_code envs_create(struct vault *v, const char *env, const char *like)
    __attribute__((warn_unused_result));
enum err_code envs_delete(struct vault *v, const char *env) __attribute__((warn_unused_result));
enum err_code envs_rename(struct vault *v, const char *from, const char *to)
    __attribute__((warn_unused_result));
enum err_code envs_copy(struct vault *v, const char *from, const char *to)
    __attribute__((warn_unused_result));

/* A new key for the environment of c. envs_rotate also checks that the credentials open it. */
enum err_code envs_new_key(struct vault *v, const struct change *c, bool forget_past)
    __attribute__((warn_unused_result));
enum err_code envs_rotate(struct vault *v, const struct change *c, bool forget_past)
    __attribute__((warn_unused_result));

/* Removes the passphrases that no environment is read with any more. */
enum err_code envs_drop_unused_passphrases(struct vault *v) __attribute__((warn_unused_result));

#endif
