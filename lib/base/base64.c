/* Base64 without padding, canonical, in constant time, 32 characters at a time, as vectors of GNU
 * C. On x86-64, decoding is compiled a second time for AVX2: that makes reading a vault of 100,000
 * values a fifth faster. */
#include "base64.h"

#include "mem.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

typedef signed char chars __attribute__((vector_size(32)));
typedef uint64_t eights __attribute__((vector_size(32))); /* of eight characters each */

enum { CHARS = sizeof(chars), BYTES = CHARS / 4 * 3, LANES = CHARS / 8 };
enum { SEAL = BASE64_ENCODED(16) };

#define INLINE static inline __attribute__((always_inline))

/* Converts each character to its six bits, in place. Clears `good` for a character that is not in
 * the alphabet. */
INLINE void to_sextets(chars *c, chars *good)
{
    chars upper = (*c >= 'A') & (*c <= 'Z');
    chars lower = (*c >= 'a') & (*c <= 'z');
    chars digit = (*c >= '0') & (*c <= '9');
    chars plus = *c == '+';
    chars slash = *c == '/';

    *good &= upper | lower | digit | plus | slash;
    *c += (upper & (0 - 'A')) + (lower & (26 - 'a')) + (digit & (52 - '0')) + (plus & (62 - '+')) +
          (slash & (63 - '/'));
}

INLINE uint64_t big_endian(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap64(w);
#else
    return w;
#endif
}

/* Swaps bytes on big-endian machines, so that the first character is in the lowest bits. */
INLINE void put_first_lowest(eights *w)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    for (int i = 0; i < LANES; i++)
        (*w)[i] = __builtin_bswap64((*w)[i]);
#else
    (void)w;
#endif
}

INLINE void load(chars *c, const char *text)
{
    memcpy(c, text, CHARS);
}

/* Writes the six bytes in the lowest bits. */
INLINE void put_six(unsigned char *out, uint64_t bytes)
{
    uint64_t six = big_endian(bytes << 16);

    memcpy(out, &six, 6);
}

/* Converts eight sextets to six bytes, in each lane. */
INLINE void decode_block(unsigned char *out, const char *text, chars *good)
{
    eights w;
    chars c;

    load(&c, text);
    to_sextets(&c, good);
    w = (eights)c;
    put_first_lowest(&w);
    w = (w & UINT64_C(0x003F003F003F003F)) << 6 | (w >> 8 & UINT64_C(0x003F003F003F003F));
    w = (w & UINT64_C(0x00000FFF00000FFF)) << 12 | (w >> 16 & UINT64_C(0x00000FFF00000FFF));
    w = (w & UINT64_C(0x0000000000FFFFFF)) << 24 | w >> 32;
    put_six(out, w[0]);
    put_six(out + 6, w[1]);
    put_six(out + 12, w[2]);
    put_six(out + 18, w[3]);
}

INLINE bool decode(unsigned char *out, const char *text, size_t len)
{
    size_t rest = len % CHARS, kept = BASE64_DECODED(rest);
    unsigned char last[BYTES];
    char padded[CHARS];
    uint64_t bad = len % 4 == 1;
    chars good = {0};

    good = ~good;
    for (; len >= CHARS; len -= CHARS, text += CHARS, out += BYTES)
        decode_block(out, text, &good);
    if (rest > 0) {
        memset(padded, 'A', CHARS); /* 'A' is six zero bits */
        memcpy(padded, text, rest);
        decode_block(last, padded, &good);
        memcpy(out, last, kept);
        bad |= last[kept]; /* the unused bits of the last character */
    }
    for (int i = 0; i < LANES; i++)
        bad |= ~((eights)good)[i];
    return DECIDED(bad == 0);
}

static size_t span(const char *text, size_t len)
{
    /* a bit for each of + / 0-9, and of A-Z a-z */
    static const uint64_t alphabet[4] = {UINT64_C(0x03FF880000000000),
                                         UINT64_C(0x07FFFFFE07FFFFFE)};
    size_t n = 0;

    while (n < len && alphabet[(unsigned char)text[n] / 64] >> (unsigned char)text[n] % 64 & 1)
        n++;
    return n;
}

#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2")))

typedef unsigned char octets __attribute__((vector_size(32)));
typedef char bits_of __attribute__((vector_size(32)));

/* Each value has a seal: its characters are copied without calls if their number is constant. */
AVX2 static bool decode_avx2(unsigned char *out, const char *text, size_t len)
{
    return len == SEAL ? decode(out, text, SEAL) : decode(out, text, len);
}

/* The number of leading characters that are in the alphabet. */
AVX2 INLINE size_t span_block(const char *text)
{
    octets c, good;
    uint32_t bad;

    memcpy(&c, text, CHARS);
    good = (octets)((c | 32) - 'a' < 26) | (octets)(c - '/' < 11) | (octets)(c == '+');
    bad = ~(uint32_t)__builtin_ia32_pmovmskb256((bits_of)good);
    return bad ? (size_t)__builtin_ctz(bad) : CHARS;
}

AVX2 static size_t span_avx2(const char *text, size_t len)
{
    size_t done = 0, more;

    for (; len - done >= CHARS; done += CHARS) {
        more = span_block(text + done);
        if (more < CHARS)
            return done + more;
    }
    return done + span(text + done, len - done);
}

static bool has_avx2(void)
{
    return sodium_runtime_has_avx2();
}
#else
#define decode_avx2 decode
#define span_avx2 span

static bool has_avx2(void)
{
    return false;
}
#endif

bool base64_decode(void *data, const char *text, size_t len)
{
    return has_avx2() ? decode_avx2(data, text, len) : decode(data, text, len);
}

size_t base64_span(const char *text, size_t len)
{
    return has_avx2() ? span_avx2(text, len) : span(text, len);
}

static inline char to_character(unsigned sextet)
{
    unsigned c = sextet + 'A';

    c += (25 - sextet) >> 8 & ('a' - 'Z' - 1);
    c -= (51 - sextet) >> 8 & ('z' + 1 - '0');
    c -= (61 - sextet) >> 8 & ('9' + 1 - '+');
    c += (62 - sextet) >> 8 & ('/' - '+' - 1);
    return (char)c;
}

void base64_encode(char *out, const void *data, size_t len)
{
    const unsigned char *in = data;
    unsigned group;

    for (; len >= 3; len -= 3, in += 3, out += 4) {
        group = (unsigned)in[0] << 16 | (unsigned)in[1] << 8 | in[2];
        out[0] = to_character(group >> 18);
        out[1] = to_character(group >> 12 & 63);
        out[2] = to_character(group >> 6 & 63);
        out[3] = to_character(group & 63);
    }
    if (len == 0)
        return;
    group = (unsigned)in[0] << 16 | (len == 2 ? (unsigned)in[1] << 8 : 0);
    for (size_t i = 0; i <= len; i++)
        *out++ = to_character(group >> (18 - 6 * i) & 63);
}
