/* What differs between two versions of a vault, by name. */
#include "compare.h"

#include "base/hashtable.h"

#include <sodium.h>
#include <string.h>

static const struct slice none = {"", 0}, any = {NULL, 0};

/* An environment in one of the two versions. */
struct version {
    struct vault *v; /* NULL: it is not there */
    struct slice env;
    bool open;
    struct seal_env e; /* if it is open */
};

struct comparison {
    struct vault *v[2]; /* before, after; one may be NULL */
    struct version side[2];
    bool same_key;
    bool same_text; /* the same key, and open on both sides or none: the same line is the same */
    struct hashtable lone[2]; /* by inbox-key: the first environment that the other version lacks */
    struct arena arena;       /* of the two values that are compared */
    compare_tell *tell;
    void *user;
    struct err failed;
};

enum { BEFORE, AFTER };

/* ---- telling ---- */

static struct compare_finding finding(const struct comparison *c, enum compare_what what,
                                      enum compare_part part)
{
    const struct version *named = c->side[AFTER].v ? &c->side[AFTER] : &c->side[BEFORE];

    return (struct compare_finding){.what = what,
                                    .part = part,
                                    .same_key = c->same_key,
                                    .env = named->env,
                                    .secret = none,
                                    .name = none,
                                    .before.text = any,
                                    .after.text = any};
}

static struct compare_side *side_of(struct compare_finding *f, int side)
{
    return side == BEFORE ? &f->before : &f->after;
}

static bool is_locked(enum err_code code)
{
    return code == ERR_LOCKED || code == ERR_NO_CREDENTIAL || code == ERR_CANCELLED;
}

/* What could not be opened; unless it is only locked that is the end's error too. */
static void tell_unread(struct comparison *c, struct compare_finding f, int side,
                        const struct err *err)
{
    f.what = COMPARE_UNREAD;
    f.in_after = side == AFTER;
    f.err = err;
    if (!is_locked(err->code) && c->failed.code == ERR_OK)
        c->failed = *err;
    c->tell(c->user, &f);
}

static enum compare_what what_of(const void *before, const void *after)
{
    return !before ? COMPARE_ADDED : !after ? COMPARE_REMOVED : COMPARE_CHANGED;
}

/* ---- tables of two versions ---- */

static struct doc_table *find(const struct version *s, enum doc_kind kind, struct slice secret)
{
    return s->v ? doc_find(&s->v->doc, kind, s->env, secret) : NULL;
}

static bool same_items(const struct doc_table *a, const struct doc_table *b)
{
    const struct doc_item *x = a->items, *y = b->items;

    for (; x && y && slice_equal(x->body, y->body); x = x->next)
        y = y->next;
    return !x && !y;
}

static bool same_table(const struct doc_table *a, const struct doc_table *b)
{
    return a && b ? slice_equal(a->secret, b->secret) && same_items(a, b) : !a && !b;
}

/* Byte for byte, but for comments. */
static bool same_env(const struct doc *a, const struct doc *b, struct slice env)
{
    struct doc_table *x = NULL, *y = NULL;
    bool same = true;

    for (int kind = DOC_ENV; kind <= DOC_INBOX && same; kind++)
        same = same_table(doc_find(a, (enum doc_kind)kind, env, none),
                          doc_find(b, (enum doc_kind)kind, env, none));
    while (same) {
        x = doc_next_table(a, x, DOC_SECRET, env);
        y = doc_next_table(b, y, DOC_SECRET, env);
        same = same_table(x, y);
        if (!x || !y)
            break;
    }
    return same;
}

typedef void compare_items(struct comparison *c, struct slice secret, struct doc_item *const *pair);

/* Each entry that differs, or that one version lacks. */
static void for_items(struct comparison *c, struct doc_table *const *tables, struct slice secret,
                      compare_items *compare)
{
    for (int side = BEFORE; side <= AFTER; side++) {
        struct doc_table *other = tables[!side];

        for (struct doc_item *i = tables[side] ? doc_entry(tables[side]->items) : NULL; i;
             i = doc_entry(i->next)) {
            struct doc_item *twin = other ? doc_find_entry(other, i->name) : NULL;
            struct doc_item *pair[2];

            pair[side] = i;
            pair[!side] = twin;
            /* What both have was compared in the first round. */
            if (!twin || (side == BEFORE && !(c->same_text && doc_same_parts(i, twin))))
                compare(c, secret, pair);
        }
    }
}

