/* whoami: the user's own public keys, and what they open. */
#include "session/session.h"
#include "table.h"
#include "ui/fit.h"
#include "ui/say.h"

#include "base/text.h"

#include <string.h>

struct own_keys {
    struct session s;
    vault_identities *keys;
    const char **envs;
    size_t env_count;
    struct buf out;
    bool as_json;
};

/* Only an open key can prove that it opens an environment. Until then the file merely claims that
 * the key is a reader. */
static const char *state_of(struct own_keys *o, const vault_identity_entry *key, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_err err = key->closed ? VAULT_LOCKED : vault_fingerprint(o->s.v, env, fingerprint);

    return err == VAULT_OK ? "opens" : key->closed ? "closed" : "fails";
}

static void add_env(struct own_keys *o, const char *env, const char *name, const char *state,
                    bool is_first)
{
    if (o->as_json) {
        buf_add_text(&o->out, is_first ? "{\"env\": " : ", {\"env\": ");
        text_json(&o->out, slice_of(env));
        buf_add_text(&o->out, ", \"name\": ");
        text_json(&o->out, slice_of(name));
        buf_printf(&o->out, ", \"state\": \"%s\"}", state);
    } else {
        buf_printf(&o->out, "  %-6s  %s as %s\n", state, env, name);
    }
}

static enum status add_envs(struct own_keys *o, const vault_identity_entry *key)
{
    bool is_first = true;

    for (size_t e = 0; e < o->env_count; e++) {
        vault_readers *readers;
        vault_err err = vault_reader_list(o->s.v, o->envs[e], &readers);

        if (err != VAULT_OK)
            return session_error(&o->s, err);
        for (size_t i = 0; i < vault_readers_count(readers); i++) {
            const vault_reader_entry *r = vault_readers_at(readers, i);

            if (key->public_key[0] && strcmp(r->public_key, key->public_key) == 0) {
                add_env(o, o->envs[e], r->name, state_of(o, key, o->envs[e]), is_first);
                is_first = false;
            }
        }
        vault_release(readers);
    }
    return STATUS_OK;
}

static enum status add_key(struct own_keys *o, size_t place)
{
    const vault_identity_entry *key = vault_identities_at(o->keys, place);
    enum status status;

    if (o->as_json) {
        buf_add_text(&o->out, place == 0 ? "{\"public_key\": " : ", {\"public_key\": ");
        text_json(&o->out, slice_of(key->public_key));
        buf_add_text(&o->out, ", \"kind\": ");
        text_json(&o->out, slice_of(key->kind));
        buf_add_text(&o->out, ", \"from\": ");
        text_json(&o->out, slice_of(key->from));
        buf_printf(&o->out, ", \"closed\": %s, \"why_not\": ", key->closed ? "true" : "false");
        text_json(&o->out, slice_of(key->why_not));
        buf_add_text(&o->out, ", \"reads\": [");
    } else {
        const char *what = key->public_key[0] ? key->public_key : "(not known while it is closed)";

        buf_printf(&o->out, "%s  ", key->why_not[0] ? "(not used)" : what);
        text_escape(&o->out, slice_of(key->from), SIZE_MAX);
        buf_add_text(&o->out, key->why_not[0] ? ": " : "");
        text_escape(&o->out, slice_of(key->why_not), SIZE_MAX);
        buf_add_text(&o->out, "\n");
    }
    status = add_envs(o, key);
    if (o->as_json)
        buf_add_text(&o->out, "]}");
    return status;
}

static enum status read_keys(struct own_keys *o)
{
    bool is_there = o->s.path && vault_id(o->s.v)[0];
    vault_err err = vault_open_identity(o->s.v);

    if (err == VAULT_NO_CREDENTIAL || err == VAULT_LOCKED)
        err = VAULT_OK;
    session_ask_nobody(&o->s);
    if (err == VAULT_OK)
        err = vault_identity_list(o->s.v, NULL, &o->keys);
    if (err == VAULT_OK && is_there)
        err = vault_env_list(o->s.v, &o->envs, &o->env_count);
    if (err != VAULT_OK)
        return session_error(&o->s, err);
    if (vault_identities_count(o->keys) > 0)
        return STATUS_OK;
    say_error(STATUS_LOCKED, "you have no identity");
    say_hint("{program} keygen makes one");
    return STATUS_LOCKED;
}

enum status run_whoami(const struct args *args)
{
    struct own_keys o = {.as_json = args_has(args, OPT_JSON)};
    enum status status = session_open(&o.s, args, NEEDS_ANY_KEY);

    if (status == STATUS_OK)
        status = read_keys(&o);
    buf_add_text(&o.out, o.as_json ? "[" : "");
    for (size_t i = 0; i < vault_identities_count(o.keys) && status == STATUS_OK; i++)
        status = add_key(&o, i);
    buf_add_text(&o.out, o.as_json ? "]\n" : "");
    if (status == STATUS_OK)
        status = fit_write(args, &o.out);
    buf_free(&o.out);
    vault_release(o.keys);
    vault_release(o.envs);
    session_close(&o.s);
    return status;
}
