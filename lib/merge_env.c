/* The merge of one environment with its keys: which key it comes out under, who reads it, and its
 * values compared as plain text. */
#include "merge_in.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct slice none = {"", 0};
static const struct slice no_seal = {"AAAAAAAAAAAAAAAAAAAAAA", DOC_SEAL_TEXT};
static const char *const side_names[] = {"the common ancestor", "ours", "theirs"};

static enum err_code done(bool good, struct err *err)
{
    return good ? ERR_NONE : merge_out_of_memory(err);
}

static bool is_open(const struct merge_env *e, enum merge_side side)
{
    return e->side[side].keys != NULL;
}

static struct slice inbox_key(const struct seal_env *e)
{
    return doc_find(e->doc, DOC_ENV, e->name, none)->own[DOC_INBOX_KEY]->part[0];
}

/* The inbox key follows from the key, and so tells it without one. */
static bool same_key(const struct merge_env *e, enum merge_side a, enum merge_side b)
{
    return e->there[a] && e->there[b] &&
           slice_equal(inbox_key(&e->side[a]), inbox_key(&e->side[b]));
}

/* ---- opening ---- */

static bool is_locked(enum err_code code)
{
    return code == ERR_LOCKED || code == ERR_NO_CREDENTIAL || code == ERR_CANCELLED;
}

static enum err_code of_side(enum merge_side side, struct err *err)
{
    struct err inner = *err;

    err_set(err, inner.code, "%s: %s", side_names[side], inner.text);
    if (inner.hint[0])
        err_hint(err, "%s", inner.hint);
    return inner.code;
}

/* Keeps the key, and those of its past, which open older versions. */
static enum err_code remember(struct merge *m, const struct seal_env *e, struct err *err)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);
    enum err_code code = unlock_add_key(&m->known, e->keys->env, err);
    struct seal_past past;

    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_NONE;
         i = doc_entry(i->next)) {
        code = seal_past_open(e, i, &past, err);
        if (code == ERR_NONE)
            code = unlock_add_key(&m->known, past.env, err);
    }
    sodium_memzero(&past, sizeof past);
    return code;
}

static enum err_code open_side(struct merge *m, struct merge_env *e, enum merge_side side,
                               struct unlock *with, struct err *err)
{
    struct seal_keys *keys = arena_alloc(&m->keys, sizeof *keys);
    struct seal_env *s = &e->side[side];
    struct slice reader;
    enum err_code code;

    if (!keys)
        return merge_out_of_memory(err);
    code = unlock_env(with, &m->side[side], e->name, keys, &reader, err);
    if (code == ERR_NONE) {
        s->keys = keys;
        code = seal_verify(s, err);
        if (code == ERR_NONE)
            code = remember(m, s, err);
    }
    if (code == ERR_CANCELLED) /* who does not answer is not asked for the other versions */
        with->ask = NULL;
    if (is_locked(code))
        return ERR_NONE;
    return code == ERR_NONE ? code : of_side(side, err);
}

static enum err_code open_sides(struct merge *m, struct merge_env *e, struct unlock *with,
                                struct err *err)
{
    static const enum merge_side order[] = {MERGE_OURS, MERGE_THEIRS, MERGE_BASE};
    enum err_code code = ERR_NONE;

    for (int i = 0; i < MERGE_SIDES && code == ERR_NONE; i++)
        if (e->there[order[i]] && !is_open(e, order[i]))
            code = open_side(m, e, order[i], with, err);
    return code;
}

/* A value that base has in the same text under the same key has been looked at before. */
static enum err_code check_entries(const struct merge_env *e, enum merge_side side,
                                   struct doc_table *const tables[MERGE_SIDES], struct arena *arena,
                                   struct err *err)
{
    bool like_base = same_key(e, side, MERGE_BASE);
    enum err_code code = ERR_NONE;
    struct doc_table *table = tables[side], *base = tables[MERGE_BASE];
    struct seal_value value;

    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_NONE;
         i = doc_entry(i->next)) {
        struct doc_item *old = like_base && base ? doc_find_entry(base, i->name) : NULL;

        if (old && slice_equal(old->part[0], i->part[0]))
            continue;
        code = seal_value_open(&e->side[side], table->secret, i, arena, &value, err);
        arena_clear(arena);
    }
    return code == ERR_NONE ? code : of_side(side, err);
}

