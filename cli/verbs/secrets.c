/* Secrets and their values: create, update, set, get, list, delete, rename, copy. */
#include "dangerous.h"
#include "opens.h"
#include "sources.h"
#include "table.h"
#include "ui/json.h"
#include "ui/say.h"
#include "ui/terminal.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DEFAULT_SECRET "app"

/* An invalid name counts as a missing secret here; it is reported when it is used. */
static enum status has_secret(struct session *s, const char *env, const char *secret, bool *there)
{
    vault_err err = secret_look(s, env, secret);

    *there = err == VAULT_OK;
    return err == VAULT_NO_MEMORY ? say_vault_error(s->v, err) : STATUS_OK;
}

/* Notes names that exec will not set unless --allow-dangerous lists them. */
static void note_dangerous(const vault_kv *kv)
{
    struct buf names = {0};

    for (size_t i = 0; i < vault_kv_count(kv); i++)
        dangerous_add(&names, vault_kv_at(kv, i).name);
    dangerous_note(&names);
}

static void note_if_case(const char *a, const char *b, const char *env)
{
    if (strcasecmp(a, b) == 0 && strcmp(a, b) != 0)
        say_note("%s and %s, in %s, differ only in case", a, b, env);
}

/* Notes a new name that differs from one in the secret only in case, or a new secret from another
 * one. */
static void note_case(struct session *s, const char *secret, const vault_kv *kv)
{
    vault_secrets *list = NULL;
    const char **names = NULL;
    size_t count = 0;
    bool is_new = secret_look(s, s->env, secret) != VAULT_OK;

    if (is_new && vault_secret_list(s->v, s->env, 0, 0, &list) == VAULT_OK)
        for (size_t i = 0; i < vault_secrets_count(list); i++)
            note_if_case(secret, vault_secrets_at(list, i)->name, s->env);
    if (!is_new && vault_value_list(s->v, s->env, secret, &names, &count) != VAULT_OK)
        count = 0;
    for (size_t i = 0; i < vault_kv_count(kv); i++) {
        const char *name = vault_kv_at(kv, i).name;
        bool known = false;

        for (size_t j = 0; j < count && !known; j++)
            known = strcmp(names[j], name) == 0;
        for (size_t j = 0; j < count && !known; j++)
            note_if_case(name, names[j], s->env);
        for (size_t j = 0; j < i && !known; j++)
            note_if_case(name, vault_kv_at(kv, j).name, s->env);
    }
    vault_release(list);
    vault_release(names);
}

/* ---- create, update ---- */

static enum status store(struct session *s, bool update, const vault_kv *kv)
{
    const struct args *args = s->args;
    const char *secret = args->operands[0];
    vault_existing existing = args_has(args, OPT_FORCE)            ? VAULT_EXISTING_REPLACE
                              : args_has(args, OPT_ALLOW_EXISTING) ? VAULT_EXISTING_KEEP
                                                                   : VAULT_EXISTING_ERROR;
    vault_err err = update ? vault_secret_update(s->v, s->env, secret, kv)
                           : vault_secret_create(s->v, s->env, secret, kv, existing);
    enum status status = err == VAULT_OK ? STATUS_OK : key_path_error(s, err, secret, NULL);

    if (err == VAULT_EXISTS)
        say_hint("{program} update %s; --allow-existing leaves it, --force replaces it", secret);
    if (err == VAULT_ABSENT && update)
        say_hint("{program} create %s", secret);
    return status;
}

/* Checks that the secret could be stored, before the user answers a list of questions. */
static enum status rehearse(struct session *s, bool update)
{
    vault_kv *nothing = NULL;
    vault_err err = vault_kv_layer(s->v, NULL, 0, &nothing);
    enum status status = err == VAULT_OK ? store(s, update, nothing) : session_error(s, err);

    vault_discard(s->v);
    vault_kv_free(nothing);
    return status;
}

/* Whether the secret exists and stays as it is, so that nothing needs to be asked. */
static enum status look_whether_settled(struct session *s, bool update, bool *settled)
{
    *settled = false;
    if (update || !args_has(s->args, OPT_ALLOW_EXISTING) || args_has(s->args, OPT_FORCE))
        return STATUS_OK;
    return has_secret(s, s->env, s->args->operands[0], settled);
}

