/* Writes values for each dialect of dotenv, exactly or not at all.
 *
 * Whether a quote closes a value may depend on the text after it: if the value ends in a backslash,
 * some parsers take the quote as escaped, and go on to the next one. Therefore the text is written
 * from its end to its start, so that each value's writer sees what follows. */
#include "kind.h"

#include "base/text.h"
#include "text/dotenv/dotenv.h"
#include "text/dotenv/reader.h"

#include <stdlib.h>
#include <string.h>

/* A value being written for one parser. */
struct format_spelling {
    struct slice value;
    const struct buf *rest; /* the text after this line, reversed */
    struct buf *out;
    const char *caution;
};

/* ---- what is in a value ---- */

static bool has_pair(struct slice v, char first, char second)
{
    for (size_t i = 1; i < v.len; i++)
        if (v.at[i - 1] == first && v.at[i] == second)
            return true;
    return false;
}

static bool has_any(struct slice v, const char *characters)
{
    for (; *characters; characters++)
        if (slice_has(v, *characters))
            return true;
    return false;
}

static bool begins_in(struct slice v, const char *characters)
{
    return v.len > 0 && text_is_one_of(v.at[0], characters);
}

static bool is_graphic(char c)
{
    return c > ' ' && c < 0x7F;
}

/* Whether no parser treats any of its characters specially. */
static bool is_plain(struct slice v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!text_is_alnum(v.at[i]) && !text_is_one_of(v.at[i], "_./:@%+,=-"))
            return false;
    return true;
}

/* Whether it can be written on one line without quotes: it is not trimmed, and begins like neither
 * a quoted value nor a comment. */
static bool is_safe_bare(struct slice v, const char *quotes, enum dotenv_spaces who)
{
    return v.len > 0 && dotenv_trim(v, who).len == v.len && !begins_in(v, quotes) &&
           v.at[0] != '#' && !has_any(v, "\n\r");
}

/* Whether it has a # after white space. */
static bool has_comment(struct slice v, enum dotenv_spaces who)
{
    for (const char *at = v.at, *end = v.at + v.len; at < end;) {
        size_t space = dotenv_space(at, end, who);

        at += space ? space : 1;
        if (space && at < end && *at == '#')
            return true;
    }
    return false;
}

/* U+2028 and U+2029, which end lines in JavaScript. */
static bool has_line_separator(struct slice v)
{
    for (size_t i = 2; i < v.len; i++)
        if (memcmp(v.at + i - 2, "\xE2\x80", 2) == 0 && (v.at[i] == '\xA8' || v.at[i] == '\xA9'))
            return true;
    return false;
}

/* Whether each of these quotes follows a backslash. */
static bool all_escaped(struct slice v, char quote)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.at[i] == quote && (i == 0 || v.at[i - 1] != '\\'))
            return false;
    return true;
}

/* Python: "${" and, later, "}". */
static bool is_expanded_by_python(struct slice v, size_t at)
{
    return at + 1 < v.len && v.at[at + 1] == '{' &&
           memchr(v.at + at + 1, '}', v.len - at - 1) != NULL;
}

/* ---- what follows it ---- */

static char following(const struct format_spelling *s, size_t place)
{
    return place < s->rest->len ? s->rest->data[s->rest->len - 1 - place] : '\n';
}

/* Whether a value closed just before this place may be complete: white space (JavaScript has more
 * of it than most), a comment or the end of the line follows. */
static bool may_complete(const struct format_spelling *s, size_t place)
{
    return !is_graphic(following(s, place)) || following(s, place) == '#';
}

/* For a value that ends in a backslash: node and ruby take the quote after it as escaped, look for
 * another, and come back if that does not complete a value. */
static bool comes_back(const struct format_spelling *s, char quote)
{
    char before = '\n';

    for (size_t i = 0; i < s->rest->len; before = following(s, i++)) {
        if (following(s, i) != quote)
            continue;
        if (may_complete(s, i + 1))
            return false;
        if (before != '\\')
            return true;
    }
    return true;
}

/* ---- writing ---- */

