/* Where values come from: the command line, files, this environment, stdin, a question, chance. */
#include "sources.h"

#include "kinds.h"
#include "session/places.h"
#include "ui/busy.h"
#include "ui/io.h"
#include "ui/near.h"
#include "ui/say.h"
#include "ui/terminal.h"

#include "base/text.h"
#include "text/dotenv/dotenv.h"
#include "text/json.h"
#include "text/toml.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOURCE_MAX = 64 << 20 };

/* ---- S/KEY ---- */

bool key_path_parse(const char *text, struct key_path *path)
{
    const char *slash = strchr(text, '/'), *key = slash ? slash + 1 : text;
    struct slice secret = {text, slash ? (size_t)(slash - text) : 0};

    memset(path, 0, sizeof *path);
    if ((slash && !text_is_name(secret)) || !text_is_key(slice_of(key)))
        return false;
    memcpy(path->secret, secret.at, secret.len);
    strcpy(path->key, key);
    return true;
}

bool key_path_read(const char *text, struct key_path *path)
{
    bool good = key_path_parse(text, path);

    if (!good)
        say_error(STATUS_USAGE, "'%.80s' is no key: it is SECRET/KEY, or KEY", text);
    return good;
}

/* A secret that is not there has none. */
static vault_err has_key(struct session *s, const char *secret, const char *key, bool *found)
{
    const char **names;
    size_t count;
    vault_err err = vault_value_list(s->v, s->env, secret, &names, &count);

    *found = false;
    if (err != VAULT_OK)
        return err == VAULT_ABSENT ? VAULT_OK : err;
    for (size_t i = 0; i < count && !*found; i++)
        *found = strcmp(names[i], key) == 0;
    vault_release(names);
    return VAULT_OK;
}

enum status key_path_is_there(struct session *s, const struct key_path *path, bool *there)
{
    vault_err err = has_key(s, path->secret, path->key, there);

    return err == VAULT_OK ? STATUS_OK : session_error(s, err);
}

/* The key that is most like one that is not there, as a hint. */
static void hint_near_key(struct session *s, const vault_secret_entry *secrets, size_t count,
                          const char *key)
{
    const char **names, *near = NULL;
    size_t n;

    for (size_t i = 0; i < count && !near; i++) {
        if (vault_value_list(s->v, s->env, secrets[i].name, &names, &n) != VAULT_OK)
            return;
        near = nearest(key, names, n);
        if (near)
            say_hint("there is %s/%s", secrets[i].name, near);
        vault_release(names);
    }
    if (!near)
        say_hint("vault list -e %s", s->env);
}

/* The secret that is most like one that is not there, or the key that it is, as a hint. */
static void hint_near_secret(struct session *s, const vault_secret_entry *secrets, size_t count,
                             const char *secret)
{
    const char **names = calloc(count + 1, sizeof *names), *near;

    bool found;

    for (size_t i = 0; i < count; i++)
        if (has_key(s, secrets[i].name, secret, &found) == VAULT_OK && found)
            say_hint("there is a key %s/%s", secrets[i].name, secret);
    for (size_t i = 0; names && i < count; i++)
        names[i] = secrets[i].name;
    near = names ? nearest(secret, names, count) : NULL;
    if (near)
        say_hint("there is %s", near);
    free(names);
}

enum status key_path_error(struct session *s, vault_err err, const char *secret, const char *key)
{
    enum status status = session_error(s, err);
    vault_secret_entry *secrets, *own = NULL;
    size_t count;

    if (err != VAULT_ABSENT || vault_secret_list(s->v, s->env, 0, 0, &secrets, &count))
        return status;
    for (size_t i = 0; i < count && !own; i++)
        if (strcmp(secrets[i].name, secret) == 0)
            own = &secrets[i];
    if (own && key)
        hint_near_key(s, own, 1, key);
    else if (!own)
        hint_near_secret(s, secrets, count, secret);
    vault_release(secrets);
    return status;
}

enum status key_path_absent(struct session *s, const struct key_path *path)
{
    const vault_secret_entry secret = {.name = path->secret};
    const char **names = NULL;
    size_t count;
    vault_err err = vault_value_list(s->v, s->env, path->secret, &names, &count);