static enum status create_or_update(const struct args *args, bool update)
{
    vault_kv *kv = NULL;
    struct session s;
    bool settled = false;
    enum status status = session_open(&s, args, NEEDS_KEY);

    if (status == STATUS_OK && args_has(args, OPT_KIND))
        status = rehearse(&s, update);
    if (status == STATUS_OK && args_has(args, OPT_KIND))
        status = look_whether_settled(&s, update, &settled);
    if (status == STATUS_OK && !settled)
        status = sources_read(&s, args->operands + 1, args->count - 1, &kv);
    if (status == STATUS_OK && !settled)
        status = opens_mark(&s, args->operands[0], kv);
    if (status == STATUS_OK && !settled)
        note_case(&s, args->operands[0], kv);
    if (status == STATUS_OK && !settled)
        status = store(&s, update, kv);
    NEXT(status, session_save(&s));
    if (status == STATUS_OK && kv) {
        note_dangerous(kv);
        sources_hint_files(args, kv);
    }
    if (status == STATUS_OK)
        sources_hint_history(args->operands + 1, args->count - 1);
    vault_kv_free(kv);
    session_close(&s);
    return status;
}

enum status run_create(const struct args *args)
{
    return create_or_update(args, false);
}

enum status run_update(const struct args *args)
{
    return create_or_update(args, true);
}

/* ---- set ---- */

static enum status value_of(struct session *s, const char *key, const char *typed,
                            struct buf *value)
{
    const char *file = args_last(s->args, OPT_FROM_FILE);
    bool generate = args_has(s->args, OPT_GENERATE);

    if ((typed != NULL) + (file != NULL) + generate > 1)
        return say_error(STATUS_USAGE, "%s is given more than one value", key);
    if (generate)
        return value_generate(args_last(s->args, OPT_GENERATE), value);
    if (file)
        return value_read(file, value);
    if (typed && strcmp(typed, "-") != 0) {
        if (typed[0] == '@')
            say_note("the value of %s begins with @, and no file is read: --from-file FILE would",
                     key);
        buf_add_text(value, typed);
        return buf_ok(value) ? STATUS_OK : say_no_memory();
    }
    return value_ask(key, args_has(s->args, OPT_RAW), value);
}

/* Opens the environment before a value is asked for and the lock is taken: a person may take long
 * to answer. */
static enum status open_env(struct session *s)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_err err = vault_fingerprint(s->v, s->env, fingerprint);

    return session_check(s, err);
}

static enum status lock(struct session *s)
{
    vault_err err = vault_lock(s->v, -1);

    return session_check(s, err);
}

/* The file is locked, so the secret cannot come or go meanwhile. */
static enum status put_values(struct session *s, const struct key_path *path, const vault_kv *kv)
{
    bool there;
    vault_err err;

    if (has_secret(s, s->env, path->secret, &there) != STATUS_OK)
        return STATUS_FAILED;
    note_case(s, path->secret, kv);
    err = there ? vault_secret_update(s->v, s->env, path->secret, kv)
                : vault_secret_create(s->v, s->env, path->secret, kv, VAULT_EXISTING_ERROR);
    return session_check(s, err);
}

static enum status make_kv(struct session *s, const char *key, struct slice value, vault_kind kind,
                           vault_kv **kv)
{
    vault_pair pair = {key, value.at, value.len};
    vault_err err = vault_kv_from_pairs(s->v, &pair, 1, kv);

    NEXT(err, vault_kv_set_kind(s->v, *kv, key, kind));
    return session_check(s, err);
}

struct assignment {
    struct key_path path;
    vault_kv *kv;
    bool was_open;
};

/* MUST NOT: show the word, which may be a value. */
static enum status no_key(void)
{
    say_error(STATUS_USAGE, "expected NAME or SECRET/NAME, with or without =VALUE");
    say_hint("a name has letters, digits and _, and does not begin with a digit: {program} set -h");
    return STATUS_USAGE;
}

