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

/* Make it with CATALOG_EMPTY. Values stand in guarded memory; what is looked for comes first, and
 * the same value stands together. */
struct catalog {
    struct arena names, values;
    struct entry *entries;
    size_t count, size;
    size_t *first; /* for each value that is looked for its first entry, and behind them the end */
    size_t value_count;
    struct leaks *leaks;
    bool failed;
};

#define CATALOG_EMPTY ((struct catalog){.names = ARENA_PUBLIC})

/* Adds the values of an environment of the vault that is open in v. */
vault_err catalog_add(struct catalog *c, vault *v, const char *env);

/* Adds each value that git has of these environments (NULL: of all), as former ones. How many
 * changes could not be read is added to *unread. FAILED or the like after a message. */
enum status catalog_add_history(struct catalog *c, struct history *h, const char *const *envs,
                                size_t count, size_t *unread);

/* To be called once, behind the last of them. False: out of memory. */
bool catalog_finish(struct catalog *c);
void catalog_free(struct catalog *c);

#endif
