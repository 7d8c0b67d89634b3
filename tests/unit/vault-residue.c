/* libvault leaves no value, key, identity or passphrase in the process's memory after vault_free,
 * nor plain text in a file.
 *
 * What is looked for is kept inverted, in pieces of eight bytes. What a call leaves on the stack
 * lies below it, where the search itself would write over it: so every step that is watched runs
 * far down the stack, at a depth of its own. */
#include "residue.h"
#include "scene.h"
#include "vault/unlock.h"

#include <dirent.h>

/* A value is long enough for ChaCha20's widest vectors; some of it is looked for. */
enum { PIECE = 8, PIECES = 400, STEP = 1 << 16, VALUE = 2000, LOOKED_FOR = 96, PASS = 24 };

static struct {
    struct arena arena;
    char *identity, *old, *new, *dotenv, *passphrase; /* in the arena, while they are needed */
    char public_key[80];
    const char *path;

    struct {
        const char *name;
        unsigned char inverted[PIECE];
    } traces[PIECES];
    size_t count;
} s;

static void remember(const char *name, const void *secret, size_t len)
{
    for (size_t i = 0; i + PIECE <= len; i += PIECE) {
        must(s.count < PIECES);
        for (size_t j = 0; j < PIECE; j++)
            s.traces[s.count].inverted[j] = (unsigned char)~((const unsigned char *)secret)[i + j];
        s.traces[s.count++].name = name;
    }
}

__attribute__((noinline)) static void at_depth(size_t depth, void (*step)(void))
{
    volatile char room[depth * STEP];

    room[0] = room[depth * STEP - 1] = 0;
    step();
    room[0] = 1; /* it is needed to the end */
}

/* --- the secrets, and the keys that follow from them --- */

static char *random_text(const char *name, size_t len)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *text = arena_alloc(&s.arena, len + 1);

    must(text != NULL);
    for (size_t i = 0; i < len; i++)
        text[i] = letters[randombytes_uniform(64)];
    text[len] = '\0';
    remember(name, text, len < LOOKED_FOR ? len : LOOKED_FOR);
    return text;
}

/* An identity that libvault has made: the line behind its public key. */
static void make_identity(void)
{
    struct age_identity *id = arena_alloc(&s.arena, sizeof *id);
    struct buf text = BUF_SECRET;
    vault *v = vault_new();
    char *public_key = NULL;
    struct err err;

    must(v && vault_identity_create(v, "key.txt") == VAULT_OK &&
         vault_add_identity_file(v, "key.txt") == VAULT_OK &&
         vault_public_key(v, &public_key) == VAULT_OK && strlen(public_key) < sizeof s.public_key &&
         file_read("key.txt", 1024, &text, NULL, &err) == ERR_OK && text.len > AGE_IDENTITY_TEXT);
    strcpy(s.public_key, public_key);
    s.identity =
        arena_copy(&s.arena, text.data + text.len - AGE_IDENTITY_TEXT - 1, AGE_IDENTITY_TEXT);
    must(s.identity && id && age_identity_read(slice_of(s.identity), id, &err) == ERR_OK);
    remember("the identity's text", s.identity + 16, AGE_IDENTITY_TEXT - 16);
    remember("the identity", id->secret, sizeof id->secret);
    sodium_memzero(id, sizeof *id);
    vault_release(public_key);
    buf_free(&text);
    vault_free(v);
}

static void make_secrets(void)
{
    make_identity();
    s.old = random_text("a value", VALUE);
    s.new = random_text("another value", VALUE);
    s.dotenv = random_text("a value of a dotenv file", VALUE);
    s.passphrase = random_text("the passphrase", PASS);
}

/* The key that one value is sealed with, as a vector of 32-bit words holds it: each word as often
 * as there is room. */