/* Writes a backslash before each character in `escaped`; a newline is not escaped. */
static void put_escaped(struct buf *out, struct slice v, const char *escaped)
{
    for (size_t i = 0; i < v.len; i++) {
        if (text_is_one_of(v.at[i], escaped))
            buf_add(out, "\\", 1);
        buf_add(out, v.at + i, 1);
    }
}

/* Writes a carriage return as \r and, if `lines`, a newline as \n. */
static void put_returns(struct buf *out, struct slice v, const char *escaped, bool lines)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.at[i] == '\r')
            buf_add_text(out, "\\r");
        else if (v.at[i] == '\n' && lines)
            buf_add_text(out, "\\n");
        else
            put_escaped(out, (struct slice){v.at + i, 1}, escaped);
}

static bool bare(struct format_spelling *s)
{
    buf_add_slice(s->out, s->value);
    return true;
}

static bool quoted(struct format_spelling *s, char quote, const char *escaped)
{
    buf_add(s->out, &quote, 1);
    put_escaped(s->out, s->value, escaped);
    buf_add(s->out, &quote, 1);
    return true;
}

/* Like quoted, for parsers that decode \r in double quotes. */
static bool doubly_quoted(struct format_spelling *s, const char *escaped)
{
    buf_add_text(s->out, "\"");
    put_returns(s->out, s->value, escaped, false);
    buf_add_text(s->out, "\"");
    return true;
}

/* ---- read alike by all of them, and by bash ---- */

/* Whether any parser may expand a $: it is harmless before these characters only. */
static bool has_meaningful_dollar(struct slice v)
{
    for (size_t i = 0; i + 1 < v.len; i++)
        if (v.at[i] == '$' && !text_is_one_of(v.at[i + 1], " \t\n.,/):;%^&=+~<>|]}'"))
            return true;
    return false;
}

bool format_spell_portable(struct format_spelling *s)
{
    struct slice v = s->value;
    bool expanded = false;

    if (is_plain(v))
        return bare(s);
    for (size_t i = 0; i < v.len && !expanded; i++)
        expanded = v.at[i] == '$' && is_expanded_by_python(v, i);
    if (!has_any(v, "'\r") && !has_pair(v, '\\', '\\') && !slice_ends(v, "\\") && !expanded)
        return quoted(s, '\'', "");
    if (!has_any(v, "\"\\`\r") && !has_meaningful_dollar(v))
        return quoted(s, '"', "");
    return false;
}

/* ---- node: npm's dotenv, and, of what it can, node --env-file ---- */

static const char node_quotes[] = "'\"`";

/* In double quotes, a \n or \r in the value would be decoded. */
static bool may_be_quoted_in(struct slice v, char quote)
{
    return quote != '"' || (!has_pair(v, '\\', 'n') && !has_pair(v, '\\', 'r'));
}

/* Within quotes of one kind, unescaped. */
static bool quote_for_both(struct format_spelling *s)
{
    for (const char *q = node_quotes; *q; q++)
        if (!has_any(s->value, (char[]){*q, '\r', '\0'}) && may_be_quoted_in(s->value, *q) &&
            (!slice_ends(s->value, "\\") || comes_back(s, *q)))
            return quoted(s, *q, "");
    return false;
}

/* dotenv skips a quote after a backslash, keeps both, and decodes \r in double quotes. */
static bool quote_escaped_ones(struct format_spelling *s)
{
    for (const char *q = node_quotes; *q; q++)
        if (all_escaped(s->value, *q) && (*q == '"' || !slice_has(s->value, '\r')) &&
            may_be_quoted_in(s->value, *q) && (!slice_ends(s->value, "\\") || comes_back(s, *q)))
            return *q == '"' ? doubly_quoted(s, "") : quoted(s, *q, "");
    return false;
}

/* Whether a value in these quotes would end too soon: at a quote inside it that is followed by what
 * JavaScript takes as the end of a line. The first unescaped quote is the last one considered. */
