/* lib/lanes: against libsodium, one message after the other; with AVX2 and as if there were none.
 */
#include <sodium.h>
#include <stdbool.h>

static bool without_avx2;

static int has_avx2(void)
{
    return !without_avx2 && sodium_runtime_has_avx2();
}

#define sodium_runtime_has_avx2 has_avx2
#include "../../lib/lanes.c" /* NOLINT(bugprone-suspicious-include): with our has_avx2 */
#undef sodium_runtime_has_avx2

#include "tap.h"

enum { ROUNDS = 4000, LONGEST = 900, ROOM = LONGEST + LANES_BLOCK };

static unsigned char key[LANES_KEY];

static size_t random_length(size_t most)
{
    /* Many short ones, and those around the ends of blocks. */
    switch (randombytes_uniform(3)) {
    case 0:
        return 1 + randombytes_uniform((uint32_t)most);
    case 1:
        return 1 + randombytes_uniform(130);
    default:
        return 128 * (1 + randombytes_uniform((uint32_t)most / 128)) - randombytes_uniform(3);
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

static void make(struct sample *s, size_t longest)
{
    unsigned long long sealed;

    s->len = randombytes_uniform(4) == 0 ? 0 : random_length(longest);
    s->data_len = randombytes_uniform(4) == 0 ? 0 : random_length(LANES_DATA);
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
    size_t len = OWN + s->len, bit = randombytes_uniform((uint32_t)(8 * (len + s->data_len)));
    unsigned char *at = bit / 8 < len ? s->sealed + bit / 8 : s->data + (bit / 8 - len);

    *at ^= (unsigned char)(1 << bit % 8);
    s->altered = true;
}

static bool opens_as_it_should(size_t count, size_t longest)
{
    static struct sample samples[LANES];
    struct lanes_sealed m[LANES];
    bool right = true;

    randombytes_buf(key, sizeof key);
    for (size_t i = 0; i < count; i++) {
        make(&samples[i], longest);
        if (randombytes_uniform(4) == 0)
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
    bool right = true;

    for (int round = 0; round < ROUNDS; round++)
        right = right && opens_as_it_should(1 + (size_t)round % LANES, SHORT - OWN);
    check(right, "%s: %d times one to eight short messages are opened, the altered ones refused",
          how, ROUNDS);
    for (int round = 0; round < ROUNDS / 4; round++)
        right = right && opens_as_it_should(1 + (size_t)round % LANES, LONGEST);
    check(right, "%s: and long ones among them", how);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    without_avx2 = true;
    test_hashes("one after the other");
    test_opens("one after the other");
    without_avx2 = false;
    if (!sodium_runtime_has_avx2()) {
        tap_skip("this processor has no AVX2");
        return tap_done();
    }
    test_hashes("side by side");
    test_opens("side by side");
    return tap_done();
}
