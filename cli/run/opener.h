/* Programs that help to open a key, for a process that may start none.
 *
 * A process that enters the cage first leaves a helper behind: a copy of itself that has read no
 * vault and no key. It starts the programs on request, and ends when the other process does. */
#ifndef VAULT_OPENER_H
#define VAULT_OPENER_H

#include "sshkey.h"

#include <stdbool.h>

/* Before the cage. False with errno: no helper could be started. */
bool opener_start(void);
void opener_stop(void);

/* sshkey_open, in the helper if there is one. */
int opener_ssh(const char *name, struct slice key, struct buf *plain);

#endif
