/* The default environment of a vault file, as a person has recorded it on this machine: in a state
 * file with lines of "ENV PATH", of which the last one for a path counts. MUST NOT: be read from
 * the repository, which others write. */
#ifndef VAULT_RECORDED_H
#define VAULT_RECORDED_H

#include "base/err.h"
#include "base/mem.h"

/* log: the state file. *env is in the arena; NULL: nothing is recorded, or there is no such
 * file. */
enum err_code recorded_find(const char *log, const char *file, struct arena *arena,
                            const char **env, struct err *err) __attribute__((warn_unused_result));

/* Records env. Nothing is written if it is the default already. */
enum err_code recorded_put(const char *log, const char *file, const char *env, struct err *err)
    __attribute__((warn_unused_result));

#endif
