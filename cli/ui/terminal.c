/* The terminal: prompts on /dev/tty, never on stdin, and always restores the echo.
 *
 * While a hidden answer is typed, signals that would end or stop the program are caught. Once the
 * terminal is restored, the process sends itself the signal again. */
#include "terminal.h"

#include "busy.h"
#include "io.h"
#include "ready.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PASTE_BEGIN "\033[200~"
#define PASTE_END "\033[201~"
#define PASTES_MARKED "\033[?2004h" /* asks the terminal to mark the ends of a paste */
#define PASTES_PLAIN "\033[?2004l"

enum {
    ANSWER_MAX = 1 << 16,
    LINE_MAX_KERNEL = 4095, /* Linux drops the rest of a longer line */
    PASTE_PAUSE = 50        /* milliseconds within which the next line of a paste arrives */
};

enum question { SHOWN, HIDDEN, VALUE_HIDDEN };

static volatile sig_atomic_t caught;

static void catch (int number)
{
    caught = number;
}

static const int signals[] = {SIGALRM, SIGHUP,  SIGINT,  SIGPIPE, SIGQUIT,
                              SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};

enum { SIGNALS = sizeof signals / sizeof *signals };

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

bool terminal_is_there(void)
{
    int fd = open_terminal();

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void show(int fd, const char *text)
{
    write_bytes(fd, text, strlen(text));
}

/* False after a signal. One can arrive just before poll begins, so each wait is short. */
static bool wait_for_input(int fd)
{
    enum { MILLISECONDS = 250 };
    struct pollfd input = {.fd = fd, .events = POLLIN};

    while (!caught)
        if (await_ready(&input, 1, MILLISECONDS) > 0)
            return true;
    return false;
}

/* Reads one line, without its newline. False at the end of input or after a signal. */
static bool read_line(int fd, struct buf *out)
{
    for (;;) {
        char *room = wait_for_input(fd) ? buf_reserve(out, 1) : NULL;
        ssize_t got = room && out->len < ANSWER_MAX ? read(fd, room, 1) : -1;

        if (got < 0 && room && errno == EINTR && !caught)
            continue;
        if (got <= 0)
            return false;
        if (*room == '\n' || *room == '\r')
            return true;
        out->len++;
    }
}

/* Where a marker begins; the length of the text if it is not there. */
static size_t find_marker(struct slice text, const char *marker)
{
    size_t len = strlen(marker), at = 0;

    while (at + len <= text.len && memcmp(text.at + at, marker, len) != 0)
        at++;
    return at + len <= text.len ? at : text.len;
}

static bool has_marker(const struct buf *b, const char *marker)
{
    return find_marker(buf_slice(b), marker) < b->len;
}

static void drop(struct buf *b, size_t at, size_t len)
{
    memmove(b->data + at, b->data + at + len, b->len - at - len);
    b->len -= len;
}

static void drop_markers(struct buf *b)
{
    size_t end = find_marker(buf_slice(b), PASTE_END);

    drop(b, end, strlen(PASTE_END));
    if (end > 0 && b->data[end - 1] == '\n')
        drop(b, end - 1, 1);
    drop(b, find_marker(buf_slice(b), PASTE_BEGIN), strlen(PASTE_BEGIN));
}

/* Reads a line, or all lines of a marked paste. */
static bool read_value(int fd, struct buf *out, bool *cut)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};
    size_t start = 0;
    bool pasted, good = read_line(fd, out);

    *cut = good && out->len >= LINE_MAX_KERNEL;
    pasted = good && has_marker(out, PASTE_BEGIN);
    while (good && pasted && !has_marker(out, PASTE_END)) {
        buf_add_text(out, "\n");
        start = out->len;
        good = read_line(fd, out);
        *cut = *cut || out->len - start >= LINE_MAX_KERNEL;
    }
    if (good && pasted)
        drop_markers(out);
    else if (good && poll(&input, 1, PASTE_PAUSE) > 0)
        *cut = true;
    return good;
}

static bool marks_pastes(void)
{
    const char *term = getenv("TERM");

    return term && term[0] && strcmp(term, "dumb") != 0;
}

