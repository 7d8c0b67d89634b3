/* TOML 1.0.0, read: a text becomes a tree of values in the order of the source.
 *
 * Two passes. The first holds the whole text to UTF-8 without control characters; so the second,
 * the grammar, meets a carriage return only before a newline (and takes it for a blank), and no
 * zero byte (which stands for the end). */
#include "toml.h"

#include "base/text.h"
#include "toml_word.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    SPARE = 32,       /* values that are allocated at once */
    FEW = 32,         /* names that are searched one by one; more get an index */
    INDEX_FIRST = 64, /* slots; a power of two */
    NAME_SHOWN = 64   /* characters of a key in a message */
};

/* How a value came to be: which says who may add to it. */
enum made {
    MADE_IN_PLACE,   /* written as a value: complete */
    MADE_BY_HEADER,  /* [table], or an array of [[tables]] */
    MADE_ON_THE_WAY, /* a table that a deeper header implies */
    MADE_BY_DOTS     /* a table that a dotted key implies */
};

struct parser {
    const char *start, *at, *end;
    uint32_t line;
    struct arena *arena;
    struct err *err;
    struct toml_value *spare; /* for new values */
    size_t spare_count;
    unsigned char hash_key[crypto_shorthash_KEYBYTES];
};

/* A table, and how deep it lies. */
struct place {
    struct toml_list *table;
    unsigned depth;
};

struct key {
    struct slice name;
    const char *at;
    bool bare;
};

/* --- errors --- */

static bool no_memory(struct parser *p)
{
    err_no_memory(p->err);
    return false;
}

/* A reason MUST NOT hold anything of the text: it may be a secret. */
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

/* A key that is at odds with what stands at another line. A bare one needs no escaping. */
static bool fail_key(struct parser *p, const struct key *key, const char *problem, uint32_t line)
{
    bool cut = key->name.len > NAME_SHOWN;
    char reason[NAME_SHOWN + 128];

    if (key->bare)
        snprintf(reason, sizeof reason, "%.*s%s %s line %lu", cut ? NAME_SHOWN : (int)key->name.len,
                 key->name.at, cut ? "…" : "", problem, (unsigned long)line);
    else
        snprintf(reason, sizeof reason, "this key %s line %lu", problem, (unsigned long)line);
    return fail(p, key->at, reason);
}

/* --- eight characters at a time ---
 *
 * A mark takes eight characters, the first in the lowest byte, and sets the high bit of those that
 * it looks for. Its sums are of seven bits and seven bits, so none carries into the next byte. */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* High bits are set where the low seven bits of a character are more than `most`. */
static inline uint64_t above(uint64_t low, unsigned char most)
{
    return low + EACH(0x7F - most);
}

static inline uint64_t differs(uint64_t low, unsigned char c)
{
    return above(low ^ EACH(c), 0);
}

/* What may end a run of a string "…". */
static inline uint64_t mark_basic(uint64_t word)
{
    uint64_t low = word & EACH(0x7F);

    return ~((differs(low, '"') & differs(low, '\\') & differs(low, '\n')) | word) & EACH(0x80);
}

/* What may end a run of a string '…'. */
static inline uint64_t mark_literal(uint64_t word)
{
    uint64_t low = word & EACH(0x7F);

    return ~((differs(low, '\'') & differs(low, '\n')) | word) & EACH(0x80);
}

/* All but A-Z a-z 0-9 - and _ */
static inline uint64_t mark_not_bare(uint64_t word)
{
    uint64_t low = word & EACH(0x7F), lower_case = low | EACH(0x20);
    uint64_t letter = above(lower_case, 'a' - 1) & ~above(lower_case, 'z');
    uint64_t digit = above(low, '0' - 1) & ~above(low, '9');

    return ((~letter & ~digit & differs(low, '-') & differs(low, '_')) | word) & EACH(0x80);
}

/* Control characters but tab and newline, and what is not ASCII. */
static inline uint64_t mark_special(uint64_t word)
{
    uint64_t low = word & EACH(0x7F);
    uint64_t control = ~above(low, '\t' - 1) | (above(low, '\n') & ~above(low, ' ' - 1));

    return (control | above(low, 0x7E) | word) & EACH(0x80);
}

/* On any machine; compilers make one load of it. */
static inline uint64_t load(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
           (uint64_t)at[7] << 56;
}

