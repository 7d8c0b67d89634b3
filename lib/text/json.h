/* JSON, as far as a set of values needs it: one object of strings is read. */
#ifndef VAULT_JSON_H
#define VAULT_JSON_H

#include "base/err.h"
#include "base/mem.h"

struct json_pair {
    const char *name;   /* ends in zero */
    struct slice value; /* at is NULL for null */
};

/* Reads one object whose values are strings or null, into the arena, in the order of the text.
 * ERR_FORMAT with the line; a number, boolean, array or object is named by its key, and so is a
 * name that is repeated; no value is shown. */
enum err_code json_read_strings(struct slice text, struct arena *arena, struct json_pair **pairs,
                                size_t *count, struct err *err) __attribute__((warn_unused_result));

#endif
