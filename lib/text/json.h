/* Reads JSON, as much as a set of values needs: one object of strings, numbers and booleans. */
#ifndef VAULT_JSON_H
#define VAULT_JSON_H

#include "base/err.h"
#include "base/mem.h"

struct json_pair {
    const char *name;   /* ends in a zero byte */
    struct slice value; /* at is NULL for null */
};

/* Reads one object of strings, numbers, booleans (both as they are written) and nulls, into the
 * arena, in the order of the text. ERR_FORMAT with the line; it names a repeated name, and one
 * whose value is an array or object, and shows no value. */
enum err_code json_read_strings(struct slice text, struct arena *arena, struct json_pair **pairs,
                                size_t *count, struct err *err) __attribute__((warn_unused_result));

#endif
