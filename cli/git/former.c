/* The value that a variable had in an earlier version of the vault.
 *
 * A version is as trustworthy as whoever could write to the repository. What is at a name there
 * counts only if it is sealed under today's key, which the pins have checked, or under one that
 * today's key has in its past: MUST NOT hand out a value under another key, even if it opens. */
#include "former.h"

#include "history.h"

#include "ui/say.h"

#include <sodium.h>
#include <string.h>

struct search {
    struct session *s;
    struct history h;
    const char *secret, *name;
    bool stored;
    char today[VAULT_FINGERPRINT_LEN + 1];
    vault_past_keys *past;
    vault_kv *now; /* NULL: there is no such variable now */
};

static bool is_vouched(const struct search *f, const char *fingerprint)
{
    bool is = strcmp(fingerprint, f->today) == 0;

    for (size_t i = 0; i < vault_past_keys_count(f->past) && !is; i++)
        is = strcmp(fingerprint, vault_past_keys_at(f->past, i)->fingerprint) == 0;
    return is;
}

static enum status say_stranger(const struct search *f)
{
    say_error(STATUS_INTEGRITY, "%s had another key then, which today's key does not vouch for",
              f->s->env);
    say_hint("{program} verify --history");
    return STATUS_INTEGRITY;
}

/* The variable alone, of all that its secret has. */
static vault_err pick(vault *v, const char *name, const vault_kv *all, vault_kv **kv)
{
    size_t len;
    const char *value = vault_kv_get(all, name, &len);
    const vault_pair pair = {name, value, len};
    vault_err err = value ? vault_kv_from_pairs(v, &pair, 1, kv) : VAULT_ABSENT;

    NEXT(err, vault_kv_set_kind(v, *kv, name, vault_kv_kind(all, name)));
    return err;
}

static vault_err get_value(const struct search *f, vault *v, vault_kv **kv)
{
    vault_kv *all = NULL;
    vault_err err;

    if (!f->stored)
        return vault_value_get(v, f->s->env, f->secret, f->name, kv);
    err = vault_secret_stored(v, f->s->env, f->secret, &all);
    NEXT(err, pick(v, f->name, all, kv));
    vault_kv_free(all);
    return err;
}

/* *kv is NULL if this version has no such variable. */
static enum status value_in(struct search *f, const char *blob, vault_kv **kv)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault *v = NULL;
    vault_err err = VAULT_OK;
    enum status status = history_version(&f->h, blob, &v, &err);

    *kv = NULL;
    if (status != STATUS_OK || !v)
        return status;
    if (err == VAULT_OK && !session_has_env(v, f->s->env))
        return STATUS_OK;
    NEXT(err, vault_fingerprint(v, f->s->env, fingerprint));
    if (is_locked(err))
        return say_stranger(f);
    if (err == VAULT_OK && !is_vouched(f, fingerprint))
        return say_stranger(f);
    NEXT(err, get_value(f, v, kv));
    return err == VAULT_OK || err == VAULT_ABSENT ? STATUS_OK : say_vault_error(v, err);
}

static bool is_template(const vault_kv *kv, const char *name)
{
    return vault_kv_kind(kv, name) == VAULT_KIND_TEMPLATE;
}

static bool is_as_now(const struct search *f, const vault_kv *kv)
{
    size_t len, now_len;
    const char *value = vault_kv_get(kv, f->name, &len);
    const char *now = f->now ? vault_kv_get(f->now, f->name, &now_len) : NULL;

    return now && len == now_len && sodium_memcmp(value, now, len) == 0 &&
           is_template(f->now, f->name) == is_template(kv, f->name);
}

static enum status find_last(struct search *f, struct former *out)
{
    enum status status = history_read(&f->h);

    for (size_t i = f->h.count; i-- > 0 && status == STATUS_OK && !out->kv;) {
        const struct history_commit *c = &f->h.commits[i];

        for (size_t j = 0; j < c->count && status == STATUS_OK && !out->kv; j++) {
            status = value_in(f, c->edges[j].after, &out->kv);
            if (out->kv && is_as_now(f, out->kv)) {
                vault_kv_free(out->kv);
                out->kv = NULL;
            }
        }
        if (out->kv)
            memcpy(out->id, c->id, FORMER_ID);
    }
    if (status != STATUS_OK || out->kv)
        return status;
    history_say_cut(&f->h);
    say_error(STATUS_ABSENT, "no commit has another value of %s/%s in %s", f->secret, f->name,
              f->s->env);
    say_hint("{program} log %s/%s -e %s", f->secret, f->name, f->s->env);
    return STATUS_ABSENT;
}

static enum status find_in(struct search *f, const char *revision, struct former *out)
{
    const char *blob = NULL;
    enum status status = history_find(&f->h, revision, &blob);

    NEXT(status, value_in(f, blob, &out->kv));
    if (status != STATUS_OK || out->kv)
        return status;
    say_error(STATUS_ABSENT, "in %s, %s had no variable %s/%s", revision, f->s->env, f->secret,
              f->name);
    say_hint("{program} log %s/%s -e %s", f->secret, f->name, f->s->env);
    return STATUS_ABSENT;
}

enum status former_find(struct session *s, const char *secret, const char *name,
                        const char *revision, struct former *out)
{
    struct search f = {.s = s, .secret = secret, .name = name, .stored = out->stored};
    enum status status = history_open(&f.h, s);
    vault_err err = vault_fingerprint(s->v, s->env, f.today);

    out->kv = NULL;
    out->id[0] = '\0';
    f.h.env = s->env;
    NEXT(err, vault_past_list(s->v, s->env, &f.past));
    NEXT(status, session_check(s, err));
    if (status == STATUS_OK && !revision) {
        err = get_value(&f, s->v, &f.now);
        status = err == VAULT_ABSENT ? STATUS_OK : session_check(s, err);
    }
    NEXT(status, revision ? find_in(&f, revision, out) : find_last(&f, out));
    vault_kv_free(f.now);
    vault_release(f.past);
    history_close(&f.h);
    return status;
}
