/* Changes to an environment that leave every seal of it true. */
#include "change.h"

#include "base/base64.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct slice none = {"", 0};

/* A placeholder for a seal, until the chain is sealed again. */
static const struct slice no_seal = {"AAAAAAAAAAAAAAAAAAAAAA", DOC_SEAL_TEXT};

/* --- keys --- */

/* Updates the seal that names the variable after `before`: that of an entry, or first-key. */
static bool chain_behind(const struct change *c, struct doc_table *secret, struct doc_item *before)
{
    return before ? seal_chain_key(&c->env, secret, before) : seal_chain_keys(&c->env, secret);
}

/* When a value is written that replaces another: always later than that one, whatever the clocks of
 * their machines said, so that a merge sees which came first. */
static uint64_t date_after(uint64_t now, uint64_t replaced)
{
    return now > replaced || replaced == UINT64_MAX ? now : replaced + 1;
}

/* What a variable has now. */
struct old {
    bool same; /* its value is the one asked about */
    enum seal_kind kind;
    uint64_t updated_at;
};

static enum err_code read_old(const struct change *c, struct doc_table *secret,
                              struct doc_item *item, struct slice value, struct old *old,
                              struct err *err)
{
    struct arena own = {0}, *arena = c->opened ? c->opened : &own;
    struct seal_value opened;
    enum err_code code = seal_value_open(&c->env, secret->secret, item, arena, &opened, err);

    if (code == ERR_OK)
        *old = (struct old){slice_equal(opened.value, value), opened.kind, opened.updated_at};
    arena_clear(arena);
    arena_free(&own);
    return code;
}

enum err_code change_date_after(struct change *c, struct doc_table *secret, struct err *err)
{
    struct arena opened = {0};
    struct change each = *c;
    enum err_code code = ERR_OK;
    struct old old;

    each.opened = &opened;
    for (struct doc_item *key = doc_entry(secret->items); key && code == ERR_OK;
         key = doc_entry(key->next)) {
        code = read_old(&each, secret, key, none, &old, err);
        if (code == ERR_OK)
            c->now = date_after(c->now, old.updated_at);
    }
    arena_free(&opened);
    return code;
}

enum err_code change_put_sealed(struct doc *doc, struct doc_table *secret, struct slice name,
                                struct slice sealed, const struct seal_value *value,
                                struct doc_item **before, struct err *err)
{
    struct slice parts[DOC_PARTS] = {sealed, no_seal, {NULL, 0}};
    struct buf spelled = {0};
    struct doc_item *item = NULL;

    if (value->kind == SEAL_OPEN) {
        text_spell(&spelled, value->value);
        parts[DOC_OPEN] = (struct slice){spelled.len ? spelled.data : "", spelled.len};
    }
    if (buf_ok(&spelled))
        item = doc_put_value(doc, secret, name, parts, before);
    buf_free(&spelled);
    return err_memory(item != NULL, err);
}

static enum err_code put_sealed(const struct change *c, struct doc_table *secret, struct slice key,
                                struct slice sealed, const struct seal_value *value,
                                struct err *err)
{
    bool added = !doc_find_entry(secret, key);
    struct doc_item *before = NULL;
    enum err_code code = change_put_sealed(c->env.doc, secret, key, sealed, value, &before, err);

    if (code != ERR_OK || !added)
        return code;
    return err_memory(seal_chain_key(&c->env, secret, doc_find_entry(secret, key)) &&
                          chain_behind(c, secret, before),
                      err);
}

enum err_code change_put(const struct change *c, struct doc_table *secret, struct slice key,
                         struct slice value, int kind, struct err *err)
{
    struct seal_value new = {.value = value, .author = c->author, .updated_at = c->now};
    struct doc_item *item = doc_find_entry(secret, key);
    struct buf text = {0};
    struct old old = {.same = false};
    enum err_code code = item ? read_old(c, secret, item, value, &old, err) : ERR_OK;

