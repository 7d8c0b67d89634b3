/* Whether a text looks like a secret, before it is shown to everybody. */
#ifndef VAULT_LOOKS_H
#define VAULT_LOOKS_H

#include "base/mem.h"

/* What about it does, for a sentence: "it begins as a token does"; NULL: nothing. It is a guess. */
const char *looks_secret(struct slice text);

#endif
