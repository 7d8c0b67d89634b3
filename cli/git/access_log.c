/* Finds who could open which values in the history of a vault.
 *
 * Anyone who had an environment key could open everything ever sealed with it, and with the keys in
 * its past. So this goes by keys, not by dates, which anyone can forge. */
#include "access_log.h"

#include "difference.h"
#include "ui/say.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* A shorter value that also occurs elsewhere, such as a port or "true", does not count as a
 * copy. */
enum { TELLING = 8 };

/* ---- keys of the tables ---- */

static void number(struct access_log *s, struct hashtable *t, struct slice name, size_t n)
{
    size_t *place = hashtable_number(t, name);

    if (!place)
        s->failed = true;
    else if (*place == 0)
        *place = n;
}

/* A table's key: fields of fixed length, one after the other. */
struct label {
    char at[2 * VAULT_FINGERPRINT_LEN + sizeof(size_t) + ACCESS_LOG_HASH];
    size_t len;
};

static void label_add(struct label *l, const void *data, size_t len)
{
    memcpy(l->at + l->len, data, len);
    l->len += len;
}

static struct slice label_slice(const struct label *l)
{
    return (struct slice){l->at, l->len};
}

struct access_log_value access_log_hash(const struct access_log *s, const char *key,
                                        const char *value, size_t len)
{
    struct access_log_value v = {.telling = len >= TELLING};
    crypto_generichash_state state;

    crypto_generichash(v.value, ACCESS_LOG_HASH, (const unsigned char *)value, len, s->secret,
                       sizeof s->secret);
    crypto_generichash_init(&state, s->secret, sizeof s->secret, ACCESS_LOG_HASH);
    crypto_generichash_update(&state, v.value, ACCESS_LOG_HASH);
    crypto_generichash_update(&state, (const unsigned char *)key, strlen(key));
    crypto_generichash_final(&state, v.place, ACCESS_LOG_HASH);
    return v;
}

/* The key of a seen value in the table: environment key, line (0 for any place), hash. */
static struct label label_of(const char *fingerprint, size_t line,
                             const unsigned char hash[ACCESS_LOG_HASH])
{
    struct label l = {.len = 0};

    label_add(&l, fingerprint, VAULT_FINGERPRINT_LEN);
    label_add(&l, &line, sizeof line);
    label_add(&l, hash, ACCESS_LOG_HASH);
    return l;
}

/* ---- the environments of today ---- */

void access_log_add_env(struct access_log *s, const char *env)
{
    const char **all = list_grow(s->envs, s->env_count, sizeof *all);

    if (!all) {
        s->failed = true;
        return;
    }
    s->envs = all;
    all[s->env_count++] = env;
}

void access_log_add_key(struct access_log *s, const char *fingerprint)
{
    number(s, &s->lines, slice_of(fingerprint), s->env_count);
}

size_t access_log_line(const struct access_log *s, const char *fingerprint, const char *env)
{
    size_t line = hashtable_find(&s->lines, slice_of(fingerprint));

    for (size_t i = 0; i < s->env_count && line == 0; i++)
        if (strcmp(s->envs[i], env) == 0)
            line = i + 1;
    return line;
}

/* ---- earlier versions ---- */

static void add_key(struct access_log *s, const char *fingerprint)
{
    size_t *known = hashtable_number(&s->known, slice_of(fingerprint));
    struct key_id *all;

    if (known && *known)
        return;
    all = known ? list_grow(s->keys, s->key_count, sizeof *all) : NULL;
    if (!all) {
        s->failed = true;
        return;
    }
    s->keys = all;
    strcpy(all[s->key_count++].fingerprint, fingerprint);
    *known = 1;
}

