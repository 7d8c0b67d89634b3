/* Formats one difference between two versions, as text and as JSON. */
#ifndef VAULT_DIFFERENCE_H
#define VAULT_DIFFERENCE_H

#include "base/mem.h"
#include "vault.h"

/* With `reveal` it writes values, and out MUST be a secret buffer. */
void difference_add_line(struct buf *out, const vault_difference *d, bool reveal);

/* Appends the members of a JSON object, without braces. */
void difference_add_json(struct buf *out, const vault_difference *d, bool reveal);

/* Appends its kind and names, as the key of a table; public. */
void difference_name(struct buf *out, const vault_difference *d);

#endif
