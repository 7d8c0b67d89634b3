/* dotenv as python-dotenv 1.2.2 reads it: pair by pair; a malformed line is skipped. */
#include "reader.h"

#include "base/text.h"

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
    size_t *number = NULL;

    dotenv_add_note(r, place, "a name without a value is ignored");
    if (kv_add_own(r->kv, key, (struct slice){NULL, 0}))
        number = hashtable_number(&r->seen, key);
    if (number)
        *number = r->kv->count;
    else
        err_no_memory(r->err);
    return number;
}

/* ---- expansion ---- */

enum { EXPANDED_MAX = 16 << 20 }; /* bytes of all values of a file */

/* ${NAME} or ${NAME:-DEFAULT}; instead.at is NULL without a default. */
struct reference {
    struct slice name, instead;
    const char *end;
};

static bool is_reference(const char *p, const char *end, struct reference *found)
{
    *found = (struct reference){{p + 2, 0}, {NULL, 0}, p};
    if (end - p < 3 || p[0] != '$' || p[1] != '{')
        return false;
    for (p += 2; p < end && *p != '}' && *p != ':'; p++)
        found->name.len++;
    if (end - p >= 2 && p[0] == ':' && p[1] == '-') {
        found->instead.at = p + 2;
        for (p += 2; p < end && *p != '}'; p++)
            found->instead.len++;
    }
    found->end = p + 1;
    return p < end && *p == '}';
}

/* A name without a value counts as empty, and its default is not used. */
static struct slice value_of(const struct dotenv_reader *r, const struct reference *of)
{
    size_t place = hashtable_find(&r->seen, of->name);
    char name[KEY_MAX_LEN + 1];
    const char *value = NULL;

    if (place > 0)
        return r->kv->pairs[place - 1].value;
    if (of->name.len < sizeof name) {
        if (of->name.len > 0)
            memcpy(name, of->name.at, of->name.len);
        name[of->name.len] = '\0';
        value = of->name.len > 0 ? r->rule.variable(name) : NULL;
    }
    return value ? slice_of(value) : of->instead;
}

static void expand(const struct dotenv_reader *r, struct slice text, struct buf *out)
{
    const char *p = text.at, *end = text.at + text.len, *last = end;
    struct reference found;

    while (last > p && last[-1] != '}') /* so that no reference is sought where none can end */
        last--;
    while (p < end && out->len <= EXPANDED_MAX) {
        if (is_reference(p, p < last ? last : p, &found)) {
            struct slice value = value_of(r, &found);

            buf_add(out, value.len ? value.at : "", value.len);
            p = found.end;
        } else {
            buf_add(out, p++, 1);
        }
    }
}

static bool take_expanded(struct dotenv_reader *r, const char *place, struct slice key,
                          struct slice raw, dotenv_decode *decode)
{
    struct buf out = BUF_SECRET;
    char *decoded = arena_alloc(&r->kv->arena, raw.len);
    bool good = decoded;

    if (good && decode)
        raw = (struct slice){decoded, decode(raw, decoded)};
    if (good)
        expand(r, raw, &out);
    if (!good || !buf_ok(&out)) {
        good = false;
        err_no_memory(r->err);
    } else if (out.len > EXPANDED_MAX - r->expanded) {
        good = dotenv_refuse(r, place, "the expanded values are too long");
    } else {
        r->expanded += out.len;
        good = dotenv_take(r, place, key, buf_slice(&out), NULL);
    }
    buf_free(&out);
    return good;
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
    if (r->rule.variable && has_expansion(value))
        return take_expanded(r, place, key, value, decode);
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
