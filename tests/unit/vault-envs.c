/* libvault: making, opening and saving a vault; its environments, their keys and what a machine
 * remembers of them. */
#include "scene.h"
#include "vault/handle.h"

#include <sys/stat.h>

static struct person me, bob;

static bool opens(const struct person *p, const char *path, const char *env)
{
    vault *v = open_as(p, path);
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    bool good = vault_fingerprint(v, env, fingerprint) == VAULT_OK;

    vault_free(v);
    return good;
}

static bool env_list_is(vault *v, const char *joined)
{
    const char **names = NULL;
    size_t count = 0;
    char all[256] = "";

    must(vault_env_list(v, &names, &count) == VAULT_OK);
    for (size_t i = 0; i < count; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", names[i]);
    vault_release(names);
    return strcmp(all, joined) == 0;
}

/* --- making, opening, saving --- */

static void test_make(void)
{
    vault *v = vault_new();
    struct stat st;

    give_identity(v, &me);
    check(vault_error(v)[0] == '\0' && vault_error_reason(v) == VAULT_REASON_NONE &&
              vault_error_detail(v, VAULT_DETAIL_ENV)[0] == '\0',
          "a new handle has no error");
    check(refuses(v, vault_save(v) == VAULT_OK ? vault_env_create(v, "dev", NULL) : VAULT_FAILED,
                  VAULT_ABSENT, "no vault is open"),
          "nothing can be changed before a vault is open");
    check(refuses(v, vault_open(v, "made.toml"), VAULT_ABSENT, "there is no file made.toml"),
          "a file that is not there");
    check(vault_create(v, "made.toml") == VAULT_OK && access("made.toml", F_OK) != 0,
          "a new vault is not written at once");
    check(env_list_is(v, ""), "and has no environments");
    must(vault_env_create(v, "dev", NULL) == VAULT_OK &&
         create(v, "dev", "a", "K", MARK) == VAULT_OK);
    check(refuses(v, vault_save(v), VAULT_INVALID, "nobody could read dev") &&
              access("made.toml", F_OK) != 0,
          "it is not saved before somebody can read it");
    check(refuses(v, vault_env_create(v, "dev", NULL), VAULT_EXISTS, "dev"),
          "and nothing of it is forgotten");
    must(vault_reader_add(v, "dev", "me", me.public_key) == VAULT_OK);
    check(vault_save(v) == VAULT_OK && stat("made.toml", &st) == 0 && (st.st_mode & 0777) == 0600,
          "it is saved with mode 0600");
    check(update(v, "dev", "a", "K", "v") == VAULT_OK && vault_save(v) == VAULT_OK &&
              holds(v, "dev", "a", "K", "v"),
          "and the handle goes on with it");
    vault_free(v);
    check(opens(&me, "made.toml", "dev"), "another one opens it");
    v = vault_new();
    check(refuses(v, vault_create(v, "made.toml"), VAULT_EXISTS, "made.toml exists already"),
          "a vault is not made where a file stands");
    check(refuses(v, vault_create(v, "no/folder/v.toml"), VAULT_FAILED, "no/folder/v.toml"),
          "nor where no folder is");
    vault_free(v);
    vault_free(NULL);
}

/* A new vault that was given up before it was saved: the handle then serves for one that somebody
 * else has made there meanwhile. */
static void test_made_by_another(void)
{
    vault *v = vault_new();

    give_identity(v, &me);
    must(vault_create(v, "both.toml") == VAULT_OK);
    check(refuses(v, vault_env_create(v, "vault", NULL), VAULT_INVALID,
                  "no environment can be called vault"),
          "an environment cannot be called vault");
    vault_discard(v);
    make_vault("both.toml", &me);
    check(create(v, "dev", "a", "K", "v") == VAULT_OK && vault_save(v) == VAULT_OK,
          "a handle whose new vault was given up changes the one that another has made");
    vault_free(v);
}

static void test_bytes(void)
{
    char *text = text_of("made.toml"), *out = NULL;
    vault *v = vault_new();
    size_t len = 0;

    give_identity(v, &me);
    check(vault_open_bytes(v, text, strlen(text)) == VAULT_OK && holds(v, "dev", "a", "K", "v"),
          "a vault is opened from bytes");
    check(vault_text(v, &out, &len) == VAULT_OK && len == strlen(text) && strcmp(out, text) == 0,
          "its text is these bytes");
    vault_release(out);
    must(update(v, "dev", "a", "K", "changed") == VAULT_OK);
    check(vault_text(v, &out, &len) == VAULT_OK && out[len] == '\0' && diff_of(text, out).in == 1 &&
              diff_of(text, out).out == 1,
          "and has the changes");
    check(refuses(v, vault_save(v), VAULT_INVALID, "this vault is not a file"),
          "they cannot be saved");
    check(holds(v, "dev", "a", "K", "changed"), "and are not lost by that");
    check(update(v, "dev", "none", "K", "x") == VAULT_ABSENT &&
              holds(v, "dev", "a", "K", "changed"),
          "nor by an error that changes nothing");
    vault_discard(v);
    check(holds(v, "dev", "a", "K", "v"), "until they are discarded");
    must(vault_open_bytes(v, out, len) == VAULT_OK);
    check(holds(v, "dev", "a", "K", "changed"), "the text is a vault");
    vault_discard(v);
    check(holds(v, "dev", "a", "K", "changed"), "discarding leaves it as it was opened");
    vault_release(out);
    vault_free(v);
    free(text);
}

static void test_discard(void)
{
    const struct person other = person_x25519();
    vault *v = open_as(&me, "made.toml");
    char *before = text_of("made.toml"), *text = NULL;
    size_t len;

    must(update(v, "dev", "a", "K", "other") == VAULT_OK);
    vault_discard(v);
    check(vault_save(v) == VAULT_OK && stands_as("made.toml", before) &&
              holds(v, "dev", "a", "K", "v"),
          "changes that are discarded are not written");
    must(update(v, "dev", "a", "K", "other") == VAULT_OK &&
         vault_reader_add(v, "dev", "other", other.public_key) == VAULT_OK);
    check(refuses(v, vault_reader_remove(v, "dev", "me"), VAULT_INVALID,
                  "you could not open dev afterwards") &&
              vault_save(v) == VAULT_OK && stands_as("made.toml", before),
          "an error in the midst of a change forgets those before it too: nothing half changed is "
          "written");
    must(update(v, "dev", "a", "K", "other") == VAULT_OK);
    check(vault_text(v, &text, &len) == VAULT_OK && strcmp(text, before) != 0 &&
              stands_as("made.toml", before),
          "vault_text tells what would be written");
    check(vault_save(v) == VAULT_OK && stands_as("made.toml", text), "and that is written");
    vault_release(text);
    free(before);
    vault_free(v);
}

/* --- environments --- */

static void test_envs(void)
{
    vault *v = open_as(&me, "made.toml");
    char one[VAULT_FINGERPRINT_LEN + 1], two[VAULT_FINGERPRINT_LEN + 1];
    vault_kv *kv = NULL;

    check(vault_env_create(v, "prod", "dev") == VAULT_OK && vault_save(v) == VAULT_OK &&
              env_list_is(v, "dev prod "),
          "an environment is created with the readers of another, and listed");
    check(vault_fingerprint(v, "dev", one) == VAULT_OK &&
              vault_fingerprint(v, "prod", two) == VAULT_OK &&
              strlen(one) == VAULT_FINGERPRINT_LEN && strcmp(one, two) != 0,
          "it has a key of its own");
    check(
        refuses(v, vault_env_create(v, "dev", NULL), VAULT_EXISTS, "an environment dev already") &&
            refuses(v, vault_env_create(v, "x", "none"), VAULT_ABSENT, "none") &&
            refuses(v, vault_env_create(v, "a b", NULL), VAULT_INVALID, "'a b'") &&
            refuses(v, vault_env_create(v, "vault", "dev"), VAULT_INVALID, "called vault"),
        "not twice, not like nothing, not under no name");

    check(vault_env_copy(v, "dev", "copy") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "copy") && holds(v, "copy", "a", "K", "other") &&
              vault_fingerprint(v, "copy", two) == VAULT_OK && strcmp(one, two) != 0,
          "an environment is copied, with its values, under a key of its own");
    check(refuses(v, vault_env_copy(v, "dev", "prod"), VAULT_EXISTS, "prod") &&
              refuses(v, vault_env_copy(v, "none", "new"), VAULT_ABSENT, "none"),
          "not onto another, nor from nothing");

    check(vault_env_rename(v, "copy", "staging") == VAULT_OK &&
              holds(v, "staging", "a", "K", "other") && vault_save(v) == VAULT_OK &&
              verifies(v, "staging") && holds(v, "staging", "a", "K", "other") &&
              env_list_is(v, "dev prod staging "),
          "an environment is renamed");
    check(vault_fingerprint(v, "staging", one) == VAULT_OK && strcmp(one, two) == 0,
          "and keeps its key");
    check(vault_env_rename(v, "staging", "aaa") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "aaa") && env_list_is(v, "aaa dev prod "),
          "also to another place in the file");
    check(refuses(v, vault_env_rename(v, "aaa", "dev"), VAULT_EXISTS, "dev") &&
              refuses(v, vault_env_rename(v, "none", "new"), VAULT_ABSENT, "none") &&
              refuses(v, vault_env_rename(v, "aaa", "vault"), VAULT_INVALID, "called vault"),
          "not onto another, nor from nothing, nor to what is no name");

    check(vault_env_delete(v, "aaa") == VAULT_OK &&
              vault_secret_get(v, "aaa", "a", NULL, 0, &kv) == VAULT_ABSENT &&
              vault_save(v) == VAULT_OK && env_list_is(v, "dev prod "),
          "an environment is deleted");
    check(refuses(v, vault_env_delete(v, "aaa"), VAULT_ABSENT, "there is no environment aaa"),
          "and then it is not there");
    must(vault_env_create(v, "again", "dev") == VAULT_OK &&
         create(v, "again", "s", "K", "1") == VAULT_OK &&
         vault_env_delete(v, "again") == VAULT_OK &&
         vault_env_create(v, "again", "dev") == VAULT_OK && vault_save(v) == VAULT_OK);
    check(verifies(v, "again") && vault_secret_get(v, "again", "s", NULL, 0, &kv) == VAULT_ABSENT,
          "one that is deleted and created again before it is saved is empty");
    must(vault_env_delete(v, "again") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

/* An environment that one cannot open can be deleted: whoever can write the file can. */
static void test_delete_of_others(void)
{
    vault *v = open_as(&bob, "made.toml");

    check(vault_env_delete(v, "prod") == VAULT_OK && vault_save(v) == VAULT_OK &&
              env_list_is(v, "dev "),
          "an environment is deleted without a key");
    vault_free(v);
}

static void keep_notice(void *user, const char *sentence)
{
    snprintf(user, 512, "%s", sentence);
}

static void test_rotate(void)
{
    vault *v = open_as(&me, "made.toml");
    char one[VAULT_FINGERPRINT_LEN + 1], two[VAULT_FINGERPRINT_LEN + 1], *text;

    must(vault_fingerprint(v, "dev", one) == VAULT_OK);
    check(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "dev") && holds(v, "dev", "a", "K", "other"),
          "an environment gets a new key, and its values are there");
    check(vault_fingerprint(v, "dev", two) == VAULT_OK && strcmp(one, two) != 0,
          "its fingerprint is another");
    text = text_of("made.toml");
    check(strstr(text, "[vault.env.dev.past]\n1 = \"") && !strstr(text, "\n2 = \""),
          "the past has the old key");
    free(text);
    for (int i = 2; i <= 11; i++)
        must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK && vault_save(v) == VAULT_OK);
    text = text_of("made.toml");
    check(verifies(v, "dev") && strstr(text, "\n11 = \"") != NULL,
          "eleven times is eleven of them");
    free(text);
    check(vault_env_rename(v, "dev", "prod") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "prod") && vault_env_rename(v, "prod", "dev") == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev"),
          "they go along when the environment is renamed");
    check(vault_rotate(v, "dev", VAULT_PAST_FORGET) == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "dev"),
          "a rotation forgets them");
    text = text_of("made.toml");
    check(!strstr(text, "past]"), "and their table is gone");
    free(text);
    check(refuses(v, vault_rotate(v, "none", VAULT_PAST_KEEP), VAULT_ABSENT, "none"),
          "there is nothing to rotate in nothing");
    must(vault_env_create(v, "empty", NULL) == VAULT_OK);
    check(refuses(v, vault_rotate(v, "empty", VAULT_PAST_KEEP), VAULT_INVALID,
                  "you could not open empty afterwards"),
          "whoever rotates must be able to open it afterwards");
    vault_free(v);
}

