/* The floor: the file is read, or copied, and libsodium does for each value what the format asks:
 * base64 is decoded, a seal is hashed, a value is decrypted. Nothing is parsed: where everything
 * is, and what is hashed, is in an index that was made before the clock starts. */
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

enum { FLOOR_PLAIN = 4096, FLOOR_UNIT = 32 };

static inline void must_ok(enum err_code code, const struct err *err)
{
    bench_must(code == ERR_NONE, err->text);
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

static inline char *floor_read(const struct floor *f, size_t *len)
{
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

static inline void floor_decrypt(const struct floor *f, const struct floor_record *r,
                                 crypto_generichash_state *digest)
{
    unsigned char sealed[FLOOR_PLAIN], plain[FLOOR_PLAIN];
    size_t len = floor_decode(sealed, sizeof sealed, r->field[FLOOR_SEALED]), head;
    unsigned long long padded;

    bench_must(crypto_aead_xchacha20poly1305_ietf_decrypt(
                   plain, &padded, NULL, sealed + 24, len - 24,
                   (const unsigned char *)r->field[FLOOR_DATA].at, r->field[FLOOR_DATA].len, sealed,
                   f->value_key) == 0,
               "a value");
    bench_use(plain);
    if (!digest)
        return;
    head = (8 + 1 + (size_t)plain[8] + FLOOR_UNIT - 1) / FLOOR_UNIT * FLOOR_UNIT;
    bench_must(sodium_unpad(&len, plain, padded, FLOOR_UNIT) == 0, "a value");
    floor_tell(digest, r->field[FLOOR_NAME], (struct slice){(char *)plain + head, len - head});
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

/* The seals are hashed twice: what is written was verified as it was read, and is once more. */
static inline void floor_copy(const struct floor *f)
{
    int fd = open(f->copy, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    struct floor_record r;
    size_t len, at = 0, done = 0;
    char *text = floor_read(f, &len);

    for (int times = 0; times < 2; times++)
        for (at = 0; floor_next(f, &at, &r);)
            floor_hash(f, &r);
    while (done < len) {
        ssize_t written = write(fd, text + done, len - done);

        bench_must(written > 0, "cannot write a copy");
        done += (size_t)written;
    }
    bench_must(fsync(fd) == 0 && close(fd) == 0, "cannot write a copy");
    free(text);
}

#endif
