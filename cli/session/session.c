/* An opened vault: which file, which environment, which keys. */
#include "session.h"

#include "places.h"

#include "run/child.h"
#include "ui/busy.h"
#include "ui/hints.h"
#include "ui/io.h"
#include "ui/near.h"
#include "ui/say.h"
#include "ui/terminal.h"
#include "ui/verb.h"

#include "base/file.h"
#include "base/keyring.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "vault.toml"
#define DEFAULT_ENV "dev"

/* ---- the file ---- */

enum where { NOWHERE, HERE, NO_MEMORY };

/* What a search for the file has found in a folder. */
struct found {
    char *path;
    struct stat link, file; /* the same, unless the path is a symlink */
};

static enum where look_for_file(const char *folder, struct found *f)
{
    char *path = file_join(folder, FILE_NAME);
    bool there = path && lstat(path, &f->link) == 0;
    enum where where = there ? HERE : path ? NOWHERE : NO_MEMORY;

    if (there)
        f->file = f->link;
    if (there && S_ISLNK(f->link.st_mode) && stat(path, &f->file) != 0)
        where = NOWHERE;
    if (where != HERE) {
        free(path);
        path = NULL;
    }
    f->path = path;
    return where;
}

/* Whether the search ends in this folder, as the top of a work tree or as HOME. */
static enum where look_for_top(const char *folder)
{
    const char *given = given_variable("HOME");
    char *git = file_join(folder, ".git"), *home;
    struct stat st;
    enum where where = !git ? NO_MEMORY : stat(git, &st) == 0 ? HERE : NOWHERE;

    free(git);
    if (where != NOWHERE || !given)
        return where;
    home = realpath(given, NULL);
    if (home && strcmp(folder, home) == 0)
        where = HERE;
    if (!home && errno == ENOMEM)
        where = NO_MEMORY;
    free(home);
    return where;
}

/* Oneself, root, and under sudo whoever has called it. */
static bool is_trusted(uid_t owner)
{
    const char *caller;
    char *end = NULL;
    unsigned long uid;

    if (owner == 0 || owner == geteuid())
        return true;
    caller = geteuid() == 0 ? given_variable("SUDO_UID") : NULL;
    uid = caller ? strtoul(caller, &end, 10) : 0;
    return caller && *end == '\0' && owner == uid;
}

/* Whether a file that a search has found may be used. What stands above this folder was perhaps put
 * there by somebody else, to be found: neither it nor its folder may be another user's. In this
 * folder that goes for the file if everybody can write here. */
static bool may_be_used(const struct found *f, const char *folder, bool is_here)
{
    bool ours = is_trusted(f->file.st_uid) &&
                (f->link.st_uid == f->file.st_uid || is_trusted(f->link.st_uid));
    struct stat around;

    if (is_here && ours)
        return true;
    if (stat(folder, &around) != 0)
        return false;
    return is_here ? !(around.st_mode & S_IWOTH) : ours && is_trusted(around.st_uid);
}

static enum status refuse_theirs(const char *path)
{
    say_error(FAILED,
              "%s, or its folder, belongs to another user: it is not used unless it is named",
              path);
    say_hint("if you trust it: -f %s", path);
    return FAILED;
}

static enum status no_file_here(const char *stopped)
{
    if (stopped)
        say_error(NOT_THERE,
                  "there is no " FILE_NAME
                  " in this folder or above it, up to %s, which belongs to "
                  "another user",
                  stopped);
    else
        say_error(NOT_THERE, "there is no " FILE_NAME " in this folder or above it");
    say_hint("vault init makes one; -f FILE names another");
    return NOT_THERE;
}

/* Whether the search ends in this folder, which has no vault.toml; then *stopped is the folder if
 * it is another user's. */
static bool ends_here(const char *folder, bool is_top, bool is_here, const char **stopped)
{
    struct stat st;

    *stopped = NULL;
    if (is_top || folder[1] == '\0')
        return true;
    if (!is_here && (stat(folder, &st) != 0 || !is_trusted(st.st_uid)))
        *stopped = folder;
    return *stopped != NULL;
}

/* Takes over the path. */
static enum status take_found(const struct found *f, const char *folder, bool is_here, char **path)
{
    if (may_be_used(f, folder, is_here)) {
        *path = f->path;
        return DONE;
    }
    refuse_theirs(f->path);
    free(f->path);
    return FAILED;
}

