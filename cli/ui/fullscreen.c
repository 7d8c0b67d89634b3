/* A program on the whole terminal; see fullscreen.h.
 *
 * Signals that ask to end or stop the process are caught, and handled where the next key is waited
 * for. A second one does not wait: its handler gives the terminal back and lets it end the process,
 * as the handler of a crash does. What handlers do is async-signal-safe. */
#include "fullscreen.h"

#include "busy.h"
#include "io.h"
#include "ready.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* The alternate screen, without the cursor, and with the ends of a paste marked. It is cleared
 * before it is left: some terminals keep it. */
#define ENTER "\033[?1049h\033[2J\033[?25l\033[?2004h"
#define LEAVE "\033[0m\033[2J\033[H\033[?2004l\033[?25h\033[?1049l"

static int terminal = -1;
static struct termios before;
static volatile sig_atomic_t taken, ending, interrupted, stopping, continued;

static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGPIPE};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS};
static const int others[] = {SIGTSTP, SIGCONT, SIGTTIN, SIGTTOU, SIGWINCH};

enum {
    ENDS = sizeof ends / sizeof *ends,
    CRASHES = sizeof crashes / sizeof *crashes,
    OTHERS = sizeof others / sizeof *others
};

static struct sigaction old[ENDS + CRASHES + OTHERS];
static unsigned char spare_stack[1 << 16]; /* for a crash whose stack is full */

/* Async-signal-safe. */
static void give_back(void)
{
    ssize_t ignored = write(terminal, LEAVE, sizeof LEAVE - 1);

    (void)ignored;
    tcsetattr(terminal, TCSADRAIN, &before);
    taken = 0;
}

static void die_of(int number)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t one;

    if (taken)
        give_back();
    sigaction(number, &usual, NULL);
    sigemptyset(&one);
    sigaddset(&one, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static void handle(int number)
{
    int saved = errno;

    if (!taken && (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU))
        raise(SIGSTOP); /* another program has the terminal, and stops too */
    else if (!taken && (number == SIGINT || number == SIGQUIT))
        ; /* is for that program */
    else if (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
        stopping = number;
    else if (number == SIGCONT)
        continued = 1;
    else if (number == SIGINT && !interrupted && !ending)
        interrupted = 1;
    else if (number != SIGWINCH && (ending || interrupted))
        die_of(number);
    else if (number != SIGWINCH)
        ending = number;
    errno = saved;
}

static void crash(int number)
{
    die_of(number);
}

static void catch_all(void)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    struct sigaction last = {.sa_handler = crash, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK)};
    stack_t stack = {.ss_sp = spare_stack, .ss_size = sizeof spare_stack};
    int at = 0;

    sigemptyset(&action.sa_mask);
    sigfillset(&last.sa_mask);
    sigaltstack(&stack, NULL);
    for (int i = 0; i < ENDS; i++)
        sigaction(ends[i], &action, &old[at++]);
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &last, &old[at++]);
    for (int i = 0; i < OTHERS; i++)
        sigaction(others[i], &action, &old[at++]);
}

static void uncatch_all(void)
{
    int at = 0;

    for (int i = 0; i < ENDS; i++)
        sigaction(ends[i], &old[at++], NULL);
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &old[at++], NULL);
    for (int i = 0; i < OTHERS; i++)
        sigaction(others[i], &old[at++], NULL);
}

bool fullscreen_is_utf8(void)
{
    const char *locale = getenv("LC_ALL");

    if (!locale || !locale[0])
        locale = getenv("LC_CTYPE");
    if (!locale || !locale[0])
        locale = getenv("LANG");
    for (; locale && *locale; locale++)
        if (strncasecmp(locale, "utf-8", 5) == 0 || strncasecmp(locale, "utf8", 4) == 0)
            return true;
    return false;
}

