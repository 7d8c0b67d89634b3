/* The merge of one environment with its keys: what the other side has otherwise than main, compared
 * as plain text, and what is taken of it. The base says "unchanged", and that is all it says. */
#include "share.h"

#include <sodium.h>
#include <string.h>

static const struct slice none = {"", 0};
static const struct slice no_seal = {"AAAAAAAAAAAAAAAAAAAAAA", DOC_SEAL_TEXT};

/* Why what comes from the other side is asked; MERGE_AGREED: it is not. */
static enum merge_why why_of(const struct merge_env *e, enum merge_verdict verdict)
{
    if (verdict == MERGE_CLASH)
        return MERGE_BOTH;
    return merge_same_key(e, e->main, e->other) ? MERGE_AGREED : MERGE_CLAIM;
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
        return ERR_OK;
    *same = doc_same_value(x, y) && merge_same_key(e, a, b);
    if (*same || !merge_env_is_open(e, a) || !merge_env_is_open(e, b))
        return ERR_OK;
    code = seal_value_open(&e->side[a], secret, x, &arena, &one, err);
    if (code == ERR_OK)
        code = seal_value_open(&e->side[b], secret, y, &arena, &two, err);
    if (code == ERR_OK)
        *same = one.kind == two.kind && slice_equal(one.value, two.value);
    arena_free(&arena);
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

    if (code == ERR_OK && !unchanged)
        code = same_value(e, secret, main, items[main], other, items[other], &alike, err);
    if (code == ERR_OK && !unchanged && !alike)
        code = same_value(e, secret, MERGE_BASE, items[MERGE_BASE], main, items[main],
                          &main_unchanged, err);
    *verdict = merge_judge(unchanged, alike, main_unchanged);
    return code;
}

/* Who has set the value, and when: of several values of a secret, the latest. */
static enum err_code say_version(struct merge *m, const struct merge_env *e, enum merge_side side,
                                 struct slice secret, const struct doc_item *item,
                                 struct merge_version *version, struct err *err)
{
    struct arena arena = {0};
    struct seal_value value;
    enum err_code code;

    if (!item)
        return ERR_OK;
    code = seal_value_open(&e->side[side], secret, item, &arena, &value, err);
    if (code == ERR_OK && (!version->there || value.updated_at > version->updated_at)) {
        version->updated_at = value.updated_at;
        version->author.at = arena_copy(&m->lists, value.author.at, value.author.len);
        version->author.len = version->author.at ? value.author.len : 0;
        version->there = true;
    }
    arena_free(&arena);
    return code;
}

static void ask_why(struct merge_change *c, enum merge_why why)
{
    c->why = why;
    c->answer = MERGE_OPEN;
}

static enum err_code add_value(struct merge *m, struct merge_env *e, struct slice secret,
                               struct slice name, void *const items[MERGE_SIDES],
                               enum merge_verdict verdict, struct err *err)
{
    struct merge_change *c = merge_add(m, e, MERGE_VALUE, why_of(e, verdict), secret, name);
    enum err_code code = ERR_OK;

    if (!c)
        return err_no_memory(err);
    for (int side = MERGE_OURS; side <= MERGE_THEIRS && code == ERR_OK; side++) {
        c->at[side] = items[side];
        code = say_version(m, e, (enum merge_side)side, secret, items[side], &c->side[side], err);
    }
    if (code == ERR_OK && verdict == MERGE_COMES && c->side[e->main].there &&
        c->side[e->other].there && c->side[e->other].updated_at <= c->side[e->main].updated_at)
        ask_why(c, MERGE_OLDER);
    return code;
}

/* ---- secrets ---- */

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
    enum err_code code = err_memory(merge_names_of_entries(m, tables, &names), err);

    while (code == ERR_OK && same && merge_names_next(&names, &name, items))
        code = same_value(e, base->secret, MERGE_BASE, items[0], side, items[1], &same, err);
    *changed = !same;
    return code;
}

static enum err_code add_secret_change(struct merge *m, struct merge_env *e, struct slice name,
                                       void *const tables[MERGE_SIDES], enum merge_verdict verdict,
                                       struct err *err)
{
    struct merge_change *c = merge_add(m, e, MERGE_SECRET, why_of(e, verdict), name, none);
    enum err_code code = ERR_OK;

    if (!c)
        return err_no_memory(err);
    for (int side = MERGE_OURS; side <= MERGE_THEIRS && code == ERR_OK; side++) {
        struct doc_table *t = c->at[side] = tables[side];

        for (struct doc_item *i = t ? doc_entry(t->items) : NULL; i && code == ERR_OK;
             i = doc_entry(i->next))
            code = say_version(m, e, (enum merge_side)side, name, i, &c->side[side], err);
        c->side[side].there = t != NULL;
    }
    return code;
}

