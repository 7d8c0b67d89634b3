/* The forms in which programs write a value. Where writers differ, each variant is a form: which
 * characters are escaped, upper or lower case, with or without padding. */
#include "forms.h"

#include "base/base64.h"
#include "base/text.h"

#include <string.h>

enum { PIECE = 4096, BYTES = 256, URL_STYLES = 16, JSON_STYLES = 32 };

/* The form that is being written, of which only a summary is kept: a long value has many forms,
 * some six times its length. In the arena of the forms. */
struct forms_writer {
    struct needles_summary summary; /* of what was flushed */
    size_t used;
    char piece[PIECE];
    bool present[BYTES]; /* the bytes that the value has */
};

struct maker {
    struct forms *forms;
    struct forms_writer *writer;
    enum forms_use use;
    enum form kind; /* of the forms that are being added */
    size_t first;   /* this value's first form in the list */
    bool failed;
};

static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

static void flush(struct maker *m)
{
    struct forms_writer *w = m->writer;

    needles_summary_add(&w->summary, (struct slice){w->piece, w->used});
    w->used = 0;
}

/* Where the next few characters are to be written. */
static char *room(struct maker *m, size_t len)
{
    struct forms_writer *w = m->writer;

    if (len > PIECE - w->used)
        flush(m);
    w->used += len;
    return w->piece + w->used - len;
}

static void put_byte(struct maker *m, char c)
{
    *room(m, 1) = c;
}

static void put(struct maker *m, struct slice text)
{
    if (text.len <= PIECE) {
        memcpy(room(m, text.len), text.at, text.len);
        return;
    }
    flush(m);
    needles_summary_add(&m->writer->summary, text);
}

static void put_text(struct maker *m, const char *text)
{
    put(m, slice_of(text));
}

static void put_hex(struct maker *m, unsigned char byte, const char *alphabet)
{
    char *at = room(m, 2);

    at[0] = alphabet[byte >> 4];
    at[1] = alphabet[byte & 15];
}

/* Adds what was written as a form; more of it may follow. */
static void add_so_far(struct maker *m)
{
    struct needles_pattern pattern;
    const struct needles_pattern *all;
    size_t count;

    flush(m);
    if (m->failed || !needles_summary_end(&m->writer->summary, &m->forms->arena, &pattern)) {
        m->failed = true;
        return;
    }
    all = forms_list(m->forms, &count);
    for (size_t i = m->first; i < count; i++)
        if (needles_compare(&all[i], &pattern) == 0)
            return;
    buf_add(&m->forms->list, &pattern, sizeof pattern);
    buf_add(&m->forms->kinds, &m->kind, sizeof m->kind);
}

static void drop(struct maker *m)
{
    m->writer->summary = (struct needles_summary){.len = 0};
    m->writer->used = 0;
}

/* Adds the form that was written, and begins the next one. */
static void add_written(struct maker *m)
{
    add_so_far(m);
    drop(m);
}

static void add(struct maker *m, struct slice form)
{
    put(m, form);
    add_written(m);
}

/* ---- plain: a terminal or a file may have \r\n for \n, a string in quotes \n as two characters
 * ---- */

static void add_with_newlines(struct maker *m, struct slice value, const char *newline)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] == '\n')
            put_text(m, newline);
        else
            put_byte(m, value.at[i]);
    add_written(m);
}

static void add_plain(struct maker *m, struct slice value)
{
    add(m, value);
    if (!slice_has(value, '\n'))
        return;
    add_with_newlines(m, value, "\r\n");
    add_with_newlines(m, value, "\\n");
}

/* Also without the newlines at its end, which programs that print a line drop. */
static void add_lines(struct maker *m, struct slice value)
{
    struct slice line = value;

    while (line.len > 0 && text_is_one_of(line.at[line.len - 1], "\r\n"))
        line.len--;
    add_plain(m, value);
    if (line.len < value.len && line.len >= FORMS_LEAST)
        add_plain(m, line);
}

/* ---- hexadecimal ---- */

static void add_hex(struct maker *m, struct slice value, const char *alphabet)
{
    for (size_t i = 0; i < value.len; i++)
        put_hex(m, (unsigned char)value.at[i], alphabet);
    add_written(m);
}

/* ---- base64 ---- */

