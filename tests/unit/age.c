/* lib/age: files sealed and opened, by whom, and what is said of those that cannot be. */
#include "age/age.h"
#include "age/armor.h"
#include "age/kind.h"
#include "base/base64.h"
#include "some_keys.h"
#include "tap.h"
#include "theirs.h"

#include <sodium.h>
#include <string.h>

#define VERSION "age-encryption.org/v1\n"
#define NOT_VALID "not a valid age file: "
#define HELLO ((struct slice){"hello", 5})

static const char not_sealed[] = "it is not sealed to this key";
static const char header_changed[] = "the header of an age file was changed";
static const char payload_changed[] = "an age file was changed or cut short";
static const char bad_stanza[] = NOT_VALID "a malformed stanza";

static void seal(struct slice plain, const struct age_identity *id, struct buf *out)
{
    struct err err;

    buf_clear(out);
    if (age_encrypt(plain, &id->self, 1, out, &err) != ERR_OK)
        abort();
}

static bool opens(struct slice file, const struct age_identity *id, struct slice expected)
{
    struct buf out = BUF_SECRET;
    struct err err;
    bool right =
        age_decrypt(file, id, 1, &out, &err) == ERR_OK && slice_equal(buf_slice(&out), expected);

    buf_free(&out);
    return right;
}

/* It does not open, for this reason, and what stood in the buffer is all that stands there. */
static bool refused(struct slice file, const struct age_identity *id, enum err_code code,
                    const char *text)
{
    struct buf out = BUF_SECRET;
    struct err err = {0};
    bool right;

    buf_add_text(&out, "before");
    right = age_decrypt(file, id, 1, &out, &err) == code && err.code == code &&
            strcmp(err.text, text) == 0 && slice_is(buf_slice(&out), "before");
    if (!right)
        printf("# said, with code %d: %s\n", (int)err.code, err.text);
    buf_free(&out);
    return right;
}

static const char *find(const struct buf *in, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i + len <= in->len; i++)
        if (memcmp(in->data + i, text, len) == 0)
            return in->data + i;
    abort();
}

/* Appends `in`, with another text where its first `text` stands. */
static void with_other(const struct buf *in, const char *text, const char *other, struct buf *out)
{
    const char *at = find(in, text);
    size_t behind = (size_t)(at - in->data) + strlen(text);

    buf_clear(out);
    buf_add(out, in->data, (size_t)(at - in->data));
    buf_add_text(out, other);
    buf_add(out, in->data + behind, in->len - behind);
}

/* Appends the sealed file with more in its header, before the stanzas that are there: the MAC is
 * made anew, so that nothing else is wrong with it. */
static void with_more(const struct buf *in, const struct age_identity *id, struct slice more,
                      struct buf *out)
{
    size_t stanzas = sizeof VERSION - 1, end = (size_t)(find(in, "\n--- ") - in->data) + 1;
    unsigned char file_key[AGE_FILE_KEY], key[AGE_KEY], mac[32];
    char text[BASE64_ENCODED(sizeof mac)];
    struct slice payload;
    struct err err;

    if (age_header_open(buf_slice(in), id, 1, file_key, &payload, NULL, &err) != ERR_OK)
        abort();
    buf_clear(out);
    buf_add_text(out, VERSION);
    buf_add_slice(out, more);
    buf_add(out, in->data + stanzas, end - stanzas);
    buf_add_text(out, "---");
    age_derive(key, file_key, sizeof file_key, NULL, 0, "header");
    crypto_auth_hmacsha256(mac, (unsigned char *)out->data, out->len, key);
    base64_encode(text, mac, sizeof mac);
    buf_add_text(out, " ");
    buf_add(out, text, sizeof text);
    buf_add_text(out, "\n");
    buf_add_slice(out, payload);
}

/* Files of the real age: our own reader may be wrong in the way our writer is. */
static void test_theirs(const char *key, const char *file, const char *name)
{
    struct arena arena = {0};
    struct buf binary = {0};
    struct age_identity *ids;
    struct err err;
    size_t count;

    check(age_identity_file_read(slice_of(key), &arena, &ids, &count, &err) == ERR_OK &&
              count == 1 && armor_read(slice_of(file), &binary, &err) == ERR_OK &&
              opens(buf_slice(&binary), ids, slice_of(THEIR_PLAIN)),
          "a file that age sealed to %s opens", name);
    arena_free(&arena);
    buf_free(&binary);
}

