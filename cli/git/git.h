/* Runs git without a shell, and without credentials in its environment.
 *
 * git runs no program that the repository names, does not prompt, and does not use the network: an
 * object that a partial clone has not fetched is missing.
 *
 * These functions report a failure to start git. git's own messages go to /dev/null with GIT_QUIET,
 * otherwise to stderr. A path may contain any byte but zero, so use -z, and name objects by ID. */
#ifndef VAULT_GIT_H
#define VAULT_GIT_H

#include "ui/status.h"

#include "base/mem.h"

#include <sys/types.h>

enum git_flags {
    GIT_READ = 1,     /* read its stdout from `out`; otherwise /dev/null */
    GIT_WRITE = 2,    /* write its stdin to `in`; otherwise /dev/null */
    GIT_QUIET = 4,    /* stderr is /dev/null */
    GIT_OWN_HOOKS = 8 /* keep core.hooksPath, for commands that run no hook */
};

/* A running git. */
struct git {
    pid_t pid;
    int in, out; /* -1 without a pipe */
};

/* Starts `git ARGUMENTS…`, which end in NULL, in a folder. NULL is the current folder, with the
 * repository that a hook runs for. False after a message. */
bool git_start(const char *folder, const char *const *arguments, unsigned flags, struct git *g);

/* Writes to git's stdin. False with errno; EPIPE, without a signal, if git has exited. */
bool git_write(const struct git *g, const char *data, size_t len);

/* Closes both pipes, waits, and returns the exit status: 128 + n if signal n ended it. */
int git_end(struct git *g);

/* Runs git quietly, and appends its stdout to out unless that is NULL. Returns the exit status,
 * GIT_NOT_HERE if there is no git, or -1 after a message. */
enum { GIT_NOT_HERE = 127 };
int git_output(const char *folder, const char *const *arguments, struct buf *out);

/* The same with the configured core.hooksPath, for commands that run no hook. */
int git_configured(const char *folder, const char *const *arguments, struct buf *out);

/* Reports that git failed to read an object: in a partial clone with a hint, otherwise with the
 * given message. Returns STATUS_FAILED. */
enum status git_say_missing(const char *folder, const char *otherwise);

/* Whether git would run a filter, a program that the repository names, on this file: 1, 0, or -1 if
 * git fails. */
int git_has_filter(const char *folder, const char *name);

/* Replaces the final newline of git's output with a zero byte. NULL if out of memory. */
const char *git_line(struct buf *out);

/* ---- git cat-file --batch: one process reads all objects ---- */

enum {
    GIT_AHEAD = 32, /* requests that may be pending */
    GIT_BATCH_BUFFER = 65536
};

struct git_batch {
    struct git git;
    const char *folder; /* MUST outlive this */
    size_t left;        /* of the current object */
    bool is_blob;       /* the current object */
    size_t at, end;
    char buffer[GIT_BATCH_BUFFER];
};

bool git_batch_start(const char *folder, struct git_batch *b);

/* Requests an object. Its name MUST NOT contain a newline, and MUST be an ID if several requests
 * are pending. False after a message. */
bool git_batch_ask(struct git_batch *b, const char *object);

/* The size of the object requested first. STATUS_ABSENT without a message, STATUS_FAILED after one.
 * Skips unread bytes of the object before it. */
enum status git_batch_answer(struct git_batch *b, size_t *size);

/* Reads up to `most` bytes of that object. Returns their number; 0 at its end, -1 after a
 * message. */
ssize_t git_batch_read(struct git_batch *b, char *to, size_t most);

/* Ends git and wipes the buffer. Call it once after git_batch_start has returned true. */
void git_batch_end(struct git_batch *b);

#endif
