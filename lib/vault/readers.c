/* Readers: given an environment's key, replaced, taken away. */
#include "readers.h"

#include "envs.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct slice none = {"", 0};

struct doc_item *readers_find(const struct doc *doc, struct slice env, struct slice name)
{
    struct doc_table *readers = doc_find(doc, DOC_READERS, env, none);

    return readers ? doc_find_entry(readers, name) : NULL;
}

static struct doc_item *find_passphrase(const struct doc *doc, const char *name)
{
    struct doc_table *table = doc_find(doc, DOC_PASSPHRASES, none, none);

    return table ? doc_find_entry(table, slice_of(name)) : NULL;
}

/* A key that stands there under this name already stays as it is; a damaged entry of it is made
 * anew. */
static enum err_code add_reader(struct vault *v, const struct change *c, const char *name,
                                struct slice public_key)
{
    struct doc_item *there = readers_find(&v->doc, c->env.name, slice_of(name));
    enum err_code code = change_check_readers(&c->env, slice_of(name), &v->err);

    if (code != ERR_OK)
        return code;
    if (there && !slice_equal(there->part[0], public_key))
        return err_set(&v->err, ERR_EXISTS, "%s reads %.*s with another key", name,
                       (int)c->env.name.len, c->env.name.at);
    if (there && seal_reader_verify(&c->env, there))
        return ERR_OK;
    return change_add_reader(c, slice_of(name), public_key, &v->err);
}

enum err_code readers_add(struct vault *v, const char *env, const char *name,
                          const char *public_key)
{
    struct age_recipient to;
    struct opened_env *o;
    struct buf text = {0};
    struct change c;
    enum err_code code = handle_check_name(v, "a reader", name);

    if (code == ERR_OK)
        code = age_recipient_read(slice_of(public_key), &to, &v->err);
    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code == ERR_OK && find_passphrase(&v->doc, name))
        code = err_set(&v->err, ERR_EXISTS, "%s is the name of a passphrase", name);
    if (code == ERR_OK) {
        age_recipient_write(&to, &text); /* without a comment */
        code = buf_ok(&text) ? add_reader(v, &c, name, buf_slice(&text)) : err_no_memory(&v->err);
        o = handle_opened(v, slice_of(env));
        if (!o->reader[0] && unlock_is_own(&v->unlock, buf_slice(&text)))
            snprintf(o->reader, sizeof o->reader, "%s", name); /* of an environment just made */
    }
    buf_free(&text);
    return code;
}

bool readers_are_pq(const struct vault *v, struct slice env, const char *but)
{
    const struct doc_table *readers = doc_find(&v->doc, DOC_READERS, env, none);
    struct age_recipient key;
    struct err ignored;
    size_t count = 0, others = 0;

    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i;
         i = doc_entry(i->next)) {
        if (but && slice_is(i->name, but))
            continue;
        others++;
        count +=
            age_recipient_read(i->part[0], &key, &ignored) == ERR_OK && age_recipient_is_pq(&key);
    }
    return others > 0 && count == others;
}

/* Whether the identity of a passphrase should be post-quantum: it keeps an environment so, or that
 * was asked for. Otherwise the readers may have an older libsodium, which cannot open one. */
static bool wants_pq(const struct vault *v, const char *env, const char *name)
{
#ifdef AGE_HAS_PQ
    return v->makes_pq || readers_are_pq(v, slice_of(env), name);
#else
    (void)v, (void)env, (void)name;
    return false;
#endif
}

/* A new identity and what [vault.passphrases] keeps of it. Takes as long as the stretching does. */
static enum err_code make_passphrase(struct vault *v, struct slice passphrase, bool is_pq,
                                     struct buf *public_key, struct buf *sealed)
{
    struct age_identity *made = arena_alloc(&v->unlock.arena, 2 * sizeof *made),
                        *stretched = made + 1;
    char *line = arena_alloc(&v->unlock.arena, AGE_IDENTITY_TEXT_MAX + 2);
    size_t len;
    enum err_code code;