static enum err_code check_values(struct merge *m, const struct merge_env *e, struct err *err)
{
    struct merge_names names;
    struct arena arena = {0};
    struct slice name;
    void *tables[MERGE_SIDES];
    enum err_code code = done(merge_names_of_secrets(m, e, &names), err);

    while (code == ERR_NONE && merge_names_next(&names, &name, tables))
        for (int side = MERGE_OURS; side <= MERGE_THEIRS && code == ERR_NONE; side++)
            if (is_open(e, (enum merge_side)side))
                code = check_entries(e, (enum merge_side)side, (struct doc_table *const *)tables,
                                     &arena, err);
    arena_free(&arena);
    return code;
}

enum err_code merge_env_open(struct merge *m, struct merge_env *e, struct err *err)
{
    enum err_code code = open_sides(m, e, m->unlock, err);

    if (code == ERR_NONE) /* those whose key is in the past of one that was opened */
        code = open_sides(m, e, &m->known, err);
    return code == ERR_NONE ? check_values(m, e, err) : code;
}

/* ---- which key ---- */

/* Whether a's key is b's, or has it in its past. */
static enum err_code descends(const struct merge_env *e, enum merge_side a, enum merge_side b,
                              bool *yes, struct err *err)
{
    struct doc_table *table = doc_find(e->side[a].doc, DOC_PAST, e->name, none);
    struct arena arena = {0};
    struct seal_keys *keys = arena_alloc(&arena, sizeof *keys);
    enum err_code code = done(keys != NULL, err);
    struct seal_past past;

    *yes = same_key(e, a, b);
    for (struct doc_item *i = table ? doc_entry(table->items) : NULL;
         i && code == ERR_NONE && !*yes; i = doc_entry(i->next)) {
        code = seal_past_open(&e->side[a], i, &past, err);
        if (code == ERR_NONE) {
            seal_derive(keys, past.env);
            *yes = slice_is(inbox_key(&e->side[b]), keys->inbox_key);
        }
    }
    sodium_memzero(&past, sizeof past);
    arena_free(&arena);
    return code;
}

/* The same, or the machine's pins say so. */
static enum err_code follows(const struct merge *m, const struct merge_env *e, enum merge_side a,
                             enum merge_side b, bool *yes, struct err *err)
{
    enum err_code code = descends(e, a, b, yes, err);

    if (code == ERR_NONE && !*yes && m->vouch)
        *yes = m->vouch(m->user, m->id, e->name, slice_of(e->side[a].keys->fingerprint),
                        slice_of(e->side[b].keys->fingerprint));
    return code;
}

static enum err_code refuse_key(const struct merge_env *e, struct err *err)
{
    err_set(err, ERR_INTEGRITY,
            "theirs: %.*s has another key than before, and its past does not hold that one: "
            "somebody may have replaced the environment",
            (int)e->name.len, e->name.at);
    err_hint(err, "compare the fingerprint with a reader's; on their branch: vault trust %.*s",
             (int)e->name.len, e->name.at);
    return ERR_INTEGRITY;
}

static enum err_code refuse_old_key(const struct merge_env *e, struct err *err)
{
    err_set(err, ERR_INTEGRITY, "theirs: %.*s has a key again that was rotated out",
            (int)e->name.len, e->name.at);
    err_hint(err, "git log -p tells by whom");
    return ERR_INTEGRITY;
}

/* MUST: the change from base to theirs leaves the key, or rotates it. */
static enum err_code check_their_key(const struct merge *m, const struct merge_env *e,
                                     enum merge_side before, struct err *err)
{
    bool newer, older = false;
    enum err_code code = follows(m, e, MERGE_THEIRS, before, &newer, err);

    if (code == ERR_NONE && !newer)
        code = descends(e, before, MERGE_THEIRS, &older, err);
    if (code != ERR_NONE || newer)
        return code;
    return older ? refuse_old_key(e, err) : refuse_key(e, err);
}

enum err_code merge_env_one_sided(struct merge *m, struct merge_env *e, enum merge_side changed,
                                  struct err *err)
{
    if (changed != MERGE_THEIRS || !is_open(e, MERGE_THEIRS) || !is_open(e, MERGE_OURS))
        return ERR_NONE;
    return check_their_key(m, e, MERGE_OURS, err);
}