/* The first character that is marked, or the end. */
static inline const char *find(const char *at, const char *end, uint64_t (*mark)(uint64_t word))
{
    for (; end - at >= 8; at += 8) {
        uint64_t marks = mark(load(at));

        if (marks)
            return at + __builtin_ctzll(marks) / 8;
    }
    while (at < end && !(mark((unsigned char)*at) & 0x80))
        at++;
    return at;
}

/* --- the first pass: characters --- */

static bool check_characters(struct parser *p)
{
    const char *at = p->start, *end = p->end;

    while ((at = find(at, end, mark_special)) < end) {
        struct slice run = {at, 1};
        size_t valid;

        while (at + run.len < end && (unsigned char)at[run.len] >= 0x80)
            run.len++;
        if (*at == '\r' && (at + 1 == end || at[1] != '\n'))
            return fail(p, at, "a carriage return without a newline");
        if ((unsigned char)*at < 0x80 && *at != '\r')
            return fail(p, at, "a control character");
        valid = text_utf8_prefix(run);
        if (valid < run.len)
            return fail(p, at + valid, "not UTF-8");
        at += run.len;
    }
    return true;
}

/* --- tables --- */

struct slot {
    struct toml_value *value; /* NULL: free */
    uint64_t hash;
};

/* Open addressing. The hash is keyed, so that nobody can choose names that collide. */
struct toml_index {
    unsigned char hash_key[crypto_shorthash_KEYBYTES];
    size_t size;
    struct slot slots[];
};

static uint64_t hash_name(const struct toml_index *index, struct slice name)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t hash;

    crypto_shorthash(out, (const unsigned char *)name.at, name.len, index->hash_key);
    memcpy(&hash, out, sizeof hash);
    return hash;
}

/* The slot that holds the name, or the free one where it belongs. */
static struct slot *find_slot(struct toml_index *index, uint64_t hash, struct slice name)
{
    size_t i = hash & (index->size - 1);

    while (index->slots[i].value &&
           (index->slots[i].hash != hash || !slice_equal(toml_name(index->slots[i].value), name)))
        i = (i + 1) & (index->size - 1);
    return &index->slots[i];
}

static void move_slot(struct toml_index *index, struct slot slot)
{
    size_t i = slot.hash & (index->size - 1);

    while (index->slots[i].value)
        i = (i + 1) & (index->size - 1);
    index->slots[i] = slot;
}

/* Makes the table's first index, or one of twice the size. */
static bool grow_index(struct parser *p, struct toml_list *table)
{
    const struct toml_index *old = table->index;
    size_t size = old ? 2 * old->size : INDEX_FIRST;
    struct toml_index *index = arena_alloc(p->arena, sizeof *index + size * sizeof(struct slot));

    if (!index)
        return no_memory(p);
    memcpy(index->hash_key, p->hash_key, sizeof index->hash_key);
    index->size = size;
    for (size_t i = 0; i < size; i++)
        index->slots[i] = (struct slot){NULL, 0};
    for (size_t i = 0; old && i < old->size; i++)
        if (old->slots[i].value)
            move_slot(index, old->slots[i]);
    for (struct toml_value *v = old ? NULL : table->first; v; v = v->next)
        move_slot(index, (struct slot){v, hash_name(index, toml_name(v))});
    table->index = index;
    return true;
}

/* The first and the last character, which tell most names apart. */
static inline uint16_t ends_of(struct slice name)
{
    if (name.len == 0)
        return 0;
    return (uint16_t)((unsigned char)name.at[0] << 8 | (unsigned char)name.at[name.len - 1]);
}

static struct toml_value *find_among_few(const struct toml_list *table, struct slice name)
{
    uint16_t ends = ends_of(name);
    struct toml_value *v = table->first;

    while (v && (v->ends != ends || !slice_equal(toml_name(v), name)))
        v = v->next;
    return v;
}

struct toml_value *toml_find(const struct toml_value *table, struct slice name)
{
    struct toml_list *list = table->type == TOML_TABLE ? table->as.list : NULL;

    if (list && list->index)
        return find_slot(list->index, hash_name(list->index, name), name)->value;
    return list ? find_among_few(list, name) : NULL;
}

static bool make_list(struct parser *p, struct toml_value *v, enum toml_type type, enum made made)
{
    struct toml_list *list = arena_alloc(p->arena, sizeof *list);

    if (!list)
        return no_memory(p);
    *list = (struct toml_list){0};
    v->type = (uint8_t)type;
    v->made = (uint8_t)made;
    v->as.list = list;
    return true;
}

