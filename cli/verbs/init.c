/* init, keygen, env: new vaults, identities and environments. */
#include "git/output.h"
#include "publickey.h"
#include "readers.h"
#include "recipients.h"
#include "session/places.h"
#include "session/session.h"
#include "table.h"
#include "templates.h"
#include "ui/columns.h"
#include "ui/hints.h"
#include "ui/passphrase.h"
#include "ui/say.h"
#include "ui/terminal.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PASSPHRASE_NAME "passphrase"

/* The user's own name as a reader: the login name, without characters that a name cannot have. */
static void own_name(char name[VAULT_NAME_MAX + 1])
{
    const char *from = getenv("USER") ? getenv("USER") : getenv("LOGNAME");
    size_t len = 0;

    from = from ? from : "me";

    for (; *from && len < VAULT_NAME_MAX; from++)
        if (text_is_name((struct slice){from, 1}) || (len > 0 && (*from == '-' || *from == '_')))
            name[len++] = *from;
    name[len] = '\0';
    if (len == 0)
        strcpy(name, "me");
}

/* The user's identity; created at the default path if there is none. */
static enum status own_public_key(struct session *s, char **public_key)
{
    char *path;
    vault_err err = vault_open_identity(s->v);

    if (err == VAULT_OK)
        err = vault_public_key(s->v, public_key);
    if (err == VAULT_OK)
        return STATUS_OK;
    if (err != VAULT_NO_CREDENTIAL)
        return say_vault_error(s->v, err);
    if (config_path("identity", &path) != STATUS_OK)
        return STATUS_FAILED;
    if (!path) {
        say_error(STATUS_FAILED, "HOME is not set: there is no place for your identity");
        say_hint("--reader KEY and --passphrase need no identity");
        return STATUS_FAILED;
    }
    err = vault_identity_create(s->v, path);
    NEXT(err, vault_add_identity_file(s->v, path));
    NEXT(err, vault_public_key(s->v, public_key));
    if (err == VAULT_OK) {
        say_note("made your identity, %s: keep a copy", path);
        free(path);
        return STATUS_OK;
    }
    free(path);
    return say_vault_error(s->v, err);
}

/* "NAME=KEY" or "KEY". A key can contain '=', a name cannot. Without a name it gets the one that
 * the key has in the vault already. */
static enum status add_given_reader(struct session *s, const char *env, const char *text,
                                    int number)
{
    const char *equals = strchr(text, '=');
    bool named = equals && text_is_name((struct slice){text, (size_t)(equals - text)});
    char name[VAULT_NAME_MAX + 1] = "", *key = NULL;
    enum status status = public_key_read(s, named ? equals + 1 : text, &key);

    if (named)
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    else if (status == STATUS_OK)
        status = reader_name_of(s, key, name);
    if (status == STATUS_OK && !name[0])
        snprintf(name, sizeof name, number == 1 ? "reader" : "reader-%d", number);
    NEXT(status, reader_check_key(s, name, key));
    NEXT(status, session_check(s, vault_reader_add(s->v, env, name, key)));
    vault_release(key);
    return status;
}

static enum status add_oneself(struct session *s, const char *env)
{
    char name[VAULT_NAME_MAX + 1], *public_key = NULL;
    enum status status = own_public_key(s, &public_key);

    own_name(name);
    NEXT(status, session_check(s, vault_reader_add(s->v, env, name, public_key)));
    vault_release(public_key);
    return status;
}

/* Makes an environment with the readers that the command line names, or the user alone. If
 * passphrase is empty, the vault has one already. */
static enum status add_env(struct session *s, const char *env, struct slice passphrase)
{
    const struct args *a = s->args;
    int readers = 0;
    vault_err err = vault_env_create(s->v, env, args_last(a, OPT_LIKE));
    enum status status = session_check(s, err);

