/* Where a file is: the ways that lead to it, and its place in a git repository.
 *
 * What is read here decides only whether a vault is refused as another one than is known, so a file
 * that cannot be read, or is not as git writes it, is passed over. Want of memory is not. */
#include "place.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTER_MAX = 8192, CONFIG_MAX = 1 << 20 };

/* As file_real_path; *out is NULL if there is no such file. */
static enum err_code real_path(const char *path, char **out, struct err *err)
{
    *out = file_real_path(path);
    return *out || errno != ENOMEM ? ERR_OK : err_no_memory(err);
}

/* ---- paths ---- */

/* Takes over path. */
static void add_path(struct place *p, int which, char *path)
{
    for (int i = 0; i < PLACE_PATHS && path; i++)
        if (p->path[i] && strcmp(p->path[i], path) == 0) {
            free(path);
            path = NULL;
        }
    p->path[which] = path;
}

/* Whether the folder is `inner` or one above it. */
static bool is_above(const char *folder, const char *inner)
{
    size_t len = strlen(folder);

    return strncmp(inner, folder, len) == 0 &&
           (inner[len] == '/' || inner[len] == '\0' || (len == 1 && folder[0] == '/'));
}

/* The real path of a folder. In that of the current one no symlink is left, so each folder above it
 * is known without asking for its parts again. */
static enum err_code real_folder(const struct place *p, const char *folder, char **out,
                                 struct err *err)
{
    const char *known = strcmp(folder, ".") == 0 ? p->current : folder;

    if (!p->current || !is_above(known, p->current))
        return real_path(folder, out, err);
    *out = strdup(known);
    return *out ? ERR_OK : err_no_memory(err);
}

/* The folder's real path, followed by the file's name. */
static enum err_code path_in_folder(const struct place *p, const char *file, char **out,
                                    struct err *err)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash ? strdup(file) : strdup("."), *real = NULL;
    enum err_code code;

    if (!folder)
        return err_no_memory(err);
    if (slash)
        folder[slash == file ? 1 : slash - file] = '\0';
    code = real_folder(p, folder, &real, err);
    if (real && !(*out = file_join(real, slash ? slash + 1 : file)))
        code = err_no_memory(err);
    free(real);
    free(folder);
    return code;
}

/* Another one than path_in_folder's only if the file itself is a symlink. */
static enum err_code path_of_file(const struct place *p, const char *file, char **out,
                                  struct err *err)
{
    if (p->path[0] && !file_is_link(p->path[0]))
        return ERR_OK;
    return real_path(file, out, err);
}

static enum err_code as_written(const struct place *p, const char *file, char **out,
                                struct err *err)
{
    while (file[0] == '.' && file[1] == '/')
        file += 2;
    if (strstr(file, "//") || (!p->current && file[0] != '/'))
        return ERR_OK;
    *out = file_join(p->current ? p->current : "", file);
    return *out ? ERR_OK : err_no_memory(err);
}

enum err_code place_paths(struct place *p, const char *file, struct err *err)
{
    enum err_code (*const ways[])(const struct place *, const char *, char **,
                                  struct err *) = {path_in_folder, path_of_file, as_written};
    enum err_code code = real_path(".", &p->current, err);

    for (int i = 0; i < PLACE_PATHS && code == ERR_OK; i++) {
        char *path = NULL;

        code = ways[i](p, file, &path, err);
        add_path(p, i, path);
    }
    return code;
}

/* ---- repositories ---- */

/* Appends what is in a file; nothing if it cannot be read. */
static enum err_code read_small(const char *folder, const char *name, size_t most, struct buf *text,
                                struct err *err)
{
    char *path = file_join(folder, name);
    enum err_code code;

    if (!path)
        return err_no_memory(err);
    code = file_read(path, most, text, NULL, err);
    if (code != ERR_OK)
        buf_clear(text);
    free(path);
    return code == ERR_NO_MEMORY ? code : ERR_OK;
}

static struct slice first_line(struct slice text)
{
    const char *end = memchr(text.at, '\n', text.len);
    struct slice line = {text.at, end ? (size_t)(end - text.at) : text.len};

