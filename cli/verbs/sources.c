/* Where values come from: the command line, files, the environment, stdin, a prompt, a generator.
 */
#include "sources.h"

#include "kinds.h"
#include "session/places.h"
#include "ui/busy.h"
#include "ui/io.h"
#include "ui/near.h"
#include "ui/say.h"
#include "ui/terminal.h"
#include "ui/verb.h"

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

/* ---- SECRET/NAME ---- */

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
    const char *rest = strchr(text, '/');

    if (!good)
        say_error(STATUS_USAGE, "'%.80s' is neither SECRET/NAME nor NAME", text);
    if (!good && rest && strchr(rest + 1, '/') && key_path_parse(rest + 1, path))
        say_hint("%s -e %.*s", rest + 1, (int)(rest - text), text);
    return good;
}

vault_err secret_look(struct session *s, const char *env, const char *secret)
{
    const char **names = NULL;
    size_t count;
    vault_err err = vault_value_list(s->v, env, secret, &names, &count);

    vault_release(names);
    return err;
}

/* A missing secret has no variables. */
static vault_err env_has_key(struct session *s, const char *env, const char *secret,
                             const char *key, bool *found)
{
    const char **names;
    size_t count;
    vault_err err = vault_value_list(s->v, env, secret, &names, &count);

    *found = false;
    if (err != VAULT_OK)
        return err == VAULT_ABSENT ? VAULT_OK : err;
    for (size_t i = 0; i < count && !*found; i++)
        *found = strcmp(names[i], key) == 0;
    vault_release(names);
    return VAULT_OK;
}

static vault_err has_key(struct session *s, const char *secret, const char *key, bool *found)
{
    return env_has_key(s, s->env, secret, key, found);
}

enum status key_path_is_there(struct session *s, const struct key_path *path, bool *there)
{
    vault_err err = has_key(s, path->secret, path->key, there);

    return session_check(s, err);
}

/* Whether an environment has the variable, in this secret or in any (NULL). */
static bool is_in_env(struct session *s, const char *env, const char *secret, const char *key)
{
    vault_secrets *list = NULL;
    bool found = false;

    if (secret)
        return env_has_key(s, env, secret, key, &found) == VAULT_OK && found;
    if (vault_secret_list(s->v, env, 0, 0, &list) != VAULT_OK)
        return false;
    for (size_t i = 0; i < vault_secrets_count(list) && !found; i++)
        if (env_has_key(s, env, vault_secrets_at(list, i)->name, key, &found) != VAULT_OK)
            break;
    vault_release(list);
    return found;
}

/* Names the other environments that have the variable, if any. */
static bool hint_other_envs(struct session *s, const char *secret, const char *key)
{
    struct buf places = {0};
    const char **envs = NULL, *first = NULL;
    size_t count = 0;

    if (vault_env_list(s->v, &envs, &count) != VAULT_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(envs[i], s->env) != 0 && is_in_env(s, envs[i], secret, key)) {
            buf_printf(&places, "%s%s", first ? ", " : "", envs[i]);
            first = first ? first : envs[i];
        }
    if (first && buf_ok(&places))
        say_hint("it is in %.*s: -e %s", (int)places.len, places.data, first);
    buf_free(&places);
    vault_release(envs);
    return first != NULL;
}

/* Hints at the variable, of these secrets or of the only one, that a mistyped name is nearest to.
 */
static void hint_near_name(struct session *s, const vault_secrets *secrets, const char *only,
                           const char *name)
{
    size_t count = only ? 1 : vault_secrets_count(secrets), n;
    const char **names, *secret = "";
    struct near near;

    near_begin(&near, name);
    for (size_t i = 0; i < count; i++) {
        const char *here = only ? only : vault_secrets_at(secrets, i)->name;

        if (vault_value_list(s->v, s->env, here, &names, &n) != VAULT_OK)
            return;
        for (size_t j = 0; j < n; j++)
            if (near_offer(&near, names[j]))
                secret = here;
        vault_release(names);
    }
    if (hint_other_envs(s, only, name))
        return;
    if (near.found[0])
        say_hint("there is %s/%s", secret, near.found);
    else if (!only && text_is_name(slice_of(name)) && secret_look(s, s->env, name) == VAULT_OK)
        say_hint("%s is a secret: {program} list %s -e %s", name, name, s->env);
    else
        say_hint("{program} list -e %s", s->env);
}