    for (int i = 0; i < a->given_count && status == STATUS_OK; i++)
        if (a->given[i].opt == OPT_READER)
            status = add_given_reader(s, env, a->given[i].value, ++readers);
    if (status == STATUS_OK && args_has(a, OPT_PASSPHRASE)) {
        err = vault_reader_add_passphrase(s->v, env, PASSPHRASE_NAME,
                                          passphrase.len ? passphrase.at : NULL, passphrase.len);
        status = session_check(s, err);
    }
    if (status == STATUS_OK && !readers && !args_has(a, OPT_PASSPHRASE) && !args_has(a, OPT_LIKE))
        status = add_oneself(s, env);
    return status;
}

/* Runs after a save. show: readers copied from another environment are listed. */
static void remember_readers(struct session *s, const char *env, bool show)
{
    vault_readers *readers;

    if (vault_reader_list(s->v, env, &readers) != VAULT_OK)
        return;
    if (show)
        recipients_show(env, readers);
    else
        recipients_remember(readers);
    vault_release(readers);
}

static enum status check_passphrase_options(const struct args *args)
{
    static const enum opt of_passphrase[] = {OPT_GENERATE, OPT_WEAK};

    for (size_t i = 0; i < sizeof of_passphrase / sizeof *of_passphrase; i++)
        if (args_has(args, of_passphrase[i]) && !args_has(args, OPT_PASSPHRASE))
            return say_error(STATUS_USAGE, "--%s goes with --passphrase",
                             options[of_passphrase[i]].name);
    return STATUS_OK;
}

/* The passphrase from an option or a variable, or a new one. */
static enum status first_passphrase(struct session *s, struct buf *passphrase)
{
    vault_kv *given = NULL;
    struct slice text = {"", 0};
    enum status status = STATUS_OK;
    vault_err err;

    if (!args_has(s->args, OPT_PASSPHRASE))
        return STATUS_OK;
    err = vault_passphrase_given(s->v, &given);
    if (err == VAULT_NO_MEMORY)
        return say_vault_error(s->v, err);
    if (err == VAULT_OK)
        text.at = vault_kv_get(given, "PASSPHRASE", &text.len);
    buf_add_slice(passphrase, text);
    vault_kv_free(given);
    if (!buf_ok(passphrase))
        return say_no_memory();
    if (passphrase->len > 0 && args_has(s->args, OPT_GENERATE))
        return say_error(STATUS_USAGE, "a passphrase was given: --generate would make another");
    if (passphrase->len > 0)
        return passphrase_check(s->args, buf_slice(passphrase));
    status = passphrase_new(s->args, passphrase);
    if (status == STATUS_FAILED && !terminal_is_there())
        say_hint("without a terminal: --passphrase-file FILE");
    return status;
}

/* Only a note if it cannot be remembered: the vault is saved. */
static void follow_default(struct session *s, const char *env)
{
    vault_err err = vault_set_default_env(s->v, env);

    if (err == VAULT_OK && strcmp(env, VAULT_ENV_DEFAULT) != 0)
        say_note("%s is the default for this file now, on this machine", env);
    else if (err != VAULT_OK && strcmp(env, VAULT_ENV_DEFAULT) != 0)
        say_note("%s cannot be remembered as the default: %s", env, vault_error(s->v));
}

/* dev, or without it the first one. */
static const char *first_default(const char *const *envs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(envs[i], VAULT_ENV_DEFAULT) == 0)
            return envs[i];
    return envs[0];
}

enum status run_init(const struct args *args)
{
    struct session s;
    struct buf passphrase = BUF_SECRET;
    const char **envs = NULL, *first;
    size_t count = 0;
    bool is_default;
    enum status status = session_open(&s, args, NEEDS_NEW_FILE);

