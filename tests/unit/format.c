/* Formats: what is refused and why, the least and the most, and what each reader of ours takes. */
#include "text/format/format.h"
#include "tap.h"
#include "text/format/kind.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Writes one value under the name K; the text is in out, or it was refused. */
static const char *write_one(const char *format, struct slice value, struct buf *out)
{
    struct format_pair pair = {slice_of("K"), value, false};
    struct format_set set = {&pair, 1, "title"};
    struct format_verdict verdict;
    struct err err = {.text = ""};
    enum err_code code = format_write(format_find(format), &set, out, &verdict, &err);

    if (code == ERR_INTEGRITY)
        return err.text[0] ? "does not read back the same" : "no text";
    return verdict.refusal;
}

static void writes(const char *format, const char *value, const char *text)
{
    struct buf out = BUF_SECRET;
    const char *refusal = write_one(format, slice_of(value), &out);

    check(!refusal && slice_is(buf_slice(&out), text), "%s writes %s", format, text);
    if (refusal)
        printf("# refused: %s\n", refusal);
    buf_free(&out);
}

static void refuses(const char *format, struct slice value, const char *why)
{
    struct buf out = BUF_SECRET;
    const char *refusal = write_one(format, value, &out);

    check(refusal && strcmp(refusal, why) == 0 && out.len == 0, "%s refuses: %s", format, why);
    buf_free(&out);
}

static void test_quoting(void)
{
    writes("dotenv", "plain/+=:@", "K=plain/+=:@\n");
    writes("dotenv", "a b", "K='a b'\n");
    writes("dotenv", "it's", "K=\"it's\"\n");
    writes("dotenv", "C:\\dir", "K='C:\\dir'\n");
    writes("dotenv", "it costs 5$", "K='it costs 5$'\n");
    writes("dotenv", "it's 5$ ", "K=\"it's 5$ \"\n");
    refuses("dotenv", slice_of("it's $5"), "no quoting that all parsers read alike");
    refuses("dotenv", slice_of("C:\\"), "no quoting that all parsers read alike");
    refuses("dotenv", slice_of("a\\\\b"), "no quoting that all parsers read alike");
    refuses("dotenv", slice_of("${X}"), "no quoting that all parsers read alike");
    refuses("dotenv", slice_of("a\rb"), "no quoting that all parsers read alike");
    writes("dotenv", "${X", "K='${X'\n");

    writes("node", "it's \"so\"", "K=`it's \"so\"`\n");
    writes("node", "C:\\", "K=C:\\\n");
    writes("node", "a'\"`b", "K=a'\"`b\n");
    writes("node", "'\"`", "K=''\"`'\n");
    writes("node", "a\rb", "K=\"a\\rb\"\n");
    writes("node", "a #\\", "K='a #\\'\n");
    refuses("node", slice_of("'\"`#"), "no quoting for it");
    refuses("node", slice_of("\\n\r"), "no quoting for it");

    writes("python", "${X}", "K='${:-$}{X}'\n");
    writes("python", "a'b\\", "K=a'b\\\n");
    writes("python", "a\n\\", "K='a\n${:-\\}'\n");
    writes("python", "${\n\\", "K='${:-$}{\n${:-\\}'\n");
    writes("python", "a\rb", "K=\"a\\rb\"\n");

    writes("ruby", "a\\", "K=a\\\\\n");
    writes("ruby", "it's $(x)", "K=\"it's \\$(x)\"\n");
    writes("ruby", "it's $()", "K=\"it's $()\"\n");
    writes("ruby", "it's $(x $(y))", "K=\"it's \\$(x $(y))\"\n");
    refuses("ruby", slice_of("\r"), "no quoting for it");

    writes("compose", "it's $$", "K=\"it's $$$$\"\n");
    writes("compose", "\\'\"", "K=\"\\\\'\\\"\"\n");

    writes("godotenv", "it's \"", "K=\"it's \\\"${00}\"\n");
    writes("godotenv", "it's\\", "K=it's\\\n");
    writes("godotenv", "'\\", "K=${00}'\\\n");
    refuses("godotenv", slice_of("\n\\"), "no quoting for it");
}

/* A value that ends in a backslash goes to the end, if what follows would be taken into it. */
static void test_context(void)
{
    struct format_pair pairs[] = {{slice_of("A"), slice_of("'\"`\n\\"), false},
                                  {slice_of("B"), slice_of("a #\\"), false},
                                  {slice_of("C"), slice_of("# it's \"so\" `x` "), false}};
    struct format_set set = {pairs, 3, ""};
    struct format_verdict verdicts[3];
    struct buf out = BUF_SECRET;
    struct err err = {.text = ""};

    set.pairs = pairs + 1;
    set.count = 2;
    check(format_write(format_find("ruby"), &set, &out, verdicts, &err) == ERR_OK,
          "a last backslash, and quotes behind it: %s", err.text);
    buf_clear(&out);
    set.pairs = pairs;
    set.count = 3;
    check(format_write(format_find("ruby"), &set, &out, verdicts, &err) == ERR_OK,
          "and two of them: %s", err.text);
    buf_free(&out);
}

