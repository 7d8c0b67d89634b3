/* What to type next after an error of the library. */
#ifndef VAULT_HINTS_H
#define VAULT_HINTS_H

#include "base/mem.h"
#include "vault.h"

/* The name that hints call this program by: "vault", or the last one that was not NULL. */
const char *hint_program(const char *name);

/* The hint for the reason of the handle's error, if there is one. */
bool has_hint(const vault *v);
void hint_of(const vault *v, struct buf *out);

#endif