    if (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* The path in the first line of a file, after a word; *out is NULL if there is none. */
static enum err_code follow(const char *folder, const char *name, const char *word, char **out,
                            struct err *err)
{
    struct buf text = {0};
    enum err_code code = read_small(folder, name, POINTER_MAX, &text, err);
    struct slice line = first_line(buf_slice(&text));
    char *to = NULL, *path = NULL;

    *out = NULL;
    if (code == ERR_OK && slice_begins(line, word) && line.len > strlen(word)) {
        to = strndup(line.at + strlen(word), line.len - strlen(word));
        path = to ? file_join(folder, to) : NULL;
        code = path ? real_path(path, out, err) : err_no_memory(err);
    }
    buf_free(&text);
    free(to);
    free(path);
    return code;
}

/* The git folder that all work trees share, of the repository whose work tree has `top` as its top
 * folder; *out is NULL if it is none. */
static enum err_code git_folder(const char *top, char **out, struct err *err)
{
    char *own = NULL, *git = file_join(top, ".git");
    enum file_kind kind = git ? file_kind(git) : FILE_NONE;
    enum err_code code = git ? ERR_OK : err_no_memory(err);

    *out = NULL;
    if (kind == FILE_FOLDER)
        code = real_path(git, &own, err);
    else if (kind == FILE_REGULAR)
        code = follow(top, ".git", "gitdir: ", &own, err);
    if (code == ERR_OK && own)
        code = follow(own, "commondir", "", out, err);
    if (code == ERR_OK && !*out) {
        *out = own;
        own = NULL;
    }
    free(own);
    free(git);
    return code;
}

static struct slice trim(struct slice s)
{
    while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t')) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* The value of url in the section [remote "origin"], as git config writes it; empty: none. */
static struct slice origin_url(struct slice config)
{
    struct slice url = {"", 0};
    bool in_origin = false;

    while (config.len > 0) {
        struct slice line = trim(first_line(config));
        const char *end = memchr(config.at, '\n', config.len);
        size_t len = end ? (size_t)(end - config.at) + 1 : config.len;

        if (line.len > 0 && line.at[0] == '[')
            in_origin = slice_is(line, "[remote \"origin\"]");
        else if (in_origin && slice_begins(line, "url") && memchr(line.at, '=', line.len)) {
            const char *equals = memchr(line.at, '=', line.len);

            url = trim((struct slice){equals + 1, line.len - (size_t)(equals + 1 - line.at)});
        }
        config.at += len;
        config.len -= len;
    }
    return url;
}

/* A name that means the same everywhere; without the user and password that may stand in it. A path
 * that is relative means none. */
static bool add_url(struct buf *out, struct slice url)
{
    const char *colon = memchr(url.at, ':', url.len), *slash = memchr(url.at, '/', url.len);
    size_t scheme = colon ? (size_t)(colon - url.at) + 3 : 0, host;

    if (url.len == 0 || !(slash == url.at || (colon && (!slash || colon < slash))))
        return false;
    if (colon && url.len > scheme && memcmp(colon, "://", 3) == 0) {
        host = scheme;
        for (size_t i = scheme; i < url.len && url.at[i] != '/'; i++)
            if (url.at[i] == '@')
                host = i + 1;
        buf_add(out, url.at, scheme);
        url = (struct slice){url.at + host, url.len - host};
    }
    buf_add_slice(out, url);
    return true;
}

/* Takes over the text of `name`. */
static enum err_code add_repository(struct place *p, int which, struct buf *name, const char *inner,
                                    struct err *err)
{
    buf_add_text(name, "//");
    p->name[which] = name->len;
    buf_add(name, inner, strlen(inner) + 1);
    if (!buf_ok(name)) {
        buf_free(name);
        return err_no_memory(err);
    }
    p->repository[which] = name->data;
    return ERR_OK;
}

/* inner: the file's path in the work tree. */
static enum err_code add_repositories(struct place *p, const char *git, const char *inner,
                                      struct err *err)
{
    struct buf folder = {0}, config = {0}, url = {0};
    enum err_code code;

    buf_add_text(&folder, git);
    code = add_repository(p, 0, &folder, inner, err);
    if (code == ERR_OK)
        code = read_small(git, "config", CONFIG_MAX, &config, err);
    if (code == ERR_OK && add_url(&url, origin_url(buf_slice(&config))))
        code = add_repository(p, 1, &url, inner, err);
    buf_free(&config);
    return code;
}

/* top: the work tree's top folder; empty: the root. */
static enum err_code add_here(struct place *p, const char *top, struct err *err)
{
    size_t len = strlen(top), size;
    const char *inner;

    if (!p->current || !is_above(top, p->current))
        return ERR_OK;
    inner = p->current + len + (p->current[len] == '/');
    size = strlen(inner) + 2;
    p->here = malloc(size);
    if (!p->here)
        return err_no_memory(err);
    snprintf(p->here, size, "%s%s", inner, inner[0] ? "/" : "");
    return ERR_OK;
}

enum err_code place_repository(struct place *p, struct err *err)
{
    char *top = p->path[0] ? strdup(p->path[0]) : NULL, *git = NULL, *slash;
    enum err_code code = top || !p->path[0] ? ERR_OK : err_no_memory(err);

    while (code == ERR_OK && !git && top && (slash = strrchr(top, '/'))) {
        size_t len = (size_t)(slash - top);

        *slash = '\0';
        code = git_folder(len ? top : "/", &git, err);
        if (git)
            code = add_repositories(p, git, p->path[0] + len + 1, err);
        if (git && code == ERR_OK)
            code = add_here(p, top, err);
    }
    free(git);
    free(top);
    return code;
}

void place_free(struct place *p)
{
    for (int i = 0; i < PLACE_PATHS; i++)
        free(p->path[i]);
    for (int i = 0; i < PLACE_REPOSITORIES; i++)
        free(p->repository[i]);
    free(p->current);
    free(p->here);
    *p = (struct place){.path = {NULL}};
}
