/* Messages for people, and bytes for pipes. */
#include "cli.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool write_bytes(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, data, len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        data += done;
        len -= (size_t)done;
    }
    return true;
}

bool await_input(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};

    return (errno == EAGAIN || errno == EWOULDBLOCK) &&
           (poll(&wanted, 1, -1) > 0 || errno == EINTR);
}

bool read_bytes(int fd, size_t most, struct buf *out)
{
    enum { STEP = 65536 };
    size_t start = out->len;

    while (out->len - start <= most) {
        char *room = buf_reserve(out, STEP);
        ssize_t got;

        if (!room) {
            errno = ENOMEM;
            return false;
        }
        got = read(fd, room, STEP);
        if (got < 0 && (errno == EINTR || await_input(fd)))
            continue;
        if (got <= 0)
            return got == 0;
        out->len += (size_t)got;
    }
    errno = EFBIG;
    return false;
}

/* Whether there is something to read in a pipe, or will be: whoever opens it for writing just now
 * gets a moment for it. */
static bool has_writer(int fd)
{
    enum { WRITER_WAIT = 1000 };
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    char nothing;
    int got;

    do
        got = poll(&wanted, 1, WRITER_WAIT);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        return (wanted.revents & POLLIN) != 0;
    return read(fd, &nothing, 1) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* O_NONBLOCK: to open a pipe that nobody writes to would wait. */
const char *open_given(const char *path, int *fd)
{
    const char *why = NULL;
    struct stat st;

    *fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (*fd < 0)
        return strerror(errno);
    if (fstat(*fd, &st) != 0)
        why = strerror(errno);
    else if (S_ISDIR(st.st_mode))
        why = strerror(EISDIR);
    else if (S_ISFIFO(st.st_mode) && !has_writer(*fd))
        why = "nobody writes to this pipe";
    else if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
        why = "it is a device";
    if (!why)
        return NULL;
    close(*fd);
    *fd = -1;
    errno = 0; /* it was opened */
    return why;
}

const char *read_given(const char *path, size_t most, struct buf *out)
{
    int fd;
    const char *why = open_given(path, &fd);

    if (!why && !read_bytes(fd, most, out))
        why = strerror(errno);
    if (fd >= 0)
        close(fd);
    return why;
}

enum { TEXT_MAX = 8192, BEFORE_MAX = 8 };

/* One line, whatever is in it: what came from a file cannot act on the terminal. MUST NOT need
 * memory: that there is none is said here. */
static void say(const char *before, const char *format, va_list args)
{
    char text[TEXT_MAX + 1], room[BEFORE_MAX + TEXT_ESCAPED(TEXT_MAX) + 1];
    struct buf line = BUF_FIXED(room);
    bool was_busy = busy_end();
    int len = vsnprintf(text, sizeof text, format, args);
    struct slice said = {text, len < 0 ? 0 : len <= TEXT_MAX ? (size_t)len : TEXT_MAX};

    if (len > TEXT_MAX) /* perhaps cut within a character */
        said.len = text_utf8_prefix(said);
    buf_add_text(&line, before);
    text_escape(&line, said, SIZE_MAX);
    buf_add_text(&line, len > TEXT_MAX ? "…\n" : "\n");
    write_bytes(STDERR_FILENO, room, line.len); /* or nobody is left to be told */
    if (was_busy)
        busy_begin();
}

void say_failure(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("vault: ", format, args);
    va_end(args);
}

void say_hint(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("hint: ", format, args);
    va_end(args);
}

void say_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("note: ", format, args);
    va_end(args);
}

enum status status_of(vault_err err)
{
    static const enum status statuses[] = {
        [VAULT_OK] = DONE,          [VAULT_FAILED] = FAILED,        [VAULT_FORMAT] = FAILED,
        [VAULT_NEWER] = FAILED,     [VAULT_CONFLICT] = CONFLICT,    [VAULT_INTEGRITY] = BROKEN,
        [VAULT_LOCKED] = LOCKED,    [VAULT_NO_CREDENTIAL] = LOCKED, [VAULT_ABSENT] = NOT_THERE,
        [VAULT_EXISTS] = FAILED,    [VAULT_INVALID] = USAGE,        [VAULT_CANCELLED] = FAILED,
        [VAULT_NO_MEMORY] = FAILED,
    };

    return statuses[err];
}

enum status say_vault_error(const vault *v, vault_err err)
{
    say_failure("%s", vault_error(v));
    if (vault_hint(v)[0])
        say_hint("%s", vault_hint(v));
    return status_of(err);
}

bool write_out(const char *data, size_t len)
{
    busy_end();
    if (write_bytes(STDOUT_FILENO, data, len))
        return true;
    say_error(FAILED, "cannot write to standard output: %s", strerror(errno));
    return false;
}

bool write_buf(const struct buf *b)
{
    if (!buf_ok(b)) {
        say_no_memory();
        return false;
    }
    return write_out(buf_slice(b).at, b->len);
}

enum status write_saved(const struct buf *b)
{
    struct slice text = buf_slice(b);
    const char *end = text.at + text.len;

    if (write_buf(b))
        return DONE;
    say_note("it is done and saved: only this could not be printed");
    for (const char *line = text.at; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((newline ? newline : end) - line);

        say_note("%.*s", (int)len, line);
        line += len + 1;
    }
    return FAILED;
}

/* How many letters are wrong, missing, too many or exchanged (Damerau and Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t rows[3][LONGEST + 1];
    size_t a_len = strlen(a), b_len = strlen(b);

    if (a_len > LONGEST || b_len > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

const char *nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t best = strlen(word) / 3 + 1;
    const char *found = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, candidates[i]);

        if (d <= best && d < strlen(candidates[i])) {
            found = candidates[i];
            best = d - (d > 0);
        }
    }
    return found;
}
