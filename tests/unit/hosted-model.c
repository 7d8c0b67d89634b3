/* All that a hosted secret manager offers, in one program over vault.h alone: sets from a name,
 * from pairs, from the environment and from a dotenv file; create, list, info, update, delete;
 * several secrets in order; and the environment of a program that is started. */
#include "tap.h"
#include "vault.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Ends the test where it cannot go on. */
static void must(int good, const char *what)
{
    if (good)
        return;
    printf("Bail out! %s\n", what);
    exit(2);
}

/* ---- a person and a vault, as `vault keygen` and `vault init` make them ---- */

static void make_vault(void)
{
    static const char *const envs[] = {"dev", "prod"};
    vault *v = vault_new();
    char *path = NULL, *own = NULL;

    must(v && vault_default_path(VAULT_FOLDER_CONFIG, "identity", &path) == VAULT_OK, "a place");
    must(!vault_identity_create(v, path) && !vault_add_identity_file(v, path), "an identity");
    must(!vault_public_key(v, &own) && !vault_create(v, "vault.toml"), "a vault");
    for (size_t i = 0; i < COUNT(envs); i++)
        must(!vault_env_create(v, envs[i], NULL) && !vault_reader_add(v, envs[i], "me", own),
             "an environment");
    must(!vault_save(v), "saved");
    vault_release(own);
    vault_release(path);
    vault_free(v);
}

/* ---- what a program does ---- */

static int has(const vault_kv *kv, const char *name, const char *value)
{
    const char *found = kv ? vault_kv_get(kv, name, NULL) : NULL;

    return found && strcmp(found, value) == 0;
}

static vault_kv *from_pairs(vault *v, const char *name, const char *value)
{
    const vault_pair pairs[] = {{name, value, strlen(value)}, {"LEFT_OUT", NULL, 0}};
    vault_kv *kv = NULL;

    must(!vault_kv_from_pairs(v, pairs, COUNT(pairs), &kv), "pairs");
    return kv;
}

static void test_create(vault *v)
{
    vault_kv *first = from_pairs(v, "PGHOST", "one"), *second = from_pairs(v, "PGHOST", "two");
    vault_kv *read = NULL;

    check(vault_kv_count(first) == 1, "from pairs: NULL is left out");
    check(!vault_secret_create(v, "prod", "db", first, VAULT_EXISTING_ERROR), "create");
    check(!vault_secret_create(v, "prod", "db", second, VAULT_EXISTING_KEEP) &&
              !vault_secret_get(v, "prod", "db", NULL, 0, &read) && has(read, "PGHOST", "one"),
          "create, where it may exist: it stays as it is");
    vault_kv_free(read);
    check(!vault_save(v), "saved");
    check(vault_secret_create(v, "prod", "db", second, VAULT_EXISTING_ERROR) == VAULT_EXISTS,
          "create what exists is an error");
    vault_kv_free(first);
    vault_kv_free(second);
}

static void test_update(vault *v)
{
    vault_kv *change = from_pairs(v, "PGPASSWORD", "hunter22"), *read = NULL;
    static const char *const required[] = {"PGHOST", "PGPASSWORD"}, *const missing[] = {"PGPORT",
                                                                                        "PGHOST",
                                                                                        "PGUSER"};

    check(!vault_secret_update(v, "prod", "db", change) && !vault_save(v), "update");
    check(!vault_secret_get(v, "prod", "db", required, COUNT(required), &read) &&
              has(read, "PGHOST", "one") && has(read, "PGPASSWORD", "hunter22"),
          "from a name, with required keys: the others were left alone");
    vault_kv_free(read);
    check(vault_secret_get(v, "prod", "db", missing, COUNT(missing), &read) == VAULT_ABSENT &&
              strstr(vault_error(v), "PGPORT, PGUSER") && !read,
          "all required keys that are missing are named");
    vault_kv_free(change);
}

static void test_list(vault *v)
{
    vault_secrets *list = NULL;
    vault_values *keys = NULL;
    vault_kv *kv = from_pairs(v, "LEVEL", "debug");

    must(!vault_secret_create(v, "prod", "log", kv, VAULT_EXISTING_ERROR) && !vault_save(v),
         "another");
    check(!vault_secret_list(v, "prod", 0, 0, &list) && vault_secrets_count(list) == 2 &&
              strcmp(vault_secrets_at(list, 0)->name, "db") == 0 &&
              strcmp(vault_secrets_at(list, 1)->name, "log") == 0,
          "list");
    vault_release(list);
    check(!vault_secret_list(v, "prod", 0, 1, &list) && vault_secrets_count(list) == 1,
          "list, one at most");
    vault_release(list);
    check(!vault_secret_list(v, "prod", 1577836800, 0, &list) && vault_secrets_count(list) == 0,
          "list, created before a date");
    vault_release(list);
    check(!vault_secret_info(v, "prod", "db", &keys) && vault_values_count(keys) == 2 &&
              vault_values_secret(keys)->created_at > 1577836800 &&
              strcmp(vault_values_secret(keys)->created_by, "me@example.org") == 0 &&
              strcmp(vault_values_at(keys, 1)->name, "PGPASSWORD") == 0 &&
              vault_values_at(keys, 1)->updated_at > 0,
          "info: when and by whom");
    vault_release(keys);
    vault_kv_free(kv);
}