/* Hints at the secret that a mistyped one is nearest to, and at variables of that name. */
static void hint_near_secret(struct session *s, const vault_secrets *secrets, const char *secret)
{
    struct near near;
    bool found;

    near_begin(&near, secret);
    for (size_t i = 0; i < vault_secrets_count(secrets); i++) {
        const char *name = vault_secrets_at(secrets, i)->name;

        near_offer(&near, name);
        if (has_key(s, name, secret, &found) == VAULT_OK && found)
            say_hint("there is a variable %s/%s", name, secret);
    }
    if (near.found[0])
        say_hint("there is %s", near.found);
}

enum status key_path_error(struct session *s, vault_err err, const char *secret, const char *key)
{
    enum status status = session_error(s, err);
    vault_secrets *secrets;
    bool found = false;

    if (err != VAULT_ABSENT || vault_secret_list(s->v, s->env, 0, 0, &secrets))
        return status;
    for (size_t i = 0; i < vault_secrets_count(secrets) && !found; i++)
        found = strcmp(vault_secrets_at(secrets, i)->name, secret) == 0;
    if (found && key)
        hint_near_name(s, NULL, secret, key);
    else if (!found)
        hint_near_secret(s, secrets, secret);
    if (!found && key)
        hint_other_envs(s, secret, key);
    vault_release(secrets);
    return status;
}

enum status key_path_absent(struct session *s, const struct key_path *path)
{
    vault_err err = secret_look(s, s->env, path->secret);

    if (err != VAULT_OK)
        return key_path_error(s, err, path->secret, path->key);
    say_error(STATUS_ABSENT, "no variable %s in %s/%s", path->key, s->env, path->secret);
    hint_near_name(s, NULL, path->secret, path->key);
    return STATUS_ABSENT;
}

enum status key_path_find(struct session *s, struct key_path *path, bool quiet)
{
    vault_secrets *secrets;
    struct buf places = {0};
    size_t found = 0;
    enum status status = STATUS_OK;
    vault_err err;
    bool has;

    if (path->secret[0])
        return STATUS_OK;
    err = vault_secret_list(s->v, s->env, 0, 0, &secrets);
    if (err != VAULT_OK)
        return session_error(s, err);
    for (size_t i = 0; i < vault_secrets_count(secrets) && err == VAULT_OK; i++) {
        const char *secret = vault_secrets_at(secrets, i)->name;

        err = has_key(s, secret, path->key, &has);
        if (has) {
            snprintf(path->secret, sizeof path->secret, "%s", secret);
            buf_printf(&places, "%s%s/%s", found++ ? ", " : "", secret, path->key);
        }
    }
    buf_add(&places, "", 1);
    if (err != VAULT_OK) {
        status = session_error(s, err);
    } else if (!buf_ok(&places)) {
        status = say_no_memory();
    } else if (found > 1) {
        status = say_error(STATUS_USAGE, "several secrets have %s: %s", path->key, places.data);
    } else if (found == 0 && quiet) {
        status = STATUS_ABSENT;
    } else if (found == 0) {
        status = say_error(STATUS_ABSENT, "no variable %s in %s", path->key, s->env);
        hint_near_name(s, secrets, NULL, path->key);
    }
    buf_free(&places);
    vault_release(secrets);
    return status;
}

/* ---- files, stdin, prompts ---- */

/* "-" is stdin. */
static enum status read_source(const char *path, struct buf *out)
{
    bool is_stdin = strcmp(path, "-") == 0;
    bool was_busy = busy_end(); /* the writer of a pipe may prompt on this terminal */
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

/* ---- generated values ---- */

enum { RANDOM_MOST = 4096, UUID = 16 /* bytes */ };

/* Only characters that no shell or dotenv parser treats specially. */
static void add_password(struct buf *out, const unsigned char *bytes, size_t length)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    (void)bytes;
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
static void add_uuid(struct buf *out, const unsigned char *bytes, size_t len)
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    unsigned char id[UUID];

    memcpy(id, bytes, len);
    id[6] = (id[6] & 0x0F) | 0x40;
    id[8] = (id[8] & 0x3F) | 0x80;
    bytes = id;
    for (size_t i = 0; i < 5; bytes += groups[i++]) {
        buf_add_text(out, i ? "-" : "");
        add_hex(out, bytes, groups[i]);
    }
    sodium_memzero(id, sizeof id);
}

static const struct generator {
    const char *name;
    uint64_t usual; /* length */
    void (*add)(struct buf *out, const unsigned char *bytes, size_t len);
} generators[] = {{"password", 24, add_password},
                  {"hex", 32, add_hex},
                  {"base64", 32, add_base64},
                  {"uuid", UUID, add_uuid}};