static bool read_path(const char *word, struct key_path *path)
{
    char name[VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 2];
    size_t len = strcspn(word, "=");

    if (len >= sizeof name)
        return false;
    memcpy(name, word, len);
    name[len] = '\0';
    return key_path_parse(name, path);
}

static enum status several_without_value(const struct key_path *first)
{
    say_error(STATUS_USAGE, "of several operands, each must be NAME=VALUE");
    say_hint("{program} set %s=VALUE, in quotes if it has spaces; %s=- prompts", first->key,
             first->key);
    return STATUS_USAGE;
}

/* Checks the operands before anything is asked. MUST NOT: take a word that may be a value for a
 * name, as in "set NAME VALUE", since names are public. */
static enum status check_operands(const struct args *args)
{
    bool generate = args_has(args, OPT_GENERATE), file = args_has(args, OPT_FROM_FILE);
    struct key_path first, path;

    if (args_has(args, OPT_OPEN) && args_has(args, OPT_SEALED))
        return say_error(STATUS_USAGE, "--open and --sealed contradict each other");
    if (file && args->count > 1)
        return say_error(STATUS_USAGE, "--from-file is the value of one variable");
    if (!read_path(args->operands[0], &first))
        return no_key();
    for (int i = 0; i < args->count; i++) {
        const char *word = args->operands[i];

        if (i > 0 && generate && !args_last(args, OPT_GENERATE) && value_is_kind(word)) {
            say_error(STATUS_USAGE, "--generate takes its kind after =");
            say_hint("{program} set %s --generate=%s", first.key, word);
            return STATUS_USAGE;
        }
        if (args->count > 1 && !generate && (!strchr(word, '=') || word[0] == '='))
            return several_without_value(&first);
        if (!read_path(word, &path))
            return no_key();
    }
    return STATUS_OK;
}

static enum status read_assignment(struct session *s, const char *word, struct assignment *a)
{
    const char *equals = strchr(word, '=');
    struct buf value = BUF_SECRET;
    vault_kind kind;
    enum status status;

    if (!read_path(word, &a->path))
        return no_key();
    status = key_path_find(s, &a->path, true);
    if (status == STATUS_ABSENT) {
        strcpy(a->path.secret, DEFAULT_SECRET);
        status = STATUS_OK;
    }
    NEXT(status, opens_decide(s, a->path.secret, a->path.key, &kind, &a->was_open));
    NEXT(status, value_of(s, a->path.key, equals ? equals + 1 : NULL, &value));
    if (status == STATUS_OK && kind == VAULT_KIND_OPEN)
        status = opens_check(s, a->path.key, buf_slice(&value));
    NEXT(status, make_kv(s, a->path.key, buf_slice(&value), kind, &a->kv));
    buf_free(&value);
    return status;
}

static enum status put_all(struct session *s, const struct assignment *list, int count)
{
    enum status status = lock(s);
    struct buf dangerous = {0};
    bool changed;

    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = put_values(s, &list[i].path, list[i].kv);
    changed = vault_changed(s->v) != 0;
    NEXT(status, session_save(s));
    for (int i = 0; i < count && changed && status == STATUS_OK; i++)
        say_note("set %s/%s in %s", list[i].path.secret, list[i].path.key, s->env);
    for (int i = 0; i < count && changed && status == STATUS_OK; i++)
        if (list[i].was_open && vault_kv_kind(list[i].kv, list[i].path.key) != VAULT_KIND_OPEN)
            opens_note_sealed(s, list[i].path.secret, list[i].path.key);
    for (int i = 0; i < count && status == STATUS_OK; i++)
        dangerous_add(&dangerous, list[i].path.key);
    dangerous_note(&dangerous);
    return status;
}

static bool is_empty(struct session *s)
{
    vault_secrets *list;
    bool empty =
        vault_secret_list(s->v, s->env, 0, 1, &list) == VAULT_OK && vault_secrets_count(list) == 0;

    vault_release(list);
    return empty;
}

enum status run_set(const struct args *args)
{
    struct session s;
    struct assignment *list = calloc((size_t)args->count, sizeof *list);
    const char *env = args_last(args, OPT_ENV);
    enum status status = check_operands(args);
    bool first;