    NEXT(status, check_passphrase_options(args));
    if (status == STATUS_OK && access(s.path, F_OK) == 0) {
        status = say_error(STATUS_FAILED, "%s exists already", s.path);
        say_hint("{program} list shows its content");
    }
    NEXT(status, first_passphrase(&s, &passphrase));
    NEXT(status, session_check(&s, vault_create(s.v, s.path)));
    NEXT(status, session_envs(&s, &envs, &count));
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = add_env(&s, envs[i], i == 0 ? buf_slice(&passphrase) : (struct slice){"", 0});
    NEXT(status, passphrase_print(args, buf_slice(&passphrase)));
    NEXT(status, session_save(&s));
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        remember_readers(&s, envs[i], false);
    if (status == STATUS_OK && envs) {
        say_note("made %s: commit it", s.path);
        first = first_default(envs, count);
        follow_default(&s, first);
        is_default = strcmp(vault_default_env(s.v), first) == 0;
        say_hint("{program} set API_KEY%s%s", is_default ? "" : " -e ", is_default ? "" : first);
    }
    free(envs);
    buf_free(&passphrase);
    session_close(&s);
    return status;
}

/* One that is asked for, generated, or proposed: only where a person types the command, and reads
 * its output, for a key of their own. Empty: the file is under none. */
static enum status keygen_passphrase(const struct args *args, struct buf *passphrase)
{
    enum status status = check_passphrase_options(args);

    if (status != STATUS_OK)
        return status;
    if (args_has(args, OPT_PASSPHRASE))
        return passphrase_new(args, passphrase);
    if (args_has(args, OPT_OUTPUT) || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return STATUS_OK;
    return passphrase_propose(args, "new passphrase, or Enter for none: ", passphrase);
}

static vault_err create_identity(vault *v, const char *path, struct slice passphrase,
                                 char **public_key)
{
    vault_err err;

    if (passphrase.len > 0)
        return vault_identity_create_sealed(v, path, passphrase.at, passphrase.len, public_key);
    err = vault_identity_create(v, path);
    NEXT(err, vault_add_identity_file(v, path));
    NEXT(err, vault_public_key(v, public_key));
    return err;
}

enum status run_keygen(const struct args *args)
{
    const char *output = args_last(args, OPT_OUTPUT);
    char *path = output ? strdup(output) : NULL, *public_key = NULL;
    vault *v = vault_new();
    struct buf line = {0}, passphrase = BUF_SECRET;
    enum status status = v && (path || !output) ? STATUS_OK : say_no_memory();
    vault_err err;

    if (status == STATUS_OK && !output)
        status = config_path("identity", &path);
    if (status == STATUS_OK && !path)
        status = say_error(STATUS_FAILED, "HOME is not set: give -o FILE");
    if (status == STATUS_OK && args_has(args, OPT_PQ) &&
        (err = vault_set_post_quantum(v, 1)) != VAULT_OK)
        status = say_vault_error(v, err);
    if (status == STATUS_OK && output && access(path, F_OK) != 0)
        status = output_check(args, path);
    if (status == STATUS_OK && access(path, F_OK) != 0)
        status = keygen_passphrase(args, &passphrase);
    if (status == STATUS_OK)
        status = passphrase_print(args, buf_slice(&passphrase));
    if (status == STATUS_OK) {
        err = create_identity(v, path, buf_slice(&passphrase), &public_key);
        if (err != VAULT_OK)
            status = say_vault_error(v, err);
        if (err == VAULT_EXISTS && !output)
            say_hint("{program} whoami prints its public key");
    }
    buf_free(&passphrase);
    if (status == STATUS_OK && public_key) {
        say_note("made %s: keep a copy, and show it to nobody", path);
        buf_printf(&line, "%s\n", public_key);
        status = write_saved(&line);
        buf_free(&line);
        if (status == STATUS_OK)
            hint_grant_key(public_key, "dev");
    }
    vault_release(public_key);
    vault_free(v);
    free(path);
    return status;
}

/* ---- env ---- */

/* Why this is the environment of a verb without -e; NULL: it is not. */
static const char *why_default(const struct session *s, const char *env)
{
    const char *variable = getenv("VAULT_ENV");

    if (args_has(s->args, OPT_ENV) || strcmp(vault_default_env(s->v), env) != 0)
        return NULL;
    return variable && variable[0] ? "default (VAULT_ENV)" : "default";
}

/* On a terminal the default is marked; elsewhere each line is a name. */
static enum status list_envs(struct session *s)
{
    static const char *const titles[] = {"ENVIRONMENT", ""};
    struct columns columns;
    struct buf out = {0};
    const char **names;
    size_t count;
    enum status status;
    vault_err err = vault_env_list(s->v, &names, &count);
    bool json = args_has(s->args, OPT_JSON);