/* ---- values ---- */

static bool open_side(struct comparison *c, int side, struct slice secret, struct doc_item *item,
                      struct compare_finding *f)
{
    struct compare_side *out = side_of(f, side);
    struct err err = {.code = ERR_OK};

    if (!item)
        return true;
    out->text = item->part[DOC_SEALED];
    out->shown = doc_open_text(item);
    out->is_value = true;
    if (!c->side[side].open)
        return true;
    if (seal_value_open(&c->side[side].e, secret, item, &c->arena, &out->value, &err) == ERR_OK) {
        out->opened = true;
        return true;
    }
    tell_unread(c, *f, side, &err);
    return false;
}

static bool same_value(const struct comparison *c, const struct compare_finding *f)
{
    struct slice a = f->before.value.value, b = f->after.value.value;

    if (f->before.opened && f->after.opened)
        return f->before.value.kind == f->after.value.kind && a.len == b.len &&
               sodium_memcmp(a.at, b.at, a.len) == 0;
    /* Under another key every ciphertext differs, which says nothing. */
    return (!c->same_key || slice_equal(f->before.text, f->after.text)) &&
           !f->before.shown.at == !f->after.shown.at &&
           slice_equal(f->before.shown, f->after.shown);
}

static void compare_value(struct comparison *c, struct slice secret, struct doc_item *const *pair)
{
    struct compare_finding f = finding(c, what_of(pair[BEFORE], pair[AFTER]), COMPARE_VALUE);
    bool good;

    if (f.what == COMPARE_CHANGED && c->same_text && doc_same_value(pair[BEFORE], pair[AFTER]))
        return; /* only what follows it is another key */
    f.secret = secret;
    f.name = pair[AFTER] ? pair[AFTER]->name : pair[BEFORE]->name;
    good = open_side(c, BEFORE, secret, pair[BEFORE], &f);
    good = open_side(c, AFTER, secret, pair[AFTER], &f) && good;
    if (good && !(f.what == COMPARE_CHANGED && same_value(c, &f)))
        c->tell(c->user, &f);
    arena_clear(&c->arena);
}

static void compare_secret(struct comparison *c, struct slice secret,
                           struct doc_table *const *tables)
{
    struct compare_finding f = finding(c, what_of(tables[BEFORE], tables[AFTER]), COMPARE_SECRET);

    f.secret = secret;
    if (f.what != COMPARE_CHANGED)
        c->tell(c->user, &f);
    for_items(c, tables, secret, compare_value);
}

/* The table of this name in the other version: most often the one after the last. */
static struct doc_table *twin_of(const struct version *other, const struct doc_table *table,
                                 struct doc_table **last)
{
    struct doc_table *next;

    if (!other->v)
        return NULL;
    next = doc_next_table(&other->v->doc, *last, DOC_SECRET, other->env);
    if (!next || !slice_equal(next->secret, table->secret))
        next = find(other, DOC_SECRET, table->secret);
    if (next)
        *last = next;
    return next;
}

static void compare_secrets(struct comparison *c)
{
    for (int side = BEFORE; side <= AFTER; side++) {
        const struct version *s = &c->side[side];
        struct doc_table *last = NULL, *table = NULL, *tables[2];

        while (s->v && (table = doc_next_table(&s->v->doc, table, DOC_SECRET, s->env))) {
            tables[side] = table;
            tables[!side] = twin_of(&c->side[!side], table, &last);
            if (!tables[!side] ||
                (side == BEFORE && !(c->same_text && same_items(tables[0], tables[1]))))
                compare_secret(c, table->secret, tables);
        }
    }
}

/* ---- readers and proposals ---- */

static void compare_plainly(struct comparison *c, enum compare_part part, struct slice secret,
                            struct slice name, struct doc_item *const *pair)
{
    struct compare_finding f = finding(c, what_of(pair[BEFORE], pair[AFTER]), part);

    if (pair[BEFORE])
        f.before.text = pair[BEFORE]->part[0];
    if (pair[AFTER])
        f.after.text = pair[AFTER]->part[0];
    f.secret = secret;
    f.name = name;
    /* Under another key or name a reader's entry always differs, which says nothing. */
    if (f.what != COMPARE_CHANGED || !slice_equal(f.before.text, f.after.text) ||
        (c->same_key && slice_equal(c->side[BEFORE].env, c->side[AFTER].env) &&
         !doc_same_parts(pair[BEFORE], pair[AFTER])))
        c->tell(c->user, &f);
}

