/* lib/base64: both ways, against libsodium's encoder and a decoder that is written to be obvious.
 */
#include "base/base64.h"
#include "tap.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int obvious_value(unsigned char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;

    return at ? (int)(at - alphabet) : -1;
}

static bool obvious_decode(unsigned char *out, const char *text, size_t len)
{
    unsigned bits = 0, pending = 0;

    for (size_t i = 0; i < len; i++) {
        int value = obvious_value((unsigned char)text[i]);

        if (value < 0)
            return false;
        pending = (pending << 6 | (unsigned)value) & 0xFFF;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *out++ = (unsigned char)(pending >> bits);
        }
    }
    return bits < 6 && (pending & ((1u << bits) - 1)) == 0;
}

static void test_round_trips(void)
{
    unsigned char data[300], back[300];
    char text[401], theirs[401];
    bool same = true, returned = true;

    for (size_t len = 0; len <= sizeof data; len++) {
        randombytes_buf(data, sizeof data);
        base64_encode(text, data, len);
        sodium_bin2base64(theirs, sizeof theirs, data, len,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
        same = same && strlen(theirs) == BASE64_ENCODED(len) &&
               memcmp(text, theirs, BASE64_ENCODED(len)) == 0;
        returned = returned && BASE64_DECODED(BASE64_ENCODED(len)) == len &&
                   base64_decode(back, text, BASE64_ENCODED(len)) && memcmp(back, data, len) == 0;
    }
    check(same, "0 to 300 bytes are encoded as libsodium does");
    check(returned, "and come back");
}

/* Every character at every place of every short length: accepted or refused as the obvious decoder
 * does. */
static void test_every_character(void)
{
    unsigned char ours[80], theirs[80];
    char text[80];
    long differences = 0, accepted = 0, refused = 0;

    for (size_t len = 1; len <= 70; len++)
        for (size_t place = 0; place < len; place++)
            for (int c = 0; c < 256; c++) {
                bool right;

                memset(text, 'A', len);
                text[place] = (char)c;
                right = obvious_decode(theirs, text, len);
                differences += base64_decode(ours, text, len) != right;
                differences += right && memcmp(ours, theirs, BASE64_DECODED(len)) != 0;
                accepted += right;
                refused += !right;
            }
    check(differences == 0 && accepted > 10000 && refused > 10000,
          "each byte at each place of 1 to 70 characters: %ld accepted, %ld refused", accepted,
          refused);
}

static void test_refusals(void)
{
    static const char *const bad[] = {
        "A",    "AAAAA", "AA==", "AAA=",   "AB",        "AAB",
        "AA A", "AA\nA", "A-AA", "AA_A",   "\xC1\x81",  "AAAAAAAAAAAAAAAAB",
        "====", "AAAA=", "=AAA", "AAAA\n", "AA\x80\x80"};
    unsigned char out[32];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check(!base64_decode(out, bad[i], strlen(bad[i])), "refused: case %zu", i);
    check(!base64_decode(out, "AA\0A", 4), "refused: a zero byte");
    check(base64_decode(out, "", 0), "nothing decodes to nothing");
}

/* Of texts that end at the end of their memory, where a sanitizer sees what is read behind it. */
static void test_span(void)
{
    long differences = 0;

    for (size_t len = 0; len <= 70; len++) {
        char *text = malloc(len + 1) /* not none */, *end = text + 1 + len;

        if (!text)
            abort();
        memset(text, 'A', len + 1);
        differences += base64_span(text + 1, len) != len;
        for (char *place = text + 1; place < end; place++)
            for (int c = 0; c < 256; c++) {
                bool good = obvious_value((unsigned char)c) >= 0;

                *place = (char)c;
                differences +=
                    base64_span(text + 1, len) != (good ? len : (size_t)(place - text) - 1);
                *place = 'A';
            }
        free(text);
    }
    check(differences == 0, "a span ends at the first byte that is foreign");
}

/* libsodium knows what the processor has after sodium_init: before it there is the plain way. */
int main(void)
{
    for (int twice = 0; twice < 2; twice++) {
        test_round_trips();
        test_every_character();
        test_refusals();
        test_span();
        if (sodium_init() < 0)
            return 1;
    }
    return tap_done();
}
