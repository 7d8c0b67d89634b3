/* The opened vault, from the command line and the defaults of vault_find_default. */
#include "session.h"

#include "undo.h"

#include "run/child.h"
#include "run/opener.h"
#include "ui/busy.h"
#include "ui/hints.h"
#include "ui/near.h"
#include "ui/say.h"
#include "ui/terminal.h"
#include "ui/verb.h"

#include "base/text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- environments ---- */

static size_t without_repeats(const char **names, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        size_t j = 0;

        while (j < kept && strcmp(names[j], names[i]) != 0)
            j++;
        if (j == kept)
            names[kept++] = names[i];
    }
    return kept;
}

enum status session_envs(const struct session *s, const char ***envs, size_t *count)
{
    const char **names = args_names(s->args, OPT_ENV, count);
    vault_err err;

    *envs = NULL;
    if (!names)
        return STATUS_FAILED;
    *count = without_repeats(names, *count);
    for (size_t i = 0; i < *count; i++)
        if ((err = vault_pin(s->v, names[i], NULL)) != VAULT_OK) {
            free(names);
            *count = 0;
            return say_vault_error(s->v, err);
        }
    if (*count == 0)
        names[(*count)++] = s->env;
    *envs = names;
    return STATUS_OK;
}

enum status session_lay(struct session *s)
{
    const char **envs;
    struct buf names = {0};
    size_t count;
    enum status status = session_envs(s, &envs, &count);

    for (size_t i = 0; envs && i < count; i++)
        buf_printf(&names, "%s%s", i > 0 ? "," : "", envs[i]);
    free(envs);
    if (status == STATUS_OK) {
        s->layers = strdup(buf_text(&names, ""));
        status = s->layers && buf_ok(&names) ? STATUS_OK : say_no_memory();
    }
    buf_free(&names);
    if (status == STATUS_OK)
        s->env = s->layers;
    return status;
}

/* Sets *named to the last environment that -e names, or NULL. */
static enum status read_env(const struct args *args, const char **named)
{
    const char *variable = getenv("VAULT_ENV");

    *named = args_last(args, OPT_ENV);
    if (args_several(args, OPT_ENV) && !(args->verb->flags & (MANY_ENVS | LAYERS)))
        return say_error(STATUS_USAGE, "this verb works on one environment at a time");
    if (*named || !variable || !strchr(variable, ',') || args->verb->flags & NO_ENV)
        return STATUS_OK;
    say_error(STATUS_USAGE, "VAULT_ENV names one environment, and has a comma");
    say_hint("{program} %s -e %s", args->verb->name, variable);
    return STATUS_USAGE;
}

const char *session_named_env(const struct session *s)
{
    return args_has(s->args, OPT_ENV) ? s->env : NULL;
}

/* ---- keys ---- */

void hint_grant_key(const char *key, const char *env)
{
    struct buf words = {0};

    hint_add_grant(&words, key, env);
    say_hint("ask a reader: {program} grant NAME %s", buf_text(&words, "KEY"));
    buf_free(&words);
}

void hint_grant(const struct session *s)
{
    char *own = NULL;
    vault_err err = vault_public_key(s->v, &own);

    hint_grant_key(err == VAULT_OK ? own : "", s->env);
    vault_release(own);
}

static int ask_passphrase(void *user, const char *env, const char *readers, int attempt,
                          char *answer, size_t size)
{
    struct buf text = BUF_SECRET;
    bool is_shared = strcmp(readers, "passphrase") == 0; /* the one that init makes */
    char question[256];
    int len = -1;

    (void)user;
    if (attempt == 0 && !terminal_is_there())
        return VAULT_NOBODY;
    snprintf(question, sizeof question,
             "%spassphrase%s%.100s for %s: ", attempt ? "that does not open it; " : "",
             is_shared ? "" : " of ", is_shared ? "" : readers, env);
    if (terminal_ask_hidden(question, &text) && text.len <= size) {
        memcpy(answer, buf_slice(&text).at, text.len);
        len = (int)text.len;
    }
    buf_free(&text);
    return len;
}

static int ask_file_passphrase(void *user, const char *path, int attempt, char *answer, size_t size)
{
    struct buf text = BUF_SECRET, question = {0};
    int len = -1;

    (void)user;
    if (attempt == 0 && !terminal_is_there())
        return VAULT_NOBODY;
    buf_add_text(&question, attempt ? "that does not open it; passphrase of " : "passphrase of ");
    text_escape(&question, slice_of(path), PATH_MAX);
    buf_add_text(&question, ": ");
    if (terminal_ask_hidden(buf_text(&question, "passphrase: "), &text) && text.len <= size) {
        memcpy(answer, buf_slice(&text).at, text.len);
        len = (int)text.len;
    }
    buf_free(&question);
    buf_free(&text);
    return len;
}

