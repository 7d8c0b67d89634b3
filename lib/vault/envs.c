/* Environments: made, copied, renamed, deleted, and given a new key. */
#include "envs.h"

#include "inbox.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct slice none = {"", 0};

static struct seal_keys *make_keys(struct vault *v)
{
    struct seal_keys *keys = arena_alloc(&v->keys, sizeof *keys);

    if (keys) {
        randombytes_buf(keys->env, sizeof keys->env);
        seal_derive(keys, keys->env);
    }
    return keys;
}

/* An empty environment with a new key, open from now on. */
static enum err_code make_env(struct vault *v, const char *env, struct slice reader,
                              struct change *c)
{
    struct seal_keys *keys = make_keys(v);
    struct opened_env *o = keys ? handle_add_opened(v, slice_of(env), reader, keys) : NULL;
    enum err_code code;

    if (!o)
        return err_no_memory(&v->err);
    o->made = true;
    code = handle_change(v, o, c);
    if (code == ERR_OK)
        code = change_add_env(c, &v->err);
    if (code != ERR_OK)
        handle_forget_opened(v, slice_of(env));
    return code;
}

static enum err_code env_must_be_free(struct vault *v, const char *env)
{
    enum err_code code = handle_check_env_name(v, env);

    if (code == ERR_OK && doc_find(&v->doc, DOC_ENV, slice_of(env), none))
        code = err_set(&v->err, ERR_EXISTS, "there is an environment %s already", env);
    return code;
}

/* Gives `to` the readers of `from`, whose seals verify under from's key. */
static enum err_code copy_readers(struct vault *v, const struct change *to,
                                  const struct seal_env *from)
{
    struct doc_table *readers = doc_find(&v->doc, DOC_READERS, from->name, none);
    enum err_code code = change_check_readers(from, none, &v->err);

    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next))
        code = change_add_reader(to, i->name, i->part[0], &v->err);
    return code;
}

enum err_code envs_create(struct vault *v, const char *env, const char *like)
{
    struct change c, source = {.scratch = NULL};
    enum err_code code = like ? handle_begin(v, like, &source) : handle_lock(v);

    if (code == ERR_OK)
        code = env_must_be_free(v, env);
    if (code == ERR_OK)
        code =
            make_env(v, env, like ? slice_of(handle_opened(v, slice_of(like))->reader) : none, &c);
    if (code == ERR_OK && like)
        code = copy_readers(v, &c, &source.env);
    return code;
}

/* Passphrases that no environment is read with any more go too. */
enum err_code envs_drop_unused_passphrases(struct vault *v)
{
    struct doc_table *table = doc_find(&v->doc, DOC_PASSPHRASES, none, none);
    struct hashtable readers = {0};
    struct doc_item *next;
    enum err_code code = ERR_OK;

    if (!table)
        return ERR_OK;
    code = err_memory(doc_name_readers(&v->doc, &readers), &v->err);
    for (struct doc_item *i = doc_entry(table->items); i && code == ERR_OK; i = next) {
        next = doc_entry(i->next);
        if (!hashtable_find(&readers, i->name))
            doc_remove_item(&v->doc, table, i);
    }
    if (table->entries == 0)
        doc_remove_table(&v->doc, table);
    hashtable_free(&readers);
    return code;
}

/* Needs no key: anyone who can write the file can do this. */
enum err_code envs_delete(struct vault *v, const char *env)
{
    enum err_code code = handle_lock(v);

    if (code == ERR_OK)
        code = handle_find_env(v, env);
    if (code == ERR_OK) {
        change_drop_env(&v->doc, slice_of(env));
        code = envs_drop_unused_passphrases(v);
        handle_forget_opened(v, slice_of(env));
    }
    return code;
}

enum err_code envs_rename(struct vault *v, const char *from, const char *to)
{
    struct change c;
    enum err_code code = handle_begin(v, from, &c);

    if (code == ERR_OK)
        code = env_must_be_free(v, to);
    if (code == ERR_OK)
        code = change_rename_env(&c, slice_of(to), &v->err);
    if (code == ERR_OK) {
        struct opened_env *o = handle_opened(v, slice_of(from));

        o->made = true;
        code = err_memory(handle_rename_opened(v, o, slice_of(to)), &v->err);
        c.env = handle_seal_env(v, o);
    }
    if (code == ERR_OK)
        code = inbox_carry(v, &c.env, &(struct inbox_carry){.env = slice_of(from)});
    return code;
}

enum err_code envs_copy(struct vault *v, const char *from, const char *to)
{
    struct change c, source;
    struct doc_table *secret = NULL;
    enum err_code code = handle_begin(v, from, &source);

    if (code == ERR_OK)
        code = env_must_be_free(v, to);
    if (code == ERR_OK)
        code = make_env(v, to, slice_of(handle_opened(v, slice_of(from))->reader), &c);
    if (code == ERR_OK)
        code = copy_readers(v, &c, &source.env);
    while (code == ERR_OK &&
           (secret = doc_next_table(&v->doc, secret, DOC_SECRET, source.env.name)))
        code = change_copy_secret(&c, secret->secret, &source.env, secret, &v->err);
    return code;
}

/* Whoever rotates must not lock themselves out: what was written is opened again. */
static enum err_code still_opens(struct vault *v, const struct opened_env *o)
{
    struct seal_keys *again = handle_take_keys(v);
    struct slice reader;
    enum err_code code;

    if (!again)
        return err_no_memory(&v->err);
    v->unlock.is_mute = true;
    code = unlock_env(&v->unlock, &v->doc, slice_of(o->name), again, &reader, &v->err);
    v->unlock.is_mute = false;
    if (code != ERR_NO_MEMORY &&
        (code != ERR_OK || sodium_memcmp(again->env, o->keys->env, SEAL_KEY) != 0))
        code = err_set(&v->err, ERR_INVALID,
                       "you could not open %s afterwards: nothing was changed", o->name);
    handle_give_back_keys(v, again);
    return code;
}

enum err_code envs_new_key(struct vault *v, const struct change *c, bool forget_past)
{
    struct opened_env *o = handle_opened(v, c->env.name);
    struct seal_keys *keys = make_keys(v);
    enum err_code code;

    if (!keys)
        return err_no_memory(&v->err);
    code = change_rotate(c, keys, forget_past, &v->err);
    if (code != ERR_OK)
        return code;
    o->keys = keys;
    o->made = true;
    return ERR_OK;
}

enum err_code envs_rotate(struct vault *v, const struct change *c, bool forget_past)
{
    enum err_code code = envs_new_key(v, c, forget_past);

    return code == ERR_OK ? still_opens(v, handle_opened(v, c->env.name)) : code;
}
