/* OpenSSH keys that have a passphrase. */
#ifndef VAULT_SSHKEY_H
#define VAULT_SSHKEY_H

#include "base/mem.h"

/* What the openers answer instead of a length. */
enum { OPENED_NOT = -1, OPENED_BY_NOBODY = -2 };

/* Appends the key as it is without its passphrase, for which ssh-keygen asks on the terminal. 0, or
 * one of the above after a note that says why; plain is a secret buffer. */
int sshkey_open(const char *name, struct slice key, struct buf *plain);

#endif