/* One of the sides does not have it. */
static enum err_code compare_lone_secret(struct merge *m, struct merge_env *e, struct slice name,
                                         void *const tables[MERGE_SIDES], struct err *err)
{
    enum merge_side left = tables[MERGE_OURS] ? MERGE_OURS : MERGE_THEIRS;
    enum merge_verdict verdict = MERGE_STAYS;
    bool changed = true;
    enum err_code code = ERR_OK;

    if (tables[MERGE_BASE])
        code = has_changed(m, e, left, tables[MERGE_BASE], tables[left], &changed, err);
    if (tables[MERGE_BASE] && changed)
        verdict = MERGE_CLASH;
    else if ((tables[MERGE_BASE] != NULL) == (left == e->main)) /* deleted, or made, by other */
        verdict = MERGE_COMES;
    return code == ERR_OK && verdict != MERGE_STAYS
               ? add_secret_change(m, e, name, tables, verdict, err)
               : code;
}

static enum err_code compare_secret(struct merge *m, struct merge_env *e, struct slice name,
                                    void *const tables[MERGE_SIDES], struct err *err)
{
    void *items[MERGE_SIDES];
    struct merge_names names;
    struct slice key;
    enum err_code code =
        err_memory(merge_names_of_entries(m, (struct doc_table *const *)tables, &names), err);

    while (code == ERR_OK && merge_names_next(&names, &key, items)) {
        enum merge_verdict verdict = MERGE_STAYS;

        code = judge_value(e, name, items, &verdict, err);
        if (code == ERR_OK && verdict != MERGE_STAYS)
            code = add_value(m, e, name, key, items, verdict, err);
    }
    return code;
}

static enum err_code compare_secrets(struct merge *m, struct merge_env *e, struct err *err)
{
    void *tables[MERGE_SIDES];
    struct merge_names names;
    struct slice name;
    enum err_code code = err_memory(merge_names_of_secrets(m, e, &names), err);

    while (code == ERR_OK && merge_names_next(&names, &name, tables))
        if (tables[MERGE_OURS] && tables[MERGE_THEIRS])
            code = compare_secret(m, e, name, tables, err);
        else if (tables[MERGE_OURS] || tables[MERGE_THEIRS])
            code = compare_lone_secret(m, e, name, tables, err);
    return code;
}

/* ---- readers ---- */

static bool same_reader(const struct doc_item *a, const struct doc_item *b)
{
    return (!a && !b) || (a && b && slice_equal(a->part[0], b->part[0]));
}

static bool has_public_key(struct doc_table *readers, const struct doc_item *like)
{
    struct doc_item *i = readers ? doc_entry(readers->items) : NULL;

    while (i && !same_reader(i, like))
        i = doc_entry(i->next);
    return i != NULL;
}

/* MUST: a reader comes in without a question only under main's key, which it then has already. Of
 * a fork, one whose public key reads both sides stays without a question, and nobody else. */
static bool is_asked(struct merge *m, const struct merge_env *e, void *const at[MERGE_SIDES],
                     enum merge_why *why)
{
    struct doc_item *main = at[e->main], *other = at[e->other];
    enum merge_verdict verdict =
        merge_judge(same_reader(at[MERGE_BASE], other), same_reader(main, other),
                    same_reader(at[MERGE_BASE], main));

    if (e->fork) {
        *why = MERGE_ROTATED;
        if (same_reader(main, other))
            return false;
        if (main && other)
            return true;
        return main ? !has_public_key(merge_table(m, e->other, e, DOC_READERS), main)
                    : !has_public_key(merge_table(m, e->main, e, DOC_READERS), other);
    }
    *why = why_of(e, verdict);
    if (*why != MERGE_BOTH && main) /* taken out, or given another key */
        *why = MERGE_NOT_ROTATED;
    return verdict != MERGE_STAYS;
}

static enum err_code compare_readers(struct merge *m, struct merge_env *e, struct err *err)
{
    struct doc_table *const tables[MERGE_SIDES] = {merge_table(m, MERGE_BASE, e, DOC_READERS),
                                                   merge_table(m, MERGE_OURS, e, DOC_READERS),
                                                   merge_table(m, MERGE_THEIRS, e, DOC_READERS)};
    void *at[MERGE_SIDES];
    struct merge_names names;
    struct slice name;
    enum err_code code = err_memory(merge_names_of_entries(m, tables, &names), err);

