/* An opened vault. */
#ifndef VAULT_SESSION_H
#define VAULT_SESSION_H

#include "ui/args.h"
#include "vault.h"

struct session {
    const struct args *args;
    vault *v;
    const char *path; /* NULL: there is no file */
    bool found;       /* by a search: the path is absolute, and no folder in it is a symlink */
    const char *env;
    bool key_given; /* by an option or a variable: then one that opens nothing is an error */
};

enum needs {
    NEEDS_PATH, /* where the file is, or would be: it is not opened */
    NEEDS_FILE,
    NEEDS_KEY,
    NEEDS_NEW_FILE,
    NEEDS_VERSIONS, /* the key for other versions of a file, which may be damaged or gone: no pins
                     */
    NEEDS_ANY_KEY,  /* the same, and there may be no file at all: path is NULL */
    NEEDS_PLACE     /* where the file is, and the keys; it is not opened */
};

/* Limits this process to what the verb needs (caged.c). STATUS_FAILED after a message. A verb that
 * starts an editor calls the second one after its last editor, and can then still remove its
 * private folder. */
enum status session_cage(const struct session *s);
enum status session_cage_late(const struct session *s, const char *private);

/* Finds the file, the environment and the keys. On anything but STATUS_OK a message was given.
 * session_close in either case. */
enum status session_open(struct session *s, const struct args *args, enum needs needs);
void session_close(struct session *s);

/* Whether the library's notices are passed on, as they are at first. */
void session_listen(struct session *s, bool listens);

/* From here on no passphrase is asked for: what needs one stays closed. */
void session_ask_nobody(struct session *s);

/* From here on a passphrase that is needed is asked for, also where a key was given. */
void session_may_ask(struct session *s);

/* Writes the changes; STATUS_FAILED or the like after a message. */
enum status session_save(struct session *s);

/* Says the session's error, with the names that are near to one that is not there. */
enum status session_error(struct session *s, vault_err err);

/* The line to pass on, with one's own public key: it ends whatever stays locked. */
void hint_grant(const struct session *s);

/* The environment that was named, for verbs that work on all unless one is; NULL: none. */
const char *session_named_env(const struct session *s);

/* The names of all environments that -e was given: at least one. STATUS_FAILED after a message;
 * free the list. */
enum status session_envs(const struct session *s, const char ***envs, size_t *count);

#endif
