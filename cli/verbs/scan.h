/* What scan is made of: the values that are looked for, and the texts that are looked through. */
#ifndef VAULT_SCAN_H
#define VAULT_SCAN_H

#include "git/history.h"
#include "ui/status.h"

#include "find/leak.h"

#include <sys/types.h>

/* ---- the values (catalog.c) ---- */

struct entry {
    const char *env, *secret, *key;
    struct slice value;
    enum leak_worth worth;
    bool former; /* it is not the value any more */
};

/* Make it with CATALOG_EMPTY. Values stand in guarded memory; what is looked for comes first, and
 * the same value stands together. */
struct catalog {
    struct arena names, values;
    struct entry *entries;
    size_t count, size;
    size_t *first; /* for each value that is looked for its first entry, and behind them the end */
    size_t value_count;
    struct leaks *leaks;
    bool failed;
};

#define CATALOG_EMPTY ((struct catalog){.names = ARENA_PUBLIC})

/* Adds the values of an environment of the vault that is open in v. */
vault_err catalog_add(struct catalog *c, vault *v, const char *env);

/* Adds each value that git has of these environments (NULL: of all), as former ones. How many
 * changes could not be read is added to *unread. FAILED or the like after a message. */
enum status catalog_add_history(struct catalog *c, struct history *h, const char *const *envs,
                                size_t count, size_t *unread);

/* To be called once, behind the last of them. False: out of memory. */
bool catalog_finish(struct catalog *c);
void catalog_free(struct catalog *c);

/* ---- the texts (texts.c) ---- */

/* One text, from its beginning. */
struct text {
    const char *path;
    int fd;                  /* of a file */
    struct git_batch *batch; /* of an object in git */
    struct slice link;       /* of a symbolic link: what it says */
};

/* The next bytes: how many, 0 at the end, -1 after a message. */
ssize_t text_read(struct text *t, char *to, size_t most);

struct texts {
    enum status (*look)(void *user, struct text *text);
    void *user;
    bool unread; /* one could not be read, and a message was given */
};

/* What git does not ignore in the work tree; where there is none, all files below this folder. For
 * all of these: what `look` said, or FAILED after a message. */
enum status texts_in_tree(struct texts *t);

/* What is there, "-" for stdin, or all files below a folder but git's own. */
enum status texts_at(struct texts *t, const char *path);

/* What is staged, of all that was changed or at these paths. */
enum status texts_staged(struct texts *t, const char *const *paths, int count);

#endif
