/* lib/needles: any patterns in any text, in pieces of any size, beside a search that is obvious.
 *
 * The input: the number of patterns, then the length of each and the patterns, then the size of the
 * pieces, and the text. */
#include "find/needles.h"
#include "../unit/obvious_needles.h"
#include "input.h"

#include <sodium.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATTERNS_MAX = 32, TEXT_MAX = 512 };

static struct slice take(struct input *in, size_t len)
{
    struct slice s = {(const char *)in->at, len < in->left ? len : in->left};

    in->at += s.len;
    in->left -= s.len;
    return s;
}

static void expect(bool right)
{
    if (!right)
        abort();
}

static void search(const struct needles *n, const struct slice *patterns, size_t count,
                   struct slice text, size_t piece)
{
    struct needles_scan scan = {.needles = n};
    struct needles_match ours, theirs = {0};
    size_t from = 0, end = 0;

    for (size_t fed = 0; fed <= text.len; fed += piece) {
        bool last = fed + piece > text.len;
        struct slice so_far = {text.at, last ? text.len : fed};

        while (needles_next(&scan, so_far, last ? NEEDLES_END : NEEDLES_MORE, &ours)) {
            expect(obvious_next(patterns, count, text, from, end, &theirs));
            expect(ours.at == theirs.at && ours.len == theirs.len &&
                   ours.pattern == theirs.pattern);
            from = ours.at + 1;
            end = ours.at + ours.len;
        }
        expect(needles_settled(&scan) <= so_far.len);
    }
    expect(!obvious_next(patterns, count, text, from, end, &theirs));
    expect(needles_scan_ok(&scan));
    needles_scan_free(&scan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    size_t count = take_byte(&in) % PATTERNS_MAX, lengths[PATTERNS_MAX], piece;
    struct slice patterns[PATTERNS_MAX], text;
    struct needles *n;
    char *exact;

    if (sodium_init() < 0)
        abort();
    for (size_t i = 0; i < count; i++)
        lengths[i] = take_byte(&in);
    for (size_t i = 0; i < count; i++)
        patterns[i] = take(&in, lengths[i]);
    piece = 1 + take_byte(&in);
    text = take(&in, TEXT_MAX);
    exact = malloc(text.len + 1); /* so that a sanitizer sees a step beyond it */
    n = needles_make(patterns, count);
    expect(n && exact);
    memcpy(exact, text.at, text.len);
    exact = realloc(exact, text.len ? text.len : 1);
    search(n, patterns, count, (struct slice){exact, text.len}, piece);
    needles_free(n);
    free(exact);
    return 0;
}