    if (status != STATUS_OK) {
        free(list);
        return status;
    }
    status = session_open(&s, args, NEEDS_KEY);
    first = status == STATUS_OK && is_empty(&s);
    if (!list)
        status = say_no_memory();
    NEXT(status, open_env(&s));
    for (int i = 0; i < args->count && status == STATUS_OK; i++)
        status = read_assignment(&s, args->operands[i], &list[i]);
    NEXT(status, put_all(&s, list, args->count));
    if (status == STATUS_OK)
        sources_hint_history(args->operands, args->count);
    if (status == STATUS_OK && first)
        say_hint("{program} exec%s%s -- env", env ? " -e " : "", env ? env : "");
    for (int i = 0; list && i < args->count; i++)
        vault_kv_free(list[i].kv);
    free(list);
    session_close(&s);
    return status;
}

/* ---- get ---- */

/* Prints a value on a terminal: newlines and tabs as they are, other control characters as escapes.
 */
static enum status show(struct slice value)
{
    struct buf out = BUF_SECRET;
    size_t start = 0;
    enum status status;

    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && value.at[i] != '\n' && value.at[i] != '\t')
            continue;
        text_escape(&out, (struct slice){value.at + start, i - start}, SIZE_MAX);
        buf_add(&out, i < value.len ? value.at + i : "\n", 1);
        start = i + 1;
    }
    status = write_buf(&out);
    if (out.len > value.len + 1)
        say_note("control characters are shown as escapes; --bytes writes them as they are");
    buf_free(&out);
    return status;
}

static enum status print_value(const struct args *args, struct slice value)
{
    if (!args_has(args, OPT_BYTES) && isatty(STDOUT_FILENO))
        return show(value);
    return write_out(value.at, value.len);
}

/* An open value, as the file shows it. */
static enum status get_unverified(const struct args *args, struct key_path *path)
{
    struct session s;
    char *text = NULL;
    enum status status = session_open(&s, args, NEEDS_FILE);

    if (status == STATUS_OK)
        status = key_path_find(&s, path, false);
    if (status == STATUS_OK) {
        vault_err err = vault_open_text(s.v, s.env, path->secret, path->key, &text);

        if (err != VAULT_OK)
            status = key_path_error(&s, err, path->secret, path->key);
        else if (!text)
            status = say_error(STATUS_LOCKED, "%s/%s is sealed: it takes a key of %s", path->secret,
                               path->key, s.env);
    }
    if (status == STATUS_OK)
        status = print_value(args, slice_of(text));
    vault_release(text);
    session_close(&s);
    return status;
}

enum status run_get(const struct args *args)
{
    struct key_path path;
    struct session s;
    vault_kv *kv = NULL;
    const char *value = NULL;
    size_t len = 0;
    enum status status;
    vault_err err;

    if (!key_path_read(args->operands[0], &path))
        return STATUS_USAGE;
    if (args_has(args, OPT_UNVERIFIED))
        return get_unverified(args, &path);
    status = session_open(&s, args, NEEDS_KEY);
    if (status == STATUS_OK) /* verifies the names: one that is missing may have been removed by an
                                attacker */
        status = open_env(&s);
    NEXT(status, key_path_find(&s, &path, false));
    if (status == STATUS_OK) {
        err = vault_value_get(s.v, s.env, path.secret, path.key, &kv);
        if (err != VAULT_OK)
            status = key_path_error(&s, err, path.secret, path.key);
    }
    if (status == STATUS_OK) {
        value = vault_kv_get(kv, path.key, &len);
        status = print_value(args, (struct slice){value, len});
    }
    vault_kv_free(kv);
    session_close(&s);
    return status;
}

/* ---- list ---- */

static void add_json_secret(struct buf *out, const char *env, const vault_secret_entry *e)
{
    json_item(out);
    json_word(out, "env", env);
    json_word(out, "secret", e->name);
    json_raw(out, "keys", "%zu", e->values);
    json_date(out, "created_at", e->created_at);
    json_word(out, "created_by", e->created_by);
    buf_add_text(out, "}");
}

