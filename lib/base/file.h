/* Files: read whole, lock, replace atomically. The only part of lib that touches the disk. */
#ifndef VAULT_FILE_H
#define VAULT_FILE_H

#include "err.h"
#include "mem.h"

#include <sys/stat.h>
#include <sys/types.h>

/* Identifies a file that was read, to detect later that it has changed. */
struct file_stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written, changed;
};

bool file_same(const struct file_stamp *a, const struct file_stamp *b);

/* Appends the content of path to out. ERR_ABSENT if it does not exist, ERR_FORMAT if it has more
 * than `most` bytes, ERR_FAILED if it is not a regular file. Uses read(2), not mmap: a file that
 * shrinks meanwhile must not crash the program. stamp may be NULL. */
enum err_code file_read(const char *path, size_t most, struct buf *out, struct file_stamp *stamp,
                        struct err *err) __attribute__((warn_unused_result));

/* Like file_read, for a source that the user has named: it may be a pipe, such as the shell's
 * <(command). Waits for a pipe's writer; a pipe without one is ERR_FAILED. */
enum err_code file_read_given(const char *path, size_t most, struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* The stamp of the file at path, following symlinks. */
enum file_kind { FILE_NONE, FILE_REGULAR, FILE_FOLDER, FILE_OTHER };
enum file_kind file_kind(const char *path);

/* What stat says of path, and lstat. False with errno. */
bool file_look(const char *path, struct stat *st);
bool file_look_at_link(const char *path, struct stat *st);

/* The stamp of the file that path leads to; false with errno. */
bool file_stamp(const char *path, struct file_stamp *stamp);

/* Whether path still leads to the file with this stamp. */
bool file_is(const char *path, const struct file_stamp *stamp);

/* Creates path with this content and mode 0600, and its folder (0700) if that does not exist.
 * ERR_EXISTS if path exists. */
enum err_code file_create(const char *path, struct slice content, struct err *err)
    __attribute__((warn_unused_result));

/* A file that lines are appended to; it is created (0600), with its folder (0700), if it does not
 * exist. file_log_open takes its lock, waiting as file_lock does, and appends its content to
 * `lines`. file_log_add completes a torn last line, and adds lines: all or none. file_log_close
 * releases the lock; it accepts -1. */
enum err_code file_log_open(const char *path, size_t most, struct buf *lines, int *log,
                            struct err *err) __attribute__((warn_unused_result));
enum err_code file_log_add(int log, const char *path, struct slice lines, struct err *err)
    __attribute__((warn_unused_result));
void file_log_close(int log);

/* The right to replace one file, held by one process at a time. */
struct file_lock;

/* Takes the lock on the folder of path, or of the target if path is a symlink. Waits until the file
 * has not changed for 10 seconds; then ERR_FAILED. path need not exist, its folder must. */
enum err_code file_lock(const char *path, struct file_lock **lock, struct err *err)
    __attribute__((warn_unused_result));

/* The same; calls `tell` with the folder once, after half a second. */
struct file_waits {
    void (*tell)(void *user, const char *folder);
    void *user;
    int most; /* milliseconds, whatever happens to the file; negative: as file_lock waits */
};
enum err_code file_lock_telling(const char *path, const struct file_waits *waits,
                                struct file_lock **lock, struct err *err)
    __attribute__((warn_unused_result));
void file_unlock(struct file_lock *lock); /* accepts NULL */

/* The absolute path of a file, symlinks followed: a new string, or NULL with errno set. */
char *file_real_path(const char *path);

/* Whether the path itself is a symlink, wherever that leads. */
bool file_is_link(const char *path);

/* The path of a name in a folder, or the name itself if it is absolute: a new string; NULL: no
 * memory. */
char *file_join(const char *folder, const char *name);

/* Whether there is something to read in a pipe that does not block, or will be. */
bool file_has_writer(int fd);

/* Like file_read, of the locked file. */
enum err_code file_read_locked(struct file_lock *lock, size_t most, struct buf *out,
                               struct file_stamp *stamp, struct err *err)
    __attribute__((warn_unused_result));

/* Whether the locked file has exactly these bytes. */
enum err_code file_holds_locked(struct file_lock *lock, struct slice content, bool *holds,
                                struct file_stamp *stamp, struct err *err)
    __attribute__((warn_unused_result));

/* Whether the file still has this stamp; with NULL, whether it does not exist. */
bool file_stands(const struct file_lock *lock, const struct file_stamp *stamp);

/* Replaces the file's content: writes a temporary file beside it, fsync, rename, fsync of the
 * folder. The temporary name is fixed, unless something that cannot be removed has it. Keeps the
 * mode and owner; a new file is 0600. A read-only file is refused, except for root. On any failure
 * the old file is unchanged, and the temporary one is removed. stamp (may be NULL) receives the new
 * file's. */
enum err_code file_replace(struct file_lock *lock, const struct runs *content,
                           struct file_stamp *stamp, struct err *err)
    __attribute__((warn_unused_result));

/* Whether the replaced file had another hard link, which still has the old content. */
bool file_cut_link(const struct file_lock *lock);

#endif