/* vault.toml here or in the nearest folder above, up to the one that holds .git, or HOME, or that
 * is another user's. DONE with *path NULL: there is none, which `quiet` leaves unsaid. */
static enum status search_upward(bool quiet, char **path)
{
    char *folder = realpath(".", NULL);
    const char *stopped;
    enum status status = DONE;
    bool is_here = true, ended = false;

    *path = NULL;
    if (!folder)
        return say_error(FAILED, "cannot look for " FILE_NAME ": %s", strerror(errno));
    for (; !ended && status == DONE; is_here = false) {
        struct found found;
        enum where file = look_for_file(folder, &found),
                   top = file == NOWHERE ? look_for_top(folder) : NOWHERE;
        char *slash = strrchr(folder, '/');

        ended = true;
        if (file == NO_MEMORY || top == NO_MEMORY)
            status = say_no_memory();
        else if (file == HERE)
            status = take_found(&found, folder, is_here, path);
        else if (!ends_here(folder, top == HERE, is_here, &stopped))
            ended = false;
        else if (!quiet)
            status = no_file_here(stopped);
        if (!ended)
            slash[slash == folder] = '\0';
    }
    free(folder);
    return status;
}

static enum status find_file(struct session *s, enum needs needs)
{
    const char *given = args_last(s->args, OPT_FILE);

    if (!given)
        given = given_variable("VAULT_FILE");
    if (!given && needs != NEEDS_NEW_FILE) {
        s->found = true;
        return search_upward(needs == NEEDS_ANY_KEY, &s->path);
    }
    s->path = strdup(given ? given : FILE_NAME);
    return s->path ? DONE : say_no_memory();
}

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
        return FAILED;
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
    return DONE;
}

static enum status find_env(struct session *s)
{
    const char *env = NULL;
    vault_err err = VAULT_OK;
    int named = 0;

    for (int i = 0; i < s->args->given_count; i++)
        if (s->args->given[i].opt == OPT_ENV) {
            env = s->args->given[i].value;
            named += 1 + (strchr(env, ',') != NULL);
        }
    if (named > 1 && !(s->args->verb->flags & MANY_ENVS))
        return say_error(USAGE, "this verb works on one environment at a time");
    s->env = env ? env : given_variable("VAULT_ENV");
    if (!s->env)
        s->env = DEFAULT_ENV;
    if (env && !(s->args->verb->flags & MANY_ENVS))
        err = vault_pin(s->v, env, NULL);
    return err == VAULT_OK ? DONE : say_vault_error(s->v, err);
}

const char *session_named_env(const struct session *s)
{
    return args_has(s->args, OPT_ENV) ? s->env : NULL;
}

static void note_empty(const char *name)
{
    if (getenv(name) && !given_variable(name))
        say_note("%s is empty, and counts as not set", name);
}

static enum status set_pins(struct session *s, const char *list)
{
    char *copy = strdup(list);
    enum status status = copy ? DONE : say_no_memory();
    bool any = false;

    for (char *pin = copy ? strtok(copy, ",") : NULL; pin && status == DONE;
         pin = strtok(NULL, ",")) {
        char *equals = strchr(pin, '=');
        vault_err err;

        if (!equals) {
            status = say_error(USAGE, "a pin is ENV=FINGERPRINT");
            break;
        }
        *equals = '\0';
        any = true;
        err = vault_pin(s->v, pin, equals + 1);
        if (err != VAULT_OK)
            status = say_vault_error(s->v, err);
    }
    if (status == DONE && !any) /* who gives one wants it compared */
        status = say_error(USAGE, "a pin is ENV=FINGERPRINT");
    free(copy);
    return status;
}

/* Another version is held against the file's own history, and MUST NOT be pinned. MUST NOT go on
 * without pins if there is no memory: every key would be accepted. */
static enum status find_pins(struct session *s, bool versions)
{
    char *path = NULL;
    enum status status = versions ? DONE : state_path("pins", &path);
    bool flag = args_has(s->args, OPT_PIN);
    unsigned flags = (s->args->verb->flags & LOOKS ? VAULT_PINS_LOOK_ONLY : 0) |
                     (s->found ? VAULT_PINS_SEARCHED : 0);
    vault_err err;

    if (status != DONE)
        return status;
    err = versions ? VAULT_OK : vault_pins_use(s->v, path, flags);
    free(path);
    if (err != VAULT_OK)
        return say_vault_error(s->v, err);
    for (int i = 0; i < s->args->given_count && status == DONE; i++)
        if (s->args->given[i].opt == OPT_PIN)
            status = set_pins(s, s->args->given[i].value);
    if (!flag)
        note_empty("VAULT_PIN"); /* as a variable that CI does not know */
    if (!flag && given_variable("VAULT_PIN"))
        status = set_pins(s, given_variable("VAULT_PIN"));
    return status;
}

