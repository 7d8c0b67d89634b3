/* git-setup's parts, which doctor checks too: the hook, and edits of shared files. */
#ifndef VAULT_GITSETUP_H
#define VAULT_GITSETUP_H

#include "ui/args.h"

/* ---- files that vault shares with others (patch.c) ---- */

/* Appends the file's content. STATUS_ABSENT without a message; a symlink is an error. */
enum status patch_read(const char *path, struct buf *text);

/* Inserts a piece, whole lines, into the text where a line begins, or at the end. patch_take
 * reverts this byte for byte. */
bool patch_put(struct buf *text, size_t at, struct slice piece);
void patch_take(struct buf *text, size_t at, size_t len);

/* Finds the piece as whole lines of the text. *len is its length there: without its newline if the
 * text ends without one. */
bool patch_find(struct slice text, struct slice piece, size_t *at, size_t *len);

/* Replaces the file atomically; sets its mode. STATUS_FAILED after a message. */
enum status patch_write(const char *path, struct slice text, unsigned mode);

/* The mode of a new file, after the umask. */
unsigned patch_mode(unsigned all);

/* ---- the pre-commit hook (hook.c) ---- */

struct hook {
    const char *folder;  /* the folder of hooks */
    const char *program; /* a shell word */
    const char *file;    /* the vault file, relative to the top of the work tree */
    bool is_husky;       /* husky runs the hook, with sh, and whatever its mode */
};

/* Whether git would run vault's lines. */
bool hook_is_there(const struct hook *h);
enum status hook_install(const struct hook *h);
enum status hook_remove(const struct hook *h);

/* ---- a clone (gitsetup.c) ---- */

/* Appends the names of the parts that the vault's clone lacks, separated by commas. STATUS_ABSENT
 * without a message if the vault is not in a clone, STATUS_FAILED after one. */
enum status gitsetup_missing(const struct args *args, const char *vault_path, struct buf *out,
                             bool *wiped);

enum status run_git_setup(const struct args *args);

#endif
