/* A selection in one of the formats. */
#ifndef VAULT_FORMAT_SELECTION_H
#define VAULT_FORMAT_SELECTION_H

#include "base/text.h"
#include "format.h"
#include "text/selection.h"

/* What a person should know about a text that was written; empty: nothing. */
struct format_notes {
    struct buf caution;   /* a sentence */
    struct buf dangerous; /* the names by which programs run other code */
};

/* As format_write; title NULL: "vault". */
enum err_code format_selection(const struct format *format, const struct vault_selection *s,
                               const char *title, struct buf *text, struct format_notes *notes,
                               struct err *err) __attribute__((warn_unused_result));

#endif
