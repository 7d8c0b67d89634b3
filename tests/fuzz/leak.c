/* lib/leak: any values in any text, in pieces of any size, beside a search that is obvious; and
 * each line as an assignment.
 *
 * The input: the size of the pieces, the number of values, the length of each and the values, then
 * the text. */
#include "find/leak.h"
#include "find/grams.h"
#include "input.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VALUES_MAX = 8, TEXT_MAX = 1024 };

static void expect(bool right)
{
    if (!right)
        abort();
}

/* Different from each other, of one line, and long enough; how many. */
static size_t take_values(struct input *in, struct slice *values)
{
    size_t count = 0;

    for (size_t wanted = take_byte(in) % (VALUES_MAX + 1); wanted > 0; wanted--) {
        size_t len = LEAK_SHORTEST + take_byte(in) % 8;
        struct slice value = {(const char *)in->at, len};
        bool good = len <= in->left && !memchr(value.at, '\n', len);

        for (size_t i = 0; i < count && good; i++)
            good = !slice_equal(values[i], value);
        len = len < in->left ? len : in->left;
        in->at += len;
        in->left -= len;
        if (good)
            values[count++] = value;
    }
    return count;
}

static bool stands_at(struct slice text, size_t at, struct slice value)
{
    return at + value.len <= text.len && memcmp(text.at + at, value.at, value.len) == 0;
}

/* What was found on which line. */
struct seen {
    bool at[VALUES_MAX][TEXT_MAX + 2];
};

static void walk(const struct leaks *leaks, struct slice text, size_t piece, struct seen *seen)
{
    struct leak_walk w;
    struct leak leak;
    size_t got = 1;

    leak_begin(&w, leaks);
    for (size_t at = 0; got > 0; at += got) {
        char *room = leak_room(&w, piece);

        expect(room != NULL);
        got = text.len - at < piece ? text.len - at : piece;
        if (got > 0)
            memcpy(room, text.at + at, got);
        leak_add(&w, got);
        while (leak_next(&w, got ? NEEDLES_MORE : NEEDLES_END, &leak)) {
            expect(leak.line <= TEXT_MAX + 1 && leak.offset < text.len);
            expect(!seen->at[leak.value][leak.line] || leak.line == 0);
            seen->at[leak.value][leak.line] = true;
        }
    }
    expect(leak_ok(&w));
    leak_end(&w);
}

static void compare(const struct slice *values, size_t count, struct slice text, size_t piece)
{
    static struct seen seen;
    static struct seen filtered;
    struct leaks *leaks = leaks_make(values, count), *fewer;
    struct grams *grams = grams_make(text.len);
    size_t line = 1;

    expect(leaks != NULL && grams != NULL);
    memset(&seen, 0, sizeof seen);
    walk(leaks, text, piece, &seen);
    grams_add(grams, text);
    fewer = leaks_make_for(values, count, grams);
    expect(fewer != NULL);
    memset(&filtered, 0, sizeof filtered);
    walk(fewer, text, piece, &filtered);
    expect(memcmp(&seen, &filtered, sizeof seen) == 0);
    leaks_free(fewer);
    grams_free(grams);
    for (size_t at = 0; at < text.len; at++) {
        for (size_t i = 0; i < count; i++)
            if (stands_at(text, at, values[i]))
                expect(seen.at[i][0] || seen.at[i][line]);
        line += text.at[at] == '\n';
    }
    leaks_free(leaks);
}

static void read_assignment(struct slice line)
{
    struct slice key, value;

    if (!leak_assignment(line, &key, &value))
        return;
    expect(key.at >= line.at && key.at + key.len <= line.at + line.len);
    expect(value.at >= line.at && value.at + value.len <= line.at + line.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct slice values[VALUES_MAX], text;
    size_t piece = 1 + take_byte(&in), count;

    if (sodium_init() < 0)
        abort();
    count = take_values(&in, values);
    text = (struct slice){(const char *)in.at, in.left < TEXT_MAX ? in.left : TEXT_MAX};
    leak_judge(text);
    read_assignment(text);
    compare(values, count, text, piece);
    return 0;
}