/* A key also opens the keys in its past, which are the same in all versions. */
static void add_past(struct access_log *s, const char *env, const char *fingerprint)
{
    vault_past_keys *past;
    struct label self = {.len = 0};

    label_add(&self, fingerprint, VAULT_FINGERPRINT_LEN);
    label_add(&self, fingerprint, VAULT_FINGERPRINT_LEN);
    if (hashtable_find(&s->pasts, label_slice(&self)))
        return;
    number(s, &s->pasts, label_slice(&self), 1);
    add_key(s, fingerprint);
    if (vault_past_list(s->v, env, &past) != VAULT_OK)
        return;
    for (size_t i = 0; i < vault_past_keys_count(past); i++) {
        const char *key = vault_past_keys_at(past, i)->fingerprint;
        struct label l = {.len = 0};

        label_add(&l, fingerprint, VAULT_FINGERPRINT_LEN);
        label_add(&l, key, VAULT_FINGERPRINT_LEN);
        number(s, &s->pasts, label_slice(&l), 1);
        add_key(s, key);
    }
    vault_release(past);
}

/* Skips an entry whose seal does not verify: it was added by someone without the key. */
static void add_reader(struct access_log *s, const char *env, const char *fingerprint,
                       const vault_reader_entry *reader)
{
    struct buf label = {0};
    struct holding *all, h = {.commit = s->commit};
    size_t *known;

    if (reader->seal != VAULT_SEAL_VERIFIED)
        return;
    buf_printf(&label, "%s %s %s %s", fingerprint, env, reader->name, reader->public_key);
    known = buf_ok(&label) ? hashtable_number(&s->known, buf_slice(&label)) : NULL;
    buf_free(&label);
    if (known && *known)
        return;
    all = known ? list_grow(s->holdings, s->holding_count, sizeof *all) : NULL;
    if (all) {
        s->holdings = all;
        h.public_key = arena_copy(&s->public_keys, reader->public_key, strlen(reader->public_key));
    }
    if (!h.public_key) {
        s->failed = true;
        return;
    }
    strcpy(h.name, reader->name);
    strcpy(h.env, env);
    strcpy(h.key.fingerprint, fingerprint);
    all[s->holding_count++] = h;
    *known = 1;
}

static void add_readers(struct access_log *s, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_readers *list;

    if (vault_fingerprint(s->v, env, fingerprint) != VAULT_OK ||
        vault_reader_list(s->v, env, &list) != VAULT_OK)
        return;
    add_past(s, env, fingerprint);
    for (size_t i = 0; i < vault_readers_count(list); i++)
        add_reader(s, env, fingerprint, vault_readers_at(list, i));
    vault_release(list);
}

static void add_seen(struct access_log *s, const struct result *r)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    struct access_log_value value = access_log_hash(s, r->name, r->value, r->len);
    struct label here, anywhere;

    if (vault_fingerprint(r->v, r->env, fingerprint) != VAULT_OK)
        return;
    here = label_of(fingerprint, access_log_line(s, fingerprint, r->env), value.place);
    anywhere = label_of(fingerprint, 0, value.value);
    number(s, &s->values, label_slice(&here), r->commit + 1);
    if (value.telling)
        number(s, &s->values, label_slice(&anywhere), r->commit + 1);
}

/* Whoever had the key could resolve a template too. */
static void add_result(void *user, const struct result *r)
{
    add_seen(user, r);
}

static void look_at_unread(struct access_log *s, const vault_difference *d)
{
    if (!d->in_after) {
        s->whole = true; /* unchanged values have not been recorded */
        return;
    }
    if (is_locked(d->error)) {
        s->unknown++;
    } else {
        say_note("%s: %s", s->h->commits[s->commit].id, d->sentence);
        s->broken++;
    }
}

static void look_at(void *user, const vault_difference *d)
{
    struct access_log *s = user;

    results_note(&s->results, d);
    if (d->what == VAULT_WHAT_UNREAD)
        look_at_unread(s, d);
    else if (d->what == VAULT_WHAT_REMOVED)
        return;
    else if (d->part == VAULT_PART_KEY || d->part == VAULT_PART_ENV)
        s->whole = true; /* every value is now under another key or in another place */
    else if (d->part == VAULT_PART_VALUE && d->after->value)
        add_seen(s, &(struct result){s->commit, s->v, d->env, d->secret, d->name, d->after->value,
                                     d->after->len});
}

static void look_at_readers(struct access_log *s)
{
    const char **envs;
    size_t count;

    if (vault_env_list(s->v, &envs, &count) != VAULT_OK)
        return;
    for (size_t i = 0; i < count; i++)
        add_readers(s, envs[i]);
    vault_release(envs);
}

