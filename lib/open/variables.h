/* This process's environment variables. No other file of the library reads them. */
#ifndef VAULT_VARIABLES_H
#define VAULT_VARIABLES_H

/* The environment variables that vault reads. NULL if not set. */
struct variables {
    const char *home, *config_home, *state_home; /* HOME, XDG_CONFIG_HOME, XDG_STATE_HOME */
    const char *sudo_uid;
    const char *file, *env, *pin, *author; /* VAULT_FILE and so on */
    const char *identity, *identity_file, *passphrase, *passphrase_file;
    const char *git_author; /* GIT_AUTHOR_EMAIL */
};

/* The strings belong to the environment, and are valid until it is changed. */
void variables_read(struct variables *out);

const char *variables_get(const char *name); /* NULL: not set */

/* All of them, as "NAME=VALUE", with a NULL at the end. */
char *const *variables_all(void);

#endif
