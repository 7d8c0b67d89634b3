/* Masks values in a stream of text: each, in any of its forms, becomes [SECRET/KEY].
 *
 * Overlapping values are all masked, with as few labels as cover them. Text that may begin a form
 * is held back until that is decided, or until the caller flushes. */
#ifndef VAULT_REDACT_H
#define VAULT_REDACT_H

#include "forms.h"
#include "needles.h"

enum { REDACT_LEAST = FORMS_LEAST }; /* bytes: shorter values are not masked */

struct redact_value {
    struct slice secret, key; /* the label */
    struct slice value;
};

struct redact;

/* Copies everything into secret memory; of equal values, the first one gives the label. NULL if out
 * of memory. */
struct redact *redact_make(const struct redact_value *values, size_t count)
    __attribute__((warn_unused_result));
void redact_free(struct redact *r); /* wipes; accepts NULL */

/* One stream; several may share a redact. */
struct redact_stream {
    const struct redact *redact;
    struct needles_scan scan;
    struct buf text; /* consumed text, then the text held back */
    size_t done;
    size_t covered; /* bytes after `done` that have been output or masked */
    struct redact_next {
        size_t end, pattern;
    } next; /* a match that begins in covered text, if it ends after it */
};

struct redact_stream redact_stream_of(const struct redact *r);
void redact_stream_free(struct redact_stream *s); /* wipes */

/* Appends the text that is decided so far to out. False if out of memory: the caller MUST NOT show
 * any more of the stream. */
bool redact_feed(struct redact_stream *s, struct slice text, struct buf *out)
    __attribute__((warn_unused_result));

/* Appends all text held back, as if the stream ended here. More may follow. */
bool redact_flush(struct redact_stream *s, struct buf *out) __attribute__((warn_unused_result));

/* The number of bytes held back. */
size_t redact_held(const struct redact_stream *s);

#endif
