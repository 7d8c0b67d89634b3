/* A vault or an environment put in the place of another, made with a key of the attacker's own and
 * given to everybody's real public keys: only what a machine has accepted before stands against it.
 */
#include "vault_help.h"

#include <sys/stat.h>

static struct person alice, bob, mallory;
static char *good;

/* --- a machine: a pins file, and what it was told --- */

struct told {
    const char *named, *pin_env, *pin;
    struct buf notices;
};

static void hear(void *user, const char *sentence)
{
    struct told *told = user;

    buf_printf(&told->notices, "%s\n", sentence);
}

static vault *machine(const char *pins, const char *path, struct told *told)
{
    vault *v = vault_new();

    must(v != NULL);
    give_identity(v, &alice);
    must(vault_pins_use(v, pins, 0) == VAULT_OK);
    if (told) {
        vault_set_notice(v, hear, told);
        must(!told->named || vault_pin(v, told->named, NULL) == VAULT_OK);
        must(!told->pin || vault_pin(v, told->pin_env, told->pin) == VAULT_OK);
    }
    must(vault_open(v, path) == VAULT_OK);
    return v;
}

/* What comes of opening env of this text, at the vault's path. */
static vault_err open_there(const char *pins, const char *text, const char *env, struct told *told)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault *v;
    vault_err code;

    write_text("vault.toml", text, strlen(text));
    v = machine(pins, "vault.toml", told);
    code = vault_fingerprint(v, env, fingerprint);
    vault_free(v);
    return code;
}

static vault_err trust_there(const char *pins, const char *text, const char *env)
{
    vault *v;
    vault_err code;

    write_text("vault.toml", text, strlen(text));
    v = machine(pins, "vault.toml", NULL);
    code = vault_trust(v, env);
    vault_free(v);
    return code;
}

static bool heard(struct told *told, const char *words)
{
    bool yes;

    buf_add(&told->notices, "", 1);
    must(buf_ok(&told->notices));
    yes = strstr(told->notices.data, words) != NULL;
    buf_free(&told->notices);
    return yes;
}

static size_t pin_lines(const char *pins)
{
    char *text = text_of(pins);
    size_t count = text_lines(text);

    free(text);
    return count;
}

/* --- what others make of the file --- */

