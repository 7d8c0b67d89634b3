/* A parsed command line: the verb, its operands and options. */
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
    const struct verb *verbs; /* ends in a row without a name */
    const struct verb *verb;
    const char **operands;
    int count;
    char **command;      /* the words after "--", ending in NULL; NULL without "--" */
    struct given *given; /* in the order typed */
    int given_count;
    bool failed; /* out of memory, as opposed to a usage error */
};

/* False after a message. Call args_free in either case. */
bool args_read(int argc, char **argv, const struct verb *verbs, struct args *args);
void args_free(struct args *args);

bool args_has(const struct args *args, enum opt opt);
const char *args_last(const struct args *args, enum opt opt); /* NULL: not given */

/* Whether the values of a list option, which may be repeated, include this name. */
bool args_lists(const struct args *args, enum opt opt, const char *name);

/* Whether a list option gives more than one name, in one value or in several. */
bool args_several(const struct args *args, enum opt opt);

/* All names in the values of a list option, which may be repeated. The caller frees the array,
 * which has room for one more pointer. NULL after a message. */
const char **args_names(const struct args *args, enum opt opt, size_t *count);

#endif
