/* Which vault, environment, credentials, pins and author a run uses: those that the caller names,
 * else those in environment variables, else the defaults.
 *
 * All decisions are made here, from the arguments alone; no file is read. */
#ifndef VAULT_SETTINGS_H
#define VAULT_SETTINGS_H

#include "base/err.h"
#include "base/mem.h"
#include "variables.h"

#define SETTINGS_FILE_NAME "vault.toml"
#define SETTINGS_ENV "dev"

/* What the caller names, in place of environment variables. NULL or 0 if nothing. */
struct settings_given {
    const char *file, *env, *author;
    const struct settings_file {
        const char *path;
        bool is_passphrase; /* otherwise identities */
    } * files;
    size_t file_count;
    const char *const *pins; /* each "ENV=FINGERPRINT,…" */
    size_t pin_count;
    bool is_new; /* do not search the folders above */
};

enum source_kind {
    SOURCE_EMPTY, /* a variable that is set but empty */
    SOURCE_IDENTITY,
    SOURCE_IDENTITY_FILE,
    SOURCE_PASSPHRASE,
    SOURCE_PASSPHRASE_FILE,
    SOURCE_KEYRING,
    SOURCE_USUAL_IDENTITY, /* used if it exists */
    SOURCE_USUAL_SSH       /* used if it exists and is usable */
};

/* Where credentials come from. */
struct source {
    enum source_kind kind;
    const char
        *variable;    /* the variable with the value, which is read when needed and not stored */
    const char *path; /* the file */
};

struct settings_pin {
    const char *env, *fingerprint;
};

struct settings {
    struct arena arena; /* holds all strings */
    const char *file;   /* NULL: search for it */
    const char *env;
    bool env_is_named;  /* by the caller: a variable can be left over from other work */
    bool env_is_open;   /* neither by the caller nor by a variable: it may be recorded */
    const char *record; /* the file with recorded defaults; NULL without a HOME */
    const char *pins;   /* the file; NULL without a HOME */
    struct settings_pin *pin;
    size_t pin_count;
    bool pin_is_empty;  /* VAULT_PIN */
    const char *author; /* or NULL */
    bool author_is_gits;
    struct source *sources; /* in the order of use */
    size_t source_count;
    bool is_key_given; /* then the sources exclude the defaults */
};

/* ERR_INVALID if a pin is not ENV=FINGERPRINT. Call settings_free in either case. */
enum err_code settings_resolve(const struct settings_given *given,
                               const struct variables *variables, struct settings *out,
                               struct err *err) __attribute__((warn_unused_result));
void settings_free(struct settings *s);

enum settings_folder { SETTINGS_CONFIG, SETTINGS_STATE };

/* The default path of a file: NAME in $XDG_CONFIG_HOME/vault or $XDG_STATE_HOME/vault, or below
 * HOME. *path is NULL without any of them. */
enum err_code settings_place(const struct variables *variables, enum settings_folder folder,
                             const char *name, struct arena *arena, const char **path,
                             struct err *err) __attribute__((warn_unused_result));

#endif