static bool ends_too_soon(struct slice v, char quote)
{
    const char *end = v.at + v.len;

    for (size_t i = 0; i < v.len; i++) {
        const char *after = v.at + i + 1;
        struct slice space = {after, 0};

        if (v.at[i] != quote)
            continue;
        while (space.at + space.len < end && after[space.len] != '\r' && after[space.len] != '\n' &&
               dotenv_space(after + space.len, end, SPACES_JS))
            space.len += dotenv_space(after + space.len, end, SPACES_JS);
        if (has_line_separator(space))
            return true;
        if (i == 0 || v.at[i - 1] != '\\')
            return false;
    }
    return false;
}

/* If a line begins with a quote, but the next such quote does not end the value, node takes the
 * whole line, and then drops its first and last quote. */
static bool quote_whole_line(struct format_spelling *s)
{
    struct slice v = s->value;

    if (slice_has(v, '#'))
        return false;
    for (const char *q = node_quotes; *q; q++) {
        if (all_escaped(v, *q) || ends_too_soon(v, *q) || (*q != '"' && has_any(v, "\n\r")) ||
            !may_be_quoted_in(v, *q))
            continue;
        buf_add(s->out, q, 1);
        put_returns(s->out, v, "", true);
        buf_add(s->out, q, 1);
        return true;
    }
    return false;
}

bool format_spell_node(struct format_spelling *s)
{
    struct slice v = s->value;

    if (is_plain(v))
        return bare(s);
    if (!slice_ends(v, "\\") && quote_for_both(s))
        return true;
    if (is_safe_bare(v, node_quotes, SPACES_JS) && !slice_has(v, '#') && !has_line_separator(v))
        return bare(s);
    if (quote_for_both(s))
        return true;
    s->caution = "node --env-file misreads a file that has";
    return quote_escaped_ones(s) || quote_whole_line(s);
}

/* ---- python-dotenv ---- */

/* ${:-$} is a variable without a name, whose default is a $ that is not expanded again. If
 * `braced`, a } follows the value. */
static void put_for_python(struct buf *out, struct slice v, const char *escaped, bool braced)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.at[i] == '$' &&
            (is_expanded_by_python(v, i) || (braced && i + 1 < v.len && v.at[i + 1] == '{')))
            buf_add_text(out, "${:-$}");
        else
            put_returns(out, (struct slice){v.at + i, 1}, escaped, false);
}

bool format_spell_python(struct format_spelling *s)
{
    struct slice v = s->value;
    bool backslash = slice_ends(v, "\\");
    const char *quote =
        slice_has(v, '\r') || (slice_has(v, '\'') && !has_any(v, "\"\\")) ? "\"" : "'";

    if (is_plain(v))
        return bare(s);
    if (backslash && is_safe_bare(v, "'\"", SPACES_PYTHON) && !has_comment(v, SPACES_PYTHON)) {
        put_for_python(s->out, v, "", false);
        return true;
    }
    buf_add_text(s->out, quote);
    put_for_python(s->out, (struct slice){v.at, v.len - backslash}, *quote == '"' ? "\"\\" : "'\\",
                   backslash);
    if (backslash) /* old versions would take the quote after it as part of the value */
        buf_add_text(s->out, "${:-\\}");
    buf_add_text(s->out, quote);
    return true;
}

/* ---- dotenv for ruby ---- */

/* The place of the ) that ends the command of $(, or 0 if it is not one: parentheses must be
 * balanced, and not empty. */
static size_t command_end(struct slice v, size_t dollar)
{
    size_t depth = 0;

    for (size_t i = dollar + 1; i < v.len; i++) {
        if (v.at[i] == '(')
            depth++;
        else if (v.at[i] == ')' && v.at[i - 1] == '(')
            return 0;
        else if (v.at[i] == ')' && --depth == 0)
            return i;
    }
    return 0;
}

/* Whether ruby drops a backslash before this $: it does so for $NAME and $(command). Commands
 * inside a command do not count. */
static bool is_escapable(struct slice v, size_t dollar, size_t *in_command)
{
    size_t end;

    if (dollar + 1 == v.len || v.at[dollar + 1] != '(')
        return true;
    end = dollar < *in_command ? 0 : command_end(v, dollar);
    if (end)
        *in_command = end;
    return end > 0;
}

