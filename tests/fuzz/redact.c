/* lib/redact and lib/forms: any value in any text, in pieces of any size: always the same, and what
 * is left holds no value.
 *
 * The input: the length of a value, the size of the pieces, the value, and the text. */
#include "find/redact.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool right)
{
    if (!right)
        abort();
}

static void mask(const struct redact *r, struct slice text, size_t piece, struct buf *out)
{
    struct redact_stream s = redact_stream_of(r);

    for (size_t at = 0; at < text.len; at += piece) {
        size_t len = text.len - at < piece ? text.len - at : piece;

        expect(redact_feed(&s, (struct slice){text.at + at, len}, out));
        expect(redact_held(&s) <= at + len);
    }
    expect(redact_flush(&s, out) && redact_held(&s) == 0);
    redact_stream_free(&s);
}

/* A value may stand across a label, if it has a bracket. */
static bool holds(const struct buf *text, struct slice value)
{
    for (size_t at = 0; at + value.len <= text->len; at++)
        if (memcmp(text->data + at, value.at, value.len) == 0 &&
            !memchr(value.at, ']', value.len) && !memchr(value.at, '[', value.len))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = size > 2 ? data[0] % 32 : 0, piece = size > 2 ? 1 + data[1] : 1;
    struct slice value, text;
    struct redact_value one;
    struct redact *r;
    struct buf whole = {0}, pieces = {0};

    if (sodium_init() < 0)
        abort();
    if (size < 2 + len)
        return 0;
    value = (struct slice){(const char *)data + (size > 2 ? 2 : 0), len};
    text = (struct slice){value.at + len, size - len - (size > 2 ? 2 : 0)};
    one = (struct redact_value){{"s", 1}, {"K", 1}, value};
    r = redact_make(&one, 1);
    expect(r);
    mask(r, text, text.len + 1, &whole);
    mask(r, text, piece, &pieces);
    expect(slice_equal(buf_slice(&whole), buf_slice(&pieces)));
    expect(len < REDACT_LEAST || !holds(&whole, value));
    redact_free(r);
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