    vault_release(names);
    if (err != VAULT_OK)
        return key_path_error(s, err, path->secret, path->key);
    say_error(STATUS_ABSENT, "there is no key %s in %s/%s", path->key, s->env, path->secret);
    hint_near_key(s, &secret, 1, path->key);
    return STATUS_ABSENT;
}

enum status key_path_find(struct session *s, struct key_path *path, bool quiet)
{
    vault_secret_entry *secrets;
    struct buf places = {0};
    size_t count, found = 0;
    enum status status = STATUS_OK;
    vault_err err;
    bool has;

    if (path->secret[0])
        return STATUS_OK;
    err = vault_secret_list(s->v, s->env, 0, 0, &secrets, &count);
    if (err != VAULT_OK)
        return session_error(s, err);
    for (size_t i = 0; i < count && err == VAULT_OK; i++) {
        err = has_key(s, secrets[i].name, path->key, &has);
        if (has) {
            snprintf(path->secret, sizeof path->secret, "%s", secrets[i].name);
            buf_printf(&places, "%s%s/%s", found++ ? ", " : "", secrets[i].name, path->key);
        }
    }
    buf_add(&places, "", 1);
    if (err != VAULT_OK) {
        status = session_error(s, err);
    } else if (!buf_ok(&places)) {
        status = say_no_memory();
    } else if (found > 1) {
        status =
            say_error(STATUS_USAGE, "%s stands in several secrets: %s", path->key, places.data);
    } else if (found == 0 && quiet) {
        status = STATUS_ABSENT;
    } else if (found == 0) {
        status = say_error(STATUS_ABSENT, "there is no key %s in %s", path->key, s->env);
        hint_near_key(s, secrets, count, path->key);
    }
    buf_free(&places);
    vault_release(secrets);
    return status;
}

/* ---- files, stdin, questions ---- */

/* "-" is stdin. */
static enum status read_source(const char *path, struct buf *out)
{
    bool is_stdin = strcmp(path, "-") == 0;
    bool was_busy = busy_end(); /* what feeds us may ask somebody on this terminal */
    enum status status = STATUS_OK;
    const char *why = NULL;
    int fd = STDIN_FILENO;

    if (!is_stdin)
        why = open_given(path, &fd);
    if (why)
        status = say_error(errno == ENOENT ? STATUS_ABSENT : STATUS_FAILED, "cannot %s %.200s: %s",
                           errno ? "open" : "read", path, why);
    else if (!read_bytes(fd, SOURCE_MAX, out))
        status = say_error(STATUS_FAILED, "cannot read %.200s: %s", is_stdin ? "stdin" : path,
                           strerror(errno));
    if (!is_stdin && fd >= 0)
        close(fd);
    if (was_busy)
        busy_begin();
    return status;
}

enum status value_read(const char *path, struct buf *out)
{
    return read_source(path, out);
}

/* ---- chance ---- */

enum { RANDOM_MOST = 4096 };

/* No character that any shell or dotenv parser takes for more than itself. */
static void add_password(struct buf *out, size_t length)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t i = 0; i < length; i++)
        buf_add(out, &alphabet[randombytes_uniform(sizeof alphabet - 1)], 1);
}

static void add_hex(struct buf *out, const unsigned char *bytes, size_t len)
{
    char *room = buf_reserve(out, 2 * len + 1);

    if (!room)
        return;
    sodium_bin2hex(room, 2 * len + 1, bytes, len);
    out->len += 2 * len;
}

static void add_base64(struct buf *out, const unsigned char *bytes, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
    char *room = buf_reserve(out, size);

    if (!room)
        return;
    sodium_bin2base64(room, size, bytes, len, sodium_base64_VARIANT_ORIGINAL);
    out->len += strlen(room);
}

/* Version 4: 122 random bits. */
static void add_uuid(struct buf *out, unsigned char bytes[16])
{
    static const size_t groups[] = {4, 2, 2, 2, 6};

    bytes[6] = (bytes[6] & 0x0F) | 0x40;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    for (size_t i = 0; i < 5; i++) {
        buf_add_text(out, i ? "-" : "");
        add_hex(out, bytes, groups[i]);
        bytes += groups[i];
    }
}

