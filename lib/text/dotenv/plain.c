/* The plain dialect, and notes on what other parsers read differently. */
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
        dotenv_add_note(r, r->at, "a carriage return alone ends a line here; some parsers keep it");
    r->at += *r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n' ? 2 : 1;
}

static char unescape(char c)
{
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

static bool is_escape(char c)
{
    return text_is_one_of(c, "nrt\\\"$");
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

/* Whether some parser expands it: $X, ${X}, $(command), and $$ in compose. */
static bool has_expansion(struct slice s)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        if (s.at[i] == '$' && (text_is_alnum(s.at[i + 1]) || text_is_one_of(s.at[i + 1], "_{($")))
            return true;
    return false;
}

static bool has_text(struct slice s, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i + len <= s.len; i++)
        if (memcmp(s.at + i, text, len) == 0)
            return true;
    return false;
}

static void note_quoted(struct dotenv_reader *r, const char *place, struct slice raw, char quote)
{
    if (quote == '"' && slice_has(raw, '\\'))
        dotenv_add_note(r, place,
                        "a backslash within double quotes, which parsers read differently");
    if (quote == '\'' && (has_text(raw, "\\\\") || slice_ends(raw, "\\")))
        dotenv_add_note(r, place, "a backslash within single quotes is kept; some parsers drop it");
    if (quote == '"' ? has_expansion(raw) : has_text(raw, "${"))
        dotenv_add_note(r, place, "a $ is kept as written; some parsers expand it");
    if (slice_has(raw, '\r'))
        dotenv_add_note(r, place, "a carriage return within quotes is kept; some parsers drop it");
}

static void note_bare(struct dotenv_reader *r, const char *place, struct slice raw)
{
    const unsigned odd = SPACES_JS | SPACES_PYTHON | SPACES_GO;

    for (size_t i = 1; i < raw.len; i++)
        if (raw.at[i] == '#') {
            dotenv_add_note(r, place,
                            "a # within a value is kept; for some parsers it begins a comment");
            break;
        }
    if (slice_has(raw, '\\'))
        dotenv_add_note(r, place, "a backslash without quotes is kept; some parsers drop it");
    if (has_expansion(raw))
        dotenv_add_note(r, place, "a $ is kept as written; some parsers expand it");
    if (slice_begins(raw, "`"))
        dotenv_add_note(r, place, "a backtick is not a quote here; for some parsers it is");
    if (dotenv_trim(raw, (enum dotenv_spaces)odd).len != raw.len)
        dotenv_add_note(r, place, "an unusual space beside a value is kept; some parsers drop it");
}

/* Only a comment may follow a quoted value on its line. */
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
        return dotenv_refuse(r, place, "text after a closing quote");
    note_quoted(r, place, raw, quote);
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
        dotenv_add_note(r, place,
                        "a comment in place of a value; some parsers take it as the value");
    else if (r->at < r->end && *r->at == '#' && r->at[-1] == '\t')
        dotenv_add_note(r, place,
                        "a comment after a tab; for some parsers it is part of the value");
    end = r->at;
    skip_line(r);
    if (has_comment((struct slice){end + 1, end < r->at ? (size_t)(r->at - end - 1) : 0}))
        dotenv_add_note(r, place,
                        "a # within a comment; for some parsers the comment begins there");
    while (end > start && is_blank(end[-1]))
        end--;
    note_bare(r, place, (struct slice){start, (size_t)(end - start)});
    if (end == start && key.at != place)
        dotenv_add_note(r, place, "an export without a value, which some parsers refuse");
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
