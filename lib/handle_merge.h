/* A merge with what a handle knows: its credentials, and the pins of this machine. */
#ifndef VAULT_HANDLE_MERGE_H
#define VAULT_HANDLE_MERGE_H

#include "handle.h"
#include "merge.h"

/* Told of each conflict; may set its answer, which counts if it takes no key. */
typedef void handle_resolve(void *user, struct merge_conflict *c);

struct handle_merging {
    handle_resolve *resolve; /* NULL: nobody answers */
    void *user;
    size_t marker_size;
    const char *path;     /* the file that receives the result, or NULL */
    bool write_conflicts; /* and what is left of it where there are conflicts */
};

/* Takes over the three texts, by enum merge_side. ERR_NONE: v has read the merged vault, and out is
 * its text. ERR_CONFLICT: out has the conflicts between markers,
 * or is as it was, if ours or theirs came with markers. Whatever else, out is as it was,
 * and nothing was written. */
enum err_code handle_merge(struct vault *v, struct buf texts[MERGE_SIDES],
                           const struct handle_merging *how, struct buf *out)
    __attribute__((warn_unused_result));

#endif