enum status value_generate(const char *kind, struct buf *out)
{
    static const char *const names[] = {"hex", "base64", "password", "uuid"};
    static const uint64_t usual[] = {32, 32, 24, 16};
    const char *colon = kind ? strchr(kind, ':') : NULL;
    size_t name_len = kind ? colon ? (size_t)(colon - kind) : strlen(kind) : 0, which = 0;
    unsigned char bytes[RANDOM_MOST];
    uint64_t length;

    if (!kind)
        which = 2;
    while (kind && which < 4 && !slice_is((struct slice){kind, name_len}, names[which]))
        which++;
    length = which < 4 ? usual[which] : 0;
    if (which == 4 ||
        (colon &&
         (which == 3 || !text_number(slice_of(colon + 1), RANDOM_MOST, &length) || length == 0))) {
        say_error(STATUS_USAGE,
                  "what is to be generated is hex:32, base64:32, password:24 or uuid");
        return STATUS_USAGE;
    }
    randombytes_buf(bytes, sizeof bytes);
    if (which == 0)
        add_hex(out, bytes, (size_t)length);
    else if (which == 1)
        add_base64(out, bytes, (size_t)length);
    else if (which == 2)
        add_password(out, (size_t)length);
    else
        add_uuid(out, bytes);
    sodium_memzero(bytes, sizeof bytes);
    return buf_ok(out) ? STATUS_OK : say_no_memory();
}

enum status value_ask(const char *key, bool raw, struct buf *out)
{
    char question[VAULT_VARIABLE_MAX + 32];
    enum status status;

    if (isatty(STDIN_FILENO)) {
        snprintf(question, sizeof question, "value of %s: ", key);
        if (!terminal_ask_hidden(question, out) || out->len == 0)
            return say_error(STATUS_FAILED, "no value for %s was given", key);
        return STATUS_OK;
    }
    status = read_source("-", out);
    if (status != STATUS_OK)
        return status;
    if (out->len == 0) {
        say_error(STATUS_FAILED, "stdin is empty: no value for %s", key);
        say_hint("an empty value is set with %s=", key);
        return STATUS_FAILED;
    }
    if (!raw && out->data[out->len - 1] == '\n') {
        out->len--;
        if (out->len > 0 && out->data[out->len - 1] == '\r')
            out->len--;
        say_note("the final newline was dropped: --raw keeps it");
    }
    return STATUS_OK;
}

/* ---- sets of values ---- */

struct sources {
    struct session *s;
    const char *const *pairs; /* typed: KEY=VALUE */
    int pair_count;
    vault_kv **sets;
    size_t count, size;
};

static enum status add_set(struct sources *from, vault_err err, vault_kv *const *made)
{
    if (err != VAULT_OK)
        return session_error(from->s, err);
    if (from->count == from->size) {
        size_t size = from->size ? 2 * from->size : 16;
        vault_kv **sets = realloc(from->sets, size * sizeof *sets);

        if (!sets) {
            vault_kv_free(*made);
            return say_no_memory();
        }
        from->sets = sets;
        from->size = size;
    }
    from->sets[from->count++] = *made;
    return STATUS_OK;
}

static enum status add_one(struct sources *from, const char *key, struct slice value)
{
    vault_pair pair = {key, value.at, value.len};
    vault_kv *set = NULL;

    return add_set(from, vault_kv_from_pairs(from->s->v, &pair, 1, &set), &set);
}

static enum status add_environ(struct sources *from, const char *list)
{
    char *copy = strdup(list);
    const char **names = copy ? calloc(strlen(copy) + 1, sizeof *names) : NULL;
    size_t count = 0;
    vault_kv *set = NULL;
    enum status status;

    for (char *name = names ? strtok(copy, ",") : NULL; name; name = strtok(NULL, ","))
        names[count++] = name;
    status = names ? add_set(from, vault_kv_from_environ(from->s->v, names, count, &set), &set)
                   : say_no_memory();
    free(names);
    free(copy);
    return status;
}

static enum status add_dotenv(struct sources *from, const char *path)
{
    const char *name = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    const char *dialect = args_last(from->s->args, OPT_DIALECT);
    vault_kv *set = NULL;

