/* Files: read whole, lock, replace atomically. The only part of lib that touches the disk.
 *
 * A path MUST be opened first and examined afterwards. After the folder is open, everything happens
 * by name within that folder, which may be moved meanwhile. The temporary file MUST NOT be one that
 * another process has made: it is created with O_EXCL, and one that a dead writer left is removed
 * under the lock. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h> /* renameat */
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { READ_AT_LEAST = 65536, COMPARE_AT_MOST = 32768, WRITE_AT_ONCE = 64 };

/* Milliseconds: how long to wait for a lock while the file does not change, when to tell the
 * caller, the longest pause between polls, and how long to wait for a pipe's writer. */
enum { LOCK_WAIT = 10000, LOCK_TELL = 500, LOCK_PAUSE_MOST = 32, WRITER_WAIT = 1000 };

/* No open may block, as that of a FIFO would until there is a writer. */
enum { TO_READ = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK };

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

/* For a pipe that has a writer but no data yet. */
static bool await_input(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};

    return (errno == EAGAIN || errno == EWOULDBLOCK) &&
           (poll(&wanted, 1, -1) > 0 || errno == EINTR);
}

/* Reads to the end, whatever fstat said: a file may grow or shrink meanwhile. One byte more than
 * expected is requested, to meet the end of the file without another read. */
static enum err_code read_to_end(int fd, const char *name, size_t expected, size_t most,
                                 struct buf *out, struct err *err)
{
    size_t total = 0;

    for (;;) {
        size_t step = total <= expected ? expected - total + 1 : READ_AT_LEAST;
        char *room = buf_reserve(out, step);
        ssize_t got;

        if (!room)
            return err_set(err, ERR_NO_MEMORY, "cannot read %s: out of memory", name);
        got = read(fd, room, step);
        if (got == 0)
            return ERR_OK;
        if (got < 0 && (errno == EINTR || await_input(fd)))
            continue;
        if (got < 0)
            return err_system(err, "cannot read %s", name);
        out->len += (size_t)got;
        total += (size_t)got;
        if (total > most)
            return err_set(err, ERR_FORMAT, "%s is over %zu bytes", name, most);
        if (expected > 0 && total == expected)
            return ERR_OK;
    }
}

/* Whether a pipe has data or a writer. A writer that is just opening it is waited for briefly. */
bool file_has_writer(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    char nothing;
    int got;

    do
        got = poll(&wanted, 1, WRITER_WAIT);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        return (wanted.revents & POLLIN) != 0;
    return read(fd, &nothing, 1) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* Refuses anything that is not a regular file. */
static enum err_code no_file(const struct stat *st, const char *name, struct err *err)
{
    const char *what = S_ISDIR(st->st_mode)                           ? "a folder"
                       : S_ISFIFO(st->st_mode)                        ? "a FIFO"
                       : S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? "a device"
                                                                      : "no file";

    return err_set(err, ERR_FAILED, "cannot read %s: it is %s", name, what);
}

/* pipes: a pipe with a writer is accepted. */
static enum err_code read_and_close(int fd, const char *name, bool pipes, size_t most,
                                    struct buf *out, struct file_stamp *stamp, struct err *err)
{
    struct stat st;
    enum err_code code;

    if (fstat(fd, &st) != 0)
        code = err_system(err, "cannot read %s", name);
    else if (!S_ISREG(st.st_mode) && !(pipes && S_ISFIFO(st.st_mode)))
        code = no_file(&st, name, err);
    else if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > most)
        code = err_set(err, ERR_FORMAT, "%s is over %zu bytes", name, most);
    else if (S_ISFIFO(st.st_mode) && !file_has_writer(fd))
        code = err_set(err, ERR_FAILED, "cannot read %s: nobody writes to this pipe", name);
    else
        code = read_to_end(fd, name, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0, most, out, err);
    close(fd);
    if (code == ERR_OK && stamp)
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
    int fd = open(path, TO_READ);

    if (fd < 0)
        return cannot_open(path, err);
    return read_and_close(fd, path, false, most, out, stamp, err);
}

enum err_code file_read_given(const char *path, size_t most, struct buf *out, struct err *err)
{
    int fd = open(path, TO_READ);

    if (fd < 0)
        return cannot_open(path, err);
    return read_and_close(fd, path, true, most, out, NULL, err);
}

