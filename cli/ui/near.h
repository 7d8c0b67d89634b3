/* Suggestions for a misspelled word. */
#ifndef VAULT_NEAR_H
#define VAULT_NEAR_H

#include <stddef.h>

/* The candidate most similar to the word; NULL if none is similar enough. */
const char *nearest(const char *word, const char *const *candidates, size_t count);

#endif
