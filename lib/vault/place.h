/* Where a file is: the ways that lead to it, and its place in a git repository. git is not asked.
 */
#ifndef VAULT_PLACE_H
#define VAULT_PLACE_H

#include "base/err.h"
#include "base/mem.h"

enum { PLACE_PATHS = 3, PLACE_REPOSITORIES = 2 };

/* Strings, each NULL if there is none, or if it is one of those before it. */
struct place {
    /* Absolute paths: the folder's with its symlinks followed and the file's name; the same with
     * all symlinks followed; as it was written. */
    char *path[PLACE_PATHS];

    /* "REPOSITORY//path in its work tree". The repository is named by its git folder, which all its
     * work trees share, and by the URL of its origin, which all its clones share. */
    char *repository[PLACE_REPOSITORIES];
    size_t name[PLACE_REPOSITORIES]; /* the length of "REPOSITORY//" */

    char *current; /* the current folder */

    /* Its path in that work tree, with a '/' behind it unless it is empty; NULL: it is none of its
     * folders. */
    char *here;
};

/* ERR_FAILED without memory. place_free in either case. */
enum err_code place_paths(struct place *p, const char *file, struct err *err)
    __attribute__((warn_unused_result));
enum err_code place_repository(struct place *p, struct err *err)
    __attribute__((warn_unused_result));
void place_free(struct place *p);

#endif
