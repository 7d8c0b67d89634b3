/* age files: a header, whoever it is for, and a payload. The corpus has files that open, with the
 * keys made here. */
#include "age/age.h"
#include "age/kind.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef AGE_HAS_PQ
enum { KEYS = 4 };
#else
enum { KEYS = 3 };
#endif

static void make_keys(struct age_identity ids[KEYS])
{
    static const unsigned char seed[crypto_sign_SEEDBYTES] = "the fuzzer's key";
    unsigned char pair[crypto_sign_SECRETKEYBYTES];
    struct err err;

    memset(ids, 0, KEYS * sizeof *ids);
    ids[0].kind = ids[0].self.kind = &age_x25519;
    memcpy(ids[0].secret, seed, AGE_KEY);
    crypto_scalarmult_base(ids[0].self.key, ids[0].secret);
    ids[1].kind = ids[1].self.kind = &age_ssh_ed25519;
    crypto_sign_seed_keypair(ids[1].self.key, pair, seed);
    crypto_sign_ed25519_sk_to_curve25519(ids[1].secret, pair);
#ifdef AGE_HAS_PQ
    ids[3].kind = ids[3].self.kind = &age_mlkem768x25519;
    memcpy(ids[3].secret, seed, AGE_KEY);
    age_mlkem768x25519.identity_self(&ids[3]);
#endif
    if (age_identity_of_passphrase(slice_of("fuzz"), 1, 2, &ids[2], &err) != ERR_OK)
        abort();
}

static void look(struct slice file, bool opened)
{
    struct slice type;
    size_t stanzas;
    struct err err;
    bool is_age = age_header_look(file, &stanzas, &type, &err) == ERR_OK;

    if (is_age && (stanzas == 0 || stanzas > AGE_STANZAS_MAX || type.len == 0 ||
                   type.at < file.at || type.at + type.len > file.at + file.len))
        abort();
    if (opened && !is_age)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice file = {(const char *)data, size}, payload;
    unsigned char file_key[AGE_FILE_KEY] = {0};
    struct age_identity ids[KEYS];
    struct buf out = {0}, all = {0};
    struct err err;
    bool opened, whole = false;

    if (sodium_init() < 0)
        abort();
    make_keys(ids);
    opened = age_header_open(file, ids, KEYS, file_key, &payload, NULL, &err) == ERR_OK;
    look(file, opened);
    if (opened) {
        if (payload.at + payload.len != file.at + file.len)
            abort();
        whole = age_payload_open(file_key, payload, &out, &err) == ERR_OK;
    }
    if ((age_decrypt(file, ids, KEYS, &all, &err) == ERR_OK) != whole ||
        !slice_equal(buf_slice(&all), whole ? buf_slice(&out) : slice_of("")))
        abort();
    buf_clear(&out);
    memset(file_key, 0, sizeof file_key);
    if (age_payload_open(file_key, file, &out, &err) == ERR_OK && out.len + 32 > size)
        abort();
    buf_free(&out);
    buf_free(&all);
    return 0;
}
