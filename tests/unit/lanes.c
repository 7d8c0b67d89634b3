/* lib/lanes: against libsodium, one message after the other; with AVX2 and as if there were none.
 */
#include <sodium.h>
#include <stdbool.h>

/* How much the processor is taken to have. */
static enum { NEITHER, AVX2_ALONE, BOTH } pretended;

static int has_avx2(void)
{
    return pretended != NEITHER && sodium_runtime_has_avx2();
}

#define sodium_runtime_has_avx2 has_avx2
#ifdef __has_include
#if __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#endif
#endif

#ifdef CPU_FEATURE_ACTIVE
static const struct cpuid_feature *leaf_of(unsigned int number)
{
    static const struct cpuid_feature nothing;

    return pretended == BOTH ? __x86_get_cpuid_feature_leaf(number) : &nothing;
}

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-*): it is glibc's */
#define __x86_get_cpuid_feature_leaf leaf_of
#endif
#include "../../lib/lanes.c" /* NOLINT(bugprone-suspicious-include): with our has_avx2 */
#undef sodium_runtime_has_avx2

#include "tap.h"

enum { ROUNDS = 4000, LONGEST = 900, ROOM = LONGEST + LANES_BLOCK };

static unsigned char key[LANES_KEY];

/* Below `end`. Many are needed: the system is asked once. */
static uint32_t pick(uint32_t end)
{
    static uint64_t state;

    if (!state)
        randombytes_buf(&state, sizeof state);
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 32) % end);
}

static size_t random_length(size_t most)
{
    /* Many short ones, and those around the ends of blocks. */
    switch (pick(3)) {
    case 0:
        return 1 + pick((uint32_t)most);
    case 1:
        return 1 + pick(130);
    default:
        return 128 * (1 + pick((uint32_t)most / 128)) - pick(3);
    }
}

/* ---- hashes ---- */

static bool hashes_as_libsodium(size_t count)
{
    static unsigned char text[LANES][ROOM];
    unsigned char ours[LANES + 1][LANES_SEAL], theirs[LANES_SEAL], untouched[LANES_SEAL];
    struct lanes_message m[LANES];
    struct lanes_hash h;
    bool same = true;

    randombytes_buf(key, sizeof key);
    randombytes_buf(text, sizeof text);
    randombytes_buf(untouched, sizeof untouched);
    memcpy(ours[count], untouched, sizeof untouched);
    lanes_hash_init(&h, key);
    for (size_t i = 0; i < count; i++)
        m[i] = (struct lanes_message){text[i], random_length(LONGEST)};
    lanes_hash(&h, m, count, ours);
    for (size_t i = 0; i < count; i++) {
        crypto_generichash(theirs, sizeof theirs, m[i].at, m[i].len, key, sizeof key);
        same = same && memcmp(ours[i], theirs, sizeof theirs) == 0;
    }
    return same && memcmp(ours[count], untouched, sizeof untouched) == 0;
}

static void test_hashes(const char *how)
{
    bool same = true;

    for (int round = 0; round < ROUNDS; round++)
        same = same && hashes_as_libsodium(1 + (size_t)round % LANES);
    check(same, "%s: %d times one to eight messages are hashed as libsodium does", how, ROUNDS);
}

/* ---- sealed messages ---- */

struct sample {
    unsigned char sealed[LANES_NONCE + LONGEST + LANES_SEAL], plain[LONGEST], data[LANES_DATA];
    size_t len, data_len;
    bool altered;
};

