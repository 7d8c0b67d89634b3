/* To whom an environment is sealed. */
#ifndef VAULT_RECIPIENTS_H
#define VAULT_RECIPIENTS_H

#include "ui/status.h"
#include "vault.h"

#include <stdbool.h>

/* Says to whom env is sealed now, marks those to whom this machine never has, and remembers them.
 */
void recipients_show(const char *env, const vault_reader_entry *readers, size_t count);
enum status recipients_knows(const vault_reader_entry *reader, bool *known); /* whether it has */
void recipients_remember(const vault_reader_entry *readers, size_t count);

#endif