static vault *open_text(const struct person *p, const char *text)
{
    vault *v = vault_new();

    must(v != NULL);
    give_identity(v, p);
    must(vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
    return v;
}

static char *closed(vault *v)
{
    char *text = NULL;
    size_t len;

    must(vault_text(v, &text, &len) == VAULT_OK);
    vault_free(v);
    return text;
}

/* By mallory, who opens nothing of it: env with a key of her own, and a value. */
static char *forged(const char *text, const char *env)
{
    vault *v = open_text(&mallory, text);
    vault_err gone = vault_env_delete(v, env);

    must(gone == VAULT_OK || gone == VAULT_ABSENT);
    must(vault_env_create(v, env, NULL) == VAULT_OK);
    must(vault_reader_add(v, env, "alice", alice.public_key) == VAULT_OK);
    must(vault_reader_add(v, env, "bob", bob.public_key) == VAULT_OK);
    must(vault_reader_add(v, env, "m", mallory.public_key) == VAULT_OK);
    must(create(v, env, "app", "A", "forged") == VAULT_OK);
    return closed(v);
}

static char *rotated(const char *text, const char *env, vault_past past)
{
    vault *v = open_text(&alice, text);

    must(vault_rotate(v, env, past) == VAULT_OK);
    return closed(v);
}

static void fingerprint_of(const char *text, const char *env, char out[VAULT_FINGERPRINT_LEN + 1])
{
    vault *v = open_text(&alice, text);

    must(vault_fingerprint(v, env, out) == VAULT_OK);
    vault_free(v);
}

/* --- tests: each a machine of its own --- */

static void test_forged_environment(void)
{
    char *text = forged(good, "dev");
    struct told told = {.named = NULL};

    check(open_there("forged", good, "dev", &told) == VAULT_OK && heard(&told, "first time"),
          "the first time is told");
    check(open_there("forged", good, "dev", &told) == VAULT_OK && told.notices.len == 0,
          "the second time is not");
    check(open_there("forged", text, "dev", NULL) == VAULT_INTEGRITY,
          "an environment replaced by a forged one is refused");
    told.named = "dev";
    check(open_there("forged", text, "dev", &told) == VAULT_INTEGRITY,
          "an environment replaced by a forged one is refused when it is named, too");
    check(open_there("forged", good, "dev", NULL) == VAULT_OK, "the true one still opens");
    check(open_there("newcomer", text, "dev", NULL) == VAULT_OK,
          "a machine that never saw the true one cannot tell");
    check(trust_there("forged", text, "dev") == VAULT_OK &&
              open_there("forged", text, "dev", NULL) == VAULT_OK,
          "who trusts the forged one has it");
    buf_free(&told.notices);
    vault_release(text);
}

static void test_unknown_environment(void)
{
    char *text = forged(good, "more");
    struct told told = {.named = "more"};

    must(open_there("unknown", good, "dev", NULL) == VAULT_OK);
    check(open_there("unknown", text, "more", NULL) == VAULT_INTEGRITY,
          "an environment that is unknown, in a vault that is known");
    check(open_there("unknown", text, "dev", NULL) == VAULT_OK, "the one beside it opens");
    check(open_there("unknown", text, "more", &told) == VAULT_OK, "it opens when it is named");
    check(open_there("unknown", text, "more", NULL) == VAULT_OK, "and is known from then on");
    buf_free(&told.notices);
    vault_release(text);
}

static void test_another_vault(void)
{
    struct told told = {.named = "dev"};
    char *text;

    must(mkdir("other", 0700) == 0);
    help_make("other/vault.toml", &alice, &bob);
    text = text_of("other/vault.toml");
    must(open_there("path", good, "dev", NULL) == VAULT_OK);
    check(open_there("path", text, "dev", NULL) == VAULT_INTEGRITY, "another id at a known path");
    check(open_there("path", text, "dev", &told) == VAULT_INTEGRITY,
          "another id at a known path, for an environment that is named");
    check(trust_there("path", text, "dev") == VAULT_OK &&
              open_there("path", text, "dev", NULL) == VAULT_OK,
          "another id at a known path that is trusted");
    check(open_there("path", text, "prod", NULL) == VAULT_INTEGRITY,
          "and not its other environments");
    buf_free(&told.notices);
    free(text);
}

/* Whatever way leads to a known path. */
static void test_ways(void)
{
    char *folder = realpath(".", NULL), *text = text_of("other/vault.toml"), path[3][4096];

    must(folder && symlink(".", "way") == 0);
    snprintf(path[0], sizeof path[0], "%s/vault.toml", folder);
    snprintf(path[1], sizeof path[1], "%s/way/vault.toml", folder);
    snprintf(path[2], sizeof path[2], "way/./vault.toml");
    must(open_there("ways", good, "dev", NULL) == VAULT_OK && pin_lines("ways") == 2);
    for (int i = 0; i < 3; i++) {
        char fingerprint[VAULT_FINGERPRINT_LEN + 1];
        vault *v;

        write_text("vault.toml", good, strlen(good));
        v = machine("ways", path[i], NULL);
        check(vault_fingerprint(v, "dev", fingerprint) == VAULT_OK &&
                  pin_lines("ways") == 2 + (size_t)i,
              "a known path is known by way %d", i);
        vault_free(v);
        write_text("vault.toml", text, strlen(text));
        v = machine("ways", path[i], NULL);
        check(vault_fingerprint(v, "dev", fingerprint) == VAULT_INTEGRITY,
              "another id at a known path, by way %d", i);
        vault_free(v);
    }
    free(folder);
    free(text);
}

/* The path is known, its vault moved: the id tells. */
static void test_moved(void)
{
    char *text = forged(good, "dev");
    vault *v;

    must(open_there("moved", good, "dev", NULL) == VAULT_OK);
    write_text("elsewhere.toml", text, strlen(text));
    v = machine("moved", "elsewhere.toml", NULL);
    check(vault_fingerprint(v, "dev", (char[VAULT_FINGERPRINT_LEN + 1]){""}) == VAULT_INTEGRITY,
          "a forged environment of a known id at another path");
    must(vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
    check(vault_fingerprint(v, "dev", (char[VAULT_FINGERPRINT_LEN + 1]){""}) == VAULT_INTEGRITY,
          "a forged environment of a known id that is no file");
    vault_free(v);
    vault_release(text);
}

static void test_rotations(void)
{
    char *once = rotated(good, "dev", VAULT_PAST_KEEP), *twice, *forgot;
    char old[VAULT_FINGERPRINT_LEN + 1], *pins, *again;
    struct told told = {.named = NULL};

    twice = rotated(once, "dev", VAULT_PAST_KEEP);
    forgot = rotated(twice, "dev", VAULT_PAST_FORGET);
    fingerprint_of(good, "dev", old);
    must(open_there("rotated", good, "dev", NULL) == VAULT_OK && pin_lines("rotated") == 2);
    check(open_there("rotated", twice, "dev", &told) == VAULT_OK && heard(&told, "vouches"),
          "a key that has the pinned one in its past is accepted, and told");
    check(pin_lines("rotated") == 3, "and appended at once");
    check(open_there("rotated", twice, "dev", &told) == VAULT_OK && told.notices.len == 0,
          "and not told again");
    pins = text_of("rotated");
    check(open_there("rotated", good, "dev", NULL) == VAULT_INTEGRITY, "an older checkout");
    check(trust_there("rotated", good, "dev") == VAULT_INTEGRITY, "trust does not move a pin back");
    check(open_there("rotated", once, "dev", NULL) == VAULT_INTEGRITY,
          "an older checkout with a key that was never seen here");
    told.pin_env = "dev";
    told.pin = old;
    check(open_there("rotated", good, "dev", &told) == VAULT_OK,
          "an older checkout opens with its fingerprint given");
    again = text_of("rotated");
    check(strcmp(pins, again) == 0, "and no pin is stored for it");
    check(open_there("rotated", twice, "dev", &told) == VAULT_INTEGRITY,
          "a fingerprint that is given is exact: the past does not help");
    told.pin = NULL;
    check(open_there("rotated", forgot, "dev", NULL) == VAULT_INTEGRITY,
          "a key without the pinned one in its past");
    check(trust_there("rotated", forgot, "dev") == VAULT_OK &&
              open_there("rotated", forgot, "dev", NULL) == VAULT_OK,
          "until it is trusted");
    free(pins);
    free(again);
    vault_release(once);
    vault_release(twice);
    vault_release(forgot);
}

/* Writing under a key that was not accepted is refused as reading is. */
static void test_changes(void)
{
    char *text = forged(good, "dev");
    vault *v;

    must(open_there("changes", good, "dev", NULL) == VAULT_OK);
    write_text("vault.toml", text, strlen(text));
    v = machine("changes", "vault.toml", NULL);
    check(update(v, "dev", "app", "A", "secret " MARK) == VAULT_INTEGRITY &&
              vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_INTEGRITY &&
              vault_env_create(v, "new", "dev") == VAULT_INTEGRITY &&
              vault_secret_copy(v, "prod", "app", "dev", "copied") == VAULT_INTEGRITY,
          "nothing is given to a forged environment");
    check(vault_save(v) == VAULT_OK && stands_as("vault.toml", text), "and nothing is written");
    vault_free(v);
    vault_release(text);
}

static void test_forged_behind(void)
{
    char *text = forged(good, "dev");
    vault *v;

    write_text("vault.toml", good, strlen(good));
    v = machine("behind", "vault.toml", NULL);
    must(vault_fingerprint(v, "dev", (char[VAULT_FINGERPRINT_LEN + 1]){""}) == VAULT_OK);
    write_text("vault.toml", text, strlen(text));
    check(update(v, "dev", "app", "A", "secret " MARK) == VAULT_INTEGRITY &&
              stands_as("vault.toml", text),
          "an environment that is forged after it was read and before it is changed");
    vault_free(v);
    vault_release(text);
}

static void test_made_here(void)
{
    char *text;
    vault *v;

    write_text("vault.toml", good, strlen(good));
    must(open_there("made", good, "dev", NULL) == VAULT_OK);
    v = machine("made", "vault.toml", NULL);
    must(vault_env_create(v, "new", "dev") == VAULT_OK && vault_save(v) == VAULT_OK);
    must(vault_rotate(v, "dev", VAULT_PAST_FORGET) == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
    text = text_of("vault.toml");
    check(open_there("made", text, "new", NULL) == VAULT_OK, "what was made here is known here");
    check(open_there("made", text, "dev", NULL) == VAULT_OK, "what was rotated here is, too");
    free(text);
}

static void test_pins_that_cannot_be_kept(void)
{
    must(symlink("nowhere/at/all", "dangling") == 0);
    check(open_there("dangling", good, "dev", NULL) == VAULT_OK &&
              open_there("dangling/pins", good, "dev", NULL) == VAULT_OK,
          "pins that cannot be stored are no error");
    check(access("nowhere", F_OK) != 0, "and no symlink is followed to store them");
    check(open_there("new/folders/pins", good, "dev", NULL) == VAULT_OK &&
              pin_lines("new/folders/pins") == 2,
          "pins make their folder");
}

int main(void)
{
    struct told told = {.pin_env = "dev", .pin = "AAAAAAAAAAAAAAAAAAAAAA"};

    scene_begin();
    alice = person_x25519();
    bob = person_ssh();
    mallory = person_x25519();
    help_make("vault.toml", &alice, &bob);
    good = text_of("vault.toml");
    test_forged_environment();
    test_unknown_environment();
    test_another_vault();
    test_ways();
    test_moved();
    test_rotations();
    test_changes();
    test_forged_behind();
    test_made_here();
    test_pins_that_cannot_be_kept();
    check(open_there("given", good, "dev", &told) == VAULT_INTEGRITY &&
              open_there("given", good, "prod", &told) == VAULT_OK,
          "a fingerprint that was given and is another");
    buf_free(&told.notices);
    free(good);
    return tap_done();
}