static void test_sizes(const struct keys *keys)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072, 131073, 200000};
    static char plain[200000];
    struct buf sealed = {0};
    bool back = true, sized = true;

    randombytes_buf(plain, sizeof plain);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int kind = 0; kind < KINDS; kind++) {
            size_t chunks = sizes[i] == 0 ? 1 : (sizes[i] + 65535) / 65536, header;

            seal((struct slice){plain, sizes[i]}, &keys->mine[kind], &sealed);
            header = (size_t)(find(&sealed, "\n--- ") - sealed.data) + 5 + 43 + 1;
            sized = sized && sealed.len == header + 16 + sizes[i] + 16 * chunks;
            back = back &&
                   opens(buf_slice(&sealed), &keys->mine[kind], (struct slice){plain, sizes[i]});
        }
    check(back, "0 to 200000 bytes come back, for each kind of key");
    check(sized, "and take the room that the format says");
    buf_free(&sealed);
}

static void test_several(const struct keys *keys)
{
    const struct age_recipient to[] = {keys->theirs[X25519].self, keys->mine[SSH].self,
                                       keys->mine[X25519].self};
    const struct age_identity ids[] = {keys->theirs[PASSPHRASE], keys->theirs[SSH],
                                       keys->mine[X25519], keys->mine[SSH]};
    unsigned char file_key[AGE_FILE_KEY], again[AGE_FILE_KEY];
    struct buf sealed = {0}, out = BUF_SECRET;
    struct slice payload, type;
    struct err err;
    size_t opener = 99, stanzas = 0;

    buf_add_text(&sealed, "before");
    check(age_encrypt(HELLO, to, 3, &sealed, &err) == ERR_OK &&
              memcmp(sealed.data, "before" VERSION, 6 + sizeof VERSION - 1) == 0,
          "a file to three is written behind what stands in the buffer");
    memmove(sealed.data, sealed.data + 6, sealed.len -= 6);
    for (int i = 0; i < 4; i++)
        check(opens(buf_slice(&sealed), &ids[i], HELLO) == (i >= 2), "identity %d opens it or not",
              i);
    check(refused(buf_slice(&sealed), &ids[0], ERR_LOCKED, not_sealed) &&
              refused(buf_slice(&sealed), &ids[1], ERR_LOCKED, not_sealed),
          "and those that do not are told so");
    check(age_header_open(buf_slice(&sealed), ids, 4, file_key, &payload, &opener, &err) ==
                  ERR_OK &&
              opener == 2,
          "of four identities the first that fits opens it");
    check(age_header_open(buf_slice(&sealed), ids + 3, 1, again, &payload, NULL, &err) == ERR_OK &&
              memcmp(file_key, again, sizeof again) == 0,
          "each finds the same file key");
    check(age_header_look(buf_slice(&sealed), &stanzas, &type, &err) == ERR_OK && stanzas == 3 &&
              slice_is(type, "X25519"),
          "without a key: three stanzas, and the first one's type");
    check(age_decrypt(buf_slice(&sealed), NULL, 0, &out, &err) == ERR_LOCKED, "no key, no file");
    buf_free(&sealed);
}

/* Without a secret key: one stanza, of the recipient's type and, of an SSH key, with its tag. */
static void test_sealed_to(const struct keys *keys)
{
    struct buf sealed = {0};
    struct err err;

    for (int kind = 0; kind < KINDS; kind++) {
        const struct age_recipient *to = &keys->mine[kind].self;

        buf_clear(&sealed);
        check(age_encrypt(HELLO, to, 1, &sealed, &err) == ERR_OK &&
                  age_is_sealed_to(buf_slice(&sealed), to),
              "a file shows that it is to its recipient: kind %d", kind);
        for (int other = 0; other < KINDS; other++)
            if (other != kind)
                check(!age_is_sealed_to(buf_slice(&sealed), &keys->mine[other].self),
                      "and to no other kind: %d", other);
        check(age_is_sealed_to(buf_slice(&sealed), &keys->theirs[kind].self) == (kind != SSH),
              "an SSH stanza shows that it is not to another key: kind %d", kind);
    }
    buf_clear(&sealed);
    check(age_encrypt(HELLO, (struct age_recipient[]){keys->mine[SSH].self, keys->mine[SSH].self},
                      2, &sealed, &err) == ERR_OK &&
              !age_is_sealed_to(buf_slice(&sealed), &keys->mine[SSH].self),
          "two stanzas are not one");
    check(!age_is_sealed_to(HELLO, &keys->mine[SSH].self), "no age file is to anybody");
    buf_free(&sealed);
}

