/* Dialects of dotenv: how each parser is told a value exactly, if it can be told at all.
 *
 * What a closing quote is may depend on what follows it: a pattern that lets a backslash escape the
 * quote, and a value that ends in a backslash, may go on to the next quote. So the text is written
 * from its end to its start, and each value knows what follows it. */
#include "kind.h"

#include "base/text.h"
#include "text/dotenv/dotenv.h"
#include "text/dotenv/reader.h"

#include <stdlib.h>
#include <string.h>

/* A value that is to be written for one parser. */
struct spelling {
    struct slice value;
    const struct buf *rest; /* what follows the line, reversed */
    struct buf *out;
    const char *caution;
};

typedef bool spell(struct spelling *s); /* false: it cannot be */

/* ---- what is in a value ---- */

static bool has(struct slice v, char c)
{
    return v.len > 0 && memchr(v.at, c, v.len) != NULL;
}

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
        if (has(v, *characters))
            return true;
    return false;
}

static bool begins_in(struct slice v, const char *characters)
{
    return v.len > 0 && v.at[0] != '\0' && strchr(characters, v.at[0]);
}

static bool ends_in(struct slice v, char c)
{
    return v.len > 0 && v.at[v.len - 1] == c;
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_graphic(char c)
{
    return c > ' ' && c < 0x7F;
}

/* Nothing in it means anything to any parser. */
static bool is_plain(struct slice v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!is_letter_or_digit(v.at[i]) && (v.at[i] == '\0' || !strchr("_./:@%+,=-", v.at[i])))
            return false;
    return true;
}

/* On one line and without quotes it is not trimmed, nor taken for a quoted one or a comment. */
static bool stands_bare(struct slice v, const char *quotes, enum dotenv_spaces who)
{
    return v.len > 0 && dotenv_trim(v, who).len == v.len && !begins_in(v, quotes) &&
           v.at[0] != '#' && !has_any(v, "\n\r");
}

/* A # behind white space. */
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

/* JavaScript ends lines here too. */
static bool has_line_separator(struct slice v)
{
    for (size_t i = 2; i < v.len; i++)
        if (memcmp(v.at + i - 2, "\xE2\x80", 2) == 0 && (v.at[i] == '\xA8' || v.at[i] == '\xA9'))
            return true;
    return false;
}

/* A backslash stands before each of these quotes. */
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

static char following(const struct spelling *s, size_t place)
{
    return place < s->rest->len ? s->rest->data[s->rest->len - 1 - place] : '\n';
}

/* Whether a value that is closed just before this place may be complete: what follows is white
 * space, of which JavaScript knows more than most, a comment, or the end of the line. */
static bool may_complete(const struct spelling *s, size_t place)
{
    return !is_graphic(following(s, place)) || following(s, place) == '#';
}

/* For a value that ends in a backslash: node and ruby take the quote behind it for an escaped one,
 * look for another, and come back if that completes no value. */
static bool comes_back(const struct spelling *s, char quote)
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

/* With a backslash before the characters in `escaped`; a newline stands as it is. */
static void put(struct buf *out, struct slice v, const char *escaped)
{
    for (size_t i = 0; i < v.len; i++) {
        if (v.at[i] != '\0' && strchr(escaped, v.at[i]))
            buf_add(out, "\\", 1);
        buf_add(out, v.at + i, 1);
    }
}

/* A carriage return as \r, and with `lines` a newline as \n. */
static void put_returns(struct buf *out, struct slice v, const char *escaped, bool lines)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.at[i] == '\r')
            buf_add_text(out, "\\r");
        else if (v.at[i] == '\n' && lines)
            buf_add_text(out, "\\n");
        else
            put(out, (struct slice){v.at + i, 1}, escaped);
}

static bool bare(struct spelling *s)
{
    buf_add_slice(s->out, s->value);
    return true;
}

static bool quoted(struct spelling *s, char quote, const char *escaped)
{
    buf_add(s->out, &quote, 1);
    put(s->out, s->value, escaped);
    buf_add(s->out, &quote, 1);
    return true;
}

/* As quoted, for those who read \r in double quotes. */
static bool doubly_quoted(struct spelling *s, const char *escaped)
{
    buf_add_text(s->out, "\"");
    put_returns(s->out, s->value, escaped, false);
    buf_add_text(s->out, "\"");
    return true;
}

/* ---- read alike by all of them, and by bash ---- */

