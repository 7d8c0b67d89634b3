/* Open values on the command line: which are to be open, and what is not to be shown to everybody.
 */
#include "opens.h"

#include "ui/say.h"
#include "ui/terminal.h"
#include "ui/verb.h"

#include "base/text.h"
#include "find/looks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void opens_add_text(struct buf *out, const char *text)
{
    buf_add_text(out, "\"");
    text_escape(out, slice_of(text), SIZE_MAX);
    buf_add_text(out, "\"");
}

enum status opens_check(const struct session *s, const char *name, struct slice value)
{
    const char *why = args_has(s->args, OPT_FORCE) ? NULL : looks_secret(value);
    struct option force;

    if (!why)
        return STATUS_OK;
    say_error(STATUS_FAILED, "%s looks like a secret: %s", name, why);
    if (verb_option(s->args->verb, OPT_FORCE, &force))
        say_hint("--force keeps it open all the same");
    else
        say_hint("{program} set --sealed %s, first", name);
    return STATUS_FAILED;
}

/* As the file has it, verified: a line that was forged asks for nothing. */
static enum status look_at_kind(struct session *s, const char *secret, const char *name,
                                vault_kind *kind)
{
    vault_kv *kv = NULL;
    vault_err err = vault_secret_stored(s->v, s->env, secret, &kv);

    *kind = vault_kv_kind(kv, name);
    vault_kv_free(kv);
    return err == VAULT_OK || err == VAULT_ABSENT ? STATUS_OK : session_error(s, err);
}

enum status opens_decide(struct session *s, const char *secret, const char *name, vault_kind *kind,
                         vault_kind *was)
{
    bool template = args_has(s->args, OPT_TEMPLATE);
    bool open = args_has(s->args, OPT_OPEN), sealed = args_has(s->args, OPT_SEALED);
    char question[VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 80];
    enum status status = look_at_kind(s, secret, name, was);

    *kind = open       ? VAULT_KIND_OPEN
            : template ? VAULT_KIND_TEMPLATE
            : sealed   ? VAULT_KIND_SEALED
                       : VAULT_KIND_ANY;
    if (status != STATUS_OK || *kind != VAULT_KIND_ANY || *was != VAULT_KIND_OPEN)
        return status;
    if (!terminal_is_there()) {
        say_error(STATUS_USAGE, "%s/%s is open: everybody can read it in the file", secret, name);
        say_hint("--open keeps it open, --sealed seals it");
        return STATUS_USAGE;
    }
    snprintf(question, sizeof question,
             "%s/%s is open, and everybody can read it in the file. Keep it open? [y/N] ", secret,
             name);
    *kind = terminal_confirm(question) ? VAULT_KIND_OPEN : VAULT_KIND_SEALED;
    return STATUS_OK;
}

/* The names of --open-names, which must be among those that are stored. */
static enum status mark_named(struct session *s, vault_kv *kv)
{
    const char **names;
    size_t count;
    enum status status = STATUS_OK;

    if (!args_has(s->args, OPT_OPEN_NAMES))
        return STATUS_OK;
    names = args_names(s->args, OPT_OPEN_NAMES, &count);
    if (!names)
        return STATUS_FAILED;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        size_t len;
        const char *value = vault_kv_get(kv, names[i], &len);

        if (!value)
            status =
                say_error(STATUS_ABSENT, "--open-names: %.80s is not among the values", names[i]);
        else
            status = opens_check(s, names[i], (struct slice){value, len});
        if (status == STATUS_OK) {
            vault_err err = vault_kv_set_kind(s->v, kv, names[i], VAULT_KIND_OPEN);

            status = err == VAULT_OK ? STATUS_OK : session_error(s, err);
        }
    }
    free(names);
    return status;
}

/* One that is open already and gets another value. */
static bool is_to_stay(const vault_kv *old, const vault_kv *kv, const vault_pair *pair)
{
    size_t len;
    const char *value = vault_kv_get(old, pair->name, &len);

    return vault_kv_kind(kv, pair->name) == VAULT_KIND_ANY &&
           vault_kv_kind(old, pair->name) == VAULT_KIND_OPEN &&
           !slice_equal((struct slice){value, len}, (struct slice){pair->value, pair->len});
}

static enum status keep_open(struct session *s, const vault_kv *old, vault_kv *kv)
{
    struct buf names = {0};
    enum status status = STATUS_OK;

    for (size_t i = 0; i < vault_kv_count(kv) && status == STATUS_OK; i++) {
        vault_pair pair = vault_kv_at(kv, i);
        vault_err err;

        if (!is_to_stay(old, kv, &pair))
            continue;
        status = opens_check(s, pair.name, (struct slice){pair.value, pair.len});
        if (status != STATUS_OK)
            break;
        buf_printf(&names, "%s%s", names.len ? ", " : "", pair.name);
        err = vault_kv_set_kind(s->v, kv, pair.name, VAULT_KIND_OPEN);
        status = err == VAULT_OK ? STATUS_OK : session_error(s, err);
    }
    if (status == STATUS_OK && names.len > 0)
        say_note("still open, for everybody to read in the file: %s", buf_text(&names, ""));
    buf_free(&names);
    return status;
}

enum status opens_mark(struct session *s, const char *secret, vault_kv *kv)
{
    vault_kv *old = NULL;
    enum status status = mark_named(s, kv);
    vault_err err = VAULT_OK;

    if (status == STATUS_OK)
        err = vault_secret_stored(s->v, s->env, secret, &old);
    if (status == STATUS_OK && err == VAULT_OK)
        status = keep_open(s, old, kv);
    else if (status == STATUS_OK && err != VAULT_ABSENT && err != VAULT_INVALID)
        status = session_error(s, err); /* a name that can be none is told of when it is stored */
    vault_kv_free(old);
    return status;
}

void opens_note_sealed(const struct session *s, const char *secret, const char *name)
{
    say_note(
        "%s/%s is sealed now: whoever can write the file can put its old, open line back until "
        "%s is rotated",
        secret, name, s->env);
}
