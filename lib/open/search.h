/* The search for vault.toml when no file is named. */
#ifndef VAULT_SEARCH_H
#define VAULT_SEARCH_H

#include "base/err.h"
#include "base/mem.h"
#include "variables.h"

/* Finds vault.toml in the current folder or the nearest one above. The search ends at a folder that
 * holds .git, at HOME, or at another user's folder. *found is in the arena. ERR_ABSENT if there is
 * no file, ERR_FAILED if there is one that is not trusted. */
enum err_code search_upward(const struct variables *variables, struct arena *arena,
                            const char **found, struct err *err)
    __attribute__((warn_unused_result));

#endif
