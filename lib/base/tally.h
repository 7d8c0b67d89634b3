/* Numbers, or pointers, by name: a hash table that only grows. */
#ifndef VAULT_TALLY_H
#define VAULT_TALLY_H

#include "mem.h"

struct tally_entry {
    struct slice name;
    union {
        size_t number;
        void *item;
    } as;
};

/* {0} is an empty one. The names are kept in ordinary memory: they MUST NOT be secret. */
struct tally {
    struct tally_entry *entries;
    size_t count, size;
    struct arena names;
    unsigned char key[16];
};

/* The number of a name, 0 at first; it stays where it is until the next new name. NULL: out of
 * memory. */
size_t *tally_of(struct tally *t, struct slice name);

/* The same without adding it: 0 for a name that is not there. */
size_t tally_find(const struct tally *t, struct slice name);

/* The same for a tally of pointers: NULL at first. */
void **tally_item(struct tally *t, struct slice name);
void *tally_find_item(const struct tally *t, struct slice name);

void tally_free(struct tally *t);

#endif