/* --- what is read again before it is written --- */

static const struct slice nothing = {"", 0};

static struct doc_table *table_of(vault *v, enum doc_kind kind)
{
    struct doc_table *table = doc_find(&v->doc, kind, slice_of("dev"), nothing);

    must(table != NULL);
    return table;
}

static void break_inbox_key(vault *v)
{
    must(doc_set_part(&v->doc, table_of(v, DOC_ENV)->own[DOC_INBOX_KEY], 0, nothing));
}

static void break_seal(vault *v)
{
    must(doc_set_part(&v->doc, table_of(v, DOC_ENV)->own[DOC_FIRST_SECRET], 0,
                      slice_of("AAAAAAAAAAAAAAAAAAAAAA")));
}

static void break_value(vault *v)
{
    struct doc_table *secret = doc_next_table(&v->doc, NULL, DOC_SECRET, slice_of("dev"));

    must(doc_set_part(&v->doc, doc_entry(secret->items), 0, slice_of("AAAA")));
}

static void break_line(vault *v)
{
    must(doc_set_part(&v->doc, table_of(v, DOC_ENV)->own[DOC_INBOX_KEY], 0, slice_of("\"\n[x]")));
}

/* Sealed as it should be, to the reader that it says: of another environment's key. */
static void break_reader(vault *v)
{
    struct seal_env e = handle_seal_env(v, handle_opened(v, slice_of("dev")));
    struct doc_item *reader = doc_find_entry(table_of(v, DOC_READERS), slice_of("me"));
    struct buf file = {0}, text = {0};
    struct age_recipient to;
    unsigned char other[SEAL_KEY];
    char seal[DOC_SEAL_TEXT], *room;
    struct err err;

    randombytes_buf(other, sizeof other);
    must(age_recipient_read(reader->part[0], &to, &err) == ERR_OK);
    must(age_encrypt((struct slice){(char *)other, sizeof other}, &to, 1, &file, &err) == ERR_OK);
    room = buf_reserve(&text, BASE64_ENCODED(file.len));
    must(room != NULL);
    base64_encode(room, file.data, file.len);
    text.len = BASE64_ENCODED(file.len);
    seal_reader(&e, reader->name, reader->part[0], buf_slice(&text), seal);
    must(doc_set_part(&v->doc, reader, 1, buf_slice(&text)) &&
         doc_set_part(&v->doc, reader, 2, (struct slice){seal, sizeof seal}));
    buf_free(&file);
    buf_free(&text);
}

