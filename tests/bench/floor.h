/* The floor: the file is read, or copied, and libsodium does what the format asks: two
 * multiplications of X25519 open the environment, and for each value base64 is decoded, a seal is
 * hashed, a value is decrypted, or encrypted anew. Nothing is parsed: where everything is, and what
 * is hashed, is in an index that was made before the clock starts. */
#ifndef TESTS_FLOOR_H
#define TESTS_FLOOR_H

#include "base/base64.h"
#include "base/file.h"
#include "bench.h"
#include "vault/doc.h"
#include "vault/unlock.h"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum { FLOOR_PLAIN = 4096, FLOOR_UNIT = 32, SODIUM = sodium_base64_VARIANT_ORIGINAL_NO_PADDING };

static inline void must_ok(enum err_code code, const struct err *err)
{
    bench_must(code == ERR_OK, err->text);
}

/* What was read, so that two ways to read can be compared; without it the values are only used. */
static inline void floor_tell(crypto_generichash_state *digest, struct slice name,
                              struct slice value)
{
    bench_use(value.at);
    if (!digest)
        return;
    crypto_generichash_update(digest, (const unsigned char *)name.at, name.len);
    crypto_generichash_update(digest, (const unsigned char *)"=", 1);
    crypto_generichash_update(digest, (const unsigned char *)value.at, value.len);
    crypto_generichash_update(digest, (const unsigned char *)"\n", 1);
}

/* ---- the index: the keys, then for each value these fields, each behind its length ---- */

enum { FLOOR_NAME, FLOOR_DATA, FLOOR_SEALED, FLOOR_MESSAGE, FLOOR_SEAL, FLOOR_FIELDS };

struct floor {
    struct buf index;
    const unsigned char *value_key, *seal_key;
    const char *file, *copy; /* a vault, and where it is copied to */
};

struct floor_record {
    struct slice field[FLOOR_FIELDS];
};

static inline void floor_add(struct buf *index, struct slice field)
{
    buf_add(index, &field.len, sizeof field.len);
    buf_add_slice(index, field);
}

/* vault(5)'s encode(…) */
static inline void floor_encode(struct buf *out, const struct slice *fields, size_t count)
{
    buf_clear(out);
    for (size_t i = 0; i < count; i++) {
        for (int byte = 0; byte < 8; byte++)
            buf_add(out, &(unsigned char){(unsigned char)(fields[i].len >> 8 * byte)}, 1);
        buf_add_slice(out, fields[i]);
    }
}

static inline void floor_add_secret(struct buf *index, struct slice id,
                                    const struct doc_table *secret)
{
    struct buf text = {0};

    for (struct doc_item *key = doc_entry(secret->items), *next; key; key = next) {
        next = doc_entry(key->next);
        buf_clear(&text);
        buf_add_slice(&text, secret->secret);
        buf_add_text(&text, "/");
        buf_add_slice(&text, key->name);
        floor_add(index, buf_slice(&text));
        floor_encode(
            &text,
            (struct slice[]){slice_of("vault/1 value"), id, secret->env, secret->secret, key->name},
            5);
        floor_add(index, buf_slice(&text));
        floor_add(index, key->part[0]);
        floor_encode(&text,
                     (struct slice[]){slice_of("vault/1 next-key"), id, secret->env, secret->secret,
                                      key->name, next ? next->name : slice_of("")},
                     6);
        floor_add(index, buf_slice(&text));
        floor_add(index, key->part[1]);
    }
    buf_free(&text);
}

static inline void floor_index(const char *file, const char *env, const char *identity,
                               const char *path)
{
    struct slice name = slice_of(env), reader;
    struct doc_table *table = NULL;
    struct buf text = {0}, index = {0};
    struct seal_keys keys;
    struct unlock unlock;
    struct doc doc;
    struct err err;

    unlock_init(&unlock);
    must_ok(file_read(file, DOC_FILE_MAX, &text, NULL, &err), &err);
    must_ok(doc_read(&doc, &text, &err), &err);
    must_ok(unlock_add_identities(&unlock, slice_of(identity), &err), &err);
    must_ok(unlock_env(&unlock, &doc, name, &keys, &reader, &err), &err);
    buf_add(&index, keys.value, SEAL_KEY);
    buf_add(&index, keys.seal, SEAL_KEY);
    while ((table = doc_next_table(&doc, table, DOC_SECRET, name)))
        floor_add_secret(&index, doc.tables->own[DOC_ID]->part[0], table);
    bench_must(buf_ok(&index), "out of memory");
    must_ok(file_create(path, buf_slice(&index), &err), &err);
    buf_free(&index);
    unlock_free(&unlock);
    doc_free(&doc);
}

static inline void floor_open(struct floor *f, const char *path)
{
    struct err err;

    must_ok(file_read(path, SIZE_MAX / 2, &f->index, NULL, &err), &err);
    f->value_key = (const unsigned char *)f->index.data;
    f->seal_key = f->value_key + SEAL_KEY;
}

