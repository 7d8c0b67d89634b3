/* A library to preload: it counts one class of libc's calls in one program, and makes the Nth fail.
 *
 *   FAULT_PROGRAM   only in processes of this name
 *   FAULT_COUNT     a file of 4096 zero bytes: the number of calls so far, and of failures, then
 *                   that of calls of each class, in the order of `classes`
 *   FAULT_CLASS     malloc, open, write, … (the names in `classes`)
 *   FAULT_AT        which call fails: 0 none
 *   FAULT_KIND      the number of errno, or -1: a read or write is short, -2: a read is at its end,
 *                   -3: flock does nothing, as on some network file systems
 *   FAULT_ON        if set, all later calls fail too
 *
 * What libc calls inside itself is not seen. That is what strace's injection is for. */
#define _GNU_SOURCE 1 /* RTLD_NEXT */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum class {
    MALLOC,
    MMAP,
    MPROTECT,
    MLOCK,
    OPEN,
    READ,
    WRITE,
    FSYNC,
    CLOSE,
    STAT,
    RENAME,
    LINK,
    UNLINK,
    FLOCK,
    FORK,
    EXEC,
    PIPE,
    DUP,
    MKDIR,
    WAITPID,
    POLL,
    GETRANDOM,
    OPENDIR,
    KEYCTL,
    FCNTL,
    SIGPROCMASK,
    SIGACTION,
    CHMOD,
    REALPATH,
    GETCWD,
    ACCESS,
    TERMINAL,
    RLIMIT,
    CLOCK,
    CLASSES
};

static const char *const classes[CLASSES] = {
    "malloc",    "mmap",    "mprotect", "mlock",    "open",        "read",      "write",
    "fsync",     "close",   "stat",     "rename",   "link",        "unlink",    "flock",
    "fork",      "exec",    "pipe",     "dup",      "mkdir",       "waitpid",   "poll",
    "getrandom", "opendir", "keyctl",   "fcntl",    "sigprocmask", "sigaction", "chmod",
    "realpath",  "getcwd",  "access",   "terminal", "rlimit",      "clock"};

enum { SHORT = -1, AT_END = -2, NOTHING = -3 };

static struct counts {
    unsigned calls, failures, all[CLASSES];
} * counts;
static int chosen = -1, kind;
static unsigned at;
static bool goes_on;

__attribute__((constructor)) static void begin(void)
{
    const char *program = getenv("FAULT_PROGRAM"), *file = getenv("FAULT_COUNT");
    const char *class = getenv("FAULT_CLASS"), *number = getenv("FAULT_AT");
    const char *why = getenv("FAULT_KIND");
    int fd;

    if (!file || !class || (program && strcmp(program, program_invocation_short_name) != 0))
        return;
    fd = open(file, O_RDWR | O_CLOEXEC);
    counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (counts == MAP_FAILED)
        _exit(99);
    at = number ? (unsigned)atoi(number) : 0;
    kind = why ? atoi(why) : EIO;
    goes_on = getenv("FAULT_ON") != NULL;
    for (int i = 0; i < CLASSES; i++)
        if (strcmp(class, classes[i]) == 0)
            chosen = i;
    if (chosen < 0)
        _exit(98);
}

/* 0, or how this call fails. */
static int fault(enum class class)
{
    unsigned call;

    if (counts)
        __atomic_add_fetch(&counts->all[class], 1, __ATOMIC_RELAXED);
    if (chosen != (int)class)
        return 0;
    call = __atomic_add_fetch(&counts->calls, 1, __ATOMIC_SEQ_CST);
    if (at == 0 || call < at || (call > at && !goes_on))
        return 0;
    __atomic_add_fetch(&counts->failures, 1, __ATOMIC_SEQ_CST);
    if (kind > 0)
        errno = kind;
    return kind;
}

static void *find(const char *name)
{
    void *real = dlsym(RTLD_NEXT, name);

    if (!real)
        abort();
    return real;
}