/* Asks once. False after a signal, or without an answer. */
static bool ask_once(int fd, const char *question, enum question kind, struct buf *out, bool *cut)
{
    struct sigaction action = {.sa_handler = catch}, old[SIGNALS];
    struct termios before, quiet;
    bool answered = false, marked = kind == VALUE_HIDDEN && marks_pastes();

    caught = 0;
    sigemptyset(&action.sa_mask); /* no SA_RESTART: a signal interrupts read */
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, &old[i]);
    if (tcgetattr(fd, &before) == 0) {
        quiet = before;
        if (kind != SHOWN)
            quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
        if (tcsetattr(fd, TCSAFLUSH, &quiet) == 0 && !caught) {
            show(fd, marked ? PASTES_MARKED : "");
            show(fd, question);
            answered = kind == VALUE_HIDDEN ? read_value(fd, out, cut) : read_line(fd, out);
            show(fd, marked ? PASTES_PLAIN : "");
        }
        tcsetattr(fd, TCSAFLUSH, &before);
        if (kind != SHOWN)
            show(fd, "\n");
    }
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &old[i], NULL);
    return answered;
}

static bool is_a_stop(int number)
{
    return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* If the program is stopped while it asks, it asks again from the start when it continues. */
static bool ask(const char *question, enum question kind, struct buf *out, bool *cut)
{
    int fd = open_terminal();
    bool was_busy = busy_end(), answered;

    if (fd < 0)
        return false;
    do {
        buf_clear(out);
        answered = ask_once(fd, question, kind, out, cut);
        if (caught)
            raise((int)caught);
    } while (!answered && is_a_stop((int)caught));
    close(fd);
    if (was_busy)
        busy_begin();
    return answered && buf_ok(out);
}

bool terminal_ask_hidden(const char *question, struct buf *out)
{
    return ask(question, HIDDEN, out, NULL);
}

bool terminal_ask_shown(const char *question, struct buf *out)
{
    return ask(question, SHOWN, out, NULL);
}

bool terminal_ask_value(const char *question, struct buf *out, bool *cut)
{
    *cut = false;
    return ask(question, VALUE_HIDDEN, out, cut);
}

bool terminal_confirm(const char *question)
{
    struct buf answer = {0};
    bool yes = ask(question, SHOWN, &answer, NULL) && answer.len > 0 &&
               (answer.data[0] == 'y' || answer.data[0] == 'Y');

    buf_free(&answer);
    return yes;
}

char terminal_choose(const char *question, const char *letters)
{
    struct buf answer = {0};
    char letter = 0;

    while (!letter && ask(question, SHOWN, &answer, NULL)) {
        char first = answer.len > 0 ? answer.data[0] : 0;

        if (first >= 'A' && first <= 'Z')
            first = (char)(first - 'A' + 'a');
        if (first && strchr(letters, first))
            letter = first;
        buf_clear(&answer);
    }
    buf_free(&answer);
    return letter;
}

enum status confirm(const struct args *args, const char *question)
{
    struct buf text = {0};
    bool yes;

    if (args_has(args, OPT_YES))
        return STATUS_OK;
    if (!terminal_is_there()) {
        say_error(STATUS_FAILED, "would %s: there is no terminal to ask on", question);
        say_hint("-y says yes");
        return STATUS_FAILED;
    }
    buf_printf(&text, "%s? [y/N] ", question);
    buf_add(&text, "", 1);
    yes = buf_ok(&text) && terminal_confirm(text.data);
    buf_free(&text);
    return yes ? STATUS_OK : say_error(STATUS_FAILED, "nothing was changed");
}

struct terminal {
    int fd;
    struct termios as_it_was;
};

struct terminal *terminal_remember(void)
{
    struct terminal *t = malloc(sizeof *t);

    if (!t)
        return NULL;
    t->fd = open_terminal();
    if (t->fd >= 0 && tcgetattr(t->fd, &t->as_it_was) == 0)
        return t;
    terminal_forget(t);
    return NULL;
}

void terminal_restore(const struct terminal *t)
{
    if (t)
        tcsetattr(t->fd, TCSADRAIN, &t->as_it_was);
}

void terminal_forget(struct terminal *t)
{
    if (t && t->fd >= 0)
        close(t->fd);
    free(t);
}
