/* A pager for long output on a terminal. It is a process of its own from before the vault is
 * opened, so it inherits nothing of it, and a verb that is in its sandbox by then can use it. */
#ifndef VAULT_PAGER_H
#define VAULT_PAGER_H

#include "ui/args.h"

#include "base/mem.h"

/* Call it before the session is opened. Does nothing if there is no terminal, --no-pager was given,
 * values are revealed or a coding agent runs this. */
void pager_start(const struct args *args);

/* Writes the output: through the pager if it is longer than the terminal, otherwise as write_buf
 * does. It is fitted as fit_write does, unless args is NULL. */
enum status pager_write(const struct args *args, const struct buf *out);

/* Ends what pager_start has started; to be called on every path. */
void pager_end(void);

#endif