/* Reads a date, with its time or without: then it is the first second of that day. */
static bool read_date(const char *text, int64_t *date)
{
    char whole[VAULT_DATE_LEN + 1];
    int len = snprintf(whole, sizeof whole, strlen(text) == 10 ? "%sT00:00:00Z" : "%s", text);

    return len == VAULT_DATE_LEN && text_date_read(slice_of(whole), date);
}

static vault_err add_env_secrets(struct session *s, const char *env, struct buf *out)
{
    const struct args *a = s->args;
    vault_secrets *list = NULL;
    const char *max = args_last(a, OPT_MAX), *before = args_last(a, OPT_CREATED_BEFORE);
    char date[VAULT_DATE_LEN + 1];
    int64_t limit = 0;
    vault_err err;

    if (before)
        read_date(before, &limit);
    err = vault_secret_list(s->v, env, limit, max ? strtoul(max, NULL, 10) : 0, &list);
    for (size_t i = 0; i < vault_secrets_count(list); i++) {
        const vault_secret_entry *secret = vault_secrets_at(list, i);

        if (args_has(a, OPT_JSON)) {
            add_json_secret(out, env, secret);
        } else {
            if (args_has(a, OPT_ALL))
                buf_printf(out, "%s/", env);
            buf_printf(out, "%-24s %5zu value%s  %s  ", secret->name, secret->values,
                       secret->values == 1 ? " " : "s", vault_date_write(secret->created_at, date));
            text_escape(out, slice_of(secret->created_by), SIZE_MAX);
            buf_add_text(out, "\n");
        }
    }
    vault_release(list);
    return err;
}

static enum status check_numbers(const struct args *a)
{
    const char *max = args_last(a, OPT_MAX), *date = args_last(a, OPT_CREATED_BEFORE);
    int64_t ignored;
    uint64_t number;

    if (max && (!text_number(slice_of(max), SIZE_MAX, &number) || number == 0))
        return say_error(STATUS_USAGE, "--max takes a number");
    if (date && !read_date(date, &ignored))
        return say_error(STATUS_USAGE,
                         "--created-before takes a date, 2026-01-31 or 2026-01-31T12:00:00Z");
    return STATUS_OK;
}

static enum status list_secrets(struct session *s, struct buf *out)
{
    const char **envs = NULL;
    size_t count = 1;
    vault_err err = VAULT_OK;

    if (args_has(s->args, OPT_ALL))
        err = vault_env_list(s->v, &envs, &count);
    for (size_t i = 0; err == VAULT_OK && i < count; i++)
        err = add_env_secrets(s, envs ? envs[i] : s->env, out);
    vault_release(envs);
    return session_check(s, err);
}

static const char *kind_name(vault_kind kind)
{
    return kind == VAULT_KIND_OPEN ? "open" : kind == VAULT_KIND_TEMPLATE ? "template" : "sealed";
}

/* What a variable is; entry NULL: no key has opened it. text: of an open value. */
struct shown {
    const char *name, *text;
    const vault_value_entry *entry;
};

static void add_json_key(struct buf *out, const struct shown *k)
{
    vault_kind kind = k->entry ? k->entry->kind : k->text ? VAULT_KIND_OPEN : VAULT_KIND_SEALED;

    json_item(out);
    json_word(out, "key", k->name);
    if (k->entry) {
        json_date(out, "updated_at", k->entry->updated_at);
        json_word(out, "author", k->entry->author);
    }
    json_word(out, "kind", kind_name(kind));
    if (k->text)
        json_word(out, "value", k->text);
    json_raw(out, "verified", "%s", k->entry ? "true" : "false");
    buf_add_text(out, "}");
}

static void add_key(struct buf *out, const struct shown *k)
{
    buf_printf(out, "%-32s ", k->name);
    if (k->entry) {
        text_date(out, k->entry->updated_at);
        buf_add_text(out, "  ");
        text_escape(out, slice_of(k->entry->author), SIZE_MAX);
        if (k->entry->kind == VAULT_KIND_TEMPLATE)
            buf_add_text(out, "  template");
    }
    if (k->text) {
        buf_add_text(out, k->entry ? "  open " : "unverified, open ");
        opens_add_text(out, k->text);
    } else if (!k->entry) {
        buf_add_text(out, "unverified, sealed");
    }
    buf_add_text(out, "\n");
}

