/* lib/leak: which values are worth looking for, in which forms and wherever they stand, whichever
 * way the text comes in pieces. */
#include "find/leak.h"
#include "base/base64.h"
#include "find/grams.h"
#include "tap.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define VALUE "zwiebel?~4711>"

struct found {
    struct leak leaks[64];
    size_t count;
};

/* Looks through a text that comes in pieces of so many bytes, for values that may be in `grams`. */
static struct found look_with(const struct slice *values, size_t count, struct slice text,
                              size_t step, const struct grams *grams)
{
    struct leaks *leaks = leaks_make_for(values, count, grams);
    struct found found = {.count = 0};
    struct leak_walk walk;

    if (!leaks)
        exit(1);
    leak_begin(&walk, leaks);
    for (size_t at = 0;; at += step) {
        size_t len = at < text.len ? text.len - at : 0;
        char *room = leak_room(&walk, step);

        len = len < step ? len : step;
        if (len > 0)
            memcpy(room, text.at + at, len);
        leak_add(&walk, len);
        while (found.count < 64 &&
               leak_next(&walk, len ? NEEDLES_MORE : NEEDLES_END, &found.leaks[found.count]))
            found.count++;
        if (len == 0)
            break;
    }
    if (!leak_ok(&walk))
        found.count = 99;
    leak_end(&walk);
    leaks_free(leaks);
    return found;
}

static struct found look(const struct slice *values, size_t count, struct slice text, size_t step)
{
    return look_with(values, count, text, step, NULL);
}

static struct found look_for(const char *value, const char *text, size_t step)
{
    struct slice one = slice_of(value);

    return look(&one, 1, slice_of(text), step);
}