static struct doc_item *either(struct doc_item *const *pair)
{
    return pair[AFTER] ? pair[AFTER] : pair[BEFORE];
}

static void compare_reader(struct comparison *c, struct slice secret, struct doc_item *const *pair)
{
    compare_plainly(c, COMPARE_READER, secret, either(pair)->name, pair);
}

/* Its name is "S/KEY". */
static void compare_proposal(struct comparison *c, struct slice secret,
                             struct doc_item *const *pair)
{
    struct slice path = either(pair)->name; /* "S/NAME/TAG" */
    size_t before = (size_t)((const char *)memchr(path.at, '/', path.len) - path.at);

    secret = (struct slice){path.at, before};
    compare_plainly(c, COMPARE_PROPOSAL, secret,
                    (struct slice){path.at + before + 1, path.len - before - 2 - DOC_TAG}, pair);
}

static void compare_tables(struct comparison *c, enum doc_kind kind, compare_items *compare)
{
    struct doc_table *tables[2] = {find(&c->side[BEFORE], kind, none),
                                   find(&c->side[AFTER], kind, none)};

    for_items(c, tables, none, compare);
}

/* ---- an environment ---- */

static bool past_holds(const struct seal_env *e, const unsigned char key[SEAL_KEY])
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);
    struct seal_past past;
    struct err ignored;
    bool found = false;

    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && !found;
         i = doc_entry(i->next))
        found = seal_past_open(e, i, &past, &ignored) == ERR_OK &&
                sodium_memcmp(past.env, key, SEAL_KEY) == 0;
    sodium_memzero(&past, sizeof past);
    return found;
}

static struct slice inbox_key(const struct version *s)
{
    return find(s, DOC_ENV, none)->own[DOC_INBOX_KEY]->part[0];
}

static void compare_keys(struct comparison *c)
{
    const struct version *before = &c->side[BEFORE], *after = &c->side[AFTER];
    struct compare_finding f = finding(c, COMPARE_CHANGED, COMPARE_KEY);

    if (before->open)
        f.before.text = slice_of(before->e.keys->fingerprint);
    if (after->open)
        f.after.text = slice_of(after->e.keys->fingerprint);
    f.vouched = before->open && after->open && past_holds(&after->e, before->e.keys->env);
    c->tell(c->user, &f);
}

static enum err_code try_open(struct version *s)
{
    char env[NAME_MAX_LEN + 1] = "";
    enum err_code code;

    memcpy(env, s->env.at, s->env.len);
    code = handle_open_env(s->v, env, &s->e);
    s->open = code == ERR_OK;
    return code;
}

/* What a rotation keeps opens the older version, whichever of the two that is. */
static enum err_code open_with_other(struct version *s, const struct version *other)
{
    char env[NAME_MAX_LEN + 1] = "";

    memcpy(env, other->env.at, other->env.len);
    switch (handle_add_keys_of(s->v, other->v, env)) {
    case ERR_OK:
        return try_open(s);
    case ERR_NO_MEMORY:
        return ERR_NO_MEMORY;
    default:
        return ERR_LOCKED;
    }
}

static void open_versions(struct comparison *c)
{
    enum err_code code[2] = {ERR_OK, ERR_OK};
    struct err err[2];

    for (int side = AFTER; side >= BEFORE; side--)
        if (c->side[side].v) {
            code[side] = try_open(&c->side[side]);
            err[side] = c->side[side].v->err;
        }
    for (int side = BEFORE; side <= AFTER; side++)
        if (is_locked(code[side]) && c->side[!side].open)
            code[side] = open_with_other(&c->side[side], &c->side[!side]);
    for (int side = BEFORE; side <= AFTER; side++)
        if (code[side] != ERR_OK)
            tell_unread(c, finding(c, COMPARE_UNREAD, COMPARE_ENV), side,
                        is_locked(code[side]) ? &err[side] : &c->side[side].v->err);
}

static void compare_env(struct comparison *c)
{
    const struct version *before = &c->side[BEFORE], *after = &c->side[AFTER];
    struct compare_finding f;

    c->same_key = false;
    open_versions(c);
    c->same_key = before->v && after->v && slice_equal(inbox_key(before), inbox_key(after));
    c->same_text = c->same_key && before->open == after->open;
    f = finding(c, what_of(before->v, after->v), COMPARE_ENV);
    if (before->v)
        f.before.text = before->env;
    if (after->v)
        f.after.text = after->env;
    if (f.what != COMPARE_CHANGED || !slice_equal(before->env, after->env))
        c->tell(c->user, &f);
    if (f.what == COMPARE_CHANGED && !c->same_key)
        compare_keys(c);
    compare_tables(c, DOC_READERS, compare_reader);
    compare_tables(c, DOC_INBOX, compare_proposal);
    compare_secrets(c);
}

