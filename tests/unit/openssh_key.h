/* Writes OpenSSH private keys of Ed25519, sound ones and others: fill in with openssh_parts, change
 * what is to be wrong, and write. */
#ifndef TESTS_OPENSSH_KEY_H
#define TESTS_OPENSSH_KEY_H

#include "base/base64.h"
#include "base/mem.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

struct openssh_parts {
    const char *begin, *end;
    struct slice magic, cipher, kdf, options;
    uint32_t keys;
    struct slice public_type, public_key, behind_public;
    uint32_t check1, check2;
    struct slice type, key, pair, comment;
    unsigned char first_padding;
    struct slice behind_padding, behind;
    size_t columns;
    const char *line_end;

    unsigned char public_bytes[32], pair_bytes[64]; /* what the slices point to */
};

static inline void openssh_sound(struct openssh_parts *p, const unsigned char seed[32])
{
    *p = (struct openssh_parts){.begin = "-----BEGIN OPENSSH PRIVATE KEY-----",
                                .end = "-----END OPENSSH PRIVATE KEY-----",
                                .magic = {"openssh-key-v1", 15},
                                .cipher = {"none", 4},
                                .kdf = {"none", 4},
                                .options = {"", 0},
                                .keys = 1,
                                .public_type = {"ssh-ed25519", 11},
                                .behind_public = {"", 0},
                                .check1 = 0x01020304,
                                .check2 = 0x01020304,
                                .type = {"ssh-ed25519", 11},
                                .comment = {"a comment", 9},
                                .first_padding = 1,
                                .behind_padding = {"", 0},
                                .behind = {"", 0},
                                .columns = 70,
                                .line_end = "\n"};
    crypto_sign_seed_keypair(p->public_bytes, p->pair_bytes, seed);
    p->public_key = p->key = (struct slice){(char *)p->public_bytes, 32};
    p->pair = (struct slice){(char *)p->pair_bytes, 64};
}

static inline void openssh_number(struct buf *out, uint32_t n)
{
    unsigned char bytes[] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
                             (unsigned char)(n >> 8), (unsigned char)n};

    buf_add(out, bytes, sizeof bytes);
}

static inline void openssh_string(struct buf *out, struct slice s)
{
    openssh_number(out, (uint32_t)s.len);
    buf_add_slice(out, s);
}

static inline void openssh_private_section(const struct openssh_parts *p, struct buf *out)
{
    openssh_number(out, p->check1);
    openssh_number(out, p->check2);
    openssh_string(out, p->type);
    openssh_string(out, p->key);
    openssh_string(out, p->pair);
    openssh_string(out, p->comment);
    for (unsigned char pad = p->first_padding; out->len % 8 != 0; pad++)
        buf_add(out, &pad, 1);
    buf_add_slice(out, p->behind_padding);
}

static inline void openssh_fold(const struct openssh_parts *p, struct slice blob, struct buf *out)
{
    struct buf base64 = BUF_SECRET;
    size_t len = BASE64_ENCODED(blob.len);
    char *room = buf_reserve(&base64, len + 2);

    base64_encode(room, blob.at, blob.len);
    memcpy(room + len, "==", 2);
    len = (len + 3) / 4 * 4;
    buf_add_text(out, p->begin);
    buf_add_text(out, p->line_end);
    for (size_t i = 0; i < len; i += p->columns) {
        buf_add(out, room + i, len - i < p->columns ? len - i : p->columns);
        buf_add_text(out, p->line_end);
    }
    buf_add_text(out, p->end);
    buf_add_text(out, p->line_end);
    buf_free(&base64);
}

/* Appends the file; out is secret if the key is. */
static inline void openssh_write(const struct openssh_parts *p, struct buf *out)
{
    struct buf blob = BUF_SECRET, section = BUF_SECRET;

    buf_add_slice(&blob, p->magic);
    openssh_string(&blob, p->cipher);
    openssh_string(&blob, p->kdf);
    openssh_string(&blob, p->options);
    openssh_number(&blob, p->keys);
    openssh_string(&section, p->public_type);
    openssh_string(&section, p->public_key);
    buf_add_slice(&section, p->behind_public);
    openssh_string(&blob, buf_slice(&section));
    buf_clear(&section);
    openssh_private_section(p, &section);
    openssh_string(&blob, buf_slice(&section));
    buf_add_slice(&blob, p->behind);
    openssh_fold(p, buf_slice(&blob), out);
    buf_free(&blob);
    buf_free(&section);
}

#endif
