/* age's post-quantum kind of key: ML-KEM-768 and X25519 as X-Wing, "age1pq1…" and
 * "AGE-SECRET-KEY-PQ-1…". The file key is wrapped by HPKE in base mode (RFC 9180) with HKDF-SHA256
 * and ChaCha20-Poly1305. libsodium has X-Wing since 1.0.22. */
#include "kind.h"

#ifdef AGE_HAS_PQ

#include "base/base64.h"

#include <sodium.h>
#include <string.h>

#define INFO "age-encryption.org/mlkem768x25519"

enum {
    PUBLIC = crypto_kem_xwing_PUBLICKEYBYTES,
    ENCAPSULATED = crypto_kem_xwing_CIPHERTEXTBYTES,
    SHARED = crypto_kem_xwing_SHAREDSECRETBYTES,
    HASH = crypto_kdf_hkdf_sha256_KEYBYTES,
    NONCE = crypto_aead_chacha20poly1305_ietf_NPUBBYTES,
    CONTEXT = 1 + 2 * HASH
};

/* KEM X-Wing, HKDF-SHA256, ChaCha20-Poly1305 */
static const unsigned char suite[] = {'H', 'P', 'K', 'E', 0x64, 0x7A, 0, 1, 0, 3};
static const char version[] = "HPKE-v1";

/* The seed is the secret key. */
static void identity_self(struct age_identity *id)
{
    unsigned char secret[crypto_kem_xwing_SECRETKEYBYTES];

    crypto_kem_xwing_seed_keypair(id->self.key, secret, id->secret);
    sodium_memzero(secret, sizeof secret);
    stack_wipe();
}

/* ---- HPKE ---- */

static void extract(unsigned char out[HASH], const unsigned char *salt, size_t salt_len,
                    const char *label, struct slice secret)
{
    crypto_kdf_hkdf_sha256_state state;

    crypto_kdf_hkdf_sha256_extract_init(&state, salt, salt_len);
    crypto_kdf_hkdf_sha256_extract_update(&state, (const unsigned char *)version,
                                          sizeof version - 1);
    crypto_kdf_hkdf_sha256_extract_update(&state, suite, sizeof suite);
    crypto_kdf_hkdf_sha256_extract_update(&state, (const unsigned char *)label, strlen(label));
    crypto_kdf_hkdf_sha256_extract_update(&state, (const unsigned char *)secret.at, secret.len);
    crypto_kdf_hkdf_sha256_extract_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

static void expand(unsigned char *out, size_t len, const unsigned char key[HASH], const char *label,
                   const unsigned char context[CONTEXT])
{
    char room[2 + sizeof version + sizeof suite + 16 + CONTEXT];
    struct buf info = BUF_FIXED(room);
    unsigned char length[2] = {0, (unsigned char)len};

    buf_add(&info, length, sizeof length);
    buf_add_text(&info, version);
    buf_add(&info, suite, sizeof suite);
    buf_add_text(&info, label);
    buf_add(&info, context, CONTEXT);
    crypto_kdf_hkdf_sha256_expand(out, len, room, info.len, key);
}

/* The shared secret is the salt. */
static void schedule(unsigned char key[AGE_KEY], unsigned char nonce[NONCE],
                     const unsigned char shared[SHARED])
{
    unsigned char secret[HASH], context[CONTEXT] = {0}; /* base mode */
    const struct slice nothing = {"", 0};

    extract(context + 1, NULL, 0, "psk_id_hash", nothing);
    extract(context + 1 + HASH, NULL, 0, "info_hash", slice_of(INFO));
    extract(secret, shared, SHARED, "secret", nothing);
    expand(key, AGE_KEY, secret, "key", context);
    expand(nonce, NONCE, secret, "base_nonce", context);
    sodium_memzero(secret, sizeof secret);
}

/* ---- */

static enum err_code wrap(const struct age_recipient *to,
                          const unsigned char file_key[AGE_FILE_KEY], struct buf *header,
                          struct err *err)
{
    unsigned char encapsulated[ENCAPSULATED], shared[SHARED], key[AGE_KEY], nonce[NONCE];
    unsigned char body[AGE_WRAPPED_KEY];
    char text[BASE64_ENCODED(ENCAPSULATED) + 1] = "";
    enum err_code code = ERR_OK;

    if (crypto_kem_xwing_enc(encapsulated, shared, to->key) != 0) {
        code = err_set(err, ERR_INVALID, "a post-quantum public key that is none");
    } else {
        schedule(key, nonce, shared);
        crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, file_key, AGE_FILE_KEY, NULL, 0, NULL,
                                                  nonce, key);
        base64_encode(text, encapsulated, sizeof encapsulated);
        age_stanza_write(header, age_mlkem768x25519.stanza, text, NULL, body);
    }
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(key, sizeof key);
    return code;
}

/* ML-KEM gives some shared secret for every ciphertext: whether it is the right one shows when the
 * file key is opened. */
static enum err_code unwrap(const struct age_identity *id, const struct age_stanza *stanza,
                            unsigned char file_key[AGE_FILE_KEY], struct err *err)
{
    unsigned char encapsulated[ENCAPSULATED], shared[SHARED], key[AGE_KEY], nonce[NONCE];
    enum err_code code = ERR_LOCKED;

    if (stanza->arg_count != 2 || stanza->args[1].len != BASE64_ENCODED(ENCAPSULATED) ||
        !base64_decode(encapsulated, stanza->args[1].at, stanza->args[1].len))
        return age_bad_stanza(&age_mlkem768x25519, "a wrong argument", err);
    if (stanza->body_len != AGE_WRAPPED_KEY)
        return age_bad_stanza(&age_mlkem768x25519, "a wrong length", err);
    if (DECIDED(crypto_kem_xwing_dec(shared, encapsulated, id->secret) != 0)) {
        code = age_bad_stanza(&age_mlkem768x25519, "a share of low order", err);
    } else {
        schedule(key, nonce, shared);
        if (DECIDED(crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, stanza->body,
                                                              AGE_WRAPPED_KEY, NULL, 0, nonce,
                                                              key) == 0))
            code = ERR_OK;
    }
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(key, sizeof key);
    return code;
}

const struct age_kind age_mlkem768x25519 = {
    .stanza = "mlkem768x25519",
    .stanza_args = 2,
    .recipient_prefix = "age1pq1",
    .identity_prefix = "AGE-SECRET-KEY-PQ-1",
    .public_key_len = PUBLIC,
    .recipient_read = age_bech32_recipient_read,
    .recipient_write = age_bech32_recipient_write,
    .identity_read = age_bech32_identity_read,
    .identity_self = identity_self,
    .wrap = wrap,
    .unwrap = unwrap,
};

#else

typedef int age_has_no_post_quantum_key; /* a file of C may not be empty */

#endif
