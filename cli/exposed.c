/* exposed: the values that somebody who does not read them any more has seen, and that are the same
 * still.
 *
 * Who had a key of an environment could open all that was ever sealed with it, and with the keys in
 * its past. So what somebody has seen goes by keys, and not by dates, which anybody can write; and
 * whether a value was changed goes by what is in it: one that was changed and changed back, or that
 * stands in another place today, is as exposed as before. Plain text is kept as its keyed hash
 * alone, with a key of this run's. */
#include "difference.h"
#include "history.h"
#include "tally.h"

#include "../lib/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HASH = 16,
    /* A shorter value that stands elsewhere too (a port, "true") is no copy of the one seen. */
    TELLING = 8
};

struct key_id {
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
};

/* Somebody's public key, in one version, beside an environment's key that opens with it. */
struct holding {
    char *public_key;
    char name[VAULT_NAME_MAX + 1], env[VAULT_NAME_MAX + 1];
    struct key_id key;
};

/* An environment as it is today. */
struct today {
    char env[VAULT_NAME_MAX + 1];
    vault_reader_entry *readers;
    size_t reader_count;
};

/* A value of today. */
struct current {
    char env[VAULT_NAME_MAX + 1], secret[VAULT_NAME_MAX + 1], key[VAULT_KEY_MAX + 1];
    size_t line; /* the environment's, as below */
    unsigned char value[HASH], place[HASH];
    bool telling;
};

struct exposed {
    struct session s;
    struct history h;
    const char *env, *name; /* NULL: all, everybody */
    unsigned char secret[crypto_generichash_KEYBYTES];
    struct today *todays;
    size_t today_count;
    struct current *currents;
    size_t current_count;
    struct holding *holdings;
    size_t holding_count;
    struct tally known;  /* holdings that are listed already */
    struct tally lines;  /* a fingerprint: 1 + the environment of today that it leads to */
    struct tally pasts;  /* two fingerprints: the first one's past holds the second */
    struct key_id *keys; /* all that were seen */
    size_t key_count;
    struct tally seen; /* what could be opened with a key: 1 + the commit */
    struct tally told; /* what was reported */
    /* The version that is looked at. */
    vault *v;
    size_t commit;
    bool whole, failed, named;
    size_t unknown, broken;
    struct buf out;
    size_t found;
};

/* ---- names of things in tables ---- */

/* A list that doubles: room for one more, cleared; NULL: out of memory. */
static void *add_to(void *list, size_t *count, size_t size)
{
    void **place = list;
    char *all = *place;

    if ((*count & (*count - 1)) == 0)
        all = realloc(*place, (*count ? 2 * *count : 1) * size);
    if (!all)
        return NULL;
    *place = all;
    memset(all + *count * size, 0, size);
    return all + (*count)++ * size;
}

static void number(struct exposed *x, struct tally *t, struct slice name, size_t n)
{
    size_t *place = tally_of(t, name);

    if (!place)
        x->failed = true;
    else if (*place == 0)
        *place = n;
}

/* Strings, each with its zero byte, then bytes; at most so many as ever stand together here. */
struct label {
    char at[VAULT_NAME_MAX + VAULT_KEY_MAX + 3 * VAULT_FINGERPRINT_LEN + 64];
    size_t len;
};

static void label_add(struct label *l, const void *data, size_t len)
{
    if (len > sizeof l->at - l->len)
        len = sizeof l->at - l->len;
    memcpy(l->at + l->len, data, len);
    l->len += len;
}

static struct slice label_slice(const struct label *l)
{
    return (struct slice){l->at, l->len};
}

static void hash_value(const struct exposed *x, const char *value, size_t len,
                       unsigned char hash[HASH])
{
    crypto_generichash(hash, HASH, (const unsigned char *)value, len, x->secret, sizeof x->secret);
}

/* The value under a key's name, in whichever secret: a secret may have been renamed. */
static void hash_place(const struct exposed *x, const char *key, const unsigned char value[HASH],
                       unsigned char hash[HASH])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, x->secret, sizeof x->secret, HASH);
    crypto_generichash_update(&state, value, HASH);
    crypto_generichash_update(&state, (const unsigned char *)key, strlen(key));
    crypto_generichash_final(&state, hash, HASH);
}

/* What a table of what was seen calls it: the environment's key, and line 0 for any place. */
static struct label seen_label(const char *fingerprint, size_t line, const unsigned char hash[HASH])
{
    struct label l = {.len = 0};

