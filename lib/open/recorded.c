/* The default environment of a vault file, as a person has recorded it on this machine. */
#include "recorded.h"

#include "settings.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_MOST = 1 << 20 };

/* The environment in the last line for this path; empty: there is none. A torn or foreign line is
 * passed over. */
static struct slice last_for(struct slice lines, const char *path)
{
    struct slice found = {"", 0};

    while (lines.len > 0) {
        const char *newline = memchr(lines.at, '\n', lines.len);
        size_t len = newline ? (size_t)(newline - lines.at) : lines.len;
        const char *space = memchr(lines.at, ' ', len);
        struct slice env = {lines.at, space ? (size_t)(space - lines.at) : 0};

        if (newline && space && text_is_name(env) &&
            slice_is((struct slice){space + 1, len - env.len - 1}, path))
            found = env;
        lines.at += len + (newline != NULL);
        lines.len -= len + (newline != NULL);
    }
    return found;
}

/* *real is NULL if there is no such file. */
static enum err_code find_real(const char *file, char **real, struct err *err)
{
    *real = file_real_path(file);
    return *real || errno != ENOMEM ? ERR_OK : err_no_memory(err);
}

/* A file that is not there has nothing recorded. */
static enum err_code read_log(const char *log, struct buf *lines, struct err *err)
{
    struct err before = *err;
    enum err_code code = file_read(log, LOG_MOST, lines, NULL, err);

    if (code != ERR_ABSENT)
        return code;
    *err = before;
    return ERR_OK;
}

enum err_code recorded_find(const char *log, const char *file, struct arena *arena,
                            const char **env, struct err *err)
{
    struct buf lines = {0};
    struct slice found;
    char *real = NULL;
    enum err_code code = read_log(log, &lines, err);

    *env = NULL;
    if (code == ERR_OK && lines.len > 0)
        code = find_real(file, &real, err);
    if (code == ERR_OK && real) {
        found = last_for(buf_slice(&lines), real);
        if (found.len > 0)
            code = err_memory((*env = arena_copy(arena, found.at, found.len)) != NULL, err);
    }
    free(real);
    buf_free(&lines);
    return code;
}

static enum err_code add_line(const char *log, const char *path, const char *env, struct err *err)
{
    struct buf lines = {0}, line = {0};
    int fd = -1;
    enum err_code code = file_log_open(log, LOG_MOST, &lines, &fd, err);

    buf_printf(&line, "%s %s\n", env, path);
    if (code == ERR_OK)
        code = err_memory(buf_ok(&line), err);
    if (code == ERR_OK)
        code = file_log_add(fd, log, buf_slice(&line), err);
    file_log_close(fd);
    buf_free(&line);
    buf_free(&lines);
    return code;
}

enum err_code recorded_put(const char *log, const char *file, const char *env, struct err *err)
{
    struct buf lines = {0};
    struct slice now = {"", 0};
    char *real = NULL;
    enum err_code code = find_real(file, &real, err);

    if (code == ERR_OK && !real)
        code = err_set(err, ERR_ABSENT, "there is no file to record a default for");
    else if (code == ERR_OK && strchr(real, '\n'))
        code = err_set(err, ERR_INVALID, "a path with a line break cannot be recorded");
    if (code == ERR_OK)
        code = read_log(log, &lines, err);
    if (code == ERR_OK)
        now = last_for(buf_slice(&lines), real);
    if (code == ERR_OK && !slice_is(now.len ? now : slice_of(SETTINGS_ENV), env))
        code = add_line(log, real, env, err);
    buf_free(&lines);
    free(real);
    return code;
}
