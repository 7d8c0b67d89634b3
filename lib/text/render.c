/* A template filled with the values of an environment. */
#include "render.h"

#include "template.h"

#include <string.h>

struct filling {
    const struct vault_selection *values;
    struct buf *out;
    struct buf missing, ambiguous; /* with their lines */
};

static void add_place(struct buf *list, const struct template_piece *piece)
{
    buf_printf(list, "%sline %zu: %.*s%s%.*s", list->len ? ", " : "", piece->line,
               (int)piece->secret.len, piece->secret.len ? piece->secret.at : "",
               piece->secret.len ? "/" : "", (int)piece->key.len, piece->key.at);
}

/* A name without a secret is looked for in all of them. */
static void fill_place(struct filling *f, const struct template_piece *piece)
{
    const struct selection_set *first = NULL, *second = NULL;
    struct slice value = {"", 0};

    for (size_t i = 0; i < f->values->set_count && !second; i++) {
        const struct selection_set *set = &f->values->sets[i];
        const struct kv_pair *found = NULL;

        if (!piece->secret.len || slice_is(piece->secret, set->secret))
            found = kv_find(set->kv, piece->key);
        if (found && first) {
            second = set;
        } else if (found) {
            first = set;
            value = found->value;
        }
    }
    if (second) {
        add_place(&f->ambiguous, piece);
        buf_printf(&f->ambiguous, " (%s/%.*s, %s/%.*s)", first->secret, (int)piece->key.len,
                   piece->key.at, second->secret, (int)piece->key.len, piece->key.at);
    } else if (!first) {
        add_place(&f->missing, piece);
    } else {
        buf_add_slice(f->out, value);
    }
}

static enum err_code judge(const struct filling *f, const char *env, struct err *err)
{
    if (!buf_ok(f->out) || !buf_ok(&f->missing) || !buf_ok(&f->ambiguous))
        return err_no_memory(err);
    if (f->missing.len) {
        err_set(err, ERR_ABSENT, "not in %s: %.*s", env, (int)f->missing.len, f->missing.data);
        err_because(err, ERR_REASON_PLACE_WITHOUT_VALUE);
        err_detail_text(err, ERR_ENV, env);
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

enum err_code render_template(struct slice text, const struct vault_selection *values,
                              const char *env, struct buf *out, struct err *err)
{
    struct filling f = {.values = values, .out = out};
    struct template t;
    struct template_piece piece;
    enum err_code code;

    template_begin(&t, text);
    while (template_next(&t, &piece)) {
        if (piece.key.len)
            fill_place(&f, &piece);
        else
            buf_add_slice(out, piece.text);
    }
    code = judge(&f, env, err);
    buf_free(&f.missing);
    buf_free(&f.ambiguous);
    return code;
}
