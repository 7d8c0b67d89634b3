/* Resolves templates. Each variable is resolved once; the path that leads to it bounds recursion.
 */
#include "resolve.h"

#include "template.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* The path of names, from the last to the first. */
struct step {
    const struct step *up; /* NULL: the first */
    struct slice secret, name;
    size_t count; /* of the names so far */
};

static enum err_code resolve_step(struct resolver *r, const struct step *at, struct resolved **out,
                                  struct err *err);

static void add_path(struct buf *out, const struct step *last)
{
    const struct step *path[RESOLVE_NAMES + 1];
    size_t count = 0;

    for (const struct step *s = last; s && count < RESOLVE_NAMES + 1; s = s->up)
        path[count++] = s;
    while (count-- > 0)
        buf_printf(out, "%.*s/%.*s%s", (int)path[count]->secret.len, path[count]->secret.at,
                   (int)path[count]->name.len, path[count]->name.at, count ? " -> " : "");
}

/* MUST NOT: say anything of a value. Names are checked, and need no escapes. */
static enum err_code fail(const struct resolver *r, const struct step *at, enum err_reason reason,
                          const char *why, struct err *err)
{
    enum err_code code = reason == ERR_REASON_TEMPLATE_MISSING ? ERR_ABSENT : ERR_INVALID;
    struct buf path = {0};

    add_path(&path, at);
    err_set(err, code, "%s in %s: %s", why, r->env, buf_text(&path, "…"));
    err_because(err, reason);
    err_detail_text(err, ERR_ENV, r->env);
    err_detail(err, ERR_SECRET, at->secret.at, at->secret.len);
    err_detail(err, ERR_NAME, at->name.at, at->name.len);
    buf_free(&path);
    return code;
}

/* ERR_REASON_NONE: the text can be a template's. */
static enum err_reason judge(struct slice text)
{
    struct template t;
    struct template_piece piece;
    size_t holes = 0;

    template_begin(&t, text);
    while (template_next(&t, &piece)) {
        if (piece.is_wrong)
            return ERR_REASON_TEMPLATE_SYNTAX;
        holes += piece.key.len > 0;
    }
    return holes > RESOLVE_HOLES ? ERR_REASON_TEMPLATE_LIMIT : ERR_REASON_NONE;
}

static const char *why_of(enum err_reason reason)
{
    return reason == ERR_REASON_TEMPLATE_SYNTAX ? "a template has a {{ that begins no hole"
                                                : "a template has more than 256 holes";
}

enum err_code resolve_check(struct slice text, const char *what, struct err *err)
{
    enum err_reason reason = judge(text);

    if (reason == ERR_REASON_NONE)
        return ERR_OK;
    err_set(err, ERR_INVALID, "%s: %s", why_of(reason), what);
    err_because(err, reason);
    return ERR_INVALID;
}

/* Appends what fills a hole. What is over the limit is not kept; the other holes are still looked
 * at. */
static enum err_code fill(struct resolver *r, const struct step *at,
                          const struct template_piece *hole, struct buf *out, size_t *names,
                          struct err *err)
{
    struct step next = {at, hole->secret.len ? hole->secret : at->secret, hole->key, at->count + 1};
    size_t before = out->len;
    struct resolved *found = NULL;
    enum err_code code = resolve_step(r, &next, &found, err);

    if (code != ERR_OK || !found)
        return code;
    if (found->names > *names)
        *names = found->names;
    if (!template_filter(hole->filter, found->value, out))
        return fail(r, &next, ERR_REASON_TEMPLATE_FILTER,
                    "the filter of a template cannot write a value", err);
    if (before > RESOLVE_RESULT)
        out->len = before;
    return ERR_OK;
}

static enum err_code fill_all(struct resolver *r, const struct step *at, struct slice text,
                              struct buf *out, size_t *names, struct err *err)
{
    enum err_reason reason = judge(text);
    struct template t;
    struct template_piece piece;
    enum err_code code = ERR_OK;

    if (reason != ERR_REASON_NONE)
        return fail(r, at, reason, why_of(reason), err);
    template_begin(&t, text);
    while (code == ERR_OK && template_next(&t, &piece))
        if (piece.key.len)
            code = fill(r, at, &piece, out, names, err);
        else if (out->len <= RESOLVE_RESULT)
            buf_add_slice(out, piece.text);
    if (code == ERR_OK)
        code = err_memory(buf_ok(out), err);
    if (code == ERR_OK && out->len > RESOLVE_RESULT)
        code = fail(r, at, ERR_REASON_TEMPLATE_LIMIT, "a template makes more than 1 MiB", err);
    return code;
}

