/* Templates: a text with {{ KEY }} and {{ SECRET/KEY }} in it, piece by piece. {{{{ stands for {{,
 * and whatever else is not such a name between {{ and }} is text. */
#ifndef VAULT_TEMPLATE_H
#define VAULT_TEMPLATE_H

#include "base/mem.h"

struct template
{
    const char *at, *end;
    size_t line;
};

struct template_piece {
    struct slice text;        /* or, if there is a key, what it is written as */
    struct slice secret, key; /* key.len is 0 for text; secret.len, where none is named */
    size_t line;
};

void template_begin(struct template *t, struct slice text);

/* False at the end. The pieces point into the text. */
bool template_next(struct template *t, struct template_piece *piece);

#endif
