/* lib/needles: by hand, and at random beside a search that is obvious. */
#include "find/needles.h"
#include "obvious_needles.h"
#include "tap.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>

static struct needles *make(const char *const *patterns)
{
    struct slice list[16];
    struct needles *n;
    size_t count = 0;

    while (patterns[count]) {
        list[count] = slice_of(patterns[count]);
        count++;
    }
    n = needles_make(list, count);
    if (!n)
        abort();
    return n;
}

/* "pattern@place …" of all matches, with the text fed in pieces. */
static void find(const struct needles *n, const char *text, size_t piece, struct buf *out)
{
    struct needles_scan scan = {.needles = n};
    struct needles_match m;
    size_t len = strlen(text);

    buf_clear(out);
    for (size_t fed = piece;; fed += piece) {
        enum needles_rest rest = fed < len ? NEEDLES_MORE : NEEDLES_END;

        while (needles_next(&scan, (struct slice){text, fed < len ? fed : len}, rest, &m))
            buf_printf(out, "%s%zu@%zu+%zu", out->len ? " " : "", m.pattern, m.at, m.len);
        if (rest == NEEDLES_END)
            break;
    }
    buf_add(out, "", 1);
    if (!buf_ok(out) || !needles_scan_ok(&scan))
        abort();
    needles_scan_free(&scan);
}

static void test_by_hand(void)
{
    static const struct {
        const char *patterns[8], *text, *found;
    } cases[] = {
        {{"abc"}, "", ""},
        {{NULL}, "any text that is long enough for the sieve", ""},
        {{"abc"}, "abc", "0@0+3"},
        {{"abc"}, "ab", ""},
        {{"abc"}, "xabcxxabcabc", "0@1+3 0@6+3 0@9+3"},
        {{"a"}, "banana", "0@1+1 0@3+1 0@5+1"},
        {{"secret", "secrets"}, "secret secrets secretss", "0@0+6 1@7+7 1@15+7"},
        {{"secrets", "secret"}, "secretsecrets", "0@0+7 0@6+7"},
        {{"cret", "secret", "ecre"}, "secret", "1@0+6"},
        {{"cret", "secrex"}, "secret", "0@2+4"},
        {{"abcdef", "defghi"}, "abcdefghi", "0@0+6 1@3+6"},
        {{"aaa"}, "aaaaa", "0@0+3 0@1+3 0@2+3"},
        {{"same", "same", "samf"}, "samesamf", "0@0+4 2@4+4"},
        {{"", "x", ""}, "axa", "1@1+1"},
        {{"abcdefgh", "bcdef", "cdefghij", "hijk"}, "abcdefghijk", "0@0+8 2@2+8 3@7+4"},
        {{"aab", "aaaab", "b"}, "aaaaab aab b", "1@1+5 0@7+3 2@11+1"},
        {{"abcdefghX", "abcdefghY", "abcdefgh"},
         "..........abcdefghY.........abcdefghZ........abcdefg",
         "1@10+9 2@28+8"},
    };
    struct buf out = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct needles *n = make(cases[i].patterns);
        bool right = true;

        for (size_t piece = 1; piece <= 64; piece++) {
            find(n, cases[i].text, piece, &out);
            right = right && strcmp(out.data, cases[i].found) == 0;
        }
        check(right, "\"%s\": %s", cases[i].text, cases[i].found);
        needles_free(n);
    }
    buf_free(&out);
}

/* ---- at random ---- */

enum { PATTERNS = 40, LONGEST = 24, TEXT = 600 };

struct lot {
    char bytes[PATTERNS][LONGEST], text[TEXT];
    struct slice patterns[PATTERNS];
    size_t count;
};

/* Few letters, so that much is alike; the text is half made of the patterns. */
static void draw(struct lot *lot, unsigned letters, size_t shortest)
{
    size_t at = 0;

    lot->count = 1 + randombytes_uniform(PATTERNS);
    for (size_t i = 0; i < lot->count; i++) {
        size_t len = shortest + randombytes_uniform((uint32_t)(LONGEST - shortest + 1));

        for (size_t j = 0; j < len; j++)
            lot->bytes[i][j] = (char)('a' + (int)randombytes_uniform(letters));
        lot->patterns[i] = (struct slice){lot->bytes[i], len};
    }
    while (at < TEXT) {
        size_t which = randombytes_uniform((uint32_t)lot->count), end = lot->patterns[which].len;
        size_t len = 1 + randombytes_uniform((uint32_t)end);

        if (len > TEXT - at)
            len = TEXT - at;
        memcpy(lot->text + at, lot->bytes[which] + end - len, len);
        at += len;
    }
}

