/* What the templates of a vault made, in each version of its history. */
#ifndef VAULT_RESULTS_H
#define VAULT_RESULTS_H

#include "history.h"

#include "base/hashtable.h"

/* Begin with zeros. */
struct results {
    struct hashtable templates; /* by SECRET/NAME */
    bool failed;                /* out of memory */
};

/* Call for each difference in the history: remembers which variables were ever a template. */
void results_note(struct results *r, const vault_difference *d);

struct result {
    size_t commit; /* an index: the first commit with this version */
    vault *v;
    const char *env, *secret, *name;
    const char *value;
    size_t len;
};

/* Calls tell for each variable that was ever a template, in each version that can be opened and has
 * it. If no template was noted, it opens nothing. */
typedef void results_tell(void *user, const struct result *result);
enum status results_walk(struct results *r, struct history *h, results_tell *tell, void *user);

void results_free(struct results *r);

#endif
