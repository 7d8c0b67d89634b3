/* One identity of each kind, and one more of each for somebody else. */
#ifndef TESTS_SOME_KEYS_H
#define TESTS_SOME_KEYS_H

#include "age/age.h"
#include "openssh_key.h"

#include <stdlib.h>

enum { X25519, SSH, PASSPHRASE, KINDS };

struct keys {
    struct age_identity mine[KINDS], theirs[KINDS];
};

static inline void keys_of_ssh(struct age_identity *id)
{
    unsigned char seed[32];
    struct openssh_parts parts;
    struct buf text = {0};
    struct arena arena = {0};
    struct age_identity *read;
    struct err err;
    size_t count;

    randombytes_buf(seed, sizeof seed);
    openssh_sound(&parts, seed);
    openssh_write(&parts, &text);
    if (age_identity_file_read(buf_slice(&text), &arena, &read, &count, &err) != ERR_OK)
        abort();
    *id = *read;
    arena_free(&arena);
    buf_free(&text);
}

/* A work factor of one digit, and none above nine is read: no test waits for scrypt. */
static inline void keys_make(struct keys *keys)
{
    struct err err;

    age_identity_make(&keys->mine[X25519]);
    age_identity_make(&keys->theirs[X25519]);
    keys_of_ssh(&keys->mine[SSH]);
    keys_of_ssh(&keys->theirs[SSH]);
    if (age_identity_of_passphrase(slice_of("a passphrase"), 1, 9, &keys->mine[PASSPHRASE], &err) !=
            ERR_OK ||
        age_identity_of_passphrase(slice_of("another"), 1, 9, &keys->theirs[PASSPHRASE], &err) !=
            ERR_OK)
        abort();
}

#endif