bool value_is_kind(const char *word)
{
    struct slice name = {word, strcspn(word, ":")};

    for (size_t i = 0; i < sizeof generators / sizeof *generators; i++)
        if (slice_is(name, generators[i].name))
            return true;
    return false;
}

enum status value_generate(const char *kind, struct buf *out)
{
    enum { COUNT = sizeof generators / sizeof *generators };
    const struct generator *g = generators, *end = generators + COUNT;
    const char *colon = kind ? strchr(kind, ':') : NULL;
    struct slice name = {kind, kind ? strcspn(kind, ":") : 0};
    unsigned char bytes[RANDOM_MOST];
    uint64_t length;

    while (kind && g < end && !slice_is(name, g->name))
        g++;
    length = g < end ? g->usual : 0;
    if (colon && (length == UUID || !text_number(slice_of(colon + 1), RANDOM_MOST, &length)))
        length = 0;
    if (length == 0)
        return say_error(STATUS_USAGE, "--generate takes hex:32, base64:32, password:24 or uuid");
    randombytes_buf(bytes, sizeof bytes);
    g->add(out, bytes, (size_t)length);
    sodium_memzero(bytes, sizeof bytes);
    return buf_ok(out) ? STATUS_OK : say_no_memory();
}

/* A part of what was pasted is never taken. */
static enum status say_cut(const char *key)
{
    say_error(STATUS_FAILED, "several lines, or a very long one, were given for %s", key);
    say_hint("{program} set %s --from-file FILE", key);
    return STATUS_FAILED;
}

static enum status ask_terminal(const char *key, struct buf *out)
{
    char question[VAULT_VARIABLE_MAX + 32];
    bool cut;

    snprintf(question, sizeof question, "value of %s: ", key);
    if (!terminal_ask_value(question, out, &cut) || out->len == 0)
        return say_error(STATUS_FAILED, "no value given for %s", key);
    if (cut)
        return say_cut(key);
    if (memchr(out->data, '\n', out->len))
        say_note("took all lines that were pasted for %s", key);
    return STATUS_OK;
}

enum status value_ask(const char *key, bool raw, struct buf *out)
{
    enum status status;

