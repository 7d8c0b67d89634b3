/* What the last change of a vault replaced: a private state file with the former file, its
 * digest, and what the new one is known by. It holds what the vault file held, and so no plain text
 * but open values. */
#ifndef VAULT_UNDO_H
#define VAULT_UNDO_H

#include "session.h"

#include "base/file.h"
#include "base/mem.h"

enum { UNDO_FILE_MOST = 32 << 20 }; /* bytes: no vault is larger */

/* A change that is about to be saved. {0} is none. */
struct undo {
    char *path; /* of the state file; NULL: nothing can be kept */
    struct buf former;
};

/* Before a save, under its lock; and after it, if it has succeeded. undo_free accepts {0}. If the
 * state cannot be written, nothing is kept, and nothing said: the save matters more. */
void undo_prepare(struct undo *u, const struct session *s);
void undo_keep(const struct undo *u, const char *file);
void undo_free(struct undo *u);

/* Appends what was replaced when the file of the session was written, which has the stamp `now`.
 * STATUS_ABSENT without a message: there is no record; STATUS_CONFLICT: the file has changed since,
 * or the record is damaged. */
enum status undo_read(const struct session *s, const struct file_stamp *now, struct buf *former);

/* Forgets the record. */
void undo_forget(const struct session *s);

#endif