/* The record at *at, which moves behind it; false at the end. */
static inline bool floor_next(const struct floor *f, size_t *at, struct floor_record *record)
{
    if (*at == 0)
        *at = 2 * SEAL_KEY;
    if (*at == f->index.len)
        return false;
    for (int i = 0; i < FLOOR_FIELDS; i++) {
        memcpy(&record->field[i].len, f->index.data + *at, sizeof record->field[i].len);
        *at += sizeof record->field[i].len;
        record->field[i].at = f->index.data + *at;
        *at += record->field[i].len;
    }
    return true;
}

/* ---- the bare work ---- */

/* The file, and what opens its environment's key: one's own key with a share, and the public half
 * of the environment's, which is compared. */
static inline char *floor_read(const struct floor *f, size_t *len)
{
    unsigned char share[crypto_scalarmult_BYTES], shared[crypto_scalarmult_BYTES];
    int fd = open(f->file, O_RDONLY);
    struct stat st;
    ssize_t got;
    char *text;

    bench_must(fd >= 0 && fstat(fd, &st) == 0, "cannot read the vault");
    text = malloc((size_t)st.st_size + 1);
    bench_must(text, "out of memory");
    *len = 0;
    while ((got = read(fd, text + *len, (size_t)st.st_size + 1 - *len)) > 0)
        *len += (size_t)got;
    bench_must(got == 0 && *len == (size_t)st.st_size, "cannot read the vault");
    close(fd);
    bench_must(crypto_scalarmult_base(share, f->seal_key) == 0 &&
                   crypto_scalarmult(shared, f->value_key, share) == 0,
               "X25519");
    bench_use(shared);
    return text;
}

/* The bytes that a text of the file stands for. */
static inline size_t floor_decode(unsigned char *out, size_t size, struct slice text)
{
    size_t len;

    bench_must(sodium_base642bin(out, size, text.at, text.len, NULL, &len, NULL,
                                 sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0,
               "base64");
    return len;
}

static inline void floor_hash(const struct floor *f, const struct floor_record *r)
{
    const struct slice *message = &r->field[FLOOR_MESSAGE];
    unsigned char seal[DOC_SEAL], expected[DOC_SEAL];

    floor_decode(expected, sizeof expected, r->field[FLOOR_SEAL]);
    crypto_generichash(seal, sizeof seal, (const unsigned char *)message->at, message->len,
                       f->seal_key, SEAL_KEY);
    bench_must(memcmp(seal, expected, sizeof seal) == 0, "a seal");
}

/* What is sealed, with its padding: how long it is. */
static inline size_t floor_open_text(const struct floor_record *r, struct slice text,
                                     const unsigned char *key, unsigned char plain[FLOOR_PLAIN])
{
    unsigned char sealed[FLOOR_PLAIN];
    size_t len = floor_decode(sealed, sizeof sealed, text);
    unsigned long long padded;

    bench_must(
        crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &padded, NULL, sealed + 24, len - 24,
                                                   (const unsigned char *)r->field[FLOOR_DATA].at,
                                                   r->field[FLOOR_DATA].len, sealed, key) == 0,
        "a value");
    bench_use(plain);
    return (size_t)padded;
}

/* The value in what floor_open_text gave. */
static inline struct slice floor_value(const unsigned char *plain, size_t padded)
{
    size_t head = (8 + 1 + (size_t)plain[8] + FLOOR_UNIT - 1) / FLOOR_UNIT * FLOOR_UNIT, len;

    bench_must(sodium_unpad(&len, plain, padded, FLOOR_UNIT) == 0, "a value");
    return (struct slice){(const char *)plain + head, len - head};
}

static inline void floor_decrypt(const struct floor *f, const struct floor_record *r,
                                 crypto_generichash_state *digest)
{
    unsigned char plain[FLOOR_PLAIN];
    size_t padded = floor_open_text(r, r->field[FLOOR_SEALED], f->value_key, plain);

    if (digest)
        floor_tell(digest, r->field[FLOOR_NAME], floor_value(plain, padded));
}

/* Base64 and a zero byte behind it: how long it is. */
static inline size_t floor_seal(const struct floor_record *r, const unsigned char *plain,
                                size_t len, const unsigned char *key, char *out)
{
    unsigned char sealed[FLOOR_PLAIN + 64];
    unsigned long long size;

    randombytes_buf(sealed, 24);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + 24, &size, plain, len,
                                               (const unsigned char *)r->field[FLOOR_DATA].at,
                                               r->field[FLOOR_DATA].len, NULL, sealed, key);
    sodium_bin2base64(out, sodium_base64_ENCODED_LEN(24 + size, SODIUM), sealed, 24 + (size_t)size,
                      SODIUM);
    return strlen(out);
}

static inline void floor_hash_anew(const struct floor_record *r, const unsigned char *key)
{
    const struct slice *message = &r->field[FLOOR_MESSAGE];
    char text[sodium_base64_ENCODED_LEN(DOC_SEAL, SODIUM)];
    unsigned char seal[DOC_SEAL];

    crypto_generichash(seal, sizeof seal, (const unsigned char *)message->at, message->len, key,
                       SEAL_KEY);
    sodium_bin2base64(text, sizeof text, seal, sizeof seal, SODIUM);
    bench_use(text);
}

