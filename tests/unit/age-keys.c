/* lib/age: keys as people write them, identity files, and that no message repeats what was given.
 */
#include "age/age.h"
#include "base/bech32.h"
#include "some_keys.h"
#include "tap.h"
#include "theirs.h"

#include <sodium.h>
#include <string.h>

#define MARK "QX7Z"

/* Of a text, whatever was done with it: the mark that stands in the input does not stand in what is
 * said of it. */
static bool is_discreet(const struct err *err)
{
    bool good = err->code != ERR_OK && err->text[0] != '\0' && !strstr(err->text, MARK) &&
                !strstr(err->text, "qx7z");

    for (int which = 0; which < ERR_DETAILS; which++)
        good = good && !strstr(err_get(err, (enum err_detail)which), MARK) &&
               !strstr(err_get(err, (enum err_detail)which), "qx7z");
    return good;
}

static bool writes(const struct age_recipient *to, const char *expected)
{
    struct buf out = {0};
    bool right;

    age_recipient_write(to, &out);
    right = slice_is(buf_slice(&out), expected);
    buf_free(&out);
    return right;
}

static void test_theirs(void)
{
    struct age_recipient x25519, ssh, again;
    struct arena arena = {0};
    struct age_identity *ids;
    char text[AGE_IDENTITY_TEXT + 1];
    struct err err;
    size_t count;

    check(age_recipient_read(slice_of(THEIR_X25519_PUBLIC), &x25519, &err) == ERR_OK &&
              writes(&x25519, THEIR_X25519_PUBLIC) &&
              strcmp(age_recipient_kind(&x25519), "X25519") == 0,
          "age-keygen's public key is read and written");
    check(age_recipient_read(slice_of(THEIR_SSH_PUBLIC), &ssh, &err) == ERR_OK &&
              writes(&ssh, THEIR_SSH_PUBLIC) &&
              strcmp(age_recipient_kind(&ssh), "ssh-ed25519") == 0,
          "ssh-keygen's public key is read and written");
    check(age_recipient_read(slice_of(THEIR_SSH_PUBLIC " a comment "), &again, &err) == ERR_OK &&
              age_recipient_equal(&ssh, &again) && writes(&again, THEIR_SSH_PUBLIC),
          "and with a comment is the same");
    check(!age_recipient_equal(&x25519, &ssh), "the two are not");
    check(age_identity_file_read(slice_of(their_x25519), &arena, &ids, &count, &err) == ERR_OK &&
              count == 1 && age_recipient_equal(&ids->self, &x25519),
          "age-keygen's identity has that public half");
    age_identity_write(ids, text);
    check(strlen(text) == AGE_IDENTITY_TEXT && strstr(their_x25519, text),
          "and is written as it was");
    check(age_identity_file_read(slice_of(their_ssh), &arena, &ids, &count, &err) == ERR_OK &&
              count == 1 && age_recipient_equal(&ids->self, &ssh),
          "ssh-keygen's private key has that public half");
    arena_free(&arena);
}

static void test_made(void)
{
    struct age_identity a, b, again;
    char text[AGE_IDENTITY_TEXT + 1];
    struct err err;

    age_identity_make(&a);
    age_identity_make(&b);
    check(memcmp(a.secret, b.secret, AGE_KEY) != 0 && !age_recipient_equal(&a.self, &b.self),
          "two new identities differ");
    age_identity_write(&a, text);
    check(age_identity_read(slice_of(text), &again, &err) == ERR_OK &&
              memcmp(a.secret, again.secret, AGE_KEY) == 0 &&
              age_recipient_equal(&a.self, &again.self),
          "a new identity comes back from its text");
}

static void test_passphrase_has_no_text(const struct age_identity *passphrase)
{
    check(writes(&passphrase->self, "") &&
              strcmp(age_recipient_kind(&passphrase->self), "scrypt") == 0,
          "a passphrase is not written");
    check(!age_recipient_equal(&passphrase->self, &passphrase->self),
          "and is no public key that could be another's");
}