/* A new value at the end of an array or table, an empty string for now. NULL: no memory. */
static struct toml_value *append(struct parser *p, struct toml_list *list, struct slice name)
{
    struct toml_value *v;

    if (p->spare_count == 0) {
        p->spare = arena_alloc(p->arena, SPARE * sizeof *p->spare);
        if (!p->spare) {
            no_memory(p);
            return NULL;
        }
        p->spare_count = SPARE;
    }
    p->spare_count--;
    v = p->spare++;
    *v = (struct toml_value){
        .name_at = name.at, .name_len = (uint32_t)name.len, .ends = ends_of(name), .line = p->line};
    if (list->last)
        list->last->next = v;
    else
        list->first = v;
    list->last = v;
    list->count++;
    return v;
}

/* The table's value of this name, or a new one. NULL: no memory. */
static struct toml_value *find_or_append(struct parser *p, struct toml_list *table,
                                         struct slice name, bool *is_new)
{
    struct toml_value *v;
    struct slot *slot;
    uint64_t hash;

    if (table->count < FEW) {
        v = find_among_few(table, name);
        *is_new = !v;
        return v ? v : append(p, table, name);
    }
    if ((!table->index || table->count >= table->index->size / 4 * 3) && !grow_index(p, table))
        return NULL;
    hash = hash_name(table->index, name);
    slot = find_slot(table->index, hash, name);
    *is_new = !slot->value;
    if (!slot->value)
        *slot = (struct slot){append(p, table, name), hash};
    return slot->value;
}

/* --- the second pass: blanks and words --- */

/* Zero at the end. */
static inline char peek(const struct parser *p)
{
    if (p->at == p->end)
        return '\0';
    return *p->at;
}

