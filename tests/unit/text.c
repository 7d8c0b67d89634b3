/* lib/text and lib/err: names, UTF-8, numbers, escaping. */
#include "base/text.h"
#include "base/err.h"
#include "tap.h"

#include <string.h>

static struct slice repeated(char *room, char c, size_t len)
{
    memset(room, c, len);
    return (struct slice){room, len};
}

static void test_names(void)
{
    static const char *const names[] = {"a", "0", "prod", "eu-west_1", "A9-", "x__"};
    static const char *const no_names[] = {"",    "-a", "_a",  "a.b", "a b",
                                           "a/b", "é",  "a\n", "a\"", "\x7f"};
    static const char *const keys[] = {"A", "_", "a1", "API_KEY", "__x"};
    static const char *const no_keys[] = {"", "1A", "A-B", "A.B", "A ", "é", "A\n", "$A"};
    char room[300];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check(text_is_name(slice_of(names[i])), "a name: %s", names[i]);
    for (size_t i = 0; i < sizeof no_names / sizeof *no_names; i++)
        check(!text_is_name(slice_of(no_names[i])), "not a name: case %zu", i);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        check(text_is_key(slice_of(keys[i])), "a key: %s", keys[i]);
    for (size_t i = 0; i < sizeof no_keys / sizeof *no_keys; i++)
        check(!text_is_key(slice_of(no_keys[i])), "not a key: case %zu", i);
    check(text_is_name(repeated(room, 'n', 64)) && !text_is_name(repeated(room, 'n', 65)),
          "a name has at most 64 characters");
    check(text_is_key(repeated(room, 'K', 256)) && !text_is_key(repeated(room, 'K', 257)),
          "a key has at most 256");
    check(!text_is_name((struct slice){"a\0b", 3}), "no zero byte in a name");
}

/* Encodes any number as UTF-8 would, valid or not. */
static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

static void test_utf8(void)
{
    static const char *const bad[] = {"\x80",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xE2\x82",
                                      "\xE2\x28\xA1",
                                      "\xFF",
                                      "abcdefgh\xFE",
                                      "\xC3",
                                      "\xF0\x9F\x92"};
    bool right = true;
    char text[16] = "abcdefghijk";
    size_t len;

    for (uint32_t c = 0; c < 0x110000; c++) {
        size_t n = encode(c, text + 5);
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;

        right = right && text_is_utf8((struct slice){text, 5 + n}) == !surrogate;
        if (!surrogate)
            right = right && text_character((struct slice){text + 5, n}, &len) == c && len == n;
    }
    check(right, "every character is UTF-8, and no surrogate is");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check(!text_is_utf8(slice_of(bad[i])), "not UTF-8: case %zu", i);
    check(text_utf8_prefix(slice_of("0123456789abc\xFFxyz")) == 13, "the place of the first error");
}

static bool escapes_to(const char *in, size_t len, size_t most, const char *expected)
{
    struct buf once = {0}, twice = {0};
    bool right;

    text_escape(&once, (struct slice){in, len}, most);
    text_escape(&twice, buf_slice(&once), SIZE_MAX);
    right = slice_is(buf_slice(&once), expected) && slice_is(buf_slice(&twice), expected);
    buf_free(&once);
    buf_free(&twice);
    return right;
}

static void test_escape(void)
{
    check(escapes_to("plain é 日本 \\n", 18, 99, "plain é 日本 \\n"), "text stays as it is");
    check(escapes_to("a\0b", 3, 99, "a\\x00b"), "zero");
    check(escapes_to("\x1b]0;t\x07", 6, 99, "\\x1b]0;t\\x07"), "a terminal's own language");
    check(escapes_to("a\nb\rc\td", 7, 99, "a\\nb\\rc\\td"), "line ends and tabs");
    check(escapes_to("\xC2\x9B"
                     "31m",
                     5, 99, "\\u{9b}31m"),
          "C1 control characters");
    check(escapes_to("\xE2\x80\xAE"
                     "x",
                     4, 99, "\\u{202e}x"),
          "right to left override");
    check(escapes_to("\xE2\x80\xA8", 3, 99, "\\u{2028}"), "line separator");
    check(escapes_to("\xE2\x80\x8B", 3, 99, "\\u{200b}"), "zero width space");
    check(escapes_to("\xFF\xC3", 2, 99, "\\xff\\xc3"), "what is no UTF-8");
    check(escapes_to("\x7F", 1, 99, "\\x7f"), "delete");
    check(escapes_to("abcdef", 6, 3, "abc…"), "cut");
    check(escapes_to("日本", 6, 1, "日…"), "cut at a character");
}