static void test_bytes(void)
{
    const struct slice zero = {"a\0b", 3}, bytes = {"a\xFF", 2};

    for (size_t i = 0; i < format_count; i++) {
        const char *name = formats[i].name;
        bool data = strcmp(name, "k8s") == 0 || strcmp(name, "json") == 0 ||
                    strcmp(name, "yaml") == 0 || strcmp(name, "toml") == 0;
        bool names_only = strcmp(name, "example") == 0;
        struct buf out = BUF_SECRET;
        const char *refusal = write_one(name, zero, &out);

        check(data || names_only ? !refusal : refusal && strcmp(refusal, "a zero byte") == 0,
              "%s: a zero byte", name);
        buf_clear(&out);
        refusal = write_one(name, bytes, &out);
        check(!refusal || strcmp(refusal, "not UTF-8") == 0, "%s: bytes that are no UTF-8", name);
        buf_free(&out);
    }
    refuses("json", bytes, "not UTF-8");
    refuses("systemd", slice_of("\x7F"), "a control character");
    refuses("systemd", slice_of("\xEF\xB7\x90"), "a noncharacter code point");
    refuses("docker", slice_of("a\r"), "a final carriage return");
    refuses("docker", slice_of("a\nb"), "a newline");
    refuses("tfvars", slice_of("e\xCC\x81"), "a character that Terraform may replace");
}

static void test_nothing(void)
{
    struct format_set none = {NULL, 0, "title"};

    for (size_t i = 0; i < format_count; i++) {
        struct buf out = BUF_SECRET;
        struct err err = {.text = ""};

        check(format_write(&formats[i], &none, &out, NULL, &err) == ERR_OK, "%s: of nothing",
              formats[i].name);
        buf_free(&out);
    }
    check(!format_find("dotnev") && !format_find(""), "a format that there is none of");
}

/* A text that is not what was written is not read as if it were. */
static void test_readers(void)
{
    static const struct {
        const char *format, *text;
    } wrong[] = {
        {"sh", "export K='a"},
        {"sh", "export K='a'; rm -r x\n"},
        {"sh", "export K=$(x)\n"},
        {"sh", "export K=\"`x`\"\n"},
        {"sh", "export K=\"$x\"\n"},
        {"sh", "K='a'\n"},
        {"sh", "export K=~\n"},
        {"sh", "export K=a b\n"},
        {"fish", "set -gx K 'a\n"},
        {"fish", "set K 'a'\n"},
        {"docker", "K=a"},
        {"docker", "=a\n"},
        {"systemd", "K=\"a\n"},
        {"github", "K<<END\na\nEND"},
        {"github", "K<<END\na\nENDE\n"},
        {"json", "{\"K\": [1]}"},
        {"yaml", "K: a\n"},
        {"yaml", "no: \"a\"\n"},
        {"yaml", "K: \"\\q\"\n"},
        {"yaml", "K: \"\\u00g0\"\n"},
        {"toml", "K = 1\n"},
        {"tfvars", "K = \"${x}\"\n"},
        {"tfvars", "K = \"%{x}\"\n"},
        {"k8s", "K: \"a\"\n"},
        {"k8s", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"t\"\n"
                "type: Opaque\ndata:\n  K: \"YQ\"\n"},
        {"dotenv", "K='a\\\\b'\n"},
        {"dotenv", "K=\"a\\nb\"\n"},
        {"dotenv", "A=1\nB=2\nC=3\nK='a\\\\b'\nX=1\nY=2\nZ=3\n"},
        {"dotenv", "A=1\nB=2\nC=3\nK='a\nM=1\nN=2\nO=3\n\\'\nX=1\nY=2\nZ=3\n"},
        {"dotenv", "A=1\nB=2\nC=3\nK='a\\\\b'"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct format *f = format_find(wrong[i].format);
        struct slice text = slice_of(wrong[i].text);
        struct vault_kv *kv = kv_new();
        struct err err = {.text = ""};
        enum err_code code;

        if (!kv || !f)
            abort();
        code = f->take_pair ? format_read_pairs(text, f->take_pair, kv, &err)
                            : f->read(text, kv, &err);
        check(code == ERR_FORMAT, "not read as %s: %s", f->name, wrong[i].text);
        kv_free(kv);
    }
}

static void test_masks(void)
{
    struct format_pair pairs[] = {{slice_of("A"), slice_of("one\r\n\ntwo % 50%25\n"), false},
                                  {slice_of("B"), slice_of(""), false},
                                  {slice_of("C"), slice_of("info"), true}};
    struct format_set set = {pairs, 3, ""};
    struct buf out = BUF_SECRET;

    format_github_masks(&set, &out);
    check(slice_is(buf_slice(&out), "::add-mask::one\n::add-mask::two %25 50%2525\n"),
          "each line that is not empty is masked, and no open value");
    buf_free(&out);
}

static void test_example(void)
{
    struct format_pair pairs[] = {{slice_of("A"), slice_of("secret"), false},
                                  {slice_of("B"), slice_of("http://a.b:80/"), true},
                                  {slice_of("C"), slice_of("a\x1B[0m \"b\""), true}};
    struct format_set set = {pairs, 3, ""};
    struct format_verdict verdicts[3];
    struct buf out = BUF_SECRET;
    struct err err;

    check(format_write(format_find("example"), &set, &out, verdicts, &err) == ERR_OK &&
              slice_is(buf_slice(&out), "A=\nB=http://a.b:80/\nC=\"a\\u001b[0m \\\"b\\\"\"\n"),
          "an example has open values, escaped, and no other");
    buf_free(&out);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_quoting();
    test_context();
    test_bytes();
    test_nothing();
    test_readers();
    test_masks();
    test_example();
    return tap_done();
}
