/* The vault.toml that is found where none was named. */
#ifndef VAULT_SEARCH_H
#define VAULT_SEARCH_H

#include "base/err.h"
#include "base/mem.h"
#include "variables.h"

/* Finds vault.toml in this folder, or in the nearest one above it: up to the one that holds .git,
 * or HOME, or that belongs to another user. *found is the arena's. ERR_ABSENT: there is none.
 * ERR_FAILED: there is one, and it is not to be trusted. */
enum err_code search_upward(const struct variables *variables, struct arena *arena,
                            const char **found, struct err *err)
    __attribute__((warn_unused_result));

#endif
