/* dotenv as godotenv 1.5.1 reads it, and docker compose, which is derived from it: statement by
 * statement, and several may share a line. One malformed statement refuses the whole text. */
#include "reader.h"

#include "base/text.h"

#include <string.h>

/* Skips to the next statement; false at the end of the text. */
static bool find_statement(struct dotenv_reader *r)
{
    while ((r->at = dotenv_skip(r->at, r->end, SPACES_GO)) < r->end && *r->at == '#')
        r->at = dotenv_line_end(r->at, r->end);
    return r->at < r->end;
}

static void skip_in_line(struct dotenv_reader *r)
{
    r->at = dotenv_skip(r->at, r->end, SPACES_GO_LINE);
}

static void skip_export(struct dotenv_reader *r, enum dotenv_spaces spaces)
{
    if (r->end - r->at > 6 && memcmp(r->at, "export", 6) == 0 &&
        dotenv_space(r->at + 6, r->end, spaces)) {
        r->at += 6;
        skip_in_line(r);
    }
}

/* Reads a name up to one of the characters in `ends`. */
static bool take_name(struct dotenv_reader *r, const char *place, const char *others,
                      const char *ends, struct slice *name)
{
    const char *start = r->at;
    size_t space;

    for (; r->at < r->end; r->at += space ? space : 1) {
        char c = *r->at;

        space = dotenv_space(r->at, r->end, SPACES_GO_LINE);
        if (text_is_one_of(c, ends)) {
            *name = dotenv_trim((struct slice){start, (size_t)(r->at - start)}, SPACES_GO);
            return true;
        }
        if (!space && !text_is_alnum(c) && !text_is_one_of(c, others) &&
            (!((unsigned char)c & 0x80) || dotenv_space(r->at, r->end, SPACES_GO)))
            return dotenv_refuse(r, place, "a character that names cannot have");
    }
    return dotenv_refuse(r, place, "not of the form NAME=VALUE");
}

static bool at_quote(const struct dotenv_reader *r)
{
    return r->at < r->end && (*r->at == '"' || *r->at == '\'');
}

/* ---- godotenv ---- */

static size_t decode_double(struct slice raw, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] == '\\' && i + 1 < raw.len && raw.at[i + 1] != '$') {
            i++;
            out[len++] = raw.at[i] == 'n' ? '\n' : raw.at[i] == 'r' ? '\r' : raw.at[i];
        } else {
            out[len++] = raw.at[i];
        }
    }
    return len;
}

/* Drops a backslash before a $. */
static size_t decode_dollars(struct slice raw, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++)
        if (raw.at[i] != '\\' || i + 1 == raw.len || raw.at[i + 1] != '$')
            out[len++] = raw.at[i];
    return len;
}

static bool expands(struct slice s)
{
    for (size_t i = 0; i + 1 < s.len; i++) {
        size_t name = i + 1;

        if (s.at[i] != '$' || (i > 0 && s.at[i - 1] == '\\'))
            continue;
        name += s.at[name] == '(';
        name += name < s.len && s.at[name] == '{';
        if (name < s.len && (s.at[name] == '_' || (text_is_alnum(s.at[name]) && s.at[name] < 'a')))
            return true;
    }
    return false;
}

static const struct dotenv_dollars godotenv_dollars = {
    expands, decode_dollars, "a $ is kept as written; godotenv would expand it"};

/* Reads up to the first quote without a backslash before it. Quotes at the ends of the value are
 * dropped. */
static bool take_quoted(struct dotenv_reader *r, const char *place, struct slice *value)
{
    const char *open = r->at, *close = open + 1;

    while (close < r->end && (*close != *open || close[-1] == '\\'))
        close++;
    if (close == r->end)
        return dotenv_refuse(r, place, "a quote that is not closed");
    *value = (struct slice){open + 1, (size_t)(close - open - 1)};
    while (value->len > 0 && value->at[value->len - 1] == *open)
        value->len--;
    while (value->len > 0 && value->at[0] == *open)
        *value = (struct slice){value->at + 1, value->len - 1};
    r->at = close + 1;
    return true;
}

/* Reads up to the last # after white space. */
static struct slice take_bare(struct dotenv_reader *r)
{
    const char *start = r->at, *end;
    size_t space;

    while (r->at < r->end && *r->at != '\n' && *r->at != '\r')
        r->at++;
    end = r->at;
    for (const char *p = start; p < r->at; p += space ? space : 1)
        if ((space = dotenv_space(p, r->at, SPACES_GO_LINE)) > 0 && p + space < r->at &&
            p[space] == '#')
            end = p;
    return dotenv_trim((struct slice){start, (size_t)(end - start)}, SPACES_GO_LINE);
}

bool dotenv_godotenv(struct dotenv_reader *r)
{
    while (find_statement(r)) {
        const char *place = r->at;
        struct slice name, value;
        char quote;
        bool good;

        skip_export(r, SPACES_GO_LINE);
        if (!take_name(r, place, "_.", "=:", &name))
            return false;
        r->at++;
        skip_in_line(r);
        quote = '\0';
        if (at_quote(r)) {
            quote = *r->at;
            if (!take_quoted(r, place, &value))
                return false;
        } else {
            value = take_bare(r);
        }
        good = quote == '\'' ? dotenv_take(r, place, name, value, NULL)
                             : dotenv_take_dollars(r, place, name, value,
                                                   quote ? decode_double : NULL, &godotenv_dollars);
        if (!good)
            return false;
    }
    return true;
}

