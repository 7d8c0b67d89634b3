/* The cage of each verb: while it parses the vault it can reach the files that the command line,
 * the environment variables and the vault itself name, and no others. */
#include "session.h"

#include "places.h"

#include "run/cage.h"
#include "run/opener.h"
#include "ui/say.h"
#include "ui/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes the folder of a path to `folder`, which has PATH_MAX bytes. */
static const char *folder_of(const char *path, char *folder)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;

    if (!slash)
        return ".";
    if (len == 0)
        return "/";
    if (len >= PATH_MAX)
        return NULL;
    memcpy(folder, path, len);
    folder[len] = '\0';
    return folder;
}

static void allow_folder_of(struct cage *c, const char *path, enum cage_access access)
{
    char buffer[PATH_MAX];
    const char *folder = folder_of(path, buffer);

    if (folder)
        cage_allow(c, folder, access);
}

static void allow_variable(struct cage *c, const char *name, enum cage_access access)
{
    const char *path = getenv(name);

    if (path && path[0])
        cage_allow(c, path, access);
}

/* Dotenv files are also looked for in the folders above. */
static void allow_above(struct cage *c, const char *name)
{
    char path[PATH_MAX], *slash;
    size_t len = strlen(name);

    if (strchr(name, '/') || !getcwd(path, sizeof path))
        return;
    while ((slash = strrchr(path, '/')) && (size_t)(slash - path) + len + 2 < sizeof path) {
        memcpy(slash + 1, name, len + 1);
        cage_allow(c, path, CAGE_READ);
        *slash = '\0';
    }
}

/* Any operand or option value may name a file to read. */
static void allow_words(struct cage *c, const struct args *args)
{
    for (int i = 0; i < args->count; i++)
        cage_allow(c, args->operands[i], CAGE_READ);
    for (int i = 0; i < args->given_count; i++)
        if (args->given[i].value) {
            cage_allow(c, args->given[i].value, CAGE_READ);
            if (args->given[i].opt == OPT_READER && strchr(args->given[i].value, '='))
                cage_allow(c, strchr(args->given[i].value, '=') + 1, CAGE_READ);
            if (args->given[i].opt == OPT_FROM_DOTENV || args->given[i].opt == OPT_EXAMPLE)
                allow_above(c, args->given[i].value);
        }
}

/* A .git file with "gitdir: FOLDER" points to that folder. The folder that all work trees share is
 * two levels above it. */
static void allow_git_pointer(struct cage *c, const char *file, const char *top,
                              enum cage_access access)
{
    static const char word[] = "gitdir: ";
    char text[PATH_MAX + sizeof word] = "", path[2 * PATH_MAX], *line = text + sizeof word - 1;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

    if (fd >= 0)
        close(fd);
    if (len <= 0 || strncmp(text, word, sizeof word - 1) != 0)
        return;
    cage_allow(c, file, CAGE_READ);
    line[strcspn(line, "\r\n")] = '\0';
    if ((size_t)snprintf(path, sizeof path, "%s%s%s/../..", line[0] == '/' ? "" : top,
                         line[0] == '/' ? "" : "/", line) < sizeof path)
        cage_allow(c, path, access);
}

/* The pins depend on the repository that the vault is in, and a finished merge is staged there. If
 * the vault was found by a search, no folder in its path is a symlink. */
static void allow_repository(struct cage *c, const char *folder, bool found,
                             enum cage_access access)
{
    char top[PATH_MAX], git[PATH_MAX + sizeof "/.git"], *slash;
    struct stat st = {.st_mode = 0};

    if (found)
        snprintf(top, sizeof top, "%s", folder);
    else if (!realpath(folder, top))
        return;
    for (;;) {
        snprintf(git, sizeof git, "%s/.git", top);
        if (stat(git, &st) == 0 || !(slash = strrchr(top, '/')))
            break;
        *slash = '\0';
    }
    if (S_ISDIR(st.st_mode))
        cage_allow(c, git, access);
    else if (S_ISREG(st.st_mode))
        allow_git_pointer(c, git, top, access);
}

/* A save replaces the file in its folder, or in the folder that a symlink leads to. */
static void allow_vault(struct cage *c, const struct session *s)
{
    enum cage_access access = s->args->verb->flags & READS ? CAGE_READ : CAGE_WRITE;
    char real[PATH_MAX], buffer[PATH_MAX];
    const char *folder = s->path ? folder_of(s->path, buffer) : NULL;
    struct stat st;

    if (!folder)
        return;
    cage_allow(c, folder, access);
    if (lstat(s->path, &st) == 0 && S_ISLNK(st.st_mode) && realpath(s->path, real))
        allow_folder_of(c, real, access);
    allow_repository(c, folder, s->found, s->args->verb->flags & STAGES ? CAGE_WRITE : CAGE_READ);
}

/* Creates the folder and its parents, with mode 0700. */
static void make_folders(char *path)
{
    char *slash = strrchr(path, '/');

    if (mkdir(path, S_IRWXU) == 0 || !slash || slash == path)
        return;
    *slash = '\0';
    make_folders(path);
    *slash = '/';
    mkdir(path, S_IRWXU);
}

/* Allows the state folder, and creates it first: a rule needs an existing path. */
static enum status allow_state(struct cage *c, const struct session *s)
{
    char *pins;
    enum status status = state_path("pins", &pins);
    char *slash = pins ? strrchr(pins, '/') : NULL;
    struct stat st;

