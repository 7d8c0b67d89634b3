/* The forms in which programs write a value. Where writers differ, each variant is a form: which
 * characters are escaped, upper or lower case, with or without padding. */
#include "forms.h"

#include "base/base64.h"
#include "base/text.h"

#include <string.h>

struct maker {
    struct forms *forms;
    enum forms_use use;
    enum form kind;   /* of the forms that are being added */
    size_t first;     /* this value's first form in the list */
    struct buf *text; /* the form that is being written */
    bool failed;
};

static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

/* Keeps a summary: a long value has many forms, some six times its length. */
static void add(struct maker *m, struct slice form)
{
    struct needles_pattern pattern;
    const struct needles_pattern *all;
    size_t count;

    if (m->failed || !needles_summarize(&m->forms->arena, form, &pattern)) {
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

/* Adds the text that was written, and clears it for the next form. */
static void add_text(struct maker *m)
{
    m->failed = m->failed || !buf_ok(m->text);
    if (!m->failed)
        add(m, buf_slice(m->text));
    buf_clear(m->text);
}

static void put_byte(struct maker *m, char c)
{
    buf_add(m->text, &c, 1);
}

static void put_hex(struct maker *m, unsigned value, int digits, const char *alphabet)
{
    while (digits-- > 0)
        put_byte(m, alphabet[value >> 4 * digits & 15]);
}

/* ---- plain: a terminal or a file may have \r\n for \n, a string in quotes \n as two characters
 * ---- */

static void add_with_newlines(struct maker *m, struct slice value, const char *newline)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] == '\n')
            buf_add_text(m->text, newline);
        else
            put_byte(m, value.at[i]);
    add_text(m);
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
        put_hex(m, (unsigned char)value.at[i], 2, alphabet);
    add_text(m);
}

/* ---- base64 ---- */

/* In lines, as base64(1) and openssl write it. */
static void add_wrapped(struct maker *m, struct slice text, size_t width, const char *end)
{
    if (text.len <= width)
        return;
    for (size_t at = 0; at < text.len; at += width) {
        if (at)
            buf_add_text(m->text, end);
        buf_add(m->text, text.at + at, text.len - at < width ? text.len - at : width);
    }
    add_text(m);
}

/* text is the base64, with padding, of `shift` other bytes and the value. Its first `decided`
 * characters do not depend on what follows the value; its padding begins at `unpadded`. */
static void add_encoded(struct maker *m, struct slice text, size_t shift, size_t decided,
                        size_t unpadded)
{
    const size_t lengths[] = {decided, unpadded, text.len}, skip = (shift * 8 + 5) / 6;
    const size_t count = m->use == FORMS_TO_FIND ? 1 : 3;

    for (size_t i = 0; i < count; i++) {
        add(m, (struct slice){text.at + skip, lengths[i] - skip});
        for (size_t width = 64; width <= 76 && shift == 0; width += 12) {
            add_wrapped(m, (struct slice){text.at, lengths[i]}, width, "\n");
            add_wrapped(m, (struct slice){text.at, lengths[i]}, width, "\r\n");
        }
    }
}

static void add_base64(struct maker *m, struct slice value, size_t shift)
{
    size_t len = shift + value.len, size = BASE64_ENCODED(len), padded = (len + 2) / 3 * 4;
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
    add_encoded(m, (struct slice){text, padded}, shift, len * 8 / 6, size);
    for (size_t i = 0; i < size; i++)
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    add_encoded(m, (struct slice){text, padded}, shift, len * 8 / 6, size);
}

/* ---- URLs ---- */

static void add_url(struct maker *m, struct slice value, const char *kept, bool plus,
                    const char *alphabet)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.at[i];

        if (text_is_alnum(c) || text_is_one_of(c, kept)) {
            put_byte(m, c);
        } else if (c == ' ' && plus) {
            put_byte(m, '+');
        } else {
            put_byte(m, '%');
            put_hex(m, (unsigned char)c, 2, alphabet);
        }
    }
    add_text(m);
}

static void add_urls(struct maker *m, struct slice value)
{
    static const char *const kept[] = {
        "-._~",                 /* RFC 3986 */
        "-._~/",                /* Python's quote */
        "-._~!*'()",            /* encodeURIComponent */
        "-._*",                 /* forms */
        "-._",                  /* forms of PHP */
        "-._~!*'();/?:@&=+$,#", /* encodeURI */
        "-._~!$&'()*+,;=",      /* a path or a password in Go, Rust */
        "-._~$&+:=@",           /* a path segment in Go */
    };
    const bool has_space = slice_has(value, ' ');

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        for (int plus = 0; plus <= has_space; plus++) {
            add_url(m, value, kept[i], plus, upper);
            add_url(m, value, kept[i], plus, lower);
        }
}

