/* What this process gives up before it parses untrusted input: files that it does not need, the
 * network, other programs.
 *
 * The parsers are tested, fuzzed and bounded. If one of them still has a bug, the kernel limits the
 * damage: with Landlock and seccomp on Linux, unveil and pledge on OpenBSD. On a kernel without
 * them the cage does nothing, and `vault doctor` says so.
 *
 * A process cannot leave the cage, and children inherit it. So a verb that starts a command of the
 * user's, such as an editor, enters the cage after that command has ended, and exec never does. */
#ifndef VAULT_CAGE_H
#define VAULT_CAGE_H

#include <stdbool.h>

enum cage_access {
    CAGE_READ,  /* read a file, or a folder and everything in it */
    CAGE_RUN,   /* the same, and run programs there */
    CAGE_WRITE, /* as CAGE_READ, and create, replace and remove files there */
};

enum cage_children {
    CAGE_NO_CHILDREN, /* the process cannot start a program */
    CAGE_KEEPS_EXEC,  /* it can, in the same cage */
};

struct cage {
    int ruleset; /* -1: files are not limited */
    unsigned long long rights;
};

/* What the kernel enforces. */
struct cage_limits {
    bool files, calls;
};

/* Begins a cage that allows only the paths given to cage_allow. */
void cage_begin(struct cage *c);

/* Ignores a path that does not exist. */
void cage_allow(struct cage *c, const char *path, enum cage_access access);

/* Frees the cage, entered or not. */
void cage_free(struct cage *c);

/* Limits this process and its children from now on. */
struct cage_limits cage_enter(struct cage *c, enum cage_children children);

/* The limits that cage_enter would set on this system. */
struct cage_limits cage_probe(void);

#endif