enum status fullscreen_check(void)
{
    const char *term = getenv("TERM");
    const char *why = NULL;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        why = "standard input and output must be a terminal";
    else if (!term || !term[0])
        why = "TERM is not set, so what this terminal can do is not known";
    else if (strcmp(term, "dumb") == 0)
        why = "this terminal cannot place its cursor: TERM is dumb";
    if (!why)
        return STATUS_OK;
    say_error(STATUS_USAGE, "%s", why);
    say_hint("{program} list --names --all, or {program} diff -e ENV,ENV");
    return STATUS_USAGE;
}

/* Keys come one by one and are not shown; Ctrl-C and Ctrl-Z still are signals, so that they work
 * while something takes long. */
static bool make_raw(void)
{
    struct termios raw = before;

    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | IGNCR | ISTRIP | BRKINT);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)CSIZE) | CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return tcsetattr(terminal, TCSADRAIN, &raw) == 0;
}

void fullscreen_enter(void)
{
    taken = 1;
    make_raw();
    write_bytes(terminal, ENTER, sizeof ENTER - 1);
}

void fullscreen_leave(void)
{
    if (taken)
        give_back();
}

enum status fullscreen_begin(void)
{
    busy_end();
    terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || tcgetattr(terminal, &before) != 0)
        return say_error(STATUS_FAILED, "cannot use the terminal: %s", strerror(errno));
    ending = interrupted = stopping = continued = 0;
    catch_all();
    fullscreen_enter();
    return STATUS_OK;
}

void fullscreen_end(void)
{
    int number = (int)ending;

    if (terminal < 0)
        return;
    fullscreen_leave();
    uncatch_all();
    close(terminal);
    terminal = -1;
    if (number)
        raise(number);
}

void fullscreen_size(int *width, int *height)
{
    enum { USUAL_WIDTH = 80, USUAL_HEIGHT = 24 };
    struct winsize size = {.ws_col = 0};

    if (ioctl(terminal, TIOCGWINSZ, &size) != 0 || !size.ws_col || !size.ws_row)
        size = (struct winsize){.ws_col = USUAL_WIDTH, .ws_row = USUAL_HEIGHT};
    *width = size.ws_col;
    *height = size.ws_row;
}

void fullscreen_write(struct slice bytes)
{
    if (!write_bytes(terminal, bytes.at, bytes.len) && !ending)
        ending = SIGHUP;
}

/* As if the signal had its usual effect. */
static void stop(int number)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, caught;

    stopping = 0;
    fullscreen_leave();
    sigaction(number, &usual, &caught);
    raise(number);
    sigaction(number, &caught, NULL);
    continued = 1;
}

static struct key read_key(struct key_reader *k, int milliseconds)
{
    struct pollfd input = {.fd = terminal, .events = POLLIN};
    unsigned char byte;
    struct key key = {.kind = KEY_NONE};

    while (key.kind == KEY_NONE) {
        enum { SEQUENCE_PAUSE = 50 };
        int ready = await_ready(&input, 1, k->count > 0 ? SEQUENCE_PAUSE : milliseconds);
        ssize_t got = ready > 0 ? read(terminal, &byte, 1) : 0;

        if (ready > 0 && got <= 0 && !(got < 0 && errno == EINTR)) {
            if (!ending)
                ending = SIGHUP;
            return (struct key){.kind = KEY_GONE};
        }
        if (got > 0)
            key = keys_take(k, byte);
        else if (k->count > 0 && ready == 0)
            key = keys_pause(k);
        else
            return (struct key){.kind = KEY_TICK};
    }
    return key;
}

struct key fullscreen_key(struct key_reader *k, bool *fresh)
{
    enum { MOMENT = 250 };
    struct key key = {.kind = KEY_TICK};

    *fresh = false;
    if (stopping)
        stop((int)stopping);
    if (continued) {
        continued = 0;
        fullscreen_enter();
        *fresh = true;
        return key;
    }
    if (!ending && !interrupted)
        key = read_key(k, MOMENT);
    if (ending)
        key.kind = KEY_GONE;
    else if (interrupted)
        key.kind = KEY_INTERRUPT;
    interrupted = 0;
    return key;
}
