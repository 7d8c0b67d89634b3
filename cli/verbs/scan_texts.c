/* The texts that scan searches: the work tree, files and folders, staged objects. The text of a
 * symbolic link is its target's path; only a link that was named is followed. */
#include "scan_texts.h"

#include "git/git.h"
#include "ui/io.h"
#include "ui/say.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whatever the text is made of, -1 after a message. */
static ssize_t read_on(const struct text *t, char *to, size_t most)
{
    ssize_t got;

    if (t->batch)
        return git_batch_read(t->batch, to, most);
    if (t->fd < 0)
        return 0;
    do
        got = read(t->fd, to, most);
    while (got < 0 && (errno == EINTR || await_input(t->fd)));
    if (got < 0)
        say_error(STATUS_FAILED, "cannot read %s: %s", t->path, strerror(errno));
    return got;
}

ssize_t text_read(struct text *t, char *to, size_t most)
{
    size_t len = t->begun.len < most ? t->begun.len : most;
    ssize_t got = 0;

    if (len > 0)
        memcpy(to, t->begun.at, len);
    t->begun.at += len;
    t->begun.len -= len;
    if (len < most)
        got = read_on(t, to + len, most - len);
    return got < 0 ? got : (ssize_t)len + got;
}

/* ---- texts that are kept ---- */

enum { HELD_PIECE = 16 << 10 };

struct held_text {
    const char *path, *blob;
    size_t at, len;
    bool is_staged;
};

static enum status keep(struct held_texts *h, const struct text *t, size_t at)
{
    struct held_text *list = list_grow(h->list, h->count, sizeof *list);
    struct held_text text = {.at = at, .len = h->bytes.len - at, .is_staged = t->is_staged};

    if (!list)
        return say_no_memory();
    h->list = list;
    text.path = arena_copy(&h->names, t->path, strlen(t->path));
    text.blob = t->blob ? arena_copy(&h->names, t->blob, strlen(t->blob)) : NULL;
    if (!text.path || (t->blob && !text.blob))
        return say_no_memory();
    list[h->count++] = text;
    return STATUS_OK;
}

enum status held_add(struct held_texts *h, struct text *t, size_t most, bool *kept)
{
    const size_t at = h->bytes.len;
    ssize_t got = 1;

    *kept = false;
    while (got > 0 && h->bytes.len <= most) {
        char *room = buf_reserve(&h->bytes, HELD_PIECE);

        if (!room)
            return say_no_memory();
        got = text_read(t, room, HELD_PIECE);
        h->bytes.len += got > 0 ? (size_t)got : 0;
    }
    *kept = got <= 0;
    if (*kept) {
        enum status status = keep(h, t, at);

        return got < 0 ? STATUS_FAILED : status;
    }
    t->begun = (struct slice){h->bytes.data + at, h->bytes.len - at};
    return STATUS_OK;
}

struct slice held_bytes(const struct held_texts *h, size_t place)
{
    return (struct slice){h->bytes.data + h->list[place].at, h->list[place].len};
}

enum status scan_texts_held(struct scan_texts *t, const struct held_texts *h)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < h->count && status == STATUS_OK; i++) {
        struct text text = {.path = h->list[i].path, .begun = held_bytes(h, i), .fd = -1};

        text.blob = h->list[i].blob;
        text.is_staged = h->list[i].is_staged;
        status = t->look(t->user, &text);
    }
    return status;
}

void held_free(struct held_texts *h)
{
    arena_free(&h->names);
    buf_free(&h->bytes);
    free(h->list);
    *h = HELD_TEXTS_NONE;
}

static enum status unread(struct scan_texts *t, const char *path, int cause)
{
    t->unread = true;
    say_error(STATUS_FAILED, "cannot read %s: %s", path, strerror(cause));
    return STATUS_OK;
}

/* ---- files ---- */

static enum status look_at_link(struct scan_texts *t, const char *path)
{
    char target[4096];
    ssize_t len = readlink(path, target, sizeof target);
    struct text text = {.path = path, .fd = -1};

    if (len < 0)
        return unread(t, path, errno);
    text.begun = (struct slice){target, (size_t)len};
    return t->look(t->user, &text);
}

static enum status look_at_open(struct scan_texts *t, const char *path, int fd)
{
    struct text text = {.path = path, .fd = fd};
    enum status status = t->look(t->user, &text);

    close(fd);
    return status;
}

/* Skips what is neither a file nor a link, and what no longer exists. O_NONBLOCK: a pipe in a
 * file's place must not block. */
static enum status look_at_file(struct scan_texts *t, const char *path)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 && errno == ELOOP)
        return look_at_link(t, path);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ENXIO ? STATUS_OK
                                                                     : unread(t, path, errno);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return look_at_open(t, path, fd);
    close(fd);
    return STATUS_OK;
}

static bool is_git_folder(const char *name)
{
    return strcmp(name, ".git") == 0;
}

static enum status look_below(struct scan_texts *t, const char *folder);