static void test_fresh(const struct keys *keys)
{
    for (int kind = 0; kind < KINDS; kind++) {
        unsigned char file_key[2][AGE_FILE_KEY];
        struct buf sealed[2] = {{0}, {0}};
        struct slice payload[2];
        struct err err;
        bool opened = true;

        for (int i = 0; i < 2; i++) {
            seal(HELLO, &keys->mine[kind], &sealed[i]);
            opened = opened && age_header_open(buf_slice(&sealed[i]), &keys->mine[kind], 1,
                                               file_key[i], &payload[i], NULL, &err) == ERR_OK;
        }
        check(opened && memcmp(file_key[0], file_key[1], AGE_FILE_KEY) != 0 &&
                  memcmp(payload[0].at, payload[1].at, 16) != 0 &&
                  memcmp(find(&sealed[0], "-> "), find(&sealed[1], "-> "), 60) != 0,
              "%s: sealed twice, with another file key, nonce and share",
              age_recipient_kind(&keys->mine[kind].self));
        check(refused(buf_slice(&sealed[0]), &keys->theirs[kind], ERR_LOCKED, not_sealed),
              "and another key does not open it");
        buf_free(&sealed[0]);
        buf_free(&sealed[1]);
    }
}

/* --- files that were changed --- */

/* Each bit of a small file, and each length: none opens, each with a code that says why. */
static void test_every_bit(const struct keys *keys)
{
    for (int kind = 0; kind < KINDS; kind++) {
        struct buf sealed = {0}, out = BUF_SECRET;
        long opened = 0, other = 0, seen[ERR_CANCELLED + 1] = {0};
        struct err err;

        seal(HELLO, &keys->mine[kind], &sealed);
        for (size_t place = 0; place < sealed.len; place++)
            for (int bit = 0; bit < 8; bit++) {
                sealed.data[place] ^= (char)(1 << bit);
                seen[age_decrypt(buf_slice(&sealed), &keys->mine[kind], 1, &out, &err)]++;
                opened += out.len > 0;
                sealed.data[place] ^= (char)(1 << bit);
            }
        for (size_t len = 0; len < sealed.len; len++) {
            struct slice part = {sealed.data, len};

            seen[age_decrypt(part, &keys->mine[kind], 1, &out, &err)]++;
            opened += out.len > 0;
        }
        for (int code = 0; code <= ERR_CANCELLED; code++)
            if (code != ERR_FORMAT && code != ERR_LOCKED && code != ERR_INTEGRITY)
                other += seen[code];
        check(opened == 0 && other == 0,
              "%s: each bit and each length of %zu bytes: %ld malformed, %ld locked, %ld changed",
              age_recipient_kind(&keys->mine[kind].self), sealed.len, seen[ERR_FORMAT],
              seen[ERR_LOCKED], seen[ERR_INTEGRITY]);
        buf_free(&sealed);
        buf_free(&out);
    }
}

static void test_changed(const struct age_identity *me)
{
    struct buf sealed = {0}, changed = {0};

    seal(HELLO, me, &sealed);
    check(refused(slice_of(""), me, ERR_FORMAT,
                  NOT_VALID "it does not begin with age-encryption.org/v1"),
          "an empty file");
    check(refused(slice_of("age-encryption.org/v2\n-> X25519 a\n"), me, ERR_FORMAT,
                  NOT_VALID "it does not begin with age-encryption.org/v1"),
          "another version");
    check(refused((struct slice){sealed.data, sealed.len - 1}, me, ERR_INTEGRITY, payload_changed),
          "cut short by a byte");
    check(refused((struct slice){sealed.data, sealed.len - 21}, me, ERR_INTEGRITY, payload_changed),
          "cut short by its only chunk");
    check(refused((struct slice){sealed.data, sealed.len - 22}, me, ERR_FORMAT,
                  NOT_VALID "it ends in its nonce"),
          "cut short in the nonce");
    buf_add_text(&sealed, "x");
    check(refused(buf_slice(&sealed), me, ERR_INTEGRITY, payload_changed), "longer by a byte");
    sealed.len--;
    sealed.data[sealed.len - 1] ^= 1;
    check(refused(buf_slice(&sealed), me, ERR_INTEGRITY, payload_changed), "a changed payload");
    sealed.data[sealed.len - 1] ^= 1;
    with_other(&sealed, "\n--- ", "\n-> x\n\n--- ", &changed);
    check(refused(buf_slice(&changed), me, ERR_INTEGRITY, header_changed),
          "a stanza more, without the file key");
    with_more(&sealed, me, slice_of(""), &changed);
    check(slice_equal(buf_slice(&changed), buf_slice(&sealed)),
          "(the tests write a header as it is written)");
    buf_free(&sealed);
    buf_free(&changed);
}