/* Its length is a multiple of unit. */
static void make(struct sample *s, size_t longest, size_t unit)
{
    unsigned long long sealed;

    s->len = pick(4) == 0 ? 0 : random_length(longest) / unit * unit;
    s->data_len = pick(4) == 0 ? 0 : random_length(LANES_DATA);
    randombytes_buf(s->plain, sizeof s->plain);
    randombytes_buf(s->data, sizeof s->data);
    randombytes_buf(s->sealed, LANES_NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(s->sealed + LANES_NONCE, &sealed, s->plain, s->len,
                                               s->data, s->data_len, NULL, s->sealed, key);
    s->altered = false;
}

/* One bit, of the nonce, of what is sealed, of the tag, or of the associated data. */
static void alter(struct sample *s)
{
    size_t len = OWN + s->len, bit = pick((uint32_t)(8 * (len + s->data_len)));
    unsigned char *at = bit / 8 < len ? s->sealed + bit / 8 : s->data + (bit / 8 - len);

    *at ^= (unsigned char)(1 << bit % 8);
    s->altered = true;
}

static bool opens_as_it_should(size_t count, size_t longest, size_t unit)
{
    static struct sample samples[LANES];
    struct lanes_sealed m[LANES];
    bool right = true;

    randombytes_buf(key, sizeof key);
    for (size_t i = 0; i < count; i++) {
        make(&samples[i], longest, unit);
        if (pick(4) == 0)
            alter(&samples[i]);
        m[i] = (struct lanes_sealed){.at = samples[i].sealed,
                                     .len = OWN + samples[i].len,
                                     .data = samples[i].data,
                                     .data_len = samples[i].data_len};
    }
    lanes_open(key, m, count);
    for (size_t i = 0; i < count; i++) {
        bool same = memcmp(samples[i].sealed + LANES_NONCE, samples[i].plain, samples[i].len) == 0;

        right = right && m[i].genuine == !samples[i].altered;
        right = right && (same || samples[i].altered);
        right = right && (!same || !samples[i].altered || samples[i].len < 8);
    }
    return right;
}

static void test_opens(const char *how)
{
    static const struct {
        size_t longest, unit;
        const char *name;
    } kinds[] = {{SHORT - OWN, 16, "short ones of whole blocks"},
                 {SHORT - OWN, 1, "short ones of any length"},
                 {LONGEST, 16, "long ones among them"}};

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        bool right = true;

        for (int round = 0; round < ROUNDS; round++)
            right = right &&
                    opens_as_it_should(1 + (size_t)round % LANES, kinds[k].longest, kinds[k].unit);
        check(right, "%s: %d times one to eight messages are opened, the altered ones refused: %s",
              how, ROUNDS, kinds[k].name);
    }
}

#ifdef __x86_64__
/* Keys and texts of bytes from the ends of what there is, where a carry runs through all limbs. */
static void fill(unsigned char *at, size_t len)
{
    static const unsigned char ends[] = {0, 0, 1, 2, 4, 5, 0x7F, 0x80, 0xFA, 0xFB, 0xFC, 0xFE};
    uint32_t kind = pick(4);

    for (size_t i = 0; i < len; i++)
        at[i] = kind == 0                 ? 0xFF
                : kind == 1               ? ends[pick(sizeof ends)]
                : kind == 2 && i % 16 > 1 ? (unsigned char)(0 - pick(2))
                                          : (unsigned char)pick(256);
}

AVX2 static void tags_avx2(struct poly p[LANES])
{
    poly_all(p);
}

AVX512 static void tags_avx512(struct poly p[LANES])
{
    poly_all(p);
}

static void test_tags(const char *how)
{
    static unsigned char keys[LANES][32], texts[LANES][16 * 12];
    unsigned char theirs[LANES_SEAL], whole[sizeof texts[0] + 16];
    struct poly p[LANES];
    bool same = true;

    for (int round = 0; round < 25 * ROUNDS && same; round++) {
        for (size_t j = 0; j < LANES; j++) {
            fill(keys[j], 32);
            fill(texts[j], sizeof texts[j]);
            p[j] = (struct poly){
                .key = keys[j], .data = texts[j], .data_blocks = pick(6), .sealed_blocks = pick(7)};
            p[j].sealed = texts[j] + 16 * p[j].data_blocks;
            fill((unsigned char *)p[j].lengths, sizeof p[j].lengths);
        }
        (has_avx512() ? tags_avx512 : tags_avx2)(p);
        for (size_t j = 0; j < LANES; j++) {
            size_t len = 16 * (p[j].data_blocks + p[j].sealed_blocks);

            memcpy(whole, texts[j], len);
            memcpy(whole + len, p[j].lengths, 16);
            crypto_onetimeauth(theirs, whole, len + 16, keys[j]);
            same = same && memcmp(p[j].tag, theirs, sizeof theirs) == 0;
        }
    }
    check(same, "%s: %d tags, most of them of extreme numbers, are libsodium's", how,
          25 * ROUNDS * LANES);
}
#endif

static void test_all(const char *how)
{
    test_hashes(how);
    test_opens(how);
#ifdef __x86_64__
    if (pretended != NEITHER)
        test_tags(how);
#endif
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_all("one after the other");
    pretended = AVX2_ALONE;
    if (has_avx2())
        test_all("side by side");
    else
        tap_skip("this processor has no AVX2");
    pretended = BOTH;
#ifdef __x86_64__
    if (has_avx2() && has_avx512())
        test_all("side by side, with AVX-512");
    else
        tap_skip("this processor has no AVX-512, or nothing tells of it");
#endif
    return tap_done();
}