static vault_err add_shown(struct session *s, const char *secret, struct shown *k, struct buf *out)
{
    char *text = NULL;
    vault_err err = vault_open_text(s->v, s->env, secret, k->name, &text);

    if (err != VAULT_OK)
        return err;
    k->text = text;
    if (args_has(s->args, OPT_JSON))
        add_json_key(out, k);
    else
        add_key(out, k);
    vault_release(text);
    return VAULT_OK;
}

/* No key here opens the environment: lists what the file shows of the secret. */
static enum status list_unverified(struct session *s, const char *secret, struct buf *out)
{
    const char **names = NULL;
    size_t count;
    vault_err err = vault_value_list(s->v, s->env, secret, &names, &count);

    if (err != VAULT_OK)
        return key_path_error(s, err, secret, NULL);
    say_note("no key here opens %s: what the file shows is unverified", s->env);
    for (size_t i = 0; i < count && err == VAULT_OK; i++)
        err = add_shown(s, secret, &(struct shown){.name = names[i]}, out);
    vault_release(names);
    return session_check(s, err);
}

static enum status list_keys(struct session *s, const char *secret, struct buf *out)
{
    vault_values *keys;
    vault_err err = vault_secret_info(s->v, s->env, secret, &keys);

    if ((err == VAULT_NO_CREDENTIAL || err == VAULT_LOCKED) && !s->key_given &&
        !args_has(s->args, OPT_VERIFY))
        return list_unverified(s, secret, out);
    if (err != VAULT_OK)
        return key_path_error(s, err, secret, NULL);
    for (size_t i = 0; i < vault_values_count(keys) && err == VAULT_OK; i++) {
        const vault_value_entry *key = vault_values_at(keys, i);

        err = add_shown(s, secret, &(struct shown){.name = key->name, .entry = key}, out);
    }
    vault_release(keys);
    return session_check(s, err);
}

static enum status verify_shown(struct session *s)
{
    const char **envs = NULL;
    size_t count = 1;
    bool all = args_has(s->args, OPT_ALL);
    vault_err err = all ? vault_env_list(s->v, &envs, &count) : VAULT_OK;

    for (size_t i = 0; err == VAULT_OK && i < count; i++)
        err = vault_verify(s->v, envs ? envs[i] : s->env, NULL, NULL);
    vault_release(envs);
    return session_check(s, err);
}

enum status run_list(const struct args *args)
{
    struct buf out = {0};
    struct session s;
    bool json = args_has(args, OPT_JSON), needs_key = args->count > 0 || args_has(args, OPT_VERIFY);
    enum status status = check_numbers(args);

    if (status != STATUS_OK)
        return status;
    status = session_open(&s, args, needs_key ? NEEDS_KEY : NEEDS_FILE);
    if (status == STATUS_OK && args_has(args, OPT_VERIFY))
        status = verify_shown(&s);
    buf_add_text(&out, json ? "[" : "");
    NEXT(status, args->count > 0 ? list_keys(&s, args->operands[0], &out) : list_secrets(&s, &out));
    if (json)
        json_end(&out);
    NEXT(status, write_buf(&out));
    buf_free(&out);
    session_close(&s);
    return status;
}

/* ---- delete ---- */

static enum status delete_one(struct session *s, const char *word)
{
    vault_missing missing =
        args_has(s->args, OPT_ALLOW_MISSING) ? VAULT_MISSING_IGNORE : VAULT_MISSING_ERROR;
    struct key_path path;
    vault_err err;

    if (!strchr(word, '/')) {
        err = vault_secret_delete(s->v, s->env, word, missing);
        return err == VAULT_OK ? STATUS_OK : key_path_error(s, err, word, NULL);
    }
    if (!key_path_read(word, &path))
        return STATUS_USAGE;
    err = vault_value_delete(s->v, s->env, path.secret, path.key, missing);
    return err == VAULT_OK ? STATUS_OK : key_path_error(s, err, path.secret, path.key);
}

/* Whether there is something to delete, and so to confirm. STATUS_ABSENT, after a message, if it is
 * missing and may not be. */