enum file_kind file_kind(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return FILE_NONE;
    return S_ISREG(st.st_mode) ? FILE_REGULAR : S_ISDIR(st.st_mode) ? FILE_FOLDER : FILE_OTHER;
}

bool file_look(const char *path, struct stat *st)
{
    return stat(path, st) == 0;
}

bool file_look_at_link(const char *path, struct stat *st)
{
    return lstat(path, st) == 0;
}

bool file_stamp(const char *path, struct file_stamp *stamp)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return false;
    *stamp = stamp_of(&st);
    return true;
}

bool file_is(const char *path, const struct file_stamp *stamp)
{
    struct file_stamp now;

    return file_stamp(path, &now) && file_same(&now, stamp);
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

/* Some file systems cannot sync a folder, and return EINVAL. */
static bool sync_folder(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP;
}

struct file_lock {
    int folder;
    char *path; /* with the symlinks followed */
    char *name; /* its last part, within path */
    char *temporary;
    bool cut; /* another hard link to the file kept what was replaced */
};

/* The folder of a path, as a new string; NULL if out of memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* The target of path. The file need not exist, its folder must. */
static enum err_code resolve(const char *path, char **resolved, struct err *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *folder, *real_folder = NULL;
    struct stat st;
    size_t size;
    enum err_code code;

    *resolved = realpath(path, NULL);
    if (*resolved)
        return ERR_OK;
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
        code = folder ? err_system(err, "cannot open the folder of %s", path) : err_no_memory(err);
        free(folder);
        return code;
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
    return *resolved ? ERR_OK : err_no_memory(err);
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

char *file_join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);

    if (path && name[0] == '/')
        snprintf(path, size, "%s", name);
    else if (path)
        snprintf(path, size, "%s%s%s", folder, strcmp(folder, "/") == 0 ? "" : "/", name);
    return path;
}

char *file_real_path(const char *path)
{
    return realpath(path, NULL);
}

bool file_is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
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

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Polls: a library cannot use a timer that sends a signal. While the file changes, other writers
 * are taking turns. True when it is locked; false with errno, EWOULDBLOCK if nothing has happened
 * for LOCK_WAIT, or the allowed time is over. */
static bool await_lock(int fd, const char *name, const char *path, const struct file_waits *waits)
{
    const struct timespec pauses[] = {{0, 1000000}, {0, 4000000}, {0, LOCK_PAUSE_MOST * 1000000}};
    const size_t last = sizeof pauses / sizeof *pauses - 1;
    int64_t begun = milliseconds(), since = begun;
    struct file_stamp before = {0}, now = {0};
    bool told = false;
    struct stat st;

    for (size_t tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        if (waits && waits->most >= 0 && milliseconds() - begun >= waits->most) {
            errno = EWOULDBLOCK;
            return false;
        }
        nanosleep(&pauses[tries < last ? tries : last], NULL);
        if (name && fstatat(fd, name, &st, 0) == 0)
            now = stamp_of(&st);
        if (!file_same(&before, &now))
            since = milliseconds();
        before = now;
        if (!told && milliseconds() - begun >= LOCK_TELL && waits && waits->tell) {
            waits->tell(waits->user, path);
            told = true;
        }
        if (milliseconds() - since >= LOCK_WAIT) {
            errno = EWOULDBLOCK;
            return false;
        }
    }
    return true;
}

static enum err_code cannot_lock(const char *path, const struct file_waits *waits, struct err *err)
{
    if (errno != EWOULDBLOCK)
        return err_system(err, "cannot lock %s", path);
    if (waits && waits->most >= 0)
        err_set(err, ERR_FAILED, "another program holds the lock on %s: nothing was changed", path);
    else
        err_set(err, ERR_FAILED,
                "another program has held the lock on %s for %d seconds: nothing was changed", path,
                LOCK_WAIT / 1000);
    err_because(err, ERR_REASON_LOCK_HELD);
    err_detail_text(err, ERR_SUBJECT, path);
    return ERR_FAILED;
}

static enum err_code lock_folder(struct file_lock *lock, const struct file_waits *waits,
                                 struct err *err)
{
    char *folder = folder_of(lock->path);
    enum err_code code = ERR_OK;

    if (!folder)
        return err_no_memory(err);
    lock->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock->folder < 0)
        code = err_system(err, "cannot open the folder %s", folder);
    else if (!await_lock(lock->folder, lock->name, folder, waits))
        code = cannot_lock(folder, waits, err);
    free(folder);
    return code;
}