    if (code != ERR_OK || (old.same && (kind == CHANGE_ANY_KIND || kind == (int)old.kind)))
        return code;
    new.kind = kind == CHANGE_ANY_KIND ? SEAL_PLAIN : (enum seal_kind)kind;
    if (item)
        new.updated_at = date_after(c->now, old.updated_at);
    code = seal_value_make(&c->env, secret->secret, key, &new, c->scratch, &text, err);
    if (code == ERR_OK)
        code = put_sealed(c, secret, key, buf_slice(&text), &new, err);
    buf_free(&text);
    return code;
}

enum err_code change_drop(const struct change *c, struct doc_table *secret, struct doc_item *key,
                          struct err *err)
{
    struct doc_item *before = doc_entry_before(key);

    doc_remove_item(c->env.doc, secret, key);
    return err_memory(chain_behind(c, secret, before), err);
}

/* Opens each value as it was sealed in `from`, under the secret's old name, and seals it for where
 * its present place. */
static enum err_code seal_anew(const struct seal_env *to, struct doc_table *secret,
                               const struct seal_env *from, struct slice old_name,
                               struct buf *scratch, struct err *err)
{
    struct buf text = {0};
    struct arena arena = {0};
    enum err_code code = ERR_OK;
    struct seal_value value;
    struct doc_item *key;

    for (key = doc_entry(secret->items); key && code == ERR_OK; key = doc_entry(key->next)) {
        arena_clear(&arena);
        code = seal_value_open(from, old_name, key, &arena, &value, err);
        if (code == ERR_OK)
            code = seal_value_make(to, secret->secret, key->name, &value, scratch, &text, err);
        if (code == ERR_OK)
            code = err_memory(doc_set_part(to->doc, key, DOC_SEALED, buf_slice(&text)), err);
    }
    arena_free(&arena);
    buf_free(&text);
    return code == ERR_OK ? err_memory(seal_chain_whole(to, secret), err) : code;
}

/* --- secrets --- */

/* Updates the seal that names the secret after `before`: next-secret, or first-secret. */
static bool chain_secrets_behind(const struct seal_env *e, struct doc_table *before)
{
    return before ? seal_chain_secret(e, before) : seal_chain_env(e);
}