    if (!made || !line)
        return err_no_memory(&v->err);
    code = age_identity_of_passphrase(passphrase, AGE_WORK_FACTOR, AGE_WORK_FACTOR_MAX, stretched,
                                      &v->err);
    if (code == ERR_OK && is_pq)
        code = age_identity_make_pq(made, &v->err);
    if (code == ERR_OK && !is_pq)
        age_identity_make(made);
    if (code == ERR_OK) {
        age_identity_write(made, line);
        len = strlen(line);
        line[len] = '\n';
        age_recipient_write(&made->self, public_key);
        code = change_wrap((struct slice){line, len + 1}, &stretched->self, sealed, &v->err);
    }
    if (code == ERR_OK)
        code = unlock_keep(&v->unlock, buf_slice(sealed), made, &v->err);
    sodium_memzero(made, 2 * sizeof *made);
    sodium_memzero(line, AGE_IDENTITY_TEXT_MAX + 2);
    if (code == ERR_OK && !(buf_ok(public_key) && buf_ok(sealed)))
        code = err_no_memory(&v->err);
    return code;
}

static enum err_code keep_passphrase(struct vault *v, const char *name, struct slice sealed)
{
    struct doc_table *table = doc_find(&v->doc, DOC_PASSPHRASES, none, none);
    struct doc_item *there = table ? doc_find_entry(table, slice_of(name)) : NULL;

    if (!table)
        table = doc_add_table(&v->doc, DOC_PASSPHRASES, none, none);
    if (!table || (there && !doc_set_part(&v->doc, there, 0, sealed)) ||
        (!there && !doc_add_item(&v->doc, table, DOC_ENTRY, slice_of(name), &sealed, NULL)))
        return err_no_memory(&v->err);
    return ERR_OK;
}

/* The public half of a passphrase: of the identity that it opens, and of nothing that stands in the
 * file. MUST: it is the reader's wherever the name reads. Whoever can change the entry of a reader,
 * or what [vault.passphrases] keeps, would otherwise choose to whom another environment is given.
 */
enum err_code readers_public_half(struct vault *v, const char *env, const char *name,
                                  struct age_recipient *key)
{
    const struct slice any = {NULL, 0};
    struct age_recipient theirs;
    struct err ignored;
    enum err_code code =
        unlock_passphrase(&v->unlock, &v->doc, slice_of(env), slice_of(name), key, &v->err);

    for (struct doc_table *t = NULL;
         code == ERR_OK && (t = doc_next_table(&v->doc, t, DOC_READERS, any));) {
        const struct doc_item *reader = doc_find_entry(t, slice_of(name));

        if (!reader || (age_recipient_read(reader->part[0], &theirs, &ignored) == ERR_OK &&
                        age_recipient_equal(&theirs, key)))
            continue;
        code = err_set(&v->err, ERR_INTEGRITY,
                       "the passphrase of %s opens another key than %s has in %.*s: one of the two "
                       "was changed by somebody",
                       name, name, (int)t->env.len, t->env.at);
        err_because(&v->err, ERR_REASON_CHANGED);
        err_detail(&v->err, ERR_ENV, t->env.at, t->env.len);
        err_detail_text(&v->err, ERR_NAME, name);
    }
    return code;
}

/* The same while the lock is held: nobody is asked. */
static enum err_code public_half_again(struct vault *v, const char *env, const char *name,
                                       struct buf *public_key)
{
    struct age_recipient key;
    enum err_code code;

    v->unlock.is_mute = true;
    code = readers_public_half(v, env, name, &key);
    v->unlock.is_mute = false;
    if (code == ERR_OK) {
        age_recipient_write(&key, public_key);
        code = buf_ok(public_key) ? ERR_OK : err_no_memory(&v->err);
    }
    return code;
}

