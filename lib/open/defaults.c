/* The defaults of a handle, found and applied. */
#include "defaults.h"

#include "recorded.h"
#include "search.h"
#include "vault/caller.h"

#include <stdlib.h>
#include <string.h>

enum err_code defaults_reset(struct vault *v)
{
    if (v->settings)
        settings_free(v->settings);
    else
        v->settings = malloc(sizeof *v->settings);
    if (!v->settings)
        return err_no_memory(&v->err);
    *v->settings = (struct settings){.arena = ARENA_PUBLIC, .env = SETTINGS_ENV};
    return ERR_OK;
}

static enum err_code find_file(struct vault *v, const struct variables *variables, bool is_optional)
{
    struct settings *s = v->settings;
    struct err before = v->err;
    enum err_code code;

    if (s->file)
        return ERR_OK;
    code = search_upward(variables, &s->arena, &s->file, &v->err);
    if (code != ERR_ABSENT || !is_optional)
        return code;
    v->err = before;
    return ERR_OK;
}

/* MUST NOT go on with "dev" if what was recorded cannot be read. */
static enum err_code use_recorded(struct vault *v)
{
    struct settings *s = v->settings;
    const char *env = NULL;
    enum err_code code = ERR_OK;

    if (s->env_is_open && s->record && s->file)
        code = recorded_find(s->record, s->file, &s->arena, &env, &v->err);
    if (env)
        s->env = env;
    return code;
}

enum err_code defaults_record(struct vault *v, const char *env)
{
    struct settings *s = v->settings;
    enum err_code code;

    if (!s->record)
        return err_set(&v->err, ERR_ABSENT, "HOME is not set");
    if (!s->file)
        return err_set(&v->err, ERR_ABSENT, "no vault was found");
    code = recorded_put(s->record, s->file, env, &v->err);
    if (code != ERR_OK || !s->env_is_open)
        return code;
    env = arena_copy(&s->arena, env, strlen(env));
    if (env)
        s->env = env;
    return err_memory(env, &v->err);
}

/* Another version of the file is compared with the file's own history, and MUST NOT be pinned. MUST
 * NOT go on without pins for want of memory: every key would be accepted. */
static enum err_code use_pins(struct vault *v, const struct defaults_wanted *wanted, bool searched)
{
    const struct settings *s = v->settings;
    enum err_code code =
        wanted->versions ? ERR_OK : caller_use_pins(v, s->pins, wanted->looks, searched);

    for (size_t i = 0; i < s->pin_count && code == ERR_OK; i++)
        code = caller_pin(v, s->pin[i].env, s->pin[i].fingerprint);
    if (code == ERR_OK && s->pin_is_empty) /* as in a CI that does not know the variable */
        handle_tell_of(v, "VAULT_PIN", " is empty, and counts as not set");
    return code;
}

/* GIT_AUTHOR_EMAIL is set for git: one that cannot be an author is ignored. */
static enum err_code use_author(struct vault *v)
{
    const struct settings *s = v->settings;
    struct err before = v->err;
    enum err_code code = s->author ? caller_set_author(v, s->author) : ERR_OK;

    if (code == ERR_OK || code == ERR_NO_MEMORY)
        return code;
    if (!s->author_is_gits)
        return handle_prefix(v, "VAULT_AUTHOR");
    handle_tell_of(v, "GIT_AUTHOR_EMAIL is passed over: ", v->err.text);
    v->err = before;
    return ERR_OK;
}

enum err_code defaults_find(struct vault *v, const struct defaults_wanted *wanted)
{
    struct settings *s = v->settings;
    struct variables variables;
    bool searched = false;
    enum err_code code;

    variables_read(&variables);
    code = settings_resolve(&wanted->given, &variables, s, &v->err);
    if (code == ERR_OK && s->env_is_named)
        code = caller_pin(v, s->env, NULL);
    if (code == ERR_OK) {
        searched = !s->file;
        code = find_file(v, &variables, wanted->optional);
    }
    if (code == ERR_OK)
        code = use_recorded(v);
    if (code == ERR_OK)
        code = use_pins(v, wanted, searched);
    if (code == ERR_OK && !wanted->reads)
        code = use_author(v);
    return code;
}