static enum status look_before_deleting(struct session *s, const char *word, bool *there)
{
    bool may_be_missing = args_has(s->args, OPT_ALLOW_MISSING);
    struct key_path path;
    enum status status;

    *there = false;
    if (!strchr(word, '/')) {
        status = has_secret(s, s->env, word, there);
        return status != STATUS_OK || *there || may_be_missing
                   ? status
                   : key_path_error(s, secret_look(s, s->env, word), word, NULL);
    }
    if (!key_path_read(word, &path))
        return STATUS_USAGE;
    status = key_path_is_there(s, &path, there);
    return status != STATUS_OK || *there || may_be_missing ? status : key_path_absent(s, &path);
}

static enum status confirm_delete(struct session *s)
{
    const struct args *a = s->args;
    enum status status = STATUS_OK;
    const char *first = NULL;
    char question[200];
    int count = 0;

    for (int i = 0; i < a->count && status == STATUS_OK; i++) {
        bool there;

        status = look_before_deleting(s, a->operands[i], &there);
        if (there && count++ == 0)
            first = a->operands[i];
    }
    if (status != STATUS_OK || count == 0)
        return status;
    snprintf(question, sizeof question, "delete %.80s%s from %.64s", first,
             count > 1 ? " and the others" : "", s->env);
    return confirm(a, question);
}

enum status run_delete(const struct args *args)
{
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);

    NEXT(status, open_env(&s));
    NEXT(status, confirm_delete(&s));
    for (int i = 0; i < args->count && status == STATUS_OK; i++)
        status = delete_one(&s, args->operands[i]);
    NEXT(status, session_save(&s));
    session_close(&s);
    return status;
}

/* ---- rename, copy ---- */

/* Asks about readers who could read the copy but not the original. */
static enum status confirm_readers(struct session *s, const char *to)
{
    vault_readers *here, *there;
    struct buf more = {0};
    char question[512];
    enum status status = STATUS_OK;
    vault_err err;

    if (strcmp(to, s->env) == 0)
        return STATUS_OK;
    err = vault_reader_list(s->v, s->env, &here);
    if (err != VAULT_OK)
        return session_error(s, err);
    err = vault_reader_list(s->v, to, &there);
    if (err != VAULT_OK) {
        vault_release(here);
        s->env = to;
        return session_error(s, err);
    }
    for (size_t i = 0; i < vault_readers_count(there); i++) {
        const vault_reader_entry *reader = vault_readers_at(there, i);
        bool reads_here = false;

        for (size_t j = 0; j < vault_readers_count(here) && !reads_here; j++)
            reads_here = strcmp(reader->public_key, vault_readers_at(here, j)->public_key) == 0;
        if (!reads_here)
            buf_printf(&more, "%s%s", more.len ? ", " : "", reader->name);
    }
    buf_add(&more, "", 1);
    if (!buf_ok(&more)) {
        status = say_no_memory();
    } else if (more.len > 1) {
        snprintf(question, sizeof question, "let %.300s read it, who could not before", more.data);
        status = confirm(s->args, question);
    }
    buf_free(&more);
    vault_release(here);
    vault_release(there);
    return status;
}

/* A rename or a copy of a variable or a secret. */
struct transfer {
    struct session *s;
    const char *from, *to, *env; /* from and to as typed; env is the target */
    bool move, is_key;
    struct key_path a, b; /* of a variable */
};

/* Checks that the source exists and the target does not: nothing is overwritten. */
static enum status check_transfer(struct transfer *c)
{
    struct session *s = c->s;
    const char *source_env = s->env;
    enum status status;
    bool there = false, taken = false;

