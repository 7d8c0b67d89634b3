/* lib/openssh: a key as ssh-keygen writes it, and every part of one made wrong. */
#include "age/openssh.h"
#include "openssh_key.h"
#include "tap.h"
#include "theirs.h"

static const unsigned char seed[32] = "a seed that is for the tests....";

static const char damaged[] = "a damaged SSH private key: is all of it there?";
static const char of_another_type[] = "only ssh-ed25519 is supported for SSH keys";
static const char locked[] = "this SSH key has a passphrase";

static void test_ssh_keygen(void)
{
    const char *base64 = &THEIR_SSH_PUBLIC[sizeof "ssh-ed25519"];
    unsigned char pair[64], wire[51];
    struct err err;

    check(openssh_is_private_key(slice_of(their_ssh)), "a key of ssh-keygen's is seen as one");
    check(openssh_ed25519_read(slice_of(their_ssh), pair, &err) == ERR_OK, "and read");
    check(base64_decode(wire, base64, strlen(base64)) && memcmp(pair + 32, wire + 19, 32) == 0,
          "its public half is what ssh-keygen says");
}

static enum err_code read_parts(const struct openssh_parts *p, unsigned char pair[64],
                                struct err *err)
{
    struct buf text = {0};
    enum err_code code;

    openssh_write(p, &text);
    code = openssh_ed25519_read(buf_slice(&text), pair, err);
    buf_free(&text);
    return code;
}

static void accepted(const struct openssh_parts *p, const char *what)
{
    unsigned char pair[64];
    struct err err;

    check(read_parts(p, pair, &err) == ERR_OK && memcmp(pair, p->pair_bytes, 64) == 0,
          "accepted: %s", what);
}

static void refused(const struct openssh_parts *p, const char *said, const char *what)
{
    static const unsigned char nothing[64];
    unsigned char pair[64];
    struct err err = {0};
    enum err_code code = read_parts(p, pair, &err);

    check(code == ERR_INVALID && err.code == code && strcmp(err.text, said) == 0 &&
              memcmp(pair, nothing, 64) == 0,
          "refused: %s", what);
    check((err.reason == ERR_REASON_SSH_PASSPHRASE) == (said == locked),
          "with a reason where one helps: %s", what);
}

#define accepts(change) (openssh_sound(&p, seed), (change), accepted(&p, #change))
#define refuses(said, change) (openssh_sound(&p, seed), (change), refused(&p, said, #change))

static void test_forms(void)
{
    struct openssh_parts p;

    accepts(p.comment = slice_of(""));
    accepts(p.comment = slice_of("c"));
    accepts(p.comment = slice_of("12345"));
    accepts(p.comment = slice_of("a rather long comment, with an \xC3\xA9 in it"));
    accepts(p.line_end = "\r\n");
    accepts(p.columns = 1);
    accepts(p.columns = 4000);
    accepts(p.check1 = p.check2 = 0xFFFFFFFF);
}

static void test_refusals(void)
{
    static const unsigned char other[64] = {1};
    struct openssh_parts p;

    refuses(damaged, p.begin = "-----BEGIN RSA PRIVATE KEY-----");
    refuses(damaged, p.begin = " -----BEGIN OPENSSH PRIVATE KEY-----");
    refuses(damaged, p.end = "-----END RSA PRIVATE KEY-----");
    refuses(damaged, p.end = " -----END OPENSSH PRIVATE KEY-----");
    refuses(damaged, p.magic = slice_of("openssh-key-v1 "));
    refuses(damaged, p.magic.len--);
    refuses(damaged, p.keys = 0);
    refuses(damaged, p.keys = 2);
    refuses(of_another_type, p.public_type = slice_of("ssh-rsa"));
    refuses(of_another_type, p.public_type = slice_of("ssh-ed25519x"));
    refuses(locked, p.cipher = slice_of("aes256-ctr"));
    refuses(damaged, p.kdf = slice_of("bcrypt"));
    refuses(damaged, p.options = slice_of("x"));
    refuses(damaged, p.public_key.len = 31);
    refuses(damaged, p.public_key.at = (const char *)other);
    refuses(damaged, p.behind_public = slice_of("x"));
    refuses(damaged, p.check1++);
    refuses(damaged, p.type = slice_of("ssh-ed2551"));
    refuses(damaged, p.key.len = 31);
    refuses(damaged, p.key.at = (const char *)other);
    refuses(damaged, p.pair.len = 63);
    refuses(damaged, p.pair.len = 32);
    refuses(damaged, p.pair_bytes[0] ^= 1);
    refuses(damaged, p.pair_bytes[63] ^= 1);
    refuses(damaged, p.first_padding = 2);
    refuses(damaged, p.behind_padding = slice_of("\5")); /* there are four already */
    refuses(damaged, p.behind_padding = slice_of("\5\6\7\10\11\12\13\14"));
    refuses(damaged, p.behind = slice_of("x"));
}

/* Both halves of another pair: sound in itself, but not the key that the file names. */
static void test_exchanged(void)
{
    struct openssh_parts p, q;
    unsigned char other[32];

    memcpy(other, seed, sizeof other);
    other[0] ^= 1;
    openssh_sound(&p, seed);
    openssh_sound(&q, other);
    p.pair = q.pair;
    refused(&p, damaged, "another pair");
    p.key = q.key;
    refused(&p, damaged, "another pair and public key");
    p.public_key = q.public_key;
    memcpy(p.pair_bytes, q.pair_bytes, 64);
    accepted(&p, "all three");
}

/* A comment may be any; nothing else may. */
static void test_every_byte(void)
{
    struct openssh_parts p;
    struct buf text = {0};
    unsigned char pair[64];
    struct err err;
    long other_pairs = 0, read = 0, tried = 0;

    openssh_sound(&p, seed);
    openssh_write(&p, &text);
    for (size_t place = 0; place < text.len; place++)
        for (int bit = 0; bit < 8; bit++) {
            bool same;

            text.data[place] ^= (char)(1 << bit);
            same = openssh_ed25519_read(buf_slice(&text), pair, &err) == ERR_OK;
            read += same;
            other_pairs += same && memcmp(pair, p.pair_bytes, 64) != 0;
            tried++;
            text.data[place] ^= (char)(1 << bit);
        }
    check(other_pairs == 0 && read > 0 && read < tried / 10,
          "each bit: of %ld files %ld are read, none as another key", tried, read);
    read = 0;
    for (size_t len = 0; len < text.len - 1; len++)
        read += openssh_ed25519_read((struct slice){text.data, len}, pair, &err) == ERR_OK;
    check(read == 0, "no part of it is read");
    buf_free(&text);
}

static void test_size(void)
{
    static char comment[OPENSSH_FILE_MAX];
    struct openssh_parts p;

    memset(comment, 'c', sizeof comment);
    openssh_sound(&p, seed);
    p.comment = (struct slice){comment, 10000};
    accepted(&p, "a file of 14 KB");
    p.comment.len = sizeof comment;
    refused(&p, damaged, "a file that is too large");
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_ssh_keygen();
    test_forms();
    test_refusals();
    test_exchanged();
    test_every_byte();
    test_size();
    return tap_done();
}