static void test_post_quantum(void)
{
    struct age_identity id, again;
    struct age_recipient to;
    struct buf text = {0}, file = {0}, plain = BUF_SECRET;
    char line[AGE_IDENTITY_TEXT_MAX + 1];
    struct err err = {0};

#ifdef AGE_HAS_PQ
    check(age_identity_make_pq(&id, &err) == ERR_OK &&
              strcmp(age_recipient_kind(&id.self), "mlkem768x25519") == 0,
          "a post-quantum identity is made");
    age_recipient_write(&id.self, &text);
    age_identity_write(&id, line);
    check(text.len == 1959 && strlen(line) == AGE_IDENTITY_TEXT_MAX, "as text of age's lengths");
    check(age_recipient_read(buf_slice(&text), &to, &err) == ERR_OK &&
              age_recipient_equal(&to, &id.self) &&
              age_identity_read(slice_of(line), &again, &err) == ERR_OK &&
              age_recipient_equal(&again.self, &id.self),
          "both come back");
    check(age_encrypt(slice_of("plain"), &to, 1, &file, &err) == ERR_OK &&
              age_decrypt(buf_slice(&file), &again, 1, &plain, &err) == ERR_OK &&
              slice_is(buf_slice(&plain), "plain"),
          "what is encrypted to it, it opens");
    check(age_identity_make_pq(&again, &err) == ERR_OK &&
              age_decrypt(buf_slice(&file), &again, 1, &plain, &err) == ERR_LOCKED &&
              !age_recipient_equal(&again.self, &id.self),
          "and no other does");
    text.data[1000] = text.data[1000] == 'q' ? 'p' : 'q';
    check(age_recipient_read(buf_slice(&text), &to, &err) == ERR_INVALID,
          "a typing error is found");
#else
    (void)again, (void)to, (void)line;
    check(age_identity_make_pq(&id, &err) == ERR_INVALID && strstr(err.text, "1.0.22"),
          "a libsodium without X-Wing is named");
#endif
    buf_free(&text);
    buf_free(&file);
    buf_free(&plain);
}

/* --- refusals --- */

static const char secret_key[] = "that is a secret key: give the public one, age1…";
static const char damaged_plugin[] = "a damaged plugin public key: is all of it there?";
static const char damaged_pq[] = "a damaged mlkem768x25519 public key: is all of it there?";
static const char other_ssh[] = "only ssh-ed25519 is supported for SSH keys";
static const char bad_age[] = "a damaged X25519 public key: is all of it there?";
static const char bad_ssh[] = "a damaged ssh-ed25519 public key: is all of it there?";
static const char no_key[] = "not a public key: it begins with age1 or ssh-ed25519";

static void no_recipient(const char *text, const char *said)
{
    struct age_recipient to;
    struct err err = {0};

    if (!check(age_recipient_read(slice_of(text), &to, &err) == ERR_INVALID &&
                   strcmp(err.text, said) == 0 && is_discreet(&err),
               "no public key: %s", said))
        printf("# said: %s\n", err.text);
}