/* A $ that somebody takes for more than itself: all but those before what is listed. */
static bool has_meaningful_dollar(struct slice v)
{
    for (size_t i = 0; i + 1 < v.len; i++)
        if (v.at[i] == '$' &&
            (v.at[i + 1] == '\0' || !strchr(" \t\n.,/):;%^&=+~<>|]}'", v.at[i + 1])))
            return true;
    return false;
}

static bool spell_portable(struct spelling *s)
{
    struct slice v = s->value;
    bool expanded = false;

    if (is_plain(v))
        return bare(s);
    for (size_t i = 0; i < v.len && !expanded; i++)
        expanded = v.at[i] == '$' && is_expanded_by_python(v, i);
    if (!has_any(v, "'\r") && !has_pair(v, '\\', '\\') && !ends_in(v, '\\') && !expanded)
        return quoted(s, '\'', "");
    if (!has_any(v, "\"\\`\r") && !has_meaningful_dollar(v))
        return quoted(s, '"', "");
    return false;
}

/* ---- node: npm's dotenv, and, of what it can, node --env-file ---- */

static const char node_quotes[] = "'\"`";

/* In double quotes a \n and a \r of the value would become what they mean. */
static bool may_stand_in(struct slice v, char quote)
{
    return quote != '"' || (!has_pair(v, '\\', 'n') && !has_pair(v, '\\', 'r'));
}

/* In quotes of one kind, as it is. */
static bool quote_for_both(struct spelling *s)
{
    for (const char *q = node_quotes; *q; q++)
        if (!has_any(s->value, (char[]){*q, '\r', '\0'}) && may_stand_in(s->value, *q) &&
            (!ends_in(s->value, '\\') || comes_back(s, *q)))
            return quoted(s, *q, "");
    return false;
}

/* dotenv goes past a quote behind a backslash, keeps both, and reads \r in double quotes. */
static bool quote_escaped_ones(struct spelling *s)
{
    for (const char *q = node_quotes; *q; q++)
        if (all_escaped(s->value, *q) && (*q == '"' || !has(s->value, '\r')) &&
            may_stand_in(s->value, *q) && (!ends_in(s->value, '\\') || comes_back(s, *q)))
            return *q == '"' ? doubly_quoted(s, "") : quoted(s, *q, "");
    return false;
}

/* Whether the value, behind a quote of this kind, ends too soon: at a quote within it behind which
 * JavaScript sees the end of a line. No quote is looked at behind one without a backslash. */
static bool ends_too_soon(struct slice v, char quote)
{
    const char *end = v.at + v.len;

    for (size_t i = 0; i < v.len; i++) {
        const char *behind = v.at + i + 1;
        struct slice space = {behind, 0};

        if (v.at[i] != quote)
            continue;
        while (space.at + space.len < end && behind[space.len] != '\r' &&
               behind[space.len] != '\n' && dotenv_space(behind + space.len, end, SPACES_JS))
            space.len += dotenv_space(behind + space.len, end, SPACES_JS);
        if (has_line_separator(space))
            return true;
        if (i == 0 || v.at[i - 1] != '\\')
            return false;
    }
    return false;
}

/* A line that begins with a quote and is no quoted value, because the next such quote does not end
 * it, is taken whole; and then loses the quote it begins and ends with. */
static bool quote_whole_line(struct spelling *s)
{
    struct slice v = s->value;

    if (has(v, '#'))
        return false;
    for (const char *q = node_quotes; *q; q++) {
        if (all_escaped(v, *q) || ends_too_soon(v, *q) || (*q != '"' && has_any(v, "\n\r")) ||
            !may_stand_in(v, *q))
            continue;
        buf_add(s->out, q, 1);
        put_returns(s->out, v, "", true);
        buf_add(s->out, q, 1);
        return true;
    }
    return false;
}

static bool spell_node(struct spelling *s)
{
    struct slice v = s->value;

    if (is_plain(v))
        return bare(s);
    if (!ends_in(v, '\\') && quote_for_both(s))
        return true;
    if (stands_bare(v, node_quotes, SPACES_JS) && !has(v, '#') && !has_line_separator(v))
        return bare(s);
    if (quote_for_both(s))
        return true;
    s->caution = "node --env-file reads a file otherwise that holds";
    return quote_escaped_ones(s) || quote_whole_line(s);
}

/* ---- python-dotenv ---- */

