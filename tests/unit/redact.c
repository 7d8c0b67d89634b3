/* lib/redact and lib/forms: what programs write of a value, at every place where it can be cut. */
#include "find/redact.h"
#include "obvious_needles.h"
#include "tap.h"

#include <sodium.h>
#include <stdlib.h>

static struct redact *make(const char *const *values)
{
    struct redact_value list[8];
    struct redact *r;
    size_t count = 0;

    while (values[count]) {
        static const char *const keys[] = {"A", "B", "C", "D", "E", "F", "G", "H"};

        list[count] =
            (struct redact_value){{"s", 1}, slice_of(keys[count]), slice_of(values[count])};
        count++;
    }
    r = redact_make(list, count);
    if (!r)
        abort();
    return r;
}

/* Feeds the text in pieces: up to `split`, and then the rest, each in pieces of at most `piece`. */
static void mask(const struct redact *r, struct slice text, size_t split, size_t piece,
                 struct buf *out)
{
    struct redact_stream s = redact_stream_of(r);

    buf_clear(out);
    for (size_t at = 0; at < text.len;) {
        size_t end = at < split ? split : text.len, len = end - at < piece ? end - at : piece;
        char *exact = malloc(len);

        if (!exact)
            abort();
        memcpy(exact, text.at + at, len);
        if (!redact_feed(&s, (struct slice){exact, len}, out))
            abort();
        free(exact);
        at += len;
    }
    if (!redact_flush(&s, out) || redact_held(&s) != 0)
        abort();
    redact_stream_free(&s);
}

/* Every split point, and byte by byte. */
static bool becomes(const struct redact *r, struct slice text, struct slice expected)
{
    struct buf out = BUF_SECRET;
    bool right = true;

    for (size_t split = 0; split <= text.len && right; split++) {
        mask(r, text, split, text.len, &out);
        right = slice_equal(buf_slice(&out), expected);
    }
    for (size_t piece = 1; piece <= 3 && right; piece++) {
        mask(r, text, 0, piece, &out);
        right = slice_equal(buf_slice(&out), expected);
    }
    if (!right)
        printf("# it is: %.*s\n", (int)out.len, out.data);
    buf_free(&out);
    return right;
}

/* ---- what real writers make of one value ---- */

#define VALUE "p@ss w/\"\\\xC3\xB6\n<&+~\xF0\x9F\x94\x91'*!"

static void test_writers(void)
{
    static const struct {
        const char *writer, *form;
    } cases[] = {
        {"as it is", VALUE},
        {"a terminal", "p@ss w/\"\\\xC3\xB6\r\n<&+~\xF0\x9F\x94\x91'*!"},
        {"Python's json.dumps", "p@ss w/\\\"\\\\\\u00f6\\n<&+~\\ud83d\\udd11'*!"},
        {"json.dumps(ensure_ascii=False)", "p@ss w/\\\"\\\\\xC3\xB6\\n<&+~\xF0\x9F\x94\x91'*!"},
        {"PHP's json_encode", "p@ss w\\/\\\"\\\\\\u00f6\\n<&+~\\ud83d\\udd11'*!"},
        {"Go's encoding/json", "p@ss w/\\\"\\\\\xC3\xB6\\n\\u003c\\u0026+~\xF0\x9F\x94\x91'*!"},
        {"System.Text.Json",
         "p@ss w/\\u0022\\\\\\u00F6\\n\\u003C\\u0026\\u002B~\\uD83D\\uDD11\\u0027*!"},
        {"JSON, longhand", "p@ss w/\\\"\\\\\xC3\xB6\\u000a<&+~\xF0\x9F\x94\x91'*!"},
        {"encodeURIComponent", "p%40ss%20w%2F%22%5C%C3%B6%0A%3C%26%2B~%F0%9F%94%91'*!"},
        {"encodeURI", "p@ss%20w/%22%5C%C3%B6%0A%3C&+~%F0%9F%94%91'*!"},
        {"Python's quote", "p%40ss%20w/%22%5C%C3%B6%0A%3C%26%2B~%F0%9F%94%91%27%2A%21"},
        {"Python's quote_plus", "p%40ss+w%2F%22%5C%C3%B6%0A%3C%26%2B~%F0%9F%94%91%27%2A%21"},
        {"URLSearchParams", "p%40ss+w%2F%22%5C%C3%B6%0A%3C%26%2B%7E%F0%9F%94%91%27*%21"},
        {"in small letters", "p%40ss%20w%2f%22%5c%c3%b6%0a%3c%26%2b~%f0%9f%94%91%27%2a%21"},
        {"hex", "7040737320772f225cc3b60a3c262b7ef09f9491272a21"},
        {"HEX", "7040737320772F225CC3B60A3C262B7EF09F9491272A21"},
        {"base64", "cEBzcyB3LyJcw7YKPCYrfvCflJEnKiE="},
        {"base64 without padding", "cEBzcyB3LyJcw7YKPCYrfvCflJEnKiE"},
    };
    struct redact *r = make((const char *const[]){VALUE, NULL});

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf text = {0};

        buf_printf(&text, "before %s, (%s) and after", cases[i].form, cases[i].form);
        check(becomes(r, buf_slice(&text), slice_of("before [s/A], ([s/A]) and after")),
              "%s, at every split point", cases[i].writer);
        buf_free(&text);
    }
    redact_free(r);
}

