/* Runs age conformance vectors: "age FILE…". Each file is lines of `name: value`, an empty line,
 * and the age file (../../../shared/facts/age.md, 4). Prints what fails and why, and counts. */
#include "age/age.h"
#include "age/armor.h"
#include "base/file.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { IDENTITIES = 8, FILE_MOST = 64 << 20 };

struct vector {
    struct slice expect, payload_hash, body;
    struct age_identity ids[IDENTITIES];
    size_t count;
    bool armored, skip, broken;
};

static bool take_line(struct slice *rest, struct slice *line)
{
    const char *end = memchr(rest->at, '\n', rest->len);

    if (!end)
        return false;
    *line = (struct slice){rest->at, (size_t)(end - rest->at)};
    rest->at = end + 1;
    rest->len -= line->len + 1;
    return true;
}

static void add_identity(struct vector *v, struct slice name, struct slice value)
{
    static const char post_quantum[] = "AGE-SECRET-KEY-PQ-1";
    struct age_identity *id = &v->ids[v->count++ % IDENTITIES];
    enum err_code code;
    struct err err;

    if (slice_is(name, "passphrase"))
        code = age_identity_of_passphrase(value, AGE_WORK_FACTOR, AGE_WORK_FACTOR_MAX, id, &err);
    else if (value.len > sizeof post_quantum &&
             memcmp(value.at, post_quantum, sizeof post_quantum - 1) == 0)
        code = age_identity_read(value, id, &err),
        v->skip = code != ERR_OK || age_identity_plugin(id), code = ERR_OK;
    else
        code = age_identity_read(value, id, &err);
    v->broken = v->broken || code != ERR_OK || v->count > IDENTITIES;
}

static bool read_vector(struct slice text, struct vector *v)
{
    struct slice line;

    memset(v, 0, sizeof *v);
    while (take_line(&text, &line) && line.len > 0) {
        const char *colon = memchr(line.at, ':', line.len);
        struct slice name, value;

        if (!colon || colon + 2 > line.at + line.len)
            return false;
        name = (struct slice){line.at, (size_t)(colon - line.at)};
        value = (struct slice){colon + 2, (size_t)(line.at + line.len - (colon + 2))};
        if (slice_is(name, "expect"))
            v->expect = value;
        else if (slice_is(name, "payload"))
            v->payload_hash = value;
        else if (slice_is(name, "identity") || slice_is(name, "passphrase"))
            add_identity(v, name, value);
        else if (slice_is(name, "armored"))
            v->armored = slice_is(value, "yes");
        else if (!slice_is(name, "file key") && !slice_is(name, "comment"))
            v->skip = true; /* of a later kind of vector */
    }
    v->body = text;
    return v->expect.len > 0 && !v->broken;
}

static const char *open_vector(const struct vector *v, struct buf *binary, struct buf *plain,
                               struct err *err)
{
    unsigned char file_key[AGE_FILE_KEY];
    struct slice file = v->body, payload;
    enum err_code code;

    if (v->armored) {
        if (!armor_is(file) || armor_read(file, binary, err) != ERR_OK)
            return "armor failure";
        file = buf_slice(binary);
    }
    code = age_header_open(file, v->ids, v->count, file_key, &payload, NULL, err);
    if (code != ERR_OK)
        return code == ERR_LOCKED      ? "no match"
               : code == ERR_INTEGRITY ? "HMAC failure"
               : code == ERR_FORMAT    ? "header failure"
                                       : "out of memory";
    if (age_payload_open(file_key, payload, plain, err) != ERR_OK)
        return "payload failure";
    return "success";
}

/* The hash is over all that was handed out, an error or not. */
static bool hash_matches(struct slice expected, const struct buf *plain)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];

    if (expected.len == 0)
        return plain->len == 0;
    crypto_hash_sha256(hash, (const unsigned char *)plain->data, plain->len);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return slice_is(expected, hex);
}

static bool all_or_nothing(const struct vector *v, const struct buf *binary, bool expected)
{
    struct buf plain = BUF_SECRET;
    struct err err;
    struct slice file = v->armored ? buf_slice(binary) : v->body;
    bool opened = age_decrypt(file, v->ids, v->count, &plain, &err) == ERR_OK;
    bool right = opened == expected && (opened || plain.len == 0);

    buf_free(&plain);
    return right;
}

static bool run_vector(const char *path, const struct vector *v)
{
    struct buf binary = {0}, plain = BUF_SECRET;
    struct err err = {0};
    const char *got = open_vector(v, &binary, &plain, &err);
    bool passed = slice_is(v->expect, got), same = hash_matches(v->payload_hash, &plain);

    if (!passed)
        printf("FAIL %s: expected %.*s, got %s: %s\n", path, (int)v->expect.len, v->expect.at, got,
               err.text);
    if (!same)
        printf("FAIL %s: other plain text\n", path);
    if (strcmp(got, "armor failure") != 0 &&
        !all_or_nothing(v, &binary, slice_is(v->expect, "success"))) {
        printf("FAIL %s: age_decrypt differs from its two halves\n", path);
        passed = false;
    }
    buf_free(&binary);
    buf_free(&plain);
    return passed && same;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0, skipped = 0;

    if (sodium_init() < 0)
        return 1;
    for (int i = 1; i < argc; i++) {
        struct buf text = {0};
        struct vector v;
        struct err err;

        if (file_read(argv[i], FILE_MOST, &text, NULL, &err) != ERR_OK) {
            printf("FAIL %s: %s\n", argv[i], err.text);
            failed++;
        } else if (!read_vector(buf_slice(&text), &v)) {
            printf("FAIL %s: not a vector\n", argv[i]);
            failed++;
        } else if (v.skip) {
            printf("skip %s: a post-quantum identity, or a kind of vector that is not known\n",
                   argv[i]);
            skipped++;
        } else if (run_vector(argv[i], &v)) {
            passed++;
        } else {
            failed++;
        }
        buf_free(&text);
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed > 0;
}
