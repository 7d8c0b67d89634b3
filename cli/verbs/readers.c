/* readers, grant, rotate, trust: who can open which environment. */
#include "readers.h"

#include "publickey.h"
#include "recipients.h"
#include "table.h"
#include "ui/fit.h"
#include "ui/hints.h"
#include "ui/json.h"
#include "ui/near.h"
#include "ui/passphrase.h"
#include "ui/say.h"
#include "ui/terminal.h"

#include "base/hashtable.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void targets_free(struct targets *t)
{
    free(t->envs);
    free(t->keys);
    free(t->values);
}

enum status reader_find(struct session *s, const char *env, const char *name, vault_readers **list,
                        const vault_reader_entry **reader)
{
    vault_err err = vault_reader_list(s->v, env, list);

    *reader = NULL;
    for (size_t i = 0; i < vault_readers_count(*list) && !*reader; i++)
        if (strcmp(vault_readers_at(*list, i)->name, name) == 0)
            *reader = vault_readers_at(*list, i);
    return session_check(s, err);
}

static bool reads(vault_readers *list, const char *public_key)
{
    for (size_t i = 0; i < vault_readers_count(list); i++)
        if (strcmp(vault_readers_at(list, i)->public_key, public_key) == 0)
            return true;
    return false;
}

vault_err readers_gained(vault *v, const char *from, const char *to, struct buf *names)
{
    vault_readers *here = NULL, *there = NULL;
    vault_err err = vault_reader_list(v, from, &here);

    if (err == VAULT_OK)
        err = vault_reader_list(v, to, &there);
    for (size_t i = 0; err == VAULT_OK && i < vault_readers_count(there); i++) {
        const vault_reader_entry *reader = vault_readers_at(there, i);

        if (!reads(here, reader->public_key))
            buf_printf(names, "%s%s", names->len ? ", " : "", reader->name);
    }
    vault_release(here);
    vault_release(there);
    return err == VAULT_OK && !buf_ok(names) ? VAULT_NO_MEMORY : err;
}

enum status reader_same_key(struct session *s, const char *a, const char *b, bool *same)
{
    char *one = NULL, *other = NULL;
    vault_err err = vault_public_key_read(s->v, a, &one);

    NEXT(err, vault_public_key_read(s->v, b, &other));
    *same = err == VAULT_OK ? strcmp(one, other) == 0 : strcmp(a, b) == 0;
    vault_release(one);
    vault_release(other);
    return err == VAULT_NO_MEMORY ? say_vault_error(s->v, err) : STATUS_OK;
}

void reader_stop(struct reader_walk *w)
{
    vault_release(w->list);
    vault_release(w->envs);
    *w = (struct reader_walk){.err = w->err};
}

bool reader_next(struct reader_walk *w)
{
    if (!w->envs)
        w->err = vault_env_list(w->v, &w->envs, &w->env_count);
    while (w->err == VAULT_OK && w->next == vault_readers_count(w->list) &&
           w->next_env < w->env_count) {
        vault_release(w->list);
        w->next = 0;
        w->env = w->envs[w->next_env++];
        w->err = vault_reader_list(w->v, w->env, &w->list);
    }
    if (w->err == VAULT_OK && w->next < vault_readers_count(w->list)) {
        w->reader = vault_readers_at(w->list, w->next++);
        return true;
    }
    reader_stop(w);
    return false;
}

/* The environments that list name as a reader, unverified. There may be none. */
static enum status envs_of(struct session *s, const char *name, const char ***envs, size_t *count)
{
    const vault_reader_entry *reader;
    vault_readers *list;
    size_t all;
    vault_err err = vault_env_list(s->v, envs, &all);
    enum status status = session_check(s, err);

    *count = 0;
    for (size_t i = 0; status == STATUS_OK && i < all; i++) {
        status = reader_find(s, (*envs)[i], name, &list, &reader);
        if (reader)
            (*envs)[(*count)++] = (*envs)[i];
        vault_release(list);
    }
    return status;
}

static void hint_near_reader(struct session *s, const char *name)
{
    struct reader_walk w = {.v = s->v};
    struct near near;

    near_begin(&near, name);
    while (reader_next(&w))
        near_offer(&near, w.reader->name);
    if (near.found[0] && strcmp(near.found, name) != 0)
        say_hint("there is %s", near.found);
    else
        say_hint("{program} readers lists them");
}

