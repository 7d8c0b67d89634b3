/* A command that is waited for, because there is something to clear away after it.
 *
 * While it runs every signal that can be caught is held back and looked at one by one: one that
 * somebody sent to this process is passed on; one that came from the terminal the command has got
 * itself. */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool came_from_terminal(const siginfo_t *info)
{
#ifdef SI_KERNEL
    return info->si_code == SI_KERNEL;
#else
    return info->si_code <= 0;
#endif
}

/* Stops with the command, and goes on when it is told to. */
static void stop_too(void)
{
    raise(SIGSTOP);
}

static void handle(pid_t child, const siginfo_t *info)
{
    switch (info->si_signo) {
    case SIGCHLD:
        return;
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        if (!came_from_terminal(info))
            kill(child, info->si_signo);
        stop_too();
        return;
    default:
        if (!came_from_terminal(info))
            kill(child, info->si_signo);
    }
}

static int wait_for(pid_t child, const sigset_t *all)
{
    siginfo_t info;
    int status;

    for (;;) {
        pid_t done = waitpid(child, &status, WNOHANG);

        if (done == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (done < 0 && errno != EINTR)
            return EXEC_FAILED;
        if (sigwaitinfo(all, &info) > 0)
            handle(child, &info);
    }
}

static sigset_t before;
static bool held;

void child_hold_signals(void)
{
    sigset_t all;

    busy_end();
    sigfillset(&all);
    held = sigprocmask(SIG_BLOCK, &all, &before) == 0;
}

void child_release_signals(void)
{
    if (held)
        sigprocmask(SIG_SETMASK, &before, NULL);
    held = false;
}

bool child_may_inherit(const char *variable)
{
    static const char *const keys[] = {"VAULT_IDENTITY=", "VAULT_PASSPHRASE="};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strncmp(variable, keys[i], strlen(keys[i])) == 0)
            return false;
    return true;
}

static int become(char *const *command, char **variables)
{
    enum status status = child_become(command, variables);

    if (status == EXEC_FAILED)
        say_error(EXEC_FAILED, "cannot run %.200s: %s", command[0], strerror(E2BIG));
    return (int)status;
}

int child_run(char *const *command, char **variables)
{
    sigset_t all;
    pid_t child = fork();

    sigfillset(&all);
    if (child == 0) {
        child_release_signals();
        _exit(become(command, variables));
    }
    if (child < 0)
        return (int)say_error(EXEC_FAILED, "cannot start a process: %s", strerror(errno));
    return wait_for(child, &all);
}

enum status child_become(char *const *command, char **variables)
{
    extern char **environ;
    enum status status;

    busy_end();
    restore_limits();
    if (variables)
        environ = variables;
    execvp(command[0], command);
    if (errno == E2BIG)
        return EXEC_FAILED;
    status = errno == ENOENT ? EXEC_NOT_FOUND : EXEC_CANNOT;
    say_error(status, "cannot run %.200s: %s", command[0], strerror(errno));
    return status;
}
