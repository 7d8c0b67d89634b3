/* TOML, as much as a file of secrets needs.
 *
 * The first pass checks that the text is UTF-8 without control characters. The second pass, the
 * grammar, therefore meets a carriage return only before a newline (and treats it as a blank), and
 * no zero byte (peek returns one at the end of the text). */
#include "toml.h"

#include "base/hashtable.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SHOWN = 64 }; /* bytes of a key in a message */

/* How a table was created, which decides what may extend it. */
enum made {
    MADE_INLINE,    /* { … }: nothing may */
    MADE_BY_HEADER, /* [table]: deeper headers */
    MADE_IMPLIED,   /* by a deeper header: that, and once its own header */
    MADE_BY_DOTS    /* by a dotted key: others beside it, and deeper headers */
};

struct parser {
    const char *start, *at, *end;
    uint32_t line;
    struct arena *arena;
    struct err *err;
    struct hashtable values; /* struct toml_value, by find_value's digest */
    unsigned char digest_key[crypto_generichash_KEYBYTES];
};

struct key {
    struct slice name;
    const char *at;
    bool bare;
};

static const char accepted[] =
    "not accepted: a value is a string in quotes, or a table { … } of such";

/* ---- errors ---- */

static bool fail_memory(struct parser *p)
{
    err_no_memory(p->err);
    return false;
}

/* The reason MUST NOT quote the text: it may be a secret. */
static bool fail(struct parser *p, const char *at, const char *reason)
{
    size_t line = 1, column = 1;

    for (const char *c = p->start; c < at; c++) {
        if (*c == '\n')
            line++, column = 1;
        else if (((unsigned char)*c & 0xC0) != 0x80)
            column++;
    }
    err_set(p->err, ERR_FORMAT, "line %zu, column %zu: %s", line, column, reason);
    return false;
}

/* A bare key needs no escaping. */
static bool fail_defined(struct parser *p, const struct key *key, const struct toml_value *before)
{
    bool cut = key->name.len > NAME_SHOWN;
    char reason[NAME_SHOWN + 128];

    if (key->bare)
        snprintf(reason, sizeof reason, "%.*s%s is already defined on line %lu",
                 cut ? NAME_SHOWN : (int)key->name.len, key->name.at, cut ? "…" : "",
                 (unsigned long)before->line);
    else
        snprintf(reason, sizeof reason, "this key is already defined on line %lu",
                 (unsigned long)before->line);
    return fail(p, key->at, reason);
}

/* ---- the first pass ---- */

static bool check_characters(struct parser *p)
{
    struct slice text = {p->start, (size_t)(p->end - p->start)};
    size_t valid = text_utf8_prefix(text);

    for (const char *at = p->start; at < p->end && at < p->start + valid; at++) {
        unsigned char c = (unsigned char)*at;

        if (c == '\r' && (at + 1 == p->end || at[1] != '\n'))
            return fail(p, at, "a carriage return without a newline");
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
            return fail(p, at, "a control character");
    }
    return valid == text.len || fail(p, p->start + valid, "not UTF-8");
}

/* ---- tables ---- */

struct toml_value *toml_find(const struct toml_value *table, struct slice name)
{
    struct toml_value *v = table->type == TOML_TABLE ? table->as.table.first : NULL;

    while (v && !slice_equal(toml_name(v), name))
        v = v->next;
    return v;
}

static struct toml_value *new_value(struct parser *p, struct slice name)
{
    struct toml_value *v = arena_alloc(p->arena, sizeof *v);

    if (v)
        *v = (struct toml_value){
            .name_at = name.at, .name_len = (uint32_t)name.len, .line = p->line};
    else
        fail_memory(p);
    return v;
}

/* The place for a table's value of this name, NULL so far if there is none. The names may be those
 * of a broken text, and so secret: the hash table gets a digest of them. */
