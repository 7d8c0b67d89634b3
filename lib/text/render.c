/* A template filled with the values of an environment. */
#include "render.h"

#include "template.h"

#include "base/hashtable.h"

#include <string.h>

struct filling {
    struct vault_selection *values;
    struct hashtable by_secret;     /* the sets */
    struct hashtable first, second; /* the first two sets with a variable, by its name */
    bool has_variables;             /* the two are filled */
    const char *env;
    struct buf *out;
    struct err *err;
    struct buf missing, ambiguous; /* with their lines */
};

static void add_place(struct buf *list, const struct template_piece *piece)
{
    buf_printf(list, "%sline %zu: %.*s%s%.*s", list->len ? ", " : "", piece->line,
               (int)piece->secret.len, piece->secret.len ? piece->secret.at : "",
               piece->secret.len ? "/" : "", (int)piece->key.len, piece->key.at);
}

static enum err_code fail_at(const struct filling *f, const struct template_piece *piece,
                             enum err_reason reason, const char *why)
{
    err_set(f->err, ERR_INVALID, "line %zu: %s", piece->line, why);
    err_because(f->err, reason);
    return ERR_INVALID;
}

static enum err_code add_value(struct filling *f, const struct template_piece *piece,
                               const struct selection_set *set, const struct kv_pair *pair)
{
    struct slice value = pair->value;
    enum err_code code = ERR_OK;

    if (pair->kind == KV_TEMPLATE)
        code = resolve(&f->values->resolver, slice_of(set->secret), piece->key, &value, f->err);
    if (code == ERR_OK && !template_filter(piece->filter, value, f->out))
        code = fail_at(f, piece, ERR_REASON_TEMPLATE_FILTER,
                       "the filter cannot write the value that is named there");
    return code;
}

static bool index_secrets(struct filling *f)
{
    bool good = true;

    for (size_t i = 0; i < f->values->set_count && good; i++) {
        void **item = hashtable_item(&f->by_secret, slice_of(f->values->sets[i].secret));

        good = item;
        if (good)
            *item = &f->values->sets[i];
    }
    return good;
}

static bool index_variable(struct filling *f, const char *name, struct selection_set *set)
{
    void **item = hashtable_item(&f->first, slice_of(name));

    if (item && *item)
        item = hashtable_item(&f->second, slice_of(name));
    if (item && !*item)
        *item = set;
    return item;
}

/* Once, for the first name without a secret. */
static bool index_variables(struct filling *f)
{
    bool good = true;

    for (size_t i = 0; i < f->values->set_count && good && !f->has_variables; i++) {
        struct selection_set *set = &f->values->sets[i];

        for (size_t j = 0; j < set->kv->count && good; j++)
            good = index_variable(f, set->kv->pairs[j].name, set);
    }
    f->has_variables = good;
    return good;
}

/* A name without a secret is looked for in all of them. */
static enum err_code fill_place(struct filling *f, const struct template_piece *piece)
{
    const struct selection_set *first, *second = NULL;
    const struct kv_pair *pair;

    if (piece->secret.len) {
        first = hashtable_find_item(&f->by_secret, piece->secret);
    } else if (index_variables(f)) {
        first = hashtable_find_item(&f->first, piece->key);
        second = hashtable_find_item(&f->second, piece->key);
    } else {
        return err_no_memory(f->err);
    }
    pair = first ? kv_find(first->kv, piece->key) : NULL;
    if (first && second) {
        add_place(&f->ambiguous, piece);
        buf_printf(&f->ambiguous, " (%s/%.*s, %s/%.*s)", first->secret, (int)piece->key.len,
                   piece->key.at, second->secret, (int)piece->key.len, piece->key.at);
    } else if (!pair) {
        add_place(&f->missing, piece);
    } else {
        return add_value(f, piece, first, pair);
    }
    return ERR_OK;
}

static enum err_code judge(const struct filling *f)
{
    struct err *err = f->err;

    if (!buf_ok(f->out) || !buf_ok(&f->missing) || !buf_ok(&f->ambiguous))
        return err_no_memory(err);
    if (f->missing.len) {
        err_set(err, ERR_ABSENT, "not in %s: %.*s", f->env, (int)f->missing.len, f->missing.data);
        err_because(err, ERR_REASON_PLACE_WITHOUT_VALUE);
        err_detail_text(err, ERR_ENV, f->env);
        return ERR_ABSENT;
    }
    if (f->ambiguous.len) {
        err_set(err, ERR_INVALID, "keys that stand in several secrets: %.*s", (int)f->ambiguous.len,
                f->ambiguous.data);
        err_because(err, ERR_REASON_PLACE_AMBIGUOUS);
        return ERR_INVALID;
    }
    return ERR_OK;
}

enum err_code render_template(struct slice text, struct vault_selection *values, const char *env,
                              struct buf *out, struct err *err)
{
    struct filling f = {.values = values, .env = env, .out = out, .err = err};
    struct template t;
    struct template_piece piece;
    enum err_code code = index_secrets(&f) ? ERR_OK : err_no_memory(err);

    template_begin(&t, text);
    while (code == ERR_OK && template_next(&t, &piece)) {
        if (piece.is_wrong)
            code = fail_at(&f, &piece, ERR_REASON_TEMPLATE_SYNTAX, "a {{ begins no hole");
        else if (piece.key.len)
            code = fill_place(&f, &piece);
        else
            buf_add_slice(out, piece.text);
    }
    if (code == ERR_OK)
        code = judge(&f);
    hashtable_free(&f.by_secret);
    hashtable_free(&f.first);
    hashtable_free(&f.second);
    buf_free(&f.missing);
    buf_free(&f.ambiguous);
    return code;
}
