/* A merge with what a handle knows: its credentials, and the pins of this machine. */
#ifndef VAULT_HANDLE_MERGE_H
#define VAULT_HANDLE_MERGE_H

#include "merge.h"
#include "vault/handle.h"

struct handle_merging {
    /* Sets the answers of the changes that are open; NULL: nobody answers. One that takes a key
     * which is not there stays open. */
    enum err_code (*resolve)(void *user, struct merge *m);

    /* As in merge_looks. */
    enum err_code (*look_back)(void *user, const struct slice *texts, size_t count, bool *seen,
                               struct err *err);
    void *user;
    size_t marker_size;
    const char *path;     /* the file that receives the result, or NULL */
    bool write_conflicts; /* also with conflict markers */
};

/* Takes over the three texts, by enum merge_side. ERR_OK: v has read the merged vault, and out
 * (NULL: not wanted) is its text. ERR_CONFLICT: out has conflict markers, or is as it was, if ours
 * or theirs came with some. Whatever else, out is as it was, and nothing was written. */
enum err_code handle_merge(struct vault *v, struct buf texts[MERGE_SIDES],
                           const struct handle_merging *how, struct buf *out)
    __attribute__((warn_unused_result));

#endif