/* The base64, with padding, of `shift` other bytes and the value. Its first lengths[0] characters
 * do not depend on what follows the value, its padding begins at lengths[1], and it ends at
 * lengths[2]. */
struct encoded {
    const char *at;
    size_t shift, lengths[3];
};

/* In lines, as base64(1) and openssl write it, or (width 0) as a whole. A text that fits on one
 * line is a whole one. */
static void add_lengths(struct maker *m, const struct encoded *e, size_t width, const char *end)
{
    const size_t count = m->use == FORMS_TO_FIND ? 1 : 3;
    size_t at = (e->shift * 8 + 5) / 6;

    for (size_t i = 0; i < count; i++) {
        while (at < e->lengths[i]) {
            size_t left = e->lengths[i] - at, most = width ? width - at % width : left;
            struct slice part = {e->at + at, left < most ? left : most};

            if (width && at && at % width == 0)
                put_text(m, end);
            put(m, part);
            at += part.len;
        }
        if (e->lengths[i] > width)
            add_so_far(m);
    }
    drop(m);
}

static void add_encoded(struct maker *m, const struct encoded *e)
{
    add_lengths(m, e, 0, "");
    for (size_t width = 64; width <= 76 && e->shift == 0; width += 12) {
        add_lengths(m, e, width, "\n");
        add_lengths(m, e, width, "\r\n");
    }
}

static void add_base64(struct maker *m, struct slice value, size_t shift)
{
    size_t len = shift + value.len, size = BASE64_ENCODED(len), padded = (len + 2) / 3 * 4;
    struct encoded e;
    char *shifted, *text;

    buf_clear(&m->forms->encoded);
    shifted = buf_reserve(&m->forms->encoded, len + padded);
    if (!shifted) {
        m->failed = true;
        return;
    }
    m->forms->encoded.len = len + padded; /* buf_clear wipes this much */
    text = shifted + len;
    memset(shifted, 0, shift);
    memcpy(shifted + shift, value.at, value.len);
    base64_encode(text, shifted, len);
    memset(text + size, '=', padded - size);
    e = (struct encoded){text, shift, {len * 8 / 6, size, padded}};
    add_encoded(m, &e);
    for (size_t i = 0; i < size; i++)
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    add_encoded(m, &e);
}

/* ---- URLs ---- */

/* What a style makes of a byte. */
enum shape { SAME, PLUS, BACKSLASH, LETTER, HEX };

/* Styles differ only if they make something else of a byte that the value has. */
static bool is_new(const struct maker *m, const uint8_t (*styles)[BYTES], size_t last)
{
    for (size_t i = 0; i < last; i++) {
        bool same = true;

        for (size_t c = 0; c < BYTES && same; c++)
            same = !m->writer->present[c] || styles[i][c] == styles[last][c];
        if (same)
            return false;
    }
    return true;
}

/* The bytes at the start of the text that stay as they are. */
static struct slice same_run(struct slice text, const uint8_t style[BYTES])
{
    size_t len = 0;

    while (len < text.len && style[(unsigned char)text.at[len]] == SAME)
        len++;
    return (struct slice){text.at, len};
}

/* Whether the alphabet of hexadecimal digits makes a difference. */
static bool has_letters(const struct maker *m, const uint8_t style[BYTES])
{
    for (unsigned c = 0; c < BYTES; c++)
        if (m->writer->present[c] && style[c] == HEX && (c >= 0x80 || c >> 4 > 9 || (c & 15) > 9))
            return true;
    return false;
}

static void find_url_style(uint8_t style[BYTES], const char *kept, bool plus)
{
    for (unsigned c = 0; c < BYTES; c++)
        if (text_is_alnum((char)c) || text_is_one_of((char)c, kept))
            style[c] = SAME;
        else
            style[c] = c == ' ' && plus ? PLUS : HEX;
}

static void add_url(struct maker *m, struct slice value, const uint8_t style[BYTES],
                    const char *alphabet)
{
    for (struct slice rest = value, run; rest.len > 0;) {
        run = same_run(rest, style);
        put(m, run);
        rest = (struct slice){rest.at + run.len, rest.len - run.len};
        if (rest.len == 0)
            break;
        put_byte(m, style[(unsigned char)rest.at[0]] == PLUS ? '+' : '%');
        if (style[(unsigned char)rest.at[0]] == HEX)
            put_hex(m, (unsigned char)rest.at[0], alphabet);
        rest = (struct slice){rest.at + 1, rest.len - 1};
    }
    add_written(m);
}

