/* Temporary files with plain text, in a private folder (mode 0700); in memory if the system has
 * such a place.
 *
 * MUST: the files are removed, whatever a command has done to the folder, or the user is told where
 * they are. MUST NOT: a symlink in the folder directs the removal elsewhere. So the folder stays
 * open, and everything in it is reached through its descriptor. */
#include "private.h"

#include "memory.h"
#include "ui/io.h"
#include "ui/say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_in(const char *folder, const char *name, struct private_folder *p)
{
    int len = snprintf(p->path, sizeof p->path, "%s/%sXXXXXX", folder, name), cause;

    if (len > 0 && (size_t)len < sizeof p->path && mkdtemp(p->path)) {
        p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (p->fd >= 0)
            return true;
        cause = errno;
        rmdir(p->path);
        errno = cause;
    }
    p->path[0] = '\0';
    return false;
}

bool private_make_in_memory(struct private_folder *p)
{
    const char *places[] = {getenv("XDG_RUNTIME_DIR"), "/dev/shm", "/run/shm", getenv("TMPDIR"),
                            "/tmp"};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i] && places[i][0] == '/' && memory_has(places[i]) &&
            make_in(places[i], "vault-", p))
            return true;
    return false;
}

enum status private_make(struct private_folder *p, bool allow_disk)
{
    const char *places[] = {getenv("TMPDIR"), "/tmp"};

    if (private_make_in_memory(p))
        return STATUS_OK;
    if (!allow_disk) {
        say_error(
            STATUS_FAILED,
            "no folder in memory, and plain text is not written to a disk unless you allow it");
        say_hint("--allow-disk uses the temporary folder");
        return STATUS_FAILED;
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i] && places[i][0] == '/' && make_in(places[i], "vault-", p))
            return STATUS_OK;
    say_error(STATUS_FAILED, "cannot make a folder in the temporary folder: %s", strerror(errno));
    return STATUS_FAILED;
}

enum status private_make_in(struct private_folder *p, const char *folder)
{
    if (make_in(folder, "vault-", p))
        return STATUS_OK;
    say_error(STATUS_FAILED, "cannot make a folder in %s: %s", folder, strerror(errno));
    return STATUS_FAILED;
}

bool private_path(const struct private_folder *p, const char *name, char *path, size_t size)
{
    int len = snprintf(path, size, "%s/%s", p->path, name);

    return len > 0 && (size_t)len < size;
}

/* Records a name before the file exists; the removal goes by these names. */
static bool note_name(struct private_folder *p, const char *name)
{
    buf_add(&p->names, name, strlen(name) + 1);
    if (!buf_ok(&p->names))
        errno = ENOMEM;
    return buf_ok(&p->names);
}

int private_create(struct private_folder *p, const char *name, mode_t mode)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

    return note_name(p, name) ? openat(p->fd, name, flags, mode) : -1;
}

static bool write_new(struct private_folder *p, const char *name, struct slice text)
{
    int fd = private_create(p, name, S_IRUSR | S_IWUSR);
    bool good = fd >= 0 && write_bytes(fd, text.at, text.len);
    int cause = errno;

    if (fd >= 0)
        close(fd);
    errno = cause;
    return good;
}

enum status private_write(struct private_folder *p, const char *name, struct slice text)
{
    return write_new(p, name, text)
               ? STATUS_OK
               : say_error(STATUS_FAILED, "cannot write %s/%s: %s", p->path, name, strerror(errno));
}

enum status private_replace(struct private_folder *p, const char *name, struct slice text)
{
    static const char temporary[] = ".new";

    unlinkat(p->fd, temporary, 0);
    if (write_new(p, temporary, text) && renameat(p->fd, temporary, p->fd, name) == 0)
        return STATUS_OK;
    return say_error(STATUS_FAILED, "cannot write %s/%s: %s", p->path, name, strerror(errno));
}

void private_wipe(const struct private_folder *p, const char *name)
{
    static const char zeros[4096];
    int fd = openat(p->fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0)
        for (off_t left = st.st_size; left > 0; left -= (off_t)sizeof zeros)
            if (!write_bytes(fd, zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros))
                break;
    close(fd);
}

/* ---- removal ---- */

/* The first entry that could not be removed, and why. */
struct leftover {
    char name[256];
    int error; /* 0 if all were removed */
};

static void note_leftover(struct leftover *l, const char *name)
{
    if (l->error)
        return;
    l->error = errno;
    snprintf(l->name, sizeof l->name, "%s", name);
}

