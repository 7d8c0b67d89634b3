/* The forms in which programs write a value: as it is, in base64, hexadecimal, URLs, JSON and
 * words of a shell. */
#ifndef VAULT_FORMS_H
#define VAULT_FORMS_H

#include "needles.h"

enum { FORMS_LEAST = 6 }; /* a shorter value would match by chance */

enum form { FORM_PLAIN, FORM_HEX, FORM_BASE64, FORM_URL, FORM_JSON, FORM_SHELL };

/* For masking, a form is matched to its end, with base64's padding. For finding, a form that
 * contains another one is left out. */
enum forms_use { FORMS_TO_MASK, FORMS_TO_FIND };

struct forms {
    struct arena arena;
    struct buf list;             /* of struct needles_pattern; their bytes are in the arena */
    struct buf kinds;            /* of enum form */
    struct forms_writer *writer; /* private to forms.c, like these two */
    struct buf text, encoded;
};

#define FORMS_NONE ((struct forms){.text = BUF_SECRET, .encoded = BUF_SECRET})

/* Adds each form of the value once, the plain one first. Inside longer base64 text, a value is
 * matched by the characters that its neighbours cannot change. False if out of memory. */
bool forms_add(struct forms *f, struct slice value, enum forms_use use)
    __attribute__((warn_unused_result));

const struct needles_pattern *forms_list(const struct forms *f, size_t *count);
enum form forms_kind(const struct forms *f, size_t pattern);
const char *form_name(enum form form); /* "plain", "hex", "base64", "url", "json", "shell" */

void forms_done(struct forms *f); /* frees what only forms_add needs */
void forms_free(struct forms *f); /* wipes */

#endif
