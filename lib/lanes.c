/* Keyed BLAKE2b (RFC 7693) and XChaCha20-Poly1305 (RFC 8439, with HChaCha20 before it) of several
 * messages at once. In a vector of GNU C each lane is another message's, so that no message waits
 * for itself. Poly1305 is libsodium's, one message after the other. */
#include "lanes.h"

#include <sodium.h>
#include <string.h>

enum {
    OWN = LANES_NONCE + LANES_SEAL,
    SHORT = 512, /* what is longer is long */
    WORTH = 3    /* fewer messages are sooner opened one after the other */
};

#ifdef __x86_64__

#define INLINE static inline __attribute__((always_inline))
#define AVX2 __attribute__((target("avx2")))

INLINE uint64_t load64(const unsigned char *at)
{
    uint64_t n;

    memcpy(&n, at, sizeof n);
    return n;
}

INLINE uint32_t load32(const unsigned char *at)
{
    uint32_t n;

    memcpy(&n, at, sizeof n);
    return n;
}

/* ---- BLAKE2b ---- */

enum { HASHES = 4 };

typedef uint64_t hash_word __attribute__((vector_size(8 * HASHES))); /* one message's in each */

static const uint64_t blake_start[8] = {UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b),
                                        UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1),
                                        UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
                                        UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179)};

