/* Checks all that the key of an environment can check, and goes on after the first finding. */
#include "verify.h"

#include <sodium.h>
#include <stdio.h>

static const struct slice none = {"", 0};

struct findings {
    handle_notice *tell;
    void *user;
    size_t count;
    struct err first; /* its reason is that of all */
    struct err *err;  /* receives why this could not go on */
    enum err_code code;
};

/* False: that is enough. */
static bool found(void *user, const char *sentence)
{
    struct findings *f = user;

    if (f->count++ == 0)
        err_set(&f->first, ERR_INTEGRITY, "%s", sentence);
    if (f->tell)
        f->tell(f->user, sentence);
    return f->count < VERIFY_FINDINGS_MAX;
}

static void found_error(struct findings *f, const struct err *err)
{
    found(f, err->text);
    f->first = *err;
}

static void look_at_values(const struct seal_env *e, struct findings *f)
{
    struct arena arena = {0};
    struct doc_table *secret = NULL;
    struct seal_value value;
    struct err err;
    bool more = f->count < VERIFY_FINDINGS_MAX && f->code == ERR_OK;

    while (more && (secret = doc_next_table(e->doc, secret, DOC_SECRET, e->name)))
        for (struct doc_item *i = doc_entry(secret->items); i && more; i = doc_entry(i->next)) {
            arena_clear(&arena);
            switch (seal_value_open(e, secret->secret, i, &arena, &value, &err)) {
            case ERR_OK:
                break;
            case ERR_NO_MEMORY:
                f->code = err_no_memory(f->err);
                more = false;
                break;
            default:
                more = found(f, err.text);
            }
        }
    stack_wipe();
    arena_free(&arena);
}

static void look_at_readers(struct vault *v, const struct seal_env *e, struct findings *f)
{
    struct doc_table *readers = doc_find(&v->doc, DOC_READERS, e->name, none);
    struct err err;
    bool more = f->count < VERIFY_FINDINGS_MAX && f->code == ERR_OK;

    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i && more;
         i = doc_entry(i->next)) {
        const char *what = NULL;
        bool other_key = false;

        if (!seal_reader_verify(e, i))
            what = "was put there, or changed, by somebody who cannot open it";
        else
            f->code = unlock_look(&v->unlock, e, i, &other_key, f->err);
        if (f->code != ERR_OK)
            break;
        if (other_key)
            what = "holds another key than the environment's";
        if (!what)
            continue;
        err_set(&err, ERR_INTEGRITY, "line %zu: the reader %.*s of %.*s %s",
                doc_line(&v->doc, i->body), (int)i->name.len, i->name.at, (int)e->name.len,
                e->name.at, what);
        more = found(f, err.text);
    }
}

/* Of an environment that must not be opened, because of v->err, but whose key is there. */
static void look_at_broken(struct vault *v, const char *env, struct findings *f)
{
    struct opened_env o = {.keys = handle_take_keys(v)};
    struct slice reader;
    struct err err;
    enum err_code code = o.keys
                             ? unlock_env(&v->unlock, &v->doc, slice_of(env), o.keys, &reader, &err)
                             : err_no_memory(&err);

    snprintf(o.name, sizeof o.name, "%s", env);
    if (code == ERR_NO_MEMORY) {
        f->code = err_no_memory(f->err);
    } else if (code == ERR_OK) {
        struct seal_env e = handle_seal_env(v, &o);

        seal_find_broken(&e, found, f);
        if (f->count == 0) /* it was not a seal: the pins */
            found_error(f, &v->err);
        look_at_values(&e, f);
        look_at_readers(v, &e, f);
    } else {
        found_error(f, &v->err);
    }
    if (o.keys)
        handle_give_back_keys(v, o.keys);
}

/* What was told one by one is not said again. */
static enum err_code say_findings(struct vault *v, const char *env, const struct findings *f)
{
    const char *least = f->count == VERIFY_FINDINGS_MAX ? "at least " : "";

    if (f->code != ERR_OK) /* nobody knows what else there is */
        v->err = *f->err;
    if (f->code != ERR_OK || f->count == 0)
        return f->code;
    if (f->tell)
        err_set(&v->err, ERR_INTEGRITY, "%s%zu finding%s in %s", least, f->count,
                f->count > 1 ? "s" : "", env);
    else if (f->count > 1)
        err_set(&v->err, ERR_INTEGRITY, "%s; and %s%zu more in %s", f->first.text, least,
                f->count - 1, env);
    else
        err_set(&v->err, ERR_INTEGRITY, "%s", f->first.text);
    err_copy_reason(&v->err, &f->first);
    return ERR_INTEGRITY;
}

enum err_code verify_env(struct vault *v, const char *env, handle_notice *tell, void *user)
{
    struct err err;
    struct findings f = {.tell = tell, .user = user, .err = &err};
    struct seal_env e;
    enum err_code code = handle_open_env(v, env, &e);

    if (code == ERR_INTEGRITY) {
        look_at_broken(v, env, &f);
    } else if (code != ERR_OK) {
        return code;
    } else {
        look_at_values(&e, &f);
        look_at_readers(v, &e, &f);
    }
    return say_findings(v, env, &f);
}
