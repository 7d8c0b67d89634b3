/* One word of TOML: a number, a boolean, a date or a time. Each reader takes all of its word, and
 * returns what is wrong with it, or NULL. */
#include "toml_word.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_MAX = 770 }; /* significant ones that decide how a decimal rounds to a double */

unsigned toml_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 99;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char not_a_value[] = "not a value: a string needs quotes";

/* --- numbers --- */

static const char not_a_number[] = "malformed number";

/* Digits with single underscores between them. */
static const char *read_digits(struct slice digits, unsigned base, uint64_t most, uint64_t *n)
{
    bool behind_digit = false;

    *n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = toml_digit(digits.at[i]);

        if (digits.at[i] == '_' && behind_digit) {
            behind_digit = false;
            continue;
        }
        if (digit >= base)
            return not_a_number;
        if (*n > (most - digit) / base)
            return "this integer does not fit into 64 bits";
        *n = *n * base + digit;
        behind_digit = true;
    }
    return behind_digit ? NULL : not_a_number;
}

static const char *read_integer(struct slice digits, unsigned base, bool negative, int64_t *integer)
{
    uint64_t n;
    const char *wrong = read_digits(digits, base, (uint64_t)INT64_MAX + negative, &n);

    if (wrong)
        return wrong;
    *integer = negative && n > 0 ? -(int64_t)(n - 1) - 1 : (int64_t)n;
    return NULL;
}

/* Behind digits with single underscores between them; NULL if there are none. */
static const char *skip_digits(const char *at, const char *end)
{
    if (at == end || !is_digit(*at))
        return NULL;
    while (at < end && (is_digit(*at) || (*at == '_' && end - at > 1 && is_digit(at[1]))))
        at++;
    return at;
}

static bool is_float(const char *at, const char *end)
{
    at = skip_digits(at, end);
    if (at && at < end && *at == '.')
        at = skip_digits(at + 1, end);
    if (at && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at = skip_digits(at + (at < end && (*at == '+' || *at == '-')), end);
    }
    return at == end;
}

/* Well formed, behind the e. Beyond what any text's digits could make up for it stays as it is. */
static long read_exponent(const char *at, const char *end)
{
    bool negative = *at == '-';
    long n = 0;

    for (; at < end; at++)
        if (is_digit(*at) && n <= TOML_TEXT_MAX)
            n = n * 10 + (*at - '0');
    return negative ? -n : n;
}

/* The nearest double: strtod is given an integer and an exponent, as its decimal point is the
 * locale's. Digits that are left out can matter only in not being zero. */
static double read_float(const char *at, const char *end)
{
    char digits[DIGITS_MAX + 32];
    size_t count = 0;
    long exponent = 0;
    bool fraction = false, more = false;
    double number;

    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        fraction = fraction || *at == '.';
        if (!is_digit(*at))
            continue;
        if (count < DIGITS_MAX && (count > 0 || *at != '0'))
            digits[count++] = *at;
        else if (count == DIGITS_MAX)
            exponent++, more = more || *at != '0';
        exponent -= fraction;
    }
    if (more)
        digits[count++] = '1', exponent--;
    if (at < end)
        exponent += read_exponent(at + 1, end);
    snprintf(digits + count, sizeof digits - count, "%se%ld", count ? "" : "0", exponent);
    number = strtod(digits, NULL);
    sodium_memzero(digits, sizeof digits);
    return number;
}

static void set_float(struct toml_value *v, double number, bool negative)
{
    v->type = TOML_FLOAT;
    v->as.number = negative ? -number : number;
}

/* Of a word that is no number of digits. */
static const char *read_special(struct slice word, bool sign, bool negative, struct toml_value *v)
{
    if (slice_is(word, "inf"))
        set_float(v, (double)INFINITY, negative);
    else if (slice_is(word, "nan"))
        set_float(v, (double)NAN, negative);
    else
        return sign ? not_a_number : not_a_value;
    return NULL;
}

static unsigned base_of(struct slice word)
{
    if (word.len < 2 || word.at[0] != '0')
        return 10;
    return word.at[1] == 'x' ? 16 : word.at[1] == 'o' ? 8 : word.at[1] == 'b' ? 2 : 10;
}

static const char *read_number(struct slice word, struct toml_value *v)
{
    bool negative = *word.at == '-', sign = negative || *word.at == '+';
    struct slice rest = {word.at + sign, word.len - sign};
    const char *end = word.at + word.len;
    unsigned base = base_of(word);

    if (rest.len == 0 || !is_digit(*rest.at))
        return read_special(rest, sign, negative, v);
    v->type = TOML_INTEGER;
    if (base != 10)
        return read_integer((struct slice){word.at + 2, word.len - 2}, base, false, &v->as.integer);
    if (*rest.at == '0' && rest.len > 1 && (is_digit(rest.at[1]) || rest.at[1] == '_'))
        return "a number begins with a zero";
    if (skip_digits(rest.at, end) == end)
        return read_integer(rest, 10, negative, &v->as.integer);
    if (!is_float(rest.at, end))
        return not_a_number;
    set_float(v, read_float(rest.at, end), negative);
    return NULL;
}