static void put_for_ruby(struct buf *out, struct slice v, const char *escaped)
{
    size_t in_command = 0;

    for (size_t i = 0; i < v.len; i++) {
        if (v.at[i] == '$' && is_escapable(v, i, &in_command))
            buf_add_text(out, "\\");
        put_escaped(out, (struct slice){v.at + i, 1}, escaped);
    }
}

const char *format_check_ruby(const struct format_pair *pair)
{
    return slice_is(pair->name, "DOTENV_LINEBREAK_MODE") ? "a setting of the parser" : NULL;
}

bool format_spell_ruby(struct format_spelling *s)
{
    struct slice v = s->value;
    bool backslash = slice_ends(v, "\\");

    if (slice_has(v, '\r')) /* ruby converts it to a newline */
        return false;
    if (is_plain(v))
        return bare(s);
    if (!backslash && all_escaped(v, '\''))
        return quoted(s, '\'', "");
    if (backslash && is_safe_bare(v, "'\"", SPACES_RUBY) && !slice_has(v, '#')) {
        put_for_ruby(s->out, v, "\\");
        return true;
    }
    if (backslash && all_escaped(v, '\'') && comes_back(s, '\''))
        return quoted(s, '\'', "");
    if (backslash && !comes_back(s, '"'))
        return false;
    buf_add_text(s->out, "\"");
    put_for_ruby(s->out, v, "\"\\");
    buf_add_text(s->out, "\"");
    return true;
}

/* ---- docker compose ---- */

bool format_spell_compose(struct format_spelling *s)
{
    if (is_plain(s->value))
        return bare(s);
    if (!has_any(s->value, "'\\\r"))
        return quoted(s, '\'', "");
    buf_add_text(s->out, "\"");
    for (size_t i = 0; i < s->value.len; i++) {
        if (s->value.at[i] == '$')
            buf_add_text(s->out, "$");
        put_returns(s->out, (struct slice){s->value.at + i, 1}, "\"\\", false);
    }
    buf_add_text(s->out, "\"");
    return true;
}

/* ---- godotenv ---- */

/* A variable that no file can set: it expands to nothing. */
static const char nothing[] = "${00}";

static bool has_nothing(struct slice v)
{
    for (size_t i = 0; i < v.len; i++)
        if (slice_begins((struct slice){v.at + i, v.len - i}, nothing))
            return true;
    return false;
}

/* godotenv looks for a quote without a backslash directly before it, drops all quotes at both ends,
 * and converts each CRLF to a newline first. */
bool format_spell_godotenv(struct format_spelling *s)
{
    struct slice v = s->value;

    if (is_plain(v))
        return bare(s);
    if (has_nothing(v))
        return false;
    if (all_escaped(v, '\'') && !slice_ends(v, "\\") && !slice_ends(v, "'") &&
        !has_pair(v, '\r', '\n'))
        return quoted(s, '\'', "");
    if (!slice_ends(v, "\\")) {
        buf_add_text(s->out, "\"");
        put_returns(s->out, v, "\"\\$", false);
        buf_add_text(s->out, slice_ends(v, "\"") ? nothing : "");
        buf_add_text(s->out, "\"");
        return true;
    }
    if (has_any(v, "\n\r") || has_comment(v, SPACES_GO_LINE) || !text_is_utf8(v))
        return false;
    buf_add_text(s->out, is_safe_bare(v, "'\"", SPACES_GO_LINE) ? "" : nothing);
    put_escaped(s->out, v, "$");
    return true;
}

/* ---- whole texts ---- */

static void reverse(char *at, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        char c = at[i];

        at[i] = at[len - 1 - i];
        at[len - 1 - i] = c;
    }
}

static void add_reversed(struct buf *out, const struct buf *line)
{
    size_t start = out->len;

    buf_add_slice(out, buf_slice(line));
    if (buf_ok(out))
        reverse(out->data + start, out->len - start);
}

static const char *say_refusal(struct slice value, bool any_bytes)
{
    if (slice_has(value, '\0'))
        return "a zero byte";
    if (!any_bytes && !text_is_utf8(value))
        return "not UTF-8";
    return NULL;
}

/* Writes a pair before `rest`; false if it cannot be written at this place. */
static bool prepend(const struct format *format, const struct format_pair *pair, struct buf *rest,
                    struct buf *line, struct format_verdict *verdict)
{
    struct format_spelling s = {pair->value, rest, line, NULL};
    bool any_bytes =
        format->spell == format_spell_compose || format->spell == format_spell_godotenv;

