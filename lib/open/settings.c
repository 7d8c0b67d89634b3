/* Which vault, environment, credentials, pins and author a run uses. */
#include "settings.h"

#include <string.h>

/* Treats an empty variable as not set. */
static const char *value_of(const char *variable)
{
    return variable && variable[0] ? variable : NULL;
}

static bool is_empty(const char *variable)
{
    return variable && !variable[0];
}

static const char *copy(struct settings *s, const char *text, struct err *err)
{
    const char *own = arena_copy(&s->arena, text, strlen(text));

    if (!own)
        err_no_memory(err);
    return own;
}

static const char *join(struct arena *arena, const char *folder, const char *rest, const char *name)
{
    size_t size = strlen(folder) + strlen(rest) + strlen(name) + 1;
    char *path = arena_alloc(arena, size);

    if (path) {
        strcpy(path, folder);
        strcat(path, rest);
        strcat(path, name);
    }
    return path;
}

enum err_code settings_place(const struct variables *variables, enum settings_folder folder,
                             const char *name, struct arena *arena, const char **path,
                             struct err *err)
{
    bool is_config = folder == SETTINGS_CONFIG;
    const char *base = value_of(is_config ? variables->config_home : variables->state_home);
    const char *home = value_of(variables->home);

    *path = NULL;
    if (base && base[0] == '/') /* the XDG standard ignores a relative path */
        *path = join(arena, base, "/vault/", name);
    else if (home)
        *path = join(arena, home, is_config ? "/.config/vault/" : "/.local/state/vault/", name);
    else
        return ERR_OK;
    return err_memory(*path, err);
}

/* ---- pins ---- */

static enum err_code add_pin(struct settings *s, struct slice text, struct err *err)
{
    const char *equals = text.len ? memchr(text.at, '=', text.len) : NULL;
    struct settings_pin *list, pin;

    if (!equals)
        return err_set(err, ERR_INVALID, "a pin is ENV=FINGERPRINT");
    list = arena_alloc(&s->arena, (s->pin_count + 1) * sizeof *list);
    pin.env = arena_copy(&s->arena, text.at, (size_t)(equals - text.at));
    pin.fingerprint = arena_copy(&s->arena, equals + 1, (size_t)(text.at + text.len - equals - 1));
    if (!list || !pin.env || !pin.fingerprint)
        return err_no_memory(err);
    if (s->pin_count > 0)
        memcpy(list, s->pin, s->pin_count * sizeof *list);
    list[s->pin_count++] = pin;
    s->pin = list;
    return ERR_OK;
}

/* A pin that is given must be compared, so an empty list is an error. */
static enum err_code add_pins(struct settings *s, const char *list, struct err *err)
{
    size_t before = s->pin_count;
    enum err_code code = ERR_OK;

    while (*list && code == ERR_OK) {
        size_t len = strcspn(list, ",");

        if (len > 0)
            code = add_pin(s, (struct slice){list, len}, err);
        list += len + (list[len] == ',');
    }
    if (code == ERR_OK && s->pin_count == before)
        code = add_pin(s, (struct slice){"", 0}, err);
    return code;
}

static enum err_code resolve_pins(struct settings *s, const struct settings_given *given,
                                  const struct variables *variables, struct err *err)
{
    enum err_code code =
        settings_place(variables, SETTINGS_STATE, "pins", &s->arena, &s->pins, err);

    for (size_t i = 0; i < given->pin_count && code == ERR_OK; i++)
        code = add_pins(s, given->pins[i], err);
    if (code == ERR_OK && given->pin_count == 0 && value_of(variables->pin))
        code = add_pins(s, variables->pin, err);
    s->pin_is_empty = given->pin_count == 0 && is_empty(variables->pin);
    return code;
}

/* ---- credentials ---- */

static enum err_code add_source(struct settings *s, enum source_kind kind, const char *variable,
                                const char *path, struct err *err)
{
    const char *own = path ? copy(s, path, err) : NULL;

    if (path && !own)
        return ERR_NO_MEMORY;
    s->sources[s->source_count++] = (struct source){kind, variable, own};
    return ERR_OK;
}

static enum err_code add_given(struct settings *s, const struct settings_given *given,
                               struct err *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < given->file_count && code == ERR_OK; i++)
        code = add_source(
            s, given->files[i].is_passphrase ? SOURCE_PASSPHRASE_FILE : SOURCE_IDENTITY_FILE, NULL,
            given->files[i].path, err);
    s->is_key_given = given->file_count > 0;
    return code;
}

