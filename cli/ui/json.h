/* JSON as verbs print it: a list of objects, one a line. */
#ifndef VAULT_CLI_JSON_H
#define VAULT_CLI_JSON_H

#include "base/mem.h"

/* The text of an object's members: each puts a comma in front of itself where one is needed. */
void json_text(struct buf *out, const char *name, struct slice text); /* in UTF-8 */
void json_word(struct buf *out, const char *name, const char *text);  /* the same */
void json_date(struct buf *out, const char *name, int64_t date);
void json_raw(struct buf *out, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Begins an object of a list, after the "[" or "}" that out ends in; the caller closes it. */
void json_item(struct buf *out);

/* Ends the list. */
void json_end(struct buf *out);

#endif
