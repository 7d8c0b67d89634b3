/* revoke: removes a person, that is a public key, under every name it has. An environment also gets
 * a new key if the person's lines were deleted by hand and the key that they could open is still in
 * use. Whoever had an environment key keeps it: what counts is not who is in the file now, but who
 * was ever in it beside the current key, which git's history shows. */
#include "git/access_log.h"
#include "git/output.h"
#include "readers.h"
#include "session/session.h"
#include "table.h"
#include "ui/say.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* What was found in one environment. */
struct place {
    char name[VAULT_NAME_MAX + 1]; /* a name that the person has there now; empty: none */
    const char *commit;            /* if not a reader now: where they were one of the current key */
};

struct leaver {
    struct session *s;
    const char *name; /* as typed; NULL: a public key was */
    char **keys;      /* the person's: the one typed, or all that the name has or had */
    size_t key_count;
    struct targets t; /* the environments to change */
    struct place *places;
    const char **envs; /* all environments of the vault */
    size_t env_count;
    struct access_log seen; /* the history, if there is one */
    struct history h;
    struct session looking; /* the same file without pins or prompts, to read the history */
    bool has_history;
    bool failed; /* a comparison failed, after a message */
};

/* ---- who the person is ---- */

static const char *called(const struct leaver *l)
{
    return l->name ? l->name : l->keys[0];
}

/* MUST: check `failed` too, or a failed comparison would leave the person in. */
static bool has_key(struct leaver *l, const char *public_key)
{
    bool has = false;

    for (size_t i = 0; i < l->key_count && !l->failed && !has; i++)
        l->failed = reader_same_key(l->s, l->keys[i], public_key, &has) != STATUS_OK;
    return has;
}

static enum status add_key(struct leaver *l, const char *public_key)
{
    char **all;

    if (has_key(l, public_key))
        return STATUS_OK;
    if (l->failed)
        return STATUS_FAILED;
    all = list_grow(l->keys, l->key_count, sizeof *all);
    if (all) {
        l->keys = all;
        all[l->key_count] = strdup(public_key);
    }
    if (!all || !all[l->key_count])
        return say_no_memory();
    l->key_count++;
    return STATUS_OK;
}

/* A name of 62 characters can look like a key; a valid key is taken for one. */
static enum status read_word(struct leaver *l)
{
    const char *word = l->s->args->operands[0];
    char *key = NULL;
    enum status status = STATUS_OK;

    if (l->s->args->count == 1 && text_is_name(slice_of(word)) &&
        vault_public_key_read(l->s->v, word, &key) != VAULT_OK) {
        l->name = word;
        return STATUS_OK;
    }
    if (!key)
        status = reader_key_from_words(l->s, 0, &key);
    NEXT(status, add_key(l, key));
    vault_release(key);
    return status;
}

/* Adds the keys that the name has now, in any environment. */
static enum status find_keys(struct leaver *l)
{
    struct reader_walk w = {.v = l->s->v};
    enum status status = STATUS_OK;

    while (l->name && status == STATUS_OK && reader_next(&w))
        if (strcmp(w.reader->name, l->name) == 0)
            status = add_key(l, w.reader->public_key);
    reader_stop(&w);
    NEXT(status, session_check(l->s, w.err));
    return status;
}

/* ---- the history ---- */

/* Whether the file was ever committed, on any branch. Prints nothing of git's. */
static enum status was_committed(struct history *h, bool *there)
{
    struct buf path = {0}, out = {0};
    const char *command[] = {"rev-list", "-1", "--all", "--", NULL, NULL};
    enum status status = STATUS_OK;
    int result = 1;

    buf_printf(&path, ":(literal)%s", h->name);
    buf_add(&path, "", 1);
    if (!buf_ok(&path)) {
        status = say_no_memory();
    } else if (is_in_repository(h->folder)) {
        command[4] = path.data;
        result = git_output(h->folder, command, &out);
    }
    if (result < 0)
        status = STATUS_FAILED;
    *there = result == 0 && out.len > 0;
    buf_free(&path);
    buf_free(&out);
    return status;
}

/* Opens the file a second time, so that looking at other environments pins nothing. */
static enum status open_again(struct leaver *l)
{
    vault_err err;

    l->looking = *l->s;
    l->looking.v = vault_new();
    if (!l->looking.v)
        return say_no_memory();
    err = vault_add_credentials_of(l->looking.v, l->s->v);
    NEXT(err, vault_open(l->looking.v, l->s->path));
    return err == VAULT_OK ? STATUS_OK : say_vault_error(l->looking.v, err);
}

