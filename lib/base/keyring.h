/* The kernel's user keyring, where there is one. */
#ifndef VAULT_KEYRING_H
#define VAULT_KEYRING_H

#include "mem.h"

/* Appends what is kept for a vault (its id) to out, a secret buffer. False: nothing is, or there is
 * no keyring. */
bool keyring_read(const char *vault, struct buf *out);

/* Keeps the text for a vault, in place of what is kept, for so long. False with errno. */
bool keyring_keep(const char *vault, struct slice text, unsigned seconds);

/* Forgets at once what is kept, for all vaults; count: how many. False with errno. */
bool keyring_forget(size_t *count);

/* Whether that errno says that there is no keyring here at all: another system, or a container that
 * does not let programs at it. */
bool keyring_is_missing(int cause);

#endif
