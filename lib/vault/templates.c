/* Templates that a change would leave without a variable that they use. What is removed may be put
 * back, or its template changed, before the change is saved: so this is judged then. */
#include "templates.h"

#include "text/template.h"

enum { PLACE_MAX = 2 * (NAME_MAX_LEN + 1) + KEY_MAX_LEN };

void templates_each_source(struct slice text, struct slice secret, templates_tell *tell, void *user)
{
    struct template t;
    struct template_piece piece;

    template_begin(&t, text);
    while (template_next(&t, &piece) && !piece.is_wrong)
        if (piece.key.len > 0)
            tell(user, piece.secret.len ? piece.secret : secret, piece.key);
}

/* Appends the name of a place. */
static struct slice place_of(struct buf *out, struct slice env, struct slice secret,
                             struct slice name)
{
    buf_clear(out);
    buf_add_slice(out, env);
    buf_add_text(out, "/");
    buf_add_slice(out, secret);
    buf_add_text(out, "/");
    buf_add_slice(out, name);
    return buf_slice(out);
}

/* One variable or, with item NULL, all of a secret. */
static enum err_code note(struct vault *v, struct hashtable *places, const struct doc_table *table,
                          const struct doc_item *item)
{
    char room[PLACE_MAX];
    struct buf place = BUF_FIXED(room);
    bool good = true;

    for (const struct doc_item *i = item ? item : doc_entry(table->items); i && good;
         i = item ? NULL : doc_entry(i->next)) {
        size_t *count =
            hashtable_number(places, place_of(&place, table->env, table->secret, i->name));

        good = count != NULL;
        if (good)
            *count = 1;
    }
    return err_memory(good, &v->err);
}

enum err_code templates_note_removed(struct vault *v, const struct doc_table *table,
                                     const struct doc_item *item)
{
    return note(v, &v->removed, table, item);
}

enum err_code templates_note_made(struct vault *v, const struct doc_table *table,
                                  const struct doc_item *item)
{
    return note(v, &v->templates, table, item);
}

static bool is_missed(struct vault *v, const struct doc_table *table,
                      const struct template_piece *hole)
{
    struct slice secret = hole->secret.len ? hole->secret : table->secret;
    char room[PLACE_MAX];
    struct buf place = BUF_FIXED(room);
    struct doc_table *source;

    if (!hashtable_find(&v->removed, place_of(&place, table->env, secret, hole->key)))
        return false;
    source = doc_find(&v->doc, DOC_SECRET, table->env, secret);
    return !source || !doc_find_entry(source, hole->key);
}

static enum err_code refuse(struct vault *v, const struct doc_table *table,
                            const struct doc_item *item, const struct template_piece *hole)
{
    struct slice secret = hole->secret.len ? hole->secret : table->secret;

    err_set(&v->err, ERR_INVALID, "%.*s/%.*s of %.*s is a template that uses %.*s/%.*s",
            (int)table->secret.len, table->secret.at, (int)item->name.len, item->name.at,
            (int)table->env.len, table->env.at, (int)secret.len, secret.at, (int)hole->key.len,
            hole->key.at);
    err_because(&v->err, ERR_REASON_TEMPLATE_USES);
    err_detail(&v->err, ERR_ENV, table->env.at, table->env.len);
    err_detail(&v->err, ERR_SECRET, table->secret.at, table->secret.len);
    err_detail(&v->err, ERR_NAME, item->name.at, item->name.len);
    return ERR_INVALID;
}

static enum err_code check_value(struct vault *v, const struct seal_env *e,
                                 const struct doc_table *table, const struct doc_item *item)
{
    struct arena arena = ARENA_OF(&v->pool);
    struct template t;
    struct template_piece piece;
    struct seal_value value;
    enum err_code code = seal_value_open(e, table->secret, item, &arena, &value, &v->err);

    if (code == ERR_OK && value.kind == SEAL_TEMPLATE) {
        template_begin(&t, value.value);
        while (code == ERR_OK && template_next(&t, &piece) && !piece.is_wrong)
            if (piece.key.len > 0 && is_missed(v, table, &piece))
                code = refuse(v, table, item, &piece);
    }
    arena_free(&arena);
    return code;
}

static enum err_code check_env(struct vault *v, const char *env)
{
    struct doc_table *t = NULL;
    struct seal_env e;
    enum err_code code = handle_open_env(v, env, &e);

    while (code == ERR_OK && (t = doc_next_table(&v->doc, t, DOC_SECRET, slice_of(env))))
        for (struct doc_item *i = doc_entry(t->items); i && code == ERR_OK; i = doc_entry(i->next))
            code = check_value(v, &e, t, i);
    return code;
}

enum err_code templates_check_removed(struct vault *v)
{
    enum err_code code = ERR_OK;

    if (v->removed.count == 0)
        return ERR_OK;
    for (struct opened_env *o = v->opened; o && code == ERR_OK; o = o->next)
        if (doc_find(&v->doc, DOC_ENV, slice_of(o->name), (struct slice){NULL, 0}))
            code = check_env(v, o->name);
    return code;
}
