/* dotenv as node's and ruby's parsers read it: both search the text for matches of one regular
 * expression, and skip the text between matches. */
#include "reader.h"

#include "base/text.h"

#include <string.h>

struct rules {
    enum dotenv_spaces spaces;
    const char *quotes;
    const char *beside_letters; /* other characters of a name */
    bool bare;                  /* a name without = is accepted */
};

struct match {
    struct slice key, value; /* value: as written, with quotes */
    bool exported, has_value;
    const char *end;
};

static bool is_name(const struct rules *rules, char c)
{
    return text_is_alnum(c) || text_is_one_of(c, rules->beside_letters);
}

/* Matches white space and a comment up to the end of a line, perhaps a later one. Returns its end,
 * or NULL. */
static const char *match_rest(const struct rules *rules, const char *p, const char *end)
{
    const char *q = dotenv_skip(p, end, rules->spaces);

    if (q == end || *q == '#')
        return dotenv_line_end(q, end);
    while (q > p && q[-1] != '\n')
        q--;
    return q > p ? q - 1 : NULL;
}

static bool is_escaped(const char *quote, const char *open)
{
    return quote - 1 > open && quote[-1] == '\\';
}

/* The value ends at its first unescaped quote, if only a comment follows on that line; otherwise at
 * the last escaped quote for which that is true. */
static bool match_quoted(const struct rules *rules, const char *p, const char *end, char quote,
                         struct match *m)
{
    const char *open = dotenv_skip(p, end, rules->spaces), *close = open + 1;

    if (open == end || *open != quote)
        return false;
    while (close < end && (*close != quote || is_escaped(close, open)))
        close++;
    m->end = close < end ? match_rest(rules, close + 1, end) : NULL;
    while (!m->end && --close > open)
        if (*close == quote && is_escaped(close, open))
            m->end = match_rest(rules, close + 1, end);
    m->value = (struct slice){open, (size_t)(close + 1 - open)};
    return m->end != NULL;
}

static void match_value(const struct rules *rules, const char *p, const char *end, struct match *m)
{
    const char *stop = p;

    m->has_value = true;
    for (const char *quote = rules->quotes; *quote; quote++)
        if (match_quoted(rules, p, end, *quote, m))
            return;
    while (stop < end && *stop != '#' && *stop != '\n')
        stop++;
    m->value = (struct slice){p, (size_t)(stop - p)};
    m->has_value = stop > p;
    m->end = match_rest(rules, stop, end);
}

static bool match_pair(const struct rules *rules, const char *p, const char *end, struct match *m)
{
    const char *q = p, *equals;
    size_t space;

    while (q < end && is_name(rules, *q))
        q++;
    if (q == p)
        return false;
    m->key = (struct slice){p, (size_t)(q - p)};
    equals = dotenv_skip(q, end, rules->spaces);
    if (equals < end && *equals == '=') {
        match_value(rules, equals + 1, end, m);
        return true;
    }
    if (q < end && *q == ':' && (space = dotenv_space(q + 1, end, rules->spaces)) > 0) {
        match_value(rules, q + 1 + space, end, m);
        return true;
    }
    m->value = (struct slice){q, 0};
    m->has_value = false;
    m->end = rules->bare ? match_rest(rules, q, end) : NULL;
    return m->end != NULL;
}

static bool match(const struct rules *rules, const char *p, const char *end, struct match *m)
{
    const char *name = end - p > 6 ? dotenv_skip(p + 6, end, rules->spaces) : p;

    m->exported = name > p + 6 && memcmp(p, "export", 6) == 0 && match_pair(rules, name, end, m);
    return m->exported || match_pair(rules, p, end, m);
}

/* Passes each match to `take`, and notes the skipped lines. */
static bool scan(struct dotenv_reader *r, const struct rules *rules,
                 bool (*take)(struct dotenv_reader *r, const char *place, const struct match *m))
{
    struct match m;

    while (r->at < r->end) {
        const char *place = dotenv_skip(r->at, r->end, rules->spaces);

        if (place == r->end)
            break;
        if (match(rules, place, r->end, &m)) {
            if (!take(r, place, &m))
                return false;
            r->at = m.end;
        } else {
            if (*place != '#')
                dotenv_add_note(r, place, "skipped: not NAME=VALUE");
            r->at = dotenv_line_end(place, r->end);
        }
        if (r->at < r->end)
            r->at++;
    }
    return true;
}

static bool is_in_quotes(struct slice s, const char *quotes)
{
    return s.len >= 2 && text_is_one_of(s.at[0], quotes) && s.at[s.len - 1] == s.at[0];
}

/* ---- node ---- */

static const struct rules node = {SPACES_JS, "'\"`", "_.-", false};

static size_t decode_node(struct slice raw, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++)
        if (raw.at[i] == '\\' && i + 1 < raw.len && (raw.at[i + 1] == 'n' || raw.at[i + 1] == 'r'))
            out[len++] = raw.at[++i] == 'n' ? '\n' : '\r';
        else
            out[len++] = raw.at[i];
    return len;
}

