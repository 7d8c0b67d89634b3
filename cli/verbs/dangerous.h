/* What is said of names that make programs run other code. */
#ifndef VAULT_DANGEROUS_NAMES_H
#define VAULT_DANGEROUS_NAMES_H

#include "base/mem.h"

void dangerous_list(struct buf *out);

/* Adds the name to a list, if it is one of them; and says that exec will not set those on it, and
 * frees it. */
void dangerous_add(struct buf *names, const char *name);
void dangerous_note(struct buf *names);

#endif
