/* Secrets and their values: create, update, set, get, restore, delete, rename, copy. */
#include "dangerous.h"
#include "git/former.h"
#include "inbox.h"
#include "opens.h"
#include "readers.h"
#include "sources.h"
#include "table.h"
#include "templates.h"
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

struct cased {
    const char *name;
    bool is_new;
};

/* Names that differ only in case are neighbours; of one name twice, the old one comes first. */
static int by_case(const void *left, const void *right)
{
    const struct cased *a = left, *b = right;
    int order = strcasecmp(a->name, b->name);

    if (order == 0)
        order = strcmp(a->name, b->name);
    return order ? order : a->is_new - b->is_new;
}

static void note_cased(struct cased *names, size_t count, const char *env)
{
    const struct cased *last = NULL;

    qsort(names, count, sizeof *names, by_case);
    for (size_t i = 0; i < count; i++) {
        if (last && strcmp(last->name, names[i].name) == 0)
            continue;
        if (last && names[i].is_new)
            note_if_case(names[i].name, last->name, env);
        else if (last && last->is_new)
            note_if_case(last->name, names[i].name, env);
        last = &names[i];
    }
}

/* Notes new names that differ from others in the secret only in case. */
static void note_case_of_names(struct session *s, const char *secret, const vault_kv *kv)
{
    const char **old = NULL;
    size_t count = 0, added = vault_kv_count(kv);

    if (vault_value_list(s->v, s->env, secret, &old, &count) != VAULT_OK)
        count = 0;
    struct cased *names = calloc(count + added + 1, sizeof *names);
    for (size_t i = 0; names && i < count; i++)
        names[i] = (struct cased){old[i], false};
    for (size_t i = 0; names && i < added; i++)
        names[count + i] = (struct cased){vault_kv_at(kv, i).name, true};
    if (names)
        note_cased(names, count + added, s->env);
    free(names);
    vault_release(old);
}

