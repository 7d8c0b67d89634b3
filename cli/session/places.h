/* This user's folders for vault's configuration and state. */
#ifndef VAULT_PLACES_H
#define VAULT_PLACES_H

#include "ui/status.h"

#include <stdbool.h>

/* The path $XDG_CONFIG_HOME/vault/NAME, or its default, as a new string; NULL without a HOME.
 * STATUS_FAILED after a message. */
enum status config_path(const char *name, char **path);

/* The same for $XDG_STATE_HOME/vault, which holds what this machine remembers. */
enum status state_path(const char *name, char **path);

/* Whether a hint is due that a person sees once. A state file of this name records that it was
 * shown. False if the file cannot be created, or if stderr is not a terminal. */
bool session_first_time(const char *what);

#endif
