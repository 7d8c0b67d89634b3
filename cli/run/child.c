/* Runs a command and waits for it, because something must be cleaned up afterwards.
 *
 * Meanwhile all signals that can be caught are blocked and handled one by one. A signal that
 * another process sent is passed on to the command. The terminal sends its signals to the command
 * too, so those are not. */
#include "child.h"

#include "process.h"
#include "signals.h"
#include "ui/busy.h"
#include "ui/say.h"

#include "text/environ.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Stops when the command stops, and waits to be continued. */
static void stop_too(void)
{
    raise(SIGSTOP);
}

void child_pass_on(pid_t child, int number, bool from_terminal)
{
    if (number == SIGCHLD)
        return;
    if (!from_terminal)
        kill(child, number);
    if (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
        stop_too();
}

int child_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Also checks once a second, in case SIGCHLD was lost. */
static int wait_for(pid_t child)
{
    siginfo_t info;
    int status;

    for (;;) {
        pid_t done = waitpid(child, &status, WNOHANG);

        if (done == child)
            return child_status(status);
        if (done < 0 && errno != EINTR)
            return (int)say_error(STATUS_EXEC_FAILED, "cannot wait for the command: %s",
                                  strerror(errno));
        if (done == 0 && signal_take(&info) > 0)
            child_pass_on(child, info.si_signo, signal_from_terminal(&info));
    }
}

static sigset_t before;
static struct sigaction child_action;
static int held; /* nesting depth */

/* Restores SIGCHLD's default: while it is ignored, wait fails. */
void child_hold_signals(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t all;

    if (held++ > 0)
        return;
    busy_end();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    sigaction(SIGCHLD, &usual, &child_action);
}

void child_release_signals(void)
{
    if (held == 0 || --held > 0)
        return;
    sigaction(SIGCHLD, &child_action, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static int become(char *const *command, char **variables)
{
    enum status status = child_become(command, variables);

    if (status == STATUS_EXEC_FAILED)
        say_error(STATUS_EXEC_FAILED, "cannot run %.200s: %s", command[0], strerror(E2BIG));
    return (int)status;
}

pid_t child_start(char *const *command, char **variables, child_prepare *prepare, void *state)
{
    pid_t child = fork();

    if (child == 0) {
        if (prepare && !prepare(state)) {
            say_error(STATUS_EXEC_FAILED, "cannot start a process: %s", strerror(errno));
            _exit(STATUS_EXEC_FAILED);
        }
        held = held > 0; /* release all levels at once */
        child_release_signals();
        _exit(become(command, variables));
    }
    if (child < 0)
        say_error(STATUS_EXEC_FAILED, "cannot start a process: %s", strerror(errno));
    return child;
}

int child_run_as(char *const *command, char **variables, child_prepare *prepare, void *state)
{
    pid_t child = child_start(command, variables, prepare, state);

    return child < 0 ? (int)STATUS_EXEC_FAILED : wait_for(child);
}

int child_run(char *const *command, char **variables)
{
    return child_run_as(command, variables, NULL, NULL);
}

/* ---- signals, for callers that also wait for descriptors ---- */

enum { SIGNAL_MOST = 64 };

static int signal_pipe[2] = {-1, -1};
static struct sigaction actions[SIGNAL_MOST + 1];

static void note_signal(int number, siginfo_t *info, void *context)
{
    struct caught caught = {(unsigned char)number, signal_from_terminal(info)};
    int before_it = errno;

    (void)context;
    if (write(signal_pipe[1], &caught, sizeof caught) < 0)
        errno = 0; /* the pipe is full of signals */
    errno = before_it;
}

/* False for signals that a bug raises: they must end this process. */
static bool can_be_caught(int number)
{
    return number != SIGKILL && number != SIGSTOP && number != SIGSEGV && number != SIGBUS &&
           number != SIGFPE && number != SIGILL;
}

bool pipe_make(int ends[2])
{
    int cause;

    if (pipe(ends) != 0)
        return false;
    if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0)
        return true;
    cause = errno;
    close(ends[0]);
    close(ends[1]);
    errno = cause;
    return false;
}

int child_signals(void)
{
    if (!pipe_make(signal_pipe))
        return -1;
    for (int i = 0; i < 2; i++)
        if (fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK) != 0)
            return -1; /* a handler's write could block */
    return signal_pipe[0];
}

void child_catch_signals(void)
{
    struct sigaction note = {.sa_sigaction = note_signal, .sa_flags = SA_SIGINFO};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t none;

    sigfillset(&note.sa_mask);
    for (int i = 1; i <= SIGNAL_MOST; i++) {
        const struct sigaction *wanted = i == SIGPIPE ? &ignore : &note;

        if (can_be_caught(i) && sigaction(i, NULL, &actions[i]) == 0 &&
            actions[i].sa_handler != SIG_IGN)
            sigaction(i, wanted, NULL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool child_next_signal(struct caught *caught)
{
    return read(signal_pipe[0], caught, sizeof *caught) == sizeof *caught;
}

void child_uncatch_signals(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int i = 1; i <= SIGNAL_MOST; i++)
        if (can_be_caught(i))
            sigaction(i, &actions[i], NULL);
}

void child_stop_all(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, now;

    sigaction(SIGTSTP, &usual, &now);
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &now, NULL);
}

extern char **environ;

/* Removes the variables that hold credentials: the command must not get them. */
static void drop_keys(void)
{
    size_t kept = 0;

    for (size_t i = 0; environ && environ[i]; i++)
        if (environ_is_inherited(environ[i]))
            environ[kept++] = environ[i];
    if (environ)
        environ[kept] = NULL;
}

enum status child_become(char *const *command, char **variables)
{
    enum status status;

    busy_end();
    restore_limits();
    if (variables)
        environ = variables;
    else
        drop_keys();
    execvp(command[0], command);
    if (errno == E2BIG)
        return STATUS_EXEC_FAILED;
    status = errno == ENOENT ? STATUS_EXEC_NOT_FOUND : STATUS_EXEC_CANNOT;
    say_error(status, "cannot run %.200s: %s", command[0], strerror(errno));
    return status;
}