static void date_text(uint64_t when, char text[DOC_DATE_TEXT + 1])
{
    time_t seconds = (time_t)when;
    struct tm tm = {0};

    if (!gmtime_r(&seconds, &tm) ||
        strftime(text, DOC_DATE_TEXT + 1, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        memcpy(text, "1970-01-01T00:00:00Z", DOC_DATE_TEXT + 1);
}

static bool add_own(struct doc *doc, struct doc_table *table, int own, struct slice part)
{
    return doc_add_item(doc, table, own, none, &part, NULL) != NULL;
}

static struct doc_table *add_table(const struct change *c, struct slice name,
                                   struct slice created_at, struct slice created_by)
{
    struct doc_table *t = doc_add_table(c->env.doc, DOC_SECRET, c->env.name, name);
    struct buf spelled = {0};
    bool good = t != NULL;

    text_spell(&spelled, created_by);
    good = good && buf_ok(&spelled) && add_own(c->env.doc, t, DOC_NEXT_SECRET, no_seal) &&
           add_own(c->env.doc, t, DOC_CREATED_AT, created_at) &&
           add_own(c->env.doc, t, DOC_CREATED_BY, buf_slice(&spelled)) &&
           add_own(c->env.doc, t, DOC_FIRST_KEY, no_seal);
    buf_free(&spelled);
    return good ? t : NULL;
}

static bool chain_in(const struct seal_env *e, struct doc_table *secret)
{
    return seal_chain_secret(e, secret) && chain_secrets_behind(e, secret->secret_before);
}

enum err_code change_add_secret(const struct change *c, struct slice name,
                                struct doc_table **secret, struct err *err)
{
    char now[DOC_DATE_TEXT + 1];

    date_text(c->now, now);
    *secret = add_table(c, name, slice_of(now), c->author);
    return err_memory(*secret && seal_chain_keys(&c->env, *secret) && chain_in(&c->env, *secret),
                      err);
}

enum err_code change_drop_secret(const struct change *c, struct doc_table *secret, struct err *err)
{
    struct doc_table *before = secret->secret_before;

    doc_remove_table(c->env.doc, secret);
    return err_memory(chain_secrets_behind(&c->env, before), err);
}

enum err_code change_rename_secret(const struct change *c, struct doc_table *secret,
                                   struct slice name, struct err *err)
{
    struct doc_table *before = secret->secret_before;
    struct slice old_name = secret->secret;
    enum err_code code;

    if (!doc_rename_table(c->env.doc, secret, c->env.name, name))
        return err_no_memory(err);
    code = seal_anew(&c->env, secret, &c->env, old_name, c->scratch, err);
    if (code != ERR_OK)
        return code;
    return err_memory(chain_secrets_behind(&c->env, before) && chain_in(&c->env, secret), err);
}

enum err_code change_copy_secret(const struct change *c, struct slice name,
                                 const struct seal_env *from, struct doc_table *secret,
                                 struct err *err)
{
    struct doc_table *copy;
    enum err_code code = change_add_secret(c, name, &copy, err);

    if (code != ERR_OK)
        return code;
    for (struct doc_item *key = doc_entry(secret->items); key; key = doc_entry(key->next))
        if (!doc_put_value(c->env.doc, copy, key->name,
                           (struct slice[]){key->part[DOC_SEALED], key->part[DOC_NEXT_KEY],
                                            doc_open_text(key)},
                           NULL))
            return err_no_memory(err);
    return seal_anew(&c->env, copy, from, secret->secret, c->scratch, err);
}

/* --- readers --- */

enum err_code change_wrap(struct slice plain, const struct age_recipient *to, struct buf *text,
                          struct err *err)
{
    struct buf file = {0};
    enum err_code code = age_encrypt(plain, to, 1, &file, err);
    char *room = code == ERR_OK ? buf_reserve(text, BASE64_ENCODED(file.len)) : NULL;

    if (room) {
        base64_encode(room, file.data, file.len);
        text->len += BASE64_ENCODED(file.len);
    } else if (code == ERR_OK) {
        code = err_no_memory(err);
    }
    buf_free(&file);
    return code;
}

static struct slice key_slice(const struct seal_keys *keys)
{
    return (struct slice){(const char *)keys->env, SEAL_KEY};
}

/* Puts "reader NAME: " in front of the sentence. */
static enum err_code name_reader(const struct doc_item *reader, struct err *err)
{
    char name[sizeof "reader " + NAME_MAX_LEN];

    snprintf(name, sizeof name, "reader %.*s", (int)reader->name.len, reader->name.at);
    return err_prefix(err, name);
}

/* Gives e's key to an item's public key: its age file and its seal are made anew. */
static enum err_code give_key(const struct change *c, const struct seal_env *e,
                              struct doc_item *reader, struct err *err)
{
    struct age_recipient to;
    struct buf text = {0};
    char seal[DOC_SEAL_TEXT];
    enum err_code code = age_recipient_read(reader->part[0], &to, err);

    if (code != ERR_OK)
        return name_reader(reader, err);
    to.plugins = c->plugins;
    code = change_wrap(key_slice(e->keys), &to, &text, err);
    if (age_recipient_plugin(&to) && code != ERR_OK && code != ERR_NO_MEMORY)
        name_reader(reader, err);
    if (code == ERR_OK) {
        seal_reader(e, reader->name, reader->part[0], buf_slice(&text), seal);
        code = err_memory(doc_set_part(e->doc, reader, 1, buf_slice(&text)) &&
                              doc_set_part(e->doc, reader, 2, (struct slice){seal, sizeof seal}),
                          err);
    }
    buf_free(&text);
    return code;
}

enum err_code change_add_reader(const struct change *c, struct slice name, struct slice public_key,
                                struct err *err)
{
    struct doc_table *readers = doc_find(c->env.doc, DOC_READERS, c->env.name, none);
    const struct slice parts[] = {public_key, {"AA", 2}, no_seal};
    struct doc_item *item;

    if (!readers)
        readers = doc_add_table(c->env.doc, DOC_READERS, c->env.name, none);
    if (!readers)
        return err_no_memory(err);
    item = doc_find_entry(readers, name);
    if (item && !doc_set_part(c->env.doc, item, 0, public_key))
        return err_no_memory(err);
    if (!item)
        item = doc_add_item(c->env.doc, readers, DOC_ENTRY, name, parts, NULL);
    return item ? give_key(c, &c->env, item, err) : err_no_memory(err);
}

enum err_code change_drop_reader(const struct change *c, struct slice name, struct err *err)
{
    struct doc_table *readers = doc_find(c->env.doc, DOC_READERS, c->env.name, none);
    struct doc_item *item = readers ? doc_find_entry(readers, name) : NULL;

    if (!item)
        return err_set(err, ERR_ABSENT, "%.*s is no reader of %.*s", (int)name.len, name.at,
                       (int)c->env.name.len, c->env.name.at);
    doc_remove_item(c->env.doc, readers, item);
    return ERR_OK;
}

enum err_code change_check_readers(const struct seal_env *e, struct slice but, struct err *err)
{
    struct doc_table *readers = doc_find(e->doc, DOC_READERS, e->name, none);

    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i; i = doc_entry(i->next))
        if (!slice_equal(i->name, but) && !seal_reader_verify(e, i))
            return err_set(err, ERR_INTEGRITY,
                           "reader %.*s of %.*s was put there, or changed, by somebody who cannot "
                           "open it: nothing is given to that key",
                           (int)i->name.len, i->name.at, (int)e->name.len, e->name.at);
    return ERR_OK;
}

/* Gives the readers, who were checked, the key of `to`. */
static enum err_code give_all(const struct change *c, const struct seal_env *to, struct err *err)
{
    struct doc_table *readers = doc_find(to->doc, DOC_READERS, to->name, none);
    enum err_code code = ERR_OK;

    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next))
        code = give_key(c, to, i, err);
    return code;
}

