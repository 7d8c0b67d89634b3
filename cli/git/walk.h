/* Reports what each commit of a vault's history itself changed. What a merge only brings in is
 * reported at the commit that made it. */
#ifndef VAULT_WALK_H
#define VAULT_WALK_H

#include "history.h"
#include "ui/status.h"

struct history_step {
    const struct history_commit *commit;
    const struct history_edge *edge;    /* one of the commit's */
    const vault_difference *difference; /* NULL: unreadable, see error */
    const struct history_commit *back;  /* the commit that removed what is back now, or NULL */
    bool gone;                          /* a reader left, and still has a valid key */
    vault_err error;
    const char *sentence;
};

/* One variable of an environment. secret "": any secret's, or all of the secret of that name. */
struct history_only {
    const char *env, *secret, *name;
};

struct history_walk {
    const char *env; /* NULL for all */
    /* The caller wants only what concerns this variable (NULL: all). Versions are then not opened
     * if only other variables have changed in the text. Other changes may be told all the same. */
    const struct history_only *only;
    void (*tell)(void *user, const struct history_step *change);
    /* Called once for each version, before the changes that led to it; may be NULL. */
    void (*version)(void *user, const struct history_commit *commit, vault *v);
    void *user;
};

/* Walks from the oldest commit on. Reports commits before a range too: see commit->before. */
enum status history_walk(struct history *h, const struct history_walk *c);

#endif
