/* Folders whose files are in memory: each system names its kinds of file system in its own way.
 *
 * macOS has none: there, private files need --allow-disk, and doctor says so. */
#include "memory.h"

#if defined __linux__
#include <stdint.h>
#include <sys/vfs.h>

/* The kernel's numbers, part of its ABI: its headers need not be there. */
#define TMPFS_MAGIC 0x01021994U
#define RAMFS_MAGIC 0x858458F6U

bool memory_has(const char *folder)
{
    struct statfs fs;
    uint32_t type = statfs(folder, &fs) == 0 ? (uint32_t)fs.f_type : 0;

    return type == TMPFS_MAGIC || type == RAMFS_MAGIC;
}

#elif defined __FreeBSD__ || defined __OpenBSD__ || defined __NetBSD__
#include <string.h>
#include <sys/param.h>
#ifdef __NetBSD__
#include <sys/statvfs.h>
#define statfs statvfs
#else
#include <sys/mount.h>
#endif

bool memory_has(const char *folder)
{
    struct statfs fs;

    return statfs(folder, &fs) == 0 &&
           (strcmp(fs.f_fstypename, "tmpfs") == 0 || strcmp(fs.f_fstypename, "mfs") == 0);
}

#else

bool memory_has(const char *folder)
{
    (void)folder;
    return false;
}

#endif
