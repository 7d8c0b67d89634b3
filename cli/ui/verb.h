/* A row of the table of verbs: all that is known of a verb but what it does. Whatever depends on
 * which verb it is reads this: the command line, the session, help, completion. */
#ifndef VAULT_VERB_H
#define VAULT_VERB_H

#include "ui/args.h"

enum {
    READS = 1 << 0,         /* it changes nothing, and so has no author */
    LOOKS = 1 << 1,         /* it hands out no value either: a key that is new here is not pinned */
    MANY_ENVS = 1 << 2,     /* -e may name several environments; else it names one at most */
    TAKES_COMMAND = 1 << 3, /* after "--"; its own failures have exit statuses of their own */
    CAGED = 1 << 4, /* see cage.h; it starts no other program, but git with --output, --history */
    CAGED_ON_STDIN =
        1 << 5,        /* the same, if it reads the new text from stdin; else after the editor */
    ASKS_GIT = 1 << 6, /* it starts git, in the same cage */
    STAGES = 1 << 7,   /* which may write to the repository */
    NO_ENV = 1 << 8    /* it has no use for -e, and does not take it */
};

enum { VERB_OPTIONS = 12, VERB_OTHERS = 3, ANY_NUMBER = -1 };

/* Where an option differs from what options[] says of it. */
struct own_option {
    enum opt opt;
    const char *help;
    bool no_value; /* it takes none here */
};

struct verb {
    const char *group; /* a heading in help; NULL: the same as above */
    const char *name, *operands, *summary;
    const char *others[VERB_OTHERS]; /* what other tools call it */
    enum status (*run)(const struct args *args);
    int least, most;       /* operands; most may be ANY_NUMBER */
    unsigned first, later; /* what they name */
    unsigned flags;
    enum opt
        options[VERB_OPTIONS + 1]; /* up to OPT_END; those that every verb takes are not here */
    struct own_option own[VERB_OPTIONS + 1];
    const char *details; /* examples and what the summary leaves out */
};

/* The verb of this name. NULL after a message, with a name that may have been meant. verbs ends in
 * a row without a name. */
const struct verb *verb_find(const struct verb *verbs, const char *name);

/* NULL, without a message: there is none of this name. */
const struct verb *verb_named(const struct verb *verbs, const char *name);

/* An option as a verb (NULL: not known yet) takes it, in *as. False: it does not belong to it. */
bool verb_option(const struct verb *verb, enum opt opt, struct option *as);

#endif
