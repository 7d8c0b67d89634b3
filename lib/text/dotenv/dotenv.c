/* dotenv files: what the dialects share, and the plain one. */
#include "reader.h"

#include "base/text.h"

#include <string.h>

/* ---- shared ---- */

const char *dotenv_line_end(const char *p, const char *end)
{
    const char *found = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

    return found ? found : end;
}

static size_t line_of(struct dotenv_reader *r, const char *place)
{
    for (; r->counted < place; r->counted++)
        r->line += *r->counted == '\n';
    return r->line;
}

void dotenv_tell(struct dotenv_reader *r, const char *place, const char *what)
{
    if (r->note)
        r->note(r->user, line_of(r, place), what);
}

void dotenv_set_fault(struct dotenv_reader *r, const char *place, const char *why)
{
    err_set(r->err, ERR_FORMAT, "line %zu: %s", line_of(r, place), why);
}

static unsigned spaces_of(uint32_t c)
{
    if (c == '\n')
        return SPACES_JS | SPACES_RUBY | SPACES_PYTHON | SPACES_GO;
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return SPACES_JS | SPACES_RUBY | SPACES_PYTHON | SPACES_GO | SPACES_GO_LINE;
    if (c >= 0x1C && c <= 0x1F)
        return SPACES_PYTHON;
    if (c == 0x85)
        return SPACES_PYTHON | SPACES_GO | SPACES_GO_LINE;
    if (c == 0xA0)
        return SPACES_JS | SPACES_PYTHON | SPACES_GO | SPACES_GO_LINE;
    if (c == 0xFEFF)
        return SPACES_JS;
    if (c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
        c == 0x205F || c == 0x3000)
        return SPACES_JS | SPACES_PYTHON | SPACES_GO;
    return 0;
}

size_t dotenv_space(const char *p, const char *end, enum dotenv_spaces who)
{
    size_t len = 0;
    uint32_t c;

    if (p == end)
        return 0;
    c = text_character((struct slice){p, (size_t)(end - p)}, &len);
    return len && (spaces_of(c) & who) ? len : 0;
}

const char *dotenv_skip(const char *p, const char *end, enum dotenv_spaces who)
{
    size_t len;

    while ((len = dotenv_space(p, end, who)) > 0)
        p += len;
    return p;
}

struct slice dotenv_trim_end(struct slice s, enum dotenv_spaces who)
{
    while (s.len > 0) {
        size_t last = s.len - 1;

        while (last > 0 && ((unsigned char)s.at[last] & 0xC0) == 0x80)
            last--;
        if (dotenv_space(s.at + last, s.at + s.len, who) != s.len - last)
            break;
        s.len = last;
    }
    return s;
}

struct slice dotenv_trim(struct slice s, enum dotenv_spaces who)
{
    const char *start = dotenv_skip(s.at, s.at + s.len, who);

    return dotenv_trim_end((struct slice){start, (size_t)(s.at + s.len - start)}, who);
}

/* Whether it looks like a name, so that it may be shown: what a broken line begins with may be a
 * secret. */
static bool is_showable(struct slice name)
{
    enum { SHOWN_MOST = 40 };
    size_t i = 0;

    while (i < name.len && (text_is_key((struct slice){name.at + i, 1}) ||
                            (name.at[i] >= '-' && name.at[i] <= '9' && name.at[i] != '/')))
        i++;
    return i == name.len && i > 0 && i <= SHOWN_MOST;
}

bool dotenv_take(struct dotenv_reader *r, const char *place, struct slice key, struct slice raw,
                 dotenv_decode *decode)
{
    struct slice value;
    char *out;

    if (raw.len > 0 && memchr(raw.at, '\0', raw.len))
        dotenv_tell(r, place, "a zero byte, which no environment can hold");

    if (!text_is_key(key)) {
        buf_printf(&r->bad, "%sline %zu", r->bad.len ? ", " : "", line_of(r, place));
        if (is_showable(key))
            buf_printf(&r->bad, " (%.*s)", (int)key.len, key.at);
        return true;
    }
    out = arena_alloc(&r->kv->arena, raw.len + 1);
    if (out) {
        value = (struct slice){out, raw.len};
        if (decode)
            value.len = decode(raw, out);
        else if (raw.len)
            memcpy(out, raw.at, raw.len);
        out[value.len] = '\0';
    }
    if (!out || !kv_add_own(r->kv, key, value)) {
        err_no_memory(r->err);
        return false;
    }
    return true;
}