/* The same for a new secret, which is compared with the other secrets. */
static void note_case(struct session *s, const char *secret, const vault_kv *kv)
{
    vault_secrets *list = NULL;

    if (secret_look(s, s->env, secret) != VAULT_OK &&
        vault_secret_list(s->v, s->env, 0, 0, &list) == VAULT_OK)
        for (size_t i = 0; i < vault_secrets_count(list); i++)
            note_if_case(secret, vault_secrets_at(list, i)->name, s->env);
    vault_release(list);
    note_case_of_names(s, secret, kv);
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

/* What a verb does to the variables of a secret. */
struct changes {
    bool is_new;
    size_t added, changed, deleted;
};

static bool is_same(const vault_kv *old, const vault_kv *kv, vault_pair pair)
{
    size_t len;
    const char *value = vault_kv_get(old, pair.name, &len);

    vault_kind kind = vault_kv_kind(kv, pair.name);

    return value && len == pair.len && memcmp(value, pair.value, len) == 0 &&
           (kind == VAULT_KIND_ANY || kind == vault_kv_kind(old, pair.name));
}

static void count_changes(struct session *s, const char *secret, const vault_kv *kv, bool replaces,
                          struct changes *c)
{
    vault_kv *old = NULL;
    size_t kept = 0;

    *c = (struct changes){.is_new = vault_secret_stored(s->v, s->env, secret, &old) != VAULT_OK};
    for (size_t i = 0; i < vault_kv_count(kv); i++) {
        vault_pair pair = vault_kv_at(kv, i);
        bool there = vault_kv_get(old, pair.name, NULL) != NULL;

        kept += there;
        c->added += !there;
        c->changed += there && !is_same(old, kv, pair);
    }
    c->deleted = replaces ? vault_kv_count(old) - kept : 0;
    vault_kv_free(old);
}

static void say_changes(const struct session *s, const char *secret, const struct changes *c)
{
    if (c->is_new)
        say_note("made %s in %s: %zu variable%s", secret, s->env, c->added,
                 c->added == 1 ? "" : "s");
    else
        say_note("%s in %s: added %zu, changed %zu, deleted %zu", secret, s->env, c->added,
                 c->changed, c->deleted);
}

static enum status create_or_update(const struct args *args, bool update)
{
    vault_kv *kv = NULL;
    struct session s;
    struct changes changes;
    bool settled = false, changed = false;
    enum status status = session_open(&s, args, NEEDS_KEY);

    if (status == STATUS_OK && args_has(args, OPT_KIND))
        status = rehearse(&s, update);
    if (status == STATUS_OK && args_has(args, OPT_KIND))
        status = look_whether_settled(&s, update, &settled);
    if (status == STATUS_OK && !settled)
        status = sources_read(&s, args->operands + 1, args->count - 1, &kv);
    if (status == STATUS_OK && !settled)
        status = opens_mark(&s, args->operands[0], kv);
    if (status == STATUS_OK && !settled) {
        note_case(&s, args->operands[0], kv);
        count_changes(&s, args->operands[0], kv, !update && args_has(args, OPT_FORCE), &changes);
        status = store(&s, update, kv);
        changed = vault_changed(s.v) != 0;
    }
    NEXT(status, session_save(&s));
    if (status == STATUS_OK && changed)
        say_changes(&s, args->operands[0], &changes);
    if (status == STATUS_OK && kv) {
        note_dangerous(kv);
        sources_hint_files(args);
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

enum effect { NO_EFFECT, ADDS_SECRET, ADDS, CHANGES };

struct assignment {
    const char *env;
    struct key_path path;
    vault_kv *kv;
    vault_kind was;
    enum effect effect;
};

/* MUST NOT: show the word, which may be a value. */
static enum status no_key(void)
{
    say_error(STATUS_USAGE, "expected NAME or SECRET/NAME, with or without =VALUE");
    say_hint("a name has letters, digits and _, and does not begin with a digit: {program} set -h");
    return STATUS_USAGE;
}

/* The value of the same word in the first environment, so that it is asked for only once; another
 * one if it is generated. */
static enum status copy_value(struct session *s, const struct assignment *first, const char *typed,
                              struct buf *value)
{
    size_t len;
    const char *from = vault_kv_get(first->kv, first->path.key, &len);

    if (args_has(s->args, OPT_GENERATE))
        return value_of(s, first->path.key, typed, value);
    buf_add(value, from, len);
    return buf_ok(value) ? STATUS_OK : say_no_memory();
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

    if (args_has(args, OPT_OPEN) + args_has(args, OPT_SEALED) + args_has(args, OPT_TEMPLATE) > 1)
        return say_error(STATUS_USAGE, "--open, --sealed and --template contradict each other");
    if (args_has(args, OPT_PROPOSE) &&
        (args_has(args, OPT_OPEN) || args_has(args, OPT_SEALED) || args_has(args, OPT_TEMPLATE)))
        return say_error(STATUS_USAGE, "a proposal takes no kind: a reader decides");
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

/* first: what the word means in the first environment; NULL: this is it. */
static enum status read_assignment(struct session *s, const char *word, bool proposes,
                                   const struct assignment *first, struct assignment *a)
{
    const char *equals = strchr(word, '=');
    struct buf value = BUF_SECRET;
    vault_kind kind = VAULT_KIND_SEALED;
    enum status status;

    a->env = s->env;
    if (!read_path(word, &a->path))
        return no_key();
    status = key_path_find(s, &a->path, true);
    if (status == STATUS_ABSENT) {
        strcpy(a->path.secret, DEFAULT_SECRET);
        status = STATUS_OK;
    }
    if (!proposes)
        NEXT(status, opens_decide(s, a->path.secret, a->path.key, &kind, &a->was));
    if (first)
        NEXT(status, copy_value(s, first, equals ? equals + 1 : NULL, &value));
    else
        NEXT(status, value_of(s, a->path.key, equals ? equals + 1 : NULL, &value));
    if (status == STATUS_OK && kind == VAULT_KIND_OPEN)
        status = opens_check(s, a->path.key, buf_slice(&value));
    NEXT(status, make_kv(s, a->path.key, buf_slice(&value), kind, &a->kv));
    buf_free(&value);
    return status;
}

/* What a value was before is no longer true of it. */
static void note_kinds(struct session *s, const struct assignment *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct assignment *a = &list[i];
        vault_kind kind = vault_kv_kind(a->kv, a->path.key);

        s->env = a->env;
        if (a->was == VAULT_KIND_OPEN && kind != VAULT_KIND_OPEN)
            opens_note_sealed(s, a->path.secret, a->path.key);
        if (a->was == VAULT_KIND_TEMPLATE && kind != VAULT_KIND_TEMPLATE)
            say_note("%s/%s was a template, and is a plain value now", a->path.secret, a->path.key);
    }
}

static enum effect effect_of(struct session *s, const struct assignment *a)
{
    vault_kv *old = NULL;
    bool is_new = vault_secret_stored(s->v, a->env, a->path.secret, &old) != VAULT_OK;
    enum effect effect = is_new                                       ? ADDS_SECRET
                         : !vault_kv_get(old, a->path.key, NULL)      ? ADDS
                         : is_same(old, a->kv, vault_kv_at(a->kv, 0)) ? NO_EFFECT
                                                                      : CHANGES;

    vault_kv_free(old);
    return effect;
}

static void say_set(const struct assignment *a)
{
    static const char *const done[] = {
        [ADDS_SECRET] = "added", [ADDS] = "added", [CHANGES] = "changed"};

    if (a->effect != NO_EFFECT)
        say_note("%s %s/%s in %s%s", done[a->effect], a->path.secret, a->path.key, a->env,
                 a->effect == ADDS_SECRET ? ": a new secret" : "");
}

/* All or none: they are saved at once. */
static enum status put_all(struct session *s, struct assignment *list, size_t count)
{
    enum status status = lock(s);
    struct buf dangerous = {0};
    bool changed;

    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        s->env = list[i].env;
        list[i].effect = effect_of(s, &list[i]);
        status = put_values(s, &list[i].path, list[i].kv);
    }
    changed = vault_changed(s->v) != 0;
    NEXT(status, session_save(s));
    for (size_t i = 0; i < count && changed && status == STATUS_OK; i++)
        say_set(&list[i]);
    if (changed && status == STATUS_OK)
        note_kinds(s, list, count);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        dangerous_add(&dangerous, list[i].path.key);
    dangerous_note(&dangerous);
    return status;
}

static enum status propose_all(struct session *s, const struct assignment *list, size_t count)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct key_path *path = &list[i].path;
        vault_pair pair = vault_kv_at(list[i].kv, 0);

        status = session_check(
            s, vault_propose(s->v, s->env, path->secret, path->key, pair.value, pair.len));
    }
    NEXT(status, session_save(s));
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        say_note("proposed %s/%s to the readers of %s", list[i].path.secret, list[i].path.key,
                 s->env);
    return status;
}

