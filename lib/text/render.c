/* A template filled with the values of an environment, or of several in layers. */
#include "render.h"

#include "template.h"

#include <string.h>

struct filling {
    struct vault_selection *values; /* the top layer */
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

/* A name without a secret is looked for in all of them. Sets *found_first and *found_second to the
 * first two of a layer that have it. */
static const struct kv_pair *find_in_layer(const struct vault_selection *layer,
                                           const struct template_piece *piece,
                                           const struct selection_set **found_first,
                                           const struct selection_set **found_second)
{
    const struct selection_set *first = NULL, *second = NULL;
    const struct kv_pair *pair = NULL;

    for (size_t i = 0; i < layer->set_count && !second; i++) {
        const struct selection_set *set = &layer->sets[i];
        const struct kv_pair *found = NULL;

        if (!piece->secret.len || slice_is(piece->secret, set->secret))
            found = kv_find(set->kv, piece->key);
        if (found && first) {
            second = set;
        } else if (found) {
            first = set;
            pair = found;
        }
    }
    *found_first = first;
    *found_second = second;
    return pair;
}

static enum err_code fill_place(struct filling *f, const struct template_piece *piece)
{
    const struct selection_set *first = NULL, *second = NULL;
    struct vault_selection *layer = f->values;
    const struct kv_pair *pair = find_in_layer(layer, piece, &first, &second);

    while (!pair && layer->below) {
        layer = layer->below;
        pair = find_in_layer(layer, piece, &first, &second);
    }
    if (second) {
        add_place(&f->ambiguous, piece);
        buf_printf(&f->ambiguous, " (%s/%.*s, %s/%.*s)", first->secret, (int)piece->key.len,
                   piece->key.at, second->secret, (int)piece->key.len, piece->key.at);
    } else if (!first || !pair) {
        add_place(&f->missing, piece);
    } else {
        return add_value(f, piece, layer, first, pair);
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
    enum err_code code = ERR_OK;

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
    buf_free(&f.missing);
    buf_free(&f.ambiguous);
    return code;
}
