/* Folders whose files are in memory. */
#ifndef VAULT_MEMORY_H
#define VAULT_MEMORY_H

#include <stdbool.h>

/* False if it is on a disk, or the system does not tell. */
bool memory_has(const char *folder);

#endif