    return add_set(from, vault_kv_from_dotenv(from->s->v, name, NULL, dialect, &set), &set);
}

/* What a file's parser has found, as one set. */
struct found {
    vault_pair *pairs;
    size_t count;
};

static enum status add_found(struct sources *from, struct found *found)
{
    vault_kv *set = NULL;

    return add_set(from, vault_kv_from_pairs(from->s->v, found->pairs, found->count, &set), &set);
}

static enum status read_json(struct slice text, struct arena *arena, struct found *found,
                             const char *path)
{
    struct json_pair *pairs = NULL;
    struct err err;

    if (json_read_strings(text, arena, &pairs, &found->count, &err) != ERR_OK)
        return say_error(STATUS_FAILED, "%s: %s", path, err.text);
    found->pairs = arena_alloc(arena, (found->count + 1) * sizeof *found->pairs);
    for (size_t i = 0; found->pairs && i < found->count; i++)
        found->pairs[i] = (vault_pair){pairs[i].name, pairs[i].value.at, pairs[i].value.len};
    return found->pairs ? STATUS_OK : say_no_memory();
}

static enum status read_toml(struct slice text, struct arena *arena, struct found *found,
                             const char *path)
{
    struct toml_value *root, *v;
    struct err err;

    if (toml_parse(text, arena, &root, &err) != ERR_OK)
        return say_error(STATUS_FAILED, "%s: %s", path, err.text);
    found->pairs = arena_alloc(arena, (root->len + 1) * sizeof *found->pairs);
    for (v = root->as.table.first; found->pairs && v; v = v->next) {
        char *name = arena_copy(arena, toml_name(v).at, toml_name(v).len);

        if (!name)
            return say_no_memory();
        if (v->type != TOML_STRING)
            return say_error(STATUS_FAILED, "%s: line %u: %.80s is not a string in quotes", path,
                             v->line, name);
        found->pairs[found->count++] = (vault_pair){name, toml_text(v).at, toml_text(v).len};
    }
    return found->pairs ? STATUS_OK : say_no_memory();
}

static enum status add_file(struct sources *from, enum opt opt, const char *path)
{
    struct buf text = BUF_SECRET;
    struct arena arena = {0};
    struct found found = {NULL, 0};
    enum status status = read_source(path, &text);

    if (status == STATUS_OK)
        status = opt == OPT_FROM_JSON ? read_json(buf_slice(&text), &arena, &found, path)
                                      : read_toml(buf_slice(&text), &arena, &found, path);
    if (status == STATUS_OK)
        status = add_found(from, &found);
    arena_free(&arena);
    buf_free(&text);
    return status;
}

/* KEY=VALUE; KEY=- is asked for, or read from stdin. */
static enum status add_pair(struct sources *from, const char *pair, bool raw)
{
    const char *equals = strchr(pair, '=');
    struct buf value = BUF_SECRET;
    char key[VAULT_VARIABLE_MAX + 1];
    enum status status;

    /* not shown: it may be a value, of base64 perhaps */
    if (!equals || !text_is_key((struct slice){pair, (size_t)(equals - pair)}))
        return say_error(STATUS_USAGE,
                         "a value is written KEY=VALUE, with letters, digits and _ in KEY");
    memcpy(key, pair, (size_t)(equals - pair));
    key[equals - pair] = '\0';
    if (strcmp(equals + 1, "-") != 0)
        return add_one(from, key, slice_of(equals + 1));
    status = value_ask(key, raw, &value);
    if (status == STATUS_OK)
        status = add_one(from, key, buf_slice(&value));
    buf_free(&value);
    return status;
}

/* ---- --kind ---- */

static bool is_typed(const struct sources *from, const char *key)
{
    size_t len = strlen(key);

    for (int i = 0; i < from->pair_count; i++)
        if (strncmp(from->pairs[i], key, len) == 0 && from->pairs[i][len] == '=')
            return true;
    return false;
}

/* An empty answer is none. */
static enum status ask_key(struct sources *from, const char *key)
{
    char question[VAULT_VARIABLE_MAX + 64];
    struct buf answer = BUF_SECRET;
    enum status status = STATUS_OK;

