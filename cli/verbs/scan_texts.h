/* The texts that scan looks through. */
#ifndef VAULT_SCAN_TEXTS_H
#define VAULT_SCAN_TEXTS_H

#include "git/git.h"

#include <sys/types.h>

/* One text, from its beginning. */
struct text {
    const char *path;
    int fd;                  /* of a file */
    struct git_batch *batch; /* of an object in git */
    struct slice link;       /* of a symbolic link: what it says */
};

/* The next bytes: how many, 0 at the end, -1 after a message. */
ssize_t text_read(struct text *t, char *to, size_t most);

struct scan_texts {
    enum status (*look)(void *user, struct text *text);
    void *user;
    bool unread; /* one could not be read, and a message was given */
};

/* What git does not ignore in the work tree; where there is none, all files below this folder. For
 * all of these: what `look` said, or STATUS_FAILED after a message. */
enum status scan_texts_in_tree(struct scan_texts *t);

/* What is there, "-" for stdin, or all files below a folder but git's own. */
enum status scan_texts_at(struct scan_texts *t, const char *path);

/* What is staged, of all that was changed or at these paths. */
enum status scan_texts_staged(struct scan_texts *t, const char *const *paths, int count);

#endif
