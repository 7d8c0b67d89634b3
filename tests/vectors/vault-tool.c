/* libvault on the command line, for tests with other readers and writers of the format:
 *
 *   vault-tool read ENVS FILE IDENTITY-FILE…     their values in base64, as JSON: a,b or - for all
 *   vault-tool verify ENVS FILE IDENTITY-FILE…   the same, and vault_verify of each
 *   vault-tool change ENVS FILE IDENTITY-FILE…   a key NEW in each secret, and a secret m-new
 *   vault-tool make SHAPE FOLDER                 a vault.toml, NAME.key files, and plain.json
 *   vault-tool answer VAULT KEY… [-- VAULT KEY…]…   what format/README.md asks of a reader
 *
 * What went wrong is said on stderr; the exit status is DESIGN.md's. A shape is the name of a
 * function below. */
#include "../unit/scene.h"
#include "base/base64.h"
#include "base/text.h"
#include "vault/handle.h"

static const int statuses[] = {
    [VAULT_FAILED] = 1,    [VAULT_FORMAT] = 1,        [VAULT_NEWER] = 1,    [VAULT_CONFLICT] = 6,
    [VAULT_INTEGRITY] = 5, [VAULT_NO_CREDENTIAL] = 3, [VAULT_LOCKED] = 3,   [VAULT_ABSENT] = 4,
    [VAULT_EXISTS] = 1,    [VAULT_INVALID] = 2,       [VAULT_CANCELLED] = 3};

static int complain(const vault *v, vault_err code)
{
    fprintf(stderr, "vault-tool: %s\n", vault_error(v));
    return statuses[code];
}

/* --- reading --- */

static void add_base64(struct buf *out, const void *data, size_t len)
{
    char *room = buf_reserve(out, BASE64_ENCODED(len) + 1);

    must(room != NULL);
    base64_encode(room, data, len);
    out->len += BASE64_ENCODED(len);
    for (; len % 3; len++) /* as Python pads it */
        buf_add_text(out, "=");
}

/* {"a": …, "b": …}: the comma or the brace before a member, and its name. */
static void begin_member(struct buf *out, bool first, const char *name)
{
    buf_add_text(out, first ? "{" : ",");
    text_json(out, slice_of(name));
    buf_add_text(out, ":");
}

static void end_members(struct buf *out, bool none)
{
    buf_add_text(out, none ? "{}" : "}");
}

static vault_err tell_secret(vault *v, const char *env, const char *secret, struct buf *out)
{
    vault_kv *kv = NULL;
    vault_err code = vault_secret_stored(v, env, secret, &kv);

    for (size_t i = 0; kv && i < vault_kv_count(kv); i++) {
        vault_pair pair = vault_kv_at(kv, i);

        begin_member(out, i == 0, pair.name);
        buf_add_text(out, "\"");
        add_base64(out, pair.value, pair.len);
        buf_add_text(out, "\"");
    }
    end_members(out, kv && vault_kv_count(kv) == 0);
    vault_kv_free(kv);
    return code;
}

static vault_err tell_env(vault *v, const char *env, bool verify, struct buf *out)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_secrets *secrets = NULL;
    vault_err code = vault_fingerprint(v, env, fingerprint);

    if (code == VAULT_OK && verify)
        code = vault_verify(v, env, NULL, NULL);
    if (code == VAULT_OK)
        code = vault_secret_list(v, env, 0, 0, &secrets);
    for (size_t i = 0; i < vault_secrets_count(secrets) && code == VAULT_OK; i++) {
        begin_member(out, i == 0, vault_secrets_at(secrets, i)->name);
        code = tell_secret(v, env, vault_secrets_at(secrets, i)->name, out);
    }
    end_members(out, vault_secrets_count(secrets) == 0);
    vault_release(secrets);
    return code;
}

/* Whether env is in the list. */
static bool is_wanted(const char *envs, const char *env)
{
    size_t len = strlen(env);

    if (strcmp(envs, "-") == 0)
        return true;
    for (const char *at = envs; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == len && strncmp(at, env, len) == 0)
            return true;
    return false;
}

