/* lib/toml: what the conformance vectors do not ask (tests/vectors/toml.t): the tree, the places in
 * errors, what errors keep to themselves, and hostile texts. */
#include "text/toml.h"
#include "residue.h"
#include "tap.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    char *text; /* exactly as large as it is, so that a sanitizer sees a step beyond it */
    struct arena arena;
    struct toml_value *root;
    struct err err;
    enum err_code code;
};

static struct reading read_slice(struct slice text)
{
    struct reading r = {.text = malloc(text.len ? text.len : 1)};

    if (!r.text)
        abort();
    if (text.len)
        memcpy(r.text, text.at, text.len);
    r.code = toml_parse((struct slice){r.text, text.len}, &r.arena, &r.root, &r.err);
    return r;
}

static struct reading read_text(const char *text)
{
    return read_slice(slice_of(text));
}

static void done(struct reading *r)
{
    arena_free(&r->arena);
    free(r->text);
}

static struct toml_value *find(const struct toml_value *table, const char *name)
{
    return toml_find(table, slice_of(name));
}

static bool refused(const char *text, const char *message)
{
    struct reading r = read_text(text);
    bool right = r.code == ERR_FORMAT && strcmp(r.err.text, message) == 0;

    if (r.code != ERR_FORMAT)
        printf("# taken for valid\n");
    else if (!right)
        printf("# %s\n", r.err.text);
    done(&r);
    return right;
}

/* --- values --- */

static void test_tree(void)
{
    static const char text[] = "# a comment\n"
                               "title = 'x'\n"
                               "\"quoted key\" = \"\"\"\n"
                               "two\n"
                               "lines\"\"\"\n"
                               "a.b.c = { d = '1', e.f = true }\n"
                               "\n"
                               "[table]\n"
                               "n = '''\n"
                               "'''\n"
                               "[a.z]\n"
                               "[empty]\n";
    static const char *const names[] = {"title", "quoted key", "a", "table", "empty"};
    static const uint32_t lines[] = {2, 3, 6, 8, 12};
    struct reading r = read_text(text);
    const struct toml_value *v, *c;
    bool in_order = true, at_line = true;
    size_t i = 0;

    if (!check(r.code == ERR_OK, "a text is read"))
        return;
    for (v = r.root->as.table.first; v; v = v->next, i++) {
        in_order = in_order && i < 5 && slice_is(toml_name(v), names[i]);
        at_line = at_line && i < 5 && v->line == lines[i];
    }
    check(i == 5 && r.root->len == 5, "five values");
    check(in_order, "in the order of the source");
    check(at_line, "each with its line");
    check(slice_is(toml_text(find(r.root, "quoted key")), "two\nlines"), "a string of two lines");
    c = find(find(find(r.root, "a"), "b"), "c");
    if (!check(c && c->type == TOML_TABLE && c->len == 2 && c->line == 6, "dotted keys"))
        return;
    check(slice_is(toml_text(find(c, "d")), "1") && find(c, "d")->type == TOML_STRING &&
              find(find(c, "e"), "f")->type == TOML_BARE,
          "the values of an inline table");
    check(find(find(r.root, "a"), "z")->line == 11, "a table has the line of its header");
    check(find(r.root, "table")->len == 1 && find(r.root, "empty")->len == 0, "tables");
    check(!find(r.root, "absent") && !find(r.root, "") && !find(r.root, "titl") &&
              !find(r.root, "titles"),
          "an absent name is not found");
    check(!find(find(r.root, "title"), "x"), "nor is any name in a string");
    done(&r);
}

/* Where the text has no escapes, nothing is copied. */
static void test_slices(void)
{
    struct reading r = read_text("a = \"plain\"\nb = \"esc\\u00e9ped\\n\"\n\"k\\ty\" = ''");
    const char *a, *b;

    if (!check(r.code == ERR_OK, "strings with and without escapes"))
        return;
    a = find(r.root, "a")->as.text_at;
    b = find(r.root, "b")->as.text_at;
    check(a == r.text + 5, "a plain string is a slice of the text");
    check(b < r.text || b >= r.text + 40, "one with escapes is not");
    check(slice_is(toml_text(find(r.root, "b")), "escéped\n"), "and holds what they stand for");
    check(find(r.root, "k\ty") != NULL, "a key may have escapes");
    done(&r);
}

