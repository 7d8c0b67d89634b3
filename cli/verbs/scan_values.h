/* The values that scan looks for. */
#ifndef VAULT_SCAN_VALUES_H
#define VAULT_SCAN_VALUES_H

#include "git/history.h"

#include "find/leak.h"

struct entry {
    const char *env, *secret, *key;
    struct slice value;
    enum leak_worth worth;
    bool former; /* it is not the value any more */
};

/* Make it with SCAN_VALUES_EMPTY. Values stand in guarded memory; what is looked for comes first,
 * and the same value stands together. */
struct scan_values {
    struct arena names, values;
    struct entry *entries;
    size_t count, size;
    size_t *first; /* for each value that is looked for its first entry, and behind them the end */
    size_t value_count;
    struct leaks *leaks;
    bool failed;
};

#define SCAN_VALUES_EMPTY ((struct scan_values){.names = ARENA_PUBLIC})

/* Adds the values of an environment of the vault that is open in v. */
vault_err scan_values_add(struct scan_values *c, vault *v, const char *env);

/* Adds each value that git has of these environments (NULL: of all), as former ones. How many
 * changes could not be read is added to *unread. STATUS_FAILED or the like after a message. */
enum status scan_values_add_history(struct scan_values *c, struct history *h,
                                    const char *const *envs, size_t count, size_t *unread);

/* To be called once, behind the last of them. False: out of memory. */
bool scan_values_finish(struct scan_values *c);
void scan_values_free(struct scan_values *c);

#endif
