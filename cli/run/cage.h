/* What this process gives up before it parses what strangers wrote: files that it does not need,
 * the network, other programs.
 *
 * The parsers are tested, fuzzed and bounded. If one of them is wrong all the same, the kernel
 * limits the harm: Landlock and a seccomp filter on Linux, unveil and pledge on OpenBSD. Where the
 * kernel has none of them, entering the cage changes nothing, and `vault doctor` says so.
 *
 * A cage cannot be left, and children inherit it. So a verb that starts somebody's own command,
 * such as an editor, enters it after that command has ended, and exec never does. */
#ifndef VAULT_CAGE_H
#define VAULT_CAGE_H

#include <stdbool.h>

enum cage_access {
    CAGE_READ,  /* a file, or a folder with all that is in it */
    CAGE_RUN,   /* the same, and programs there can be run */
    CAGE_WRITE, /* as CAGE_READ, and files there can be made, replaced and removed */
};

enum cage_children {
    CAGE_NO_CHILDREN, /* the process can start no other program */
    CAGE_KEEPS_EXEC,  /* it can, and the programs are in the same cage */
};

struct cage {
    int ruleset; /* -1: files are not limited */
    unsigned long long rights;
};

/* What the kernel enforces. */
struct cage_limits {
    bool files, calls;
};

/* The cage will only let through what cage_allow names. */
void cage_begin(struct cage *c);

/* A path that is not there is passed over. */
void cage_allow(struct cage *c, const char *path, enum cage_access access);

/* Gives it up, without entering. Accepts one that was entered. */
void cage_free(struct cage *c);

/* From here on this process and its children are limited. */
struct cage_limits cage_enter(struct cage *c, enum cage_children children);

/* What cage_enter would reach here. */
struct cage_limits cage_probe(void);

#endif