static struct doc_item *find_reader(struct doc_table *readers, const struct doc_item *like)
{
    struct doc_item *i = readers ? doc_find_entry(readers, like->name) : NULL;

    return i && slice_equal(i->part[0], like->part[0]) ? i : NULL;
}

/* How many of the readers in one table are not in the other, under their name and with their key.
 */
static size_t missing_readers(struct doc_table *of, struct doc_table *in)
{
    size_t count = 0;

    for (struct doc_item *i = of ? doc_entry(of->items) : NULL; i; i = doc_entry(i->next))
        count += !find_reader(in, i);
    return count;
}

static size_t revoked_by(struct merge *m, const struct merge_env *e, enum merge_side side)
{
    return missing_readers(merge_table(m, MERGE_BASE, e, DOC_READERS),
                           merge_table(m, side, e, DOC_READERS));
}

/* Both have rotated: the one that has taken a reader away, or ours. */
static void choose_of_fork(struct merge *m, struct merge_env *e)
{
    e->fork = true;
    e->main = revoked_by(m, e, MERGE_THEIRS) > 0 && revoked_by(m, e, MERGE_OURS) == 0 ? MERGE_THEIRS
                                                                                      : MERGE_OURS;
}

/* Neither has base's key. */
static enum err_code choose_newer(struct merge *m, struct merge_env *e, struct err *err)
{
    bool ours = false, theirs = false;
    enum err_code code = follows(m, e, MERGE_THEIRS, MERGE_OURS, &theirs, err);

    if (code == ERR_NONE && !theirs)
        code = follows(m, e, MERGE_OURS, MERGE_THEIRS, &ours, err);
    if (code != ERR_NONE)
        return code;
    e->main = theirs ? MERGE_THEIRS : MERGE_OURS;
    if (!ours && !theirs && !is_open(e, MERGE_BASE))
        return refuse_key(e, err);
    if (!ours && !theirs) /* both of which follow base */
        choose_of_fork(m, e);
    return ERR_NONE;
}

/* The key is merged as a value is: who has not changed it gets the other's. */
static enum err_code choose_main(struct merge *m, struct merge_env *e, bool *clash, struct err *err)
{
    bool ours_follows = true;
    enum err_code code = ERR_NONE;

    *clash = false;
    e->main = MERGE_OURS;
    if (is_open(e, MERGE_BASE)) {
        code = check_their_key(m, e, MERGE_BASE, err);
        if (code == ERR_NONE)
            code = follows(m, e, MERGE_OURS, MERGE_BASE, &ours_follows, err);
    }
    if (code != ERR_NONE || same_key(e, MERGE_THEIRS, MERGE_BASE) ||
        same_key(e, MERGE_OURS, MERGE_THEIRS))
        return code;
    if (same_key(e, MERGE_OURS, MERGE_BASE))
        e->main = MERGE_THEIRS;
    else if (!ours_follows) /* who was revoked since must not come back under their new key */
        *clash = true;
    else
        code = choose_newer(m, e, err);
    return code;
}

/* MUST: only readers whose seal verifies are taken over. */
static enum err_code check_readers(const struct merge_env *e, struct err *err)
{
    enum err_code code = ERR_NONE;

    for (int side = MERGE_OURS; side <= MERGE_THEIRS && code == ERR_NONE; side++) {
        code = change_check_readers(&e->side[side], none, err);
        if (code != ERR_NONE)
            of_side((enum merge_side)side, err);
    }
    return code;
}

enum err_code merge_env_begin(struct merge *m, struct merge_env *e, bool *clash, struct err *err)
{
    enum err_code code = check_readers(e, err);

    *clash = false;
    if (code == ERR_NONE && !e->there[MERGE_BASE] && !same_key(e, MERGE_OURS, MERGE_THEIRS))
        *clash = true; /* made by both */
    else if (code == ERR_NONE)
        code = choose_main(m, e, clash, err);
    if (code != ERR_NONE || *clash)
        return code;
    e->keyed = true;
    e->other = e->main == MERGE_OURS ? MERGE_THEIRS : MERGE_OURS;
    e->result = (struct seal_env){&m->result, m->id, e->name, e->side[e->main].keys};
    return ERR_NONE;
}

/* ---- values ---- */

