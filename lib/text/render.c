/* A template filled with the values of an environment, or of several in layers. */
#include "render.h"

#include "template.h"

#include "base/hashtable.h"

#include <stdlib.h>
#include <string.h>

/* Of one layer, what is found by name. */
struct layer {
    struct vault_selection *values;
    struct hashtable by_secret;     /* the sets */
    struct hashtable first, second; /* the first two sets with a variable, by its name */
    bool has_variables;             /* the two are filled */
};

struct filling {
    struct layer *layers; /* the top one first */
    size_t layer_count;
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
                               struct vault_selection *layer, const struct selection_set *set,
                               const struct kv_pair *pair)
{
    struct slice value = pair->value;
    enum err_code code = ERR_OK;

    if (pair->kind == KV_TEMPLATE)
        code = resolve(&layer->resolver, slice_of(set->secret), piece->key, &value, f->err);
    if (code == ERR_OK && !template_filter(piece->filter, value, f->out))
        code = fail_at(f, piece, ERR_REASON_TEMPLATE_FILTER,
                       "the filter cannot write the value that is named there");
    return code;
}

static bool index_secrets(struct layer *layer)
{
    bool good = true;

    for (size_t i = 0; i < layer->values->set_count && good; i++) {
        struct selection_set *set = &layer->values->sets[i];
        void **item = hashtable_item(&layer->by_secret, slice_of(set->secret));

        good = item;
        if (good)
            *item = set;
    }
    return good;
}

static bool index_variable(struct layer *layer, const char *name, struct selection_set *set)
{
    void **item = hashtable_item(&layer->first, slice_of(name));

    if (item && *item)
        item = hashtable_item(&layer->second, slice_of(name));
    if (item && !*item)
        *item = set;
    return item;
}

/* Once, for the first name without a secret. */
static bool index_variables(struct layer *layer)
{
    bool good = true;

    for (size_t i = 0; i < layer->values->set_count && good && !layer->has_variables; i++) {
        struct selection_set *set = &layer->values->sets[i];

        for (size_t j = 0; j < set->kv->count && good; j++)
            good = index_variable(layer, set->kv->pairs[j].name, set);
    }
    layer->has_variables = good;
    return good;
}

/* What a layer has for a hole: a name without a secret is looked for in all of them. */
struct found {
    const struct selection_set *first, *second;
    const struct kv_pair *pair; /* NULL: nothing */
};

static bool find_in_layer(struct layer *layer, const struct template_piece *piece,
                          struct found *found)
{
    *found = (struct found){NULL, NULL, NULL};
    if (piece->secret.len) {
        found->first = hashtable_find_item(&layer->by_secret, piece->secret);
    } else if (index_variables(layer)) {
        found->first = hashtable_find_item(&layer->first, piece->key);
        found->second = hashtable_find_item(&layer->second, piece->key);
    } else {
        return false;
    }
    found->pair = found->first ? kv_find(found->first->kv, piece->key) : NULL;
    return true;
}

static enum err_code fill_place(struct filling *f, const struct template_piece *piece)
{
    struct found found = {NULL, NULL, NULL};
    size_t i;

    for (i = 0; i < f->layer_count; i++) {
        if (!find_in_layer(&f->layers[i], piece, &found))
            return err_no_memory(f->err);
        if (found.pair)
            break;
    }
    if (!found.pair) {
        add_place(&f->missing, piece);
    } else if (found.second) {
        add_place(&f->ambiguous, piece);
        buf_printf(&f->ambiguous, " (%s/%.*s, %s/%.*s)", found.first->secret, (int)piece->key.len,
                   piece->key.at, found.second->secret, (int)piece->key.len, piece->key.at);
    } else {
        return add_value(f, piece, f->layers[i].values, found.first, found.pair);
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

static size_t count_layers(const struct vault_selection *top)
{
    size_t count = 0;

    for (; top; top = top->below)
        count++;
    return count;
}

static bool index_layers(struct filling *f, struct vault_selection *top)
{
    bool good = f->layers;

    for (size_t i = 0; i < f->layer_count && good; i++, top = top->below) {
        f->layers[i].values = top;
        good = index_secrets(&f->layers[i]);
    }
    return good;
}

static void free_layers(struct filling *f)
{
    for (size_t i = 0; i < f->layer_count && f->layers; i++) {
        hashtable_free(&f->layers[i].by_secret);
        hashtable_free(&f->layers[i].first);
        hashtable_free(&f->layers[i].second);
    }
    free(f->layers);
}

enum err_code render_template(struct slice text, struct vault_selection *values, const char *env,
                              struct buf *out, struct err *err)
{
    struct filling f = {.layer_count = count_layers(values), .env = env, .out = out, .err = err};
    struct template t;
    struct template_piece piece;
    enum err_code code;

    f.layers = calloc(f.layer_count + 1, sizeof *f.layers);
    code = index_layers(&f, values) ? ERR_OK : err_no_memory(err);

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
    free_layers(&f);
    buf_free(&f.missing);
    buf_free(&f.ambiguous);
    return code;
}