static void test_worth(void)
{
    static const struct {
        const char *value;
        enum leak_worth worth;
    } cases[] = {
        {"", LEAK_TOO_SHORT},
        {"s3cr3t!", LEAK_TOO_SHORT},
        {"s3cr3t!!", LEAK_WORTH},
        {"localhost", LEAK_COMMON},
        {"LocalHost", LEAK_COMMON},
        {"production", LEAK_COMMON},
        {"http://localhost:3000", LEAK_COMMON},
        {"us-east-1", LEAK_COMMON},
        {"eu-central-1", LEAK_COMMON},
        {"127.0.0.1", LEAK_COMMON},
        {"127.0.0.1:8080", LEAK_COMMON},
        {"--------", LEAK_COMMON},
        {"00000000", LEAK_COMMON},
        {"application/json", LEAK_COMMON},
        {"my-secret-password", LEAK_COMMON},
        {"12345678", LEAK_WORTH},
        {"4711-0815", LEAK_WORTH},
        {"correct-horse-battery", LEAK_WORTH},
        {"password1234567", LEAK_WORTH},
        {"postgres://user:tulpe@localhost/db", LEAK_WORTH},
        {"p\xC3\xA4ssw\xC3\xB6rd", LEAK_WORTH},
        {"abcdefghijklmnopqrstuvwxyz", LEAK_WORTH},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(leak_judge(slice_of(cases[i].value)) == cases[i].worth, "worth it: '%s'",
              cases[i].value);
}

static void test_places(void)
{
    static const char text[] = "one\ntwo " VALUE "\n\n" VALUE " " VALUE "\nend " VALUE;
    static const size_t lines[] = {2, 4, 5}, offsets[] = {8, 24, 58};

    for (size_t step = 1; step <= sizeof text; step++) {
        struct found f = look_for(VALUE, text, step);
        bool right = f.count == 3;

        for (size_t i = 0; right && i < 3; i++)
            right = f.leaks[i].line == lines[i] && f.leaks[i].offset == offsets[i] &&
                    f.leaks[i].form == FORM_PLAIN && f.leaks[i].value == 0;
        check(right, "line and offset, once a line, in pieces of %zu", step);
    }
    check(look_for(VALUE, "", 10).count == 0, "an empty text");
    check(look_for(VALUE, "zwiebel?~4711", 3).count == 0, "a text that ends too early");
    check(look(NULL, 0, slice_of(text), 10).count == 0, "no values");
}

static void test_binary(void)
{
    static const char text[] = "\0\n" VALUE VALUE "\n" VALUE;
    struct slice value = slice_of(VALUE);
    struct found f = look(&value, 1, (struct slice){text, sizeof text - 1}, 1000);

    check(f.count == 3 && f.leaks[0].line == 0 && f.leaks[0].offset == 2 &&
              f.leaks[1].offset == 16 && f.leaks[2].offset == 31,
          "in a binary text each place counts");
}

/* A value in base64, of either alphabet, behind `before` bytes and with some behind it. */
static bool finds_base64(struct slice value, size_t before, size_t after, bool url, size_t step)
{
    unsigned char plain[9000];
    char text[12100] = "first line\n";
    size_t start = strlen(text), len = before + value.len + after;
    struct found f;

    randombytes_buf(plain, sizeof plain);
    memcpy(plain + before, value.at, value.len);
    base64_encode(text + start, plain, len);
    for (size_t i = start; url && i < start + BASE64_ENCODED(len); i++)
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    f = look(&value, 1, (struct slice){text, start + BASE64_ENCODED(len)}, step);
    return f.count == 1 && f.leaks[0].form == FORM_BASE64 && f.leaks[0].line == 2;
}

static void test_base64(void)
{
    char bytes[5000];

    randombytes_buf(bytes, sizeof bytes);
    for (size_t len = LEAK_SHORTEST; len < LEAK_SHORTEST + 6; len++)
        for (size_t before = 0; before < 6; before++) {
            bool right = true;

            for (size_t after = 0; after < 4; after++)
                right = right &&
                        finds_base64((struct slice){bytes, len}, before, after, false, 1000) &&
                        finds_base64((struct slice){bytes, len}, before, after, true, 1000) &&
                        finds_base64((struct slice){"????~~~~>>>>>", len}, before, after, true, 7);
            check(right, "base64 of %zu bytes behind %zu", len, before);
        }
    for (size_t before = 0; before < 3; before++)
        check(finds_base64((struct slice){bytes, sizeof bytes}, before, 1, false, 4096),
              "base64 of a long value behind %zu bytes", before);
}

/* What stands in another value counts too; so does what overlaps. */
static void test_several(void)
{
    static const char url[] = "postgres://app:" VALUE "@db.example/app";
    const struct slice values[] = {slice_of(url), slice_of(VALUE), slice_of("app:" VALUE "@"),
                                   slice_of("4711>@db.example")};
    char text[200];
    struct found f;
    unsigned seen = 0;

    snprintf(text, sizeof text, "x = %s\ny = %s\n", url, VALUE);
    f = look(values, 4, slice_of(text), 11);
    for (size_t i = 0; i < f.count; i++)
        seen |= 1U << (f.leaks[i].value + (f.leaks[i].line == 2 ? 8 : 0));
    check(f.count == 5 && seen == 0x20F, "values within values: %zu, %x", f.count, seen);
    check(f.leaks[0].value == 0 && f.leaks[0].line == 1, "the longest comes first");
}

static void test_long(void)
{
    static char value[9000], text[30000];
    struct slice one = {value, sizeof value};
    struct found f;

    randombytes_buf(value, sizeof value);
    memset(text, 'x', sizeof text);
    memcpy(text + 5000, value, sizeof value);
    f = look(&one, 1, (struct slice){text, sizeof text}, 1000);
    check(f.count == 1, "a long value");
    text[5000] ^= 1;
    f = look(&one, 1, (struct slice){text, sizeof text}, 1000);
    check(f.count == 1, "its middle alone counts");
    text[5000 + 4500] ^= 1;
    f = look(&one, 1, (struct slice){text, sizeof text}, 1000);
    check(f.count == 0, "its middle must be whole");
}

/* A value of several lines, as files and strings have it. */
static void test_lines(void)
{
    static const char value[] = "-----BEGIN-----\nTulpe4711\n0815\n-----END-----\n\n";
    static const char *const texts[] = {
        "x\n-----BEGIN-----\nTulpe4711\n0815\n-----END-----",
        "x\r\n-----BEGIN-----\r\nTulpe4711\r\n0815\r\n-----END-----\r\n",
        "x\nA=\"-----BEGIN-----\\nTulpe4711\\n0815\\n-----END-----\\n\""};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct found f = look_for(value, texts[i], 5);

        check(f.count == 1 && f.leaks[0].line == 2, "a value of several lines: %zu", i);
    }
    check(look_for(value, "-----BEGIN-----\n0815\n-----END-----\n", 5).count == 0,
          "its first and last line alone");
}

