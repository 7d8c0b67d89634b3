/* The cage: what it lets through, and that it denies each thing that it should. Every case runs in
 * a process that has entered it. */
#define _GNU_SOURCE 1 /* syscall, NOLINT(*-reserved-identifier,cert-*) */
#include "run/cage.c" /* its filter is looked at, too */ /* NOLINT(bugprone-suspicious-include) */

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/cage-XXXXXX", path[256];

static const char *in(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", top, name);
    return path;
}

/* The exit status of an attempt: 0 it worked, 1 it was denied, 2 it failed in another way. */
enum { WORKED, DENIED, FAILED };

static int outcome(long result)
{
    if (result >= 0)
        return WORKED;
    return errno == EPERM || errno == EACCES ? DENIED : FAILED;
}

static struct cage_limits enter(enum cage_children children)
{
    struct cage c;

    cage_begin(&c);
    cage_allow(&c, in("write"), CAGE_WRITE);
    cage_allow(&c, in("read"), CAGE_READ);
    cage_allow(&c, in("file"), CAGE_READ);
    cage_allow(&c, in("not there"), CAGE_READ);
    if (children == CAGE_KEEPS_EXEC)
        cage_allow(&c, "/", CAGE_RUN);
    cage_allow(&c, "/dev/null", CAGE_WRITE);
    return cage_enter(&c, children);
}

static int attempt(enum cage_children children, long (*what)(void))
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        enter(children);
        errno = 0;
        _exit(outcome(what()));
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static long open_to(const char *name, int flags)
{
    return open(name, flags, 0600);
}

/* ---- files ---- */

static long reads_file(void)
{
    return open_to(in("file"), O_RDONLY);
}
static long reads_folder(void)
{
    return open_to(in("read/one"), O_RDONLY);
}
static long lists_folder(void)
{
    return open_to(in("read"), O_RDONLY | O_DIRECTORY);
}
static long reads_link_out(void)
{
    return open_to(in("read/link"), O_RDONLY);
}
static long reads_other(void)
{
    return open_to(in("other"), O_RDONLY);
}
static long reads_system(void)
{
    return open_to("/etc/passwd", O_RDONLY);
}
static long lists_other(void)
{
    return open_to(top, O_RDONLY | O_DIRECTORY);
}
static long writes_read_only(void)
{
    return open_to(in("read/one"), O_WRONLY);
}
static long makes_elsewhere(void)
{
    return open_to(in("new"), O_WRONLY | O_CREAT);
}
static long makes_in_read_only(void)
{
    return open_to(in("read/new"), O_WRONLY | O_CREAT);
}
static long removes_elsewhere(void)
{
    return unlink(in("other"));
}
static long makes_link(void)
{
    return symlink("/etc/passwd", in("write/link"));
}
static long moves_out(void)
{
    return rename(in("write/one"), "/tmp/cage-moved");
}
static long truncates_read_only(void)
{
    return truncate(in("read/one"), 0);
}

static long replaces(void)
{
    char old[256];
    int fd = open(in("write/new"), O_WRONLY | O_CREAT | O_EXCL, 0600);

    if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0)
        return -1;
    snprintf(old, sizeof old, "%s", in("write/new"));
    return rename(old, in("write/one"));
}

/* ---- calls ---- */

#ifdef __linux__
#include <linux/keyctl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static long makes_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
static long makes_local_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static long makes_udp_socket(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0);
}
static long makes_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0);
}
static long makes_socket_pair(void)
{
    return socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0, 0});
}
static long connects(void)
{
    return connect(0, NULL, 0);
}
static long sends(void)
{
    return sendto(0, "x", 1, 0, NULL, 0);
}
static long uses_io_uring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL);
}
static long runs(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}
static long forks(void)
{
    return fork();
}
static long traces(void)
{
    return syscall(SYS_ptrace, 0, 0, 0, 0);
}
static long signals_parent(void)
{
    return kill(getppid(), 0);
}
static long signals_group(void)
{
    return kill(0, 0);
}
static long signals_all(void)
{
    return kill(-1, 0);
}
static long signals_itself(void)
{
    return kill(getpid(), 0);
}
static long signals_thread(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0);
}
static long opens_pidfd(void)
{
    return syscall(SYS_pidfd_open, getppid(), 0);
}
static long mounts(void)
{
    return syscall(SYS_mount, "", "", "", 0, NULL);
}
static long unshares(void)
{
    return syscall(SYS_unshare, 0x10000000);
}
static long uses_bpf(void)
{
    return syscall(SYS_bpf, 0, NULL, 0);
}
static long counts_events(void)
{
    return syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0);
}
static long types_into_terminal(void)
{
    return ioctl(0, TIOCSTI, "x");
}
static long asks_terminal(void)
{
    return ioctl(0, FIONREAD, &(int){0}) < 0 && errno == EPERM ? -1 : 0;
}
static long reads_keyring(void)
{
    return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0);
}