static enum status look_at_edge(struct access_log *s, const struct history_edge *edge)
{
    vault *before, *unread;
    vault_err err;
    enum status status = history_pair(s->h, edge, &before, &s->v, &err, &unread);

    if (status != STATUS_OK || (!s->v && err == VAULT_OK))
        return status;
    if (err != VAULT_OK) {
        say_note("%s: no vault that can be read: %s", s->h->commits[s->commit].id,
                 vault_error(unread));
        return STATUS_OK;
    }
    s->whole = !before;
    if (s->readers_only) {
        look_at_readers(s);
        return s->failed ? say_no_memory() : STATUS_OK;
    }
    err = before ? vault_compare(before, s->v, NULL, look_at, s) : VAULT_OK;
    if (s->whole && err != VAULT_FAILED && err != VAULT_NO_MEMORY)
        err = vault_compare(NULL, s->v, NULL, look_at, s);
    if (err == VAULT_FAILED || err == VAULT_NO_MEMORY)
        return say_vault_error(s->v, err);
    look_at_readers(s);
    return s->failed ? say_no_memory() : STATUS_OK;
}

enum status access_log_read(struct access_log *s)
{
    enum status status = history_read(s->h);

    for (s->commit = 0; s->commit < s->h->count && status == STATUS_OK; s->commit++)
        for (size_t i = 0; i < s->h->commits[s->commit].count && status == STATUS_OK; i++)
            status = look_at_edge(s, &s->h->commits[s->commit].edges[i]);
    return status == STATUS_OK ? results_walk(&s->results, s->h, add_result, s) : status;
}

/* ---- look-ups ---- */

static bool opens(const struct access_log *s, const struct key_id *with, const struct key_id *what)
{
    struct label l = {.len = 0};

    label_add(&l, with->fingerprint, VAULT_FINGERPRINT_LEN);
    label_add(&l, what->fingerprint, VAULT_FINGERPRINT_LEN);
    return hashtable_find(&s->pasts, label_slice(&l)) > 0;
}

static size_t shown_by(const struct access_log *s, const struct key_id *key, size_t line,
                       const struct access_log_value *value)
{
    struct label here = label_of(key->fingerprint, line, value->place);
    struct label anywhere = label_of(key->fingerprint, 0, value->value);
    size_t commit = hashtable_find(&s->values, label_slice(&here));

    return commit || !value->telling ? commit : hashtable_find(&s->values, label_slice(&anywhere));
}

size_t access_log_first(const struct access_log *s, const struct key_id *key, size_t line,
                        const struct access_log_value *value)
{
    size_t first = 0;

    for (size_t k = 0; k < s->key_count; k++) {
        size_t commit = shown_by(s, &s->keys[k], line, value);

        if (commit && (!first || commit < first) && opens(s, key, &s->keys[k]))
            first = commit;
    }
    return first;
}

bool access_log_named(const struct access_log *s, const char *public_key, const char *name)
{
    for (size_t i = 0; i < s->holding_count; i++)
        if (strcmp(s->holdings[i].name, name) == 0 &&
            strcmp(s->holdings[i].public_key, public_key) == 0)
            return true;
    return false;
}

const char *access_log_name(const struct access_log *s, const char *public_key)
{
    const char *name = "";

    for (size_t i = 0; i < s->holding_count; i++)
        if (strcmp(s->holdings[i].public_key, public_key) == 0)
            name = s->holdings[i].name;
    return name;
}

void access_log_begin(struct access_log *s, struct history *h)
{
    *s = (struct access_log){.h = h, .public_keys = ARENA_PUBLIC};
    randombytes_buf(s->secret, sizeof s->secret);
}

void access_log_free(struct access_log *s)
{
    free(s->holdings);
    free(s->keys);
    free(s->envs);
    results_free(&s->results);
    hashtable_free(&s->known);
    hashtable_free(&s->lines);
    hashtable_free(&s->pasts);
    hashtable_free(&s->values);
    arena_free(&s->public_keys);
    sodium_memzero(s->secret, sizeof s->secret);
}
