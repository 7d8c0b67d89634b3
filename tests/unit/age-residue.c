/* lib/age leaves no key, passphrase or plain text in the process's memory, once the memory that was
 * given to it is given back.
 *
 * What is looked for is kept inverted, in pieces of eight bytes, a register's worth. What a call
 * leaves on the stack lies below it, where the search itself would write over it: so everything
 * that is watched runs far down the stack, each step at a depth of its own. */
#include "age/kind.h"
#include "residue.h"
#include "some_keys.h"
#include "tap.h"

#include <sodium.h>

enum {
    PIECE = 8,
    PIECES = 160,
    STEP = 1 << 16,
    PLAIN = 2000,
    PLAIN_PIECES = 12,
    PASSPHRASE_LEN = 40
};

struct scene {
    int kind;
    struct arena arena;
    struct age_identity *id;
    struct buf text; /* of the identity */
    struct buf plain, opened, sealed;
    unsigned char *file_key, *key; /* and what is made of it */

    struct { /* what must not be found */
        const char *name;
        unsigned char inverted[PIECE];
    } traces[PIECES];
    size_t count;
};

static void remember_piece(struct scene *s, const char *name, const void *piece)
{
    for (size_t i = 0; i < PIECE; i++)
        s->traces[s->count].inverted[i] = (unsigned char)~((const unsigned char *)piece)[i];
    s->traces[s->count++].name = name;
}

static void remember(struct scene *s, const char *name, const void *secret, size_t len)
{
    for (size_t i = 0; i + PIECE <= len; i += PIECE)
        remember_piece(s, name, (const char *)secret + i);
}

/* As a vector of 32-bit words holds a key: each word as often as there is room. */
static void remember_words(struct scene *s, const char *name, const unsigned char *key, size_t len)
{
    unsigned char twice[PIECE];

    for (size_t i = 0; i < len; i += 4) {
        memcpy(twice, key + i, 4);
        memcpy(twice + 4, key + i, 4);
        remember_piece(s, name, twice);
    }
    sodium_memzero(twice, sizeof twice);
}

/* Runs a step of the scene `depth` steps down the stack. */
__attribute__((noinline)) static void at_depth(size_t depth, void (*run)(struct scene *),
                                               struct scene *s)
{
    volatile char room[depth * STEP];

    room[0] = room[depth * STEP - 1] = 0;
    run(s);
    room[0] = 1; /* it is needed to the end */
}

/* --- the steps that are watched --- */

static void read_identity(struct scene *s)
{
    struct err err;
    size_t count;

    if (s->kind == PASSPHRASE) {
        s->id = arena_alloc(&s->arena, sizeof *s->id);
        if (age_identity_of_passphrase(buf_slice(&s->text), 1, 9, s->id, &err) != ERR_OK)
            abort();
    } else if (age_identity_file_read(buf_slice(&s->text), &s->arena, &s->id, &count, &err) !=
               ERR_OK) {
        abort();
    }
}

static void seal(struct scene *s)
{
    struct err err;

    if (age_encrypt(buf_slice(&s->plain), &s->id->self, 1, &s->sealed, &err) != ERR_OK)
        abort();
}

static void unseal(struct scene *s)
{
    struct err err;

    if (age_decrypt(buf_slice(&s->sealed), s->id, 1, &s->opened, &err) != ERR_OK ||
        !slice_equal(buf_slice(&s->plain), buf_slice(&s->opened)))
        abort();
}

/* The payload's end is changed: much of it is opened all the same. */
static void unseal_changed(struct scene *s)
{
    struct err err;

    s->sealed.data[s->sealed.len - 1] ^= 1;
    if (age_decrypt(buf_slice(&s->sealed), s->id, 1, &s->opened, &err) != ERR_INTEGRITY)
        abort();
    s->sealed.data[s->sealed.len - 1] ^= 1;
}

