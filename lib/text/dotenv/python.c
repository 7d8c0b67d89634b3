/* dotenv as python-dotenv 1.2.2 reads it: pair by pair; a malformed line is skipped. */
#include "reader.h"

#include <string.h>

static const char *skip_in_line(const char *p, const char *end)
{
    size_t len;

    while (p < end && *p != '\n' && (len = dotenv_space(p, end, SPACES_PYTHON)) > 0)
        p += len;
    return p;
}

/* 'name' or name; at is NULL if there is none. */
static struct slice take_key(struct dotenv_reader *r)
{
    const char *start = r->at, *p = start;

    if (*start == '\'') {
        do
            p++;
        while (p < r->end && *p != '\'');
        if (p == r->end || p == start + 1)
            return (struct slice){NULL, 0};
        r->at = p + 1;
        return (struct slice){start + 1, (size_t)(p - start - 1)};
    }
    while (p < r->end && *p != '=' && *p != '#' && !dotenv_space(p, r->end, SPACES_PYTHON))
        p++;
    r->at = p;
    return (struct slice){p > start ? start : NULL, (size_t)(p - start)};
}

static size_t decode_single(struct slice raw, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] == '\\' && i + 1 < raw.len &&
            (raw.at[i + 1] == '\\' || raw.at[i + 1] == '\''))
            i++;
        out[len++] = raw.at[i];
    }
    return len;
}

static size_t decode_double(struct slice raw, char *out)
{
    static const char escapes[] = "\\'\"abfnrtv", meanings[] = "\\'\"\a\b\f\n\r\t\v";
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        const char *escape = raw.at[i] == '\\' && i + 1 < raw.len && raw.at[i + 1] != '\0'
                                 ? strchr(escapes, raw.at[i + 1])
                                 : NULL;

        out[len++] = escape ? meanings[escape - escapes] : raw.at[i];
        i += escape != NULL;
    }
    return len;
}

/* Reads up to the first unescaped quote or, if the text has none, to the last escaped one. */
static bool take_quoted(struct dotenv_reader *r, struct slice *value)
{
    char quote = *r->at;
    const char *open = r->at, *close = open + 1;

    while (close < r->end && *close != quote)
        close += *close == '\\' && close + 1 < r->end && close[1] == quote ? 2 : 1;
    if (close == r->end)
        while (--close > open && *close != quote)
            continue;
    *value = (struct slice){open + 1, (size_t)(close - open - (close > open))};
    r->at = close > open ? close + 1 : open;
    return close > open;
}

/* A comment begins at a # after white space. */
static struct slice take_bare(struct dotenv_reader *r)
{
    const char *start = r->at, *p = start;

    r->at = dotenv_line_end(start, r->end);
    while (p < r->at) {
        size_t space = dotenv_space(p, r->at, SPACES_PYTHON);

        if (space > 0 && p + space < r->at && p[space] == '#')
            break;
        p += space ? space : 1;
    }
    return dotenv_trim_end((struct slice){start, (size_t)(p - start)}, SPACES_PYTHON);
}

static bool has_expansion(struct slice s)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        if (s.at[i] == '$' && s.at[i + 1] == '{')
            return true;
    return false;
}

/* Reads the value after an =, and returns how to decode it. */
static bool take_value(struct dotenv_reader *r, struct slice *value, dotenv_decode **decode)
{
    *decode = NULL;
    if (r->at == r->end || (*r->at != '\'' && *r->at != '"')) {
        *value = take_bare(r);
        return true;
    }
    *decode = *r->at == '"' ? decode_double : decode_single;
    return take_quoted(r, value);
}

/* Only a comment may follow on the line. */
static bool take_rest(struct dotenv_reader *r)
{
    const char *p = skip_in_line(r->at, r->end);

    if (p < r->end && *p == '#')
        p = dotenv_line_end(p, r->end);
    if (p < r->end && *p != '\n')
        return false;
    r->at = p;
    return true;
}

/* A name without a value removes an earlier value. */
static bool take_nothing(struct dotenv_reader *r, const char *place, struct slice key)
{
    dotenv_add_note(r, place, "a name without a value is ignored");
    if (kv_add_own(r->kv, key, (struct slice){NULL, 0}))
        return true;
    err_no_memory(r->err);
    return false;
}

static bool take_line(struct dotenv_reader *r)
{
    const char *place = r->at, *name;
    struct slice key, value = {NULL, 0};
    dotenv_decode *decode;
    bool good;

    if (r->end - r->at > 6 && memcmp(r->at, "export", 6) == 0 &&
        (name = skip_in_line(r->at + 6, r->end)) > r->at + 6)
        r->at = name;
    if (r->at < r->end && *r->at == '#') {
        r->at = dotenv_line_end(r->at, r->end);
        return true;
    }
    key = r->at < r->end ? take_key(r) : (struct slice){NULL, 0};
    good = key.at != NULL;
    if (good) {
        r->at = skip_in_line(r->at, r->end);
        if (r->at < r->end && *r->at == '=') {
            r->at = skip_in_line(r->at + 1, r->end);
            good = take_value(r, &value, &decode);
        }
    }
    if (!good || !take_rest(r)) {
        dotenv_add_note(r, place, "skipped: malformed for python");
        r->at = dotenv_line_end(r->at, r->end);
        return true;
    }
    if (!value.at)
        return take_nothing(r, place, key);
    if (has_expansion(value))
        dotenv_add_note(r, place, "a ${ is kept as written; python would expand it");
    return dotenv_take(r, place, key, value, decode);
}

bool dotenv_python(struct dotenv_reader *r)
{
    while ((r->at = dotenv_skip(r->at, r->end, SPACES_PYTHON)) < r->end)
        if (!take_line(r))
            return false;
    return true;
}
