/* The environment of a program that is started with selected values. */
#ifndef VAULT_ENVIRON_H
#define VAULT_ENVIRON_H

#include "selection.h"

struct environ_rules {
    struct selection_names allowed; /* of the dangerous names */
    const char *const *files;       /* the path of a file for each value: NAME_FILE is set to it, in
                                     * place of NAME. NULL: the values themselves are set */
    bool is_clean;                  /* of our own variables only PATH, HOME and their like stay */
    bool keeps_present;             /* a variable that we have is not set anew */
};

/* MUST be false for what opens the vault: no program that we start may have it.
 * variable: "NAME=VALUE", of our own environment. */
bool environ_is_inherited(const char *variable);

/* What no environment can carry, and what makes a known program run other code. ERR_INVALID. */
enum err_code environ_check(const struct vault_selection *s, const struct environ_rules *rules,
                            struct err *err) __attribute__((warn_unused_result));

/* What stays of our own variables, then the selected ones, then NULL. The list is to be freed; its
 * strings are ours, the selection's and the arena's. NULL: no memory. */
char **environ_make(const struct vault_selection *s, const struct environ_rules *rules,
                    char *const *ours, struct arena *arena) __attribute__((warn_unused_result));

#endif
