/* What git-setup puts into a clone, for the verb and for doctor; the hook is a part of it. */
#ifndef VAULT_GITSETUP_H
#define VAULT_GITSETUP_H

#include "ui/args.h"

/* ---- files that others write too (patch.c) ---- */

/* Appends the file's content. STATUS_ABSENT without a message; a symbolic link is an error. */
enum status patch_read(const char *path, struct buf *text);

/* Puts a piece, lines that end in a newline, into the text at a place where a line begins, or at
 * the end. patch_take undoes it byte for byte. */
bool patch_put(struct buf *text, size_t at, struct slice piece);
void patch_take(struct buf *text, size_t at, size_t len);

/* Where the piece stands as lines of the text, and how long it is there: without its newline if it
 * is the end of the text. */
bool patch_find(struct slice text, struct slice piece, size_t *at, size_t *len);

/* Replaces the file in one step; mode is what it gets. STATUS_FAILED after a message. */
enum status patch_write(const char *path, struct slice text, unsigned mode);

/* What a new file may be for others, as the umask says. */
unsigned patch_mode(unsigned all);

/* ---- the pre-commit hook (hook.c) ---- */

struct hook {
    const char *folder;  /* of hooks */
    const char *program; /* a word for a shell */
    const char *file;    /* the vault's, below the top of the work tree */
};

/* Whether git would run our line. */
bool hook_is_there(const struct hook *h);
enum status hook_install(const struct hook *h);
enum status hook_remove(const struct hook *h);

/* ---- a clone (gitsetup.c) ---- */

/* Appends what is missing in the clone that holds the vault, by name, with commas; nothing if all
 * is there. STATUS_ABSENT without a message if it is in no clone, STATUS_FAILED after one. */
enum status gitsetup_missing(const struct args *args, const char *vault_path, struct buf *out);

enum status run_git_setup(const struct args *args);

#endif