/* Under one key, in one place, the same text is the same value. */
static enum err_code same_value(const struct merge_env *e, struct slice secret, enum merge_side a,
                                const struct doc_item *x, enum merge_side b,
                                const struct doc_item *y, bool *same, struct err *err)
{
    struct arena arena = {0};
    struct seal_value one, two;
    enum err_code code;

    *same = !x && !y;
    if (!x || !y)
        return ERR_NONE;
    *same = slice_equal(x->part[0], y->part[0]) && same_key(e, a, b);
    if (*same || !is_open(e, a) || !is_open(e, b))
        return ERR_NONE;
    code = seal_value_open(&e->side[a], secret, x, &arena, &one, err);
    if (code == ERR_NONE)
        code = seal_value_open(&e->side[b], secret, y, &arena, &two, err);
    if (code == ERR_NONE)
        *same = slice_equal(one.value, two.value);
    arena_free(&arena);
    return code;
}

/* The value as it must stand under these keys: as it is, if it is sealed with them. */
static enum err_code value_text(struct merge *m, const struct merge_env *e, enum merge_side side,
                                struct slice secret, const struct doc_item *item, struct buf *text,
                                struct err *err)
{
    const struct seal_env *from = &e->side[side];
    struct arena arena = {0};
    struct seal_value value;
    enum err_code code;

    buf_clear(text);
    if (slice_is(slice_of(from->keys->inbox_key), e->result.keys->inbox_key)) {
        buf_add_slice(text, item->part[0]);
        return done(buf_ok(text), err);
    }
    code = seal_value_open(from, secret, item, &arena, &value, err);
    if (code == ERR_NONE)
        code = seal_value_make(&e->result, secret, item->name, &value, &m->scratch, text, err);
    arena_free(&arena);
    return code;
}

/* Puts a side's value (NULL: none) into a secret of a doc. The chain is then to be made anew. */
static enum err_code put_value(struct merge *m, const struct merge_env *e, struct doc *doc,
                               struct doc_table *table, enum merge_side side, struct slice name,
                               const struct doc_item *item, struct err *err)
{
    struct doc_item *there = doc_find_entry(table, name);
    struct slice parts[] = {none, no_seal};
    struct buf text = {0};
    enum err_code code;

    if (!item && there)
        doc_remove_item(doc, table, there);
    if (!item)
        return ERR_NONE;
    code = value_text(m, e, side, table->secret, item, &text, err);
    parts[0] = buf_slice(&text);
    if (code == ERR_NONE && there) {
        code = done(doc_set_part(doc, there, 0, parts[0]), err);
    } else if (code == ERR_NONE) {
        there = doc_add_item(doc, table, DOC_ENTRY, name, parts, NULL);
        code = done(there != NULL, err);
        if (there)
            there->lead = item->lead;
    }
    buf_free(&text);
    return code;
}

static enum err_code say_version(struct merge *m, const struct merge_env *e, enum merge_side side,
                                 struct slice secret, const struct doc_item *item,
                                 struct merge_version *version, struct err *err)
{
    struct arena arena = {0};
    struct seal_value value;
    enum err_code code;

    if (!item)
        return ERR_NONE;
    code = seal_value_open(&e->side[side], secret, item, &arena, &value, err);
    if (code == ERR_NONE && (!version->there || value.updated_at > version->updated_at)) {
        version->updated_at = value.updated_at;
        version->author.at = arena_copy(&m->lists, value.author.at, value.author.len);
        version->author.len = version->author.at ? value.author.len : 0;
        version->there = true;
    }
    arena_free(&arena);
    return code;
}

static enum err_code clash_of_value(struct merge *m, const struct merge_env *e, struct slice secret,
                                    struct slice name, void *const items[MERGE_SIDES],
                                    struct err *err)
{
    struct merge_conflict *c = merge_add_conflict(m, MERGE_VALUE, e->name, secret, name);
    enum err_code code = ERR_NONE;

    if (!c)
        return merge_out_of_memory(err);
    for (int side = MERGE_OURS; side <= MERGE_THEIRS && code == ERR_NONE; side++)
        code = say_version(m, e, (enum merge_side)side, secret, items[side], &c->side[side], err);
    return code;
}

static enum err_code judge_value(const struct merge_env *e, struct slice secret,
                                 void *const items[MERGE_SIDES], enum merge_verdict *verdict,
                                 struct err *err)
{
    enum merge_side main = e->main, other = e->other;
    bool unchanged, alike = false, main_unchanged = false;
    enum err_code code =
        same_value(e, secret, MERGE_BASE, items[MERGE_BASE], other, items[other], &unchanged, err);

