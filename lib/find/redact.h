/* Values masked in text that streams by: each, in any of its forms, becomes [S/KEY].
 *
 * Overlapping values are all masked, with as few labels as cover them. What may be the beginning of
 * a form is held back until it is certain, or until the caller wants it flushed. */
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

/* Copies all of it into secret memory; of equal values the first gives the label. NULL if there is
 * no memory. */
struct redact *redact_make(const struct redact_value *values, size_t count)
    __attribute__((warn_unused_result));
void redact_free(struct redact *r); /* wipes; accepts NULL */

/* One of several texts that are masked alike. */
struct redact_stream {
    const struct redact *redact;
    struct needles_scan scan;
    struct buf text; /* what is held back, behind what is done with */
    size_t done;
    size_t covered; /* what of `text` behind `done` has gone out, or is masked */
    struct redact_next {
        size_t end, pattern;
    } next; /* if it ends behind the covered text: a match that begins in it */
};

struct redact_stream redact_stream_of(const struct redact *r);
void redact_stream_free(struct redact_stream *s); /* wipes */

/* Appends to out what is certain of the text so far. False if there is no memory: then nothing more
 * of the stream may be shown. */
bool redact_feed(struct redact_stream *s, struct slice text, struct buf *out)
    __attribute__((warn_unused_result));

/* Appends all that is held back, as if the text ended here. Another text may follow. */
bool redact_flush(struct redact_stream *s, struct buf *out) __attribute__((warn_unused_result));

/* How many bytes are held back. */
size_t redact_held(const struct redact_stream *s);

#endif