static bool all_zero(const char *at, size_t len)
{
    return sodium_is_zero((const unsigned char *)at, len) == 1;
}

/* Damage in the last of four chunks. */
static void test_all_or_nothing(const struct age_identity *me)
{
    enum { LEN = 200000, GOOD = 3 * 65536 };
    static char plain[LEN];
    unsigned char file_key[AGE_FILE_KEY];
    struct buf sealed = {0}, out = BUF_SECRET;
    struct slice payload;
    struct err err;

    memset(plain, 'p', sizeof plain);
    seal((struct slice){plain, LEN}, me, &sealed);
    sealed.data[sealed.len - 1] ^= 1;
    buf_add_text(&out, "before");
    check(age_decrypt(buf_slice(&sealed), me, 1, &out, &err) == ERR_INTEGRITY &&
              strcmp(err.text, payload_changed) == 0 && slice_is(buf_slice(&out), "before"),
          "three good chunks and a bad one: nothing is handed out");
    check(out.size >= 6 + GOOD && all_zero(out.data + 6, GOOD), "what was open already is wiped");
    check(age_header_open(buf_slice(&sealed), me, 1, file_key, &payload, NULL, &err) == ERR_OK &&
              age_payload_open(file_key, payload, &out, &err) == ERR_INTEGRITY &&
              out.len == 6 + GOOD && memcmp(out.data + 6, plain, GOOD) == 0,
          "age_payload_open alone hands out the good ones");
    buf_free(&sealed);
    buf_free(&out);
}

/* Appends a payload as the format says, chunk by chunk: `full` chunks that are not the last, and
 * one that is. */
static void write_payload(const unsigned char file_key[AGE_FILE_KEY], int full, size_t last,
                          struct buf *out)
{
    enum { CHUNK = 65536, TAG = 16 };
    static const unsigned char plain[CHUNK];
    unsigned char nonce[16] = "any sixteen byte", key[AGE_KEY], counter[12] = {0};

    age_derive(key, file_key, AGE_FILE_KEY, nonce, sizeof nonce, "payload");
    buf_add(out, nonce, sizeof nonce);
    for (int i = 0; i <= full; i++) {
        size_t len = i < full ? CHUNK : last;
        unsigned char *room = (unsigned char *)buf_reserve(out, len + TAG);

        counter[11] = i == full;
        crypto_aead_chacha20poly1305_ietf_encrypt(room, NULL, plain, len, NULL, 0, NULL, counter,
                                                  key);
        out->len += len + TAG;
        for (int place = 10; ++counter[place] == 0;)
            place--;
    }
}

static void test_stream(void)
{
    static const unsigned char file_key[AGE_FILE_KEY] = {7};
    static const struct {
        const char *name;
        size_t last, more; /* bytes of the last chunk, and behind it */
        int full;
        bool opens;
    } cases[] = {{"an empty chunk alone", 0, 0, 0, true},
                 {"a byte behind an empty chunk", 0, 1, 0, false},
                 {"one full chunk", 65536, 0, 0, true},
                 {"a byte behind a full chunk", 65536, 1, 0, false},
                 {"a tag's length behind a full chunk", 65536, 16, 0, false},
                 {"another chunk's length behind a full chunk", 65536, 65552, 0, false},
                 {"an empty chunk behind a full one", 0, 0, 1, false},
                 {"a chunk of one byte behind a full one", 1, 0, 1, true},
                 {"300 chunks", 5, 0, 299, true}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf payload = {0}, out = BUF_SECRET;
        struct err err;
        enum err_code code;

        write_payload(file_key, cases[i].full, cases[i].last, &payload);
        for (size_t n = 0; n < cases[i].more; n++)
            buf_add_text(&payload, "x");
        code = age_payload_open(file_key, buf_slice(&payload), &out, &err);
        check(cases[i].opens
                  ? code == ERR_OK && out.len == (size_t)cases[i].full * 65536 + cases[i].last
                  : code == ERR_INTEGRITY && strcmp(err.text, payload_changed) == 0,
              "%s: %s", cases[i].name, cases[i].opens ? "opens" : "is refused");
        buf_free(&payload);
        buf_free(&out);
    }
}

