/* Where values stand in plain text: which of them are worth looking for, in which forms, and where
 * those are. Pure: what is read, and what is said of it, is up to the caller. */
#ifndef VAULT_LEAK_H
#define VAULT_LEAK_H

#include "forms.h"

enum {
    LEAK_SHORTEST = 8,    /* bytes of a value that is looked for */
    LEAK_LONGEST = 4096,  /* of a longer one so much of its middle is looked for */
    LEAK_TEXT_LOOK = 8000 /* a text is binary if there is a zero byte so early: git's rule */
};

/* A value that stands everywhere anyway is not looked for. */
enum leak_worth { LEAK_WORTH, LEAK_TOO_SHORT, LEAK_COMMON };
enum leak_worth leak_judge(struct slice value);

/* Values made ready to be looked for, in all their forms. */
struct leaks;

/* The values differ from each other and are worth it. NULL: out of memory. */
struct leaks *leaks_make(const struct slice *values, size_t count)
    __attribute__((warn_unused_result));
void leaks_free(struct leaks *leaks); /* wipes; accepts NULL */

struct leak {
    size_t value; /* its place in `values` */
    enum form form;
    size_t line;   /* from 1; 0 in a binary text */
    size_t offset; /* from 0 */
};

/* A walk through one text after the other, piece by piece. The fields are leak.c's own. */
struct leak_walk {
    const struct leaks *leaks;
    struct needles_scan scan;
    struct buf text;      /* read, and not settled */
    size_t before;        /* bytes of the whole text that are not in it any more */
    size_t counted, line; /* newlines were counted up to this place in it */
    bool begun, binary, failed;
    struct leak found;
    struct buf hits; /* at the place that was found: a value, and those within it */
    size_t taken;
    size_t texts;
    struct leak_place {
        size_t text, place;
    } * told, *seen; /* where last: of each value, and of each of its forms */
};

void leak_begin(struct leak_walk *w, const struct leaks *leaks);
void leak_end(struct leak_walk *w); /* wipes */

/* Room for the next bytes of the text: write them there, then tell how many. NULL: out of memory.
 */
char *leak_room(struct leak_walk *w, size_t size) __attribute__((warn_unused_result));
void leak_add(struct leak_walk *w, size_t len);

/* The next place where a value stands. A value is told of once a line; one that stands within
 * another counts too. False: there is none that is certain yet, or none at all. */
bool leak_next(struct leak_walk *w, enum needles_rest rest, struct leak *leak)
    __attribute__((warn_unused_result));

/* Another text begins. */
void leak_new_text(struct leak_walk *w);

/* Whether there was memory for all of it; if not, something may have been missed. */
bool leak_ok(const struct leak_walk *w) __attribute__((warn_unused_result));

/* Whether a file of this name holds KEY=VALUE lines for a program: .env and its like, not an
 * example. */
bool leak_is_env_file(const char *path);

/* Reads "[export ]KEY=VALUE", with or without quotes and a comment, as loosely as can be. */
bool leak_assignment(struct slice line, struct slice *key, struct slice *value);

#endif