static void test_plain(void)
{
    static const struct {
        uint32_t first, last;
    } controls[] = {
        {0x80, 0x9F}, {0x61C, 0x61C}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}};
    bool refused = true, others = true;

    for (uint32_t c = 0x20; c < 0x3000; c++) {
        char text[12] = "12345678";
        struct slice s = {text, (size_t)(text_put_character(text + 8, c) - text)};
        bool control = false;

        for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
            control = control || (c >= controls[i].first && c <= controls[i].last);
        refused = refused && (!control || !text_is_plain(s));
        others = others && (control || text_is_plain(s));
    }
    check(refused, "C1 and bidi controls are not plain");
    check(others, "all other characters are");
    check(!text_is_plain(slice_of("\xFF")), "and what is no UTF-8 is not");
}

static void test_json(void)
{
    struct buf out = {0};

    text_json(&out, slice_of("a\"b\\c\nd\x01\x7F é"));
    check(slice_is(buf_slice(&out), "\"a\\\"b\\\\c\\nd\\u0001\\u007f é\""), "a JSON string");
    buf_clear(&out);
    text_json(&out, slice_of("a\xC2\x9B"
                             "1m\xE2\x80\xAE é\xE2\x81\xA9\xD8\x9C"));
    check(slice_is(buf_slice(&out), "\"a\\u009b1m\\u202e é\\u2069\\u061c\""),
          "C1 and bidi controls in JSON");
    buf_clear(&out);
    text_json(&out, slice_of(""));
    check(slice_is(buf_slice(&out), "\"\""), "an empty JSON string");
    buf_free(&out);
}

static void test_spell(void)
{
    static const char *const none[] = {
        "\"",      "\\",          "\\x",     "\\u0041",  "\\u000a", "\\u00ef",     "\\u0000",
        "\\uD800", "\\u00E",      "\x7F",    "\xC3\xAF", "\t",      "\\U0000FFFF", "\\U00110000",
        "\\u0022", "\\U0001f511", "\\u-001", "\\/",      "\\u0009"};
    static const char text[] = "\x01 ~\x7F\"\\\n\t\r\xC2\x80\xC3\xAF\xE2\x80\xAE\xF0\x9F\x94\x91";
    char back[200];
    struct buf out = {0};
    bool good = true;
    size_t len;

    text_spell(&out, slice_of(text));
    check(slice_is(buf_slice(&out), "\\u0001 ~\\u007F\\\"\\\\\\n\\t\\u000D\\u0080\\u00EF\\u202E"
                                    "\\U0001F511"),
          "a file spells a text in ASCII");
    check(text_unspell(buf_slice(&out), back, &len) && len == strlen(text) &&
              memcmp(back, text, len) == 0,
          "and it is read back");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        good = good && !text_unspell(slice_of(none[i]), NULL, &len);
    check(good, "no other spelling is one");
    buf_free(&out);
}

static void test_number(void)
{
    uint64_t n = 7;

    check(text_number(slice_of("0"), 9, &n) && n == 0, "0");
    check(text_number(slice_of("18446744073709551615"), UINT64_MAX, &n) && n == UINT64_MAX,
          "2^64-1");
    check(!text_number(slice_of("18446744073709551616"), UINT64_MAX, &n), "2^64 is too much");
    check(text_number(slice_of("20"), 20, &n) && !text_number(slice_of("21"), 20, &n), "a bound");
    check(!text_number(slice_of("9"), 5, &n), "a bound of one digit");
    check(!text_number(slice_of(""), 9, &n) && !text_number(slice_of("01"), 9, &n) &&
              !text_number(slice_of("+1"), 9, &n) && !text_number(slice_of("-1"), 9, &n) &&
              !text_number(slice_of("1 "), 9, &n) && !text_number(slice_of("0x1"), 9, &n),
          "no sign, no space, no leading zero");
    check(text_duration(slice_of("90s"), 90, &n) && n == 90, "90s");
    check(text_duration(slice_of("8h"), UINT64_MAX, &n) && n == 28800, "8h");
    check(text_duration(slice_of("2w"), UINT64_MAX, &n) && n == 1209600, "2w");
    check(!text_duration(slice_of("91s"), 90, &n) && !text_duration(slice_of("2m"), 90, &n),
          "a duration has a bound");
    check(!text_duration(slice_of(""), 90, &n) && !text_duration(slice_of("s"), 90, &n) &&
              !text_duration(slice_of("0s"), 90, &n) && !text_duration(slice_of("9"), 90, &n) &&
              !text_duration(slice_of("9y"), 90, &n) && !text_duration(slice_of("-9s"), 90, &n) &&
              !text_duration(slice_of("99999999999999999999d"), UINT64_MAX, &n),
          "no duration");
}