static long reads_memory(void)
{
    return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static long maps_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? -1
               : 0;
}

static long makes_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page == MAP_FAILED ? 0 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long locks_memory(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page == MAP_FAILED || mprotect(page, 4096, PROT_READ) != 0 ||
                   (mlock(page, 4096) != 0 && errno == EPERM)
               ? -1
               : 0;
}

static long raises(void)
{
    signal(SIGUSR1, SIG_IGN);
    return raise(SIGUSR1) == 0 ? 0 : -1;
}

/* 1: the child could not write; 0: it could, or could not be started. */
static long child_is_limited(void)
{
    char command[512];
    pid_t child = fork();
    int status = -1;

    snprintf(command, sizeof command, "echo x 2>/dev/null >%s", in("child"));
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(0);
    }
    waitpid(child, &status, 0);
    errno = EPERM;
    return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? -1 : 0;
}

static long child_runs(void)
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : -1;
}
#endif

struct attempt {
    const char *name;
    long (*what)(void);
    int expected;
};

static void try_all(const char *cage, enum cage_children children, const struct attempt *all,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int got = attempt(children, all[i].what);

        check(got == all[i].expected, "%s: %s: %s", cage, all[i].name,
              all[i].expected == DENIED ? "denied" : "works");
        if (got != all[i].expected)
            printf("# outcome %d\n", got);
    }
}

static const struct attempt files[] = {
    {"reads a file that was named", reads_file, WORKED},
    {"reads a file in a folder that was named", reads_folder, WORKED},
    {"lists a folder that was named", lists_folder, WORKED},
    {"replaces a file where it may write", replaces, WORKED},
    {"reads through a symbolic link that leads out", reads_link_out, DENIED},
    {"reads another file", reads_other, DENIED},
    {"reads a file of the system", reads_system, DENIED},
    {"lists another folder", lists_other, DENIED},
    {"writes a file that it may only read", writes_read_only, DENIED},
    {"truncates a file that it may only read", truncates_read_only, DENIED},
    {"makes a file elsewhere", makes_elsewhere, DENIED},
    {"makes a file where it may only read", makes_in_read_only, DENIED},
    {"removes a file elsewhere", removes_elsewhere, DENIED},
    {"makes a symbolic link", makes_link, DENIED},
    {"moves a file out", moves_out, DENIED},
};

#ifdef __linux__
static const struct attempt calls[] = {
    {"makes a TCP socket", makes_socket, DENIED},
    {"makes a UDP socket", makes_udp_socket, DENIED},
    {"makes a local socket", makes_local_socket, DENIED},
    {"makes a netlink socket", makes_netlink, DENIED},
    {"makes a pair of sockets", makes_socket_pair, DENIED},
    {"connects", connects, DENIED},
    {"sends", sends, DENIED},
    {"uses io_uring", uses_io_uring, DENIED},
    {"traces a process", traces, DENIED},
    {"reads another process's memory", reads_memory, DENIED},
    {"opens another process", opens_pidfd, DENIED},
    {"mounts", mounts, DENIED},
    {"makes a namespace", unshares, DENIED},
    {"uses bpf", uses_bpf, DENIED},
    {"counts events", counts_events, DENIED},
    {"types into the terminal", types_into_terminal, DENIED},
    {"reads the keyring", reads_keyring, WORKED},
    {"asks about a terminal", asks_terminal, WORKED},
    {"locks memory", locks_memory, WORKED},
    {"raises a signal", raises, WORKED},
};

static const struct attempt no_children[] = {
    {"runs a program", runs, DENIED},
    {"forks", forks, DENIED},
    {"sends a signal to its parent", signals_parent, DENIED},
    {"sends a signal to its group", signals_group, DENIED},
    {"sends a signal to everybody", signals_all, DENIED},
    {"sends a signal to another's thread", signals_thread, DENIED},
    {"maps code", maps_code, DENIED},
    {"makes data into code", makes_code, DENIED},
    {"sends a signal to itself", signals_itself, WORKED},
};

static const struct attempt keeps_exec[] = {
    {"runs a program", child_runs, WORKED},
    {"what it runs writes elsewhere", child_is_limited, DENIED},
};
#endif

/* ---- the filter, step by step ---- */