    status = strchr(c->from, '/') ? STATUS_OK : has_secret(s, s->env, c->from, &there);
    c->is_key = !there;
    if (status != STATUS_OK)
        return status;
    if (!c->is_key) {
        status = has_secret(s, c->env, c->to, &taken);
        if (status != STATUS_OK)
            return status;
        return taken ? say_error(STATUS_FAILED, "secret %s exists in %s already", c->to, c->env)
                     : STATUS_OK;
    }
    if (!key_path_read(c->from, &c->a) || !key_path_read(c->to, &c->b))
        return STATUS_USAGE;
    status = key_path_find(s, &c->a, false);
    if (status != STATUS_OK)
        return status;
    status = key_path_is_there(s, &c->a, &there);
    if (status != STATUS_OK || !there)
        return status != STATUS_OK ? status : key_path_absent(s, &c->a);
    if (!c->b.secret[0])
        strcpy(c->b.secret, c->a.secret);
    if (strcmp(c->a.secret, c->b.secret) == 0 && strcmp(c->a.key, c->b.key) == 0 &&
        strcmp(c->env, s->env) == 0)
        return say_error(STATUS_USAGE, "it has that name already");
    s->env = c->env;
    status = key_path_is_there(s, &c->b, &taken);
    s->env = source_env;
    if (status != STATUS_OK || !taken)
        return status;
    say_error(STATUS_FAILED, "variable %s exists in %s/%s already", c->b.key, c->env, c->b.secret);
    say_hint("{program} delete %s/%s -e %s", c->b.secret, c->b.key, c->env);
    return STATUS_FAILED;
}

static enum status transfer_key(struct transfer *c)
{
    struct session *s = c->s;
    const char *source_env = s->env, *value;
    vault_kv *kv = NULL, *carried = NULL;
    enum status status;
    size_t len;
    vault_err err = vault_value_get(s->v, s->env, c->a.secret, c->a.key, &kv);

    if (err != VAULT_OK)
        return key_path_error(s, err, c->a.secret, c->a.key);
    value = vault_kv_get(kv, c->a.key, &len);
    s->env = c->env;
    status =
        make_kv(s, c->b.key, (struct slice){value, len}, vault_kv_kind(kv, c->a.key), &carried);
    NEXT(status, put_values(s, &c->b, carried));
    s->env = source_env;
    vault_kv_free(carried);
    vault_kv_free(kv);
    if (status != STATUS_OK || !c->move)
        return status;
    err = vault_value_delete(s->v, s->env, c->a.secret, c->a.key, VAULT_MISSING_ERROR);
    return session_check(s, err);
}

static enum status transfer_secret(struct transfer *c)
{
    struct session *s = c->s;
    vault_err err;

    if (c->move && strcmp(c->env, s->env) == 0) {
        err = vault_secret_rename(s->v, s->env, c->from, c->to);
    } else {
        err = vault_secret_copy(s->v, s->env, c->from, c->env, c->to);
        if (err == VAULT_OK && c->move)
            err = vault_secret_delete(s->v, s->env, c->from, VAULT_MISSING_ERROR);
    }
    return err == VAULT_OK ? STATUS_OK : key_path_error(s, err, c->from, NULL);
}

static enum status run_transfer(const struct args *args, bool move)
{
    struct session s;
    struct transfer c = {.s = &s, .from = args->operands[0], .move = move};
    struct buf dangerous = {0};
    enum status status = session_open(&s, args, NEEDS_KEY);
    vault_err err;

    c.to = args->count > 1 ? args->operands[1] : c.from;
    c.env = args_last(args, OPT_TO) ? args_last(args, OPT_TO) : s.env;
    if (status == STATUS_OK && strcmp(c.from, c.to) == 0 && strcmp(c.env, s.env) == 0)
        status = say_error(STATUS_USAGE, "it has that name already");
    if (status == STATUS_OK && args_has(args, OPT_TO) &&
        (err = vault_pin(s.v, c.env, NULL)) != VAULT_OK)
        status = session_error(&s, err);
    NEXT(status, open_env(&s));
    NEXT(status, check_transfer(&c));
    NEXT(status, confirm_readers(&s, c.env));
    NEXT(status, lock(&s));
    if (status == STATUS_OK)
        status =
            check_transfer(&c); /* checked again: the file may have changed before it was locked */
    NEXT(status, c.is_key ? transfer_key(&c) : transfer_secret(&c));
    NEXT(status, session_save(&s));
    if (status == STATUS_OK && c.is_key)
        dangerous_add(&dangerous, c.b.key);
    dangerous_note(&dangerous);
    session_close(&s);
    return status;
}

enum status run_rename(const struct args *args)
{
    return run_transfer(args, true);
}

enum status run_copy(const struct args *args)
{
    return run_transfer(args, false);
}
