/* The versions of a vault file in git: every commit reachable from HEAD that touches it, under any
 * path that it had, and the vault at that commit. */
#ifndef VAULT_HISTORY_H
#define VAULT_HISTORY_H

#include "git.h"
#include "session/session.h"

enum { HISTORY_SHORT_ID = 10 }; /* characters of a commit, in text */

/* From a parent to a commit. */
struct history_edge {
    const char *before, *after; /* blob IDs; NULL if there was no file */
    const char *path;           /* relative to the top */
};

struct history_commit {
    const char *id, *author; /* "NAME <EMAIL>" */
    int64_t date;            /* Unix seconds, as the commit claims */
    size_t parents;
    bool before;                      /* it is before the range */
    const struct history_edge *edges; /* one for each parent with a different file */
    size_t count;
};

struct history {
    struct session *s;
    const char *env; /* the one to read; NULL: all. Set after history_open */
    bool cut;        /* the clone is shallow */
    bool everywhere; /* include all branches and tags, and remote ones */
    struct history_commit *commits;
    size_t count;

    /* Private to history.c and commits.c: */
    char *folder, *name; /* of the file, with symlinks resolved */
    struct buf text;     /* git log's output, which holds the strings */
    struct history_edge *edges;
    size_t edge_count;
    char **paths; /* earlier paths, relative to the top */
    size_t path_count;
    struct git_batch *batch;
    struct history_version *versions;
    struct history_damage *damages;
    size_t clock;
    struct arena found; /* blobs by revision */
    char *base, *tip;   /* of the range; NULL without one */
    struct history_graph *graph;
};

/* Begins the history of the session's file. Here and below, a status other than STATUS_OK comes
 * after a message. Call history_close in either case. */
enum status history_open(struct history *h, struct session *s);
void history_close(struct history *h);

/* Reads the commits, oldest first: at least one. (commits.c) */
enum status history_read(struct history *h);

/* Call before history_read, to include all files in HEAD that contain a text. (commits.c) */
enum status history_also(struct history *h, const char *text);

/* Sets a range, "BASE..HEAD", before history_read. The history is then that of both, and commits
 * before the range come first. (commits.c) */
enum status history_range(struct history *h, const char *range);

/* Whether one commit is an ancestor of another. The graph is read once. (commits.c) */
enum status history_is_ancestor(struct history *h, size_t older, size_t newer, bool *is);

/* Opens a version with the session's credentials and all keys that its file knows. *v belongs to
 * the history, and is valid until three other versions have been opened; it is NULL if blob is
 * NULL. *err is the error of opening it, whose message *v has. */
enum status history_version(struct history *h, const char *blob, vault **v, vault_err *err);

/* Opens both versions of an edge. If `after` cannot be read it is NULL, *err says why, and *unread
 * has the message. An unreadable `before` is replaced by the last readable version before it. */
enum status history_pair(struct history *h, const struct history_edge *edge, vault **before,
                         vault **after, vault_err *err, vault **unread);

/* A handle to open other versions of the session's file, with its credentials and the present and
 * past keys of the environment env (NULL: of all). NULL after a message. */
vault *version_reader(struct session *s, const char *env);

/* The ID of the file's blob in a revision; it belongs to the history. */
enum status history_find(struct history *h, const char *revision, const char **blob);

/* The file's blobs at both ends of the range, which begins where it leaves the history of BASE;
 * NULL where there is no file. Call it after history_read. */
enum status history_ends(struct history *h, const char **before, const char **after);

void history_free_graph(struct history *h); /* (commits.c) */

/* Prints a note if the clone is shallow. */
void history_say_cut(const struct history *h);

/* The status of a verb that needs the whole history: finding nothing in a part of it is not a
 * success. */
enum status history_judge(const struct history *h, enum status status);

/* ---- the repository (repository.c) ---- */

/* The ID of a revision's commit. STATUS_ABSENT after a message with a hint. */
enum status history_commit_id(const struct history *h, const char *revision, struct buf *id);

/* Checks that git, a repository and a commit exist. */
enum status history_check(const struct history *h);

/* Appends an object; nothing if it is larger than a vault can be. */
enum status history_object(struct history *h, const char *id, struct buf *out);

/* Appends the ID of the object REVISION SUFFIX PATH, which are joined, and a newline. Returns the
 * same as git_output. */
int history_rev_parse(const struct history *h, const char *revision, const char *suffix,
                      const char *path, struct buf *id);

#endif