    if (slash) {
        *slash = '\0';
        if (!(s->args->verb->flags & LOOKS) && stat(pins, &st) != 0)
            make_folders(pins);
        cage_allow(c, pins, CAGE_WRITE);
    }
    free(pins);
    return status;
}

static enum status allow_keys(struct cage *c, const struct session *s)
{
    const char **paths;
    size_t count;
    vault_err err = vault_default_files(s->v, &paths, &count);

    for (size_t i = 0; i < count; i++)
        cage_allow(c, paths[i], CAGE_READ);
    vault_release(paths);
    return err == VAULT_OK ? STATUS_OK : say_vault_error(s->v, err);
}

static bool is_dash(const char *word)
{
    return word && strcmp(word, "-") == 0;
}

/* Whether an operand or option value is "-". */
static bool has_dash(const struct args *args)
{
    bool any = false;

    for (int i = 0; i < args->count && !any; i++)
        any = is_dash(args->operands[i]);
    for (int i = 0; i < args->given_count && !any; i++)
        any = is_dash(args->given[i].value);
    return any;
}

static void allow_output(struct cage *c, const struct args *args)
{
    const char *output = args_last(args, OPT_OUTPUT);

    if (output)
        allow_folder_of(c, output, CAGE_WRITE);
    allow_variable(c, "GITHUB_ENV", CAGE_WRITE);
    if (has_dash(args))
        cage_allow(c, "/dev/stdin", CAGE_READ);
    cage_allow(c, "/dev/tty", CAGE_WRITE);
    cage_allow(c, "/dev/null", CAGE_WRITE);
}

/* git writes a signature to a temporary file, and gpg locks its keys. */
static void allow_signatures(struct cage *c)
{
    const char *folder = getenv("TMPDIR"), *home = getenv("HOME");
    char keys[PATH_MAX];

    cage_allow(c, folder && folder[0] ? folder : "/tmp", CAGE_WRITE);
    allow_variable(c, "GNUPGHOME", CAGE_WRITE);
    if (home && (size_t)snprintf(keys, sizeof keys, "%s/.gnupg", home) < sizeof keys)
        cage_allow(c, keys, CAGE_WRITE);
}

static enum status enter(const struct session *s, const char *private)
{
    const struct args *args = s->args;
    bool git = args->verb->flags & ASKS_GIT || args_has(args, OPT_OUTPUT) ||
               args_has(args, OPT_HISTORY) || args_has(args, OPT_REV);
    struct cage c;
    enum status status;

    cage_begin(&c);
    allow_vault(&c, s);
    status = allow_state(&c, s);
    if (status == STATUS_OK)
        status = allow_keys(&c, s);
    allow_words(&c, args);
    allow_output(&c, args);
    if (args_has(args, OPT_SIGNED))
        allow_signatures(&c);
    if (git)
        cage_allow(&c, "/", CAGE_RUN);
    if (private)
        allow_folder_of(&c, private, CAGE_WRITE);
    if (status == STATUS_OK)
        cage_enter(&c, git ? CAGE_KEEPS_EXEC : CAGE_NO_CHILDREN);
    else
        cage_free(&c);
    return status;
}

/* Whether the beginning of a key may need a program to open it: an SSH key with a passphrase, or
 * the key of a plugin, which may be inside what is encrypted. */
static bool may_need_program(const char *text)
{
    static const char ssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
    static const char plain[] = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"; /* as a plain one goes on */

    if (strncmp(text, ssh, sizeof ssh - 1) == 0)
        return !strstr(text, plain);
    return strstr(text, "AGE-PLUGIN-") || strstr(text, "AGE-SECRET-KEY-PQ-") ||
           strstr(text, "-----BEGIN AGE") || strstr(text, "age-encryption.org/");
}

/* The same of a file. What cannot be looked into, such as a pipe or a long file, may. */
static bool may_need_opener(const char *path)
{
    enum { LOOKED_AT = 4096 };
    char text[LOOKED_AT + 1] = "";
    struct stat st;
    ssize_t len;
    int fd;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return access(path, F_OK) == 0; /* who writes to a pipe must not find it closed */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    len = fd >= 0 ? read(fd, text, LOOKED_AT) : 0;
    if (fd >= 0)
        close(fd);
    return len == LOOKED_AT || (len > 0 && may_need_program(text));
}

static enum status start_opener(const struct session *s)
{
    const char **paths;
    const char *variable = getenv("VAULT_IDENTITY");
    size_t count;
    bool may = s->args->verb->flags & GIVES || (variable && may_need_program(variable));

    if (vault_default_files(s->v, &paths, &count) != VAULT_OK)
        return STATUS_OK; /* it is said when they are read */
    for (size_t i = 0; i < count && !may; i++)
        may = may_need_opener(paths[i]);
    vault_release(paths);
    return !may || opener_start()
               ? STATUS_OK
               : say_error(STATUS_FAILED, "cannot start a process: %s", strerror(errno));
}

enum status session_cage(const struct session *s)
{
    unsigned flags = s->args->verb->flags;
    bool on_stdin = s->args->count == 1 && strcmp(s->args->operands[0], "-") == 0;
    enum status status;

    if (!(flags & (CAGED | ASKS_GIT) || (flags & CAGED_ON_STDIN && on_stdin)))
        return STATUS_OK;
    status = start_opener(s);
    return status == STATUS_OK ? enter(s, NULL) : status;
}

enum status session_cage_late(const struct session *s, const char *private)
{
    return enter(s, private);
}
