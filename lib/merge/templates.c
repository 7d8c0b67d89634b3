/* Templates in a merge: each side may be sound, and yet one side removes what a template of the
 * other uses. Then what is taken becomes a question. */
#include "share.h"

#include "vault/templates.h"

struct looking {
    const struct merge *m;
    struct merge_env *e;
    enum merge_side side;       /* the one that has the template */
    struct merge_change *bring; /* what brings it into the result; NULL: it is main's */
};

static bool is_taken(const struct merge_env *e, const struct merge_change *c)
{
    return c->answer == (e->other == MERGE_OURS ? MERGE_TAKE_OURS : MERGE_TAKE_THEIRS);
}

static bool is_new(const struct merge_change *c)
{
    return c->answer == MERGE_TAKE_NEW;
}

/* The change in this place whose answer replaces main's version; NULL: main's version stays. */
static struct merge_change *taken_at(const struct merge *m, const struct merge_env *e,
                                     struct slice secret, struct slice name)
{
    struct merge_change *c = merge_first(m, e);

    while (c &&
           !((is_taken(e, c) || is_new(c)) && slice_equal(c->secret, secret) &&
             (c->kind == MERGE_SECRET || (c->kind == MERGE_VALUE && slice_equal(c->name, name)))))
        c = merge_next(c);
    return c;
}

static bool has(const struct merge *m, const struct merge_env *e, enum merge_side side,
                struct slice secret, struct slice name)
{
    struct doc_table *table = doc_find(&m->side[side], DOC_SECRET, e->name, secret);

    return table && doc_find_entry(table, name);
}

static void ask(struct looking *l, struct merge_change *c)
{
    c->why = MERGE_USED;
    c->answer = MERGE_OPEN;
    l->e->asked = true;
}

/* Asks about a hole that had its variable and would lose it. */
static void look_at_hole(void *user, struct slice secret, struct slice name)
{
    struct looking *l = user;
    struct merge_change *c = taken_at(l->m, l->e, secret, name);
    bool stays =
        c && is_new(c) ? true : has(l->m, l->e, c ? l->e->other : l->e->main, secret, name);

    if (stays || !has(l->m, l->e, l->side, secret, name))
        return;
    if (c)
        ask(l, c);
    else if (l->bring)
        ask(l, l->bring);
}

static enum err_code look_at_value(struct looking *l, struct slice secret,
                                   const struct doc_item *item, struct err *err)
{
    struct arena arena = {0};
    struct seal_value value;
    enum err_code code = seal_value_open(&l->e->side[l->side], secret, item, &arena, &value, err);

    if (code == ERR_OK && value.kind == SEAL_TEMPLATE)
        templates_each_source(value.value, secret, look_at_hole, l);
    arena_free(&arena);
    return code;
}

/* The templates that come in. */
static enum err_code look_at_change(struct merge *m, struct merge_env *e, struct merge_change *c,
                                    struct err *err)
{
    struct looking l = {m, e, e->other, c};
    struct doc_table *table = c->kind == MERGE_SECRET ? c->at[e->other] : NULL;
    enum err_code code = ERR_OK;

    if (c->kind == MERGE_VALUE && c->at[e->other])
        code = look_at_value(&l, c->secret, c->at[e->other], err);
    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next))
        code = look_at_value(&l, c->secret, i, err);
    return code;
}

/* The templates of main that stay. */
static enum err_code look_at_main(struct merge *m, struct merge_env *e, struct err *err)
{
    struct looking l = {m, e, e->main, NULL};
    struct doc_table *t = NULL;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && (t = doc_next_table(&m->side[e->main], t, DOC_SECRET, e->name)))
        for (struct doc_item *i = doc_entry(t->items); i && code == ERR_OK; i = doc_entry(i->next))
            if (!taken_at(m, e, t->secret, i->name))
                code = look_at_value(&l, t->secret, i, err);
    return code;
}

enum err_code merge_env_templates(struct merge *m, struct merge_env *e, struct err *err)
{
    bool removes = false;
    enum err_code code = ERR_OK;

    e->asked = false;
    for (struct merge_change *c = merge_first(m, e); c && code == ERR_OK; c = merge_next(c)) {
        if ((c->kind != MERGE_VALUE && c->kind != MERGE_SECRET) || !is_taken(e, c))
            continue;
        removes = removes || !c->at[e->other];
        code = look_at_change(m, e, c, err);
    }
    return code == ERR_OK && removes ? look_at_main(m, e, err) : code;
}

/* An environment that is taken as a whole is as sound as that side was. */
enum err_code merge_check_answers(struct merge *m, bool *asked, struct err *err)
{
    enum err_code code = ERR_OK;

    *asked = false;
    for (struct merge_env *e = m->envs; e && code == ERR_OK; e = e->next)
        if (e->how == MERGE_ITEMS && (!e->whole || e->whole->answer == MERGE_TAKE_BOTH)) {
            code = merge_env_templates(m, e, err);
            *asked = *asked || e->asked;
        }
    stack_wipe();
    return code;
}
