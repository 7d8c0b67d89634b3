/* lib/doc: what is not changed is written as it was read, what is added stands in its place, and
 * what does not belong into a vault file is refused with its line. */
#include "vault/doc.h"

#include "base/base64.h"
#include "vault_help.h"

#include <time.h>

#define SEAL "AAAAAAAAAAAAAAAAAAAAAA"
#define HEAD "[vault]\nformat = 1\nid = \"" SEAL "\"\n"

static char env_lines[256]; /* [vault.env.E] and what it always has, for E of one letter */

static const struct slice none = {"", 0};

/* %s is where the name of the environment goes. */
static void make_env_lines(void)
{
    struct person somebody = person_x25519();

    snprintf(env_lines, sizeof env_lines,
             "\n[vault.env.%%s]\ninbox-key = \"%s\"\nfirst-secret = \"" SEAL "\"\n",
             somebody.public_key);
}

static char *env_of(const char *name)
{
    struct buf out = {0};
    const char *at = strstr(env_lines, "%s");

    buf_add(&out, env_lines, (size_t)(at - env_lines));
    buf_add_text(&out, name);
    buf_add_text(&out, at + 2);
    buf_add(&out, "", 1);
    must(buf_ok(&out));
    return out.data;
}

/* HEAD, the environment e, and more; free it. */
static char *vault_with(const char *more)
{
    char *env = env_of("e");
    char *all = text_join(slice_of(HEAD), slice_of(env), slice_of(more));

    free(env);
    return all;
}

static enum err_code read_text(struct doc *doc, const char *text, struct err *err)
{
    struct buf copy = {0};

    buf_add(&copy, text, strlen(text));
    must(buf_ok(&copy));
    return doc_read(doc, &copy, err);
}

static bool is_written_as(const struct doc *doc, const char *wanted)
{
    struct buf out = {0};
    bool same;

    doc_write(doc, &out);
    must(buf_ok(&out));
    same = slice_is(buf_slice(&out), wanted);
    if (!same)
        printf("# it is:\n# %.*s\n", (int)out.len, out.data);
    buf_free(&out);
    return same;
}

static bool survives(const char *text)
{
    struct doc doc;
    struct err err;
    bool same = read_text(&doc, text, &err) == ERR_OK && is_written_as(&doc, text);

    doc_free(&doc);
    return same;
}

#define SECRET_OWN                                                                        \
    "next-secret = \"" SEAL "\"\ncreated-at = 2026-11-21T05:30:00Z\ncreated-by = \"a\"\n" \
    "first-key = \"" SEAL "\"\n"
#define SECRET(name) "\n[e." name "]\n" SECRET_OWN
#define KEY(name) name " = [\"" SEAL "\",\n  \"" SEAL "\"]\n"
#define OPEN(name, text) name " = [\"" text "\",\n  \"" SEAL "\",\n  \"" SEAL "\"]\n"
#define EVERY " ]#\\\"\\\\\\n\\t\\u0001\\u000D\\u007F\\u00EF\\uFFFF\\U00010000\\U0010FFFF~"

/* --- as it was --- */

static char *with_crlf(const char *text)
{
    struct buf out = {0};

    for (; *text; text++)
        buf_add(&out, *text == '\n' ? "\r\n" : text, *text == '\n' ? 2 : 1);
    buf_add(&out, "", 1);
    must(buf_ok(&out));
    return out.data;
}