    snprintf(question, sizeof question, "value of %s (empty: without it): ", key);
    if (!terminal_ask_hidden(question, &answer))
        status = say_error(STATUS_FAILED, "no answer: nothing was stored");
    else if (answer.len > 0)
        status = add_one(from, key, buf_slice(&answer));
    buf_free(&answer);
    return status;
}

static enum status say_unasked(const struct sources *from, const struct kind *kind)
{
    struct buf keys = {0};

    for (const char *const *key = kind->keys; *key; key++)
        if (!is_typed(from, *key))
            buf_printf(&keys, "%s%s", keys.len ? ", " : "", *key);
    say_error(STATUS_FAILED, "there is no terminal to ask for %s", buf_text(&keys, ""));
    say_hint("without --kind, give those that you need: %s=…, or --from-env", kind->keys[0]);
    buf_free(&keys);
    return STATUS_FAILED;
}

static enum status add_kind(struct sources *from, const char *name)
{
    const struct kind *kind = kind_find(name);
    enum status status = STATUS_OK;

    for (const char *const *key = kind->keys; *key && status == STATUS_OK; key++)
        if (!is_typed(from, *key))
            status = terminal_is_there() ? ask_key(from, *key) : say_unasked(from, kind);
    return status;
}

/* Before anything is asked. */
static enum status check_names(const struct args *a)
{
    const char *names[64], *near;
    enum dotenv_dialect dialect;

    for (size_t i = 0; i < kind_count; i++)
        names[i] = kinds[i].name;
    for (int i = 0; i < a->given_count; i++) {
        const struct given *g = &a->given[i];

        if (g->opt == OPT_KIND && !kind_find(g->value)) {
            near = nearest(g->value, names, kind_count);
            say_error(STATUS_USAGE, "there is no kind %.40s", g->value);
            say_hint(near ? "--kind %s" : "vault help kinds", near);
            return STATUS_USAGE;
        }
        if (g->opt == OPT_DIALECT && !dotenv_dialect_of(g->value, &dialect)) {
            say_error(STATUS_USAGE, "there is no dialect %.40s", g->value);
            say_hint("--dialect node, python, ruby, compose or godotenv");
            return STATUS_USAGE;
        }
    }
    return args_has(a, OPT_DIALECT) && !args_has(a, OPT_FROM_DOTENV)
               ? say_error(STATUS_USAGE,
                           "--dialect says how --from-dotenv reads, which was not given")
               : STATUS_OK;
}

static enum status add_given(struct sources *from, const struct given *g)
{
    switch (g->opt) {
    case OPT_FROM_DOTENV:
        return add_dotenv(from, g->value);
    case OPT_FROM_ENV:
        return add_environ(from, g->value);
    case OPT_FROM_JSON:
    case OPT_FROM_TOML:
        return add_file(from, g->opt, g->value);
    case OPT_KIND:
        return add_kind(from, g->value);
    default:
        return STATUS_OK;
    }
}

enum status sources_read(struct session *s, const char *const *pairs, int count, vault_kv **out)
{
    const struct args *a = s->args;
    bool raw = args_has(a, OPT_RAW);
    struct sources from = {.s = s, .pairs = pairs, .pair_count = count};
    enum status status = check_names(a);

    *out = NULL;
    for (int i = 0; i < a->given_count && status == STATUS_OK; i++)
        status = add_given(&from, &a->given[i]);
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = add_pair(&from, pairs[i], raw);
    if (status == STATUS_OK) {
        vault_err err = vault_kv_layer(s->v, (const vault_kv *const *)from.sets, from.count, out);

        if (err != VAULT_OK)
            status = session_error(s, err);
    }
    for (size_t i = 0; i < from.count; i++)
        vault_kv_free(from.sets[i]);
    free(from.sets);
    return status;
}

void sources_hint_history(const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        const char *value = strchr(words[i], '=');

        if (!value || !value[1] || strcmp(value + 1, "-") == 0)
            continue;
        if (session_first_time("history-hint"))
            say_hint("your shell's history keeps what is typed as KEY=VALUE: without the =VALUE, "
                     "set asks for it");
        return;
    }
}