enum status reader_say_none(struct session *s, const char *name, const char *env)
{
    say_error(STATUS_ABSENT, "%s is not a reader of %s", name, env ? env : "any environment");
    hint_near_reader(s, name);
    return STATUS_ABSENT;
}

enum status targets_open(struct session *s, struct targets *t)
{
    struct buf locked = {0};
    const char *last = NULL;
    enum status status = STATUS_OK;

    t->keys = calloc(t->count + 1, sizeof *t->keys);
    t->values = calloc(t->count + 1, sizeof *t->values);
    if (!t->keys || !t->values)
        return say_no_memory();
    for (size_t i = 0; i < t->count && status == STATUS_OK; i++) {
        vault_err err = vault_fingerprint(s->v, t->envs[i], t->keys[i]);

        s->env = t->envs[i];
        if (err != VAULT_OK && (!is_locked(err) || t->count == 1))
            status = session_error(s, err);
        if (is_locked(err)) {
            buf_printf(&locked, "%s%s", last ? ", " : "", t->envs[i]);
            last = t->envs[i];
        }
    }
    if (status == STATUS_OK && last) {
        status = say_error(STATUS_LOCKED, "you cannot open %s: nothing was changed",
                           buf_text(&locked, last));
        say_hint("name environments with -e, or ask someone who reads all of them");
        s->env = last;
        hint_grant(s);
    }
    buf_free(&locked);
    return status;
}

enum status targets_read(struct session *s, struct targets *t)
{
    vault_err err = VAULT_OK;

    for (size_t i = 0; i < t->count && err == VAULT_OK; i++) {
        s->env = t->envs[i];
        err = vault_fingerprint(s->v, t->envs[i], t->keys[i]);
    }
    return session_check(s, err);
}

enum status targets_show(struct session *s, const struct targets *t)
{
    struct buf out = {0};
    enum status status;

    for (size_t i = 0; i < t->count; i++) {
        vault_readers *list;

        if (vault_reader_list(s->v, t->envs[i], &list) == VAULT_OK)
            recipients_show(t->envs[i], list);
        vault_release(list);
        buf_printf(&out, "%s=%s\n", t->envs[i], t->keys[i]);
    }
    status = write_saved(&out);
    buf_free(&out);
    return status;
}

/* ---- grant ---- */

/* What NAME will open the environment with. */
struct grantee {
    const char *name;
    char *key;             /* NULL: a passphrase */
    struct buf passphrase; /* empty: the one that NAME has already */
};

static void grantee_free(struct grantee *g)
{
    vault_release(g->key);
    buf_free(&g->passphrase);
}

/* Asks about the key that NAME has in another environment, and shows it in full: anyone may have
 * written it into the file. */
static enum status confirm_key(struct session *s, struct grantee *g, const char *env,
                               const vault_reader_entry *reader)
{
    char question[VAULT_NAME_MAX + 2200];
    const char *quote = strchr(reader->public_key, ' ') ? "'" : "";
    enum status status;

    if (!terminal_is_there()) { /* MUST NOT: take it from the file unasked */
        say_error(STATUS_USAGE, "no terminal to confirm the key of %s on", g->name);
        say_hint("{program} grant %s %s%s%s -e %s", g->name, quote,
                 hint_is_long(reader->public_key) ? "FILE" : reader->public_key, quote, s->env);
        return STATUS_USAGE;
    }
    snprintf(question, sizeof question, "grant it to %s, who reads %s with %.2000s", g->name, env,
             reader->public_key);
    status = confirm(s->args, question);
    if (status == STATUS_OK && !(g->key = strdup(reader->public_key)))
        status = say_no_memory();
    return status;
}

/* Only someone who knows a passphrase can grant to it: this opens an environment with it, which
 * proves its public key. */
static enum status open_passphrase(struct session *s, const struct grantee *g)
{
    char *key = NULL;
    vault_err err;

    session_may_ask(s);
    err = vault_passphrase_key(s->v, s->env, g->name, &key);
    vault_release(key);
    return session_check(s, err);
}