/* A wrapper that returns `failed`, or what the real function returns. */
#define WRAP(class, failed, type, name, parameters, arguments) \
    type name parameters;                                      \
    type name parameters                                       \
    {                                                          \
        static type(*real) parameters;                         \
                                                               \
        if (!real)                                             \
            *(void **)&real = find(#name);                     \
        if (fault(class))                                      \
            return failed;                                     \
        return real arguments;                                 \
    }

/* ---- memory: without dlsym, which needs some ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    return fault(MALLOC) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fault(MALLOC) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fault(MALLOC) ? NULL : __libc_realloc(old, size);
}

#define MAP_PARAMETERS (void *where, size_t size, int access, int flags, int fd, off_t offset)
WRAP(MMAP, MAP_FAILED, void *, mmap, MAP_PARAMETERS, (where, size, access, flags, fd, offset))
WRAP(MMAP, MAP_FAILED, void *, mmap64, MAP_PARAMETERS, (where, size, access, flags, fd, offset))
WRAP(MPROTECT, -1, int, mprotect, (void *where, size_t size, int access), (where, size, access))
WRAP(MLOCK, -1, int, mlock, (const void *where, size_t size), (where, size))

/* ---- files ---- */

static mode_t mode_of(int flags, va_list *args)
{
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? (mode_t)va_arg(*args, int) : 0;
}

#define WRAP_OPEN(name, parameters, arguments)    \
    int name parameters                           \
    {                                             \
        static int(*real) parameters;             \
        va_list args;                             \
        mode_t mode;                              \
                                                  \
        va_start(args, flags);                    \
        mode = mode_of(flags, &args);             \
        va_end(args);                             \
        if (!real)                                \
            *(void **)&real = find(#name);        \
        return fault(OPEN) ? -1 : real arguments; \
    }
WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
WRAP_OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
WRAP(OPEN, -1, int, __open_2, (const char *path, int flags), (path, flags))
WRAP(OPEN, -1, int, __open64_2, (const char *path, int flags), (path, flags))
WRAP(OPEN, -1, int, __openat_2, (int folder, const char *path, int flags), (folder, path, flags))
WRAP(OPEN, -1, int, __openat64_2, (int folder, const char *path, int flags), (folder, path, flags))

/* Fails, or does with fewer bytes. */
#define WRAP_BYTES(class, name, parameters, arguments, len) \
    ssize_t name parameters;                                \
    ssize_t name parameters                                 \
    {                                                       \
        static ssize_t(*real) parameters;                   \
        int why;                                            \
                                                            \
        if (!real)                                          \
            *(void **)&real = find(#name);                  \
        why = fault(class);                                 \
        if (why > 0)                                        \
            return -1;                                      \
        if (why == AT_END)                                  \
            return 0;                                       \
        if (why == SHORT && (len) > 1)                      \
            len = (len) / 2;                                \
        return real arguments;                              \
    }
WRAP_BYTES(READ, read, (int fd, void *to, size_t len), (fd, to, len), len)
WRAP_BYTES(READ, pread, (int fd, void *to, size_t len, off_t from), (fd, to, len, from), len)
WRAP_BYTES(READ, __read_chk, (int fd, void *to, size_t len, size_t room), (fd, to, len, room), len)
WRAP_BYTES(WRITE, write, (int fd, const void *from, size_t len), (fd, from, len), len)
WRAP_BYTES(WRITE, writev, (int fd, const struct iovec *from, int len), (fd, from, len), len)
WRAP_BYTES(WRITE, pwrite, (int fd, const void *from, size_t len, off_t to), (fd, from, len, to),
           len)
WRAP(FSYNC, -1, int, fsync, (int fd), (fd))
WRAP(FSYNC, -1, int, fdatasync, (int fd), (fd))

/* As Linux does it: the descriptor is closed all the same. */
int close(int fd)
{
    static int (*real)(int);
    int result;

    if (!real)
        *(void **)&real = find("close");
    result = real(fd);
    return fault(CLOSE) ? -1 : result;
}

WRAP(STAT, -1, int, stat, (const char *path, struct stat *st), (path, st))
WRAP(STAT, -1, int, lstat, (const char *path, struct stat *st), (path, st))
WRAP(STAT, -1, int, fstat, (int fd, struct stat *st), (fd, st))
WRAP(STAT, -1, int, fstatat, (int folder, const char *path, struct stat *st, int flags),
     (folder, path, st, flags))
WRAP(STAT, -1, int, stat64, (const char *path, struct stat64 *st), (path, st))
WRAP(STAT, -1, int, lstat64, (const char *path, struct stat64 *st), (path, st))
WRAP(STAT, -1, int, fstat64, (int fd, struct stat64 *st), (fd, st))
WRAP(STAT, -1, int, fstatat64, (int folder, const char *path, struct stat64 *st, int flags),
     (folder, path, st, flags))
WRAP(RENAME, -1, int, rename, (const char *old, const char *new), (old, new))
WRAP(RENAME, -1, int, renameat, (int from, const char *old, int to, const char *new),
     (from, old, to, new))
WRAP(LINK, -1, int, linkat, (int from, const char *old, int to, const char *new, int flags),
     (from, old, to, new, flags))
WRAP(LINK, -1, int, symlink, (const char *text, const char *path), (text, path))
WRAP(UNLINK, -1, int, unlink, (const char *path), (path))
WRAP(UNLINK, -1, int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
WRAP(UNLINK, -1, int, rmdir, (const char *path), (path))

int flock(int fd, int what)
{
    static int (*real)(int, int);
    int why;

    if (!real)
        *(void **)&real = find("flock");
    why = fault(FLOCK);
    if (why)
        return why == NOTHING ? 0 : -1;
    return real(fd, what);
}

WRAP(MKDIR, -1, int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(MKDIR, -1, int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
WRAP(MKDIR, NULL, char *, mkdtemp, (char *path), (path))
WRAP(OPENDIR, NULL, DIR *, opendir, (const char *path), (path))
WRAP(OPENDIR, NULL, DIR *, fdopendir, (int fd), (fd))
WRAP(OPENDIR, NULL, struct dirent *, readdir, (DIR * folder), (folder))
WRAP(OPENDIR, NULL, struct dirent64 *, readdir64, (DIR * folder), (folder))
WRAP(CHMOD, -1, int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(CHMOD, -1, int, chmod, (const char *path, mode_t mode), (path, mode))
WRAP(CHMOD, -1, int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group))
WRAP(REALPATH, NULL, char *, realpath, (const char *path, char *to), (path, to))
WRAP(REALPATH, NULL, char *, __realpath_chk, (const char *path, char *to, size_t room),
     (path, to, room))
WRAP(GETCWD, NULL, char *, getcwd, (char *to, size_t room), (to, room))
WRAP(ACCESS, -1, int, access, (const char *path, int how), (path, how))

/* ---- processes ---- */

WRAP(FORK, -1, pid_t, fork, (void), ())
#define SPAWN_PARAMETERS                                                       \
    (pid_t * pid, const char *path, const posix_spawn_file_actions_t *actions, \
     const posix_spawnattr_t *attributes, char *const *command, char *const *variables)
#define SPAWN_ARGUMENTS (pid, path, actions, attributes, command, variables)
WRAP(FORK, EAGAIN, int, posix_spawn, SPAWN_PARAMETERS, SPAWN_ARGUMENTS)
WRAP(FORK, EAGAIN, int, posix_spawnp, SPAWN_PARAMETERS, SPAWN_ARGUMENTS)
WRAP(EXEC, -1, int, execv, (const char *path, char *const *command), (path, command))
WRAP(EXEC, -1, int, execvp, (const char *path, char *const *command), (path, command))
WRAP(EXEC, -1, int, execve, (const char *path, char *const *command, char *const *variables),
     (path, command, variables))
WRAP(PIPE, -1, int, pipe, (int ends[2]), (ends))
WRAP(PIPE, -1, int, pipe2, (int ends[2], int flags), (ends, flags))
WRAP(DUP, -1, int, dup, (int fd), (fd))
WRAP(DUP, -1, int, dup2, (int fd, int as), (fd, as))
WRAP(WAITPID, -1, pid_t, waitpid, (pid_t child, int *status, int flags), (child, status, flags))
WRAP(POLL, -1, int, poll, (struct pollfd * fds, nfds_t count, int wait), (fds, count, wait))
WRAP(SIGPROCMASK, -1, int, sigprocmask, (int how, const sigset_t *set, sigset_t *old),
     (how, set, old))
WRAP(SIGACTION, -1, int, sigaction,
     (int number, const struct sigaction *action, struct sigaction *old), (number, action, old))
WRAP(TERMINAL, -1, int, tcgetattr, (int fd, struct termios *to), (fd, to))
WRAP(TERMINAL, -1, int, tcsetattr, (int fd, int when, const struct termios *from), (fd, when, from))
WRAP(RLIMIT, -1, int, getrlimit, (__rlimit_resource_t what, struct rlimit *to), (what, to))
WRAP(RLIMIT, -1, int, setrlimit, (__rlimit_resource_t what, const struct rlimit *from),
     (what, from))
WRAP(CLOCK, (time_t)-1, time_t, time, (time_t * to), (to))
WRAP(CLOCK, -1, int, clock_gettime, (clockid_t which, struct timespec *to), (which, to))
WRAP(GETRANDOM, -1, ssize_t, getrandom, (void *to, size_t len, unsigned flags), (to, len, flags))
WRAP(GETRANDOM, -1, int, getentropy, (void *to, size_t len), (to, len))

int fcntl(int fd, int what, ...)
{
    static int (*real)(int, int, ...);
    va_list args;
    void *value;

    va_start(args, what);
    value = va_arg(args, void *);
    va_end(args);
    if (!real)
        *(void **)&real = find("fcntl");
    return fault(FCNTL) ? -1 : real(fd, what, value);
}

int fcntl64(int fd, int what, ...) __attribute__((alias("fcntl")));

/* The keyring has no wrapper in libc, and Landlock and seccomp neither. */
long syscall(long number, ...)
{
    static long (*real)(long, ...);
    va_list args;
    long a[6];

    va_start(args, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(args, long);
    va_end(args);
    if (!real)
        *(void **)&real = find("syscall");
    return fault(KEYCTL) ? -1 : real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
