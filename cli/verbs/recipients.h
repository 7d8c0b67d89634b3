/* To whom an environment is sealed. */
#ifndef VAULT_RECIPIENTS_H
#define VAULT_RECIPIENTS_H

#include "ui/status.h"
#include "vault.h"

#include <stdbool.h>

/* Prints the readers of env, marks those to whom this machine has never sealed anything, and
 * remembers them. */
void recipients_show(const char *env, const vault_readers *readers);
void recipients_remember(const vault_readers *readers);
void recipients_remember_one(const vault_reader_entry *reader);

/* Whether this machine has sealed something to the reader before. */
enum status recipients_knows(const vault_reader_entry *reader, bool *known);

#endif