#ifdef ARCH
static uint32_t ask(const struct filter *f, const struct seccomp_data *call)
{
    uint32_t loaded = 0;

    for (size_t at = 0; at < f->len; at++) {
        const struct sock_filter *s = &f->at[at];
        bool yes;

        if (s->code == (BPF_RET | BPF_K))
            return s->k;
        if (s->code == (BPF_LD | BPF_W | BPF_ABS)) {
            memcpy(&loaded, (const char *)call + s->k, sizeof loaded);
            continue;
        }
        yes = BPF_OP(s->code) == BPF_JEQ   ? loaded == s->k
              : BPF_OP(s->code) == BPF_JGE ? loaded >= s->k
              : BPF_OP(s->code) == BPF_JGT ? loaded > s->k
                                           : (loaded & s->k) != 0;
        at += yes ? s->jt : s->jf;
    }
    return UINT32_MAX; /* past its end */
}

static bool is_listed(const int *list, size_t count, uint32_t number)
{
    size_t i = 0;

    while (i < count && (uint32_t)list[i] != number)
        i++;
    return i < count;
}

static bool is_denied(uint32_t number, enum cage_children children)
{
#ifdef __x86_64__
    if (number >= X32_BIT)
        return true;
#endif
    return is_listed(denied, sizeof denied / sizeof *denied, number) ||
           (children == CAGE_NO_CHILDREN &&
            is_listed(denied_children, sizeof denied_children / sizeof *denied_children, number));
}

/* With every number, and arguments that no rule about arguments minds. */
static void test_filter(enum cage_children children)
{
    static const uint32_t far[] = {0x3FFFFFFF, 0x40000000, 0x40000029, 0x7FFFFFFF, 0xFFFFFFFF};
    struct seccomp_data call = {.arch = ARCH};
    uint32_t pid = (uint32_t)getpid();
    size_t wrong = 0;
    struct filter f;

    f.count = f.len = 0;
    choose_rules(&f, children);
    check(f.len < FILTER_MAX && f.count < RULES_MAX, "the filter is whole: %d steps", (int)f.len);
    for (uint32_t i = 0; i < 2000 + sizeof far / sizeof *far; i++) {
        uint32_t number = i < 2000 ? i : far[i - 2000];
        bool wants_pid = number == SYS_kill || number == SYS_tgkill;

        call.nr = (int)number;
        memset(call.args, 0, sizeof call.args);
        memcpy((char *)&call + argument(0), &(uint32_t){wants_pid ? pid : 0}, sizeof pid);
        wrong += ask(&f, &call) != (is_denied(number, children) ? refuse : SECCOMP_RET_ALLOW);
    }
    check(wrong == 0, "it denies what is in the list, and nothing else");
    call.arch = ARCH ^ 1;
    call.nr = SYS_read;
    check(ask(&f, &call) == refuse, "it denies all that comes in another machine's way");
}
#endif

static void make(const char *name, bool folder)
{
    int fd = folder ? mkdir(in(name), 0700) : open(in(name), O_WRONLY | O_CREAT, 0600);

    if (fd < 0) {
        perror(name);
        exit(1);
    }
    if (!folder)
        close(fd);
}

static void clear(void)
{
    static const char *const names[] = {"write/one", "write/new", "write/link", "read/link",
                                        "read/one",  "read/new",  "file",       "other",
                                        "child",     "new"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in(names[i]));
    rmdir(in("write"));
    rmdir(in("read"));
    rmdir(top);
}

int main(void)
{
    struct cage_limits here = cage_probe();

    if (!mkdtemp(top))
        return 1;
    make("write", true);
    make("read", true);
    make("write/one", false);
    make("read/one", false);
    make("file", false);
    make("other", false);
    if (symlink(top, in("read/link")) != 0)
        return 1;
    if (here.files)
        try_all("files", CAGE_NO_CHILDREN, files, sizeof files / sizeof *files);
    else
        tap_skip("this kernel has no Landlock");
#ifdef __linux__
#ifdef ARCH
    test_filter(CAGE_NO_CHILDREN);
    test_filter(CAGE_KEEPS_EXEC);
#endif
    if (here.calls) {
        try_all("no children", CAGE_NO_CHILDREN, calls, sizeof calls / sizeof *calls);
        try_all("keeps exec", CAGE_KEEPS_EXEC, calls, sizeof calls / sizeof *calls);
        try_all("no children", CAGE_NO_CHILDREN, no_children,
                sizeof no_children / sizeof *no_children);
        try_all("keeps exec", CAGE_KEEPS_EXEC, keeps_exec, sizeof keeps_exec / sizeof *keeps_exec);
    } else {
        tap_skip("this kernel has no seccomp filters");
    }
#endif
    clear();
    return tap_done();
}