static void test_no_recipient(void)
{
    char upper[] = THEIR_X25519_PUBLIC, long_key[200], wire[100];
    unsigned char data[40] = {0};
    static const unsigned char low_order[51] = "\0\0\0\013ssh-ed25519\0\0\0\040\001";

    no_recipient("", no_key);
    no_recipient("age", no_key);
    no_recipient(MARK, no_key);
    no_recipient("bob@example.org " MARK, no_key);
    no_recipient(" " THEIR_X25519_PUBLIC, no_key);
    no_recipient("ecdsa-sha2-nistp256 AAAA" MARK, other_ssh);
    no_recipient("age1", bad_age);
    no_recipient("age1" MARK, bad_age);
    no_recipient(THEIR_X25519_PUBLIC " ", bad_age);
    no_recipient(THEIR_X25519_PUBLIC "\n", bad_age);
    no_recipient("Age1ngram4s6ksach570dc0cc02qurssm38hma9c6nr3wvzevgk0x5psjfatr8", no_key);
    for (char *at = upper; *at; at++)
        *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 32) : *at;
    no_recipient(upper, no_key);
    bech32_encode(long_key, "age", data, 31);
    no_recipient(long_key, bad_age);
    bech32_encode(long_key, "age", data, 33);
    no_recipient(long_key, bad_age);
    bech32_encode(long_key, "age1pq", data, 40);
    no_recipient(long_key, damaged_pq);
    no_recipient("age1pq1" MARK, damaged_pq);
    no_recipient("age1" MARK "1x", damaged_plugin);
    no_recipient("age1\x1B[31m" MARK "1", damaged_plugin);
    bech32_encode(long_key, "age1../a", data, 33);
    no_recipient(long_key, damaged_plugin);
    bech32_encode(long_key, "age1", data, 33);
    no_recipient(long_key, damaged_plugin);
    no_recipient("AGE-SECRET-KEY-1" MARK, secret_key);
    no_recipient("AGE-PLUGIN-" MARK, secret_key);
    no_recipient("ssh-rsa AAAA" MARK, other_ssh);
    no_recipient("ssh-dss AAAA" MARK, other_ssh);
    no_recipient("ssh-ed25519", other_ssh);
    no_recipient("ssh-ed25519 ", bad_ssh);
    no_recipient("ssh-ed25519 AAAA" MARK, bad_ssh);
    no_recipient(
        "ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAIBH4HMMBGwYl4uI5AKgtGtfpVXUPwHxUlTIgve+JjQCc",
        bad_ssh);
    no_recipient(THEIR_SSH_PUBLIC "A", bad_ssh);
    no_recipient(THEIR_SSH_PUBLIC "\t" MARK, bad_ssh);
    no_recipient("ssh-ed25519 BAAAC3NzaC1lZDI1NTE5AAAAIBH4HMMBGwYl4uI5AKgtGtfpVXUPwHxUlTIgve+JjQCc",
                 bad_ssh);
    memcpy(wire, "ssh-ed25519 ", 12);
    base64_encode(wire + 12, low_order, sizeof low_order);
    wire[80] = '\0';
    no_recipient(wire, bad_ssh);
}

static const char public_key[] = "a public key, where a secret one belongs";
static const char bad_identity[] = "a damaged identity: is all of it there?";
static const char no_age_identity[] = "not an age identity: it begins with AGE-SECRET-KEY-1";

static void no_identity(const char *text, const char *said)
{
    static const unsigned char nothing[AGE_KEY];
    struct age_identity id;
    struct err err = {0};

    if (!check(age_identity_read(slice_of(text), &id, &err) == ERR_INVALID &&
                   strcmp(err.text, said) == 0 && is_discreet(&err) &&
                   memcmp(id.secret, nothing, AGE_KEY) == 0,
               "no identity: %s", said))
        printf("# said: %s\n", err.text);
}