    label_add(&l, fingerprint, VAULT_FINGERPRINT_LEN);
    label_add(&l, &line, sizeof line);
    label_add(&l, hash, HASH);
    return l;
}

/* ---- what is there today ---- */

/* 1 + the environment of today that this key leads to, or that has its environment's name; 0. */
static size_t line_of(const struct exposed *x, const char *fingerprint, const char *env)
{
    size_t line = tally_find(&x->lines, slice_of(fingerprint));

    for (size_t i = 0; i < x->today_count && line == 0; i++)
        if (strcmp(x->todays[i].env, env) == 0)
            line = i + 1;
    return line;
}

static void add_current(void *user, const vault_difference *d)
{
    struct exposed *x = user;
    struct current *c;

    if (d->what == VAULT_UNREAD && !is_locked(d->error))
        x->failed = true;
    if (d->part != VAULT_PART_VALUE || !d->after.value)
        return;
    c = add_to(&x->currents, &x->current_count, sizeof *c);
    if (!c) {
        x->failed = true;
        return;
    }
    strcpy(c->env, d->env);
    strcpy(c->secret, d->secret);
    strcpy(c->key, d->name);
    c->line = x->today_count;
    c->telling = d->after.len >= TELLING;
    hash_value(x, d->after.value, d->after.len, c->value);
    hash_place(x, d->name, c->value, c->place);
}

static enum status open_today(struct exposed *x, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_past_entry *past = NULL;
    struct today *t;
    size_t count = 0;
    vault_err err = vault_fingerprint(x->s.v, env, fingerprint);

    if (is_locked(err) && !x->named) {
        say_note("%s is not open to you: what was seen of it is not known", env);
        return DONE;
    }
    t = err == VAULT_OK ? add_to(&x->todays, &x->today_count, sizeof *t) : NULL;
    if (err == VAULT_OK && !t)
        return say_error(FAILED, "out of memory");
    if (t)
        strcpy(t->env, env);
    if (err == VAULT_OK)
        err = vault_reader_list(x->s.v, env, &t->readers, &t->reader_count);
    if (err == VAULT_OK)
        err = vault_past_list(x->s.v, env, &past, &count);
    number(x, &x->lines, slice_of(fingerprint), x->today_count);
    for (size_t i = 0; i < count; i++)
        number(x, &x->lines, slice_of(past[i].fingerprint), x->today_count);
    vault_list_free(past);
    if (err == VAULT_OK)
        err = vault_compare(NULL, x->s.v, env, add_current, x);
    return err == VAULT_OK ? DONE : session_error(&x->s, err);
}

static enum status look_at_today(struct exposed *x)
{
    const char **envs;
    size_t count;
    enum status status = DONE;
    vault_err err = vault_env_list(x->s.v, &envs, &count);

    if (err != VAULT_OK)
        return session_error(&x->s, err);
    if (x->named)
        status = open_today(x, x->env);
    for (size_t i = 0; i < count && status == DONE && !x->named; i++)
        status = open_today(x, envs[i]);
    vault_list_free(envs);
    return status;
}

/* ---- what was there ---- */

static void add_key(struct exposed *x, const char *fingerprint)
{
    size_t *known = tally_of(&x->known, slice_of(fingerprint));
    struct key_id *key;

    if (known && *known)
        return;
    key = known ? add_to(&x->keys, &x->key_count, sizeof *key) : NULL;
    if (!key) {
        x->failed = true;
        return;
    }
    strcpy(key->fingerprint, fingerprint);
    *known = 1;
}

/* What a key's past holds opens with that key too. */
static void add_past(struct exposed *x, const char *env, const char *fingerprint)
{
    vault_past_entry *past;
    size_t count;

    add_key(x, fingerprint);
    if (vault_past_list(x->v, env, &past, &count) != VAULT_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        struct label l = {.len = 0};

        label_add(&l, fingerprint, VAULT_FINGERPRINT_LEN);
        label_add(&l, past[i].fingerprint, VAULT_FINGERPRINT_LEN);
        number(x, &x->pasts, label_slice(&l), 1);
        add_key(x, past[i].fingerprint);
    }
    vault_list_free(past);
}

