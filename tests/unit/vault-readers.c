/* libvault: who reads an environment, and what opens it: identities in their order, passphrases
 * that are stretched once, and a prompt. */
#include "scene.h"

#include <sys/stat.h>

/* --- in place of libsodium's scrypt: a quick hash, and a count --- */

static int stretched;
static uint64_t stretched_n;

int crypto_pwhash_scryptsalsa208sha256_ll(const uint8_t *passwd, size_t passwdlen,
                                          const uint8_t *salt, size_t saltlen, uint64_t N,
                                          uint32_t r, uint32_t p, uint8_t *buf, size_t buflen)
{
    crypto_generichash_state hash;

    (void)r;
    (void)p;
    stretched++;
    stretched_n = N;
    crypto_generichash_init(&hash, NULL, 0, buflen);
    crypto_generichash_update(&hash, passwd, passwdlen);
    crypto_generichash_update(&hash, salt, saltlen);
    return crypto_generichash_final(&hash, buf, buflen);
}

static int stretches(void)
{
    int n = stretched;

    stretched = 0;
    return n;
}

/* --- people, and a person at the prompt --- */

static struct person me, bob, carol;

struct prompted {
    const char *answers[4];
    int asked;
    char env[80], readers[256];
};

static int answer(void *user, const char *env, const char *readers, int attempt, char *out,
                  size_t size)
{
    struct prompted *p = user;
    const char *text = p->answers[attempt];

    must(attempt == p->asked);
    p->asked++;
    snprintf(p->env, sizeof p->env, "%s", env);
    snprintf(p->readers, sizeof p->readers, "%s", readers);
    if (!text)
        return -1;
    must(strlen(text) <= size);
    memcpy(out, text, strlen(text));
    return (int)strlen(text);
}

/* Says that it has written more than there was room for. */
static int answer_too_much(void *user, const char *env, const char *readers, int attempt, char *out,
                           size_t size)
{
    (void)user;
    (void)env;
    (void)readers;
    (void)attempt;
    memset(out, 'x', size);
    return (int)size + 1;
}

static vault *open_asking(struct prompted *p, const char *path)
{
    vault *v = open_as(NULL, path);

    vault_set_prompt(v, answer, p);
    return v;
}

static vault_err open_with(const char *passphrase, const char *path, const char *env)
{
    vault *v = open_as(NULL, path);
    vault_err code;
    char print[VAULT_FINGERPRINT_LEN + 1];

    must(vault_add_passphrase(v, passphrase, strlen(passphrase)) == VAULT_OK);
    code = vault_fingerprint(v, env, print);
    vault_free(v);
    return code;
}

static vault_err open_by(const struct person *p, const char *path, const char *env)
{
    vault *v = open_as(p, path);
    char print[VAULT_FINGERPRINT_LEN + 1];
    vault_err code = vault_fingerprint(v, env, print);

    vault_free(v);
    return code;
}

/* "name kind own seal, …" */
static bool readers_are(vault *v, const char *env, const char *wanted)
{
    vault_readers *list = NULL;
    char all[512] = "";

    must(vault_reader_list(v, env, &list) == VAULT_OK);
    for (size_t i = 0; i < vault_readers_count(list); i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s %s %d %d", i ? ", " : "",
                 vault_readers_at(list, i)->name, vault_readers_at(list, i)->kind,
                 vault_readers_at(list, i)->own, (int)vault_readers_at(list, i)->seal);
    vault_release(list);
    if (strcmp(all, wanted) != 0)
        printf("# they are: %s\n", all);
    return strcmp(all, wanted) == 0;
}

/* --- public keys --- */

static void test_grant(void)
{
    vault *v = open_as(&me, "vault.toml");
    char with_comment[200], *before = text_of("vault.toml"), *after;
    struct diff d;

    must(create(v, "dev", "app", "K", "v") == VAULT_OK && vault_save(v) == VAULT_OK);
    free(before);
    before = text_of("vault.toml");
    check(vault_reader_add(v, "dev", "bob", bob.public_key) == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev") &&
              open_by(&bob, "vault.toml", "dev") == VAULT_OK,
          "an X25519 key is given an environment");
    after = text_of("vault.toml");
    d = diff_of(before, after);
    check(d.out == 0 && d.in == 3, "which is that reader's own three lines");
    snprintf(with_comment, sizeof with_comment, "%s carol@laptop", carol.public_key);
    check(vault_reader_add(v, "dev", "carol", with_comment) == VAULT_OK &&
              vault_save(v) == VAULT_OK && open_by(&carol, "vault.toml", "dev") == VAULT_OK,
          "so is an ssh-ed25519 one");
    free(after);
    after = text_of("vault.toml");
    check(!strstr(after, "laptop"), "without its comment");
    check(vault_reader_add(v, "dev", "bob", bob.public_key) == VAULT_OK &&
              vault_save(v) == VAULT_OK && stands_as("vault.toml", after),
          "to give it again changes nothing");
    check(refuses(v, vault_reader_add(v, "dev", "bob", me.public_key), VAULT_EXISTS,
                  "bob reads dev with another key"),
          "a name has one key");
    check(readers_are(v, "dev", "bob X25519 0 0, carol ssh-ed25519 0 0, me X25519 1 0"),
          "readers are listed; their seals are not checked before the environment is open");
    must(verifies(v, "dev"));
    check(readers_are(v, "dev", "bob X25519 0 1, carol ssh-ed25519 0 1, me X25519 1 1"),
          "and then they are");
    free(before);
    free(after);
    vault_free(v);
}