/* As programs write it in URLs, in JSON and in hexadecimal; a value without special characters has
 * no form of its own in URLs and JSON. */
static void test_forms(void)
{
    static const char value[] = "p@ss w/\"\xC3\xB6\n<0815>+";
    static const struct {
        const char *text;
        enum form form;
    } cases[] = {
        {"p@ss w/\"\xC3\xB6\n<0815>+", FORM_PLAIN},
        {"p@ss w/\"\xC3\xB6\r\n<0815>+", FORM_PLAIN},
        {"p@ss w/\"\xC3\xB6\\n<0815>+", FORM_PLAIN},
        {"https://x:p%40ss%20w%2F%22%C3%B6%0A%3C0815%3E%2B@host", FORM_URL},
        {"p%40ss+w%2f%22%c3%b6%0a%3c0815%3e%2b", FORM_URL},
        {"{\"a\": \"p@ss w/\\\"\\u00f6\\n<0815>+\"}", FORM_JSON},
        {"p@ss w\\/\\\"\xC3\xB6\\n\\u003C0815\\u003E+", FORM_JSON},
        {"7040737320772f22c3b60a3c303831353e2b", FORM_HEX},
        {"7040737320772F22C3B60A3C303831353E2B", FORM_HEX},
    };
    char wrapped[] = "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw\r\nMDAw\r\n";
    struct found f;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        f = look_for(value, cases[i].text, 3);
        check(f.count == 1 && f.leaks[0].form == cases[i].form && f.leaks[0].line == 1, "%s: %s",
              form_name(cases[i].form), cases[i].text);
    }
    f = look_for("tulpe-0815.ab", "74756c70652d303831352e6162", 5);
    check(f.count == 1 && f.leaks[0].form == FORM_HEX, "hexadecimal of plain characters");
    f = look_for("000000000000000000000000000000000000000000000000000", wrapped, 7);
    check(f.count == 1 && f.leaks[0].form == FORM_BASE64, "base64 in lines");
}

/* A value that is another one in base64 is told of beside it. */
static void test_same(void)
{
    const struct slice values[] = {slice_of("tulpe-0815ab"), slice_of("dHVscGUtMDgxNWFi")};
    struct found f = look(values, 2, slice_of("x\nA=dHVscGUtMDgxNWFi"), 4);

    check(f.count == 2 && f.leaks[0].value + f.leaks[1].value == 1 && f.leaks[0].line == 2,
          "a value, and the same in base64");
}

/* Several texts, one after the other, with one walk. */
static void test_texts(void)
{
    struct slice value = slice_of(VALUE);
    struct leaks *leaks = leaks_make(&value, 1);
    struct leak_walk walk;
    struct leak leak;

    leak_begin(&walk, leaks);
    for (int i = 0; i < 3; i++) {
        char *room;

        leak_new_text(&walk);
        room = leak_room(&walk, 100);
        memcpy(room, "\nzwie", 5);
        leak_add(&walk, 5);
        check(!leak_next(&walk, NEEDLES_MORE, &leak), "text %d: nothing yet", i);
        if (i == 1) /* this one ends here, and nothing of it joins with the next */
            continue;
        room = leak_room(&walk, 100);
        memcpy(room, &VALUE[4], strlen(VALUE) - 4);
        leak_add(&walk, strlen(VALUE) - 4);
        check(leak_next(&walk, NEEDLES_END, &leak) && leak.line == 2 && leak.offset == 1,
              "text %d: the value", i);
    }
    check(leak_ok(&walk), "all of it was looked through");
    leak_end(&walk);
    leaks_free(leaks);
}

