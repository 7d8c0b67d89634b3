/* Writes any values in each format: what is written reads as it was, or is refused by name. */
#include "text/format/format.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAIRS_MOST = 16 };

static void demand(bool holds, const struct format *format, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", format->name, what);
    abort();
}

/* Values are parted by 0xFE, and a second one stands for itself; the names are in order. */
static size_t part(const uint8_t *data, size_t size, char *values, struct format_pair *pairs)
{
    static const char names[] = "ABCDEFGHIJKLMNOP";
    size_t count = 0, start = 0, len = 0;

    for (size_t i = 0; i <= size && count < PAIRS_MOST; i++) {
        if (i == size || (data[i] == 0xFE && !(i + 1 < size && data[i + 1] == 0xFE))) {
            pairs[count] = (struct format_pair){
                {&names[count], 1}, {values + start, len - start}, count % 2 == 1};
            count++;
            start = len;
        } else {
            i += data[i] == 0xFE;
            values[len++] = (char)data[i];
        }
    }
    return count;
}

static void write_one(const struct format *format, const struct format_set *set)
{
    struct format_verdict verdicts[PAIRS_MOST];
    struct buf out = BUF_SECRET;
    struct err err = {.text = ""};
    enum err_code code = format_write(format, set, &out, verdicts, &err);
    bool refused = false;

    for (size_t i = 0; i < set->count; i++)
        refused = refused || verdicts[i].refusal;
    demand(code == ERR_OK || code == ERR_INVALID, format, err.text);
    demand(refused == (code == ERR_INVALID), format, "refused, or not");
    demand(code == ERR_OK || out.len == 0, format, "handed out");
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct format_pair pairs[PAIRS_MOST];
    char *values = malloc(size + 1);
    struct format_set set = {pairs, 0, "a_title"};

    if (sodium_init() < 0 || !values)
        abort();
    set.count = part(data, size, values, pairs);
    for (size_t i = 0; i < format_count; i++)
        write_one(&formats[i], &set);
    free(values);
    return 0;
}
