/* Beginning: a vault, an identity, environments. */
#include "cli.h"

#include "../lib/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSPHRASE_NAME "passphrase"

/* The name under which one reads: the user's, made to fit. */
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

bool ask_new_passphrase(struct buf *out)
{
    struct buf again = BUF_SECRET;
    bool same;

    if (!terminal_ask_hidden("new passphrase: ", out) || out->len == 0) {
        say_error(FAILED, "no passphrase was given");
        return false;
    }
    if (!terminal_ask_hidden("the same again: ", &again)) {
        buf_free(&again);
        say_error(FAILED, "no passphrase was given");
        return false;
    }
    same = slice_equal(buf_slice(out), buf_slice(&again));
    buf_free(&again);
    if (!same)
        say_error(FAILED, "the two are not the same");
    return same;
}

/* One's own identity; made at its usual place if there is none. */
static enum status own_public_key(struct session *s, char **public_key)
{
    char *path;
    vault_err err = vault_public_key(s->v, public_key);

    if (err == VAULT_OK)
        return DONE;
    path = config_path("identity");
    if (!path) {
        say_error(FAILED, "HOME is not set: where is your identity to be kept?");
        say_hint("--reader KEY or --passphrase needs none");
        return FAILED;
    }
    err = vault_identity_create(s->v, path);
    if (err == VAULT_OK)
        err = vault_add_identity_file(s->v, path);
    if (err == VAULT_OK)
        err = vault_public_key(s->v, public_key);
    if (err == VAULT_OK) {
        say_note("made your identity, %s: keep a copy of it", path);
        free(path);
        return DONE;
    }
    free(path);
    return say_vault_error(s->v, err);
}

/* "NAME=KEY" or "KEY"; a key may have '=' in it, a name not. */
static vault_err add_given_reader(struct session *s, const char *env, const char *text, int number)
{
    const char *equals = strchr(text, '=');
    char name[VAULT_NAME_MAX + 1];

    if (equals && text_is_name((struct slice){text, (size_t)(equals - text)})) {
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
        return vault_reader_add(s->v, env, name, equals + 1);
    }
    if (number == 1)
        snprintf(name, sizeof name, "reader");
    else
        snprintf(name, sizeof name, "reader-%d", number);
    return vault_reader_add(s->v, env, name, text);
}

/* Makes an environment and gives it the readers that the command line names, or oneself. `first`:
 * whether the passphrase is new. */
static enum status add_env(struct session *s, const char *env, struct slice passphrase, bool first)
{
    const struct args *a = s->args;
    char name[VAULT_NAME_MAX + 1], *public_key = NULL;
    enum status status = DONE;
    int readers = 0;
    vault_err err = vault_env_create(s->v, env, args_last(a, OPT_LIKE));

    for (int i = 0; i < a->given_count && err == VAULT_OK; i++)
        if (a->given[i].opt == OPT_READER)
            err = add_given_reader(s, env, a->given[i].value, ++readers);
    if (err == VAULT_OK && args_has(a, OPT_PASSPHRASE))
        err = vault_reader_add_passphrase(s->v, env, PASSPHRASE_NAME, first ? passphrase.at : NULL,
                                          passphrase.len);
    if (err == VAULT_OK && !readers && !args_has(a, OPT_PASSPHRASE) && !args_has(a, OPT_LIKE)) {
        own_name(name);
        status = own_public_key(s, &public_key);
        if (status == DONE)
            err = vault_reader_add(s->v, env, name, public_key);
        vault_list_free(public_key);
    }
    return err == VAULT_OK ? status : session_error(s, err);
}

/* After a save. */
static void remember_readers(struct session *s, const char *env)
{
    vault_reader_entry *readers;
    size_t count;

    if (vault_reader_list(s->v, env, &readers, &count) != VAULT_OK)
        return;
    wrapped_remember(readers, count);
    vault_list_free(readers);
}

enum status run_init(const struct args *args)
{
    struct session s;
    const char **envs = NULL;
    size_t count = 0;
    enum status status = session_open(&s, args, NEEDS_NEW_FILE);
    vault_err err;

