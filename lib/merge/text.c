/* The merge of one environment without its key: its lines as they are, and the seals as lines among
 * them. What does not fit together without a new seal does not merge. */
#include "share.h"

static const struct slice none = {"", 0};

/* An environment whose text is merged, in a dry run first. */
struct lines {
    struct merge *m;
    const struct merge_env *e;
    bool apply, clean;
};

/* One string of an item that all three have: each seal and each value is a line of its own. */
static enum err_code merge_part(struct lines *l, const struct doc_item *base,
                                const struct doc_item *ours, const struct doc_item *theirs,
                                struct doc_item *result, int part, struct err *err)
{
    enum merge_verdict verdict = merge_judge(slice_equal(base->part[part], theirs->part[part]),
                                             slice_equal(ours->part[part], theirs->part[part]),
                                             slice_equal(base->part[part], ours->part[part]));

    if (verdict == MERGE_CLASH)
        l->clean = false;
    if (verdict != MERGE_COMES || !l->apply)
        return ERR_OK;
    return err_memory(doc_set_part(&l->m->result, result, part, theirs->part[part]), err);
}

/* What is sealed of a variable and its open text are bound to each other: they are one unit. */
static enum err_code merge_variable(struct lines *l, struct doc_table *result,
                                    void *const at[MERGE_SIDES], struct err *err)
{
    const struct doc_item *base = at[MERGE_BASE], *ours = at[MERGE_OURS],
                          *theirs = at[MERGE_THEIRS];
    enum merge_verdict verdict = merge_judge(
        doc_same_value(base, theirs), doc_same_value(ours, theirs), doc_same_value(base, ours));
    struct slice parts[] = {theirs->part[DOC_SEALED], none, doc_open_text(theirs)};

    if (verdict == MERGE_CLASH)
        l->clean = false;
    if (verdict == MERGE_COMES && l->apply &&
        !doc_put_value(&l->m->result, result, theirs->name, parts, NULL))
        return err_no_memory(err);
    return merge_part(l, base, ours, theirs, doc_find_entry(result, theirs->name), DOC_NEXT_KEY,
                      err);
}

static enum err_code merge_item(struct lines *l, struct doc_table *result, struct slice name,
                                void *const at[MERGE_SIDES], struct err *err)
{
    const struct doc_item *base = at[MERGE_BASE], *ours = at[MERGE_OURS],
                          *theirs = at[MERGE_THEIRS];
    struct doc_item *item = doc_find_entry(result, name);
    enum merge_verdict verdict = merge_judge_text(base, ours, theirs);

    if (base && ours && theirs && result->kind == DOC_SECRET)
        return merge_variable(l, result, at, err);
    if (verdict == MERGE_CLASH)
        l->clean = false;
    if (verdict != MERGE_COMES || !l->apply)
        return ERR_OK;
    if (theirs)
        return err_memory(doc_copy_entry(&l->m->result, result, theirs), err);
    doc_remove_item(&l->m->result, result, item);
    return ERR_OK;
}

static enum err_code merge_entries(struct lines *l, struct doc_table *const tables[MERGE_SIDES],
                                   struct doc_table *result, struct err *err)
{
    void *at[MERGE_SIDES];
    struct merge_names names;
    struct slice name;
    enum err_code code = err_memory(merge_names_of_entries(l->m, tables, &names), err);

    while (code == ERR_OK && l->clean && merge_names_next(&names, &name, at))
        code = merge_item(l, result, name, at, err);
    return code;
}

static enum err_code merge_owns(struct lines *l, void *const at[MERGE_SIDES],
                                struct doc_table *result, struct err *err)
{
    const struct doc_table *base = at[MERGE_BASE], *ours = at[MERGE_OURS],
                           *theirs = at[MERGE_THEIRS];
    enum err_code code = ERR_OK;

    for (int own = 0; own < DOC_OWN_MAX && base->own[own] && code == ERR_OK; own++)
        code = merge_part(l, base->own[own], ours->own[own], theirs->own[own], result->own[own], 0,
                          err);
    return code;
}