static void test_grant_refusals(void)
{
    static const char *const keys[] = {MARK, "", "age1" MARK, "ssh-rsa AAAA" MARK,
                                       "AGE-PLUGIN-X-1" MARK};
    vault *v = open_as(&me, "vault.toml");
    char *before = text_of("vault.toml");
    vault_readers *list = NULL;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        check(refuses(v, vault_reader_add(v, "dev", "eve", keys[i]), VAULT_INVALID, ""),
              "key %zu is refused and not repeated", i);
    check(refuses(v, vault_reader_add(v, "dev", "eve", bob.identity), VAULT_INVALID,
                  "that is a secret key"),
          "a secret key in place of the public one is not repeated");
    check(refuses(v, vault_reader_add(v, "dev", "e ve", bob.public_key), VAULT_INVALID, "'e ve'") &&
              refuses(v, vault_reader_add(v, "none", "eve", bob.public_key), VAULT_ABSENT, "none"),
          "nor is anything given under no name, or of nothing");
    check(refuses(v, vault_reader_list(v, "none", &list), VAULT_ABSENT, "none"),
          "there are no readers of nothing");
    check(refuses(v, vault_reader_remove(v, "dev", "eve"), VAULT_ABSENT, "eve is no reader of dev"),
          "who is no reader cannot be taken away");
    check(vault_save(v) == VAULT_OK && stands_as("vault.toml", before),
          "and the file is unchanged");
    free(before);
    vault_free(v);
}

static void test_remove(void)
{
    vault *v = open_as(&me, "vault.toml");
    char one[VAULT_FINGERPRINT_LEN + 1], two[VAULT_FINGERPRINT_LEN + 1];
    char *old = text_of("vault.toml"), *now;

    must(vault_fingerprint(v, "dev", one) == VAULT_OK);
    check(vault_reader_remove(v, "dev", "bob") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "dev") && holds(v, "dev", "app", "K", "v"),
          "a reader is taken away");
    check(vault_fingerprint(v, "dev", two) == VAULT_OK && strcmp(one, two) != 0,
          "the environment has a new key");
    check(open_by(&bob, "vault.toml", "dev") == VAULT_LOCKED &&
              open_by(&carol, "vault.toml", "dev") == VAULT_OK,
          "which opens to the others and not to them");
    now = text_of("vault.toml");
    check(strstr(now, "[vault.env.dev.past]\n1 = ") != NULL, "the past is kept");
    free(now);
    must(vault_reader_remove(v, "dev", "carol") == VAULT_OK && vault_save(v) == VAULT_OK);
    check(refuses(v, vault_reader_remove(v, "dev", "me"), VAULT_INVALID,
                  "me is the last reader of dev"),
          "the last one stays");
    must(vault_reader_add(v, "dev", "carol", carol.public_key) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    check(refuses(v, vault_reader_remove(v, "dev", "me"), VAULT_INVALID,
                  "could not open dev afterwards"),
          "nobody takes themselves away");
    free(old);
    vault_free(v);
}

/* An entry that somebody without the key has put there, or changed. */
static void test_forged(void)
{
    char *text = text_of("vault.toml"), *other, *at, *seal;
    vault *v;

    must((at = strstr(text, "\ncarol = [")) && (seal = strstr(at, "\"]")));
    seal[-5] = seal[-5] == 'A' ? 'B' : 'A';
    other = text_of("vault.toml");
    write_text("vault.toml", text, strlen(text));
    v = open_as(&me, "vault.toml");
    check(holds(v, "dev", "app", "K", "v") &&
              readers_are(v, "dev", "carol ssh-ed25519 0 2, me X25519 1 1"),
          "a reader's forged seal does not stop reading, and is told");
    check(refuses(v, vault_rotate(v, "dev", VAULT_PAST_KEEP), VAULT_INTEGRITY,
                  "reader carol of dev") &&
              refuses(v, vault_env_create(v, "x", "dev"), VAULT_INTEGRITY, "reader carol of dev") &&
              refuses(v, vault_env_copy(v, "dev", "x"), VAULT_INTEGRITY, "reader carol of dev") &&
              refuses(v, vault_env_rename(v, "dev", "x"), VAULT_INTEGRITY, "reader carol of dev"),
          "but nothing is given to that key");
    check(refuses(v, vault_verify(v, "dev", NULL, NULL), VAULT_INTEGRITY,
                  "the reader carol of dev was put there, or changed, by somebody") &&
              stands_as("vault.toml", text),
          "verify finds it, and nothing was written");
    check(vault_reader_remove(v, "dev", "carol") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "dev"),
          "it can be taken away");
    vault_free(v);
    write_text("vault.toml", text, strlen(text));
    v = open_as(&me, "vault.toml");
    check(vault_reader_add(v, "dev", "carol", carol.public_key) == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev") &&
              open_by(&carol, "vault.toml", "dev") == VAULT_OK,
          "or given the key again, by who answers for it");
    vault_free(v);
    write_text("vault.toml", other, strlen(other));
    free(text);
    free(other);
}

/* --- what opens it --- */

static void test_credentials(void)
{
    struct prompted nobody = {.answers = {MARK}};
    vault *v = open_asking(&nobody, "vault.toml");
    char print[VAULT_FINGERPRINT_LEN + 1];

    check(refuses(v, vault_fingerprint(v, "dev", print), VAULT_NO_CREDENTIAL,
                  "no key was given that could open dev") &&
              nobody.asked == 0,
          "nobody is asked for a passphrase that nobody has");
    give_identity(v, &bob);
    check(refuses(v, vault_fingerprint(v, "dev", print), VAULT_LOCKED,
                  "none of the keys that were given opens dev") &&
              vault_error_reason(v) == VAULT_REASON_NOT_GRANTED &&
              strcmp(vault_error_detail(v, VAULT_DETAIL_SUBJECT), bob.public_key) == 0 &&
              strcmp(vault_error_detail(v, VAULT_DETAIL_ENV), "dev") == 0,
          "a key that opens nothing is locked, and not none");
    give_identity(v, &me);
    check(vault_fingerprint(v, "dev", print) == VAULT_OK, "the second of two keys opens it");
    check(refuses(v, vault_add_identity(v, "AGE-SECRET-KEY-1" MARK, 22), VAULT_INVALID, "") &&
              refuses(v, vault_add_identity(v, "# nothing\n", 10), VAULT_INVALID, "no identity") &&
              refuses(v, vault_add_identity(v, MARK, 6), VAULT_INVALID, "") &&
              refuses(v, vault_add_identity(v, me.public_key, strlen(me.public_key)), VAULT_INVALID,
                      "a public key, where a secret one belongs"),
          "what is no identity is refused and not repeated");
    check(refuses(v, vault_add_passphrase(v, "", 0), VAULT_INVALID, "an empty passphrase"),
          "nor is an empty passphrase taken");
    write_text("key.txt", me.identity, strlen(me.identity));
    write_text("bad.txt", "AGE-SECRET-KEY-1" MARK "\n", 23);
    check(refuses(v, vault_add_identity_file(v, "bad.txt"), VAULT_INVALID, "bad.txt: ") &&
              refuses(v, vault_add_identity_file(v, "none.txt"), VAULT_ABSENT, "none.txt") &&
              refuses(v, vault_add_identity_file(v, "."), VAULT_FAILED, "."),
          "nor a file that holds none, or is none");
    vault_free(v);
    v = open_as(NULL, "vault.toml");
    check(vault_add_identity_file(v, "key.txt") == VAULT_OK && verifies(v, "dev"),
          "an identity file opens it");
    vault_free(v);
    check(stretches() == 0, "no passphrase was stretched in all that");
}

