/* Hints for errors of the library. */
#ifndef VAULT_HINTS_H
#define VAULT_HINTS_H

#include "base/mem.h"
#include "vault.h"

/* The program's name in hints. It is "vault" until a call with another name; NULL only asks. */
const char *hint_program(const char *name);

/* has_hint: whether there is a hint for the handle's last error. hint_of appends it. */
bool has_hint(const vault *v);
void hint_of(const vault *v, struct buf *out);

#endif