/* Whether a scan in pieces finds what the obvious one does, and keeps no more than it must. */
static bool agrees(const struct lot *lot, const struct needles *n, size_t most, size_t *found)
{
    struct needles_scan scan = {.needles = n};
    struct needles_match ours, theirs;
    size_t from = 0, end = 0, fed = 0, dropped = 0;
    bool right = true;

    while (fed < TEXT && right) {
        struct slice whole = {lot->text, TEXT}, part;
        enum needles_rest rest;
        size_t waits;

        fed += 1 + randombytes_uniform((uint32_t)most);
        fed = fed < TEXT ? fed : TEXT;
        rest = fed < TEXT ? NEEDLES_MORE : NEEDLES_END;
        part = (struct slice){lot->text + dropped, fed - dropped};
        while (right && needles_next(&scan, part, rest, &ours)) {
            right = obvious_next(lot->patterns, lot->count, whole, from, end, &theirs) &&
                    ours.at + dropped == theirs.at && ours.len == theirs.len &&
                    ours.pattern == theirs.pattern;
            from = theirs.at + 1;
            end = theirs.at + theirs.len;
            ++*found;
        }
        waits = obvious_held(lot->patterns, lot->count, (struct slice){lot->text, fed});
        right = right && needles_settled(&scan) + dropped >= waits;
        if (randombytes_uniform(2)) {
            size_t settled = needles_settled(&scan);

            needles_drop(&scan, settled);
            dropped += settled;
        }
    }
    right = right && !obvious_next(lot->patterns, lot->count, (struct slice){lot->text, TEXT}, from,
                                   end, &theirs);
    needles_scan_free(&scan);
    return right;
}

static void test_at_random(size_t shortest, unsigned letters)
{
    enum { ROUNDS = 12 };
    struct lot *lot = calloc(1, sizeof *lot);
    size_t found = 0;
    bool right = lot != NULL;

    for (int i = 0; right && i < ROUNDS; i++) {
        struct needles *n;

        draw(lot, letters, shortest);
        n = needles_make(lot->patterns, lot->count);
        right = n && agrees(lot, n, 1 + randombytes_uniform(TEXT), &found) &&
                agrees(lot, n, 1, &found) && agrees(lot, n, TEXT, &found);
        needles_free(n);
    }
    check(right && found > ROUNDS, "patterns of %zu bytes or more, of %u letters: %zu found",
          shortest, letters, found);
    free(lot);
}

/* ---- every byte, large sets, and texts that are made to be slow ---- */

