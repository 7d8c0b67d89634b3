/* Finds the vault's values in plain text: which values are worth a search, in which forms, and
 * where they are. No I/O: the caller reads the texts and reports. */
#ifndef VAULT_LEAK_H
#define VAULT_LEAK_H

#include "forms.h"

enum {
    LEAK_SHORTEST = 8,    /* bytes: shorter values are not searched for */
    LEAK_LONGEST = 4096,  /* bytes: of a longer value, this much of its middle */
    LEAK_TEXT_LOOK = 8000 /* a zero byte within this many makes a text binary, as in git */
};

/* A value that would be found everywhere is not searched for. */
enum leak_worth { LEAK_WORTH, LEAK_TOO_SHORT, LEAK_COMMON };
enum leak_worth leak_judge(struct slice value);

/* Values prepared for searching, in all their forms. */
struct leaks;

/* The values must be distinct, and LEAK_WORTH. NULL: out of memory. */
struct leaks *leaks_make(const struct slice *values, size_t count)
    __attribute__((warn_unused_result));

/* The same, to search only texts that all are in `grams`: values that are not in them are left out,
 * without a difference to what is found. */
struct grams;
struct leaks *leaks_make_for(const struct slice *values, size_t count, const struct grams *grams)
    __attribute__((warn_unused_result));
void leaks_free(struct leaks *leaks); /* wipes; accepts NULL */

struct leak {
    size_t value; /* its index in `values` */
    enum form form;
    size_t line;   /* from 1; 0 in a binary text */
    size_t offset; /* from 0 */
};

/* A search through texts, one after another, in pieces. The fields are private to leak.c. */
struct leak_walk {
    const struct leaks *leaks;
    struct needles_scan scan;
    struct buf text;      /* the part that may still be in a match */
    size_t before;        /* bytes that were dropped before it */
    size_t counted, line; /* the place in it up to which newlines are counted */
    bool begun, binary, failed;
    struct leak found;
    struct buf hits; /* matches at the place of `found` */
    size_t taken;
    size_t texts;
    struct leak_place {
        size_t text, place;
    } * reported, *seen; /* the last place, by value and by pattern */
};

void leak_begin(struct leak_walk *w, const struct leaks *leaks);
void leak_end(struct leak_walk *w); /* wipes */

/* Room for the next bytes of the text: write them there, then call leak_add. NULL: out of
 * memory. */
char *leak_room(struct leak_walk *w, size_t size) __attribute__((warn_unused_result));
void leak_add(struct leak_walk *w, size_t len);

/* Returns the next match. A value is reported once per line, also inside another one. False if none
 * is certain before the next piece, or at all. */
bool leak_next(struct leak_walk *w, enum needles_rest rest, struct leak *leak)
    __attribute__((warn_unused_result));

/* Begins another text. */
void leak_new_text(struct leak_walk *w);

/* False if memory ran out, and values may have been missed. */
bool leak_ok(const struct leak_walk *w) __attribute__((warn_unused_result));

/* Whether a file of this name has KEY=VALUE lines: .env and the like, but not examples. */
bool leak_is_env_file(const char *path);

/* Reads "[export ]KEY=VALUE", with optional quotes and comment, leniently. */
bool leak_assignment(struct slice line, struct slice *key, struct slice *value);

#endif
