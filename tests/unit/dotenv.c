/* dotenv files, read plainly: what each line means, and what is refused, by its line. */
#include "text/dotenv/dotenv.h"
#include "tap.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* The text in memory of its own size, so that a sanitizer sees what reads past its end. */
static struct vault_kv *read_exactly(const char *text, size_t len, enum err_code *code,
                                     struct err *err)
{
    struct vault_kv *kv = kv_new();
    char *copy = malloc(len ? len : 1);

    if (!kv || !copy)
        abort();
    memcpy(copy, text, len);
    *code = dotenv_read((struct slice){copy, len}, DOTENV_PLAIN, kv, NULL, NULL, err);
    free(copy);
    return kv;
}

struct good {
    const char *name, *text;
    const char *pairs[7]; /* in order, up to a NULL */
};

static const struct good good[] = {
    {"nothing", "", {NULL}},
    {"blank lines and comments", "\n  \n# A=1\n\t# B=2\n\n", {NULL}},
    {"a pair", "A=1", {"A", "1"}},
    {"pairs on lines", "A=1\nB=2\n", {"A", "1", "B", "2"}},
    {"CRLF", "A=1\r\nB=2\r\n", {"A", "1", "B", "2"}},
    {"a lone CR ends a line", "A=1\rB=2\r\rC='x\ry'\r", {"A", "1", "B", "2", "C", "x\ry"}},
    {"a BOM",
     "\xEF\xBB\xBF"
     "A=1\n",
     {"A", "1"}},
    {"an empty value", "A=\nB=''\nC=\"\"", {"A", "", "B", "", "C", ""}},
    {"export", "export A=1\nexport\tB=2\n", {"A", "1", "B", "2"}},
    {"a key called export", "export=1\n", {"export", "1"}},
    {"a key that begins so", "exported=1\n", {"exported", "1"}},
    {"spaces around", "  A =  1  \n\tB\t=\t2\t", {"A", "1", "B", "2"}},
    {"spaces within", "A=one two  three\n", {"A", "one two  three"}},
    {"a comment behind a value", "A=1 # one\nB=2\t#two", {"A", "1", "B", "2"}},
    {"a # within a value", "A=a#b\nB='a #b'\nC=\"a #b\"", {"A", "a#b", "B", "a #b", "C", "a #b"}},
    {"a comment in place of a value", "A=#b\nB= # c", {"A", "", "B", ""}},
    {"a comment behind quotes", "A='1'#one\nB=\"2\"  # two", {"A", "1", "B", "2"}},
    {"an = within a value", "A=b=c==\n", {"A", "b=c=="}},
    {"single quotes are literal", "A='\\n $B \"q\" \\'\n", {"A", "\\n $B \"q\" \\"}},
    {"double quotes have escapes",
     "A=\"a\\nb\\rc\\td\\\\e\\\"f\\$g\"",
     {"A", "a\nb\rc\td\\e\"f$g"}},
    {"other escapes stay", "A=\"\\x\\u0041\\'\\0\"", {"A", "\\x\\u0041\\'\\0"}},
    {"quotes go on over lines",
     "A='one\ntwo'\nB=\"three\r\nfour\"\nC=5",
     {"A", "one\ntwo", "B", "three\r\nfour", "C", "5"}},
    {"quotes within a bare value", "A=it's \"so\"", {"A", "it's \"so\""}},
    {"backslashes in a bare value", "A=a\\nb\\", {"A", "a\\nb\\"}},
    {"nothing is expanded or run",
     "A=$HOME\nB=\"${HOME}\"\nC=`id`$(id)",
     {"A", "$HOME", "B", "${HOME}", "C", "`id`$(id)"}},
    {"any bytes", "A=\xFF\xFE\x01\n", {"A", "\xFF\xFE\x01"}},
    {"the last of a name stays", "A=1\nB=2\nA=3", {"A", "3", "B", "2"}},
    {"a JSON value", "A={\"a\": [1, 2]}", {"A", "{\"a\": [1, 2]}"}},
};