static void test_other_sources(vault *v)
{
    static const char *const set[] = {"HOSTED_A"}, *const unset[] = {"HOSTED_B", "HOSTED_C"};
    FILE *file = fopen(".env", "we");
    vault_kv *local = NULL, *dotenv = NULL, *all = NULL;

    must(file && fputs("# local\nPGHOST=localhost\n", file) > 0 && fclose(file) == 0, ".env");
    must(!setenv("HOSTED_A", "from here", 1), "a variable");
    check(!vault_kv_from_environ(v, set, 1, &local) && has(local, "HOSTED_A", "from here"),
          "from this process's environment");
    check(vault_kv_from_environ(v, unset, 2, &all) == VAULT_ABSENT &&
              strstr(vault_error(v), "HOSTED_B, HOSTED_C"),
          "all that are not set are named");
    check(!vault_kv_from_dotenv(v, ".env", NULL, NULL, &dotenv) &&
              has(dotenv, "PGHOST", "localhost"),
          "from a dotenv file");
    check(!vault_kv_layer(v, (const vault_kv *const[]){local, dotenv}, 2, &all) &&
              vault_kv_count(all) == 2,
          "several sets in order");
    vault_kv_free(local);
    vault_kv_free(dotenv);
    vault_kv_free(all);
}

/* Whether the program that is started has the variable. */
static int is_set(char *const *variables, const char *wanted)
{
    while (*variables && strcmp(*variables, wanted) != 0)
        variables++;
    return *variables != NULL;
}

static void test_expanded(vault *v)
{
    FILE *file = fopen(".env", "we");
    vault_kv *kv = NULL;

    must(file && fputs("A=${HOSTED_A}\nB=${A}/x\nC=${NONE:-d}\n", file) > 0 && fclose(file) == 0,
         ".env");
    check(!vault_kv_from_dotenv_expanded(v, ".env", NULL, &kv) && has(kv, "A", "from here") &&
              has(kv, "B", "from here/x") && has(kv, "C", "d"),
          "from a dotenv file, expanded");
    vault_kv_free(kv);
    check(vault_kv_from_dotenv_expanded(v, "nothing", NULL, &kv) == VAULT_ABSENT && !kv,
          "a file that is not there");
    check(vault_kv_from_dotenv_expanded(v, NULL, NULL, &kv) == VAULT_INVALID, "no name");
}