/* ---- with a filter, the same is found ---- */

enum { RANDOM_VALUES = 12, RANDOM_VALUE = 120 };

struct random_case {
    char bytes[RANDOM_VALUES][RANDOM_VALUE];
    struct slice values[RANDOM_VALUES];
    size_t count;
    struct buf text;
};

/* Digits of base64, escaped characters, any bytes, or a few, so that values are alike. */
static void add_random(struct buf *to, size_t len)
{
    static const char *const alphabets[] = {
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", "0123456789abcdef",
        "ab", "aZ9-._ %\"'\\/<&\n\r\t\xC3\xA9", "a?b!c d"};
    const char *alphabet = alphabets[randombytes_uniform(5)];
    size_t size = strlen(alphabet);
    bool any = randombytes_uniform(8) == 0;

    while (len-- > 0) {
        char byte =
            any ? (char)randombytes_uniform(256) : alphabet[randombytes_uniform((uint32_t)size)];

        buf_add(to, &byte, 1);
    }
}

static void add_random_value(struct random_case *c)
{
    struct buf value = BUF_FIXED(c->bytes[c->count]);
    bool good;

    if (c->count > 0 && randombytes_uniform(3) == 0) /* a part of the one before, and more */
        buf_add(&value, c->bytes[c->count - 1], 8);
    add_random(&value, 8 + randombytes_uniform(randombytes_uniform(4) ? 12 : 100));
    good = leak_judge(buf_slice(&value)) == LEAK_WORTH;
    for (size_t i = 0; i < c->count && good; i++)
        good = !slice_equal(c->values[i], buf_slice(&value));
    if (good)
        c->values[c->count++] = buf_slice(&value);
}

/* A form of the value, whole or damaged, between others' characters. */
static void add_random_form(struct random_case *c, struct slice value)
{
    struct forms forms = FORMS_NONE;
    const struct needles_pattern *list;
    size_t count;
    struct slice form;

    if (!forms_add(&forms, value, FORMS_TO_FIND))
        exit(1);
    list = forms_list(&forms, &count);
    form = list[randombytes_uniform((uint32_t)count)].head;
    add_random(&c->text, randombytes_uniform(12));
    buf_add_slice(&c->text, form);
    if (randombytes_uniform(4) == 0)
        c->text.len -= 1 + randombytes_uniform(2);
    add_random(&c->text, randombytes_uniform(12));
    forms_free(&forms);
}

static bool same_found(const struct found *a, const struct found *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; i < a->count && i < 64 && same; i++)
        same = a->leaks[i].value == b->leaks[i].value && a->leaks[i].form == b->leaks[i].form &&
               a->leaks[i].line == b->leaks[i].line && a->leaks[i].offset == b->leaks[i].offset;
    return same;
}

/* How many were found, or SIZE_MAX if it is not the same. */
static size_t look_both_ways(const struct random_case *c)
{
    struct slice text = buf_slice(&c->text);
    size_t step = 1 + randombytes_uniform(300);
    struct grams *grams = grams_make(text.len);
    struct found all, filtered;

    if (!grams)
        exit(1);
    grams_add(grams, text);
    all = look(c->values, c->count, text, step);
    filtered = look_with(c->values, c->count, text, step, grams);
    grams_free(grams);
    return same_found(&all, &filtered) ? all.count : SIZE_MAX;
}

