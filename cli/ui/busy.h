/* Progress of long work, on the terminal. */
#ifndef VAULT_BUSY_H
#define VAULT_BUSY_H

#include <stdbool.h>
#include <stddef.h>

/* After busy_begin, progress shows on the terminal, if there is one, until busy_end. Whatever
 * prints, prompts or starts a command calls busy_end first. busy_end returns whether progress was
 * on. */
void busy_begin(void);
bool busy_end(void);

/* How much is done. Shows a bar instead of a spinner. */
void busy_at(size_t done, size_t of);

#endif
