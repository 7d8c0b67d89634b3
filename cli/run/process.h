/* Hardens this process. */
#ifndef VAULT_PROCESS_H
#define VAULT_PROCESS_H

#include <stdbool.h>

bool protect_process(void);

/* Restores the limits that a command must not inherit. */
void restore_limits(void);

#endif
