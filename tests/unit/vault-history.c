/* libvault: other versions of a vault, opened by the keys of today's. */
#include "scene.h"

static struct person me, bob;

static vault *open_version(const char *text)
{
    vault *v = vault_new();

    must(v != NULL && vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
    return v;
}

/* A vault that me and bob read, as it was: before, rotated, and with its past forgotten. */
static char *made, *rotated, *forgotten;

static void make_versions(void)
{
    vault *v;

    make_vault("v.toml", &me);
    v = open_as(&me, "v.toml");
    must(vault_reader_add(v, "dev", "bob", bob.public_key) == VAULT_OK &&
         create(v, "dev", "a", "K", MARK) == VAULT_OK && vault_save(v) == VAULT_OK);
    made = text_of("v.toml");
    must(vault_reader_remove(v, "dev", "bob") == VAULT_OK && vault_save(v) == VAULT_OK);
    rotated = text_of("v.toml");
    must(vault_rotate(v, "dev", VAULT_PAST_FORGET) == VAULT_OK && vault_save(v) == VAULT_OK);
    forgotten = text_of("v.toml");
    vault_free(v);
}

static void test_keys(void)
{
    vault *today = open_version(rotated), *then = open_version(made), *other = open_version(made);

    give_identity(today, &me);
    check(refuses(then, vault_fingerprint(then, "dev", (char[VAULT_FINGERPRINT_LEN + 1]){""}),
                  VAULT_NO_CREDENTIAL, "dev"),
          "a version by itself is locked");
    check(vault_add_keys_of(then, today, "dev") == VAULT_OK && holds(then, "dev", "a", "K", MARK),
          "the keys of today's open it, across a rotation");
    check(verifies(then, "dev"), "and verify it");
    check(vault_add_keys_of(then, today, "dev") == VAULT_OK, "to add them twice is no error");
    check(refuses(other, vault_add_keys_of(other, today, "no"), VAULT_ABSENT, "no environment no"),
          "an environment that is not there");
    vault_free(today);
    today = open_version(rotated);
    check(refuses(other, vault_add_keys_of(other, today, "dev"), VAULT_NO_CREDENTIAL, "dev"),
          "a key that cannot be opened");
    vault_free(today);
    vault_free(then);
    vault_free(other);
}

static void test_forgotten(void)
{
    vault *today = open_version(forgotten), *then = open_version(made);

    give_identity(today, &me);
    must(vault_add_keys_of(then, today, "dev") == VAULT_OK);
    check(refuses(then, vault_verify(then, "dev", NULL, NULL), VAULT_NO_CREDENTIAL, "dev"),
          "a past that was forgotten opens nothing");
    check(vault_add_credentials_of(then, today) == VAULT_OK && holds(then, "dev", "a", "K", MARK),
          "but one's own entry of that time does");
    vault_free(then);
    vault_free(today);
}

/* A key is believed only if the file's inbox key follows from it, and all seals verify. */
static void test_forged(void)
{
    vault *today = open_version(made), *then;
    char *text = strdup(made), *at;

    must(text != NULL);
    give_identity(today, &me);
    at = strstr(text, "first-key = \"");
    must(at != NULL);
    at[13] = at[13] == 'A' ? 'B' : 'A';
    then = open_version(text);
    must(vault_add_keys_of(then, today, "dev") == VAULT_OK);
    check(refuses(then, vault_verify(then, "dev", NULL, NULL), VAULT_INTEGRITY, "dev/a"),
          "a version with a broken seal is not opened");
    vault_free(then);
    vault_free(today);
    free(text);
}

static void test_passphrase(void)
{
    vault *v = open_as(&me, "v.toml"), *then;
    char *text;

    must(vault_reader_add_passphrase(v, "dev", "team", MARK " words", strlen(MARK " words")) ==
             VAULT_OK &&
         vault_save(v) == VAULT_OK);
    vault_free(v);
    text = text_of("v.toml");
    v = open_version(text);
    then = open_version(text);
    must(vault_add_passphrase(v, MARK " words", strlen(MARK " words")) == VAULT_OK &&
         verifies(v, "dev"));
    must(vault_add_credentials_of(then, v) == VAULT_OK);
    vault_free(v);
    check(verifies(then, "dev"), "a passphrase is taken over too, with what it opened");
    vault_free(then);
    free(text);
}

int main(void)
{
    scene_begin();
    me = person_x25519();
    bob = person_x25519();
    make_versions();
    test_keys();
    test_forgotten();
    test_forged();
    test_passphrase();
    free(made);
    free(rotated);
    free(forgotten);
    return tap_done();
}