static void add_urls(struct maker *m, struct slice value)
{
    static const char *const kept[URL_STYLES / 2] = {
        "-._~",                 /* RFC 3986 */
        "-._~/",                /* Python's quote */
        "-._~!*'()",            /* encodeURIComponent */
        "-._*",                 /* forms */
        "-._",                  /* forms of PHP */
        "-._~!*'();/?:@&=+$,#", /* encodeURI */
        "-._~!$&'()*+,;=",      /* a path or a password in Go, Rust */
        "-._~$&+:=@",           /* a path segment in Go */
    };
    uint8_t styles[URL_STYLES][BYTES];

    for (size_t i = 0; i < URL_STYLES; i++) {
        find_url_style(styles[i], kept[i / 2], i % 2);
        if (!is_new(m, (const uint8_t(*)[BYTES])styles, i))
            continue;
        add_url(m, value, styles[i], upper);
        if (has_letters(m, styles[i]))
            add_url(m, value, styles[i], lower);
    }
}

/* ---- JSON ---- */

/* Options of writers: / as \/, only ASCII unescaped, a newline as \u000a. */
enum json_option { SLASH = 1, ASCII = 2, LONGHAND = 4, OPTIONS = 8 };

static void put_escape(struct maker *m, unsigned unit, const char *alphabet)
{
    char *at = room(m, 6);

    *at++ = '\\';
    *at++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *at++ = alphabet[unit >> shift & 15];
}

static void put_character(struct maker *m, uint32_t c, const char *alphabet)
{
    if (c > 0xFFFF) {
        put_escape(m, 0xD800 + ((c - 0x10000) >> 10), alphabet);
        c = 0xDC00 + ((c - 0x10000) & 0x3FF);
    }
    put_escape(m, c, alphabet);
}

static const char json_plain[] = "\b\f\n\r\t", json_letters[] = "bfnrt";

/* also: characters that are escaped in addition. */
static void find_json_style(uint8_t style[BYTES], const char *also, unsigned options)
{
    const bool longhand = options & LONGHAND;

    for (unsigned c = 0; c < BYTES; c++)
        if (c >= 0x80)
            style[c] = options & ASCII ? HEX : SAME;
        else if (text_is_one_of((char)c, also) || (c == 0x7F && longhand))
            style[c] = HEX;
        else if (c < 0x20)
            style[c] = text_is_one_of((char)c, json_plain) && !longhand ? LETTER : HEX;
        else
            style[c] = c == '"' || c == '\\' || (c == '/' && options & SLASH) ? BACKSLASH : SAME;
}

/* Returns how many bytes it took. One that is not UTF-8 is written as the character of that number.
 */
static size_t put_escaped(struct maker *m, struct slice rest, const char *alphabet)
{
    unsigned char c = (unsigned char)rest.at[0];
    size_t len = 1;

    if (c >= 0x80 && text_utf8_prefix((struct slice){rest.at, rest.len < 4 ? rest.len : 4}) > 0)
        put_character(m, text_character(rest, &len), alphabet);
    else
        put_escape(m, c, alphabet);
    return len;
}

/* What does not stay as it is; returns how many bytes it took. */
static size_t put_special(struct maker *m, struct slice rest, const uint8_t style[BYTES],
                          const char *alphabet)
{
    const char c = rest.at[0];
    char *at;

    if (style[(unsigned char)c] == HEX)
        return put_escaped(m, rest, alphabet);
    at = room(m, 2);
    at[0] = '\\';
    at[1] =
        style[(unsigned char)c] == LETTER ? json_letters[strchr(json_plain, c) - json_plain] : c;
    return 1;
}

static void add_json(struct maker *m, struct slice value, const uint8_t style[BYTES],
                     const char *alphabet)
{
    for (struct slice rest = value, run; rest.len > 0;) {
        size_t len;

        run = same_run(rest, style);
        put(m, run);
        rest = (struct slice){rest.at + run.len, rest.len - run.len};
        len = rest.len > 0 ? put_special(m, rest, style, alphabet) : 0;
        rest = (struct slice){rest.at + len, rest.len - len};
    }
    add_written(m);
}

