/* The scene of a test of libvault: a folder that goes away with the process, people with keys, and
 * short words for what every such test does. */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include "base/file.h"
#include "some_keys.h"
#include "tap.h"
#include "vault.h"

#include <ctype.h>
#include <ftw.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every value, passphrase and rejected input has it, and no sentence may. */
#define MARK "mArKeD"

static char scene_folder[256];
static pid_t scene_owner;

/* What the test cannot go on without. */
#define must(what) ((what) ? (void)0 : scene_bail_out(#what, __FILE__, __LINE__))

__attribute__((noreturn)) static inline void scene_bail_out(const char *what, const char *file,
                                                            int line)
{
    printf("Bail out! %s:%d: %s\n", file, line, what);
    exit(2);
}

static inline int scene_remove(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void scene_end(void)
{
    if (getpid() == scene_owner && chdir("/") == 0)
        nftw(scene_folder, scene_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* From here on the test stands in an empty folder, which is HOME too. */
static inline void scene_begin(void)
{
    const char *top = getenv("TMPDIR");

    must(sodium_init() >= 0);
    snprintf(scene_folder, sizeof scene_folder, "%s/vault-XXXXXX", top ? top : "/tmp");
    must(mkdtemp(scene_folder) != NULL);
    scene_owner = getpid();
    must(atexit(scene_end) == 0 && chdir(scene_folder) == 0);
    must(setenv("HOME", scene_folder, 1) == 0);
}

/* --- people --- */

struct person {
    char identity[640], public_key[160];
};

static inline struct person a_person(const struct age_identity *id, const char *text, size_t len)
{
    struct person p = {.identity = ""};
    struct buf public_key = {0};

    age_recipient_write(&id->self, &public_key);
    must(len < sizeof p.identity && public_key.len < sizeof p.public_key);
    memcpy(p.identity, text, len);
    memcpy(p.public_key, public_key.data, public_key.len);
    buf_free(&public_key);
    return p;
}

static inline struct person person_x25519(void)
{
    struct age_identity id;
    char text[AGE_IDENTITY_TEXT + 1];

    age_identity_make(&id);
    age_identity_write(&id, text);
    return a_person(&id, text, AGE_IDENTITY_TEXT);
}

static inline struct person person_ssh(void)
{
    unsigned char seed[32];
    struct openssh_parts parts;
    struct buf text = {0};
    struct arena arena = {0};
    struct age_identity *id;
    struct person p;
    struct err err;
    size_t count;

    randombytes_buf(seed, sizeof seed);
    openssh_sound(&parts, seed);
    openssh_write(&parts, &text);
    must(age_identity_file_read(buf_slice(&text), &arena, &id, &count, &err) == ERR_OK);
    p = a_person(id, text.data, text.len);
    arena_free(&arena);
    buf_free(&text);
    return p;
}

/* Of age every second time with the public key above it, as age-keygen writes it. */
static inline void give_identity(vault *v, const struct person *p)
{
    static bool commented;
    struct buf text = {0};

    commented = !commented;
    if (commented && slice_begins(slice_of(p->identity), "AGE-"))
        buf_printf(&text, "# public key: %s\n", p->public_key);
    buf_add_text(&text, p->identity);
    must(vault_add_identity(v, text.data, text.len) == VAULT_OK);
    buf_free(&text);
}

/* The vault as this person (NULL: as nobody) opens it. */
static inline vault *open_as(const struct person *p, const char *path)
{
    vault *v = vault_new();

    must(v != NULL);
    if (p)
        give_identity(v, p);
    must(vault_open(v, path) == VAULT_OK);
    return v;
}

/* A new vault whose environment dev this person reads, under the name of me. */
static inline void make_vault(const char *path, const struct person *p)
{
    vault *v = vault_new();

    must(v != NULL);
    give_identity(v, p);
    must(vault_create(v, path) == VAULT_OK && vault_env_create(v, "dev", NULL) == VAULT_OK);
    must(vault_reader_add(v, "dev", "me", p->public_key) == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

/* --- sets of values --- */

/* Of names and texts, in turn, up to a NULL. */
static inline vault_kv *kv_of(vault *v, ...)
{
    vault_pair pairs[32];
    size_t count = 0;
    vault_kv *kv = NULL;
    va_list args;
    const char *name;

    va_start(args, v);
    while ((name = va_arg(args, const char *))) {
        const char *value = va_arg(args, const char *);

        pairs[count++] = (vault_pair){name, value, strlen(value)};
    }
    va_end(args);
    must(vault_kv_from_pairs(v, pairs, count, &kv) == VAULT_OK);
    return kv;
}

static inline bool kv_has(const vault_kv *kv, const char *name, const char *value)
{
    size_t len = 0;
    const char *at = vault_kv_get(kv, name, &len);

    return at && len == strlen(value) && memcmp(at, value, len + 1) == 0;
}

static inline vault_err create(vault *v, const char *env, const char *secret, const char *key,
                               const char *value)
{
    vault_kv *kv = kv_of(v, key, value, NULL);
    vault_err code = vault_secret_create(v, env, secret, kv, VAULT_EXISTING_ERROR);

    vault_kv_free(kv);
    return code;
}

static inline vault_err update(vault *v, const char *env, const char *secret, const char *key,
                               const char *value)
{
    vault_kv *kv = kv_of(v, key, value, NULL);
    vault_err code = vault_secret_update(v, env, secret, kv);

    vault_kv_free(kv);
    return code;
}

/* The same, as an open value. */
static inline vault_err update_open(vault *v, const char *env, const char *secret, const char *key,
                                    const char *value)
{
    vault_kv *kv = kv_of(v, key, value, NULL);
    vault_err code = vault_kv_set_kind(v, kv, key, VAULT_KIND_OPEN);

    if (code == VAULT_OK)
        code = vault_secret_update(v, env, secret, kv);
    vault_kv_free(kv);
    return code;
}

static inline bool holds(vault *v, const char *env, const char *secret, const char *key,
                         const char *value)
{
    vault_kv *kv = NULL;
    bool good =
        vault_secret_get(v, env, secret, NULL, 0, &kv) == VAULT_OK && kv_has(kv, key, value);

    vault_kv_free(kv);
    return good;
}

static inline bool verifies(vault *v, const char *env)
{
    return vault_verify(v, env, NULL, NULL) == VAULT_OK;
}

/* --- refusals --- */

/* What every sentence must be. */
static inline bool is_sentence(const char *s)
{
    const char *key = strstr(s, "AGE-SECRET-KEY-1");

    return s[0] && !(isupper((unsigned char)s[0]) && islower((unsigned char)s[1])) &&
           s[strlen(s) - 1] != '.' && !strstr(s, MARK) && !strchr(s, '\n') &&
           !(key && isalnum((unsigned char)key[16]));
}

/* Whether the call ended as it must, with words in the sentence, and tells no secret. */
static inline bool refuses(const vault *v, vault_err got, vault_err wanted, const char *words)
{
    const char *s = vault_error(v);
    bool good = got == wanted && is_sentence(s) && strstr(s, words);

    for (int which = 0; which <= VAULT_DETAIL_NUMBER; which++)
        good = good && !strstr(vault_error_detail(v, (vault_detail)which), MARK);
    if (!good)
        printf("# code %d, wanted %d: \"%s\", wanted \"%s\"\n", (int)got, (int)wanted, s, words);
    return good;
}

/* --- files --- */

/* The file's bytes, with a zero byte behind them; free it. */
static inline char *text_of(const char *path)
{
    struct buf text = {0};
    struct err err;

    must(file_read(path, 64 << 20, &text, NULL, &err) == ERR_OK);
    buf_add(&text, "", 1);
    must(buf_ok(&text));
    return text.data;
}

static inline void write_text(const char *path, const char *text, size_t len)
{
    FILE *f = fopen(path, "we");

    must(f && fwrite(text, 1, len, f) == len && fclose(f) == 0);
}

static inline bool stands_as(const char *path, const char *before)
{
    char *now = text_of(path);
    bool same = strcmp(now, before) == 0;

    free(now);
    return same;
}

/* How many lines a change took out and put in, at the one place where it touched the text. */
struct diff {
    size_t out, in;
};

static inline size_t lines_in(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += text[i] == '\n';
    return n;
}

static inline bool is_line_start(const char *text, size_t at)
{
    return at == 0 || text[at - 1] == '\n';
}

static inline struct diff diff_of(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b), head = 0, tail = 0;

    while (head < a_len && head < b_len && a[head] == b[head])
        head++;
    while (!is_line_start(a, head))
        head--;
    while (tail < a_len - head && tail < b_len - head && a[a_len - tail - 1] == b[b_len - tail - 1])
        tail++;
    while (!is_line_start(a, a_len - tail) || !is_line_start(b, b_len - tail))
        tail--;
    return (struct diff){lines_in(a + head, a_len - head - tail),
                         lines_in(b + head, b_len - head - tail)};
}

#endif