/* MUST: name the environments that could not be checked. */
static void note_closed(const struct leaver *l, bool any_open, const char *closed)
{
    if (closed[0] && any_open)
        say_note("you cannot open these, so whether %s had their keys is not known: %s", called(l),
                 closed);
}

/* The current key of env; false if it does not open. */
static bool find_key(struct leaver *l, const char *env, char fingerprint[VAULT_FINGERPRINT_LEN + 1])
{
    vault_err err = vault_fingerprint(l->looking.v, env, fingerprint);

    if (err == VAULT_NO_MEMORY && !l->failed) {
        say_vault_error(l->looking.v, err);
        l->failed = true;
    }
    return err == VAULT_OK;
}

static enum status note_not_open(struct leaver *l)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    struct buf closed = {0};
    bool any_open = false;
    enum status status;

    for (size_t i = 0; i < l->env_count; i++) {
        if (find_key(l, l->envs[i], fingerprint))
            any_open = true;
        else
            buf_printf(&closed, "%s%s", closed.len ? ", " : "", l->envs[i]);
    }
    buf_add(&closed, "", 1);
    status = l->failed ? STATUS_FAILED : buf_ok(&closed) ? STATUS_OK : say_no_memory();
    if (status == STATUS_OK && !args_has(l->s->args, OPT_ENV))
        note_closed(l, any_open, closed.data);
    buf_free(&closed);
    return status;
}

static enum status read_history(struct leaver *l)
{
    enum status status = open_again(l);
    bool committed = false;

    NEXT(status, history_open(&l->h, &l->looking));
    NEXT(status, was_committed(&l->h, &committed));
    if (status != STATUS_OK || !committed)
        return status;
    l->seen.readers_only = true;
    l->h.everywhere = true; /* a reader on any branch has the key */
    status = access_log_read(&l->seen);
    if (status != STATUS_OK) {
        say_hint("{program} revoke %s -e ENV needs no history if the file has them as a reader",
                 called(l));
        return status;
    }
    l->has_history = true;
    status = note_not_open(l);
    history_say_cut(&l->h);
    return status;
}

/* Whether the person had this environment key. */
static bool is_theirs(struct leaver *l, const struct holding *h, const char *fingerprint)
{
    return strcmp(h->key.fingerprint, fingerprint) == 0 &&
           ((l->name && strcmp(h->name, l->name) == 0) || has_key(l, h->public_key));
}

/* Adds the keys that the name had beside the current key of an environment. */
static enum status find_former_keys(struct leaver *l)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    enum status status = STATUS_OK;

    for (size_t i = 0; l->has_history && i < l->env_count && status == STATUS_OK; i++) {
        if (!find_key(l, l->envs[i], fingerprint))
            continue;
        for (size_t j = 0; j < l->seen.holding_count && status == STATUS_OK; j++)
            if (is_theirs(l, &l->seen.holdings[j], fingerprint))
                status = add_key(l, l->seen.holdings[j].public_key);
    }
    return l->failed ? STATUS_FAILED : status;
}

/* The commit in which the person was a reader of the current key of env; NULL: none. */
static const char *find_commit(struct leaver *l, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];

    if (!l->has_history || !find_key(l, env, fingerprint))
        return NULL;
    for (size_t i = 0; i < l->seen.holding_count; i++)
        if (is_theirs(l, &l->seen.holdings[i], fingerprint))
            return l->h.commits[l->seen.holdings[i].commit].id;
    return NULL;
}

/* ---- which environments ---- */

static enum status refuse_oneself(const char *name, const char *env)
{
    say_error(STATUS_FAILED, "%s is you: you could no longer open %s", name, env);
    say_hint("ask another reader: {program} revoke %s; or use --force", name);
    return STATUS_FAILED;
}

/* A name that the person has in env now, preferably the one typed. */
static enum status find_name(struct leaver *l, const char *env, char name[VAULT_NAME_MAX + 1])
{
    vault_readers *list = NULL;
    vault_err err = vault_reader_list(l->s->v, env, &list);
    enum status status = session_check(l->s, err);

