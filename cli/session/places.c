/* Where this user keeps what is vault's. */
#include "places.h"

#include "ui/say.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *given_variable(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] ? value : NULL;
}

static enum status below(const char *xdg, const char *in_home, const char *name, char **path)
{
    const char *base = given_variable(xdg), *home = given_variable("HOME");
    char *folder;

    *path = NULL;
    if (!(base && base[0] == '/') && !home)
        return DONE;
    folder = base && base[0] == '/' ? file_join(base, "vault") : file_join(home, in_home);
    if (folder)
        *path = file_join(folder, name);
    free(folder);
    return *path ? DONE : say_no_memory();
}

enum status config_path(const char *name, char **path)
{
    return below("XDG_CONFIG_HOME", ".config/vault", name, path);
}

enum status state_path(const char *name, char **path)
{
    return below("XDG_STATE_HOME", ".local/state/vault", name, path);
}

bool session_first_time(const char *what)
{
    char *path = NULL;
    bool seen = isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && state_path(what, &path) == DONE;
    int fd =
        seen && path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR) : -1;

    if (fd >= 0)
        close(fd);
    free(path);
    return fd >= 0;
}
