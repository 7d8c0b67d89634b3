/* The values of environments with their names, for verbs that look at all of them. */
#ifndef VAULT_VALUES_H
#define VAULT_VALUES_H

#include "base/mem.h"
#include "find/leak.h"
#include "vault.h"

struct value {
    const char *env, *secret;
    const char *name; /* NULL: the entry says only that the secret exists */
    struct slice value;
    vault_kind kind;       /* how it is stored */
    bool result;           /* of a template, whose text is another entry */
    enum leak_worth worth; /* scan's, as `former` is: it is not the value any more */
    bool former;
};

/* Begin with VALUES_EMPTY. Values are in guarded memory. */
struct values {
    struct arena names, contents;
    struct value *list;
    size_t count;
    bool failed; /* out of memory */
};

#define VALUES_EMPTY ((struct values){.names = ARENA_PUBLIC})

/* Adds copies; false, and `failed`, without memory. */
bool values_add(struct values *all, const struct value *v);

/* Adds an environment, or one secret of it (NULL: all), with an entry for each secret. The
 * environment must open even if it is empty. values_add_names needs no key: it adds names alone,
 * and none for secrets. */
vault_err values_add_env(struct values *all, vault *v, const char *env, const char *only);
vault_err values_add_names(struct values *all, vault *v, const char *env);

/* Adds what the templates of an environment make. One that makes nothing is left out. */
vault_err values_add_results(struct values *all, vault *v, const char *env);

/* Sorts by secret and name; values_find searches what is sorted so. NULL: it is not there. */
void values_sort(struct values *all);
const struct value *values_find(const struct values *all, const struct value *like);

void values_free(struct values *all);

#endif