static const unsigned char blake_order[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

#define ROTATE64(x, n) ((x) >> (n) | (x) << (64 - (n)))

INLINE void blake_mix(hash_word *a, hash_word *b, hash_word *c, hash_word *d, const hash_word *x,
                      const hash_word *y)
{
    *a += *b + *x;
    *d = ROTATE64(*d ^ *a, 32);
    *c += *d;
    *b = ROTATE64(*b ^ *c, 24);
    *a += *b + *y;
    *d = ROTATE64(*d ^ *a, 16);
    *c += *d;
    *b = ROTATE64(*b ^ *c, 63);
}

/* One block of each message, of which `end` bytes are hashed with it; `last` has all bits where it
 * is the last. */
INLINE void blake_block(hash_word h[8], const hash_word m[16], const hash_word *end,
                        const hash_word *last)
{
    const hash_word zero = {0};
    hash_word v[16];

    for (int i = 0; i < 8; i++) {
        v[i] = h[i];
        v[8 + i] = zero + blake_start[i];
    }
    v[12] ^= *end;
    v[14] ^= *last;
    for (int round = 0; round < 12; round++) {
        const unsigned char *s = blake_order[round % 10];

        blake_mix(&v[0], &v[4], &v[8], &v[12], &m[s[0]], &m[s[1]]);
        blake_mix(&v[1], &v[5], &v[9], &v[13], &m[s[2]], &m[s[3]]);
        blake_mix(&v[2], &v[6], &v[10], &v[14], &m[s[4]], &m[s[5]]);
        blake_mix(&v[3], &v[7], &v[11], &v[15], &m[s[6]], &m[s[7]]);
        blake_mix(&v[0], &v[5], &v[10], &v[15], &m[s[8]], &m[s[9]]);
        blake_mix(&v[1], &v[6], &v[11], &v[12], &m[s[10]], &m[s[11]]);
        blake_mix(&v[2], &v[7], &v[8], &v[13], &m[s[12]], &m[s[13]]);
        blake_mix(&v[3], &v[4], &v[9], &v[14], &m[s[14]], &m[s[15]]);
    }
    for (int i = 0; i < 8; i++)
        h[i] ^= v[i] ^ v[8 + i];
}

AVX2 static void hash_key(struct lanes_hash *h)
{
    hash_word state[8], m[16] = {{0}}, end = {LANES_BLOCK}, last = {0};

    for (int i = 0; i < 8; i++)
        state[i] = (hash_word){blake_start[i]};
    state[0] ^= (hash_word){0x01010000 ^ LANES_KEY << 8 ^ LANES_SEAL};
    for (int i = 0; i < LANES_KEY / 8; i++)
        m[i] = (hash_word){load64(h->key + 8 * i)};
    blake_block(state, m, &end, &last);
    for (int i = 0; i < 8; i++)
        h->state[i] = state[i][0];
}

/* Messages of fewer blocks than the longest one stand still once theirs are done. */
AVX2 static void hash_some(const struct lanes_hash *h, const struct lanes_message *messages,
                           size_t count, unsigned char out[][LANES_SEAL])
{
    hash_word state[8], next[8], m[16], end = {0}, last = {0}, live = {0};
    const unsigned char *block[HASHES];
    struct lanes_message lane[HASHES];
    size_t blocks[HASHES], most = 0;

    for (size_t j = 0; j < HASHES; j++) {
        lane[j] = messages[j < count ? j : 0];
        blocks[j] = (lane[j].len + LANES_BLOCK - 1) / LANES_BLOCK;
        memset(lane[j].at + lane[j].len, 0, blocks[j] * LANES_BLOCK - lane[j].len);
        if (blocks[j] > most)
            most = blocks[j];
    }
    for (int i = 0; i < 8; i++)
        state[i] = (hash_word){h->state[i], h->state[i], h->state[i], h->state[i]};
    for (size_t b = 0; b < most; b++) {
        for (size_t j = 0; j < HASHES; j++) {
            bool is_live = b < blocks[j], is_last = b + 1 == blocks[j];

            live[j] = 0 - (uint64_t)is_live;
            last[j] = 0 - (uint64_t)is_last;
            end[j] = LANES_BLOCK + (is_last ? lane[j].len : (b + 1) * LANES_BLOCK);
            block[j] = lane[j].at + (is_live ? b * LANES_BLOCK : 0);
        }
        for (int i = 0; i < 16; i++)
            m[i] = (hash_word){load64(block[0] + 8 * i), load64(block[1] + 8 * i),
                               load64(block[2] + 8 * i), load64(block[3] + 8 * i)};
        memcpy(next, state, sizeof next);
        blake_block(next, m, &end, &last);
        for (int i = 0; i < 8; i++)
            state[i] = (next[i] & live) | (state[i] & ~live);
    }
    for (size_t j = 0; j < count; j++)
        memcpy(out[j], (uint64_t[]){state[0][j], state[1][j]}, LANES_SEAL);
}

/* ---- XChaCha20-Poly1305 ---- */

typedef uint32_t cipher_word __attribute__((vector_size(4 * LANES))); /* one message's in each */

static const unsigned char cipher_start[16] = {'e', 'x', 'p', 'a', 'n', 'd', ' ', '3',
                                               '2', '-', 'b', 'y', 't', 'e', ' ', 'k'};

#define ROTATE32(x, n) ((x) << (n) | (x) >> (32 - (n)))

INLINE void cipher_mix(cipher_word *a, cipher_word *b, cipher_word *c, cipher_word *d)
{
    *a += *b;
    *d = ROTATE32(*d ^ *a, 16);
    *c += *d;
    *b = ROTATE32(*b ^ *c, 12);
    *a += *b;
    *d = ROTATE32(*d ^ *a, 8);
    *c += *d;
    *b = ROTATE32(*b ^ *c, 7);
}

INLINE void cipher_rounds(cipher_word x[16])
{
    for (int i = 0; i < 10; i++) {
        cipher_mix(&x[0], &x[4], &x[8], &x[12]);
        cipher_mix(&x[1], &x[5], &x[9], &x[13]);
        cipher_mix(&x[2], &x[6], &x[10], &x[14]);
        cipher_mix(&x[3], &x[7], &x[11], &x[15]);
        cipher_mix(&x[0], &x[5], &x[10], &x[15]);
        cipher_mix(&x[1], &x[6], &x[11], &x[12]);
        cipher_mix(&x[2], &x[7], &x[8], &x[13]);
        cipher_mix(&x[3], &x[4], &x[9], &x[14]);
    }
}

/* HChaCha20, for a key of each message's own: the state with it in place. */
INLINE void cipher_begin(cipher_word s[16], const unsigned char key[LANES_KEY],
                         const struct lanes_sealed *const m[LANES])
{
    const cipher_word zero = {0};
    cipher_word x[16] = {{0}};

    for (int i = 0; i < 4; i++) {
        s[i] = x[i] = zero + load32(cipher_start + 4 * i);
        x[4 + i] = zero + load32(key + 4 * i);
        x[8 + i] = zero + load32(key + 16 + 4 * i);
        for (size_t j = 0; j < LANES; j++)
            x[12 + i][j] = load32(m[j]->at + 4 * i);
    }
    cipher_rounds(x);
    for (int i = 0; i < 4; i++) {
        s[4 + i] = x[i];
        s[8 + i] = x[12 + i];
    }
    s[12] = s[13] = s[14] = s[15] = zero;
    for (size_t j = 0; j < LANES; j++) {
        s[14][j] = load32(m[j]->at + 16);
        s[15][j] = load32(m[j]->at + 20);
    }
}

/* The next block of each message's stream. */
INLINE void cipher_block(cipher_word s[16], cipher_word stream[16])
{
    memcpy(stream, s, 16 * sizeof *s);
    cipher_rounds(stream);
    for (int i = 0; i < 16; i++)
        stream[i] += s[i];
    s[12] += 1;
}

/* Eight bytes of a message's block. */
INLINE uint64_t cipher_eight(const cipher_word stream[16], size_t place, size_t message)
{
    return stream[2 * place][message] | (uint64_t)stream[2 * place + 1][message] << 32;
}

/* A length of at most 64 in the block that begins there. */
INLINE void cipher_apply(unsigned char *at, size_t len, const cipher_word stream[16], size_t j)
{
    unsigned char last[8];
    uint64_t word;
    size_t i = 0;

    for (; 8 * i + 8 <= len; i++) {
        word = load64(at + 8 * i) ^ cipher_eight(stream, i, j);
        memcpy(at + 8 * i, &word, sizeof word);
    }
    if (8 * i == len)
        return;
    word = cipher_eight(stream, i, j);
    memcpy(last, &word, sizeof last);
    for (size_t k = 8 * i; k < len; k++)
        at[k] ^= last[k - 8 * i];
}

static unsigned char *put_padded(unsigned char *out, const unsigned char *data, size_t len)
{
    size_t padding = (0 - len) % 16;

    memcpy(out, data, len);
    memset(out + len, 0, padding);
    return out + len + padding;
}

static bool is_genuine(const struct lanes_sealed *m, const unsigned char key[32])
{
    unsigned char all[LANES_DATA + SHORT + 3 * 16], *at = all, tag[LANES_SEAL];
    const unsigned char *sealed = m->at + LANES_NONCE;
    size_t len = m->len - OWN;
    uint64_t lengths[2] = {m->data_len, len};

    at = put_padded(at, m->data, m->data_len);
    at = put_padded(at, sealed, len);
    at = put_padded(at, (const unsigned char *)lengths, sizeof lengths);
    crypto_onetimeauth(tag, all, (size_t)(at - all), key);
    return crypto_verify_16(tag, sealed + len) == 0;
}

AVX2 static void open_some(const unsigned char key[LANES_KEY], struct lanes_sealed *messages,
                           size_t count)
{
    const struct lanes_sealed *lane[LANES];
    cipher_word s[16], stream[16];
    size_t most = 0;

    for (size_t j = 0; j < LANES; j++)
        lane[j] = &messages[j < count ? j : 0];
    cipher_begin(s, key, lane);
    cipher_block(s, stream);
    for (size_t j = 0; j < count; j++) {
        struct lanes_sealed *m = &messages[j];
        uint64_t own_key[4];

        for (size_t i = 0; i < 4; i++)
            own_key[i] = cipher_eight(stream, i, j);
        m->genuine = is_genuine(m, (const unsigned char *)own_key);
        if (m->len - OWN > most)
            most = m->len - OWN;
    }
    for (size_t done = 0; done < most; done += 64) {
        cipher_block(s, stream);
        for (size_t j = 0; j < count; j++) {
            struct lanes_sealed *m = &messages[j];
            size_t left = m->len - OWN > done ? m->len - OWN - done : 0;

            if (m->genuine && left > 0)
                cipher_apply(m->at + LANES_NONCE + done, left < 64 ? left : 64, stream, j);
        }
    }
}

#endif

/* ---- which of the two ---- */

static void open_one(const unsigned char key[LANES_KEY], struct lanes_sealed *m)
{
    unsigned char *sealed = m->at + LANES_NONCE;

    m->genuine =
        crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, NULL, NULL, sealed, m->len - LANES_NONCE,
                                                   m->data, m->data_len, m->at, key) == 0;
}