static enum status key_from_elsewhere(struct session *s, struct grantee *g)
{
    struct reader_walk w = {.v = s->v};
    enum status status = STATUS_OK;
    bool found = false;

    while (!found && reader_next(&w))
        found = strcmp(w.reader->name, g->name) == 0;
    if (found) {
        status = strcmp(w.reader->kind, "passphrase") == 0 ? open_passphrase(s, g)
                                                           : confirm_key(s, g, w.env, w.reader);
    } else if (w.err != VAULT_OK) {
        status = session_error(s, w.err);
    } else {
        status = say_error(STATUS_USAGE, "%s is not a reader yet: a public key is needed", g->name);
        say_hint("{program} grant %s age1… -e %s", g->name, s->env);
    }
    reader_stop(&w);
    return status;
}

enum status reader_key_from_words(struct session *s, int first, char **key)
{
    struct buf text = {0};
    enum status status;

    for (int i = first; i < s->args->count; i++)
        buf_printf(&text, "%s%s", i > first ? " " : "", s->args->operands[i]);
    buf_add(&text, "", 1);
    status = buf_ok(&text) ? public_key_read(s, text.data, key) : say_no_memory();
    buf_free(&text);
    return status;
}

/* ---- one key, one person ---- */

/* A different name that the key has in some environment; other is empty if there is none. */
static enum status find_other_name(struct session *s, const char *name, const char *key,
                                   char other[VAULT_NAME_MAX + 1], char env[VAULT_NAME_MAX + 1])
{
    struct reader_walk w = {.v = s->v};
    enum status status = STATUS_OK;

    other[0] = '\0';
    while (status == STATUS_OK && !other[0] && reader_next(&w)) {
        bool same = false;

        if (strcmp(w.reader->name, name) != 0 && w.reader->seal != VAULT_SEAL_FORGED)
            status = reader_same_key(s, w.reader->public_key, key, &same);
        if (same) {
            strcpy(other, w.reader->name);
            strcpy(env, w.env);
        }
    }
    reader_stop(&w);
    NEXT(status, session_check(s, w.err));
    return status;
}

enum status reader_name_of(struct session *s, const char *key, char name[VAULT_NAME_MAX + 1])
{
    char env[VAULT_NAME_MAX + 1];

    return find_other_name(s, "", key, name, env);
}

enum status reader_check_key(struct session *s, const char *name, const char *key)
{
    char other[VAULT_NAME_MAX + 1], env[VAULT_NAME_MAX + 1], question[4 * VAULT_NAME_MAX];
    enum status status = find_other_name(s, name, key, other, env);
    struct option as;

    if (status != STATUS_OK || !other[0] || args_has(s->args, OPT_FORCE) ||
        !text_is_name(slice_of(name)))
        return status; /* the library refuses an invalid name */
    if (terminal_is_there()) {
        say_note("%s reads %s with this key already", other, env);
        snprintf(question, sizeof question, "give this person the name %s too", name);
        return confirm(s->args, question);
    }
    say_error(STATUS_FAILED,
              "%s reads %s with this key already: %s would be a second name for one person", other,
              env, name);
    if (verb_option(s->args->verb, OPT_READER, &as))
        say_hint("--reader %s=%s", other, key);
    else
        say_hint("{program} grant %s %s -e %s; --force allows both names", other, key, s->env);
    return STATUS_FAILED;
}

/* ---- the grant ---- */

static enum status read_grantee(struct session *s, struct grantee *g)
{
    bool passphrase = args_has(s->args, OPT_PASSPHRASE);

    if (passphrase && s->args->count > 1)
        return say_error(STATUS_USAGE, "a public key or --passphrase, not both");
    if (args_has(s->args, OPT_GENERATE) && !passphrase)
        return say_error(STATUS_USAGE, "--generate goes with --passphrase");
    if (args_has(s->args, OPT_WEAK) && !passphrase)
        return say_error(STATUS_USAGE, "--weak goes with --passphrase");
    if (passphrase)
        return passphrase_new(s->args, &g->passphrase);
    return s->args->count > 1 ? reader_key_from_words(s, 1, &g->key) : key_from_elsewhere(s, g);
}

