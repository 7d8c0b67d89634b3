/* Plain text that must stand in files for a while: in a folder of one's own (0700), in memory where
 * the system has such a place. */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

static bool is_in_memory(const char *folder)
{
#ifdef __linux__
    struct statfs fs;

    return statfs(folder, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
#else
    (void)folder;
    return false;
#endif
}

static bool make_in(const char *folder, struct private_folder *p)
{
    int len = snprintf(p->path, sizeof p->path, "%s/vault-XXXXXX", folder);

    return len > 0 && (size_t)len < sizeof p->path && mkdtemp(p->path);
}

enum status private_make(struct private_folder *p, bool allow_disk)
{
    const char *places[] = {getenv("XDG_RUNTIME_DIR"), "/dev/shm", "/run/shm", getenv("TMPDIR"),
                            "/tmp"};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i] && places[i][0] == '/' && is_in_memory(places[i]) && make_in(places[i], p))
            return DONE;
    if (!allow_disk) {
        say_error(FAILED,
                  "there is no folder in memory, and plain text does not go to a disk unasked");
        say_hint("--allow-disk uses the temporary folder");
        return FAILED;
    }
    for (size_t i = 3; i < sizeof places / sizeof *places; i++)
        if (places[i] && places[i][0] == '/' && make_in(places[i], p))
            return DONE;
    say_error(FAILED, "cannot make a folder in the temporary folder: %s", strerror(errno));
    return FAILED;
}

enum status private_make_in(struct private_folder *p, const char *folder)
{
    if (make_in(folder, p))
        return DONE;
    say_error(FAILED, "cannot make a folder in %s: %s", folder, strerror(errno));
    return FAILED;
}

bool private_path(const struct private_folder *p, const char *name, char *path, size_t size)
{
    int len = snprintf(path, size, "%s/%s", p->path, name);

    return len > 0 && (size_t)len < size;
}

/* Replaces the file, whatever an editor has made of it. */
enum status private_write(const struct private_folder *p, const char *name, struct slice text)
{
    char path[sizeof p->path + 300];
    int fd = -1;
    bool good;

    if (private_path(p, name, path, sizeof path)) {
        unlink(path);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    }
    good = fd >= 0 && write_bytes(fd, text.at, text.len);
    if (!good)
        say_error(FAILED, "cannot write %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good ? DONE : FAILED;
}

/* In a folder of memory there is nothing left to wipe; on a disk nothing that can be. */
void private_remove(struct private_folder *p)
{
    char path[sizeof p->path + 300];
    struct dirent *entry;
    DIR *dir;

    if (!p->path[0])
        return;
    dir = opendir(p->path);
    while (dir && (entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            private_path(p, entry->d_name, path, sizeof path))
            unlink(path);
    if (dir)
        closedir(dir);
    rmdir(p->path);
    p->path[0] = '\0';
}
