/* OpenSSH private keys, and identity files of both kinds. */
#include "age/openssh.h"
#include "age/age.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A pair that is handed out is one. */
static bool read_key(struct slice text)
{
    unsigned char pair[OPENSSH_ED25519_PAIR], again[OPENSSH_ED25519_PAIR], public_key[32];
    struct err err;

    if (openssh_ed25519_read(text, pair, &err) != ERR_OK) {
        if (!sodium_is_zero(pair, sizeof pair))
            abort();
        return false;
    }
    crypto_sign_seed_keypair(public_key, again, pair);
    if (memcmp(pair, again, sizeof pair) != 0 || !openssh_is_private_key(text))
        abort();
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct arena arena = {0};
    struct age_identity *ids;
    struct err err;
    size_t count;
    bool is_key, is_file;

    if (sodium_init() < 0)
        abort();
    is_key = read_key(text);
    is_file = age_identity_file_read(text, &arena, &ids, &count, &err) == ERR_OK;
    if (is_key ? !is_file || count != 1 : is_file && (count == 0 || count > size))
        abort();
    arena_free(&arena);
    return 0;
}