    name[0] = '\0';
    for (size_t i = 0; i < vault_readers_count(list) && status == STATUS_OK; i++) {
        const vault_reader_entry *reader = vault_readers_at(list, i);
        bool typed = l->name && strcmp(reader->name, l->name) == 0;

        if (!typed && !has_key(l, reader->public_key))
            continue;
        if (reader->own && !args_has(l->s->args, OPT_FORCE))
            status = refuse_oneself(reader->name, env);
        if (typed || !name[0])
            strcpy(name, reader->name);
    }
    vault_release(list);
    return l->failed ? STATUS_FAILED : status;
}

static enum status look_at_env(struct leaver *l, const char *env, struct place *place)
{
    enum status status;

    l->s->env = env;
    status = find_name(l, env, place->name);
    place->commit = status == STATUS_OK && !place->name[0] ? find_commit(l, env) : NULL;
    return l->failed ? STATUS_FAILED : status;
}

static enum status say_nobody(struct leaver *l, const char *env)
{
    enum status status = reader_say_none(l->s, called(l), env);

    if (!l->has_history)
        say_hint(
            "no history in git shows whether they had a key: {program} rotate makes a new one");
    return status;
}

/* Each environment that -e names must have had the person as a reader. */
static enum status find_named_places(struct leaver *l)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < l->t.count && status == STATUS_OK; i++) {
        status = look_at_env(l, l->t.envs[i], &l->places[i]);
        if (status == STATUS_OK && !l->places[i].name[0] && !l->places[i].commit)
            status = say_nobody(l, l->t.envs[i]);
    }
    return status;
}

static enum status find_all_places(struct leaver *l)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < l->env_count && status == STATUS_OK; i++) {
        struct place *place = &l->places[l->t.count];

        status = look_at_env(l, l->envs[i], place);
        if (place->name[0] || place->commit)
            l->t.envs[l->t.count++] = l->envs[i];
    }
    if (status == STATUS_OK && l->t.count == 0)
        return say_nobody(l, NULL);
    return status == STATUS_OK ? targets_open(l->s, &l->t) : status;
}

/* Environments that -e names are opened before their history is read. */
static enum status make_places(struct leaver *l)
{
    bool named = args_has(l->s->args, OPT_ENV);
    enum status status = named ? session_envs(l->s, &l->t.envs, &l->t.count) : STATUS_OK;

    if (status == STATUS_OK && !named)
        l->t.envs = calloc(l->env_count + 1, sizeof *l->t.envs);
    l->places = calloc((named ? l->t.count : l->env_count) + 1, sizeof *l->places);
    if (status == STATUS_OK && (!l->t.envs || !l->places))
        status = say_no_memory();
    return status == STATUS_OK && named ? targets_open(l->s, &l->t) : status;
}

/* ---- the change ---- */

static enum status count_values(struct session *s, const char *env, size_t *values)
{
    vault_secrets *list;
    vault_err err = vault_secret_list(s->v, env, 0, 0, &list);

    *values = 0;
    for (size_t i = 0; i < vault_secrets_count(list); i++)
        *values += vault_secrets_at(list, i)->values;
    vault_release(list);
    return session_check(s, err);
}

/* The library removes every name of one key; the person may have several keys. */
static enum status take_away(struct leaver *l, const char *env, struct place *place)
{
    bool force = args_has(l->s->args, OPT_FORCE);
    char name[VAULT_NAME_MAX + 1];
    enum status status = STATUS_OK;
    vault_err err = place->name[0] ? VAULT_OK : vault_rotate(l->s->v, env, VAULT_PAST_KEEP);

    for (strcpy(name, place->name); name[0] && status == STATUS_OK && err == VAULT_OK;) {
        err = force ? vault_reader_leave(l->s->v, env, name)
                    : vault_reader_remove(l->s->v, env, name);
        if (err == VAULT_OK)
            status = find_name(l, env, name);
    }
    if (err == VAULT_OK)
        return status;
    status = session_error(l->s, err);
    if (err == VAULT_INVALID)
        say_hint("{program} env delete %s deletes it with all its secrets", env);
    return status;
}

static enum status take_all_away(struct leaver *l)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < l->t.count && status == STATUS_OK; i++) {
        l->s->env = l->t.envs[i];
        status = count_values(l->s, l->t.envs[i], &l->t.values[i]);
        NEXT(status, take_away(l, l->t.envs[i], &l->places[i]));
    }
    return status;
}

/* ---- messages ---- */