    if (status == DONE && access(s.path, F_OK) == 0) {
        status = say_error(FAILED, "%s exists already", s.path);
        say_hint("vault list shows what is in it");
    }
    if (status == DONE && args_has(args, OPT_PASSPHRASE) && s.passphrase.len == 0 &&
        !ask_new_passphrase(&s.passphrase)) {
        say_hint("--passphrase-file FILE gives it without a terminal");
        status = FAILED;
    }
    if (status == DONE && (err = vault_create(s.v, s.path)) != VAULT_OK)
        status = session_error(&s, err);
    if (status == DONE)
        status = session_envs(&s, &envs, &count);
    for (size_t i = 0; i < count && status == DONE; i++)
        status = add_env(&s, envs[i], buf_slice(&s.passphrase), i == 0);
    if (status == DONE)
        status = session_save(&s);
    for (size_t i = 0; i < count && status == DONE; i++)
        remember_readers(&s, envs[i]);
    if (status == DONE && envs) {
        say_note("made %s: commit it", s.path);
        say_hint("vault set API_KEY%s%s", strcmp(envs[0], "dev") ? " -e " : "",
                 strcmp(envs[0], "dev") ? envs[0] : "");
    }
    free(envs);
    session_close(&s);
    return status;
}

enum status run_keygen(const struct args *args)
{
    const char *output = args_last(args, OPT_OUTPUT);
    char *path = output ? strdup(output) : config_path("identity"), *public_key = NULL;
    vault *v = vault_new();
    struct buf line = {0};
    enum status status = DONE;
    vault_err err;

    if (!v || !path) {
        say_error(FAILED, "%s", v ? "HOME is not set: give -o FILE" : "out of memory");
        status = FAILED;
    } else {
        err = vault_identity_create(v, path);
        if (err == VAULT_OK)
            err = vault_add_identity_file(v, path);
        if (err == VAULT_OK)
            err = vault_public_key(v, &public_key);
        if (err != VAULT_OK)
            status = say_vault_error(v, err);
    }
    if (status == DONE && public_key) {
        say_note("made %s: keep a copy of it, and show it to nobody", path);
        buf_printf(&line, "%s\n", public_key);
        status = write_saved(&line);
        buf_free(&line);
        if (status == DONE)
            say_hint("a reader lets you in: vault grant NAME %s -e dev", public_key);
    }
    vault_list_free(public_key);
    vault_free(v);
    free(path);
    return status;
}

/* ---- env ---- */

static enum status list_envs(struct session *s)
{
    struct buf out = {0};
    const char **names;
    size_t count;
    enum status status;
    vault_err err = vault_env_list(s->v, &names, &count);
    bool json = args_has(s->args, OPT_JSON);

    if (err != VAULT_OK)
        return session_error(s, err);
    buf_add_text(&out, json ? "[" : "");
    for (size_t i = 0; i < count; i++) {
        if (json) {
            buf_add_text(&out, i ? ", " : "");
            text_json(&out, slice_of(names[i]));
        } else {
            buf_printf(&out, "%s\n", names[i]);
        }
    }
    buf_add_text(&out, json ? "]\n" : "");
    status = write_buf(&out) ? DONE : FAILED;
    buf_free(&out);
    vault_list_free(names);
    return status;
}

static enum status delete_env(struct session *s, const char *env)
{
    vault_secret_entry *secrets = NULL;
    char question[128];
    enum status status;
    size_t count;
    vault_err err;

    s->env = env;
    err = vault_secret_list(s->v, env, NULL, 1, &secrets, &count); /* it is there */
    vault_list_free(secrets);
    if (err != VAULT_OK)
        return session_error(s, err);
    snprintf(question, sizeof question, "delete %.64s with all that is in it", env);
    status = confirm(s->args, question);
    if (status != DONE)
        return status;
    err = vault_env_delete(s->v, env);
    return err == VAULT_OK ? session_save(s) : session_error(s, err);
}