static vault_err tell_all(vault *v, const char *wanted, bool verify, struct buf *out)
{
    const char **envs = NULL;
    size_t count = 0, told = 0;
    vault_err code = vault_env_list(v, &envs, &count);

    for (size_t i = 0; i < count && code == VAULT_OK; i++)
        if (is_wanted(wanted, envs[i])) {
            begin_member(out, told++ == 0, envs[i]);
            code = tell_env(v, envs[i], verify, out);
        }
    end_members(out, told == 0);
    buf_add_text(out, "\n");
    vault_release(envs);
    return code;
}

/* --- answering format/run.py --- */

static void add_member(struct buf *out, bool first, const char *name, const char *text)
{
    begin_member(out, first, name);
    text_json(out, slice_of(text));
}

/* As a string, and without a sign: some exceed what JSON's readers keep of a number. */
static void add_date(struct buf *out, const char *name, int64_t date)
{
    begin_member(out, false, name);
    buf_printf(out, "\"%llu\"", (unsigned long long)date);
}

static void add_bytes(struct buf *out, const char *name, const char *bytes, size_t len)
{
    begin_member(out, false, name);
    buf_add_text(out, "\"");
    add_base64(out, bytes, len);
    buf_add_text(out, "\"");
}

/* What a template makes, or why it makes nothing. */
static void answer_result(vault *v, const char *env, const char *secret, const char *name,
                          struct buf *out)
{
    static const char *const words[] = {
        [VAULT_REASON_TEMPLATE_SYNTAX] = "syntax",     [VAULT_REASON_TEMPLATE_MISSING] = "missing",
        [VAULT_REASON_TEMPLATE_CIRCULAR] = "circular", [VAULT_REASON_TEMPLATE_FILTER] = "filter",
        [VAULT_REASON_TEMPLATE_LIMIT] = "limit",
    };
    vault_kv *kv = NULL;
    vault_err code = vault_value_get(v, env, secret, name, &kv);
    vault_reason reason = vault_error_reason(v);
    size_t len;
    const char *bytes = vault_kv_get(kv, name, &len);

    if (code == VAULT_OK) {
        must(vault_kv_kind(kv, name) == VAULT_KIND_SEALED);
        add_bytes(out, "result", bytes, len);
    } else {
        must((size_t)reason < sizeof words / sizeof *words && words[reason]);
        begin_member(out, false, "result");
        add_member(out, true, "error", words[reason]);
        buf_add_text(out, "}");
    }
    vault_kv_free(kv);
}

static void answer_value(const vault_value_entry *value, const vault_kv *kv, struct buf *out)
{
    static const char *const kinds[] = {[VAULT_KIND_ANY] = "?",
                                        [VAULT_KIND_SEALED] = "plain",
                                        [VAULT_KIND_TEMPLATE] = "template",
                                        [VAULT_KIND_OPEN] = "open"};
    size_t len = 0;
    const char *bytes = vault_kv_get(kv, value->name, &len);

    must(bytes && value->kind == vault_kv_kind(kv, value->name));
    add_member(out, true, "kind", kinds[value->kind]);
    add_member(out, false, "author", value->author);
    add_date(out, "date", value->updated_at);
    add_bytes(out, "value", bytes, len);
}

static vault_err answer_secret(vault *v, const char *env, const char *secret, struct buf *out)
{
    char created_at[VAULT_DATE_LEN + 1];
    const vault_secret_entry *about;
    vault_values *values = NULL;
    vault_kv *kv = NULL;
    vault_err code = vault_secret_info(v, env, secret, &values);

    if (code == VAULT_OK)
        code = vault_secret_stored(v, env, secret, &kv);
    if (code == VAULT_OK) {
        about = vault_values_secret(values);
        add_member(out, true, "created-by", about->created_by);
        add_member(out, false, "created-at", vault_date_write(about->created_at, created_at));
        begin_member(out, false, "variables");
        for (size_t i = 0; i < vault_values_count(values); i++) {
            begin_member(out, i == 0, vault_values_at(values, i)->name);
            answer_value(vault_values_at(values, i), kv, out);
            if (vault_values_at(values, i)->kind == VAULT_KIND_TEMPLATE)
                answer_result(v, env, secret, vault_values_at(values, i)->name, out);
            buf_add_text(out, "}");
        }
        end_members(out, vault_values_count(values) == 0);
        end_members(out, false);
    }
    vault_kv_free(kv);
    vault_release(values);
    return code;
}

