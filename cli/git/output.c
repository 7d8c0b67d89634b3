/* Writes plain text to a file that the user names: private, atomically, and not where git would add
 * it.
 *
 * MUST: after a failure the old file is unchanged and no other file holds the text. MUST NOT: write
 * through a symlink, which another user may have planted, or over the vault. */
#include "output.h"

#include "git.h"
#include "run/child.h"
#include "run/private.h"
#include "session/session.h"
#include "ui/io.h"
#include "ui/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The place of the output file. */
struct place {
    bool is_public;
    char *folder; /* absolute, symlinks resolved */
    char *name;   /* in that folder */
    char *target; /* the given path, or the target if it is a symlink */
};

static void forget(struct place *p)
{
    free(p->folder);
    free(p->target);
}

static enum status find_place(const char *path, struct place *p)
{
    char *slash;

    p->target = realpath(path, NULL);
    if (!p->target)
        p->target = strdup(path);
    slash = p->target ? strrchr(p->target, '/') : NULL;
    if (!p->target)
        return say_no_memory();
    p->name = slash ? slash + 1 : p->target;
    if (slash)
        *slash = '\0';
    p->folder = realpath(!slash ? "." : slash == p->target ? "/" : p->target, NULL);
    if (slash)
        *slash = '/';
    if (!p->folder)
        return say_error(errno == ENOENT ? STATUS_ABSENT : STATUS_FAILED,
                         "cannot open the folder of %s: %s", path, strerror(errno));
    return STATUS_OK;
}

/* Checks that an existing file may be replaced. */
static enum status check_target(const struct session *s, const char *path, const struct place *p)
{
    bool force = args_has(s->args, OPT_FORCE);
    struct stat st, own;

    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && !force) {
        say_error(STATUS_FAILED, "%s is a symlink", path);
        say_hint("-o %s writes to its target", p->target);
        return STATUS_FAILED;
    }
    if (!p->name[0])
        return say_error(STATUS_USAGE, "-o takes the name of a file");
    if (stat(path, &st) != 0) {
        if (errno == ENOENT && lstat(path, &st) != 0)
            return STATUS_OK;
        return say_error(STATUS_FAILED, "cannot write %s: %s", path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode))
        return say_error(STATUS_FAILED, "%s is not a regular file", path);
    if (stat(s->path, &own) == 0 && st.st_dev == own.st_dev && st.st_ino == own.st_ino)
        return say_error(STATUS_FAILED, "%s is the vault", path);
    return STATUS_OK;
}

/* ---- git ---- */

static bool holds_git(const char *folder)
{
    struct buf path = {0};
    struct stat st;
    bool found;

    buf_printf(&path, "%s/.git", folder);
    buf_add(&path, "", 1);
    found = buf_ok(&path) && lstat(path.data, &st) == 0;
    buf_free(&path);
    return found;
}

bool is_in_repository(const char *folder)
{
    char *at = strdup(folder), *slash;
    bool found = !at; /* out of memory: ask git */

    while (at && !(found = holds_git(at)) && (slash = strrchr(at, '/')) && at[1])
        slash[slash == at] = '\0';
    free(at);
    return found;
}

/* git's exit status; -1 after a message. "./" keeps git from reading the name as a pattern. */
static int ask_git(const struct place *p, const char *const *question)
{
    const char *arguments[8] = {0};
    struct buf name = {0};
    int status = -1;
    size_t n = 0;

    buf_printf(&name, "./%s", p->name);
    buf_add(&name, "", 1);
    while (question[n]) {
        arguments[n] = question[n];
        n++;
    }
    arguments[n++] = "--";
    arguments[n] = name.data;
    if (buf_ok(&name))
        status = git_output(p->folder, arguments, NULL);
    else
        say_no_memory();
    buf_free(&name);
    return status;
}

static bool is_tracked(const struct place *p)
{
    static const char *const question[] = {"--literal-pathspecs", "ls-files", "--error-unmatch",
                                           NULL};

    return ask_git(p, question) == 0;
}

static enum status refuse(const char *path, const struct place *p, int status)
{
    if (status > 1) {
        say_error(STATUS_FAILED, "git cannot say whether it would add %s", path);
    } else if (is_tracked(p)) {
        say_error(STATUS_FAILED, "git tracks %s, and plain text does not belong there", path);
        say_hint("git rm --cached %s, and add it to .gitignore", path);
    } else {
        say_error(STATUS_FAILED, "git would add %s: it is not ignored", path);
        say_hint("echo '%s' >>.gitignore", p->name);
    }
    say_hint("--force writes it anyway");
    return STATUS_FAILED;
}

/* Checks that git would not add the file: it is ignored, or there is no repository. */
static enum status check_git(const struct args *args, const char *path, const struct place *p)
{
    static const char *const question[] = {"check-ignore", "-q", NULL};
    int status;