enum err_code file_lock(const char *path, struct file_lock **out, struct err *err)
{
    return file_lock_telling(path, NULL, out, err);
}

enum err_code file_lock_telling(const char *path, const struct file_waits *waits,
                                struct file_lock **out, struct err *err)
{
    struct file_lock *lock = calloc(1, sizeof *lock);
    enum err_code code = ERR_FAILED;

    *out = NULL;
    if (!lock)
        return err_no_memory(err);
    lock->folder = -1;
    code = resolve(path, &lock->path, err);
    if (code != ERR_OK)
        goto cleanup;
    lock->name = strrchr(lock->path, '/') + 1; /* realpath's are absolute */
    lock->temporary = temporary_name(lock->name);
    if (!lock->temporary) {
        code = err_no_memory(err);
        goto cleanup;
    }
    code = lock_folder(lock, waits, err);
    if (code != ERR_OK)
        goto cleanup;
    *out = lock;
    return ERR_OK;

cleanup:
    file_unlock(lock);
    return code;
}

enum err_code file_read_locked(struct file_lock *lock, size_t most, struct buf *out,
                               struct file_stamp *stamp, struct err *err)
{
    int fd = openat(lock->folder, lock->name, TO_READ);

    if (fd < 0)
        return cannot_open(lock->path, err);
    return read_and_close(fd, lock->path, false, most, out, stamp, err);
}

/* In pieces: copying the whole file would cost more than comparing it. */
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
    return ERR_OK;
}

enum err_code file_holds_locked(struct file_lock *lock, struct slice content, bool *holds,
                                struct file_stamp *stamp, struct err *err)
{
    int fd = openat(lock->folder, lock->name, TO_READ);
    struct stat st;
    enum err_code code;

    if (fd < 0)
        return cannot_open(lock->path, err);
    if (fstat(fd, &st) != 0)
        code = err_system(err, "cannot read %s", lock->path);
    else if (!S_ISREG(st.st_mode))
        code = no_file(&st, lock->path, err);
    else
        code = compare_to_end(fd, lock->path, content, holds, err);
    close(fd);
    if (code == ERR_OK && stamp)
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

/* EPERM: not allowed; EINVAL: the owner is unknown in this container. */
static bool may_be_refused(int cause)
{
    return cause == EPERM || cause == EINVAL;
}

/* Gives the new file the old one's mode and, if permitted, its owner and group. */
static bool take_over(struct file_lock *lock, int fd)
{
    struct stat old, new;

    if (fstatat(lock->folder, lock->name, &old, 0) != 0)
        return errno == ENOENT && fchmod(fd, S_IRUSR | S_IWUSR) == 0; /* whatever the umask is */
    lock->cut = old.st_nlink > 1;
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

/* Uses the fixed name, after removing a leftover file; if that cannot be removed, such as a folder,
 * a random name. */
static int open_temporary(struct file_lock *lock)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    size_t len = strlen(lock->temporary);
    uint64_t chance;
    char *other;

    if (unlinkat(lock->folder, lock->temporary, 0) == 0 || errno == ENOENT)
        return openat(lock->folder, lock->temporary, flags, S_IRUSR | S_IWUSR);
    if (errno == EROFS || faccessat(lock->folder, ".", W_OK, 0) != 0)
        return -1;
    other = malloc(len + sizeof "-0123456789abcdef");
    if (!other)
        return -1;
    randombytes_buf(&chance, sizeof chance);
    snprintf(other, len + sizeof "-0123456789abcdef", "%s-%016llx", lock->temporary,
             (unsigned long long)chance);
    free(lock->temporary);
    lock->temporary = other;
    return openat(lock->folder, lock->temporary, flags, S_IRUSR | S_IWUSR);
}

static bool write_temporary(struct file_lock *lock, const struct runs *content, struct stat *st)
{
    int fd = open_temporary(lock), cause;
    bool done;

    if (fd < 0)
        return false;
    done = write_runs(fd, content) && take_over(lock, fd) && fsync(fd) == 0 && fstat(fd, st) == 0;
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

/* The file was made read-only on purpose, which rename would ignore. root may write it. */
static bool is_read_only(const struct file_lock *lock)
{
    struct stat st;

    return geteuid() != 0 && fstatat(lock->folder, lock->name, &st, 0) == 0 &&
           !(st.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH));
}

enum err_code file_replace(struct file_lock *lock, const struct runs *content,
                           struct file_stamp *stamp, struct err *err)
{
    struct stat st;