/* Whether NAME has another key or passphrase in any environment. */
static enum status clashes(struct session *s, const struct grantee *g, bool *clash)
{
    struct reader_walk w = {.v = s->v};
    enum status status = STATUS_OK;

    *clash = false;
    while (status == STATUS_OK && reader_next(&w)) {
        bool same = g->passphrase.len == 0;

        if (strcmp(w.reader->name, g->name) != 0)
            continue;
        if (g->key)
            status = reader_same_key(s, w.reader->public_key, g->key, &same);
        if (status != STATUS_OK || same)
            continue;
        *clash = true;
        if (!args_has(s->args, OPT_REPLACE)) {
            status = say_error(STATUS_FAILED, "%s reads %s with another key: %s", g->name, w.env,
                               hint_is_long(w.reader->public_key) ? "a post-quantum one"
                                                                  : w.reader->public_key);
            say_hint(
                "--replace replaces it everywhere, and rotates each environment that it opened");
        }
    }
    reader_stop(&w);
    NEXT(status, session_check(s, w.err));
    return status;
}

static vault_err replace(struct session *s, const struct grantee *g)
{
    return g->key ? vault_reader_replace(s->v, g->name, g->key)
                  : vault_passphrase_change(s->v, g->name, buf_slice(&g->passphrase).at,
                                            g->passphrase.len);
}

/* A passphrase that is in the file by now can be granted without its text. */
static vault_err grant_env(struct session *s, const char *env, const struct grantee *g, bool made)
{
    if (g->key)
        return vault_reader_add(s->v, env, g->name, g->key);
    if (made || g->passphrase.len == 0)
        return vault_reader_add_passphrase(s->v, env, g->name, NULL, 0);
    return vault_reader_add_passphrase(s->v, env, g->name, buf_slice(&g->passphrase).at,
                                       g->passphrase.len);
}

/* Before anything is written: what this grant ends. */
static enum status note_end_of_pq(struct session *s, const struct grantee *g,
                                  const struct targets *t, const vault_pq *before)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < t->count && status == STATUS_OK; i++) {
        vault_pq now = VAULT_PQ_NO;

        status = session_check(s, vault_post_quantum(s->v, t->envs[i], &now));
        if (status == STATUS_OK && before[i] != VAULT_PQ_NO && now == VAULT_PQ_NO)
            say_note("%s is no longer post-quantum: the key of %s is not", t->envs[i], g->name);
    }
    return status;
}

static vault_pq *pq_of(struct session *s, const struct targets *t)
{
    vault_pq *states = calloc(t->count + 1, sizeof *states);

    for (size_t i = 0; i < t->count && states; i++)
        if (vault_post_quantum(s->v, t->envs[i], &states[i]) != VAULT_OK)
            states[i] = VAULT_PQ_NO;
    return states;
}

static enum status replace_and_give(struct session *s, const struct grantee *g,
                                    const struct targets *asked)
{
    struct targets rotated = {.envs = NULL};
    vault_pq *before = pq_of(s, asked);
    bool clash = false;
    vault_err err;
    enum status status = before ? clashes(s, g, &clash) : say_no_memory();

    if (status == STATUS_OK && clash) {
        status = envs_of(s, g->name, &rotated.envs, &rotated.count);
        NEXT(status, targets_open(s, &rotated));
        NEXT(status, session_check(s, replace(s, g)));
    }
    for (size_t i = 0; i < asked->count && status == STATUS_OK; i++) {
        s->env = asked->envs[i];
        err = grant_env(s, asked->envs[i], g, clash || i > 0);
        status = session_check(s, err);
    }
    if (status == STATUS_OK && clash)
        status = targets_read(s, &rotated);
    NEXT(status, note_end_of_pq(s, g, asked, before));
    NEXT(status, passphrase_print(s->args, buf_slice(&g->passphrase)));
    NEXT(status, session_save(s));
    if (status == STATUS_OK && clash)
        status = targets_show(s, &rotated);
    targets_free(&rotated);
    free(before);
    return status;
}

/* Whether NAME is a reader of the environment, which is open. */
static bool reads_already(struct session *s, const char *env, const char *name)
{
    const vault_reader_entry *reader = NULL;
    vault_readers *list = NULL;
    bool reads = reader_find(s, env, name, &list, &reader) == STATUS_OK && reader &&
                 reader->seal == VAULT_SEAL_VERIFIED;

    vault_release(list);
    return reads;
}

