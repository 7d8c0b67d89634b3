/* One difference between two versions, as people and as programs read it. */
#ifndef VAULT_DIFFERENCE_H
#define VAULT_DIFFERENCE_H

#include "base/mem.h"
#include "vault.h"

/* A buffer that receives values with `reveal` MUST be a secret one. */
void difference_add_line(struct buf *out, const vault_difference *d, bool reveal);

/* Its members, without the braces around them. */
void difference_add_json(struct buf *out, const vault_difference *d, bool reveal);

/* What it is about, for a table: its kind and names, in public memory. */
void difference_name(struct buf *out, const vault_difference *d);

#endif
