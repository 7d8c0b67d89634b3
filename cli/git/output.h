/* Writes plain text to a file that the user names. */
#ifndef VAULT_OUTPUT_H
#define VAULT_OUTPUT_H

#include "session/session.h"

/* Writes text to path atomically, with mode 0600; "-" is stdout. A status other than STATUS_OK
 * comes after a message, with the old file unchanged. Refuses the vault and anything but a regular
 * file; without --force also a symlink, and a file that git tracks or would add. */
enum status output_write(const struct session *s, const char *path, const struct buf *text);

/* The same for public text: git may add the file, and its mode follows the umask. */
enum status output_write_public(const struct session *s, const char *path, const struct buf *text);

/* Whether a new private file may be made there: refused, without --force, if git would add it. */
enum status output_check(const struct args *args, const char *path);

/* Appends text, on a new line, to a file that others also append to. After a failure, which is
 * reported, the file has its old length. */
enum status output_append(const char *path, const struct buf *text);

/* Whether the folder or one above it holds .git; if not, git need not be asked. */
bool is_in_repository(const char *folder);

#endif
