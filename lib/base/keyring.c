/* The kernel's user keyring: one key, which every process of the user can read, and which the
 * kernel forgets in time. Only Linux has it; elsewhere these say so. */
#include "keyring.h"

#include <errno.h>
#include <string.h>

#ifdef __linux__
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's numbers, part of its ABI: its headers need not be there. */
enum {
    KEYCTL_REVOKE = 3,
    KEYCTL_SETPERM = 5,
    KEYCTL_DESCRIBE = 6,
    KEYCTL_UNLINK = 9,
    KEYCTL_SEARCH = 10,
    KEYCTL_READ = 11,
    KEYCTL_SET_TIMEOUT = 15,
    KEY_SPEC_USER_KEYRING = -4
};

#define KEY_TYPE "user"
#define KEY_PREFIX "vault:"

enum { KEYRING_NAME = 64 };

long syscall(long number, ...); /* unistd.h has it only beyond POSIX */

/* Whoever has the key in a keyring of theirs, and the user in any session, may view, read, change,
 * find, link and set it; group and others nothing. */
#define KEY_PERMISSIONS 0x3F3F0000UL

static bool name_key(const char *vault, char name[KEYRING_NAME])
{
    size_t len = strlen(vault);

    if (len >= KEYRING_NAME - sizeof KEY_PREFIX)
        return false;
    memcpy(name, KEY_PREFIX, sizeof KEY_PREFIX - 1);
    memcpy(name + sizeof KEY_PREFIX - 1, vault, len + 1);
    return true;
}

static long find(const char *vault)
{
    char name[KEYRING_NAME];

    return name_key(vault, name)
               ? syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, KEY_TYPE, name, 0)
               : -1;
}

bool keyring_read(const char *vault, struct buf *out)
{
    long key = find(vault);
    long size = key >= 0 ? syscall(SYS_keyctl, KEYCTL_READ, key, NULL, 0) : -1;
    char *room = size > 0 ? buf_reserve(out, (size_t)size) : NULL;
    long got = room ? syscall(SYS_keyctl, KEYCTL_READ, key, room, size) : -1;

    if (got <= 0 || got > size) /* it was changed meanwhile */
        return false;
    out->len += (size_t)got;
    return true;
}

static bool end_key(long key)
{
    if (syscall(SYS_keyctl, KEYCTL_REVOKE, key) != 0)
        return false;
    syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
    return true;
}

/* "TYPE;UID;GID;PERMISSIONS;NAME" */
static bool is_ours(int32_t key)
{
    char text[512] = "";
    long len = syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, text, sizeof text - 1);
    const char *name = len > 0 && len < (long)sizeof text ? strrchr(text, ';') : NULL;

    return name && strncmp(text, KEY_TYPE ";", sizeof KEY_TYPE) == 0 &&
           strncmp(name + 1, KEY_PREFIX, sizeof KEY_PREFIX - 1) == 0;
}

bool keyring_forget(size_t *count)
{
    long size = syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_USER_KEYRING, NULL, 0), got;
    int32_t *keys = size >= 0 ? malloc((size_t)size + sizeof *keys) : NULL;
    bool good = keys != NULL;

    *count = 0;
    got = good ? syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_USER_KEYRING, keys, size) : -1;
    for (long i = 0; good && i < (got < size ? got : size) / (long)sizeof *keys; i++)
        if (is_ours(keys[i])) {
            good = end_key(keys[i]);
            ++*count;
        }
    free(keys);
    return good && got >= 0;
}

bool keyring_keep(const char *vault, struct slice text, unsigned seconds)
{
    char name[KEYRING_NAME];
    long key = name_key(vault, name)
                   ? syscall(SYS_add_key, KEY_TYPE, name, text.at, text.len, KEY_SPEC_USER_KEYRING)
                   : -1;
    int cause;

    if (key < 0)
        return false;
    /* MUST: what cannot be made to end is not kept. */
    if (syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, key, seconds) == 0 &&
        syscall(SYS_keyctl, KEYCTL_SETPERM, key, KEY_PERMISSIONS) == 0)
        return true;
    cause = errno;
    end_key(key);
    errno = cause;
    return false;
}

#else

bool keyring_read(const char *vault, struct buf *out)
{
    (void)vault;
    (void)out;
    return false;
}

bool keyring_forget(size_t *count)
{
    *count = 0;
    errno = ENOSYS;
    return false;
}

bool keyring_keep(const char *vault, struct slice text, unsigned seconds)
{
    (void)vault;
    (void)text;
    (void)seconds;
    errno = ENOSYS;
    return false;
}

#endif

bool keyring_is_missing(int cause)
{
    return cause == ENOSYS || cause == EPERM || cause == EACCES;
}
