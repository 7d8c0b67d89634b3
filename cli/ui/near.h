/* Suggestions for a misspelled word. */
#ifndef VAULT_NEAR_H
#define VAULT_NEAR_H

#include <stdbool.h>
#include <stddef.h>

enum { NEAR_LONGEST = 64 }; /* a longer name is near to none */

struct near {
    const char *word;
    size_t most;                  /* letters that may differ */
    char found[NEAR_LONGEST + 1]; /* empty: none is near */
};

void near_begin(struct near *n, const char *word);

/* The same for a verb or an option, of which there are many: fewer letters may differ. */
void near_begin_word(struct near *n, const char *word);

/* Whether this candidate is nearer than those before it: then it is found. */
bool near_offer(struct near *n, const char *candidate);

#endif