/* What stands above a secret key is believed for as long as it does no harm. */
static void test_claims(void)
{
    const struct person stranger = person_x25519();
    const char *const claims[] = {
        me.public_key, carol.public_key, stranger.public_key, ("age1" MARK), "", bob.public_key};
    const char *secret = strstr(me.identity, "AGE-SECRET-KEY-1");
    struct person p = {.identity = ""};
    char *text = text_of("vault.toml"), *changed = text_of("vault.toml"), *at;
    char *public_key, print[VAULT_FINGERPRINT_LEN + 1];

    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        vault *v;

        snprintf(p.identity, sizeof p.identity, "# public key: %s\n%.*s\n", claims[i],
                 AGE_IDENTITY_TEXT, secret);
        v = open_as(&p, "vault.toml");
        check(vault_fingerprint(v, "dev", print) == VAULT_OK &&
                  readers_are(v, "dev", "carol ssh-ed25519 0 1, me X25519 1 1") &&
                  verifies(v, "dev"),
              "an identity opens whatever it says of itself: claim %zu", i);
        check(vault_public_key(v, &public_key) == VAULT_OK &&
                  strcmp(public_key, me.public_key) == 0,
              "and its public key is its own");
        vault_release(public_key);
        vault_free(v);
    }
    snprintf(p.identity, sizeof p.identity, "# public key: %s\n%.*s\n", me.public_key,
             AGE_IDENTITY_TEXT, strstr(bob.identity, "AGE-SECRET-KEY-1"));
    check(open_by(&p, "vault.toml", "dev") == VAULT_LOCKED, "another's claim opens nothing");

    must((at = strstr(changed, "\nme = [")) && (at = strstr(at, ",\n  \"")));
    at[150] = at[150] == 'A' ? 'B' : 'A'; /* in the stanza's body */
    write_text("vault.toml", changed, strlen(changed));
    snprintf(p.identity, sizeof p.identity, "# public key: %s\n%.*s\n", me.public_key,
             AGE_IDENTITY_TEXT, secret);
    check(open_by(&p, "vault.toml", "dev") == VAULT_INTEGRITY &&
              open_by(&me, "vault.toml", "dev") == VAULT_INTEGRITY,
          "that one's own entry was changed is said with a claim as without");
    write_text("vault.toml", text, strlen(text));
    free(text);
    free(changed);
}

static int answer_for_file(void *user, const char *path, int attempt, char *answer, size_t size)
{
    int *asked = user;

    ++*asked;
    if (size < 8 || strcmp(path, "sealed") != 0)
        return -1;
    memcpy(answer, attempt == 0 ? "wrong  !" : "a phrase", 8);
    return 8;
}

static void test_sealed_identity(void)
{
    vault *v = open_as(NULL, "vault.toml");
    char *made = NULL, *own = NULL, *text;
    int asked = 0;

    check(vault_identity_create_sealed(v, "sealed", "a phrase", 8, &made) == VAULT_OK &&
              strncmp(made, "age1", 4) == 0,
          "an identity under a passphrase is made with its public key");
    text = text_of("sealed");
    check(!strstr(text, "AGE-SECRET-KEY") && !strstr(text, made), "which its file does not show");
    check(refuses(v, vault_identity_create_sealed(v, "other", "", 0, &own), VAULT_INVALID,
                  "an empty passphrase"),
          "not under an empty one");
    check(vault_add_identity_file(v, "sealed") == VAULT_OK &&
              vault_public_key(v, &own) == VAULT_NO_CREDENTIAL,
          "as a credential it is closed at first");
    check(vault_open_identity(v) == VAULT_LOCKED &&
              vault_error_reason(v) == VAULT_REASON_FILE_PASSPHRASE &&
              strcmp(vault_error_detail(v, VAULT_DETAIL_SUBJECT), "sealed") == 0,
          "and stays so where nobody is asked");
    vault_set_file_prompt(v, answer_for_file, &asked);
    check(vault_open_identity(v) == VAULT_OK && asked == 2 &&
              vault_public_key(v, &own) == VAULT_OK && strcmp(own, made) == 0,
          "the second answer opens it");
    check(vault_open_identity(v) == VAULT_OK && asked == 2, "and nobody is asked again");
    check(stretches() == 3, "each passphrase was stretched once");
    vault_release(own);
    vault_release(made);
    free(text);
    vault_free(v);
}