/* ---- base64: of the value among others, at each alignment, as libsodium writes it ---- */

static void expect_base64(struct buf *out, const char *text, size_t before, size_t len, size_t all)
{
    size_t first = (before * 8 + 5) / 6,
           last = before + len == all ? strlen(text) : (before + len) * 8 / 6;

    buf_clear(out);
    buf_printf(out, "<%.*s[s/A]%s>", (int)first, text, text + last);
}

static bool masks_base64(const struct redact *r, struct slice value, size_t before, size_t after,
                         int variant)
{
    unsigned char data[64];
    char text[128], whole[132];
    struct buf expected = {0};
    bool right;

    randombytes_buf(data, sizeof data);
    memcpy(data + before, value.at, value.len);
    memset(data + before + value.len, 0xFF, after); /* the last character is not that of an end */
    sodium_bin2base64(text, sizeof text, data, before + value.len + after, variant);
    expect_base64(&expected, text, before, value.len, before + value.len + after);
    snprintf(whole, sizeof whole, "<%s>", text);
    right = becomes(r, slice_of(whole), buf_slice(&expected));
    buf_free(&expected);
    return right;
}

static void test_base64(void)
{
    static const int variants[] = {
        sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
        sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_URLSAFE_NO_PADDING};
    static const char value[] = "\xFF\xFE~?>\xFB\xEF\xBE secret";

    for (size_t v = 0; v < 4; v++)
        for (size_t before = 0; before < 6; before++) {
            bool right = true;

            for (size_t len = REDACT_LEAST; len < sizeof value; len++) {
                struct redact_value one = {{"s", 1}, {"A", 1}, {value, len}};
                struct redact *r = redact_make(&one, 1);

                for (size_t after = 0; after < 4 && r && right; after++)
                    right = masks_base64(r, one.value, before, after, variants[v]);
                redact_free(r);
            }
            check(right, "base64, variant %d, %zu bytes in front", variants[v], before);
        }
}

static void test_wrapped(void)
{
    char value[101], text[160], wrapped[200], expected[] = "of a file:\n[s/A]\n";
    struct redact *r;

    for (size_t i = 0; i < 100; i++)
        value[i] = (char)('!' + i % 90);
    value[100] = '\0';
    r = make((const char *const[]){value, NULL});
    sodium_bin2base64(text, sizeof text, (unsigned char *)value, 100,
                      sodium_base64_VARIANT_ORIGINAL);
    for (int width = 64; width <= 76; width += 12) {
        snprintf(wrapped, sizeof wrapped, "of a file:\n%.*s\n%s\n", width, text, text + width);
        if (strlen(text) > 2 * (size_t)width)
            snprintf(wrapped, sizeof wrapped, "of a file:\n%.*s\n%.*s\n%s\n", width, text, width,
                     text + width, text + 2 * width);
        check(becomes(r, slice_of(wrapped), slice_of(expected)), "base64 in lines of %d", width);
    }
    redact_free(r);
}

/* ---- several values ---- */

