/* Templates: which pieces a text falls into. */
#include "text/template.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

/* Pieces with bars between: text as it is, a key as <SECRET/KEY line>. */
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
    while (template_next(&t, &piece) && used < size)
        used += (size_t)(piece.key.len ? snprintf(out + used, size - used, "<%.*s/%.*s %zu>",
                                                  (int)piece.secret.len,
                                                  piece.secret.len ? piece.secret.at : "",
                                                  (int)piece.key.len, piece.key.at, piece.line)
                                       : snprintf(out + used, size - used, "%s%.*s",
                                                  used && out[used - 1] != '>' ? "|" : "",
                                                  (int)piece.text.len, piece.text.at));
    free(copy);
}

static const struct {
    const char *text, *pieces;
} texts[] = {
    {"", ""},
    {"text", "text"},
    {"{{ A }}", "</A 1>"},
    {"{{A}}{{\tB  }}", "</A 1></B 1>"},
    {"a{{ s/A }}b\n{{ s-1/A_2 }}\n\n{{ C }}", "a<s/A 1>b\n<s-1/A_2 2>\n\n</C 4>"},
    {"{{{{", "{{"},
    {"{{{{ A }}", "{{| A }}"},
    {"a{{{{{{ A }}", "a{{</A 1>"},
    {"{{{{{{{{", "{{|{{"},
    {"{{{ A }}}", "{</A 1>}"},
    {"{{{{{ A }}", "{{|{ A }}"},
    {"{{{{\n{{ A }}", "{{|\n</A 2>"},
    {"{ { A } }", "{ { A } }"},
    {"{{}} {{ }} {{ A B }} {{ A", "{{}} {{ }} {{ A B }} {{ A"},
    {"{{ A }", "{{ A }"},
    {"{{ .Values.a }} {{#if a}} {{ a-b }} {{ 1A }}",
     "{{ .Values.a }} {{#if a}} {{ a-b }} {{ 1A }}"},
    {"{{ s/ }} {{ /A }} {{ a/b/C }} {{ -/A }}", "{{ s/ }} {{ /A }} {{ a/b/C }} {{ -/A }}"},
    {"{{\nA }} {{ A\n}}", "{{\nA }} {{ A\n}}"},
    {"{{ {{ A }} }}", "{{ </A 1> }}"},
    {"\r\n{{ A }}\r\n", "\r\n</A 2>\r\n"},
};

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
    return tap_done();
}
