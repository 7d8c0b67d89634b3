/* What each dialect of dotenv makes of the lines on which parsers differ, and what is said of them.
 * tests/peers/dotenv.t holds the same readings against the parsers themselves. */
#include "tap.h"
#include "text/dotenv/dotenv.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct noted {
    size_t count, line;
    char said[4096];
};

static void note(void *user, size_t line, const char *what)
{
    struct noted *noted = user;

    noted->count++;
    noted->line = line;
    strncat(noted->said, what, sizeof noted->said - strlen(noted->said) - 1);
}

static struct vault_kv *read_text(const char *text, enum dotenv_dialect dialect,
                                  struct noted *noted, enum err_code *code, struct err *err)
{
    struct vault_kv *kv = kv_new();
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);

    if (!kv || !copy)
        abort();
    memset(noted, 0, sizeof *noted);
    memset(err, 0, sizeof *err);
    memcpy(copy, text, len); /* without a zero byte behind it */
    *code = dotenv_read((struct slice){copy, len}, dialect, kv, note, noted, err);
    free(copy);
    return kv;
}

/* The value of A, or why there is none. */
#define NONE "\001none"
#define FAULT "\001fault"

static const struct {
    const char *text, *node, *python, *ruby, *compose, *godotenv;
} readings[] = {
    {"A=b#c", "b", "b#c", "b", "b#c", "b#c"},
    {"A=b\t#c", "b", "b", "b", "b\t#c", "b"},
    {"A=b #c #d", "b", "b", "b", "b", "b #c"},
    {"A=#c", "", "#c", "", "#c", "#c"},
    {"A= #c", "", "#c", "", "#c", "#c"},
    {"A\nB=1", NONE, NONE, "", NONE, FAULT},
    {"export A\nB=1", NONE, NONE, FAULT, NONE, FAULT},
    {"A=1\nexport A\n", "1", NONE, "1", "1", FAULT},
    {"A: b", "b", NONE, "b", "b", "b"},
    {"A:b", NONE, NONE, NONE, "b", "b"},
    {"'A'=1", NONE, "1", NONE, FAULT, FAULT},
    {"A B=1", NONE, NONE, NONE, FAULT, FAULT},
    {"A=\"x\\ny\"", "x\ny", "x\ny", "x\\ny", "x\ny", "x\ny"},
    {"A=\"x\\ty\"", "x\\ty", "x\ty", "xty", "x\ty", "xty"},
    {"A=\"x\\\\y\"", "x\\\\y", "x\\y", "x\\y", "x\\y", "x\\y"},
    {"A=\"x\\\\ny\"", "x\\\ny", "x\\ny", "x\\ny", "x\\ny", "x\\ny"},
    {"A=\"x\\\"y\"", "x\\\"y", "x\"y", "x\"y", "x\"y", "x\"y"},
    {"A=\"x\\$y\"", "x\\$y", "x\\$y", "x$y", "x$y", "x$y"},
    {"A=\"\\q\\u00e9\"", "\\q\\u00e9", "\\q\\u00e9", "qu00e9", "\\q\\u00e9", "qu00e9"},
    {"A=\"\\0101\\0377\\09\"", "\\0101\\0377\\09", "\\0101\\0377\\09", "0101037709", "A\xC3\xBF\\9",
     "0101037709"},
    {"A='x\\'y'", "x\\'y", "x'y", "x\\'y", "x'y", "x\\'y"},
    {"A='x\\\\y'", "x\\\\y", "x\\y", "x\\\\y", "x\\\\y", "x\\\\y"},
    {"A='C:\\'\n", "C:\\", "C:\\", "C:\\", FAULT, FAULT},
    {"A=x\\ y\\\\n", "x\\ y\\\\n", "x\\ y\\\\n", "x y\\n", "x\\ y\\\\n", "x\\ y\\\\n"},
    {"A=`x # y`", "x # y", "`x", "`x", "`x", "`x"},
    {"A=`x\ny`\n", "x\ny", "`x", "`x", FAULT, FAULT},
    {"A=\"x\nB=1", "\"x", NONE, "\"x", FAULT, FAULT},
    {"A=\"x\" y\n", "\"x\" y", NONE, "\"x\" y", "x", FAULT},
    {"A=\"x\" B=2", "\"x\" B=2", NONE, "\"x\" B=2", "x", "x"},
    {"A='x''y'\n", "x''y", NONE, "x''y", FAULT, FAULT},
    {"A=1\rB=2\r", "1", "1", "1", "1\rB=2", "1"},
    {"A='x\r\ny'", "x\ny", "x\ny", "x\ny", "x\r\ny", "x\ny"},
    {"\xEF\xBB\xBF"
     "A=1",
     "1", "1", "1", "1", FAULT},
    {"A=\xC2\xA0x\xC2\xA0", "x", "x", "\xC2\xA0x\xC2\xA0", "x", "x"},
    {"A=\n'x'\n", "x", "", "x", FAULT, FAULT},
    {"A=\"\\\"x\\\"\"", "\\\"x\\\"", "\"x\"", "\"x\"", "\"x\"", "\"x\\"},
    {"DOTENV_LINEBREAK_MODE=legacy\nA=\"x\\ny\"", "x\ny", "x\ny", "x\ny", "x\ny", "x\ny"},
    {"A=a$$b$", "a$$b$", "a$$b$", "a$$b$", "a$b$", "a$$b$"},
    {"A='$B ${B} $(B)'", "$B ${B} $(B)", "$B ${B} $(B)", "$B ${B} $(B)", "$B ${B} $(B)",
     "$B ${B} $(B)"},
    {"A=$B${B}$(B)", "$B${B}$(B)", "$B${B}$(B)", "$B${B}$(B)", "$B${B}$(B)", "$B${B}$(B)"},
    {"A=\\$B\\$(b)", "\\$B\\$(b)", "\\$B\\$(b)", "$B$(b)", "\\$B\\$(b)", "$B$(b)"},
};

