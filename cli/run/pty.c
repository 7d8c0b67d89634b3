/* A pseudo-terminal for a command whose output is redacted. It has the settings and the size of the
 * outer terminal, receives the keys typed there, and has its own foreground process group.
 *
 * There are three processes: this one, the session leader, and the command. The command needs a
 * parent in its session, because Ctrl-Z does not stop orphaned process groups. */
#include "pty.h"

#include "signals.h"
#include "ui/io.h"
#include "ui/say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool pty_is_own(int terminal)
{
    return isatty(terminal) && tcgetpgrp(terminal) >= 0;
}

void pty_copy_size(const struct pty *p)
{
    struct winsize size;

    if (p->master >= 0 && ioctl(p->outer, TIOCGWINSZ, &size) == 0)
        ioctl(p->master, TIOCSWINSZ, &size);
}

bool pty_open(struct pty *p, int outer, bool with_keys)
{
    const char *name;
    struct termios settings;

    *p = (struct pty){.outer = outer, .keys = -1, .slave = -1};
    p->master = posix_openpt(O_RDWR | O_NOCTTY);
    if (p->master < 0)
        return false;
    fcntl(p->master, F_SETFD, FD_CLOEXEC);
    fcntl(p->master, F_SETFL, O_NONBLOCK);
    if (grantpt(p->master) != 0 || unlockpt(p->master) != 0 || !(name = ptsname(p->master)))
        return false;
    p->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (p->slave < 0 || tcgetattr(outer, &settings) != 0)
        return false;
    if (!with_keys)
        settings.c_oflag &= ~(tcflag_t)OPOST; /* the outer terminal does this */
    if (tcsetattr(p->slave, TCSANOW, &settings) != 0)
        return false;
    pty_copy_size(p);
    if (with_keys)
        p->keys = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    p->signals = !isatty(STDIN_FILENO);
    return true;
}

void pty_close(struct pty *p)
{
    const int all[] = {p->master, p->slave, p->keys};

    pty_give_back(p);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] >= 0)
            close(all[i]);
    p->master = p->slave = p->keys = -1;
}

/* ---- the outer terminal ---- */

/* Sets the outer terminal to raw mode; the inner one processes keys and output. In a pipeline
 * Ctrl-C and Ctrl-Z concern the other processes too, so the outer terminal keeps handling them. */
void pty_take(struct pty *p)
{
    struct termios raw;

    if (p->keys < 0 || p->is_raw || tcgetpgrp(p->outer) != getpgrp() ||
        tcgetattr(p->outer, &p->before) != 0)
        return;
    raw = p->before;
    raw.c_iflag &=
        ~(tcflag_t)(BRKINT | ICRNL | IGNBRK | IGNCR | INLCR | INPCK | ISTRIP | IXON | PARMRK);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | (p->signals ? 0 : ISIG));
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    p->is_raw = tcsetattr(p->outer, TCSADRAIN, &raw) == 0;
}

void pty_give_back(struct pty *p)
{
    if (p->is_raw && tcgetpgrp(p->outer) == getpgrp())
        tcsetattr(p->outer, TCSADRAIN, &p->before);
    p->is_raw = false;
}

/* ---- the session leader ---- */

struct start {
    const struct pty *pty;
    child_prepare *prepare, *leave;
    void *state;
};

/* In the command: puts its own process group into the foreground. */
static bool take_foreground(void *state)
{
    const struct start *s = state;

    return setpgid(0, 0) == 0 && tcsetpgrp(s->pty->slave, getpid()) == 0 && s->prepare(s->state);
}

static bool lead_session(const struct pty *p)
{
    if (setsid() < 0)
        return false;
#ifdef TIOCSCTTY
    return ioctl(p->slave, TIOCSCTTY, 0) == 0;
#else
    int fd = open(ptsname(p->master), O_RDWR);

    return fd >= 0 && close(fd) == 0;
#endif
}

/* Reports each stop, and the end, of the command. Returns after the end. */
static void watch(pid_t child, int report)
{
    struct pty_report r = {.stopped = 1};
    siginfo_t info;
    int status;

    while (r.stopped) {
        pid_t changed = waitpid(child, &status, WNOHANG | WUNTRACED);
        int number;

        if (changed == child) {
            r = (struct pty_report){WIFSTOPPED(status), 0};
            if (!r.stopped)
                r.status = (unsigned char)child_status(status);
            if (!write_bytes(report, (const char *)&r, sizeof r))
                _exit(STATUS_EXEC_FAILED); /* the reader has gone */
            continue;
        }
        if (changed < 0 && errno != EINTR)
            _exit(STATUS_EXEC_FAILED);
        number = signal_take(&info); /* one may be lost: it waits for a second at most */
        if (number > 0 && number != SIGCHLD)
            kill(number == SIGCONT ? -child : child, number);
    }
}

/* The session leader. It outlives the command until the output has been read: when a session leader
 * ends, the terminal closes and unread output is lost. */
static void lead(const struct start *s, char *const *command, char **variables, int report)
{
    sigset_t all;
    int number;
    pid_t child;

    if (!lead_session(s->pty)) {
        say_error(STATUS_EXEC_FAILED, "cannot make a terminal: %s", strerror(errno));
        _exit(STATUS_EXEC_FAILED);
    }
    child = child_start(command, variables, take_foreground, (void *)s);
    if (child < 0)
        _exit(STATUS_EXEC_FAILED);
    close(s->pty->slave);
    close(s->pty->master);
    s->leave(s->state);
    watch(child, report);
    sigfillset(&all);
    sigwait(&all, &number);
    _exit(0);
}

pid_t pty_start(const struct pty *p, char *const *command, char **variables, child_prepare *prepare,
                child_prepare *leave, void *state, int report)
{
    struct start s = {p, prepare, leave, state};
    pid_t leader = fork();

    if (leader == 0)
        lead(&s, command, variables, report);
    if (leader < 0)
        say_error(STATUS_EXEC_FAILED, "cannot start a process: %s", strerror(errno));
    return leader;
}

void pty_signal(const struct pty *p, int number)
{
    pid_t group = tcgetpgrp(p->master);

    if (group > 0)
        kill(-group, number);
}
