/* Hints for errors of the library. */
#ifndef VAULT_HINTS_H
#define VAULT_HINTS_H

#include "base/mem.h"
#include "vault.h"

/* The program's name in hints. It is "vault" until a call with another name; NULL only asks. */
const char *hint_program(const char *name);

/* Whether a public key is too long to be typed or read: a post-quantum one has 1,959 characters. */
bool hint_is_long(const char *key);

/* Appends what comes after `grant NAME` for this public key of the user's own; "" if it is not
 * known. */
void hint_add_grant(struct buf *out, const char *key, const char *env);

/* has_hint: whether there is a hint for the handle's last error. hint_of appends it. */
bool has_hint(const vault *v);
void hint_of(const vault *v, struct buf *out);

#endif
