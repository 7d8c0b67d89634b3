/* What a run uses, decided from variables and from what the caller names. */
#include "open/settings.h"

#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct settings s;
static struct err err;

static bool resolves(const struct settings_given *given, const struct variables *variables)
{
    settings_free(&s);
    return settings_resolve(given, variables, &s, &err) == ERR_OK;
}

static bool is(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether the sources are of these kinds, up to -1. */
static bool has_sources(const int *kinds)
{
    size_t i = 0;

    for (; kinds[i] >= 0; i++)
        if (i >= s.source_count || (int)s.sources[i].kind != kinds[i])
            return false;
    return i == s.source_count;
}

#define SOURCES(...) has_sources((const int[]){__VA_ARGS__, -1})

static const struct settings_given nothing;
static const struct variables unset;

static void test_nothing(void)
{
    check(resolves(&nothing, &unset) && !s.file && is(s.env, "dev") && !s.env_is_named && !s.pins &&
              !s.author && s.pin_count == 0,
          "nothing is set: the file is searched for, and it is dev");
    check(SOURCES(SOURCE_KEYRING) && !s.is_key_given, "without a HOME there is the keyring");
    check(resolves(&(struct settings_given){.is_new = true}, &unset) && is(s.file, "vault.toml"),
          "a new file is not searched for");
}

static void test_variables(void)
{
    struct variables set = {.file = "f", .env = "prod", .author = "me", .git_author = "git"};

    check(resolves(&nothing, &set) && is(s.file, "f") && is(s.env, "prod") && is(s.author, "me") &&
              !s.author_is_gits,
          "variables are taken");
    check(!s.env_is_named, "an environment from a variable was not named by a person");
    check(resolves(&(struct settings_given){.file = "g", .env = "dev", .author = "you"}, &set) &&
              is(s.file, "g") && is(s.env, "dev") && is(s.author, "you") && s.env_is_named,
          "what the caller names goes before them");
    set = (struct variables){.file = "", .env = "", .author = "", .git_author = "git"};
    check(resolves(&nothing, &set) && !s.file && is(s.env, "dev") && is(s.author, "git") &&
              s.author_is_gits,
          "an empty variable counts as not set");
}

static void test_places(void)
{
    struct variables set = {.home = "/h", .config_home = "/c", .state_home = "/s"};

    check(resolves(&nothing, &set) && is(s.pins, "/s/vault/pins") &&
              SOURCES(SOURCE_KEYRING, SOURCE_USUAL_IDENTITY, SOURCE_USUAL_SSH) &&
              is(s.sources[1].path, "/c/vault/identity") &&
              is(s.sources[2].path, "/h/.ssh/id_ed25519"),
          "the folders for configuration and state");
    set.config_home = "c";
    set.state_home = "";
    check(resolves(&nothing, &set) && is(s.pins, "/h/.local/state/vault/pins") &&
              is(s.sources[1].path, "/h/.config/vault/identity"),
          "a relative one and an empty one do not count");
    set.home = "";
    check(resolves(&nothing, &set) && !s.pins && SOURCES(SOURCE_KEYRING), "nor does an empty HOME");
}

static void test_credentials(void)
{
    const struct settings_file files[] = {{"i", false}, {"p", true}};
    struct variables set = {.home = "/h", .identity = "AGE", .passphrase_file = "pf"};

    check(resolves(&nothing, &set) && SOURCES(SOURCE_IDENTITY, SOURCE_PASSPHRASE_FILE) &&
              s.is_key_given,
          "one that is given keeps the usual places out");
    check(is(s.sources[0].variable, "VAULT_IDENTITY") && !s.sources[0].path &&
              is(s.sources[1].path, "pf"),
          "a secret is not copied");
    check(resolves(&(struct settings_given){.files = files, .file_count = 2}, &set) &&
              SOURCES(SOURCE_IDENTITY_FILE, SOURCE_PASSPHRASE_FILE) && is(s.sources[0].path, "i") &&
              is(s.sources[1].path, "p"),
          "the caller's keep the variables out, and keep their order");
    set = (struct variables){.identity = "", .identity_file = "f", .passphrase = "p"};
    check(resolves(&nothing, &set) &&
              SOURCES(SOURCE_EMPTY, SOURCE_IDENTITY_FILE, SOURCE_PASSPHRASE),
          "an empty one is told, in its place");
    set = (struct variables){.passphrase_file = ""};
    check(resolves(&nothing, &set) && SOURCES(SOURCE_EMPTY, SOURCE_KEYRING) && !s.is_key_given,
          "and gives nothing");
}

static void test_pins(void)
{
    static const char *const pins[] = {"a=1,b=2", ",c=3=,"}, *const none[] = {","},
                             *const wrong[] = {"a=1,b"};
    struct variables set = {.pin = "d=4"};

    check(resolves(&nothing, &set) && s.pin_count == 1 && is(s.pin[0].env, "d") &&
              is(s.pin[0].fingerprint, "4"),
          "a pin from the variable");
    check(resolves(&(struct settings_given){.pins = pins, .pin_count = 2}, &set) &&
              s.pin_count == 3 && is(s.pin[1].env, "b") && is(s.pin[1].fingerprint, "2") &&
              is(s.pin[2].env, "c") && is(s.pin[2].fingerprint, "3="),
          "the caller's keep the variable out");
    for (int i = 0; i < 2; i++) {
        struct settings_given given = {.pins = i ? none : wrong, .pin_count = 1};

        check(!resolves(&given, &unset) && err.code == ERR_INVALID && strstr(err.text, "a pin is"),
              "what is no pin is refused");
        set.pin = given.pins[0];
        check(!resolves(&nothing, &set), "from the variable, too");
    }
    set.pin = "";
    check(resolves(&nothing, &set) && s.pin_count == 0 && s.pin_is_empty,
          "an empty variable counts as not set, which is told");
}

int main(void)
{
    s.arena = ARENA_PUBLIC;
    test_nothing();
    test_variables();
    test_places();
    test_credentials();
    test_pins();
    settings_free(&s);
    return tap_done();
}