/* Opens the environment, or finds that the values are to be proposed. */
static enum status open_or_propose(struct session *s, bool *proposes)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_err err = *proposes ? VAULT_OK : vault_fingerprint(s->v, s->env, fingerprint);

    if (err == VAULT_OK && !*proposes)
        return STATUS_OK;
    if (!*proposes && (args_has(s->args, OPT_OPEN) || args_has(s->args, OPT_SEALED) ||
                       args_has(s->args, OPT_TEMPLATE)))
        return session_error(s, err);
    if (!*proposes && inbox_offer(s, err) != STATUS_OK)
        return status_of(err);
    *proposes = true;
    return inbox_accept_key(s);
}

static bool is_empty(struct session *s)
{
    vault_secrets *list;
    bool empty =
        vault_secret_list(s->v, s->env, 0, 1, &list) == VAULT_OK && vault_secrets_count(list) == 0;

    vault_release(list);
    return empty;
}

/* The words in each environment, one environment after another. */
static enum status read_assignments(struct session *s, const char *const *envs, size_t count,
                                    bool proposes, struct assignment *list)
{
    size_t words = (size_t)s->args->count;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count * words && status == STATUS_OK; i++) {
        s->env = envs[i / words];
        status = read_assignment(s, s->args->operands[i % words], proposes,
                                 i < words ? NULL : &list[i % words], &list[i]);
    }
    return status;
}

/* Before anything is asked. */
static enum status open_all(struct session *s, const char *const *envs, size_t count,
                            bool *proposes)
{
    enum status status = STATUS_OK;

    if (count == 1)
        return open_or_propose(s, proposes);
    if (*proposes)
        return say_error(STATUS_USAGE, "--propose takes one environment");
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        s->env = envs[i];
        status = open_env(s);
    }
    return status;
}