    while (code == ERR_OK && merge_names_next(&names, &name, at)) {
        struct merge_change *c;
        enum merge_why why;

        if (!is_asked(m, e, at, &why))
            continue;
        c = merge_add(m, e, MERGE_READER, why, none, name);
        code = err_memory(c != NULL, err);
        for (int side = MERGE_OURS; c && side <= MERGE_THEIRS; side++) {
            const struct doc_item *item = c->at[side] = at[side];

            c->side[side].there = item != NULL;
            c->side[side].text = item ? item->part[0] : none;
        }
    }
    return code;
}

enum err_code merge_env_compare(struct merge *m, struct merge_env *e, struct err *err)
{
    enum err_code code = compare_readers(m, e, err);

    if (code == ERR_OK)
        code = compare_secrets(m, e, err);
    return code == ERR_OK ? merge_env_templates(m, e, err) : code;
}

enum err_code merge_value(const struct merge_change *c, enum merge_side side, struct arena *arena,
                          struct seal_value *value, struct err *err)
{
    return seal_value_open(&c->of->side[side], c->secret, c->at[side], arena, value, err);
}

/* ---- what is taken ---- */

/* A side's value under the key of the result, in place of what the result has. */
static enum err_code put_resealed(struct merge *m, const struct merge_env *e,
                                  struct doc_table *table, enum merge_side side,
                                  const struct doc_item *item, struct err *err)
{
    struct arena arena = {0};
    struct buf text = {0};
    struct seal_value value;
    enum err_code code = seal_value_open(&e->side[side], table->secret, item, &arena, &value, err);

    if (code == ERR_OK)
        code =
            seal_value_make(&e->result, table->secret, item->name, &value, &m->scratch, &text, err);
    if (code == ERR_OK)
        code =
            change_put_sealed(&m->result, table, item->name, buf_slice(&text), &value, NULL, err);
    arena_free(&arena);
    buf_free(&text);
    return code;
}

/* item NULL: the side has none. The caller must then seal the chain of the secret again. */
static enum err_code put_value(struct merge *m, const struct merge_env *e, struct doc_table *table,
                               enum merge_side side, struct slice name, const struct doc_item *item,
                               struct err *err)
{
    struct doc_item *there = doc_find_entry(table, name);
    bool is_new = !there;
    enum err_code code;

    if (!item && there)
        doc_remove_item(&m->result, table, there);
    if (!item)
        return ERR_OK;
    if (slice_is(slice_of(e->side[side].keys->inbox_key), e->result.keys->inbox_key))
        code = err_memory(
            doc_put_value(&m->result, table, name,
                          (struct slice[]){item->part[DOC_SEALED], no_seal, doc_open_text(item)},
                          NULL) != NULL,
            err);
    else
        code = put_resealed(m, e, table, side, item, err);
    if (code == ERR_OK && is_new)
        doc_find_entry(table, name)->lead = item->lead;
    return code;
}

/* Dated after both values that it takes the place of, as any value that is set is. */
static enum err_code put_new_value(struct merge *m, const struct merge_env *e,
                                   struct doc_table *table, const struct merge_change *c,
                                   struct err *err)
{
    struct seal_value value = {.value = c->value, .author = m->author, .updated_at = m->now};
    struct buf text = {0};
    enum err_code code;

    for (int side = MERGE_OURS; side <= MERGE_THEIRS; side++)
        if (c->side[side].there && c->side[side].updated_at >= value.updated_at)
            value.updated_at = c->side[side].updated_at + 1;
    code = seal_value_make(&e->result, c->secret, c->name, &value, &m->scratch, &text, err);
    if (code == ERR_OK)
        code = change_put_sealed(&m->result, table, c->name, buf_slice(&text), &value, NULL, err);
    buf_free(&text);
    return code;
}

/* The secret as a side has it, without its entries. */
static struct doc_table *add_secret(struct merge *m, const struct merge_env *e,
                                    const struct doc_table *from)
{
    struct doc_table *t = doc_add_table(&m->result, DOC_SECRET, e->name, from->secret);

    for (int own = DOC_NEXT_SECRET; t && own <= DOC_FIRST_KEY; own++) {
        const struct doc_item *old = from->own[own];
        struct doc_item *item = doc_add_item(&m->result, t, own, old->name, old->part, NULL);

        if (!item)
            return NULL;
        item->lead = old->lead;
    }
    if (t && from->lead.len > 0)
        t->lead = from->lead;
    return t;
}

