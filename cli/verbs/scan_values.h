/* The values that scan searches for. */
#ifndef VAULT_SCAN_VALUES_H
#define VAULT_SCAN_VALUES_H

#include "git/history.h"

#include "values.h"

/* Begin with SCAN_VALUES_EMPTY. Once finished, values that are searched for come first, and equal
 * ones are together. `leaks` is made last, when the texts may be known. */
struct scan_values {
    struct values all;
    size_t
        *first; /* the first entry of each value that is searched for, then the end of the last */
    size_t value_count;
    struct slice *values; /* those that are searched for */
    struct leaks *leaks;
};

#define SCAN_VALUES_EMPTY ((struct scan_values){.all = VALUES_EMPTY})

/* Adds each value of these environments (NULL: all) in git's history, and what templates made
 * there, as former ones. Adds the
 * number of changes that could not be read to *unread. Any status but STATUS_OK was reported. */
enum status scan_values_add_history(struct scan_values *c, struct history *h,
                                    const char *const *envs, size_t count, size_t *unread);

/* Called once, after the last is added. False: out of memory. */
bool scan_values_finish(struct scan_values *c);

/* Makes `leaks`, to search texts of which all are in `grams`, or (NULL) any. False: out of memory.
 */
bool scan_values_search(struct scan_values *c, const struct grams *grams);
void scan_values_free(struct scan_values *c);

#endif