static void test_every_byte(void)
{
    char text[4096];
    struct slice patterns[256];
    char bytes[256][3];
    struct needles_scan scan;
    struct needles_match m;
    struct needles *n;
    size_t found = 0;

    for (size_t i = 0; i < 256; i++) {
        bytes[i][0] = bytes[i][2] = (char)i;
        bytes[i][1] = (char)(255 - i);
        patterns[i] = (struct slice){bytes[i], 3};
    }
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = bytes[i / 16][i % 3];
    n = needles_make(patterns, 256);
    scan = (struct needles_scan){.needles = n};
    while (n && needles_next(&scan, (struct slice){text, sizeof text}, NEEDLES_END, &m))
        found += memcmp(text + m.at, patterns[m.pattern].at, 3) == 0;
    check(found >= 256 * 4, "every byte is a byte like others: %zu found", found);
    needles_scan_free(&scan);
    needles_free(n);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double time_of(const struct needles *n, struct slice text, size_t *found)
{
    struct needles_scan scan = {.needles = n};
    struct needles_match m;
    double start = seconds();

    *found = 0;
    while (needles_next(&scan, text, NEEDLES_END, &m))
        ++*found;
    needles_scan_free(&scan);
    return seconds() - start;
}

/* Twice the text takes about twice the time, however far the patterns lead astray. */
static void test_slow_texts(void)
{
    enum { TEXT_LEN = 1 << 21, DEEP = 1 << 17, MANY = 600 };
    char *text = malloc(TEXT_LEN), *deep = malloc(DEEP);
    struct slice patterns[MANY];
    size_t half_found, found;
    struct needles *n;
    double half, whole;

    if (!text || !deep)
        abort();
    memset(text, 'a', TEXT_LEN);
    memset(deep, 'a', DEEP);
    deep[DEEP - 1] = 'b';
    patterns[0] = (struct slice){deep, DEEP};
    for (size_t i = 1; i < MANY; i++)
        patterns[i] = (struct slice){deep + DEEP - 8 - i, 8 + i};
    n = needles_make(patterns, MANY);
    half = time_of(n, (struct slice){text, TEXT_LEN / 2}, &half_found);
    whole = time_of(n, (struct slice){text, TEXT_LEN}, &found);
    check(found == 0 && whole < 8 * half + 0.2, "nearly found everywhere: %.0f and %.0f ms",
          half * 1e3, whole * 1e3);
    needles_free(n);

    patterns[1] = (struct slice){deep, 6};
    n = needles_make(patterns, 2);
    half = time_of(n, (struct slice){text, TEXT_LEN / 2}, &half_found);
    whole = time_of(n, (struct slice){text, TEXT_LEN}, &found);
    check(found == TEXT_LEN - 5 && whole < 8 * half + 0.2,
          "found everywhere, and a longer one nearly: %.0f and %.0f ms", half * 1e3, whole * 1e3);
    needles_free(n);
    free(text);
    free(deep);
}

static void test_large_sets(void)
{
    enum { COUNT = 20000, LEN = 40, LONG = 1400000 };
    char *bytes = malloc((size_t)COUNT * LEN), *text = malloc(2 * LONG);
    struct slice *patterns = calloc(COUNT + 1, sizeof *patterns);
    struct needles_scan scan;
    struct needles_match m;
    struct needles *n;
    size_t right = 0, at = 0;

    if (!bytes || !text || !patterns)
        abort();
    randombytes_buf(bytes, (size_t)COUNT * LEN);
    randombytes_buf(text, 2 * LONG);
    for (size_t i = 0; i < COUNT; i++) {
        patterns[i] = (struct slice){bytes + i * LEN, 8 + i % (LEN - 8)};
        memcpy(text + i * 60, patterns[i].at, patterns[i].len);
    }
    patterns[COUNT] = (struct slice){text + LONG, LONG};
    n = needles_make(patterns, COUNT + 1);
    scan = (struct needles_scan){.needles = n};
    while (n && needles_next(&scan, (struct slice){text, 2 * LONG}, NEEDLES_END, &m))
        right +=
            m.pattern == at && m.at == (at < COUNT ? at * 60 : LONG) && m.len == patterns[at++].len;
    check(right == COUNT + 1, "20000 patterns, and one of 1.4 MB: each where it stands");
    needles_scan_free(&scan);
    needles_free(n);
    free(patterns);
    free(bytes);
    free(text);
}

/* ---- long patterns, of which the head alone is kept ---- */

enum { LONG_PATTERNS = 8, LONG_MOST = 1700, LONG_TEXT = 6000 };

struct long_lot {
    char bytes[LONG_PATTERNS][LONG_MOST], text[LONG_TEXT];
    struct slice patterns[LONG_PATTERNS];
};

/* Much alike: most begin as an earlier one does, or are periodic. */
static void draw_long(struct long_lot *lot, size_t period)
{
    size_t at = 0;

    for (size_t i = 0; i < LONG_PATTERNS; i++) {
        size_t len = i < 3 ? 1 + randombytes_uniform(NEEDLES_HEAD)
                           : NEEDLES_HEAD - 2 + randombytes_uniform(LONG_MOST - NEEDLES_HEAD);
        size_t like = i && randombytes_uniform(4) ? randombytes_uniform((uint32_t)len) : 0;

        for (size_t j = 0; j < len; j++)
            lot->bytes[i][j] = j < like     ? lot->bytes[i - 1][j]
                               : j < period ? (char)('a' + (int)randombytes_uniform(3))
                                            : lot->bytes[i][j - period];
        lot->patterns[i] = (struct slice){lot->bytes[i], len};
    }
    while (at < LONG_TEXT) {
        struct slice p = lot->patterns[randombytes_uniform(LONG_PATTERNS)];
        size_t len = randombytes_uniform(3) ? p.len : 1 + randombytes_uniform((uint32_t)p.len);

        if (len > LONG_TEXT - at)
            len = LONG_TEXT - at;
        memcpy(lot->text + at, randombytes_uniform(2) ? p.at : p.at + p.len - len, len);
        at += len;
    }
}

/* In pieces, of which what is settled is let go. */
static bool agrees_long(const struct long_lot *lot, const struct needles *n, size_t most,
                        size_t *found)
{
    struct slice whole = {lot->text, LONG_TEXT};
    struct needles_scan scan = {.needles = n};
    struct needles_match ours, theirs;
    size_t from = 0, end = 0, dropped = 0;
    bool right = true;

    for (size_t fed = 0; fed < LONG_TEXT && right;) {
        enum needles_rest rest;
        size_t settled;

        fed += 1 + randombytes_uniform((uint32_t)most);
        fed = fed < LONG_TEXT ? fed : LONG_TEXT;
        rest = fed < LONG_TEXT ? NEEDLES_MORE : NEEDLES_END;
        while (right && needles_next(&scan, (struct slice){lot->text + dropped, fed - dropped},
                                     rest, &ours)) {
            right = obvious_next(lot->patterns, LONG_PATTERNS, whole, from, end, &theirs) &&
                    ours.at + dropped == theirs.at && ours.len == theirs.len &&
                    ours.pattern == theirs.pattern;
            from = theirs.at + 1;
            end = theirs.at + theirs.len;
            ++*found;
        }
        settled = needles_settled(&scan);
        right = right && settled <= fed - dropped;
        needles_drop(&scan, settled);
        dropped += settled;
    }
    right = right && needles_scan_ok(&scan) &&
            !obvious_next(lot->patterns, LONG_PATTERNS, whole, from, end, &theirs);
    needles_scan_free(&scan);
    return right;
}

static bool summarize(struct arena *arena, struct slice bytes, struct needles_pattern *pattern)
{
    struct needles_summary summary = {.len = 0};

    needles_summary_add(&summary, bytes);
    return needles_summary_end(&summary, arena, pattern);
}

/* A pattern may come in pieces, and end anywhere. */
static void test_pieces(void)
{
    static const size_t pieces[] = {1, 7, 15, 16, 127, 129, 512, 4096};
    enum { LEN = 5000 };
    char bytes[LEN];
    struct arena arena = {0};
    bool right = true;

    randombytes_buf(bytes, LEN);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct needles_summary summary = {.len = 0};

        for (size_t at = 0, len; at < LEN && right; at += len) {
            struct needles_pattern ours, theirs;

            len = LEN - at < pieces[i] ? LEN - at : pieces[i];
            needles_summary_add(&summary, (struct slice){bytes + at, len});
            right = needles_summary_end(&summary, &arena, &ours) &&
                    summarize(&arena, (struct slice){bytes, at + len}, &theirs) &&
                    needles_length(&ours) == at + len && needles_compare(&ours, &theirs) == 0 &&
                    ours.check_count == theirs.check_count;
            for (size_t c = 0; right && c < ours.check_count; c++)
                right = ours.checks[c].len == theirs.checks[c].len &&
                        ours.checks[c].power == theirs.checks[c].power &&
                        ours.checks[c].hash == theirs.checks[c].hash;
            arena_clear(&arena);
        }
    }
    check(right, "a pattern in pieces is the pattern");
    arena_free(&arena);
}

