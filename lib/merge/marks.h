/* Two versions of a vault as one text with git's conflict markers, around whole items. */
#ifndef VAULT_MARKS_H
#define VAULT_MARKS_H

#include "vault/doc.h"

enum { MARKS_SIZE = 7, MARKS_SIZE_MAX = 64 };

/* What both have in the same words stands once. size: of a marker, in characters. */
bool marks_write(const struct doc *ours, const struct doc *theirs, size_t size, struct buf *out)
    __attribute__((warn_unused_result));

#endif
