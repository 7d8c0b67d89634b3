/* Public keys as they are typed. */
#ifndef VAULT_PUBLICKEY_H
#define VAULT_PUBLICKEY_H

#include "session/session.h"

/* A public key: itself, or the name of a file that has it, or "-". STATUS_USAGE or the like after a
 * message; vault_release(*key). */
enum status public_key_read(struct session *s, const char *text, char **key);

#endif