    if (p->is_public || args_has(args, OPT_FORCE) || !is_in_repository(p->folder))
        return STATUS_OK;
    status = ask_git(p, question);
    if (status == 0)
        return STATUS_OK;
    return refuse(path, p, status < 0 ? 128 : status);
}

/* The nearest folder of the path that exists, and the rest of the path. */
static enum status find_nearest(const char *path, struct place *p)
{
    p->target = strdup(path);
    p->name = p->target;
    if (!p->target)
        return say_no_memory();
    for (size_t end = strlen(path); !p->folder && end > 0; end--) {
        if (p->target[end] != '/')
            continue;
        p->target[end] = '\0';
        p->folder = realpath(p->target, NULL);
        p->target[end] = '/';
        if (p->folder)
            p->name = p->target + end + 1;
    }
    if (!p->folder)
        p->folder = realpath(path[0] == '/' ? "/" : ".", NULL);
    return p->folder ? STATUS_OK
                     : say_error(STATUS_FAILED, "cannot open the folder of %s: %s", path,
                                 strerror(errno));
}

enum status output_check(const struct args *args, const char *path)
{
    struct place place = {.is_public = false};
    enum status status = find_nearest(path, &place);

    NEXT(status, check_git(args, path, &place));
    forget(&place);
    return status;
}

/* ---- writing ---- */

/* Renames a new file over the old one. It is written in a private folder that git ignores, so that
 * a kill at any time leaves nothing that git would add. */
static bool replace(int folder, const struct place *p, struct private_folder *own,
                    struct slice text)
{
    static const char temporary[] = "text";
    const mode_t mode = p->is_public ? S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH : S_IRUSR | S_IWUSR;
    int fd = private_create(own, temporary, mode), cause;
    bool good = fd >= 0 && write_bytes(fd, text.at, text.len) && fsync(fd) == 0;

    cause = errno;
    if (fd >= 0 && close(fd) != 0 && good) {
        good = false;
        cause = errno;
    }
    errno = cause;
    return good && renameat(own->fd, temporary, folder, p->name) == 0;
}

/* Signals are held while the temporary file exists. */
static enum status write_file(const char *path, const struct place *p, struct slice text)
{
    struct private_folder own = {.path = ""};
    int folder = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum status status = STATUS_FAILED;

    child_hold_signals();
    if (folder >= 0 && private_make_beside(&own, p->folder) && replace(folder, p, &own, text))
        status = STATUS_OK;
    else
        say_error(STATUS_FAILED, "cannot write %s: %s", path, strerror(errno));
    if (status == STATUS_OK)
        fsync(folder); /* some file systems cannot */
    if (private_remove(&own) != STATUS_OK)
        status = STATUS_FAILED;
    child_release_signals();
    if (folder >= 0)
        close(folder);
    return status;
}

static enum status write_to(const struct session *s, const char *path, const struct buf *text,
                            bool is_public)
{
    struct place place = {.is_public = is_public};
    enum status status;

    if (strcmp(path, "-") == 0)
        return write_buf(text);
    if (!buf_ok(text))
        return say_no_memory();
    status = find_place(path, &place);
    if (status == STATUS_OK)
        status = check_target(s, path, &place);
    if (status == STATUS_OK)
        status = check_git(s->args, path, &place);
    if (status == STATUS_OK)
        status = write_file(path, &place, buf_slice(text));
    forget(&place);
    return status;
}

enum status output_write(const struct session *s, const char *path, const struct buf *text)
{
    return write_to(s, path, text, false);
}

enum status output_write_public(const struct session *s, const char *path, const struct buf *text)
{
    return write_to(s, path, text, true);
}

/* ---- appending ---- */

/* Whether the file does not end in a newline. */
static bool is_open_line(int fd, off_t size)
{
    char last = '\n';

    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

enum status output_append(const char *path, const struct buf *text)
{
    struct stat st;
    bool good;
    int fd, cause;

    if (!buf_ok(text))
        return say_no_memory();
    fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        cause = errno;
        if (fd >= 0)
            close(fd);
        return say_error(STATUS_FAILED, "cannot append to %s: %s", path,
                         fd >= 0 ? "not a regular file" : strerror(cause));
    }
    child_hold_signals();
    good = (!is_open_line(fd, st.st_size) || write_bytes(fd, "\n", 1)) &&
           write_bytes(fd, text->data, text->len);
    cause = errno;
    if (!good && ftruncate(fd, st.st_size) != 0)
        say_note("%s now ends with a part of the text", path);
    child_release_signals();
    if (close(fd) != 0 && good) {
        good = false;
        cause = errno;
    }
    return good ? STATUS_OK
                : say_error(STATUS_FAILED, "cannot append to %s: %s", path, strerror(cause));
}
