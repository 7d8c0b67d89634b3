/* What the parts of a merge share: names of three versions side by side, and how a change is
 * judged. */
#include "share.h"

#include <stdlib.h>
#include <string.h>

static const struct slice none = {"", 0};

/* ---- names side by side ---- */

static int compare_named(const void *a, const void *b)
{
    const struct merge_named *x = a, *y = b;

    return slice_compare(x->name, y->name);
}

static void add_name(struct merge_names *names, int side, struct slice name, void *at)
{
    names->list[side][names->count[side]++] = (struct merge_named){name, at};
}

/* Most lists are in order as they are. */
static void put_in_order(struct merge_names *names, int side)
{
    struct merge_named *list = names->list[side];

    for (size_t i = 1; i < names->count[side]; i++)
        if (slice_compare(list[i - 1].name, list[i].name) > 0) {
            qsort(list, names->count[side], sizeof *list, compare_named);
            return;
        }
}

bool merge_names_of_entries(struct merge *m, struct doc_table *const tables[MERGE_SIDES],
                            struct merge_names *names)
{
    memset(names, 0, sizeof *names);
    for (int side = 0; side < MERGE_SIDES; side++) {
        struct doc_table *table = tables[side];
        size_t most = table ? table->entries : 0;

        names->list[side] = arena_alloc(&m->lists, (most + 1) * sizeof **names->list);
        if (!names->list[side])
            return false;
        for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i; i = doc_entry(i->next))
            add_name(names, side, i->name, i);
        put_in_order(names, side);
    }
    return true;
}

bool merge_names_of_secrets(struct merge *m, const struct merge_env *e, struct merge_names *names)
{
    memset(names, 0, sizeof *names);
    for (int side = 0; side < MERGE_SIDES; side++) {
        const struct doc *doc = &m->side[side];
        struct doc_table *t = NULL;
        size_t most = 0;

        while ((t = doc_next_table(doc, t, DOC_SECRET, e->name)))
            most++;
        names->list[side] = arena_alloc(&m->lists, (most + 1) * sizeof **names->list);
        if (!names->list[side])
            return false;
        while ((t = doc_next_table(doc, t, DOC_SECRET, e->name)))
            add_name(names, side, t->secret, t);
        put_in_order(names, side);
    }
    return true;
}

/* NULL at the end of the list. */
static const struct merge_named *next_of(const struct merge_names *names, int side)
{
    const struct merge_named *list = names->list[side];

    return list && names->at[side] < names->count[side] ? list + names->at[side] : NULL;
}

bool merge_names_next(struct merge_names *names, struct slice *name, void *at[MERGE_SIDES])
{
    const struct merge_named *first = NULL, *next;

    for (int side = 0; side < MERGE_SIDES; side++) {
        next = next_of(names, side);
        if (next && (!first || slice_compare(next->name, first->name) < 0))
            first = next;
    }
    if (!first)
        return false;
    *name = first->name;
    for (int side = 0; side < MERGE_SIDES; side++) {
        next = next_of(names, side);
        at[side] = NULL;
        if (!next || !slice_equal(next->name, *name))
            continue;
        at[side] = next->at;
        names->at[side]++;
    }
    return true;
}

/* ---- judging ---- */

enum merge_verdict merge_judge(bool other_unchanged, bool alike, bool main_unchanged)
{
    if (other_unchanged || alike)
        return MERGE_STAYS;
    return main_unchanged ? MERGE_COMES : MERGE_CLASH;
}

bool merge_same_item(const struct doc_item *a, const struct doc_item *b)
{
    if (!a || !b)
        return !a && !b;
    return doc_same_parts(a, b) && slice_equal(a->name, b->name);
}

bool merge_same_table(const struct doc_table *a, const struct doc_table *b)
{
    const struct doc_item *x = a ? a->items : NULL, *y = b ? b->items : NULL;

    while (x && y && merge_same_item(x, y)) {
        x = x->next;
        y = y->next;
    }
    return !x && !y && !a == !b;
}

enum merge_verdict merge_judge_text(const struct doc_item *base, const struct doc_item *main_item,
                                    const struct doc_item *other)
{
    return merge_judge(merge_same_item(base, other), merge_same_item(main_item, other),
                       merge_same_item(base, main_item));
}

struct doc_table *merge_table(struct merge *m, enum merge_side side, const struct merge_env *e,
                              enum doc_kind kind)
{
    return doc_find(&m->side[side], kind, e->name, none);
}

struct merge_change *merge_add(struct merge *m, struct merge_env *of, enum merge_kind kind,
                               enum merge_why why, struct slice secret, struct slice name)
{
    struct merge_change *c = arena_alloc(&m->lists, sizeof *c), **first;

    if (!c)
        return NULL;
    *c = (struct merge_change){.of = of,
                               .kind = kind,
                               .why = why,
                               .incoming = of ? of->other : MERGE_THEIRS,
                               .env = of ? of->name : none,
                               .secret = secret,
                               .name = name};
    if (why == MERGE_AGREED)
        c->answer = c->incoming == MERGE_OURS ? MERGE_TAKE_OURS : MERGE_TAKE_THEIRS;
    for (int side = 0; side < MERGE_SIDES; side++)
        c->side[side].author = c->side[side].text = none;
    *m->end = c;
    m->end = &c->next;
    first = of ? &of->first : &m->plain;
    if (!*first)
        *first = c;
    return c;
}

struct merge_change *merge_first(const struct merge *m, const struct merge_env *of)
{
    return of ? of->first : m->plain;
}

struct merge_change *merge_next(const struct merge_change *c)
{
    return c->next && c->next->of == c->of ? c->next : NULL;
}

enum err_code merge_add_whole(struct merge *m, struct merge_env *e, enum merge_kind kind,
                              enum merge_why why, struct err *err)
{
    e->whole = merge_add(m, e, kind, why, none, none);
    for (int side = MERGE_OURS; e->whole && side <= MERGE_THEIRS; side++) {
        struct merge_version *version = &e->whole->side[side];

        version->there = e->there[side];
        if (e->side[side].keys)
            version->text = slice_of(e->side[side].keys->fingerprint);
    }
    return err_memory(e->whole != NULL, err);
}
