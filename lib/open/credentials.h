/* Reads a run's credentials from the sources that the settings name. */
#ifndef VAULT_CREDENTIALS_H
#define VAULT_CREDENTIALS_H

#include "settings.h"
#include "vault/handle.h"

/* Adds the credentials to v. ERR_LOCKED if one that was given cannot be used or can be read by
 * others. Other warnings go to v's notice function. */
enum err_code credentials_add(struct vault *v, const struct settings *s)
    __attribute__((warn_unused_result));

#endif
