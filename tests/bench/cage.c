/* What the cage costs a verb: a process that enters one as get does, beside one that does not. */
#define _GNU_SOURCE 1 /* syscall, NOLINT(*-reserved-identifier,cert-*) */
#include "run/cage.c" /* NOLINT(bugprone-suspicious-include) */

#include "bench.h"
#include "folder.h"

enum { CHILDREN = 401 };

#define CAGE_BAR 60 /* microseconds */

static void enter(void)
{
    struct cage c;

    cage_begin(&c);
    cage_allow(&c, ".", CAGE_READ); /* where the vault is */
    cage_allow(&c, "state", CAGE_WRITE);
    cage_allow(&c, "identity", CAGE_READ);
    cage_allow(&c, "no SSH key", CAGE_READ);
    cage_allow(&c, "/dev/tty", CAGE_WRITE);
    cage_allow(&c, "/dev/null", CAGE_WRITE);
    if (!cage_enter(&c, CAGE_NO_CHILDREN).calls)
        _exit(1);
}

static void enter_nothing(void)
{
}

/* In a process of its own: no cage can be left. */
static double seconds_of(void (*what)(void))
{
    double seconds = 0;
    int ends[2], status = 0;
    pid_t child;

    bench_must(pipe(ends) == 0, "cannot make a pipe");
    child = fork();
    if (child == 0) {
        double start = bench_now();

        what();
        seconds = bench_now() - start;
        _exit(write(ends[1], &seconds, sizeof seconds) != (ssize_t)sizeof seconds);
    }
    close(ends[1]);
    bench_must(child > 0 && read(ends[0], &seconds, sizeof seconds) == (ssize_t)sizeof seconds &&
                   waitpid(child, &status, 0) == child && status == 0,
               "a process did not enter the cage");
    close(ends[0]);
    return seconds;
}

static void report(const char *folder)
{
    double samples[CHILDREN];
    int fd;

    bench_must(chdir(folder) == 0 && mkdir("state", 0700) == 0, "cannot make a folder");
    fd = open("identity", O_WRONLY | O_CREAT, 0600);
    bench_must(fd >= 0 && close(fd) == 0, "cannot make a file");
    for (size_t i = 0; i < CHILDREN; i++) {
        double without = seconds_of(enter_nothing);

        samples[i] = seconds_of(enter) - without;
    }
    bench_report_most("entering the cage of get", bench_median(samples, CHILDREN) * 1e6, "us",
                      CAGE_BAR);
}

int main(void)
{
    struct cage_limits here = cage_probe();

    if (!here.files || !here.calls) {
        printf("the cage: this system has none\n");
        return 0;
    }
    return folder_run(report);
}
