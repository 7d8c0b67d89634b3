/* Keyed BLAKE2b (RFC 7693) and XChaCha20-Poly1305 (RFC 8439, with HChaCha20 before it) of several
 * messages at once. In a vector of GNU C each lane is another message's, so that no message waits
 * for itself. */
#include "lanes.h"

#ifdef __x86_64__
#include <immintrin.h>
#ifdef __has_include
#if __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h> /* glibc's */
#endif
#endif
#endif
#include <sodium.h>
#include <string.h>

enum {
    OWN = LANES_NONCE + LANES_SEAL,
    SHORT = 512, /* what is longer is opened by itself, and so is what is no whole blocks */
    WORTH = 3    /* fewer messages are sooner opened one after the other */
};

#ifdef __x86_64__

#define INLINE static inline __attribute__((always_inline))
#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx2,avx512f,avx512vl")))
/* A loop that is written out: else -O2 keeps in memory what is indexed in it. */
/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is a name */
#define UNROLLED(i, from, to) _Pragma("GCC unroll 16") for (size_t i = (from); i < (to); i++)

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
    hash_word v[16] = {{0}};

    UNROLLED (i, 0, 8) {
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
    UNROLLED (i, 0, 8)
        h[i] ^= v[i] ^ v[8 + i];
}

INLINE void hash_key(struct lanes_hash *h)
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
INLINE void hash_some(const struct lanes_hash *h, const struct lanes_message *messages,
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

/* ---- XChaCha20 ---- */

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

/* A length of at most 64, of whole eights. */
INLINE void cipher_apply(unsigned char *at, size_t len, const cipher_word stream[16], size_t j)
{
    for (size_t i = 0; 8 * i < len; i++) {
        uint64_t word = load64(at + 8 * i) ^ cipher_eight(stream, i, j);

        memcpy(at + 8 * i, &word, sizeof word);
    }
}

/* ---- Poly1305: a number of five limbs of 26 bits ---- */

enum { LIMBS = 5, LIMB_BITS = 26, AT_ONCE = 4 };

#define LIMB_MASK ((UINT64_C(1) << LIMB_BITS) - 1)

typedef uint64_t limb __attribute__((vector_size(8 * AT_ONCE))); /* one message's in each */

/* Sixteen bytes, and a bit above them. */
INLINE void poly_split(limb out[LIMBS], const limb *low, const limb *high, uint64_t above)
{
    out[0] = *low & LIMB_MASK;
    out[1] = *low >> 26 & LIMB_MASK;
    out[2] = (*low >> 52 | *high << 12) & LIMB_MASK;
    out[3] = *high >> 14 & LIMB_MASK;
    out[4] = *high >> 40 | above << 24;
}

/* Of numbers below 2^32. */
AVX2 INLINE limb product(const limb *a, const limb *b)
{
    return (limb)_mm256_mul_epu32((__m256i)*a, (__m256i)*b);
}

/* h times r, modulo 2^130 - 5, with limbs of a little more than 26 bits. What is above 2^130 comes
 * back at the bottom five times. */
AVX2 INLINE void poly_multiply(limb h[LIMBS], const limb r[LIMBS], const limb r5[LIMBS])
{
    limb d[LIMBS], carry;

    UNROLLED (i, 0, LIMBS) {
        d[i] = product(&h[0], &r[i]);
        UNROLLED (j, 1, LIMBS)
            d[i] += product(&h[j], j <= i ? &r[i - j] : &r5[LIMBS + i - j]);
    }
    UNROLLED (i, 0, LIMBS - 1) {
        d[i + 1] += d[i] >> LIMB_BITS;
        h[i] = d[i] & LIMB_MASK;
    }
    carry = d[4] >> LIMB_BITS;
    h[4] = d[4] & LIMB_MASK;
    h[0] += carry + (carry << 2);
    h[1] += h[0] >> LIMB_BITS;
    h[0] &= LIMB_MASK;
}

/* One message's tag: h modulo 2^130 - 5, and the key's second half, modulo 2^128. */
static void poly_finish(const limb h[LIMBS], size_t j, const unsigned char pad[16],
                        unsigned char tag[LANES_SEAL])
{
    uint64_t n[LIMBS], less[LIMBS], carry, keep, low, high;

    for (int i = 0; i < LIMBS; i++)
        n[i] = h[i][j];
    for (int pass = 0; pass < 2; pass++) {
        carry = 0;
        for (int i = 0; i < LIMBS; i++) {
            n[i] += carry;
            carry = n[i] >> LIMB_BITS;
            n[i] &= LIMB_MASK;
        }
        n[0] += 5 * carry;
    }
    carry = 5; /* n - (2^130 - 5) is n + 5 - 2^130 */
    for (int i = 0; i < LIMBS; i++) {
        less[i] = n[i] + carry;
        carry = less[i] >> LIMB_BITS;
        less[i] &= LIMB_MASK;
    }
    keep = carry - 1; /* all bits if n was less than that */
    for (int i = 0; i < LIMBS; i++)
        n[i] = (n[i] & keep) | (less[i] & ~keep);
    low = n[0] | n[1] << 26 | n[2] << 52;
    high = n[2] >> 12 | n[3] << 14 | n[4] << 40;
    low += load64(pad);
    high += load64(pad + 8) + (low < load64(pad));
    memcpy(tag, &low, 8);
    memcpy(tag + 8, &high, 8);
}

/* What is authenticated of a message, in blocks of sixteen bytes: two runs of them, and one more.
 */
struct poly {
    const unsigned char *key, *data, *sealed;
    size_t data_blocks, sealed_blocks;
    uint64_t lengths[2];
    unsigned char tag[LANES_SEAL];
};

INLINE size_t poly_blocks(const struct poly *p)
{
    return p->data_blocks + p->sealed_blocks + 1;
}

INLINE const unsigned char *poly_block(const struct poly *p, size_t b)
{
    if (b < p->data_blocks)
        return p->data + 16 * b;
    b -= p->data_blocks;
    return b < p->sealed_blocks ? p->sealed + 16 * b : (const unsigned char *)p->lengths;
}

enum { GROUPS = LANES / AT_ONCE };

AVX2 INLINE void poly_all(struct poly p[LANES])
{
    limb h[GROUPS][LIMBS] = {{{0}}}, r[GROUPS][LIMBS], r5[GROUPS][LIMBS], next[LIMBS];
    limb low = {0}, high = {0}, live = {0};
    size_t most = 0;

    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t j = 0; j < AT_ONCE; j++) {
            const struct poly *one = &p[g * AT_ONCE + j];

            low[j] = load64(one->key) & UINT64_C(0x0FFFFFFC0FFFFFFF);
            high[j] = load64(one->key + 8) & UINT64_C(0x0FFFFFFC0FFFFFFC);
            if (poly_blocks(one) > most)
                most = poly_blocks(one);
        }
        poly_split(r[g], &low, &high, 0);
        for (int i = 0; i < LIMBS; i++)
            r5[g][i] = r[g][i] + (r[g][i] << 2);
    }
    for (size_t b = 0; b < most; b++) {
        UNROLLED (g, 0, GROUPS) {
            const unsigned char *at[AT_ONCE];

            UNROLLED (j, 0, AT_ONCE) {
                at[j] = poly_block(&p[g * AT_ONCE + j], b);
                live[j] = 0 - (uint64_t)(b < poly_blocks(&p[g * AT_ONCE + j]));
            }
            low = (limb){load64(at[0]), load64(at[1]), load64(at[2]), load64(at[3])};
            high =
                (limb){load64(at[0] + 8), load64(at[1] + 8), load64(at[2] + 8), load64(at[3] + 8)};
            poly_split(next, &low, &high, 1);
            UNROLLED (i, 0, LIMBS)
                next[i] += h[g][i];
            poly_multiply(next, r[g], r5[g]);
            UNROLLED (i, 0, LIMBS)
                h[g][i] = (next[i] & live) | (h[g][i] & ~live);
        }
    }
    for (size_t j = 0; j < LANES; j++)
        poly_finish(h[j / AT_ONCE], j % AT_ONCE, p[j].key + 16, p[j].tag);
}

