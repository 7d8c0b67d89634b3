/* Temporary files with plain text. */
#ifndef VAULT_PRIVATE_H
#define VAULT_PRIVATE_H

#include "base/mem.h"
#include "ui/status.h"

#include <sys/types.h>

struct private_folder {
    char path[4200]; /* empty without a folder */
    int fd;
    struct buf names; /* the files written, each name zero-terminated */
};

/* Makes a folder in memory; on a disk only if allowed. Here and below, STATUS_FAILED comes after a
 * message. */
enum status private_make(struct private_folder *p, bool allow_disk);
enum status private_make_in(struct private_folder *p, const char *folder);

/* Creates a folder in memory. False, without a message, if the system has no place for it. */
bool private_make_in_memory(struct private_folder *p);

/* Makes a folder inside `folder`, from where a file can be renamed into it. git ignores its
 * contents. If a run is killed, the next one that makes such a folder there removes the old one.
 * False with errno. */
bool private_make_beside(struct private_folder *p, const char *folder);

/* Creates a file, and opens it for writing; -1 with errno. */
int private_create(struct private_folder *p, const char *name, mode_t mode);
enum status private_write(struct private_folder *p, const char *name, struct slice text);

/* The same, replacing an existing file, which stays as it is on failure. */
enum status private_replace(struct private_folder *p, const char *name, struct slice text);

/* Overwrites the content of a file, before it is removed. */
void private_wipe(const struct private_folder *p, const char *name);
bool private_path(const struct private_folder *p, const char *name, char *path, size_t size);

/* Removes the folder and everything in it, including files that a command has made. Accepts an
 * empty struct. STATUS_FAILED after a message that names what is left. private_keep leaves the
 * folder where it is. */
enum status private_remove(struct private_folder *p);
void private_keep(struct private_folder *p);

#endif
