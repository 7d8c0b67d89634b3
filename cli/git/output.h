/* Plain text into a file that somebody has named. */
#ifndef VAULT_OUTPUT_H
#define VAULT_OUTPUT_H

#include "session/session.h"

/* Writes text to path, mode 0600, in one step: on anything but STATUS_OK a message was given, and
 * what stood there stands. "-" is stdout. Refused are the vault, what is no regular file, and,
 * without
 * --force, a symlink and a file that git tracks or would add. */
enum status output_write(const struct session *s, const char *path, const struct buf *text);

/* The same, of what is no secret: git may have it, and the umask says who reads it. */
enum status output_write_public(const struct session *s, const char *path, const struct buf *text);

/* Appends text to a file that others append to, too, beginning with a new line. If it fails, after
 * a message, the file is as long as it was. */
enum status output_append(const char *path, const struct buf *text);

/* Whether the folder or one above it holds a .git: only then there is something to ask git. */
bool is_in_repository(const char *folder);

#endif