/* Takes the environments that NAME alone, without a key, asks for, and that it reads. True if none
 * remains. */
static bool all_settled(struct session *s, struct targets *asked)
{
    const char *name = s->args->operands[0];
    size_t kept = 0;

    if (s->args->count > 1 || args_has(s->args, OPT_PASSPHRASE))
        return false;
    for (size_t i = 0; i < asked->count; i++) {
        if (reads_already(s, asked->envs[i], name))
            say_note("%s reads %s already", name, asked->envs[i]);
        else
            asked->envs[kept++] = asked->envs[i];
    }
    asked->count = kept;
    return kept == 0;
}

static void say_granted(struct session *s, const char *env, const char *name)
{
    const vault_reader_entry *reader;
    vault_readers *list;

    if (reader_find(s, env, name, &list, &reader) == STATUS_OK && reader)
        recipients_remember_one(reader);
    vault_release(list);
    say_note("%s can read %s now: commit the file", name, env);
}

enum status run_grant(const struct args *args)
{
    struct grantee g = {.name = args->operands[0], .passphrase = BUF_SECRET};
    struct targets asked = {.envs = NULL};
    struct session s;
    bool settled;
    enum status status = session_open(&s, args, NEEDS_KEY);

    NEXT(status, session_envs(&s, &asked.envs, &asked.count));
    NEXT(status, targets_open(&s, &asked));
    settled = status == STATUS_OK && all_settled(&s, &asked);
    if (status == STATUS_OK && !settled) {
        s.env = asked.envs[0];
        status = read_grantee(&s, &g);
    }
    if (status == STATUS_OK && g.key)
        status = reader_check_key(&s, g.name, g.key);
    if (status == STATUS_OK && !settled)
        status = replace_and_give(&s, &g, &asked);
    for (size_t i = 0; i < asked.count && status == STATUS_OK; i++)
        say_granted(&s, asked.envs[i], g.name);
    grantee_free(&g);
    targets_free(&asked);
    session_close(&s);
    return status;
}

/* ---- rotate ---- */

enum status run_rotate(const struct args *args)
{
    vault_past past = args_has(args, OPT_FORGET_PAST) ? VAULT_PAST_FORGET : VAULT_PAST_KEEP;
    struct targets t = {.envs = NULL};
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);

    NEXT(status, session_envs(&s, &t.envs, &t.count));
    NEXT(status, targets_open(&s, &t));
    for (size_t i = 0; i < t.count && status == STATUS_OK; i++) {
        vault_err err = vault_rotate(s.v, t.envs[i], past);

        s.env = t.envs[i];
        if (err != VAULT_OK)
            status = session_error(&s, err);
    }
    NEXT(status, targets_read(&s, &t));
    NEXT(status, session_save(&s));
    NEXT(status, targets_show(&s, &t));
    if (status == STATUS_OK && past == VAULT_PAST_FORGET)
        say_note("machines that know the old key will ask for {program} trust: tell other readers "
                 "the new one");
    targets_free(&t);
    session_close(&s);
    return status;
}

/* ---- trust ---- */

/* Another key is accepted after a question, or with -y. An older one needs a person who has seen
 * both fingerprints, or --pin: -y does not cover it. */
static enum status confirm_trusted_key(struct session *s, const char *found, const char *known,
                                       bool older)
{
    char question[160];
    vault_err err;

    say_note("%s", vault_error(s->v));
    if (!older) {
        snprintf(question, sizeof question, "accept %s as the key of %.64s", found, s->env);
        return confirm(s->args, question);
    }
    say_note("the key %s is older than %s: readers who were revoked when the newer one was made "
             "can read everything encrypted under it",
             found, known);
    if (args_has(s->args, OPT_YES) || !terminal_is_there()) {
        say_error(STATUS_INTEGRITY, "%s does not accept an older key",
                  args_has(s->args, OPT_YES) ? "-y" : "without a terminal trust");
        say_hint("git pull; or: {program} trust %s --pin %s=%s", s->env, s->env, found);
        return STATUS_INTEGRITY;
    }
    snprintf(question, sizeof question,
             "go back to %s, in place of %s, as the key of %.64s? [y/N] ", found, known, s->env);
    if (!terminal_confirm(question))
        return say_error(STATUS_FAILED, "nothing was accepted");
    err = vault_pin(s->v, s->env, found);
    return err == VAULT_OK ? STATUS_OK : say_vault_error(s->v, err);
}

