/* vault(5)'s attacks, by somebody who can write the file and cannot open the environment, or
 * cannot any more: what they try is refused, and named. */
#include "vault/seal.h"
#include "vault_help.h"

static struct person alice, bob, mallory;
static char *good; /* the vault as help_make writes it */

#define READERS(env) "[vault.env." env ".readers]"

/* --- what a text is good for --- */

static vault *open_text(const struct person *p, const char *text)
{
    vault *v = vault_new();

    must(v != NULL);
    give_identity(v, p);
    if (vault_open_bytes(v, text, strlen(text)) != VAULT_OK)
        printf("# %s\n", vault_error(v));
    return v;
}

/* Reads all of dev; the text is freed. */
static vault_err reading_as(const struct person *p, char *text)
{
    vault *v = open_text(p, text);
    struct buf out = {0};
    vault_err code = help_read(v, "dev", &out);

    buf_free(&out);
    vault_free(v);
    free(text);
    return code;
}

static vault_err reading(char *text)
{
    return reading_as(&alice, text);
}

static void collect(void *user, const char *sentence)
{
    buf_printf(user, "%s\n", sentence);
}

/* Whether verify of dev finds this many things, and says these words. */
static bool verify_finds(const char *text, size_t count, const char *words)
{
    vault *v = open_text(&alice, text);
    struct buf findings = {0};
    vault_err code = vault_verify(v, "dev", collect, &findings);
    bool found;

    buf_add(&findings, "", 1);
    must(buf_ok(&findings));
    found = (code == VAULT_OK) == (count == 0) && (count == 0 || code == VAULT_INTEGRITY) &&
            text_lines(findings.data) == count && strstr(findings.data, words);
    if (!found)
        printf("# code %d: %s", (int)code, findings.data);
    buf_free(&findings);
    vault_free(v);
    return found;
}

/* As vault_text has it after a change by this person. */
static char *now_text(vault *v)
{
    char *text = NULL;
    size_t len;

    must(vault_text(v, &text, &len) == VAULT_OK);
    return text;
}

static char *age_file(const struct person *const *to, size_t count, const void *data, size_t len)
{
    struct age_recipient recipients[2];
    struct buf file = {0};
    struct err err;
    char *text;

    for (size_t i = 0; i < count; i++)
        must(age_recipient_read(slice_of(to[i]->public_key), &recipients[i], &err) == ERR_OK);
    must(age_encrypt((struct slice){data, len}, recipients, count, &file, &err) == ERR_OK);
    text = calloc(1, BASE64_ENCODED(file.len) + 1);
    must(text != NULL);
    base64_encode(text, file.data, file.len);
    buf_free(&file);
    return text;
}

/* What an outsider can write: a public key, some age file to it, and 16 bytes that are no seal. */
static char *entry_by_hand(const char *name, const char *public_key, const char *file)
{
    struct buf out = {0};

    buf_printf(&out, "%s = [\"%s\",\n  \"%s\",\n  \"AAAAAAAAAAAAAAAAAAAAAA\"]\n", name, public_key,
               file);
    buf_add(&out, "", 1);
    must(buf_ok(&out));
    return out.data;
}

static char *with_reader(const char *text, const char *name, const char *public_key,
                         const char *file)
{
    char *entry = entry_by_hand(name, public_key, file);
    char *all = text_behind(text, item_of(text, READERS("dev"), "bob"), slice_of(entry));

    free(entry);
    return all;
}

/* --- readers --- */

static bool wraps_nothing(const char *text, const char *name)
{
    vault *v = open_text(&alice, text);
    bool good_so_far = refuses(v, vault_rotate(v, "dev", VAULT_PAST_KEEP), VAULT_INTEGRITY, name) &&
                       refuses(v, vault_env_create(v, "new", "dev"), VAULT_INTEGRITY, name) &&
                       refuses(v, vault_env_copy(v, "dev", "new"), VAULT_INTEGRITY, name) &&
                       refuses(v, vault_env_rename(v, "dev", "new"), VAULT_INTEGRITY, name) &&
                       refuses(v, vault_reader_remove(v, "dev", "alice"), VAULT_INTEGRITY, name);
    char *now = now_text(v);

    good_so_far = good_so_far && strcmp(now, text) == 0;
    vault_release(now);
    vault_free(v);
    return good_so_far;
}