    if (err != VAULT_OK)
        return session_error(s, err);
    columns_begin(&columns, titles, 2);
    buf_add_text(&out, json ? "[" : "");
    for (size_t i = 0; i < count; i++) {
        const char *why = columns.width ? why_default(s, names[i]) : NULL;

        if (json) {
            buf_add_text(&out, i ? ", " : "");
            text_json(&out, slice_of(names[i]));
        } else {
            columns_add(&columns, slice_of(names[i]));
            columns_add(&columns, slice_of(why ? why : ""));
        }
    }
    columns_write(&columns, &out);
    buf_add_text(&out, json ? "]\n" : "");
    status = write_buf(&out);
    columns_free(&columns);
    buf_free(&out);
    vault_release(names);
    return status;
}

/* ---- the default ---- */

static enum status print_default(const struct session *s)
{
    struct buf out = {0};
    enum status status;

    buf_printf(&out, "%s\n", vault_default_env(s->v));
    status = write_buf(&out);
    buf_free(&out);
    return status;
}

static enum status set_default(struct session *s, const char *env)
{
    const char *variable = getenv("VAULT_ENV");
    vault_secrets *secrets;
    vault_err err;

    s->env = env;
    err = vault_secret_list(s->v, env, 0, 1, &secrets); /* it exists */
    vault_release(secrets);
    NEXT(err, vault_set_default_env(s->v, env));
    if (err != VAULT_OK)
        return session_error(s, err);
    say_note("%s is the default for this file now, on this machine", env);
    if (variable && variable[0])
        say_note("VAULT_ENV comes before it, and names %s", variable);
    return STATUS_OK;
}

static enum status delete_env(struct session *s, const char *env)
{
    vault_secrets *secrets;
    char question[128];
    enum status status;
    vault_err err;

    s->env = env;
    err = vault_secret_list(s->v, env, 0, 1, &secrets); /* it exists */
    vault_release(secrets);
    if (err != VAULT_OK)
        return session_error(s, err);
    snprintf(question, sizeof question, "delete %.64s with all its secrets", env);
    status = confirm(s->args, question);
    if (status != STATUS_OK)
        return status;
    status = session_check(s, vault_env_delete(s->v, env));
    NEXT(status, session_save(s));
    if (status == STATUS_OK)
        say_note("deleted the environment %s: commit the file", env);
    return status;
}

/* Notes an environment whose name differs only in case: one is easily taken for the other. */
static void note_case(struct session *s, const char *env)
{
    const char **envs = NULL;
    size_t count = 0;

    if (vault_env_list(s->v, &envs, &count) != VAULT_OK)
        return;
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(envs[i], env) == 0)
            say_note("%s and %s differ only in case", env, envs[i]);
    vault_release(envs);
}

/* Runs before anything is asked. */
static enum status check_env_is_new(struct session *s, const char *env)
{
    vault_err err = vault_pin(s->v, env, NULL); /* fails if the name is invalid */

    if (err == VAULT_OK && session_has_env(s->v, env))
        return say_error(STATUS_FAILED, "environment %s exists already", env);
    if (err == VAULT_OK)
        note_case(s, env);
    return session_check(s, err);
}

/* Whether some environment has the passphrase that init and env create make. */
static bool has_passphrase(struct session *s)
{
    struct reader_walk w = {.v = s->v};
    bool found = false;

    while (!found && reader_next(&w))
        found = strcmp(w.reader->name, PASSPHRASE_NAME) == 0 &&
                strcmp(w.reader->kind, "passphrase") == 0;
    reader_stop(&w);
    return found;
}

/* ---- readers copied from another environment ---- */