/* Without a key: only a person who has seen the fingerprint, or --pin, accepts what the file shows.
 */
static enum status trust_shown(struct session *s)
{
    char found[VAULT_FINGERPRINT_LEN + 1], known[VAULT_FINGERPRINT_LEN + 1], question[256];
    bool pinned = vault_propose_check(s->v, s->env) == VAULT_OK;
    int older = 0;
    vault_err err;

    if (!pinned && !terminal_is_there())
        return session_check(s, vault_fingerprint(s->v, s->env, found));
    err = vault_shown_state(s->v, s->env, found, known, &older);
    if (err != VAULT_OK)
        return session_error(s, err);
    snprintf(question, sizeof question,
             "accept %s%s%s, which you cannot verify, as the key of %.64s? [y/N] ", found,
             known[0] ? " in place of " : "", known, s->env);
    if (!pinned && !older && !terminal_confirm(question))
        return say_error(STATUS_FAILED, "nothing was accepted");
    err = vault_shown_trust(s->v, s->env);
    if (err != VAULT_OK)
        return session_error(s, err);
    say_note("this machine trusts the key of %s now: %s", s->env, found);
    return STATUS_OK;
}

enum status run_trust(const struct args *args)
{
    const char *env = args->operands[0];
    char found[VAULT_FINGERPRINT_LEN + 1], known[VAULT_FINGERPRINT_LEN + 1];
    char accepted[VAULT_FINGERPRINT_LEN + 1];
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);
    vault_err err = VAULT_OK;
    bool same = false;
    int older = 0;

    s.env = env;
    if (status == STATUS_OK)
        err = vault_pin_state(s.v, env, found, known, &older);
    if (status == STATUS_OK && (is_locked(err) || err == VAULT_CANCELLED)) {
        status = trust_shown(&s);
        session_close(&s);
        return status;
    }
    if (status == STATUS_OK && err == VAULT_OK) {
        same = strcmp(found, known) == 0;
        err = vault_fingerprint(s.v, env, accepted);
        if (err == VAULT_INTEGRITY) { /* refused by a pin */
            status = confirm_trusted_key(&s, found, known, older);
            err = VAULT_OK;
            same = false;
        }
    }
    if (status == STATUS_OK && err == VAULT_OK && !same)
        err = vault_trust(s.v, env);
    if (status == STATUS_OK && err != VAULT_OK)
        status = session_error(&s, err);
    if (status == STATUS_OK && same)
        say_note("this machine trusts this key of %s already: %s", env, found);
    else if (status == STATUS_OK && strcmp(found, known) != 0)
        say_note("this machine trusts the key of %s now: %s%s%s", env, found,
                 known[0] ? ", and no longer " : "", known);
    else if (status == STATUS_OK)
        say_note("this machine trusts the key of %s now: %s", env, found);
    session_close(&s);
    return status;
}

/* ---- readers ---- */

/* The state of a reader's seal in one environment. */
struct cell {
    struct cell *next;
    size_t env;
    enum vault_seal seal;
};

/* One name with one key. */
struct row {
    const vault_reader_entry *reader;
    struct cell *first, *last; /* in the order of the environments */
};

enum { CELLS_MOST = 1000000 }; /* nobody reads a larger table */

struct matrix {
    const char **envs;
    size_t env_count;
    vault_readers **lists;
    struct row *rows;
    size_t count;
    struct hashtable by_key; /* "NAME KEY" to the number of its row, from 1 */
    struct arena cells;
    bool forged, unchecked;
};

static void matrix_free(struct matrix *m)
{
    for (size_t i = 0; i < m->env_count && m->lists; i++)
        vault_release(m->lists[i]);
    hashtable_free(&m->by_key);
    arena_free(&m->cells);
    free(m->lists);
    free(m->rows);
    vault_release(m->envs);
}