static int open_ssh_key(void *user, const char *path, const char *text, size_t len, char *plain,
                        size_t size)
{
    struct buf opened = BUF_SECRET;
    int result = opener_ssh(path, (struct slice){text, len}, &opened);

    (void)user;
    if (result == 0 && opened.len <= size) {
        memcpy(plain, buf_slice(&opened).at, opened.len);
        result = (int)opened.len;
    }
    buf_free(&opened);
    return result;
}

/* ---- plugins ---- */

/* A person is told which program runs, and that it is not vault who speaks. */
static int start_plugin(void *user, const char *name, const char *machine)
{
    struct buf path = {0};
    int result = opener_plugin(name, machine, &path);

    (void)user;
    if (result == 0)
        say_note("running %s", buf_text(&path, name));
    buf_free(&path);
    return result;
}

static int write_plugin(void *user, const char *bytes, size_t len)
{
    (void)user;
    return opener_plugin_write(bytes, len);
}

static int read_plugin(void *user, char *bytes, size_t size)
{
    (void)user;
    return opener_plugin_read(bytes, size);
}

static void stop_plugin(void *user)
{
    (void)user;
    opener_plugin_stop();
}

static void say_of_plugin(void *user, const char *name, const char *text)
{
    (void)user;
    say_note("age-plugin-%s says: %s", name, text);
}

/* yes and no are words of the plugin's: the answer is still y or n. */
static int confirm_for_plugin(void *user, const char *name, const char *text, const char *yes,
                              const char *no)
{
    struct buf question = {0};
    char answer = 0;

    (void)user;
    buf_printf(&question, "age-plugin-%s asks: %s [y: %s%s%s] ", name, text, yes, no ? ", n: " : "",
               no ? no : "");
    if (terminal_is_there())
        answer = terminal_choose(buf_text(&question, "age plugin? [y/n] "), no ? "yn" : "y");
    buf_free(&question);
    return answer == 'y' ? 1 : answer == 'n' ? 0 : VAULT_PLUGIN_NOBODY;
}

static int ask_for_plugin(void *user, const char *name, const char *text, int is_secret,
                          char *answer, size_t size)
{
    struct buf question = {0}, typed = BUF_SECRET;
    const char *shown;
    int len = VAULT_PLUGIN_NOBODY;

    (void)user;
    buf_printf(&question, "age-plugin-%s asks: %s: ", name, text);
    shown = buf_text(&question, "age plugin: ");
    if (terminal_is_there() &&
        (is_secret ? terminal_ask_hidden(shown, &typed) : terminal_ask_shown(shown, &typed)) &&
        typed.len <= size) {
        memcpy(answer, buf_slice(&typed).at, typed.len);
        len = (int)typed.len;
    }
    buf_free(&question);
    buf_free(&typed);
    return len;
}

static vault_err use_plugins(struct session *s)
{
    const vault_plugins plugins = {.size = sizeof plugins,
                                   .start = start_plugin,
                                   .write = write_plugin,
                                   .read = read_plugin,
                                   .stop = stop_plugin,
                                   .say = say_of_plugin,
                                   .confirm = confirm_for_plugin,
                                   .ask = ask_for_plugin};

    return args_has(s->args, OPT_NO_PLUGINS) ? VAULT_OK : vault_set_plugins(s->v, &plugins);
}

void session_ask_nobody(struct session *s)
{
    vault_set_ssh_opener(s->v, NULL, NULL);
    vault_set_prompt(s->v, NULL, NULL);
    vault_set_file_prompt(s->v, NULL, NULL);
}

void session_may_ask(struct session *s)
{
    vault_set_prompt(s->v, ask_passphrase, NULL);
}

static enum status allow_work(struct session *s)
{
    const char *given = args_last(s->args, OPT_WORK_FACTOR);
    uint64_t factor = 0;
    vault_err err;

    if (!given)
        return STATUS_OK;
    if (!text_number(slice_of(given), UINT_MAX, &factor))
        factor = 0; /* which is none */
    err = vault_set_work_factor(s->v, (unsigned)factor);
    return err == VAULT_OK ? STATUS_OK : say_vault_error(s->v, err);
}

/* A credential that was given and opens nothing is an error, so there is no prompt then. */
static enum status add_keys(struct session *s)
{
    enum status status = allow_work(s);
    int is_given = 0;
    vault_err err = status == STATUS_OK ? vault_add_default_credentials(s->v, &is_given) : VAULT_OK;

