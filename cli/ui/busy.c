/* Shows on the terminal that work is in progress after half a second, and erases it afterwards.
 *
 * A timer signal draws it, so the working code is not involved. MUST: the handler calls only
 * write(2). MUST: the timer is stopped before exec: its signal would kill the new program. */
#include "busy.h"

#include "io.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { FIRST = 500000, THEN = 100000 }; /* microseconds */

#define BAR_WIDTH 20

static volatile sig_atomic_t begun, shown, percent;
static struct sigaction before;

static void draw(int number)
{
    static const char wheel[] = "|/-\\", filled[] = "####################",
                      empty[] = "....................";
    int cause = errno, full = (int)percent * BAR_WIDTH / 100;

    (void)number;
    if (percent < 0) {
        char text[] = "\r? working ";

        text[1] = wheel[shown % 4];
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
    } else {
        char text[] = "\r[....................] ";

        memcpy(text + 2, filled, (size_t)full);
        memcpy(text + 2 + full, empty, (size_t)(BAR_WIDTH - full));
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
    }
    shown = shown + 1;
    errno = cause;
}

/* False in the background, and on a terminal that ignores carriage returns. */
static bool is_seen(void)
{
    const char *terminal = getenv("TERM");
    pid_t seen = terminal && strcmp(terminal, "dumb") != 0 ? tcgetpgrp(STDERR_FILENO) : -1;

    return seen > 0 && seen == getpgrp();
}

/* A timer that the parent process has set, as a time limit, is left alone. */
static bool timer_is_free(void)
{
    struct itimerval timer;

    return getitimer(ITIMER_REAL, &timer) == 0 && timer.it_value.tv_sec == 0 &&
           timer.it_value.tv_usec == 0;
}

void busy_begin(void)
{
    static const struct itimerval timer = {{0, THEN}, {0, FIRST}};
    struct sigaction action = {.sa_handler = draw, .sa_flags = SA_RESTART};

    if (begun || !is_seen() || !timer_is_free())
        return;
    shown = 0;
    percent = -1;
    sigemptyset(&action.sa_mask);
    begun = sigaction(SIGALRM, &action, &before) == 0;
    if (begun)
        setitimer(ITIMER_REAL, &timer, NULL);
}

bool busy_end(void)
{
    static const struct itimerval none = {{0, 0}, {0, 0}};
    static const char clear[] = "\r                       \r";
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    if (!begun)
        return false;
    setitimer(ITIMER_REAL, &none, NULL);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGALRM, &ignore, NULL); /* discard a pending signal */
    sigaction(SIGALRM, &before, NULL);
    if (shown)
        write_bytes(STDERR_FILENO, clear, sizeof clear - 1);
    begun = shown = 0;
    return true;
}

void busy_at(size_t done, size_t of)
{
    percent = done && of ? (int)(done * 100 / of) : -1; /* 0: maybe still prompting */
}