static void remember_value_key(const struct seal_keys *keys, const struct doc_item *value)
{
    unsigned char nonce[24], twice[PIECE], *key = arena_alloc(&s.arena, 32);

    must(key && base64_decode(nonce, value->part[0].at, BASE64_ENCODED(sizeof nonce)));
    crypto_core_hchacha20(key, nonce, keys->value, NULL);
    remember("a value's key", key, 32);
    for (size_t i = 0; i < 32; i += 4) {
        memcpy(twice, key + i, 4);
        memcpy(twice + 4, key + i, 4);
        remember("a value's key in a vector", twice, sizeof twice);
    }
    sodium_memzero(twice, sizeof twice);
    sodium_memzero(key, 32);
}

/* What the file's dev is sealed with. */
static void remember_keys(void)
{
    struct doc_table *secret = NULL;
    struct seal_keys *keys = arena_alloc(&s.arena, sizeof *keys);
    struct buf text = {0};
    struct unlock unlock;
    struct slice reader;
    struct doc doc;
    struct err err;

    unlock_init(&unlock);
    must(keys && file_read(s.path, DOC_FILE_MAX, &text, NULL, &err) == ERR_OK &&
         doc_read(&doc, &text, &err) == ERR_OK &&
         unlock_add_identities(&unlock, slice_of(s.identity), &err) == ERR_OK &&
         unlock_env(&unlock, &doc, slice_of("dev"), keys, &reader, &err) == ERR_OK);
    remember("the environment's key", keys->env, SEAL_KEY);
    remember("the value key", keys->value, SEAL_KEY);
    remember("the seal key", keys->seal, SEAL_KEY);
    remember("the inbox's key", keys->inbox, SEAL_KEY);
    remember("the past key", keys->past, SEAL_KEY);
    while ((secret = doc_next_table(&doc, secret, DOC_SECRET, slice_of("dev"))))
        for (struct doc_item *i = doc_entry(secret->items); i; i = doc_entry(i->next))
            remember_value_key(keys, i);
    sodium_memzero(keys, sizeof *keys);
    unlock_free(&unlock);
    doc_free(&doc);
    sodium_stackzero(STEP / 2);
}

/* --- the steps that are watched --- */

static vault *open_mine(void)
{
    vault *v = vault_new();

    must(v && vault_add_identity(v, s.identity, AGE_IDENTITY_TEXT) == VAULT_OK &&
         vault_open(v, s.path) == VAULT_OK);
    return v;
}

static void make(void)
{
    vault *v = vault_new();

    must(v && vault_add_identity(v, s.identity, AGE_IDENTITY_TEXT) == VAULT_OK &&
         vault_create(v, s.path) == VAULT_OK && vault_env_create(v, "dev", NULL) == VAULT_OK &&
         vault_reader_add(v, "dev", "me", s.public_key) == VAULT_OK &&
         vault_reader_add_passphrase(v, "dev", "team", s.passphrase, PASS) == VAULT_OK &&
         create(v, "dev", "app", "K", s.old) == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

static void read_and_layer(void)
{
    vault *v = open_mine();
    vault_kv *kv = NULL, *both = NULL;
    vault_values *list;

    must(vault_secret_get(v, "dev", "app", NULL, 0, &kv) == VAULT_OK &&
         vault_kv_layer(v, (const vault_kv *const[]){kv, kv}, 2, &both) == VAULT_OK &&
         kv_has(both, "K", s.old) && vault_secret_info(v, "dev", "app", &list) == VAULT_OK);
    vault_release(list);
    vault_kv_free(kv);
    vault_kv_free(both);
    vault_free(v);
}

static void change(void)
{
    vault *v = open_mine();
    vault_kv *kv = NULL;

    must(update(v, "dev", "app", "K", s.new) == VAULT_OK && vault_save(v) == VAULT_OK &&
         vault_kv_from_dotenv(v, "./some.env", NULL, NULL, &kv) == VAULT_OK &&
         kv_has(kv, "D", s.dotenv) && vault_secret_update(v, "dev", "app", kv) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    vault_kv_free(kv);
    vault_free(v);
}

static void rotate(void)
{
    vault *v = open_mine();

    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK &&
         vault_secret_rename(v, "dev", "app", "other") == VAULT_OK &&
         vault_env_copy(v, "dev", "prod") == VAULT_OK &&
         vault_env_rename(v, "dev", "tmp") == VAULT_OK &&
         vault_env_rename(v, "tmp", "dev") == VAULT_OK && vault_save(v) == VAULT_OK &&
         verifies(v, "dev"));
    vault_free(v);
}

static int answer(void *user, const char *env, const char *readers, int attempt, char *out,
                  size_t size)
{
    (void)user;
    (void)env;
    (void)readers;
    must(size >= PASS && attempt < 2);
    memcpy(out, s.passphrase, PASS);
    return attempt == 0 ? PASS - 1 : PASS;
}

static void open_by_prompt(void)
{
    vault *v = vault_new();

    vault_set_prompt(v, answer, NULL);
    must(vault_open(v, s.path) == VAULT_OK && holds(v, "dev", "other", "K", s.new));
    vault_free(v);
}

/* What was begun and given up, and what failed. */
static void give_up(void)
{
    vault *v = open_mine();
    vault_kv *kv = NULL;

    must(update(v, "dev", "other", "K", s.old) == VAULT_OK &&
         update(v, "dev", "none", "K", s.old) == VAULT_ABSENT &&
         vault_kv_from_dotenv(v, "./bad.env", NULL, NULL, &kv) == VAULT_FORMAT &&
         vault_add_identity(v, s.identity, AGE_IDENTITY_TEXT - 1) == VAULT_INVALID &&
         update(v, "dev", "other", "K", s.old) == VAULT_OK);
    vault_free(v);
}

/* --- looking --- */

/* How many of the first pieces stand somewhere. */
static size_t find_traces(size_t count)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        int places = residue_count(s.traces[i].inverted, PIECE);

        if (places > 0 && count > 1)
            printf("# %s stands in %d places\n", s.traces[i].name, places);
        found += places > 0;
    }
    return found;
}