static inline void skip_blanks(struct parser *p)
{
    const char *at = p->at;

    while (at < p->end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    p->at = at;
}

static void skip_comment(struct parser *p)
{
    const char *newline;

    if (peek(p) != '#')
        return;
    newline = memchr(p->at, '\n', (size_t)(p->end - p->at));
    p->at = newline ? newline : p->end;
}

/* Blanks, comments and newlines. */
static void skip_lines(struct parser *p)
{
    for (;;) {
        skip_blanks(p);
        skip_comment(p);
        if (peek(p) != '\n')
            return;
        p->at++;
        p->line++;
    }
}

static bool at_line_end(const struct parser *p)
{
    return p->at == p->end || *p->at == '\n';
}

/* --- strings --- */

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* \u with 4 and \U with 8 digits; *at stands on the first, and is left behind the last. */
static const char *read_code_point(const char **at, const char *end, int digits, uint32_t *c)
{
    *c = 0;
    for (int i = 0; i < digits; i++, ++*at) {
        if (*at == end || toml_digit(**at) > 15)
            return digits == 4 ? "\\u needs 4 hexadecimal digits"
                               : "\\U needs 8 hexadecimal digits";
        *c = *c << 4 | toml_digit(**at);
    }
    if (*c > 0x10FFFF || (*c >= 0xD800 && *c <= 0xDFFF))
        return "there is no such character";
    return NULL;
}

/* A backslash at the end of a line takes away all blanks and newlines behind it. */
static const char *skip_line_break(const char **at, const char *end)
{
    bool broken = false;

    while (*at < end && (**at == ' ' || **at == '\t' || **at == '\r' || **at == '\n')) {
        broken = broken || **at == '\n';
        ++*at;
    }
    return broken ? NULL : "a backslash before a blank";
}

/* *at stands on the backslash; what it means is put at *to. Returns what is wrong, or NULL. */
static const char *read_escape(const char **at, const char *end, bool multi_line, char **to)
{
    static const char letters[] = "btnfr\"\\", meanings[] = "\b\t\n\f\r\"\\";
    char letter = (*at)[1];
    const char *known = strchr(letters, letter);
    const char *wrong;
    uint32_t c;

    *at += 2;
    if (known) {
        *(*to)++ = meanings[known - letters];
        return NULL;
    }
    if (letter == 'u' || letter == 'U') {
        wrong = read_code_point(at, end, letter == 'u' ? 4 : 8, &c);
        *to += wrong ? 0 : put_utf8(*to, c);
        return wrong;
    }
    if (multi_line && (letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n')) {
        --*at;
        return skip_line_break(at, end);
    }
    return "there is no such escape";
}

/* What a string with escapes stands for, which is never longer than they are. */
static bool unescape(struct parser *p, struct slice raw, bool multi_line, struct slice *out)
{
    const char *at = raw.at, *end = raw.at + raw.len;
    char *text = arena_alloc(p->arena, raw.len), *to = text;

    if (!text)
        return no_memory(p);
    for (;;) {
        const char *escape = memchr(at, '\\', (size_t)(end - at)), *wrong;
        size_t plain = (size_t)((escape ? escape : end) - at);

        memcpy(to, at, plain);
        to += plain;
        if (!escape)
            break;
        at = escape;
        wrong = read_escape(&at, end, multi_line, &to);
        if (wrong)
            return fail(p, escape, wrong);
    }
    *out = (struct slice){text, (size_t)(to - text)};
    return true;
}

/* To what may end the string, or begin an escape. */
static inline void skip_plain(struct parser *p, char quote)
{
    p->at = quote == '"' ? find(p->at, p->end, mark_basic) : find(p->at, p->end, mark_literal);
}

/* Behind a backslash, so that what it escapes does not end the string. */
static void skip_escape(struct parser *p)
{
    p->at++;
    if (peek(p) == '"' || peek(p) == '\\')
        p->at++;
}

/* "…" or '…', as a key or a value. */
static bool read_line_string(struct parser *p, struct slice *out)
{
    const char *open = p->at++;
    bool escaped = false;

    for (;;) {
        skip_plain(p, *open);
        if (peek(p) != '\\')
            break;
        escaped = true;
        skip_escape(p);
    }
    if (peek(p) != *open)
        return fail(p, open, "this string is not closed");
    *out = (struct slice){open + 1, (size_t)(p->at - open - 1)};
    p->at++;
    return !escaped || unescape(p, *out, false, out);
}

/* Up to two quotes may stand before the three that close. */
static size_t count_quotes(const struct parser *p, char quote)
{
    size_t n = 0;

    while (n < 5 && p->at + n < p->end && p->at[n] == quote)
        n++;
    return n;
}

/* """…""" or '''…'''; a newline right behind the opening quotes does not count. */
static bool read_multi_line_string(struct parser *p, struct slice *out)
{
    const char *open = p->at, *start;
    bool escaped = false;
    size_t quotes = 0;

    p->at += 3;
    start = p->at + (peek(p) == '\r');
    start = start < p->end && *start == '\n' ? start + 1 : p->at;
    while (quotes < 3) {
        p->at += quotes;
        skip_plain(p, *open);
        if (p->at == p->end)
            return fail(p, open, "this string is not closed");
        quotes = count_quotes(p, *open);
        if (*p->at == '\n') {
            p->line++;
            p->at++;
        } else if (quotes == 0) {
            escaped = true;
            skip_escape(p);
        }
    }
    *out = (struct slice){start, (size_t)(p->at + quotes - 3 - start)};
    p->at += quotes;
    return !escaped || unescape(p, *out, true, out);
}

static bool read_string(struct parser *p, struct toml_value *v)
{
    bool multi_line = p->end - p->at >= 3 && p->at[1] == *p->at && p->at[2] == *p->at;
    struct slice string;

    if (!(multi_line ? read_multi_line_string(p, &string) : read_line_string(p, &string)))
        return false;
    v->type = TOML_STRING;
    v->as.string_at = string.at;
    v->string_len = (uint32_t)string.len;
    return true;
}

/* --- values --- */

static const char *skip_word(const char *at, const char *end)
{
    at = find(at, end, mark_not_bare);
    while (at < end && (*at == '+' || *at == '.' || *at == ':'))
        at = find(at + 1, end, mark_not_bare);
    return at;
}

/* The characters of a number, date or boolean; a blank between date and time is one of them. */
static struct slice take_word(struct parser *p)
{
    enum { DATE = sizeof "1979-05-27" - 1 };
    const char *start = p->at, *end = skip_word(start, p->end);

    if (end - start == DATE && start[4] == '-' && start[7] == '-' && p->end - end > 1 &&
        *end == ' ' && toml_digit(end[1]) < 10)
        end = skip_word(end + 1, p->end);
    p->at = end;
    return (struct slice){start, (size_t)(end - start)};
}

static bool read_word(struct parser *p, struct toml_value *v)
{
    struct slice word = take_word(p);
    struct toml_time time = {0}, *kept;
    const char *wrong;

    if (word.len == 0 && (at_line_end(p) || *p->at == '#'))
        return fail(p, word.at, "a value is missing");
    wrong = toml_word_read(word, v, &time);
    if (wrong)
        return fail(p, word.at, wrong);
    if (v->type < TOML_OFFSET_DATE_TIME)
        return true;
    kept = arena_alloc(p->arena, sizeof *kept);
    if (!kept)
        return no_memory(p);
    *kept = time;
    v->as.time = kept;
    return true;
}

static bool check_depth(struct parser *p, unsigned depth, const char *at)
{
    char reason[64];

    if (depth <= TOML_DEPTH_MAX)
        return true;
    snprintf(reason, sizeof reason, "nested more than %d deep", TOML_DEPTH_MAX);
    return fail(p, at, reason);
}

static bool read_key(struct parser *p, struct key *key)
{
    const char *start = p->at;

    *key = (struct key){.at = start, .bare = peek(p) != '"' && peek(p) != '\''};
    if (!key->bare)
        return read_line_string(p, &key->name);
    p->at = find(start, p->end, mark_not_bare);
    key->name = (struct slice){start, (size_t)(p->at - start)};
    return key->name.len > 0 || fail(p, start, "expected a key");
}

/* Goes into a table by its name, which makes it if need be. */
static bool enter(struct parser *p, struct place *in, const struct key *key, enum made how)
{
    bool is_new;
    struct toml_value *v = find_or_append(p, in->table, key->name, &is_new);

    if (!v || (is_new && !make_list(p, v, TOML_TABLE, how)))
        return false;
    if (v->type < TOML_ARRAY)
        return fail_key(p, key, "is no table, on", v->line);
    if (v->made == MADE_IN_PLACE)
        return fail_key(p, key, "is a complete value, on", v->line);
    if (v->made == MADE_BY_HEADER && how == MADE_BY_DOTS)
        return fail_key(p, key, "has a header of its own, on", v->line);
    if (how == MADE_BY_DOTS)
        v->made = MADE_BY_DOTS;
    in->depth += v->type == TOML_ARRAY ? 2 : 1;
    in->table = v->type == TOML_ARRAY ? v->as.list->last->as.list : v->as.list;
    return check_depth(p, in->depth, key->at);
}

/* a.b.c: goes into all but the last, which it returns. */
static bool read_path(struct parser *p, struct place *in, enum made how, struct key *last)
{
    for (;;) {
        skip_blanks(p);
        if (!read_key(p, last))
            return false;
        skip_blanks(p);
        if (peek(p) != '.')
            return true;
        p->at++;
        if (!enter(p, in, last, how))
            return false;
    }
}

static bool read_value(struct parser *p, struct toml_value *v, unsigned depth);

/* Arrays and inline tables go at most TOML_DEPTH_MAX deep. */
/* NOLINTBEGIN(misc-no-recursion) */

static bool read_array(struct parser *p, struct toml_value *array, unsigned depth)
{
    const char *open = p->at++;

    if (!make_list(p, array, TOML_ARRAY, MADE_IN_PLACE))
        return false;
    for (;;) {
        struct toml_value *v;

        skip_lines(p);
        if (p->at == p->end || *p->at == ']')
            break;
        v = append(p, array->as.list, (struct slice){"", 0});
        if (!v || !read_value(p, v, depth + 1))
            return false;
        skip_lines(p);
        if (peek(p) != ',')
            break;
        p->at++;
    }
    if (p->at == p->end)
        return fail(p, open, "this array is not closed");
    if (*p->at != ']')
        return fail(p, p->at, "expected , or ]");
    p->at++;
    return true;
}

static bool read_pair(struct parser *p, struct place in)
{
    struct toml_value *v;
    struct key key;
    bool is_new;

    if (!read_path(p, &in, MADE_BY_DOTS, &key))
        return false;
    if (peek(p) != '=')
        return fail(p, p->at, "expected = behind the key");
    p->at++;
    v = find_or_append(p, in.table, key.name, &is_new);
    if (!v)
        return false;
    if (!is_new)
        return fail_key(p, &key, "is there already, on", v->line);
    skip_blanks(p);
    return read_value(p, v, in.depth + 1);
}

static bool read_inline_table(struct parser *p, struct toml_value *table, unsigned depth)
{
    const char *open = p->at++;

    if (!make_list(p, table, TOML_TABLE, MADE_IN_PLACE))
        return false;
    skip_blanks(p);
    for (bool more = peek(p) != '}'; more;) {
        if (!read_pair(p, (struct place){table->as.list, depth}))
            return false;
        skip_blanks(p);
        more = peek(p) == ',';
        p->at += more;
    }
    if (at_line_end(p) || *p->at == '#')
        return fail(p, open, "this inline table is not closed on its line");
    if (*p->at != '}')
        return fail(p, p->at, "expected , or }");
    p->at++;
    return true;
}

static bool read_value(struct parser *p, struct toml_value *v, unsigned depth)
{
    switch (peek(p)) {
    case '"':
    case '\'':
        return read_string(p, v);
    case '[':
        return check_depth(p, depth, p->at) && read_array(p, v, depth);
    case '{':
        return check_depth(p, depth, p->at) && read_inline_table(p, v, depth);
    default:
        return read_word(p, v);
    }
}

/* NOLINTEND(misc-no-recursion) */

/* --- the text: headers and pairs --- */

static bool open_table(struct parser *p, struct place *in, const struct key *key)
{
    bool is_new;
    struct toml_value *v = find_or_append(p, in->table, key->name, &is_new);

    if (!v || (is_new && !make_list(p, v, TOML_TABLE, MADE_ON_THE_WAY)))
        return false;
    if (v->made != MADE_ON_THE_WAY)
        return fail_key(p, key, "is there already, on", v->line);
    v->made = MADE_BY_HEADER;
    v->line = p->line;
    *in = (struct place){v->as.list, in->depth + 1};
    return true;
}

/* One more table in an array of tables. */
static bool open_element(struct parser *p, struct place *in, const struct key *key)
{
    bool is_new;
    struct toml_value *v = find_or_append(p, in->table, key->name, &is_new);
    struct toml_value *element;

    if (!v || (is_new && !make_list(p, v, TOML_ARRAY, MADE_BY_HEADER)))
        return false;
    if (v->type != TOML_ARRAY || v->made != MADE_BY_HEADER)
        return fail_key(p, key, "is there already, on", v->line);
    element = append(p, v->as.list, (struct slice){"", 0});
    if (!element || !make_list(p, element, TOML_TABLE, MADE_BY_HEADER))
        return false;
    *in = (struct place){element->as.list, in->depth + 2};
    return true;
}

static bool read_header(struct parser *p, struct toml_list *root, struct place *in)
{
    const char *open = p->at;
    bool array = p->end - p->at > 1 && p->at[1] == '[';
    struct key key;

    p->at += 1 + array;
    *in = (struct place){root, 0};
    if (!read_path(p, in, MADE_ON_THE_WAY, &key))
        return false;
    if (peek(p) != ']' || (array && (p->end - p->at < 2 || p->at[1] != ']')))
        return fail(p, p->at, array ? "expected ]]" : "expected ]");
    p->at += 1 + array;
    return (array ? open_element(p, in, &key) : open_table(p, in, &key)) &&
           check_depth(p, in->depth, open);
}

static bool read_text(struct parser *p, struct toml_list *root)
{
    struct place in = {root, 0};

    for (;;) {
        skip_lines(p);
        if (p->at == p->end)
            return true;
        if (*p->at == '[' ? !read_header(p, root, &in) : !read_pair(p, in))
            return false;
        skip_blanks(p);
        skip_comment(p);
        if (!at_line_end(p))
            return fail(p, p->at, "expected the end of the line");
    }
}

enum err_code toml_parse(struct slice text, struct arena *arena, struct toml_value **root,
                         struct err *err)
{
    size_t mark = text.len >= 3 && memcmp(text.at, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    struct parser p = {.start = text.at + mark,
                       .at = text.at + mark,
                       .end = text.at + text.len,
                       .line = 1,
                       .arena = arena,
                       .err = err};
    struct toml_list none = {0};
    struct toml_value *all;
    bool done;

    if (text.len > TOML_TEXT_MAX)
        return err_set(err, ERR_FORMAT, "a TOML text of more than %d MiB", TOML_TEXT_MAX >> 20);
    crypto_shorthash_keygen(p.hash_key);
    all = append(&p, &none, (struct slice){"", 0});
    done = all && make_list(&p, all, TOML_TABLE, MADE_BY_HEADER) && check_characters(&p) &&
           read_text(&p, all->as.list);
    sodium_memzero(p.hash_key, sizeof p.hash_key);
    if (!done)
        return err->code;
    *root = all;
    return ERR_NONE;
}
