/* The forms in which programs write a value. Where writers differ, each habit is a form: which
 * characters are escaped, in capitals or not, with padding or without. */
#include "forms.h"

#include "base/base64.h"
#include "base/text.h"

#include <string.h>

struct maker {
    struct forms *forms;
    size_t first;     /* of this value's */
    struct buf *text; /* the form that is being made */
    bool failed;
};

static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

/* No form of a long value stays whole: there are many, and some have six times its length. */
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
        if (needles_same(&all[i], &pattern))
            return;
    buf_add(&m->forms->list, &pattern, sizeof pattern);
}

/* Adds what was written to the text, and begins another one. */
static void add_text(struct maker *m)
{
    m->failed = m->failed || !buf_ok(m->text);
    if (!m->failed)
        add(m, buf_slice(m->text));
    buf_clear(m->text);
}

static void put(struct maker *m, char c)
{
    buf_add(m->text, &c, 1);
}

static void put_hex(struct maker *m, unsigned value, int digits, const char *alphabet)
{
    while (digits-- > 0)
        put(m, alphabet[value >> 4 * digits & 15]);
}

/* ---- as it is: a terminal writes \r\n, and what prints a line drops the newline behind it ---- */

static void add_plain(struct maker *m, struct slice value)
{
    add(m, value);
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '\n')
            put(m, '\r');
        put(m, value.at[i]);
    }
    add_text(m);
}

static void add_lines(struct maker *m, struct slice value)
{
    add_plain(m, value);
    while (value.len > 0 && (value.at[value.len - 1] == '\n' || value.at[value.len - 1] == '\r'))
        value.len--;
    if (value.len >= FORMS_LEAST)
        add_plain(m, value);
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

/* text: the base64 of the value behind `shift` other bytes, with its padding; what stands before
 * `decided` does not depend on what follows the value, and before `unpadded` is no padding. */
static void add_encoded(struct maker *m, struct slice text, size_t shift, size_t decided,
                        size_t unpadded)
{
    const size_t lengths[] = {decided, unpadded, text.len}, skip = (shift * 8 + 5) / 6;

    for (size_t i = 0; i < 3; i++) {
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
    m->forms->encoded.len = len + padded; /* is wiped so far */
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

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void add_url(struct maker *m, struct slice value, const char *kept, bool plus,
                    const char *alphabet)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.at[i];

        if (is_alphanumeric(c) || is_one_of(c, kept)) {
            put(m, c);
        } else if (c == ' ' && plus) {
            put(m, '+');
        } else {
            put(m, '%');
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
    const bool has_space = memchr(value.at, ' ', value.len);

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        for (int plus = 0; plus <= has_space; plus++) {
            add_url(m, value, kept[i], plus, upper);
            add_url(m, value, kept[i], plus, lower);
        }
}

/* ---- JSON ---- */

enum json_habit { SLASH = 1, ASCII = 2, LONGHAND = 4, HABITS = 8 };

struct json_style {
    const char *also;     /* characters that are escaped, and need not be */
    const char *alphabet; /* of hexadecimal digits */
    unsigned habits;      /* \/ for /, all but ASCII escaped, \u000a instead of \n */
};

/* The habits that make a difference to the value. */
static unsigned find_habits(struct slice value)
{
    unsigned habits = 0;

    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];

        if (c == '/')
            habits |= SLASH;
        else if (c >= 0x80)
            habits |= ASCII;
        else if (c < 0x20 || c == 0x7F)
            habits |= LONGHAND;
    }
    return habits;
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
    const bool longhand = style->habits & LONGHAND;
    const char *short_form = c && !longhand ? strchr(plain, c) : NULL;

    if (is_one_of(c, style->also) || (c == 0x7F && longhand) ||
        ((unsigned char)c < 0x20 && !short_form)) {
        put_escape(m, (unsigned char)c, style->alphabet);
        return;
    }
    if (short_form || c == '"' || c == '\\' || (c == '/' && (style->habits & SLASH)))
        put(m, '\\');
    put(m, short_form ? letters[short_form - plain] : c);
}

/* A byte that is no UTF-8 is taken for the character of that number. */
static void add_json(struct maker *m, struct slice value, const struct json_style *style)
{
    for (size_t i = 0, len; i < value.len; i += len) {
        struct slice rest = {value.at + i, value.len - i};
        bool valid = text_utf8_prefix((struct slice){rest.at, rest.len < 4 ? rest.len : 4}) > 0;

        len = 1;
        if ((unsigned char)rest.at[0] < 0x80)
            put_ascii(m, rest.at[0], style);
        else if (valid && (style->habits & ASCII))
            put_character(m, text_character(rest, &len), style->alphabet);
        else if (style->habits & ASCII)
            put_escape(m, (unsigned char)rest.at[0], style->alphabet);
        else
            put(m, rest.at[0]);
    }
    add_text(m);
}

static void add_jsons(struct maker *m, struct slice value, const char *alphabet)
{
    static const char *const also[] = {"", "<>&", "<>&'", "\"<>&'+`"}; /* for HTML, more or less */
    const unsigned habits = find_habits(value);

    for (size_t i = 0; i < sizeof also / sizeof *also; i++)
        for (unsigned style = 0; style < HABITS; style++)
            if ((style & ~habits) == 0)
                add_json(m, value, &(struct json_style){also[i], alphabet, style});
    for (size_t i = 0; i < value.len; i++)
        put_escape(m, (unsigned char)value.at[i], alphabet);
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

bool forms_add(struct forms *f, struct slice value)
{
    struct maker m = {.forms = f, .text = &f->text};

    forms_list(f, &m.first);
    add_lines(&m, value);
    add_hex(&m, value, lower);
    add_hex(&m, value, upper);
    for (size_t shift = 0; shift < 3; shift++)
        add_base64(&m, value, shift);
    add_urls(&m, value);
    add_jsons(&m, value, lower);
    add_jsons(&m, value, upper);
    add_own_json(&m, value);
    return !m.failed && buf_ok(&f->list);
}

const struct needles_pattern *forms_list(const struct forms *f, size_t *count)
{
    *count = f->list.len / sizeof(struct needles_pattern);
    return (const struct needles_pattern *)(const void *)f->list.data;
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
    arena_free(&f->arena);
}
