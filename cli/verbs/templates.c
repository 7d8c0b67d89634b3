/* Templates that go to another environment. Someone who can write in one could plant a template
 * there, to make a program of the other hand out that environment's values. */
#include "templates.h"

#include "ui/say.h"
#include "ui/terminal.h"

#include "base/text.h"

#include <string.h>

static vault_err add_secret(const struct template_copy *c, const char *secret, struct buf *out)
{
    vault_kv *kv = NULL;
    vault_err err = vault_secret_stored(c->s->v, c->from, secret, &kv);

    for (size_t i = 0; i < vault_kv_count(kv); i++) {
        vault_pair pair = vault_kv_at(kv, i);

        if (vault_kv_kind(kv, pair.name) != VAULT_KIND_TEMPLATE ||
            (c->name && strcmp(pair.name, c->name) != 0))
            continue;
        buf_printf(out, "%s/%s = \"", secret, pair.name);
        text_escape(out, (struct slice){pair.value, pair.len}, SIZE_MAX);
        buf_add_text(out, "\"\n");
    }
    vault_kv_free(kv);
    return err;
}

static enum status gather(const struct template_copy *c, struct buf *out)
{
    vault_secrets *list = NULL;
    vault_err err = VAULT_OK;

    if (strcmp(c->from, c->to) == 0)
        return STATUS_OK;
    if (c->secret)
        err = add_secret(c, c->secret, out);
    else
        err = vault_secret_list(c->s->v, c->from, 0, 0, &list);
    for (size_t i = 0; i < vault_secrets_count(list) && err == VAULT_OK; i++)
        err = add_secret(c, vault_secrets_at(list, i)->name, out);
    vault_release(list);
    return buf_ok(out) ? session_check(c->s, err) : say_no_memory();
}

enum status templates_confirm(struct template_copy *c)
{
    struct buf question = BUF_SECRET;
    enum status status;
    bool yes;

    c->texts = BUF_SECRET;
    status = gather(c, &c->texts);
    if (status != STATUS_OK || c->texts.len == 0)
        return status;
    if (!terminal_is_there()) {
        say_error(STATUS_FAILED, "%s has a template: a person must read it before it goes to %s",
                  c->secret ? c->secret : c->from, c->to);
        say_hint("run it on a terminal, or: {program} set --template NAME=… -e %s", c->to);
        return STATUS_FAILED;
    }
    buf_add_slice(&question, buf_slice(&c->texts));
    buf_printf(&question, "This takes its values from %s there. Copy it? [y/N] ", c->to);
    yes = terminal_confirm(buf_text(&question, "Copy a template? [y/N] "));
    buf_free(&question);
    return yes ? STATUS_OK : say_error(STATUS_FAILED, "nothing was changed");
}

enum status templates_check_shown(const struct template_copy *c)
{
    struct buf now = BUF_SECRET;
    enum status status = gather(c, &now);

    if (status == STATUS_OK && !slice_equal(buf_slice(&c->texts), buf_slice(&now)))
        status = say_error(STATUS_FAILED, "a template of %s was changed meanwhile",
                           c->secret ? c->secret : c->from);
    buf_free(&now);
    return status;
}
