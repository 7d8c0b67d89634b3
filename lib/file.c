/* Files: read whole, lock, replace atomically. The only part of lib that touches the disk.
 *
 * - A path is opened and then asked what it is, never the other way round.
 * - After the folder is open, everything happens by name within that folder: it may be moved
 * meanwhile.
 * - The temporary file MUST NOT be one that somebody else has made: it is created with O_EXCL, and
 * one that is left from a writer that died is removed under the lock. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>

enum { READ_AT_LEAST = 65536, COMPARE_AT_MOST = 32768, WRITE_AT_ONCE = 64 };

static struct file_stamp stamp_of(const struct stat *st)
{
    return (struct file_stamp){st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim};
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool file_same(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           same_time(a->written, b->written) && same_time(a->changed, b->changed);
}

/* Reads to the end, whatever size was promised: a file may grow or shrink meanwhile. */
static enum err_code read_to_end(int fd, const char *name, size_t expected, size_t most,
                                 struct buf *out, struct err *err)
{
    size_t total = 0;

    for (;;) {
        /* A byte more than expected: that it does not come tells the end without more memory. */
        size_t step = total <= expected ? expected - total + 1 : READ_AT_LEAST;
        char *room = buf_reserve(out, step);
        ssize_t got;

        if (!room)
            return err_set(err, ERR_FAILED, "cannot read %s: out of memory", name);
        got = read(fd, room, step);
        if (got == 0)
            return ERR_NONE;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_system(err, "cannot read %s", name);
        out->len += (size_t)got;
        total += (size_t)got;
        if (total > most)
            return err_set(err, ERR_FORMAT, "%s is over %zu bytes", name, most);
    }
}

static enum err_code read_and_close(int fd, const char *name, size_t most, struct buf *out,
                                    struct file_stamp *stamp, struct err *err)
{
    struct stat st;
    enum err_code code;

    if (fstat(fd, &st) != 0)
        code = err_system(err, "cannot read %s", name);
    else if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > most)
        code = err_set(err, ERR_FORMAT, "%s is over %zu bytes", name, most);
    else
        code = read_to_end(fd, name, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0, most, out, err);
    close(fd);
    if (code == ERR_NONE && stamp)
        *stamp = stamp_of(&st);
    return code;
}

static enum err_code cannot_open(const char *path, struct err *err)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return err_set(err, ERR_ABSENT, "there is no file %s", path);
    return err_system(err, "cannot open %s", path);
}

enum err_code file_read(const char *path, size_t most, struct buf *out, struct file_stamp *stamp,
                        struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return cannot_open(path, err);
    return read_and_close(fd, path, most, out, stamp, err);
}

static bool pass(int fd, struct buf *window, file_taker *take, void *user)
{
    for (;;) {
        ssize_t got = read(fd, window->data + window->len, window->size - window->len);
        ptrdiff_t done;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        window->len += (size_t)got;
        done = take(user, buf_slice(window), got == 0);
        if (done < 0 || got == 0)
            return done == (ptrdiff_t)window->len;
        window->len -= (size_t)done;
        if (window->len == window->size)
            return false;
        memmove(window->data, window->data + done, window->len);
    }
}

enum err_code file_pass(const char *path, size_t most, size_t size, file_taker *take, void *user,
                        struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct buf window = {0};
    struct stat st;
    bool good;

    if (fd < 0)
        return cannot_open(path, err);
    good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uintmax_t)st.st_size <= most &&
           buf_reserve(&window, size) && pass(fd, &window, take, user);
    buf_free(&window);
    close(fd);
    return good ? ERR_NONE : err_set(err, ERR_FORMAT, "cannot pass over %s", path);
}

enum err_code file_read_fd(int fd, const char *name, size_t most, struct buf *out, struct err *err)
{
    return read_to_end(fd, name, 0, most, out, err);
}

