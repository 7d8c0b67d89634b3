/* Text for people, fitted to the width of their terminal. */
#include "fit.h"

#include "hints.h"
#include "say.h"

#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80, INDENT = 4, BROKEN = 74 /* a line this long may go on in the next */ };

size_t fit_width(void)
{
    static bool is_measured;
    static size_t width;
    struct winsize size;

    if (!is_measured && isatty(STDOUT_FILENO))
        width =
            ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : USUAL_WIDTH;
    is_measured = true;
    return width;
}

/* In columns: each character takes one. */
static size_t columns_of(const char *at, size_t len)
{
    size_t columns = 0;

    for (size_t i = 0; i < len; i++)
        columns += ((unsigned char)at[i] & 0xC0) != 0x80;
    return columns;
}

static size_t spaces_at(struct slice line, size_t from)
{
    size_t count = 0;

    while (from + count < line.len && line.at[from + count] == ' ')
        count++;
    return count;
}

/* The byte at which the second column begins; 0: there is none. */
static size_t second_column(struct slice line)
{
    for (size_t i = spaces_at(line, 0); i < line.len; i++) {
        size_t gap = spaces_at(line, i);

        if (gap > 1 && i + gap < line.len)
            return i + gap;
        i += gap;
    }
    return 0;
}

/* A command to be copied, which the terminal breaks. */
static bool is_command(struct slice line)
{
    size_t lead = spaces_at(line, 0), len = strlen(hint_program(NULL));

    return lead > 0 && !second_column(line) && line.len > lead + len &&
           memcmp(line.at + lead, hint_program(NULL), len) == 0 && line.at[lead + len] == ' ';
}

static void add_line(struct buf *out, struct slice line, size_t width)
{
    size_t lead = spaces_at(line, 0), second = second_column(line), at = lead, column = lead;
    size_t hang = second ? columns_of(line.at, second) : 0;

    bool is_far = hang > width / 2, is_long = columns_of(line.at, line.len) > width;

    if (hang == 0 || is_far)
        hang = lead + (lead || is_far ? INDENT : 0);
    buf_printf(out, "%*s", (int)lead, "");
    while (at < line.len) {
        size_t gap = spaces_at(line, at), end = at + gap, columns;
        bool is_second = is_far && is_long && end == second;

        while (end < line.len && line.at[end] != ' ')
            end++;
        columns = columns_of(line.at + at, end - at);
        if ((column > hang && column + columns > width && gap > 0) || is_second) {
            buf_printf(out, "\n%*s", (int)hang, "");
            column = hang;
            at += gap;
            columns -= gap;
        }
        buf_add(out, line.at + at, end - at);
        column += columns;
        at = end;
    }
    buf_add_text(out, "\n");
}

/* Whether next goes on where last, of the entry or the sentence that begins with first, was broken
 * by hand. */
static bool goes_on(struct slice first, struct slice last, struct slice next)
{
    size_t lead = spaces_at(next, 0), second = second_column(first);

    if (next.len == lead || second_column(next) || columns_of(last.at, last.len) < BROKEN)
        return false;
    if (lead > INDENT)
        return second && columns_of(first.at, second) == lead;
    return lead == 0 && spaces_at(first, 0) == 0 && !second;
}

static struct slice take_line(struct slice *text)
{
    const char *end = text->len ? memchr(text->at, '\n', text->len) : NULL;
    struct slice line = {text->at, end ? (size_t)(end - text->at) : text->len};
    size_t taken = line.len + (end != NULL);

    text->at += taken;
    text->len -= taken;
    return line;
}

void fit_lines(struct buf *out, struct slice text, size_t width, bool is_prose)
{
    struct buf joined = {0};

    while (text.len > 0) {
        struct slice line = take_line(&text), last = line;

        buf_clear(&joined);
        buf_add_slice(&joined, line);
        while (is_prose && text.len > 0) {
            struct slice rest = text, next = take_line(&rest);
            size_t lead = spaces_at(next, 0);

            if (!goes_on(line, last, next))
                break;
            buf_add_text(&joined, " ");
            buf_add(&joined, next.at + lead, next.len - lead);
            last = next;
            text = rest;
        }
        add_line(out, buf_slice(&joined), is_command(buf_slice(&joined)) ? SIZE_MAX : width);
    }
    out->failed = out->failed || joined.failed;
    buf_free(&joined);
}

bool fit_text(const struct args *args, const struct buf *text, struct buf *fitted)
{
    if (fit_width() == 0 || !buf_ok(text) || args_has(args, OPT_JSON) || args_has(args, OPT_REVEAL))
        return false;
    fit_lines(fitted, buf_slice(text), fit_width(), false);
    return true;
}

enum status fit_write(const struct args *args, const struct buf *text)
{
    struct buf fitted = {0};
    enum status status = write_buf(fit_text(args, text, &fitted) ? &fitted : text);

    buf_free(&fitted);
    return status;
}