/* Runs before the removal: names the other names of the same keys. */
static enum status say_other_names(struct leaver *l, const char *env, bool leaves)
{
    vault_readers *list;
    vault_err err = vault_reader_list(l->s->v, env, &list);

    for (size_t i = 0; i < vault_readers_count(list); i++) {
        const vault_reader_entry *reader = vault_readers_at(list, i);

        if (!(l->name && strcmp(reader->name, l->name) == 0 && leaves) &&
            has_key(l, reader->public_key))
            say_note(leaves ? "%s reads %s with the same key, and is removed too"
                            : "%s reads %s with the same key, and stays: -e does not name it",
                     reader->name, env);
    }
    vault_release(list);
    if (err != VAULT_OK)
        return session_error(l->s, err);
    return l->failed ? STATUS_FAILED : STATUS_OK;
}

static bool is_concerned(const struct leaver *l, const char *env)
{
    for (size_t i = 0; i < l->t.count; i++)
        if (strcmp(l->t.envs[i], env) == 0)
            return true;
    return false;
}

static enum status say_names(struct leaver *l)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < l->env_count && status == STATUS_OK; i++)
        status = say_other_names(l, l->envs[i], is_concerned(l, l->envs[i]));
    return status;
}

static void say_seen(const struct leaver *l)
{
    const struct targets *t = &l->t;

    for (size_t i = 0; i < t->count; i++)
        if (l->places[i].commit)
            say_note("%s was removed from %s before, but had its key in %s: it has a new one now",
                     called(l), t->envs[i], l->places[i].commit);
    for (size_t i = 0; i < t->count; i++)
        say_note("%s could read %zu value%s in %s: rotating does not undo that", called(l),
                 t->values[i], t->values[i] == 1 ? "" : "s", t->envs[i]);
    if (args_has(l->s->args, OPT_FORCE))
        say_note("you made the new key and could have kept it: ask another reader to rotate");
    say_hint("{program} exposed%s%s lists the values to replace", l->name ? " " : "",
             l->name ? l->name : "");
}

/* ---- the verb ---- */

/* Whether every environment that -e names has the person as a reader now: then the history is not
 * needed. */
static enum status all_are_there(struct leaver *l, bool *all)
{
    char name[VAULT_NAME_MAX + 1];
    enum status status = STATUS_OK;

    *all = args_has(l->s->args, OPT_ENV);
    for (size_t i = 0; i < l->t.count && status == STATUS_OK; i++) {
        status = find_name(l, l->t.envs[i], name);
        *all = *all && name[0];
    }
    return status;
}

static enum status look_back(struct leaver *l)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    bool all_there;
    enum status status = all_are_there(l, &all_there);

    if (status != STATUS_OK || all_there)
        return status;
    /* Asks once for a passphrase that the history needs, for the current environment. */
    if (l->t.count == 0 && (!l->name || l->key_count == 0))
        (void)!vault_fingerprint(l->s->v, l->s->env, fingerprint);
    status = read_history(l);
    return status == STATUS_OK ? find_former_keys(l) : status;
}

static enum status find_leaver(struct leaver *l)
{
    vault_err err = vault_env_list(l->s->v, &l->envs, &l->env_count);
    enum status status = err == VAULT_OK ? read_word(l) : session_error(l->s, err);

    NEXT(status, find_keys(l));
    NEXT(status, make_places(l));
    NEXT(status, look_back(l));
    NEXT(status, args_has(l->s->args, OPT_ENV) ? find_named_places(l) : find_all_places(l));
    return status;
}

static void leaver_free(struct leaver *l)
{
    access_log_free(&l->seen);
    history_close(&l->h);
    vault_free(l->looking.v);
    for (size_t i = 0; i < l->key_count; i++)
        free(l->keys[i]);
    free(l->keys);
    free(l->places);
    targets_free(&l->t);
    vault_release(l->envs);
}

enum status run_revoke(const struct args *args)
{
    struct session s;
    struct leaver l = {.s = &s};
    enum status status = session_open(&s, args, NEEDS_KEY);

    access_log_begin(&l.seen, &l.h);
    NEXT(status, find_leaver(&l));
    NEXT(status, say_names(&l));
    NEXT(status, take_all_away(&l));
    NEXT(status, targets_read(&s, &l.t));
    NEXT(status, session_save(&s));
    if (status == STATUS_OK) {
        status = targets_show(&s, &l.t);
        say_seen(&l);
    }
    leaver_free(&l);
    session_close(&s);
    return status;
}