static void test_long(size_t period)
{
    struct long_lot *lot = calloc(1, sizeof *lot);
    size_t found = 0;
    bool right = lot;

    for (int round = 0; round < 3 && right; round++) {
        struct needles_pattern patterns[LONG_PATTERNS];
        struct arena arena = {0};
        struct needles *n;

        draw_long(lot, period);
        for (size_t i = 0; i < LONG_PATTERNS; i++)
            right = right && summarize(&arena, lot->patterns[i], &patterns[i]) &&
                    needles_length(&patterns[i]) == lot->patterns[i].len;
        n = right ? needles_make_long(patterns, LONG_PATTERNS) : NULL;
        right = n && agrees_long(lot, n, 1, &found) && agrees_long(lot, n, 700, &found) &&
                agrees_long(lot, n, LONG_TEXT, &found);
        needles_free(n);
        arena_free(&arena);
    }
    check(right && found > 20, "long patterns of period %zu: %zu found", period, found);
    free(lot);
}

/* A text that is not the pattern is let go when it differs, or soon after. */
static void test_long_is_let_go(void)
{
    enum { LEN = 200000, SAME = 3000 };
    char *bytes = malloc(LEN), *text = malloc(LEN);
    struct needles_pattern pattern;
    struct arena arena = {0};
    struct needles *n;
    struct needles_scan scan;
    struct needles_match m;
    bool none;

    if (!bytes || !text)
        abort();
    randombytes_buf(bytes, LEN);
    memcpy(text, bytes, LEN);
    text[SAME] ^= 1;
    if (!summarize(&arena, (struct slice){bytes, LEN}, &pattern))
        abort();
    n = needles_make_long(&pattern, 1);
    scan = (struct needles_scan){.needles = n};
    none = !needles_next(&scan, (struct slice){text, SAME}, NEEDLES_MORE, &m);
    check(none && needles_settled(&scan) == 0, "the beginning of a long pattern is held back");
    none = !needles_next(&scan, (struct slice){text, 2 * SAME}, NEEDLES_MORE, &m);
    check(none && needles_settled(&scan) >= SAME, "until its next check fails");
    needles_scan_free(&scan);
    needles_free(n);
    arena_free(&arena);
    free(bytes);
    free(text);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_by_hand();
    for (size_t shortest = 1; shortest <= 10; shortest++) {
        test_at_random(shortest, 2);
        test_at_random(shortest, 26);
    }
    test_every_byte();
    test_slow_texts();
    test_large_sets();
    for (size_t period = 1; period <= 8; period++)
        test_long(period);
    test_long(LONG_MOST);
    test_pieces();
    test_long_is_let_go();
    return tap_done();
}