static void test_no_identity(void)
{
    char text[200];
    unsigned char data[40] = {0};
    struct age_identity id;

    no_identity("", no_age_identity);
    no_identity(MARK, no_age_identity);
    no_identity("AGE-SECRET-KEY-" MARK, no_age_identity);
    no_identity("AGE-SECRET-KEY-1", bad_identity);
    no_identity("AGE-SECRET-KEY-1" MARK, bad_identity);
    no_identity("age-secret-key-1" MARK, no_age_identity);
    no_identity(THEIR_X25519_PUBLIC, public_key);
    no_identity("age1" MARK, public_key);
    no_identity(THEIR_SSH_PUBLIC, no_age_identity);
    no_identity("AGE-SECRET-KEY-PQ-1" MARK, bad_identity);
    no_identity("AGE-PLUGIN-YUBIKEY-1" MARK, bad_identity);
    no_identity("AGE-PLUGIN-" MARK "-1" MARK, bad_identity);
    no_identity("-----BEGIN RSA PRIVATE KEY-----",
                "the only PEM files supported are OpenSSH private keys");
    bech32_encode(text, "AGE-SECRET-KEY-", data, 31);
    no_identity(text, bad_identity);
    bech32_encode(text, "AGE-SECRET-KEY-", data, 33);
    no_identity(text, bad_identity);
    bech32_encode(text, "AGE-SECRET-KEY-1X", data, 32);
    no_identity(text, bad_identity);
    age_identity_make(&id);
    age_identity_write(&id, text);
    text[20] = text[20] == 'Q' ? 'P' : 'Q';
    no_identity(text, bad_identity);
    text[AGE_IDENTITY_TEXT - 1] = '\0';
    no_identity(text, bad_identity);
}

/* --- identity files --- */

static void test_files(void)
{
    struct age_identity made[3];
    char text[3][AGE_IDENTITY_TEXT + 1];
    struct arena arena = {0};
    struct age_identity *ids;
    struct err err;
    size_t count;

    for (int i = 0; i < 3; i++) {
        age_identity_make(&made[i]);
        age_identity_write(&made[i], text[i]);
    }
    for (int form = 0; form < 5; form++) {
        static const char *const forms[] = {"%s\n%s\n%s\n", "%s\n%s\n%s", "%s\r\n%s\r\n%s\r\n",
                                            "# a comment\n\n%s\n#\n%s\n\n\n%s\n# \xFF\n",
                                            "\n\r\n#\r\n%s\n%s\r\n#AGE-SECRET-KEY-1\n%s\n\n"};
        struct buf file = {0};
        bool right;

        buf_printf(&file, forms[form], text[0], text[1], text[2]);
        right = age_identity_file_read(buf_slice(&file), &arena, &ids, &count, &err) == ERR_OK &&
                count == 3;
        for (int i = 0; right && i < 3; i++)
            right = memcmp(ids[i].secret, made[i].secret, AGE_KEY) == 0 &&
                    age_recipient_equal(&ids[i].self, &made[i].self);
        check(right, "three keys in order: form %d", form);
        buf_free(&file);
    }
    arena_free(&arena);
}

/* The public half below a comment is the comment's, until it is settled. */
static void test_claims(void)
{
    enum { MADE = 4 };
    static const char form[] = /* right, another's, none, and what only looks like one */
        "# created: now\n# public key: %s\n%s\n# public key: %s\n# and more\n\n%s\n%s\n"
        "# public key: age1\n# public key:\n#public key: %s\n%s\n";
    struct age_identity made[MADE], *ids;
    char text[MADE][AGE_IDENTITY_TEXT + 1];
    struct buf public[MADE] = {{0}}, file = {0};
    struct arena arena = {0};
    struct err err;
    size_t count;

    for (int i = 0; i < MADE; i++) {
        age_identity_make(&made[i]);
        age_identity_write(&made[i], text[i]);
        age_recipient_write(&made[i].self, &public[i]);
        buf_add(&public[i], "", 1);
    }
    buf_printf(&file, form, public[0].data, text[0], public[0].data, text[1], text[2],
               public[0].data, text[3]);
    check(age_identity_file_claims(buf_slice(&file), &arena, &ids, &count, &err) == ERR_OK &&
              count == MADE && ids[0].claimed && ids[1].claimed && !ids[2].claimed &&
              !ids[3].claimed,
          "a claim is of the next key, and one that is no key is none");
    check(age_recipient_equal(&ids[0].self, &made[0].self) &&
              age_recipient_equal(&ids[1].self, &made[0].self) &&
              age_recipient_equal(&ids[2].self, &made[2].self) &&
              age_recipient_equal(&ids[3].self, &made[3].self),
          "it stands for the public half, which is computed where there is none");
    for (int i = 0; i < MADE; i++) {
        age_identity_settle(&ids[i]);
        check(!ids[i].claimed && age_recipient_equal(&ids[i].self, &made[i].self),
              "settled, key %d has its own", i);
    }
    check(age_identity_file_read(buf_slice(&file), &arena, &ids, &count, &err) == ERR_OK &&
              !ids[1].claimed && age_recipient_equal(&ids[1].self, &made[1].self),
          "who does not ask for claims gets none");
    for (int i = 0; i < MADE; i++)
        buf_free(&public[i]);
    buf_free(&file);
    arena_free(&arena);
}

