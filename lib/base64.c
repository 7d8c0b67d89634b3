/* Base64 without padding, canonical, in constant time, sixteen characters at a time.
 * The sixteen are a vector of GNU C, which gcc and clang turn into what the processor has. */
#include "base64.h"

#include <stdint.h>
#include <string.h>

typedef signed char chars __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

enum { CHARS = sizeof(chars), BYTES = CHARS / 4 * 3 };

/* Turns each character into its six bits, in place; 0 in `good` where one is not of the alphabet.
 */
static inline chars to_sextets(chars c, chars *good)
{
    chars upper = (c >= 'A') & (c <= 'Z');
    chars lower = (c >= 'a') & (c <= 'z');
    chars digit = (c >= '0') & (c <= '9');
    chars plus = c == '+';
    chars slash = c == '/';

    *good &= upper | lower | digit | plus | slash;
    return c + (upper & (0 - 'A')) + (lower & (26 - 'a')) + (digit & (52 - '0')) +
           (plus & (62 - '+')) + (slash & (63 - '/'));
}

static inline uint64_t big_endian(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap64(w);
#else
    return w;
#endif
}

/* Eight sextets to six bytes. */
static inline void squeeze(unsigned char *out, uint64_t w)
{
    w = big_endian(w);
    w = (w & UINT64_C(0x003F003F003F003F)) | (w & UINT64_C(0x3F003F003F003F00)) >> 2;
    w = (w & UINT64_C(0x00000FFF00000FFF)) | (w & UINT64_C(0x0FFF00000FFF0000)) >> 4;
    w = (w & UINT64_C(0x0000000000FFFFFF)) | (w & UINT64_C(0x00FFFFFF00000000)) >> 8;
    w = big_endian(w << 16);
    memcpy(out, &w, BYTES / 2);
}

static inline void decode_sixteen(unsigned char *out, const void *text, chars *good)
{
    chars c;
    halves h;

    memcpy(&c, text, CHARS);
    h = (halves)to_sextets(c, good);
    squeeze(out, h[0]);
    squeeze(out + BYTES / 2, h[1]);
}

bool base64_decode(void *data, const char *text, size_t len)
{
    size_t rest = len % CHARS, kept = BASE64_DECODED(rest);
    unsigned char last[BYTES], *out = data;
    char padded[CHARS];
    unsigned bad = len % 4 == 1;
    chars good = {0};

    good = ~good;
    for (; len >= CHARS; len -= CHARS, text += CHARS, out += BYTES)
        decode_sixteen(out, text, &good);
    memset(padded, 'A', CHARS); /* 'A' stands for six zero bits */
    memcpy(padded, text, rest);
    decode_sixteen(last, padded, &good);
    if (kept)
        memcpy(out, last, kept);
    for (size_t i = kept; i < BYTES; i++)
        bad |= last[i];
    for (int i = 0; i < CHARS; i++)
        bad |= (unsigned char)~good[i];
    return bad == 0;
}

size_t base64_span(const char *text, size_t len)
{
    size_t done = 0;

    for (; len - done >= CHARS; done += CHARS) {
        chars c, good = {0};
        halves h;

        memcpy(&c, text + done, CHARS);
        good = ~good;
        to_sextets(c, &good);
        h = (halves)good;
        if ((h[0] & h[1]) != UINT64_MAX)
            break;
    }
    for (; done < len; done++) {
        chars c = {text[done]}, good = {-1};

        to_sextets(c, &good);
        if (!good[0])
            break;
    }
    return done;
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