/* ---- JSON ---- */

/* Options of writers: / as \/, only ASCII unescaped, a newline as \u000a. */
enum json_option { SLASH = 1, ASCII = 2, LONGHAND = 4, OPTIONS = 8 };

struct json_style {
    const char *also;     /* characters that are escaped in addition */
    const char *alphabet; /* of hexadecimal digits */
    unsigned options;
};

/* The options that make a difference to the value. */
static unsigned find_options(struct slice value)
{
    unsigned options = 0;

    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];

        if (c == '/')
            options |= SLASH;
        else if (c >= 0x80)
            options |= ASCII;
        else if (c < 0x20 || c == 0x7F)
            options |= LONGHAND;
    }
    return options;
}

static void put_escape(struct maker *m, unsigned unit, const char *alphabet)
{
    buf_add_text(m->text, "\\u");
    put_hex(m, unit, 4, alphabet);
}

static void put_character(struct maker *m, uint32_t c, const char *alphabet)
{
    if (c > 0xFFFF) {
        put_escape(m, 0xD800 + ((c - 0x10000) >> 10), alphabet);
        c = 0xDC00 + ((c - 0x10000) & 0x3FF);
    }
    put_escape(m, c, alphabet);
}

static void put_ascii(struct maker *m, char c, const struct json_style *style)
{
    static const char plain[] = "\b\f\n\r\t", letters[] = "bfnrt";
    const bool longhand = style->options & LONGHAND;
    const char *short_form = c && !longhand ? strchr(plain, c) : NULL;

    if (text_is_one_of(c, style->also) || (c == 0x7F && longhand) ||
        ((unsigned char)c < 0x20 && !short_form)) {
        put_escape(m, (unsigned char)c, style->alphabet);
        return;
    }
    if (short_form || c == '"' || c == '\\' || (c == '/' && (style->options & SLASH)))
        put_byte(m, '\\');
    put_byte(m, short_form ? letters[short_form - plain] : c);
}

/* A byte that is not UTF-8 is written as the character of that number. */
static void add_json(struct maker *m, struct slice value, const struct json_style *style)
{
    for (size_t i = 0, len; i < value.len; i += len) {
        struct slice rest = {value.at + i, value.len - i};
        bool valid = text_utf8_prefix((struct slice){rest.at, rest.len < 4 ? rest.len : 4}) > 0;

        len = 1;
        if ((unsigned char)rest.at[0] < 0x80)
            put_ascii(m, rest.at[0], style);
        else if (valid && (style->options & ASCII))
            put_character(m, text_character(rest, &len), style->alphabet);
        else if (style->options & ASCII)
            put_escape(m, (unsigned char)rest.at[0], style->alphabet);
        else
            put_byte(m, rest.at[0]);
    }
    add_text(m);
}

static void add_jsons(struct maker *m, struct slice value, const char *alphabet)
{
    static const char *const also[] = {"", "<>&", "<>&'", "\"<>&'+`"}; /* to embed it in HTML */
    const unsigned options = find_options(value);

    for (size_t i = 0; i < sizeof also / sizeof *also; i++)
        for (unsigned style = 0; style < OPTIONS; style++)
            if ((style & ~options) == 0)
                add_json(m, value, &(struct json_style){also[i], alphabet, style});
    for (size_t i = 0; i < value.len && m->use == FORMS_TO_MASK; i++)
        put_escape(m, (unsigned char)value.at[i], alphabet);
    if (m->use == FORMS_TO_MASK)
        add_text(m);
}

/* As this program writes it: text_json, without the quotes. */
static void add_own_json(struct maker *m, struct slice value)
{
    text_json(m->text, value);
    m->failed = m->failed || !buf_ok(m->text);
    if (!m->failed)
        add(m, (struct slice){m->text->data + 1, m->text->len - 2});
    buf_clear(m->text);
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

bool forms_add(struct forms *f, struct slice value, enum forms_use use)
{
    struct maker m = {.forms = f, .use = use, .kind = FORM_PLAIN, .text = &f->text};

    forms_list(f, &m.first);
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
        add_jsons(&m, value, lower);
        add_jsons(&m, value, upper);
        add_own_json(&m, value);
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
    static const char *const names[] = {"plain", "hex", "base64", "url", "json"};

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
