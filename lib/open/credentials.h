/* The credentials of a run, from where the settings say that they are. */
#ifndef VAULT_CREDENTIALS_H
#define VAULT_CREDENTIALS_H

#include "settings.h"
#include "vault/handle.h"

/* Gives them to v. ERR_LOCKED for one that was given and cannot be used, or that others can read;
 * what else a person should know is told. */
enum err_code credentials_add(struct vault *v, const struct settings *s)
    __attribute__((warn_unused_result));

#endif