static vault_err answer_secrets(vault *v, const char *env, struct buf *out)
{
    vault_secrets *secrets = NULL;
    vault_err code = vault_secret_list(v, env, 0, 0, &secrets);
    size_t count = vault_secrets_count(secrets);

    begin_member(out, false, "secrets");
    for (size_t i = 0; i < count && code == VAULT_OK; i++) {
        begin_member(out, i == 0, vault_secrets_at(secrets, i)->name);
        code = answer_secret(v, env, vault_secrets_at(secrets, i)->name, out);
    }
    end_members(out, count == 0);
    vault_release(secrets);
    return code;
}

static vault_err answer_readers(vault *v, const char *env, struct buf *out)
{
    vault_readers *readers = NULL;
    vault_err code = vault_reader_list(v, env, &readers);
    size_t count = vault_readers_count(readers);

    begin_member(out, false, "readers");
    for (size_t i = 0; i < count; i++)
        add_member(out, i == 0, vault_readers_at(readers, i)->name,
                   vault_readers_at(readers, i)->public_key);
    end_members(out, count == 0);
    vault_release(readers);
    return code;
}

static vault_err answer_past(vault *v, const char *env, struct buf *out)
{
    vault_past_keys *past = NULL;
    vault_err code = vault_past_list(v, env, &past);

    begin_member(out, false, "past");
    buf_add_text(out, "[");
    for (size_t i = 0; i < vault_past_keys_count(past); i++) {
        const vault_past_entry *key = vault_past_keys_at(past, i);

        buf_add_text(out, i ? "," : "");
        add_member(out, true, "fingerprint", key->fingerprint);
        add_date(out, "rotated-at", key->rotated_at);
        add_member(out, false, "rotated-by", key->author);
        buf_add_text(out, "}");
    }
    buf_add_text(out, "]");
    vault_release(past);
    return code;
}

/* null for a proposal that is refused. */
static vault_err answer_proposal(vault *v, const char *env, const char *entry, struct buf *out)
{
    vault_proposal *about = NULL;
    vault_kv *value = NULL;
    vault_err code = vault_proposal_open(v, env, entry, &about, &value);
    vault_pair pair = vault_kv_at(value, 0);

    if (code == VAULT_OK) {
        begin_member(out, true, "value");
        buf_add_text(out, "\"");
        add_base64(out, pair.value, pair.len);
        buf_add_text(out, "\"");
        add_member(out, false, "author", about->author);
        add_date(out, "date", about->made_at);
        add_member(out, false, "fingerprint", about->fingerprint);
        buf_add_text(out, "}");
    } else {
        buf_add_text(out, "null");
    }
    vault_release(about);
    vault_kv_free(value);
    return code == VAULT_INTEGRITY ? VAULT_OK : code;
}

static vault_err answer_inbox(vault *v, const char *env, struct buf *out)
{
    const char **entries = NULL;
    size_t count = 0, total;
    vault_err code = vault_proposal_list(v, env, 0, &entries, &count, &total);

    begin_member(out, false, "inbox");
    for (size_t i = 0; i < count && code == VAULT_OK; i++) {
        begin_member(out, i == 0, entries[i]);
        code = answer_proposal(v, env, entries[i], out);
    }
    end_members(out, count == 0);
    vault_release(entries);
    return code;
}

/* Of an environment that opens, or VAULT_LOCKED. */
static vault_err answer_env(vault *v, const char *env, struct buf *out)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_err code = vault_fingerprint(v, env, fingerprint);

    if (code == VAULT_OK)
        code = vault_verify(v, env, NULL, NULL);
    if (code != VAULT_OK)
        return code;
    add_member(out, true, "fingerprint", fingerprint);
    code = answer_readers(v, env, out);
    if (code == VAULT_OK)
        code = answer_past(v, env, out);
    if (code == VAULT_OK)
        code = answer_secrets(v, env, out);
    if (code == VAULT_OK)
        code = answer_inbox(v, env, out);
    buf_add_text(out, "}");
    return code;
}

/* Returns how many the secret has; the first one is preceded by its name. */
static size_t answer_open_values(vault *v, const char *env, const char *secret, bool first,
                                 struct buf *out)
{
    const char **names = NULL;
    size_t count = 0, told = 0;

