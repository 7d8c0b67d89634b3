/* Text: names, UTF-8, numbers, dates, and escaping for a terminal. */
#include "text.h"

#include <string.h>
#include <time.h>

/* A bit for each letter, digit and _. A table, since branches would be mispredicted. */
static const uint64_t key_characters[4] = {UINT64_C(0x03FF000000000000),
                                           UINT64_C(0x07FFFFFE87FFFFFE)};

static bool is_key_character(char c)
{
    unsigned char place = (unsigned char)c;

    return key_characters[place / 64] >> place % 64 & 1;
}

#ifdef __SSE2__
typedef unsigned char octets __attribute__((vector_size(16)));
typedef char signs __attribute__((vector_size(16)));

/* The number of leading characters, of sixteen, that are a letter, a digit, _ or `also`. */
static inline size_t short_span(const char *at, unsigned char also)
{
    octets c, good;

    memcpy(&c, at, sizeof c);
    good = (octets)((c | 32) - 'a' < 26) | (octets)(c - '0' < 10) | (octets)(c == '_') |
           (octets)(c == also);
    return (size_t)__builtin_ctz(~(unsigned)__builtin_ia32_pmovmskb128((signs)good));
}
#endif

/* The same, up to the end. */
static size_t span(const char *at, const char *end, char also)
{
    const char *start = at;

#ifdef __SSE2__
    while (end - at >= 16) {
        size_t more = short_span(at, (unsigned char)also);

        at += more;
        if (more < 16)
            return (size_t)(at - start);
    }
#endif
    while (at < end && (is_key_character(*at) | (*at == also)))
        at++;
    return (size_t)(at - start);
}

size_t text_name_span(const char *at, const char *end)
{
    return span(at, end, '-');
}

bool text_is_name(struct slice s)
{
    return s.len > 0 && s.len <= NAME_MAX_LEN && s.at[0] != '_' && s.at[0] != '-' &&
           text_name_span(s.at, s.at + s.len) == s.len;
}

size_t text_key_span(const char *at, const char *end)
{
    size_t len = at < end && *at >= '0' && *at <= '9' ? 0 : span(at, end, '_');

    return len <= KEY_MAX_LEN ? len : 0;
}

bool text_is_key(struct slice s)
{
    return s.len > 0 && text_key_span(s.at, s.at + s.len) == s.len;
}

bool text_is_alnum(char c)
{
    return c != '_' && is_key_character(c);
}

bool text_is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

bool text_next_line(struct slice *rest, struct slice *line)
{
    const char *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->at) : rest->len;

    *line = (struct slice){rest->at, len};
    if (rest->len == 0)
        return false;
    *rest = (struct slice){rest->at + len + (end != NULL), rest->len - len - (end != NULL)};
    return true;
}

int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The length of the well-formed character at at[0..left), or 0 (Unicode, table 3-7). */
static size_t character_length(const unsigned char *at, size_t left)
{
    unsigned char low = 0x80, high = 0xBF; /* of the second byte */
    size_t len;

    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xC2 && at[0] <= 0xDF)
        len = 2;
    else if (at[0] >= 0xE0 && at[0] <= 0xEF)
        len = 3;
    else if (at[0] >= 0xF0 && at[0] <= 0xF4)
        len = 4;
    else
        return 0;
    if (len > left)
        return 0;
    if (at[0] == 0xE0)
        low = 0xA0; /* overlong below */
    else if (at[0] == 0xED)
        high = 0x9F; /* surrogates above */
    else if (at[0] == 0xF0)
        low = 0x90;
    else if (at[0] == 0xF4)
        high = 0x8F; /* past U+10FFFF above */
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (at[i] < 0x80 || at[i] > 0xBF)
            return 0;
    return len;
}

uint32_t text_character(struct slice s, size_t *len)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *at = (const unsigned char *)s.at;
    uint32_t c;

    *len = character_length(at, s.len);
    c = at[0] & first_bits[*len];
    for (size_t i = 1; i < *len; i++)
        c = c << 6 | (at[i] & 0x3F);
    return c;
}

