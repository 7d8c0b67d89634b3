/* This user's folders for vault's configuration and state. */
#include "places.h"

#include "ui/say.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status place(vault_folder folder, const char *name, char **path)
{
    vault_err err = vault_default_path(folder, name, path);

    return err == VAULT_NO_MEMORY ? say_no_memory() : STATUS_OK; /* OK without a HOME too */
}

enum status config_path(const char *name, char **path)
{
    return place(VAULT_FOLDER_CONFIG, name, path);
}

enum status state_path(const char *name, char **path)
{
    return place(VAULT_FOLDER_STATE, name, path);
}

bool session_first_time(const char *what)
{
    char *path = NULL;
    bool seen =
        isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && state_path(what, &path) == STATUS_OK;
    int fd =
        seen && path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR) : -1;

    if (fd >= 0)
        close(fd);
    free(path);
    return fd >= 0;
}