static void test_reader_by_hand(void)
{
    const struct person *to = &mallory;
    char key[32], *file, *text, *after;
    vault_readers *readers;
    vault *v;

    randombytes_buf(key, sizeof key);
    file = age_file(&to, 1, key, sizeof key);
    text = with_reader(good, "mallory", mallory.public_key, file);
    check(reading(strdup(text)) == VAULT_OK, "a reader added by hand: reading goes on");
    check(verify_finds(text, 1, "mallory"), "a reader added by hand: verify names them");
    check(wraps_nothing(text, "mallory"), "a reader added by hand: gets nothing");
    check(reading_as(&mallory, strdup(text)) == VAULT_INTEGRITY,
          "a reader added by hand: opens nothing");
    v = open_text(&alice, text);
    must(vault_fingerprint(v, "dev", (char[VAULT_FINGERPRINT_LEN + 1]){""}) == VAULT_OK);
    must(vault_reader_list(v, "dev", &readers) == VAULT_OK);
    check(vault_readers_count(readers) == 3 &&
              vault_readers_at(readers, 0)->seal == VAULT_SEAL_VERIFIED &&
              vault_readers_at(readers, 1)->seal == VAULT_SEAL_VERIFIED &&
              vault_readers_at(readers, 2)->seal == VAULT_SEAL_FORGED,
          "a reader added by hand: the list marks them, and them alone");
    vault_release(readers);
    check(vault_reader_remove(v, "dev", "mallory") == VAULT_OK,
          "a reader added by hand: can be taken away");
    after = now_text(v);
    check(verify_finds(after, 0, ""), "a reader added by hand: then all is well");
    vault_release(after);
    vault_free(v);
    free(text);
    free(file);
}

static void test_public_key_exchanged(void)
{
    struct slice theirs = string_of(item_of(good, READERS("dev"), "bob"), 0);
    char *text = text_splice(good, theirs, slice_of(mallory.public_key));

    check(reading(strdup(text)) == VAULT_OK, "a public key exchanged: reading goes on");
    check(verify_finds(text, 1, "bob"), "a public key exchanged: verify names whose");
    check(wraps_nothing(text, "bob"), "a public key exchanged: nothing is wrapped to it");
    check(reading_as(&mallory, text) == VAULT_INTEGRITY, "a public key exchanged: opens nothing");
}

static void test_age_files(void)
{
    struct slice hers = string_of(item_of(good, READERS("dev"), "alice"), 1);
    struct slice his = string_of(item_of(good, READERS("dev"), "bob"), 1);
    char *text = text_swap(good, hers, his);
    vault *v = open_text(&alice, text);
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];

    check(refuses(v, vault_fingerprint(v, "dev", fingerprint), VAULT_INTEGRITY, "alice"),
          "age files of two readers exchanged: the first is told");
    vault_free(v);
    check(reading_as(&bob, text) == VAULT_INTEGRITY,
          "age files of two readers exchanged: so is the second");
    text = string_copied(good, item_of(good, READERS("dev"), "bob"),
                         item_of(good, READERS("prod"), "bob"), 1);
    check(verify_finds(text, 1, "bob"), "another reader's age file from elsewhere: verify tells");
    check(reading_as(&bob, text) == VAULT_INTEGRITY,
          "another reader's age file from elsewhere: they are told");
}

