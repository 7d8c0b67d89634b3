/* exposed: values that a former reader could read and that have not changed. One that was changed
 * and changed back, or that has another name or secret now, is still exposed. Open values are not:
 * they are no secret. */
#include "exposed.h"

#include "git/access_log.h"
#include "git/difference.h"
#include "table.h"
#include "ui/fit.h"
#include "ui/json.h"
#include "ui/near.h"
#include "ui/say.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The readers of an environment now. */
struct today {
    vault_readers *readers;
};

/* A current value. */
struct current {
    char env[VAULT_NAME_MAX + 1], secret[VAULT_NAME_MAX + 1], key[VAULT_VARIABLE_MAX + 1];
    size_t line; /* 1 + the index of its environment */
    struct access_log_value value;
    size_t commit; /* of the holding that is judged: 1 + the first commit in which it was seen */
    /* Of a template: what it makes, and the indices of all variables in that. */
    bool is_template, has_result;
    struct access_log_value result;
    size_t result_commit, *sources, source_count;
};

struct exposed {
    struct session s;
    struct history h;
    struct access_log seen;
    const char *env, *name; /* NULL: all, everyone */
    bool json, failed;
    const char **envs; /* their names */
    struct today *todays;
    size_t today_count;
    struct current *currents;
    size_t current_count;
    struct hashtable told;
    size_t found;
    struct buf out;
    exposed_tell *tell; /* NULL: `out` */
    void *user;
};

/* ---- the current version ---- */

static void add_current(void *user, const vault_difference *d)
{
    struct exposed *x = user;
    struct current *all, c = {.line = x->today_count};

    if (d->part != VAULT_PART_VALUE || !d->after->value || d->after->kind == VAULT_KIND_OPEN)
        return;
    all = list_grow(x->currents, x->current_count, sizeof *all);
    if (!all) {
        x->failed = true;
        return;
    }
    x->currents = all;
    strcpy(c.env, d->env);
    strcpy(c.secret, d->secret);
    strcpy(c.key, d->name);
    c.value = access_log_hash(&x->seen, d->name, d->after->value, d->after->len);
    c.is_template = d->after->kind == VAULT_KIND_TEMPLATE;
    all[x->current_count++] = c;
}

static size_t find_current(const struct exposed *x, const struct current *like,
                           const vault_selected *source)
{
    size_t i = 0;

    while (i < x->current_count && !(x->currents[i].line == like->line &&
                                     strcmp(x->currents[i].secret, source->secret) == 0 &&
                                     strcmp(x->currents[i].key, source->name) == 0))
        i++;
    return i;
}

static bool add_source(struct current *c, size_t place)
{
    size_t *all = list_grow(c->sources, c->source_count, sizeof *all);

    if (!all)
        return false;
    c->sources = all;
    all[c->source_count++] = place;
    return true;
}

/* A template that cannot be resolved makes nothing. */
static vault_err add_result(struct exposed *x, struct current *c)
{
    const char *secret = c->secret, *key = c->key;
    const vault_select_rules rules = {
        .size = sizeof rules, .secrets = &secret, .secret_count = 1, .only = &key, .only_count = 1};
    const vault_selected *made, *source;
    vault_selection *s = NULL;
    vault_err err = vault_select(x->s.v, c->env, &rules, &s);

    made = vault_selection_at(s, 0);
    c->has_result = made != NULL;
    if (made)
        c->result = access_log_hash(&x->seen, c->key, made->value, made->len);
    for (size_t i = 0; (source = vault_selection_source_at(s, i)); i++) {
        size_t place = find_current(x, c, source);

        if (place < x->current_count && !add_source(c, place))
            err = VAULT_NO_MEMORY;
    }
    vault_selection_free(s);
    return err == VAULT_NO_MEMORY ? err : VAULT_OK;
}

static vault_err add_results(struct exposed *x)
{
    vault_err err = VAULT_OK;

    for (size_t i = 0; i < x->current_count && err == VAULT_OK; i++)
        if (x->currents[i].line == x->today_count && x->currents[i].is_template)
            err = add_result(x, &x->currents[i]);
    return err;
}

static vault_err add_keys(struct exposed *x, const char *env, const char *fingerprint)
{
    vault_past_keys *past;
    vault_err err = vault_past_list(x->s.v, env, &past);

    if (err != VAULT_OK)
        return err;
    access_log_add_env(&x->seen, env);
    access_log_add_key(&x->seen, fingerprint);
    for (size_t i = 0; i < vault_past_keys_count(past); i++)
        access_log_add_key(&x->seen, vault_past_keys_at(past, i)->fingerprint);
    vault_release(past);
    return VAULT_OK;
}