static void add_jsons(struct maker *m, struct slice value)
{
    static const char *const also[] = {"", "<>&", "<>&'", "\"<>&'+`"}; /* to embed it in HTML */
    uint8_t styles[JSON_STYLES][BYTES];

    _Static_assert(sizeof also / sizeof *also * OPTIONS == JSON_STYLES, "a style for each");
    for (size_t i = 0; i < JSON_STYLES; i++) {
        find_json_style(styles[i], also[i / OPTIONS], i % OPTIONS);
        if (!is_new(m, (const uint8_t(*)[BYTES])styles, i))
            continue;
        add_json(m, value, styles[i], lower);
        if (has_letters(m, styles[i]))
            add_json(m, value, styles[i], upper);
    }
}

static void add_all_escaped(struct maker *m, struct slice value, const char *alphabet)
{
    for (size_t i = 0; i < value.len; i++)
        put_escape(m, (unsigned char)value.at[i], alphabet);
    add_written(m);
}

/* As this program writes it: text_json, without the quotes. */
static void add_own_json(struct maker *m, struct slice value)
{
    struct buf *text = &m->forms->text;

    text_json(text, value);
    m->failed = m->failed || !buf_ok(text);
    if (!m->failed)
        add(m, (struct slice){text->data + 1, text->len - 2});
    buf_clear(text);
}

/* ---- a word for a shell, without the quotes around it ---- */

static void add_shell(struct maker *m, struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] == '\'')
            put_text(m, "'\\''");
        else
            put_byte(m, value.at[i]);
    add_written(m);
}

/* ---- all of them ---- */

/* Whether any URL form, or any JSON form but the all-escaped one, differs from the value. */
static bool is_ever_escaped(struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!text_is_alnum(value.at[i]) && !text_is_one_of(value.at[i], "-._"))
            return true;
    return false;
}

/* False if out of memory. */
static bool begin(struct maker *m, struct slice value)
{
    struct forms_writer *w = m->forms->writer;

    if (!w)
        w = arena_alloc(&m->forms->arena, sizeof *w);
    if (!w)
        return false;
    m->forms->writer = m->writer = w;
    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < value.len; i++)
        w->present[(unsigned char)value.at[i]] = true;
    forms_list(m->forms, &m->first);
    return true;
}

static void add_all_json(struct maker *m, struct slice value)
{
    add_jsons(m, value);
    if (m->use == FORMS_TO_MASK) {
        add_all_escaped(m, value, lower);
        add_all_escaped(m, value, upper);
    }
    add_own_json(m, value);
}

bool forms_add(struct forms *f, struct slice value, enum forms_use use)
{
    struct maker m = {.forms = f, .use = use, .kind = FORM_PLAIN};

    if (!begin(&m, value))
        return false;
    add_lines(&m, value);
    m.kind = FORM_HEX;
    add_hex(&m, value, lower);
    add_hex(&m, value, upper);
    m.kind = FORM_BASE64;
    for (size_t shift = 0; shift < 3; shift++)
        add_base64(&m, value, shift);
    if (use == FORMS_TO_MASK || is_ever_escaped(value)) {
        m.kind = FORM_URL;
        add_urls(&m, value);
        m.kind = FORM_JSON;
        add_all_json(&m, value);
    }
    if (slice_has(value, '\'')) {
        m.kind = FORM_SHELL;
        add_shell(&m, value);
    }
    return !m.failed && buf_ok(&f->list) && buf_ok(&f->kinds);
}

const struct needles_pattern *forms_list(const struct forms *f, size_t *count)
{
    *count = f->list.len / sizeof(struct needles_pattern);
    return (const struct needles_pattern *)(const void *)f->list.data;
}

enum form forms_kind(const struct forms *f, size_t pattern)
{
    return ((const enum form *)(const void *)f->kinds.data)[pattern];
}

const char *form_name(enum form form)
{
    static const char *const names[] = {"plain", "hex", "base64", "url", "json", "shell"};

    return names[form];
}

void forms_done(struct forms *f)
{
    buf_free(&f->text);
    buf_free(&f->encoded);
}

void forms_free(struct forms *f)
{
    forms_done(f);
    buf_free(&f->list);
    buf_free(&f->kinds);
    arena_free(&f->arena);
}
