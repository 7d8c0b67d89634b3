/* The value that a variable had in an earlier version of the vault. */
#ifndef VAULT_FORMER_H
#define VAULT_FORMER_H

#include "session/session.h"

enum { FORMER_ID = 10 };

struct former {
    bool stored;            /* set before: find a template's text, and not what it made */
    vault_kv *kv;           /* one variable */
    char id[FORMER_ID + 1]; /* of the commit, shortened; empty if the revision was named */
};

/* Finds it in a revision; with NULL, the last value in HEAD's history that differs from the present
 * one. The session's environment MUST have been opened with its pins: a version whose key today's
 * does not vouch for is refused. vault_kv_free(f->kv) in either case. A status other than STATUS_OK
 * comes after a message. */
enum status former_find(struct session *s, const char *secret, const char *name,
                        const char *revision, struct former *f);

#endif