    if (code == ERR_NONE && !unchanged)
        code = same_value(e, secret, main, items[main], other, items[other], &alike, err);
    if (code == ERR_NONE && !unchanged && !alike)
        code = same_value(e, secret, MERGE_BASE, items[MERGE_BASE], main, items[main],
                          &main_unchanged, err);
    *verdict = merge_judge(unchanged, alike, main_unchanged);
    return code;
}

/* ---- secrets ---- */

static struct doc_table *find_secret(const struct doc *doc, const struct merge_env *e,
                                     struct slice name)
{
    return doc_find(doc, DOC_SECRET, e->name, name);
}

static bool set_created(struct doc *doc, struct doc_table *to, const struct doc_table *from)
{
    return doc_set_part(doc, to->own[DOC_CREATED_AT], 0, from->own[DOC_CREATED_AT]->part[0]) &&
           doc_set_part(doc, to->own[DOC_CREATED_BY], 0, from->own[DOC_CREATED_BY]->part[0]);
}

static bool same_created(const struct doc_table *a, const struct doc_table *b)
{
    return merge_same_item(a->own[DOC_CREATED_AT], b->own[DOC_CREATED_AT]) &&
           merge_same_item(a->own[DOC_CREATED_BY], b->own[DOC_CREATED_BY]);
}

/* Of two that were made on both sides, the first. */
static bool takes_created(const struct doc_table *base, const struct doc_table *main,
                          const struct doc_table *other)
{
    if (same_created(main, other) || (base && same_created(base, other)))
        return false;
    return (base && same_created(base, main)) ||
           slice_compare(other->own[DOC_CREATED_AT]->part[0], main->own[DOC_CREATED_AT]->part[0]) <
               0;
}

static struct doc_table *add_secret(struct doc *doc, const struct merge_env *e,
                                    const struct doc_table *from)
{
    struct doc_table *t = doc_add_table(doc, DOC_SECRET, e->name, from->secret);

    for (int own = 0; t && own < DOC_OWN_MAX; own++) {
        const struct doc_item *old = from->own[own];
        struct doc_item *item = doc_add_item(doc, t, own, none, old->part, NULL);

        if (!item)
            return NULL;
        item->lead = old->lead;
    }
    if (t && from->lead.len > 0)
        t->lead = from->lead;
    return t;
}

/* Puts a side's whole secret (NULL: none) in the place of the doc's. */
static enum err_code put_secret(struct merge *m, struct merge_env *e, struct doc *doc,
                                enum merge_side side, struct slice name,
                                const struct doc_table *from, struct err *err)
{
    struct doc_table *table = find_secret(doc, e, name);
    enum err_code code = ERR_NONE;

    e->relisted = true;
    if (table)
        doc_remove_table(doc, table);
    if (!from)
        return ERR_NONE;
    table = add_secret(doc, e, from);
    if (!table)
        return merge_out_of_memory(err);
    for (struct doc_item *i = doc_entry(from->items); i && code == ERR_NONE; i = doc_entry(i->next))
        code = put_value(m, e, doc, table, side, i->name, i, err);
    return code == ERR_NONE
               ? done(seal_chain_whole(&(struct seal_env){doc, m->id, e->name, e->result.keys},
                                       table),
                      err)
               : code;
}

/* Whether a secret is another than in base: in its values, or in the names of its keys. */
static enum err_code has_changed(struct merge *m, const struct merge_env *e, enum merge_side side,
                                 struct doc_table *base, struct doc_table *table, bool *changed,
                                 struct err *err)
{
    struct doc_table *const tables[MERGE_SIDES] = {base, table, NULL};
    void *items[MERGE_SIDES];
    struct merge_names names;
    struct slice name;
    bool same = true;
    enum err_code code = done(merge_names_of_entries(m, tables, &names), err);

    while (code == ERR_NONE && same && merge_names_next(&names, &name, items))
        code = same_value(e, base->secret, MERGE_BASE, items[0], side, items[1], &same, err);
    *changed = !same || !same_created(base, table);
    return code;
}

