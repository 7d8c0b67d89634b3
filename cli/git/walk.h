/* What each commit of a vault's history changed itself. What a merge only brings in was told at the
 * commit that made it. */
#ifndef VAULT_WALK_H
#define VAULT_WALK_H

#include "history.h"
#include "ui/status.h"

struct history_step {
    const struct history_commit *commit;
    const struct history_edge *edge;    /* of the commit */
    const vault_difference *difference; /* NULL: the version cannot be read, see below */
    const struct history_commit *back;  /* the commit in which went what is there again, or NULL */
    bool gone;                          /* a reader, who has the environment's key still */
    vault_err error;
    const char *sentence;
};

struct history_walk {
    const char *env; /* NULL: all */
    void (*tell)(void *user, const struct history_step *change);
    /* Each version once, before the changes that led to it; may be NULL. */
    void (*version)(void *user, const struct history_commit *commit, vault *v);
    void *user;
};

/* From the oldest commit on. Those before a range are told too: see commit->before. */
enum status history_walk(struct history *h, const struct history_walk *c);

#endif