static enum err_code find(struct resolver *r, const struct step *at, const struct kv_pair **pair,
                          struct err *err)
{
    void **kv = hashtable_item(&r->secrets, at->secret);
    struct vault_kv *opened = NULL;
    enum err_code code = ERR_OK;

    if (!kv)
        return err_no_memory(err);
    if (!*kv) {
        code = r->open(r->user, r->env, at->secret, &opened, err);
        if (code != ERR_OK) {
            kv_free(opened);
            return code;
        }
        if (opened)
            kv_finish(opened);
        *kv = opened;
    }
    *pair = *kv ? kv_find(*kv, at->name) : NULL;
    if (!*pair)
        code = fail(r, at, ERR_REASON_TEMPLATE_MISSING,
                    "a template names a variable that does not exist", err);
    return code;
}

static struct resolved *add_resolved(struct resolver *r, const struct step *at,
                                     const struct resolved *as)
{
    struct resolved *new = arena_alloc(&r->names, sizeof *new);

    if (!new)
        return NULL;
    *new = *as;
    new->secret = arena_copy(&r->names, at->secret.at, at->secret.len);
    new->name = arena_copy(&r->names, at->name.at, at->name.len);
    new->next = r->first;
    if (!new->secret || !new->name)
        return NULL;
    r->first = new;
    return new;
}

static enum err_code look(struct resolver *r, const struct step *at, struct resolved **out,
                          struct err *err)
{
    struct resolved as = {.names = 1};
    struct buf result = BUF_SECRET;
    const struct kv_pair *pair = NULL;
    size_t names = 0;
    enum err_code code = find(r, at, &pair, err);

    if (code != ERR_OK || !pair)
        return code;
    as.value = pair->value;
    as.kind = pair->kind;
    if (pair->kind == KV_TEMPLATE) {
        code = fill_all(r, at, pair->value, &result, &names, err);
        if (code == ERR_OK) {
            as.value.at = arena_copy(&r->results, buf_slice(&result).at, result.len);
            as.value.len = result.len;
            as.names = names + 1;
            code = err_memory(as.value.at != NULL, err);
        }
    }
    buf_free(&result);
    if (code == ERR_OK)
        code = err_memory((*out = add_resolved(r, at, &as)) != NULL, err);
    return code;
}

static enum err_code say_long(const struct resolver *r, const struct step *at, struct err *err)
{
    return fail(r, at, ERR_REASON_TEMPLATE_LIMIT, "templates follow each other over 16 names", err);
}

static enum err_code resolve_step(struct resolver *r, const struct step *at, struct resolved **out,
                                  struct err *err)
{
    char place[NAME_MAX_LEN + 1 + KEY_MAX_LEN];
    struct buf name = BUF_FIXED(place);
    void **known;
    enum err_code code = ERR_OK;

    for (const struct step *s = at->up; s; s = s->up)
        if (slice_equal(s->secret, at->secret) && slice_equal(s->name, at->name))
            return fail(r, at, ERR_REASON_TEMPLATE_CIRCULAR, "a template needs itself", err);
    if (at->count > RESOLVE_NAMES)
        return say_long(r, at, err);
    buf_add_slice(&name, at->secret);
    buf_add_text(&name, "/");
    buf_add_slice(&name, at->name);
    *out = hashtable_find_item(&r->by_place, buf_slice(&name));
    if (!*out) {
        code = look(r, at, out, err);
        known = code == ERR_OK ? hashtable_item(&r->by_place, buf_slice(&name)) : NULL;
        if (code == ERR_OK && !known)
            code = err_no_memory(err);
        if (known)
            *known = *out;
    }
    if (code == ERR_OK && *out && at->count - 1 + (*out)->names > RESOLVE_NAMES)
        code = say_long(r, at, err);
    return code;
}

enum err_code resolve(struct resolver *r, struct slice secret, struct slice name,
                      struct slice *value, struct err *err)
{
    struct step first = {NULL, secret, name, 1};
    struct resolved *found = NULL;
    enum err_code code = resolve_step(r, &first, &found, err);

    *value = code == ERR_OK && found ? found->value : (struct slice){NULL, 0};
    return code;
}

void resolver_free(struct resolver *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->secrets.size; i++)
        kv_free(r->secrets.entries[i].as.item);
    hashtable_free(&r->secrets);
    hashtable_free(&r->by_place);
    arena_free(&r->names);
    arena_free(&r->results);
}