/* ---- both ---- */

/* The first block of each stream is the key that its message is authenticated with. */
AVX2 INLINE void authenticate(struct lanes_sealed *messages, size_t count,
                              const cipher_word stream[16])
{
    uint64_t keys[LANES][4];
    struct poly p[LANES];

    for (size_t j = 0; j < LANES; j++) {
        struct lanes_sealed *m = &messages[j < count ? j : 0];
        size_t len = m->len - OWN, padding = (0 - m->data_len) % 16;

        for (size_t i = 0; i < 4; i++)
            keys[j][i] = cipher_eight(stream, i, j);
        memset(m->data + m->data_len, 0, padding);
        p[j] = (struct poly){.key = (const unsigned char *)keys[j],
                             .data = m->data,
                             .sealed = m->at + LANES_NONCE,
                             .data_blocks = (m->data_len + padding) / 16,
                             .sealed_blocks = len / 16,
                             .lengths = {m->data_len, len}};
    }
    poly_all(p);
    for (size_t j = 0; j < count; j++)
        messages[j].genuine =
            crypto_verify_16(p[j].tag, messages[j].at + messages[j].len - LANES_SEAL) == 0;
}

AVX2 INLINE void open_some(const unsigned char key[LANES_KEY], struct lanes_sealed *messages,
                           size_t count)
{
    const struct lanes_sealed *lane[LANES];
    cipher_word s[16], stream[16];
    size_t most = 0;

    for (size_t j = 0; j < LANES; j++)
        lane[j] = &messages[j < count ? j : 0];
    cipher_begin(s, key, lane);
    cipher_block(s, stream);
    authenticate(messages, count, stream);
    for (size_t j = 0; j < count; j++)
        if (messages[j].genuine && messages[j].len - OWN > most)
            most = messages[j].len - OWN;
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

/* ---- for a processor with AVX2, and for one that rotates in one step, with more registers ---- */

AVX2 static void hash_avx2(const struct lanes_hash *h, const struct lanes_message *messages,
                           size_t count, unsigned char out[][LANES_SEAL])
{
    hash_some(h, messages, count, out);
}

AVX512 static void hash_avx512(const struct lanes_hash *h, const struct lanes_message *messages,
                               size_t count, unsigned char out[][LANES_SEAL])
{
    hash_some(h, messages, count, out);
}

AVX2 static void open_avx2(const unsigned char key[LANES_KEY], struct lanes_sealed *messages,
                           size_t count)
{
    open_some(key, messages, count);
}

AVX512 static void open_avx512(const unsigned char key[LANES_KEY], struct lanes_sealed *messages,
                               size_t count)
{
    open_some(key, messages, count);
}

AVX2 static void hash_key_avx2(struct lanes_hash *h)
{
    hash_key(h);
}

/* libc has asked the processor already: to ask it again may take microseconds. Its own macro shifts
 * a sign bit. */
static bool has_avx512(void)
{
#ifdef CPU_FEATURE_ACTIVE
    enum { PLACE = x86_cpu_AVX512VL, BITS = 32, REGISTERS = 4 };
    const struct cpuid_feature *leaf = __x86_get_cpuid_feature_leaf(PLACE / (BITS * REGISTERS));

    return leaf->active_array[PLACE / BITS % REGISTERS] >> PLACE % BITS & 1;
#else
    return false;
#endif
}

#endif

/* ---- which of them ---- */

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
        hash_key_avx2(h);
#endif
}

void lanes_hash(const struct lanes_hash *h, const struct lanes_message *messages, size_t count,
                unsigned char out[][LANES_SEAL])
{
#ifdef __x86_64__
    if (sodium_runtime_has_avx2()) {
        for (size_t i = 0; i < count; i += HASHES)
            (has_avx512() ? hash_avx512 : hash_avx2)(
                h, messages + i, count - i < HASHES ? count - i : HASHES, out + i);
        return;
    }
#endif
    for (size_t i = 0; i < count; i++)
        crypto_generichash(out[i], LANES_SEAL, messages[i].at, messages[i].len, h->key, LANES_KEY);
}

void lanes_open(const unsigned char key[LANES_KEY], struct lanes_sealed *messages, size_t count)
{
#ifdef __x86_64__
    bool fit = true;

    for (size_t i = 0; i < count; i++)
        fit = fit && messages[i].len <= SHORT && (messages[i].len - OWN) % 16 == 0;
    if (fit && count >= WORTH && sodium_runtime_has_avx2()) {
        (has_avx512() ? open_avx512 : open_avx2)(key, messages, count);
        return;
    }
#endif
    for (size_t i = 0; i < count; i++)
        open_one(key, &messages[i]);
}
