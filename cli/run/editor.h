/* The user's editor. */
#ifndef VAULT_EDITOR_H
#define VAULT_EDITOR_H

#include "base/mem.h"
#include "ui/status.h"

/* Opens $VISUAL, $EDITOR or vi on a file, while signals are held. STATUS_FAILED after a message. */
enum status editor_run(char *path);

/* Lets the user edit a text in a private file in memory. out MUST be secret. The same statuses. */
enum status editor_edit(struct slice text, struct buf *out);

#endif