    buf_clear(line);
    buf_add_slice(line, pair->name);
    buf_add_text(line, "=");
    verdict->refusal = say_refusal(pair->value, any_bytes);
    if (verdict->refusal || !format->spell(&s))
        return false;
    verdict->caution = format->caution ? format->caution(pair) : s.caution;
    buf_add_text(line, "\n");
    add_reversed(rest, line);
    return true;
}

/* Writes the text reversed, with the pairs marked in `last` at its end. Marks each value that ends
 * in a backslash and cannot be written in its place; true if there was one. */
static bool write_reversed(const struct format *format, const struct format_set *set, bool *last,
                           struct buf *out, struct format_verdict *verdicts)
{
    const char *refusal = format->spell == format_spell_portable
                              ? "no quoting that all parsers read alike"
                              : "no quoting for it";
    struct buf line = BUF_SECRET;
    bool again = false;

    for (int round = 0; round < 2; round++)
        for (size_t i = set->count; i-- > 0;) {
            if (last[i] != (round == 0) ||
                prepend(format, &set->pairs[i], out, &line, &verdicts[i]) || verdicts[i].refusal)
                continue;
            verdicts[i].refusal = refusal;
            if (round == 1 && slice_ends(set->pairs[i].value, "\\"))
                last[i] = again = true;
        }
    out->failed |= line.failed;
    buf_free(&line);
    return again;
}

void format_write_dialect(const struct format *format, const struct format_set *set,
                          struct buf *out, struct format_verdict *verdicts)
{
    bool *last = calloc(set->count + 1, sizeof *last);
    struct buf text = BUF_SECRET;

    do
        buf_clear(&text);
    while (last && write_reversed(format, set, last, &text, verdicts));
    if (buf_ok(&text) && text.len > 0)
        reverse(text.data, text.len);
    out->failed |= !last || text.failed;
    buf_add_slice(out, buf_slice(&text));
    buf_free(&text);
    free(last);
}

const char *format_caution_bash(const struct format_pair *pair)
{
    return format_is_bash_name(pair->name) ? "bash does not let a file set" : NULL;
}

/* ---- reading them again ---- */

enum err_code format_read_node(struct slice text, struct vault_kv *kv, struct err *err)
{
    return dotenv_read(text, DOTENV_NODE, kv, NULL, NULL, err);
}

/* The expansions that the writer uses, and their results. */
struct expansion {
    const char *text, *meant;
};

static struct slice expand(struct slice v, const struct expansion *known, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < v.len;) {
        const struct expansion *e = known;

        while (e->text && !slice_begins((struct slice){v.at + i, v.len - i}, e->text))
            e++;
        if (!e->text) {
            out[len++] = v.at[i++];
            continue;
        }
        memcpy(out + len, e->meant, strlen(e->meant));
        len += strlen(e->meant);
        i += strlen(e->text);
    }
    return (struct slice){out, len};
}

static enum err_code read_expanded(struct slice text, enum dotenv_dialect dialect,
                                   const struct expansion *known, struct vault_kv *kv,
                                   struct err *err)
{
    struct buf out = BUF_SECRET;
    struct vault_kv *read = kv_new();
    enum err_code code;

    if (!read)
        return err_no_memory(err);
    code = dotenv_read(text, dialect, read, NULL, NULL, err);
    for (size_t i = 0; code == ERR_OK && i < read->count; i++) {
        struct slice value = read->pairs[i].value;
        char *room = buf_reserve(&out, value.len + 1);

        if (!room || !kv_add(kv, slice_of(read->pairs[i].name), expand(value, known, room)))
            code = err_no_memory(err);
    }
    kv_free(read);
    buf_free(&out);
    return code;
}

enum err_code format_read_python(struct slice text, struct vault_kv *kv, struct err *err)
{
    static const struct expansion known[] = {{"${:-$}", "$"}, {"${:-\\}", "\\"}, {NULL, NULL}};

    return read_expanded(text, DOTENV_PYTHON, known, kv, err);
}