static void test_reading(const char *text, enum dotenv_dialect dialect, const char *name,
                         const char *expected)
{
    struct noted noted;
    struct err err;
    enum err_code code;
    struct vault_kv *kv = read_text(text, dialect, &noted, &code, &err);
    const struct kv_pair *pair = code == ERR_OK ? kv_find(kv, slice_of("A")) : NULL;
    char shown[64] = "";

    for (size_t i = 0; text[i] && i + 1 < sizeof shown; i++)
        shown[i] = text[i] >= ' ' ? text[i] : '|';
    if (strcmp(expected, FAULT) == 0)
        check(code == ERR_FORMAT && strstr(err.text, "line "), "%s refuses %s", name, shown);
    else if (strcmp(expected, NONE) == 0)
        check(code == ERR_OK && !pair, "%s has no A in %s", name, shown);
    else
        check(pair && slice_is(pair->value, expected), "%s reads %s", name, shown);
    kv_free(kv);
}

static void test_readings(void)
{
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        test_reading(readings[i].text, DOTENV_NODE, "node", readings[i].node);
        test_reading(readings[i].text, DOTENV_PYTHON, "python", readings[i].python);
        test_reading(readings[i].text, DOTENV_RUBY, "ruby", readings[i].ruby);
        test_reading(readings[i].text, DOTENV_COMPOSE, "compose", readings[i].compose);
        test_reading(readings[i].text, DOTENV_GODOTENV, "godotenv", readings[i].godotenv);
    }
}

/* What the plain reading says of a text whose third line is this one. */
static const struct {
    const char *line, *says; /* NULL: nothing */
} notes[] = {
    {"A=b", NULL},
    {"A='b $B # \"c\" d\\e'", NULL},
    {"export A = b c # d", NULL},
    {"A=\"b # c\"", NULL},
    {"A=a$", NULL},
    {"A=b#c", "a # within a value"},
    {"A=b\t#c", "after a tab"},
    {"A=#c", "in place of a value"},
    {"A=b #c #d", "within a comment"},
    {"A=\"b\\nc\"", "within double quotes"},
    {"A='b\\\\c'", "within single quotes"},
    {"A='b\\'", "within single quotes"},
    {"A=b\\c", "without quotes"},
    {"A=$B", "a $ is kept"},
    {"A=\"${B}\"", "a $ is kept"},
    {"A='${B}'", "a $ is kept"},
    {"A=$(b)", "a $ is kept"},
    {"A=`b`", "a backtick"},
    {"A=b\rB=c", "a carriage return alone"},
    {"A='b\r\nc'", "a carriage return within quotes"},
    {"A=b\xC2\xA0", "an unusual space"},
    {"export A=", "an export without a value"},
};

static void test_note(const char *line, const char *says)
{
    char text[256];
    struct noted noted;
    struct err err;
    enum err_code code;
    struct vault_kv *kv;

    snprintf(text, sizeof text, "# one\nX='2'\n%s\nY=4\n", line);
    kv = read_text(text, DOTENV_PLAIN, &noted, &code, &err);
    if (says)
        check(code == ERR_OK && noted.count == 1 && noted.line == 3 && strstr(noted.said, says),
              "said: %s", says);
    else
        check(code == ERR_OK && noted.count == 0, "nothing is said: %s", line);
    kv_free(kv);
}