/* An entry of alice's key that opens, to the key of another environment. */
static void test_second_age_file(void)
{
    struct slice foreign = item_of(good, READERS("prod"), "alice");
    struct slice rest = text_from(foreign.at + strlen("alice"), foreign.at + foreign.len);
    const char *const names[] = {"aaa", "zzz"};

    for (int i = 0; i < 2; i++) {
        char *entry = text_join(slice_of(names[i]), rest, (struct slice){"", 0});
        struct slice where =
            i ? item_of(good, READERS("dev"), "bob") : header_of(table_of(good, READERS("dev")));

        check(reading(text_behind(good, where, slice_of(entry))) == VAULT_INTEGRITY,
              "a second age file that opens to another key, %s one's own entry",
              i ? "behind" : "before");
        free(entry);
    }
    check(reading(string_copied(good, item_of(good, READERS("dev"), "alice"), foreign, 1)) ==
              VAULT_INTEGRITY,
          "one's own age file replaced by one that opens to another key");
}

/* --- made by somebody who has the key; no outsider can --- */

static void key_of_dev(struct seal_keys *keys)
{
    struct slice hers = string_of(item_of(good, READERS("dev"), "alice"), 1);
    struct buf file = {0}, key = {0};
    struct age_identity id;
    struct err err;
    char *room = buf_reserve(&file, hers.len);

    must(room && base64_decode(room, hers.at, hers.len));
    file.len = BASE64_DECODED(hers.len);
    must(age_identity_read(slice_of(alice.identity), &id, &err) == ERR_OK);
    must(age_decrypt(buf_slice(&file), &id, 1, &key, &err) == ERR_OK && key.len == SEAL_KEY);
    seal_derive(keys, (unsigned char *)key.data);
    buf_free(&file);
    buf_free(&key);
}

static void test_two_stanzas(void)
{
    struct slice hers = string_of(item_of(good, READERS("dev"), "alice"), 1);
    const struct person *to[] = {&alice, &mallory};
    struct seal_keys keys;
    char *two, *one;

    key_of_dev(&keys);
    one = age_file(to, 1, keys.env, SEAL_KEY);
    two = age_file(to, 2, keys.env, SEAL_KEY);
    check(reading(text_splice(good, hers, slice_of(one))) == VAULT_OK,
          "an age file of one stanza, made anew, opens");
    check(reading(text_splice(good, hers, slice_of(two))) == VAULT_INTEGRITY,
          "an age file of two stanzas is refused");
    free(one);
    free(two);
}

/* A key of a kind that this version does not know, put there by one that does. */
static void test_unknown_kind(void)
{
    struct slice age = string_of(item_of(good, READERS("dev"), "bob"), 1);
    struct slice name = {"robot", 5}, key = {"age1example1x", 13};
    struct slice id = string_of(item_of(good, "[vault]", "id"), 0);
    struct seal_keys keys;
    struct seal_env dev = {.id = id, .name = {"dev", 3}, .keys = &keys};
    struct buf entry = {0};
    char seal[DOC_SEAL_TEXT], *text;
    vault *v;

    key_of_dev(&keys);
    seal_reader(&dev, name, key, age, seal);
    buf_printf(&entry, "robot = [\"%s\",\n  \"%.*s\",\n  \"%.*s\"]\n", key.at, (int)age.len, age.at,
               DOC_SEAL_TEXT, seal);
    must(buf_ok(&entry));
    text = text_behind(good, item_of(good, READERS("dev"), "bob"), buf_slice(&entry));
    v = open_text(&alice, text);
    check(verifies(v, "dev"), "a reader of an unknown kind: all is well");
    check(refuses(v, vault_rotate(v, "dev", VAULT_PAST_KEEP), VAULT_INVALID, "robot"),
          "a reader of an unknown kind: wrapping to it is refused");
    check(vault_env_rename(v, "dev", "test") == VAULT_OK && verifies(v, "test"),
          "a reader of an unknown kind: the environment can be renamed");
    vault_free(v);
    buf_free(&entry);
    free(text);
}

/* --- passphrases --- */

/* [vault.passphrases] with an identity that this opens: cheaply, and with a work factor that is
 * then written over it. */