enum err_code format_read_godotenv(struct slice text, struct vault_kv *kv, struct err *err)
{
    static const struct expansion known[] = {{nothing, ""}, {NULL, NULL}};

    return read_expanded(text, DOTENV_GODOTENV, known, kv, err);
}

enum err_code format_read_ruby(struct slice text, struct vault_kv *kv, struct err *err)
{
    return dotenv_read(text, DOTENV_RUBY, kv, NULL, NULL, err);
}

enum err_code format_read_compose(struct slice text, struct vault_kv *kv, struct err *err)
{
    return dotenv_read(text, DOTENV_COMPOSE, kv, NULL, NULL, err);
}

static void count_note(void *user, size_t line, const char *what)
{
    (void)line;
    (void)what;
    ++*(size_t *)user;
}

static bool are_same(const struct vault_kv *a, const struct vault_kv *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; i < a->count && same; i++)
        same = strcmp(a->pairs[i].name, b->pairs[i].name) == 0 &&
               slice_equal(a->pairs[i].value, b->pairs[i].value);
    return same;
}

/* Checks that a dialect reads the same values, and expands nothing: the notes of these two dialects
 * are about expansion only. */
static enum err_code read_alike(struct slice text, enum dotenv_dialect dialect,
                                const struct vault_kv *kv, struct err *err)
{
    bool tells = dialect == DOTENV_COMPOSE || dialect == DOTENV_GODOTENV;
    struct vault_kv *other = kv_new();
    enum err_code code;
    size_t notes = 0;

    if (!other)
        return err_no_memory(err);
    code = dotenv_read(text, dialect, other, count_note, &notes, err);
    if (code == ERR_OK && (!are_same(kv, other) || (tells && notes)))
        code = err_set(err, ERR_FORMAT, "not read alike");
    kv_free(other);
    return code;
}

/* The next line, with its newline. */
static struct slice line_at(struct slice text, size_t at)
{
    const char *end = memchr(text.at + at, '\n', text.len - at);

    return (struct slice){text.at + at, end ? (size_t)(end - text.at) + 1 - at : text.len - at};
}

/* NAME=VALUE of characters that no parser treats specially. */
static bool is_plain_line(struct slice line)
{
    const char *equals = memchr(line.at, '=', line.len);
    size_t name = equals ? (size_t)(equals - line.at) : 0;

    return line.len > 1 && line.at[line.len - 1] == '\n' && equals &&
           text_is_key((struct slice){line.at, name}) &&
           is_plain((struct slice){equals + 1, line.len - name - 2});
}

/* Copies the lines, but no plain one between two others: where a parser is at its start and at its
 * end does not depend on it. */
static void keep_telling_lines(struct slice text, struct buf *out)
{
    struct slice line = line_at(text, 0), next;
    bool before = false, now = is_plain_line(line), after;

    for (size_t at = 0; line.len > 0; before = now, now = after, line = next) {
        at += line.len;
        next = line_at(text, at);
        after = is_plain_line(next);
        if (!before || !now || !after)
            buf_add_slice(out, line);
    }
}

/* Reads as bash does, and checks that the others read the same. */
enum err_code format_read_portable(struct slice text, struct vault_kv *kv, struct err *err)
{
    static const enum dotenv_dialect others[] = {DOTENV_NODE, DOTENV_PYTHON, DOTENV_RUBY,
                                                 DOTENV_COMPOSE, DOTENV_GODOTENV};
    struct buf telling = BUF_SECRET;
    struct vault_kv *told = kv_new();
    enum err_code code;

    if (!told)
        return err_no_memory(err);
    keep_telling_lines(text, &telling);
    code = err_memory(buf_ok(&telling), err);
    if (code == ERR_OK)
        code = format_read_pairs(text, format_take_assignment, kv, err);
    if (code == ERR_OK)
        code = format_read_pairs(buf_slice(&telling), format_take_assignment, told, err);
    for (size_t i = 0; code == ERR_OK && i < sizeof others / sizeof *others; i++)
        code = read_alike(buf_slice(&telling), others[i], told, err);
    kv_free(told);
    buf_free(&telling);
    return code;
}
