/* A row of the table of verbs. */
#ifndef VAULT_VERB_H
#define VAULT_VERB_H

#include "ui/args.h"

enum { VERB_OPTIONS = 16 };

enum {
    READS = 1,     /* it changes nothing, and so has no author */
    LOOKS = 2,     /* it hands out no value either: a key that is new here is not pinned */
    MANY_ENVS = 4, /* -e names any number of environments */
    CAGED = 8,     /* see cage.h; it starts no other program, but git with --output, --history */
    CAGED_ON_STDIN = 16, /* the same, if it reads the new text from stdin */
    ASKS_GIT = 32,       /* it starts git, in the same cage */
    ANY_FILE = 64,       /* which must be able to write: files are not limited */
};

struct verb {
    const char *group; /* a heading in help; NULL: the same as above */
    const char *name, *operands, *summary;
    enum status (*run)(const struct args *args);
    int least, most; /* operands; most -1: any number */
    enum opt options[VERB_OPTIONS];
    const char *details; /* examples and what the summary leaves out */
    unsigned flags;
};

#endif