    if (isatty(STDIN_FILENO))
        return ask_terminal(key, out);
    status = read_source("-", out);
    if (status != STATUS_OK)
        return status;
    if (out->len == 0) {
        say_error(STATUS_FAILED, "stdin is empty: no value for %s", key);
        say_hint("to set an empty value: %s=", key);
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
    const char *const *pairs; /* NAME=VALUE, as typed */
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

static bool may_be_skipped(const vault *v)
{
    vault_reason reason = vault_error_reason(v);

    return reason == VAULT_REASON_NAMES || reason == VAULT_REASON_DOTENV_LINES;
}

/* The first variable whose value dotenvx has encrypted, or NULL. */
static const char *encrypted_by_dotenvx(const vault_kv *kv)
{
    for (size_t i = 0; i < vault_kv_count(kv); i++) {
        vault_pair pair = vault_kv_at(kv, i);

        if (slice_begins((struct slice){pair.value, pair.len}, "encrypted:"))
            return pair.name;
    }
    return NULL;
}

static enum status refuse_encrypted(const struct args *args, const char *path, const char *name)
{
    bool is_stdin = strcmp(path, "-") == 0;

    say_error(STATUS_FAILED, "%s: dotenvx has encrypted %s", is_stdin ? "stdin" : path, name);
    say_hint("dotenvx get -f %s | {program} %s %s --from-json -", is_stdin ? ".env" : path,
             args->verb->name, args->operands[0]);
    return STATUS_FAILED;
}

static enum status add_dotenv(struct sources *from, const char *path)
{
    const char *name = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    const struct args *a = from->s->args;
    const char *encrypted = NULL;
    vault_kv *set = NULL;
    vault_err err = vault_set_dotenv(
        from->s->v, (args_has(a, OPT_EXPAND) ? VAULT_DOTENV_EXPAND : 0) |
                        (args_has(a, OPT_SKIP_INVALID) ? VAULT_DOTENV_SKIP_INVALID : 0));
    enum status status;

    NEXT(err, vault_kv_from_dotenv(from->s->v, name, NULL, args_last(a, OPT_DIALECT), &set));
    status = add_set(from, err, &set);
    if (err == VAULT_FORMAT && may_be_skipped(from->s->v))
        say_hint("--skip-invalid passes over them");
    if (status == STATUS_OK && (encrypted = encrypted_by_dotenvx(set)))
        status = refuse_encrypted(a, path, encrypted);
    return status;
}

/* What a file's parser found. */
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
        if (v->type == TOML_TABLE)
            return say_error(STATUS_FAILED, "%s: line %u: %.80s is a table, not a value", path,
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

    NEXT(status, opt == OPT_FROM_JSON ? read_json(buf_slice(&text), &arena, &found, path)
                                      : read_toml(buf_slice(&text), &arena, &found, path));
    NEXT(status, add_found(from, &found));
    arena_free(&arena);
    buf_free(&text);
    return status;
}

/* NAME=VALUE; NAME=- prompts or reads stdin. */
static enum status add_pair(struct sources *from, const char *pair, bool raw)
{
    const char *equals = strchr(pair, '=');
    struct buf value = BUF_SECRET;
    char key[VAULT_VARIABLE_MAX + 1];
    enum status status;

    /* not shown: it may be a value */
    if (!equals || !text_is_key((struct slice){pair, (size_t)(equals - pair)}))
        return say_error(STATUS_USAGE, "expected NAME=VALUE, with letters, digits and _ in NAME");
    memcpy(key, pair, (size_t)(equals - pair));
    key[equals - pair] = '\0';
    if (strcmp(equals + 1, "-") != 0)
        return add_one(from, key, slice_of(equals + 1));
    status = value_ask(key, raw, &value);
    NEXT(status, add_one(from, key, buf_slice(&value)));
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

/* An empty answer leaves the variable out. */
static enum status ask_key(struct sources *from, const char *key)
{
    char question[VAULT_VARIABLE_MAX + 64];
    struct buf answer = BUF_SECRET;
    enum status status = STATUS_OK;
    bool cut;

    snprintf(question, sizeof question, "value of %s (empty to leave it out): ", key);
    if (!terminal_ask_value(question, &answer, &cut))
        status = say_error(STATUS_FAILED, "no answer: nothing was stored");
    else if (cut)
        status = say_cut(key);
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
    say_error(STATUS_FAILED, "no terminal to ask for %s", buf_text(&keys, ""));
    say_hint("give the ones you need without --kind: %s=…, or --from-env", kind->keys[0]);
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

/* Runs before anything is asked. */
static enum status check_names(const struct args *a)
{
    static const enum opt of_dotenv[] = {OPT_DIALECT, OPT_EXPAND, OPT_SKIP_INVALID};
    enum dotenv_dialect dialect;
    struct near near;

    for (int i = 0; i < a->given_count; i++) {
        const struct given *g = &a->given[i];

        if (g->opt == OPT_KIND && !kind_find(g->value)) {
            near_begin(&near, g->value);
            for (size_t j = 0; j < kind_count; j++)
                near_offer(&near, kinds[j].name);
            say_error(STATUS_USAGE, "no kind %.40s", g->value);
            say_hint(near.found[0] ? "--kind %s" : "{program} help kinds", near.found);
            return STATUS_USAGE;
        }
        if (g->opt == OPT_DIALECT && !dotenv_dialect_of(g->value, &dialect)) {
            say_error(STATUS_USAGE, "no dialect %.40s", g->value);
            say_hint("--dialect node, python, ruby, compose or godotenv");
            return STATUS_USAGE;
        }
    }
    if (args_has(a, OPT_EXPAND) && args_has(a, OPT_DIALECT))
        return say_error(STATUS_USAGE, "--expand is for vault's own reading: without --dialect");
    for (size_t i = 0; i < sizeof of_dotenv / sizeof *of_dotenv; i++)
        if (args_has(a, of_dotenv[i]) && !args_has(a, OPT_FROM_DOTENV))
            return say_error(STATUS_USAGE, "--%s needs --from-dotenv", options[of_dotenv[i]].name);
    return STATUS_OK;
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

/* After values were imported. MUST: not be silent about a copy in plain text. */
void sources_hint_files(const struct args *args)
{
    for (int i = 0; i < args->given_count; i++) {
        enum opt opt = args->given[i].opt;
        const char *path = args->given[i].value;

        if ((opt == OPT_FROM_DOTENV || opt == OPT_FROM_JSON || opt == OPT_FROM_TOML) &&
            strcmp(path, "-") != 0)
            say_hint("rm %s, which still has these values; if git has ever had it, change them",
                     path);
    }
}

void sources_hint_history(const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        const char *value = strchr(words[i], '=');

        if (!value || !value[1] || strcmp(value + 1, "-") == 0)
            continue;
        if (session_first_time("history-hint"))
            say_hint("the shell's history keeps NAME=VALUE: without =VALUE, set prompts for it");
        return;
    }
}
