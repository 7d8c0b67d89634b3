/* No branch and no address depends on a secret. valgrind takes the secret for memory that nobody
 * has written, and complains of each branch on it (as ctgrind does); what the library says of a
 * secret on purpose is in DECIDED. Two cases are wrong, and must be found. usage: valgrind
 * --error-exitcode=99 secrets CASE; secrets lists the cases, or says that it cannot */
#include "decided.h"

#include "../unit/scene.h"
#include "age/openssh.h"
#include "vault/seal.h"

enum { SEED = 32 };

static volatile unsigned char seen;

/* For valgrind.t. */
static void lose(void)
{
    char *block = malloc(SEED);

    must(block != NULL);
    block[0] = 1;
    seen = (unsigned char)block[0]; /* NOLINT(clang-analyzer-unix.Malloc): on purpose */
}

#ifdef HAS_MEMCHECK

static void poison(void *at, size_t len)
{
    VALGRIND_MAKE_MEM_UNDEFINED(at, len);
}

static void publish(void *at, size_t len)
{
    VALGRIND_MAKE_MEM_DEFINED(at, len);
}

/* What came out is secret as well, or the case would show nothing. */
static void must_be_secret(const void *at, size_t len)
{
    unsigned char unknown[2048] = {0}, any = 0;

    must(len <= sizeof unknown);
    (void)VALGRIND_GET_VBITS(at, unknown, len);
    for (size_t i = 0; i < len; i++)
        any |= unknown[i];
    must(!RUNNING_ON_VALGRIND || any);
}

/* ---- text ---- */

static void test_base64(void)
{
    unsigned char bytes[100], again[100];
    char text[BASE64_ENCODED(sizeof bytes)];

    for (size_t len = 1; len <= sizeof bytes; len++) {
        randombytes_buf(bytes, len);
        poison(bytes, len);
        base64_encode(text, bytes, len);
        must_be_secret(text, BASE64_ENCODED(len));
        must(base64_decode(again, text, BASE64_ENCODED(len)));
        must_be_secret(again, len);
        publish(bytes, len);
        publish(again, len);
        must(memcmp(bytes, again, len) == 0);
    }
}

static void test_identity(void)
{
    static const char prefix[] = "AGE-SECRET-KEY-1";
    struct age_identity id, again;
    char text[AGE_IDENTITY_TEXT + 1];
    struct err err;

    age_identity_make(&id);
    poison(id.secret, sizeof id.secret);
    age_identity_write(&id, text);
    must_be_secret(text + sizeof prefix, AGE_KEY);
    must(memcmp(text, prefix, sizeof prefix - 1) == 0);
    must(age_identity_read((struct slice){text, AGE_IDENTITY_TEXT}, &again, &err) == ERR_OK);
    must_be_secret(again.secret, sizeof again.secret);
    publish(&again, sizeof again);
    publish(&id, sizeof id);
    must(memcmp(again.secret, id.secret, AGE_KEY) == 0);
}

/* The line of the text that holds the seed, but for the characters that hold something else too. */
static void test_openssh(void)
{
    unsigned char seed[SEED], pair[OPENSSH_ED25519_PAIR];
    enum { LINE = 70, AT = 161 }; /* where the seed is in the blob: see openssh_sound */
    struct openssh_parts parts;
    struct buf text = {0};
    struct err err;
    size_t first = sizeof "-----BEGIN OPENSSH PRIVATE KEY-----";

    randombytes_buf(seed, sizeof seed);
    openssh_sound(&parts, seed);
    openssh_write(&parts, &text);
    must(buf_ok(&text));
    for (size_t i = (AT * 4 + 2) / 3 + 1; i < (AT + SEED) * 4 / 3 - 1; i++)
        poison(text.data + first + i + i / LINE, text.data[first + i + i / LINE] != '\n');
    must(openssh_ed25519_read(buf_slice(&text), pair, &err) == ERR_OK);
    must_be_secret(pair, SEED);
    publish(pair, sizeof pair);
    must(memcmp(pair, seed, SEED) == 0);
    buf_free(&text);
}

/* ---- keys ---- */

static void test_unwrap(void)
{
    unsigned char file_key[AGE_FILE_KEY];
    struct age_identity id;
    struct slice payload;
    struct buf file = {0};
    struct err err;

    age_identity_make(&id);
    must(age_encrypt(slice_of("plain"), &id.self, 1, &file, &err) == ERR_OK);
    poison(id.secret, sizeof id.secret);
    must(age_header_open(buf_slice(&file), &id, 1, file_key, &payload, NULL, &err) == ERR_OK);
    must_be_secret(file_key, sizeof file_key);
    buf_free(&file);
}