static bool write_all(int fd, struct slice content)
{
    while (content.len > 0) {
        ssize_t done = write(fd, content.at, content.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        content.at += done;
        content.len -= (size_t)done;
    }
    return true;
}

static bool write_runs(int fd, const struct runs *r)
{
    size_t next = 0, done = 0; /* `done` bytes of the next one are written */

    while (next < r->count) {
        struct iovec some[WRITE_AT_ONCE];
        size_t count = r->count - next < WRITE_AT_ONCE ? r->count - next : WRITE_AT_ONCE;
        ssize_t written;

        for (size_t i = 0; i < count; i++)
            some[i] = (struct iovec){(void *)r->at[next + i].at, r->at[next + i].len};
        some[0].iov_base = (char *)some[0].iov_base + done;
        some[0].iov_len -= done;
        written = writev(fd, some, (int)count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        for (done += (size_t)written; next < r->count && done >= r->at[next].len; next++)
            done -= r->at[next].len;
    }
    return true;
}

/* Some file systems have nothing to sync in a folder, and say EINVAL. */
static bool sync_folder(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP;
}

struct file_lock {
    int folder;
    char *path; /* with the symlinks followed */
    char *name; /* its last part, within path */
    char *temporary;
};

/* The folder of a path, as a new string; NULL when there is no memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Where path leads; a file that is not there yet stands in a folder that is. */
static enum err_code resolve(const char *path, char **resolved, struct err *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *folder, *real_folder = NULL;
    struct stat st;
    size_t size;

    *resolved = realpath(path, NULL);
    if (*resolved)
        return ERR_NONE;
    if (errno != ENOENT)
        return err_system(err, "cannot open %s", path);
    if (lstat(path, &st) == 0)
        return err_set(err, ERR_ABSENT, "%s is a symlink to a file that is not there", path);
    if (*name == '\0')
        return err_set(err, ERR_ABSENT, "there is no folder %s", path);
    folder = folder_of(path);
    if (folder)
        real_folder = realpath(folder, NULL);
    if (!real_folder) {
        err_system(err, "cannot open the folder of %s", path);
        free(folder);
        return ERR_FAILED;
    }
    free(folder);
    size = strlen(real_folder) + strlen(name) + 2;
    *resolved = malloc(size);
    if (*resolved) {
        strcpy(*resolved, real_folder);
        if (strcmp(real_folder, "/") != 0)
            strcat(*resolved, "/");
        strcat(*resolved, name);
    }
    free(real_folder);
    return *resolved ? ERR_NONE : err_set(err, ERR_FAILED, "out of memory");
}

void file_unlock(struct file_lock *lock)
{
    if (!lock)
        return;
    if (lock->folder >= 0)
        close(lock->folder); /* and with it the lock */
    free(lock->path);
    free(lock->temporary);
    free(lock);
}

const char *file_locked_path(const struct file_lock *lock)
{
    return lock->path;
}

char *file_real_path(const char *path)
{
    return realpath(path, NULL);
}

static char *temporary_name(const char *name)
{
    char *temporary = malloc(strlen(name) + sizeof "..new");

    if (temporary) {
        strcpy(temporary, ".");
        strcat(temporary, name);
        strcat(temporary, ".new");
    }
    return temporary;
}

static enum err_code lock_folder(struct file_lock *lock, struct err *err)
{
    char *folder = folder_of(lock->path);

    if (!folder)
        return err_set(err, ERR_FAILED, "out of memory");
    lock->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock->folder < 0) {
        err_system(err, "cannot open the folder %s", folder);
        free(folder);
        return err->code;
    }
    while (flock(lock->folder, LOCK_EX) != 0) {
        if (errno != EINTR) {
            err_system(err, "cannot lock the folder %s", folder);
            free(folder);
            return err->code;
        }
    }
    free(folder);
    return ERR_NONE;
}

enum err_code file_lock(const char *path, struct file_lock **out, struct err *err)
{
    struct file_lock *lock = calloc(1, sizeof *lock);
    enum err_code code = ERR_FAILED;

    *out = NULL;
    if (!lock)
        return err_set(err, ERR_FAILED, "out of memory");
    lock->folder = -1;
    code = resolve(path, &lock->path, err);
    if (code != ERR_NONE)
        goto cleanup;
    lock->name = strrchr(lock->path, '/') + 1; /* realpath's are absolute */
    lock->temporary = temporary_name(lock->name);
    if (!lock->temporary) {
        code = err_set(err, ERR_FAILED, "out of memory");
        goto cleanup;
    }
    code = lock_folder(lock, err);
    if (code != ERR_NONE)
        goto cleanup;
    *out = lock;
    return ERR_NONE;

cleanup:
    file_unlock(lock);
    return code;
}

enum err_code file_read_locked(struct file_lock *lock, size_t most, struct buf *out,
                               struct file_stamp *stamp, struct err *err)
{
    int fd = openat(lock->folder, lock->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return cannot_open(lock->path, err);
    return read_and_close(fd, lock->path, most, out, stamp, err);
}

/* Piece by piece: a copy of the whole would cost more than the comparison. */
static enum err_code compare_to_end(int fd, const char *name, struct slice content, bool *holds,
                                    struct err *err)
{
    char piece[COMPARE_AT_MOST];

    for (*holds = true; *holds;) {
        ssize_t got = read(fd, piece, sizeof piece);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_system(err, "cannot read %s", name);
        if (got == 0)
            break;
        *holds = (size_t)got <= content.len && memcmp(piece, content.at, (size_t)got) == 0;
        if (*holds)
            content = (struct slice){content.at + got, content.len - (size_t)got};
    }
    *holds = *holds && content.len == 0;
    return ERR_NONE;
}

enum err_code file_holds_locked(struct file_lock *lock, struct slice content, bool *holds,
                                struct file_stamp *stamp, struct err *err)
{
    int fd = openat(lock->folder, lock->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    enum err_code code;

    if (fd < 0)
        return cannot_open(lock->path, err);
    if (fstat(fd, &st) != 0)
        code = err_system(err, "cannot read %s", lock->path);
    else
        code = compare_to_end(fd, lock->path, content, holds, err);
    close(fd);
    if (code == ERR_NONE && stamp)
        *stamp = stamp_of(&st);
    return code;
}

bool file_stands(const struct file_lock *lock, const struct file_stamp *stamp)
{
    struct stat st;
    struct file_stamp now;

    if (fstatat(lock->folder, lock->name, &st, 0) != 0)
        return !stamp && errno == ENOENT;
    now = stamp_of(&st);
    return stamp && file_same(stamp, &now);
}

/* EPERM: not ours to give; EINVAL: an owner whom this container does not know. */
static bool may_be_refused(int cause)
{
    return cause == EPERM || cause == EINVAL;
}

/* The new file takes over the old one's mode and, where the system lets us, owner and group. */
static bool take_over(int folder, const char *name, int fd)
{
    struct stat old, new;

    if (fstatat(folder, name, &old, 0) != 0)
        return errno == ENOENT; /* a new file keeps 0600 */
    if (fstat(fd, &new) != 0)
        return false;
    if (old.st_gid != new.st_gid && fchown(fd, (uid_t)-1, old.st_gid) != 0 &&
        !may_be_refused(errno))
        return false;
    if (old.st_uid != new.st_uid && fchown(fd, old.st_uid, (gid_t)-1) != 0 &&
        !may_be_refused(errno))
        return false;
    return fchmod(fd, old.st_mode & 07777) == 0;
}

static bool write_temporary(struct file_lock *lock, const struct runs *content, struct stat *st)
{
    int fd, cause;
    bool done;

    if (unlinkat(lock->folder, lock->temporary, 0) != 0 && errno != ENOENT)
        return false;
    fd = openat(lock->folder, lock->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                S_IRUSR | S_IWUSR);
    if (fd < 0)
        return false;
    done = write_runs(fd, content) && take_over(lock->folder, lock->name, fd) && fsync(fd) == 0 &&
           fstat(fd, st) == 0;
    cause = errno;
    if (close(fd) != 0 && done) {
        done = false;
        cause = errno;
    }
    if (!done)
        unlinkat(lock->folder, lock->temporary, 0);
    errno = cause;
    return done;
}

enum err_code file_replace(struct file_lock *lock, const struct runs *content,
                           struct file_stamp *stamp, struct err *err)
{
    struct stat st;

    if (!write_temporary(lock, content, &st))
        return err_system(err, "cannot write %s: nothing was changed", lock->path);
    if (renameat(lock->folder, lock->temporary, lock->folder, lock->name) != 0) {
        err_system(err, "cannot replace %s: nothing was changed", lock->path);
        unlinkat(lock->folder, lock->temporary, 0);
        return err->code;
    }
    /* Renaming sets the file's ctime on some systems: ask again. */
    if (stamp) {
        fstatat(lock->folder, lock->name, &st, 0);
        *stamp = stamp_of(&st);
    }
    if (!sync_folder(lock->folder))
        return err_system(err, "%s is written, but may not survive a power cut", lock->path);
    return ERR_NONE;
}

/* Makes the folder that path stands in, and those above it. */
static bool make_folder_of(const char *path)
{
    char *folder = folder_of(path);
    bool there = folder && (mkdir(folder, S_IRWXU) == 0 || errno == EEXIST);

    if (folder && !there && errno == ENOENT && strchr(folder, '/') && make_folder_of(folder))
        there = mkdir(folder, S_IRWXU) == 0 || errno == EEXIST;
    free(folder);
    return there;
}

/* A folder that one may write and not read cannot be opened for it. */
static bool sync_folder_of(const char *path)
{
    char *folder = folder_of(path);
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool done = fd >= 0 ? sync_folder(fd) : errno == EACCES;
    int cause = errno;

    if (fd >= 0)
        close(fd);
    free(folder);
    errno = cause;
    return done;
}

enum err_code file_create(const char *path, struct slice content, struct err *err)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = open(path, flags, S_IRUSR | S_IWUSR);
    bool done;

    if (fd < 0 && errno == ENOENT && make_folder_of(path))
        fd = open(path, flags, S_IRUSR | S_IWUSR);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_EXISTS, "%s exists already", path);
    if (fd < 0)
        return err_system(err, "cannot make %s", path);
    done = write_all(fd, content) && fsync(fd) == 0 && sync_folder_of(path);
    if (!done)
        err_system(err, "cannot write %s", path);
    if (close(fd) != 0 && done) {
        done = false;
        err_system(err, "cannot write %s", path);
    }
    if (!done)
        unlink(path);
    return done ? ERR_NONE : ERR_FAILED;
}

enum err_code file_append(const char *path, struct slice lines, struct err *err)
{
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
    int fd = open(path, flags, S_IRUSR | S_IWUSR);
    bool done;

    if (fd < 0 && errno == ENOENT && make_folder_of(path))
        fd = open(path, flags, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return err_system(err, "cannot write %s", path);
    done = write_all(fd, lines);
    if (!done)
        err_system(err, "cannot write %s", path);
    if (close(fd) != 0 && done) {
        done = false;
        err_system(err, "cannot write %s", path);
    }
    return done ? ERR_NONE : ERR_FAILED;
}