static enum err_code merge_secret(struct lines *l, struct slice name, void *const at[MERGE_SIDES],
                                  struct err *err)
{
    const struct doc_table *base = at[MERGE_BASE], *ours = at[MERGE_OURS],
                           *theirs = at[MERGE_THEIRS];
    struct doc *result = &l->m->result;
    struct doc_table *table = doc_find(result, DOC_SECRET, l->e->name, name);
    enum merge_verdict verdict =
        merge_judge(merge_same_table(base, theirs), merge_same_table(ours, theirs),
                    merge_same_table(base, ours));
    enum err_code code;

    if (verdict == MERGE_STAYS)
        return ERR_OK;
    if (base && ours && theirs) {
        code = merge_owns(l, at, table, err);
        return code == ERR_OK ? merge_entries(l, (struct doc_table *const *)at, table, err) : code;
    }
    if (verdict == MERGE_CLASH)
        l->clean = false;
    if (verdict != MERGE_COMES || !l->apply)
        return ERR_OK;
    if (theirs)
        return err_memory(doc_copy_table(result, NULL, theirs) != NULL, err);
    doc_remove_table(result, table);
    return ERR_OK;
}

/* The order is sealed, and an item that is taken goes to its place by name: both must be one. */
static bool is_in_order(const struct doc *doc, const struct merge_env *e)
{
    struct doc_table *before = NULL, *t = NULL;

    for (; (t = doc_next_table(doc, t, DOC_SECRET, e->name)); before = t)
        if (t->unsorted || (before && slice_compare(before->secret, t->secret) >= 0))
            return false;
    return true;
}

static enum err_code merge_secrets(struct lines *l, struct err *err)
{
    void *at[MERGE_SIDES];
    struct merge_names names;
    struct slice name;
    enum err_code code = err_memory(merge_names_of_secrets(l->m, l->e, &names), err);

    while (code == ERR_OK && l->clean && merge_names_next(&names, &name, at))
        code = merge_secret(l, name, at, err);
    return code;
}

static struct doc_table *in_result(struct lines *l, enum doc_kind kind)
{
    return doc_find(&l->m->result, kind, l->e->name, none);
}

static enum err_code merge_readers(struct lines *l, struct err *err)
{
    struct doc_table *tables[MERGE_SIDES], *readers = in_result(l, DOC_READERS);

    for (int side = 0; side < MERGE_SIDES; side++)
        tables[side] = merge_table(l->m, (enum merge_side)side, l->e, DOC_READERS);
    if (readers)
        return merge_entries(l, tables, readers, err);
    l->clean = !tables[MERGE_THEIRS]; /* nobody reads ours */
    return ERR_OK;
}

enum err_code merge_text_env(struct merge *m, struct merge_env *e, bool apply, bool *clean,
                             struct err *err)
{
    struct lines l = {m, e, apply, true};
    void *envs[MERGE_SIDES] = {NULL};
    enum err_code code;

    for (int side = 0; side < MERGE_SIDES; side++) {
        envs[side] = merge_table(m, (enum merge_side)side, e, DOC_ENV);
        if (!envs[side] || !is_in_order(&m->side[side], e))
            l.clean = false;
    }
    for (int side = MERGE_OURS; side <= MERGE_THEIRS && l.clean; side++)
        l.clean = merge_same_item(((struct doc_table *)envs[MERGE_BASE])->own[DOC_INBOX_KEY],
                                  ((struct doc_table *)envs[side])->own[DOC_INBOX_KEY]) &&
                  merge_same_table(merge_table(m, MERGE_BASE, e, DOC_PAST),
                                   merge_table(m, (enum merge_side)side, e, DOC_PAST));
    *clean = l.clean;
    if (!l.clean)
        return ERR_OK;
    code = merge_owns(&l, envs, in_result(&l, DOC_ENV), err);
    if (code == ERR_OK)
        code = merge_readers(&l, err);
    if (code == ERR_OK && l.clean)
        code = merge_secrets(&l, err);
    *clean = l.clean;
    return code;
}