/* Puts a side's whole secret (NULL: none) in the place of the result's. */
static enum err_code put_secret(struct merge *m, struct merge_env *e, enum merge_side side,
                                struct slice name, const struct doc_table *from, struct err *err)
{
    struct doc_table *table = doc_find(&m->result, DOC_SECRET, e->name, name);
    enum err_code code = ERR_OK;

    e->relisted = true;
    if (table)
        doc_remove_table(&m->result, table);
    if (!from)
        return ERR_OK;
    table = add_secret(m, e, from);
    if (!table)
        return err_no_memory(err);
    for (struct doc_item *i = doc_entry(from->items); i && code == ERR_OK; i = doc_entry(i->next))
        code = put_value(m, e, table, side, i->name, i, err);
    return code == ERR_OK ? err_memory(seal_chain_whole(&e->result, table), err) : code;
}

/* Puts a side's reader (NULL: none), whose seal was checked, into the result. */
static enum err_code put_reader(struct merge *m, const struct merge_env *e, enum merge_side side,
                                struct slice name, const struct doc_item *item, struct err *err)
{
    struct change c = {
        .env = e->result, .now = m->now, .scratch = &m->scratch, .plugins = m->unlock->plugins};
    struct doc_table *readers = doc_find(&m->result, DOC_READERS, e->name, none);
    struct doc_item *there = readers ? doc_find_entry(readers, name) : NULL;
    enum err_code code;

    if (!item && there)
        doc_remove_item(&m->result, readers, there);
    if (!item)
        return ERR_OK;
    if (!readers)
        readers = doc_add_table(&m->result, DOC_READERS, e->name, none);
    if (!readers)
        return err_no_memory(err);
    if (slice_is(slice_of(e->side[side].keys->inbox_key), e->result.keys->inbox_key))
        return err_memory(doc_copy_entry(&m->result, readers, item), err);
    code = change_add_reader(&c, name, item->part[0], err);
    there = doc_find_entry(readers, name);
    if (code == ERR_OK && there && there->lead.len == 0)
        there->lead = item->lead;
    return code;
}

static enum err_code apply(struct merge *m, struct merge_env *e, const struct merge_change *c,
                           struct err *err)
{
    struct doc_table *table;
    enum merge_side side = e->other;

    if (c->kind == MERGE_READER)
        return put_reader(m, e, side, c->name, c->at[side], err);
    if (c->kind == MERGE_SECRET)
        return put_secret(m, e, side, c->secret, c->at[side], err);
    table = doc_find(&m->result, DOC_SECRET, e->name, c->secret);
    if (c->answer == MERGE_TAKE_NEW)
        return put_new_value(m, e, table, c, err);
    return put_value(m, e, table, side, c->name, c->at[side], err);
}

/* The result already has main's version. */
static bool is_taken(const struct merge_env *e, const struct merge_change *c)
{
    enum merge_answer other = e->other == MERGE_OURS ? MERGE_TAKE_OURS : MERGE_TAKE_THEIRS;

    return c->kind <= MERGE_READER && (c->answer == other || c->answer == MERGE_TAKE_NEW);
}

/* The values of one secret follow one another, and its chain is sealed once. */
static bool is_last_of_secret(const struct merge_change *c)
{
    const struct merge_change *next = merge_next(c);

    return !next || next->kind != MERGE_VALUE || !slice_equal(next->secret, c->secret);
}

static enum err_code chain(struct merge *m, struct merge_env *e, struct err *err)
{
    struct doc_table *table = NULL;
    bool good = seal_chain_env(&e->result);

    while (good && e->relisted && (table = doc_next_table(&m->result, table, DOC_SECRET, e->name)))
        good = seal_chain_secret(&e->result, table);
    return err_memory(good, err);
}

enum err_code merge_env_apply(struct merge *m, struct merge_env *e, struct err *err)
{
    bool due = false; /* the chain of the secret */
    enum err_code code = ERR_OK;

    e->sealed = e->fork;
    for (struct merge_change *c = merge_first(m, e); c && code == ERR_OK; c = merge_next(c)) {
        if (is_taken(e, c)) {
            code = apply(m, e, c, err);
            due = due || c->kind == MERGE_VALUE;
            e->sealed = true;
        }
        if (c->kind != MERGE_VALUE || !is_last_of_secret(c) || !due)
            continue;
        due = false;
        if (code == ERR_OK)
            code = err_memory(
                seal_chain_whole(&e->result, doc_find(&m->result, DOC_SECRET, e->name, c->secret)),
                err);
    }
    if (code == ERR_OK && e->sealed)
        code = chain(m, e, err);
    return code == ERR_OK && e->sealed ? merge_keys_end(m, e, err) : code;
}
