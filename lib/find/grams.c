/* The grams of texts, in a bitmap by hash. What is absent there is in none of the texts.
 *
 * The texts are not secret here, even if a value is in them: they are in plain files. */
#include "grams.h"

#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    GRAM = 4,
    BYTES = 256,
    BITS_LEAST = 12, /* of the bitmap, as a power of 2 */
    BITS_MOST = 31,
    BITS_FOR_EACH = 8, /* gram */
    GRAMS_OF_A_BYTE = 5,
    SEXTETS = 6,  /* characters of base64 that contain a gram */
    NIBBLES = 8,  /* the same of hexadecimal */
    UNBROKEN = 46 /* bytes at the start of a value that are on one line of its base64 */
};

/* A value has GRAMS_VALUE bytes or more: shorter runs cannot contain its base64 (without the
 * characters that its neighbours change) or its hexadecimal. */
enum { BASE64_LEAST = 10, HEX_LEAST = 2 * GRAMS_VALUE };

struct grams {
    uint64_t *bits;
    unsigned shift;
    bool same[BYTES];                       /* no form escapes these bytes */
    int8_t of_base64[BYTES], of_hex[BYTES]; /* what a digit stands for; -1: no digit */
};

static void make_tables(struct grams *g)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    memset(g->of_base64, -1, sizeof g->of_base64);
    memset(g->of_hex, -1, sizeof g->of_hex);
    for (int i = 0; digits[i]; i++)
        g->of_base64[(unsigned char)digits[i]] = (int8_t)i;
    g->of_base64['-'] = g->of_base64['+'];
    g->of_base64['_'] = g->of_base64['/'];
    for (int i = 0; i < 16; i++)
        g->of_hex[(unsigned char)"0123456789abcdef"[i]] = (int8_t)i,
                            g->of_hex[(unsigned char)"0123456789ABCDEF"[i]] = (int8_t)i;
    for (int c = 0; c < BYTES; c++)
        g->same[c] = text_is_alnum((char)c) || c == '-' || c == '.' || c == '_';
}

struct grams *grams_make(size_t bytes)
{
    struct grams *g = calloc(1, sizeof *g);
    unsigned bits = BITS_LEAST;

    if (!g)
        return NULL;
    while (bits < BITS_MOST && ((size_t)1 << bits) / (BITS_FOR_EACH * GRAMS_OF_A_BYTE) < bytes)
        bits++;
    g->shift = 32 - bits;
    g->bits = calloc(((size_t)1 << bits) / 64, sizeof *g->bits);
    make_tables(g);
    if (g->bits)
        return g;
    grams_free(g);
    return NULL;
}

void grams_free(struct grams *g)
{
    if (g)
        free(g->bits);
    free(g);
}

static uint32_t place_of(const struct grams *g, uint32_t gram)
{
    return (gram * UINT32_C(0x9E3779B1)) >> g->shift;
}

static void set(struct grams *g, uint32_t gram)
{
    uint32_t place = place_of(g, gram);

    g->bits[place / 64] |= UINT64_C(1) << place % 64;
}

static bool has(const struct grams *g, uint32_t gram)
{
    uint32_t place = place_of(g, gram);

    return g->bits[place / 64] >> place % 64 & 1;
}

/* ---- texts ---- */

static void add_plain(struct grams *g, struct slice text)
{
    uint32_t gram = 0;

    for (size_t i = 0; i < text.len; i++) {
        gram = gram << 8 | (unsigned char)text.at[i];
        if (i + 1 >= GRAM)
            set(g, gram);
    }
}

/* Bytes begin at the first, third or fifth bit of a character, wherever the base64 began. */
static void add_base64(struct grams *g, struct slice run)
{
    uint64_t sextets = 0;

    for (size_t i = 0; i < run.len; i++) {
        sextets = sextets << 6 | (uint64_t)g->of_base64[(unsigned char)run.at[i]];
        for (unsigned offset = 0; offset <= 4 && i + 1 >= SEXTETS; offset += 2)
            set(g, (uint32_t)(sextets >> offset));
    }
}

static void add_hex(struct grams *g, struct slice run)
{
    uint32_t gram = 0;

    for (size_t i = 0; i < run.len; i++) {
        gram = gram << 4 | (unsigned char)g->of_hex[(unsigned char)run.at[i]];
        if (i + 1 >= NIBBLES)
            set(g, gram);
    }
}

static void add_runs(struct grams *g, struct slice text, const int8_t digits[BYTES], size_t least,
                     void (*add)(struct grams *g, struct slice run))
{
    for (size_t at = 0, len; at < text.len; at += len + 1) {
        for (len = 0; at + len < text.len && digits[(unsigned char)text.at[at + len]] >= 0;)
            len++;
        if (len >= least)
            add(g, (struct slice){text.at + at, len});
    }
}

void grams_add(struct grams *g, struct slice text)
{
    add_plain(g, text);
    add_runs(g, text, g->of_base64, BASE64_LEAST, add_base64);
    add_runs(g, text, g->of_hex, HEX_LEAST, add_hex);
}

/* ---- values ---- */

static uint32_t gram_at(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* As it is or escaped: all of these forms contain the bytes that no form escapes. */
static bool may_have_escaped(const struct grams *g, struct slice value)
{
    size_t run = 0;

    for (size_t i = 0; i < value.len; i++) {
        run = g->same[(unsigned char)value.at[i]] ? run + 1 : 0;
        if (run >= GRAM && !has(g, gram_at(value.at + i + 1 - GRAM)))
            return false;
    }
    return true;
}

/* In base64 or hexadecimal. Inside longer base64, the first and the last byte of the value share
 * characters with their neighbours. */
static bool may_have_encoded(const struct grams *g, struct slice value)
{
    size_t end = value.len - 1 < UNBROKEN ? value.len - 1 : UNBROKEN;

    for (size_t i = 1; i + GRAM <= end; i++)
        if (!has(g, gram_at(value.at + i)))
            return false;
    return true;
}

bool grams_may_have(const struct grams *g, struct slice value)
{
    return may_have_escaped(g, value) || may_have_encoded(g, value);
}