static void test_several(void)
{
    static const struct {
        const char *values[5], *text, *masked;
    } cases[] = {
        {{"secret", "secrets"}, "secret secrets secre", "[s/A] [s/B] secre"},
        {{"abcdef", "defghi"}, "xabcdefghix", "x[s/A][s/B]x"},
        {{"abcdef", "defghi", "cdefgh"}, "abcdefghi", "[s/A][s/B]"},
        {{"aaaaaa"}, "aaaaaaaaaaaa", "[s/A][s/A]"},
        {{"aaaaaa"}, "aaaaaaaa", "[s/A][s/A]"},
        {{"same value", "same value"}, "same value", "[s/A]"},
        {{"short", "not so short", "12345"}, "short not so short 12345", "short [s/B] 12345"},
        {{NULL}, "nothing to be masked here at all", "nothing to be masked here at all"},
        {{"value\n"}, "value\n", "[s/A]"},
        {{"values\n"}, "values values\n", "[s/A] [s/A]"},
        {{"one\ntwo\n"}, "one\r\ntwo\r\none\ntwo", "[s/A][s/A]"},
        {{"[s/A]x"}, "[s/A]x", "[s/A]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct redact *r = make(cases[i].values);

        check(becomes(r, slice_of(cases[i].text), slice_of(cases[i].masked)), "%s",
              cases[i].masked);
        redact_free(r);
    }
}

/* ---- what is held back, and until when ---- */

static void test_held(void)
{
    struct redact *r = make((const char *const[]){"a secret", "a secret and more", NULL});
    struct redact_stream s = redact_stream_of(r);
    struct buf out = {0};

    check(redact_feed(&s, slice_of("not a sec"), &out) && slice_is(buf_slice(&out), "not ") &&
              redact_held(&s) == 5,
          "the beginning of a value is held back, and no more");
    check(redact_flush(&s, &out) && slice_is(buf_slice(&out), "not a sec") && !redact_held(&s),
          "it goes out when it is flushed");
    buf_clear(&out);
    check(redact_feed(&s, slice_of("ret, a secret"), &out) && slice_is(buf_slice(&out), "ret, ") &&
              redact_held(&s) == 8,
          "what was flushed is over; a value that may be a longer one is held back");
    buf_clear(&out);
    check(redact_flush(&s, &out) && slice_is(buf_slice(&out), "[s/A]") && !redact_held(&s),
          "and is masked when it is flushed");
    buf_clear(&out);
    check(redact_feed(&s, slice_of("a secret and mor"), &out) && out.len == 0 &&
              redact_flush(&s, &out) && slice_is(buf_slice(&out), "[s/A] and mor"),
          "with what follows it");
    redact_stream_free(&s);
    redact_free(r);
    buf_free(&out);
}

/* ---- at random: what remains is what no form of no value covers ---- */

enum { VALUES = 6, TEXT = 800 };

static size_t draw_text(const struct slice *forms, size_t count, char *text)
{
    size_t len = 0;

    while (len < TEXT - 65) {
        struct slice f = forms[randombytes_uniform((uint32_t)count)];
        size_t part = randombytes_uniform(3) ? f.len : 1 + randombytes_uniform((uint32_t)f.len);

        if (part > 64)
            part = 64;
        memcpy(text + len, f.at + (randombytes_uniform(2) ? 0 : f.len - part), part);
        len += part;
        if (randombytes_uniform(2))
            text[len++] = '~';
    }
    return len;
}

/* The text without what is covered, each covered run as one '#'. */
static void obvious_mask(const struct slice *forms, size_t count, struct slice text,
                         struct buf *out)
{
    size_t end = 0;

    buf_clear(out);
    for (size_t at = 0; at < text.len; at++) {
        struct needles_match m = obvious_match(forms, count, text, at);

        if (m.len && at + m.len > end) {
            if (out->len == 0 || out->data[out->len - 1] != '#')
                buf_add(out, "#", 1);
            end = at + m.len;
        }
        if (at >= end)
            buf_add(out, text.at + at, 1);
    }
}

static void join_labels(const struct buf *masked, struct buf *out)
{
    bool behind = false;

    buf_clear(out);
    for (size_t i = 0; i < masked->len; i++)
        if (masked->data[i] == '[') {
            if (!behind)
                buf_add(out, "#", 1);
            behind = true;
            i += sizeof "[s/A]" - 2;
        } else {
            buf_add(out, masked->data + i, 1);
            behind = false;
        }
}

static void test_at_random(unsigned letters)
{
    static char bytes[VALUES][16];
    const char *values[VALUES + 1] = {0};
    struct forms forms = FORMS_NONE;
    struct buf masked = {0}, ours = {0}, theirs = {0};
    struct redact *r;
    const struct needles_pattern *all;
    struct slice *list;
    bool right = true;
    size_t labels = 0, count;

    for (size_t i = 0; i < VALUES; i++) {
        size_t len = REDACT_LEAST + randombytes_uniform(9);

        for (size_t j = 0; j < len; j++)
            bytes[i][j] = "ab/+\n \"cdefghijklmnopq%&rstuv"[randombytes_uniform(letters)];
        bytes[i][len] = '\0';
        values[i] = bytes[i];
        right = right && forms_add(&forms, slice_of(bytes[i]), FORMS_TO_MASK);
    }
    r = make(values);
    all = forms_list(&forms, &count);
    list = calloc(count + 1, sizeof *list);
    for (size_t i = 0; list && i < count; i++)
        list[i] = all[i].head; /* all of it */
    right = right && list;
    for (int round = 0; round < 20 && right; round++) {
        char text[TEXT];
        struct slice whole = {text, draw_text(list, count, text)};

        obvious_mask(list, count, whole, &theirs);
        for (size_t piece = 1; piece < TEXT && right; piece = piece * 3 + 1) {
            mask(r, whole, randombytes_uniform((uint32_t)whole.len), piece, &masked);
            join_labels(&masked, &ours);
            right = slice_equal(buf_slice(&ours), buf_slice(&theirs));
        }
        for (size_t i = 0; i < masked.len; i++)
            labels += masked.data[i] == '[';
    }
    check(right && labels > 100, "values of %u letters, in pieces: %zu masked runs", letters,
          labels);
    redact_free(r);
    forms_free(&forms);
    free(list);
    buf_free(&masked);
    buf_free(&ours);
    buf_free(&theirs);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_writers();
    test_base64();
    test_wrapped();
    test_several();
    test_held();
    test_at_random(2);
    test_at_random(7);
    test_at_random(28);
    return tap_done();
}
