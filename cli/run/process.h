/* What this process does to itself. */
#ifndef VAULT_PROCESS_H
#define VAULT_PROCESS_H

#include <stdbool.h>

bool protect_process(void);

/* Before a command is started: what was set for ourselves alone. */
void restore_limits(void);

#endif