    must(vault_value_list(v, env, secret, &names, &count) == VAULT_OK);
    for (size_t i = 0; i < count; i++) {
        char *text = NULL;

        must(vault_open_text(v, env, secret, names[i], &text) == VAULT_OK);
        if (text && told == 0)
            begin_member(out, first, secret);
        if (text) {
            begin_member(out, told++ == 0, names[i]);
            buf_add_text(out, "\"");
            add_base64(out, text, strlen(text));
            buf_add_text(out, "\"");
        }
        vault_release(text);
    }
    if (told > 0)
        buf_add_text(out, "}");
    vault_release(names);
    return told;
}

/* What anyone can tell of it. */
static void answer_locked(vault *v, const char *env, struct buf *out)
{
    vault_secrets *secrets = NULL;
    size_t told = 0;
    const struct doc_table *table =
        doc_find(&v->doc, DOC_ENV, slice_of(env), (struct slice){NULL, 0});
    char fingerprint[SEAL_FINGERPRINT_TEXT + 1];

    seal_fingerprint(table->own[DOC_INBOX_KEY]->part[0], fingerprint);
    add_member(out, true, "fingerprint", fingerprint);
    begin_member(out, false, "locked");
    buf_add_text(out, "true");
    begin_member(out, false, "open");
    must(vault_secret_list(v, env, 0, 0, &secrets) == VAULT_OK);
    for (size_t i = 0; i < vault_secrets_count(secrets); i++)
        told += answer_open_values(v, env, vault_secrets_at(secrets, i)->name, told == 0, out) > 0;
    end_members(out, told == 0);
    end_members(out, false);
    vault_release(secrets);
}

static vault_err answer_envs(vault *v, bool has_keys, struct buf *out)
{
    const char **envs = NULL;
    size_t count = 0, locked = 0;
    vault_err code = vault_env_list(v, &envs, &count);

    add_member(out, true, "id", vault_id(v));
    begin_member(out, false, "environments");
    for (size_t i = 0; i < count && code == VAULT_OK; i++) {
        begin_member(out, i == 0, envs[i]);
        code = answer_env(v, envs[i], out);
        if (code != VAULT_LOCKED && code != VAULT_NO_CREDENTIAL)
            continue;
        code = VAULT_OK;
        locked++;
        answer_locked(v, envs[i], out);
    }
    end_members(out, count == 0);
    end_members(out, false);
    vault_release(envs);
    return code == VAULT_OK && has_keys && count > 0 && locked == count ? VAULT_LOCKED : code;
}

static vault_err add_key(vault *v, const char *path)
{
    size_t len = strlen(path);
    char *passphrase;
    vault_err code;

    if (len < 5 || strcmp(path + len - 5, ".pass") != 0)
        return vault_add_identity_file(v, path);
    passphrase = text_of(path);
    code = vault_add_passphrase(v, passphrase, strcspn(passphrase, "\n"));
    free(passphrase);
    return code;
}

/* Prints a line of the first vault, and returns where the next one begins. */
static char **answer(char **vault_and_keys)
{
    static const char *const words[] = {
        [VAULT_FORMAT] = "format",       [VAULT_NEWER] = "newer",   [VAULT_CONFLICT] = "conflict",
        [VAULT_INTEGRITY] = "integrity", [VAULT_LOCKED] = "locked",
    };
    vault *v = vault_new();
    struct buf out = {0};
    char **key = vault_and_keys + 1;
    vault_err code = VAULT_OK;

    must(v != NULL);
    for (; *key && strcmp(*key, "--") != 0 && code == VAULT_OK; key++)
        code = add_key(v, *key);
    if (code == VAULT_OK)
        code = vault_open(v, *vault_and_keys);
    if (code == VAULT_OK)
        code = answer_envs(v, key > vault_and_keys + 1, &out);
    if (code != VAULT_OK) {
        bool is_known = (size_t)code < sizeof words / sizeof *words && words[code];

        buf_clear(&out);
        add_member(&out, true, "error", is_known ? words[code] : vault_error(v));
        buf_add_text(&out, "}");
    }
    must(buf_ok(&out));
    fwrite(out.data, 1, out.len, stdout);
    putchar('\n');
    buf_free(&out);
    vault_free(v);
    return *key ? key + 1 : key;
}

/* --- changing --- */