static bool take_node(struct dotenv_reader *r, const char *place, const struct match *m)
{
    struct slice value = dotenv_trim(m->value, node.spaces);
    bool has_escapes = value.len > 0 && value.at[0] == '"'; /* even if it is not closed */

    if (is_in_quotes(value, node.quotes))
        value = (struct slice){value.at + 1, value.len - 2};
    return dotenv_take(r, place, m->key, value, has_escapes ? decode_node : NULL);
}

bool dotenv_node(struct dotenv_reader *r)
{
    return scan(r, &node, take_node);
}

/* ---- ruby ---- */

static const struct rules ruby = {SPACES_RUBY, "'\"", "_.", true};

/* Whether "(…)" begins here, with balanced parentheses, none of them empty. */
static bool is_command(const char *p, const char *end)
{
    enum { COMMAND_MOST = 4096 }; /* bounds the time for a text of many ( without ) */
    size_t depth = 0;

    if (end - p > COMMAND_MOST)
        end = p + COMMAND_MOST;
    for (; p < end && (depth > 0 || *p == '('); p++) {
        if (*p == '(' && p + 1 < end && p[1] == ')')
            return false;
        depth += *p == '(';
        if (*p == ')' && --depth == 0)
            return true;
    }
    return false;
}

/* Drops the backslash before a $ that would begin a variable or a command. */
static size_t decode_dollars(struct slice raw, char *out)
{
    const char *end = raw.at + raw.len;
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++)
        if (raw.at[i] != '\\' || i + 1 == raw.len || raw.at[i + 1] != '$' ||
            (i + 2 < raw.len && raw.at[i + 2] == '(' && !is_command(raw.at + i + 2, end)))
            out[len++] = raw.at[i];
    return len;
}

static bool ruby_expands(struct slice s)
{
    for (size_t i = 0; i + 1 < s.len; i++) {
        size_t name = i + 1 + (s.at[i + 1] == '{');

        if (s.at[i] != '$' || (i > 0 && s.at[i - 1] == '\\'))
            continue;
        if (s.at[i + 1] == '(' ? is_command(s.at + i + 1, s.at + s.len)
                               : name < s.len && s.at[name] != '.' && is_name(&ruby, s.at[name]))
            return true;
    }
    return false;
}

static const struct dotenv_dollars ruby_dollars = {
    ruby_expands, decode_dollars, "a $ is kept as written; ruby would expand or run it"};

/* Drops backslashes, except before a $. */
static size_t decode_ruby(struct slice raw, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] == '\\' && i + 1 < raw.len && raw.at[i + 1] != '$')
            i++;
        out[len++] = raw.at[i];
    }
    return len;
}

/* Within double quotes, also keeps the backslash before n and r, where it was doubled. */
static size_t decode_ruby_quoted(struct slice raw, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        char next = i + 1 < raw.len ? raw.at[i + 1] : '$';

        if (raw.at[i] != '\\' || next == '$') {
            out[len++] = raw.at[i];
        } else if (next == 'n' || next == 'r') {
            out[len++] = '\\';
        } else if (next == '\\' && i + 2 < raw.len &&
                   (raw.at[i + 2] == 'n' || raw.at[i + 2] == 'r')) {
            out[len++] = '\\';
            out[len++] = raw.at[i += 2];
        } else {
            out[len++] = next;
            i++;
        }
    }
    return len;
}

/* For files that set DOTENV_LINEBREAK_MODE=legacy. */
static size_t decode_ruby_legacy(struct slice raw, char *out)
{
    return decode_ruby((struct slice){out, decode_node(raw, out)}, out);
}

static bool was_set(const struct vault_kv *kv, struct slice name)
{
    for (size_t i = 0; i < kv->count; i++)
        if (slice_is(name, kv->pairs[i].name))
            return true;
    return false;
}

static struct slice trim_ruby(struct slice s)
{
    size_t before;

    do { /* ruby's strip drops zero bytes too */
        before = s.len;
        s = dotenv_trim(s, ruby.spaces);
        while (s.len > 0 && s.at[0] == '\0')
            s = (struct slice){s.at + 1, s.len - 1};
        while (s.len > 0 && s.at[s.len - 1] == '\0')
            s.len--;
    } while (s.len < before);
    return s;
}

static bool take_ruby(struct dotenv_reader *r, const char *place, const struct match *m)
{
    struct slice value = trim_ruby(m->value);
    char quote = is_in_quotes(value, ruby.quotes) ? value.at[0] : '\0';

    if (m->exported && !m->has_value)
        return was_set(r->kv, m->key) ||
               dotenv_refuse(r, place, "an export of a name that was not set before");
    if (quote)
        value = (struct slice){value.at + 1, value.len - 2};
    if (quote == '\'')
        return dotenv_take(r, place, m->key, value, NULL);
    if (quote == '"')
        return dotenv_take_dollars(r, place, m->key, value,
                                   r->legacy ? decode_ruby_legacy : decode_ruby_quoted,
                                   &ruby_dollars);
    if (slice_is(m->key, "DOTENV_LINEBREAK_MODE"))
        r->legacy = slice_is(value, "legacy");
    return dotenv_take_dollars(r, place, m->key, value, decode_ruby, &ruby_dollars);
}

bool dotenv_ruby(struct dotenv_reader *r)
{
    return scan(r, &ruby, take_ruby);
}