static void test_filter(void)
{
    static struct random_case c;
    size_t found = 0, different = 0;

    for (int round = 0; round < 1500; round++) {
        size_t got;

        c = (struct random_case){.count = 0};
        for (int i = 0; i < RANDOM_VALUES; i++)
            add_random_value(&c);
        for (size_t i = 0; i < c.count; i++)
            if (randombytes_uniform(3) == 0)
                add_random_form(&c, c.values[i]);
        add_random(&c.text, randombytes_uniform(200));
        got = look_both_ways(&c);
        different += got == SIZE_MAX;
        found += got == SIZE_MAX ? 0 : got;
        buf_free(&c.text);
    }
    check(different == 0 && found > 3000, "with a filter, the same is found: %zu times", found);
}

/* The filter leaves out what is not there: else it would be no filter. */
static void test_filter_sharp(void)
{
    static const char text[] = "A small file, with some words and 0123456789abcdef0123456789.\n";
    struct grams *grams = grams_make(strlen(text));
    size_t passed = 0;

    if (!grams)
        exit(1);
    grams_add(grams, slice_of(text));
    for (int i = 0; i < 1000; i++) {
        char value[33];
        unsigned char bytes[16];

        randombytes_buf(bytes, sizeof bytes);
        sodium_bin2hex(value, sizeof value, bytes, sizeof bytes);
        passed += grams_may_have(grams, slice_of(value));
    }
    check(passed < 10, "of 1,000 values that are not there, %zu pass", passed);
    grams_free(grams);
}

static void test_env_files(void)
{
    static const char *const ours[] = {".env", "a/.env", ".env.local", "x/prod.env", ".envrc"};
    static const char *const others[] = {".env.example", "a/.env.sample", "env",   ".environment",
                                         "x.env/y",      ".env.dist",     "a.envx"};

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        check(leak_is_env_file(ours[i]), "%s holds variables", ours[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        check(!leak_is_env_file(others[i]), "%s does not", others[i]);
}

static void test_assignments(void)
{
    static const struct {
        const char *line, *key, *value;
    } cases[] = {
        {"A=b", "A", "b"},         {"  export A = b  \r", "A", "b"},
        {"export\tA=b", "A", "b"}, {"A=\"b c\" # d", "A", "b c"},
        {"A='b'", "A", "b"},       {"A=b #c", "A", "b"},
        {"A=b#c", "A", "b#c"},     {"A='b", "A", "'b"},
        {"A=b=c", "A", "b=c"},     {"A=", "A", ""},
        {"A", NULL, NULL},         {"", NULL, NULL},
        {"# A=b", NULL, NULL},     {"=b", NULL, NULL},
        {"A B=c", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice key, value;
        bool is = leak_assignment(slice_of(cases[i].line), &key, &value);

        check(is == (cases[i].key != NULL) &&
                  (!is || (slice_is(key, cases[i].key) && slice_is(value, cases[i].value))),
              "an assignment: '%s'", cases[i].line);
    }
}

/* A zero byte is neither white space nor a quote, and begins no comment. */
static void test_zero_bytes(void)
{
    struct slice key, value;

    check(!leak_assignment((struct slice){"\0A=b", 4}, &key, &value), "a zero byte before a name");
    check(leak_assignment((struct slice){"A=\0b\0c", 6}, &key, &value) &&
              slice_equal(value, (struct slice){"\0b\0c", 4}),
          "zero bytes around a value stay");
    check(leak_assignment((struct slice){"A=b\0#c", 6}, &key, &value) &&
              slice_equal(value, (struct slice){"b\0#c", 4}),
          "a # after a zero byte begins no comment");
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_worth();
    test_places();
    test_binary();
    test_base64();
    test_several();
    test_long();
    test_lines();
    test_forms();
    test_same();
    test_texts();
    test_filter();
    test_filter_sharp();
    test_env_files();
    test_assignments();
    test_zero_bytes();
    return tap_done();
}
