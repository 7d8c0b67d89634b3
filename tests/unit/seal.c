/* What is sealed, byte by byte: which plaintexts are values, open values and past keys, and that
 * each is bound to its kind, its place and its text. */
#include "vault/seal.h"

#include "base/text.h"
#include "scene.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static struct seal_keys keys;
static struct doc doc = {.newline = "\n", .arena = ARENA_PUBLIC};
static const struct seal_env e = {&doc, {"id", 2}, {"dev", 3}, &keys};

static void add_field(struct buf *out, struct slice field)
{
    unsigned char len[8] = {(unsigned char)field.len, (unsigned char)(field.len >> 8)};

    buf_add(out, len, sizeof len);
    buf_add_slice(out, field);
}

/* encode(purpose, "id", "dev", …): the last field may be left out. */
static struct buf encode(const char *purpose, const char *const *fields, struct slice last)
{
    struct buf out = {0};

    add_field(&out, slice_of(purpose));
    add_field(&out, e.id);
    add_field(&out, e.name);
    for (; *fields; fields++)
        add_field(&out, slice_of(*fields));
    if (last.at)
        add_field(&out, last);
    must(buf_ok(&out));
    return out;
}

static const char *const place[] = {"db", "KEY", NULL};
static const struct slice no_text = {NULL, 0};

/* Seals a plaintext as it is, with its padding. */
static struct buf seal(struct slice plain, const unsigned char *key, struct buf bound_to)
{
    unsigned char padded[8192], sealed[sizeof padded + 64];
    unsigned long long sealed_len;
    struct buf out = {0};
    size_t len;
    char *room;

    must(plain.len < sizeof padded - 32);
    memcpy(padded, plain.at, plain.len);
    sodium_pad(&len, padded, plain.len, 32, sizeof padded);
    randombytes_buf(sealed, 24);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + 24, &sealed_len, padded, len,
                                               (unsigned char *)bound_to.data, bound_to.len, NULL,
                                               sealed, key);
    room = buf_reserve(&out, BASE64_ENCODED(24 + sealed_len));
    must(room != NULL);
    base64_encode(room, sealed, 24 + sealed_len);
    out.len = BASE64_ENCODED(24 + sealed_len);
    buf_free(&bound_to);
    return out;
}

/* kind, date 5, author "me", and what follows the head. */
static struct slice plain_of(int kind, const char *value)
{
    static char plain[300];
    size_t len = strlen(value);

    must(len < sizeof plain - 32);
    memset(plain, 0, sizeof plain);
    plain[0] = (char)kind;
    plain[1] = 5;
    plain[9] = 2;
    memcpy(plain + 10, "me", 2);
    memcpy(plain + 32, value, len);
    return (struct slice){plain, 32 + len};
}

static struct err err; /* of the last that was opened */

static bool is_told_as_old(void)
{
    return strstr(err.text, "sealed by a version from before the format was final") != NULL;
}

static enum err_code open_item(struct buf sealed, const char *text, struct seal_value *out)
{
    static struct arena arena;
    struct doc_item item = {.name = slice_of("KEY"), .parts = text ? 3 : 2};
    enum err_code code;

    item.part[DOC_SEALED] = buf_slice(&sealed);
    if (text)
        item.part[DOC_OPEN] = slice_of(text);
    arena_free(&arena);
    code = seal_value_open(&e, slice_of("db"), &item, &arena, out, &err);
    buf_free(&sealed);
    return code;
}

static enum err_code open_value(struct slice plain)
{
    struct seal_value value;
    enum err_code code =
        open_item(seal(plain, keys.value, encode("vault/1 value", place, no_text)), NULL, &value);

    if (code == ERR_OK)
        must((int)value.kind == plain.at[0] && value.updated_at == 5 &&
             slice_is(value.author, "me") && slice_is(value.value, plain.at + 32));
    return code;
}