static enum err_code add_variables(struct settings *s, const struct variables *variables,
                                   struct err *err)
{
    const struct {
        const char *name, *value;
        enum source_kind kind;
        bool is_path;
    } all[] = {
        {"VAULT_IDENTITY", variables->identity, SOURCE_IDENTITY, false},
        {"VAULT_IDENTITY_FILE", variables->identity_file, SOURCE_IDENTITY_FILE, true},
        {"VAULT_PASSPHRASE", variables->passphrase, SOURCE_PASSPHRASE, false},
        {"VAULT_PASSPHRASE_FILE", variables->passphrase_file, SOURCE_PASSPHRASE_FILE, true},
    };
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < sizeof all / sizeof *all && code == ERR_OK; i++) {
        if (is_empty(all[i].value)) {
            code = add_source(s, SOURCE_EMPTY, all[i].name, NULL, err);
        } else if (all[i].value) {
            code =
                add_source(s, all[i].kind, all[i].name, all[i].is_path ? all[i].value : NULL, err);
            s->is_key_given = true;
        }
    }
    return code;
}

static enum err_code add_usual(struct settings *s, const struct variables *variables,
                               struct err *err)
{
    const char *identity = NULL, *home = value_of(variables->home), *ssh = NULL;
    enum err_code code = add_source(s, SOURCE_KEYRING, NULL, NULL, err);

    if (code == ERR_OK)
        code = settings_place(variables, SETTINGS_CONFIG, "identity", &s->arena, &identity, err);
    if (code == ERR_OK && identity)
        code = add_source(s, SOURCE_USUAL_IDENTITY, NULL, identity, err);
    if (code == ERR_OK && home) {
        ssh = join(&s->arena, home, "/.ssh/", "id_ed25519");
        code = ssh ? add_source(s, SOURCE_USUAL_SSH, NULL, ssh, err) : err_no_memory(err);
    }
    return code;
}

/* A credential that was given must open the vault, so no other source is tried then. */
static enum err_code resolve_sources(struct settings *s, const struct settings_given *given,
                                     const struct variables *variables, struct err *err)
{
    enum { FROM_VARIABLES = 4, USUAL = 3 };
    size_t most = given->file_count + FROM_VARIABLES + USUAL;
    enum err_code code;

    s->sources = arena_alloc(&s->arena, most * sizeof *s->sources);
    if (!s->sources)
        return err_no_memory(err);
    code = add_given(s, given, err);
    if (code == ERR_OK && !s->is_key_given)
        code = add_variables(s, variables, err);
    if (code == ERR_OK && !s->is_key_given)
        code = add_usual(s, variables, err);
    return code;
}

/* ---- */

/* Sets *out to the first of them that is set; leaves it alone if none is. */
static enum err_code take(struct settings *s, const char *given, const char *variable,
                          const char **out, struct err *err)
{
    const char *text = given ? given : value_of(variable);

    if (!text)
        return ERR_OK;
    *out = copy(s, text, err);
    return *out ? ERR_OK : ERR_NO_MEMORY;
}

/* GIT_AUTHOR_EMAIL is set for git, but names the same person. */
static enum err_code resolve_author(struct settings *s, const struct settings_given *given,
                                    const struct variables *variables, struct err *err)
{
    enum err_code code = take(s, given->author, variables->author, &s->author, err);

    if (code != ERR_OK || s->author)
        return code;
    s->author_is_gits = value_of(variables->git_author);
    return take(s, NULL, variables->git_author, &s->author, err);
}

enum err_code settings_resolve(const struct settings_given *given,
                               const struct variables *variables, struct settings *out,
                               struct err *err)
{
    enum err_code code;

    *out = (struct settings){.arena = ARENA_PUBLIC,
                             .file = given->is_new ? SETTINGS_FILE_NAME : NULL,
                             .env = SETTINGS_ENV,
                             .env_is_named = given->env,
                             .env_is_open = !given->env && !value_of(variables->env)};
    code = take(out, given->file, variables->file, &out->file, err);
    if (code == ERR_OK)
        code = take(out, given->env, variables->env, &out->env, err);
    if (code == ERR_OK)
        code =
            settings_place(variables, SETTINGS_STATE, "defaults", &out->arena, &out->record, err);
    if (code == ERR_OK)
        code = resolve_author(out, given, variables, err);
    if (code == ERR_OK)
        code = resolve_pins(out, given, variables, err);
    if (code == ERR_OK)
        code = resolve_sources(out, given, variables, err);
    return code;
}

void settings_free(struct settings *s)
{
    arena_free(&s->arena);
    *s = (struct settings){.arena = ARENA_PUBLIC};
}
