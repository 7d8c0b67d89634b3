/* The forms in which programs write a value: as it is, and in base64, hexadecimal, URLs and JSON.
 */
#ifndef VAULT_FORMS_H
#define VAULT_FORMS_H

#include "needles.h"

/* A value that is shorter is like too much else to be looked for. */
enum { FORMS_LEAST = 6 };

struct forms {
    struct arena arena;
    struct buf list;          /* of struct needles_pattern, which stand in the arena */
    struct buf text, encoded; /* forms.c's own */
};

#define FORMS_NONE ((struct forms){.text = BUF_SECRET, .encoded = BUF_SECRET})

/* Adds each form of the value once, itself first. Of base64 that stands within longer base64 it is
 * the characters that the value alone decides. False if there is no memory. */
bool forms_add(struct forms *f, struct slice value) __attribute__((warn_unused_result));
const struct needles_pattern *forms_list(const struct forms *f, size_t *count);
void forms_done(struct forms *f); /* frees what only more forms need */
void forms_free(struct forms *f); /* wipes */

#endif