static void test_kinds(void)
{
    char plain[128] = {0};

    check(open_value(plain_of(SEAL_PLAIN, "x")) == ERR_OK, "a value of kind 0 opens");
    check(open_value(plain_of(SEAL_TEMPLATE, "{{ X }}")) == ERR_OK, "and one of kind 1");
    check(open_value(plain_of(4, "x")) == ERR_INTEGRITY && !is_told_as_old(),
          "one of a kind to come does not, and is not taken for one of before");
    for (int kind = SEAL_OPEN; kind < 256; kind++)
        if (open_value(plain_of(kind, "x")) != ERR_INTEGRITY)
            must(false);
    check(true, "no other kind is the value of two strings");
    memcpy(plain, plain_of(0, "x").at, 33);
    plain[31] = 1;
    check(open_value((struct slice){plain, 33}) == ERR_INTEGRITY, "nor one with a bad head");
    plain[31] = 0;
    plain[9] = 100;
    check(open_value((struct slice){plain, 33}) == ERR_INTEGRITY, "nor one with a long author");
    plain[9] = 2;
    plain[10] = (char)0xFF;
    check(open_value((struct slice){plain, 33}) == ERR_INTEGRITY,
          "nor an author that is not UTF-8");
}

/* date (8) || n (1) || author (n): as it was before there were kinds. */
static void test_before(void)
{
    char plain[96] = {0x2A, 0x4B, 0x1F, 0x69};

    plain[8] = 17;
    memcpy(plain + 9, "alice@example.com", 17);
    memcpy(plain + 32, "secret", 6);
    check(open_value((struct slice){plain, 38}) == ERR_INTEGRITY && is_told_as_old(),
          "a value of before the format was final is told from a forged one");
    plain[0] = SEAL_PLAIN;
    check(open_value((struct slice){plain, 38}) == ERR_INTEGRITY && is_told_as_old(),
          "also if its date begins as a kind does");
}

static enum err_code open_text(struct slice plain, struct slice sealed_text, const char *text)
{
    struct seal_value value;
    enum err_code code = open_item(
        seal(plain, keys.value, encode("vault/1 open", place, sealed_text)), text, &value);

    if (code == ERR_OK)
        must(value.kind == SEAL_OPEN && value.updated_at == 5 && slice_is(value.author, "me") &&
             slice_equal(value.value, sealed_text));
    return code;
}

static void test_open(void)
{
    struct seal_value value;

    check(open_text(plain_of(SEAL_OPEN, ""), slice_of("info"), "info") == ERR_OK,
          "an open value opens");
    check(open_text(plain_of(SEAL_OPEN, ""), slice_of("a\n\xC3\xAF"), "a\\n\\u00EF") == ERR_OK,
          "to the text that is spelled");
    check(open_text(plain_of(SEAL_OPEN, ""), slice_of(""), "") == ERR_OK, "also an empty one");
    check(open_text(plain_of(SEAL_OPEN, ""), slice_of("info"), "debug") == ERR_INTEGRITY,
          "another text is refused");
    check(open_text(plain_of(SEAL_OPEN, "x"), slice_of("info"), "info") == ERR_INTEGRITY,
          "and a header that has a value");
    check(open_text(plain_of(SEAL_PLAIN, ""), slice_of("info"), "info") == ERR_INTEGRITY &&
              open_text(plain_of(SEAL_TEMPLATE, ""), slice_of("info"), "info") == ERR_INTEGRITY &&
              open_text(plain_of(SEAL_PAST, ""), slice_of("info"), "info") == ERR_INTEGRITY,
          "and one of another kind");
    check(open_item(
              seal(plain_of(SEAL_OPEN, ""), keys.value, encode("vault/1 value", place, no_text)),
              "info", &value) == ERR_INTEGRITY,
          "and one that was bound as a sealed value is");
    check(open_item(seal(plain_of(SEAL_PLAIN, "x"), keys.value,
                         encode("vault/1 open", place, slice_of("info"))),
                    NULL, &value) == ERR_INTEGRITY,
          "and a sealed value that was bound as a header is");
    check(open_item(seal(plain_of(SEAL_OPEN, ""), keys.value,
                         encode("vault/1 open", (const char *const[]){"db", "OTHER", NULL},
                                slice_of("info"))),
                    "info", &value) == ERR_INTEGRITY,
          "and one of another place");
}

