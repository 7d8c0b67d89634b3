/* Many byte strings looked for at once, in text that comes whole or in pieces.
 *
 * What is found is each occurrence of a pattern that does not lie within another occurrence: of
 * "secret" and "secrets" in "secrets" the second alone, and both of two that overlap. Time grows
 * with the length of the text, whatever the patterns and the text are.
 *
 * Of a long pattern only the head is kept. Behind a head that is found the text is held against
 * hashes of the pattern, at lengths that double, so that a text which leaves the pattern is let go
 * soon. Text that is the pattern is always found; another one is taken for it once in 2^38 times,
 * which masks what need not be. */
#ifndef VAULT_NEEDLES_H
#define VAULT_NEEDLES_H

#include "base/mem.h"

struct needles;

/* The patterns are copied into secret memory (16 bytes a byte); empty ones are passed over. NULL if
 * there is no memory, or they are longer than 2^31 bytes together. */
struct needles *needles_make(const struct slice *patterns, size_t count)
    __attribute__((warn_unused_result));

enum { NEEDLES_HEAD = 512 };

/* A hash of a pattern's bytes from NEEDLES_HEAD to `len`. */
struct needles_check {
    size_t len;
    uint64_t power, hash;
};

/* A pattern of any length: the head is all of it, and there are no checks, or it has NEEDLES_HEAD
 * bytes, and the last check is of all. */
struct needles_pattern {
    struct slice head;
    const struct needles_check *checks;
    size_t check_count;
};

/* The summary of a pattern, in the arena. False if there is no memory. */
bool needles_summarize(struct arena *arena, struct slice bytes, struct needles_pattern *pattern)
    __attribute__((warn_unused_result));
size_t needles_length(const struct needles_pattern *pattern);

/* An order in which equal patterns are neighbours; 0 if they are equal. */
int needles_compare(const struct needles_pattern *a, const struct needles_pattern *b);

/* As needles_make. The checks must live as long as the needles. */
struct needles *needles_make_long(const struct needles_pattern *patterns, size_t count)
    __attribute__((warn_unused_result));
void needles_free(struct needles *n); /* wipes; accepts NULL */

struct needles_match {
    size_t at, len; /* in the text */
    size_t pattern; /* its place in `patterns`; of equal ones the first */
};

/* A walk through one text: begin with {.needles = n}, end with needles_scan_free. */
struct needles_scan {
    const struct needles *needles;
    size_t at;        /* text before this place has been read */
    uint32_t node;    /* needles.c's own, and so are the next */
    struct buf found; /* matches that may yet turn out to lie within a longer one */
    size_t taken;
    struct buf starts;               /* heads that were found, in the order of the text */
    size_t starts_gone, starts_over; /* before those in the buffer; of these, at its front */
    struct buf candidates;           /* a heap of the checks that are due */
    uint64_t hash;                   /* of the text, since there were any */
};

/* Whether more text may follow behind the one that is given. */
enum needles_rest { NEEDLES_MORE, NEEDLES_END };

/* The next match, in the order of the text. False: there is none that is certain before the end of
 * the text; call it again with the same text grown longer, if more of it may follow. */
bool needles_next(struct needles_scan *scan, struct slice text, enum needles_rest rest,
                  struct needles_match *match) __attribute__((warn_unused_result));

/* Text before this place is in no match that is still to come: it need not be kept. */
size_t needles_settled(const struct needles_scan *scan);

/* The caller lets go of so many bytes, all of them settled, at the start of the text. */
void needles_drop(struct needles_scan *scan, size_t len);

/* Whether there was memory for all that was found; if not, the scan must not be trusted. */
bool needles_scan_ok(const struct needles_scan *scan) __attribute__((warn_unused_result));
void needles_scan_free(struct needles_scan *scan);

#endif
