/* The values for exec and export: vault_select, with the rules that the command line gives. */
#include "selection.h"

#include "sources.h"
#include "ui/busy.h"
#include "ui/near.h"
#include "ui/say.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* The names that an option lists; *names is NULL if it was not given. free(*names). */
static enum status read_names(const struct args *args, enum opt opt, const char ***names,
                              size_t *count)
{
    *names = NULL;
    *count = 0;
    if (!args_has(args, opt))
        return STATUS_OK;
    *names = args_names(args, opt, count);
    if (!*names)
        return STATUS_FAILED;
    return *count ? STATUS_OK : say_error(STATUS_USAGE, "--%s lists no name", options[opt].name);
}

/* ---- missing names ---- */

static bool has_key(const vault_selection *all, const char *key)
{
    for (size_t i = 0; i < vault_selection_count(all); i++)
        if (strcmp(vault_selection_at(all, i)->key, key) == 0)
            return true;
    return false;
}

/* Hints at the name that a mistyped one is nearest to. */
static void hint_near_name(const struct session *s, const vault_selection *all, const char *name)
{
    struct near near;

    near_begin(&near, name);
    for (size_t i = 0; i < vault_selection_count(all); i++)
        near_offer(&near, vault_selection_at(all, i)->key);
    if (near.found[0])
        say_hint("there is %s", near.found);
    else
        say_hint("{program} list -e %s", s->env);
}

/* Reports the first name of an option that no secret has; false if there is none. */
static bool say_mistyped(const struct session *s, enum opt opt, const vault_selection *all)
{
    const char **names;
    size_t count;
    bool is_said = false;

    if (read_names(s->args, opt, &names, &count) != STATUS_OK)
        return false;
    for (size_t i = 0; i < count && !is_said; i++)
        if (!has_key(all, names[i])) {
            is_said = true;
            say_failure("--%s: no variable %.80s in %s", options[opt].name, names[i], s->env);
            hint_near_name(s, all, names[i]);
        }
    free(names);
    return is_said;
}

/* Reports the first of the named secrets that is in no layer, with hints. */
static enum status say_absent_secret(struct session *s, const vault_select_rules *rules)
{
    for (size_t i = 0; i < rules->secret_count; i++) {
        const vault_select_rules one = {.size = sizeof one,
                                        .secrets = &rules->secrets[i],
                                        .secret_count = 1,
                                        .keyless = VAULT_KEYLESS_NAMES};
        vault_selection *found = NULL;
        vault_err err = vault_select(s->v, s->env, &one, &found);

        vault_selection_free(found);
        if (err != VAULT_OK) {
            enum status status = key_path_error(s, err, rules->secrets[i], NULL);

            if (strchr(s->env, ',') && err == VAULT_ABSENT)
                say_hint("{program} list -e %s", s->env);
            return status;
        }
    }
    return session_error(s, VAULT_ABSENT);
}

/* The environment is missing, a secret, a name of --only or --except, or (then the handle still has
 * its error) a required name. */
static enum status say_absent(struct session *s, const vault_select_rules *rules)
{
    const vault_select_rules all_of = {.size = sizeof all_of,
                                       .secrets = rules->secrets,
                                       .secret_count = rules->secret_count,
                                       .keyless = VAULT_KEYLESS_NAMES};
    vault_selection *all = NULL;
    bool is_said = false;

    if (vault_select(s->v, s->env, &all_of, &all) != VAULT_OK)
        return say_absent_secret(s, rules);
    is_said = say_mistyped(s, OPT_ONLY, all) || say_mistyped(s, OPT_EXCEPT, all);
    vault_selection_free(all);
    return is_said ? STATUS_ABSENT : say_vault_error(s->v, VAULT_ABSENT);
}

/* ---- selecting ---- */

static void show_progress(void *user, size_t done, size_t count)
{
    (void)user;
    busy_at(done, count);
}

/* An example needs no key, but it is verified where one is there. */
static bool shows_names(const struct session *s, vault_err err)
{
    const char *format = args_last(s->args, OPT_FORMAT);

    return (err == VAULT_NO_CREDENTIAL || err == VAULT_LOCKED) && !s->key_given && format &&
           strcmp(format, "example") == 0;
}

static enum status select_values(struct selection *g, vault_select_rules *rules)
{
    vault_err err = vault_select(g->s.v, g->s.env, rules, &g->selection);

    if (shows_names(&g->s, err)) {
        say_note("no key here opens %s: names and open values are unverified", g->s.env);
        rules->keyless = VAULT_KEYLESS_NAMES;
        err = vault_select(g->s.v, g->s.env, rules, &g->selection);
    }
    g->unverified = rules->keyless != VAULT_KEYLESS_NOTHING;
    if (err == VAULT_ABSENT &&
        (g->unverified || vault_error_reason(g->s.v) == VAULT_REASON_TEMPLATE_MISSING))
        return session_error(&g->s, err);
    if (err == VAULT_ABSENT)
        return say_absent(&g->s, rules);
    if (err != VAULT_OK)
        return session_error(&g->s, err);
    g->count = vault_selection_count(g->selection);
    return STATUS_OK;
}

enum status selection_open(struct selection *g, const struct args *args)
{
    const char **only = NULL, **except = NULL, **required = NULL;
    vault_select_rules rules = {.size = sizeof rules,
                                .secrets = args->count > 0 ? args->operands : NULL,
                                .secret_count = (size_t)args->count,
                                .prefix = args_last(args, OPT_PREFIX),
                                .progress = show_progress,
                                .keyless = args_has(args, OPT_UNVERIFIED) ? VAULT_KEYLESS_OPEN
                                                                          : VAULT_KEYLESS_NOTHING};
    enum needs needs = rules.keyless == VAULT_KEYLESS_NOTHING ? NEEDS_KEY : NEEDS_FILE;
    enum status status = STATUS_OK;

    *g = (struct selection){.s = {.args = args}};
    if (rules.prefix && !text_is_key(slice_of(rules.prefix)))
        return say_error(STATUS_USAGE,
                         "--prefix takes letters, digits and _, and no leading digit");
    status = read_names(args, OPT_ONLY, &only, &rules.only_count);
    NEXT(status, read_names(args, OPT_EXCEPT, &except, &rules.except_count));
    NEXT(status, read_names(args, OPT_REQUIRE, &required, &rules.required_count));
    rules.only = only;
    rules.except = except;
    rules.required = required;
    NEXT(status, session_open(&g->s, args, needs));
    if (args_has(args, OPT_FROM_DOTENV) || args_has(args, OPT_DIALECT))
        NEXT(status, sources_read(&g->s, NULL, 0, &g->overlay));
    rules.overlay = g->overlay;
    NEXT(status, select_values(g, &rules));
    free(only);
    free(except);
    free(required);
    return status;
}

void selection_close(struct selection *g)
{
    vault_selection_free(g->selection);
    vault_kv_free(g->overlay);
    session_close(&g->s);
}
