/* Names that make programs run other code. */
#ifndef VAULT_DANGEROUS_H
#define VAULT_DANGEROUS_H

#include "base/mem.h"

/* Which program the variable makes run other code; NULL: none that is known. */
const char *dangerous_to(const char *name);
void dangerous_list(struct buf *out);

/* Adds the name to a list, if it is one of them; and says that exec will not set those on it, and
 * frees it. */
void dangerous_add(struct buf *names, const char *name);
void dangerous_note(struct buf *names);

#endif