/* The stanza's body is changed: the key that would open it is made, in vain. */
static void unseal_locked(struct scene *s)
{
    char *body = memchr(s->sealed.data + 30, '\n', s->sealed.len - 30);
    struct err err;

    body[1] = (char)(body[1] == 'A' ? 'B' : 'A');
    if (age_decrypt(buf_slice(&s->sealed), s->id, 1, &s->opened, &err) !=
        (s->kind == SSH ? ERR_FORMAT : ERR_LOCKED))
        abort();
}

/* --- what is looked for --- */

static void remember_identity(struct scene *s)
{
    unsigned char number[AGE_KEY];

    if (s->kind == PASSPHRASE) {
        char pad[PASSPHRASE_LEN]; /* as HMAC keys itself */

        remember(s, "the passphrase", s->text.data, s->text.len);
        for (size_t i = 0; i < sizeof pad; i++)
            pad[i] = (char)(s->text.data[i] ^ 0x36);
        remember(s, "the passphrase in HMAC", pad, sizeof pad);
        for (size_t i = 0; i < sizeof pad; i++)
            pad[i] = (char)(s->text.data[i] ^ 0x5C);
        remember(s, "the passphrase in HMAC", pad, sizeof pad);
        sodium_memzero(pad, sizeof pad);
        return;
    }
    memcpy(number, s->id->secret, AGE_KEY);
    remember(s, "the identity", number, AGE_KEY);
    number[0] &= 248;
    number[31] = (unsigned char)((number[31] & 127) | 64);
    remember(s, "the identity as X25519 takes it", number, AGE_KEY);
    sodium_memzero(number, sizeof number);
    if (s->kind == X25519)
        remember(s, "the identity's text", s->text.data + 16, AGE_IDENTITY_TEXT - 16);
}

/* The key that the stanza's body is sealed with. */
static void remember_wrapping_key(struct scene *s)
{
    const char *arg = (const char *)memchr(s->sealed.data + 25, ' ', s->sealed.len - 25) + 1;
    unsigned char share[AGE_KEY], salt[2 * AGE_KEY];

    if (s->kind == X25519) {
        if (!base64_decode(share, arg, BASE64_ENCODED(AGE_KEY)) ||
            crypto_scalarmult(s->key, s->id->secret, share) != 0)
            abort();
        remember(s, "the shared secret", s->key, AGE_KEY);
        memcpy(salt, share, AGE_KEY);
        memcpy(salt + AGE_KEY, s->id->self.key, AGE_KEY);
        age_derive(s->key, s->key, AGE_KEY, salt, sizeof salt, "age-encryption.org/v1/X25519");
        remember(s, "the wrapping key", s->key, AGE_KEY);
        remember_words(s, "the wrapping key in a vector", s->key, AGE_KEY);
    } else if (s->kind == PASSPHRASE) {
        memcpy(salt, "age-encryption.org/v1/scrypt", 28);
        if (!base64_decode(salt + 28, arg, BASE64_ENCODED(16)) ||
            crypto_pwhash_scryptsalsa208sha256_ll((uint8_t *)s->text.data, s->text.len, salt, 44, 2,
                                                  8, 1, s->key, AGE_KEY) != 0)
            abort();
        remember(s, "what scrypt gave", s->key, AGE_KEY);
    }
}

static void remember_keys(struct scene *s)
{
    struct slice payload;
    struct err err;

    remember_identity(s);
    remember_wrapping_key(s);
    if (age_header_open(buf_slice(&s->sealed), s->id, 1, s->file_key, &payload, NULL, &err) !=
        ERR_OK)
        abort();
    remember(s, "the file key", s->file_key, AGE_FILE_KEY);
    age_derive(s->key, s->file_key, AGE_FILE_KEY, NULL, 0, "header");
    remember(s, "the header's key", s->key, AGE_KEY);
    age_derive(s->key, s->file_key, AGE_FILE_KEY, payload.at, 16, "payload");
    remember(s, "the payload's key", s->key, AGE_KEY);
    remember_words(s, "the payload's key in a vector", s->key, AGE_KEY);
    remember(s, "plain text", s->plain.data + PLAIN / 2, PIECE * PLAIN_PIECES);
    sodium_memzero(s->file_key, AGE_FILE_KEY);
    sodium_memzero(s->key, AGE_KEY);
    sodium_stackzero(STEP / 2);
}

