/* Searches for many byte strings at once, in text that comes whole or in pieces.
 *
 * Finds each occurrence of a pattern that is not inside another occurrence: for "secret" and
 * "secrets" in "secrets" only the second; but both of two that overlap. Time is linear in the
 * length of the text, whatever the patterns.
 *
 * Of a long pattern only the head is kept. After a head, the text is compared with hashes of the
 * pattern at doubling lengths, so that text that differs is dropped early. The pattern is always
 * found; other text is mistaken for it with a chance of 1 in 2^38, and then masked needlessly. */
#ifndef VAULT_NEEDLES_H
#define VAULT_NEEDLES_H

#include "base/mem.h"

struct needles;

/* Copies the patterns into secret memory (16 bytes per byte); skips empty ones. NULL if out of
 * memory, or if their total length exceeds 2^31 bytes. */
struct needles *needles_make(const struct slice *patterns, size_t count)
    __attribute__((warn_unused_result));

enum { NEEDLES_HEAD = 512 };

/* A hash of a pattern's bytes from NEEDLES_HEAD to `len`. */
struct needles_check {
    size_t len;
    uint64_t power, hash;
};

/* A pattern of any length. Either the head is all of it, and there are no checks; or the head has
 * NEEDLES_HEAD bytes, and the last check covers the rest. */
struct needles_pattern {
    struct slice head;
    const struct needles_check *checks;
    size_t check_count;
};

/* What is kept of a pattern that comes in pieces. All 0: of none yet. Secret. */
struct needles_summary {
    char head[NEEDLES_HEAD];
    size_t len, check_count;
    uint64_t hash; /* of what follows the head */
    struct needles_check checks[64];
};
void needles_summary_add(struct needles_summary *summary, struct slice bytes);

/* The pattern that the pieces are so far, in the arena. False if out of memory. */
bool needles_summary_end(const struct needles_summary *summary, struct arena *arena,
                         struct needles_pattern *pattern) __attribute__((warn_unused_result));
size_t needles_length(const struct needles_pattern *pattern);

/* An order in which equal patterns are neighbours; 0 if they are equal. */
int needles_compare(const struct needles_pattern *a, const struct needles_pattern *b);

/* Like needles_make. The checks MUST outlive the needles. */
struct needles *needles_make_long(const struct needles_pattern *patterns, size_t count)
    __attribute__((warn_unused_result));
void needles_free(struct needles *n); /* wipes; accepts NULL */

struct needles_match {
    size_t at, len; /* in the text */
    size_t pattern; /* its index in `patterns`, the first of equal ones */
};

/* A search through one text: begin with {.needles = n}, end with needles_scan_free. */
struct needles_scan {
    const struct needles *needles;
    size_t at;        /* text before this place has been read */
    uint32_t node;    /* private to needles.c, like all below */
    struct buf found; /* matches that may still be inside a longer one */
    size_t taken;
    struct buf starts;               /* heads that were found, in the order of the text */
    size_t starts_gone, starts_over; /* dropped from the buffer; finished, at its front */
    struct buf candidates;           /* a heap of the checks that are due */
    uint64_t hash;                   /* of the text, since the first candidate */
};

/* Whether more text may follow. */
enum needles_rest { NEEDLES_MORE, NEEDLES_END };

/* Returns the next match, in the order of the text. False if none is certain yet: call again with
 * the text extended, if more may follow. */
bool needles_next(struct needles_scan *scan, struct slice text, enum needles_rest rest,
                  struct needles_match *match) __attribute__((warn_unused_result));

/* No later match begins before this place: the caller may drop the text before it. */
size_t needles_settled(const struct needles_scan *scan);

/* The caller has dropped len bytes, all of them settled, from the start of the text. */
void needles_drop(struct needles_scan *scan, size_t len);

/* False if memory ran out: the scan MUST NOT be trusted then. */
bool needles_scan_ok(const struct needles_scan *scan) __attribute__((warn_unused_result));
void needles_scan_free(struct needles_scan *scan);

#endif