static char *passphrase_table(const char *identity, const char *work_factor)
{
    struct age_identity stretched;
    struct buf file = {0};
    struct err err;
    char line[AGE_IDENTITY_TEXT + 2], *text, *at;

    snprintf(line, sizeof line, "%s\n", identity);
    must(age_identity_of_passphrase(slice_of(MARK), 10, 10, &stretched, &err) == ERR_OK);
    must(age_encrypt(slice_of(line), &stretched.self, 1, &file, &err) == ERR_OK);
    at = memchr(file.data + strlen("age-encryption.org/v1\n"), '\n',
                file.len - strlen("age-encryption.org/v1\n"));
    must(at && memcmp(at - 3, " 10", 3) == 0);
    memcpy(at - 2, work_factor, 2);
    text = calloc(1, BASE64_ENCODED(file.len) + 64);
    must(text != NULL);
    strcpy(text, "[vault.passphrases]\nteam = \"");
    base64_encode(text + strlen(text), file.data, file.len);
    strcat(text, "\"\n\n");
    buf_free(&file);
    return text;
}

static vault_err reading_by_passphrase(const char *text)
{
    vault *v = vault_new();
    vault_err code;

    must(v && vault_add_passphrase(v, MARK, strlen(MARK)) == VAULT_OK);
    must(vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
    code = vault_fingerprint(v, "dev", (char[VAULT_FINGERPRINT_LEN + 1]){""});
    vault_free(v);
    return code;
}

/* A vault whose dev the passphrase opens. */
static char *with_passphrase(const struct person *team, const char *work_factor)
{
    vault *v = open_text(&alice, good);
    char *text, *table = passphrase_table(team->identity, work_factor), *all;

    must(vault_reader_add(v, "dev", "team", team->public_key) == VAULT_OK);
    text = now_text(v);
    all = text_behind(text, table_of(text, "[vault]"), slice_of(table));
    vault_release(text);
    vault_free(v);
    free(table);
    return all;
}

static void test_work_factor(void)
{
    struct person team = person_x25519();
    char *text = with_passphrase(&team, "10"), *hard = with_passphrase(&team, "19");

    check(reading_by_passphrase(text) == VAULT_OK, "a passphrase opens");
    check(reading_by_passphrase(hard) == VAULT_LOCKED, "a work factor of 19 is refused");
    free(text);
    free(hard);
}

/* A passphrase of dev's reader team, beside which [vault.passphrases] keeps another identity. */
static void test_passphrase_exchanged(void)
{
    struct person team = person_x25519(), other = person_x25519();
    char *text = with_passphrase(&team, "10"), *others = with_passphrase(&other, "10");
    char *exchanged = text_splice(text, item_of(text, "[vault.passphrases]", "team"),
                                  item_of(others, "[vault.passphrases]", "team"));
    vault *v;

    check(reading_by_passphrase(exchanged) == VAULT_INTEGRITY,
          "a passphrase that opens another identity than its reader's opens nothing");
    v = open_text(&alice, exchanged);
    must(vault_add_passphrase(v, MARK, strlen(MARK)) == VAULT_OK);
    check(refuses(v, vault_reader_add_passphrase(v, "prod", "team", NULL, 0), VAULT_INTEGRITY,
                  "than team has in dev"),
          "and is given no other environment");
    vault_free(v);
    free(text);
    free(others);
    free(exchanged);
}

/* Who reads dev alone puts a key of their own behind team, with a true seal. */
static void test_passphrase_confused(void)
{
    struct person team = person_x25519();
    char *text = with_passphrase(&team, "10"), *table = passphrase_table(team.identity, "10");
    char *changed, *confused, *key;
    vault *v = open_text(&bob, text);

    must(vault_reader_replace(v, "team", mallory.public_key) == VAULT_OK);
    changed = now_text(v);
    vault_free(v);
    confused = text_behind(changed, table_of(changed, "[vault]"), slice_of(table));
    check(reading_as(&mallory, strdup(confused)) == VAULT_OK, "dev is the attacker's to give");
    v = open_text(&alice, confused);
    check(refuses(v, vault_passphrase_key(v, "prod", "team", &key), VAULT_LOCKED, "is needed"),
          "the public half of a passphrase is not taken from the file");
    must(vault_add_passphrase(v, MARK, strlen(MARK)) == VAULT_OK);
    check(refuses(v, vault_passphrase_key(v, "prod", "team", &key), VAULT_INTEGRITY, "in dev"),
          "another key behind its name is an integrity error, with the environment");
    check(refuses(v, vault_reader_add_passphrase(v, "prod", "team", NULL, 0), VAULT_INTEGRITY,
                  "in dev"),
          "and it is given nothing");
    vault_free(v);
    vault_release(changed);
    free(text);
    free(table);
    free(confused);
}

/* prod's holder changes the passphrase of dev, and must not give it prod. */
static void test_passphrase_smuggled(void)
{
    struct person team = person_x25519();
    char *text = with_passphrase(&team, "10"), *smuggled, *exchanged, *now;
    struct slice entry = item_of(text, READERS("dev"), "team");
    vault *v;

    smuggled = text_behind(text, item_of(text, READERS("prod"), "bob"), entry);
    v = open_text(&alice, smuggled);
    check(
        refuses(v, vault_passphrase_change(v, "team", "other " MARK, 12), VAULT_INTEGRITY, "team"),
        "a passphrase made a reader by hand is given nothing when it is changed");
    now = now_text(v);
    check(strcmp(now, smuggled) == 0, "and nothing is changed");
    vault_release(now);
    vault_free(v);

    exchanged = text_splice(text, string_of(entry, 0), slice_of(mallory.public_key));
    v = open_text(&alice, exchanged);
    check(refuses(v, vault_reader_add_passphrase(v, "prod", "team", NULL, 0), VAULT_LOCKED, "team"),
          "a passphrase's public half is not taken from an entry that was changed");
    vault_free(v);
    free(text);
    free(smuggled);
    free(exchanged);
}

/* --- somebody who left --- */

static void test_leaver(void)
{
    vault *v = open_text(&alice, good);
    struct slice entry = item_of(good, READERS("dev"), "bob"), value;
    char *after, *text;

    must(vault_reader_remove(v, "dev", "bob") == VAULT_OK);
    after = now_text(v);
    check(reading_as(&bob, strdup(after)) == VAULT_LOCKED, "who was taken away opens nothing");
    text = text_behind(after, item_of(after, READERS("dev"), "alice"), entry);
    check(reading_as(&bob, strdup(text)) == VAULT_INTEGRITY,
          "a leaver's old wrap put back opens nothing");
    check(reading(strdup(text)) == VAULT_OK && verify_finds(text, 1, "bob"),
          "a leaver's old wrap put back: the others read on, and verify names it");
    check(wraps_nothing(text, "bob"), "a leaver's old wrap put back: nothing is wrapped to it");
    free(text);
    value = string_of(item_of(good, "[dev.app]", "A"), 0);
    text = text_splice(after, string_of(item_of(after, "[dev.app]", "A"), 0), value);
    check(reading(text) == VAULT_INTEGRITY, "a value sealed under the old key is refused");
    text = text_splice(after, item_of(after, "[dev.app]", "A"), item_of(good, "[dev.app]", "A"));
    check(reading(text) == VAULT_INTEGRITY, "a key with its old seal is refused");
    text =
        text_splice(after, table_of(after, "[vault.env.dev]"), table_of(good, "[vault.env.dev]"));
    check(reading(text) == VAULT_INTEGRITY, "the old inbox key and seal are refused");
    vault_release(after);
    vault_free(v);
}

/* --- values, and what is written about them --- */

static void test_values(void)
{
    struct slice a = item_of(good, "[dev.app]", "A");
    struct person other_alice = alice;
    char *other;

    must(mkdir("other", 0700) == 0);
    help_make("other/vault.toml", &other_alice, &bob);
    other = text_of("other/vault.toml");
    check(reading(string_copied(good, a, item_of(good, "[prod.app]", "A"), 0)) == VAULT_INTEGRITY,
          "a value copied from another environment");
    check(reading(string_copied(good, a, item_of(good, "[dev.db]", "A"), 0)) == VAULT_INTEGRITY,
          "a value copied from another secret");
    check(reading(string_copied(good, a, item_of(good, "[dev.app]", "B"), 0)) == VAULT_INTEGRITY,
          "a value copied from another key");
    check(reading(string_copied(good, a, item_of(other, "[dev.app]", "A"), 0)) == VAULT_INTEGRITY,
          "a value copied from another vault");
    check(reading(string_copied(good, item_of(good, "[vault.env.dev]", "inbox-key"),
                                item_of(good, "[vault.env.prod]", "inbox-key"), 0)) ==
              VAULT_INTEGRITY,
          "an inbox key exchanged");
    check(reading(string_copied(good, item_of(good, "[vault]", "id"),
                                item_of(other, "[vault]", "id"), 0)) == VAULT_INTEGRITY,
          "another id");
    check(reading(text_edit(good, "[dev.app]", "[dev.apq]")) == VAULT_INTEGRITY,
          "a secret renamed");
    check(reading(text_splice(good, string_of(item_of(good, "[dev.app]", "created-by"), 0),
                              slice_of("b"))) == VAULT_INTEGRITY,
          "created-by edited");
    check(reading(text_splice(good, item_of(good, "[dev.db]", "created-at"),
                              slice_of("created-at = 2020-01-01T00:00:00Z\n"))) == VAULT_INTEGRITY,
          "created-at edited");
    free(other);
}

static char *past_of_three(void)
{
    vault *v = open_text(&alice, good);
    char *text;

    for (int i = 0; i < 3; i++)
        must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK);
    text = now_text(v);
    vault_free(v);
    return text;
}

