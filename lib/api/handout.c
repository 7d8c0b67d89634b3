/* vault.h: values handed out, as exec, export, render and redact do it. */
#include "common.h"

#include "find/redact.h"
#include "open/variables.h"
#include "text/environ.h"
#include "text/format/selection.h"
#include "text/render.h"
#include "vault/secrets.h"

#include <stdlib.h>
#include <string.h>

static enum err_code check_lists(vault *v, const vault_select_rules *rules)
{
    const struct selection_names all[] = {{rules->secrets, rules->secret_count},
                                          {rules->only, rules->only_count},
                                          {rules->except, rules->except_count},
                                          {rules->required, rules->required_count}};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < sizeof all / sizeof *all && code == ERR_OK; i++)
        code = api_given_strings(v, all[i].at, all[i].count);
    return code;
}

/* What vault_selection_at returns. */
static enum err_code show_selected(vault *v, struct vault_selection *s)
{
    enum err_code code = api_make_list(v, s->count, sizeof(vault_selected), 0, &s->shown);

    for (size_t i = 0; code == ERR_OK && i < s->count; i++) {
        const struct selected *e = &s->entries[i];
        vault_selected *shown = list_at(s->shown, i);

        *shown = (vault_selected){
            e->name, e->key, e->secret, e->value.at, e->value.len, (vault_kind)e->kind, e->env};
    }
    return code;
}

/* What vault_selection_source_at returns. */
static enum err_code show_sources(vault *v, struct vault_selection *s)
{
    size_t count = 0;
    enum err_code code;

    for (const struct vault_selection *l = s; l; l = l->below)
        for (const struct resolved *r = l->resolver.first; r; r = r->next)
            count++;
    code = api_make_list(v, count, sizeof(vault_selected), 0, &s->sources);
    for (const struct vault_selection *l = s; code == ERR_OK && l; l = l->below)
        for (const struct resolved *r = l->resolver.first; r; r = r->next) {
            vault_selected *shown = list_at(s->sources, --count);

            *shown = (vault_selected){r->name,     r->name,      r->secret,
                                      r->value.at, r->value.len, (vault_kind)r->kind,
                                      l->env};
        }
    return code;
}

/* Layers are only what the caller names: a variable with a comma is a mistake. */
static enum err_code find_layers(vault *v, const char **env)
{
    bool is_given = *env != NULL;

    *env = api_env(v, *env);
    if (is_given || !strchr(*env, ','))
        return ERR_OK;
    return err_set(&v->err, ERR_INVALID, "VAULT_ENV names one environment, and has a comma");
}

/* Puts a copy of the set over the selection. */
static enum err_code lay_over(vault *v, const vault_kv *overlay, struct vault_selection **s)
{
    struct vault_kv *copy = NULL;
    vault_err err = vault_kv_layer(v, &overlay, 1, &copy);

    if (err != VAULT_OK)
        return (enum err_code)err;
    *s = selection_new(slice_of(""), *s);
    if (*s)
        return err_memory(selection_add(*s, VAULT_OVERLAY, copy), &v->err);
    kv_free(copy);
    return err_no_memory(&v->err);
}

/* Hands a selection over, or frees it after an error. */
static vault_err finish(vault *v, struct vault_selection *s, const struct selection_rules *rules,
                        enum err_code code, vault_selection **out)
{
    if (code == ERR_OK && s)
        code = selection_finish(s, rules, &v->err);
    if (code == ERR_OK && s)
        code = show_selected(v, s);
    if (code == ERR_OK && s)
        code = show_sources(v, s);
    if (code == ERR_OK)
        *out = s;
    else
        selection_free(s);
    return (vault_err)code;
}

vault_err vault_select(vault *v, const char *env, const vault_select_rules *rules,
                       vault_selection **out)
{
    vault_select_rules own = {.size = sizeof own};
    struct vault_selection *s = NULL;
    struct secrets_progress progress;
    struct selection_rules how;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, out);
    if (code == ERR_OK)
        code = find_layers(v, &env);
    if (code == ERR_OK && rules)
        code = api_copy_sized(v, rules, &own, sizeof own);
    if (code == ERR_OK)
        code = check_lists(v, &own);
    if (code == ERR_OK)
        code = api_check_choice(v, (int)own.keyless, VAULT_KEYLESS_NAMES);
    progress = (struct secrets_progress){own.progress, own.user};
    if (code == ERR_OK)
        code = secrets_select(v, env, (struct selection_names){own.secrets, own.secret_count},
                              (enum secrets_keyless)own.keyless, &progress, &s);
    if (code == ERR_OK && own.overlay)
        code = lay_over(v, own.overlay, &s);
    how = (struct selection_rules){.env = env,
                                   .only = {own.only, own.only_count},
                                   .except = {own.except, own.except_count},
                                   .required = {own.required, own.required_count},
                                   .prefix = own.prefix,
                                   .is_ordered = own.secrets || own.keyless == VAULT_KEYLESS_NAMES};
    return finish(v, s, &how, code, out);
}