    s->key_given = is_given;
    if (status != STATUS_OK || err == VAULT_NO_MEMORY)
        return status != STATUS_OK ? status : say_vault_error(s->v, err);
    if (err != VAULT_OK) /* a file that is missing, or has no identity: a grant does not help */
        return say_vault_error(s->v, err);
    if (!is_given)
        session_may_ask(s);
    return STATUS_OK;
}

/* ---- opening ---- */

static unsigned purpose_of(const struct args *args, enum needs needs)
{
    static const unsigned purposes[] = {
        [NEEDS_NEW_FILE] = VAULT_PURPOSE_CREATE,
        [NEEDS_VERSIONS] = VAULT_PURPOSE_VERSIONS,
        [NEEDS_ANY_KEY] = VAULT_PURPOSE_VERSIONS | VAULT_PURPOSE_OPTIONAL,
        [NEEDS_PLACE] = 0,
    };

    return purposes[needs] | (args->verb->flags & READS ? VAULT_PURPOSE_READ : 0) |
           (args->verb->flags & LOOKS ? VAULT_PURPOSE_LOOK : 0);
}

static bool is_searched_for(const struct args *args, enum needs needs)
{
    const char *variable = getenv("VAULT_FILE");

    return needs != NEEDS_NEW_FILE && !args_last(args, OPT_FILE) && !(variable && variable[0]);
}

/* Resolves the command line and the environment variables; opens nothing. */
static enum status find(struct session *s, const char *named, enum needs needs)
{
    const struct args *a = s->args;
    bool many = a->verb->flags & (MANY_ENVS | LAYERS); /* session_envs reads them */
    size_t most = (size_t)a->given_count + 1;
    vault_credential_file *files = calloc(most, sizeof *files);
    const char **pins = calloc(most, sizeof *pins);
    vault_overrides o = {.size = sizeof o,
                         .purpose = purpose_of(a, needs),
                         .file = args_last(a, OPT_FILE),
                         .credentials = files,
                         .pins = pins};
    vault_err err = VAULT_NO_MEMORY;

    for (int i = 0; i < a->given_count && files && pins; i++) {
        const struct given *g = &a->given[i];

        if (g->opt == OPT_IDENTITY || g->opt == OPT_PASSPHRASE_FILE)
            files[o.credential_count++] =
                (vault_credential_file){g->value, g->opt == OPT_PASSPHRASE_FILE};
        else if (g->opt == OPT_PIN)
            pins[o.pin_count++] = g->value;
    }
    if (files && pins)
        err = vault_find_default(s->v, many ? NULL : named, &o);
    free(files);
    free(pins);
    s->path = vault_default_file(s->v);
    s->found = s->path && is_searched_for(a, needs);
    s->env = named ? named : vault_default_env(s->v);
    return err == VAULT_OK          ? STATUS_OK
           : err == VAULT_NO_MEMORY ? say_no_memory()
                                    : say_vault_error(s->v, err);
}

static enum status open_file(struct session *s, enum needs needs)
{
    bool versions = needs == NEEDS_VERSIONS || needs == NEEDS_ANY_KEY;
    vault_err err = vault_open(s->v, s->path);

    if (err == VAULT_OK || (versions && err != VAULT_NO_MEMORY))
        return STATUS_OK;
    return session_error(s, err);
}

static void say_notice(void *user, const char *sentence)
{
    (void)user;
    say_note("%s", sentence);
}

void session_listen(struct session *s, bool listens)
{
    vault_set_notice(s->v, listens ? say_notice : NULL, NULL);
}

enum status session_open(struct session *s, const struct args *args, enum needs needs)
{
    bool is_opened = needs != NEEDS_NEW_FILE && needs != NEEDS_PLACE;
    const char *named = NULL;
    enum status status;
    vault_err err;

    *s = (struct session){.args = args, .v = vault_new()};
    if (!s->v)
        return say_no_memory();
    session_listen(s, true);
    vault_set_file_prompt(s->v, ask_file_passphrase, NULL);
    vault_set_ssh_opener(s->v, open_ssh_key, NULL);
    err = use_plugins(s);
    status = err == VAULT_OK ? read_env(args, &named) : say_vault_error(s->v, err);
    if (status == STATUS_OK)
        status = find(s, named, needs);
    if (status == STATUS_OK && args->verb->flags & LAYERS)
        status = session_lay(s);
    if (status != STATUS_OK || needs == NEEDS_PATH)
        return status;
    status = session_cage(s);
    if (status == STATUS_OK && is_opened && s->path)
        status = open_file(s, needs);
    if (status == STATUS_OK && needs != NEEDS_FILE) {
        status = add_keys(s);
        if (status == STATUS_OK)
            busy_begin();
    }
    return status;
}