static enum err_code clash_of_secret(struct merge *m, const struct merge_env *e, struct slice name,
                                     void *const tables[MERGE_SIDES], struct err *err)
{
    struct merge_conflict *c = merge_add_conflict(m, MERGE_SECRET, e->name, name, none);
    enum err_code code = ERR_NONE;

    if (!c)
        return merge_out_of_memory(err);
    for (int side = MERGE_OURS; side <= MERGE_THEIRS && code == ERR_NONE; side++) {
        struct doc_table *t = tables[side];

        for (struct doc_item *i = t ? doc_entry(t->items) : NULL; i && code == ERR_NONE;
             i = doc_entry(i->next))
            code = say_version(m, e, (enum merge_side)side, name, i, &c->side[side], err);
        if (code == ERR_NONE)
            c->side[side].there = t != NULL;
    }
    return code;
}

/* One of the sides does not have it. */
static enum err_code decide_lone_secret(struct merge *m, struct merge_env *e, struct slice name,
                                        void *const tables[MERGE_SIDES], struct err *err)
{
    enum merge_side left = tables[MERGE_OURS] ? MERGE_OURS : MERGE_THEIRS;
    bool changed = true;
    enum err_code code = ERR_NONE;

    if (tables[MERGE_BASE])
        code = has_changed(m, e, left, tables[MERGE_BASE], tables[left], &changed, err);
    if (code != ERR_NONE)
        return code;
    if (tables[MERGE_BASE] && changed)
        return clash_of_secret(m, e, name, tables, err);
    if (tables[MERGE_BASE]) /* deleted, and else as it was */
        return left == e->main ? put_secret(m, e, &m->result, left, name, NULL, err) : ERR_NONE;
    return left == e->other ? put_secret(m, e, &m->result, left, name, tables[left], err)
                            : ERR_NONE;
}

static enum err_code decide_secret(struct merge *m, const struct merge_env *e, struct slice name,
                                   void *const tables[MERGE_SIDES], struct err *err)
{
    const struct doc_table *main = tables[e->main], *other = tables[e->other];
    void *items[MERGE_SIDES];
    struct doc_table *result = NULL;
    struct merge_names names;
    struct slice key;
    enum err_code code =
        done(merge_names_of_entries(m, (struct doc_table *const *)tables, &names), err);

    if (takes_created(tables[MERGE_BASE], main, other)) {
        result = find_secret(&m->result, e, name);
        code = code == ERR_NONE ? done(set_created(&m->result, result, other), err) : code;
    }
    while (code == ERR_NONE && merge_names_next(&names, &key, items)) {
        enum merge_verdict verdict = MERGE_KEEP;

        code = judge_value(e, name, items, &verdict, err);
        if (code != ERR_NONE || verdict == MERGE_KEEP)
            continue;
        if (!result)
            result = find_secret(&m->result, e, name);
        code = verdict == MERGE_CLASH
                   ? clash_of_value(m, e, name, key, items, err)
                   : put_value(m, e, &m->result, result, e->other, key, items[e->other], err);
    }
    return code == ERR_NONE && result ? done(seal_chain_whole(&e->result, result), err) : code;
}

static enum err_code decide_secrets(struct merge *m, struct merge_env *e, struct err *err)
{
    void *tables[MERGE_SIDES];
    struct merge_names names;
    struct slice name;
    enum err_code code = done(merge_names_of_secrets(m, e, &names), err);

    while (code == ERR_NONE && merge_names_next(&names, &name, tables))
        if (tables[MERGE_OURS] && tables[MERGE_THEIRS])
            code = decide_secret(m, e, name, tables, err);
        else if (tables[MERGE_OURS] || tables[MERGE_THEIRS])
            code = decide_lone_secret(m, e, name, tables, err);
    return code;
}

/* ---- readers ---- */

static struct change change_of(struct merge *m, const struct merge_env *e, struct doc *doc)
{
    return (struct change){
        .env = {doc, m->id, e->name, e->result.keys}, .now = m->now, .scratch = &m->scratch};
}

