/* The texts that scan searches. */
#ifndef VAULT_SCAN_TEXTS_H
#define VAULT_SCAN_TEXTS_H

#include "git/git.h"

#include <sys/types.h>

/* One text, from its beginning. */
struct text {
    const char *path;
    struct slice begun;      /* what was read of it; all of a symbolic link, which is its target */
    int fd;                  /* of a file */
    struct git_batch *batch; /* of an object in git */
    const char *blob;        /* the ID of an object in the history */
    bool is_staged;
};

/* Reads the next bytes: their number, 0 at the end, -1 after a message. */
ssize_t text_read(struct text *t, char *to, size_t most);

/* Small texts are kept in memory until it is known what may be in them. */
struct held_texts {
    struct arena names;
    struct buf bytes;
    struct held_text *list;
    size_t count;
};

#define HELD_TEXTS_NONE ((struct held_texts){.names = ARENA_PUBLIC, .bytes = BUF_SECRET})

/* Keeps a text, if all texts together have at most this many bytes. Else the text is not kept, and
 * what was read of it becomes its beginning, which lasts until another text is added. */
enum status held_add(struct held_texts *h, struct text *t, size_t most, bool *kept);
struct slice held_bytes(const struct held_texts *h, size_t place);
void held_free(struct held_texts *h); /* wipes */

struct scan_texts {
    enum status (*look)(void *user, struct text *text);
    void *user;
    bool unread; /* one could not be read, which was reported */
};

/* All files of the work tree that git does not ignore; without a work tree, all files below this
 * folder. These three return what `look` returns, or STATUS_FAILED after a message. */
enum status scan_texts_in_tree(struct scan_texts *t);

/* A file, "-" for stdin, or all files below a folder except .git. */
enum status scan_texts_at(struct scan_texts *t, const char *path);

/* Staged files, all or at these paths. */
enum status scan_texts_staged(struct scan_texts *t, const char *const *paths, int count);

/* Each blob that a commit of any branch, tag or stash has, once. */
enum status scan_texts_in_history(struct scan_texts *t);

/* Those that were kept. */
enum status scan_texts_held(struct scan_texts *t, const struct held_texts *h);

/* The ID of the oldest commit with this blob; empty if git finds none. */
enum status scan_texts_commit(const char *blob, struct buf *id);

#endif
