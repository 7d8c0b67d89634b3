/* A list that is one block of malloc: a header, entries of one size, and the strings that the
 * entries point to. Freed with free. */
#ifndef VAULT_LIST_H
#define VAULT_LIST_H

#include "text.h"

struct list {
    size_t count, entry_size;
    char *entries;
    char *text; /* where list_string puts the next string */
};

/* An entry per place, all zero; `text` bytes for strings, each with its final zero byte. NULL: out
 * of memory. */
struct list *list_make(size_t count, size_t entry_size, size_t text)
    __attribute__((warn_unused_result));

/* Copies a string into the list, and adds a zero byte. */
const char *list_string(struct list *list, struct slice s);
const char *list_spelled(struct list *list, struct slice s); /* of text_spell */

/* NULL after the last entry; list may be NULL. */
void *list_at(const struct list *list, size_t place);
size_t list_count(const struct list *list);

#endif