static void test_as_it_was(void)
{
    static const struct {
        const char *more, *name;
    } texts[] = {
        {"", "an environment alone"},
        {"# the end", "a comment without a newline at the end"},
        {SECRET("s") KEY("A"), "a key"},
        {SECRET("s") "# about A\n\n  \n#\n" KEY("A") "\n\n# end\n", "comments and blank lines"},
        {SECRET("s") KEY("B") KEY("A"), "keys out of order"},
        {"\n[e.s]\nB = [ \"AA\" ,\n\n"
         "\"" SEAL "\", ]\n" SECRET_OWN KEY("A"),
         "a key before vault's own, over many lines"},
        {SECRET("z") SECRET("a"), "secrets out of order"},
        {"\n[vault.env.e.past]\n2 = \"AA\"\n1 = \"AA\"\n", "a past out of order"},
        {"\n[vault.env.e.inbox]\n\"s/K/0123abcd\" = \"AA\"\n", "an inbox"},
        {"\n[vault.env.e.readers]\nr = [\"a kind of key to come\", \"\", \"" SEAL "\",]\n",
         "a reader"},
        {SECRET("s") KEY("A") OPEN("B", "info") KEY("C"), "an open value"},
        {SECRET("s") OPEN("A", ""), "an empty open value"},
        {SECRET("s") "A = [ \"" EVERY "\",\"AA\",\n\n\"" SEAL "\" , ]\n" KEY("B"),
         "an open value with each escape"},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *text = vault_with(texts[i].more), *crlf = with_crlf(text);
        char *bom = text_join(slice_of("\xEF\xBB\xBF"), slice_of(crlf), none);
        char *cut = strdup(text);

        cut[strlen(cut) - 1] = '\0';
        check(survives(text) && survives(crlf) && survives(bom) && survives(cut),
              "%s: as it was, with CRLF, a BOM, and without its last byte", texts[i].name);
        free(text);
        free(crlf);
        free(bom);
        free(cut);
    }
}

/* --- what does not belong --- */

static bool fails(const char *text, enum err_code code, const char *words)
{
    struct doc doc;
    struct err err = {.text = ""};
    enum err_code got = read_text(&doc, text, &err);
    bool good = got == code && strstr(err.text, words);

    if (!good)
        printf("# code %d, wanted %d: %s\n", (int)got, (int)code, err.text);
    doc_free(&doc);
    return good;
}

/* With so many characters of two bytes, less one byte, in a secret without created-by. */
static bool fails_long(const char *start, size_t len, const char *end, const char *words)
{
    struct buf more = {0};
    char *text;
    bool good = true;

    for (size_t most = len - 1; most <= len; most++) {
        buf_clear(&more);
        buf_add_text(&more, "\n[e.s]\n");
        buf_add_text(&more, start + 1);
        for (size_t i = 0; i < most / 2; i++)
            buf_add_text(&more, "\\u00EF");
        buf_add_text(&more, most % 2 ? "x" : "");
        buf_add_text(&more, end);
        text = vault_with(buf_text(&more, ""));
        good = good && fails(text, ERR_FORMAT, most == len ? words : "line 9: a secret without");
        free(text);
    }
    buf_free(&more);
    return good;
}

static bool fails_proposal(size_t size, enum err_code wanted)
{
    struct buf more = {0};
    struct doc doc;
    struct err err;
    char *text;
    enum err_code code;

    buf_add_text(&more, "[vault.env.e.inbox]\n\"s/K/0123abcd\" = \"");
    for (size_t i = 0; i < BASE64_ENCODED(size); i++)
        buf_add_text(&more, "A");
    buf_add_text(&more, "\"\n");
    text = vault_with(buf_text(&more, ""));
    code = read_text(&doc, text, &err);
    doc_free(&doc);
    free(text);
    buf_free(&more);
    return code == wanted;
}

#define SPELLING "line 14: a text that is not spelled as vault spells it"

