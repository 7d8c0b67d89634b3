/* age's armor: a binary age file as PEM-like text, read as strictly as age reads it.
 *
 * Blank lines may precede the first line, and white space may follow the last one. Between the two,
 * lines have exactly 64 columns, the last one 1 to 64, in canonical base64 with padding. Lines end
 * in LF or CRLF. */
#include "armor.h"

#include "base/base64.h"
#include "base/text.h"

#include <string.h>

#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define END "-----END AGE ENCRYPTED FILE-----"

enum { COLUMNS = 64 };

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice skip_space(struct slice text)
{
    while (text.len > 0 && is_space(*text.at)) {
        text.at++;
        text.len--;
    }
    return text;
}

/* To the start of the first line that is not blank. */
static struct slice skip_blank_lines(struct slice text)
{
    struct slice rest = skip_space(text);

    while (rest.at > text.at && rest.at[-1] != '\n') {
        rest.at--;
        rest.len++;
    }
    return rest;
}

bool armor_is(struct slice text)
{
    text = skip_blank_lines(text);
    return slice_begins(text, BEGIN);
}

static bool next_line(struct slice *rest, struct slice *line)
{
    bool found = text_next_line(rest, line);

    if (rest->at > line->at + line->len && slice_ends(*line, "\r"))
        line->len--;
    return found;
}

/* Only the last line of base64 may be shorter, and padded. */
static bool read_line(struct slice line, struct buf *out, bool *last)
{
    size_t len = line.len;
    char *room;

    if (len == 0 || len > COLUMNS || len % 4 != 0)
        return false;
    for (int i = 0; i < 2 && line.at[len - 1] == '='; i++)
        len--;
    *last = len < COLUMNS;
    room = buf_reserve(out, BASE64_DECODED(len));
    if (!room || !base64_decode(room, line.at, len))
        return false;
    out->len += BASE64_DECODED(len);
    return true;
}

enum err_code armor_read(struct slice text, struct buf *out, struct err *err)
{
    struct slice rest = skip_blank_lines(text), line;
    size_t number = 1;
    bool last = false;

    for (const char *at = text.at; at < rest.at; at++)
        number += *at == '\n';
    if (!next_line(&rest, &line) || !slice_is(line, BEGIN))
        return err_set(err, ERR_FORMAT, "line %zu: not " BEGIN, number);
    for (;;) {
        number++;
        if (!next_line(&rest, &line))
            return err_set(err, ERR_FORMAT, "line %zu: " END " is missing", number);
        if (slice_is(line, END))
            break;
        if (last || !read_line(line, out, &last))
            return buf_ok(out) ? err_set(err, ERR_FORMAT, "line %zu: malformed armor", number)
                               : err_no_memory(err);
    }
    if (skip_space(rest).len > 0)
        return err_set(err, ERR_FORMAT, "line %zu: text after the armor", number + 1);
    return ERR_OK;
}

void armor_write(struct slice file, struct buf *out)
{
    enum { BYTES = COLUMNS / 4 * 3 };

    buf_add_text(out, BEGIN "\n");
    while (file.len > 0) {
        size_t len = file.len < BYTES ? file.len : BYTES;
        char line[COLUMNS + 2];

        memset(line, '=', sizeof line);
        base64_encode(line, file.at, len);
        line[(len + 2) / 3 * 4] = '\n';
        buf_add(out, line, (len + 2) / 3 * 4 + 1);
        file.at += len;
        file.len -= len;
    }
    buf_add_text(out, END "\n");
}
