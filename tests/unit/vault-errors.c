/* libvault: each way in which a file cannot be what it should be has its own error, and nothing is
 * handed out or written after it. */
#include "scene.h"

#include <fcntl.h>
#include <sys/stat.h>

static struct person me;
static char *good; /* the text of a vault */

/* The text with the first `old` in it exchanged. */
static char *with(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    struct buf out = {0};

    must(at != NULL);
    buf_add(&out, text, (size_t)(at - text));
    buf_add_text(&out, new);
    buf_add(&out, at + strlen(old), strlen(at + strlen(old)) + 1);
    must(buf_ok(&out));
    return out.data;
}

static bool open_refuses(const char *text, vault_err wanted, const char *words)
{
    vault *v = vault_new();
    const char **names = NULL;
    size_t count = 0;
    bool refused;

    write_text("bad.toml", text, strlen(text));
    give_identity(v, &me);
    refused = refuses(v, vault_open(v, "bad.toml"), wanted, words) &&
              strncmp(vault_error(v), "bad.toml: line ", 15) == 0 &&
              refuses(v, vault_env_list(v, &names, &count), wanted, words) &&
              refuses(v, create(v, "dev", "x", "K", MARK), wanted, words) &&
              refuses(v, vault_open_bytes(v, text, strlen(text)), wanted, words) &&
              strncmp(vault_error(v), "the vault: line ", 16) == 0 && stands_as("bad.toml", text);
    vault_free(v);
    return refused;
}

static void test_unreadable(void)
{
    char *text = with(good, "format = 1", "format = 2\nwhatever = 3");

    check(open_refuses(text, VAULT_NEWER, "line 5: written by a newer vault"), "a later format");
    free(text);
    text = with(good, "\n[dev.app]", "\n<<<<<<< ours\n[dev.app]");
    check(open_refuses(text, VAULT_CONFLICT, "a merge left its conflict markers"),
          "git's conflict markers");
    free(text);
    text = with(good, "first-key = ", "first-kex = ");
    check(open_refuses(text, VAULT_FORMAT, "a key that does not belong here"), "an unknown key");
    free(text);
    text = with(good, "first-key = ", "password " MARK "\nfirst-key = ");
    check(open_refuses(text, VAULT_FORMAT, "not a line of a vault file"),
          "a line that is none of a vault's is not repeated");
    free(text);
}