    lock->cut = false;
    if (is_read_only(lock)) {
        err_set(err, ERR_FAILED, "%s is read-only: nothing was changed", lock->path);
        err_because(err, ERR_REASON_READ_ONLY);
        err_detail_text(err, ERR_SUBJECT, lock->path);
        return ERR_FAILED;
    }
    if (!write_temporary(lock, content, &st))
        return err_system(err, "cannot write %s: nothing was changed", lock->path);
    if (renameat(lock->folder, lock->temporary, lock->folder, lock->name) != 0) {
        err_system(err, "cannot replace %s: nothing was changed", lock->path);
        unlinkat(lock->folder, lock->temporary, 0);
        return err->code;
    }
    /* Renaming changes the file's ctime on some systems: fstat again. */
    if (stamp) {
        fstatat(lock->folder, lock->name, &st, 0);
        *stamp = stamp_of(&st);
    }
    if (!sync_folder(lock->folder))
        return err_system(err, "%s is written, but may not survive a power cut", lock->path);
    return ERR_OK;
}

bool file_cut_link(const struct file_lock *lock)
{
    return lock->cut;
}

/* The owner can use the folder, whatever the umask is. */
static bool make_folder(const char *folder)
{
    return mkdir(folder, S_IRWXU) == 0 ? chmod(folder, S_IRWXU) == 0 : errno == EEXIST;
}

/* Makes the folder of path, and those above it. */
static bool make_folder_of(const char *path)
{
    char *folder = folder_of(path);
    bool there = folder && make_folder(folder);

    if (folder && !there && errno == ENOENT && strchr(folder, '/') && make_folder_of(folder))
        there = make_folder(folder);
    free(folder);
    return there;
}

/* A folder that is writable but not readable cannot be opened. */
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
    done = fchmod(fd, S_IRUSR | S_IWUSR) == 0 && write_all(fd, content) && fsync(fd) == 0 &&
           sync_folder_of(path);
    if (!done)
        err_system(err, "cannot write %s", path);
    if (close(fd) != 0 && done) {
        done = false;
        err_system(err, "cannot write %s", path);
    }
    if (!done)
        unlink(path);
    return done ? ERR_OK : err->code;
}

/* ---- a file that lines are added to ---- */

static int open_log(const char *path)
{
    const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, flags | O_EXCL, S_IRUSR | S_IWUSR);

    if (fd < 0 && errno == ENOENT && make_folder_of(path))
        fd = open(path, flags | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd >= 0)
        fchmod(fd, S_IRUSR | S_IWUSR); /* whatever the umask is */
    else if (errno == EEXIST)
        fd = open(path, flags, S_IRUSR | S_IWUSR);
    return fd;
}

/* Where nothing can be locked (NFS), an append is still one write. */
static bool lock_log(int fd, const char *path)
{
    return await_lock(fd, NULL, path, NULL) || errno == ENOLCK || errno == ENOSYS ||
           errno == EOPNOTSUPP;
}

enum err_code file_log_open(const char *path, size_t most, struct buf *lines, int *log,
                            struct err *err)
{
    struct stat st;
    enum err_code code = ERR_OK;

    *log = open_log(path);
    if (*log < 0)
        return err_system(err, "cannot write %s", path);
    if (fstat(*log, &st) != 0)
        code = err_system(err, "cannot write %s", path);
    else if (!S_ISREG(st.st_mode))
        code = no_file(&st, path, err);
    else if (!lock_log(*log, path))
        code = cannot_lock(path, NULL, err);
    else
        code = read_to_end(*log, path, (size_t)st.st_size, most, lines, err);
    if (code != ERR_OK) {
        close(*log);
        *log = -1;
    }
    return code;
}

enum err_code file_log_add(int log, const char *path, struct slice lines, struct err *err)
{
    char last = '\n';
    struct stat st;
    bool there = fstat(log, &st) == 0;
    bool done = there && (st.st_size == 0 || pread(log, &last, 1, st.st_size - 1) == 1);

    done = done && (last == '\n' || write_all(log, (struct slice){"\n", 1}));
    done = done && write_all(log, lines);
    if (done)
        return ERR_OK;
    err_system(err, "cannot write %s", path);
    if (there && ftruncate(log, st.st_size) != 0) /* or the next one ends the torn line */
        return err->code;
    return err->code;
}

void file_log_close(int log)
{
    if (log >= 0)
        close(log); /* and with it the lock */
}