static enum status open_today(struct exposed *x, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    struct today *all, *t;
    vault_err err = vault_fingerprint(x->s.v, env, fingerprint);

    if (is_locked(err) && !x->env) {
        say_note("you cannot open %s: whether its values are exposed is not known", env);
        return STATUS_OK;
    }
    if (err != VAULT_OK)
        return session_error(&x->s, err);
    all = list_grow(x->todays, x->today_count, sizeof *all);
    if (!all)
        return say_no_memory();
    x->todays = all;
    t = &all[x->today_count++];
    *t = (struct today){NULL};
    err = vault_reader_list(x->s.v, env, &t->readers);
    NEXT(err, add_keys(x, env, fingerprint));
    NEXT(err, vault_compare(NULL, x->s.v, env, add_current, x));
    NEXT(err, add_results(x));
    return session_check(&x->s, err);
}

static enum status look_at_today(struct exposed *x)
{
    size_t count;
    enum status status = STATUS_OK;
    vault_err err = vault_env_list(x->s.v, &x->envs, &count);

    if (err != VAULT_OK)
        return session_error(&x->s, err);
    if (x->env)
        return open_today(x, x->env);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = open_today(x, x->envs[i]);
    return status;
}

/* ---- what is exposed ---- */

/* MUST: count only verified entries, or a forged one would hide what its key could read. */
static bool reads(const struct exposed *x, size_t line, const char *public_key)
{
    const struct today *t = line ? &x->todays[line - 1] : NULL;

    for (size_t i = 0; t && i < vault_readers_count(t->readers); i++) {
        const vault_reader_entry *reader = vault_readers_at(t->readers, i);

        if (reader->seal == VAULT_SEAL_VERIFIED && strcmp(reader->public_key, public_key) == 0)
            return true;
    }
    return false;
}

static bool reads_by_name(const struct today *t, const char *name)
{
    for (size_t i = 0; i < vault_readers_count(t->readers); i++) {
        const vault_reader_entry *reader = vault_readers_at(t->readers, i);

        if (reader->seal == VAULT_SEAL_VERIFIED && strcmp(reader->name, name) == 0)
            return true;
    }
    return false;
}

/* commit 0: NAME can read it now. */
static void add_row(struct exposed *x, const char *name, const struct current *c, size_t commit)
{
    const char *id = commit ? x->h.commits[commit - 1].id : "";
    char what[VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 2];

    x->found++;
    if (x->tell) {
        x->tell(x->user, &(struct exposure){name, c->env, c->secret, c->key, id});
        return;
    }
    if (!x->json) {
        snprintf(what, sizeof what, "%s/%s", c->secret, c->key);
        buf_printf(&x->out, "%-16s %-8s %-32s %s%.*s\n", name, c->env, what,
                   commit ? "seen in " : "can read it", HISTORY_SHORT_ID, id);
        return;
    }
    json_item(&x->out);
    json_word(&x->out, "reader", name);
    json_word(&x->out, "env", c->env);
    json_word(&x->out, "secret", c->secret);
    json_word(&x->out, "key", c->key);
    if (commit)
        json_word(&x->out, "commit", id);
    else
        json_raw(&x->out, "commit", "null");
    buf_add_text(&x->out, "}");
}

/* Adds each person and value once. */
static void add_exposed(struct exposed *x, const char *name, const struct current *c, size_t commit)
{
    struct buf label = {0};
    size_t *told;

    buf_printf(&label, "%s %s %s/%s", name, c->env, c->secret, c->key);
    told = buf_ok(&label) ? hashtable_number(&x->told, buf_slice(&label)) : NULL;
    buf_free(&label);
    if (!told)
        x->failed = true;
    else if (!(*told)++)
        add_row(x, name, c, commit);
}

/* commit 0: none. */
static void note_commit(size_t *first, size_t commit)
{
    if (commit && (!*first || commit < *first))
        *first = commit;
}

/* A person who has seen what a template makes has seen its sources, and one who has seen a source
 * has seen a part of what it makes. A template lists the sources of its sources too. */
static void judge_templates(struct exposed *x)
{
    for (size_t i = 0; i < x->current_count; i++)
        for (size_t j = 0; j < x->currents[i].source_count; j++)
            note_commit(&x->currents[x->currents[i].sources[j]].commit,
                        x->currents[i].result_commit);
    for (size_t i = 0; i < x->current_count; i++) {
        note_commit(&x->currents[i].commit, x->currents[i].result_commit);
        for (size_t j = 0; j < x->currents[i].source_count; j++)
            note_commit(&x->currents[i].commit, x->currents[x->currents[i].sources[j]].commit);
    }
}

