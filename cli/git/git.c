/* Runs git: processes, pipes, and one long-lived cat-file.
 *
 * An attacker may control the repository: its configuration, its hooks, and a folder in it that
 * looks like a bare repository. The user has not run git here, so:
 *
 * MUST NOT: start git through a shell; pass it a variable that opens the vault; let it run a
 * program that the repository names, prompt, or use the network. Settings do not prevent all of
 * this, so none of the commands used here shows a patch or filters a file (merge calls
 * git_has_filter before it adds one), and signatures.c names the programs that check signatures. */
#include "git.h"

#include "run/child.h"
#include "ui/io.h"
#include "ui/say.h"

#include "base/text.h"
#include "text/environ.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- one process ---- */

/* These override the configuration. A git that does not know a setting ignores it. */
static const char *const settings[] = {
    "safe.bareRepository=explicit", /* a folder in a work tree is not a repository */
    "core.fsmonitor=false", "protocol.allow=never",
    "core.hooksPath=/dev/null", /* must be last: see GIT_OWN_HOOKS */
};
enum { SETTINGS = sizeof settings / sizeof *settings };

/* These override the environment. A configuration can allow a protocol by name, which takes
 * precedence over protocol.allow; an empty list of protocols takes precedence over both. */
static const char *const variables_for_git[] = {
    "GIT_ALLOW_PROTOCOL=", "GIT_PROTOCOL_FROM_USER=0", "GIT_NO_LAZY_FETCH=1",  "GIT_ASKPASS=",
    "SSH_ASKPASS=",        "GIT_TERMINAL_PROMPT=0",    "GIT_OPTIONAL_LOCKS=0",
};
enum { VARIABLES = sizeof variables_for_git / sizeof *variables_for_git };

static bool is_variable(const char *variable, const char *name)
{
    size_t len = strcspn(name, "=");

    return strncmp(variable, name, len) == 0 && variable[len] == '=';
}

/* Whether git must not inherit a variable: those that change the meaning of paths, those set above,
 * and a hook's GIT_DIR, which would make git take its current folder for the top of the work
 * tree. */