static inline void floor_all(const struct floor *f, crypto_generichash_state *digest)
{
    struct floor_record r;
    size_t len, at = 0;
    char *text = floor_read(f, &len);

    while (floor_next(f, &at, &r)) {
        floor_hash(f, &r);
        floor_decrypt(f, &r, digest);
    }
    free(text);
}

static inline void floor_one(const struct floor *f, const char *name,
                             crypto_generichash_state *digest)
{
    struct floor_record r;
    size_t len, at = 0;
    char *text = floor_read(f, &len);

    while (floor_next(f, &at, &r)) {
        floor_hash(f, &r);
        if (slice_is(r.field[FLOOR_NAME], name))
            floor_decrypt(f, &r, digest);
    }
    free(text);
}

/* Each value between two texts of its own, with its key behind a prefix: "K=V" and a zero byte, or
 * a member of a JSON object. The sample's values hold nothing that JSON escapes. */
static inline size_t floor_all_as(const struct floor *f, const char *before, const char *between,
                                  struct slice behind, char *out)
{
    unsigned char plain[FLOOR_PLAIN];
    struct floor_record r;
    size_t len, at = 0, before_len = strlen(before), between_len = strlen(between);
    char *text = floor_read(f, &len), *to = out;

    while (floor_next(f, &at, &r)) {
        const char *key = strchr(r.field[FLOOR_NAME].at, '/') + 1;
        size_t key_len = r.field[FLOOR_NAME].len - (size_t)(key - r.field[FLOOR_NAME].at), padded;
        struct slice value;

        floor_hash(f, &r);
        padded = floor_open_text(&r, r.field[FLOOR_SEALED], f->value_key, plain);
        value = floor_value(plain, padded);
        memcpy(to, before, before_len);
        memcpy(to + before_len, key, key_len);
        to += before_len + key_len;
        memcpy(to, between, between_len);
        memcpy(to + between_len, value.at, value.len);
        to += between_len + value.len;
        memcpy(to, behind.at, behind.len);
        to += behind.len;
    }
    free(text);
    return (size_t)(to - out);
}

static inline void floor_write(const struct floor *f, const char *text, size_t len)
{
    int fd = open(f->copy, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    size_t done = 0;

    while (done < len) {
        ssize_t written = write(fd, text + done, len - done);

        bench_must(written > 0, "cannot write a copy");
        done += (size_t)written;
    }
    bench_must(fsync(fd) == 0 && close(fd) == 0, "cannot write a copy");
}

/* The seals are hashed twice: what is written was verified as it was read, and is once more. The
 * one value is opened, for its date, and the new one sealed, and opened as it will be read. */
static inline void floor_copy(const struct floor *f, const char *name)
{
    unsigned char plain[FLOOR_PLAIN];
    char sealed[2 * FLOOR_PLAIN];
    struct floor_record r;
    size_t len, at = 0;
    char *text = floor_read(f, &len);

    for (int times = 0; times < 2; times++)
        for (at = 0; floor_next(f, &at, &r);) {
            floor_hash(f, &r);
            if (times == 0 && slice_is(r.field[FLOOR_NAME], name)) {
                size_t padded = floor_open_text(&r, r.field[FLOOR_SEALED], f->value_key, plain);

                floor_seal(&r, plain, padded, f->value_key, sealed);
                floor_open_text(&r, slice_of(sealed), f->value_key, plain);
            }
        }
    floor_write(f, text, len);
    free(text);
}

/* All is verified and opened, sealed anew under other keys, and verified and opened once more. */
static inline void floor_rotate(const struct floor *f, crypto_generichash_state *digest)
{
    unsigned char value_key[SEAL_KEY], seal_key[SEAL_KEY], plain[FLOOR_PLAIN];
    struct floor_record r;
    size_t len, at;
    char *text = floor_read(f, &len), *sealed = malloc(2 * len), *to = sealed;

    bench_must(sealed, "out of memory");
    randombytes_buf(value_key, sizeof value_key);
    randombytes_buf(seal_key, sizeof seal_key);
    for (at = 0; floor_next(f, &at, &r);)
        floor_hash(f, &r);
    for (at = 0; floor_next(f, &at, &r);) {
        size_t padded = floor_open_text(&r, r.field[FLOOR_SEALED], f->value_key, plain);

        to += floor_seal(&r, plain, padded, value_key, to) + 1;
        floor_hash_anew(&r, seal_key);
    }
    to = sealed;
    for (at = 0; floor_next(f, &at, &r); to += strlen(to) + 1) {
        size_t padded = floor_open_text(&r, slice_of(to), value_key, plain);

        floor_hash_anew(&r, seal_key);
        if (digest)
            floor_tell(digest, r.field[FLOOR_NAME], floor_value(plain, padded));
    }
    floor_write(f, text, len);
    free(sealed);
    free(text);
}

#endif
