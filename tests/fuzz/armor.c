/* age's armor: what is read is read again, once it is written as age writes it. */
#include "age/armor.h"
#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fold(struct slice data, struct buf *out)
{
    buf_add_text(out, "-----BEGIN AGE ENCRYPTED FILE-----\n");
    for (size_t n; data.len > 0; data.at += n, data.len -= n) {
        char line[64 + 2];

        n = data.len < 48 ? data.len : 48;
        base64_encode(line, data.at, n);
        memcpy(line + BASE64_ENCODED(n), "==", 2);
        buf_add(out, line, (n + 2) / 3 * 4);
        buf_add_text(out, "\n");
    }
    buf_add_text(out, "-----END AGE ENCRYPTED FILE-----\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct buf out = {0}, again = {0}, folded = {0};
    struct err err;

    if (armor_read(text, &out, &err) == ERR_OK) {
        fold(buf_slice(&out), &folded);
        if (!armor_is(text) || out.len > size ||
            armor_read(buf_slice(&folded), &again, &err) != ERR_OK ||
            !slice_equal(buf_slice(&out), buf_slice(&again)))
            abort();
    }
    buf_free(&out);
    buf_free(&again);
    buf_free(&folded);
    return 0;
}
