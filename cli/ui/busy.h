/* Work that takes its time. */
#ifndef VAULT_BUSY_H
#define VAULT_BUSY_H

#include <stdbool.h>
#include <stddef.h>

/* From here on it shows itself, if there is a person to see it, until busy_end, which everything
 * else that is said, asked or started calls first. Returns whether it was begun. */
void busy_begin(void);
bool busy_end(void);

/* How far it is: a bar rather than a wheel. */
void busy_at(size_t done, size_t of);

#endif
