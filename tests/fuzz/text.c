/* Text: UTF-8, escaping, JSON, names and numbers. */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* The characters of the longest valid prefix are its bytes, and no character follows. */
static void utf8(struct slice text)
{
    size_t prefix = text_utf8_prefix(text), done = 0, len;

    must(prefix <= text.len && text_is_utf8((struct slice){text.at, prefix}));
    must(text_is_utf8(text) == (prefix == text.len));
    for (; done < prefix; done += len) {
        uint32_t c = text_character((struct slice){text.at + done, prefix - done}, &len);

        must(len >= 1 && len <= 4 && c < 0x110000 && (c < 0xD800 || c > 0xDFFF));
        must(len == (c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u));
    }
    must(done == prefix);
    for (len = 1; len <= 4 && prefix + len <= text.len; len++)
        must(text_utf8_prefix((struct slice){text.at + prefix, len}) == 0);
}

static void escape(struct slice text, size_t most)
{
    struct buf once = {0}, twice = {0};

    text_escape(&once, text, most);
    text_escape(&twice, buf_slice(&once), SIZE_MAX);
    must(slice_equal(buf_slice(&once), buf_slice(&twice)) && text_is_utf8(buf_slice(&once)));
    for (size_t i = 0; i < once.len; i++)
        must((unsigned char)once.data[i] >= 0x20 && once.data[i] != 0x7F);
    buf_free(&once);
    buf_free(&twice);
}

static void json(struct slice text)
{
    struct buf out = {0};

    text_json(&out, text);
    must(out.len >= 2 && out.data[0] == '"' && out.data[out.len - 1] == '"');
    for (size_t i = 1; i < out.len - 1; i++) {
        must((unsigned char)out.data[i] >= 0x20 && out.data[i] != '"');
        if (out.data[i] == '\\') /* and what it escapes, which is there */
            must(++i < out.len - 1);
    }
    buf_free(&out);
}

static void names(struct slice text)
{
    char again[32];
    uint64_t number;

    must(!text_is_name(text) || (text.len <= NAME_MAX_LEN && text_is_utf8(text)));
    must(!text_is_key(text) || (text.len <= KEY_MAX_LEN && !strchr("0123456789-", *text.at)));
    if (text_number(text, UINT64_MAX, &number)) {
        snprintf(again, sizeof again, "%llu", (unsigned long long)number);
        must(slice_is(text, again) && text_number(text, number, &number));
        must(number == 0 || !text_number(text, number - 1, &number));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};

    utf8(text);
    escape(text, SIZE_MAX);
    escape(text, size / 2);
    if (text_is_utf8(text))
        json(text);
    names(text);
    return 0;
}
