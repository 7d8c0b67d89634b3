/* Where this user keeps what is vault's. */
#ifndef VAULT_PLACES_H
#define VAULT_PLACES_H

#include "ui/status.h"

#include <stdbool.h>

/* $XDG_CONFIG_HOME/vault/NAME or the like, as a new string; NULL without a HOME. STATUS_FAILED
 * after a message. */
enum status config_path(const char *name, char **path);

/* The same in $XDG_STATE_HOME/vault, where this machine remembers. */
enum status state_path(const char *name, char **path);

/* Whether a person is told this for the first time, which is remembered in a file of this name.
 * Where that cannot be, and where nobody sees it, it is not. */
bool session_first_time(const char *what);

#endif
