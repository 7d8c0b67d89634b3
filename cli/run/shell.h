/* Quoting for a shell. */
#ifndef VAULT_SHELL_H
#define VAULT_SHELL_H

#include "base/mem.h"

/* Appends text as one shell word. */
void shell_word(struct buf *out, const char *text);

#endif