/* Chunks that verify, but not in this place. */
static void test_chunks_moved(const struct age_identity *me)
{
    enum { CHUNK = 65536 + 16 };
    static char plain[2 * 65536], chunk[CHUNK];
    struct buf sealed = {0};
    char *payload;

    seal((struct slice){plain, sizeof plain}, me, &sealed);
    payload = sealed.data + sealed.len - 2 * CHUNK;
    check(refused((struct slice){sealed.data, sealed.len - CHUNK}, me, ERR_INTEGRITY,
                  payload_changed),
          "the last chunk is missing");
    memcpy(chunk, payload, CHUNK);
    memmove(payload, payload + CHUNK, CHUNK);
    memcpy(payload + CHUNK, chunk, CHUNK);
    check(refused(buf_slice(&sealed), me, ERR_INTEGRITY, payload_changed),
          "two chunks changed places");
    memcpy(payload, chunk, CHUNK);
    check(refused(buf_slice(&sealed), me, ERR_INTEGRITY, payload_changed),
          "one stands there twice");
    buf_free(&sealed);
}

/* --- headers of a stranger --- */

#define COLUMNS_32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define COLUMNS_64 COLUMNS_32 COLUMNS_32

static void test_grammar(const struct age_identity *me)
{
    static const char *const good[] = {
        "-> a\n\n",
        "-> a b c d e f g h i j k l m n o p q r s t u v w x y z\n\n",
        "-> !\"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[\\]^_`abcxyz{|}~\nAA\n",
        "-> x25519 X25519\nAA\n",
        ("-> a\n" COLUMNS_64 "\n\n"),
        ("-> a\n" COLUMNS_64 "\n" COLUMNS_64 "\nAAA\n-> b\n\n"),
        "-> ---\n\n",
        "-> ->\n\n"};
    static const char *const bad[] = {"->\n\n",
                                      "-> \n\n",
                                      "->a\n\n",
                                      "->  a\n\n",
                                      "-> a \n\n",
                                      "-> a  b\n\n",
                                      " -> a\n\n",
                                      "-> a\r\n\n",
                                      "-> a\n\r\n",
                                      "-> a\tb\n\n",
                                      "-> \x7F\n\n",
                                      "-> \xC3\xA9\n\n",
                                      "-> a\n",
                                      "-> a\n\n\n",
                                      "-> a\nA\n",
                                      "-> a\nAB\n",
                                      "-> a\nAA==\n",
                                      "-> a\nAA-_\n",
                                      "-> a\nAA\nAA\n",
                                      ("-> a\n" COLUMNS_64 "\n"),
                                      ("-> a\n" COLUMNS_64 "AAAA\n\n"),
                                      ("-> a\n" COLUMNS_64 "\n" COLUMNS_64 "\n"),
                                      "a\n",
                                      "\n",
                                      "--\n\n",
                                      "--> a\n\n"};
    struct buf sealed = {0}, changed = {0};

    seal(HELLO, me, &sealed);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        with_more(&sealed, me, slice_of(good[i]), &changed);
        check(opens(buf_slice(&changed), me, HELLO), "a stanza of no known type: case %zu", i);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        with_more(&sealed, me, slice_of(bad[i]), &changed);
        check(refused(buf_slice(&changed), me, ERR_FORMAT, bad_stanza), "no stanza: case %zu", i);
    }
    with_more(&sealed, me, (struct slice){"-> a\0b\n\n", 8}, &changed);
    check(refused(buf_slice(&changed), me, ERR_FORMAT, bad_stanza), "no stanza: a zero byte");
    buf_free(&sealed);
    buf_free(&changed);
}

static void test_end(const struct age_identity *me)
{
    static const char *const bad[] = {"\n---",   "\n---  ",  "\n---- ", "\n---\t",
                                      "\n--- A", "\n--- \n", "\n--- =", "\n--- \r"};
    struct buf sealed = {0}, changed = {0};
    struct slice type;
    struct err err;
    size_t count;

    seal(HELLO, me, &sealed);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        with_other(&sealed, "\n--- ", bad[i], &changed);
        check(
            refused(buf_slice(&changed), me, ERR_FORMAT, NOT_VALID "a malformed end of the header"),
            "a malformed end: case %zu", i);
    }
    buf_clear(&changed);
    buf_add_text(&changed, VERSION "--- " COLUMNS_32 "AAAAAAAAAAA\n0123456789abcdef");
    check(refused(buf_slice(&changed), me, ERR_FORMAT, NOT_VALID "it has no stanza"), "no stanza");
    check(age_header_look(buf_slice(&changed), &count, &type, &err) == ERR_FORMAT,
          "which age_header_look says too");
    buf_free(&sealed);
    buf_free(&changed);
}

