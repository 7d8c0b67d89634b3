/* list: the names of secrets and variables, for people and for programs. */
#include "inbox.h"
#include "opens.h"
#include "run/pager.h"
#include "sources.h"
#include "table.h"
#include "ui/columns.h"
#include "ui/json.h"
#include "ui/say.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

struct listing {
    struct session s;
    bool json, all; /* all: of several environments */
    const char **envs;
    size_t env_count;
    const char *pattern; /* NULL: all; it may be the name of a secret */
    size_t found;        /* names */
    struct columns columns;
    struct buf out;
};

/* ---- secrets ---- */

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

/* The options that select secrets, which check_options has checked. */
static vault_err list_of(struct session *s, const char *env, vault_secrets **list)
{
    const char *max = args_last(s->args, OPT_MAX), *before = args_last(s->args, OPT_CREATED_BEFORE);
    int64_t limit = 0;

    if (before)
        text_day_read(slice_of(before), &limit);
    return vault_secret_list(s->v, env, limit, max ? strtoul(max, NULL, 10) : 0, list);
}

static void add_secret(struct listing *l, const char *env, const vault_secret_entry *e)
{
    struct columns *c = &l->columns;

    if (l->json) {
        add_json_secret(&l->out, env, e);
        return;
    }
    if (l->all)
        buf_printf(&c->cells, "%s/", env);
    columns_add(c, slice_of(e->name));
    buf_printf(&c->cells, "%zu%s", e->values,
               c->width         ? ""
               : e->values == 1 ? " value"
                                : " values");
    columns_next(c);
    columns_date(c, e->created_at);
    columns_add(c, slice_of(e->created_by));
}

static vault_err add_secrets(struct listing *l, const char *env)
{
    vault_secrets *list = NULL;
    vault_err err = list_of(&l->s, env, &list);

    for (size_t i = 0; i < vault_secrets_count(list); i++)
        add_secret(l, env, vault_secrets_at(list, i));
    vault_release(list);
    return err;
}

static enum status check_options(const struct args *a)
{
    const char *max = args_last(a, OPT_MAX), *date = args_last(a, OPT_CREATED_BEFORE);
    int64_t ignored;
    uint64_t number;

    if (args_has(a, OPT_ORIGIN) && (args_has(a, OPT_ALL) || args_has(a, OPT_NAMES)))
        return say_error(STATUS_USAGE, "--origin takes neither --all nor --names");
    if (max && (!text_number(slice_of(max), SIZE_MAX, &number) || number == 0))
        return say_error(STATUS_USAGE, "--max takes a number");
    if (date && !text_day_read(slice_of(date), &ignored))
        return say_error(STATUS_USAGE,
                         "--created-before takes a date, 2026-01-31 or 2026-01-31T12:00:00Z");
    return STATUS_OK;
}

/* Calls this for each environment. */
static enum status for_envs(struct listing *l, vault_err (*add)(struct listing *l, const char *env))
{
    const char **all = NULL;
    vault_err err = VAULT_OK;
    enum status status;

    if (args_has(l->s.args, OPT_ALL))
        err = vault_env_list(l->s.v, &all, &l->env_count);
    for (size_t i = 0; err == VAULT_OK && i < l->env_count; i++) {
        l->s.env = all ? all[i] : l->envs[i]; /* for the hints */
        err = add(l, l->s.env);
    }
    status = session_check(&l->s, err);
    vault_release(all);
    l->s.env = l->envs[0];
    return status;
}

/* ---- names that match a pattern ---- */

