/* The cage; see cage.h. Each operating system has its own part of this file. */
#define _GNU_SOURCE 1 /* O_PATH, syscall */ /* NOLINT(*-reserved-identifier,cert-*) */
#include "cage.h"

#include <stddef.h>

/* At exit LeakSanitizer traces the process, which the cage denies. */
#if defined __SANITIZE_ADDRESS__
#define SANITIZED
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#if defined __linux__ && !defined SANITIZED
/* ---- Linux: Landlock limits files, seccomp limits system calls ----
 *
 * The filter lists denied calls, not allowed ones, so it still works when a libc starts to use
 * another call for the same purpose. A denied call fails with EPERM. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __has_include
#if __has_include( \
    <linux/seccomp.h>) && __has_include(<linux/filter.h>) && __has_include(<linux/audit.h>)
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#endif
#endif

/* Landlock's numbers, which older kernel headers lack. They are part of the kernel's ABI. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* Version 1 cannot allow a rename into another folder. */
enum { RULE_PATH_BENEATH = 1, VERSION_FLAG = 1, OLDEST_ABI = 2, BEST_ABI = 6 };

struct ruleset {
    uint64_t files, net, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

#define RIGHT(n) (1ULL << (n))
#define READ_FILE RIGHT(2)
#define READ_RIGHTS (READ_FILE | RIGHT(3)) /* and read a folder */
#define RUN RIGHT(0)
/* Write and truncate files; create, remove and move regular files and folders. */
#define WRITE_RIGHTS (RIGHT(1) | RIGHT(14) | RIGHT(4) | RIGHT(5) | RIGHT(7) | RIGHT(8) | RIGHT(13))
#define FILE_RIGHTS (RUN | RIGHT(1) | READ_FILE | RIGHT(14) | RIGHT(15))

/* The rights that each version of Landlock knows. */
static uint64_t known_rights(long abi)
{
    uint64_t rights = RIGHT(14) - 1; /* from execute to rename between folders */

    if (abi >= 3)
        rights |= RIGHT(14); /* truncate */
    if (abi >= 5)
        rights |= RIGHT(15); /* ioctl of a device */
    return rights;
}

static long landlock_abi(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
}

void cage_begin(struct cage *c)
{
    long abi = landlock_abi();
    struct ruleset r = {.files = known_rights(abi)};

    *c = (struct cage){.ruleset = -1};
    if (abi < OLDEST_ABI)
        return;
    if (abi >= 4)
        r.net = RIGHT(0) | RIGHT(1); /* bind, connect */
    if (abi >= BEST_ABI)
        r.scoped = RIGHT(0) | RIGHT(1); /* abstract sockets, signals to processes outside */
    c->rights = r.files;
    c->ruleset = (int)syscall(SYS_landlock_create_ruleset, &r,
                              abi >= BEST_ABI ? sizeof r
                              : abi >= 4      ? 16
                                              : 8,
                              0);
}

void cage_allow(struct cage *c, const char *path, enum cage_access access)
{
    struct path_rule rule = {.allowed = READ_RIGHTS};
    struct stat st;

    if (c->ruleset < 0)
        return;
    rule.parent = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent < 0)
        return;
    if (access == CAGE_WRITE)
        rule.allowed |= WRITE_RIGHTS;
    if (access == CAGE_RUN)
        rule.allowed |= RUN;
    if (fstat(rule.parent, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed &= FILE_RIGHTS;
    if (S_ISCHR(st.st_mode))
        rule.allowed |= RIGHT(15); /* terminal settings */
    rule.allowed &= c->rights;
    syscall(SYS_landlock_add_rule, c->ruleset, RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent);
}

void cage_free(struct cage *c)
{
    if (c->ruleset >= 0)
        close(c->ruleset);
    c->ruleset = -1;
}

static bool limit_files(struct cage *c)
{
    bool good = c->ruleset >= 0 && syscall(SYS_landlock_restrict_self, c->ruleset, 0) == 0;

    cage_free(c);
    return good;
}

#if defined SECCOMP_MODE_FILTER && defined AUDIT_ARCH_X86_64
#if defined __x86_64__ && !defined __ILP32__
#define ARCH AUDIT_ARCH_X86_64
#elif defined __i386__
#define ARCH AUDIT_ARCH_I386
#elif defined __aarch64__
#define ARCH AUDIT_ARCH_AARCH64
#elif defined __arm__
#define ARCH AUDIT_ARCH_ARM
#elif defined __riscv && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined __s390x__
#define ARCH AUDIT_ARCH_S390X
#endif
#endif

#ifdef ARCH
enum { X32_BIT = 0x40000000 };

/* Calls that are never needed. Some architectures lack some of them. */
static const int denied[] = {
    /* the network, and ways around it */
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept4,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
#ifdef SYS_accept
    SYS_accept,
#endif
#ifdef SYS_socketcall
    SYS_socketcall,
#endif
#ifdef SYS_io_uring_setup
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
#endif
    /* other processes */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_kcmp,
#ifdef SYS_pidfd_open
    SYS_pidfd_open,
    SYS_pidfd_send_signal,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
#ifdef SYS_process_madvise
    SYS_process_madvise,
#endif
    /* the system */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_acct,
#ifdef SYS_settimeofday
    SYS_settimeofday,
#else /* musl on 32 bits */
    SYS_settimeofday_time32,
#endif
#ifdef SYS_clock_settime
    SYS_clock_settime,
#else
    SYS_clock_settime32,
#endif
#ifdef SYS_clock_settime64
    SYS_clock_settime64,
#endif
    SYS_sethostname,
    SYS_setdomainname,
    SYS_quotactl,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_perf_event_open,
    SYS_bpf,
    SYS_request_key,
    SYS_personality,
    SYS_mknodat,
#ifdef SYS_mknod
    SYS_mknod,
#endif
#ifdef SYS_iopl
    SYS_iopl,
    SYS_ioperm,
#endif
#ifdef SYS_userfaultfd
    SYS_userfaultfd,
#endif
#ifdef SYS_open_tree
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
#endif
#ifdef SYS_mount_setattr
    SYS_mount_setattr,
#endif
};

/* Starting a program or a process. */
static const int denied_children[] = {
    SYS_execve, SYS_execveat, SYS_clone,
#ifdef SYS_fork
    SYS_fork,
#endif
#ifdef SYS_vfork
    SYS_vfork,
#endif
#ifdef SYS_clone3
    SYS_clone3,
#endif
};

/* Denies a call if an argument passes a test. */
struct argument_rule {
    int number, argument;
    uint16_t test;
    bool passes; /* false: denies it if the argument fails the test */
    uint32_t k;
};

enum { RULES_MAX = 128, FILTER_MAX = 256, ARGUMENT_RULES = 5, ARGUMENT_STEPS = 4, LEAF = 3 };

/* A range of call numbers, and the instruction after the search that they jump to. */
struct rule {
    uint32_t from, to;
    uint8_t goes_to;
};

enum { TO_ALLOW, TO_REFUSE, TO_ARGUMENTS };

struct filter {
    struct rule rules[RULES_MAX];
    size_t count;
    struct sock_filter at[FILTER_MAX];
    unsigned short len;
};

static const uint32_t refuse = SECCOMP_RET_ERRNO | EPERM;

static void step(struct filter *f, uint16_t code, size_t yes, size_t no, uint32_t k)
{
    if (f->len < FILTER_MAX)
        f->at[f->len++] = (struct sock_filter){code, (uint8_t)yes, (uint8_t)no, k};
}

static void load(struct filter *f, size_t place)
{
    step(f, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)place);
}

static void add_answer(struct filter *f, uint32_t action)
{
    step(f, BPF_RET | BPF_K, 0, 0, action);
}

/* Tests the loaded value; yes and no are the numbers of instructions to skip. */
static void test(struct filter *f, uint16_t code, uint32_t k, size_t yes, size_t no)
{
    step(f, (uint16_t)(BPF_JMP | code | BPF_K), yes, no, k);
}

/* Inserts a rule; rules are sorted by number. */
static void add_rule(struct filter *f, uint32_t from, uint32_t to, size_t goes_to)
{
    size_t place = f->count;

    if (f->count == RULES_MAX)
        return;
    for (f->count++; place > 0 && f->rules[place - 1].from > from; place--)
        f->rules[place] = f->rules[place - 1];
    f->rules[place] = (struct rule){from, to, (uint8_t)goes_to};
}

static void deny(struct filter *f, const int *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_rule(f, (uint32_t)numbers[i], (uint32_t)numbers[i], TO_REFUSE);
}

/* Joins rules with consecutive numbers. */
static void join_rules(struct filter *f)
{
    size_t kept = 0;

    for (size_t i = 1; i < f->count; i++)
        if (f->rules[i].goes_to == TO_REFUSE && f->rules[kept].goes_to == TO_REFUSE &&
            f->rules[i].from - 1 <= f->rules[kept].to)
            f->rules[kept].to = f->rules[i].to;
        else
            f->rules[++kept] = f->rules[i];
    f->count = kept + 1;
}

static size_t steps_of_rule(const struct rule *r)
{
    return r->from == r->to || r->to == UINT32_MAX ? 1 : 2;
}

static size_t steps_of_search(const struct rule *rules, size_t count)
{
    size_t half = count / 2, steps = 0;

    if (count > LEAF)
        return 1 + steps_of_search(rules, half) + steps_of_search(rules + half, count - half);
    for (size_t i = 0; i < count; i++)
        steps += steps_of_rule(&rules[i]);
    return steps;
}

/* A binary search for the loaded number: it runs at each system call. */
static void search(struct filter *f, const struct rule *rules, size_t count, size_t end)
{
    size_t half = count / 2;

    if (count > LEAF) {
        test(f, BPF_JGE, rules[half].from, steps_of_search(rules, half), 0);
        search(f, rules, half, end);
        search(f, rules + half, count - half, end);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        size_t last = i + 1 == count, more = steps_of_rule(&rules[i]) - 1;
        size_t away = end - f->len - 1;

        if (more) { /* if it is below the range, skip both instructions */
            test(f, BPF_JGE, rules[i].from, 0, last ? away + TO_ALLOW : 1);
            away--;
            test(f, BPF_JGT, rules[i].to, last ? away + TO_ALLOW : 0, away + rules[i].goes_to);
        } else {
            test(f, rules[i].to == UINT32_MAX ? BPF_JGE : BPF_JEQ, rules[i].from,
                 away + rules[i].goes_to, last ? away + TO_ALLOW : 0);
        }
    }
}

/* The offset of the low half of an argument. */
static size_t argument(int n)
{
    size_t low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;

    return offsetof(struct seccomp_data, args) + (size_t)n * 8 + low;
}

/* Since 5.11, Linux runs a new filter once for each call number, to cache which ones it always
 * allows. That takes longer than all calls of one run. Linux skips it if the filter first loads a
 * value that is unknown before a call. */
static void write_filter(struct filter *f, const struct argument_rule *arguments, size_t count)
{
    join_rules(f);
    load(f, offsetof(struct seccomp_data, instruction_pointer));
    load(f, offsetof(struct seccomp_data, arch));
    test(f, BPF_JEQ, ARCH, 1, 0);
    add_answer(f, refuse);
    load(f, offsetof(struct seccomp_data, nr));
    search(f, f->rules, f->count, f->len + steps_of_search(f->rules, f->count));
    add_answer(f, SECCOMP_RET_ALLOW);
    add_answer(f, refuse);
    for (size_t i = 0; i < count; i++) {
        load(f, argument(arguments[i].argument));
        test(f, arguments[i].test, arguments[i].k, arguments[i].passes, !arguments[i].passes);
        add_answer(f, SECCOMP_RET_ALLOW);
        add_answer(f, refuse);
    }
}

static void choose_rules(struct filter *f, enum cage_children children)
{
#ifdef SYS_mmap2
    const int map = SYS_mmap2;
#else
    const int map = SYS_mmap;
#endif
    const uint32_t self = (uint32_t)getpid();
    const struct argument_rule arguments[ARGUMENT_RULES] = {
        {SYS_ioctl, 1, BPF_JEQ, true, TIOCSTI}, /* inserts terminal input */
        {SYS_kill, 0, BPF_JEQ, false, self},
        {SYS_tgkill, 0, BPF_JEQ, false, self},
        {SYS_mprotect, 2, BPF_JSET, true, PROT_EXEC}, /* no code is loaded later */
        {map, 2, BPF_JSET, true, PROT_EXEC}};
    size_t count = children == CAGE_NO_CHILDREN ? ARGUMENT_RULES : 1;

    deny(f, denied, sizeof denied / sizeof *denied);
    if (children == CAGE_NO_CHILDREN)
        deny(f, denied_children, sizeof denied_children / sizeof *denied_children);
#ifdef __x86_64__
    add_rule(f, X32_BIT, UINT32_MAX, TO_REFUSE); /* the x32 ABI: a second number for each call */
#endif
    for (size_t i = 0; i < count; i++)
        add_rule(f, (uint32_t)arguments[i].number, (uint32_t)arguments[i].number,
                 TO_ARGUMENTS + ARGUMENT_STEPS * i);
    write_filter(f, arguments, count);
}

static bool limit_calls(enum cage_children children)
{
    struct filter f;
    struct sock_fprog program;

    f.count = f.len = 0; /* the arrays are written before they are read */
    choose_rules(&f, children);
    program = (struct sock_fprog){f.len, f.at};
    return f.len < FILTER_MAX && f.count < RULES_MAX &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static bool calls_can_be_limited(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}
#else
static bool limit_calls(enum cage_children children)
{
    (void)children;
    return false;
}

static bool calls_can_be_limited(void)
{
    return false;
}
#endif

struct cage_limits cage_enter(struct cage *c, enum cage_children children)
{
    struct cage_limits reached = {false, false};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        reached.files = limit_files(c);
        reached.calls = limit_calls(children);
    }
    cage_free(c);
    return reached;
}

struct cage_limits cage_probe(void)
{
    return (struct cage_limits){landlock_abi() >= OLDEST_ABI, calls_can_be_limited()};
}

#elif defined __OpenBSD__
/* ---- OpenBSD ---- */
#include <unistd.h>

void cage_begin(struct cage *c)
{
    *c = (struct cage){.ruleset = -1};
}

void cage_allow(struct cage *c, const char *path, enum cage_access access)
{
    (void)c;
    unveil(path, access == CAGE_WRITE ? "rwc" : access == CAGE_RUN ? "rx" : "r");
}

void cage_free(struct cage *c)
{
    (void)c;
}

/* With "error", mlock, which no pledge promise covers, fails instead of ending the process. Memory
 * allocated from now on can be swapped out; OpenBSD encrypts its swap. */
struct cage_limits cage_enter(struct cage *c, enum cage_children children)
{
    struct cage_limits reached;

    (void)c;
    reached.files = unveil(NULL, NULL) == 0;
    reached.calls = pledge(children == CAGE_KEEPS_EXEC
                               ? "error stdio rpath wpath cpath fattr flock tty proc exec"
                               : "error stdio rpath wpath cpath fattr flock tty",
                           NULL) == 0;
    return reached;
}

struct cage_limits cage_probe(void)
{
    return (struct cage_limits){true, true};
}

#else
/* ---- other systems: no cage ---- */

void cage_begin(struct cage *c)
{
    *c = (struct cage){.ruleset = -1};
}

void cage_allow(struct cage *c, const char *path, enum cage_access access)
{
    (void)c;
    (void)path;
    (void)access;
}

void cage_free(struct cage *c)
{
    (void)c;
}

struct cage_limits cage_enter(struct cage *c, enum cage_children children)
{
    (void)c;
    (void)children;
    return (struct cage_limits){false, false};
}

struct cage_limits cage_probe(void)
{
    return (struct cage_limits){false, false};
}
#endif
