/* Running git: without a shell, and without what opens the vault in its environment.
 *
 * It runs none of the repository's programs, asks nobody, and does not reach for the network: an
 * object that a partial clone has not fetched is missing.
 *
 * A failure to start git is said here; what git says itself goes to /dev/null with GIT_QUIET, and
 * to our stderr otherwise. A path of a repository may hold any byte but zero: ask git for -z, and
 * for objects by their id. */
#ifndef VAULT_GIT_H
#define VAULT_GIT_H

#include "ui/status.h"

#include "base/mem.h"

#include <sys/types.h>

enum git_flags {
    GIT_READ = 1,     /* its stdout is read from `out`; otherwise it is /dev/null */
    GIT_WRITE = 2,    /* its stdin is written to `in`; otherwise it is /dev/null */
    GIT_QUIET = 4,    /* its stderr is /dev/null */
    GIT_OWN_HOOKS = 8 /* core.hooksPath is what the configuration says, for a git that runs none */
};

/* A git that runs. */
struct git {
    pid_t pid;
    int in, out; /* -1: none */
};

/* Starts `git ARGUMENTS…` (ends in NULL) in a folder (NULL: this one, and the repository that a
 * hook is run for). False after a message. */
bool git_start(const char *folder, const char *const *arguments, unsigned flags, struct git *g);

/* To git's stdin. False with errno, EPIPE if git has ended: never a signal. */
bool git_write(const struct git *g, const char *data, size_t len);

/* Closes both pipes, waits, and gives the exit status: 128 + n if signal n ended it. */
int git_end(struct git *g);

/* Runs git to its end and appends its stdout to out (NULL: it is not read), quietly. The exit
 * status; GIT_NOT_HERE if there is no git, as a shell says it; or -1 after a message. */
enum { GIT_NOT_HERE = 127 };
int git_output(const char *folder, const char *const *arguments, struct buf *out);

/* The same, for questions about where hooks are: nothing that runs a hook. */
int git_configured(const char *folder, const char *const *arguments, struct buf *out);

/* Says why git has failed to read an object: the clone is a partial one, and what to type; or else
 * this sentence. STATUS_FAILED. */
enum status git_say_missing(const char *folder, const char *otherwise);

/* Whether git would send the file through a filter, which is a program that the repository names:
 * 1, 0, or -1 if git cannot say. */
int git_has_filter(const char *folder, const char *name);

/* Takes the final newline from what git has printed, and puts a zero byte behind the rest. NULL:
 * out of memory. */
const char *git_line(struct buf *out);

/* ---- git cat-file --batch: one process for all objects ---- */

enum {
    GIT_AHEAD = 32, /* objects that may be asked for before the first of them is read */
    GIT_BATCH_BUFFER = 65536
};

struct git_batch {
    struct git git;
    const char *folder; /* lives as long as this does */
    size_t left;        /* of the object that is being read */
    size_t at, end;
    char buffer[GIT_BATCH_BUFFER];
};

bool git_batch_start(const char *folder, struct git_batch *b);

/* Asks for an object, whose name has no newline and, if more than one is asked for at a time, is an
 * id. False after a message. */
bool git_batch_ask(struct git_batch *b, const char *object);

/* What was asked for first: its size. STATUS_ABSENT without a message, STATUS_FAILED after one.
 * What was not read of the object before is passed over. */
enum status git_batch_answer(struct git_batch *b, size_t *size);

/* The next bytes of that object, at most `most`: how many, 0 at its end, -1 after a message. */
ssize_t git_batch_read(struct git_batch *b, char *to, size_t most);

/* Wipes the buffer too. To be called once after git_batch_start has said true. */
void git_batch_end(struct git_batch *b);

#endif