/* Whether all of the text matches, case ignored; "*" is any text. */
static bool matches(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = text;

    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (tolower((unsigned char)*pattern) == tolower((unsigned char)*text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static bool can_match(const char *pattern)
{
    return strlen(pattern) <= VAULT_NAME_MAX + 1 + VAULT_VARIABLE_MAX &&
           !pattern[strspn(pattern, LETTERS "_-/*")] && pattern[strcspn(pattern, LETTERS "_*")];
}

/* Without a "*" the pattern may be any part of SECRET/NAME; otherwise it is all of that or of
 * NAME. */
static bool is_wanted(const char *pattern, const char *path)
{
    if (!pattern)
        return true;
    if (strchr(pattern, '*'))
        return matches(pattern, path) || matches(pattern, strchr(path, '/') + 1);
    for (; *path; path++)
        if (strncasecmp(path, pattern, strlen(pattern)) == 0)
            return true;
    return false;
}

static void add_name(struct listing *l, const char *env, const char *secret, const char *name)
{
    char path[VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 2];

    snprintf(path, sizeof path, "%s/%s", secret, name);
    if (!is_wanted(l->pattern, path))
        return;
    l->found++;
    if (l->json) {
        json_item(&l->out);
        json_word(&l->out, "env", env);
        json_word(&l->out, "secret", secret);
        json_word(&l->out, "key", name);
        buf_add_text(&l->out, "}");
    } else {
        buf_printf(&l->out, "%s%s%s\n", l->all ? env : "", l->all ? "/" : "", path);
    }
}

/* Verifies the environment if a key is at hand: a name that is missing may have been removed by an
 * attacker. Names need no key, so nothing is asked. */
static vault_err verify_names(struct listing *l, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_err err;

    if (!args_has(l->s.args, OPT_VERIFY))
        vault_set_prompt(l->s.v, NULL, NULL);
    err = vault_fingerprint(l->s.v, env, fingerprint);
    if (!is_locked(err) || l->s.key_given || args_has(l->s.args, OPT_VERIFY))
        return err;
    say_note("no key here opens %s: its names are unverified", env);
    return VAULT_OK;
}

static vault_err add_names(struct listing *l, const char *env)
{
    vault_secrets *list = NULL;
    vault_err err = list_of(&l->s, env, &list);

    if (err == VAULT_OK)
        err = verify_names(l, env);
    for (size_t i = 0; i < vault_secrets_count(list) && err == VAULT_OK; i++) {
        const char *secret = vault_secrets_at(list, i)->name, **names = NULL;
        size_t count = 0;

        err = vault_value_list(l->s.v, env, secret, &names, &count);
        for (size_t j = 0; j < count; j++)
            add_name(l, env, secret, names[j]);
        vault_release(names);
    }
    vault_release(list);
    return err;
}

static enum status list_names(struct listing *l)
{
    enum status status = for_envs(l, add_names);

    if (status != STATUS_OK || l->found || !l->pattern)
        return status;
    if (!l->all && text_is_name(slice_of(l->pattern))) /* it may be a secret's name, mistyped */
        return key_path_error(&l->s, secret_look(&l->s, l->s.env, l->pattern), l->pattern, NULL);
    say_error(STATUS_ABSENT, "no name matches %s%s%s", l->pattern, l->all ? "" : " in ",
              l->all ? "" : l->s.env);
    say_hint("{program} list --names%s%s", l->all ? " --all" : " -e ", l->all ? "" : l->s.env);
    return STATUS_ABSENT;
}

/* ---- the variables of a secret ---- */

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

static void add_key(struct columns *c, const struct shown *k)
{
    columns_add(c, slice_of(k->name));
    if (k->entry) {
        columns_date(c, k->entry->updated_at);
        columns_add(c, slice_of(k->entry->author));
    } else {
        columns_next(c);
        columns_next(c);
    }
    if (k->text) {
        buf_add_text(&c->cells, k->entry ? "open " : "unverified, open ");
        opens_add_text(&c->cells, k->text);
    } else if (!k->entry) {
        buf_add_text(&c->cells, "unverified, sealed");
    } else if (k->entry->kind == VAULT_KIND_TEMPLATE) {
        buf_add_text(&c->cells, "template");
    }
    columns_next(c);
}

static vault_err add_shown(struct listing *l, const char *secret, struct shown *k)
{
    char *text = NULL;
    vault_err err = vault_open_text(l->s.v, l->s.env, secret, k->name, &text);

    if (err != VAULT_OK)
        return err;
    k->text = text;
    if (l->json)
        add_json_key(&l->out, k);
    else
        add_key(&l->columns, k);
    vault_release(text);
    return VAULT_OK;
}

/* No key here opens the environment: lists what the file shows of the secret. */
static enum status list_unverified(struct listing *l, const char *secret)
{
    struct session *s = &l->s;
    const char **names = NULL;
    size_t count;
    vault_err err = vault_value_list(s->v, s->env, secret, &names, &count);

    if (err != VAULT_OK)
        return key_path_error(s, err, secret, NULL);
    say_note("no key here opens %s: what the file shows is unverified", s->env);
    for (size_t i = 0; i < count && err == VAULT_OK; i++)
        err = add_shown(l, secret, &(struct shown){.name = names[i]});
    vault_release(names);
    return session_check(s, err);
}

static enum status list_keys(struct listing *l, const char *secret)
{
    struct session *s = &l->s;
    vault_values *keys;
    vault_err err = vault_secret_info(s->v, s->env, secret, &keys);

    if (is_locked(err) && !s->key_given && !args_has(s->args, OPT_VERIFY))
        return list_unverified(l, secret);
    if (err != VAULT_OK)
        return key_path_error(s, err, secret, NULL);
    for (size_t i = 0; i < vault_values_count(keys) && err == VAULT_OK; i++) {
        const vault_value_entry *key = vault_values_at(keys, i);

        err = add_shown(l, secret, &(struct shown){.name = key->name, .entry = key});
    }
    vault_release(keys);
    return session_check(s, err);
}

/* ---- what exec would take ---- */

static void add_origin(struct listing *l, const vault_selected *e)
{
    struct columns *c = &l->columns;

    if (l->json) {
        json_item(&l->out);
        json_word(&l->out, "key", e->name);
        json_word(&l->out, "env", e->env);
        json_word(&l->out, "secret", e->secret);
        buf_add_text(&l->out, "}");
        return;
    }
    columns_add(c, slice_of(e->name));
    buf_printf(&c->cells, "%s/%s", e->env, e->secret);
    columns_next(c);
}

/* As export --format=example: verified if a key is at hand. */
static enum status list_origins(struct listing *l)
{
    struct session *s = &l->s;
    vault_select_rules rules = {.size = sizeof rules,
                                .secrets = l->pattern ? &l->pattern : NULL,
                                .secret_count = l->pattern ? 1 : 0};
    vault_selection *selection = NULL;
    vault_err err;

    if (session_lay(s) != STATUS_OK)
        return STATUS_FAILED;
    err = vault_select(s->v, s->env, &rules, &selection);
    if (is_locked(err) && !s->key_given && !args_has(s->args, OPT_VERIFY)) {
        say_note("no key here opens %s: its names are unverified", s->env);
        rules.keyless = VAULT_KEYLESS_NAMES;
        err = vault_select(s->v, s->env, &rules, &selection);
    }
    for (size_t i = 0; i < vault_selection_count(selection); i++)
        add_origin(l, vault_selection_at(selection, i));
    vault_selection_free(selection);
    return err == VAULT_OK ? STATUS_OK
           : l->pattern    ? key_path_error(s, err, l->pattern, NULL)
                           : session_error(s, err);
}

/* ---- list ---- */

static vault_err verify_env(struct listing *l, const char *env)
{
    return vault_verify(l->s.v, env, NULL, NULL);
}

static enum status list(struct listing *l)
{
    bool names = args_has(l->s.args, OPT_NAMES) || (l->pattern && l->all);

    if (args_has(l->s.args, OPT_ORIGIN))
        return list_origins(l);
    if (!names && !l->pattern)
        return for_envs(l, add_secrets);
    if (l->pattern && !can_match(l->pattern)) {
        say_error(STATUS_USAGE, "this can be no part of a name");
        say_hint("{program} list -h");
        return STATUS_USAGE;
    }
    if (!names && secret_look(&l->s, l->s.env, l->pattern) == VAULT_OK)
        return list_keys(l, l->pattern);
    return list_names(l);
}

/* Says how many proposals wait in the environments that are listed. */
static vault_err note_waiting(struct listing *l, const char *env)
{
    struct buf waiting = {0};

    inbox_add_waiting(l->s.v, env, &waiting);
    if (waiting.len > 0)
        say_note("%s", buf_text(&waiting, "proposals wait"));
    buf_free(&waiting);
    return VAULT_OK;
}

enum status run_list(const struct args *args)
{
    static const char *const of_secrets[] = {"SECRET", "VARIABLES", "CREATED", "BY"};
    static const char *const of_keys[] = {"NAME", "CHANGED", "BY", "KEPT"};
    static const char *const of_origins[] = {"NAME", "FROM"};
    struct listing l = {.json = args_has(args, OPT_JSON),
                        .all = args_has(args, OPT_ALL) || args_several(args, OPT_ENV),
                        .pattern = args->count > 0 ? args->operands[0] : NULL};
    bool verify = args_has(args, OPT_VERIFY), origin = args_has(args, OPT_ORIGIN),
         needs_key = l.pattern || verify || origin || args_has(args, OPT_NAMES);
    enum status status = check_options(args);

    if (status != STATUS_OK)
        return status;
    columns_begin(&l.columns,
                  origin      ? of_origins
                  : l.pattern ? of_keys
                              : of_secrets,
                  origin ? 2 : 4);
    pager_start(args);
    status = session_open(&l.s, args, needs_key ? NEEDS_KEY : NEEDS_FILE);
    NEXT(status, session_envs(&l.s, &l.envs, &l.env_count));
    if (status == STATUS_OK && verify)
        status = for_envs(&l, verify_env);
    buf_add_text(&l.out, l.json ? "[" : "");
    NEXT(status, list(&l));
    NEXT(status, for_envs(&l, note_waiting));
    columns_write(&l.columns, &l.out);
    if (l.json)
        json_end(&l.out);
    NEXT(status, pager_write(NULL, &l.out));
    pager_end();
    buf_free(&l.out);
    columns_free(&l.columns);
    free(l.envs);
    session_close(&l.s);
    return status;
}