/* ---- keys ---- */

void hint_grant(const struct session *s)
{
    char *own = NULL;
    vault_err err = vault_public_key(s->v, &own);
    const char *quote = err == VAULT_OK && strchr(own, ' ') ? "'" : "";

    say_hint("ask a reader: %s grant NAME %s%s%s -e %s", hint_program(NULL), quote,
             err == VAULT_OK ? own : "age1…", quote, s->env);
    vault_release(own);
}

/* A secret file that others can read is refused with the chmod to type, if it is one's own. */
static enum status check_mode(const struct session *s, const char *path, const struct stat *st)
{
    if (!S_ISREG(st->st_mode) || !(st->st_mode & (S_IRWXG | S_IRWXO)))
        return DONE;
    if (st->st_uid != geteuid()) {
        say_note("%s can be read by others", path);
        return DONE;
    }
    say_error(LOCKED, "%s can be read by others", path);
    say_hint("chmod 600 %s", path);
    hint_grant(s);
    return LOCKED;
}

/* What is not there is found when it is read. */
static enum status check_private(const struct session *s, const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? check_mode(s, path, &st) : DONE;
}

/* Such a "name" must not be said, nor looked for. */
static enum status refuse_key_for_name(const struct session *s, const char *path)
{
    if (!strstr(path, "AGE-SECRET-KEY-") && !strstr(path, "-----BEGIN "))
        return DONE;
    say_error(LOCKED, "a key was given where the name of an identity file is expected");
    say_hint("VAULT_IDENTITY takes the key itself");
    hint_grant(s);
    return LOCKED;
}

/* Says the error of a credential that could not be added; `name` in front, if it is not in it. */
static enum status unusable_error(const struct session *s, vault_err err, const char *name)
{
    if (err == VAULT_NO_MEMORY)
        return say_vault_error(s->v, err);
    say_error(LOCKED, "%s%s%s", name ? name : "", name ? ": " : "", vault_error(s->v));
    say_hint_of(s->v);
    hint_grant(s);
    return LOCKED;
}

static enum status add_identity(struct session *s, const char *path)
{
    vault_err err = vault_add_identity_file(s->v, path);

    return err == VAULT_OK ? DONE : unusable_error(s, err, NULL);
}

static enum status add_identity_file(struct session *s, const char *path)
{
    enum status status = refuse_key_for_name(s, path);

    if (status == DONE)
        status = check_private(s, path);
    return status == DONE ? add_identity(s, path) : status;
}

enum { PASSPHRASE_FILE_MAX = 1 << 16 };

/* `name` is of where it stood. */
static enum status add_passphrase(struct session *s, struct slice passphrase, const char *name)
{
    vault_err err = vault_add_passphrase(s->v, passphrase.at, passphrase.len);

    if (err != VAULT_OK)
        return unusable_error(s, err, name);
    buf_clear(&s->passphrase);
    buf_add_slice(&s->passphrase, passphrase);
    return buf_ok(&s->passphrase) ? DONE : say_no_memory();
}

/* The first line of the file. */
static enum status add_passphrase_file(struct session *s, const char *path)
{
    struct buf text = BUF_SECRET;
    enum status status = check_private(s, path);
    const char *end, *why = NULL;

    if (status == DONE && (why = read_given(path, PASSPHRASE_FILE_MAX, &text)) && !buf_ok(&text)) {
        status = say_no_memory();
    } else if (why) {
        status = say_error(LOCKED, "cannot read %.200s: %s", path, why);
        hint_grant(s);
    }
    if (status == DONE) {
        end = memchr(buf_slice(&text).at, '\n', text.len);
        if (end)
            text.len = (size_t)(end - text.data);
        if (text.len > 0 && text.data[text.len - 1] == '\r')
            text.len--;
        status = add_passphrase(s, buf_slice(&text), path);
    }
    buf_free(&text);
    return status;
}

static enum status add_from_flags(struct session *s, bool *any)
{
    enum status status = DONE;

    for (int i = 0; i < s->args->given_count && status == DONE; i++) {
        const struct given *g = &s->args->given[i];

        if (g->opt == OPT_IDENTITY)
            status = add_identity_file(s, g->value);
        else if (g->opt == OPT_PASSPHRASE_FILE)
            status = add_passphrase_file(s, g->value);
        else
            continue;
        *any = true;
    }
    return status;
}

