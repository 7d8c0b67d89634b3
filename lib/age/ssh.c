/* SSH keys as age keys: ssh-ed25519, converted to X25519. */
#include "kind.h"

#include "base/base64.h"

#include <sodium.h>
#include <string.h>

#define TYPE "ssh-ed25519"
#define PURPOSE "age-encryption.org/v1/ssh-ed25519"

/* A public key in SSH's wire format: two strings, each after its length in four bytes. */
#define WIRE_PREFIX "\0\0\0\013" TYPE "\0\0\0\040"

enum {
    WIRE = sizeof WIRE_PREFIX - 1 + AGE_KEY,
    WIRE_BASE64 = WIRE / 3 * 4,
    TAG = 4,
    TAG_BASE64 = 6
};

static void to_wire(unsigned char wire[WIRE], const unsigned char key[AGE_KEY])
{
    memcpy(wire, WIRE_PREFIX, sizeof WIRE_PREFIX - 1);
    memcpy(wire + sizeof WIRE_PREFIX - 1, key, AGE_KEY);
}

/* "ssh-ed25519 ", base64 and, after a space, an optional comment. */
static bool recipient_read(struct slice text, struct age_recipient *to)
{
    unsigned char wire[WIRE], point[AGE_KEY];
    const char *base64 = text.at + sizeof TYPE;

    if (text.len < sizeof TYPE + WIRE_BASE64 ||
        (text.len > sizeof TYPE + WIRE_BASE64 && base64[WIRE_BASE64] != ' ') ||
        !base64_decode(wire, base64, WIRE_BASE64) ||
        memcmp(wire, WIRE_PREFIX, sizeof WIRE_PREFIX - 1) != 0)
        return false;
    memcpy(to->key, wire + sizeof WIRE_PREFIX - 1, AGE_KEY);
    return crypto_sign_ed25519_pk_to_curve25519(point, to->key) == 0;
}

static void recipient_write(const struct age_recipient *to, struct buf *out)
{
    unsigned char wire[WIRE];
    char base64[WIRE_BASE64];

    to_wire(wire, to->key);
    base64_encode(base64, wire, sizeof wire);
    buf_add_text(out, TYPE " ");
    buf_add(out, base64, sizeof base64);
}

/* The tag identifies the SSH key that a stanza is for, and does not reveal it. */
static void tag_of(char text[TAG_BASE64], const unsigned char wire[WIRE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, wire, WIRE);
    base64_encode(text, hash, TAG);
}

static bool is_to(const struct age_recipient *to, const struct age_stanza *stanza)
{
    unsigned char wire[WIRE];
    char tag[TAG_BASE64];

    to_wire(wire, to->key);
    tag_of(tag, wire);
    return stanza->args[1].len == TAG_BASE64 && memcmp(tag, stanza->args[1].at, TAG_BASE64) == 0;
}

/* The shared secret is multiplied by a scalar derived from this SSH key, so that a share cannot be
 * used in another protocol that has the same key. False for a point of low order. */
static bool wrapping_key(unsigned char key[AGE_KEY], const unsigned char secret[AGE_KEY],
                         const unsigned char their_point[AGE_KEY],
                         const unsigned char share[AGE_KEY], const unsigned char point[AGE_KEY],
                         const unsigned char wire[WIRE])
{
    unsigned char shared[AGE_KEY], tweaked[AGE_KEY], tweak[AGE_KEY], salt[2 * AGE_KEY];
    bool done;

    age_derive(tweak, "", 0, wire, WIRE, PURPOSE);
    memcpy(salt, share, AGE_KEY);
    memcpy(salt + AGE_KEY, point, AGE_KEY);
    /* MUST NOT be done in place: libsodium writes the scalar over the output before it reads the
     * point, and the key would follow from public data alone. */
    done = crypto_scalarmult(shared, secret, their_point) == 0 &&
           crypto_scalarmult(tweaked, tweak, shared) == 0;
    if (done)
        age_derive(key, tweaked, sizeof tweaked, salt, sizeof salt, PURPOSE);
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(tweaked, sizeof tweaked);
    return done;
}

static enum err_code wrap(const struct age_recipient *to,
                          const unsigned char file_key[AGE_FILE_KEY], struct buf *header,
                          struct err *err)
{
    unsigned char wire[WIRE], point[AGE_KEY], secret[AGE_KEY], share[AGE_KEY], key[AGE_KEY];
    unsigned char body[AGE_WRAPPED_KEY];
    char tag[TAG_BASE64 + 1] = "", share_text[AGE_KEY_BASE64 + 1] = "";
    enum err_code code = ERR_OK;

    to_wire(wire, to->key);
    tag_of(tag, wire);
    randombytes_buf(secret, sizeof secret);
    crypto_scalarmult_base(share, secret);
    if (crypto_sign_ed25519_pk_to_curve25519(point, to->key) != 0 ||
        !wrapping_key(key, secret, point, share, point, wire)) {
        code = err_set(err, ERR_INVALID, "a public key that gives no secrecy (low order)");
    } else {
        age_wrap_key(body, file_key, key);
        base64_encode(share_text, share, sizeof share);
        age_stanza_write(header, age_ssh_ed25519.stanza, tag, share_text, body);
    }
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(key, sizeof key);
    return code;
}

/* The identity's secret is the X25519 scalar, its public key the Ed25519 key. */
static enum err_code unwrap(const struct age_identity *id, const struct age_stanza *stanza,
                            unsigned char file_key[AGE_FILE_KEY], struct err *err)
{
    unsigned char wire[WIRE], point[AGE_KEY], share[AGE_KEY], key[AGE_KEY];
    enum err_code code = ERR_OK;

    if (stanza->arg_count != 3 || stanza->args[1].len != TAG_BASE64 ||
        stanza->args[2].len != AGE_KEY_BASE64 ||
        !base64_decode(wire, stanza->args[1].at, TAG_BASE64) ||
        !base64_decode(share, stanza->args[2].at, AGE_KEY_BASE64))
        return age_bad_stanza(&age_ssh_ed25519, "a wrong argument", err);
    if (stanza->body_len != AGE_WRAPPED_KEY)
        return age_bad_stanza(&age_ssh_ed25519, "a wrong length", err);
    if (!is_to(&id->self, stanza))
        return ERR_LOCKED;
    to_wire(wire, id->self.key);
    crypto_scalarmult_base(point, id->secret);
    if (!wrapping_key(key, id->secret, share, share, point, wire))
        code = age_bad_stanza(&age_ssh_ed25519, "a share of low order", err);
    else if (!age_unwrap_key(file_key, stanza, key))
        code = age_bad_stanza(&age_ssh_ed25519, "this key's tag, but not its file key,", err);
    sodium_memzero(key, sizeof key);
    return code;
}

const struct age_kind age_ssh_ed25519 = {
    .stanza = TYPE,
    .stanza_args = 3,
    .recipient_prefix = TYPE " ",
    .public_key_len = AGE_KEY,
    .recipient_read = recipient_read,
    .recipient_write = recipient_write,
    .is_to = is_to,
    .wrap = wrap,
    .unwrap = unwrap,
};