/* ---- compose ---- */

/* $$ becomes $. */
static size_t decode_compose_dollars(struct slice raw, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        out[len++] = raw.at[i];
        i += raw.at[i] == '$' && i + 1 < raw.len && raw.at[i + 1] == '$';
    }
    return len;
}

static bool compose_expands(struct slice s)
{
    for (size_t i = 0; i + 1 < s.len; i++) {
        char next = s.at[i + 1];

        if (s.at[i] == '$' && next == '$')
            i++;
        else if (s.at[i] == '$' &&
                 (next == '{' || next == '_' || (text_is_alnum(next) && next > '9')))
            return true;
    }
    return false;
}

static const struct dotenv_dollars compose_dollars = {
    compose_expands, decode_compose_dollars, "a $ is kept as written; compose would expand it"};

/* Within single quotes, \' is the only escape. */
static size_t decode_compose_single(struct slice raw, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] == '\\' && i + 1 < raw.len) {
            i++;
            if (raw.at[i] != '\'')
                out[len++] = '\\';
        }
        out[len++] = raw.at[i];
    }
    return len;
}

/* Decodes "\0" and three octal digits at i, if they are a character of Latin-1; else writes the
 * backslash and the digits. Moves i to the last digit. */
static size_t decode_octal(struct slice raw, size_t *i, char *out)
{
    const char *digits = raw.at + *i + 2;
    size_t count = 0, len = 0;
    unsigned c = 0;
    bool octal = true;

    for (; count < 3 && *i + 2 + count < raw.len && digits[count] >= '0' && digits[count] <= '9';
         count++) {
        octal = octal && digits[count] < '8';
        c = 8 * c + (unsigned)(digits[count] - '0');
    }
    if (!octal || count < 3 || c > 0xFF) {
        out[len++] = '\\';
        memmove(out + len, digits, count);
        len += count;
    } else {
        len = (size_t)(text_put_character(out, c) - out);
    }
    *i += 1 + count;
    return len;
}

static size_t decode_compose_double(struct slice raw, char *out)
{
    static const char escapes[] = "abfnrtv\"\\", meanings[] = "\a\b\f\n\r\t\v\"\\";
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        char next = raw.at[i] == '\\' && i + 1 < raw.len ? raw.at[i + 1] : '\0';
        const char *escape = next ? strchr(escapes, next) : NULL;

        if (next == '0') {
            len += decode_octal(raw, &i, out + len);
        } else if (next == '$') {
            out[len++] = '$'; /* doubled, so that it does not begin a variable */
            out[len++] = '$';
            i++;
        } else {
            out[len++] = escape ? meanings[escape - escapes] : raw.at[i];
            i += escape != NULL;
        }
    }
    return len;
}

static bool take_compose_quoted(struct dotenv_reader *r, const char *place, struct slice *value)
{
    const char *open = r->at, *close = open + 1;

    while (close < r->end && *close != *open)
        close += *close == '\\' && close + 1 < r->end ? 2 : 1;
    if (close >= r->end)
        return dotenv_refuse(r, place, "a quote that is not closed");
    *value = (struct slice){open + 1, (size_t)(close - open - 1)};
    r->at = close + 1;
    return true;
}

/* Reads up to a # after a space. */
static struct slice take_compose_bare(struct dotenv_reader *r)
{
    const char *start = r->at, *end = dotenv_line_end(start, r->end), *p = start;

    r->at = end;
    while (p < end && !(*p == ' ' && p + 1 < end && p[1] == '#'))
        p++;
    return dotenv_trim_end((struct slice){start, (size_t)(p - start)}, SPACES_GO);
}

static bool take_compose_value(struct dotenv_reader *r, const char *place, struct slice name)
{
    char quote = at_quote(r) ? *r->at : '\0';
    struct slice value;

    if (!quote)
        return dotenv_take_dollars(r, place, name, take_compose_bare(r), NULL, &compose_dollars);
    if (!take_compose_quoted(r, place, &value))
        return false;
    return quote == '"'
               ? dotenv_take_dollars(r, place, name, value, decode_compose_double, &compose_dollars)
               : dotenv_take(r, place, name, value, decode_compose_single);
}

/* compose accepts letters outside of ASCII too. */
static bool is_plain_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] == ' ' || ((unsigned char)name.at[i] & 0x80))
            return false;
    return true;
}

bool dotenv_compose(struct dotenv_reader *r)
{
    while (find_statement(r)) {
        const char *place = r->at;
        struct slice name;

        skip_export(r, SPACES_RUBY);
        if (!take_name(r, place, "_.-[]", "=:\n", &name))
            return false;
        if (*r->at == '\n') {
            if (!is_plain_name(name))
                return dotenv_refuse(r, place, "not of the form NAME=VALUE");
            dotenv_add_note(r, place, "skipped: compose would look it up in its environment");
            continue;
        }
        r->at++;
        skip_in_line(r);
        if (!take_compose_value(r, place, name))
            return false;
    }
    return true;
}