/* C1 controls, which some terminals act on, and controls of text direction. */
bool text_is_far_control(uint32_t c)
{
    return (c >= 0x80 && c <= 0x9F) || c == 0x61C || c == 0x200E || c == 0x200F ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* The length of the longest prefix of valid UTF-8, without far controls if `plain`. */
static inline size_t prefix(struct slice s, bool plain)
{
    size_t done = 0;

    while (done < s.len) {
        struct slice rest = {s.at + done, s.len - done};
        uint64_t word;
        size_t len;

        if (rest.len >= sizeof word) { /* eight ASCII characters at once */
            memcpy(&word, rest.at, sizeof word);
            if (!(word & UINT64_C(0x8080808080808080))) {
                done += sizeof word;
                continue;
            }
        }
        len = character_length((const unsigned char *)rest.at, rest.len);
        if (len == 0 || (plain && len > 1 && text_is_far_control(text_character(rest, &len))))
            break;
        done += len;
    }
    return done;
}

size_t text_utf8_prefix(struct slice s)
{
    return prefix(s, false);
}

bool text_is_utf8(struct slice s)
{
    return text_utf8_prefix(s) == s.len;
}

bool text_is_plain(struct slice s)
{
    return prefix(s, true) == s.len;
}

char *text_put_character(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *out++ = (char)(0xE0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    } else {
        *out++ = (char)(0xF0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    }
    return out;
}

/* Characters that are invisible, or that change how other text is displayed. */
static bool is_deceptive(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1F},       {0x7F, 0x9F},     /* control */
        {0xAD, 0xAD},                         /* soft hyphen */
        {0x34F, 0x34F},                       /* grapheme joiner */
        {0x61C, 0x61C},                       /* Arabic letter mark */
        {0x115F, 0x1160},                     /* Hangul fillers */
        {0x17B4, 0x17B5},   {0x180B, 0x180F}, /* Khmer and Mongolian, invisible */
        {0x200B, 0x200F},                     /* zero width, direction marks */
        {0x2028, 0x202E}, /* line and paragraph separators, embeddings, overrides */
        {0x2060, 0x206F}, /* joiners, isolates */
        {0x3164, 0x3164},   {0xFE00, 0xFE0F}, /* filler, variation selectors */
        {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, /* byte order mark, filler */
        {0xFFF0, 0xFFFB},                     /* interlinear annotation */
        {0x1D173, 0x1D17A},                   /* musical control */
        {0xE0000, 0xE0FFF},                   /* tags */
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

static void escape_character(struct buf *out, uint32_t c)
{
    if (c == '\n')
        buf_add_text(out, "\\n");
    else if (c == '\r')
        buf_add_text(out, "\\r");
    else if (c == '\t')
        buf_add_text(out, "\\t");
    else if (c < 0x80)
        buf_printf(out, "\\x%02x", (unsigned)c);
    else
        buf_printf(out, "\\u{%x}", (unsigned)c);
}

void text_escape(struct buf *out, struct slice s, size_t most)
{
    size_t done = 0, len;

    while (done < s.len) {
        struct slice rest = {s.at + done, s.len - done};
        uint32_t c;

        if (done >= most) {
            buf_add_text(out, "…");
            return;
        }
        if (character_length((const unsigned char *)rest.at, rest.len) == 0) {
            buf_printf(out, "\\x%02x", (unsigned char)rest.at[0]);
            done++;
            continue;
        }
        c = text_character(rest, &len);
        if (is_deceptive(c))
            escape_character(out, c);
        else
            buf_add(out, rest.at, len);
        done += len;
    }
}

void text_json(struct buf *out, struct slice s)
{
    size_t plain = 0; /* start of the run that needs no escape */

    buf_add_text(out, "\"");
    for (size_t i = 0, len; i < s.len; i += len) {
        uint32_t c = text_character((struct slice){s.at + i, s.len - i}, &len);
        bool valid = len > 0;

        len += !valid;
        if (!valid || (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && !text_is_far_control(c)))
            continue;
        buf_add(out, s.at + plain, i - plain);
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", (char)c);
        else if (c == '\n')
            buf_add_text(out, "\\n");
        else
            buf_printf(out, "\\u%04x", (unsigned)c);
        plain = i + len;
    }
    buf_add(out, s.at + plain, s.len - plain);
    buf_add_text(out, "\"");
}

void text_spell(struct buf *out, struct slice s)
{
    for (size_t i = 0, len; i < s.len; i += len) {
        uint32_t c = text_character((struct slice){s.at + i, s.len - i}, &len);

        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", (char)c);
        else if (c >= ' ' && c <= '~')
            buf_add(out, s.at + i, 1);
        else if (c == '\n' || c == '\t')
            buf_add_text(out, c == '\n' ? "\\n" : "\\t");
        else
            buf_printf(out, c > 0xFFFF ? "\\U%08X" : "\\u%04X", (unsigned)c);
        len += len == 0;
    }
}

/* What comes after a backslash, of these many digits. 0: it is not how the character is spelled. */
static uint32_t unspell_number(struct slice s, size_t digits)
{
    uint32_t c = 0;

    for (size_t i = 1; i <= digits; i++) {
        unsigned digit = i < s.len && !(s.at[i] >= 'a') ? text_hex_digit(s.at[i]) : 16;

        if (digit > 15 || c > 0x10FFFF)
            return 0;
        c = c << 4 | digit;
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || (c > 0xFFFF) != (digits == 8))
        return 0;
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\t' ? 0 : c;
}

/* The first character of s, and how many bytes it takes there; 0 if it is none. */
static uint32_t unspell_character(struct slice s, size_t *len)
{
    char c = s.at[0];

    *len = 1;
    if (c != '\\')
        return c >= ' ' && c <= '~' && c != '"' ? (uint32_t)c : 0;
    s = (struct slice){s.at + 1, s.len - 1};
    c = s.len > 0 ? s.at[0] : '\0';
    *len = c == 'u' ? 6 : c == 'U' ? 10 : 2;
    switch (c) {
    case '"':
    case '\\':
        return (uint32_t)c;
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'u':
        return unspell_number(s, 4);
    case 'U':
        return unspell_number(s, 8);
    default:
        return 0;
    }
}

bool text_unspell(struct slice s, char *out, size_t *len)
{
    size_t done = 0, taken;

    for (size_t i = 0; i < s.len; i += taken) {
        uint32_t c = unspell_character((struct slice){s.at + i, s.len - i}, &taken);
        char bytes[4];
        size_t size = (size_t)(text_put_character(bytes, c) - bytes);

        if (c == 0)
            return false;
        if (out)
            memcpy(out + done, bytes, size);
        done += size;
    }
    *len = done;
    return true;
}

unsigned text_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

bool text_number(struct slice s, uint64_t most, uint64_t *out)
{
    uint64_t n = 0;

    if (s.len == 0 || (s.len > 1 && s.at[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned char)s.at[i] - '0';

        if (digit > 9 || digit > most || n > (most - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t days_to(int year, int month, int day)
{
    static const int before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int64_t y = year - 1; /* whole years before this one; for year 0 the quotients round up */
    int64_t leap_days = year > 0 ? y / 4 - y / 100 + y / 400 : -1;

    return y * 365 + leap_days + before_month[month - 1] + (leap && month > 2) + day - 719163;
}

bool text_date_read(struct slice s, int64_t *seconds)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, days;

    if (s.len != DATE_LEN)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (form[i] == '0' ? s.at[i] < '0' || s.at[i] > '9' : s.at[i] != form[i])
            return false;
#define DIGITS(i) ((s.at[i] - '0') * 10 + s.at[(i) + 1] - '0')
    year = DIGITS(0) * 100 + DIGITS(2);
    month = DIGITS(5);
    day = DIGITS(8);
    if (month < 1 || month > 12 || DIGITS(11) > 23 || DIGITS(14) > 59 || DIGITS(17) > 59)
        return false;
    days = month_days[month - 1];
    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
        days = 29;
    if (day < 1 || day > days)
        return false;
    *seconds = days_to(year, month, day) * 86400 + DIGITS(11) * 3600 + DIGITS(14) * 60 + DIGITS(17);
#undef DIGITS
    return true;
}

bool text_day_read(struct slice s, int64_t *seconds)
{
    char whole[DATE_LEN + 1];

    if (s.len != 10)
        return text_date_read(s, seconds);
    memcpy(whole, s.at, s.len);
    strcpy(whole + s.len, "T00:00:00Z");
    return text_date_read(slice_of(whole), seconds);
}

bool text_is_date(struct slice s)
{
    int64_t ignored;

    return text_date_read(s, &ignored);
}

void text_date(struct buf *out, int64_t seconds)
{
    time_t when = (time_t)seconds;
    char text[32] = "";
    struct tm tm;

    if (gmtime_r(&when, &tm))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    buf_add_text(out, text);
}

bool text_duration(struct slice s, uint64_t most, uint64_t *seconds)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    uint64_t number;

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (s.len > 1 && s.at[s.len - 1] == units[i].unit &&
            text_number((struct slice){s.at, s.len - 1}, most / units[i].seconds, &number) &&
            number > 0) {
            *seconds = number * units[i].seconds;
            return true;
        }
    return false;
}