static vault_err add_new(vault *v, const char *env, const char *secret)
{
    vault_kv *kv = NULL;
    vault_err code = vault_secret_stored(v, env, secret, &kv);

    if (code == VAULT_OK) /* what is there is put there again */
        code = vault_secret_update(v, env, secret, kv);
    vault_kv_free(kv);
    return code == VAULT_OK ? update(v, env, secret, "NEW", "new") : code;
}

static vault_err change_env(vault *v, const char *env)
{
    vault_secrets *secrets = NULL;
    vault_err code = vault_secret_list(v, env, 0, 0, &secrets);

    for (size_t i = 0; i < vault_secrets_count(secrets) && code == VAULT_OK; i++)
        code = add_new(v, env, vault_secrets_at(secrets, i)->name);
    vault_release(secrets);
    return code == VAULT_OK ? create(v, env, "m-new", "NEW", "new") : code;
}

static vault_err change_all(vault *v, const char *wanted)
{
    const char **envs = NULL;
    size_t count = 0;
    vault_err code = vault_env_list(v, &envs, &count);

    for (size_t i = 0; i < count && code == VAULT_OK; i++)
        if (is_wanted(wanted, envs[i]))
            code = change_env(v, envs[i]);
    vault_release(envs);
    return code == VAULT_OK ? vault_save(v) : code;
}

enum verb { READ, VERIFY, CHANGE };

static int open_vault(enum verb verb, const char *envs, const char *path, char **identities)
{
    vault *v = vault_new();
    struct buf out = {0};
    vault_err code = VAULT_OK;

    must(v != NULL);
    for (; *identities && code == VAULT_OK; identities++)
        code = vault_add_identity_file(v, *identities);
    if (code == VAULT_OK)
        code = vault_open(v, path);
    if (code == VAULT_OK)
        code = verb == CHANGE ? change_all(v, envs) : tell_all(v, envs, verb == VERIFY, &out);
    if (code == VAULT_OK) {
        must(buf_ok(&out));
        fwrite(out.data ? out.data : "", 1, out.len, stdout);
    } else {
        complain(v, code);
    }
    buf_free(&out);
    vault_free(v);
    return code == VAULT_OK ? 0 : statuses[code];
}

/* --- making --- */

struct people {
    struct person alice, bob, ci;
};

static void put_kind(vault *v, const char *env, const char *secret, vault_kind kind,
                     const vault_pair *pair)
{
    vault_kv *kv = NULL;

    must(vault_kv_from_pairs(v, pair, 1, &kv) == VAULT_OK);
    must(vault_kv_set_kind(v, kv, pair->name, kind) == VAULT_OK);
    if (vault_secret_create(v, env, secret, kv, VAULT_EXISTING_KEEP) != VAULT_OK ||
        vault_secret_update(v, env, secret, kv) != VAULT_OK) {
        complain(v, VAULT_FAILED);
        must(false);
    }
    vault_kv_free(kv);
}

static void put(vault *v, const char *env, const char *secret, const char *key, const void *value,
                size_t len)
{
    put_kind(v, env, secret, VAULT_KIND_SEALED, &(vault_pair){key, value, len});
}

static void put_text(vault *v, const char *env, const char *secret, const char *key,
                     const char *value)
{
    put(v, env, secret, key, value, strlen(value));
}

/* An environment that alice reads. */
static void begin_env(vault *v, const char *env, const struct people *p)
{
    must(vault_env_create(v, env, NULL) == VAULT_OK);
    must(vault_reader_add(v, env, "alice", p->alice.public_key) == VAULT_OK);
}

static void make_empty(vault *v, const struct people *p)
{
    (void)v;
    (void)p;
}

static void make_plain(vault *v, const struct people *p)
{
    begin_env(v, "dev", p);
    put_text(v, "dev", "app", "API_KEY", "one");
    put_text(v, "dev", "app", "EMPTY", "");
}