/* Opens a folder whose permissions a command may have removed. */
static int open_folder(int folder, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(folder, name, flags);

    if (fd < 0 && errno == EACCES && fchmodat(folder, name, S_IRWXU, 0) == 0)
        fd = openat(folder, name, flags);
    if (fd >= 0)
        fchmod(fd, S_IRWXU); /* if this fails, the removal will too */
    return fd;
}

static void empty_folder(int folder, const char *name, struct leftover *l);

static void remove_entry(int folder, const char *name, struct leftover *l)
{
    struct stat st;

    if (unlinkat(folder, name, 0) == 0)
        return;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode)) {
        empty_folder(folder, name, l);
        if (unlinkat(folder, name, AT_REMOVEDIR) == 0)
            return;
    }
    if (errno != ENOENT)
        note_leftover(l, name);
}

/* Each level needs a descriptor: a tree that is too deep is reported, not removed. */
static void empty_folder(int folder, const char *name, struct leftover *l)
{
    int fd = open_folder(folder, name);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;

    if (!dir) {
        note_leftover(l, name);
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_entry(fd, entry->d_name, l);
    closedir(dir);
}

static bool is_removed(const char *path)
{
    return rmdir(path) == 0 || errno == ENOENT;
}

static void remove_noted(const struct private_folder *p)
{
    const char *end = p->names.data + p->names.len;

    for (const char *name = p->names.data; name && name < end; name += strlen(name) + 1)
        unlinkat(p->fd, name, 0);
}

/* Does not overwrite: memory needs no wiping, and a disk cannot be wiped reliably. */
enum status private_remove(struct private_folder *p)
{
    enum { TRIES = 8 }; /* removing entries while reading a folder may skip others */
    struct leftover left = {.error = 0};
    bool good;

    if (!p->path[0])
        return STATUS_OK;
    fchmod(p->fd, S_IRWXU);
    remove_noted(p);
    good = rmdir(p->path) == 0;
    for (int i = 0; i < TRIES && !good; i++) {
        left.error = 0;
        empty_folder(p->fd, ".", &left); /* even if it was moved */
        good = !left.error && is_removed(p->path);
    }
    if (left.error)
        say_error(STATUS_FAILED, "plain text may be left in %s: cannot remove %s: %s", p->path,
                  left.name, strerror(left.error));
    else if (!good)
        say_error(STATUS_FAILED, "cannot remove %s: %s", p->path, strerror(errno));
    if (!good)
        say_hint("rm -r %s", p->path);
    private_keep(p);
    return good ? STATUS_OK : STATUS_FAILED;
}

void private_keep(struct private_folder *p)
{
    if (p->path[0])
        close(p->fd);
    buf_free(&p->names);
    p->path[0] = '\0';
}

/* ---- next to an output file ---- */

static const char beside[] = ".vault-output-", git_ignores[] = ".gitignore";

/* A folder in use is locked. Only folders of this user are opened. */
static void sweep_one(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = NULL;
    struct dirent *entry;
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
        (st.st_mode & 0777) == S_IRWXU && flock(fd, LOCK_EX | LOCK_NB) == 0)
        dir = fdopendir(fd);
    while (dir && (entry = readdir(dir)))
        if (strcmp(entry->d_name, git_ignores) != 0)
            unlinkat(fd, entry->d_name, 0);
    if (dir) {
        unlinkat(fd, git_ignores, 0);
        unlinkat(folder, name, AT_REMOVEDIR);
        closedir(dir);
    } else if (fd >= 0) {
        close(fd);
    }
}

/* Removes what killed runs have left. */
static void sweep(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (strncmp(entry->d_name, beside, sizeof beside - 1) == 0)
            sweep_one(dirfd(dir), entry->d_name);
    if (dir)
        closedir(dir);
}

/* Another process may have swept the folder away before it was locked. */
static bool lock_own(struct private_folder *p)
{
    struct stat st;

    flock(p->fd, LOCK_EX); /* if this fails, no other process can sweep either */
    if (fstat(p->fd, &st) != 0 || st.st_nlink > 0)
        return true;
    private_keep(p);
    return false;
}

bool private_make_beside(struct private_folder *p, const char *folder)
{
    bool there;

    sweep(folder);
    do
        there = make_in(folder, beside, p);
    while (there && !lock_own(p));
    return there && write_new(p, git_ignores, slice_of("*\n"));
}
