/* The values that scan looks for. */
#ifndef VAULT_SCAN_VALUES_H
#define VAULT_SCAN_VALUES_H

#include "git/history.h"

#include "values.h"

/* Make it with SCAN_VALUES_EMPTY. What is looked for comes first, and equal values are together. */
struct scan_values {
    struct values all;
    size_t *first; /* of each value that is looked for its first entry, and behind them the end */
    size_t value_count;
    struct leaks *leaks;
};

#define SCAN_VALUES_EMPTY ((struct scan_values){.all = VALUES_EMPTY})

/* Adds each value that git has of these environments (NULL: of all), as former ones. How many
 * changes could not be read is added to *unread. STATUS_FAILED or the like after a message. */
enum status scan_values_add_history(struct scan_values *c, struct history *h,
                                    const char *const *envs, size_t count, size_t *unread);

/* To be called once, behind the last of them. False: out of memory. */
bool scan_values_finish(struct scan_values *c);
void scan_values_free(struct scan_values *c);

#endif