/* Hints at `env create` with each of these readers by its key. */
static void hint_readers(const char *env, const vault_readers *readers)
{
    struct buf line = {0};

    for (size_t i = 0; i < vault_readers_count(readers); i++) {
        const vault_reader_entry *reader = vault_readers_at(readers, i);

        if (strcmp(reader->kind, "passphrase") != 0)
            buf_printf(&line, " --reader '%s=%s'", reader->name,
                       hint_is_long(reader->public_key) ? "FILE" : reader->public_key);
    }
    say_hint("{program} env create %s%s", env, buf_text(&line, " --reader …"));
    buf_free(&line);
}

/* MUST: a person, not -y, confirms the readers that this machine does not know, and sees each key
 * in full. */
static enum status confirm_readers(const char *env, const char *like, const vault_readers *readers,
                                   bool is_known)
{
    char question[2 * VAULT_NAME_MAX + 64];
    size_t unknown = 0;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < vault_readers_count(readers) && status == STATUS_OK; i++) {
        const vault_reader_entry *reader = vault_readers_at(readers, i);
        bool known = false;

        if (is_known)
            status = recipients_knows(reader, &known);
        if (status != STATUS_OK || known)
            continue;
        say_note("%s has the reader %s %s (%s), who is new to this machine", like, reader->name,
                 reader->public_key, reader->kind);
        unknown++;
    }
    if (status != STATUS_OK || unknown == 0)
        return status;
    if (!terminal_is_there()) {
        say_error(STATUS_USAGE, "no terminal to confirm the readers of %s on", like);
        hint_readers(env, readers);
        return STATUS_USAGE;
    }
    snprintf(question, sizeof question, "grant %s to the readers of %s? [y/N] ", env, like);
    return terminal_confirm(question) ? STATUS_OK : say_error(STATUS_FAILED, "nothing was changed");
}

/* Before env gets the readers of `like`: this machine must know that environment and each reader,
 * or a person confirms them. An unknown environment is pinned after that. */
static enum status check_like(struct session *s, const char *env, const char *like)
{
    char found[VAULT_FINGERPRINT_LEN + 1], known[VAULT_FINGERPRINT_LEN + 1] = "";
    vault_readers *readers = NULL;
    enum status status;
    bool forged = false;
    vault_err err;
    int older;

    s->env = like;
    err = vault_pin_state(s->v, like, found, known, &older);
    if (err == VAULT_OK && known[0])
        err = vault_fingerprint(s->v, like, found);
    if (err == VAULT_OK || err == VAULT_INVALID) /* VAULT_INVALID: this machine remembers nothing */
        err = vault_reader_list(s->v, like, &readers);
    if (err != VAULT_OK)
        return session_error(s, err);
    for (size_t i = 0; i < vault_readers_count(readers); i++)
        forged = forged || vault_readers_at(readers, i)->seal == VAULT_SEAL_FORGED;
    /* The library will refuse the forged reader by name. */
    status = forged ? STATUS_OK : confirm_readers(env, like, readers, known[0] != '\0');
    vault_release(readers);
    return status;
}

/* ---- new environments ---- */

/* Asks for the vault's passphrase before the lock is taken. */
static enum status open_passphrase(struct session *s, const char *env)
{
    char *key = NULL;
    vault_err err;

    if (args_has(s->args, OPT_GENERATE))
        return say_error(STATUS_USAGE,
                         "the vault has a passphrase already: --generate cannot make another");
    session_may_ask(s);
    err = vault_passphrase_key(s->v, env, PASSPHRASE_NAME, &key);
    vault_release(key);
    return session_check(s, err);
}

static enum status create_env(struct session *s, const char *env)
{
    struct buf passphrase = BUF_SECRET;
    const char *like = args_last(s->args, OPT_LIKE);
    bool with_passphrase = args_has(s->args, OPT_PASSPHRASE);
    bool is_new = with_passphrase && !has_passphrase(s);
    enum status status = check_env_is_new(s, env);

