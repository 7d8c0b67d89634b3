/* This process's environment variables. No other file of the library reads them. */
#include "variables.h"

#include <stddef.h>
#include <stdlib.h>

extern char **environ;

void variables_read(struct variables *out)
{
    *out = (struct variables){
        .home = getenv("HOME"),
        .config_home = getenv("XDG_CONFIG_HOME"),
        .state_home = getenv("XDG_STATE_HOME"),
        .sudo_uid = getenv("SUDO_UID"),
        .file = getenv("VAULT_FILE"),
        .env = getenv("VAULT_ENV"),
        .pin = getenv("VAULT_PIN"),
        .author = getenv("VAULT_AUTHOR"),
        .identity = getenv("VAULT_IDENTITY"),
        .identity_file = getenv("VAULT_IDENTITY_FILE"),
        .passphrase = getenv("VAULT_PASSPHRASE"),
        .passphrase_file = getenv("VAULT_PASSPHRASE_FILE"),
        .git_author = getenv("GIT_AUTHOR_EMAIL"),
    };
}

const char *variables_get(const char *name)
{
    return getenv(name);
}

char *const *variables_all(void)
{
    static char *const none[] = {NULL};

    return environ ? environ : none;
}