/* An entry whose seal does not verify was put there by somebody who did not have the key. */
static void add_reader(struct exposed *x, const char *env, const char *fingerprint,
                       const vault_reader_entry *reader)
{
    struct buf label = {0};
    struct holding *h;
    size_t *known;

    if (reader->seal != VAULT_VERIFIED)
        return;
    buf_printf(&label, "%s %s %s %s", fingerprint, env, reader->name, reader->public_key);
    known = buf_ok(&label) ? tally_of(&x->known, buf_slice(&label)) : NULL;
    buf_free(&label);
    if (known && *known)
        return;
    h = known ? add_to(&x->holdings, &x->holding_count, sizeof *h) : NULL;
    if (h)
        h->public_key = strdup(reader->public_key);
    if (!h || !h->public_key) {
        x->failed = true;
        return;
    }
    *known = 1;
    strcpy(h->name, reader->name);
    strcpy(h->env, env);
    strcpy(h->key.fingerprint, fingerprint);
}

static void add_readers(struct exposed *x, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_reader_entry *list;
    size_t count;

    if (vault_fingerprint(x->v, env, fingerprint) != VAULT_OK ||
        vault_reader_list(x->v, env, &list, &count) != VAULT_OK)
        return;
    add_past(x, env, fingerprint);
    for (size_t i = 0; i < count; i++)
        add_reader(x, env, fingerprint, &list[i]);
    vault_list_free(list);
}

static void add_seen(struct exposed *x, const vault_difference *d)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    unsigned char value[HASH], place[HASH];
    struct label here, anywhere;

    if (vault_fingerprint(x->v, d->env, fingerprint) != VAULT_OK)
        return;
    hash_value(x, d->after.value, d->after.len, value);
    hash_place(x, d->name, value, place);
    here = seen_label(fingerprint, line_of(x, fingerprint, d->env), place);
    anywhere = seen_label(fingerprint, 0, value);
    number(x, &x->seen, label_slice(&here), x->commit + 1);
    if (d->after.len >= TELLING)
        number(x, &x->seen, label_slice(&anywhere), x->commit + 1);
}

static void look_at_unread(struct exposed *x, const vault_difference *d)
{
    if (!d->in_after)
        return;
    if (is_locked(d->error)) {
        x->unknown++;
    } else {
        say_note("%s: %s", x->h.commits[x->commit].id, d->sentence);
        x->broken++;
    }
}

static void look_at(void *user, const vault_difference *d)
{
    struct exposed *x = user;

    if (d->what == VAULT_UNREAD)
        look_at_unread(x, d);
    else if (d->what == VAULT_REMOVED)
        return;
    else if (d->part == VAULT_PART_KEY)
        x->whole = true; /* all that stands there is now read with another key */
    else if (d->part == VAULT_PART_VALUE && d->after.value)
        add_seen(x, d);
}

static void look_at_readers(struct exposed *x)
{
    const char **envs;
    size_t count;

    if (vault_env_list(x->v, &envs, &count) != VAULT_OK)
        return;
    for (size_t i = 0; i < count; i++)
        add_readers(x, envs[i]);
    vault_list_free(envs);
}

static enum status look_at_edge(struct exposed *x, const struct history_edge *edge)
{
    vault *before, *unread;
    vault_err err;
    enum status status = history_pair(&x->h, edge, &before, &x->v, &err, &unread);

    if (status != DONE || (!x->v && err == VAULT_OK))
        return status;
    if (err != VAULT_OK) {
        say_note("%s: no vault that can be read: %s", x->h.commits[x->commit].id,
                 vault_error(unread));
        return DONE;
    }
    x->whole = !before;
    err = before ? vault_compare(before, x->v, NULL, look_at, x) : VAULT_OK;
    if (x->whole && err != VAULT_FAILED)
        err = vault_compare(NULL, x->v, NULL, look_at, x);
    if (err == VAULT_FAILED)
        return say_vault_error(x->v, err);
    look_at_readers(x);
    return x->failed ? say_error(FAILED, "out of memory") : DONE;
}

static enum status look_at_history(struct exposed *x)
{
    enum status status = history_read(&x->h);

    for (x->commit = 0; x->commit < x->h.count && status == DONE; x->commit++)
        for (size_t i = 0; i < x->h.commits[x->commit].count && status == DONE; i++)
            status = look_at_edge(x, &x->h.commits[x->commit].edges[i]);
    return status;
}

/* ---- what of it is exposed ---- */

