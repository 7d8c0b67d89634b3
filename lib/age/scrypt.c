/* Passphrases: age's scrypt stanza, which must be the only one in its file. */
#include "kind.h"

#include "base/base64.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define PURPOSE "age-encryption.org/v1/scrypt"

/* The highest work factor that is written. The Makefile lowers it in the build for tests only. */
#ifndef AGE_WORK_FACTOR_WRITTEN
#define AGE_WORK_FACTOR_WRITTEN AGE_WORK_FACTOR_HIGHEST
#endif

enum { SALT = 16, SALT_BASE64 = 22, BLOCK = 8 };

static enum err_code stretch(unsigned char key[AGE_KEY], struct slice passphrase,
                             const unsigned char salt[SALT], unsigned work_factor, struct err *err)
{
    unsigned char whole_salt[sizeof PURPOSE - 1 + SALT];

    memcpy(whole_salt, PURPOSE, sizeof PURPOSE - 1);
    memcpy(whole_salt + sizeof PURPOSE - 1, salt, SALT);
    if (crypto_pwhash_scryptsalsa208sha256_ll(
            (const uint8_t *)passphrase.at, passphrase.len, whole_salt, sizeof whole_salt,
            (uint64_t)1 << work_factor, BLOCK, 1, key, AGE_KEY) != 0)
        return err_set(err, ERR_FAILED, "a passphrase needs %llu MiB of memory, which is not there",
                       (1ULL << work_factor) >> 10);
    return ERR_OK;
}

static enum err_code wrap(const struct age_recipient *to,
                          const unsigned char file_key[AGE_FILE_KEY], struct buf *header,
                          struct err *err)
{
    unsigned char salt[SALT], key[AGE_KEY], body[AGE_WRAPPED_KEY];
    unsigned work_factor =
        to->work_factor < AGE_WORK_FACTOR_WRITTEN ? to->work_factor : AGE_WORK_FACTOR_WRITTEN;
    char salt_text[SALT_BASE64 + 1] = "", number[4];
    enum err_code code;

    randombytes_buf(salt, sizeof salt);
    code = stretch(key, to->passphrase, salt, work_factor, err);
    if (code == ERR_OK) {
        age_wrap_key(body, file_key, key);
        base64_encode(salt_text, salt, sizeof salt);
        snprintf(number, sizeof number, "%u", work_factor % 100);
        age_stanza_write(header, age_scrypt.stanza, salt_text, number, body);
    }
    sodium_memzero(key, sizeof key);
    return code;
}

static enum err_code unwrap(const struct age_identity *id, const struct age_stanza *stanza,
                            unsigned char file_key[AGE_FILE_KEY], struct err *err)
{
    unsigned char salt[SALT], key[AGE_KEY];
    uint64_t work_factor;
    enum err_code code;

    if (stanza->arg_count != 3 || stanza->args[1].len != SALT_BASE64 ||
        !base64_decode(salt, stanza->args[1].at, SALT_BASE64))
        return age_bad_stanza(&age_scrypt, "a wrong argument", err);
    if (!text_number(stanza->args[2], AGE_WORK_FACTOR_HIGHEST, &work_factor) || work_factor == 0)
        return age_bad_stanza(&age_scrypt, "a wrong work factor", err);
    if (work_factor > id->self.work_factor_max)
        return age_bad_stanza(&age_scrypt, "a work factor that is too high", err);
    if (stanza->body_len != AGE_WRAPPED_KEY)
        return age_bad_stanza(&age_scrypt, "a wrong length", err);
    code = stretch(key, id->self.passphrase, salt, (unsigned)work_factor, err);
    if (code == ERR_OK && !age_unwrap_key(file_key, stanza, key))
        code = ERR_LOCKED;
    sodium_memzero(key, sizeof key);
    return code;
}

const struct age_kind age_scrypt = {
    .stanza = "scrypt",
    .stanza_args = 3,
    .alone = true,
    .wrap = wrap,
    .unwrap = unwrap,
};
