/* lib/json: one object of strings, every way to write it, and every way to get it wrong. */
#include "text/json.h"
#include "tap.h"

#include <sodium.h>
#include <string.h>

#define MARK "swordfish"

static bool reads(const char *text, size_t len, size_t count, const char *name, const char *value,
                  size_t value_len)
{
    struct arena arena = {0};
    struct json_pair *pairs;
    struct err err;
    size_t n;
    bool right = json_read_strings((struct slice){text, len}, &arena, &pairs, &n, &err) == ERR_OK &&
                 n == count;

    if (right && count > 0) {
        const struct json_pair *last = &pairs[count - 1];

        right = strcmp(last->name, name) == 0 &&
                (value ? slice_equal(last->value, (struct slice){value, value_len}) &&
                             last->value.at[value_len] == '\0'
                       : !last->value.at);
    }
    arena_free(&arena);
    return right;
}

static bool refuses(const char *text, const char *why)
{
    struct arena arena = {0};
    struct json_pair *pairs;
    struct err err;
    size_t n;
    bool right = json_read_strings(slice_of(text), &arena, &pairs, &n, &err) == ERR_FORMAT &&
                 strcmp(err.text, why) == 0 && !strstr(err.text, MARK);

    if (!right)
        printf("# said: %s\n", err.text);
    arena_free(&arena);
    return right;
}

static void test_good(void)
{
    static const struct {
        const char *text;
        size_t count;
        const char *name, *value;
    } cases[] = {
        {"{}", 0, NULL, NULL},
        {" \t\r\n{ \n } \n", 0, NULL, NULL},
        {"\xEF\xBB\xBF{}", 0, NULL, NULL},
        {"{\"A\":\"b\"}", 1, "A", "b"},
        {"{\"A\":\"\"}", 1, "A", ""},
        {"{ \"A\" : null }", 1, "A", NULL},
        {"{\"A\":null,\"B\":\"c\"}", 2, "B", "c"},
        {"{\"A\":\"1\",\"a\":\"2\"}", 2, "a", "2"},
        {"{\"A\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", 1, "A", "\"\\/\b\f\n\r\t"},
        {"{\"A\":\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"}", 1, "A",
         "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"{\"A\":\"\xC3\xA9 \x7F\"}", 1, "A", "\xC3\xA9 \x7F"},
        {"{\"\\u0041\":\"b\"}", 1, "A", "b"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(reads(cases[i].text, strlen(cases[i].text), cases[i].count, cases[i].name,
                    cases[i].value, cases[i].value ? strlen(cases[i].value) : 0),
              "case %zu is read", i);
    check(reads("{\"A\":\"\\u0000x\"}", 15, 1, "A", "\0x", 2), "a zero byte in a value");
}

static void test_bad(void)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "line 1: not one JSON object"},
        {"[]", "line 1: not one JSON object"},
        {"\"" MARK "\"", "line 1: not one JSON object"},
        {"{", "line 1: expected a name in quotes"},
        {"{\"A\"", "line 1: expected a colon"},
        {"{\"A\":", "A is not a string, number or boolean"},
        {"{\n\"A\":\"" MARK, "line 2: a string that is not closed"},
        {"{\"A\":\"" MARK "\\\"", "line 1: a string that is not closed"},
        {"{\"A\":\"" MARK "\"", "line 1: expected a comma or the end of the object"},
        {"{\"A\":\"" MARK "\",}", "line 1: expected a name in quotes"},
        {"{\"A\":\"1\" \"B\":\"2\"}", "line 1: expected a comma or the end of the object"},
        {"{\"A\":\"1\"}\n{}", "line 2: text after the object"},
        {"{\"A\":05}", "A is not a string, number or boolean"},
        {"{\"A\":5.}", "A is not a string, number or boolean"},
        {"{\"A\":-}", "A is not a string, number or boolean"},
        {"{\"A\":1e}", "A is not a string, number or boolean"},
        {"{\"A\":5 6}", "line 1: expected a comma or the end of the object"},
        {"{\"A\":truely}", "line 1: expected a comma or the end of the object"},
        {"{\"A\":[\"" MARK "\"]}", "A is not a string, number or boolean"},
        {"{\"A\":{\"B\":\"" MARK "\"}}", "A is not a string, number or boolean"},
        {"{\"A\":'" MARK "'}", "A is not a string, number or boolean"},
        {"{A:\"" MARK "\"}", "line 1: expected a name in quotes"},
        {"{\"A\\u0000B\":\"" MARK "\"}", "line 1: a zero byte in a name"},
        {"{\"A\":\"a\nb\"}", "line 1: a control character in a string"},
        {"{\"A\":\"\\x41\"}", "line 1: an unknown escape"},
        {"{\"A\":\"\\u00g0\"}", "line 1: a malformed \\u escape"},
        {"{\"A\":\"\\u00\"}", "line 1: a malformed \\u escape"},
        {"{\"A\":\"\\uD83D\"}", "line 1: half of a surrogate pair"},
        {"{\"A\":\"\\uDE00\"}", "line 1: half of a surrogate pair"},
        {"{\"A\":\"\\uD83D\\u0041\"}", "line 1: half of a surrogate pair"},
        {"{\"A\":\"\xFF\"}", "not UTF-8"},
        {"{\"A\":\"" MARK "\",\"B\":\"\",\"A\":\"" MARK "\"}", "A is defined twice"},
        {"{\"A\":null,\"\\u0041\":\"" MARK "\"}", "A is defined twice"},
        {"{\"\\u001b\":null,\"\\u001b\":null}", "\\x1b is defined twice"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(refuses(cases[i].text, cases[i].why), "refused: %s", cases[i].why);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_good();
    test_bad();
    return tap_done();
}