static void test_stanza_count(const struct age_identity *me)
{
    static const char most[] = NOT_VALID "too many stanzas";
    struct age_recipient *to = calloc(AGE_STANZAS_MAX + 1, sizeof *to);
    struct buf sealed = {0}, more = {0}, changed = {0};
    struct err err;

    seal(HELLO, me, &sealed);
    for (int i = 0; i < AGE_STANZAS_MAX - 1; i++)
        buf_add_text(&more, "-> a\n\n");
    with_more(&sealed, me, buf_slice(&more), &changed);
    check(opens(buf_slice(&changed), me, HELLO), "a file of %d stanzas opens", AGE_STANZAS_MAX);
    buf_add_text(&more, "-> a\n\n");
    with_more(&sealed, me, buf_slice(&more), &changed);
    check(refused(buf_slice(&changed), me, ERR_FORMAT, most), "one more is too many");

    for (int i = 0; to && i <= AGE_STANZAS_MAX; i++)
        to[i] = me->self;
    buf_clear(&changed);
    check(age_encrypt(HELLO, to, AGE_STANZAS_MAX, &changed, &err) == ERR_OK &&
              opens(buf_slice(&changed), me, HELLO),
          "as many can be written");
    buf_clear(&changed);
    check(age_encrypt(HELLO, to, AGE_STANZAS_MAX + 1, &changed, &err) == ERR_INVALID &&
              strcmp(err.text, "more than 1024 recipients") == 0 && changed.len == 0,
          "and no more, for nobody could read it");
    free(to);
    buf_free(&sealed);
    buf_free(&more);
    buf_free(&changed);
}

static void test_header_size(const struct age_identity *me)
{
    struct buf sealed = {0}, more = {0}, changed = {0};
    struct slice payload;
    unsigned char file_key[AGE_FILE_KEY];
    struct err err;
    size_t filling;

    seal(HELLO, me, &sealed);
    if (age_header_open(buf_slice(&sealed), me, 1, file_key, &payload, NULL, &err) != ERR_OK)
        abort();
    filling = AGE_HEADER_MAX - (sealed.len - payload.len) - strlen("-> \n\n");
    buf_add_text(&more, "-> ");
    while (more.len < 3 + filling)
        buf_add_text(&more, "a");
    buf_add_text(&more, "\n\n");
    with_more(&sealed, me, buf_slice(&more), &changed);
    check(opens(buf_slice(&changed), me, HELLO), "a header of %d bytes opens", AGE_HEADER_MAX);
    more.len -= 2;
    buf_add_text(&more, "a\n\n");
    with_more(&sealed, me, buf_slice(&more), &changed);
    check(refused(buf_slice(&changed), me, ERR_FORMAT, NOT_VALID "a malformed end of the header"),
          "one byte more is not read");
    buf_free(&sealed);
    buf_free(&more);
    buf_free(&changed);
}

/* --- each kind's own stanza --- */

#define SHARE_BUT_ONE COLUMNS_32 "AAAAAAAAAA" /* 42 of 43 characters */

/* These were for this kind of key to understand: nobody may go on with the file. */
static void test_own_stanza(const struct age_identity *me, const char *type, int args)
{
    static const char first_arg[] = " AAAAAA "; /* of ssh: a tag */
    struct buf sealed = {0}, more = {0}, changed = {0};
    char text[100];

    seal(HELLO, me, &sealed);
    for (int i = 0; i < 5; i++) {
        static const char *const ends[] = {"", " a a a", " " SHARE_BUT_ONE, " " SHARE_BUT_ONE "B",
                                           " " SHARE_BUT_ONE "A a"};

        buf_clear(&more);
        buf_printf(&more, "-> %s%.*s%s\n\n", type, args == 3 ? 7 : 0, first_arg, ends[i]);
        with_more(&sealed, me, buf_slice(&more), &changed);
        snprintf(text, sizeof text, NOT_VALID "a wrong argument in its %s stanza", type);
        check(refused(buf_slice(&changed), me, ERR_FORMAT, text), "%s: a wrong argument, case %d",
              type, i);
    }
    for (int i = 0; i < 2; i++) {
        static const char *const bodies[] = {COLUMNS_32, COLUMNS_32 "AAAAAAAAAAAA"}; /* 24, 33 */

        buf_clear(&more);
        buf_printf(&more, "-> %s%.*s %s\n%s\n", type, args == 3 ? 7 : 0, first_arg,
                   SHARE_BUT_ONE "A", bodies[i]);
        with_more(&sealed, me, buf_slice(&more), &changed);
        snprintf(text, sizeof text, NOT_VALID "a wrong length in its %s stanza", type);
        check(refused(buf_slice(&changed), me, ERR_FORMAT, text), "%s: a wrong length, case %d",
              type, i);
    }
    buf_free(&sealed);
    buf_free(&more);
    buf_free(&changed);
}