void lanes_hash_init(struct lanes_hash *h, const unsigned char key[LANES_KEY])
{
    memcpy(h->key, key, LANES_KEY);
#ifdef __x86_64__
    if (sodium_runtime_has_avx2())
        hash_key(h);
#endif
}

void lanes_hash(const struct lanes_hash *h, const struct lanes_message *messages, size_t count,
                unsigned char out[][LANES_SEAL])
{
#ifdef __x86_64__
    if (sodium_runtime_has_avx2()) {
        for (size_t i = 0; i < count; i += HASHES)
            hash_some(h, messages + i, count - i < HASHES ? count - i : HASHES, out + i);
        return;
    }
#endif
    for (size_t i = 0; i < count; i++)
        crypto_generichash(out[i], LANES_SEAL, messages[i].at, messages[i].len, h->key, LANES_KEY);
}

void lanes_open(const unsigned char key[LANES_KEY], struct lanes_sealed *messages, size_t count)
{
#ifdef __x86_64__
    bool all_short = true;

    for (size_t i = 0; i < count; i++)
        all_short = all_short && messages[i].len <= SHORT;
    if (all_short && count >= WORTH && sodium_runtime_has_avx2()) {
        open_some(key, messages, count);
        return;
    }
#endif
    for (size_t i = 0; i < count; i++)
        open_one(key, &messages[i]);
}
