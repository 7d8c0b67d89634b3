/* Messages for people. */
#include "say.h"

#include "hints.h"

#include "busy.h"
#include "io.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 8192, BEFORE_MAX = 80, FORMAT_MAX = 1024 };

static struct buf *catcher; /* NULL: stderr */

void say_into(struct buf *lines)
{
    catcher = lines;
}

/* Puts the program's name, which has no %, into a format. */
static void name_program(struct buf *format, const char *at)
{
    static const char place[] = "{program}";

    for (const char *open; (open = strstr(at, place)); at = open + sizeof place - 1) {
        buf_add(format, at, (size_t)(open - at));
        buf_add_text(format, hint_program(NULL));
    }
    buf_add(format, at, strlen(at) + 1);
}

/* Prints one line, with control characters escaped, so that text from a file cannot control the
 * terminal. MUST NOT allocate: it reports that memory is exhausted. */
static void say(const char *before, const char *format, va_list args)
{
    char text[TEXT_MAX + 1], room[BEFORE_MAX + TEXT_ESCAPED(TEXT_MAX) + 1], named[FORMAT_MAX];
    struct buf line = BUF_FIXED(room), with_name = BUF_FIXED(named);
    bool was_busy = busy_end();
    struct slice said = {text, 0};
    int len;

    name_program(&with_name, format);
    len = vsnprintf(text, sizeof text, buf_ok(&with_name) ? named : format, args);
    said.len = len < 0 ? 0 : len <= TEXT_MAX ? (size_t)len : TEXT_MAX;

    if (len > TEXT_MAX) /* it may be cut inside a character */
        said.len = text_utf8_prefix(said);
    buf_add_text(&line, before);
    text_escape(&line, said, SIZE_MAX);
    buf_add_text(&line, len > TEXT_MAX ? "…\n" : "\n");
    if (catcher)
        buf_add(catcher, room, line.len);
    else
        write_bytes(STDERR_FILENO, room, line.len); /* a failure cannot be reported */
    if (was_busy)
        busy_begin();
}

/* Notes and hints are printed, unless -q was given: then those that follow an error are. */
static bool quiet, failed;

void say_errors_only(void)
{
    quiet = true;
}

void say_failure(const char *format, ...)
{
    char before[BEFORE_MAX];
    va_list args;

    failed = true;
    snprintf(before, sizeof before, "%s: ", hint_program(NULL));
    va_start(args, format);
    say(before, format, args);
    va_end(args);
}

void say_hint(const char *format, ...)
{
    va_list args;

    if (quiet && !failed)
        return;
    va_start(args, format);
    say("hint: ", format, args);
    va_end(args);
}

void say_note(const char *format, ...)
{
    va_list args;

    if (quiet && !failed)
        return;
    va_start(args, format);
    say("note: ", format, args);
    va_end(args);
}

enum status status_of(vault_err err)
{
    static const enum status statuses[] = {
        [VAULT_OK] = STATUS_OK,
        [VAULT_FAILED] = STATUS_FAILED,
        [VAULT_FORMAT] = STATUS_FAILED,
        [VAULT_NEWER] = STATUS_FAILED,
        [VAULT_CONFLICT] = STATUS_CONFLICT,
        [VAULT_INTEGRITY] = STATUS_INTEGRITY,
        [VAULT_LOCKED] = STATUS_LOCKED,
        [VAULT_NO_CREDENTIAL] = STATUS_LOCKED,
        [VAULT_ABSENT] = STATUS_ABSENT,
        [VAULT_EXISTS] = STATUS_FAILED,
        [VAULT_INVALID] = STATUS_USAGE,
        [VAULT_CANCELLED] = STATUS_FAILED,
        [VAULT_NO_MEMORY] = STATUS_FAILED,
    };

    return statuses[err];
}

bool is_locked(vault_err err)
{
    return err == VAULT_LOCKED || err == VAULT_NO_CREDENTIAL || err == VAULT_CANCELLED;
}

void say_hint_of(const vault *v)
{
    struct buf out = {0};

    hint_of(v, &out);
    if (has_hint(v) && buf_ok(&out))
        say_hint("%.*s", (int)out.len, out.data);
    buf_free(&out);
}

enum status say_vault_error(const vault *v, vault_err err)
{
    say_failure("%s", vault_error(v));
    say_hint_of(v);
    return status_of(err);
}

enum status write_out(const char *data, size_t len)
{
    busy_end();
    if (write_bytes(STDOUT_FILENO, data, len))
        return STATUS_OK;
    return say_error(STATUS_FAILED, "cannot write to standard output: %s", strerror(errno));
}

enum status write_buf(const struct buf *b)
{
    return buf_ok(b) ? write_out(buf_slice(b).at, b->len) : say_no_memory();
}

enum status write_saved(const struct buf *b)
{
    struct slice text = buf_slice(b);
    const char *end = text.at + text.len;

    if (write_buf(b) == STATUS_OK)
        return STATUS_OK;
    say_note("everything was saved; only the output could not be printed");
    for (const char *line = text.at; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((newline ? newline : end) - line);

        say_note("%.*s", (int)len, line);
        line += len + 1;
    }
    return STATUS_FAILED;
}
