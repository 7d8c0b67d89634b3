/* Templates: text with the holes {{ NAME }} and {{ SECRET/NAME }}, each with at most one filter, as
 * {{ NAME | url }}, read piece by piece. {{{{ is a literal {{; any other {{ is an error. */
#ifndef VAULT_TEMPLATE_H
#define VAULT_TEMPLATE_H

#include "base/mem.h"

struct template
{
    const char *at, *end;
    size_t line;
};

enum template_filter {
    TEMPLATE_AS_IT_IS,
    TEMPLATE_URL,
    TEMPLATE_BASE64,
    TEMPLATE_JSON,
    TEMPLATE_SHELL
};

struct template_piece {
    struct slice text;        /* the source of the piece, also of a hole */
    struct slice secret, key; /* key.len is 0 for text; secret.len is 0 if none is named */
    enum template_filter filter;
    size_t line;
    bool is_wrong; /* a {{ that does not begin a hole; the text is that {{ */
};

void template_begin(struct template *t, struct slice text);

/* False at the end. The pieces point into the text. */
bool template_next(struct template *t, struct template_piece *piece);

/* Appends what the filter makes of the value to out, a secret buffer. False if it cannot write it:
 * json takes UTF-8, shell no zero byte. */
bool template_filter(enum template_filter filter, struct slice value, struct buf *out)
    __attribute__((warn_unused_result));

#endif
