/* Vaults that must open forever: those in tests/golden, which tests/independent/golden.py made, and
 * those that others have made, in $VECTORS/vault-final. Beside each vault.toml stand keys (*.key),
 * passphrases (*.pass), and what it holds: plain.json, values in base64 by environment, secret and
 * key.
 *
 * usage: vault-golden [make FOLDER]    makes a new one of each kind, as the test itself does */
#include "scene.h"

#include <dirent.h>
#include <sys/stat.h>

/* --- what a vault holds --- */

struct fact {
    char env[80], secret[80], key[300];
    char *value;
    size_t len;
};

struct facts {
    struct fact *at;
    size_t count;
};

static void add_fact(struct facts *facts, const char *const path[3], struct slice base64)
{
    struct fact *f;

    facts->at = realloc(facts->at, (facts->count + 1) * sizeof *facts->at);
    must(facts->at != NULL);
    f = &facts->at[facts->count++];
    snprintf(f->env, sizeof f->env, "%s", path[0]);
    snprintf(f->secret, sizeof f->secret, "%s", path[1]);
    snprintf(f->key, sizeof f->key, "%s", path[2]);
    f->value = malloc(base64.len + 1);
    must(f->value &&
         sodium_base642bin((unsigned char *)f->value, base64.len + 1, base64.at, base64.len, NULL,
                           &f->len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0);
}

static void free_facts(struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        free(facts->at[i].value);
    free(facts->at);
}

/* Of a plain.json: objects in objects in an object, with strings that need no escapes. A secret
 * without keys is a fact with an empty key. */
static struct facts facts_of(const char *json)
{
    struct facts facts = {NULL, 0};
    char names[3][300] = {"", "", ""};
    const char *const path[3] = {names[0], names[1], names[2]};
    int depth = 0;

    for (const char *at = json; *at; at++) {
        struct slice string = {at + 1, 0};

        if (*at == '{')
            depth++;
        if (*at == '}' && depth-- == 3 && !names[2][0])
            add_fact(&facts, path, (struct slice){"", 0});
        if (*at != '"')
            continue;
        must(depth >= 1 && depth <= 3 && strchr(at + 1, '"'));
        string.len = (size_t)(strchr(at + 1, '"') - at) - 1;
        at += string.len + 1;
        if (at[1] == ':') {
            must(string.len < sizeof names[0]);
            memcpy(names[depth - 1], string.at, string.len);
            names[depth - 1][string.len] = '\0';
            if (depth < 3)
                names[2][0] = '\0';
        } else {
            add_fact(&facts, path, string);
        }
    }
    return facts;
}

/* --- whether it does --- */

static bool value_is_there(vault *v, const struct fact *f)
{
    vault_kv *kv = NULL;
    size_t len = 0;
    bool good = vault_secret_stored(v, f->env, f->secret, &kv) == VAULT_OK;

    if (good && !f->key[0])
        good = vault_kv_count(kv) == 0;
    else if (good)
        good = vault_kv_get(kv, f->key, &len) && len == f->len &&
               memcmp(vault_kv_get(kv, f->key, NULL), f->value, len) == 0;
    if (!good)
        printf("# not so: %s/%s/%s\n", f->env, f->secret, f->key);
    vault_kv_free(kv);
    return good;
}

/* As many keys as there are facts. */
static bool nothing_else_is_there(vault *v, const char *env, const struct facts *facts)
{
    vault_secrets *list = NULL;
    size_t there = 0, wanted = 0;

    must(vault_secret_list(v, env, 0, 0, &list) == VAULT_OK);
    for (size_t i = 0; i < vault_secrets_count(list); i++)
        there += vault_secrets_at(list, i)->values;
    vault_release(list);
    for (size_t i = 0; i < facts->count; i++)
        wanted += strcmp(facts->at[i].env, env) == 0 && facts->at[i].key[0];
    return there == wanted;
}

/* Setting a value to what it is leaves the file as it is. */
static bool same_when_saved(vault *v, const struct facts *facts, const char *env, const char *text)
{
    char *out = NULL;
    size_t len = 0;
    bool same;

    for (size_t i = 0; i < facts->count; i++)
        if (strcmp(facts->at[i].env, env) == 0 && facts->at[i].key[0]) {
            const struct fact *f = &facts->at[i];
            vault_kv *kv = NULL;

            must(vault_kv_from_pairs(v, &(vault_pair){f->key, f->value, f->len}, 1, &kv) ==
                     VAULT_OK &&
                 vault_secret_update(v, env, f->secret, kv) == VAULT_OK);
            vault_kv_free(kv);
        }
    must(vault_text(v, &out, &len) == VAULT_OK);
    same = len == strlen(text) && strcmp(out, text) == 0;
    vault_release(out);
    return same;
}

/* In how many environments this credential opens all that there is; -1 if one is not as it must be.
 */
static int opens(vault *v, const struct facts *facts, const char *text, size_t *all)
{
    const char **envs = NULL;
    char print[VAULT_FINGERPRINT_LEN + 1];
    int opened = 0;

    must(vault_env_list(v, &envs, all) == VAULT_OK);
    for (size_t i = 0; i < *all && opened >= 0; i++) {
        vault_err code = vault_fingerprint(v, envs[i], print);
        bool good =
            code == VAULT_OK && verifies(v, envs[i]) && nothing_else_is_there(v, envs[i], facts);

        if (code == VAULT_LOCKED)
            continue;
        for (size_t j = 0; j < facts->count && good; j++)
            if (strcmp(facts->at[j].env, envs[i]) == 0)
                good = value_is_there(v, &facts->at[j]);
        if (!good || !same_when_saved(v, facts, envs[i], text)) {
            printf("# %s: %s\n", envs[i], vault_error(v));
            opened = -1;
        } else {
            opened++;
        }
    }
    vault_release(envs);
    return opened;
}

static bool ends_in(const char *name, const char *end)
{
    return strlen(name) > strlen(end) && strcmp(name + strlen(name) - strlen(end), end) == 0;
}

/* One vault, with each of its credentials alone. */
static void check_folder(const char *folder, const char *name)
{
    char path[1200];
    DIR *dir = opendir(folder);
    struct dirent *entry;
    struct facts facts;
    char *text, *json;
    size_t envs = 0;
    int most = 0;

    must(dir != NULL);
    snprintf(path, sizeof path, "%s/plain.json", folder);
    json = text_of(path);
    facts = facts_of(json);
    must(facts.count > 0);
    snprintf(path, sizeof path, "%s/vault.toml", folder);
    text = text_of(path);
    while ((entry = readdir(dir))) {
        vault *v = vault_new();
        bool is_key = ends_in(entry->d_name, ".key"), is_pass = ends_in(entry->d_name, ".pass");
        int opened;

        must(v && vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (is_key)
            must(vault_add_identity_file(v, path) == VAULT_OK);
        if (is_pass) {
            char *passphrase = text_of(path);

            must(vault_add_passphrase(v, passphrase, strcspn(passphrase, "\n")) == VAULT_OK);
            free(passphrase);
        }
        if (is_key || is_pass) {
            opened = opens(v, &facts, text, &envs);
            check(opened > 0, "%s: %s opens it to what it held, and saves it as it was", name,
                  entry->d_name);
            most = opened > most ? opened : most;
        }
        vault_free(v);
    }
    closedir(dir);
    check(most > 0 && (size_t)most == envs, "%s: all environments were opened", name);
    free_facts(&facts);
    free(text);
    free(json);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t check_folders(const char *top)
{
    DIR *dir = opendir(top);
    struct dirent *entry;
    char *names[64], path[1000];
    size_t count = 0;

    while (dir && (entry = readdir(dir)) && count < 64)
        if (entry->d_name[0] != '.')
            must((names[count++] = strdup(entry->d_name)) != NULL);
    if (dir)
        closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", top, names[i]);
        check_folder(path, names[i]);
        free(names[i]);
    }
    return count;
}

/* --- making them --- */

static char every_byte[256], large[65536];

static void write_in(const char *folder, const char *name, struct slice text)
{
    char path[1200];
    struct err err;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    must(file_create(path, text, &err) == ERR_OK);
}

static void put(vault *v, const char *env, const char *secret, const char *key, struct slice value)
{
    vault_kv *none = kv_of(v, NULL), *kv = NULL;

    must(vault_kv_from_pairs(v, &(vault_pair){key, value.at, value.len}, key[0] ? 1 : 0, &kv) ==
             VAULT_OK &&
         vault_secret_create(v, env, secret, none, VAULT_EXISTING_KEEP) == VAULT_OK &&
         vault_secret_update(v, env, secret, kv) == VAULT_OK);
    vault_kv_free(none);
    vault_kv_free(kv);
}

/* Puts the facts, which are in order, into the vault, and their plain.json into json. */
static void put_all(vault *v, struct buf *json)
{
    const struct {
        const char *env, *secret, *key;
        struct slice value;
    } facts[] = {
        {"dev", "app", "EMPTY", {"", 0}},
        {"dev", "app", "LARGE", {large, sizeof large}},
        {"dev", "app", "LINES", {"one\n two\r\nthree\n", 16}},
        {"dev", "nothing", "", {"", 0}},
        {"dev", "stripe", "API_KEY", {"sk_test_1", 9}},
        {"dev", "stripe", "WEBHOOK_KEY", {"it's \"quoted\" $HOME #1 \xC3\xA4\xE2\x82\xAC", 28}},
        {"prod", "app", "BINARY", {every_byte, sizeof every_byte}},
        {"prod", "app", "_lower", {" spaces ", 8}},
        {"prod", "stripe", "API_KEY", {"sk_live_1", 9}},
    };
    const char *env = "", *secret = "";
    char *room;

    buf_add_text(json, "{");
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        bool new_env = strcmp(env, facts[i].env) != 0;
        bool new_secret = new_env || strcmp(secret, facts[i].secret) != 0;
        size_t size = sodium_base64_ENCODED_LEN(facts[i].value.len, sodium_base64_VARIANT_ORIGINAL);

        put(v, facts[i].env, facts[i].secret, facts[i].key, facts[i].value);
        if (new_env)
            buf_printf(json, "%s\"%s\": {", i ? "}},\n" : "", facts[i].env);
        if (new_secret)
            buf_printf(json, "%s\"%s\": {", new_env ? "" : "},\n", facts[i].secret);
        env = facts[i].env;
        secret = facts[i].secret;
        if (!facts[i].key[0])
            continue;
        buf_printf(json, "%s\"%s\": \"", new_secret ? "" : ", ", facts[i].key);
        must((room = buf_reserve(json, size)) != NULL);
        sodium_bin2base64(room, size, (const unsigned char *)facts[i].value.at, facts[i].value.len,
                          sodium_base64_VARIANT_ORIGINAL);
        json->len += strlen(room);
        buf_add_text(json, "\"");
    }
    buf_add_text(json, "}}}\n");
}

static vault *new_vault(const struct person *me, const struct person *carol)
{
    vault *v = vault_new();

    give_identity(v, me);
    must(vault_set_author(v, "alice@example.com") == VAULT_OK &&
         vault_create(v, "making.toml") == VAULT_OK &&
         vault_env_create(v, "dev", NULL) == VAULT_OK &&
         vault_reader_add(v, "dev", "me", me->public_key) == VAULT_OK &&
         vault_env_create(v, "prod", "dev") == VAULT_OK &&
         vault_reader_add(v, "prod", "carol", carol->public_key) == VAULT_OK &&
         vault_reader_add_passphrase(v, "prod", "team", "correct horse", 13) == VAULT_OK &&
         vault_env_create(v, "void", "dev") == VAULT_OK &&
         vault_reader_add_passphrase(v, "void", "team", NULL, 0) == VAULT_OK);
    return v;
}

/* As a person would: a comment on a table and one on a key. */
static void comment(struct buf *text)
{
    struct buf out = {0};

    for (const char *at = text->data; at < text->data + text->len;) {
        const char *end = strchr(at, '\n') + 1;

        if (strncmp(at, "[dev.stripe]", 12) == 0)
            buf_add_text(&out, "# The account of the shop. \xE2\x98\x82\n");
        if (strncmp(at, "API_KEY = ", 10) == 0)
            buf_add_text(&out, "\n  \t\n#never shared\n");
        buf_add(&out, at, (size_t)(end - at));
        at = end;
    }
    buf_free(text);
    *text = out;
}

/* A BOM, CRLF, the environments behind the secrets, and an entry on one line. */
static void disturb(struct buf *text)
{
    const char *envs = strstr(text->data, "\n[vault.env.") + 1,
               *secrets = strstr(envs, "\n[dev.") + 1;
    struct buf out = {0}, ordered = {0};

    buf_add(&ordered, text->data, (size_t)(envs - text->data));
    buf_add(&ordered, secrets, strlen(secrets));
    buf_add_text(&ordered, "\n");
    buf_add(&ordered, envs, (size_t)(secrets - envs));
    buf_add(&ordered, "", 1);
    must(buf_ok(&ordered));
    ordered.len--;
    buf_add_text(&out, "\xEF\xBB\xBF");
    for (size_t i = 0; i < ordered.len; i++) {
        if (strncmp(ordered.data + i, "\",\n  \"", 6) == 0 && i > 9 && ordered.data[i - 1] == 'A') {
            buf_add_text(&out, "\" ,   \"");
            i += 5;
        } else if (strncmp(ordered.data + i, "\"]\n", 3) == 0) {
            buf_add_text(&out, "\",\r\n]");
            i += 1;
        } else {
            buf_add_text(&out, ordered.data[i] == '\n' ? "\r" : "");
            buf_add(&out, &ordered.data[i], 1);
        }
    }
    buf_free(&ordered);
    buf_free(text);
    *text = out;
}

static void make(const char *folder, void (*change)(struct buf *text))
{
    struct person me = person_x25519(), carol = person_ssh();
    vault *v = new_vault(&me, &carol);
    struct buf json = {0}, text = {0}, identity = {0};
    char *saved;

    must(mkdir(folder, 0777) == 0);
    put_all(v, &json);
    must(vault_rotate(v, "prod", VAULT_PAST_KEEP) == VAULT_OK &&
         vault_rotate(v, "prod", VAULT_PAST_KEEP) == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
    saved = text_of("making.toml");
    buf_add_text(&text, saved);
    buf_add(&text, "", 1);
    text.len--;
    change(&text);
    buf_printf(&identity, "# public key: %s\n%s\n", me.public_key, me.identity);
    must(buf_ok(&json) && buf_ok(&text) && buf_ok(&identity));
    write_in(folder, "vault.toml", buf_slice(&text));
    write_in(folder, "plain.json", buf_slice(&json));
    write_in(folder, "me.key", buf_slice(&identity));
    write_in(folder, "carol.key", slice_of(carol.identity));
    write_in(folder, "team.pass", slice_of("correct horse\n"));
    must(unlink("making.toml") == 0);
    free(saved);
    buf_free(&json);
    buf_free(&text);
    buf_free(&identity);
}

static void make_all(const char *folder)
{
    char path[1200];

    for (size_t i = 0; i < sizeof every_byte; i++)
        every_byte[i] = (char)i;
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)(i * i >> 7);
    snprintf(path, sizeof path, "%s/features", folder);
    make(path, comment);
    snprintf(path, sizeof path, "%s/crlf", folder);
    make(path, disturb);
}

int main(int argc, char **argv)
{
    const char *outside = getenv("VECTORS");
    char golden[512], vectors[1024];

    must(getcwd(golden, sizeof golden - 20) != NULL);
    snprintf(vectors, sizeof vectors, "%s%s%s/vault-final",
             outside && outside[0] == '/' ? "" : golden, outside && outside[0] == '/' ? "" : "/",
             outside ? outside : "../shared/vectors");
    strcat(golden, "/tests/golden");
    scene_begin();
    if (argc == 3 && strcmp(argv[1], "make") == 0) {
        make_all(argv[2]);
        return 0;
    }
    make_all(".");
    check_folder("features", "features, made now");
    check_folder("crlf", "crlf, made now");
    check(check_folders(golden) > 0, "there are golden files");
    if (access(vectors, R_OK) != 0)
        tap_skip("there is no folder %s", vectors);
    else
        check(check_folders(vectors) > 0, "there are others' vaults");
    return tap_done();
}