static enum status add_from_variables(struct session *s, bool *any)
{
    static const char *const names[] = {"VAULT_IDENTITY", "VAULT_IDENTITY_FILE", "VAULT_PASSPHRASE",
                                        "VAULT_PASSPHRASE_FILE"};
    enum status status = DONE;

    for (int i = 0; i < 4 && status == DONE; i++) {
        const char *value = given_variable(names[i]);
        vault_err err = VAULT_OK;

        note_empty(names[i]);
        if (!value)
            continue;
        *any = true;
        if (i == 0)
            err = vault_add_identity(s->v, value, strlen(value));
        else if (i == 2)
            status = add_passphrase(s, slice_of(value), names[i]);
        else
            status = i == 1 ? add_identity_file(s, value) : add_passphrase_file(s, value);
        if (err != VAULT_OK)
            status = unusable_error(s, err, names[i]);
        if (err != VAULT_OK && err != VAULT_NO_MEMORY)
            say_hint("VAULT_IDENTITY takes the key itself; VAULT_IDENTITY_FILE names a file");
    }
    return status;
}

/* One that cannot even be looked for may be there: that is said. */
static bool is_there(const char *path, struct stat *st)
{
    if (path && stat(path, st) == 0)
        return true;
    if (path && errno == EACCES)
        say_note("cannot look for %s: %s", path, strerror(EACCES));
    return false;
}

/* What unlock keeps. What else stands there under that name is none of ours. */
static enum status add_from_keyring(struct session *s)
{
    struct buf text = BUF_SECRET;
    vault_err err = VAULT_OK;

    if (keyring_read(vault_id(s->v), &text))
        err = vault_add_identity(s->v, text.data, text.len);
    if (!buf_ok(&text))
        err = VAULT_NO_MEMORY;
    buf_free(&text);
    if (err == VAULT_NO_MEMORY)
        return say_no_memory();
    if (err != VAULT_OK)
        say_note("what the keyring keeps is no identity: vault lock clears it away");
    return DONE;
}

/* An SSH key that cannot be used is none: it was made for something else. */
static enum status add_from_ssh(struct session *s, const char *path)
{
    struct stat st;
    vault_err err = is_there(path, &st) ? vault_add_identity_file(s->v, path) : VAULT_ABSENT;

    if (err == VAULT_NO_MEMORY)
        return say_vault_error(s->v, err);
    return err == VAULT_OK ? check_mode(s, path, &st) : DONE;
}

static enum status add_from_places(struct session *s)
{
    const char *home = given_variable("HOME");
    char *identity = NULL, *ssh = home ? file_join(home, ".ssh/id_ed25519") : NULL;
    struct stat st;
    enum status status = home && !ssh ? say_no_memory() : DONE;

    if (status == DONE)
        status = config_path("identity", &identity);
    if (status == DONE && is_there(identity, &st)) {
        status = check_mode(s, identity, &st);
        if (status == DONE)
            status = add_identity(s, identity);
    }
    if (status == DONE)
        status = add_from_ssh(s, ssh);
    free(identity);
    free(ssh);
    return status;
}

static int ask_passphrase(void *user, const char *env, const char *readers, int attempt,
                          char *answer, size_t size)
{
    struct buf text = BUF_SECRET;
    char question[256];
    int len = -1;

    (void)user;
    if (attempt == 0 && !terminal_is_there())
        return VAULT_NOBODY;
    snprintf(question, sizeof question,
             "%spassphrase of %.100s for %s: ", attempt ? "that does not open it; " : "", readers,
             env);
    if (terminal_ask_hidden(question, &text) && text.len <= size) {
        memcpy(answer, buf_slice(&text).at, text.len);
        len = (int)text.len;
    }
    buf_free(&text);
    return len;
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
        return DONE;
    if (!text_number(slice_of(given), UINT_MAX, &factor))
        factor = 0; /* which is none */
    err = vault_set_work_factor(s->v, (unsigned)factor);
    return err == VAULT_OK ? DONE : say_vault_error(s->v, err);
}

/* Flags before variables before places; what was given and opens nothing is an error. */
static enum status find_keys(struct session *s)
{
    bool any = false;
    enum status status = allow_work(s);