/* Line 9 is the first of `more`. */
static void test_refusals(void)
{
    static const struct {
        const char *more, *words;
    } cases[] = {
        {"x", "line 8: not a line"},
        {"x = \"y\"\n", "line 8: a key that does not belong"},
        {"format = 1\n", "line 8: a key that does not belong"},
        {"first-secret = \"" SEAL "\"\n", "line 8: a key that stands here twice"},
        {"\n\n[e]\n", "line 10: a table that does not belong"},
        {HEAD, "line 8: a table that stands here twice"},
        {"[vault.env.x.readers]\n", "line 8: a table of an environment that is not there"},
        {"[x.s]\n" SECRET_OWN, "line 8: a table of an environment that is not there"},
        {"[vault.env.x]\n", "line 8: an environment without inbox-key"},
        {"[e.s]\n", "line 8: a secret without next-secret"},
        {"[e.s] # x\n", "line 8: nothing may follow"},
        {"[e.s]\r", "line 8: nothing may follow"},
        {"[[e.s]]\n", "line 8: not a line"},
        {"[e.s.t.u.v]\n", "line 8: a table that does not belong"},
        {SECRET("s") SECRET("s"), "line 15: a table that stands here twice"},
        {SECRET("s") KEY("A") KEY("A"), "line 16: a key that stands here twice"},
        {SECRET("s") KEY("B") KEY("A") KEY("B"), "line 18: a key that stands here twice"},
        {"\n[e.s]\n" KEY("A") SECRET_OWN KEY("A"), "line 16: a key that stands here twice"},
        {"\n[e.s]\n" KEY("B") KEY("A") SECRET_OWN KEY("B"),
         "line 18: a key that stands here twice"},
        {SECRET("s") "A = \"AA\"\n", "line 14: a list of strings"},
        {SECRET("s") "A = [\"AA\"]\n", "line 14: an entry with too few"},
        {SECRET("s") "A = [\"AA\",\n\"AA\",\n\"" SEAL "\",\n\"AA\"]\n",
         "line 17: an entry with more"},
        {SECRET("s") "A = [\"AA\",\n\"" SEAL "\",\n\"AA\"]\n", "line 16: not 16 bytes"},
        {SECRET("s") "A = [\"x.y\",\n\"" SEAL "\"]\n", "line 14: a malformed string"},
        {SECRET("s") OPEN("A", "\xC3\xAF"), SPELLING},
        {SECRET("s") OPEN("A", "\\u0041"), SPELLING},
        {SECRET("s") OPEN("A", "\\u000A"), SPELLING},
        {SECRET("s") OPEN("A", "\\u0000"), SPELLING},
        {SECRET("s") OPEN("A", "\\u00ef"), SPELLING},
        {SECRET("s") OPEN("A", "\\uD83D\\uDD11"), SPELLING},
        {SECRET("s") OPEN("A", "\\U0000FFFF"), SPELLING},
        {SECRET("s") OPEN("A", "\\U00110000"), SPELLING},
        {SECRET("s") OPEN("A", "\\u12"), SPELLING},
        {SECRET("s") OPEN("A", "\\r"), SPELLING},
        {SECRET("s") OPEN("A", "x\ty"), "line 14: a malformed string"},
        {"[vault.env.e.readers]\nr = [\"\", \"\", \"" SEAL "\"]\n", "line 9: not a public key"},
        {"[vault.env.e.readers]\nr = [\"\xC3\xA9\", \"\", \"" SEAL "\"]\n",
         "line 9: not a public key"},
        {SECRET("s") "A = [\"AA\",\n\"" SEAL "\",,]\n", "line 15: an entry with more"},
        {SECRET("s") "A = [\"AA\",\n# x\n\"" SEAL "\"]\n", "line 15: a string belongs"},
        {SECRET("s") "A = [\"AA\",\n", "line 15: an entry without its end"},
        {SECRET("s") "A = [\"AB\",\n\"" SEAL "\"]\n", "line 14: not base64"},
        {SECRET("s") "A = [\"AA==\",\n\"" SEAL "\"]\n", "line 14: a malformed string"},
        {SECRET("s") "A = [\"AA\",\n\"AA\"]\n", "line 15: not 16 bytes"},
        {SECRET("s") "A-B = [\"AA\",\n\"" SEAL "\"]\n", "line 14: a key that does not belong"},
        {"[vault.env.e.past]\n1 = \"AA\"\n3 = \"AA\"\n", "line 10: a gap"},
        {"[vault.env.e.past]\n2 = \"AA\"\n1 = \"AA\"\n2 = \"AA\"\n", "line 11: a key that stands"},
        {"[vault.env.e.past]\n0 = \"AA\"\n", "line 9: a key that does not belong"},
        {"[vault.env.e.inbox]\n\"s\" = \"AA\"\n", "line 9: a key that does not belong"},
        {"[vault.env.e.inbox]\n\"s/K/0123ABCD\" = \"AA\"\n", "line 9: a key that does not belong"},
        {"[vault.env.e.inbox]\n\"s/K/0123abc\" = \"AA\"\n", "line 9: a key that does not belong"},
        {"[vault.env.e.inbox]\n\"s/K\" = \"AA\"\n", "line 9: a key that does not belong"},
        {"[vault.env.e.inbox]\ns = \"AA\"\n", "line 9: not a line"},
        {"# \x01\n", "line 8: a control character"},
        {"# \xFF\n", "line 8: a comment that is not UTF-8"},
        {"# \xC2\x9B\n", "line 8: a comment that is not UTF-8, or has C1 or bidi controls"},
        {"# a \xE2\x80\xAE b\n", "line 8: a comment that is not UTF-8, or has C1 or bidi controls"},
        {"\xEF\xBB\xBF\n", "line 8: not a line"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = vault_with(cases[i].more);

        check(fails(text, ERR_FORMAT, cases[i].words), "refused: %s", cases[i].words);
        free(text);
    }
    check(fails_long("\nA = [\"", DOC_OPEN_MAX + 1, "\",\n\"AA\",\n\"" SEAL "\"]\n",
                     "a longer open value"),
          "an open value has a limit");
    check(fails_proposal(DOC_PROPOSAL_MAX, ERR_OK) &&
              fails_proposal(DOC_PROPOSAL_MAX + 1, ERR_FORMAT),
          "a proposal has a limit");
    check(fails_long("\ncreated-by = \"", DOC_AUTHOR_MAX + 1, "\"\n", "a longer author"),
          "an author has a limit");
    check(fails("", ERR_FORMAT, "line 1: there is no [vault]"), "an empty file is no vault");
    check(fails("\xEF\xBB\xBF", ERR_FORMAT, "line 1: there is no [vault]"), "nor is a BOM");
    check(fails("format = 1\n" HEAD, ERR_FORMAT, "line 1: a line before"),
          "nothing stands before the first table");
    check(fails("[vault]\nformat = 1\n", ERR_FORMAT, "line 1: a [vault] without id"),
          "a vault has an id");
}

/* Whichever of the damages is met first. */
static void test_conflict_and_newer(void)
{
    static const char *const conflicts[] = {
        "<<<<<<< ours\n",          "x\n<<<<<<< ours\n", SECRET("s") "A = [\"AA\",\n=======\n",
        "[nonsense\n>>>>>>> x\n",  "||||||| base\r\n",  SECRET("s") SECRET("s") "=======",
        "format = 2\n<<<<<<< x\n",
    };
    static const char *const newer[] = {
        "[vault]\nformat = 2\n",
        "\xEF\xBB\xBF[vault]\r\nformat = 2\r\n",
        "x\n[vault]\nformat = 10\n",
        "[vault]\nid = {}\n\n# x\nformat = 99999999999999999999999999\n",
        "[vault]\nformat = 0\n",
        "[vault]\nformat = 2\n<<<<<<< x\n",
    };
    static const char *const neither[] = {
        "[vault]\nformat = 02\n",        "[vault]\nformat = \n",         "[vault]\nformat = 2x\n",
        "[vault.env]\nformat = 2\n",     "# [vault]\nformat = 2\n",      "[vault]\nformat = -2\n",
        HEAD "x\n# <<<<<<< a comment\n", HEAD "x\n======\n <<<<<<< x\n",
    };

    for (size_t i = 0; i < sizeof conflicts / sizeof *conflicts; i++) {
        char *text = vault_with(conflicts[i]);

        check(fails(text, ERR_CONFLICT, "conflict markers"), "a merge's markers, case %zu", i);
        free(text);
    }
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        check(fails(newer[i], ERR_NEWER, "newer vault"), "a newer format, case %zu", i);
    for (size_t i = 0; i < sizeof neither / sizeof *neither; i++)
        check(fails(neither[i], ERR_FORMAT, "line "), "neither newer nor a merge, case %zu", i);
}

/* --- changes --- */

static const struct slice parts[] = {{SEAL, 22}, {SEAL, 22}};

/* Adds keys to the secret e.s, in this order, and takes one out that is named with a '-'. */
static bool becomes(const char *before, const char *const *names, const char *after)
{
    struct doc doc;
    struct err err;
    struct doc_table *table;
    bool good;

    must(read_text(&doc, before, &err) == ERR_OK);
    table = doc_find(&doc, DOC_SECRET, slice_of("e"), slice_of("s"));
    must(table != NULL);
    for (; *names; names++) {
        struct slice name = slice_of(*names + (**names == '-'));
        struct doc_item *item = doc_find_entry(table, name), *behind;

        must((item != NULL) == (**names == '-'));
        if (item) {
            doc_remove_item(&doc, table, item);
            continue;
        }
        item = doc_add_item(&doc, table, DOC_ENTRY, name, parts, &behind);
        must(item && behind == doc_entry_before(item));
    }
    good = is_written_as(&doc, after) && survives(after);
    doc_free(&doc);
    return good;
}

static void check_change(const char *name, const char *before, const char *const *names,
                         const char *after)
{
    char *from = vault_with(before), *to = vault_with(after);
    char *from_crlf = with_crlf(from), *to_crlf = with_crlf(to);

    check(becomes(from, names, to), "%s", name);
    check(becomes(from_crlf, names, to_crlf), "%s, with CRLF", name);
    free(from);
    free(to);
    free(from_crlf);
    free(to_crlf);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_keys(void)
{
    check_change("a first key", SECRET("s"), NAMES("A"), SECRET("s") KEY("A"));
    check_change("keys go where their names belong", SECRET("s") KEY("B") KEY("D"),
                 NAMES("C", "A", "E", "B0"),
                 SECRET("s") KEY("A") KEY("B") KEY("B0") KEY("C") KEY("D") KEY("E"));
    check_change("in a table out of order, before the first that sorts after",
                 SECRET("s") KEY("D") KEY("B") KEY("F"), NAMES("C", "E", "G"),
                 SECRET("s") KEY("C") KEY("D") KEY("B") KEY("E") KEY("F") KEY("G"));
    check_change("with vault's own keys between them", "\n[e.s]\n" KEY("B") SECRET_OWN KEY("A"),
                 NAMES("-A", "-B", "A", "B"), "\n[e.s]\n" SECRET_OWN KEY("A") KEY("B"));
    check_change("found though out of order behind vault's own",
                 "\n[e.s]\n" KEY("C") SECRET_OWN KEY("A") KEY("B"), NAMES("-B", "-C", "-A"),
                 "\n[e.s]\n" SECRET_OWN);
    check_change("a comment goes with its key",
                 SECRET("s") KEY("A") "# about B\n#\n" KEY("B") "# about C\n" KEY("C") "# end\n",
                 NAMES("-B"), SECRET("s") KEY("A") "# about C\n" KEY("C") "# end\n");
    check_change("a comment stays with its key",
                 SECRET("s") KEY("A") "# about C\n" KEY("C") "# end\n", NAMES("B", "D"),
                 SECRET("s") KEY("A") KEY("B") "# about C\n" KEY("C") KEY("D") "# end\n");
    check_change("taken out and put back", SECRET("s") KEY("A") KEY("B") KEY("C"),
                 NAMES("-C", "-A", "-B", "C", "B", "A"), SECRET("s") KEY("A") KEY("B") KEY("C"));
}

static void test_no_last_newline(void)
{
    char *text = vault_with(SECRET("s") KEY("A")),
         *after = vault_with(SECRET("s") KEY("A") KEY("B"));

    text[strlen(text) - 1] = '\0';
    check(becomes(text, NAMES("B"), after), "a key behind a line without its newline");
    free(text);
    free(after);
}

static void add_table(struct doc *doc, enum doc_kind kind, const char *env, const char *secret)
{
    must(doc_add_table(doc, kind, slice_of(env), slice_of(secret)) != NULL);
}

static bool tables_are(const struct doc *doc, const char *wanted)
{
    struct buf out = {0};
    bool same;

    for (struct doc_table *t = doc->tables; t; t = t->next)
        buf_printf(&out, "%d%.*s.%.*s ", (int)t->kind, (int)t->env.len, t->env.at,
                   (int)t->secret.len, t->secret.at);
    buf_add(&out, "", 1);
    must(buf_ok(&out));
    same = strcmp(out.data, wanted) == 0;
    if (!same)
        printf("# %s\n", out.data);
    buf_free(&out);
    return same;
}

static void test_tables(void)
{
    char *text = vault_with(SECRET("m"));
    struct doc doc;
    struct err err;

    must(read_text(&doc, text, &err) == ERR_OK);
    add_table(&doc, DOC_SECRET, "e", "z");
    add_table(&doc, DOC_SECRET, "e", "a");
    add_table(&doc, DOC_INBOX, "e", "");
    add_table(&doc, DOC_READERS, "e", "");
    add_table(&doc, DOC_PAST, "e", "");
    add_table(&doc, DOC_ENV, "d", "");
    add_table(&doc, DOC_ENV, "f", "");
    add_table(&doc, DOC_SECRET, "d", "q");
    add_table(&doc, DOC_SECRET, "f", "b");
    add_table(&doc, DOC_PASSPHRASES, "", "");
    check(tables_are(&doc, "0. 1. 2d. 2e. 3e. 4e. 5e. 2f. 6d.q 6e.a 6e.m 6e.z 6f.b "),
          "tables go where they belong");
    check(doc_rename_table(&doc, doc_find(&doc, DOC_SECRET, slice_of("e"), slice_of("a")),
                           slice_of("e"), slice_of("n")) &&
              tables_are(&doc, "0. 1. 2d. 2e. 3e. 4e. 5e. 2f. 6d.q 6e.m 6e.n 6e.z 6f.b "),
          "so do renamed ones");
    doc_remove_table(&doc, doc_find(&doc, DOC_SECRET, slice_of("f"), slice_of("b")));
    doc_remove_table(&doc, doc_find(&doc, DOC_ENV, slice_of("d"), none));
    add_table(&doc, DOC_SECRET, "g", "g");
    check(tables_are(&doc, "0. 1. 2e. 3e. 4e. 5e. 2f. 6d.q 6e.m 6e.n 6e.z 6g.g "),
          "others go, and the last one can be followed");
    doc_free(&doc);
    free(text);
}

static void test_blank_lines(void)
{
    char *text = vault_with("\n# about s\n[e.s]\n" SECRET_OWN "\n# end\n");
    char *after = vault_with("\n# about s\n[e.s]\n" SECRET_OWN "\n[e.t]\n\n# end\n");
    struct doc doc;
    struct err err;

    must(read_text(&doc, text, &err) == ERR_OK);
    add_table(&doc, DOC_SECRET, "e", "t");
    check(is_written_as(&doc, after), "one blank line stands between tables");
    doc_remove_table(&doc, doc_find(&doc, DOC_SECRET, slice_of("e"), slice_of("t")));
    check(is_written_as(&doc, text), "and goes with the table");
    doc_free(&doc);
    free(text);
    free(after);
}

/* Longer and shorter, each part, also several times. */
static void test_parts(void)
{
    static const char *const texts[] = {"AAAA", "", "AAAAAAAA", "AA", SEAL};
    struct doc doc;
    struct err err;
    struct doc_item *item;
    bool good = true;
    char *text = vault_with("\n[vault.env.e.readers]\nr = [ \"AA\",\n\"AA\" ,\"" SEAL "\", ]\n");

    must(read_text(&doc, text, &err) == ERR_OK);
    item = doc_find_entry(doc_find(&doc, DOC_READERS, slice_of("e"), none), slice_of("r"));
    for (size_t i = 0; i < 25; i++) {
        struct buf wanted = {0};

        for (int part = 0; part < 2; part++)
            must(doc_set_part(&doc, item, part, slice_of(texts[part ? i % 5 : i / 5])));
        buf_printf(&wanted, "r = [ \"%s\",\n\"%s\" ,\"" SEAL "\", ]\n", texts[i / 5], texts[i % 5]);
        must(buf_ok(&wanted));
        good = good && slice_equal(item->body, buf_slice(&wanted)) && slice_is(item->name, "r") &&
               slice_is(item->part[0], texts[i / 5]) && slice_is(item->part[1], texts[i % 5]) &&
               slice_is(item->part[2], SEAL);
        buf_free(&wanted);
    }
    check(good, "a part is exchanged, and the others and the look of the entry stay");
    doc_free(&doc);
    free(text);
}

static void test_made(void)
{
    struct doc doc;
    struct err err;

    must(doc_make(&doc, slice_of(SEAL), &err) == ERR_OK);
    check(is_written_as(&doc, "# Encrypted by vault. Names are readable, values are sealed: commit "
                              "this file.\n# Change it with `vault set` or `vault edit`.\n\n" HEAD),
          "a new vault is what vault(5) shows");
    doc_free(&doc);
}

/* --- how much of the file a change touches --- */

struct touched {
    size_t out, in;
};

static bool has_line(const char *text, const char *line, size_t len)
{
    for (; *text; text = strchr(text, '\n') + 1)
        if (strncmp(text, line, len) == 0)
            return true;
    return false;
}

/* Lines of one that the other does not have. Each line with a seal is the only one of its kind. */
static size_t lines_not_in(const char *text, const char *other)
{
    size_t count = 0;

    for (; *text; text = strchr(text, '\n') + 1)
        count += !has_line(other, text, (size_t)(strchr(text, '\n') + 1 - text));
    return count;
}

/* Of the vault file, by what is done; its bytes are then the new ones. */
static bool touches(const char *what, vault_err done, vault *v, char **text, size_t out, size_t in)
{
    struct touched t;
    char *now;

    must(done == VAULT_OK && vault_save(v) == VAULT_OK);
    now = text_of("vault.toml");
    t = (struct touched){lines_not_in(*text, now), lines_not_in(now, *text)};
    free(*text);
    *text = now;
    return check(t.out == out && t.in == in, "%s: %zu lines out, %zu in", what, t.out, t.in);
}

static void test_touched(void)
{
    struct person alice = person_x25519(), bob = person_ssh(), carol = person_x25519();
    char *text;
    vault *v;

    help_make("vault.toml", &alice, &bob);
    v = open_as(&alice, "vault.toml");
    must(vault_set_author(v, "a") == VAULT_OK);
    text = text_of("vault.toml");
    touches("the same value", update(v, "dev", "app", "B", ""), v, &text, 0, 0);
    touches("a value", update(v, "dev", "app", "B", "other"), v, &text, 1, 1);
    touches("a key between two", update(v, "dev", "app", "A1", "x"), v, &text, 1, 3);
    touches("a last key", update(v, "dev", "app", "C", "x"), v, &text, 1, 3);
    must(vault_value_delete(v, "dev", "db", "A", VAULT_MISSING_ERROR) == VAULT_OK);
    touches("the first key taken out", VAULT_OK, v, &text, 3, 1);
    touches("a key before the first", update(v, "dev", "db", "A", "x"), v, &text, 1, 3);
    touches("a key taken out", vault_value_delete(v, "dev", "app", "A1", VAULT_MISSING_ERROR), v,
            &text, 3, 1);
    touches("a grant", vault_reader_add(v, "dev", "carol", carol.public_key), v, &text, 0, 3);
    touches("a grant that stands", vault_reader_add(v, "dev", "carol", carol.public_key), v, &text,
            0, 0);
    touches("a secret taken out", vault_secret_delete(v, "dev", "db", VAULT_MISSING_ERROR), v,
            &text, 8, 1); /* its dates and authors stand elsewhere too */
    vault_free(v);
    free(text);
}

static char *many_lines(const char *format, size_t count)
{
    struct buf out = {0};

    for (size_t i = 0; i < count; i++)
        buf_printf(&out, format, i);
    buf_add(&out, "", 1);
    must(buf_ok(&out));
    return out.data;
}

static enum err_code read_lines(const char *before, const char *format, size_t count,
                                struct err *err)
{
    char *lines = many_lines(format, count), *below, *text;
    struct doc doc;
    enum err_code code;

    below = text_join(slice_of(before), slice_of(lines), slice_of(""));
    text = vault_with(below);
    code = read_text(&doc, text, err);
    doc_free(&doc);
    free(text);
    free(below);
    free(lines);
    return code;
}

static void test_limits(void)
{
    static const char secret[] =
        "[e.s%zu]\nnext-secret = \"" SEAL "\"\ncreated-at = "
        "2026-01-01T00:00:00Z\ncreated-by = \"\"\nfirst-key = \"" SEAL "\"\n";
    static const char inbox[] = "[vault.env.e.inbox]\n", entry[] = "\"s/K%zu/0123abcd\" = \"\"\n";
    char *envs = env_of("e%zu");
    struct err err;

    check(read_lines("", secret, DOC_TABLES_MAX - 2, &err) == ERR_OK, "as many tables as may be");
    check(read_lines("", secret, DOC_TABLES_MAX - 1, &err) == ERR_FORMAT &&
              strstr(err.text, ": more than 100000 tables"),
          "one more: %s", err.text);
    check(read_lines("", envs, DOC_ENVS_MAX - 1, &err) == ERR_OK, "as many environments as may be");
    check(read_lines("", envs, DOC_ENVS_MAX, &err) == ERR_FORMAT &&
              strstr(err.text, ": more than 4096 environments"),
          "one more: %s", err.text);
    check(read_lines(inbox, entry, DOC_ENTRIES_MAX, &err) == ERR_OK,
          "as many entries as may be, out of order");
    check(read_lines(inbox, entry, DOC_ENTRIES_MAX + 1, &err) == ERR_FORMAT &&
              strstr(err.text, ": more than 262144 entries"),
          "one more: %s", err.text);
    free(envs);
}

/* Entries out of order are found by an index, which knows what was added, removed and renamed. */
static void test_index(void)
{
    static const struct slice nothing[] = {{"", 0}};
    char *lines = many_lines("\"s/K%zu/0123abcd\" = \"\"\n", 1000);
    char *table_text = text_join(slice_of("[vault.env.e.inbox]\n"), slice_of(lines), slice_of(""));
    char *text = vault_with(table_text), name[32];
    struct doc_table *inbox;
    struct doc doc;
    struct err err;
    bool good = true;

    must(read_text(&doc, text, &err) == ERR_OK);
    inbox = doc_find(&doc, DOC_INBOX, slice_of("e"), none);
    for (int i = 0; i < 1000; i++) {
        struct doc_item *item;

        snprintf(name, sizeof name, "s/K%d/0123abcd", i);
        item = doc_find_entry(inbox, slice_of(name));
        good = good && item && slice_is(item->name, name);
        if (item && i % 2 == 0)
            doc_remove_item(&doc, inbox, item);
        snprintf(name, sizeof name, "s/NEW%d/0123abcd", i);
        must(doc_add_item(&doc, inbox, DOC_ENTRY, slice_of(name), nothing, NULL));
    }
    check(good, "each entry is found");
    must(doc_rename_table(&doc, inbox, slice_of("f"), none));
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "s/K%d/0123abcd", i);
        good = good && !doc_find_entry(inbox, slice_of(name)) == (i % 2 == 0);
        snprintf(name, sizeof name, "s/NEW%d/0123abcd", i);
        good = good && doc_find_entry(inbox, slice_of(name));
    }
    check(good, "what was removed is gone, what was added is there, after the table was renamed");
    doc_free(&doc);
    free(text);
    free(table_text);
    free(lines);
}

static void test_many(void)
{
    enum { KEYS = 10000 };
    struct person alice = person_x25519();
    clock_t start;
    double seconds;
    bool good = true;
    vault *v;

    make_vault("many.toml", &alice);
    v = open_as(&alice, "many.toml");
    must(create(v, "dev", "app", "K", "v") == VAULT_OK);
    start = clock();
    for (int i = 0; i < KEYS && good; i++) {
        char name[16];

        snprintf(name, sizeof name, "K%05d", i * 7919 % KEYS); /* a prime: not in order */
        good = update(v, "dev", "app", name, "value") == VAULT_OK;
    }
    seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("# %d keys one by one: %.2f s of processor time\n", KEYS, seconds);
    check(good && seconds < 10, "%d keys are added one by one in no time", KEYS);
    check(vault_save(v) == VAULT_OK && verifies(v, "dev"), "and all of them verify");
    vault_free(v);
}

int main(void)
{
    scene_begin();
    make_env_lines();
    test_as_it_was();
    test_refusals();
    test_conflict_and_newer();
    test_keys();
    test_no_last_newline();
    test_tables();
    test_blank_lines();
    test_parts();
    test_made();
    test_touched();
    test_limits();
    test_index();
    test_many();
    return tap_done();
}