enum status run_set(const struct args *args)
{
    struct session s;
    struct assignment *list = NULL;
    const char **envs = NULL, *env = args_last(args, OPT_ENV);
    size_t count = 0, env_count = 0;
    bool first, proposes = args_has(args, OPT_PROPOSE);
    enum status status = check_operands(args);

    if (status != STATUS_OK)
        return status;
    status = session_open(&s, args, proposes ? NEEDS_FILE : NEEDS_KEY);
    first = status == STATUS_OK && is_empty(&s);
    NEXT(status, session_envs(&s, &envs, &env_count));
    if (status == STATUS_OK) {
        count = env_count * (size_t)args->count;
        list = calloc(count, sizeof *list);
        status = list ? STATUS_OK : say_no_memory();
    }
    NEXT(status, open_all(&s, envs, env_count, &proposes));
    NEXT(status, read_assignments(&s, envs, env_count, proposes, list));
    NEXT(status, proposes ? propose_all(&s, list, count) : put_all(&s, list, count));
    if (status == STATUS_OK)
        sources_hint_history(args->operands, args->count);
    if (status == STATUS_OK && first && env_count == 1 && !proposes)
        say_hint("{program} exec%s%s -- env", env ? " -e " : "", env ? env : "");
    for (size_t i = 0; list && i < count; i++)
        vault_kv_free(list[i].kv);
    free(list);
    free(envs);
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

/* The value now, or in the revision that --rev names. */
static enum status get_verified(struct session *s, const struct key_path *path, vault_kv **kv)
{
    const char *revision = args_last(s->args, OPT_REV);
    struct former former = {.stored = false};
    enum status status;
    vault_err err;

    if (revision) {
        status = former_find(s, path->secret, path->key, revision, &former);
        *kv = former.kv;
        return status;
    }
    err = vault_value_get(s->v, s->env, path->secret, path->key, kv);
    if (err != VAULT_OK && vault_error_reason(s->v) == VAULT_REASON_TEMPLATE_MISSING)
        return session_error(s, err);
    return err == VAULT_OK ? STATUS_OK : key_path_error(s, err, path->secret, path->key);
}

enum status run_get(const struct args *args)
{
    struct key_path path;
    struct session s;
    vault_kv *kv = NULL;
    const char *value = NULL;
    size_t len = 0;
    enum status status;

    if (!key_path_read(args->operands[0], &path))
        return STATUS_USAGE;
    if (args_has(args, OPT_UNVERIFIED) && args_has(args, OPT_REV))
        return say_error(STATUS_USAGE, "--unverified and --rev contradict each other");
    if (args_has(args, OPT_UNVERIFIED))
        return get_unverified(args, &path);
    status = session_open(&s, args, NEEDS_KEY);
    if (status == STATUS_OK) /* verifies the names: one that is missing may have been removed by an
                                attacker */
        status = open_env(&s);
    NEXT(status, key_path_find(&s, &path, false));
    NEXT(status, get_verified(&s, &path, &kv));
    if (status == STATUS_OK) {
        value = vault_kv_get(kv, path.key, &len);
        status = print_value(args, (struct slice){value, len});
    }
    vault_kv_free(kv);
    session_close(&s);
    return status;
}

/* ---- restore ---- */

/* MUST NOT: make a value readable in the file that was sealed then or is sealed now. */
static enum status keep_sealed(struct session *s, const struct key_path *path, vault_kv *former)
{
    vault_kv *now = NULL;
    vault_err err = vault_secret_stored(s->v, s->env, path->secret, &now);

    if (err == VAULT_ABSENT)
        return STATUS_OK;
    if (err == VAULT_OK && vault_kv_get(now, path->key, NULL) &&
        vault_kv_kind(former, path->key) == VAULT_KIND_OPEN &&
        vault_kv_kind(now, path->key) != VAULT_KIND_OPEN)
        err = vault_kv_set_kind(s->v, former, path->key, VAULT_KIND_SEALED);
    vault_kv_free(now);
    return session_check(s, err);
}

enum status run_restore(const struct args *args)
{
    const char *revision = args->count > 1 ? args->operands[1] : NULL;
    struct former former = {.stored = true};
    struct key_path path;
    struct session s;
    bool changed = false;
    enum status status;