/* NULL: out of memory. */
static struct row *row_of(struct matrix *m, const vault_reader_entry *reader)
{
    struct buf label = {0};
    size_t *number = NULL;
    struct row *rows;

    buf_printf(&label, "%s %s", reader->name, reader->public_key);
    if (buf_ok(&label))
        number = hashtable_number(&m->by_key, buf_slice(&label));
    buf_free(&label);
    if (number && *number == 0) {
        rows = list_grow(m->rows, m->count, sizeof *rows);
        if (!rows)
            return NULL;
        m->rows = rows;
        rows[m->count++] = (struct row){.reader = reader};
        *number = m->count;
    }
    return number ? &m->rows[*number - 1] : NULL;
}

static bool add_cell(struct matrix *m, size_t env, const vault_reader_entry *reader)
{
    struct row *row = row_of(m, reader);
    struct cell *cell = arena_alloc(&m->cells, sizeof *cell);

    if (!row || !cell)
        return false;
    *cell = (struct cell){.env = env, .seal = reader->seal};
    *(row->last ? &row->last->next : &row->first) = cell;
    row->last = cell;
    m->forged = m->forged || reader->seal == VAULT_SEAL_FORGED;
    m->unchecked = m->unchecked || reader->seal == VAULT_SEAL_UNCHECKED;
    return true;
}

/* Opens what it can without asking, so that seals are checked. */
static enum status read_matrix(struct session *s, struct matrix *m)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    enum status status = STATUS_OK;
    vault_err err = vault_env_list(s->v, &m->envs, &m->env_count);

    if (err != VAULT_OK)
        return session_error(s, err);
    m->lists = calloc(m->env_count + 1, sizeof *m->lists);
    if (!m->lists)
        return say_no_memory();
    for (size_t i = 0; i < m->env_count; i++) {
        s->env = m->envs[i];
        err = vault_pin(s->v, m->envs[i], NULL);
        NEXT(err, vault_fingerprint(s->v, m->envs[i], fingerprint));
        if (err != VAULT_OK && err != VAULT_LOCKED && err != VAULT_NO_CREDENTIAL)
            status = session_error(s, err);
        err = vault_reader_list(s->v, m->envs[i], &m->lists[i]);
        if (err != VAULT_OK)
            return session_error(s, err);
        for (size_t j = 0; j < vault_readers_count(m->lists[i]); j++)
            if (!add_cell(m, i, vault_readers_at(m->lists[i], j)))
                return say_no_memory();
    }
    return status;
}

/* A list of the environments in this state, behind `what`. */
static void add_pq(struct session *s, const struct matrix *m, const char *what, vault_pq state,
                   struct buf *out)
{
    bool any = false;

    for (size_t e = 0; e < m->env_count; e++) {
        vault_pq found = VAULT_PQ_NO;

        if (vault_post_quantum(s->v, m->envs[e], &found) != VAULT_OK || found != state)
            continue;
        buf_printf(out, "%s%s", any ? ", " : what, m->envs[e]);
        any = true;
    }
    buf_add_text(out, any ? "\n" : "");
}

static bool is_pq_key(const char *public_key)
{
    return strncmp(public_key, "age1pq1", 7) == 0 || strncmp(public_key, "age1tagpq1", 10) == 0;
}

/* Where nobody has a post-quantum key, no environment is. */
static void write_pq(struct session *s, const struct matrix *m, struct buf *out)
{
    bool any = false;

    for (size_t i = 0; i < m->count && !any; i++)
        any = is_pq_key(m->rows[i].reader->public_key);
    if (!any)
        return;
    buf_add_text(out, "\n");
    add_pq(s, m, "post-quantum: ", VAULT_PQ_ALL, out);
    add_pq(s, m, "post-quantum but for what earlier keys open: ", VAULT_PQ_NEW, out);
    add_pq(s, m, "not post-quantum: ", VAULT_PQ_NO, out);
}

static const char *cell_text(const struct cell *cell)
{
    return !cell ? "-" : cell->seal == VAULT_SEAL_FORGED ? "FORGED" : "reads";
}

