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

static bool pass_over(struct dotenv_reader *r, const char *place, const char *why)
{
    dotenv_add_fault(r, place, why);
    skip_line(r);
    return true;
}

/* ---- expanding */

/* Each value, and all that names stand for in a file: a few lines could double it without end. */
enum { EXPANDED_MOST = 16 << 20 };

/* The name of $NAME or ${NAME} at the start of s, and how long that is; no length if it is neither.
 */
static struct slice reference(struct slice s, size_t *len)
{
    size_t open = s.len > 1 && s.at[1] == '{' ? 2 : 1;
    struct slice name = {s.at + open, 0};

    while (open + name.len < s.len && text_is_key((struct slice){name.at, name.len + 1}))
        name.len++;
    *len = name.len ? open + name.len : 0;
    if (*len && open == 2)
        *len = *len < s.len && s.at[*len] == '}' ? *len + 1 : 0;
    return name;
}

/* Appends the value of a name of the lines above; false if none of them has it. */
static bool add_value_of(struct dotenv_reader *r, struct slice name, struct buf *out)
{
    size_t number = hashtable_find(&r->seen, name);
    struct slice value = number ? r->kv->pairs[number - 1].value : (struct slice){NULL, 0};

    if (!number || value.len > EXPANDED_MOST - r->expanded)
        return false;
    r->expanded += value.len;
    buf_add_slice(out, value);
    return true;
}

/* Within double quotes all escapes are decoded; in a bare value only \$. False: a $ that it cannot
 * expand. */
static bool expand(struct dotenv_reader *r, struct slice raw, bool quoted, struct buf *out)
{
    for (size_t i = 0, len; i < raw.len; i += len) {
        struct slice rest = {raw.at + i, raw.len - i}, name;
        char c = *rest.at;

        len = 1;
        if (c == '\\' && rest.len > 1 && (quoted ? is_escape(rest.at[1]) : rest.at[1] == '$')) {
            c = unescape(rest.at[1]);
            buf_add(out, &c, 1);
            len = 2;
        } else if (c == '$' && rest.len > 1 &&
                   (rest.at[1] == '{' || text_is_key((struct slice){rest.at + 1, 1}))) {
            name = reference(rest, &len);
            if (len == 0 || !add_value_of(r, name, out))
                return false;
        } else {
            buf_add(out, &c, 1);
        }
    }
    return true;
}

static bool take_expanded(struct dotenv_reader *r, const char *place, struct slice key,
                          struct slice raw, bool quoted)
{
    struct buf out = BUF_SECRET;
    bool good = true;

    if (!expand(r, raw, quoted, &out))
        dotenv_add_fault(r, place,
                         "a $ that is not $NAME or ${NAME} of a line above: \\$ keeps it");
    else if (buf_ok(&out))
        good = dotenv_take(r, place, key, buf_slice(&out), NULL);
    else
        good = err_no_memory(r->err) == ERR_OK;
    buf_free(&out);
    return good;
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
        return pass_over(r, place, "text after a closing quote");
    if (quote == '"' && r->rule.expand)
        return take_expanded(r, place, key, raw, true);
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
    if (r->rule.expand)
        return take_expanded(r, place, key, (struct slice){start, (size_t)(end - start)}, false);
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
        return pass_over(r, place, "not of the form NAME=VALUE");
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
