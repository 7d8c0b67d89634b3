/* What the kinds of key share: key derivation, the wrapping of a file key, and stanzas as text. */
#include "kind.h"

#include "base/base64.h"
#include "base/bech32.h"

#include <sodium.h>
#include <string.h>

static bool bech32_read(struct slice text, const char *prefix, unsigned char *key, size_t key_len)
{
    struct slice found;
    size_t len;

    return bech32_decode(text, &found, key, key_len, &len) && len == key_len &&
           found.len == strlen(prefix) - 1 && memcmp(found.at, prefix, found.len) == 0;
}

static void bech32_write(const char *prefix, const unsigned char *key, size_t key_len, char *text)
{
    char name[BECH32_PREFIX_MAX + 1] = "";

    memcpy(name, prefix, strlen(prefix) - 1);
    bech32_encode(text, name, key, key_len);
}

bool age_bech32_recipient_read(struct slice text, struct age_recipient *to)
{
    return bech32_read(text, to->kind->recipient_prefix, to->key, to->kind->public_key_len);
}

void age_bech32_recipient_write(const struct age_recipient *to, struct buf *out)
{
    char text[BECH32_ENCODED(BECH32_PREFIX_MAX, AGE_PUBLIC_KEY_MAX) + 1];

    bech32_write(to->kind->recipient_prefix, to->key, to->kind->public_key_len, text);
    buf_add_text(out, text);
}

bool age_bech32_identity_read(struct slice text, struct age_identity *id)
{
    return bech32_read(text, id->kind->identity_prefix, id->secret, AGE_KEY);
}

void age_bech32_identity_write(const struct age_identity *id, char *text)
{
    bech32_write(id->kind->identity_prefix, id->secret, AGE_KEY, text);
}

void age_derive(unsigned char out[AGE_KEY], const void *secret, size_t secret_len, const void *salt,
                size_t salt_len, const char *purpose)
{
    static const unsigned char no_salt[crypto_auth_hmacsha256_BYTES], counter = 1;
    unsigned char extracted[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state hmac;

    if (salt_len == 0) {
        salt = no_salt;
        salt_len = sizeof no_salt;
    }
    crypto_auth_hmacsha256_init(&hmac, salt, salt_len);
    crypto_auth_hmacsha256_update(&hmac, secret, secret_len);
    crypto_auth_hmacsha256_final(&hmac, extracted);
    crypto_auth_hmacsha256_init(&hmac, extracted, sizeof extracted);
    crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)purpose, strlen(purpose));
    crypto_auth_hmacsha256_update(&hmac, &counter, 1);
    crypto_auth_hmacsha256_final(&hmac, out);
    sodium_memzero(extracted, sizeof extracted);
    sodium_memzero(&hmac, sizeof hmac);
}

static const unsigned char zero_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

void age_wrap_key(unsigned char wrapped[AGE_WRAPPED_KEY],
                  const unsigned char file_key[AGE_FILE_KEY], const unsigned char key[AGE_KEY])
{
    crypto_aead_chacha20poly1305_ietf_encrypt(wrapped, NULL, file_key, AGE_FILE_KEY, NULL, 0, NULL,
                                              zero_nonce, key);
}

bool age_unwrap_key(unsigned char file_key[AGE_FILE_KEY], const struct age_stanza *stanza,
                    const unsigned char key[AGE_KEY])
{
    return stanza->body_len == AGE_WRAPPED_KEY &&
           DECIDED(crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, stanza->body,
                                                             AGE_WRAPPED_KEY, NULL, 0, zero_nonce,
                                                             key) == 0);
}

enum err_code age_bad_stanza(const struct age_kind *kind, const char *what, struct err *err)
{
    err_set(err, ERR_FORMAT, "not a valid age file: %s in its %s stanza", what, kind->stanza);
    return ERR_FORMAT;
}

void age_stanza_write(struct buf *header, const char *type, const char *arg1, const char *arg2,
                      const unsigned char body[AGE_WRAPPED_KEY])
{
    char text[BASE64_ENCODED(AGE_WRAPPED_KEY)];

    buf_printf(header, "-> %s %s%s%s\n", type, arg1, arg2 ? " " : "", arg2 ? arg2 : "");
    base64_encode(text, body, AGE_WRAPPED_KEY);
    buf_add(header, text, sizeof text);
    buf_add_text(header, "\n");
}