static void test_ssh_tag(const struct keys *keys)
{
    struct buf sealed = {0}, changed = {0};
    char *body;

    seal(HELLO, &keys->mine[SSH], &sealed);
    body = sealed.data + (find(&sealed, "\n--- ") - sealed.data) - 43;
    body[0] = body[0] == 'A' ? 'B' : 'A';
    check(refused(buf_slice(&sealed), &keys->mine[SSH], ERR_FORMAT,
                  NOT_VALID "this key's tag, but not its file key, in its ssh-ed25519 stanza"),
          "an SSH stanza with one's own tag that does not open");
    check(refused(buf_slice(&sealed), &keys->theirs[SSH], ERR_LOCKED, not_sealed),
          "is nothing to somebody else");
    buf_free(&sealed);
    buf_free(&changed);
}

/* Points of low order give a shared secret that everybody knows. */
static void test_low_order(const struct keys *keys)
{
    static const unsigned char points[][AGE_KEY] = {
        {0},
        {1},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
         0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
         0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
         0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
         0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}};
    const struct age_identity *me = &keys->mine[X25519];
    struct buf sealed = {0}, changed = {0};
    char share[BASE64_ENCODED(AGE_KEY) + 1] = "", zero[BASE64_ENCODED(AGE_KEY) + 1] = "";

    seal(HELLO, me, &sealed);
    memcpy(share, find(&sealed, "X25519 ") + 7, sizeof share - 1);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        struct age_recipient to[] = {me->self, me->self};
        struct err err;

        memcpy(to[1].key, points[i], AGE_KEY);
        buf_clear(&changed);
        check(age_encrypt(HELLO, to, 2, &changed, &err) == ERR_INVALID && changed.len == 0 &&
                  strcmp(err.text, "a public key that gives no secrecy (low order)") == 0,
              "a recipient of low order: case %zu", i);
        base64_encode(zero, points[i], AGE_KEY);
        with_other(&sealed, share, zero, &changed);
        check(refused(buf_slice(&changed), me, ERR_FORMAT,
                      NOT_VALID "a share of low order in its X25519 stanza"),
              "a share of low order: case %zu", i);
    }
    buf_free(&sealed);
    buf_free(&changed);
}

static void test_passphrase_alone(const struct keys *keys)
{
    const struct age_identity *me = &keys->mine[PASSPHRASE];
    const struct age_recipient both[] = {keys->mine[X25519].self, me->self};
    struct buf sealed = {0}, changed = {0};
    struct err err;

    check(age_encrypt(HELLO, both, 2, &sealed, &err) == ERR_INVALID && sealed.len == 0 &&
              strcmp(err.text, "a passphrase beside other recipients") == 0,
          "a passphrase beside a key is not written");
    check(age_encrypt(HELLO, both, 0, &sealed, &err) == ERR_INVALID && sealed.len == 0 &&
              strcmp(err.text, "no recipients") == 0,
          "nor is a file to nobody");
    seal(HELLO, me, &sealed);
    with_more(&sealed, me, slice_of("-> a\n\n"), &changed);
    for (int kind = 0; kind < KINDS; kind++)
        check(refused(buf_slice(&changed), &keys->mine[kind], ERR_FORMAT,
                      NOT_VALID "a passphrase stanza beside others"),
              "nor is it read, whoever asks: %s", age_recipient_kind(&keys->mine[kind].self));
    buf_free(&sealed);
    buf_free(&changed);
}

