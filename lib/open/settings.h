/* Which vault, environment, credentials, pins and author a run uses: what the caller names, else
 * what the environment variables say, else the usual places.
 *
 * All of it is decided here at once, from its arguments alone: no file is looked at. */
#ifndef VAULT_SETTINGS_H
#define VAULT_SETTINGS_H

#include "base/err.h"
#include "base/mem.h"
#include "variables.h"

#define SETTINGS_FILE_NAME "vault.toml"
#define SETTINGS_ENV "dev"

/* What the caller names in place of variables. NULL or 0: nothing. */
struct settings_given {
    const char *file, *env, *author;
    const struct settings_file {
        const char *path;
        bool is_passphrase; /* else it holds identities */
    } * files;
    size_t file_count;
    const char *const *pins; /* each "ENV=FINGERPRINT,…" */
    size_t pin_count;
    bool is_new; /* the file is not looked for in the folders above */
};

enum source_kind {
    SOURCE_EMPTY, /* a variable that is set, to nothing */
    SOURCE_IDENTITY,
    SOURCE_IDENTITY_FILE,
    SOURCE_PASSPHRASE,
    SOURCE_PASSPHRASE_FILE,
    SOURCE_KEYRING,
    SOURCE_USUAL_IDENTITY, /* is used if it is there */
    SOURCE_USUAL_SSH       /* is used if it is there, and can be */
};

/* Where credentials come from. */
struct source {
    enum source_kind kind;
    const char *variable; /* whose value it is: a secret is read when it is needed, and not kept */
    const char *path;     /* of a file */
};

struct settings_pin {
    const char *env, *fingerprint;
};

struct settings {
    struct arena arena; /* of all strings */
    const char *file;   /* NULL: it is to be searched for */
    const char *env;
    bool env_is_named; /* by the caller: a variable may be left over from other work */
    const char *pins;  /* the file; NULL: there is no HOME */
    struct settings_pin *pin;
    size_t pin_count;
    bool pin_is_empty;  /* VAULT_PIN */
    const char *author; /* NULL: none */
    bool author_is_gits;
    struct source *sources; /* in the order in which they are tried */
    size_t source_count;
    bool is_key_given; /* then the usual places are not among the sources */
};

/* ERR_INVALID if a pin is not ENV=FINGERPRINT. settings_free in either case. */
enum err_code settings_resolve(const struct settings_given *given,
                               const struct variables *variables, struct settings *out,
                               struct err *err) __attribute__((warn_unused_result));
void settings_free(struct settings *s);

enum settings_folder { SETTINGS_CONFIG, SETTINGS_STATE };

/* The usual place of a file: NAME in $XDG_CONFIG_HOME/vault or $XDG_STATE_HOME/vault. *path is
 * NULL if there is no HOME either. */
enum err_code settings_place(const struct variables *variables, enum settings_folder folder,
                             const char *name, struct arena *arena, const char **path,
                             struct err *err) __attribute__((warn_unused_result));

#endif
