/* A pager for long output on a terminal.
 *
 * MUST NOT: give the pager a variable that opens the vault, as no program gets one; start it with
 * values on the screen, because a pager keeps what it shows, and has commands that write files. */
#include "pager.h"

#include "child.h"
#include "program.h"
#include "ui/agent.h"
#include "ui/busy.h"
#include "ui/fit.h"
#include "ui/io.h"
#include "ui/say.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static pid_t pager = -1;
static int to_pager = -1;

/* How it is started: the words that a person has configured are for a shell. */
struct pager {
    char less[PATH_MAX];
    char *words[4];
};

/* An empty command, or cat, is none, as for git. MUST NOT: start a less of a relative folder in
 * PATH, which would be the repository's. */
static bool find_pager(struct pager *p)
{
    const char *own = getenv("VAULT_PAGER"), *usual = getenv("PAGER");
    const char *command = own ? own : usual && usual[0] ? usual : NULL;

    p->words[0] = p->less;
    p->words[1] = NULL;
    if (!command)
        return program_find("less", p->less, sizeof p->less);
    p->words[0] = "/bin/sh";
    p->words[1] = "-c";
    p->words[2] = (char *)command;
    p->words[3] = NULL;
    return command[0] && strcmp(command, "cat") != 0;
}

static bool is_wanted(const struct args *args)
{
    const char *terminal = getenv("TERM");

    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0 &&
           !args_has(args, OPT_NO_PAGER) && !args_has(args, OPT_REVEAL) && !agent_variable();
}

/* Becomes the pager when there is something to show. */
static void wait_and_show(int in, char *const *words)
{
    struct pollfd input = {.fd = in, .events = POLLIN};
    int ready;

    do
        ready = poll(&input, 1, -1);
    while (ready < 0 && errno == EINTR);
    if (ready != 1 || !(input.revents & POLLIN) || dup2(in, STDIN_FILENO) < 0 ||
        setenv("LESS", "FRX", 0) != 0)
        _exit(STATUS_EXEC_NOT_FOUND);
    child_become(words, NULL);
    _exit(STATUS_EXEC_NOT_FOUND);
}

void pager_start(const struct args *args)
{
    struct pager found;
    int ends[2];

    if (!is_wanted(args) || !find_pager(&found) || !pipe_make(ends))
        return;
    pager = fork();
    if (pager == 0) {
        close(ends[1]);
        wait_and_show(ends[0], found.words);
    }
    close(ends[0]);
    if (pager > 0)
        to_pager = ends[1];
    else
        close(ends[1]);
}

/* Whether the terminal has room for all lines, and one for the prompt. */
static bool fits(struct slice text)
{
    struct winsize size = {.ws_row = 0};
    size_t rows = 1, column = 0;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return true;
    for (size_t i = 0; i < text.len && rows <= size.ws_row; i++) {
        bool is_end = text.at[i] == '\n' || ++column > size.ws_col;

        rows += is_end;
        column = is_end ? 0 : column;
    }
    return rows <= size.ws_row;
}

static int wait_for_end(void)
{
    int status = 0;

    if (to_pager >= 0)
        close(to_pager);
    to_pager = -1;
    while (pager > 0 && waitpid(pager, &status, 0) < 0 && errno == EINTR)
        ;
    pager = -1;
    return child_status(status);
}

void pager_end(void)
{
    wait_for_end();
}

/* Ctrl-C is the pager's while it shows something, and a person may leave it before the end. */
static enum status write_paged(const struct buf *out)
{
    static const int numbers[] = {SIGINT, SIGQUIT, SIGPIPE};
    enum { NUMBERS = sizeof numbers / sizeof *numbers };
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before[NUMBERS];
    struct slice text = buf_slice(out);
    int status;

    if (to_pager < 0 || !buf_ok(out) || fits(text))
        return write_buf(out);
    busy_end();
    for (size_t i = 0; i < NUMBERS; i++)
        sigaction(numbers[i], &ignore, &before[i]);
    (void)!write_bytes(to_pager, text.at, text.len);
    status = wait_for_end();
    for (size_t i = 0; i < NUMBERS; i++)
        sigaction(numbers[i], &before[i], NULL);
    if (status != STATUS_EXEC_CANNOT && status != STATUS_EXEC_NOT_FOUND)
        return STATUS_OK;
    return write_buf(out); /* it has shown nothing */
}

enum status pager_write(const struct args *args, const struct buf *out)
{
    struct buf fitted = {0};
    enum status status = write_paged(args && fit_text(args, out, &fitted) ? &fitted : out);

    buf_free(&fitted);
    return status;
}
