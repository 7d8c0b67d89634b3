/* What lib/needles finds, written to be obvious: every place, every pattern. */
#ifndef TESTS_OBVIOUS_NEEDLES_H
#define TESTS_OBVIOUS_NEEDLES_H

#include "find/needles.h"

#include <string.h>

/* The longest pattern that stands at a place; of equal ones the first. */
static inline struct needles_match obvious_match(const struct slice *patterns, size_t count,
                                                 struct slice text, size_t at)
{
    struct needles_match m = {.at = at};

    for (size_t i = 0; i < count; i++)
        if (patterns[i].len > m.len && patterns[i].len <= text.len - at &&
            memcmp(text.at + at, patterns[i].at, patterns[i].len) == 0) {
            m.len = patterns[i].len;
            m.pattern = i;
        }
    return m;
}

/* The next match from a place on that ends behind `end`: one that does not lies within another. */
static inline bool obvious_next(const struct slice *patterns, size_t count, struct slice text,
                                size_t from, size_t end, struct needles_match *m)
{
    for (size_t at = from; at < text.len; at++) {
        *m = obvious_match(patterns, count, text, at);
        if (m->len && at + m->len > end)
            return true;
    }
    return false;
}

/* The first place from which the rest of the text is the beginning of a longer pattern. */
static inline size_t obvious_held(const struct slice *patterns, size_t count, struct slice text)
{
    for (size_t at = 0; at < text.len; at++)
        for (size_t i = 0; i < count; i++)
            if (patterns[i].len >= text.len - at &&
                memcmp(text.at + at, patterns[i].at, text.len - at) == 0)
                return at;
    return text.len;
}

#endif