static void spill(void)
{
    char copy[PIECE];

    for (size_t i = 0; i < PIECE; i++)
        copy[i] = (char)~s.traces[0].inverted[i];
    __asm__ volatile("" : : "r"(copy) : "memory");
}

/* In the vault's own files: in the folder, temporary ones included. */
static bool some_file_has(const char *secret)
{
    DIR *folder = opendir(".");
    struct dirent *entry;
    bool found = false;

    must(folder != NULL);
    while ((entry = readdir(folder)))
        if (strstr(entry->d_name, ".toml")) {
            char *text = text_of(entry->d_name);

            found = found || strstr(text, secret);
            free(text);
        }
    closedir(folder);
    return found;
}

static void write_dotenv(const char *path, const char *format)
{
    struct buf text = BUF_SECRET;
    struct err err;

    buf_add_text(&text, format);
    buf_add_text(&text, s.dotenv);
    buf_add_text(&text, strcmp(path, "bad.env") == 0 ? "\n" : "'\n");
    must(buf_ok(&text) && file_create(path, buf_slice(&text), &err) == ERR_OK);
    buf_free(&text);
}

int main(void)
{
    static const unsigned char anything[PIECE];

    scene_begin();
    if (residue_count(anything, sizeof anything) < 0) {
        tap_skip("this system, or a sanitizer, does not show a process its memory");
        return tap_done();
    }
    s.path = "vault.toml";
    at_depth(1, make_secrets);
    write_dotenv("some.env", "D='");
    write_dotenv("bad.env", "D='");
    at_depth(2, make);
    at_depth(3, remember_keys);
    at_depth(4, read_and_layer);
    at_depth(5, change);
    at_depth(6, remember_keys);
    at_depth(7, rotate);
    at_depth(8, remember_keys);
    at_depth(9, open_by_prompt);
    at_depth(10, give_up);
    check(find_traces(1) == 1, "a secret that is in use is found");
    check(!some_file_has(s.old) && !some_file_has(s.new) && !some_file_has(s.dotenv) &&
              !some_file_has(s.passphrase) && !some_file_has(s.identity),
          "no file of the vault holds a value, a passphrase or an identity in plain text");
    arena_free(&s.arena);
    check(find_traces(s.count) == 0, "of %zu pieces of secrets none is found after vault_free",
          s.count);
    at_depth(11, spill);
    check(find_traces(1) == 1, "one that is left on the stack is");
    return tap_done();
}
