/* lib/bech32: BIP 173's own examples, age's keys, and every way to damage one. */
#include "base/bech32.h"
#include "tap.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

static bool decodes(const char *text, size_t len)
{
    unsigned char data[200];
    struct slice prefix;
    size_t n;

    return bech32_decode((struct slice){text, len}, &prefix, data, sizeof data, &n);
}

/* BIP 173 lists these. The checksum alone is meant: what does not come out at whole bytes is
 * refused by age, and here. */
static void test_bip173(void)
{
    static const char *const good[] = {
        "A12UEL5L", "a12uel5l",
        ("an83characterlonghumanreadablepartthatcontainsthenumber1and"
         "theexcludedcharactersbio1tt5tgs"),
        "?1ezyfcl"};
    static const char *const bad[] = {
        ("\x20"
         "1nwldj5"),
        ("\x7f"
         "1axkwrx"),
        ("\x80"
         "1eym55h"),
        "pzry9x0s0muk",
        "1pzry9x0s0muk",
        "x1b4n0q5v",
        "li1dgmt3",
        "de1lg7wt\xff",
        "A1G7SGD8",
        "10a06t8",
        "1qzzfhee",
        "a12UEL5L",
        "A12uel5l",
        "",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        check(decodes(good[i], strlen(good[i])), "BIP 173: valid %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check(!decodes(bad[i], strlen(bad[i])), "BIP 173: invalid %zu", i);
}

static void test_round_trips(void)
{
    static const char *const prefixes[] = {"age", "AGE-SECRET-KEY-", "age1name", "AGE-PLUGIN-X-"};
    unsigned char data[100], back[100];
    char text[300];
    struct slice prefix;
    size_t len;
    bool right = true;

    for (size_t p = 0; p < 4; p++)
        for (size_t n = 0; n <= sizeof data; n++) {
            randombytes_buf(data, sizeof data);
            bech32_encode(text, prefixes[p], data, n);
            right = right && strlen(text) == BECH32_ENCODED(strlen(prefixes[p]), n) &&
                    bech32_decode(slice_of(text), &prefix, back, sizeof back, &len) && len == n &&
                    slice_is(prefix, prefixes[p]) && memcmp(data, back, n) == 0;
        }
    check(right, "0 to 100 bytes come back, in both cases");
    bech32_encode(text, "age", data, 33);
    check(!bech32_decode(slice_of(text), &prefix, back, 32, &len), "33 bytes do not fit in 32");
}

static void test_damage(void)
{
    static const char key[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    char text[sizeof key];
    long accepted = 0, tried = 0;

    check(decodes(key, sizeof key - 1), "age's example key");
    for (size_t place = 0; place < sizeof key - 1; place++)
        for (int c = 0; c < 256; c++) {
            memcpy(text, key, sizeof key);
            if (text[place] == (char)c)
                continue;
            text[place] = (char)c;
            tried++;
            accepted += decodes(text, sizeof key - 1);
        }
    check(accepted == 0, "each byte at each of its places: %ld damaged keys refused", tried);
    for (size_t len = 0; len < sizeof key - 1; len++)
        accepted += decodes(key, len);
    check(accepted == 0, "and each prefix");
    for (size_t i = 0; i < sizeof key; i++)
        text[i] = (char)toupper((unsigned char)key[i]);
    check(decodes(text, sizeof key - 1), "all upper case is the same key");
    text[20] = (char)tolower((unsigned char)text[20]);
    check(!decodes(text, sizeof key - 1), "mixed case is refused");
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_bip173();
    test_round_trips();
    test_damage();
    return tap_done();
}