/* Puts a side's reader (NULL: none), whose seal was checked, into a doc. */
static enum err_code put_reader(struct merge *m, const struct merge_env *e, struct doc *doc,
                                enum merge_side side, struct slice name,
                                const struct doc_item *item, struct err *err)
{
    struct doc_table *readers = doc_find(doc, DOC_READERS, e->name, none);
    struct doc_item *there = readers ? doc_find_entry(readers, name) : NULL;
    struct change c = change_of(m, e, doc);
    enum err_code code;

    if (!item && there)
        doc_remove_item(doc, readers, there);
    if (!item)
        return ERR_NONE;
    if (!readers)
        readers = doc_add_table(doc, DOC_READERS, e->name, none);
    if (!readers)
        return merge_out_of_memory(err);
    if (slice_is(slice_of(e->side[side].keys->inbox_key), e->result.keys->inbox_key))
        return done(doc_copy_entry(doc, readers, item), err);
    code = change_add_reader(&c, name, item->part[0], err);
    there = doc_find_entry(readers, name);
    if (code == ERR_NONE && there && there->lead.len == 0)
        there->lead = item->lead;
    return code;
}

static bool same_reader(const struct doc_item *a, const struct doc_item *b)
{
    return (!a && !b) || (a && b && slice_equal(a->part[0], b->part[0]));
}

/* MUST NOT: whoever was revoked holds the old key, and could have granted themselves another name
 * under it: such a grant is for a person to judge. */
static bool is_doubtful(struct merge *m, const struct merge_env *e)
{
    return !same_key(e, e->main, e->other) && revoked_by(m, e, e->main) > 0;
}

static enum err_code decide_readers(struct merge *m, const struct merge_env *e, struct err *err)
{
    struct doc_table *const tables[MERGE_SIDES] = {merge_table(m, MERGE_BASE, e, DOC_READERS),
                                                   merge_table(m, MERGE_OURS, e, DOC_READERS),
                                                   merge_table(m, MERGE_THEIRS, e, DOC_READERS)};
    bool doubtful = is_doubtful(m, e);
    void *at[MERGE_SIDES];
    struct merge_names names;
    struct slice name;
    enum err_code code = done(merge_names_of_entries(m, tables, &names), err);

    while (code == ERR_NONE && merge_names_next(&names, &name, at)) {
        enum merge_verdict verdict = merge_judge(same_reader(at[MERGE_BASE], at[e->other]),
                                                 same_reader(at[e->main], at[e->other]),
                                                 same_reader(at[MERGE_BASE], at[e->main]));
        struct merge_conflict *c;

        if (verdict == MERGE_TAKE && at[e->other] && doubtful)
            verdict = MERGE_CLASH;
        if (verdict == MERGE_TAKE)
            code = put_reader(m, e, &m->result, e->other, name, at[e->other], err);
        if (verdict != MERGE_CLASH)
            continue;
        c = merge_add_conflict(m, MERGE_READER, e->name, none, name);
        code = done(c != NULL, err);
        for (int side = MERGE_OURS; c && side <= MERGE_THEIRS; side++)
            c->side[side].there = at[side] != NULL;
    }
    return code;
}

enum err_code merge_env_decide(struct merge *m, struct merge_env *e, struct err *err)
{
    enum err_code code = decide_readers(m, e, err);

    return code == ERR_NONE ? decide_secrets(m, e, err) : code;
}

/* ---- answers ---- */

static struct doc_table *side_table(struct merge *m, enum merge_side side,
                                    const struct merge_conflict *c, enum doc_kind kind)
{
    return doc_find(&m->side[side], kind, c->env, c->secret);
}

enum err_code merge_env_answer(struct merge *m, struct merge_env *e, struct doc *doc,
                               const struct merge_conflict *c, enum merge_side side,
                               struct err *err)
{
    struct doc_table *table;

    if (c->kind == MERGE_SECRET)
        return put_secret(m, e, doc, side, c->secret, side_table(m, side, c, DOC_SECRET), err);
    table = side_table(m, side, c, c->kind == MERGE_READER ? DOC_READERS : DOC_SECRET);
    if (c->kind == MERGE_READER)
        return put_reader(m, e, doc, side, c->name, table ? doc_find_entry(table, c->name) : NULL,
                          err);
    return put_value(m, e, doc, find_secret(doc, e, c->secret), side, c->name,
                     doc_find_entry(table, c->name), err);
}

enum err_code merge_env_chain_secret(struct merge_env *e, struct doc *doc, struct slice secret,
                                     struct err *err)
{
    struct doc_table *table = find_secret(doc, e, secret);
    struct seal_env s = {doc, e->result.id, e->name, e->result.keys};

    return done(!table || seal_chain_whole(&s, table), err);
}