/* Names, authors and values at their limits. */
static void make_limits(vault *v, const struct people *p)
{
    char name[VAULT_NAME_MAX + 1], key[VAULT_VARIABLE_MAX + 1], author[VAULT_AUTHOR_MAX + 1];
    char *value = malloc(VAULT_VALUE_MAX), one[300];

    must(value != NULL);
    memset(name, 'n', sizeof name - 1);
    memset(key, 'K', sizeof key - 1);
    memset(author, 'a', sizeof author - 1);
    memset(value, 'v', VAULT_VALUE_MAX);
    name[VAULT_NAME_MAX] = key[VAULT_VARIABLE_MAX] = author[VAULT_AUTHOR_MAX] = '\0';
    must(vault_set_author(v, author) == VAULT_OK);
    begin_env(v, name, p);
    put(v, name, name, key, value, VAULT_VALUE_MAX);
    must(vault_set_author(v, "") == VAULT_OK);
    begin_env(v, "Vault", p);
    for (int i = 0; i < 256; i++)
        one[i] = (char)i;
    put(v, "Vault", "vault", "_", one, 256);
    must(vault_set_author(v, "zo\xC3\xAB@example.org = [x] #") == VAULT_OK);
    for (size_t len = 0; len < 100; len += 11) {
        char sized[16];

        snprintf(sized, sizeof sized, "LEN_%zu", len);
        put(v, "Vault", "sizes", sized, value, len);
    }
    free(value);
}

/* Open values with every character of ASCII, of the largest size, changed, and under a new key. */
static void make_open(vault *v, const struct people *p)
{
    static const char odd[] = "na\xC3\xAFve \xE2\x80\xAE \xF0\x9F\x94\x91 \"\\";
    char ascii[128], most[VAULT_OPEN_MAX];

    for (int i = 1; i < 128; i++)
        ascii[i] = (char)i;
    memset(most, 'm', sizeof most);
    begin_env(v, "dev", p);
    put_kind(v, "dev", "app", VAULT_KIND_OPEN, &(vault_pair){"ASCII", ascii + 1, 127});
    put_kind(v, "dev", "app", VAULT_KIND_OPEN, &(vault_pair){"EMPTY", "", 0});
    put_kind(v, "dev", "app", VAULT_KIND_OPEN, &(vault_pair){"LOG", "info", 4});
    put_kind(v, "dev", "app", VAULT_KIND_OPEN, &(vault_pair){"MOST", most, sizeof most});
    put_kind(v, "dev", "app", VAULT_KIND_OPEN, &(vault_pair){"ODD", odd, sizeof odd - 1});
    put_text(v, "dev", "app", "SEALED", "info");
    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK);
    must(vault_secret_copy(v, "dev", "app", "dev", "web") == VAULT_OK);
    put_kind(v, "dev", "web", VAULT_KIND_OPEN, &(vault_pair){"LOG", "debug", 5});
    put_kind(v, "dev", "web", VAULT_KIND_OPEN, &(vault_pair){"SEALED", "opened", 6});
    put_text(v, "dev", "web", "ODD", "sealed");
    must(vault_env_copy(v, "dev", "prod") == VAULT_OK);
}

/* Readers of two kinds, and all that is done to them. */
static void make_shared(vault *v, const struct people *p)
{
    begin_env(v, "dev", p);
    must(vault_reader_add(v, "dev", "bob", p->bob.public_key) == VAULT_OK);
    put_text(v, "dev", "app", "A", "before");
    must(vault_env_create(v, "like", "dev") == VAULT_OK);
    must(vault_env_copy(v, "dev", "copied") == VAULT_OK);
    must(vault_reader_add(v, "like", "ci", p->ci.public_key) == VAULT_OK);
    must(vault_reader_remove(v, "copied", "bob") == VAULT_OK);
    put_text(v, "copied", "app", "A", "after");
    must(vault_secret_copy(v, "dev", "app", "like", "app2") == VAULT_OK);
}

/* A past of twelve keys, of which some went, and names that changed. */
static void make_rotated(vault *v, const struct people *p)
{
    begin_env(v, "prod", p);
    must(vault_reader_add(v, "prod", "bob", p->bob.public_key) == VAULT_OK);
    put_text(v, "prod", "db", "URL", "postgres://");
    put_text(v, "prod", "app", "Z", "last");
    put_text(v, "prod", "app", "A", "first");
    for (int i = 0; i < 12; i++)
        must(vault_rotate(v, "prod", VAULT_PAST_KEEP) == VAULT_OK);
    must(vault_env_copy(v, "prod", "stage") == VAULT_OK);
    must(vault_env_rename(v, "prod", "a-prod") == VAULT_OK);
    must(vault_secret_rename(v, "a-prod", "db", "a-db") == VAULT_OK);
    must(vault_rotate(v, "stage", VAULT_PAST_FORGET) == VAULT_OK);
    must(vault_rotate(v, "stage", VAULT_PAST_KEEP) == VAULT_OK);
}

