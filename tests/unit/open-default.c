/* vault_open_default refuses what the program refuses, and finds what it finds. */
#include "scene.h"

#include <sys/stat.h>

static struct person me, mallory;

static void clear_variables(void)
{
    static const char *const names[] = {"XDG_CONFIG_HOME",
                                        "XDG_STATE_HOME",
                                        "VAULT_FILE",
                                        "VAULT_ENV",
                                        "VAULT_PIN",
                                        "VAULT_AUTHOR",
                                        "GIT_AUTHOR_EMAIL",
                                        "VAULT_IDENTITY",
                                        "VAULT_PASSPHRASE",
                                        "VAULT_IDENTITY_FILE",
                                        "VAULT_PASSPHRASE_FILE",
                                        "SUDO_UID"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        must(unsetenv(names[i]) == 0);
}

static void set(const char *name, const char *value)
{
    must(value ? setenv(name, value, 1) == 0 : unsetenv(name) == 0);
}

static void write_identity(const char *path, const struct person *p, mode_t mode)
{
    write_text(path, p->identity, strlen(p->identity));
    must(chmod(path, mode) == 0);
}

/* What a person is told. */
static char told[4096];

static void hear(void *user, const char *sentence)
{
    (void)user;
    must(strlen(told) + strlen(sentence) + 2 < sizeof told);
    strcat(told, sentence);
    strcat(told, "\n");
}

static vault *handle(void)
{
    vault *v = vault_new();

    must(v != NULL);
    told[0] = '\0';
    vault_set_notice(v, hear, NULL);
    return v;
}

/* Reads app/A by default, as ten lines of C do. The handle is freed with vault_free. */
static vault_err reads(vault *v, const char *env, const vault_overrides *more, const char *value)
{
    vault_kv *kv = NULL;
    vault_err err = vault_open_default(v, env, more);

    if (err == VAULT_OK)
        err = vault_secret_get(v, vault_default_env(v), "app", NULL, 0, &kv);
    if (err == VAULT_OK && !kv_has(kv, "A", value))
        err = VAULT_FORMAT;
    vault_kv_free(kv);
    return err;
}

static bool opens(const char *env, const vault_overrides *more, const char *value)
{
    vault *v = handle();
    vault_err err = reads(v, env, more, value);

    if (err != VAULT_OK)
        printf("# %s\n", vault_error(v));
    vault_free(v);
    return err == VAULT_OK;
}

static bool refused(const char *env, const vault_overrides *more, vault_err wanted,
                    const char *words)
{
    vault *v = handle();
    bool good = refuses(v, reads(v, env, more, ""), wanted, words);

    vault_free(v);
    return good;
}

/* An environment that this person reads, made by somebody who keeps no pins. */
static void put_env(const char *path, const char *env, const struct person *by, const char *value)
{
    vault *v = open_as(by, path);
    const char **envs = NULL;
    size_t count;

    must(vault_env_list(v, &envs, &count) == VAULT_OK);
    for (size_t i = 0; i < count; i++)
        must(strcmp(envs[i], env) != 0 || vault_env_delete(v, env) == VAULT_OK);
    vault_release(envs);
    must(vault_env_create(v, env, NULL) == VAULT_OK);
    must(vault_reader_add(v, env, "me", me.public_key) == VAULT_OK);
    must(vault_reader_add(v, env, "by", by->public_key) == VAULT_OK || by == &me);
    must(create(v, env, "app", "A", value) == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

static void test_found(void)
{
    vault *v = handle();
    int is_given = 1;

    check(reads(v, NULL, NULL, "one") == VAULT_OK, "file, environment and identity are found");
    check(strstr(told, "dev is opened on this machine for the first time"), "the pin is told");
    check(strcmp(vault_default_env(v), "dev") == 0 &&
              strstr(vault_default_file(v), "/work/vault.toml"),
          "it says what it found");
    check(vault_add_default_credentials(v, &is_given) == VAULT_OK && !is_given,
          "a usual place was not given");
    vault_free(v);
    check(access(".local/state/vault/pins", F_OK) != 0 &&
              access("../.local/state/vault/pins", F_OK) == 0,
          "the pin is kept at HOME");
    must(mkdir("below", 0700) == 0 && chdir("below") == 0);
    check(opens(NULL, NULL, "one"), "from a folder below");
    must(chdir("..") == 0);
    set("VAULT_FILE", "nowhere.toml");
    check(refused(NULL, NULL, VAULT_ABSENT, "nowhere.toml"), "VAULT_FILE");
    check(opens(NULL, &(vault_overrides){.size = sizeof(vault_overrides), .file = "vault.toml"},
                "one"),
          "a file that is named goes before it");
    set("VAULT_FILE", NULL);
    must(chdir("..") == 0 && mkdir("empty", 0700) == 0 && chdir("empty") == 0);
    check(refused(NULL, NULL, VAULT_ABSENT, "there is no vault.toml in this folder or above it"),
          "no file");
    must(chdir("../work") == 0);
}

static void test_pins(void)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1], pin[64];
    const char *const pins[] = {pin};
    vault_overrides more = {.size = sizeof more, .pins = pins, .pin_count = 1};
    char *whole = text_of("vault.toml");
    vault *v = open_as(&me, "vault.toml");

    must(vault_fingerprint(v, "dev", fingerprint) == VAULT_OK);
    vault_free(v);
    snprintf(pin, sizeof pin, "dev=%s", fingerprint);
    set("VAULT_PIN", "dev=AAAAAAAAAAAAAAAAAAAAAA");
    check(refused(NULL, NULL, VAULT_INTEGRITY, "dev"), "VAULT_PIN of another key");
    check(opens(NULL, &more, "one"), "a pin that is given goes before it");
    set("VAULT_PIN", pin);
    check(opens(NULL, NULL, "one"), "VAULT_PIN of this key");
    set("VAULT_PIN", "dev");
    check(refused(NULL, NULL, VAULT_INVALID, "a pin is ENV=FINGERPRINT"), "what is no pin");
    set("VAULT_PIN", "");
    check(opens(NULL, NULL, "one") && strstr(told, "VAULT_PIN is empty"), "an empty one is told");
    set("VAULT_PIN", NULL);

    put_env("vault.toml", "dev", &mallory, "evil");
    v = open_as(&me, "vault.toml");
    check(holds(v, "dev", "app", "A", "evil"), "control: without pins it would be believed");
    vault_free(v);
    check(refused(NULL, NULL, VAULT_INTEGRITY, "dev"), "an environment that was replaced");
    must(remove("vault.toml") == 0);
    make_vault("vault.toml", &me);
    check(refused(NULL, NULL, VAULT_INTEGRITY, "vault"), "a vault that was replaced");
    write_text("vault.toml", whole, strlen(whole));
    check(opens(NULL, NULL, "one"), "the right one is back");
    free(whole);
}

static void test_named(void)
{
    put_env("vault.toml", "prod", &mallory, "new");
    set("VAULT_ENV", "prod");
    check(refused(NULL, NULL, VAULT_INTEGRITY, "prod: this machine knows the vault"),
          "an environment that is new here, from a variable");
    check(opens("dev", NULL, "one"), "one that is named goes before the variable");
    check(opens("prod", NULL, "new"), "one that is new here, and named");
    check(opens(NULL, NULL, "new"), "is known then");
    set("VAULT_ENV", NULL);
}

static void test_recorded(void)
{
    vault *v = handle();

    check(refuses(v, vault_set_default_env(v, "prod"), VAULT_INVALID, "looked for"),
          "no default without a file that was found");
    must(vault_find_default(v, NULL, NULL) == VAULT_OK);
    check(refuses(v, vault_set_default_env(v, "vault"), VAULT_INVALID, "called vault") &&
              vault_set_default_env(v, "no name") == VAULT_INVALID &&
              vault_set_default_env(v, NULL) == VAULT_INVALID,
          "no default that is no environment's name");
    check(vault_set_default_env(v, "dev") == VAULT_OK &&
              access("../.local/state/vault/defaults", F_OK) != 0,
          "dev needs no record");
    check(vault_set_default_env(v, "prod") == VAULT_OK && strcmp(vault_default_env(v), "prod") == 0,
          "a default is recorded");
    vault_free(v);
    check(opens(NULL, NULL, "new"), "and found");
    check(opens("dev", NULL, "one"), "what is named goes before it");
    set("VAULT_ENV", "dev");
    check(opens(NULL, NULL, "one"), "so does VAULT_ENV");
    set("VAULT_ENV", NULL);
    must(mkdir("copy", 0700) == 0 && link("vault.toml", "copy/vault.toml") == 0);
    check(opens(NULL,
                &(vault_overrides){.size = sizeof(vault_overrides), .file = "copy/vault.toml"},
                "one"),
          "it is for one path");
    must(remove("copy/vault.toml") == 0 && rmdir("copy") == 0);
    must(chmod("../.local/state/vault/defaults", 0) == 0);
    check(geteuid() == 0 || refused(NULL, NULL, VAULT_FAILED, "defaults"),
          "without what was recorded it does not go on with dev");
    must(chmod("../.local/state/vault/defaults", 0600) == 0);
    v = handle();
    must(vault_find_default(v, NULL, NULL) == VAULT_OK &&
         vault_set_default_env(v, "dev") == VAULT_OK);
    vault_free(v);
    check(opens(NULL, NULL, "one"), "it can be dev again");
    v = handle();
    set("VAULT_ENV", "dev,prod");
    must(vault_open_default(v, NULL, NULL) == VAULT_OK);
    check(refuses(v, vault_select(v, NULL, NULL, &(vault_selection *){NULL}), VAULT_INVALID,
                  "VAULT_ENV names one environment"),
          "a variable names no layers");
    set("VAULT_ENV", NULL);
    vault_free(v);
}

static void test_identities(void)
{
    static const char *const usual = "../.config/vault/identity";
    const vault_credential_file file = {"../other.key", 0}, key = {me.identity, 0};
    vault_overrides more = {.size = sizeof more, .credentials = &file, .credential_count = 1};

    must(chmod(usual, 0644) == 0);
    check(refused(NULL, NULL, VAULT_LOCKED, "can be read by others"), "an identity of mode 644");
    must(chmod(usual, 0600) == 0);
    write_identity("../other.key", &me, 0640);
    check(refused(NULL, &more, VAULT_LOCKED, "can be read by others"), "one that is named");
    set("VAULT_IDENTITY_FILE", "../other.key");
    check(refused(NULL, NULL, VAULT_LOCKED, "can be read by others"), "VAULT_IDENTITY_FILE");
    must(chmod("../other.key", 0600) == 0);
    check(opens(NULL, NULL, "one") && opens(NULL, &more, "one"), "of mode 600 they are read");
    set("VAULT_IDENTITY_FILE", NULL);
    set("VAULT_IDENTITY", MARK);
    check(refused(NULL, NULL, VAULT_LOCKED, "VAULT_IDENTITY: "), "VAULT_IDENTITY that is none");
    check(opens(NULL, &more, "one"), "one that is named goes before it");
    set("VAULT_IDENTITY", mallory.identity);
    check(refused(NULL, NULL, VAULT_LOCKED, ""), "one that was given must open it");
    set("VAULT_IDENTITY", me.identity);
    check(opens(NULL, NULL, "one"), "VAULT_IDENTITY");
    set("VAULT_IDENTITY", NULL);
    more.credentials = &key;
    check(refused(NULL, &more, VAULT_LOCKED, "where the name of an identity file is expected"),
          "a key in place of a name");
    set("VAULT_PASSPHRASE", "");
    check(opens(NULL, NULL, "one") && strstr(told, "VAULT_PASSPHRASE is empty"), "an empty one");
    set("VAULT_PASSPHRASE", NULL);
}

static int answer_nothing(void *user, const char *env, const char *readers, int attempt,
                          char *answer, size_t size)
{
    (void)env, (void)readers, (void)attempt, (void)size;
    ++*(int *)user;
    answer[0] = '\0';
    return 0;
}

static void test_passphrases(void)
{
    const vault_credential_file file = {"../pass", 1};
    vault_overrides more = {.size = sizeof more, .credentials = &file, .credential_count = 1};
    int asked = 0;
    vault *v = open_as(&me, "vault.toml");
    vault_kv *kv = NULL;

    must(vault_reader_add_passphrase(v, "dev", "us", "open sesame", 11) == VAULT_OK);
    must(vault_save(v) == VAULT_OK);
    vault_free(v);
    write_text("../pass", "open sesame\nmore\n", 17);
    must(chmod("../pass", 0600) == 0);
    check(opens(NULL, &more, "one"), "the first line of a file is a passphrase");
    set("VAULT_PASSPHRASE", "open sesame");
    v = handle();
    check(reads(v, NULL, NULL, "one") == VAULT_OK, "VAULT_PASSPHRASE");
    check(vault_passphrase_given(v, &kv) == VAULT_OK && kv_has(kv, "PASSPHRASE", "open sesame"),
          "it can be asked for");
    vault_kv_free(kv);
    vault_free(v);
    set("VAULT_PASSPHRASE", "another");
    v = handle();
    vault_set_prompt(v, answer_nothing, &asked);
    check(refuses(v, reads(v, NULL, NULL, "one"), VAULT_LOCKED, "dev") && asked == 0,
          "nobody is asked where one was given");
    vault_free(v);
    set("VAULT_PASSPHRASE", NULL);
    v = handle();
    check(refuses(v, vault_passphrase_given(v, &kv), VAULT_ABSENT, "no passphrase") && !kv,
          "none was given");
    vault_free(v);
}

static void test_author(void)
{
    vault_overrides reading = {.size = sizeof reading, .purpose = VAULT_PURPOSE_READ};
    vault_secrets *list = NULL;
    vault *v;

    set("VAULT_AUTHOR", "a\"b");
    check(refused(NULL, NULL, VAULT_INVALID, "VAULT_AUTHOR: "), "VAULT_AUTHOR that is none");
    check(opens(NULL, &reading, "one"), "to read, none is needed");
    set("VAULT_AUTHOR", NULL);
    set("GIT_AUTHOR_EMAIL", "a\"b");
    check(opens(NULL, NULL, "one") && strstr(told, "GIT_AUTHOR_EMAIL is passed over"), "git's");
    set("GIT_AUTHOR_EMAIL", "me@example.org");
    v = handle();
    must(vault_open_default(v, NULL, NULL) == VAULT_OK);
    must(create(v, "dev", "new", "A", "") == VAULT_OK && vault_save(v) == VAULT_OK);
    must(vault_secret_list(v, "dev", 0, 0, &list) == VAULT_OK);
    for (size_t i = 0; i < vault_secrets_count(list); i++)
        if (strcmp(vault_secrets_at(list, i)->name, "new") == 0)
            check(strcmp(vault_secrets_at(list, i)->created_by, "me@example.org") == 0,
                  "it is who made a secret");
    vault_release(list);
    vault_free(v);
    set("GIT_AUTHOR_EMAIL", NULL);
}

/* MUST be last: it takes the files away. */
static void test_foreign(void)
{
    const uid_t other = geteuid() == 65534 ? 65533 : 65534;

    must(mkdir("below/mine", 0700) == 0 && chdir("below/mine") == 0);
    check(opens(NULL, NULL, "one"), "control: a vault of one's own, above");
    if (chown("../../vault.toml", other, (gid_t)-1) != 0) {
        tap_skip("only root can give files away");
    } else {
        check(refused(NULL, NULL, VAULT_FAILED, "belongs to another user"), "another user's file");
        check(opens(NULL,
                    &(vault_overrides){.size = sizeof(vault_overrides), .file = "../../vault.toml"},
                    "one"),
              "it is used where it is named");
        must(chown("../../vault.toml", geteuid(), (gid_t)-1) == 0);
        must(chown("../..", other, (gid_t)-1) == 0);
        check(refused(NULL, NULL, VAULT_FAILED, "belongs to another user"),
              "another user's folder");
        must(chown("../..", geteuid(), (gid_t)-1) == 0);
    }
    must(chdir("../..") == 0);
}

static void test_steps(void)
{
    vault_overrides more = {.size = 0};
    const char **paths = NULL;
    char *path = NULL, wanted[512];
    size_t count = 9;
    vault *v = handle();

    check(!vault_default_file(v) && strcmp(vault_default_env(v), "dev") == 0, "at first");
    check(refuses(v, vault_add_default_credentials(v, NULL), VAULT_INVALID, "looked for") &&
              refuses(v, vault_default_files(v, &paths, &count), VAULT_INVALID, "looked for") &&
              !paths && count == 0,
          "nothing is used before it is found");
    check(refuses(v, vault_find_default(v, NULL, &more), VAULT_INVALID, "size"),
          "a struct of no size");
    more.size = sizeof more + sizeof(size_t);
    check(refuses(v, vault_find_default(v, NULL, &more), VAULT_INVALID, "size"), "of a later size");
    more = (vault_overrides){.size = sizeof more, .credential_count = 1};
    check(refuses(v, vault_find_default(v, NULL, &more), VAULT_INVALID, "NULL"), "no list");
    more = (vault_overrides){.size = sizeof more, .purpose = 2 * VAULT_PURPOSE_LOOK};
    check(refuses(v, vault_find_default(v, NULL, &more), VAULT_INVALID, "purpose"), "no purpose");
    check(refuses(v, vault_find_default(v, "a b", NULL), VAULT_INVALID, "no name"), "no name");
    check(vault_find_default(v, NULL, NULL) == VAULT_OK && vault_default_file(v), "it is found");
    check(vault_default_files(v, &paths, &count) == VAULT_OK && count == 2 &&
              strstr(paths[0], "/.config/vault/identity") && strstr(paths[1], "/.ssh/id_ed25519"),
          "the files that will be read");
    vault_release(paths);
    must(chdir("../empty") == 0);
    more = (vault_overrides){.size = sizeof more, .purpose = VAULT_PURPOSE_OPTIONAL};
    check(vault_find_default(v, NULL, &more) == VAULT_OK && !vault_default_file(v),
          "no file, where none is needed");
    more.purpose = VAULT_PURPOSE_CREATE;
    check(vault_find_default(v, NULL, &more) == VAULT_OK &&
              strcmp(vault_default_file(v), "vault.toml") == 0,
          "one that will be made is in this folder");
    vault_free(v);
    snprintf(wanted, sizeof wanted, "%s/.local/state/vault/x", scene_folder);
    check(vault_default_path(VAULT_FOLDER_STATE, "x", &path) == VAULT_OK &&
              strcmp(path, wanted) == 0,
          "a usual place");
    vault_release(path);
    set("HOME", NULL);
    check(vault_default_path(VAULT_FOLDER_CONFIG, "x", &path) == VAULT_ABSENT && !path,
          "there is none without HOME");
}

int main(void)
{
    scene_begin();
    clear_variables();
    me = person_x25519();
    mallory = person_x25519();
    must(mkdir(".config", 0700) == 0 && mkdir(".config/vault", 0700) == 0);
    must(mkdir("work", 0700) == 0);
    write_identity(".config/vault/identity", &me, 0600);
    make_vault("work/vault.toml", &me);
    must(chdir("work") == 0);
    put_env("vault.toml", "dev", &me, "one");
    test_found();
    test_pins();
    test_named();
    test_recorded();
    test_identities();
    test_passphrases();
    test_author();
    test_foreign();
    test_steps();
    return tap_done();
}