/* MUST NOT: an entry that somebody has forged hides what its key has seen. */
static bool reads(const struct exposed *x, size_t line, const char *public_key)
{
    const struct today *t = line ? &x->todays[line - 1] : NULL;

    for (size_t i = 0; t && i < t->reader_count; i++)
        if (t->readers[i].seal == VAULT_VERIFIED &&
            strcmp(t->readers[i].public_key, public_key) == 0)
            return true;
    return false;
}

static void tell(struct exposed *x, const char *name, const struct current *c, size_t commit)
{
    bool json = args_has(x->s.args, OPT_JSON);
    char what[2 * VAULT_NAME_MAX + VAULT_KEY_MAX + 4];
    struct buf label = {0};
    size_t *told;

    buf_printf(&label, "%s %s %s/%s", name, c->env, c->secret, c->key);
    told = buf_ok(&label) ? tally_of(&x->told, buf_slice(&label)) : NULL;
    buf_free(&label);
    if (!told) {
        x->failed = true;
        return;
    }
    if ((*told)++)
        return;
    snprintf(what, sizeof what, "%s/%s", c->secret, c->key);
    if (json)
        buf_printf(&x->out,
                   "%s\n  {\"reader\": \"%s\", \"env\": \"%s\", \"secret\": \"%s\", \"key\": "
                   "\"%s\", \"commit\": %s%s%s}",
                   x->found ? "," : "", name, c->env, c->secret, c->key, commit ? "\"" : "",
                   commit ? x->h.commits[commit - 1].id : "null", commit ? "\"" : "");
    else
        buf_printf(&x->out, "%-16s %-8s %-32s %s%s\n", name, c->env, what,
                   commit ? "seen in " : "can read it", commit ? x->h.commits[commit - 1].id : "");
    x->found++;
}

/* 1 + the commit that showed this value to whoever had the key. */
static size_t shown_by(const struct exposed *x, const char *fingerprint, const struct current *c)
{
    struct label here = seen_label(fingerprint, c->line, c->place);
    struct label anywhere = seen_label(fingerprint, 0, c->value);
    size_t commit = tally_find(&x->seen, label_slice(&here));

    return commit || !c->telling ? commit : tally_find(&x->seen, label_slice(&anywhere));
}

static bool opens(const struct exposed *x, const struct key_id *with, const struct key_id *what)
{
    struct label l = {.len = 0};

    if (strcmp(with->fingerprint, what->fingerprint) == 0)
        return true;
    label_add(&l, with->fingerprint, VAULT_FINGERPRINT_LEN);
    label_add(&l, what->fingerprint, VAULT_FINGERPRINT_LEN);
    return tally_find(&x->pasts, label_slice(&l)) > 0;
}

/* 1 + the first commit that showed the value to whoever had one of these keys; 0: none did. */
static size_t first_shown(const struct exposed *x, const bool *opened, const struct current *c)
{
    size_t first = 0;

    for (size_t k = 0; k < x->key_count; k++) {
        size_t commit = opened[k] ? shown_by(x, x->keys[k].fingerprint, c) : 0;

        if (commit && (!first || commit < first))
            first = commit;
    }
    return first;
}

static void judge(struct exposed *x, const struct holding *h, const char *name)
{
    bool left = !reads(x, line_of(x, h->key.fingerprint, h->env), h->public_key);
    bool *opened = left || x->name ? calloc(x->key_count + 1, sizeof *opened) : NULL;

    if (!left && !x->name)
        return;
    if (!opened)
        x->failed = true;
    for (size_t k = 0; opened && k < x->key_count; k++)
        opened[k] = opens(x, &h->key, &x->keys[k]);
    for (size_t i = 0; opened && i < x->current_count; i++) {
        const struct current *c = &x->currents[i];
        /* What somebody reads by right is not exposed by what they have read before. */
        bool by_right = !x->name && reads(x, c->line, h->public_key);
        size_t commit = by_right ? 0 : first_shown(x, opened, c);

        if (commit)
            tell(x, name, c, commit);
    }
    free(opened);
}

/* By one of the names that a public key ever had. */
static bool is_named(const struct exposed *x, const char *public_key)
{
    for (size_t i = 0; i < x->holding_count; i++)
        if (strcmp(x->holdings[i].name, x->name) == 0 &&
            strcmp(x->holdings[i].public_key, public_key) == 0)
            return true;
    return false;
}