/* An environment that nobody has put in a file, and whose key is secret. */
static struct seal_env an_env(struct seal_keys *keys)
{
    unsigned char env[SEAL_KEY];

    randombytes_buf(env, sizeof env);
    poison(env, sizeof env);
    seal_derive(keys, env);
    must_be_secret(keys->value, sizeof keys->value);
    publish(keys->fingerprint, sizeof keys->fingerprint);
    must(strlen(keys->inbox_key) == SEAL_INBOX_KEY_TEXT);
    return (struct seal_env){.id = slice_of("id"), .name = slice_of("dev"), .keys = keys};
}

/* Of each length, so that the padding ends everywhere. */
static void test_value(void)
{
    struct seal_keys keys;
    struct seal_env e = an_env(&keys);
    char plain[70];
    struct buf scratch = BUF_SECRET, text = {0};
    struct err err;

    memset(plain, 'x', sizeof plain);
    poison(plain, sizeof plain);
    for (size_t len = 0; len <= sizeof plain; len++) {
        struct seal_value value = {.value = {plain, len}, .author = slice_of("me")}, opened;
        struct doc_item item = {.name = slice_of("KEY")};
        struct arena arena = {0};

        must(seal_value_make(&e, slice_of("db"), item.name, &value, &scratch, &text, &err) ==
             ERR_OK);
        item.part[0] = buf_slice(&text);
        must(seal_value_open(&e, slice_of("db"), &item, &arena, &opened, &err) == ERR_OK);
        must(opened.value.len == len);
        if (len > 0)
            must_be_secret(opened.value.at, len);
        arena_free(&arena);
    }
    buf_free(&scratch);
    buf_free(&text);
}

static void test_seal(void)
{
    struct seal_keys keys;
    struct seal_env e = an_env(&keys);
    char seal[DOC_SEAL_TEXT];
    struct doc_item reader = {.name = slice_of("bob")};

    reader.part[0] = slice_of("age1");
    reader.part[1] = slice_of("file");
    seal_reader(&e, reader.name, reader.part[0], reader.part[1], seal);
    must_be_secret(seal, sizeof seal);
    reader.part[2] = (struct slice){seal, sizeof seal};
    must(seal_reader_verify(&e, &reader));
    seal[3] = (char)(seal[3] ^ 1);
    must(!seal_reader_verify(&e, &reader));
}

static void test_past(void)
{
    struct seal_keys keys;
    struct seal_env e = an_env(&keys);
    struct seal_past past = {.rotated_at = 5}, again;
    struct doc_item item = {.name = slice_of("1")};
    char text[SEAL_PAST_TEXT];
    struct err err;

    poison(past.env, sizeof past.env);
    seal_past_set_author(&past, slice_of("me"));
    item.part[0] = seal_past_make(&e, item.name, &past, text);
    must(seal_past_open(&e, &item, &again, &err) == ERR_OK);
    must_be_secret(again.env, sizeof again.env);
}

/* ---- what must be found ---- */

static void leaky_branch(void)
{
    unsigned char key[SEED];

    randombytes_buf(key, sizeof key);
    poison(key, sizeof key);
    if (key[3] > 100)
        seen = 1;
}

static void leaky_index(void)
{
    static const unsigned char table[256] = {1, 2, 3};
    unsigned char key[SEED];

    randombytes_buf(key, sizeof key);
    poison(key, sizeof key);
    seen = table[key[3]];
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {{"base64", test_base64}, {"identity", test_identity},    {"openssh", test_openssh},
             {"unwrap", test_unwrap}, {"value", test_value},          {"seal", test_seal},
             {"past", test_past},     {"leaky-branch", leaky_branch}, {"leaky-index", leaky_index},
             {"lose", lose}};

int main(int argc, char **argv)
{
    must(sodium_init() >= 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc < 2 && cases[i].run != lose)
            puts(cases[i].name);
        else if (argc > 1 && strcmp(argv[1], cases[i].name) == 0)
            return cases[i].run(), 0;
    return argc > 1;
}

#else

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "lose") == 0)
        lose();
    else
        puts("without memcheck.h");
    return 0;
}

#endif