static void test_past(void)
{
    char *text = past_of_three();
    struct slice first = item_of(text, "[vault.env.dev.past]", "1");
    struct slice second = item_of(text, "[vault.env.dev.past]", "2");
    struct slice third = item_of(text, "[vault.env.dev.past]", "3");
    struct slice prods = item_of(text, "[vault.env.prod.past]", "1");

    check(reading(strdup(text)) == VAULT_OK, "a past of three keys");
    check(reading(text_without(text, third)) == VAULT_INTEGRITY, "the newest past key dropped");
    check(reading(text_without(text, table_of(text, "[vault.env.dev.past]"))) == VAULT_INTEGRITY,
          "all past keys dropped");
    check(reading(text_swap(text, string_of(first, 0), string_of(second, 0))) == VAULT_INTEGRITY,
          "past keys renumbered");
    check(reading(text_splice(text, string_of(first, 0), string_of(third, 0))) == VAULT_INTEGRITY,
          "a past key over another");
    check(reading(text_splice(text, string_of(first, 0), string_of(prods, 0))) == VAULT_INTEGRITY,
          "a past key copied from another environment");
    vault_release(text);
}

/* A handle that had it open forgets it. */
static void test_deleted(void)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault *v = open_text(&alice, good);

    must(vault_fingerprint(v, "dev", fingerprint) == VAULT_OK);
    must(vault_env_delete(v, "dev") == VAULT_OK);
    check(vault_fingerprint(v, "dev", fingerprint) == VAULT_ABSENT &&
              vault_fingerprint(v, "", fingerprint) != VAULT_OK &&
              create(v, "", "app", "A", "x") != VAULT_OK,
          "a deleted environment is open under no name");
    vault_free(v);
}

int main(void)
{
    scene_begin();
    alice = person_x25519();
    bob = person_ssh();
    mallory = person_x25519();
    help_make("vault.toml", &alice, &bob);
    good = text_of("vault.toml");
    check(verify_finds(good, 0, ""), "the vault that is attacked is well");
    test_reader_by_hand();
    test_public_key_exchanged();
    test_age_files();
    test_second_age_file();
    test_two_stanzas();
    test_unknown_kind();
    test_work_factor();
    test_passphrase_exchanged();
    test_passphrase_confused();
    test_passphrase_smuggled();
    test_leaver();
    test_values();
    test_past();
    test_deleted();
    free(good);
    return tap_done();
}
