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

/* Compares with every entry of the table, so that no cache line reveals which one matched. */
static uint32_t value_of(uint32_t lowercase)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < VALUES; i++)
        found |= if_equal(lowercase, (unsigned char)charset[i]) & (i ^ NOT_A_VALUE);
    return found ^ NOT_A_VALUE;
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

struct encoder {
    char *out;
    uint32_t sum;
    uint32_t upper; /* the bit to clear for upper case, or 0 */
};

static void put_value(struct encoder *e, uint32_t value)
{
    uint32_t c = character_of(value);

    *e->out++ = (char)(c ^ (if_within(c, 'a', 'z') & e->upper));
}

static void put_checksum(struct encoder *e)
{
    for (int i = 0; i < CHECKSUM; i++)
        e->sum = checksum_add(e->sum, 0);
    e->sum ^= 1;
    for (int i = CHECKSUM - 1; i >= 0; i--)
        put_value(e, e->sum >> 5 * i & 31);
}

void bech32_encode(char *out, const char *prefix, const void *data, size_t len)
{
    const unsigned char *in = data;
    size_t prefix_len = strlen(prefix), values = (len * 8 + 4) / 5;
    struct encoder e = {out + prefix_len, checksum_of_prefix(prefix, prefix_len), 0};
    uint32_t pending = 0, bits = 0;

    for (size_t i = 0; i < prefix_len; i++)
        if (prefix[i] >= 'A' && prefix[i] <= 'Z')
            e.upper = 0x20;
    memcpy(out, prefix, prefix_len);
    *e.out++ = '1';
    for (size_t i = 0; i < values; i++) {
        uint32_t value;

        if (bits < 5) {
            pending = pending << 8 | (len ? *in++ : 0u);
            len -= len > 0;
            bits += 8;
        }
        bits -= 5;
        value = pending >> bits & 31;
        e.sum = checksum_add(e.sum, value);
        put_value(&e, value);
    }
    put_checksum(&e);
    *e.out = '\0';
}

struct decoder {
    unsigned char *out;
    size_t written;
    uint32_t sum, bad, lower, upper, pending, bits;
};

static void note_case(struct decoder *d, uint32_t c)
{
    d->upper |= if_within(c, 'A', 'Z');
    d->lower |= if_within(c, 'a', 'z');
}

/* Returns the character's value. */
static uint32_t take_character(struct decoder *d, unsigned char c)
{
    uint32_t value = value_of(to_lower(c));

    note_case(d, c);
    d->bad |= value >> 5; /* NOT_A_VALUE */
    d->sum = checksum_add(d->sum, value & 31);
    return value & 31;
}

static void put_bits(struct decoder *d, uint32_t value)
{
    d->pending = (d->pending << 5 | value) & 0xFFFF;
    d->bits += 5;
    if (d->bits >= 8) {
        d->bits -= 8;
        d->out[d->written++] = (unsigned char)(d->pending >> d->bits);
    }
}

static void finish_decoding(struct decoder *d)
{
    d->bad |= d->sum ^ 1;
    d->bad |= d->upper & d->lower;
    d->bad |= d->bits >= 5;
    d->bad |= d->pending & ((1u << d->bits) - 1); /* the padding is zero */
}

bool bech32_decode(struct slice text, struct slice *prefix, void *data, size_t size, size_t *len)
{
    struct decoder d = {.out = data};
    size_t prefix_len = text.len, values;
    const char *body;

    while (prefix_len > 0 && DECIDED(text.at[prefix_len - 1] != '1'))
        prefix_len--;
    if (prefix_len < 2 || prefix_len - 1 > BECH32_PREFIX_MAX)
        return false;
    body = text.at + prefix_len--;
    if (text.len - prefix_len - 1 < CHECKSUM)
        return false;
    values = text.len - prefix_len - 1 - CHECKSUM;
    if (values * 5 / 8 > size)
        return false;

    for (size_t i = 0; i < prefix_len; i++) {
        d.bad |= ~if_within((unsigned char)text.at[i], 33, 126);
        note_case(&d, (unsigned char)text.at[i]);
    }
    d.sum = checksum_of_prefix(text.at, prefix_len);
    for (size_t i = 0; i < values; i++)
        put_bits(&d, take_character(&d, (unsigned char)body[i]));
    for (size_t i = values; i < values + CHECKSUM; i++)
        take_character(&d, (unsigned char)body[i]);
    finish_decoding(&d);
    if (DECIDED(d.bad != 0))
        return false;
    *prefix = (struct slice){text.at, prefix_len};
    *len = d.written;
    return true;
}