static void test_read_again(void)
{
    static const struct {
        const char *what, *words;
        void (*break_it)(vault *v);
    } cases[] = {{"a line that is none", "line ", break_line},
                 {"an environment without a key for proposals", "line ", break_inbox_key},
                 {"a broken seal", "dev", break_seal},
                 {"a value under the seal of another", "dev", break_value},
                 {"a reader who could not open the new key", "the reader me of dev", break_reader}};
    vault *v = open_as(&me, "made.toml");
    char *text = text_of("made.toml");

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK);
        cases[i].break_it(v);
        check(refuses(v, vault_save(v), VAULT_FAILED, "does not read as it should") &&
                  strstr(vault_error(v), cases[i].words) && stands_as("made.toml", text),
              "%s is not saved", cases[i].what);
    }
    check(update(v, "dev", "a", "K", "other") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "dev"),
          "the handle goes on with the file as it is");
    free(text);
    vault_free(v);
}

/* --- what this machine remembers --- */

static vault *open_pinned(const char *path, const char *pins, char *notice)
{
    vault *v = open_as(&me, path);

    must(vault_pins_use(v, pins, 0) == VAULT_OK);
    vault_set_notice(v, keep_notice, notice);
    notice[0] = '\0';
    return v;
}

static void test_pins(void)
{
    char notice[512], print[VAULT_FINGERPRINT_LEN + 1], found[VAULT_FINGERPRINT_LEN + 1],
        old_print[VAULT_FINGERPRINT_LEN + 1];
    char *old, *text, *pins;
    vault *v;

    make_vault("pinned.toml", &me);
    old = text_of("pinned.toml");
    v = open_pinned("pinned.toml", "state/vault/pins", notice);
    must(vault_fingerprint(v, "dev", old_print) == VAULT_OK);
    check(strstr(notice, "first time") && strstr(notice, old_print),
          "a first opening is told, with the fingerprint");
    vault_free(v);
    v = open_pinned("pinned.toml", "state/vault/pins", notice);
    check(verifies(v, "dev") && !notice[0], "the next one is not");
    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK &&
         vault_env_create(v, "made", "dev") == VAULT_OK && vault_save(v) == VAULT_OK);
    check(verifies(v, "dev") && verifies(v, "made") && !notice[0],
          "what was rotated or made here is known here");
    must(vault_fingerprint(v, "dev", print) == VAULT_OK);
    vault_free(v);

    text = text_of("pinned.toml");
    write_text("pinned.toml", old, strlen(old));
    v = open_pinned("pinned.toml", "state/vault/pins", notice);
    check(refuses(v, vault_fingerprint(v, "dev", found), VAULT_INTEGRITY,
                  "the new key that was made on this machine") &&
              !found[0] && vault_error_reason(v) == VAULT_REASON_KEY_TAKEN_BACK &&
              strcmp(vault_error_detail(v, VAULT_DETAIL_ENV), "dev") == 0 &&
              strcmp(vault_error_detail(v, VAULT_DETAIL_FOUND), old_print) == 0 &&
              strcmp(vault_error_detail(v, VAULT_DETAIL_KNOWN), print) == 0,
          "an older file is refused, and it is said that the newer key was made here");
    check(refuses(v, vault_trust(v, "dev"), VAULT_INTEGRITY, "older"),
          "and trust does not go back");
    check(vault_pin(v, "dev", old_print) == VAULT_OK && verifies(v, "dev"),
          "but it can be named for once");
    vault_free(v);
    v = open_pinned("pinned.toml", "state/vault/pins", notice);
    check(vault_pin(v, "dev", print) == VAULT_OK && vault_trust(v, "dev") == VAULT_INTEGRITY,
          "and it does not go back to one that was not named");
    check(vault_pin(v, "dev", print) == VAULT_OK, "another fingerprint is asked for");
    vault_discard(v);
    check(refuses(v, vault_fingerprint(v, "dev", found), VAULT_INTEGRITY,
                  "not the one that was asked for"),
          "and refused");
    check(refuses(v, vault_pin(v, "dev", "short"), VAULT_INVALID, "22 characters") &&
              refuses(v, vault_pin(v, "a b", old_print), VAULT_INVALID, "'a b'"),
          "what can be no fingerprint, or no environment");
    vault_free(v);
    write_text("pinned.toml", text, strlen(text));
    free(text);

    /* Somebody else rotates: the past vouches for the new key. */
    v = open_as(&me, "pinned.toml");
    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
    v = open_pinned("pinned.toml", "state/vault/pins", notice);
    check(verifies(v, "dev") && strstr(notice, "its old one vouches for"),
          "a rotation elsewhere is accepted, and told");
    vault_free(v);
    v = open_as(&me, "pinned.toml");
    must(vault_rotate(v, "dev", VAULT_PAST_FORGET) == VAULT_OK &&
         vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK &&
         vault_env_create(v, "new", "dev") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
    v = open_pinned("pinned.toml", "state/vault/pins", notice);
    check(refuses(v, vault_fingerprint(v, "dev", print), VAULT_INTEGRITY, "another key"),
          "one that nothing vouches for is refused");
    check(update(v, "dev", "a", "K", MARK) == VAULT_INTEGRITY, "for changes too");
    check(refuses(v, vault_fingerprint(v, "new", print), VAULT_INTEGRITY,
                  "this machine knows the vault, but not this environment"),
          "so is an environment that is new in a known vault");
    check(vault_pin(v, "new", NULL) == VAULT_OK && verifies(v, "new"), "unless it was named");
    check(vault_trust(v, "dev") == VAULT_OK && verifies(v, "dev"), "a person may trust the key");
    vault_free(v);
    v = open_pinned("pinned.toml", "state/vault/pins", notice);
    check(verifies(v, "dev") && verifies(v, "new") && !notice[0], "and both are remembered");
    vault_free(v);

    must(unlink("pinned.toml") == 0);
    make_vault("pinned.toml", &me);
    v = open_pinned("pinned.toml", "state/vault/pins", notice);
    check(
        refuses(v, vault_fingerprint(v, "dev", print), VAULT_INTEGRITY, "another vault stood here"),
        "another vault in its place is refused");
    check(vault_trust(v, "dev") == VAULT_OK && verifies(v, "dev"), "until it is trusted");
    vault_free(v);

    pins = text_of("state/vault/pins");
    v = open_pinned("made.toml", "made.toml/pins", notice);
    check(verifies(v, "dev") && strstr(notice, "is not remembered: cannot write"),
          "pins that cannot be stored are no error, and told");
    vault_free(v);
    check(stands_as("state/vault/pins", pins), "and others stay as they are");
    v = open_as(&me, "made.toml");
    check(refuses(v, vault_trust(v, "dev"), VAULT_INVALID, "where pins are kept"),
          "there is nothing to trust where nothing is remembered");
    vault_free(v);
    free(old);
    free(pins);
}

