/* The versions of a vault file in git: every commit reachable from HEAD that touches it, under
 * whatever path it had, and the vault as it was then. */
#ifndef VAULT_HISTORY_H
#define VAULT_HISTORY_H

#include "git.h"
#include "session/session.h"

/* From a parent to a commit. */
struct history_edge {
    const char *before, *after; /* ids of blobs; NULL: there was no file */
    const char *path;           /* from the top of the tree */
};

struct history_commit {
    const char *id, *author; /* "NAME <EMAIL>" */
    int64_t date;            /* Unix seconds, as the commit has it: a claim */
    size_t parents;
    bool before; /* it is in the history before the range that is asked about */
    const struct history_edge *edges; /* one for each parent from which the file differs */
    size_t count;
};

struct history {
    struct session *s;
    const char *env; /* the one that will be read; NULL: all. To be set after history_open */
    bool cut;        /* the clone is shallow: there was more */
    bool everywhere; /* of all branches and tags, also those of other repositories that git knows */
    struct history_commit *commits;
    size_t count;

    /* All else is history.c's and commits.c's. */
    char *folder, *name; /* where the file stands, symlinks followed */
    struct buf text;     /* what git log has said: the strings lie in it */
    struct history_edge *edges;
    size_t edge_count;
    char **paths; /* those it had before, from the top of the tree */
    size_t path_count;
    struct git_batch *batch;
    struct history_version *versions;
    struct history_damage *damages;
    size_t clock;
    struct arena found; /* blobs by revision */
    char *base, *tip;   /* of the range; NULL: there is none */
    struct history_graph *graph;
};

/* For the session's file. On anything but STATUS_OK a message was given, here and below;
 * history_close in either case. */
enum status history_open(struct history *h, struct session *s);
void history_close(struct history *h);

/* Reads which commits there are, the oldest first: at least one. (commits.c) */
enum status history_read(struct history *h);

/* Before history_read: also the paths of all files in HEAD that contain a text. (commits.c) */
enum status history_also(struct history *h, const char *text);

/* Names a range, "BASE..HEAD", before history_read: then the history is that of both, and what is
 * before the range comes first. (commits.c) */
enum status history_range(struct history *h, const char *range);

/* Whether one of the commits is an ancestor of another: the graph is asked for once. STATUS_FAILED
 * after a message. (commits.c) */
enum status history_is_ancestor(struct history *h, size_t older, size_t newer, bool *is);

/* A version as the session's credentials and all keys that its file knows open it. *v is the
 * history's, and stays as it is until three others were asked for; NULL for a blob that is NULL.
 * *err is that of reading it, with the sentence in *v. */
enum status history_version(struct history *h, const char *blob, vault **v, vault_err *err);

/* Both versions of an edge; `after` is NULL where it cannot be read, and *err says why, with the
 * sentence in *unread. For a `before` that cannot be read stands the last one before it that can.
 */
enum status history_pair(struct history *h, const struct history_edge *edge, vault **before,
                         vault **after, vault_err *err, vault **unread);

/* A handle that opens other versions of the session's file: its credentials, and the keys that its
 * environments (env NULL: all) have now and had before. NULL after a message. */
vault *version_reader(struct session *s, const char *env);

/* The id of the file's blob in a revision: the history's. */
enum status history_find(struct history *h, const char *revision, const char **blob);

/* The file's blobs at both ends of the range, from where it leaves the other side's history; NULL
 * where there is none. After history_read. */
enum status history_ends(struct history *h, const char **before, const char **after);

void history_free_graph(struct history *h); /* (commits.c) */

/* Says if the history goes no further back than the clone. */
void history_say_cut(const struct history *h);

/* The status of a verb that has to know all of it: to have found nothing in a part is no success.
 */
enum status history_judge(const struct history *h, enum status status);

/* ---- the repository (repository.c) ---- */

/* The id of a revision's commit. STATUS_ABSENT after a message that says what to type. */
enum status history_commit_id(const struct history *h, const char *revision, struct buf *id);

/* That there is a git, a repository and a commit in it. */
enum status history_check(const struct history *h);

/* Appends an object; nothing of one that is larger than a vault can be. */
enum status history_object(struct history *h, const char *id, struct buf *out);

/* Appends the id of an object, and a newline: REVISION SUFFIX PATH in one word. As git_output. */
int history_rev_parse(const struct history *h, const char *revision, const char *suffix,
                      const char *path, struct buf *id);

#endif