/* The next environment, behind the one called env ("": the first), that name reads. */
static bool next_env_of(const struct vault *v, const char *name, char env[NAME_MAX_LEN + 1])
{
    const struct slice any = {NULL, 0};
    struct doc_table *t = env[0] ? doc_find(&v->doc, DOC_READERS, slice_of(env), none) : NULL;

    while ((t = doc_next_table(&v->doc, t, DOC_READERS, any)))
        if (doc_find_entry(t, slice_of(name))) {
            snprintf(env, NAME_MAX_LEN + 1, "%.*s", (int)t->env.len, t->env.at);
            return true;
        }
    return false;
}

enum err_code readers_add_passphrase(struct vault *v, const char *env, const char *name,
                                     const char *passphrase, size_t len)
{
    struct buf public_key = {0}, sealed = {0};
    struct age_recipient key;
    struct seal_env e;
    struct change c;
    char elsewhere[NAME_MAX_LEN + 1] = "";
    enum err_code code = handle_check_name(v, "a reader", name);

    if (code == ERR_OK)
        code = handle_open_env(v, env, &e);
    if (code == ERR_OK) /* before the lock: it takes its time */
        code = passphrase ? make_passphrase(v, (struct slice){passphrase, len},
                                            wants_pq(v, env, name), &public_key, &sealed)
                          : readers_public_half(v, env, name, &key);
    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code == ERR_OK && find_passphrase(&v->doc, name) && passphrase)
        code = err_set(&v->err, ERR_EXISTS, "there is a passphrase %s already", name);
    if (code == ERR_OK && passphrase && next_env_of(v, name, elsewhere))
        code = err_set(&v->err, ERR_EXISTS, "%s reads %s with a key", name, elsewhere);
    if (code == ERR_OK)
        code = passphrase ? keep_passphrase(v, name, buf_slice(&sealed))
                          : public_half_again(v, env, name, &public_key);
    if (code == ERR_OK)
        code = add_reader(v, &c, name, buf_slice(&public_key));
    buf_free(&public_key);
    buf_free(&sealed);
    return code;
}

/* Another key for a name, everywhere; `sealed`: of a passphrase, else empty. */
static enum err_code replace_reader(struct vault *v, const char *name, struct slice public_key,
                                    struct slice sealed)
{
    struct change c;
    char env[NAME_MAX_LEN + 1] = "";
    enum err_code code = ERR_OK;

    for (env[0] = '\0'; code == ERR_OK && next_env_of(v, name, env);) {
        code = handle_begin(v, env, &c);
        if (code == ERR_OK) /* MUST NOT: nobody gets an environment by an entry made by hand */
            code = change_check_readers(&c.env, none, &v->err);
        if (code == ERR_OK)
            code = change_add_reader(&c, slice_of(name), public_key, &v->err);
        if (code == ERR_OK)
            code = envs_rotate(v, &c, false);
    }
    if (code == ERR_OK && sealed.len == 0 && find_passphrase(&v->doc, name))
        doc_remove_item(&v->doc, doc_find(&v->doc, DOC_PASSPHRASES, none, none),
                        find_passphrase(&v->doc, name));
    if (code == ERR_OK)
        code = envs_drop_unused_passphrases(v);
    return code;
}

/* Opens all that name reads, with its old key perhaps, before that is replaced. */
static enum err_code begin_all(struct vault *v, const char *name)
{
    struct change c;
    char env[NAME_MAX_LEN + 1] = "";
    enum err_code code = handle_load(v);

    if (code == ERR_OK && !next_env_of(v, name, env))
        code = err_set(&v->err, ERR_ABSENT, "%s reads no environment", name);
    for (env[0] = '\0'; code == ERR_OK && next_env_of(v, name, env);)
        code = handle_begin(v, env, &c);
    return code;
}

enum err_code readers_replace(struct vault *v, const char *name, const char *public_key)
{
    struct age_recipient to;
    struct buf text = {0};
    enum err_code code = handle_check_name(v, "a reader", name);

