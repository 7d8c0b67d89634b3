/* The plain dialect of dotenv, which is a rule of our own. */
#include "reader.h"

#include "base/text.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct dotenv_reader *r)
{
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
}

static bool at_line_end(const struct dotenv_reader *r)
{
    return r->at == r->end || *r->at == '\n' || *r->at == '\r';
}

static void skip_line(struct dotenv_reader *r)
{
    while (!at_line_end(r))
        r->at++;
}

static void skip_line_end(struct dotenv_reader *r)
{
    if (*r->at == '\r' && (r->at + 1 == r->end || r->at[1] != '\n'))
        dotenv_tell(r, r->at, "a carriage return alone ends a line: to some it is a part of it");
    r->at += *r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n' ? 2 : 1;
}

static char unescape(char c)
{
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

static bool is_escape(char c)
{
    return c != '\0' && strchr("nrt\\\"$", c) != NULL;
}

static size_t decode_plain(struct slice raw, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++)
        out[len++] = raw.at[i] == '\\' && i + 1 < raw.len && is_escape(raw.at[i + 1])
                         ? unescape(raw.at[++i])
                         : raw.at[i];
    return len;
}

/* Whether somebody expands it: $X, ${X}, $(command), and compose takes $$ for $. */
static bool has_expansion(struct slice s)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        if (s.at[i] == '$' &&
            (text_is_key((struct slice){s.at + i + 1, 1}) ||
             (s.at[i + 1] >= '0' && s.at[i + 1] <= '9') || strchr("{($", s.at[i + 1]) != NULL) &&
            s.at[i + 1] != '\0')
            return true;
    return false;
}

static bool has(struct slice s, char c)
{
    return s.len > 0 && memchr(s.at, c, s.len) != NULL;
}

static bool has_text(struct slice s, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i + len <= s.len; i++)
        if (memcmp(s.at + i, text, len) == 0)
            return true;
    return false;
}

static void tell_of_quoted(struct dotenv_reader *r, const char *place, struct slice raw, char quote)
{
    if (quote == '"' && has(raw, '\\'))
        dotenv_tell(r, place, "a backslash within double quotes: to each parser it is another one");
    if (quote == '\'' && (has_text(raw, "\\\\") || (raw.len > 0 && raw.at[raw.len - 1] == '\\')))
        dotenv_tell(r, place, "a backslash within single quotes stays: some parsers take it away");
    if (quote == '"' ? has_expansion(raw) : has_text(raw, "${"))
        dotenv_tell(r, place, "a $ stays as it is written: some parsers expand it");
    if (has(raw, '\r'))
        dotenv_tell(r, place, "a carriage return within quotes stays: some parsers take it away");
}

static void tell_of_bare(struct dotenv_reader *r, const char *place, struct slice raw)
{
    const unsigned odd = SPACES_JS | SPACES_PYTHON | SPACES_GO;

    for (size_t i = 1; i < raw.len; i++)
        if (raw.at[i] == '#') {
            dotenv_tell(r, place, "a # within a value stays: to some parsers a comment begins");
            break;
        }
    if (has(raw, '\\'))
        dotenv_tell(r, place, "a backslash without quotes stays: some parsers take it away");
    if (has_expansion(raw))
        dotenv_tell(r, place, "a $ stays as it is written: some parsers expand it");
    if (raw.len > 0 && raw.at[0] == '`')
        dotenv_tell(r, place, "a backtick is no quote here: to some parsers it is");
    if (dotenv_trim(raw, (enum dotenv_spaces)odd).len != raw.len)
        dotenv_tell(r, place, "an unusual space beside a value stays: some parsers take it away");
}

/* What follows a quoted value on its line may be a comment only. */
static bool take_quoted(struct dotenv_reader *r, const char *place, struct slice key)
{
    char quote = *r->at++;
    struct slice raw = {r->at, 0};

    while (r->at < r->end && *r->at != quote)
        r->at += quote == '"' && *r->at == '\\' && r->at + 1 < r->end ? 2 : 1;
    if (r->at >= r->end)
        return dotenv_refuse(r, place, "a quote that is not closed");
    raw.len = (size_t)(r->at++ - raw.at);
    skip_blanks(r);
    if (r->at < r->end && *r->at == '#')
        skip_line(r);
    if (!at_line_end(r))
        return dotenv_refuse(r, place, "text behind a closing quote");
    tell_of_quoted(r, place, raw, quote);
    return dotenv_take(r, place, key, raw, quote == '"' ? decode_plain : NULL);
}

static bool has_comment(struct slice s)
{
    for (size_t i = 1; i < s.len; i++)
        if (s.at[i] == '#' && is_blank(s.at[i - 1]))
            return true;
    return false;
}

static bool take_bare(struct dotenv_reader *r, const char *place, struct slice key)
{
    const char *start = r->at, *end;

    while (!at_line_end(r) && !(*r->at == '#' && (r->at == start || is_blank(r->at[-1]))))
        r->at++;
    if (r->at == start && r->at < r->end && *r->at == '#')
        dotenv_tell(r, place, "a comment in place of a value: to some parsers it is the value");
    else if (r->at < r->end && *r->at == '#' && r->at[-1] == '\t')
        dotenv_tell(r, place, "a comment behind a tab: to some parsers it belongs to the value");
    end = r->at;
    skip_line(r);
    if (has_comment((struct slice){end + 1, end < r->at ? (size_t)(r->at - end - 1) : 0}))
        dotenv_tell(r, place, "a comment within a comment: to some parsers only that one is one");
    while (end > start && is_blank(end[-1]))
        end--;
    tell_of_bare(r, place, (struct slice){start, (size_t)(end - start)});
    if (end == start && key.at != place)
        dotenv_tell(r, place, "an export of nothing: to some parsers it is a fault");
    return dotenv_take(r, place, key, (struct slice){start, (size_t)(end - start)}, NULL);
}

static bool take_pair(struct dotenv_reader *r)
{
    const char *place = r->at;
    struct slice key;

    if (r->end - r->at > 7 && memcmp(r->at, "export", 6) == 0 && is_blank(r->at[6])) {
        r->at += 6;
        skip_blanks(r);
    }
    key.at = r->at;
    while (!at_line_end(r) && *r->at != '=' && !is_blank(*r->at))
        r->at++;
    key.len = (size_t)(r->at - key.at);
    skip_blanks(r);
    if (r->at == r->end || *r->at != '=' || key.len == 0)
        return dotenv_refuse(r, place, "not of the form NAME=VALUE");
    r->at++;
    skip_blanks(r);
    return r->at < r->end && (*r->at == '"' || *r->at == '\'') ? take_quoted(r, place, key)
                                                               : take_bare(r, place, key);
}

bool dotenv_plain(struct dotenv_reader *r)
{
    while (r->at < r->end) {
        skip_blanks(r);
        if (r->at < r->end && *r->at == '#')
            skip_line(r);
        if (!at_line_end(r) && !take_pair(r))
            return false;
        if (r->at < r->end)
            skip_line_end(r);
    }
    return true;
}