    if (!key_path_read(args->operands[0], &path))
        return STATUS_USAGE;
    status = session_open(&s, args, NEEDS_KEY);
    NEXT(status, open_env(&s));
    NEXT(status, key_path_find(&s, &path, false));
    NEXT(status, former_find(&s, path.secret, path.key, revision, &former));
    NEXT(status, lock(&s));
    NEXT(status, keep_sealed(&s, &path, former.kv));
    NEXT(status, put_values(&s, &path, former.kv));
    if (status == STATUS_OK)
        changed = vault_changed(s.v) != 0;
    NEXT(status, session_save(&s));
    if (status == STATUS_OK && changed)
        say_note("set %s/%s in %s to its value in %s", path.secret, path.key, s.env,
                 revision ? revision : former.id);
    vault_kv_free(former.kv);
    session_close(&s);
    return status;
}

/* ---- delete ---- */

/* A secret or a variable that is to be deleted. */
struct doomed {
    bool is_there;
    struct key_path path; /* key "": the whole secret */
};

static enum status delete_one(struct session *s, const struct doomed *d)
{
    const struct key_path *path = &d->path;
    vault_missing missing =
        args_has(s->args, OPT_ALLOW_MISSING) ? VAULT_MISSING_IGNORE : VAULT_MISSING_ERROR;
    vault_err err;

    if (!d->is_there)
        return STATUS_OK; /* and may be missing */
    err = path->key[0] ? vault_value_delete(s->v, s->env, path->secret, path->key, missing)
                       : vault_secret_delete(s->v, s->env, path->secret, missing);
    return err == VAULT_OK ? STATUS_OK
                           : key_path_error(s, err, path->secret, path->key[0] ? path->key : NULL);
}

/* A word without '/' is a secret, or else a variable of any secret. */
static enum status find_word(struct session *s, const char *word, struct doomed *d)
{
    enum status status = has_secret(s, s->env, word, &d->is_there);

    if (status != STATUS_OK)
        return status;
    if (d->is_there) {
        snprintf(d->path.secret, sizeof d->path.secret, "%s", word);
        return STATUS_OK;
    }
    if (text_is_key(slice_of(word))) {
        strcpy(d->path.key, word);
        status = key_path_find(s, &d->path, true);
        d->is_there = status == STATUS_OK;
        if (status != STATUS_ABSENT)
            return status;
    }
    return args_has(s->args, OPT_ALLOW_MISSING)
               ? STATUS_OK
               : key_path_error(s, secret_look(s, s->env, word), word, NULL);
}

/* STATUS_ABSENT, after a message, if it is missing and may not be. */
static enum status find_doomed(struct session *s, const char *word, struct doomed *d)
{
    enum status status;

    *d = (struct doomed){.is_there = false};
    if (!strchr(word, '/'))
        return find_word(s, word, d);
    if (!key_path_read(word, &d->path))
        return STATUS_USAGE;
    status = key_path_is_there(s, &d->path, &d->is_there);
    return status != STATUS_OK || d->is_there || args_has(s->args, OPT_ALLOW_MISSING)
               ? status
               : key_path_absent(s, &d->path);
}

static void say_deleted(const char *env, const struct doomed *d)
{
    if (d->is_there)
        say_note("deleted %s%s%s from %s", d->path.secret, d->path.key[0] ? "/" : "", d->path.key,
                 env);
}

/* Looks for all of the operands, and asks about what there is of them. */
static enum status confirm_delete(struct session *s, struct doomed *list)
{
    const struct args *a = s->args;
    enum status status = STATUS_OK;
    const struct doomed *first = NULL;
    char question[2 * VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 64];
    int count = 0;

    for (int i = 0; i < a->count && status == STATUS_OK; i++) {
        status = find_doomed(s, a->operands[i], &list[i]);
        if (status == STATUS_OK && list[i].is_there && count++ == 0)
            first = &list[i];
    }
    if (status != STATUS_OK || count == 0)
        return status;
    snprintf(question, sizeof question, "delete %s%s%s%s from %.64s", first->path.secret,
             first->path.key[0] ? "/" : "", first->path.key, count > 1 ? " and the others" : "",
             s->env);
    return confirm(a, question);
}

/* Everything is looked for and asked before anything is deleted, and all of it is saved at once. */
enum status run_delete(const struct args *args)
{
    const char **envs = NULL;
    size_t count = 0, words = (size_t)args->count;
    struct doomed *list = NULL;
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);

