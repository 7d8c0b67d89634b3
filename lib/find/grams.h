/* The grams of a few texts: every four bytes that are next to each other, as they are or decoded
 * from base64 or hexadecimal. It tells most values apart from those that the texts may contain, in
 * less time than the forms of a value take to write. */
#ifndef VAULT_GRAMS_H
#define VAULT_GRAMS_H

#include "base/mem.h"

struct grams;

/* For texts of this many bytes in all. NULL: out of memory. */
struct grams *grams_make(size_t bytes) __attribute__((warn_unused_result));
void grams_free(struct grams *g); /* accepts NULL */

/* Adds a text, which MUST be whole: nothing is found across two of them. */
void grams_add(struct grams *g, struct slice text);

/* False if no form of the value, as forms_add writes them to find it, is in the texts. The value
 * has GRAMS_VALUE bytes at least. */
enum { GRAMS_VALUE = 8 };
bool grams_may_have(const struct grams *g, struct slice value) __attribute__((warn_unused_result));

#endif