/* --- dates and times --- */

/* What is left of a word. */
struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *c, char either, char or)
{
    if (c->at == c->end || (*c->at != either && *c->at != or))
        return false;
    c->at++;
    return true;
}

static bool take_number(struct cursor *c, int digits, unsigned *n)
{
    *n = 0;
    for (; digits > 0; digits--, c->at++) {
        if (c->at == c->end || !is_digit(*c->at))
            return false;
        *n = *n * 10 + (unsigned)(*c->at - '0');
    }
    return true;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && leap ? 29 : days[month - 1];
}

static const char not_a_time[] = "malformed date or time";
static const char no_such_time[] = "there is no such date or time";

static const char *read_date(struct cursor *c, struct toml_time *t)
{
    unsigned year, month, day;

    if (!take_number(c, 4, &year) || !take(c, '-', '-') || !take_number(c, 2, &month) ||
        !take(c, '-', '-') || !take_number(c, 2, &day))
        return not_a_time;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return no_such_time;
    t->year = (uint16_t)year;
    t->month = (uint8_t)month;
    t->day = (uint8_t)day;
    return NULL;
}

static bool read_fraction(struct cursor *c, uint32_t *nanosecond)
{
    uint32_t unit = 100000000;
    bool any = false;

    for (; c->at < c->end && is_digit(*c->at); c->at++, unit /= 10, any = true)
        *nanosecond += unit * (uint32_t)(*c->at - '0');
    return any;
}

static const char *read_clock(struct cursor *c, struct toml_time *t)
{
    unsigned hour, minute, second;

    if (!take_number(c, 2, &hour) || !take(c, ':', ':') || !take_number(c, 2, &minute) ||
        !take(c, ':', ':') || !take_number(c, 2, &second) ||
        (take(c, '.', '.') && !read_fraction(c, &t->nanosecond)))
        return not_a_time;
    if (hour > 23 || minute > 59 || second > 60)
        return no_such_time;
    t->hour = (uint8_t)hour;
    t->minute = (uint8_t)minute;
    t->second = (uint8_t)second;
    return NULL;
}

static const char *read_offset(struct cursor *c, struct toml_time *t)
{
    unsigned hour, minute;
    bool west = c->at < c->end && *c->at == '-';

    if (take(c, 'Z', 'z'))
        return NULL;
    if (!take(c, '+', '-') || !take_number(c, 2, &hour) || !take(c, ':', ':') ||
        !take_number(c, 2, &minute))
        return not_a_time;
    if (hour > 23 || minute > 59)
        return no_such_time;
    minute += hour * 60;
    t->offset = (int16_t)(west ? -(int)minute : (int)minute);
    return NULL;
}

static bool is_clock(struct slice word)
{
    return word.len > 2 && word.at[2] == ':';
}

/* And no float, whose minus stands behind an e. */
static bool is_date(struct slice word)
{
    return word.len > 4 && word.at[4] == '-' && is_digit(word.at[3]);
}

static const char *read_time(struct slice word, struct toml_value *v, struct toml_time *t)
{
    struct cursor c = {word.at, word.at + word.len};
    const char *wrong;

    v->type = TOML_LOCAL_TIME;
    if (is_date(word)) {
        v->type = TOML_LOCAL_DATE;
        wrong = read_date(&c, t);
        if (wrong || c.at == c.end)
            return wrong;
        v->type = TOML_LOCAL_DATE_TIME;
        if (!take(&c, 'T', 't') && !take(&c, ' ', ' '))
            return not_a_time;
    }
    wrong = read_clock(&c, t);
    if (!wrong && c.at < c.end && v->type == TOML_LOCAL_DATE_TIME) {
        v->type = TOML_OFFSET_DATE_TIME;
        wrong = read_offset(&c, t);
    }
    return wrong || c.at == c.end ? wrong : not_a_time;
}

/* --- all of them --- */

static const char *read_boolean(struct slice word, struct toml_value *v)
{
    v->type = TOML_BOOLEAN;
    v->as.boolean = slice_is(word, "true");
    return v->as.boolean || slice_is(word, "false") ? NULL : not_a_value;
}

const char *toml_word_read(struct slice word, struct toml_value *v, struct toml_time *time)
{
    if (word.len == 0)
        return not_a_value;
    if (is_digit(*word.at) && (is_clock(word) || is_date(word)))
        return read_time(word, v, time);
    if (*word.at == 't' || *word.at == 'f')
        return read_boolean(word, v);
    return read_number(word, v);
}