enum err_code merge_env_chain(struct merge_env *e, struct doc *doc, struct err *err)
{
    struct seal_env s = {doc, e->result.id, e->name, e->result.keys};
    struct doc_table *table = NULL;
    bool good = seal_chain_env(&s);

    while (good && e->relisted && (table = doc_next_table(doc, table, DOC_SECRET, e->name)))
        good = seal_chain_secret(&s, table);
    return done(good, err);
}

/* ---- the past of two keys ---- */

struct past_keys {
    struct seal_past *at; /* in the arena of the keys */
    size_t count;
};

static void add_past(struct past_keys *p, const struct seal_past *key)
{
    size_t place = p->count;

    for (size_t i = 0; i < p->count; i++)
        if (sodium_memcmp(p->at[i].env, key->env, SEAL_KEY) == 0)
            return;
    for (; place > 0 && p->at[place - 1].rotated_at > key->rotated_at; place--)
        p->at[place] = p->at[place - 1];
    p->at[place] = *key;
    p->count++;
}

static size_t count_past(const struct seal_env *e)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);

    return table ? table->entries : 0;
}

static enum err_code read_past(const struct seal_env *e, struct past_keys *p, struct err *err)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);
    enum err_code code = ERR_NONE;
    struct seal_past past;

    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_NONE;
         i = doc_entry(i->next)) {
        code = seal_past_open(e, i, &past, err);
        if (code == ERR_NONE)
            add_past(p, &past);
    }
    sodium_memzero(&past, sizeof past);
    return code;
}

static bool write_past(const struct seal_env *e, const struct past_keys *p)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);
    char text[SEAL_PAST_TEXT], number[24];
    struct slice part = {text, sizeof text};

    if (table)
        doc_remove_table(e->doc, table);
    table = doc_add_table(e->doc, DOC_PAST, e->name, none);
    for (size_t i = 0; table && i < p->count; i++) {
        snprintf(number, sizeof number, "%zu", i + 1);
        seal_past_make(e, slice_of(number), &p->at[i], text);
        if (!doc_add_item(e->doc, table, DOC_ENTRY, slice_of(number), &part, NULL))
            return false;
    }
    return table != NULL;
}

/* The other's key joins the past, so that who has accepted that one finds it there; and its own
 * past, unless main has forgotten what both began with. */
static enum err_code join_pasts(struct merge *m, const struct merge_env *e, struct err *err)
{
    const struct seal_env *main = &e->side[e->main], *other = &e->side[e->other];
    size_t most = count_past(main) + count_past(other) + 1;
    struct past_keys p = {arena_alloc(&m->keys, most * sizeof *p.at), 0};
    struct seal_past last = {.rotated_at = m->now};
    bool keeps = true;
    enum err_code code;

    if (!p.at)
        return merge_out_of_memory(err);
    code = read_past(main, &p, err);
    if (code == ERR_NONE && is_open(e, MERGE_BASE))
        code = descends(e, e->main, MERGE_BASE, &keeps, err);
    if (code == ERR_NONE && keeps)
        code = read_past(other, &p, err);
    if (code != ERR_NONE)
        return code;
    memcpy(last.env, other->keys->env, SEAL_KEY);
    add_past(&p, &last);
    sodium_memzero(&last, sizeof last);
    return done(write_past(&e->result, &p), err);
}

/* ---- the end ---- */

static enum err_code rotate(struct merge *m, struct merge_env *e, struct err *err)
{
    struct seal_keys *keys = arena_alloc(&m->keys, sizeof *keys);
    struct change c = change_of(m, e, &m->result);
    enum err_code code;

    if (!keys)
        return merge_out_of_memory(err);
    randombytes_buf(keys->env, sizeof keys->env);
    seal_derive(keys, keys->env);
    code = change_rotate(&c, keys, false, err);
    e->result.keys = keys;
    return code;
}

enum err_code merge_env_end(struct merge *m, struct merge_env *e, struct err *err)
{
    struct doc_table *readers = doc_find(&m->result, DOC_READERS, e->name, none);
    enum err_code code = e->fork ? join_pasts(m, e, err) : ERR_NONE;

    if (code == ERR_NONE)
        code = merge_env_chain(e, &m->result, err);
    /* Taking a reader away always rotates: who is out must not hold the key. */
    if (code == ERR_NONE && missing_readers(merge_table(m, e->main, e, DOC_READERS), readers) > 0)
        code = rotate(m, e, err);
    return code;
}