static struct toml_value **find_value(struct parser *p, const struct toml_value *table,
                                      struct slice name)
{
    unsigned char digest[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    void **found;

    crypto_generichash_init(&state, p->digest_key, sizeof p->digest_key, sizeof digest);
    crypto_generichash_update(&state, (const unsigned char *)&table, sizeof table);
    crypto_generichash_update(&state, (const unsigned char *)name.at, name.len);
    crypto_generichash_final(&state, digest, sizeof digest);
    sodium_memzero(&state, sizeof state);
    found = hashtable_item(&p->values, (struct slice){(const char *)digest, sizeof digest});
    return (struct toml_value **)found;
}

/* The table's value of this name, or a new one at its end, a string so far. NULL: out of memory. */
static struct toml_value *find_or_add(struct parser *p, struct toml_value *table, struct slice name,
                                      bool *is_new)
{
    struct toml_value **found = find_value(p, table, name);

    if (!found)
        fail_memory(p);
    *is_new = found && !*found;
    if (!*is_new)
        return found ? *found : NULL;
    *found = new_value(p, name);
    if (!*found)
        return NULL;
    if (table->as.table.last)
        table->as.table.last->next = *found;
    else
        table->as.table.first = *found;
    table->as.table.last = *found;
    table->len++;
    return *found;
}

static bool make_table(struct parser *p, struct toml_value *v, const struct toml_value *in,
                       enum made made)
{
    char reason[64];