static void test_work_factor_given(void)
{
    static const struct {
        unsigned work_factor, most;
        bool right;
    } cases[] = {{1, 1, true},    {18, 20, true},
                 {31, 31, true},  {0, 20, false},
                 {21, 20, false}, {1, 0, false},
                 {32, 32, false}, {18, 32, false},
                 {64, 64, false}, {UINT32_MAX, UINT32_MAX, false}};
    struct age_identity id;
    struct err err;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check((age_identity_of_passphrase(slice_of("p"), cases[i].work_factor, cases[i].most, &id,
                                          &err) == ERR_OK) == cases[i].right,
              "a work factor of %u, %u at most: %s", cases[i].work_factor, cases[i].most,
              cases[i].right ? "taken" : "refused");
    check(err.code == ERR_INVALID && strcmp(err.text, "a work factor out of bounds") == 0,
          "and why is said");
    check(age_identity_of_passphrase(slice_of(""), 18, 20, &id, &err) == ERR_INVALID &&
              strcmp(err.text, "an empty passphrase") == 0,
          "an empty passphrase is refused");
}

/* What a file asks for costs memory: it is bounded before it is given. */
static void test_work_factor_read(void)
{
    static const char *const wrong[] = {"0",
                                        "01",
                                        "+1",
                                        "-1",
                                        "1x",
                                        "1.",
                                        "",
                                        "32",
                                        "64",
                                        "99",
                                        "18446744073709551617",
                                        "9223372036854775818"};
    struct slice passphrase = slice_of("a passphrase");
    struct buf sealed = {0}, changed = {0};
    struct age_identity low, high;
    struct err err;

    if (age_identity_of_passphrase(passphrase, 1, 4, &low, &err) != ERR_OK ||
        age_identity_of_passphrase(passphrase, 5, AGE_WORK_FACTOR_MAX, &high, &err) != ERR_OK)
        abort();
    seal(HELLO, &high, &sealed);
    check(opens(buf_slice(&sealed), &high, HELLO), "a work factor of 5 opens where 20 may");
    check(refused(buf_slice(&sealed), &low, ERR_FORMAT,
                  NOT_VALID "a work factor that is too high in its scrypt stanza"),
          "and is refused where 4 may");
    with_other(&sealed, " 5\n", " 21\n", &changed);
    check(refused(buf_slice(&changed), &high, ERR_FORMAT,
                  NOT_VALID "a work factor that is too high in its scrypt stanza"),
          "a work factor of 21 is refused where 20 may");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[40];

        snprintf(line, sizeof line, " %s\n", wrong[i]);
        with_other(&sealed, " 5\n", line, &changed);
        check(
            refused(buf_slice(&changed), &high, ERR_FORMAT,
                    *wrong[i] ? NOT_VALID "a wrong work factor in its scrypt stanza" : bad_stanza),
            "a work factor of '%s'", wrong[i]);
    }
    with_other(&sealed, " 5\n", " 5 5\n", &changed);
    check(refused(buf_slice(&changed), &high, ERR_FORMAT,
                  NOT_VALID "a wrong argument in its scrypt stanza"),
          "two work factors");
    with_other(&sealed, " 5\n", "A 5\n", &changed);
    check(refused(buf_slice(&changed), &high, ERR_FORMAT,
                  NOT_VALID "a wrong argument in its scrypt stanza"),
          "a salt that is too long");
    with_other(&sealed, "\n--- ", "A\n--- ", &changed);
    check(refused(buf_slice(&changed), &high, ERR_FORMAT,
                  NOT_VALID "a wrong length in its scrypt stanza"),
          "a body that is too long");
    with_other(&sealed, " 5\n", " 4\n", &changed);
    check(refused(buf_slice(&changed), &high, ERR_LOCKED, not_sealed), "another work factor");
    buf_free(&sealed);
    buf_free(&changed);
}

int main(void)
{
    struct keys keys;

    if (sodium_init() < 0)
        return 1;
    keys_make(&keys);
    test_theirs(their_x25519, their_x25519_file, "an X25519 key");
    test_theirs(their_ssh, their_ssh_file, "an SSH key");
    test_sizes(&keys);
    test_several(&keys);
    test_sealed_to(&keys);
    test_fresh(&keys);
    test_every_bit(&keys);
    test_changed(&keys.mine[X25519]);
    test_all_or_nothing(&keys.mine[X25519]);
    test_stream();
    test_chunks_moved(&keys.mine[X25519]);
    test_grammar(&keys.mine[X25519]);
    test_end(&keys.mine[X25519]);
    test_stanza_count(&keys.mine[X25519]);
    test_header_size(&keys.mine[X25519]);
    test_own_stanza(&keys.mine[X25519], "X25519", 2);
    test_own_stanza(&keys.mine[SSH], "ssh-ed25519", 3);
    test_ssh_tag(&keys);
    test_low_order(&keys);
    test_passphrase_alone(&keys);
    test_work_factor_given();
    test_work_factor_read();
    return tap_done();
}
