/* Templates: which pieces a text falls into. */
#include "text/template.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

/* Pieces with bars between: text as it is, a hole as <SECRET/KEY line filter>; it ends at a
 * wrong one, which is !. */
static void describe(const char *text, size_t len, char *out, size_t size)
{
    char *copy = malloc(len ? len : 1); /* of its own size, for a sanitizer */
    struct template t;
    struct template_piece piece;
    size_t used = 0;

    if (!copy)
        abort();
    memcpy(copy, text, len);
    out[0] = '\0';
    template_begin(&t, (struct slice){copy, len});
    while (template_next(&t, &piece) && used < size && !strchr(out, '!')) {
        char filter[4] = "";

        if (piece.filter)
            snprintf(filter, sizeof filter, " %d", (int)piece.filter % 10);
        used +=
            (size_t)(piece.is_wrong ? snprintf(out + used, size - used, "!")
                     : piece.key.len
                         ? snprintf(out + used, size - used, "<%.*s/%.*s %zu%s>",
                                    (int)piece.secret.len, piece.secret.len ? piece.secret.at : "",
                                    (int)piece.key.len, piece.key.at, piece.line, filter)
                         : snprintf(out + used, size - used, "%s%.*s",
                                    used && out[used - 1] != '>' ? "|" : "", (int)piece.text.len,
                                    piece.text.at));
    }
    free(copy);
}

static const struct {
    const char *text, *pieces;
} texts[] = {
    {"", ""},
    {"text", "text"},
    {"{{ A }}", "</A 1>"},
    {"{{A}}{{   B  }}", "</A 1></B 1>"},
    {"a{{ s/A }}b\n{{ s-1/A_2 }}\n\n{{ C }}", "a<s/A 1>b\n<s-1/A_2 2>\n\n</C 4>"},
    {"{{ A | url }}{{A|base64}}{{ s/A |json}}{{ A  |  shell  }}",
     "</A 1 1></A 1 2><s/A 1 3></A 1 4>"},
    {"{{{{", "{{"},
    {"{{{{ A }}", "{{| A }}"},
    {"a{{{{{{ A }}", "a{{</A 1>"},
    {"{{{{{{{{", "{{|{{"},
    {"{{{{{ A }}", "{{|{ A }}"},
    {"{{{{\n{{ A }}", "{{|\n</A 2>"},
    {"{ { A } }} }}", "{ { A } }} }}"},
    {"\r\n{{ A }}\r\n", "\r\n</A 2>\r\n"},
    /* wrong ones */
    {"{{", "!"},
    {"{{{ A }}}", "!"},
    {"a {{}}", "a !"},
    {"{{ }}", "!"},
    {"{{ A B }}", "!"},
    {"{{ A", "!"},
    {"{{ A }", "!"},
    {"{{ A | }}", "!"},
    {"{{ A | Url }}", "!"},
    {"{{ A | urls }}", "!"},
    {"{{ A | url | url }}", "!"},
    {"{{ A | url", "!"},
    {"{{ | url }}", "!"},
    {"{{ .Values.a }}", "!"},
    {"{{#if a}}", "!"},
    {"{{ a-b }}", "!"},
    {"{{ 1A }}", "!"},
    {"{{ s/ }}", "!"},
    {"{{ /A }}", "!"},
    {"{{ s /A }}", "!"},
    {"{{ a/b/C }}", "!"},
    {"{{ -/A }}", "!"},
    {"{{\tA }}", "!"},
    {"{{ A\n}}", "!"},
    {"{{ {{ A }} }}", "!"},
    {"{{ prod:s/A }}", "!"},
};

static const struct {
    enum template_filter filter;
    const char *value, *result; /* NULL: it cannot be written */
    size_t len;                 /* of the value; 0: up to its zero byte */
} filtered[] = {
    {TEMPLATE_AS_IT_IS, "a\0b", "a", 3},
    {TEMPLATE_URL, "aZ09-._~", "aZ09-._~", 0},
    {TEMPLATE_URL, "p@ss w/\"\xC3\xB6\n%", "p%40ss%20w%2F%22%C3%B6%0A%25", 0},
    {TEMPLATE_URL, "\0\xFF", "%00%FF", 2},
    {TEMPLATE_URL, "", "", 0},
    {TEMPLATE_BASE64, "", "", 0},
    {TEMPLATE_BASE64, "a", "YQ==", 0},
    {TEMPLATE_BASE64, "ab", "YWI=", 0},
    {TEMPLATE_BASE64, "abc", "YWJj", 0},
    {TEMPLATE_JSON, "", "\"\"", 0},
    {TEMPLATE_JSON, "a\"\\\n\t\x7F", "\"a\\\"\\\\\\n\\u0009\\u007f\"", 0},
    {TEMPLATE_JSON, "\xC3\xB6\xE2\x80\xAE", "\"\xC3\xB6\\u202e\"", 0},
    {TEMPLATE_JSON, "\xFF", NULL, 0},
    {TEMPLATE_SHELL, "", "''", 0},
    {TEMPLATE_SHELL, "it's $HOME", "'it'\\''s $HOME'", 0},
    {TEMPLATE_SHELL, "a\0b", NULL, 3},
};

static void test_filters(void)
{
    for (size_t i = 0; i < sizeof filtered / sizeof *filtered; i++) {
        size_t len = filtered[i].len ? filtered[i].len : strlen(filtered[i].value);
        struct buf out = BUF_SECRET;
        bool good =
            template_filter(filtered[i].filter, (struct slice){filtered[i].value, len}, &out);

        check(good == (filtered[i].result != NULL) &&
                  (!good || strcmp(buf_text(&out, "?"), filtered[i].result) == 0),
              "filter %zu", i);
        buf_free(&out);
    }
}

int main(void)
{
    char pieces[512], text[512];

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        describe(texts[i].text, strlen(texts[i].text), pieces, sizeof pieces);
        if (!check(strcmp(pieces, texts[i].pieces) == 0, "text %zu", i))
            printf("# %s\n", pieces);
    }
    for (int len = 256; len <= 257; len++) {
        snprintf(text, sizeof text, "{{ %0*d }}", len, 0);
        text[3] = 'A';
        describe(text, strlen(text), pieces, sizeof pieces);
        check((pieces[0] == '<') == (len == 256), "a key of %d characters", len);
    }
    describe("a\0{{ A }}\0", 10, pieces, sizeof pieces);
    check(strcmp(pieces, "a</A 1>") == 0, "a zero byte is text");
    test_filters();
    return tap_done();
}