    NEXT(status, check_passphrase_options(s->args));
    if (status == STATUS_OK && like)
        status = check_like(s, env, like);
    if (status == STATUS_OK && with_passphrase)
        status = is_new ? passphrase_new(s->args, &passphrase) : open_passphrase(s, env);
    NEXT(status, add_env(s, env, buf_slice(&passphrase)));
    NEXT(status, passphrase_print(s->args, buf_slice(&passphrase)));
    NEXT(status, session_save(s));
    if (status == STATUS_OK)
        remember_readers(s, env, like != NULL);
    if (status == STATUS_OK)
        say_note("made the environment %s: commit the file", env);
    if (status == STATUS_OK && with_passphrase && !is_new)
        say_note("the vault's passphrase opens it");
    buf_free(&passphrase);
    return status;
}

static enum status copy_env(struct session *s, const char *from, const char *to)
{
    struct template_copy templates = {.s = s, .from = from, .to = to};
    enum status status = check_like(s, to, from);

    NEXT(status, templates_confirm(&templates));
    NEXT(status, session_check(s, vault_lock(s->v, -1)));
    NEXT(status, templates_check_shown(&templates));
    buf_free(&templates.texts);
    NEXT(status, session_check(s, vault_env_copy(s->v, from, to)));
    NEXT(status, session_save(s));
    if (status == STATUS_OK) {
        remember_readers(s, to, true);
        say_note("made the environment %s, with the values of %s: commit the file", to, from);
    }
    return status;
}

/* A default that was recorded goes along. "dev" was not: what it is called now is no default, until
 * a person says so. */
static enum status rename_env(struct session *s, const char *from, const char *to)
{
    const char *why = strcmp(from, VAULT_ENV_DEFAULT) != 0 ? why_default(s, from) : NULL;
    vault_err err = vault_env_rename(s->v, from, to);
    enum status status = err == VAULT_OK ? session_save(s) : session_error(s, err);

    if (status == STATUS_OK && why && !strchr(why, '('))
        follow_default(s, to);
    if (status == STATUS_OK)
        say_note("renamed the environment %s to %s: commit the file", from, to);
    return status;
}

static enum status change_env(struct session *s, const char *what, const char *const *names)
{
    if (strcmp(what, "create") == 0)
        return create_env(s, names[0]);
    if (strcmp(what, "delete") == 0)
        return delete_env(s, names[0]);
    s->env = names[0];
    if (strcmp(what, "copy") == 0)
        return copy_env(s, names[0], names[1]);
    return rename_env(s, names[0], names[1]);
}

enum status run_env(const struct args *args)
{
    static const struct {
        const char *name;
        int least, most;
    } actions[] = {{"list", 0, 0},   {"default", 0, 1}, {"create", 1, 1},
                   {"delete", 1, 1}, {"rename", 2, 2},  {"copy", 2, 2}};
    static const enum opt of_create[] = {OPT_LIKE, OPT_READER, OPT_PASSPHRASE, OPT_GENERATE,
                                         OPT_WEAK};
    enum { LIST, DEFAULT, CREATE };
    const char *what = args->count ? args->operands[0] : "list";
    int count = args->count ? args->count - 1 : 0;
    struct session s;
    enum status status;
    size_t i = 0;

    while (i < sizeof actions / sizeof *actions && strcmp(actions[i].name, what) != 0)
        i++;
    if (i == sizeof actions / sizeof *actions || count < actions[i].least ||
        count > actions[i].most) {
        say_error(STATUS_USAGE, "env takes list, default [ENV], create ENV, delete ENV, "
                                "rename ENV NEW or copy ENV NEW");
        say_hint("{program} env -h");
        return STATUS_USAGE;
    }
    for (size_t j = 0; i != CREATE && j < sizeof of_create / sizeof *of_create; j++)
        if (args_has(args, of_create[j]))
            return say_error(STATUS_USAGE, "--%s goes with env create", options[of_create[j]].name);
    status = session_open(&s, args, i < CREATE ? NEEDS_FILE : NEEDS_KEY);
    if (status == STATUS_OK && i == DEFAULT)
        status = count ? set_default(&s, args->operands[1]) : print_default(&s);
    else if (status == STATUS_OK)
        status = i == LIST ? list_envs(&s) : change_env(&s, what, args->operands + 1);
    session_close(&s);
    return status;
}
