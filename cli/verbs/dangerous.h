/* Names through which programs run other code. */
#ifndef VAULT_DANGEROUS_NAMES_H
#define VAULT_DANGEROUS_NAMES_H

#include "base/mem.h"

void dangerous_list(struct buf *out);

/* dangerous_add adds the name to a list if it is one of them. dangerous_note notes that exec will
 * not set those in the list, and frees it. */
void dangerous_add(struct buf *names, const char *name);
void dangerous_note(struct buf *names);

#endif
