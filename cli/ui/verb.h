/* A row of the table of verbs describes everything about a verb except its code. The parser of the
 * command line, the session, help and completion all read it. */
#ifndef VAULT_VERB_H
#define VAULT_VERB_H

#include "ui/args.h"

enum {
    READS = 1 << 0,         /* changes nothing, so needs no author */
    LOOKS = 1 << 1,         /* also hands out no value, so it does not pin a new key */
    MANY_ENVS = 1 << 2,     /* -e may name several environments, otherwise at most one */
    TAKES_COMMAND = 1 << 3, /* after "--"; vault's own failures exit with 125 */
    CAGED = 1 << 4, /* see cage.h; starts no program, except git: --output, --history, --rev */
    CAGED_ON_STDIN =
        1 << 5,         /* the same if the new text comes from stdin; otherwise after the editor */
    ASKS_GIT = 1 << 6,  /* starts git, in the same cage */
    STAGES = 1 << 7,    /* git may write to the repository */
    HANDS_OUT = 1 << 8, /* values, or the means to get them: not to a coding agent, see agent.h */
    NO_ENV = 1 << 9,    /* does not take -e */
    GIVES = 1 << 12,    /* wraps an environment's key to readers, which may need a plugin */
    DESTROYS = 1 << 10, /* suggested only for a word with one wrong letter */
    LAYERS = 1 << 11,   /* -e may name several environments, each a layer over the one before */
};

enum { VERB_OPTIONS = 14, VERB_OTHERS = 8, ANY_NUMBER = -1 };

/* Overrides options[] for one verb. */
struct own_option {
    enum opt opt;
    const char *help;
    bool no_value; /* takes no value here */
};

struct verb {
    const char *group; /* the heading in help; NULL: as in the row above */
    const char *name, *operands, *summary;
    const char *others[VERB_OTHERS]; /* names in other tools */
    enum status (*run)(const struct args *args);
    int least, most;       /* number of operands; most may be ANY_NUMBER */
    unsigned first, later; /* what the operands name */
    unsigned flags;
    enum opt options[VERB_OPTIONS + 1]; /* ends in OPT_END; without the global ones */
    struct own_option own[VERB_OPTIONS + 1];
    const char *details; /* what the summary leaves out, and examples */
};

/* The verb of this name. NULL after a message that suggests what the word means in other tools, or
 * a similar name. verbs ends in a row
 * without a name. */
const struct verb *verb_find(const struct verb *verbs, const char *name);

/* Hints at the verb, with the operands that it needs. */
void verb_hint(const struct verb *verb);

/* The verb of this name; NULL without a message. */
const struct verb *verb_named(const struct verb *verbs, const char *name);

/* Describes an option as this verb takes it (verb NULL: not known yet). False if the verb does not
 * take it. */
bool verb_option(const struct verb *verb, enum opt opt, struct option *as);

#endif
