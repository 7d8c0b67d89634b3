/* The opened vault, as the command line names it. */
#ifndef VAULT_SESSION_H
#define VAULT_SESSION_H

#include "ui/args.h"
#include "vault.h"

struct session {
    const struct args *args;
    vault *v;
    const char *path; /* NULL without a file */
    bool found;       /* by a search: an absolute path whose folders are not symlinks */
    const char *env;  /* of a verb that lays environments over each other, "dev,local" */
    char *layers;     /* the room for that, or NULL */
    bool key_given;   /* by an option or a variable: it is an error if it opens nothing */
};

enum needs {
    NEEDS_PATH, /* the path of the file, which may not exist */
    NEEDS_FILE,
    NEEDS_KEY,
    NEEDS_NEW_FILE,
    NEEDS_VERSIONS, /* credentials for other versions of a file, which may be damaged or deleted; no
                       pins */
    NEEDS_ANY_KEY,  /* the same; without any file, path is NULL */
    NEEDS_PLACE     /* the path of the file, and the credentials */
};

/* Limits this process to what the verb needs (caged.c). STATUS_FAILED after a message. A verb that
 * starts an editor calls the second one, after the last editor has ended; it can still remove its
 * private folder then. */
enum status session_cage(const struct session *s);
enum status session_cage_late(const struct session *s, const char *private);

/* Finds the file, the environment and the credentials. A status other than STATUS_OK comes after a
 * message. Call session_close in either case. */
enum status session_open(struct session *s, const struct args *args, enum needs needs);
void session_close(struct session *s);

/* Whether to print the library's notices. The default is true. */
void session_listen(struct session *s, bool listens);

/* From now on does not prompt for a passphrase: what needs one stays closed. */
void session_ask_nobody(struct session *s);

/* From now on prompts for a passphrase if one is needed, even if a credential was given. */
void session_may_ask(struct session *s);

/* Writes the changes. A status other than STATUS_OK comes after a message. */
enum status session_save(struct session *s);

/* Prints the session's error; for a name that does not exist, with the most similar names. */
enum status session_error(struct session *s, vault_err err);

/* The same, unless there is no error. */
static inline enum status session_check(struct session *s, vault_err err)
{
    return err == VAULT_OK ? STATUS_OK : session_error(s, err);
}

/* Hints at the grant command to send to a reader, with the user's own public key. */
void hint_grant(const struct session *s);
void hint_grant_key(const char *key, const char *env); /* key "": it is not known */

/* Whether the file that is open in v has this environment. */
bool session_has_env(vault *v, const char *env);

/* The environment that -e names, or NULL: for verbs that then work on all of them. */
const char *session_named_env(const struct session *s);

/* The names of all environments that -e gives: at least one. The caller frees the array.
 * STATUS_FAILED after a message. */
enum status session_envs(const struct session *s, const char ***envs, size_t *count);

/* Sets the session's environment to all that -e gives, as vault_select takes them. A verb with the
 * flag LAYERS has it done by session_open. */
enum status session_lay(struct session *s);

#endif