static void test_new_identity(void)
{
    vault *v = open_as(NULL, "vault.toml");
    char *public_key = NULL, *text;
    struct stat st;

    check(refuses(v, vault_public_key(v, &public_key), VAULT_NO_CREDENTIAL,
                  "no identity was given") &&
              !public_key,
          "without an identity there is no public key");
    check(vault_identity_create(v, "new/folder/identity") == VAULT_OK &&
              stat("new/folder/identity", &st) == 0 && (st.st_mode & 0777) == 0600 &&
              stat("new/folder", &st) == 0 && (st.st_mode & 0777) == 0700,
          "a new identity is written for its owner alone");
    check(vault_public_key(v, &public_key) == VAULT_NO_CREDENTIAL, "and not added");
    text = text_of("new/folder/identity");
    check(refuses(v, vault_identity_create(v, "new/folder/identity"), VAULT_EXISTS,
                  "new/folder/identity exists already") &&
              stands_as("new/folder/identity", text),
          "one that is there stands");
    check(
        refuses(v, vault_identity_create(v, "key.txt/identity"), VAULT_FAILED, "key.txt/identity"),
        "where no folder can be there is none");
    check(vault_add_identity_file(v, "new/folder/identity") == VAULT_OK &&
              vault_public_key(v, &public_key) == VAULT_OK && strstr(text, public_key) &&
              strncmp(text, "# public key: age1", 18) == 0,
          "its file begins with its public key");
    give_identity(v, &me);
    check(vault_reader_add(v, "dev", "new", public_key) == VAULT_OK && vault_save(v) == VAULT_OK,
          "which an environment is given to");
    vault_release(public_key);
    vault_free(v);
    v = open_as(NULL, "vault.toml");
    check(vault_add_identity_file(v, "new/folder/identity") == VAULT_OK && verifies(v, "dev"),
          "and the identity opens it");
    vault_free(v);
    v = open_as(&me, "vault.toml");
    must(vault_reader_remove(v, "dev", "new") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
    free(text);
}

static void test_passphrase(void)
{
    vault *v = open_as(&me, "vault.toml");
    char *text;

    check(vault_reader_add_passphrase(v, "dev", "team", MARK " team", 11) == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev"),
          "an environment is given to a passphrase");
    check(stretches() == 1 && stretched_n == 1 << 18,
          "which is stretched once, with work factor 18");
    text = text_of("vault.toml");
    check(strstr(text, "[vault.passphrases]\nteam = \"") && !strstr(text, MARK),
          "and stands in the file sealed");
    free(text);
    check(open_with(MARK " team", "vault.toml", "dev") == VAULT_OK && stretches() == 1,
          "it opens the environment");
    check(open_with(MARK " tea", "vault.toml", "dev") == VAULT_LOCKED && stretches() == 1,
          "another does not");
    check(refuses(v, vault_reader_add_passphrase(v, "dev", "team", MARK, 6), VAULT_EXISTS,
                  "there is a passphrase team already") &&
              refuses(v, vault_reader_add_passphrase(v, "dev", "ghost", NULL, 0), VAULT_ABSENT,
                      "there is no passphrase ghost") &&
              refuses(v, vault_reader_add_passphrase(v, "dev", "empty", "", 0), VAULT_INVALID,
                      "an empty passphrase") &&
              refuses(v, vault_reader_add_passphrase(v, "dev", "a b", MARK, 6), VAULT_INVALID,
                      "'a b'"),
          "not twice, not one that is not there, not an empty one, not under no name");
    check(refuses(v, vault_reader_add(v, "dev", "team", bob.public_key), VAULT_EXISTS,
                  "team is the name of a passphrase"),
          "a passphrase's name is not given to a key");
    check(refuses(v, vault_reader_add_passphrase(v, "dev", "me", MARK, 6), VAULT_EXISTS, "me"),
          "nor a reader's name to a passphrase");
    must(vault_env_create(v, "prod", NULL) == VAULT_OK &&
         vault_reader_add(v, "prod", "me", me.public_key) == VAULT_OK && vault_save(v) == VAULT_OK);
    stretches();
    check(vault_reader_add_passphrase(v, "prod", "team", NULL, 0) == VAULT_OK &&
              vault_save(v) == VAULT_OK && stretches() == 0,
          "another environment is given to what was just made, and it is not made again");
    check(open_with(MARK " team", "vault.toml", "prod") == VAULT_OK && verifies(v, "prod"),
          "and opens to it");
    must(verifies(v, "dev"));
    check(readers_are(v, "dev", "carol ssh-ed25519 0 1, me X25519 1 1, team passphrase 0 1"),
          "it is listed as what it is");
    vault_free(v);
    stretches();
}

/* A name is a key in one environment: a passphrase of that name in another would be taken for it.
 */
static void test_passphrase_of_a_name(void)
{
    vault *v = open_as(&me, "vault.toml");

    check(
        refuses(v, vault_reader_add_passphrase(v, "prod", "carol", MARK, 6), VAULT_EXISTS, "carol"),
        "the name of a key elsewhere is not given to a passphrase");
    vault_free(v);
}

/* The public half is what the passphrase opens, not what stands in the file. */
static void test_public_half(void)
{
    struct prompted good = {.answers = {MARK "wrong", MARK " team"}};
    vault *v = open_as(&me, "vault.toml");
    char *key = NULL;

    must(vault_env_create(v, "more", NULL) == VAULT_OK &&
         vault_reader_add(v, "more", "me", me.public_key) == VAULT_OK && vault_save(v) == VAULT_OK);
    stretches();
    check(refuses(v, vault_reader_add_passphrase(v, "more", "team", NULL, 0), VAULT_LOCKED,
                  "the passphrase of team is needed") &&
              stretches() == 0,
          "what is not known is given nothing");
    vault_set_prompt(v, answer, &good);
    check(vault_passphrase_key(v, "more", "team", &key) == VAULT_OK && good.asked == 2 &&
              strcmp(good.env, "more") == 0 && strcmp(good.readers, "team") == 0,
          "it is asked for");
    check(vault_reader_add_passphrase(v, "more", "team", NULL, 0) == VAULT_OK && good.asked == 2 &&
              stretches() == 2 && vault_save(v) == VAULT_OK && verifies(v, "more"),
          "once, and then it is given");
    check(open_with(MARK " team", "vault.toml", "more") == VAULT_OK, "and opens");
    must(vault_env_delete(v, "more") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_release(key);
    vault_free(v);
}

/* --- the work that a stranger's file asks for --- */

/* The sealed identity of team, as one that asks for this work factor, of two digits; each n is
 * another one. */
static void add_sealed(struct buf *out, struct slice sealed, unsigned factor, unsigned n)
{
    size_t len = BASE64_DECODED(sealed.len);
    char *file = malloc(len), *at, digits[3], *room;

    must(file && base64_decode(file, sealed.at, sealed.len));
    at = memchr(file + strlen("age-encryption.org/v1\n"), '\n', 60);
    must(at && at[-3] == ' ');
    snprintf(digits, sizeof digits, "%02u", factor % 100);
    memcpy(at - 2, digits, 2);
    file[len - 1] = (char)(file[len - 1] ^ (int)n);
    file[len - 2] = (char)(file[len - 2] ^ (int)(n >> 8));
    room = buf_reserve(out, BASE64_ENCODED(len));
    must(room != NULL);
    base64_encode(room, file, len);
    out->len += BASE64_ENCODED(len);
    free(file);
}

/* The vault with more passphrases that read dev, each of this work factor. */
static void add_strangers(const char *from, const char *to, unsigned count, unsigned factor)
{
    char *text = text_of(from), *table = strstr(text, "[vault.passphrases]\nteam = \"");
    char *readers = strstr(text, "[vault.env.dev.readers]\n");
    struct slice sealed = {table + strlen("[vault.passphrases]\nteam = \""), 0};
    const char *rest;
    struct buf out = {0};

    must(table && readers && table < readers);
    sealed.len = (size_t)(strchr(sealed.at, '"') - sealed.at);
    rest = sealed.at + sealed.len + 2;
    readers += strlen("[vault.env.dev.readers]\n");
    buf_add(&out, text, (size_t)(rest - text));
    for (unsigned i = 0; i < count; i++) {
        buf_printf(&out, "x%u = \"", i);
        add_sealed(&out, sealed, factor, i + 1);
        buf_add_text(&out, "\"\n");
    }
    buf_add(&out, rest, (size_t)(readers - rest));
    for (unsigned i = 0; i < count; i++)
        buf_printf(&out, "x%u = [\"%s\", \"AAAA\", \"AAAAAAAAAAAAAAAAAAAAAA\"]\n", i,
                   bob.public_key);
    buf_add_text(&out, readers);
    must(buf_ok(&out));
    write_text(to, out.data, out.len);
    buf_free(&out);
    free(text);
}

/* With strangers in the file: what comes of it, with which work factor allowed. */
static bool strangers(unsigned count, unsigned factor, unsigned allowed, const char *passphrase,
                      vault_err wanted, const char *words)
{
    char print[VAULT_FINGERPRINT_LEN + 1];
    vault *v;
    bool good;

    add_strangers("vault.toml", "strangers.toml", count, factor);
    v = open_as(NULL, "strangers.toml");
    must(vault_add_passphrase(v, passphrase, strlen(passphrase)) == VAULT_OK);
    must(allowed == 0 || vault_set_work_factor(v, allowed) == VAULT_OK);
    stretches();
    good = wanted == VAULT_OK ? vault_fingerprint(v, "dev", print) == VAULT_OK
                              : refuses(v, vault_fingerprint(v, "dev", print), wanted, words);
    if (strstr(words, "factor") && allowed < 22)
        good = good && vault_error_detail(v, VAULT_DETAIL_NUMBER)[0] &&
               (vault_error_reason(v) == VAULT_REASON_WORK_FACTOR ||
                vault_error_reason(v) == VAULT_REASON_WORK);
    vault_free(v);
    return good;
}

/* A program to come may seal another kind of identity to a passphrase: it is text to this one. */
static void test_other_identity(void)
{
    static const char header[] = "[vault.passphrases]\nteam = \"";
    char *text = text_of("vault.toml"), *at = strstr(text, header);
    struct age_identity passphrase;
    struct buf sealed = {0}, out = {0};
    struct err err;
    vault *v;

    must(at &&
         age_identity_of_passphrase(slice_of(MARK " team"), 10, 10, &passphrase, &err) == ERR_OK);
    must(age_encrypt(slice_of("AGE-SECRET-KEY-PQ-1QQQ\n"), &passphrase.self, 1, &sealed, &err) ==
         ERR_OK);
    at += strlen(header);
    buf_add(&out, text, (size_t)(at - text));
    must(buf_reserve(&out, BASE64_ENCODED(sealed.len)) != NULL);
    base64_encode(out.data + out.len, sealed.data, sealed.len);
    out.len += BASE64_ENCODED(sealed.len);
    buf_add_text(&out, strchr(at, '"'));
    must(buf_ok(&out));
    write_text("other.toml", out.data, out.len);
    v = open_as(NULL, "other.toml");
    must(vault_add_passphrase(v, MARK " team", 11) == VAULT_OK);
    check(refuses(v, vault_verify(v, "dev", NULL, NULL), VAULT_LOCKED,
                  "the passphrase of team opens an identity of a kind"),
          "a passphrase whose identity is of another kind opens nothing, and that is said");
    vault_free(v);
    v = open_as(&me, "other.toml");
    check(verifies(v, "dev"), "and keeps nobody else out");
    vault_free(v);
    buf_free(&sealed);
    buf_free(&out);
    free(text);
}

static void test_work(void)
{
    vault *v = vault_new();

    check(strangers(1, 19, 0, MARK " team", VAULT_OK, "") && stretches() == 1,
          "a stranger's passphrase of factor 19 keeps nobody out, and is not tried");
    check(strangers(1, 19, 0, MARK "wrong", VAULT_LOCKED,
                    "none of the keys that were given opens dev: the passphrase of x0 asks for "
                    "work factor 19, and more than 18 is not tried") &&
              stretches() == 1,
          "where nothing opens, that is said");
    check(strangers(1, 22, 22, MARK "wrong", VAULT_LOCKED, "none of the keys that were given") &&
              stretches() == 2,
          "it is tried where it was allowed");
    check(strangers(1, 23, 22, MARK "wrong", VAULT_LOCKED,
                    "the passphrase of x0 asks for work factor 23, and more than 22 is not tried"),
          "and 23 never is");
    check(strangers(4, 18, 0, MARK "wrong", VAULT_LOCKED, "none of the keys") && stretches() == 5,
          "five people with passphrases are tried in turn");
    check(strangers(15, 18, 0, MARK " team", VAULT_OK, "") && stretches() >= 1,
          "sixteen are, and the right one opens");
    check(strangers(16, 18, 0, MARK " team", VAULT_LOCKED,
                    "the passphrases of dev ask for the work of 17 of factor 18, and more than 16 "
                    "is not done") &&
              stretches() == 0,
          "of seventeen none is");
    check(strangers(16, 18, 19, MARK " team", VAULT_OK, ""), "unless it is allowed");
    check(strangers(12, 20, 0, MARK "wrong", VAULT_LOCKED, "asks for work factor 20") &&
              stretches() == 1,
          "twelve of factor 20: none is tried");
    check(strangers(33, 17, 0, MARK " team", VAULT_LOCKED, "of factor 18, and more than 16") &&
              stretches() == 0,
          "those below 18 count too");
    check(strangers(4200, 1, 0, MARK " team", VAULT_LOCKED, "of factor 18, and more than 16") &&
              stretches() == 0,
          "and are not free");
    check(v && refuses(v, vault_set_work_factor(v, 23), VAULT_INVALID, "from 1 to 22") &&
              refuses(v, vault_set_work_factor(v, 0), VAULT_INVALID, "from 1 to 22"),
          "more than 22 is allowed by nobody");
    vault_free(v);
    must(remove("strangers.toml") == 0);
}

/* What one passphrase may ask for is for all environments, not for each. */
static void test_work_in_sum(void)
{
    char print[VAULT_FINGERPRINT_LEN + 1];
    vault *v = open_as(&me, "vault.toml");

    for (int i = 0; i < 20; i++) {
        char env[8], name[8];

        snprintf(env, sizeof env, "e%d", i);
        snprintf(name, sizeof name, "p%d", i);
        must(vault_env_create(v, env, NULL) == VAULT_OK &&
             vault_reader_add_passphrase(v, env, name, MARK "x", 7) == VAULT_OK);
    }
    must(vault_save(v) == VAULT_OK);
    vault_free(v);
    v = open_as(NULL, "vault.toml");
    must(vault_add_passphrase(v, MARK "y", 7) == VAULT_OK &&
         vault_set_work_factor(v, AGE_WORK_FACTOR) == VAULT_OK);
    stretches();
    for (int i = 0; i < 20; i++) {
        char env[8];

        snprintf(env, sizeof env, "e%d", i);
        must(vault_fingerprint(v, env, print) == VAULT_LOCKED);
    }
    check(stretches() == 16 && strstr(vault_error(v), "is not done"),
          "twenty environments of one passphrase each: sixteen are tried");
    vault_free(v);
    v = open_as(NULL, "vault.toml");
    for (int i = 0; i < 20; i++) {
        char env[8];

        snprintf(env, sizeof env, "e%d", i);
        must(vault_env_delete(v, env) == VAULT_OK);
    }
    must(vault_save(v) == VAULT_OK);
    vault_free(v);
    stretches();
}

static void test_stretched_once(void)
{
    vault *v = open_as(NULL, "vault.toml");
    char print[VAULT_FINGERPRINT_LEN + 1];

    stretches();
    must(vault_add_passphrase(v, MARK "wrong", 11) == VAULT_OK &&
         vault_add_passphrase(v, MARK " team", 11) == VAULT_OK);
    check(stretches() == 0, "credentials cost nothing before they are needed");
    for (int i = 0; i < 3; i++)
        must(verifies(v, "dev") && verifies(v, "prod") &&
             update(v, "dev", "app", "K", "p") == VAULT_OK && vault_save(v) == VAULT_OK &&
             vault_fingerprint(v, "dev", print) == VAULT_OK);
    check(stretches() == 2, "a passphrase is stretched once, whatever is opened and how often");
    check(readers_are(v, "dev", "carol ssh-ed25519 0 1, me X25519 0 1, team passphrase 1 1"),
          "the reader that it opened is one's own");
    vault_free(v);
    v = open_as(NULL, "vault.toml");
    must(vault_add_passphrase(v, MARK " team", 11) == VAULT_OK);
    give_identity(v, &me);
    check(verifies(v, "dev") && stretches() == 1, "credentials are tried in their order");
    vault_free(v);
    v = open_as(&me, "vault.toml");
    must(vault_add_passphrase(v, MARK " team", 11) == VAULT_OK);
    check(verifies(v, "dev") && stretches() == 0, "what comes behind the one that opens is not");
    vault_free(v);
}

static void test_prompt(void)
{
    struct prompted good = {.answers = {MARK "wrong", MARK " team"}};
    struct prompted bad = {.answers = {MARK "1", MARK "2", MARK "3", MARK " team"}};
    struct prompted nobody = {.answers = {NULL}}, empty = {.answers = {""}};
    struct prompted second = {.answers = {MARK, NULL}};
    char print[VAULT_FINGERPRINT_LEN + 1];
    vault *v = open_asking(&good, "vault.toml");

    stretches();
    check(vault_fingerprint(v, "dev", print) == VAULT_OK && good.asked == 2,
          "the prompt is asked again after a wrong passphrase");
    check(strcmp(good.env, "dev") == 0 && strcmp(good.readers, "team") == 0,
          "it is told the environment and whose passphrase it may be");
    check(verifies(v, "prod") && update(v, "prod", "x", "K", "v") == VAULT_ABSENT &&
              verifies(v, "prod") && good.asked == 2 && stretches() == 2,
          "and asked no more, and nothing is stretched twice");
    vault_free(v);
    v = open_asking(&bad, "vault.toml");
    check(refuses(v, vault_fingerprint(v, "dev", print), VAULT_LOCKED, "none of the keys") &&
              bad.asked == 3,
          "three wrong ones are enough");
    vault_free(v);
    v = open_asking(&nobody, "vault.toml");
    check(refuses(v, vault_fingerprint(v, "dev", print), VAULT_CANCELLED,
                  "no passphrase for dev was given") &&
              nobody.asked == 1,
          "a person may not want to");
    vault_free(v);
    v = open_asking(&empty, "vault.toml");
    check(refuses(v, vault_fingerprint(v, "dev", print), VAULT_CANCELLED, "no passphrase for dev"),
          "an empty answer is none");
    vault_free(v);
    v = open_asking(&second, "vault.toml");
    check(refuses(v, vault_fingerprint(v, "dev", print), VAULT_CANCELLED, "") && second.asked == 2,
          "or not the second time");
    vault_free(v);
    v = open_asking(&nobody, "vault.toml");
    vault_set_prompt(v, answer_too_much, NULL);
    check(refuses(v, vault_fingerprint(v, "dev", print), VAULT_CANCELLED, "no passphrase for dev"),
          "nor is one that cannot be");
    vault_free(v);
    good.asked = 0;
    v = open_asking(&good, "vault.toml");
    give_identity(v, &me);
    check(vault_fingerprint(v, "dev", print) == VAULT_OK && good.asked == 0,
          "nobody is asked where a key opens it");
    vault_free(v);
}

static void test_change_passphrase(void)
{
    vault *v = open_as(&me, "vault.toml");
    char one[VAULT_FINGERPRINT_LEN + 1], two[VAULT_FINGERPRINT_LEN + 1],
        *old = text_of("vault.toml");

    must(vault_fingerprint(v, "prod", one) == VAULT_OK);
    check(vault_passphrase_change(v, "team", MARK " new", 10) == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev") && verifies(v, "prod") &&
              holds(v, "dev", "app", "K", "p"),
          "a passphrase is changed");
    check(vault_fingerprint(v, "prod", two) == VAULT_OK && strcmp(one, two) != 0,
          "each environment that it reads has a new key");
    check(open_with(MARK " team", "vault.toml", "dev") == VAULT_LOCKED &&
              open_with(MARK " team", "vault.toml", "prod") == VAULT_LOCKED,
          "the old one opens nothing");
    check(open_with(MARK " new", "vault.toml", "dev") == VAULT_OK &&
              open_with(MARK " new", "vault.toml", "prod") == VAULT_OK,
          "the new one opens both");
    check(refuses(v, vault_passphrase_change(v, "ghost", MARK, 6), VAULT_ABSENT, "ghost") &&
              refuses(v, vault_passphrase_change(v, "team", "", 0), VAULT_INVALID,
                      "an empty passphrase"),
          "not one that is not there, nor to an empty one");
    vault_free(v);

    /* By somebody who has the passphrase alone. */
    v = open_as(NULL, "vault.toml");
    must(vault_add_passphrase(v, MARK " new", 10) == VAULT_OK);
    check(vault_passphrase_change(v, "team", MARK " newer", 12) == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev") &&
              open_with(MARK " newer", "vault.toml", "prod") == VAULT_OK,
          "who has nothing but the passphrase can change it");
    vault_free(v);

    /* By somebody who cannot open all that it reads. */
    write_text("vault.toml", old, strlen(old));
    v = open_as(&carol, "vault.toml");
    check(refuses(v, vault_passphrase_change(v, "team", MARK, 6), VAULT_LOCKED, "prod") &&
              vault_save(v) == VAULT_OK && stands_as("vault.toml", old),
          "who cannot open all that it reads changes nothing");
    vault_free(v);
    free(old);
}

static void test_replace(void)
{
    struct person dora = person_x25519();
    vault *v = open_as(&me, "vault.toml");
    char *before;

    must(vault_reader_add(v, "dev", "dora", bob.public_key) == VAULT_OK &&
         vault_reader_add(v, "prod", "dora", bob.public_key) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    check(vault_reader_replace(v, "dora", dora.public_key) == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev") && verifies(v, "prod") &&
              holds(v, "dev", "app", "K", "p"),
          "a reader has another key");
    check(open_by(&dora, "vault.toml", "dev") == VAULT_OK &&
              open_by(&dora, "vault.toml", "prod") == VAULT_OK &&
              open_by(&bob, "vault.toml", "prod") == VAULT_LOCKED,
          "it opens all that the old one opened, which opens nothing");
    check(vault_passphrase_change(v, "dora", MARK " dora", 11) == VAULT_OK &&
              vault_save(v) == VAULT_OK &&
              open_with(MARK " dora", "vault.toml", "prod") == VAULT_OK &&
              open_by(&dora, "vault.toml", "dev") == VAULT_LOCKED,
          "a key becomes a passphrase");
    check(vault_reader_replace(v, "dora", dora.public_key) == VAULT_OK &&
              vault_save(v) == VAULT_OK && open_by(&dora, "vault.toml", "dev") == VAULT_OK &&
              open_with(MARK " dora", "vault.toml", "prod") == VAULT_LOCKED,
          "and a key again");
    before = text_of("vault.toml");
    check(refuses(v, vault_reader_replace(v, "ghost", dora.public_key), VAULT_ABSENT, "ghost") &&
              refuses(v, vault_reader_replace(v, "dora", "age1" MARK), VAULT_INVALID, "damaged") &&
              refuses(v, vault_reader_replace(v, "a b", dora.public_key), VAULT_INVALID, "name") &&
              refuses(v, vault_reader_replace(v, "me", dora.public_key), VAULT_INVALID,
                      "could not open"),
          "not one that is not there, nor with what is no key, nor one's own away");
    check(vault_save(v) == VAULT_OK && stands_as("vault.toml", before),
          "and then nothing is changed");
    must(vault_reader_remove(v, "dev", "dora") == VAULT_OK &&
         vault_reader_remove(v, "prod", "dora") == VAULT_OK && vault_save(v) == VAULT_OK);
    free(before);
    vault_free(v);
}

/* A key is a person, however many names it has. */
static void test_two_names(void)
{
    vault *v = open_as(&me, "vault.toml");

    must(vault_reader_add(v, "dev", "bob", bob.public_key) == VAULT_OK &&
         vault_reader_add(v, "dev", "robert", bob.public_key) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    check(vault_reader_remove(v, "dev", "robert") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "dev") && open_by(&bob, "vault.toml", "dev") == VAULT_LOCKED,
          "who is taken away goes with every name of the key");
    must(vault_env_create(v, "two", NULL) == VAULT_OK &&
         vault_reader_add(v, "two", "me", me.public_key) == VAULT_OK &&
         vault_reader_add(v, "two", "myself", me.public_key) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    check(refuses(v, vault_reader_leave(v, "two", "me"), VAULT_INVALID, "last reader of two"),
          "the last reader stays, whatever names they have");
    must(vault_env_delete(v, "two") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

static void test_leave(void)
{
    vault *v = open_as(&me, "vault.toml");

    must(vault_env_create(v, "left", NULL) == VAULT_OK &&
         vault_reader_add(v, "left", "me", me.public_key) == VAULT_OK &&
         vault_reader_add(v, "left", "bob", bob.public_key) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    check(refuses(v, vault_reader_remove(v, "left", "me"), VAULT_INVALID, "could not open left"),
          "whoever removes a reader must open it afterwards");
    check(vault_reader_leave(v, "left", "me") == VAULT_OK && vault_save(v) == VAULT_OK &&
              open_by(&me, "vault.toml", "left") == VAULT_LOCKED &&
              open_by(&bob, "vault.toml", "left") == VAULT_OK,
          "but one can leave");
    vault_free(v);
    v = open_as(&bob, "vault.toml");
    check(refuses(v, vault_reader_leave(v, "left", "bob"), VAULT_INVALID, "last reader"),
          "the last one cannot");
    must(vault_env_delete(v, "left") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

static void test_public_key(void)
{
    char line[300], *key = NULL;
    vault *v = vault_new();

    must(v != NULL);
    snprintf(line, sizeof line, "%s carol@" MARK, carol.public_key);
    check(vault_public_key_read(v, line, &key) == VAULT_OK && strcmp(key, carol.public_key) == 0,
          "a public key is read, without its comment");
    vault_release(key);
    check(refuses(v, vault_public_key_read(v, "ssh-rsa AAAA" MARK, &key), VAULT_INVALID,
                  "only ssh-ed25519") &&
              refuses(v, vault_public_key_read(v, "", &key), VAULT_INVALID, "not a public key"),
          "and what is none is refused, with the reason");
    vault_free(v);
}

static void test_identity_of(void)
{
    vault *v, *w = open_as(&me, "vault.toml");
    vault_kv *kv = NULL;
    const char *line;
    size_t len = 0;

    must(vault_reader_add_passphrase(w, "dev", "unlocked", MARK " identity", 15) == VAULT_OK &&
         vault_save(w) == VAULT_OK);
    v = open_as(NULL, "vault.toml");
    must(vault_add_passphrase(v, MARK " identity", 15) == VAULT_OK);
    check(vault_identity_of(v, "dev", &kv) == VAULT_OK && vault_kv_count(kv) == 1,
          "what a passphrase has opened is an identity");
    line = vault_kv_get(kv, "IDENTITY", &len);
    vault_free(w);
    w = vault_new();
    must(w && line && vault_add_identity(w, line, len) == VAULT_OK &&
         vault_open(w, "vault.toml") == VAULT_OK);
    check(strlen(line) == len && holds(w, "dev", "app", "K", "p"),
          "which opens it again, without the passphrase");
    vault_free(w);
    vault_kv_free(kv);
    check(strlen(vault_id(v)) == 22, "a vault has an id");
    check(refuses(v, vault_identity_of(v, "none", &kv), VAULT_ABSENT, "none") && kv == NULL,
          "there is none of an environment that is not there");
    vault_free(v);
    v = open_as(&carol, "vault.toml");
    check(refuses(v, vault_identity_of(v, "dev", &kv), VAULT_INVALID, "stays in its file"),
          "an SSH key is not handed out");
    vault_free(v);
    v = open_as(&me, "vault.toml");
    must(vault_reader_remove(v, "dev", "unlocked") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
    v = vault_new();
    must(v != NULL);
    check(vault_id(v)[0] == '\0', "no vault has none");
    vault_free(v);
}

static void test_remove_passphrase(void)
{
    vault *v = open_as(&me, "vault.toml");
    char *text;

    must(vault_reader_remove(v, "dev", "team") == VAULT_OK && vault_save(v) == VAULT_OK);
    text = text_of("vault.toml");
    check(strstr(text, "[vault.passphrases]\nteam") &&
              open_with(MARK " team", "vault.toml", "prod") == VAULT_OK,
          "a passphrase that reads another environment stays there");
    free(text);
    must(vault_reader_remove(v, "prod", "team") == VAULT_OK && vault_save(v) == VAULT_OK);
    text = text_of("vault.toml");
    check(!strstr(text, "passphrases") && verifies(v, "dev") && verifies(v, "prod"),
          "one that reads nothing any more is gone, with its table");
    free(text);
    vault_free(v);
}

static void test_like(void)
{
    vault *v = open_as(&me, "vault.toml");

    must(vault_reader_add_passphrase(v, "dev", "team", MARK, 6) == VAULT_OK &&
         vault_env_create(v, "like", "dev") == VAULT_OK && vault_save(v) == VAULT_OK &&
         verifies(v, "like"));
    check(readers_are(v, "like", "carol ssh-ed25519 0 1, me X25519 1 1, team passphrase 0 1") &&
              open_by(&carol, "vault.toml", "like") == VAULT_OK &&
              open_with(MARK, "vault.toml", "like") == VAULT_OK,
          "an environment like another opens to the same readers, of every kind");
    must(vault_env_delete(v, "dev") == VAULT_OK && vault_env_delete(v, "like") == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    check(vault_open(v, "vault.toml") == VAULT_OK && verifies(v, "prod"),
          "the rest stands without them");
    vault_free(v);
}

int main(void)
{
    scene_begin();
    me = person_x25519();
    bob = person_x25519();
    carol = person_ssh();
    make_vault("vault.toml", &me);
    test_grant();
    test_grant_refusals();
    test_remove();
    test_forged();
    test_credentials();
    test_claims();
    test_new_identity();
    test_sealed_identity();
    test_passphrase();
    test_passphrase_of_a_name();
    test_public_half();
    test_other_identity();
    test_work();
    test_work_in_sum();
    test_stretched_once();
    test_prompt();
    test_change_passphrase();
    test_replace();
    test_two_names();
    test_leave();
    test_public_key();
    test_identity_of();
    test_remove_passphrase();
    test_like();
    return tap_done();
}
