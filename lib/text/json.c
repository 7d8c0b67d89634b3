/* Reads JSON, as much as a set of values needs: one object of strings. */
#include "json.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    const char *start, *at, *end;
    struct arena *arena;
    struct err *err;
};

static bool refuse(struct reader *r, const char *why)
{
    size_t line = 1;

    for (const char *c = r->start; c < r->at; c++)
        line += *c == '\n';
    err_set(r->err, ERR_FORMAT, "line %zu: %s", line, why);
    return false;
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

static bool take_text(struct reader *r, const char *text)
{
    size_t len = strlen(text);

    skip_space(r);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0)
        return false;
    r->at += len;
    return true;
}

static bool take_hex(struct reader *r, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        uint32_t digit = r->at < r->end ? text_hex_digit(*r->at) : 16;

        if (digit == 16)
            return refuse(r, "a malformed \\u escape");
        *unit = *unit << 4 | digit;
    }
    return true;
}

/* \uXXXX, or two of them if the first is a high surrogate. */
static bool take_unicode(struct reader *r, char **out)
{
    uint32_t c, low;

    if (!take_hex(r, &c))
        return false;
    if (c >= 0xD800 && c <= 0xDBFF) {
        if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
            return refuse(r, "half of a surrogate pair");
        r->at += 2;
        if (!take_hex(r, &low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return refuse(r, "half of a surrogate pair");
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    } else if (c >= 0xDC00 && c <= 0xDFFF) {
        return refuse(r, "half of a surrogate pair");
    }
    *out = text_put_character(*out, c);
    return true;
}

static bool take_escape(struct reader *r, char **out)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *found = *r->at ? strchr(letters, *r->at) : NULL;

    if (*r->at == 'u') {
        r->at++;
        return take_unicode(r, out);
    }
    if (!found)
        return refuse(r, "an unknown escape");
    *(*out)++ = meant[found - letters];
    r->at++;
    return true;
}

/* The decoded string is never longer than its source. */
static bool take_string(struct reader *r, struct slice *string)
{
    const char *close = r->at;
    char *out;

    while (close < r->end && *close != '"')
        close += *close == '\\' && r->end - close > 1 ? 2 : 1;
    if (close >= r->end)
        return refuse(r, "a string that is not closed");
    out = arena_alloc(r->arena, (size_t)(close - r->at) + 1);
    if (!out) {
        err_no_memory(r->err);
        return false;
    }
    string->at = out;
    while (r->at < close) {
        if ((unsigned char)*r->at < 0x20)
            return refuse(r, "a control character in a string");
        if (*r->at != '\\') {
            *out++ = *r->at++;
            continue;
        }
        r->at++;
        if (!take_escape(r, &out))
            return false;
    }
    *out = '\0';
    string->len = (size_t)(out - string->at);
    r->at = close + 1;
    return true;
}

static const char *pass_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* The end of a number; its beginning if there is none. */
static const char *number_end(const char *begin, const char *end)
{
    const char *at = begin + (begin < end && *begin == '-'), *digits = at, *more;

    at = pass_digits(at, end);
    if (at == digits || (*digits == '0' && at > digits + 1))
        return begin;
    if (at < end && *at == '.') {
        more = pass_digits(at + 1, end);
        if (more == at + 1)
            return begin;
        at = more;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        const char *exponent = at + 1 + (at + 1 < end && (at[1] == '-' || at[1] == '+'));

        more = pass_digits(exponent, end);
        if (more == exponent)
            return begin;
        at = more;
    }
    return at;
}

/* A number or boolean, as it is written. */
static bool take_bare(struct reader *r, struct slice *value)
{
    const char *begin = r->at;

    if (!take_text(r, "true") && !take_text(r, "false"))
        r->at = number_end(r->at, r->end);
    value->len = (size_t)(r->at - begin);
    value->at = value->len > 0 ? arena_copy(r->arena, begin, value->len) : NULL;
    if (value->len > 0 && !value->at)
        err_no_memory(r->err);
    return value->at != NULL;
}

static bool take_pair(struct reader *r, struct json_pair *pair)
{
    struct slice name = {"", 0};
    struct buf shown = {0};

    if (!take_text(r, "\""))
        return refuse(r, "expected a name in quotes");
    if (!take_string(r, &name))
        return false;
    if (memchr(name.at, '\0', name.len))
        return refuse(r, "a zero byte in a name");
    pair->name = name.at;
    pair->value = (struct slice){NULL, 0};
    if (!take_text(r, ":"))
        return refuse(r, "expected a colon");
    if (take_text(r, "null"))
        return true;
    if (take_text(r, "\""))
        return take_string(r, &pair->value);
    if (take_bare(r, &pair->value))
        return true;
    if (pair->value.len > 0)
        return false;
    text_escape(&shown, name, NAME_MAX_LEN);
    err_set(r->err, ERR_FORMAT, "%s is not a string, number or boolean",
            buf_text(&shown, "a value"));
    buf_free(&shown);
    return false;
}

/* Refuses a repeated name, whose value would be ambiguous. */
static bool refuse_repeated(const struct json_pair *pairs, size_t count, struct err *err)
{
    const char **names = calloc(count + 1, sizeof *names);
    struct buf shown = {0};
    bool good = true;

    for (size_t i = 0; names && i < count; i++)
        names[i] = pairs[i].name;
    if (names)
        qsort(names, count, sizeof *names, text_compare);
    for (size_t i = 1; names && i < count && good; i++) {
        if (strcmp(names[i - 1], names[i]) != 0)
            continue;
        text_escape(&shown, slice_of(names[i]), NAME_MAX_LEN);
        err_set(err, ERR_FORMAT, "%s is defined twice", buf_text(&shown, "a name"));
        good = false;
    }
    if (!names)
        err_no_memory(err);
    buf_free(&shown);
    free(names);
    return names && good;
}

/* An upper bound: every pair has a colon. */
static size_t most_pairs(struct slice text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += text.at[i] == ':';
    return n;
}

enum err_code json_read_strings(struct slice text, struct arena *arena, struct json_pair **pairs,
                                size_t *count, struct err *err)
{
    struct reader r = {text.at, text.at, text.at + text.len, arena, err};
    bool good = true;

    *count = 0;
    err_set(err, ERR_FORMAT, "not UTF-8");
    if (!text_is_utf8(text))
        return err->code;
    *pairs = arena_alloc(arena, (most_pairs(text) + 1) * sizeof **pairs);
    if (!*pairs)
        return err_no_memory(err);
    take_text(&r, "\xEF\xBB\xBF");
    if (!take_text(&r, "{"))
        good = refuse(&r, "not one JSON object");
    else if (!take_text(&r, "}"))
        do {
            good = take_pair(&r, *pairs + *count);
            *count += good;
        } while (good && take_text(&r, ","));
    if (good && *count > 0 && !take_text(&r, "}"))
        good = refuse(&r, "expected a comma or the end of the object");
    skip_space(&r);
    if (good && r.at < r.end)
        good = refuse(&r, "text after the object");
    good = good && refuse_repeated(*pairs, *count, err);
    return good ? ERR_OK : err->code;
}