/* ${:-$}: the variable without a name, or else a $, which is not looked at again. With `braced` a }
 * follows the value. */
static void put_for_python(struct buf *out, struct slice v, const char *escaped, bool braced)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.at[i] == '$' &&
            (is_expanded_by_python(v, i) || (braced && i + 1 < v.len && v.at[i + 1] == '{')))
            buf_add_text(out, "${:-$}");
        else
            put_returns(out, (struct slice){v.at + i, 1}, escaped, false);
}

static bool spell_python(struct spelling *s)
{
    struct slice v = s->value;
    bool backslash = ends_in(v, '\\');
    const char *quote = has(v, '\r') || (has(v, '\'') && !has_any(v, "\"\\")) ? "\"" : "'";

    if (is_plain(v))
        return bare(s);
    if (backslash && stands_bare(v, "'\"", SPACES_PYTHON) && !has_comment(v, SPACES_PYTHON)) {
        put_for_python(s->out, v, "", false);
        return true;
    }
    buf_add_text(s->out, quote);
    put_for_python(s->out, (struct slice){v.at, v.len - backslash}, *quote == '"' ? "\"\\" : "'\\",
                   backslash);
    if (backslash) /* old versions would take the quote behind it for a part of the value */
        buf_add_text(s->out, "${:-\\}");
    buf_add_text(s->out, quote);
    return true;
}

/* ---- dotenv for ruby ---- */

/* Where the command of $( ends, if it is one: its brackets are paired, and none is empty. */
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

/* Whether the $ is one that a backslash is taken from again: before $NAME, and before $(command). A
 * command within a command is not looked for. */
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
        put(out, (struct slice){v.at + i, 1}, escaped);
    }
}

const char *format_check_ruby(const struct format_pair *pair)
{
    return slice_is(pair->name, "DOTENV_LINEBREAK_MODE") ? "a setting of the parser" : NULL;
}