static size_t widest(const struct matrix *m)
{
    size_t width = 0;

    for (size_t i = 0; i < m->count; i++)
        if (strlen(m->rows[i].reader->name) > width)
            width = strlen(m->rows[i].reader->name);
    return width;
}

static void write_table(const struct matrix *m, struct buf *out)
{
    enum { CELL = 6, SHOWN = 24, LONG = 128 }; /* a post-quantum key has 1,959 characters */
    int first = (int)widest(m) + 2;

    buf_printf(out, "%-*s", first, "");
    for (size_t e = 0; e < m->env_count; e++)
        buf_printf(out, "%-*s  ", CELL, m->envs[e]);
    buf_add_text(out, "\n");
    for (size_t i = 0; i < m->count; i++) {
        const vault_reader_entry *r = m->rows[i].reader;
        const struct cell *cell = m->rows[i].first;

        buf_printf(out, "%-*s", first, r->name);
        for (size_t e = 0; e < m->env_count; e++) {
            int width = (int)strlen(m->envs[e]);
            bool here = cell && cell->env == e;

            buf_printf(out, "%-*s  ", width > CELL ? width : CELL, cell_text(here ? cell : NULL));
            cell = here ? cell->next : cell;
        }
        buf_printf(out, "%-11s  ", r->kind);
        text_escape(out, slice_of(r->public_key), strlen(r->public_key) > LONG ? SHOWN : SIZE_MAX);
        buf_add_text(out, r->own ? "  (you)\n" : "\n");
    }
}

static void write_json_readers(const struct matrix *m, struct buf *out)
{
    static const char *const seals[] = {"unchecked", "verified", "forged"};

    buf_add_text(out, "[");
    for (size_t i = 0; i < m->count; i++) {
        const vault_reader_entry *r = m->rows[i].reader;

        buf_add_text(out, i ? ", {" : "{");
        json_word(out, "name", r->name);
        json_word(out, "kind", r->kind);
        json_word(out, "public_key", r->public_key);
        json_raw(out, "post_quantum", "%s", is_pq_key(r->public_key) ? "true" : "false");
        json_raw(out, "you", "%s", r->own ? "true" : "false");
        json_raw(out, "reads", "{");
        for (const struct cell *c = m->rows[i].first; c; c = c->next)
            json_word(out, m->envs[c->env], seals[c->seal]);
        buf_add_text(out, "}}");
    }
    buf_add_text(out, "]\n");
}

static enum status refuse_table(const struct matrix *m)
{
    say_error(STATUS_FAILED, "a table of %zu readers and %zu environments is too large", m->count,
              m->env_count);
    say_hint("{program} readers --json");
    return STATUS_FAILED;
}

enum status run_readers(const struct args *args)
{
    struct matrix m = {.cells = ARENA_PUBLIC};
    struct buf out = {0};
    struct session s;
    char *own = NULL;
    enum status status = session_open(&s, args, NEEDS_KEY), shown = STATUS_OK;
    vault_err err;

    if (status == STATUS_OK) {
        session_ask_nobody(&s);
        status = read_matrix(&s, &m);
    }
    if (m.lists && !args_has(args, OPT_JSON) && m.count > CELLS_MOST / (m.env_count + 1)) {
        status = refuse_table(&m);
    } else if (m.lists) {
        if (args_has(args, OPT_JSON))
            write_json_readers(&m, &out);
        else
            write_table(&m, &out);
        if (!args_has(args, OPT_JSON))
            write_pq(&s, &m, &out);
        err = args_has(args, OPT_JSON) ? VAULT_NO_CREDENTIAL : vault_public_key(s.v, &own);
        if (err == VAULT_OK)
            buf_printf(&out, "\nyour public key is %s\n", own);
        if (err == VAULT_NO_MEMORY)
            shown = say_vault_error(s.v, err);
        else
            shown = fit_write(args, &out);
        if (m.unchecked)
            say_note("seals of environments that you cannot open were not checked");
        if (m.forged) {
            shown = say_error(
                STATUS_INTEGRITY,
                "a reader marked FORGED was added by someone who cannot open the environment");
            say_hint("git log -p shows by whom; {program} verify says more");
        }
    }
    vault_release(own);
    buf_free(&out);
    matrix_free(&m);
    session_close(&s);
    return status == STATUS_OK ? shown : status;
}
