/* A folder to measure in, which goes however that ends: the measuring is a process of its own. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include "bench.h"

#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FOLDER_PATH = 512 };

static inline int folder_remove_one(const char *path, const struct stat *st, int type,
                                    struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

/* A command line of the shell's: its exit status. */
static inline int folder_shell(const char *script)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    bench_must(child > 0 && waitpid(child, &status, 0) == child, "cannot start a process");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Returns the exit status of a program that does only this. */
static inline int folder_run(void (*report)(const char *folder))
{
    const char *base = getenv("TMPDIR");
    char folder[FOLDER_PATH];
    int status;
    pid_t child;

    snprintf(folder, sizeof folder, "%s/vault-bench.XXXXXX", base ? base : "/tmp");
    bench_must(mkdtemp(folder), "cannot make a temporary folder");
    child = fork();
    if (child == 0) {
        report(folder);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        status = 1;
    nftw(folder, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return status != 0;
}

#endif
