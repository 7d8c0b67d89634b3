/* The pre-commit hook: adds vault's lines to an existing hook, or makes a new one.
 *
 * In a shell script the lines go below the first line, before anything that could exit. Any other
 * hook (a program, a symlink, a file that git does not run) is renamed, and vault's hook calls it
 * if git would have run it. */
#include "gitsetup.h"

#include "run/shell.h"
#include "ui/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOOK "pre-commit"
#define KEPT ".before-vault"
#define BEGIN "# vault: begin\n"
#define END "# vault: end\n"

/* A new hook, without the lines for a vault file. */
static const char own_text[] = "#!/bin/sh\n# Made by vault git-setup.\n";
static const char calling_text[] = "#!/bin/sh\n# Made by vault git-setup.\n"
                                   "[ ! -x \"$0" KEPT "\" ] || exec \"$0" KEPT "\" \"$@\"\n";

/* If the program is missing the commit passes: not everyone with the clone has vault. */
static bool make_block(const struct hook *h, struct buf *block)
{
    buf_printf(block, BEGIN "if command -v %s >/dev/null; then\n    %s scan --staged --hook -f ",
               h->program, h->program);
    shell_word(block, h->file);
    buf_printf(block,
               " || exit 1\nelse\n"
               "    echo 'vault: the program is not here: nothing was looked for' >&2\nfi\n" END);
    return buf_ok(block);
}

/* Finds vault's lines for this vault file, whichever program they name. */
static bool find_block(const struct buf *text, const struct hook *h, size_t *at, size_t *len)
{
    struct buf call = {0};
    size_t from = 0;
    bool found = false;

    buf_add_text(&call, " scan --staged --hook -f ");
    shell_word(&call, h->file);
    buf_add(&call, " || exit 1\n", sizeof " || exit 1\n");
    while (!found && buf_ok(&call) && from < text->len) {
        struct slice rest = {text->data + from, text->len - from};
        size_t begin, begin_len, end, end_len;

        if (!patch_find(rest, slice_of(BEGIN), &begin, &begin_len) ||
            !patch_find((struct slice){rest.at + begin, rest.len - begin}, slice_of(END), &end,
                        &end_len))
            break;
        *at = from + begin;
        *len = end + end_len;
        from = *at + *len;
        for (size_t i = *at; i + call.len - 1 <= from && !found; i++)
            found = memcmp(text->data + i, call.data, call.len - 1) == 0;
    }
    buf_free(&call);
    return found;
}

static bool is_shell(struct slice word)
{
    static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"};

    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (slice_is(word, shells[i]))
            return true;
    return false;
}

/* Judges by the first line; without "#!" git runs it with sh. */
static bool is_shell_script(struct slice text)
{
    const char *end = memchr(text.at, '\n', text.len), *at = text.at + 2;

    if (memchr(text.at, '\0', text.len))
        return false;
    if (!slice_begins(text, "#!"))
        return true;
    end = end ? end : text.at + text.len;
    while (at < end) {
        struct slice word;

        at += strspn(at, " \t\r");
        word.at = at;
        while (at < end && !strchr(" \t\r", *at))
            if (*at++ == '/')
                word.at = at;
        word.len = (size_t)(at - word.at);
        if (!slice_is(word, "env") && !slice_begins(word, "-"))
            return is_shell(word);
    }
    return false;
}

static size_t first_line(struct slice text)
{
    const char *end = memchr(text.at, '\n', text.len);

    if (!slice_begins(text, "#!"))
        return 0;
    return end ? (size_t)(end - text.at) + 1 : text.len;
}

static char *hook_path(const struct hook *h, const char *behind)
{
    size_t size = strlen(h->folder) + sizeof "/" HOOK + strlen(behind);
    char *path = malloc(size);

    if (path)
        snprintf(path, size, "%s/" HOOK "%s", h->folder, behind);
    else
        say_no_memory();
    return path;
}

/* What is at the hook's path. */
enum kind { NOTHING, SCRIPT, OTHER, UNREADABLE };

static enum kind read_hook(const struct hook *h, const char *path, struct stat *st,
                           struct buf *text)
{
    enum status status;

    if (lstat(path, st) != 0)
        return NOTHING;
    if (!S_ISREG(st->st_mode) || (!h->is_husky && !(st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH))))
        return OTHER;
    status = patch_read(path, text);
    if (status != STATUS_OK)
        return status == STATUS_ABSENT ? NOTHING
                                       : UNREADABLE; /* it may have been deleted meanwhile */
    return is_shell_script(buf_slice(text)) ? SCRIPT : OTHER;
}

