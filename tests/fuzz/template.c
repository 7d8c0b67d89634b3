/* lib/template: the pieces of any text are that text, but for a second half of each {{{{; a filter
 * writes what it says; and resolving any text ends within the limits, with nothing of a result read
 * for holes. */
#include "text/template.h"
#include "base/text.h"
#include "text/resolve.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Secret "s" has the text as the template A, and as the plain value B. */
static enum err_code open_secret(void *user, const char *env, struct slice secret,
                                 struct vault_kv **kv, struct err *err)
{
    const struct slice *text = user;

    (void)env;
    if (!slice_is(secret, "s"))
        return ERR_OK;
    *kv = kv_new();
    if (!*kv || !kv_add(*kv, slice_of("A"), *text) || !kv_add(*kv, slice_of("B"), *text) ||
        !kv_add(*kv, slice_of("C"), slice_of("{{ A }}{{ B | json }}")))
        return err_no_memory(err);
    (*kv)->pairs[0].kind = (*kv)->pairs[2].kind = KV_TEMPLATE;
    return ERR_OK;
}

static void resolve_it(struct slice text)
{
    struct resolver r = RESOLVER(open_secret, &text, "dev");
    struct err err;
    struct slice value;
    enum err_code code = resolve(&r, slice_of("s"), slice_of("C"), &value, &err);

    if (code == ERR_OK && (value.len > RESOLVE_RESULT || value.len < 2 ||
                           value.at[value.len - 1] != '"' || value.at[value.len] != '\0'))
        abort();
    if (code != ERR_OK && (!err.reason || value.at || strlen(err.text) == 0))
        abort();
    if (code == ERR_OK && resolve_check(text, "A", &err) != ERR_OK)
        abort();
    resolver_free(&r);
}

static void filter_it(struct slice text)
{
    for (int filter = TEMPLATE_AS_IT_IS; filter <= TEMPLATE_SHELL; filter++) {
        struct buf out = BUF_SECRET;
        bool good = template_filter((enum template_filter)filter, text, &out);

        if (!good && filter != TEMPLATE_JSON && filter != TEMPLATE_SHELL)
            abort();
        if (good && filter == TEMPLATE_URL)
            for (size_t i = 0; i < out.len; i++)
                if (!text_is_alnum(out.data[i]) && !text_is_one_of(out.data[i], "-._~%"))
                    abort();
        buf_free(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    struct template t;
    struct template_piece piece;
    size_t line = 1;

    template_begin(&t, (struct slice){at, size});
    while (template_next(&t, &piece)) {
        if (piece.text.at != at || piece.text.len == 0 || piece.line != line ||
            (piece.is_wrong && (piece.key.len || piece.text.len != 2)))
            abort();
        if (piece.key.len &&
            (!text_is_key(piece.key) || (piece.secret.len && !text_is_name(piece.secret))))
            abort();
        for (; at < piece.text.at + piece.text.len; at++)
            line += *at == '\n';
        if (t.at != at && (t.at != at + 2 || memcmp(at - 2, "{{{{", 4) != 0))
            abort();
        at = t.at;
    }
    if (at != end)
        abort();
    filter_it((struct slice){(const char *)data, size});
    resolve_it((struct slice){(const char *)data, size});
    return 0;
}