static bool is_string(const char *source, const char *expected, size_t len)
{
    struct reading r = read_text(source);
    struct toml_value *v = r.code == ERR_OK ? find(r.root, "s") : NULL;
    bool right =
        v && v->type == TOML_STRING && slice_equal(toml_text(v), (struct slice){expected, len});

    done(&r);
    return right;
}

static void test_strings(void)
{
    static const struct {
        const char *source, *expected;
        size_t len;
    } cases[] = {
        {"s = \"\"", "", 0},
        {"s = ''''''", "", 0},
        {"s = \"\"\"\"\"\"", "", 0},
        {"s = \"\\b\\t\\n\\f\\r\\\"\\\\\"", "\b\t\n\f\r\"\\", 7},
        {"s = \"\\u0000\\u007F\\u0080\\u07FF\\u0800\\uD7FF\\uE000\\uFFFF\"",
         "\0\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 18},
        {"s = \"\\U00010000\\U0010ffff\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8},
        {"s = '\\n\"'", "\\n\"", 3},
        {"s = \"\"\"\na\"\"b\"\"\"\"\"", "a\"\"b\"\"", 6},
        {"s = '''\na''b'''''", "a''b''", 6},
        {"s = \"\"\"a \\  \n\n \t b\\\r\n\"\"\"", "a b", 3},
        {"s = \"\"\"\r\na\r\nb\"\"\"", "a\r\nb", 4},
        {"s = '''\r\na\r\nb'''", "a\r\nb", 4},
        {"s = '''\n\na'''", "\na", 2},
        {"s = \"\"\"\\\"\"\"\\\\\"\"\"", "\"\"\"\\", 4}, /* \" "" \\ and it closes */
        {"s = \"tab\there\"", "tab\there", 8},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(is_string(cases[i].source, cases[i].expected, cases[i].len), "string %zu", i);
}

/* The format has places for n times x, and for c. */
static bool accepted(const char *format, int n, int c)
{
    char text[64];
    int len = snprintf(text, sizeof text, format, n, "xxxxxxxxxxxxxxxxxx", c);
    struct reading r = read_slice((struct slice){text, (size_t)len});
    bool yes = r.code == ERR_OK;

    done(&r);
    return yes;
}

static bool is_one_of(int c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

/* What looks at eight characters at a time, against the obvious rule: each one at each place. */
static void test_every_character(void)
{
    static const char of_a_key[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_";
    bool key = true, basic = true, literal = true, comment = true;

    for (int c = 0; c < 128; c++)
        for (int n = 0; n < 18; n++) {
            bool visible = c == '\t' || (c >= ' ' && c < 0x7F);

            key = key && accepted("%.*s%cyy.zzzzzzz = 1", n, c) ==
                             (is_one_of(c, of_a_key) || is_one_of(c, n ? "." : "\t\n #"));
            basic = basic &&
                    accepted("s = \"%.*s%cyyyyyyyy\"", n, c) == (visible && !is_one_of(c, "\"\\"));
            literal = literal &&
                      accepted("s = '%.*s%cyyyyyyyy'", n, c) == (visible && !is_one_of(c, "'"));
            comment = comment && accepted("#%.*s%c#yyyyyyy", n, c) == (visible || c == '\n');
        }
    check(key, "each character at each place of a bare key");
    check(basic, "of a basic string");
    check(literal, "of a literal string");
    check(comment, "of a comment");
}

static void test_bad_utf8(void)
{
    static const char *const bad[] = {"\x80",         "\xC3",     "\xC0\x80", "\xE0\x80\x80",
                                      "\xED\xA0\x80", "\xE2\x82", "\xFF",     "\xF4\x90\x80\x80"};
    bool right = true;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (int n = 0; n < 12; n++) {
            char text[64], message[64];

            snprintf(text, sizeof text, "# é\n# é%.*s%s z", n, "xxxxxxxxxxxx", bad[i]);
            snprintf(message, sizeof message, "line 2, column %d: not UTF-8", n + 4);
            right = refused(text, message) && right;
        }
    check(right, "what is not UTF-8, at each place");
}

/* Returned as written, for a caller that takes them. */
static void test_bare(void)
{
    static const char *const words[] = {"true",       "false", "0",    "-17",  "+99",   "1_000",
                                        "0xDEADBEEF", "0o755", "0b11", "3.14", "-1e-9", "6.6E+34"};
    static const char *const others[] = {
        "yes", "True", "nan",   "inf",        "-inf",     ".5",
        "+",   "-",    "$x",    "2024-01-01", "07:32:00", "1979-05-27T07:32:00Z",
        "[]",  "[1]",  "['a']", "tru",        "0x1-2"};
    bool right = true;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char text[64];
        struct reading r;
        const struct toml_value *v;

        snprintf(text, sizeof text, "a = %s # 9", words[i]);
        r = read_text(text);
        v = r.code == ERR_OK ? find(r.root, "a") : NULL;
        if (!v || v->type != TOML_BARE || !slice_is(toml_text(v), words[i])) {
            printf("# %s\n", words[i]);
            right = false;
        }
        done(&r);
    }
    check(right, "numbers and booleans are returned as written");
    right = true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char text[64];

        snprintf(text, sizeof text, "\na = %s", others[i]);
        right = refused(text, "line 2, column 5: not accepted: a value is a string in quotes, or "
                              "a table { … } of such") &&
                right;
    }
    check(right, "anything else is refused by one sentence");
}

/* --- errors --- */

static void test_errors(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a = 1\nb =", "line 2, column 4: a value is missing"},
        {"a = # none\n", "line 1, column 5: a value is missing"},
        {"a = {b = 1,}", "line 1, column 12: expected a key"},
        {"a = {b = 1 c = 2}", "line 1, column 12: expected , or }"},
        {"a = {b = 1,\n c = 2}", "line 1, column 12: expected a key"},
        {"a = {b = 1 # }\n", "line 1, column 5: this inline table is not closed on its line"},
        {"a = {", "line 1, column 6: expected a key"},
        {"a", "line 1, column 2: expected = after the key"},
        {"a b = 1", "line 1, column 3: expected = after the key"},
        {"a. = 1", "line 1, column 4: expected a key"},
        {"= 1", "line 1, column 1: expected a key"},
        {"\"\"\"a\"\"\" = 1", "line 1, column 3: expected = after the key"},
        {"a = 1 b", "line 1, column 7: expected the end of the line"},
        {"a = \"b\" c", "line 1, column 9: expected the end of the line"},
        {"[a] b = 1", "line 1, column 5: expected the end of the line"},
        {"[a", "line 1, column 3: expected ]"},
        {"b = 1\n[[a] ]", "line 2, column 1: an array of tables is not accepted: expected [name]"},
        {"[ [a] ]", "line 1, column 3: expected a key"},
        {"[]", "line 1, column 2: expected a key"},
        {"é = 1", "line 1, column 1: expected a key"},
        {"a = \"é\" é", "line 1, column 9: expected the end of the line"},
        {"\xEF\xBB\xBF= 1", "line 1, column 1: expected a key"},
        {"a = \"b\nc\"", "line 1, column 5: this string is not closed"},
        {"a = 'b", "line 1, column 5: this string is not closed"},
        {"a = \"b\\", "line 1, column 5: this string is not closed"},
        {"a = \"b\\\"", "line 1, column 5: this string is not closed"},
        {"a = \"b\\\nc\"", "line 1, column 5: this string is not closed"},
        {"\n\na = \"\"\"\nb\"\"\nc", "line 3, column 5: this string is not closed"},
        {"a = \"\"\"", "line 1, column 5: this string is not closed"},
        {"a = '''b''", "line 1, column 5: this string is not closed"},
        {"a = \"\"\"b\"\"\"\"\"\"", "line 1, column 14: expected the end of the line"},
        {"a = \"é\\x41\"", "line 1, column 7: no such escape"},
        {"a = \"\\e\"", "line 1, column 6: no such escape"},
        {"a = \"\\ \"", "line 1, column 6: no such escape"},
        {"a = \"\"\"\n\n \\ b\"\"\"", "line 3, column 2: a backslash before a blank"},
        {"a = \"\\u12\"", "line 1, column 6: \\u needs 4 hexadecimal digits"},
        {"a = \"\\u12g4\"", "line 1, column 6: \\u needs 4 hexadecimal digits"},
        {"a = \"\\U0001234\"", "line 1, column 6: \\U needs 8 hexadecimal digits"},
        {"a = \"\\ud800\"", "line 1, column 6: no such character"},
        {"a = \"\\uDFFF\"", "line 1, column 6: no such character"},
        {"a = \"\\U00110000\"", "line 1, column 6: no such character"},
        {"a = 1\r", "line 1, column 6: a carriage return without a newline"},
        {"a = 'b\rc'", "line 1, column 7: a carriage return without a newline"},
        {"# \x7f", "line 1, column 3: a control character"},
        {"a = 1\n b = '\x1b[m'", "line 2, column 7: a control character"},
        {"a = 1\n\na = 2", "line 3, column 1: a is already defined on line 1"},
        {"\"a\" = 1\n'a' = 2", "line 2, column 1: this key is already defined on line 1"},
        {"a = {b = 1, b = 2}", "line 1, column 13: b is already defined on line 1"},
        {"a = 1\na.b = 2", "line 2, column 1: a is already defined on line 1"},
        {"a.b = 1\na = 2", "line 2, column 1: a is already defined on line 1"},
        {"a.b = 1\na.b.c = 2", "line 2, column 3: b is already defined on line 1"},
        {"a = {}\na.b = 1", "line 2, column 1: a is already defined on line 1"},
        {"a = {}\n[a.b]", "line 2, column 2: a is already defined on line 1"},
        {"a = {b.c = 1, b = 2}", "line 1, column 15: b is already defined on line 1"},
        {"[a]\n[b]\n[a]", "line 3, column 2: a is already defined on line 1"},
        {"[a.b]\n[a]\n[a]", "line 3, column 2: a is already defined on line 2"},
        {"a.b = 1\n[a]", "line 2, column 2: a is already defined on line 1"},
        {"[a]\nb.c = 1\n[a.b]", "line 3, column 4: b is already defined on line 2"},
        {"[a.b]\n[a]\nb.c = 1", "line 3, column 1: b is already defined on line 1"},
        {"[a.b.c]\n[a]\nb.d = 1\n[a.b]", "line 4, column 4: b is already defined on line 1"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(refused(cases[i].text, cases[i].message), "%s", cases[i].message);
}

static void test_allowed(void)
{
    static const char *const texts[] = {
        "",
        "\xEF\xBB\xBF",
        "\xEF\xBB\xBF\x61 = 1\r\n",
        "a = 1\nb = 2",
        "\t \n#",
        "'' . b.\"\\\"\".c = 1\n",
        "[a.b]\n[a]\n[a.c]\n",
        "[a.b.c]\n[a]\nb.d = 1\n[a.b.e]\n",
        "[a]\nb.c = 1\n[a.b.d]\n",
        "a.b = 1\na.c = 2\n[a.d]\n",
        "a = {b.c = 1, b.d = {}}",
        "a = {b = {}, c = \"\"\"\n\"\"\"}",
        "2020-01-01 = 1\n1.2 = 3\n-_ = 1\ntrue = false\n",
    };
    bool right = true;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct reading r = read_text(texts[i]);

        if (r.code != ERR_OK)
            printf("# %zu: %s\n", i, r.err.text);
        right = right && r.code == ERR_OK;
        done(&r);
    }
    check(right, "what is unusual, and allowed");
}

/* --- what errors keep to themselves --- */

/* Whether four characters of the secret in a row stand in the message. */
static bool tells(const char *message)
{
    static const char secret[] = "hunter2hunter2";

    for (size_t i = 0; i + 4 < sizeof secret; i++) {
        char part[5] = {secret[i], secret[i + 1], secret[i + 2], secret[i + 3], '\0'};

        if (strstr(message, part))
            return true;
    }
    return false;
}

/* Every character of the text is left out, and replaced by each of some others. */
static void test_secrets_in_errors(void)
{
    static const char text[] = "A = \"hunter2hunter2\"\nB = '''\nhunter2hunter2=\n'''\n"
                               "C = { d = \"hunter2hunter2\", base64 = \"hunter2hunter2==\" }\n"
                               "[\"hunter2hunter2\"]\n[\"hunter2hunter2\"]\n";
    static const char others[] = "\"'\\\n=#[]{}.,x1\x01\x80";
    size_t errors = 0;
    bool quiet = true;

    for (size_t i = 0; i < sizeof text - 1; i++)
        for (size_t j = 0; j < sizeof others; j++) {
            struct buf changed = {0};
            struct reading r;

            buf_add(&changed, text, i);
            buf_add(&changed, others + j, j < sizeof others - 1);
            buf_add_text(&changed, text + i + 1);
            r = read_slice(buf_slice(&changed));
            errors += r.code == ERR_FORMAT;
            if (r.code != ERR_OK && tells(r.err.text)) {
                printf("# %zu, %zu: %s\n", i, j, r.err.text);
                quiet = false;
            }
            done(&r);
            buf_free(&changed);
        }
    check(tells("… ter2h …"), "a message that tells is seen");
    check(errors > 1000 && quiet, "%zu errors do not hold the secret", errors);
}

static void test_keys_in_errors(void)
{
    char key[101], text[256], message[256];

    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    snprintf(text, sizeof text, "%s = 1\n%s = 2", key, key);
    snprintf(message, sizeof message, "line 2, column 1: %.64s… is already defined on line 1", key);
    check(refused(text, message), "a long key is cut");
}

static void put_inverted(struct buf *out, const unsigned char *inverted, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = (char)~inverted[i];

        buf_add(out, &c, 1);
    }
}

static void test_residue(void)
{
    static const unsigned char inverted[] = {'s' ^ 0xFF, '3' ^ 0xFF, 'c' ^ 0xFF, 'r' ^ 0xFF,
                                             'e' ^ 0xFF, 't' ^ 0xFF, '~' ^ 0xFF, '!' ^ 0xFF};
    static const char *const ends[] = {"\"\n", "\"\n\n\"", "\\z\"\n"}; /* the first is valid */
    bool none = true;

    if (residue_count(inverted, sizeof inverted) < 0) {
        tap_skip("this system does not show a process its memory");
        return;
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct buf text = BUF_SECRET;
        struct arena arena = {0};
        struct toml_value *root;
        struct err err;

        buf_add_text(&text, "a = \"plain ");
        put_inverted(&text, inverted, sizeof inverted);
        buf_add_text(&text, "\"\nb = \"\\t");
        put_inverted(&text, inverted, sizeof inverted);
        buf_add_text(&text, ends[i]);
        check((toml_parse(buf_slice(&text), &arena, &root, &err) == ERR_OK) == (i == 0) &&
                  residue_count(inverted, sizeof inverted) >= 3,
              "text %zu is read, its secrets are in memory", i);
        arena_free(&arena);
        buf_free(&text);
        none = none && residue_count(inverted, sizeof inverted) == 0;
    }
    check(none, "and no longer when it and the arena are freed");
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_tree();
    test_slices();
    test_strings();
    test_every_character();
    test_bad_utf8();
    test_bare();
    test_errors();
    test_allowed();
    test_secrets_in_errors();
    test_keys_in_errors();
    test_residue();
    return tap_done();
}