bool hook_is_there(const struct hook *h)
{
    struct buf text = {0}, block = {0};
    char *path = hook_path(h, "");
    struct stat st;
    size_t at, len;
    bool there = path && read_hook(h, path, &st, &text) == SCRIPT && make_block(h, &block) &&
                 patch_find(buf_slice(&text), buf_slice(&block), &at, &len);

    buf_free(&text);
    buf_free(&block);
    free(path);
    return there;
}

/* Creates the folder and its missing parents. */
static enum status make_folders(const char *folder)
{
    char *path = strdup(folder);
    enum status status = path ? STATUS_OK : say_no_memory();
    bool whole = !path;

    for (char *at = path; !whole && status == STATUS_OK;) {
        at += strspn(at, "/");
        at += strcspn(at, "/");
        whole = *at == '\0';
        *at = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            status = say_error(STATUS_FAILED, "cannot make %s: %s", path, strerror(errno));
        if (!whole)
            *at = '/';
    }
    free(path);
    return status;
}

static enum status write_with_block(const char *path, const struct hook *h, struct buf *text,
                                    unsigned mode)
{
    struct buf block = {0};
    enum status status = STATUS_FAILED;
    size_t at, len;

    if (find_block(text, h, &at, &len))
        patch_take(text, at, len);
    if (make_block(h, &block) && patch_put(text, first_line(buf_slice(text)), buf_slice(&block)))
        status = patch_write(path, buf_slice(text), mode);
    else
        say_no_memory();
    buf_free(&block);
    return status;
}

static enum status make_own(const char *path, const struct hook *h, const char *text)
{
    struct buf own = {0};
    enum status status;

    buf_add_text(&own, text);
    status = write_with_block(path, h, &own, patch_mode(0777));
    buf_free(&own);
    return status;
}

static enum status keep_and_call(const char *path, const struct hook *h)
{
    char *kept = hook_path(h, KEPT);
    struct stat st;
    enum status status = kept ? STATUS_OK : STATUS_FAILED;

    if (status == STATUS_OK && lstat(kept, &st) == 0)
        status = say_error(STATUS_FAILED, "%s already exists", kept);
    if (status == STATUS_OK && rename(path, kept) != 0)
        status = say_error(STATUS_FAILED, "cannot rename %s: %s", path, strerror(errno));
    else if (status == STATUS_OK && (status = make_own(path, h, calling_text)) != STATUS_OK)
        rename(kept, path);
    free(kept);
    return status;
}

enum status hook_install(const struct hook *h)
{
    struct buf text = {0};
    char *path = hook_path(h, "");
    struct stat st;
    enum status status = path ? make_folders(h->folder) : STATUS_FAILED;

    if (status == STATUS_OK)
        switch (read_hook(h, path, &st, &text)) {
        case NOTHING:
            status = make_own(path, h, own_text);
            break;
        case SCRIPT:
            status = write_with_block(path, h, &text, st.st_mode & 07777);
            break;
        case OTHER:
            status = keep_and_call(path, h);
            break;
        case UNREADABLE:
            status = STATUS_FAILED;
            break;
        }
    buf_free(&text);
    free(path);
    return status;
}

/* Restores the hook that was here before. */
static enum status restore(const char *path, const struct hook *h)
{
    char *kept = hook_path(h, KEPT);
    bool good = kept && (rename(kept, path) == 0 || (errno == ENOENT && unlink(path) == 0));

    if (kept && !good)
        say_error(STATUS_FAILED, "cannot restore %s: %s", kept, strerror(errno));
    free(kept);
    return good ? STATUS_OK : STATUS_FAILED;
}

static enum status take_out(const char *path, const struct hook *h, struct buf *text, unsigned mode)
{
    size_t at, len;

    if (!find_block(text, h, &at, &len))
        return STATUS_OK;
    patch_take(text, at, len);
    if (slice_is(buf_slice(text), calling_text))
        return restore(path, h);
    if (!slice_is(buf_slice(text), own_text))
        return patch_write(path, buf_slice(text), mode);
    return unlink(path) == 0
               ? STATUS_OK
               : say_error(STATUS_FAILED, "cannot remove %s: %s", path, strerror(errno));
}

enum status hook_remove(const struct hook *h)
{
    struct buf text = {0};
    char *path = hook_path(h, "");
    struct stat st;
    enum kind kind = path ? read_hook(h, path, &st, &text) : UNREADABLE;
    enum status status = kind == UNREADABLE ? STATUS_FAILED : STATUS_OK;

    if (kind == SCRIPT)
        status = take_out(path, h, &text, st.st_mode & 07777);
    buf_free(&text);
    free(path);
    return status;
}