    if (in->depth == TOML_DEPTH_MAX) {
        snprintf(reason, sizeof reason, "tables nested more than %d deep", TOML_DEPTH_MAX);
        return fail(p, p->at, reason);
    }
    v->type = TOML_TABLE;
    v->made = (uint8_t)made;
    v->depth = (uint8_t)(in->depth + 1);
    v->as.table.first = v->as.table.last = NULL;
    return true;
}

/* ---- blanks ---- */

/* Zero at the end. */
static char peek(const struct parser *p)
{
    return p->at == p->end ? '\0' : *p->at;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct parser *p)
{
    while (is_blank(peek(p)))
        p->at++;
}

/* Skips blanks, comments and newlines. */
static void skip_lines(struct parser *p)
{
    for (;;) {
        skip_blanks(p);
        if (peek(p) == '#')
            while (p->at < p->end && *p->at != '\n')
                p->at++;
        if (peek(p) != '\n')
            return;
        p->at++;
        p->line++;
    }
}

static bool at_line_end(const struct parser *p)
{
    return p->at == p->end || *p->at == '\n' || *p->at == '#';
}

/* ---- strings ---- */

/* Reads the digits of \u or \U at *at, and advances it. Returns the error, or NULL. */
static const char *read_code_point(const char **at, const char *end, int digits, char **to)
{
    uint32_t c = 0;

    for (int i = 0; i < digits; i++, ++*at) {
        if (*at == end || text_hex_digit(**at) > 15)
            return digits == 4 ? "\\u needs 4 hexadecimal digits"
                               : "\\U needs 8 hexadecimal digits";
        c = c << 4 | text_hex_digit(**at);
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return "no such character";
    *to = text_put_character(*to, c);
    return NULL;
}

/* A backslash at the end of a line removes all blanks and newlines that follow. */
static const char *skip_line_break(const char **at, const char *end)
{
    bool broken = false;

    for (; *at < end && (is_blank(**at) || **at == '\n'); ++*at)
        broken = broken || **at == '\n';
    return broken ? NULL : "a backslash before a blank";
}

/* Decodes the escape whose backslash is at *at, advances it, and appends at *to. Returns the error,
 * or NULL. */
static const char *read_escape(const char **at, const char *end, bool multi_line, char **to)
{
    static const char letters[] = "btnfr\"\\", meanings[] = "\b\t\n\f\r\"\\";
    char letter = (*at)[1];
    const char *known = strchr(letters, letter);

    if (multi_line && (is_blank(letter) || letter == '\n')) {
        ++*at;
        return skip_line_break(at, end);
    }
    *at += 2;
    if (letter == 'u' || letter == 'U')
        return read_code_point(at, end, letter == 'u' ? 4 : 8, to);
    if (!known)
        return "no such escape";
    *(*to)++ = meanings[known - letters];
    return NULL;
}

/* Decodes a string with escapes; the result is never longer. */
static bool unescape(struct parser *p, struct slice raw, bool multi_line, struct slice *out)
{
    const char *at = raw.at, *end = raw.at + raw.len;
    char *text = arena_alloc(p->arena, raw.len), *to = text;

    if (!text)
        return fail_memory(p);
    while (at < end) {
        const char *escape = at, *wrong = NULL;

        if (*at == '\\')
            wrong = read_escape(&at, end, multi_line, &to);
        else
            *to++ = *at++;
        if (wrong)
            return fail(p, escape, wrong);
    }
    *out = (struct slice){text, (size_t)(to - text)};
    return true;
}

/* "…" or '…', as a key or a value. */
static bool read_line_string(struct parser *p, struct slice *out)
{
    const char *open = p->at++;
    bool escaped = false;

    for (; p->at < p->end && *p->at != *open && *p->at != '\n'; p->at++)
        if (*p->at == '\\' && *open == '"') {
            escaped = true;
            p->at += p->end - p->at > 1 && (p->at[1] == '"' || p->at[1] == '\\');
        }
    if (peek(p) != *open)
        return fail(p, open, "this string is not closed");
    *out = (struct slice){open + 1, (size_t)(p->at - open - 1)};
    p->at++;
    return !escaped || unescape(p, *out, false, out);
}

/* """…""" or '''…''': a newline directly after the opening quotes is dropped, and up to two quotes
 * may come before the closing three. */
static bool read_multi_line_string(struct parser *p, struct slice *out)
{
    const char *open = p->at, *start = open + 3;
    bool escaped = false;
    size_t quotes = 0; /* in a row, before p->at */

    if (p->end - start > 1 && start[0] == '\r' && start[1] == '\n')
        start++;
    if (start < p->end && *start == '\n')
        start++;
    for (p->at += 3; p->at < p->end && quotes < 5 && (quotes < 3 || *p->at == *open); p->at++) {
        quotes = *p->at == *open ? quotes + 1 : 0;
        p->line += *p->at == '\n';
        if (*p->at == '\\' && *open == '"') {
            escaped = true;
            p->at += p->end - p->at > 1 && (p->at[1] == '"' || p->at[1] == '\\');
        }
    }
    if (quotes < 3)
        return fail(p, open, "this string is not closed");
    *out = (struct slice){start, (size_t)(p->at - 3 - start)};
    return !escaped || unescape(p, *out, true, out);
}

static bool read_string(struct parser *p, struct slice *out)
{
    const char *at = p->at;
    bool multi_line = p->end - at >= 3 && at[1] == *at && at[2] == *at;

    return multi_line ? read_multi_line_string(p, out) : read_line_string(p, out);
}

/* ---- keys and values ---- */

/* The span of a bare word: of a key or, if `value`, of a number or boolean. */
static struct slice take_word(struct parser *p, bool value)
{
    const char *start = p->at;

    p->at += text_name_span(p->at, p->end);
    while (value && p->at < p->end && (*p->at == '+' || *p->at == '.' || *p->at == ':'))
        p->at += 1 + text_name_span(p->at + 1, p->end);
    return (struct slice){start, (size_t)(p->at - start)};
}

/* Whether a word begins as a number does, and has no : or - as a date or time has. */
static bool is_number(struct slice word)
{
    size_t sign = word.len > 0 && (*word.at == '-' || *word.at == '+');

    for (size_t i = sign; i < word.len; i++) {
        char c = word.at[i];

        if (i == sign ? c < '0' || c > '9'
                      : c == ':' || (c == '-' && (word.at[i - 1] | 0x20) != 'e'))
            return false;
    }
    return word.len > sign;
}

static bool read_word(struct parser *p, struct toml_value *v)
{
    struct slice word = take_word(p, true);

    if (word.len == 0 && at_line_end(p))
        return fail(p, word.at, "a value is missing");
    if (!is_number(word) && !slice_is(word, "true") && !slice_is(word, "false"))
        return fail(p, word.at, accepted);
    v->type = TOML_BARE;
    v->as.text_at = word.at;
    v->len = (uint32_t)word.len;
    return true;
}

static bool read_key(struct parser *p, struct key *key)
{
    *key = (struct key){.at = p->at, .bare = peek(p) != '"' && peek(p) != '\''};
    if (!key->bare)
        return read_line_string(p, &key->name);
    key->name = take_word(p, false);
    return key->name.len > 0 || fail(p, p->at, "expected a key");
}

/* Goes into a table by its name, and creates it if it is new. */
static bool enter_table(struct parser *p, struct toml_value **table, const struct key *key,
                        enum made how)
{
    bool is_new;
    struct toml_value *v = find_or_add(p, *table, key->name, &is_new);

    if (!v || (is_new && !make_table(p, v, *table, how)))
        return false;
    if (v->type != TOML_TABLE || v->made == MADE_INLINE ||
        (v->made == MADE_BY_HEADER && how == MADE_BY_DOTS))
        return fail_defined(p, key, v);
    if (how == MADE_BY_DOTS)
        v->made = MADE_BY_DOTS;
    *table = v;
    return true;
}

/* a.b.c: goes into all tables but the last name, which it returns. */
static bool read_path(struct parser *p, struct toml_value **table, enum made how, struct key *last)
{
    for (;;) {
        skip_blanks(p);
        if (!read_key(p, last))
            return false;
        skip_blanks(p);
        if (peek(p) != '.')
            return true;
        p->at++;
        if (!enter_table(p, table, last, how))
            return false;
    }
}

static bool read_inline_table(struct parser *p, struct toml_value *table);

/* NOLINTBEGIN(misc-no-recursion): at most TOML_DEPTH_MAX deep */

static bool read_pair(struct parser *p, struct toml_value *table)
{
    struct toml_value *v;
    struct slice string = {"", 0};
    struct key key;
    bool is_new;

    if (!read_path(p, &table, MADE_BY_DOTS, &key))
        return false;
    if (peek(p) != '=')
        return fail(p, p->at, "expected = after the key");
    p->at++;
    v = find_or_add(p, table, key.name, &is_new);
    if (!v)
        return false;
    if (!is_new)
        return fail_defined(p, &key, v);
    skip_blanks(p);
    if (peek(p) == '{')
        return make_table(p, v, table, MADE_INLINE) && read_inline_table(p, v);
    if (peek(p) != '"' && peek(p) != '\'')
        return read_word(p, v);
    if (!read_string(p, &string))
        return false;
    v->as.text_at = string.at;
    v->len = (uint32_t)string.len;
    return true;
}

static bool read_inline_table(struct parser *p, struct toml_value *table)
{
    const char *open = p->at++;

    skip_blanks(p);
    for (bool more = peek(p) != '}'; more;) {
        if (!read_pair(p, table))
            return false;
        skip_blanks(p);
        more = peek(p) == ',';
        p->at += more;
    }
    if (at_line_end(p))
        return fail(p, open, "this inline table is not closed on its line");
    if (*p->at != '}')
        return fail(p, p->at, "expected , or }");
    p->at++;
    return true;
}

/* NOLINTEND(misc-no-recursion) */

/* ---- the text: headers and pairs ---- */

static bool read_header(struct parser *p, struct toml_value **table)
{
    struct toml_value *v;
    struct key key;
    bool is_new;

    p->at++;
    if (peek(p) == '[')
        return fail(p, p->at - 1, "an array of tables is not accepted: expected [name]");
    if (!read_path(p, table, MADE_IMPLIED, &key))
        return false;
    if (peek(p) != ']')
        return fail(p, p->at, "expected ]");
    p->at++;
    v = find_or_add(p, *table, key.name, &is_new);
    if (!v || (is_new && !make_table(p, v, *table, MADE_IMPLIED)))
        return false;
    if (v->type != TOML_TABLE || v->made != MADE_IMPLIED)
        return fail_defined(p, &key, v);
    v->made = MADE_BY_HEADER;
    v->line = p->line;
    *table = v;
    return true;
}

static bool read_lines(struct parser *p, struct toml_value *root)
{
    struct toml_value *table = root;

    for (;;) {
        skip_lines(p);
        if (p->at == p->end)
            return true;
        if (*p->at == '[')
            table = root;
        if (*p->at == '[' ? !read_header(p, &table) : !read_pair(p, table))
            return false;
        skip_blanks(p);
        if (!at_line_end(p))
            return fail(p, p->at, "expected the end of the line");
    }
}

enum err_code toml_parse(struct slice text, struct arena *arena, struct toml_value **root,
                         struct err *err)
{
    size_t mark = slice_begins(text, "\xEF\xBB\xBF") ? 3 : 0;
    struct parser p = {.start = text.at + mark,
                       .at = text.at + mark,
                       .end = text.at + text.len,
                       .line = 1,
                       .arena = arena,
                       .err = err};
    bool done;

    if (text.len > TOML_TEXT_MAX)
        return err_set(err, ERR_FORMAT, "a TOML text of more than %d MiB", TOML_TEXT_MAX >> 20);
    randombytes_buf(p.digest_key, sizeof p.digest_key);
    *root = new_value(&p, (struct slice){"", 0});
    if (*root)
        (*root)->type = TOML_TABLE;
    done = *root && check_characters(&p) && read_lines(&p, *root);
    hashtable_free(&p.values);
    sodium_memzero(p.digest_key, sizeof p.digest_key);
    return done ? ERR_OK : err->code;
}