    NEXT(status, session_envs(&s, &envs, &count));
    if (status == STATUS_OK && !(list = calloc(count * words, sizeof *list)))
        status = say_no_memory();
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        s.env = envs[i];
        status = open_env(&s);
        NEXT(status, confirm_delete(&s, list + i * words));
    }
    for (size_t i = 0; i < count * words && status == STATUS_OK; i++) {
        s.env = envs[i / words];
        status = delete_one(&s, &list[i]);
    }
    NEXT(status, session_save(&s));
    for (size_t i = 0; i < count * words && status == STATUS_OK; i++)
        say_deleted(envs[i / words], &list[i]);
    free(list);
    free(envs);
    session_close(&s);
    return status;
}

/* ---- rename, copy ---- */

/* Asks about readers who could read the copy but not the original. */
static enum status confirm_readers(struct session *s, const char *to)
{
    struct buf more = {0};
    char question[512];
    enum status status = STATUS_OK;
    vault_err err = VAULT_OK;

    if (strcmp(to, s->env) != 0)
        err = readers_gained(s->v, s->env, to, &more);
    if (err == VAULT_NO_MEMORY) {
        status = say_no_memory();
    } else if (err != VAULT_OK) {
        if (session_has_env(s->v, s->env))
            s->env = to; /* which the hint is about */
        status = session_error(s, err);
    } else if (more.len > 0) {
        snprintf(question, sizeof question, "let %.300s read it, who could not before",
                 buf_text(&more, ""));
        status = confirm(s->args, question);
    }
    buf_free(&more);
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
    vault_err err = vault_secret_stored(s->v, s->env, c->a.secret, &kv);

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
    if (err == VAULT_OK && strcmp(c->env, s->env) == 0)
        err = vault_proposal_carry(s->v, s->env, c->a.secret, c->a.key, c->b.secret, c->b.key);
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

static void say_transferred(const struct transfer *c)
{
    char from[VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 2], to[sizeof from];
    const char *slash = c->is_key ? "/" : "", *env = c->s->env;

    snprintf(from, sizeof from, "%s%s%s", c->is_key ? c->a.secret : c->from, slash, c->a.key);
    snprintf(to, sizeof to, "%s%s%s", c->is_key ? c->b.secret : c->to, slash, c->b.key);
    if (strcmp(env, c->env) == 0)
        say_note("%s %s to %s in %s", c->move ? "renamed" : "copied", from, to, env);
    else
        say_note("%s %s from %s to %s in %s", c->move ? "moved" : "copied", from, env, to, c->env);
}

static enum status run_transfer(const struct args *args, bool move)
{
    struct session s;
    struct transfer c = {.s = &s, .from = args->operands[0], .move = move};
    struct template_copy templates = {.s = &s};
    struct buf dangerous = {0};
    enum status status;
    vault_err err;

    if (args->count == 1 && !args_has(args, OPT_TO)) {
        say_error(STATUS_USAGE, "missing operand: B, the new name, or --to ENV");
        say_hint("{program} %s -h", args->verb->name);
        return STATUS_USAGE;
    }
    status = session_open(&s, args, NEEDS_KEY);
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
    templates.from = s.env;
    templates.to = c.env;
    templates.secret = c.is_key ? c.a.secret : c.from;
    templates.name = c.is_key ? c.a.key : NULL;
    NEXT(status, templates_confirm(&templates));
    NEXT(status, lock(&s));
    if (status == STATUS_OK)
        status =
            check_transfer(&c); /* checked again: the file may have changed before it was locked */
    NEXT(status, templates_check_shown(&templates));
    NEXT(status, c.is_key ? transfer_key(&c) : transfer_secret(&c));
    NEXT(status, session_save(&s));
    if (status == STATUS_OK)
        say_transferred(&c);
    if (status == STATUS_OK && c.is_key)
        dangerous_add(&dangerous, c.b.key);
    dangerous_note(&dangerous);
    buf_free(&templates.texts);
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