/* Before anything is asked for. */
static enum status check_env_is_new(struct session *s, const char *env)
{
    const char **envs = NULL;
    size_t count = 0;
    enum status status = DONE;
    vault_err err = vault_env_list(s->v, &envs, &count);

    if (err == VAULT_OK)
        err = vault_set_named(s->v, env); /* or it can be no name */
    for (size_t i = 0; i < count && err == VAULT_OK && status == DONE; i++)
        if (strcmp(envs[i], env) == 0)
            status = say_error(FAILED, "there is an environment %s already", env);
    vault_list_free(envs);
    return err == VAULT_OK ? status : session_error(s, err);
}

/* Whether an environment is opened by the passphrase that init and env create make. */
static bool has_passphrase(struct session *s)
{
    const char **envs = NULL;
    size_t count = 0, n;
    bool found = false;

    if (vault_env_list(s->v, &envs, &count) != VAULT_OK)
        return false;
    for (size_t i = 0; i < count && !found; i++) {
        vault_reader_entry *readers = NULL;

        if (vault_reader_list(s->v, envs[i], &readers, &n) != VAULT_OK)
            break;
        for (size_t j = 0; j < n && !found; j++)
            found = strcmp(readers[j].name, PASSPHRASE_NAME) == 0 &&
                    strcmp(readers[j].kind, "passphrase") == 0;
        vault_list_free(readers);
    }
    vault_list_free(envs);
    return found;
}

static enum status create_env(struct session *s, const char *env)
{
    struct buf passphrase = BUF_SECRET;
    bool is_new = args_has(s->args, OPT_PASSPHRASE) && !has_passphrase(s);
    enum status status = check_env_is_new(s, env);

    if (status == DONE && is_new && !ask_new_passphrase(&passphrase))
        status = FAILED;
    if (status == DONE)
        status = add_env(s, env, buf_slice(&passphrase), is_new);
    if (status == DONE)
        status = session_save(s);
    if (status == DONE)
        remember_readers(s, env);
    if (status == DONE && args_has(s->args, OPT_PASSPHRASE) && !is_new)
        say_note("it opens with the passphrase that the vault has already");
    buf_free(&passphrase);
    return status;
}

static enum status change_env(struct session *s, const char *what, const char *const *names)
{
    vault_err err;

    if (strcmp(what, "create") == 0)
        return create_env(s, names[0]);
    if (strcmp(what, "delete") == 0)
        return delete_env(s, names[0]);
    s->env = names[0];
    err = strcmp(what, "rename") == 0 ? vault_env_rename(s->v, names[0], names[1])
                                      : vault_env_copy(s->v, names[0], names[1]);
    return err == VAULT_OK ? session_save(s) : session_error(s, err);
}

enum status run_env(const struct args *args)
{
    static const struct {
        const char *name;
        int operands;
    } actions[] = {{"list", 0}, {"create", 1}, {"delete", 1}, {"rename", 2}, {"copy", 2}};
    static const enum opt of_create[] = {OPT_LIKE, OPT_READER, OPT_PASSPHRASE};
    enum { CREATE = 1 };
    const char *what = args->count ? args->operands[0] : "list";
    struct session s;
    enum status status;
    size_t i = 0;

    while (i < sizeof actions / sizeof *actions && strcmp(actions[i].name, what) != 0)
        i++;
    if (i == sizeof actions / sizeof *actions ||
        (args->count ? args->count - 1 : 0) != actions[i].operands) {
        say_error(USAGE, "it is env list, create ENV, delete ENV, rename ENV NEW or copy ENV NEW");
        say_hint("vault env -h");
        return USAGE;
    }
    for (size_t j = 0; i != CREATE && j < sizeof of_create / sizeof *of_create; j++)
        if (args_has(args, of_create[j]))
            return say_error(USAGE, "--%s goes with env create", options[of_create[j]].name);
    status = session_open(&s, args, i == 0 ? NEEDS_FILE : NEEDS_KEY);
    if (status == DONE)
        status = i == 0 ? list_envs(&s) : change_env(&s, what, args->operands + 1);
    session_close(&s);
    return status;
}
