/* lib/merge without a key, of three files in one input with a zero byte between them: what it makes
 * of them is a vault, or a text with conflict markers that is refused as one. */
#include "merge/merge.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

/* The three files; what is missing is empty. */
static void split(const uint8_t *data, size_t size, struct buf texts[MERGE_SIDES])
{
    for (int side = 0; side < MERGE_SIDES; side++) {
        const uint8_t *end = side < MERGE_SIDES - 1 && size ? memchr(data, 0, size) : NULL;
        size_t len = end ? (size_t)(end - data) : size;

        if (len)
            buf_add(&texts[side], data, len);
        data += len;
        size -= len;
        if (end) {
            data++;
            size--;
        }
    }
}

/* As a vault; or, with conflict markers, as what it is. */
static void must_be_read(const struct buf *text, bool markers)
{
    struct buf copy = {0};
    struct doc doc;
    struct err err;

    buf_add_slice(&copy, buf_slice(text));
    must(doc_read(&doc, &copy, &err) == (markers ? ERR_CONFLICT : ERR_OK));
    doc_free(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf texts[MERGE_SIDES] = {{0}, {0}, {0}}, out = {0};
    struct unlock unlock;
    struct merge m;
    struct err err;
    size_t open;

    must(sodium_init() >= 0);
    unlock_init(&unlock);
    split(data, size, texts);
    if (merge_begin(&m, texts, &unlock, &err) == ERR_OK && merge_decide(&m, &err) == ERR_OK) {
        must(merge_finish(&m, &out, &open, &err) == ERR_OK);
        must_be_read(&out, open > 0);
    } else {
        must(err.text[0] != '\0' && err.code != ERR_FAILED);
    }
    for (int side = 0; side < MERGE_SIDES; side++)
        buf_free(&texts[side]);
    merge_free(&m);
    buf_free(&out);
    unlock_free(&unlock);
    return 0;
}