static bool spell_ruby(struct spelling *s)
{
    struct slice v = s->value;
    bool backslash = ends_in(v, '\\');

    if (has(v, '\r')) /* each is made a newline */
        return false;
    if (is_plain(v))
        return bare(s);
    if (!backslash && all_escaped(v, '\''))
        return quoted(s, '\'', "");
    if (backslash && stands_bare(v, "'\"", SPACES_RUBY) && !has(v, '#')) {
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

static bool spell_compose(struct spelling *s)
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

/* A variable that no file can set: it is replaced by nothing. */
static const char nothing[] = "${00}";

static bool has_nothing(struct slice v)
{
    for (size_t i = 0; i < v.len; i++)
        if (slice_begins((struct slice){v.at + i, v.len - i}, nothing))
            return true;
    return false;
}

/* It looks for a quote without a backslash before it, whatever stands before that; takes off all
 * quotes at both ends; and makes each CRLF a newline before it looks at anything. */
static bool spell_godotenv(struct spelling *s)
{
    struct slice v = s->value;

    if (is_plain(v))
        return bare(s);
    if (has_nothing(v))
        return false;
    if (all_escaped(v, '\'') && !ends_in(v, '\\') && !ends_in(v, '\'') && !has_pair(v, '\r', '\n'))
        return quoted(s, '\'', "");
    if (!ends_in(v, '\\')) {
        buf_add_text(s->out, "\"");
        put_returns(s->out, v, "\"\\$", false);
        buf_add_text(s->out, ends_in(v, '"') ? nothing : "");
        buf_add_text(s->out, "\"");
        return true;
    }
    if (has_any(v, "\n\r") || has_comment(v, SPACES_GO_LINE) || !text_is_utf8(v))
        return false;
    buf_add_text(s->out, stands_bare(v, "'\"", SPACES_GO_LINE) ? "" : nothing);
    put(s->out, v, "$");
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
    if (memchr(value.at, '\0', value.len))
        return "a zero byte";
    if (!any_bytes && !text_is_utf8(value))
        return "not UTF-8";
    return NULL;
}

static bool takes_any_bytes(spell *write)
{
    return write == spell_compose || write == spell_godotenv;
}

/* Writes a pair before `rest`. False if that cannot be, here. */
static bool prepend(const struct format_pair *pair, spell *write, struct buf *rest,
                    struct buf *line, struct format_verdict *verdict)
{
    struct spelling s = {pair->value, rest, line, NULL};

    buf_clear(line);
    buf_add_slice(line, pair->name);
    buf_add_text(line, "=");
    verdict->refusal = say_refusal(pair->value, takes_any_bytes(write));
    if (verdict->refusal || !write(&s))
        return false;
    verdict->caution = s.caution;
    buf_add_text(line, "\n");
    add_reversed(rest, line);
    return true;
}

/* The text, reversed; the values in `last` stand at its end. A value that ends in a backslash and
 * cannot be where it stands is added to them: true if there was one. */
static bool write_reversed(const struct format_set *set, spell *write, bool *last, struct buf *out,
                           struct format_verdict *verdicts, const char *refusal)
{
    struct buf line = BUF_SECRET;
    bool again = false;

    for (int round = 0; round < 2; round++)
        for (size_t i = set->count; i-- > 0;) {
            if (last[i] != (round == 0) ||
                prepend(&set->pairs[i], write, out, &line, &verdicts[i]) || verdicts[i].refusal)
                continue;
            verdicts[i].refusal = refusal;
            if (round == 1 && ends_in(set->pairs[i].value, '\\'))
                last[i] = again = true;
        }
    out->failed |= line.failed;
    buf_free(&line);
    return again;
}

static void write_dialect(const struct format_set *set, struct buf *out,
                          struct format_verdict *verdicts, spell *write, const char *refusal)
{
    bool *last = calloc(set->count + 1, sizeof *last);
    struct buf text = BUF_SECRET;

    do
        buf_clear(&text);
    while (last && write_reversed(set, write, last, &text, verdicts, refusal));
    if (buf_ok(&text) && text.len > 0)
        reverse(text.data, text.len);
    out->failed |= !last || text.failed;
    buf_add_slice(out, buf_slice(&text));
    buf_free(&text);
    free(last);
}

void format_write_portable(const struct format_set *set, struct buf *out,
                           struct format_verdict *verdicts)
{
    write_dialect(set, out, verdicts, spell_portable, "no quoting that all parsers read alike");
    for (size_t i = 0; i < set->count; i++)
        if (format_is_name_of_bash(set->pairs[i].name))
            verdicts[i].caution = "bash keeps to itself, and does not set,";
}

void format_write_node(const struct format_set *set, struct buf *out,
                       struct format_verdict *verdicts)
{
    write_dialect(set, out, verdicts, spell_node, "no quoting for it");
}

void format_write_python(const struct format_set *set, struct buf *out,
                         struct format_verdict *verdicts)
{
    write_dialect(set, out, verdicts, spell_python, "no quoting for it");
}

void format_write_ruby(const struct format_set *set, struct buf *out,
                       struct format_verdict *verdicts)
{
    write_dialect(set, out, verdicts, spell_ruby, "no quoting for it");
}

void format_write_compose(const struct format_set *set, struct buf *out,
                          struct format_verdict *verdicts)
{
    write_dialect(set, out, verdicts, spell_compose, "no quoting for it");
}

void format_write_godotenv(const struct format_set *set, struct buf *out,
                           struct format_verdict *verdicts)
{
    write_dialect(set, out, verdicts, spell_godotenv, "no quoting for it");
}

/* ---- reading them again ---- */

enum err_code format_read_node(struct slice text, struct vault_kv *kv, struct err *err)
{
    return dotenv_read(text, DOTENV_NODE, kv, NULL, NULL, err);
}

/* The expansions that were written: each is replaced by what it stands for. */
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
    for (size_t i = 0; code == ERR_NONE && i < read->count; i++) {
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

/* Whether a dialect reads the same; and nothing is there that it would expand, as far as its notes
 * are about nothing else. */
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
    if (code == ERR_NONE && (!are_same(kv, other) || (tells && notes)))
        code = err_set(err, ERR_FORMAT, "not read alike");
    kv_free(other);
    return code;
}

/* As bash reads it, if the others read the same. */
enum err_code format_read_portable(struct slice text, struct vault_kv *kv, struct err *err)
{
    static const enum dotenv_dialect others[] = {DOTENV_NODE, DOTENV_PYTHON, DOTENV_RUBY,
                                                 DOTENV_COMPOSE, DOTENV_GODOTENV};
    enum err_code code = format_read_assignments(text, kv, err);

    for (size_t i = 0; code == ERR_NONE && i < sizeof others / sizeof *others; i++)
        code = read_alike(text, others[i], kv, err);
    return code;
}