static void test_dialect_notes(void)
{
    static const struct {
        enum dotenv_dialect dialect;
        const char *text, *says;
    } all[] = {
        {DOTENV_NODE, "A=1\nmArKeD x\n", "skipped"},
        {DOTENV_PYTHON, "A=1\nB='mArKeD' x\n", "skipped"},
        {DOTENV_PYTHON, "A=1\nB=${mArKeD}\n", "python would expand"},
        {DOTENV_PYTHON, "A=1\nmArKeD\n", "without a value"},
        {DOTENV_RUBY, "A=1\nB=$mArKeD\n", "ruby would expand"},
        {DOTENV_RUBY, "A=1\nB=$(mArKeD)\n", "or run it"},
        {DOTENV_COMPOSE, "A=1\nB=$mArKeD\n", "compose would expand"},
        {DOTENV_COMPOSE, "A=1\nmArKeD\n", "skipped"},
        {DOTENV_GODOTENV, "A=1\nB=\"$MARKED\"\n", "godotenv would expand"},
    };
    struct noted noted;
    struct err err;
    enum err_code code;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        kv_free(read_text(all[i].text, all[i].dialect, &noted, &code, &err));
        check(code == ERR_OK && noted.count == 1 && noted.line == 2 &&
                  strstr(noted.said, all[i].says) && !strstr(noted.said, "mArKeD"),
              "dialect %d says: %s", (int)all[i].dialect, all[i].says);
    }
}

static void test_names(void)
{
    static const char text[] = "A-B=1\nC=2\n\nD.E='mArKeD\n'\n1A=3\n";
    struct noted noted;
    struct err err;
    enum err_code code;

    kv_free(read_text(text, DOTENV_NODE, &noted, &code, &err));
    check(code == ERR_FORMAT &&
              strcmp(err.text, "invalid names: line 1 (A-B), line 4 (D.E), line 6 (1A)") == 0,
          "all invalid names are one error");
    kv_free(read_text("sk_live/mArKeD+x=\n", DOTENV_PYTHON, &noted, &code, &err));
    check(code == ERR_FORMAT && strcmp(err.text, "invalid names: line 1") == 0,
          "what does not look like a name is not shown");
}

static void test_dialect_of(void)
{
    static const char *const names[] = {"node", "python", "ruby", "compose", "godotenv"};
    enum dotenv_dialect dialect;

    for (int i = 0; i < 5; i++)
        check(dotenv_dialect_of(names[i], &dialect) && (int)dialect == i + 1, "%s", names[i]);
    check(!dotenv_dialect_of("", &dialect) && !dotenv_dialect_of("bash", &dialect),
          "others are none");
}

/* ---- expansion, as python-dotenv does it ---- */

static const char *variable(const char *name)
{
    return strcmp(name, "HOST") == 0 ? "h" : strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static const struct {
    const char *text, *value; /* of A */
} expansions[] = {
    {"A=${HOST}", "h"},
    {"A=$HOST", "$HOST"},
    {"A='${HOST}'", "h"},
    {"A=\"${HOST}\\n\"", "h\n"},
    {"A=x${NONE}y", "xy"},
    {"A=${NONE:-d}${HOST:-d}${EMPTY:-d}", "dh"},
    {"A=${NONE:-${HOST}}", "${HOST}"},
    {"A=${NONE:d}", "${NONE:d}"},
    {"A=${HOST", "${HOST"},
    {"A=${", "${"},
    {"A=${}", ""},
    {"A=${x${HOST}", ""},
    {"HOST=own\nA=${HOST}", "own"},
    {"A=${B}\nB=1", ""},
    {"B=1\nA=${B}\nB=2", "1"},
    {"B=1\nB\nA=${B:-d}", ""},
    {"A=1\nA=${A}2", "12"},
    {"B=${HOST}\nA=${B}${B}", "hh"},
};

static struct vault_kv *read_expanded(const char *text, enum err_code *code, struct err *err)
{
    struct dotenv_rule rule = {.dialect = DOTENV_PYTHON, .variable = variable};
    struct vault_kv *kv = kv_new();

    if (!kv)
        abort();
    memset(err, 0, sizeof *err);
    *code = dotenv_read_by(slice_of(text), &rule, kv, NULL, NULL, err);
    return kv;
}

static void test_expansion(void)
{
    enum { DOUBLINGS = 30, OPENED = 1 << 20 };
    char text[2048] = "A=xxxxxxxx\n", *opened = malloc(2 * OPENED + 3);
    struct err err;
    enum err_code code;

    for (size_t i = 0; i < sizeof expansions / sizeof *expansions; i++) {
        struct vault_kv *kv = read_expanded(expansions[i].text, &code, &err);
        const struct kv_pair *a = kv_find(kv, slice_of("A"));

        check(code == ERR_OK && a && slice_equal(a->value, slice_of(expansions[i].value)), "%s",
              expansions[i].text);
        kv_free(kv);
    }
    for (int i = 0; i < DOUBLINGS; i++)
        strcat(text, "A=${A}${A}\n");
    kv_free(read_expanded(text, &code, &err));
    check(code == ERR_FORMAT, "values that double with each line");
    if (!opened)
        abort();
    memcpy(opened, "A=", 3);
    for (size_t i = 0; i < OPENED; i++)
        memcpy(opened + 2 + 2 * i, "${", 3);
    kv_free(read_expanded(opened, &code, &err));
    check(code == ERR_OK, "many references that do not end");
    free(opened);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_readings();
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        test_note(notes[i].line, notes[i].says);
    test_dialect_notes();
    test_names();
    test_dialect_of();
    test_expansion();
    return tap_done();
}