/* ---- all of them ---- */

static bool has_env(const struct vault *v, struct slice env)
{
    return v && doc_find(&v->doc, DOC_ENV, env, none);
}

static struct slice key_of(const struct doc_table *env)
{
    return env->own[DOC_INBOX_KEY]->part[0];
}

static enum err_code find_lone(struct comparison *c, int side)
{
    struct doc_table *t = NULL;

    while (c->v[BEFORE] && c->v[AFTER] && (t = doc_next_table(&c->v[side]->doc, t, DOC_ENV, any))) {
        void **first = NULL;

        if (has_env(c->v[!side], t->env))
            continue;
        first = hashtable_item(&c->lone[side], key_of(t));
        if (!first)
            return err_no_memory(&c->failed);
        if (!*first)
            *first = t;
    }
    return ERR_OK;
}

/* The environment of that side that has the same key under a name which the other side lacks: it
 * was renamed. Empty: there is none. */
static struct slice renamed(const struct comparison *c, const struct doc_table *env, int side)
{
    const struct doc_table *t = hashtable_find_item(&c->lone[side], key_of(env));

    return t ? t->env : none;
}

static void compare_pair(struct comparison *c, struct slice before, struct slice after)
{
    c->side[BEFORE] = (struct version){.v = before.len ? c->v[BEFORE] : NULL, .env = before};
    c->side[AFTER] = (struct version){.v = after.len ? c->v[AFTER] : NULL, .env = after};
    if (!(before.len && after.len && slice_equal(before, after) &&
          same_env(&c->v[BEFORE]->doc, &c->v[AFTER]->doc, after)))
        compare_env(c);
}

/* With `env`, that one alone. */
static void compare_envs(struct comparison *c, const char *env)
{
    struct doc_table *t = NULL;

    while (c->v[AFTER] && (t = doc_next_table(&c->v[AFTER]->doc, t, DOC_ENV, any)))
        if (!env || slice_is(t->env, env))
            compare_pair(c, has_env(c->v[BEFORE], t->env) ? t->env : renamed(c, t, BEFORE), t->env);
    for (t = NULL; c->v[BEFORE] && (t = doc_next_table(&c->v[BEFORE]->doc, t, DOC_ENV, any));)
        if ((!env || slice_is(t->env, env)) && !has_env(c->v[AFTER], t->env) &&
            renamed(c, t, AFTER).len == 0)
            compare_pair(c, t->env, none);
}

static struct slice id_of(const struct vault *v)
{
    return doc_find(&v->doc, DOC_VAULT, none, none)->own[DOC_ID]->part[0];
}

static void compare_ids(struct comparison *c)
{
    struct compare_finding f = {.what = COMPARE_CHANGED,
                                .part = COMPARE_ID,
                                .env = none,
                                .secret = none,
                                .name = none,
                                .before.text = id_of(c->v[BEFORE]),
                                .after.text = id_of(c->v[AFTER])};

    if (!slice_equal(f.before.text, f.after.text))
        c->tell(c->user, &f);
}

enum err_code compare_versions(struct vault *before, struct vault *after, const char *env,
                               compare_tell *tell, void *user)
{
    struct comparison c = {.v = {before, after}, .tell = tell, .user = user, .failed.code = ERR_OK};
    struct vault *other = after ? after : before;
    enum err_code code;

    if (!other)
        return ERR_OK;
    code = handle_load(other);
    if (code == ERR_OK && before) {
        code = handle_load(before);
        if (code != ERR_OK)
            other->err = before->err;
    }
    if (code != ERR_OK)
        return code;
    if (before && after)
        compare_ids(&c);
    if (find_lone(&c, BEFORE) == ERR_OK && find_lone(&c, AFTER) == ERR_OK)
        compare_envs(&c, env);
    hashtable_free(&c.lone[BEFORE]);
    hashtable_free(&c.lone[AFTER]);
    arena_free(&c.arena);
    stack_wipe();
    if (c.failed.code != ERR_OK)
        other->err = c.failed;
    return c.failed.code;
}