void session_close(struct session *s)
{
    busy_end();
    opener_stop();
    vault_free(s->v);
    free(s->layers);
}

enum status session_save(struct session *s)
{
    bool changed = vault_changed(s->v) != 0;
    struct undo undo = {.path = NULL};
    vault_err err;

    if (changed)
        undo_prepare(&undo, s);
    child_hold_signals(); /* none may end this process while a temporary file exists */
    err = vault_save(s->v);
    if (err == VAULT_OK)
        undo_keep(&undo, s->path);
    child_release_signals();
    undo_free(&undo);
    if (err != VAULT_OK)
        return session_error(s, err);
    if (!changed)
        say_note("nothing to change");
    return STATUS_OK;
}

/* ---- errors ---- */

bool session_has_env(vault *v, const char *env)
{
    const char **envs = NULL;
    size_t count = 0;
    bool found = false;

    if (vault_env_list(v, &envs, &count) != VAULT_OK)
        return false;
    for (size_t i = 0; i < count && !found; i++)
        found = strcmp(envs[i], env) == 0;
    vault_release(envs);
    return found;
}

/* Hints where the name came from, if nobody typed it. */
static void hint_source(struct session *s, const char *other)
{
    const char *variable = getenv("VAULT_ENV");

    if (args_has(s->args, OPT_ENV) || strcmp(s->env, vault_default_env(s->v)) != 0)
        return;
    if (variable && variable[0])
        say_hint("VAULT_ENV names %s; to name another: -e %s", s->env, other);
    else if (strcmp(s->env, VAULT_ENV_DEFAULT) != 0)
        say_hint("%s was recorded as the default; to name another: -e %s", s->env, other);
    else
        say_hint("%s is the default; to name another: -e %s", s->env, other);
}

static void hint_near_env(struct session *s, const char *env)
{
    const char **envs = NULL;
    size_t count;
    struct near near;

    if (vault_env_list(s->v, &envs, &count) != VAULT_OK)
        return;
    near_begin(&near, env);
    for (size_t i = 0; i < count; i++)
        near_offer(&near, envs[i]);
    if (near.found[0])
        say_hint("there is %s", near.found);
    else
        say_hint("{program} env list");
    if (count > 0)
        hint_source(s, near.found[0] ? near.found : count == 1 ? envs[0] : "ENV");
    vault_release(envs);
}

/* Hints at the first environment that the session names and the file lacks. */
static void hint_missing_env(struct session *s)
{
    char name[VAULT_NAME_MAX + 1];
    const char *at = s->env;

    for (size_t len; at; at = at[len] ? at + len + 1 : NULL) {
        len = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)len, at);
        if (!session_has_env(s->v, name)) {
            hint_near_env(s, name);
            return;
        }
    }
}

/* Says which of the user's own keys were tried, and which were passed over, and why. */
static void say_own_keys(const struct session *s)
{
    enum { SHOWN = 24 };
    vault_identities *list;

    if (vault_identity_list(s->v, s->env, &list) != VAULT_OK)
        return;
    for (size_t i = 0; i < vault_identities_count(list); i++) {
        const vault_identity_entry *id = vault_identities_at(list, i);

        if (id->why_not[0])
            say_note("passed over %s: %s", id->from, id->why_not);
        else if (id->closed)
            say_note("%s stays closed", id->from);
        else
            say_note("tried %s%s%.*s%s", id->from, id->public_key[0] ? ", " : "",
                     hint_is_long(id->public_key) ? SHOWN : INT_MAX, id->public_key,
                     hint_is_long(id->public_key) ? "…" : "");
    }
    vault_release(list);
}

/* Someone without a key is told to make one; afterwards this prints the line to send to a
 * reader. */
static enum status say_locked(struct session *s, vault_err err)
{
    say_error(STATUS_LOCKED, "%s", vault_error(s->v));
    say_own_keys(s);
    if (err == VAULT_NO_CREDENTIAL)
        say_hint(terminal_is_there() ? "{program} keygen makes an identity for you"
                                     : "VAULT_IDENTITY takes the text of an identity file; "
                                       "{program} keygen makes one");
    if (has_hint(s->v))
        say_hint_of(s->v);
    else
        hint_grant(s);
    return STATUS_LOCKED;
}

enum status session_error(struct session *s, vault_err err)
{
    enum status status = err == VAULT_NO_CREDENTIAL || err == VAULT_LOCKED
                             ? say_locked(s, err)
                             : say_vault_error(s->v, err);

    if (err == VAULT_ABSENT && !has_hint(s->v))
        hint_missing_env(s);
    return status;
}
