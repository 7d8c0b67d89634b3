/* Age plugins as child processes.
 *
 * A plugin is a program of the user's choice, but it is given no more than its own part. MUST NOT:
 * it inherits a descriptor other than its pipes, a variable that opens a vault, or the terminal; or
 * holds this process up for ever. It has a session of its own, so what it asks goes through us. */
#define _GNU_SOURCE 1 /* syscall */ /* NOLINT(*-reserved-identifier,cert-*) */
#include "plugin.h"

#include "child.h"
#include "program.h"
#include "vault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <time.h>
#include <unistd.h>

/* A person may have to find a token and touch it; tests do not wait for that (Makefile). */
#ifndef PLUGIN_SECONDS
#define PLUGIN_SECONDS 120
#endif

enum { RUN_TIMES = 5, END_MILLISECONDS = 2000, STEP_MILLISECONDS = 100 };

extern char **environ;

static struct {
    pid_t pid; /* 0: none runs */
    int in, out, owner;
    long waited; /* milliseconds, for all of its answers */
    bool is_bad; /* it did not keep to the protocol: it is not asked to end */
} running;

static long now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

/* ---- in the new process ---- */

static void close_from(int first)
{
    long most = sysconf(_SC_OPEN_MAX);

#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0)
        return;
#endif
    for (int fd = first; fd < (int)most; fd++)
        close(fd);
}

static bool detach(void *state)
{
    const int *ends = state;
    int nowhere = open("/dev/null", O_RDWR);

    signal(SIGPIPE, SIG_DFL);
    if (nowhere < 0 || dup2(ends[0], STDIN_FILENO) < 0 || dup2(ends[1], STDOUT_FILENO) < 0 ||
        dup2(nowhere, STDERR_FILENO) < 0 || setsid() < 0 || chdir("/") != 0)
        return false;
    close_from(STDERR_FILENO + 1);
    return true;
}

/* All but what is ours. NULL: no memory. */
static char **inherited(void)
{
    size_t count = 0, kept = 0;
    char **variables;

    while (environ && environ[count])
        count++;
    variables = calloc(count + 1, sizeof *variables);
    for (size_t i = 0; variables && i < count; i++)
        if (strncmp(environ[i], "VAULT_", strlen("VAULT_")) != 0)
            variables[kept++] = environ[i];
    return variables;
}

/* ---- in this one ---- */

static bool start(char *program, char *argument)
{
    char *const command[] = {program, argument, NULL};
    char **variables = inherited();
    int to[2] = {-1, -1}, from[2] = {-1, -1}, ends[2];
    bool good = variables && pipe_make(to) && pipe_make(from);

    if (good) {
        ends[0] = to[0];
        ends[1] = from[1];
        running.pid = child_start(command, variables, detach, ends);
        good = running.pid > 0;
    }
    close(to[0]);
    close(from[1]);
    free(variables);
    running.in = to[1];
    running.out = from[0];
    if (good && fcntl(running.in, F_SETFL, O_NONBLOCK) == 0)
        return true;
    close(to[1]);
    close(from[0]);
    return false;
}

int plugin_start(const char *name, const char *machine, int owner, struct buf *path)
{
    char program[PATH_MAX], file[128], argument[64];

    if (running.pid != 0)
        return VAULT_PLUGIN_FAILED;
    if ((size_t)snprintf(file, sizeof file, "age-plugin-%s", name) >= sizeof file ||
        !program_find(file, program, sizeof program))
        return VAULT_PLUGIN_ABSENT;
    snprintf(argument, sizeof argument, "--age-plugin=%s", machine);
    child_hold_signals();
    memset(&running, 0, sizeof running);
    running.owner = owner;
    if (!start(program, argument)) {
        running.pid = 0;
        child_release_signals();
        return VAULT_PLUGIN_FAILED;
    }
    buf_add_text(path, program);
    return 0;
}

