/* The services that --kind knows. */
#ifndef VAULT_KINDS_H
#define VAULT_KINDS_H

#include <stddef.h>

enum { KIND_KEYS = 7 };

struct kind {
    const char *name;
    const char *keys[KIND_KEYS]; /* ends in NULL */
};

extern const struct kind kinds[];
extern const size_t kind_count;

const struct kind *kind_find(const char *name); /* NULL: none */

#endif