static void no_file(struct slice text, const char *said, bool has_hint)
{
    struct arena arena = {0};
    struct age_identity *ids;
    struct err err = {0};
    size_t count;

    if (!check(age_identity_file_read(text, &arena, &ids, &count, &err) == ERR_INVALID &&
                   strcmp(err.text, said) == 0 && is_discreet(&err) &&
                   (err.reason != ERR_REASON_NONE) == has_hint,
               "no identity file: %s", said))
        printf("# said: %s\n", err.text);
    arena_free(&arena);
}

static void test_no_files(void)
{
    static char huge[AGE_IDENTITY_FILE_MAX + 1];
    static const unsigned char seed[32] = MARK;
    struct buf file = {0};
    struct openssh_parts parts;

    no_file(slice_of(""), "there is no identity in it", false);
    no_file(slice_of("\n\r\n# AGE-SECRET-KEY-1" MARK "\n"), "there is no identity in it", false);
    no_file(slice_of(MARK "\n"), "line 1: not an age identity: it begins with AGE-SECRET-KEY-1",
            false);
    no_file(slice_of("#\n\nAGE-SECRET-KEY-1" MARK "\n"),
            "line 3: a damaged identity: is all of it there?", false);
    no_file(slice_of("#\r\nage1" MARK "\r\n"), "line 2: a public key, where a secret one belongs",
            false);
    no_file(slice_of("AGE-PLUGIN-YUBIKEY-1" MARK),
            "line 1: a damaged identity: is all of it there?", false);
    buf_add_text(&file, their_x25519);
    buf_add_text(&file, " " MARK);
    no_file(buf_slice(&file), "line 4: not an age identity: it begins with AGE-SECRET-KEY-1",
            false);
    no_file(slice_of("-----BEGIN RSA PRIVATE KEY-----\n" MARK),
            "line 1: the only PEM files supported are OpenSSH private keys", false);
    no_file(slice_of("-----BEGIN OPENSSH PRIVATE KEY-----\n" MARK),
            "a damaged SSH private key: is all of it there?", false);
    memset(huge, '\n', sizeof huge);
    no_file((struct slice){huge, sizeof huge - 1}, "there is no identity in it", false);
    no_file((struct slice){huge, sizeof huge}, "over 1048576 bytes", false);

    openssh_sound(&parts, seed);
    parts.comment = slice_of(MARK);
    parts.cipher = slice_of("aes256-ctr" MARK);
    buf_clear(&file);
    openssh_write(&parts, &file);
    no_file(buf_slice(&file), "this SSH key has a passphrase", true);
    openssh_sound(&parts, seed);
    parts.public_type = slice_of("ssh-" MARK);
    buf_clear(&file);
    openssh_write(&parts, &file);
    no_file(buf_slice(&file), "only ssh-ed25519 is supported for SSH keys", false);
    buf_free(&file);
}

int main(void)
{
    struct keys keys;

    if (sodium_init() < 0)
        return 1;
    keys_make(&keys);
    test_theirs();
    test_made();
    test_passphrase_has_no_text(&keys.mine[PASSPHRASE]);
    test_post_quantum();
    test_no_recipient();
    test_no_identity();
    test_files();
    test_claims();
    test_no_files();
    return tap_done();
}
