/* Programs by name, and the environment of those that help to open a key. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

bool program_find(const char *name, char *path, size_t size)
{
    const char *at = getenv("PATH");
    struct stat st;

    while (at && *at) {
        size_t len = strcspn(at, ":");

        if (at[0] == '/' && (size_t)snprintf(path, size, "%.*s/%s", (int)len, at, name) < size &&
            stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
            return true;
        at += len + (at[len] == ':');
    }
    return false;
}

static bool is_variable(const char *variable, const char *name)
{
    size_t len = strlen(name);

    return strncmp(variable, name, len) == 0 && variable[len] == '=';
}

char **program_environment(void)
{
    static const char *const names[] = {"PATH", "HOME",     "TERM",   "TZ",
                                        "LANG", "LC_CTYPE", "LC_ALL", "XDG_RUNTIME_DIR"};
    enum { NAMES = sizeof names / sizeof *names };
    static char *chosen[NAMES + 1];
    size_t count = 0;

    for (size_t i = 0; i < NAMES; i++) {
        size_t j = 0;

        while (environ && environ[j] && !is_variable(environ[j], names[i]))
            j++;
        if (environ && environ[j])
            chosen[count++] = environ[j];
    }
    chosen[count] = NULL;
    return chosen;
}
