/* The lines of a vault that were replaced or taken out: whether one of them comes back. */
#ifndef VAULT_LINES_H
#define VAULT_LINES_H

#include "cli.h"
#include "../lib/tally.h"

struct lines {
    struct tally left; /* lines, and names: 1 + the commit in which each last went */
};

/* Remembers what a difference between two versions took away, in this commit. False: out of
 * memory. */
bool lines_leave(struct lines *l, const vault_difference *d, size_t commit);

/* 1 + the commit in which a value's line went that now stands there again; 0: it is new. */
size_t lines_came_back(const struct lines *l, const vault_difference *d);

/* Whether what the difference takes away was taken away before. */
bool lines_was_removed(const struct lines *l, const vault_difference *d);

void lines_free(struct lines *l);

#endif