/* Sets that are in no vault: as one text, and in the order given as the values of a program. */
static void test_sets(vault *v)
{
    static const char *const names[] = {"first", "second"};
    static const vault_pair zero = {"ZERO", "a\0b", 3}, path = {"LD_PRELOAD", "x", 1};
    vault_kv *sets[] = {from_pairs(v, "KEY", "the first one"), from_pairs(v, "KEY", "second")};
    const vault_kv *const *given = (const vault_kv *const *)sets;
    vault_kv *block = NULL, *bad = NULL;
    vault_selection *s = NULL;
    vault_variables *variables = NULL;
    vault_redact *redact = NULL;
    const char *both = "the first one, not second\n", *text;
    size_t len = 0;

    check(!vault_kv_block(v, sets[0], &block), "a set as one text");
    text = vault_kv_get(block, "BLOCK", &len);
    check(text && len == 18 && memcmp(text, "KEY=the first one", 18) == 0, "with its zero bytes");
    vault_kv_free(block);
    check(!vault_select_sets(v, names, given, 2, 0, &s) && vault_selection_count(s) == 1 &&
              strcmp(vault_selection_at(s, 0)->value, "second") == 0 &&
              strcmp(vault_selection_at(s, 0)->secret, "second") == 0,
          "of sets the later one's value is selected");
    check(!vault_environ(v, s, NULL, &variables) &&
              is_set(vault_variables_list(variables), "KEY=second"),
          "and is in the environment of a program");
    vault_variables_free(variables);
    vault_selection_free(s);
    check(!vault_select_sets(v, names, given, 2, 1, &s) && vault_selection_count(s) == 2 &&
              !vault_redact_new(v, s, &redact) &&
              !vault_redact_feed(redact, both, strlen(both), &text, &len) && len == 30 &&
              memcmp(text, "[first/KEY], not [second/KEY]\n", 30) == 0,
          "and with all of them, each is masked");
    vault_redact_free(redact);
    vault_selection_free(s);
    must(!vault_kv_from_pairs(v, &zero, 1, &bad), "a zero byte");
    check(vault_kv_block(v, bad, &block) == VAULT_INVALID && !block &&
              vault_error_reason(v) == VAULT_REASON_ZERO_BYTE,
          "a zero byte in a value");
    vault_kv_free(bad);
    must(!vault_kv_from_pairs(v, &path, 1, &bad), "a dangerous name");
    check(!vault_select_sets(v, names, (const vault_kv *const[]){bad}, 1, 0, &s) &&
              vault_environ(v, s, NULL, &variables) == VAULT_INVALID &&
              vault_error_reason(v) == VAULT_REASON_DANGEROUS,
          "a name through which programs run other code");
    vault_selection_free(s);
    vault_kv_free(bad);
    check(!vault_select_sets(v, NULL, NULL, 0, 0, &s) && vault_selection_count(s) == 0, "no sets");
    vault_selection_free(s);
    check(vault_select_sets(v, (const char *const[]){"a b"}, given, 1, 0, &s) == VAULT_INVALID &&
              !s && vault_select_sets(v, NULL, given, 1, 0, &s) == VAULT_INVALID &&
              vault_kv_block(v, NULL, &block) == VAULT_INVALID,
          "what is not there, or is no name");
    vault_kv_free(sets[0]);
    vault_kv_free(sets[1]);
}

static void test_child(vault *v)
{
    static const char *const secrets[] = {"db", "log"};
    const vault_select_rules rules = {.size = sizeof rules, .secrets = secrets, .secret_count = 2};
    vault_selection *selection = NULL;
    vault_variables *variables = NULL;

    check(!vault_select(v, "prod", &rules, &selection) &&
              !vault_environ(v, selection, NULL, &variables),
          "the environment of a program");
    check(is_set(vault_variables_list(variables), "PGPASSWORD=hunter22") &&
              is_set(vault_variables_list(variables), "LEVEL=debug") &&
              is_set(vault_variables_list(variables), "HOSTED_A=from here"),
          "it has the secrets, and what was there");
    vault_variables_free(variables);
    vault_selection_free(selection);
}

static void test_delete(vault *v)
{
    check(!vault_secret_delete(v, "prod", "log", VAULT_MISSING_ERROR) && !vault_save(v), "delete");
    check(!vault_secret_delete(v, "prod", "log", VAULT_MISSING_IGNORE),
          "delete what may be missing");
    check(vault_secret_delete(v, "prod", "log", VAULT_MISSING_ERROR) == VAULT_ABSENT,
          "delete what is not there is an error");
}

int main(void)
{
    static const char *const variables[] = {
        "XDG_CONFIG_HOME", "XDG_STATE_HOME",      "VAULT_FILE",       "VAULT_PIN",
        "VAULT_IDENTITY",  "VAULT_IDENTITY_FILE", "VAULT_PASSPHRASE", "VAULT_PASSPHRASE_FILE"};
    const char *top = getenv("TMPDIR");
    char folder[256];
    vault *v;

    snprintf(folder, sizeof folder, "%s/hosted-XXXXXX", top ? top : "/tmp");
    must(mkdtemp(folder) && !chdir(folder) && !setenv("HOME", folder, 1), "a folder");
    for (size_t i = 0; i < COUNT(variables); i++)
        must(!unsetenv(variables[i]), "usual places");
    must(!setenv("VAULT_AUTHOR", "me@example.org", 1), "an author");
    make_vault();
    v = vault_new();
    must(v && !vault_open_default(v, "prod", NULL), "opened");
    test_create(v);
    test_update(v);
    test_list(v);
    test_other_sources(v);
    test_expanded(v);
    test_sets(v);
    test_child(v);
    test_delete(v);
    vault_free(v);
    must(!unlink(".env") && !unlink("vault.toml") && !unlink(".config/vault/identity"), "files");
    must(!unlink(".local/state/vault/pins") && !rmdir(".local/state/vault"), "pins");
    must(!rmdir(".local/state") && !rmdir(".local") && !rmdir(".config/vault"), "folders");
    must(!rmdir(".config") && !chdir("/") && !rmdir(folder), "the folder");
    return tap_done();
}