static void test_no_file(void)
{
    vault *v = vault_new();
    int fd = open("big.toml", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    must(fd >= 0 && ftruncate(fd, ((off_t)32 << 20) + 1) == 0 && close(fd) == 0);
    check(refuses(v, vault_open(v, "none.toml"), VAULT_ABSENT, "there is no file none.toml"),
          "no file");
    check(refuses(v, vault_open(v, "none/vault.toml"), VAULT_ABSENT, "none/vault.toml"),
          "no folder");
    check(refuses(v, vault_open(v, "."), VAULT_FAILED, "cannot read ."), "a folder");
    check(refuses(v, vault_open(v, "big.toml"), VAULT_FORMAT, "over 33554432 bytes"),
          "over 32 MiB");
    write_text("empty.toml", "", 0);
    check(refuses(v, vault_open(v, "empty.toml"), VAULT_FORMAT, "there is no [vault]"),
          "an empty file");
    must(unlink("big.toml") == 0);
    vault_free(v);
}

/* --- what only the key can tell --- */

static size_t findings;
static char last_finding[512];

static void count_finding(void *user, const char *sentence)
{
    must(user == &findings);
    findings++;
    snprintf(last_finding, sizeof last_finding, "%s", sentence);
}

/* Every operation on the environment is refused as integrity, and the file stands. */
static bool all_refuse(const char *text)
{
    vault *v = vault_new();
    vault_kv *kv = NULL, *new = kv_of(v, "K", MARK, NULL);
    char print[VAULT_FINGERPRINT_LEN + 1];
    vault_values *keys;
    size_t refused = 0;

    write_text("bad.toml", text, strlen(text));
    give_identity(v, &me);
    must(vault_open(v, "bad.toml") == VAULT_OK);
    refused += vault_secret_get(v, "dev", "app", NULL, 0, &kv) == VAULT_INTEGRITY && !kv;
    refused += vault_secret_info(v, "dev", "app", &keys) == VAULT_INTEGRITY;
    refused += vault_fingerprint(v, "dev", print) == VAULT_INTEGRITY;
    refused += vault_secret_create(v, "dev", "new", new, VAULT_EXISTING_ERROR) == VAULT_INTEGRITY;
    refused += vault_secret_update(v, "dev", "app", new) == VAULT_INTEGRITY;
    refused += vault_secret_delete(v, "dev", "app", VAULT_MISSING_IGNORE) == VAULT_INTEGRITY;
    refused += vault_value_delete(v, "dev", "app", "B", VAULT_MISSING_IGNORE) == VAULT_INTEGRITY;
    refused += vault_secret_rename(v, "dev", "app", "new") == VAULT_INTEGRITY;
    refused += vault_secret_copy(v, "dev", "app", "dev", "new") == VAULT_INTEGRITY;
    refused += vault_secret_copy(v, "prod", "app", "dev", "new") == VAULT_INTEGRITY;
    refused += vault_env_create(v, "new", "dev") == VAULT_INTEGRITY;
    refused += vault_env_copy(v, "dev", "new") == VAULT_INTEGRITY;
    refused += vault_env_rename(v, "dev", "new") == VAULT_INTEGRITY;
    refused += vault_rotate(v, "dev", VAULT_PAST_FORGET) == VAULT_INTEGRITY;
    refused += vault_reader_add(v, "dev", "you", me.public_key) == VAULT_INTEGRITY;
    refused += vault_reader_add_passphrase(v, "dev", "you", NULL, 0) == VAULT_INTEGRITY;
    refused += vault_reader_remove(v, "dev", "me") == VAULT_INTEGRITY;
    findings = 0;
    refused += vault_verify(v, "dev", count_finding, &findings) == VAULT_INTEGRITY && findings > 0;
    if (!is_sentence(vault_error(v)) || !strstr(vault_error(v), "dev"))
        refused = 0;
    must(vault_save(v) == VAULT_OK);
    vault_kv_free(new);
    vault_free(v);
    if (refused != 18)
        printf("# %zu of 18 refused\n", refused);
    return refused == 18 && stands_as("bad.toml", text);
}

static void test_seals(void)
{
    char *text = with(good, "\nB = [", "\nBB = [");
    vault *v;
    char *at;

    check(all_refuse(text), "a key that was renamed: every operation refuses, and the file stands");
    free(text);
    text = with(good, "created-by = \"me\"", "created-by = \"eve\"");
    check(all_refuse(text), "another author of a secret");
    free(text);
    text = with(good, "[dev.last]", "[dev.lost]");
    check(all_refuse(text), "a neighbour that was renamed");
    free(text);

    /* A value is looked at when it is read: another one of the same secret can be. */
    text = with(good, "\nB = [\"", "\nB = [\"");
    at = strstr(text, "\nB = [\"") + 30;
    *at = *at == 'A' ? 'B' : 'A';
    write_text("bad.toml", text, strlen(text));
    v = open_as(&me, "bad.toml");
    {
        vault_kv *kv = NULL;

        check(refuses(v, vault_secret_get(v, "dev", "app", NULL, 0, &kv), VAULT_INTEGRITY,
                      "the value of dev/app/B was changed") &&
                  !kv,
              "a value that was changed is named, and none of its secret is handed out");
    }
    findings = 0;
    check(refuses(v, vault_verify(v, "dev", count_finding, &findings), VAULT_INTEGRITY,
                  "1 finding in dev") &&
              findings == 1 && strstr(last_finding, "line ") == last_finding,
          "verify tells it, with its line");
    check(refuses(v, update(v, "dev", "app", "B", MARK), VAULT_INTEGRITY, "dev/app/B") &&
              refuses(v, vault_rotate(v, "dev", VAULT_PAST_KEEP), VAULT_INTEGRITY, "dev/app/B") &&
              refuses(v, vault_secret_rename(v, "dev", "app", "new"), VAULT_INTEGRITY, "dev/") &&
              vault_save(v) == VAULT_OK && stands_as("bad.toml", text),
          "nothing is sealed anew over it");
    check(vault_value_delete(v, "dev", "app", "B", VAULT_MISSING_ERROR) == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev"),
          "it can be deleted");
    vault_free(v);
    free(text);
}

static void gather_findings(void *user, const char *sentence)
{
    buf_printf(user, "%s\n", sentence);
}

/* Two places of one chain: the second is found behind the first. */
static void test_all_findings(void)
{
    char *once = with(good, "created-by = \"me\"", "created-by = \"eve\""), summary[64];
    char *text = with(once, "[dev.last]", "[dev.lost]");
    struct buf all = {0};
    vault *v;
    size_t lines = 0;

    write_text("bad.toml", text, strlen(text));
    v = open_as(&me, "bad.toml");
    must(vault_verify(v, "dev", gather_findings, &all) == VAULT_INTEGRITY);
    buf_add(&all, "", 1);
    must(buf_ok(&all));
    for (const char *at = all.data; (at = strchr(at, '\n')); at++)
        lines++;
    check(strstr(all.data, ": the start of the secret dev/app was changed") &&
              strstr(all.data, ": what follows the secret dev/app was changed") &&
              strstr(all.data, ": what follows the secret dev/lost was changed") &&
              strstr(all.data, ": the value of dev/lost/") &&
              !strstr(all.data, "the value of dev/app") && !strstr(all.data, "reader"),
          "verify tells of each seal that does not verify, and of no other");
    snprintf(summary, sizeof summary, "%zu findings in dev", lines);
    check(strcmp(vault_error(v), summary) == 0, "and how many there are");
    check(refuses(v, vault_verify(v, "dev", NULL, NULL), VAULT_INTEGRITY, " more in dev") &&
              strncmp(vault_error(v), "line ", 5) == 0,
          "with nobody to tell, the first is the error");
    vault_free(v);
    buf_free(&all);
    free(text);
    free(once);
}

/* What would take its time to list and nobody reads. */
static void test_many_findings(void)
{
    vault *v = open_as(&me, "vault.toml");
    vault_kv *kv = NULL;
    char *text, *id;
    size_t len;

    must(vault_kv_from_pairs(v, NULL, 0, &kv) == VAULT_OK);
    for (int i = 0; i < 100; i++) {
        char name[16];

        snprintf(name, sizeof name, "many-%d", i);
        must(vault_secret_create(v, "dev", name, kv, VAULT_EXISTING_ERROR) == VAULT_OK);
    }
    must(vault_text(v, &text, &len) == VAULT_OK);
    vault_kv_free(kv);
    vault_free(v);
    id = strstr(text, "\nid = \"") + 10;
    *id = *id == 'A' ? 'B' : 'A';
    write_text("bad.toml", text, strlen(text));
    v = open_as(&me, "bad.toml");
    findings = 0;
    check(refuses(v, vault_verify(v, "dev", count_finding, &findings), VAULT_INTEGRITY,
                  "at least 100 findings in dev") &&
              findings == 100,
          "of a vault with another id no more than a hundred are told");
    vault_free(v);
    vault_release(text);
}

static void test_two_environments(void)
{
    char *text = with(good, "\nB = [", "\nBB = [");
    vault *v;

    write_text("bad.toml", text, strlen(text));
    v = open_as(&me, "bad.toml");
    check(holds(v, "prod", "app", "K", "p") && verifies(v, "prod"),
          "damage in one environment does not stop another");
    vault_free(v);
    free(text);
}

/* Names that can be none, and that a terminal would act on. */
static void test_names(void)
{
    static const char odd[] = "a\x1b[2J" MARK;
    vault *v = open_as(&me, "vault.toml");
    vault_kv *kv = NULL, *new = kv_of(v, "K", "v", NULL);
    const char **names = NULL;
    char print[VAULT_FINGERPRINT_LEN + 1], *before = text_of("vault.toml");
    size_t count;
    int n = 0, calm = 0;

#define ODD(call) (n++, calm += (call) == VAULT_INVALID && !strchr(vault_error(v), '\x1b'))
    ODD(vault_secret_get(v, odd, "app", NULL, 0, &kv));
    ODD(vault_secret_get(v, "dev", odd, NULL, 0, &kv));
    ODD(vault_secret_create(v, odd, "app", new, VAULT_EXISTING_ERROR));
    ODD(vault_secret_create(v, "dev", odd, new, VAULT_EXISTING_ERROR));
    ODD(vault_secret_update(v, "dev", odd, new));
    ODD(vault_secret_delete(v, odd, "app", VAULT_MISSING_IGNORE));
    ODD(vault_value_delete(v, "dev", "app", odd, VAULT_MISSING_IGNORE));
    ODD(vault_secret_rename(v, "dev", odd, "new"));
    ODD(vault_secret_rename(v, "dev", "app", odd));
    ODD(vault_secret_copy(v, "dev", "app", odd, "new"));
    ODD(vault_value_list(v, odd, "app", &names, &count));
    ODD(vault_value_list(v, "dev", odd, &names, &count));
    ODD(vault_env_create(v, odd, NULL));
    ODD(vault_env_create(v, "new", odd));
    ODD(vault_env_delete(v, odd));
    ODD(vault_env_rename(v, "dev", odd));
    ODD(vault_env_rename(v, odd, "new"));
    ODD(vault_env_copy(v, odd, "new"));
    ODD(vault_fingerprint(v, odd, print));
    ODD(vault_rotate(v, odd, VAULT_PAST_KEEP));
    ODD(vault_reader_add(v, odd, "you", me.public_key));
    ODD(vault_reader_add(v, "dev", odd, me.public_key));
    ODD(vault_reader_remove(v, "dev", odd));
    ODD(vault_passphrase_change(v, odd, "x", 1));
    ODD(vault_verify(v, odd, NULL, NULL));
    ODD(vault_pin(v, odd, NULL));
#undef ODD
    check(calm == n, "%d functions refuse what can be no name, and escape it (%d)", n, calm);
    check(vault_save(v) == VAULT_OK && stands_as("vault.toml", before), "and change nothing");
    free(before);
    vault_kv_free(new);
    vault_free(v);
}

int main(void)
{
    vault *v;

    scene_begin();
    me = person_x25519();
    make_vault("vault.toml", &me);
    v = open_as(&me, "vault.toml");
    must(create(v, "dev", "app", "A", "1") == VAULT_OK &&
         update(v, "dev", "app", "B", "2") == VAULT_OK &&
         create(v, "dev", "last", "Z", "z") == VAULT_OK &&
         vault_env_create(v, "prod", "dev") == VAULT_OK &&
         create(v, "prod", "app", "K", "p") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
    good = text_of("vault.toml");
    test_unreadable();
    test_no_file();
    test_seals();
    test_all_findings();
    test_many_findings();
    test_two_environments();
    test_names();
    free(good);
    return tap_done();
}
