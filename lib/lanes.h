/* Keyed BLAKE2b and XChaCha20-Poly1305 of many short messages under one key: what libsodium does
 * with one after the other, with several of them side by side in the registers of AVX2 or
 * AVX-512. Where there are none, and for what is long, it is libsodium that does it.
 *
 * MUST NOT: nothing is sealed here. What is checked and opened here was sealed by libsodium, so
 * that a mistake in this file refuses what is right, and can write nothing that is wrong. */
#ifndef VAULT_LANES_H
#define VAULT_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LANES = 8,         /* messages at a time, at most */
    LANES_KEY = 32,    /* bytes */
    LANES_SEAL = 16,   /* a hash, or what proves that a message is genuine */
    LANES_NONCE = 24,  /* in front of a sealed message */
    LANES_BLOCK = 128, /* of BLAKE2b */
    LANES_DATA = 768   /* the longest associated data, in whole blocks */
};

/* A key, and where BLAKE2b stands behind the block that holds it. Secret. */
struct lanes_hash {
    unsigned char key[LANES_KEY];
    uint64_t state[8];
};

void lanes_hash_init(struct lanes_hash *h, const unsigned char key[LANES_KEY]);

/* There MUST be room behind a message up to the next multiple of LANES_BLOCK: it is overwritten. */
struct lanes_message {
    unsigned char *at;
    size_t len;
};

/* Makes out[i] the hash of messages[i]; count is at most LANES. */
void lanes_hash(const struct lanes_hash *h, const struct lanes_message *messages, size_t count,
                unsigned char out[][LANES_SEAL]);

/* A nonce, what is sealed, and its tag: opened in place, behind the nonce. There MUST be room
 * behind the data up to the next multiple of 16: it is overwritten. */
struct lanes_sealed {
    unsigned char *at;
    size_t len;          /* with the nonce and the tag, which it has at least */
    unsigned char *data; /* the associated data */
    size_t data_len;
    bool genuine; /* the result. MUST: if not, what lies there is not used */
};

/* Opens the messages; count is at most LANES. */
void lanes_open(const unsigned char key[LANES_KEY], struct lanes_sealed *messages, size_t count);

#endif