/* What seal_value_make makes, opened by what is written above, and the other way round. */
static void test_made(void)
{
    char text[DOC_OPEN_MAX + 1];
    struct seal_value value = {.value = {text, sizeof text - 1},
                               .author = slice_of("me"),
                               .updated_at = 5,
                               .kind = SEAL_OPEN},
                      opened;
    struct buf scratch = BUF_SECRET, sealed = {0};

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    must(seal_value_make(&e, slice_of("db"), slice_of("KEY"), &value, &scratch, &sealed, &err) ==
         ERR_OK);
    check(BASE64_DECODED(sealed.len) == 24 + 64 + 16, "a header has no value in it");
    check(open_item(sealed, text, &opened) == ERR_OK && slice_equal(opened.value, value.value),
          "the longest open value is sealed and opened");
    check(open_text(plain_of(SEAL_OPEN, ""), value.value, text) == ERR_OK, "as it is here");
    buf_free(&scratch);
}

static enum err_code open_past(struct slice plain, const char *number, struct seal_past *past)
{
    struct buf sealed =
        seal(plain, keys.past, encode("vault/1 past", (const char *const[]){"1", NULL}, no_text));
    struct doc_item item = {.name = slice_of(number), .parts = 1};
    enum err_code code;

    item.part[0] = buf_slice(&sealed);
    code = seal_past_open(&e, &item, past, &err);
    buf_free(&sealed);
    return code;
}

static void test_past(void)
{
    static const char old[] = "0123456789abcdef0123456789abcdef";
    unsigned char of_before[24 + 40 + 16] = {0};
    char text[BASE64_ENCODED(sizeof of_before)];
    struct seal_past past;
    struct doc_item item = {.name = slice_of("1"), .parts = 1, .part = {{text, sizeof text}}};

    check(open_past(plain_of(SEAL_PAST, old), "1", &past) == ERR_OK &&
              memcmp(past.env, old, sizeof past.env) == 0 && past.rotated_at == 5 &&
              past.author_len == 2 && memcmp(past.author, "me", 2) == 0,
          "a past key opens, with the date and the author of the rotation");
    check(open_past(plain_of(SEAL_PAST, old), "2", &past) == ERR_INTEGRITY, "in its place");
    check(open_past(plain_of(SEAL_PLAIN, old), "1", &past) == ERR_INTEGRITY &&
              open_past(plain_of(SEAL_OPEN, old), "1", &past) == ERR_INTEGRITY,
          "no other kind is one");
    check(open_past(plain_of(SEAL_PAST, old + 1), "1", &past) == ERR_INTEGRITY &&
              open_past(plain_of(SEAL_PAST, ""), "1", &past) == ERR_INTEGRITY,
          "it has 32 bytes");
    base64_encode(text, of_before, sizeof of_before);
    check(seal_past_open(&e, &item, &past, &err) == ERR_INTEGRITY && is_told_as_old(),
          "one of before the format was final is told by its length");
}

static void test_fingerprint(void)
{
    char text[SEAL_FINGERPRINT_TEXT + 1];

    seal_fingerprint(slice_of("age1zclxxaampyjr3ulte602xwudg9myej6m6zzvnp67a2tggclmuu6qp74yu0"),
                     text);
    check(strcmp(text, "dsZeG9vRNVWkqOUWIeh6Ow") == 0, "a fingerprint needs no key");
    seal_fingerprint(slice_of(keys.inbox_key), text);
    check(strcmp(text, keys.fingerprint) == 0, "and is the one of the keys");
}

int main(void)
{
    static const unsigned char env[SEAL_KEY] = {1, 2, 3};

    must(sodium_init() >= 0);
    seal_derive(&keys, env);
    test_kinds();
    test_before();
    test_open();
    test_made();
    test_past();
    test_fingerprint();
    return tap_done();
}
