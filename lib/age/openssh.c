/* OpenSSH private keys ("openssh-key-v1"): Ed25519. */
#include "openssh.h"

#include "base/base64.h"

#include <sodium.h>
#include <string.h>

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define END "-----END OPENSSH PRIVATE KEY-----"
#define MAGIC "openssh-key-v1" /* and its zero byte */
#define TYPE "ssh-ed25519"

enum { SEED = crypto_sign_SEEDBYTES, PUBLIC = crypto_sign_PUBLICKEYBYTES, BLOCK = 8 };

bool openssh_is_private_key(struct slice text)
{
    return slice_begins(text, BEGIN);
}

/* Appends the base64 between BEGIN and END, without line ends and padding. */
static bool unfold(struct slice text, struct buf *base64)
{
    struct slice rest = {text.at + sizeof BEGIN - 1, text.len - (sizeof BEGIN - 1)};

    while (rest.len > 0 && !(DECIDED(rest.at[-1] == '\n') && slice_begins(rest, END))) {
        if (DECIDED(*rest.at != '\n' && *rest.at != '\r'))
            buf_add(base64, rest.at, 1);
        rest.at++;
        rest.len--;
    }
    if (rest.len == 0 || !buf_ok(base64) || base64->len % 4 != 0)
        return false;
    for (int i = 0; i < 2 && base64->len > 0 && base64->data[base64->len - 1] == '='; i++)
        base64->len--;
    return true;
}

/* A number is four bytes, big endian; a string is its length and its bytes. */
static bool take_number(struct slice *rest, uint32_t *number)
{
    const unsigned char *at = (const unsigned char *)rest->at;

    if (rest->len < 4)
        return false;
    *number = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    rest->at += 4;
    rest->len -= 4;
    return true;
}

static bool take_string(struct slice *rest, struct slice *string)
{
    uint32_t len;

    if (!take_number(rest, &len) || rest->len < len)
        return false;
    *string = (struct slice){rest->at, len};
    rest->at += len;
    rest->len -= len;
    return true;
}

static bool take_exactly(struct slice *rest, const void *bytes, size_t len)
{
    if (rest->len < len || sodium_memcmp(rest->at, bytes, len) != 0)
        return false;
    rest->at += len;
    rest->len -= len;
    return true;
}

/* 1, 2, 3 …, less than a block. */
static bool is_padding(struct slice rest)
{
    for (size_t i = 0; i < rest.len; i++)
        if ((unsigned char)rest.at[i] != i + 1)
            return false;
    return rest.len < BLOCK;
}

static enum err_code malformed(struct err *err)
{
    return err_set(err, ERR_INVALID, "a damaged SSH private key: is all of it there?");
}

/* check, check, type, public key, pair, comment, padding. The two checks are equal if the file was
 * decrypted with the right passphrase, or has none. */
static enum err_code read_private(struct slice rest, const unsigned char public_key[PUBLIC],
                                  unsigned char pair[OPENSSH_ED25519_PAIR], struct err *err)
{
    unsigned char again[PUBLIC];
    struct slice type, key, secret, comment;
    uint32_t check1, check2;

    if (rest.len % BLOCK != 0 || !take_number(&rest, &check1) || !take_number(&rest, &check2) ||
        check1 != check2 || !take_string(&rest, &type) || !slice_is(type, TYPE) ||
        !take_string(&rest, &key) || key.len != PUBLIC || !take_string(&rest, &secret) ||
        secret.len != OPENSSH_ED25519_PAIR || !take_string(&rest, &comment) || !is_padding(rest))
        return malformed(err);
    crypto_sign_seed_keypair(again, pair, (const unsigned char *)secret.at);
    if (DECIDED(sodium_memcmp(again, public_key, PUBLIC) != 0) ||
        sodium_memcmp(key.at, public_key, PUBLIC) != 0 ||
        DECIDED(sodium_memcmp(secret.at, pair, OPENSSH_ED25519_PAIR) != 0))
        return malformed(err);
    return ERR_OK;
}

struct parts {
    bool is_plain; /* it has no passphrase */
    struct slice public_key, private_section;
};

static enum err_code take_parts(struct slice rest, struct parts *p, struct err *err)
{
    struct slice cipher, kdf, options, public_section, type;
    uint32_t keys;

    if (!take_exactly(&rest, MAGIC, sizeof MAGIC) || !take_string(&rest, &cipher) ||
        !take_string(&rest, &kdf) || !take_string(&rest, &options) || !take_number(&rest, &keys) ||
        keys != 1 || !take_string(&rest, &public_section) ||
        !take_string(&rest, &p->private_section) || !take_string(&public_section, &type))
        return malformed(err);
    if (!slice_is(type, TYPE))
        return err_set(err, ERR_INVALID, "only ssh-ed25519 is supported for SSH keys");
    p->is_plain = slice_is(cipher, "none");
    if (!take_string(&public_section, &p->public_key) || p->public_key.len != PUBLIC ||
        public_section.len != 0 ||
        (p->is_plain && (!slice_is(kdf, "none") || options.len != 0 || rest.len != 0)))
        return malformed(err);
    return ERR_OK;
}

/* blob, a secret buffer, holds what the parts lie in. */
static enum err_code read_text(struct slice text, struct buf *blob, struct parts *p,
                               struct err *err)
{
    struct buf base64 = BUF_SECRET;
    enum err_code code = malformed(err);

    if (text.len <= OPENSSH_FILE_MAX && openssh_is_private_key(text) &&
        buf_reserve(&base64, text.len) && buf_reserve(blob, text.len) && unfold(text, &base64) &&
        base64_decode(blob->data, base64.data, base64.len)) {
        blob->len = BASE64_DECODED(base64.len);
        code = take_parts(buf_slice(blob), p, err);
    }
    buf_free(&base64);
    return code;
}

enum err_code openssh_ed25519_read(struct slice text, unsigned char pair[OPENSSH_ED25519_PAIR],
                                   struct err *err)
{
    struct buf blob = BUF_SECRET;
    struct parts p = {.is_plain = false};
    enum err_code code = read_text(text, &blob, &p, err);

    memset(pair, 0, OPENSSH_ED25519_PAIR);
    if (code == ERR_OK && !p.is_plain) {
        code = err_set(err, ERR_INVALID, "this SSH key has a passphrase");
        err_because(err, ERR_REASON_SSH_PASSPHRASE);
    }
    if (code == ERR_OK)
        code = read_private(p.private_section, (const unsigned char *)p.public_key.at, pair, err);
    if (code != ERR_OK)
        sodium_memzero(pair, OPENSSH_ED25519_PAIR);
    buf_free(&blob);
    return code;
}

enum err_code openssh_ed25519_look(struct slice text, unsigned char public_key[32],
                                   bool *has_passphrase, struct err *err)
{
    struct buf blob = BUF_SECRET;
    struct parts p = {.is_plain = false};
    enum err_code code = read_text(text, &blob, &p, err);

    if (code == ERR_OK && p.public_key.len == PUBLIC) {
        memcpy(public_key, p.public_key.at, PUBLIC);
        *has_passphrase = !p.is_plain;
    }
    buf_free(&blob);
    return code;
}