/* NAME reads it now. */
static bool judge_readers(struct exposed *x)
{
    bool there = false;

    for (size_t i = 0; i < x->current_count; i++) {
        const struct today *t = &x->todays[x->currents[i].line - 1];

        for (size_t r = 0; r < t->reader_count; r++)
            if (t->readers[r].seal == VAULT_VERIFIED && strcmp(t->readers[r].name, x->name) == 0)
                tell(x, x->name, &x->currents[i], 0);
    }
    for (size_t i = 0; i < x->today_count; i++)
        for (size_t r = 0; r < x->todays[i].reader_count; r++)
            there = there || strcmp(x->todays[i].readers[r].name, x->name) == 0;
    return there;
}

static enum status say_nobody(const struct exposed *x)
{
    const char **names = calloc(x->holding_count + 1, sizeof *names), *near;

    if (!names)
        return say_error(FAILED, "out of memory");
    for (size_t i = 0; i < x->holding_count; i++)
        names[i] = x->holdings[i].name;
    near = nearest(x->name, names, x->holding_count);
    say_error(NOT_THERE, "there never was a reader %.64s", x->name);
    if (near)
        say_hint("there is, or was, %s", near);
    free(names);
    return NOT_THERE;
}

/* The last name that a public key had. */
static const char *name_of(const struct exposed *x, const char *public_key)
{
    const char *name = "";

    for (size_t i = 0; i < x->holding_count; i++)
        if (strcmp(x->holdings[i].public_key, public_key) == 0)
            name = x->holdings[i].name;
    return name;
}

static enum status judge_all(struct exposed *x)
{
    bool there = x->name && judge_readers(x);

    for (size_t i = 0; i < x->holding_count; i++) {
        const struct holding *h = &x->holdings[i];

        if (x->name && !is_named(x, h->public_key))
            continue;
        there = true;
        judge(x, h, x->name ? x->name : name_of(x, h->public_key));
    }
    if (x->failed)
        return say_error(FAILED, "out of memory");
    return x->name && !there ? say_nobody(x) : DONE;
}

static enum status report(struct exposed *x)
{
    bool json = args_has(x->s.args, OPT_JSON);
    struct buf out = {0};
    bool good;

    buf_add_text(&out, json ? "[" : "");
    buf_add_slice(&out, buf_slice(&x->out));
    buf_add_text(&out, json ? x->found ? "\n]\n" : "]\n" : "");
    good = buf_ok(&x->out) && write_buf(&out);
    buf_free(&out);
    if (!good)
        return FAILED;
    if (x->found > 0)
        say_hint("change them where they are used, and here: vault set S/KEY -e ENV");
    if (x->unknown > 0)
        say_note("%zu versions of an environment are not open to you: who saw what in them is not "
                 "known",
                 x->unknown);
    if (x->found > 0)
        return history_judge(&x->h, FOUND);
    if (x->broken > 0)
        return say_error(BROKEN, "some versions do not verify: what was seen in them is not known");
    if (x->unknown > 0)
        return say_error(LOCKED, "nothing was found, but not all of the history is open to you");
    return history_judge(&x->h, DONE);
}

static void forget(struct exposed *x)
{
    for (size_t i = 0; i < x->today_count; i++)
        vault_list_free(x->todays[i].readers);
    for (size_t i = 0; i < x->holding_count; i++)
        free(x->holdings[i].public_key);
    free(x->todays);
    free(x->currents);
    free(x->holdings);
    free(x->keys);
    tally_free(&x->known);
    tally_free(&x->lines);
    tally_free(&x->pasts);
    tally_free(&x->seen);
    tally_free(&x->told);
    buf_free(&x->out);
    sodium_memzero(x->secret, sizeof x->secret);
    history_close(&x->h);
    session_close(&x->s);
}

enum status run_exposed(const struct args *args)
{
    struct exposed x = {.name = args->count > 0 ? args->operands[0] : NULL};
    enum status status = session_open(&x.s, args, NEEDS_VERSIONS);

    x.named = session_named_env(&x.s) != NULL;
    x.env = x.s.env;
    randombytes_buf(x.secret, sizeof x.secret);
    if (status == DONE)
        status = history_open(&x.h, &x.s);
    if (status == DONE)
        status = look_at_today(&x);
    if (status == DONE)
        status = look_at_history(&x);
    if (status == DONE)
        status = judge_all(&x);
    if (status == DONE)
        status = report(&x);
    forget(&x);
    return status;
}