static void judge_holding(struct exposed *x, const struct holding *h, const char *name)
{
    bool left = !reads(x, access_log_line(&x->seen, h->key.fingerprint, h->env), h->public_key);

    if (!left && !x->name)
        return;
    for (size_t i = 0; i < x->current_count; i++) {
        struct current *c = &x->currents[i];
        /* A value that a person may read now is not exposed to them. */
        bool by_right = !x->name && reads(x, c->line, h->public_key);

        c->commit = by_right ? 0 : access_log_first(&x->seen, &h->key, c->line, &c->value);
        c->result_commit = by_right || !c->has_result
                               ? 0
                               : access_log_first(&x->seen, &h->key, c->line, &c->result);
    }
    judge_templates(x);
    for (size_t i = 0; i < x->current_count; i++)
        if (x->currents[i].commit)
            add_exposed(x, name, &x->currents[i], x->currents[i].commit);
}

/* Adds what NAME can read now; false if NAME is not a reader. */
static bool judge_reader(struct exposed *x)
{
    bool there = false;

    for (size_t i = 0; i < x->today_count; i++)
        there = there || reads_by_name(&x->todays[i], x->name);
    for (size_t i = 0; i < x->current_count; i++)
        if (reads_by_name(&x->todays[x->currents[i].line - 1], x->name))
            add_exposed(x, x->name, &x->currents[i], 0);
    return there;
}

static enum status say_nobody(const struct exposed *x)
{
    struct near near;

    near_begin(&near, x->name);
    for (size_t i = 0; i < x->seen.holding_count; i++)
        near_offer(&near, x->seen.holdings[i].name);
    say_error(STATUS_ABSENT, "there never was a reader %.64s", x->name);
    if (near.found[0])
        say_hint("there is, or was, %s", near.found);
    else
        say_hint("{program} readers");
    return STATUS_ABSENT;
}

static enum status judge_all(struct exposed *x)
{
    bool there = !x->name || judge_reader(x);

    for (size_t i = 0; i < x->seen.holding_count; i++) {
        const struct holding *h = &x->seen.holdings[i];

        if (x->name && !access_log_named(&x->seen, h->public_key, x->name))
            continue;
        there = true;
        judge_holding(x, h, x->name ? x->name : access_log_name(&x->seen, h->public_key));
    }
    if (x->failed || x->seen.failed)
        return say_no_memory();
    return there ? STATUS_OK : say_nobody(x);
}

/* Finding nothing in a part of the history is not a success. */
static enum status report(struct exposed *x)
{
    if (x->json)
        json_end(&x->out);
    if (fit_write(x->s.args, &x->out) != STATUS_OK)
        return STATUS_FAILED;
    if (x->found > 0)
        say_hint("replace them where they are used, and here: {program} set SECRET/NAME -e ENV");
    if (x->seen.unknown > 0)
        say_note("you cannot open %zu versions of an environment: who could read what in them is "
                 "not known",
                 x->seen.unknown);
    if (x->found == 0 && x->seen.broken > 0)
        return say_error(STATUS_INTEGRITY,
                         "some versions do not verify: who could read what in them is not known");
    if (x->found == 0 && x->seen.unknown > 0)
        return say_error(STATUS_LOCKED,
                         "nothing was found, but you cannot open all of the history");
    return history_judge(&x->h, x->found > 0 ? STATUS_FOUND : STATUS_OK);
}

static void forget(struct exposed *x)
{
    for (size_t i = 0; i < x->today_count; i++)
        vault_release(x->todays[i].readers);
    vault_release(x->envs);
    for (size_t i = 0; i < x->current_count; i++)
        free(x->currents[i].sources);
    free(x->todays);
    free(x->currents);
    hashtable_free(&x->told);
    buf_free(&x->out);
    access_log_free(&x->seen);
    history_close(&x->h);
}

static enum status find_all(struct exposed *x)
{
    enum status status;

    access_log_begin(&x->seen, &x->h);
    status = history_open(&x->h, &x->s);
    x->h.everywhere = true; /* a branch that was pushed may have been read */
    NEXT(status, look_at_today(x));
    NEXT(status, access_log_read(&x->seen));
    NEXT(status, judge_all(x));
    return status;
}

enum status exposed_find(const struct session *s, exposed_tell *tell, void *user)
{
    struct exposed x = {.s = *s, .tell = tell, .user = user};
    enum status status = find_all(&x);

    if (status == STATUS_OK && (x.seen.unknown > 0 || x.seen.broken > 0 || x.h.cut))
        say_note("a part of the history cannot be read: this may not be all");
    forget(&x);
    return status;
}

enum status run_exposed(const struct args *args)
{
    struct exposed x = {.name = args->count > 0 ? args->operands[0] : NULL,
                        .json = args_has(args, OPT_JSON)};
    enum status status = session_open(&x.s, args, NEEDS_VERSIONS);

    x.env = session_named_env(&x.s);
    buf_add_text(&x.out, x.json ? "[" : "");
    NEXT(status, find_all(&x));
    NEXT(status, report(&x));
    forget(&x);
    session_close(&x.s);
    return status;
}
