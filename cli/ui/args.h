/* A command line: the verb, its operands and options. */
#ifndef VAULT_ARGS_H
#define VAULT_ARGS_H

#include "ui/options.h"
#include "ui/status.h"

struct verb;

struct given {
    enum opt opt;
    const char *value; /* NULL: none */
};

struct args {
    const char *program;      /* the name by which we were called, or "vault" */
    const char *called_as;    /* argv[0] */
    const struct verb *verbs; /* up to a row without a name */
    const struct verb *verb;
    const char **operands;
    int count;
    char **command;      /* what stands behind "--"; NULL if there is none. Ends in NULL */
    struct given *given; /* in the order typed */
    int given_count;
    bool failed; /* not for what was typed: there was no memory */
};

/* False after a message. args_free in either case. */
bool args_read(int argc, char **argv, const struct verb *verbs, struct args *args);
void args_free(struct args *args);

bool args_has(const struct args *args, enum opt opt);
const char *args_last(const struct args *args, enum opt opt); /* NULL: not given */

/* Whether an option that takes a list, and may be repeated, names this one. */
bool args_lists(const struct args *args, enum opt opt, const char *name);

/* All names of an option that takes a list and may be repeated: one block to be freed, with room
 * for one more. NULL after a message. */
const char **args_names(const struct args *args, enum opt opt, size_t *count);

#endif