    if (status == DONE)
        status = add_from_flags(s, &any);
    if (status == DONE && !any)
        status = add_from_variables(s, &any);
    s->key_given = any;
    if (status != DONE || any)
        return status;
    status = add_from_keyring(s);
    if (status == DONE)
        status = add_from_places(s);
    if (status == DONE)
        session_may_ask(s);
    return status;
}

/* What git is told is not meant for us: one that cannot be an author is passed over. */
static enum status find_author(struct session *s)
{
    const char *ours = given_variable("VAULT_AUTHOR"), *gits = given_variable("GIT_AUTHOR_EMAIL");
    vault_err err = VAULT_OK;

    if (s->args->verb->flags & READS)
        return DONE;
    if (ours || gits)
        err = vault_set_author(s->v, ours ? ours : gits);
    if (err == VAULT_NO_MEMORY)
        return say_vault_error(s->v, err);
    if (ours && err != VAULT_OK)
        return say_error(USAGE, "VAULT_AUTHOR: %s", vault_error(s->v));
    if (err != VAULT_OK)
        say_note("GIT_AUTHOR_EMAIL is passed over: %s", vault_error(s->v));
    return DONE;
}

static void tell(void *user, const char *sentence)
{
    (void)user;
    say_note("%s", sentence);
}

void session_listen(struct session *s, bool listens)
{
    vault_set_notice(s->v, listens ? tell : NULL, NULL);
}

enum status session_open(struct session *s, const struct args *args, enum needs needs)
{
    bool versions = needs == NEEDS_VERSIONS || needs == NEEDS_ANY_KEY;
    enum status status;
    vault_err err;

    *s = (struct session){.args = args, .v = vault_new(), .passphrase = BUF_SECRET};
    if (!s->v)
        return say_no_memory();
    session_listen(s, true);
    status = find_env(s);
    if (status == DONE)
        status = find_file(s, needs);
    if (status == DONE)
        status = find_pins(s, versions);
    if (status == DONE)
        status = find_author(s);
    if (status == DONE && needs != NEEDS_PATH)
        status = session_cage(s);
    if (status != DONE || needs == NEEDS_PATH)
        return status;
    if (needs != NEEDS_NEW_FILE && needs != NEEDS_PLACE && s->path) {
        err = vault_open(s->v, s->path);
        if (err != VAULT_OK && (!versions || err == VAULT_NO_MEMORY))
            status = session_error(s, err);
    }
    if (status == DONE && needs != NEEDS_FILE)
        status = find_keys(s);
    if (status == DONE && needs != NEEDS_FILE)
        busy_begin();
    return status;
}

void session_close(struct session *s)
{
    busy_end();
    vault_free(s->v);
    buf_free(&s->passphrase);
    free(s->path);
}

enum status session_save(struct session *s)
{
    bool changed = vault_changed(s->v) != 0;
    vault_err err;

    child_hold_signals(); /* none ends us while there is a temporary file */
    err = vault_save(s->v);
    child_release_signals();
    if (err != VAULT_OK)
        return session_error(s, err);
    if (!changed)
        say_note("nothing was changed: it is so already");
    return DONE;
}

/* ---- errors ---- */

static void hint_near_env(struct session *s)
{
    const char **names = NULL, *near;
    size_t count;

    if (vault_env_list(s->v, &names, &count) != VAULT_OK)
        return;
    near = nearest(s->env, names, count);
    if (near && strcmp(near, s->env) != 0)
        say_hint("there is %s", near);
    else
        say_hint("vault env list");
    vault_release(names);
}

/* Who has no key makes one, and passes on the line that then stands here. */
static enum status say_locked(struct session *s, vault_err err)
{
    say_error(LOCKED, "%s", vault_error(s->v));
    if (err == VAULT_NO_CREDENTIAL)
        say_hint("vault keygen makes a key of your own");
    if (has_hint(s->v))
        say_hint_of(s->v);
    else
        hint_grant(s);
    return LOCKED;
}

enum status session_error(struct session *s, vault_err err)
{
    enum status status = err == VAULT_NO_CREDENTIAL || err == VAULT_LOCKED
                             ? say_locked(s, err)
                             : say_vault_error(s->v, err);
    const char **names = NULL;
    size_t count;
    bool env_is_there = false;

    if (err != VAULT_ABSENT || has_hint(s->v) || vault_env_list(s->v, &names, &count) != VAULT_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        env_is_there = env_is_there || strcmp(names[i], s->env) == 0;
    vault_release(names);
    if (!env_is_there)
        hint_near_env(s);
    return status;
}
