/* Templates: text with the placeholders {{ KEY }} and {{ SECRET/KEY }}, read piece by piece. {{{{
 * is a literal {{; anything else between {{ and }} is text. */
#ifndef VAULT_TEMPLATE_H
#define VAULT_TEMPLATE_H

#include "base/mem.h"

struct template
{
    const char *at, *end;
    size_t line;
};

struct template_piece {
    struct slice text;        /* the source of the piece, also of a placeholder */
    struct slice secret, key; /* key.len is 0 for text; secret.len is 0 if none is named */
    size_t line;
};

void template_begin(struct template *t, struct slice text);

/* False at the end. The pieces point into the text. */
bool template_next(struct template *t, struct template_piece *piece);

#endif
