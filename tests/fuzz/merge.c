/* lib/merge without a key, of three files in one input with a zero byte between them: what it makes
 * of them is a vault, each side between its markers too, and one that merges with itself. */
#include "../../lib/merge.h"
#include "../../lib/marks.h"

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

static void must_be_read(const struct buf *text, struct doc *doc)
{
    struct buf copy = {0};
    struct err err;

    buf_add_slice(&copy, buf_slice(text));
    must(doc_read(doc, &copy, &err) == ERR_NONE);
}

/* A conflict has two whole answers, and a text with markers that is refused as what it is. */
static void check_conflict(const struct buf *out, const struct buf *other)
{
    struct doc ours, theirs, marked;
    struct buf text = {0};
    struct err err;

    must_be_read(out, &ours);
    must_be_read(other, &theirs);
    must(marks_write(&ours, &theirs, MARKS_SIZE, &text));
    if (!slice_equal(buf_slice(out), buf_slice(other)))
        must(doc_read(&marked, &text, &err) == ERR_CONFLICT);
    else
        must(doc_read(&marked, &text, &err) == ERR_NONE);
    doc_free(&marked);
    doc_free(&ours);
    doc_free(&theirs);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf texts[MERGE_SIDES] = {{0}, {0}, {0}}, out = {0}, other = {0};
    struct unlock unlock;
    struct merge m;
    struct doc doc;
    struct err err;

    must(sodium_init() >= 0);
    unlock_init(&unlock);
    split(data, size, texts);
    if (merge_begin(&m, texts, &unlock, &err) == ERR_NONE && merge_decide(&m, &err) == ERR_NONE) {
        must(merge_finish(&m, &out, &other, &err) == ERR_NONE);
        must_be_read(&out, &doc);
        doc_free(&doc);
        if (m.conflicts)
            check_conflict(&out, &other);
    } else {
        must(err.text[0] != '\0' && err.code != ERR_FAILED);
    }
    for (int side = 0; side < MERGE_SIDES; side++)
        buf_free(&texts[side]);
    merge_free(&m);
    buf_free(&out);
    buf_free(&other);
    unlock_free(&unlock);
    return 0;
}