/* A template in a set is a value like any other: there is no environment to resolve it with. */
static enum err_code add_set(vault *v, vault_selection *s, const char *secret, const vault_kv *set)
{
    struct vault_kv *kv = kv_new();
    bool good = kv;

    for (size_t i = 0; good && i < set->count; i++)
        good = kv_add_copy(kv, &set->pairs[i]);
    for (size_t i = 0; good && i < kv->count; i++)
        if (kv->pairs[i].kind != KV_OPEN)
            kv->pairs[i].kind = KV_SEALED;
    if (!good)
        kv_free(kv);
    return err_memory(good && selection_add(s, secret, kv), &v->err);
}

vault_err vault_select_sets(vault *v, const char *const *secrets, const vault_kv *const *sets,
                            size_t count, int keeps_all, vault_selection **out)
{
    const struct selection_rules rules = {
        .env = "the sets", .is_ordered = true, .keeps_all = keeps_all != 0};
    struct vault_selection *s = NULL;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, out);
    if (code == ERR_OK)
        code = api_given_strings(v, secrets, count);
    if (code == ERR_OK)
        code = api_given_all(v, (const void *const *)sets, count);
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        code = handle_check_name(v, "a secret", secrets[i]);
    if (code == ERR_OK)
        code = err_memory((s = selection_new(slice_of(""), NULL)) != NULL, &v->err);
    for (size_t i = 0; code == ERR_OK && s && i < count; i++)
        code = add_set(v, s, secrets[i], sets[i]);
    return finish(v, s, &rules, code, out);
}

size_t vault_selection_count(const vault_selection *s)
{
    return s ? s->count : 0;
}

const vault_selected *vault_selection_at(const vault_selection *s, size_t place)
{
    return s ? list_at(s->shown, place) : NULL;
}

const vault_selected *vault_selection_source_at(const vault_selection *s, size_t place)
{
    return s ? list_at(s->sources, place) : NULL;
}

void vault_selection_free(vault_selection *s)
{
    selection_free(s);
}

struct vault_variables {
    struct arena arena;
    char **list;
};

vault_err vault_environ(vault *v, const vault_selection *s, const vault_environ_rules *rules,
                        vault_variables **out)
{
    vault_environ_rules own = {.size = sizeof own};
    vault_variables *variables = NULL;
    enum err_code code;
    struct environ_rules how;

    CLEAR(out);
    code = GIVEN(v, s, out);
    if (code == ERR_OK && rules)
        code = api_copy_sized(v, rules, &own, sizeof own);
    if (code == ERR_OK)
        code = api_given_strings(v, own.allowed, own.allowed_count);
    if (code == ERR_OK && own.files)
        code = api_given_strings(v, own.files, s->count);
    if (code == ERR_OK && !(variables = calloc(1, sizeof *variables)))
        code = err_no_memory(&v->err);
    how = (struct environ_rules){.allowed = {own.allowed, own.allowed_count},
                                 .files = own.files,
                                 .is_clean = own.is_clean,
                                 .keeps_present = own.keeps_present};
    if (code == ERR_OK)
        code = environ_check(s, &how, &v->err);
    if (code == ERR_OK && variables) {
        variables->list = environ_make(s, &how, variables_all(), &variables->arena);
        code = err_memory(variables->list, &v->err);
    }
    if (code == ERR_OK)
        *out = variables;
    else
        vault_variables_free(variables);
    return (vault_err)code;
}

char *const *vault_variables_list(const vault_variables *variables)
{
    return variables ? variables->list : NULL;
}

void vault_variables_free(vault_variables *variables)
{
    if (!variables)
        return;
    free(variables->list);
    arena_free(&variables->arena);
    free(variables);
}

static vault_err give_text(vault *v, struct slice text, enum err_code code, vault_kv **out)
{
    struct vault_kv *kv = code == ERR_OK ? kv_new() : NULL;

    if (code == ERR_OK && !(kv && kv_add(kv, slice_of("TEXT"), text)))
        code = err_no_memory(&v->err);
    return api_give_kv(kv, code, out);
}

