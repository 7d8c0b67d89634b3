/* age's own kind of key: X25519, "age1…" and "AGE-SECRET-KEY-1…". */
#include "kind.h"

#include "base/base64.h"

#include <sodium.h>
#include <string.h>

#define PURPOSE "age-encryption.org/v1/X25519"

static void identity_self(struct age_identity *id)
{
    crypto_scalarmult_base(id->self.key, id->secret);
    MADE_PUBLIC(id->self.key, AGE_KEY);
}

void age_identity_of_x25519(const unsigned char secret[AGE_KEY], struct age_identity *id)
{
    memset(id, 0, sizeof *id);
    id->kind = id->self.kind = &age_x25519;
    memcpy(id->secret, secret, sizeof id->secret);
    identity_self(id);
}

void age_identity_make(struct age_identity *id)
{
    unsigned char secret[AGE_KEY];

    randombytes_buf(secret, sizeof secret);
    age_identity_of_x25519(secret, id);
    sodium_memzero(secret, sizeof secret);
}

/* The key that wraps a file key in one stanza: HKDF(shared, salt = share || recipient). */
static void wrapping_key(unsigned char key[AGE_KEY], const unsigned char shared[AGE_KEY],
                         const unsigned char share[AGE_KEY], const unsigned char to[AGE_KEY])
{
    unsigned char salt[2 * AGE_KEY];

    memcpy(salt, share, AGE_KEY);
    memcpy(salt + AGE_KEY, to, AGE_KEY);
    age_derive(key, shared, AGE_KEY, salt, sizeof salt, PURPOSE);
}

static enum err_code wrap(const struct age_recipient *to,
                          const unsigned char file_key[AGE_FILE_KEY], struct buf *header,
                          struct err *err)
{
    unsigned char secret[AGE_KEY], share[AGE_KEY], shared[AGE_KEY], key[AGE_KEY];
    unsigned char body[AGE_WRAPPED_KEY];
    char share_text[AGE_KEY_BASE64 + 1] = "";
    enum err_code code = ERR_OK;

    randombytes_buf(secret, sizeof secret);
    crypto_scalarmult_base(share, secret);
    if (crypto_scalarmult(shared, secret, to->key) != 0) {
        code = err_set(err, ERR_INVALID, "a public key that gives no secrecy (low order)");
    } else {
        wrapping_key(key, shared, share, to->key);
        age_wrap_key(body, file_key, key);
        base64_encode(share_text, share, sizeof share);
        age_stanza_write(header, age_x25519.stanza, share_text, NULL, body);
    }
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(key, sizeof key);
    return code;
}

static enum err_code unwrap(const struct age_identity *id, const struct age_stanza *stanza,
                            unsigned char file_key[AGE_FILE_KEY], struct err *err)
{
    unsigned char share[AGE_KEY], shared[AGE_KEY], key[AGE_KEY];
    enum err_code code = ERR_LOCKED;

    if (stanza->arg_count != 2 || stanza->args[1].len != AGE_KEY_BASE64 ||
        !base64_decode(share, stanza->args[1].at, AGE_KEY_BASE64))
        return age_bad_stanza(&age_x25519, "a wrong argument", err);
    if (stanza->body_len != AGE_WRAPPED_KEY)
        return age_bad_stanza(&age_x25519, "a wrong length", err);
    if (DECIDED(crypto_scalarmult(shared, id->secret, share) != 0)) {
        code = age_bad_stanza(&age_x25519, "a share of low order", err);
    } else {
        wrapping_key(key, shared, share, id->self.key);
        if (age_unwrap_key(file_key, stanza, key))
            code = ERR_OK;
    }
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(key, sizeof key);
    return code;
}

const struct age_kind age_x25519 = {
    .stanza = "X25519",
    .stanza_args = 2,
    .recipient_prefix = "age1",
    .identity_prefix = "AGE-SECRET-KEY-1",
    .public_key_len = AGE_KEY,
    .recipient_read = age_bech32_recipient_read,
    .recipient_write = age_bech32_recipient_write,
    .identity_read = age_bech32_identity_read,
    .identity_self = identity_self,
    .wrap = wrap,
    .unwrap = unwrap,
};
