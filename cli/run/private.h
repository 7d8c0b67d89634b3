/* Plain text in files, for a while. */
#ifndef VAULT_PRIVATE_H
#define VAULT_PRIVATE_H

#include "base/mem.h"
#include "ui/status.h"

#include <sys/types.h>

struct private_folder {
    char path[4200]; /* empty: there is none */
    int fd;
    struct buf names; /* of what was written, each with its zero byte */
};

/* A new folder in memory; on a disk only if that is allowed. STATUS_FAILED after a message, as for
 * all of these. */
enum status private_make(struct private_folder *p, bool allow_disk);
enum status private_make_in(struct private_folder *p, const char *folder);

/* A new folder in memory. False, without a message, if the system has no such place. */
bool private_make_in_memory(struct private_folder *p);

/* One in the folder that a file is to be moved to; whatever lies in it git ignores. One that was
 * left by a run that was killed is removed by the next that makes one there. False with errno. */
bool private_make_beside(struct private_folder *p, const char *folder);

/* A new file, open for writing; -1 with errno. */
int private_create(struct private_folder *p, const char *name, mode_t mode);
enum status private_write(struct private_folder *p, const char *name, struct slice text);

/* The same over what is there, which stays if it fails. */
enum status private_replace(struct private_folder *p, const char *name, struct slice text);

/* Overwrites what a file holds, which is to be removed. */
void private_wipe(const struct private_folder *p, const char *name);
bool private_path(const struct private_folder *p, const char *name, char *path, size_t size);

/* Removes the folder with all that is in it, whoever made it; accepts an empty one. STATUS_FAILED
 * after a message that says what is left. private_keep leaves it where it is. */
enum status private_remove(struct private_folder *p);
void private_keep(struct private_folder *p);

#endif