vault_err vault_export(vault *v, const vault_selection *s, const char *format, const char *title,
                       vault_kv **out)
{
    const struct format *found;
    struct format_notes notes = {{0}, {0}};
    struct buf text = BUF_SECRET;
    enum err_code code;
    vault_err err;

    CLEAR(out);
    code = GIVEN(v, s, format, out);
    if (code != ERR_OK)
        return (vault_err)code;
    found = format_find(format);
    if (!found)
        return (vault_err)err_set(&v->err, ERR_INVALID, "there is no format %.40s", format);
    code = format_selection(found, s, title, &text, &notes, &v->err);
    if (code == ERR_OK && notes.caution.len > 0)
        handle_tell(v, &notes.caution);
    if (code == ERR_OK && notes.dangerous.len > 0)
        handle_tell_of(v, "programs may run other code with ", buf_text(&notes.dangerous, ""));
    buf_free(&notes.caution);
    buf_free(&notes.dangerous);
    err = give_text(v, buf_slice(&text), code, out);
    buf_free(&text);
    return err;
}

vault_err vault_render(vault *v, const char *env, const char *text, size_t len, vault_kv **out)
{
    struct vault_selection *s = NULL;
    struct buf filled = BUF_SECRET;
    enum err_code code;
    vault_err err;

    CLEAR(out);
    code = GIVEN(v, text, out);
    if (code != ERR_OK)
        return (vault_err)code;
    code = find_layers(v, &env);
    if (code != ERR_OK)
        return (vault_err)code;
    code = secrets_select(v, env, (struct selection_names){NULL, 0}, SECRETS_KEYLESS_NOTHING, NULL,
                          &s);
    if (code == ERR_OK)
        code = render_template((struct slice){text, len}, s, env, &filled, &v->err);
    err = give_text(v, buf_slice(&filled), code, out);
    buf_free(&filled);
    selection_free(s);
    return err;
}

struct vault_redact {
    struct redact *redact;
    struct redact_stream stream;
    struct buf out; /* what the last call gave */
};

vault_err vault_redact_new(vault *v, const vault_selection *s, vault_redact **out)
{
    vault_redact *r;
    struct redact_value *values;
    size_t count = 0;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, s, out);
    if (code != ERR_OK)
        return (vault_err)code;
    r = calloc(1, sizeof *r);
    values = calloc(s->count + list_count(s->sources) + 1, sizeof *values);
    for (size_t i = 0; values && i < s->count; i++)
        if (s->entries[i].kind != KV_OPEN)
            values[count++] = (struct redact_value){
                slice_of(s->entries[i].secret), slice_of(s->entries[i].key), s->entries[i].value};
    for (size_t i = 0; values && i < list_count(s->sources); i++) {
        const vault_selected *e = list_at(s->sources, i);

        if (e->kind != VAULT_KIND_OPEN)
            values[count++] =
                (struct redact_value){slice_of(e->secret), slice_of(e->name), {e->value, e->len}};
    }
    if (r && values)
        r->redact = redact_make(values, count);
    free(values);
    *out = r && r->redact ? r : NULL;
    if (!*out) {
        free(r);
        return (vault_err)err_no_memory(&v->err);
    }
    r->stream = redact_stream_of(r->redact);
    r->out = BUF_SECRET;
    return VAULT_OK;
}

static vault_err give_redacted(const vault_redact *r, bool good, const char **out, size_t *out_len)
{
    good = good && buf_ok(&r->out);
    *out = good ? buf_slice(&r->out).at : NULL;
    *out_len = good ? r->out.len : 0;
    return good ? VAULT_OK : VAULT_NO_MEMORY;
}

vault_err vault_redact_feed(vault_redact *r, const char *text, size_t len, const char **out,
                            size_t *out_len)
{
    CLEAR(out);
    CLEAR(out_len);
    if (!r || !text || !out || !out_len)
        return VAULT_INVALID;
    buf_clear(&r->out);
    return give_redacted(r, redact_feed(&r->stream, (struct slice){text, len}, &r->out), out,
                         out_len);
}

vault_err vault_redact_finish(vault_redact *r, const char **out, size_t *out_len)
{
    CLEAR(out);
    CLEAR(out_len);
    if (!r || !out || !out_len)
        return VAULT_INVALID;
    buf_clear(&r->out);
    return give_redacted(r, redact_flush(&r->stream, &r->out), out, out_len);
}

void vault_redact_free(vault_redact *r)
{
    if (!r)
        return;
    redact_stream_free(&r->stream);
    redact_free(r->redact);
    buf_free(&r->out);
    free(r);
}
