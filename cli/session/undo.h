/* What the last change of a vault replaced: a private state file with the former file and digests
 * of both. It holds what the vault file held, and so no plain text but open values. */
#ifndef VAULT_UNDO_H
#define VAULT_UNDO_H

#include "session.h"

#include "base/mem.h"

/* A change that is about to be saved. {0} is none. */
struct undo {
    char *path; /* of the state file; NULL: nothing can be kept */
    struct buf text;
};

/* Before a save, under its lock; and after it, if it has succeeded. undo_free accepts {0}. If the
 * state cannot be written, nothing is kept, and nothing said: the save matters more. */
void undo_prepare(struct undo *u, const struct session *s);
void undo_keep(const struct undo *u);
void undo_free(struct undo *u);

/* Reads what was replaced when the file of the session became `now`. STATUS_ABSENT without a
 * message: there is no record; STATUS_CONFLICT: the file has changed since. */
enum status undo_read(const struct session *s, struct slice now, struct buf *former);

/* Forgets the record. */
void undo_forget(const struct session *s);

#endif
