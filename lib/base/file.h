/* Files: read whole, lock, replace atomically. The only part of lib that touches the disk. */
#ifndef VAULT_FILE_H
#define VAULT_FILE_H

#include "err.h"
#include "mem.h"

#include <sys/stat.h>
#include <sys/types.h>

/* Which file was read, to see later whether it is still that one. */
struct file_stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written, changed;
};

bool file_same(const struct file_stamp *a, const struct file_stamp *b);

/* Appends the content of path to out: ERR_ABSENT if it is not there, ERR_FORMAT over `most` bytes,
 * ERR_FAILED at once for what is no regular file. Read with read(2), never mapped: a file cut short
 * underneath is an error and not a crash. stamp may be NULL. */
enum err_code file_read(const char *path, size_t most, struct buf *out, struct file_stamp *stamp,
                        struct err *err) __attribute__((warn_unused_result));

/* As file_read, of a file that a person has named for what is in it: it may be a pipe, such as a
 * shell's <(command). One that somebody writes to is waited for; one that nobody writes to
 * is ERR_FAILED. */
enum err_code file_read_given(const char *path, size_t most, struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* What stands at path, symlinks followed. */
enum file_kind { FILE_NONE, FILE_REGULAR, FILE_FOLDER, FILE_OTHER };
enum file_kind file_kind(const char *path);

/* Whether path still leads to the file that was read. */
bool file_is(const char *path, const struct file_stamp *stamp);

/* As file_read, of an open descriptor (a pipe, a terminal); name is for the message. */
enum err_code file_read_fd(int fd, const char *name, size_t most, struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* Makes path with this content, mode 0600, and the folder it stands in (0700) if that is not there.
 * ERR_EXISTS if anything stands at path. */
enum err_code file_create(const char *path, struct slice content, struct err *err)
    __attribute__((warn_unused_result));

/* A file that lines are added to; it is made (0600), and the folder it stands in (0700), if they
 * are not there. file_log_open waits for its lock, as file_lock does, and appends to `lines` what
 * is in it. file_log_add ends a last line that was torn, and adds others: all of them or none. The
 * lock is given back by file_log_close, which accepts -1. */
enum err_code file_log_open(const char *path, size_t most, struct buf *lines, int *log,
                            struct err *err) __attribute__((warn_unused_result));
enum err_code file_log_add(int log, const char *path, struct slice lines, struct err *err)
    __attribute__((warn_unused_result));
void file_log_close(int log);

/* The right to replace one file. One process has it at a time. */
struct file_lock;

/* Waits for the lock on the folder that holds path, or holds what the symlink path points to: for
 * 10 seconds in which nothing happens to the file, and then it is ERR_FAILED. path need not exist,
 * its folder must. */
enum err_code file_lock(const char *path, struct file_lock **lock, struct err *err)
    __attribute__((warn_unused_result));

/* The same; `tell` is told of the folder once, after half a second. */
struct file_waits {
    void (*tell)(void *user, const char *folder);
    void *user;
};
enum err_code file_lock_telling(const char *path, const struct file_waits *waits,
                                struct file_lock **lock, struct err *err)
    __attribute__((warn_unused_result));
void file_unlock(struct file_lock *lock); /* accepts NULL */

/* Where the file stands: absolute, symlinks followed. The lock's memory. */
const char *file_locked_path(const struct file_lock *lock);

/* The same, without a lock: a new string, or NULL with errno set. */
char *file_real_path(const char *path);

/* Whether the path itself is a symlink, wherever that leads. */
bool file_is_link(const char *path);

/* The path of a name in a folder, or the name itself if it is absolute: a new string; NULL: no
 * memory. */
char *file_join(const char *folder, const char *name);

/* Whether there is something to read in a pipe that does not block, or will be. */
bool file_has_writer(int fd);

/* As file_read, of the file that the lock stands for. */
enum err_code file_read_locked(struct file_lock *lock, size_t most, struct buf *out,
                               struct file_stamp *stamp, struct err *err)
    __attribute__((warn_unused_result));

/* Whether that file holds these bytes, and no more. */
enum err_code file_holds_locked(struct file_lock *lock, struct slice content, bool *holds,
                                struct file_stamp *stamp, struct err *err)
    __attribute__((warn_unused_result));

/* Whether the file is still the one that was read; with NULL, whether there is none. */
bool file_stands(const struct file_lock *lock, const struct file_stamp *stamp);

/* Puts the content in the file's place: one temporary file beside it, fsync, rename, fsync of the
 * folder. Its name is always the same, unless something stands there that cannot be removed. The
 * old file's mode and owner are kept; a new one is 0600. A file that nobody may write is refused,
 * except by root. Whatever fails, the old file stands and the temporary one is gone. stamp (may be
 * NULL) receives the new file's. */
enum err_code file_replace(struct file_lock *lock, const struct runs *content,
                           struct file_stamp *stamp, struct err *err)
    __attribute__((warn_unused_result));

/* Whether the file that was replaced had another hard link, which still leads to its old content.
 */
bool file_cut_link(const struct file_lock *lock);

#endif