static void test_good(const struct good *g)
{
    enum err_code code;
    struct err err = {.text = ""};
    struct vault_kv *kv = read_exactly(g->text, strlen(g->text), &code, &err);
    size_t count = 0;
    bool same = code == ERR_OK;

    for (; g->pairs[2 * count] && same; count++)
        same = count < kv->count && strcmp(kv->pairs[count].name, g->pairs[2 * count]) == 0 &&
               slice_is(kv->pairs[count].value, g->pairs[2 * count + 1]) &&
               kv->pairs[count].value.at[kv->pairs[count].value.len] == '\0';
    if (!check(same && kv->count == count, "%s", g->name))
        printf("# %s\n", err.text);
    kv_free(kv);
}

#define MARK "mArKeD"

static const struct {
    const char *text, *why;
} bad[] = {
    {MARK, "line 1: not of the form NAME=VALUE"},
    {"A=1\n" MARK " x\n", "line 2: not of the form NAME=VALUE"},
    {MARK "\nA='1' x\n1A=2\nB='" MARK, "line 1: not of the form NAME=VALUE; line 2: text after a "
                                       "closing quote; invalid names: line 3 (1A); line 4: a quote "
                                       "that is not closed"},
    {"=" MARK, "line 1: not of the form NAME=VALUE"},
    {"1A=" MARK, "invalid names: line 1 (1A)"},
    {"A-B=" MARK "\nC=\nD.E='1\n2'\n" MARK MARK MARK MARK MARK MARK MARK "-=",
     "invalid names: line 1 (A-B), line 3 (D.E), line 5"},
    {"\n\n'" MARK "'=1", "invalid names: line 3"},
    {"export " MARK, "line 1: not of the form NAME=VALUE"},
    {"A='" MARK, "line 1: a quote that is not closed"},
    {"A=\"" MARK "\\\"", "line 1: a quote that is not closed"},
    {"A='1\n2'\nB='" MARK "\n\n", "line 3: a quote that is not closed"},
    {"A='" MARK "' " MARK, "line 1: text after a closing quote"},
    {"A=\"1\"" MARK, "line 1: text after a closing quote"},
    {"A='1\n2\n' x" MARK, "line 1: text after a closing quote"},
    {"A: " MARK, "line 1: not of the form NAME=VALUE"},
};

static void test_bad(const char *text, const char *why)
{
    enum err_code code;
    struct err err = {.text = ""};
    struct vault_kv *kv = read_exactly(text, strlen(text), &code, &err);

    if (!check(code == ERR_FORMAT && strcmp(err.text, why) == 0 && !strstr(err.text, MARK),
               "refused: %s", why))
        printf("# %d: %s\n", (int)code, err.text);
    kv_free(kv);
}

/* A text cut at any place is read or refused, and never read past its end. */
static void test_cut(void)
{
    static const char text[] = "\xEF\xBB\xBF"
                               "export A=\"a\\n\\\"b\"  # c\r\nB='x\ny'\r\n";
    size_t read = 0, refused = 0;

    for (size_t len = 0; len < sizeof text; len++) {
        enum err_code code;
        struct err err;

        kv_free(read_exactly(text, len, &code, &err));
        read += code == ERR_OK;
        refused += code == ERR_FORMAT;
    }
    check(read > 0 && refused > 0 && read + refused == sizeof text, "a text is cut at every place");
}

static void test_zero_bytes(void)
{
    enum err_code code;
    struct err err;
    struct vault_kv *kv = read_exactly("A=a\0b\nB='\0'\nC=\"\\\0\"", 18, &code, &err);

    check(code == ERR_OK && kv->count == 3 && kv->pairs[0].value.len == 3 &&
              kv->pairs[1].value.len == 1 && kv->pairs[2].value.len == 2,
          "zero bytes are bytes");
    kv_free(kv);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        test_good(&good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        test_bad(bad[i].text, bad[i].why);
    test_cut();
    test_zero_bytes();
    return tap_done();
}