static int find_traces(const struct scene *s, bool complain)
{
    int found = 0;

    for (size_t i = 0; i < s->count; i++) {
        int places = residue_count(s->traces[i].inverted, PIECE);

        if (places > 0 && complain)
            printf("# %s stands in %d places\n", s->traces[i].name, places);
        found += places > 0;
    }
    return found;
}

/* --- one scene for each kind of key --- */

static void set(struct scene *s)
{
    static unsigned char seed[32];
    struct openssh_parts parts;

    s->text = s->plain = s->opened = BUF_SECRET;
    s->file_key = arena_alloc(&s->arena, AGE_FILE_KEY);
    s->key = arena_alloc(&s->arena, AGE_KEY);
    randombytes_buf(buf_reserve(&s->plain, PLAIN), PLAIN);
    s->plain.len = PLAIN;
    if (s->kind == X25519) {
        s->id = arena_alloc(&s->arena, sizeof *s->id);
        age_identity_make(s->id);
        age_identity_write(s->id, buf_reserve(&s->text, AGE_IDENTITY_TEXT + 1));
        s->text.len = AGE_IDENTITY_TEXT;
    } else if (s->kind == SSH) {
        randombytes_buf(seed, sizeof seed);
        openssh_sound(&parts, seed);
        openssh_write(&parts, &s->text);
        remember(s, "the seed", seed, sizeof seed);
        remember(s, "the key file", s->text.data + 230, 64);
        sodium_memzero(seed, sizeof seed);
        sodium_memzero(&parts, sizeof parts);
    } else {
        randombytes_buf(buf_reserve(&s->text, PASSPHRASE_LEN), PASSPHRASE_LEN);
        s->text.len = PASSPHRASE_LEN;
    }
}

static void spill(struct scene *s)
{
    char copy[PIECE];

    for (size_t i = 0; i < PIECE; i++)
        copy[i] = (char)~s->traces[0].inverted[i];
    __asm__ volatile("" : : "r"(copy) : "memory");
}

static void test_kind(int kind, const char *name)
{
    static struct scene s;

    memset(&s, 0, sizeof s);
    s.kind = kind;
    set(&s);
    at_depth(2, read_identity, &s);
    at_depth(3, seal, &s);
    at_depth(4, remember_keys, &s);
    at_depth(5, unseal, &s);
    buf_clear(&s.opened);
    at_depth(6, unseal_changed, &s);
    at_depth(7, unseal_locked, &s);
    check(find_traces(&s, false) > PLAIN_PIECES, "%s: secrets that are in use are found", name);

    buf_free(&s.text);
    buf_free(&s.plain);
    buf_free(&s.opened);
    buf_free(&s.sealed);
    arena_free(&s.arena);
    check(find_traces(&s, true) == 0, "%s: of %zu pieces of secrets none is found later", name,
          s.count);
    at_depth(8, spill,
             &s); /* what it spills may be two: of one key in eight the clamped form is it */
    check(find_traces(&s, false) >= 1, "%s: one that is left on the stack is", name);
}

int main(void)
{
    static const unsigned char anything[PIECE];

    if (sodium_init() < 0)
        return 1;
    if (residue_count(anything, sizeof anything) < 0) {
        tap_skip("this system, or a sanitizer, does not show a process its memory");
        return tap_done();
    }
    test_kind(X25519, "an X25519 key");
    test_kind(SSH, "an SSH key");
    test_kind(PASSPHRASE, "a passphrase");
    return tap_done();
}
