/* Bech32: what is decoded is encoded again to the same text. And keys: what is read as one is
 * written as it was. */
#include "base/bech32.h"
#include "age/age.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 300 };

static void decode(struct slice text)
{
    char again[BECH32_ENCODED(BECH32_PREFIX_MAX, MOST) + 1], name[BECH32_PREFIX_MAX + 1];
    unsigned char bytes[MOST];
    struct slice prefix;
    size_t len;

    if (!bech32_decode(text, &prefix, bytes, sizeof bytes, &len))
        return;
    if (len > MOST || prefix.at != text.at || prefix.len == 0 || prefix.len > BECH32_PREFIX_MAX)
        abort();
    memcpy(name, prefix.at, prefix.len);
    name[prefix.len] = '\0';
    bech32_encode(again, name, bytes, len);
    /* A prefix without letters does not tell in which case the rest was. */
    if (strlen(again) != text.len || strncasecmp(again, text.at, text.len) != 0)
        abort();
}

static void read_keys(struct slice text)
{
    struct age_recipient to;
    struct age_identity id;
    struct buf out = {0};
    char written[AGE_IDENTITY_TEXT + 1];
    struct err err;

    if (age_recipient_read(text, &to, &err) == ERR_OK) {
        age_recipient_write(&to, &out);
        if (out.len > text.len || memcmp(out.data, text.at, out.len) != 0)
            abort();
    }
    if (age_identity_read(text, &id, &err) == ERR_OK) {
        age_identity_write(&id, written);
        if (!slice_is(text, written))
            abort();
    }
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};

    if (sodium_init() < 0)
        abort();
    decode(text);
    read_keys(text);
    return 0;
}
