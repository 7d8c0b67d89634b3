/* The forms in which programs write a value: as it is, and in base64, hexadecimal, URLs and JSON.
 */
#ifndef VAULT_FORMS_H
#define VAULT_FORMS_H

#include "mem.h"

/* A value that is shorter is like too much else to be looked for. */
enum { FORMS_LEAST = 6 };

struct forms {
    struct arena arena;
    struct buf list; /* of struct slice, which stand in the arena */
    struct buf text; /* forms.c's own */
};

#define FORMS_NONE ((struct forms){.text = BUF_SECRET})

/* Adds each form of the value once, itself first. Of base64 that stands within longer base64 it is
 * the characters that the value alone decides. False if there is no memory. */
bool forms_add(struct forms *f, struct slice value) __attribute__((warn_unused_result));
const struct slice *forms_list(const struct forms *f, size_t *count);
void forms_free(struct forms *f); /* wipes */

#endif