/* Of readers who were checked, and who keep their age files. */
static bool seal_readers_anew(const struct seal_env *to)
{
    struct doc_table *readers = doc_find(to->doc, DOC_READERS, to->name, none);
    char seal[DOC_SEAL_TEXT];

    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i;
         i = doc_entry(i->next)) {
        seal_reader(to, i->name, i->part[0], i->part[1], seal);
        if (!doc_set_part(to->doc, i, 2, (struct slice){seal, sizeof seal}))
            return false;
    }
    return true;
}

/* --- environments --- */

enum err_code change_add_env(const struct change *c, struct err *err)
{
    struct doc *doc = c->env.doc;
    struct doc_table *env = doc_add_table(doc, DOC_ENV, c->env.name, none);

    return err_memory(env && doc_add_table(doc, DOC_READERS, c->env.name, none) &&
                          doc_add_table(doc, DOC_INBOX, c->env.name, none) &&
                          add_own(doc, env, DOC_INBOX_KEY, slice_of(c->env.keys->inbox_key)) &&
                          add_own(doc, env, DOC_FIRST_SECRET, no_seal) && seal_chain_env(&c->env),
                      err);
}

void change_drop_env(struct doc *doc, struct slice name)
{
    struct doc_table *next;

    for (struct doc_table *t = doc->tables; t; t = next) {
        next = t->next;
        if (t->kind >= DOC_ENV && slice_equal(t->env, name))
            doc_remove_table(doc, t);
    }
}

