/* Public keys on the command line. */
#ifndef VAULT_PUBLICKEY_H
#define VAULT_PUBLICKEY_H

#include "session/session.h"

/* Reads a public key from a word: the key, the name of a file that has it, or "-" for stdin. Any
 * status but STATUS_OK was reported. vault_release(*key). */
enum status public_key_read(struct session *s, const char *text, char **key);

#endif
