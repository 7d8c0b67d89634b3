/* A hash table from names to numbers or pointers. Entries cannot be removed. */
#ifndef VAULT_HASHTABLE_H
#define VAULT_HASHTABLE_H

#include "mem.h"

struct hashtable_entry {
    struct slice name;
    union {
        size_t number;
        void *item;
    } as;
};

/* {0} is an empty table. Names are copied to ordinary memory: they MUST NOT be secret. */
struct hashtable {
    struct hashtable_entry *entries;
    size_t count, size;
    struct arena names;
    unsigned char key[16];
};

/* The number of a name, 0 if it is new. The pointer is valid until another name is added. NULL: out
 * of memory. */
size_t *hashtable_number(struct hashtable *t, struct slice name);

/* The same, but does not add the name: 0 if it is absent. */
size_t hashtable_find(const struct hashtable *t, struct slice name);

/* The same for pointers: NULL if it is new. */
void **hashtable_item(struct hashtable *t, struct slice name);
void *hashtable_find_item(const struct hashtable *t, struct slice name);

void hashtable_free(struct hashtable *t);

#endif