bool dotenv_take_dollars(struct dotenv_reader *r, const char *place, struct slice key,
                         struct slice raw, dotenv_decode *decode,
                         const struct dotenv_dollars *dollars)
{
    struct slice text = raw;

    if (raw.len == 0 || !memchr(raw.at, '$', raw.len))
        return dotenv_take(r, place, key, raw, decode);
    if (decode) {
        char *out = arena_alloc(&r->kv->arena, raw.len);

        if (!out) {
            err_no_memory(r->err);
            return false;
        }
        text = (struct slice){out, decode(raw, out)};
    }
    if (dollars->expand(text))
        dotenv_tell(r, place, dollars->note);
    return dotenv_take(r, place, key, text, dollars->decode);
}

/* ---- plain ---- */

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

/* ---- reading ---- */

enum line_ends { ALL_STAY, CRLF_BECOMES_LF, CR_BECOMES_LF };

static const struct dialect {
    const char *name;
    bool (*read)(struct dotenv_reader *r);
    enum line_ends line_ends;
    bool takes_bom;
} dialects[] = {
    [DOTENV_PLAIN] = {"", dotenv_plain, ALL_STAY, true},
    [DOTENV_NODE] = {"node", dotenv_node, CR_BECOMES_LF, true},
    [DOTENV_PYTHON] = {"python", dotenv_python, CR_BECOMES_LF, true},
    [DOTENV_RUBY] = {"ruby", dotenv_ruby, CR_BECOMES_LF, true},
    [DOTENV_COMPOSE] = {"compose", dotenv_compose, ALL_STAY, true},
    [DOTENV_GODOTENV] = {"godotenv", dotenv_godotenv, CRLF_BECOMES_LF, false},
};

bool dotenv_dialect_of(const char *name, enum dotenv_dialect *dialect)
{
    for (size_t i = 1; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(name, dialects[i].name) == 0) {
            *dialect = (enum dotenv_dialect)i;
            return true;
        }
    return false;
}

/* The text with other line ends, in the arena; at is NULL for want of memory. */
static struct slice with_line_ends(struct slice text, enum line_ends ends, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len);
    size_t len = 0;

    for (size_t i = 0; out && i < text.len; i++) {
        bool crlf = text.at[i] == '\r' && i + 1 < text.len && text.at[i + 1] == '\n';

        i += crlf;
        out[len++] = crlf || (text.at[i] == '\r' && ends == CR_BECOMES_LF) ? '\n' : text.at[i];
    }
    return (struct slice){out, len};
}

/* Of the names that were put in twice, all but the last, and those that have no value. */
static void finish(struct vault_kv *kv)
{
    size_t kept = 0;

    kv_finish(kv);
    for (size_t i = 0; i < kv->count; i++)
        if (kv->pairs[i].value.at)
            kv->pairs[kept++] = kv->pairs[i];
    kv->count = kept;
}

static enum err_code refuse_names(const struct dotenv_reader *r)
{
    err_set(r->err, ERR_FORMAT, "names that no key can have: %.*s", (int)r->bad.len, r->bad.data);
    err_hint(r->err, "a key has letters, digits and _, and no digit in front");
    return ERR_FORMAT;
}

enum err_code dotenv_read(struct slice text, enum dotenv_dialect dialect, struct vault_kv *kv,
                          dotenv_note *note, void *user, struct err *err)
{
    const struct dialect *d = &dialects[dialect];
    struct arena arena = {0};
    struct dotenv_reader r = {.line = 1, .kv = kv, .note = note, .user = user, .err = err};
    enum err_code code = ERR_FAILED;

    if (d->line_ends != ALL_STAY && text.len > 0 && memchr(text.at, '\r', text.len)) {
        text = with_line_ends(text, d->line_ends, &arena);
        if (!text.at)
            return err_no_memory(err);
    }
    r.at = r.counted = text.at;
    r.end = text.at + text.len;
    if (d->takes_bom && text.len >= 3 && memcmp(text.at, "\xEF\xBB\xBF", 3) == 0) {
        r.at += 3;
        dotenv_tell(&r, r.at, "a byte order mark, which some parsers trip over");
    }
    err->code = ERR_NONE;
    if (!d->read(&r))
        code = err->code;
    else if (!buf_ok(&r.bad))
        code = err_no_memory(err);
    else
        code = r.bad.len ? refuse_names(&r) : ERR_NONE;
    if (code == ERR_NONE)
        finish(kv);
    buf_free(&r.bad);
    arena_free(&arena);
    return code;
}