/* Signals are held: one that would end this process ends the wait, and takes effect at the
 * release. */
static bool is_ending(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t pending;
    bool ending = false;

    sigpending(&pending);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ending = ending || sigismember(&pending, numbers[i]) == 1;
    return ending;
}

/* Waits until the descriptor is ready, for the time that is left. 0, VAULT_PLUGIN_LATE or
 * VAULT_PLUGIN_FAILED. */
static int wait_for(int fd, short events)
{
    struct pollfd both[] = {{.fd = fd, .events = events}, {.fd = running.owner}};
    long begun = now(), passed = 0;
    int result = VAULT_PLUGIN_LATE;

    while (result == VAULT_PLUGIN_LATE && passed < PLUGIN_SECONDS * 1000L &&
           running.waited + passed < RUN_TIMES * PLUGIN_SECONDS * 1000L) {
        int ready = poll(both, 2, STEP_MILLISECONDS);

        if ((ready < 0 && errno != EINTR) || both[1].revents || (ready == 0 && is_ending()))
            result = VAULT_PLUGIN_FAILED;
        else if (ready > 0)
            result = 0;
        passed = now() - begun;
    }
    running.waited += passed;
    running.is_bad = running.is_bad || result != 0;
    return result;
}

int plugin_write(const char *bytes, size_t len)
{
    int result = running.pid > 0 ? 0 : VAULT_PLUGIN_FAILED;

    while (len > 0 && result == 0) {
        ssize_t done = write(running.in, bytes, len);

        if (done >= 0) {
            bytes += done;
            len -= (size_t)done;
        } else if (errno == EAGAIN) {
            result = wait_for(running.in, POLLOUT);
        } else if (errno != EINTR) {
            result = VAULT_PLUGIN_FAILED;
        }
    }
    return result;
}

/* Whether a message ends here: with a line of its body that is not full. */
static bool is_whole(const char *bytes, size_t len)
{
    enum { COLUMNS = 64 };
    size_t line = 0;

    if (len == 0 || bytes[len - 1] != '\n')
        return false;
    while (line < len - 1 && bytes[len - 2 - line] != '\n')
        line++;
    return line < COLUMNS && strncmp(bytes + len - 1 - line, "-> ", 3) != 0;
}

/* A plugin may write a word at a time: each would be passed on alone. */
int plugin_read(char *bytes, size_t size)
{
    int result = running.pid > 0 ? 0 : VAULT_PLUGIN_FAILED;
    ssize_t got = 1;
    size_t len = 0;

    while (result == 0 && got > 0 && len < size && !is_whole(bytes, len)) {
        result = wait_for(running.out, POLLIN);
        got = result == 0 ? read(running.out, bytes + len, size - len) : 0;
        if (got < 0)
            result = VAULT_PLUGIN_FAILED;
        len += got > 0 ? (size_t)got : 0;
    }
    return result == 0 ? (int)len : result;
}

/* It has been told that this is the end, and may need a moment. */
static bool has_ended(long until)
{
    const struct timespec moment = {.tv_nsec = 200000};
    int status;

    for (;;) {
        pid_t done = waitpid(running.pid, &status, WNOHANG);

        if (done == running.pid || (done < 0 && errno != EINTR))
            return true;
        if (now() >= until)
            return false;
        if (done == 0)
            nanosleep(&moment, NULL);
    }
}

void plugin_stop(void)
{
    static const int order[] = {SIGTERM, SIGKILL};
    bool ended;

    if (running.pid <= 0)
        return;
    close(running.in);
    close(running.out);
    ended = has_ended(now() + (running.is_bad ? 0 : END_MILLISECONDS));
    for (size_t i = 0; i < sizeof order / sizeof *order && !ended; i++) {
        kill(-running.pid, order[i]);
        ended = has_ended(now() + END_MILLISECONDS / 4);
    }
    running.pid = 0;
    child_release_signals();
}
