/* The forms in which programs write a value: as it is, and in base64, hexadecimal, URLs and JSON.
 */
#ifndef VAULT_FORMS_H
#define VAULT_FORMS_H

#include "mem.h"

/* A value that is shorter is like too much else to be looked for. */
enum { FORMS_LEAST = 6 };

/* Appends each form once to `forms`, a buffer of struct slice, with its bytes in the arena. The
 * value itself is the first. Of base64 that stands within longer base64 they are the characters
 * that the value alone decides. False if there is no memory. */
bool forms_make(struct slice value, struct arena *arena, struct buf *forms)
    __attribute__((warn_unused_result));

#endif