static void test_arguments(void)
{
    vault *v = vault_new();
    char long_author[VAULT_AUTHOR_MAX + 2];

    memset(long_author, 'a', sizeof long_author - 1);
    long_author[sizeof long_author - 1] = '\0';
    check(refuses(v, vault_set_author(v, long_author), VAULT_INVALID, "at most 255 bytes"),
          "an author of 256 bytes");
    long_author[VAULT_AUTHOR_MAX] = '\0';
    check(vault_set_author(v, long_author) == VAULT_OK, "one of 255");
    check(refuses(v, vault_set_author(v, "a\"b"), VAULT_INVALID, "an author") &&
              refuses(v, vault_set_author(v, "a\\b"), VAULT_INVALID, "an author") &&
              refuses(v, vault_set_author(v, "a\nb"), VAULT_INVALID, "an author") &&
              refuses(v, vault_set_author(v, "a\xFF"), VAULT_INVALID, "an author"),
          "and what an author cannot have in them");
    check(strcmp(vault_version(), VAULT_VERSION) == 0, "the version is the header's");
    vault_free(v);
}

int main(void)
{
    scene_begin();
    me = person_x25519();
    bob = person_x25519();
    test_make();
    test_made_by_another();
    test_bytes();
    test_discard();
    test_envs();
    test_delete_of_others();
    test_rotate();
    test_read_again();
    test_pins();
    test_arguments();
    return tap_done();
}
