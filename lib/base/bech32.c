/* Bech32 (BIP 173, constant 1) of any length, as age writes its keys, in constant time. */
#include "bech32.h"

#include <string.h>

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

enum { VALUES = 32, CHECKSUM = 6, NOT_A_VALUE = 0xFF };

/* All ones if a and b, both below 2^31, are equal; else 0. */
static uint32_t if_equal(uint32_t a, uint32_t b)
{
    return 0 - (((a ^ b) - 1) >> 31);
}

/* All ones if low <= c <= high; else 0. */
static uint32_t if_within(uint32_t c, uint32_t low, uint32_t high)
{
    return ~(0 - ((c - low) >> 31)) & ~(0 - ((high - c) >> 31));
}

typedef unsigned char entries __attribute__((vector_size(16))); /* half of the table */

/* Where the character stands in this half, XOR NOT_A_VALUE, or 0. */
static uint64_t place_in(const entries *half, const entries *places, unsigned char c)
{
    entries found = (entries)(*half == c) & (*places ^ NOT_A_VALUE);
    uint64_t word[2];

    memcpy(word, &found, sizeof word);
    return word[0] | word[1];
}

/* Compares with every entry of the table, so that no cache line tells which one was meant. */
static uint32_t value_of(uint32_t lowercase)
{
    static const entries places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const entries above = places + 16;
    entries low, high;
    uint64_t all;

    memcpy(&low, charset, sizeof low);
    memcpy(&high, charset + sizeof low, sizeof high);
    all = place_in(&low, &places, (unsigned char)lowercase) |
          place_in(&high, &above, (unsigned char)lowercase);
    all |= all >> 32;
    all |= all >> 16;
    all |= all >> 8;
    return (uint32_t)(all & 0xFF) ^ NOT_A_VALUE;
}

static uint32_t character_of(uint32_t value)
{
    uint32_t c = 0;

    for (uint32_t i = 0; i < VALUES; i++)
        c |= if_equal(value, i) & (unsigned char)charset[i];
    return c;
}

static uint32_t checksum_add(uint32_t sum, uint32_t value)
{
    static const uint32_t generator[] = {0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD,
                                         0x2A1462B3};
    uint32_t top = sum >> 25;

    sum = (sum & 0x1FFFFFF) << 5 ^ value;
    for (int i = 0; i < 5; i++)
        sum ^= (0 - (top >> i & 1)) & generator[i];
    return sum;
}

static uint32_t to_lower(uint32_t c)
{
    return c | (if_within(c, 'A', 'Z') & 0x20);
}

static uint32_t checksum_of_prefix(const char *prefix, size_t len)
{
    uint32_t sum = 1;

    for (size_t i = 0; i < len; i++)
        sum = checksum_add(sum, to_lower((unsigned char)prefix[i]) >> 5);
    sum = checksum_add(sum, 0);
    for (size_t i = 0; i < len; i++)
        sum = checksum_add(sum, to_lower((unsigned char)prefix[i]) & 31);
    return sum;
}

static bool is_upper_case(const char *prefix, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (prefix[i] >= 'A' && prefix[i] <= 'Z')
            return true;
    return false;
}

void bech32_encode(char *out, const char *prefix, const void *data, size_t len)
{
    const unsigned char *in = data;
    size_t prefix_len = strlen(prefix);
    uint32_t sum = checksum_of_prefix(prefix, prefix_len);
    uint32_t upper = is_upper_case(prefix, prefix_len) ? 0x20 : 0;
    uint32_t pending = 0, bits = 0, value, c;
    size_t values = (len * 8 + 4) / 5;

    memcpy(out, prefix, prefix_len);
    out += prefix_len;
    *out++ = '1';
    for (size_t i = 0; i < values + CHECKSUM; i++) {
        if (i == values) { /* the rest is the checksum */
            for (int j = 0; j < CHECKSUM; j++)
                sum = checksum_add(sum, 0);
            sum ^= 1;
        }
        if (i >= values) {
            value = sum >> 5 * (values + CHECKSUM - 1 - i) & 31;
        } else {
            if (bits < 5) {
                pending = pending << 8 | (len ? *in++ : 0u);
                len -= len > 0;
                bits += 8;
            }
            bits -= 5;
            value = pending >> bits & 31;
            sum = checksum_add(sum, value);
        }
        c = character_of(value);
        *out++ = (char)(c ^ (if_within(c, 'a', 'z') & upper));
    }
    *out = '\0';
}

bool bech32_decode(struct slice text, struct slice *prefix, void *data, size_t size, size_t *len)
{
    unsigned char *out = data;
    const char *body;
    size_t prefix_len = text.len, body_len, written = 0;
    uint32_t sum, bad = 0, lower = 0, upper = 0, pending = 0, bits = 0;

    while (prefix_len > 0 && DECIDED(text.at[prefix_len - 1] != '1'))
        prefix_len--;
    if (prefix_len < 2 || prefix_len - 1 > BECH32_PREFIX_MAX)
        return false;
    prefix_len--; /* the '1' */
    body = text.at + prefix_len + 1;
    body_len = text.len - prefix_len - 1;
    if (body_len < CHECKSUM || (body_len - CHECKSUM) * 5 / 8 > size)
        return false;

    for (size_t i = 0; i < prefix_len; i++) {
        uint32_t c = (unsigned char)text.at[i];

        bad |= ~if_within(c, 33, 126);
        upper |= if_within(c, 'A', 'Z');
        lower |= if_within(c, 'a', 'z');
    }
    sum = checksum_of_prefix(text.at, prefix_len);
    for (size_t i = 0; i < body_len; i++) {
        uint32_t c = (unsigned char)body[i];
        uint32_t value = value_of(to_lower(c));

        upper |= if_within(c, 'A', 'Z');
        lower |= if_within(c, 'a', 'z');
        bad |= value >> 5; /* NOT_A_VALUE */
        sum = checksum_add(sum, value & 31);
        if (i >= body_len - CHECKSUM)
            continue;
        pending = (pending << 5 | (value & 31)) & 0xFFFF;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out[written++] = (unsigned char)(pending >> bits);
        }
    }
    bad |= sum ^ 1;
    bad |= upper & lower;
    bad |= bits >= 5;
    bad |= pending & ((1u << bits) - 1); /* what is left over is zero */
    if (DECIDED(bad != 0))
        return false;
    *prefix = (struct slice){text.at, prefix_len};
    *len = written;
    return true;
}
