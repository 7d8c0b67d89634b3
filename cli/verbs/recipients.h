/* The public keys to which this machine has encrypted an environment key. */
#ifndef VAULT_RECIPIENTS_H
#define VAULT_RECIPIENTS_H

#include "ui/status.h"
#include "vault.h"

#include <stdbool.h>

/* Lists the readers of env, marks those that are new to this machine, and remembers them. */
void recipients_show(const char *env, const vault_readers *readers);
void recipients_remember(const vault_readers *readers);
void recipients_remember_one(const vault_reader_entry *reader);

/* Whether the reader is remembered. */
enum status recipients_knows(const vault_reader_entry *reader, bool *known);

#endif