/* The past is sealed for the new name or key; what `from` could open, `to` can. */
static enum err_code seal_past_anew(const struct seal_env *to, const struct seal_env *from,
                                    struct err *err)
{
    struct doc_table *table = doc_find(to->doc, DOC_PAST, to->name, none);
    enum err_code code = ERR_OK;
    char text[SEAL_PAST_TEXT];
    struct seal_past past;
    struct slice made;

    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next)) {
        code = seal_past_open(from, i, &past, err);
        if (code != ERR_OK)
            break;
        made = seal_past_make(to, i->name, &past, text);
        code = err_memory(doc_set_part(to->doc, i, 0, made), err);
    }
    sodium_memzero(&past, sizeof past);
    return code;
}

/* Every secret, its values and its chain. */
static enum err_code seal_all_anew(const struct seal_env *to, const struct seal_env *from,
                                   struct buf *scratch, struct err *err)
{
    struct doc_table *secret = NULL;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && (secret = doc_next_table(to->doc, secret, DOC_SECRET, to->name))) {
        code = seal_anew(to, secret, from, secret->secret, scratch, err);
        if (code == ERR_OK)
            code = err_memory(seal_chain_secret(to, secret), err);
    }
    return code == ERR_OK ? err_memory(seal_chain_env(to), err) : code;
}

enum err_code change_rename_env(const struct change *c, struct slice name, struct err *err)
{
    struct doc *doc = c->env.doc;
    struct seal_env to = c->env;
    struct doc_table *next;
    enum err_code code = change_check_readers(&c->env, none, err);

    if (code != ERR_OK)
        return code;
    to.name = name;
    for (struct doc_table *t = doc->tables; t; t = next) {
        next = t->next;
        if (t->kind >= DOC_ENV && slice_equal(t->env, c->env.name) &&
            !doc_rename_table(doc, t, name, t->secret))
            return err_no_memory(err);
    }
    code = seal_past_anew(&to, &c->env, err);
    if (code == ERR_OK)
        code = err_memory(seal_readers_anew(&to), err);
    return code == ERR_OK ? seal_all_anew(&to, &c->env, c->scratch, err) : code;
}

static enum err_code keep_in_past(const struct seal_env *to, const struct change *from,
                                  struct err *err)
{
    struct doc_table *table = doc_find(to->doc, DOC_PAST, to->name, none);
    struct seal_past past = {.rotated_at = from->now};
    char text[SEAL_PAST_TEXT], number[24];
    struct slice part;

    if (!table)
        table = doc_add_table(to->doc, DOC_PAST, to->name, none);
    if (!table)
        return err_no_memory(err);
    snprintf(number, sizeof number, "%zu", table->entries + 1);
    memcpy(past.env, from->env.keys->env, SEAL_KEY);
    seal_past_set_author(&past, from->author);
    part = seal_past_make(to, slice_of(number), &past, text);
    sodium_memzero(&past, sizeof past);
    return err_memory(
        doc_add_item(to->doc, table, DOC_ENTRY, slice_of(number), &part, NULL) != NULL, err);
}

enum err_code change_rotate(const struct change *c, const struct seal_keys *keys, bool forget_past,
                            struct err *err)
{
    struct seal_env to = c->env;
    struct doc_table *env = doc_find(c->env.doc, DOC_ENV, c->env.name, none);
    struct doc_table *past = doc_find(c->env.doc, DOC_PAST, c->env.name, none);
    enum err_code code;

    to.keys = keys;
    code = change_check_readers(&c->env, none, err);
    if (code == ERR_OK)
        code = give_all(c, &to, err);
    if (code != ERR_OK)
        return code;
    if (!doc_set_part(to.doc, env->own[DOC_INBOX_KEY], 0, slice_of(keys->inbox_key)))
        return err_no_memory(err);
    if (forget_past && past)
        doc_remove_table(to.doc, past);
    if (!forget_past) {
        code = seal_past_anew(&to, &c->env, err);
        if (code == ERR_OK)
            code = keep_in_past(&to, c, err);
    }
    return code == ERR_OK ? seal_all_anew(&to, &c->env, c->scratch, err) : code;
}