static bool misleads(const char *variable, bool in_folder)
{
    static const char *const names[] = {"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS",
                                        "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_variable(variable, names[i]))
            return true;
    for (size_t i = 0; i < VARIABLES; i++)
        if (is_variable(variable, variables_for_git[i]))
            return true;
    return in_folder && is_variable(variable, "GIT_DIR");
}

/* This environment without credentials and without the variables that mislead git; NULL if out of
 * memory. Free the array only. */
static const char **make_environment(const char *folder)
{
    bool in_folder = folder != NULL;
    size_t count = 0, kept = 0;
    const char **all;

    for (; environ[count]; count++)
        if (is_variable(environ[count], "GIT_WORK_TREE"))
            in_folder = false;
    all = calloc(count + VARIABLES + 1, sizeof *all);
    for (size_t i = 0; all && i < count; i++)
        if (environ_is_inherited(environ[i]) && !misleads(environ[i], in_folder))
            all[kept++] = environ[i];
    for (size_t i = 0; all && i < VARIABLES; i++)
        all[kept++] = variables_for_git[i];
    return all;
}

/* "git -c SETTING… [-C FOLDER] ARGUMENTS…". Free the array only. */
static const char **make_command(const char *folder, const char *const *arguments, unsigned flags)
{
    size_t count = 0, n = 0, set = SETTINGS;
    const char **command;

    while (arguments[count])
        count++;
    if (flags & GIT_OWN_HOOKS)
        set--;
    command = calloc(count + 2 * SETTINGS + 5, sizeof *command);
    if (!command)
        return NULL;
    command[n++] = "git";
    command[n++] = "--no-pager";
    for (size_t i = 0; i < set; i++) {
        command[n++] = "-c";
        command[n++] = settings[i];
    }
    if (folder && folder[0]) {
        command[n++] = "-C";
        command[n++] = folder;
    }
    memcpy(command + n, arguments, count * sizeof *arguments);
    return command;
}

static void close_pipe(int ends[2])
{
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

static bool make_pipe(bool wanted, int ends[2])
{
    return !wanted || (pipe(ends) == 0 && fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
                       fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0);
}

static int connect_stream(posix_spawn_file_actions_t *actions, int fd, int end, int mode)
{
    return end >= 0 ? posix_spawn_file_actions_adddup2(actions, end, fd)
                    : posix_spawn_file_actions_addopen(actions, fd, "/dev/null", mode, 0);
}

/* Returns an error number; 0 if git has started. */
static int spawn(char *const *command, char *const *variables, unsigned flags, int stdin_end,
                 int stdout_end, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);

    if (error)
        return error;
    error = connect_stream(&actions, STDIN_FILENO, stdin_end, O_RDONLY);
    if (!error)
        error = connect_stream(&actions, STDOUT_FILENO, stdout_end, O_WRONLY);
    if (!error && (flags & GIT_QUIET))
        error = connect_stream(&actions, STDERR_FILENO, -1, O_WRONLY);
    if (!error)
        error = posix_spawnp(pid, "git", &actions, NULL, command, variables);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Returns an error number; 0 if git has started. */
static int launch(const char *folder, const char *const *arguments, unsigned flags, struct git *g)
{
    const char **command = make_command(folder, arguments, flags);
    const char **variables = make_environment(folder);
    int in[2] = {-1, -1}, out[2] = {-1, -1}, error = ENOMEM;

    if (command && variables) {
        error = make_pipe(flags & GIT_WRITE, in) && make_pipe(flags & GIT_READ, out) ? 0 : errno;
        if (!error)
            error = spawn((char **)command, (char **)variables, flags, in[0], out[1], &g->pid);
    }
    free(command);
    free(variables);
    if (error) {
        close_pipe(in);
        close_pipe(out);
        return error;
    }
    if (in[0] >= 0)
        close(in[0]);
    if (out[1] >= 0)
        close(out[1]);
    g->in = in[1];
    g->out = out[0];
    return 0;
}

bool git_start(const char *folder, const char *const *arguments, unsigned flags, struct git *g)
{
    int error = launch(folder, arguments, flags, g);

    if (error)
        say_error(STATUS_FAILED, "cannot run git: %s", strerror(error));
    return error == 0;
}

bool git_write(const struct git *g, const char *data, size_t len)
{
    sigset_t broken, before, pending;
    bool was_pending, good;
    int cause, number;

    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    sigprocmask(SIG_BLOCK, &broken, &before);
    sigpending(&pending);
    was_pending = sigismember(&pending, SIGPIPE) == 1;
    good = write_bytes(g->in, data, len);
    cause = errno;
    if (!good && cause == EPIPE && !was_pending)
        sigwait(&broken, &number);
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = cause;
    return good;
}

int git_end(struct git *g)
{
    int status = 0;

    if (g->in >= 0)
        close(g->in);
    if (g->out >= 0)
        close(g->out);
    g->in = g->out = -1;
    while (waitpid(g->pid, &status, 0) < 0)
        if (errno != EINTR)
            return 128;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int collect(const char *folder, const char *const *arguments, unsigned flags,
                   struct buf *out)
{
    struct git g;
    int error = launch(folder, arguments, flags | GIT_QUIET | (out ? GIT_READ : 0U), &g), status;

    if (error == ENOENT)
        return GIT_NOT_HERE;
    if (error == 0) {
        if (out && !read_bytes(g.out, SIZE_MAX - 1, out))
            error = errno;
        status = git_end(&g);
        if (error == 0)
            return status;
    }
    say_error(STATUS_FAILED, "cannot run git: %s", strerror(error));
    return -1;
}

int git_output(const char *folder, const char *const *arguments, struct buf *out)
{
    return collect(folder, arguments, 0, out);
}

int git_configured(const char *folder, const char *const *arguments, struct buf *out)
{
    return collect(folder, arguments, GIT_OWN_HOOKS, out);
}

enum status git_say_missing(const char *folder, const char *otherwise)
{
    static const char *const is_partial[] = {"config", "--get-regexp",
                                             "^remote\\..*\\.(promisor|partialclonefilter)$", NULL};

    if (git_output(folder, is_partial, NULL) != 0)
        return say_error(STATUS_FAILED, "%s", otherwise);
    say_error(STATUS_FAILED, "this clone is partial: git has not fetched all that is asked for");
    say_hint("git fetch --refetch --no-filter");
    return STATUS_FAILED;
}

int git_has_filter(const char *folder, const char *name)
{
    const char *const question[] = {"check-attr", "-z", "filter", "--", name, NULL};
    static const char none[] = "\0filter\0unspecified";
    struct buf answer = {0};
    int status = git_output(folder, question, &answer);
    bool has = true;

    /* NAME, "filter", the attribute's value: each zero-terminated */
    if (status == 0 && buf_ok(&answer) && answer.len == strlen(name) + sizeof none)
        has = memcmp(answer.data + strlen(name), none, sizeof none) != 0;
    buf_free(&answer);
    return status == 0 ? has : -1;
}

const char *git_line(struct buf *out)
{
    if (out->len > 0 && buf_slice(out).at[out->len - 1] == '\n')
        out->len--;
    buf_add(out, "", 1);
    if (!buf_ok(out))
        return NULL;
    out->len--;
    return out->data;
}

/* ---- cat-file --batch ---- */

bool git_batch_start(const char *folder, struct git_batch *b)
{
    static const char *const arguments[] = {"cat-file", "--batch", NULL};

    b->folder = folder;
    b->left = b->at = b->end = 0;
    return git_start(folder, arguments, GIT_READ | GIT_WRITE | GIT_QUIET, &b->git);
}

bool git_batch_ask(struct git_batch *b, const char *object)
{
    struct buf line = {0};
    bool good = !strchr(object, '\n');

    errno = EINVAL;
    buf_printf(&line, "%s\n", object);
    good = good && buf_ok(&line) && git_write(&b->git, line.data, line.len);
    if (!good)
        say_error(STATUS_FAILED, "cannot ask git for an object: %s", strerror(errno));
    buf_free(&line);
    return good;
}

/* Reads at least one byte into the buffer. False after a message. */
static bool fill(struct git_batch *b)
{
    ssize_t got = 1;

    if (b->at < b->end)
        return true;
    do
        got = read(b->git.out, b->buffer, sizeof b->buffer);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        say_error(STATUS_FAILED, "git cat-file has ended: %s", strerror(errno));
    if (got == 0) /* git exits like this if it would have to fetch the object */
        git_say_missing(b->folder, "git cat-file has ended: no more data");
    if (got <= 0)
        return false;
    b->at = 0;
    b->end = (size_t)got;
    return true;
}

static bool read_header(struct git_batch *b, struct buf *line)
{
    const char *newline = NULL;

    while (!newline) {
        size_t len;

        if (!fill(b))
            return false;
        newline = memchr(b->buffer + b->at, '\n', b->end - b->at);
        len = newline ? (size_t)(newline - b->buffer) - b->at : b->end - b->at;
        buf_add(line, b->buffer + b->at, len);
        b->at += len + (newline != NULL);
    }
    buf_add(line, "", 1);
    if (!buf_ok(line))
        say_no_memory();
    return buf_ok(line);
}

static bool pass_over(struct git_batch *b)
{
    while (b->left > 0) {
        size_t len;

        if (!fill(b))
            return false;
        len = b->end - b->at < b->left ? b->end - b->at : b->left;
        b->at += len;
        b->left -= len;
    }
    return true;
}

/* Parses "ID TYPE SIZE". Errors, such as "NAME missing", do not end in a number. A newline follows
 * each object and is counted as its last byte. */
enum status git_batch_answer(struct git_batch *b, size_t *size)
{
    struct buf line = {0};
    enum status status = STATUS_FAILED;
    const char *number;
    uint64_t bytes;

    if (pass_over(b) && read_header(b, &line)) {
        number = strrchr(line.data, ' ');
        status = STATUS_ABSENT;
        if (number && text_number(slice_of(number + 1), SIZE_MAX - 1, &bytes)) {
            *size = (size_t)bytes;
            b->left = *size + 1;
            b->is_blob = strstr(line.data, " blob ") != NULL;
            status = STATUS_OK;
        }
    }
    buf_free(&line);
    return status;
}

ssize_t git_batch_read(struct git_batch *b, char *to, size_t most)
{
    size_t len;

    if (b->left <= 1 || most == 0)
        return 0;
    if (!fill(b))
        return -1;
    len = b->left - 1 < most ? b->left - 1 : most; /* without the newline */
    len = len < b->end - b->at ? len : b->end - b->at;
    memcpy(to, b->buffer + b->at, len);
    b->at += len;
    b->left -= len;
    return (ssize_t)len;
}

void git_batch_end(struct git_batch *b)
{
    git_end(&b->git);
    sodium_memzero(b->buffer, sizeof b->buffer);
}
