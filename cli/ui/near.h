/* What somebody may have meant. */
#ifndef VAULT_NEAR_H
#define VAULT_NEAR_H

#include <stddef.h>

/* The nearest of the candidates, if it is near; NULL otherwise. */
const char *nearest(const char *word, const char *const *candidates, size_t count);

#endif