static enum status look_at_entry(struct scan_texts *t, const char *folder, const char *name)
{
    bool here = strcmp(folder, ".") == 0, slash = folder[strlen(folder) - 1] == '/';
    struct buf path = {0};
    enum status status = STATUS_OK;
    struct stat st;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || is_git_folder(name))
        return STATUS_OK;
    buf_printf(&path, "%s%s%s", here ? "" : folder, here || slash ? "" : "/", name);
    buf_add(&path, "", 1);
    if (!buf_ok(&path))
        status = say_no_memory();
    else if (lstat(path.data, &st) != 0)
        status = errno == ENOENT ? STATUS_OK : unread(t, path.data, errno);
    else if (S_ISDIR(st.st_mode))
        status = look_below(t, path.data);
    else if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
        status = look_at_file(t, path.data);
    buf_free(&path);
    return status;
}

static enum status look_below(struct scan_texts *t, const char *folder)
{
    enum status status = STATUS_OK;
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);

    if (count < 0)
        return unread(t, folder, errno);
    for (int i = 0; i < count; i++) {
        NEXT(status, look_at_entry(t, folder, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    return status;
}

enum status scan_texts_at(struct scan_texts *t, const char *path)
{
    const char *why = NULL;
    struct stat st;
    int fd = -1;

    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return look_below(t, path);
    if (strcmp(path, "-") != 0)
        why = open_given(path, &fd);
    else if ((fd = dup(STDIN_FILENO)) < 0)
        why = strerror(errno);
    if (why)
        return say_error(errno == ENOENT ? STATUS_ABSENT : STATUS_FAILED, "cannot read %s: %s",
                         path, why);
    return look_at_open(t, path, fd);
}

/* ---- git ---- */

/* The next field of a list in which each ends in a zero byte; NULL at the end. */
static const char *next_field(const struct buf *list, size_t *at)
{
    const char *field = list->data + *at;
    const char *end = *at < list->len ? memchr(field, '\0', list->len - *at) : NULL;

    if (!end)
        return NULL;
    *at += (size_t)(end - field) + 1;
    return field;
}

/* Sorts the names, since git lists untracked files first. Both sides of a conflict are listed; a
 * name that ends in a slash is another repository. */
static enum status look_at_list(struct scan_texts *t, const struct buf *list)
{
    enum status status = STATUS_OK;
    const char *path, **paths;
    size_t count = 0, at = 0;

    for (size_t i = 0; i < list->len; i++)
        count += list->data[i] == '\0';
    paths = calloc(count + 1, sizeof *paths);
    if (!paths)
        return say_no_memory();
    for (count = 0; (path = next_field(list, &at)); count++)
        paths[count] = path;
    qsort(paths, count, sizeof *paths, text_compare);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        size_t len = strlen(paths[i]);

        if (len > 0 && paths[i][len - 1] != '/' && (i == 0 || strcmp(paths[i], paths[i - 1]) != 0))
            status = look_at_file(t, paths[i]);
    }
    free(paths);
    return status;
}

enum status scan_texts_in_tree(struct scan_texts *t)
{
    static const char *const arguments[] = {"ls-files",           "-z", "--cached", "--others",
                                            "--exclude-standard", "--", ":/",       NULL};
    struct buf list = {0};
    int result = git_output(NULL, arguments, &list);
    enum status status = result < 0    ? STATUS_FAILED
                         : result == 0 ? look_at_list(t, &list)
                                       : look_below(t, ".");

    buf_free(&list);
    return status;
}

/* A line of `git diff --raw -z`: ":MODE MODE ID ID STATUS", then the path. */
struct change {
    char id[64 + 1];
    const char *path;
};

/* The next change of a file or a link. */
static bool next_change(const struct buf *list, size_t *at, struct change *c)
{
    const char *line;

    while ((line = next_field(list, at)) && (c->path = next_field(list, at))) {
        char mode[7];

        if (sscanf(line, ":%*6s %6s %*64s %64s", mode, c->id) == 2 && strcmp(mode, "160000") != 0)
            return true;
    }
    return false;
}

/* The next object of the history that has a path: commits have none. "ID PATH" */
static bool next_object(const struct buf *list, size_t *at, struct change *c)
{
    const char *line, *space;

    while ((line = next_field(list, at))) {
        size_t len = strcspn(line, " ");

        space = line + len;
        if (!space[0] || !space[1] || len >= sizeof c->id)
            continue;
        memcpy(c->id, line, len);
        c->id[len] = '\0';
        c->path = space + 1;
        return true;
    }
    return false;
}

static enum status say_lost(const struct change *c)
{
    struct buf sentence = {0};

    buf_printf(&sentence, "git has no object %s, for %s", c->id, c->path);
    git_say_missing(NULL, buf_text(&sentence, "git has lost an object"));
    buf_free(&sentence);
    return STATUS_FAILED;
}

/* An entry of a list of objects. False at its end. */
typedef bool next_entry(const struct buf *list, size_t *at, struct change *c);

static enum status look_at_objects(struct scan_texts *t, const struct buf *list, next_entry *next,
                                   struct git_batch *b)
{
    size_t asked = 0, answered = 0, ask_at = 0, at = 0, size;
    struct change ahead, c;
    enum status status = STATUS_OK;

    while (status == STATUS_OK && next(list, &at, &c)) {
        while (status == STATUS_OK && asked < answered + GIT_AHEAD && next(list, &ask_at, &ahead)) {
            status = git_batch_ask(b, ahead.id) ? STATUS_OK : STATUS_FAILED;
            asked++;
        }
        NEXT(status, git_batch_answer(b, &size));
        answered++;
        if (status == STATUS_OK && b->is_blob) {
            struct text text = {.path = c.path, .fd = -1, .batch = b};

            text.blob = next == next_object ? c.id : NULL;
            text.is_staged = !text.blob;
            status = t->look(t->user, &text);
        } else if (status == STATUS_ABSENT) {
            status = say_lost(&c);
        }
    }
    return status;
}

/* Lists staged changes, with paths from the top of the work tree. */
static enum status list_staged(const char *const *paths, int count, struct buf *list)
{
    static const char *const arguments[] = {"-c",
                                            "diff.relative=false",
                                            "diff",
                                            "--cached",
                                            "--raw",
                                            "-z",
                                            "--no-abbrev",
                                            "--no-renames",
                                            "--no-ext-diff",
                                            "--no-color",
                                            "--diff-filter=AMT",
                                            "--"};
    enum { OURS = sizeof arguments / sizeof *arguments };
    const char **all = calloc(OURS + (size_t)count + 1, sizeof *all);
    int result;

    if (!all)
        return say_no_memory();
    memcpy(all, arguments, sizeof arguments);
    for (int i = 0; i < count; i++)
        all[OURS + i] = paths[i];
    result = git_output(NULL, all, list);
    free(all);
    if (result <= 0)
        return result == 0 ? STATUS_OK : STATUS_FAILED;
    return say_error(STATUS_ABSENT,
                     result == GIT_NOT_HERE ? "git is not installed" : "not in a git work tree");
}

static enum status look_in_git(struct scan_texts *t, const struct buf *list, next_entry *next)
{
    struct git_batch *batch = list->len > 0 ? malloc(sizeof *batch) : NULL;
    enum status status = STATUS_OK;

    if (list->len > 0 && !batch)
        status = say_no_memory();
    else if (batch && !git_batch_start(NULL, batch))
        status = STATUS_FAILED;
    else if (batch) {
        status = look_at_objects(t, list, next, batch);
        git_batch_end(batch);
    }
    free(batch);
    return status;
}

enum status scan_texts_staged(struct scan_texts *t, const char *const *paths, int count)
{
    struct buf list = {0};
    enum status status = list_staged(paths, count, &list);

    if (status == STATUS_OK)
        status = look_in_git(t, &list, next_change);
    buf_free(&list);
    return status;
}

/* ---- history ---- */

/* Lists "ID PATH", each ending in a zero byte. An old git lists trees too, since it does not know
 * the filter. */
static enum status list_history(struct buf *list)
{
    static const char *const blobs[] = {"rev-list",
                                        "--objects",
                                        "--all",
                                        "HEAD",
                                        "--filter=object:type=blob",
                                        "--filter-provided-objects",
                                        "--",
                                        NULL},
                             *const all[] = {"rev-list", "--objects", "--all", "HEAD", "--", NULL};
    int result = git_output(NULL, blobs, list);

    if (result > 0) {
        buf_clear(list);
        result = git_output(NULL, all, list);
    }
    if (result > 0)
        return git_say_missing(NULL, "git cannot list the objects of the history");
    if (result == 0 && !buf_ok(list))
        return say_no_memory();
    for (size_t i = 0; i < list->len; i++)
        if (list->data[i] == '\n')
            list->data[i] = '\0';
    return result == 0 ? STATUS_OK : STATUS_FAILED;
}

enum status scan_texts_in_history(struct scan_texts *t)
{
    struct buf list = {0};
    enum status status = list_history(&list);

    if (status == STATUS_OK)
        status = look_in_git(t, &list, next_object);
    buf_free(&list);
    return status;
}

enum status scan_texts_commit(const char *blob, struct buf *id)
{
    char object[sizeof "--find-object=" + 64];
    const char *const command[] = {
        "-c",          "log.showRoot=true", "log",          "--all", "HEAD", "-m", object,
        "--format=%H", "--reverse",         "--no-renames", "-s",    "--",   NULL};
    int result;

    snprintf(object, sizeof object, "--find-object=%s", blob);
    result = git_output(NULL, command, id);
    if (result < 0)
        return STATUS_FAILED;
    if (!buf_ok(id))
        return say_no_memory();
    id->len = result == 0 ? strcspn(buf_text(id, ""), "\n") : 0;
    return STATUS_OK;
}