/* A reader by passphrase, of two environments. */
static void make_passphrase(vault *v, const struct people *p)
{
    static const char passphrase[] = "correct h\xC3\xB8rse";

    begin_env(v, "dev", p);
    begin_env(v, "prod", p);
    must(vault_reader_add_passphrase(v, "dev", "team", passphrase, strlen(passphrase)) == VAULT_OK);
    must(vault_reader_add_passphrase(v, "prod", "team", NULL, 0) == VAULT_OK);
    must(vault_rotate(v, "prod", VAULT_PAST_KEEP) == VAULT_OK);
    put_text(v, "prod", "app", "A", "sealed to a passphrase");
    write_text("team.passphrase", passphrase, strlen(passphrase));
}

/* What was there and is not: first, middle and last of everything. */
static void make_deleted(vault *v, const struct people *p)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", NULL};

    for (const char *const *env = names; *env; env++) {
        begin_env(v, *env, p);
        for (const char *const *secret = names; *secret; secret++)
            for (const char *const *key = names; *key; key++)
                put_text(v, *env, *secret, *key, *key);
    }
    for (int i = 0; i < 5; i += 2) {
        must(vault_env_delete(v, names[i]) == VAULT_OK);
        must(vault_secret_delete(v, "b", names[i], VAULT_MISSING_ERROR) == VAULT_OK);
        must(vault_value_delete(v, "b", "b", names[i], VAULT_MISSING_ERROR) == VAULT_OK);
    }
    for (const char *const *key = names; *key; key++)
        must(vault_value_delete(v, "d", "c", *key, VAULT_MISSING_ERROR) == VAULT_OK);
    for (const char *const *secret = names; *secret; secret++)
        if (**secret != 'c')
            must(vault_secret_delete(v, "d", *secret, VAULT_MISSING_ERROR) == VAULT_OK);
}

static const struct shape {
    const char *name;
    void (*make)(vault *v, const struct people *p);
} shapes[] = {{"empty", make_empty},   {"plain", make_plain},          {"limits", make_limits},
              {"shared", make_shared}, {"rotated", make_rotated},      {"deleted", make_deleted},
              {"open", make_open},     {"passphrase", make_passphrase}};

static void write_key(const char *name, const struct person *p)
{
    write_text(name, p->identity, strlen(p->identity));
    must(chmod(name, 0600) == 0); /* ssh-keygen insists */
}

static void make(const struct shape *shape)
{
    struct people p = {person_x25519(), person_ssh(), person_x25519()};
    struct buf plain = {0};
    vault *v = vault_new();

    must(v != NULL);
    write_key("alice.key", &p.alice);
    write_key("bob.key", &p.bob);
    write_key("ci.key", &p.ci);
    give_identity(v, &p.alice);
    must(vault_set_author(v, "alice@example.com") == VAULT_OK);
    must(vault_create(v, "vault.toml") == VAULT_OK);
    shape->make(v, &p);
    must(vault_save(v) == VAULT_OK);
    must(tell_all(v, "-", true, &plain) == VAULT_OK);
    write_text("plain.json", plain.data, plain.len);
    buf_free(&plain);
    vault_free(v);
}

int main(int argc, char **argv)
{
    static const char *const verbs[] = {[READ] = "read", [VERIFY] = "verify", [CHANGE] = "change"};

    for (int i = READ; i <= CHANGE && argc > 4; i++)
        if (strcmp(argv[1], verbs[i]) == 0)
            return open_vault((enum verb)i, argv[2], argv[3], argv + 4);
    if (argc == 4 && strcmp(argv[1], "make") == 0 && sodium_init() >= 0 && chdir(argv[3]) == 0)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            if (strcmp(argv[2], shapes[i].name) == 0) {
                make(&shapes[i]);
                return 0;
            }
    if (argc > 2 && strcmp(argv[1], "answer") == 0) {
        for (char **question = argv + 2; *question;)
            question = answer(question);
        return 0;
    }
    fputs("usage: vault-tool read|verify|change ENVS FILE IDENTITY-FILE… | make SHAPE FOLDER\n"
          "       vault-tool answer VAULT KEY… [-- VAULT KEY…]…\n",
          stderr);
    return 2;
}