    if (code == ERR_OK)
        code = age_recipient_read(slice_of(public_key), &to, &v->err);
    if (code == ERR_OK)
        code = begin_all(v, name);
    if (code == ERR_OK) {
        age_recipient_write(&to, &text);
        code = buf_ok(&text) ? replace_reader(v, name, buf_slice(&text), none)
                             : err_no_memory(&v->err);
    }
    buf_free(&text);
    return code;
}

enum err_code readers_change_passphrase(struct vault *v, const char *name, const char *passphrase,
                                        size_t len)
{
    struct buf public_key = {0}, sealed = {0};
    char env[NAME_MAX_LEN + 1] = "";
    bool is_pq;
    enum err_code code = handle_check_name(v, "a reader", name);

    if (code == ERR_OK)
        code = handle_load(v);
    if (code == ERR_OK && !next_env_of(v, name, env))
        code = err_set(&v->err, ERR_ABSENT, "%s reads no environment", name);
    is_pq = code == ERR_OK;
    for (env[0] = '\0'; is_pq && next_env_of(v, name, env);)
        is_pq = wants_pq(v, env, name);
    if (code == ERR_OK) /* before the lock: it takes its time */
        code = make_passphrase(v, (struct slice){passphrase, len}, is_pq, &public_key, &sealed);
    if (code == ERR_OK)
        code = begin_all(v, name);
    if (code == ERR_OK)
        code = unlock_add_passphrase(&v->unlock, (struct slice){passphrase, len}, &v->err);
    if (code == ERR_OK)
        code = keep_passphrase(v, name, buf_slice(&sealed));
    if (code == ERR_OK)
        code = replace_reader(v, name, buf_slice(&public_key), buf_slice(&sealed));
    buf_free(&public_key);
    buf_free(&sealed);
    return code;
}

/* Whether a reader has this public key, however either is written. */
static bool has_key(const struct doc_item *reader, struct slice public_key)
{
    struct age_recipient a, b;
    struct err ignored;

    if (age_recipient_read(reader->part[0], &a, &ignored) != ERR_OK ||
        age_recipient_read(public_key, &b, &ignored) != ERR_OK)
        return slice_equal(reader->part[0], public_key);
    return age_recipient_equal(&a, &b);
}

static bool goes_with(const struct change *c, const struct doc_item *other,
                      const struct doc_item *reader)
{
    return other == reader ||
           (has_key(other, reader->part[0]) && seal_reader_verify(&c->env, other));
}

/* A key is a person: every name that it has goes. MUST NOT: one that somebody has put there who
 * cannot open the environment goes silently, be it with another reader's name. */
static enum err_code drop_reader(struct vault *v, const struct change *c, const char *name)
{
    struct doc_table *readers = doc_find(&v->doc, DOC_READERS, c->env.name, none);
    struct doc_item *reader = readers ? doc_find_entry(readers, slice_of(name)) : NULL, *next;
    size_t going = 0;
    enum err_code code = ERR_OK;

    if (!reader)
        return change_drop_reader(c, slice_of(name), &v->err);
    for (struct doc_item *i = doc_entry(readers->items); i; i = doc_entry(i->next))
        going += goes_with(c, i, reader);
    if (going == readers->entries)
        return err_set(&v->err, ERR_INVALID, "%s is the last reader of %.*s", name,
                       (int)c->env.name.len, c->env.name.at);
    for (struct doc_item *i = doc_entry(readers->items); i && code == ERR_OK; i = next) {
        next = doc_entry(i->next);
        if (i != reader && goes_with(c, i, reader))
            code = change_drop_reader(c, i->name, &v->err);
    }
    return code == ERR_OK ? change_drop_reader(c, reader->name, &v->err) : code;
}

enum err_code readers_remove(struct vault *v, const char *env, const char *name, bool lock_out)
{
    struct change c;
    enum err_code code = handle_check_name(v, "a reader", name);

    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code == ERR_OK)
        code = drop_reader(v, &c, name);
    if (code == ERR_OK)
        code = lock_out ? envs_new_key(v, &c, false) : envs_rotate(v, &c, false);
    if (code == ERR_OK)
        code = envs_drop_unused_passphrases(v);
    return code;
}