static void test_date(void)
{
    static const char *const good[] = {"2026-01-31T12:00:00Z", "0000-01-01T00:00:00Z",
                                       "9999-12-31T23:59:59Z", "2024-02-29T00:00:00Z",
                                       "2000-02-29T00:00:00Z"};
    static const char *const bad[] = {"",
                                      "2026-01-31",
                                      "2026-01-31T12:00:00",
                                      "2026-01-31 12:00:00Z",
                                      "2026-01-31T12:00:00z",
                                      "2026-01-31T12:00:00Z ",
                                      "2026-00-10T00:00:00Z",
                                      "2026-13-10T00:00:00Z",
                                      "2026-01-00T00:00:00Z",
                                      "2026-01-32T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "1900-02-29T00:00:00Z",
                                      "2026-04-31T00:00:00Z",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T00:60:00Z",
                                      "2026-01-01T00:00:60Z",
                                      "+026-01-01T00:00:00Z",
                                      "2026-01-31T12:0\xB2:00Z"};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        check(text_is_date(slice_of(good[i])), "%s is a date", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check(!text_is_date(slice_of(bad[i])), "number %zu is none", i);
}

static void test_err(void)
{
    struct err err;
    char long_text[3 * ERR_TEXT_MAX] = "", long_detail[ERR_DETAILS_MAX];

    memset(long_detail, 'd', sizeof long_detail - 1);
    long_detail[sizeof long_detail - 1] = '\0';
    check(err_set(&err, ERR_ABSENT, "no %s", "key") == ERR_ABSENT && err.code == ERR_ABSENT &&
              strcmp(err.text, "no key") == 0 && err.reason == ERR_REASON_NONE &&
              err_get(&err, ERR_NAME)[0] == '\0',
          "an error has a code and a sentence");
    err_because(&err, ERR_REASON_NAMES);
    err_detail_text(&err, ERR_NAME, "A");
    err_detail_number(&err, ERR_NUMBER, 18);
    err_prefix(&err, "file");
    check(err.reason == ERR_REASON_NAMES && strcmp(err_get(&err, ERR_NAME), "A") == 0 &&
              strcmp(err_get(&err, ERR_NUMBER), "18") == 0 && strcmp(err.text, "file: no key") == 0,
          "and may have a reason and details, also behind a prefix");
    err_detail_text(&err, ERR_ENV, long_detail);
    check(err_get(&err, ERR_ENV)[0] == '\0' && strcmp(err_get(&err, ERR_NAME), "A") == 0,
          "a detail that has no room is left out");
    err_set(&err, ERR_FAILED, "again");
    check(err.reason == ERR_REASON_NONE && err_get(&err, ERR_NAME)[0] == '\0',
          "which belong to it alone");
    for (size_t i = 0; i + 2 < sizeof long_text; i += 2)
        memcpy(long_text + i, "é", 2);
    err_set(&err, ERR_FAILED, "%s", long_text);
    check(strlen(err.text) > ERR_TEXT_MAX - 4 && text_is_utf8(slice_of(err.text)),
          "a long one is cut at a character");
    err_set(&err, ERR_FAILED, "x%s", long_text);
    check(strlen(err.text) > ERR_TEXT_MAX - 4 && text_is_utf8(slice_of(err.text)),
          "wherever that falls");
}

int main(void)
{
    test_names();
    test_utf8();
    test_escape();
    test_plain();
    test_json();
    test_spell();
    test_number();
    test_date();
    test_err();
    return tap_done();
}
