/* exec: the program is replaced by the command, with the secrets in its environment.
 *
 * MUST: nothing is started unless all is right. MUST NOT: a value reaches argv, a message, or a
 * process that is not the command; a descriptor of ours reaches the command. */
#include "cli.h"

#include "../lib/redact.h"
#include "../lib/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;

enum { ONE_STRING_MAX = 131072, HEADROOM = 4096 }; /* Linux: MAX_ARG_STRLEN, with its zero byte */

/* A variable for the command, and which secret it is of. */
struct entry {
    const char *name, *value;
    size_t len;
    const char *variable; /* NAME=VALUE, if that is there already */
    const char *secret;
    size_t order;
};

struct plan {
    struct session s;
    struct arena arena;
    vault_kv **sets;
    size_t set_count;
    vault_secret_entry *all; /* the secrets' names, if none was named */
    struct entry *entries;
    size_t count;
    struct private_folder folder; /* of --files */
    struct redact *redact;        /* of --redact */
};

static bool is_in_list(const char *name, const char *list)
{
    size_t len = strlen(name);

    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0'))
            return true;
    }
    return false;
}

/* Whether the option, which may be repeated, lists the name. */
static bool is_listed(const struct args *a, enum opt opt, const char *name)
{
    for (int i = 0; i < a->given_count; i++)
        if (a->given[i].opt == opt && is_in_list(name, a->given[i].value))
            return true;
    return false;
}

static bool is_wanted(const struct args *a, const char *name)
{
    return (!args_has(a, OPT_ONLY) || is_listed(a, OPT_ONLY, name)) &&
           !is_listed(a, OPT_EXCEPT, name);
}

/* Names that change what a program, a shell or the loader does before the command has a say. */
static bool is_dangerous(const char *name)
{
    static const char *const names[] = {"PATH",      "IFS",      "ENV", "BASH_ENV",
                                        "SHELLOPTS", "BASHOPTS", "PS4", "GCONV_PATH"};

    if (strncmp(name, "LD_", 3) == 0 || strncmp(name, "DYLD_", 5) == 0)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static enum status add_set(struct plan *p, const char *secret)
{
    vault_err err = vault_secret_get(p->s.v, p->s.env, secret, NULL, 0, &p->sets[p->set_count]);

    if (err != VAULT_OK)
        return key_path_error(&p->s, err, secret, NULL);
    p->count += vault_kv_count(p->sets[p->set_count++]);
    return DONE;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static const char *with_prefix(struct plan *p, const char *name)
{
    const char *prefix = args_last(p->s.args, OPT_PREFIX);
    size_t size = strlen(name) + (prefix ? strlen(prefix) : 0) + 1;
    char *whole = prefix ? arena_alloc(&p->arena, size) : NULL;

    if (whole)
        snprintf(whole, size, "%s%s", prefix, name);
    return prefix ? whole : name;
}

/* The key, which the command knows by its name: the prefix and the key. */
static const char *key_of(const struct plan *p, const struct entry *e)
{
    const char *prefix = args_last(p->s.args, OPT_PREFIX);

    return e->name + (prefix ? strlen(prefix) : 0);
}

/* Puts the values of all sets into one list, in the order of the names. */
static enum status gather(struct plan *p, const char *const *secrets)
{
    bool prefix = args_has(p->s.args, OPT_PREFIX);
    size_t n = 0;

    p->entries = calloc(p->count + 1, sizeof *p->entries);
    if (!p->entries)
        return say_error(EXEC_FAILED, "out of memory");
    for (size_t i = 0; i < p->set_count; i++)
        for (size_t j = 0; j < vault_kv_count(p->sets[i]); j++) {
            vault_pair pair = vault_kv_at(p->sets[i], j);

            if (!is_wanted(p->s.args, pair.name))
                continue;
            p->entries[n] =
                (struct entry){.name = with_prefix(p, pair.name),
                               .value = pair.value,
                               .len = pair.len,
                               .variable = prefix ? NULL : vault_kv_variable(p->sets[i], j),
                               .secret = secrets[i],
                               .order = n};
            if (!p->entries[n++].name)
                return say_error(EXEC_FAILED, "out of memory");
        }
    p->count = n;
    if (p->set_count > 1) /* one is in order */
        qsort(p->entries, n, sizeof *p->entries, compare_entries);
    return DONE;
}

/* Of several with one name the last stays; where no order was said they must be the same. */
static enum status settle(struct plan *p, bool ordered)
{
    size_t kept = 0;

    for (size_t i = 0; p->entries && i < p->count; i++) {
        const struct entry *e = &p->entries[i], *next = i + 1 < p->count ? e + 1 : NULL;

        if (next && strcmp(e->name, next->name) == 0) {
            if (!ordered && (e->len != next->len || memcmp(e->value, next->value, e->len) != 0)) {
                say_error(EXEC_FAILED, "%s is defined differently by %s and %s", e->name, e->secret,
                          next->secret);
                say_hint("name the secrets in the order you want: the later one wins");
                return EXEC_FAILED;
            }
            continue;
        }
        p->entries[kept++] = *e;
    }
    p->count = kept;
    return DONE;
}

static enum status check_entries(const struct plan *p)
{
    bool allowed = args_has(p->s.args, OPT_ALLOW_DANGEROUS);
    bool in_files = args_has(p->s.args, OPT_FILES);

    for (size_t i = 0; i < p->count; i++) {
        const struct entry *e = &p->entries[i];

        if (is_dangerous(e->name) && !allowed) {
            say_error(EXEC_FAILED, "%s/%s would change how programs are run", e->secret, e->name);
            say_hint("--except %s leaves it out; --allow-dangerous sets it", key_of(p, e));
            return EXEC_FAILED;
        }
        if (in_files)
            continue;
        if (memchr(e->value, '\0', e->len)) {
            say_error(EXEC_FAILED, "%s/%s holds a zero byte, which no environment can carry",
                      e->secret, e->name);
            say_hint("--files puts the values into files");
            return EXEC_FAILED;
        }
        if (strlen(e->name) + 1 + e->len + 1 > ONE_STRING_MAX) {
            say_error(EXEC_FAILED, "%s/%s is too long for an environment", e->secret, e->name);
            say_hint("--files puts the values into files; --except %s leaves it out", key_of(p, e));
            return EXEC_FAILED;
        }
    }
    return DONE;
}

static enum status check_required(const struct plan *p)
{
    size_t count;
    const char **names = args_names(p->s.args, OPT_REQUIRE, &count);
    struct buf missing = {0};
    enum status status = names ? DONE : EXEC_FAILED;

    if (names && count == 0 && args_has(p->s.args, OPT_REQUIRE))
        status = say_error(EXEC_FAILED, "--require names no key");
    for (size_t i = 0; names && i < count; i++) {
        bool found = false;

        for (size_t j = 0; j < p->count && !found; j++)
            found = strcmp(key_of(p, &p->entries[j]), names[i]) == 0;
        if (!found)
            buf_printf(&missing, "%s%.80s", missing.len ? ", " : "", names[i]);
    }
    buf_add(&missing, "", 1);
    if (missing.len > 1)
        status = say_error(EXEC_FAILED, "required, and not in %s: %s", p->s.env,
                           buf_ok(&missing) ? missing.data : "");
    buf_free(&missing);
    free(names);
    return status;
}

/* The key that is most like one that no secret has. */
static void hint_near_key(const struct plan *p, const char *name)
{
    const char **names = calloc(p->count + 1, sizeof *names), *near;
    size_t n = 0;

    for (size_t i = 0; names && i < p->set_count; i++)
        for (size_t j = 0; j < vault_kv_count(p->sets[i]); j++)
            names[n++] = vault_kv_at(p->sets[i], j).name;
    near = names ? nearest(name, names, n) : NULL;
    if (near)
        say_hint("there is %s", near);
    else
        say_hint("vault list -e %s", p->s.env);
    free(names);
}

/* A name that is mistyped would let through, or leave out, another key than was meant. */
static enum status check_list(const struct plan *p, enum opt opt)
{
    size_t count;
    const char **names = args_names(p->s.args, opt, &count);
    enum status status = names ? DONE : EXEC_FAILED;

    if (names && count == 0 && args_has(p->s.args, opt))
        status = say_error(EXEC_FAILED, "--%s names no key", options[opt].name);
    for (size_t i = 0; names && i < count && status == DONE; i++) {
        bool found = false;

        for (size_t j = 0; j < p->set_count && !found; j++)
            found = vault_kv_get(p->sets[j], names[i], NULL) != NULL;
        if (found)
            continue;
        status = say_error(EXEC_FAILED, "--%s: there is no key %.80s in %s", options[opt].name,
                           names[i], p->s.env);
        hint_near_key(p, names[i]);
    }
    free(names);
    return status;
}

/* ---- the environment ---- */

static const struct entry *find_entry(const struct plan *p, const char *variable)
{
    const char *equals = strchr(variable, '=');
    size_t len = equals ? (size_t)(equals - variable) : strlen(variable), low = 0, high = p->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(p->entries[middle].name, variable, len);

        if (order == 0)
            order = p->entries[middle].name[len] != '\0';
        if (order == 0)
            return &p->entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool is_variable(const char *variable, const char *const *names)
{
    for (; *names; names++) {
        size_t len = strlen(*names);

        if (strncmp(variable, *names, len) == 0 && variable[len] == '=')
            return true;
    }
    return false;
}

/* What stays of our own environment: not the keys to the vault. */
static bool is_inherited(const struct args *a, const char *variable)
{
    static const char *const always[] = {"PATH",   "HOME", "USER", "LOGNAME", "SHELL", "TERM",
                                         "TMPDIR", "TZ",   "LANG", "LC_ALL",  NULL};

    if (!child_may_inherit(variable))
        return false;
    return !args_has(a, OPT_CLEAN) || is_variable(variable, always);
}

/* One guarded block for all assignments that are to be made. */
static bool reserve(struct plan *p)
{
    size_t size = 0;

    for (size_t i = 0; i < p->count; i++)
        if (!p->entries[i].variable)
            size += arena_room(strlen(p->entries[i].name) + 1 + p->entries[i].len + 1);
    return size == 0 || arena_reserve(&p->arena, size);
}

static char *assignment(struct plan *p, const struct entry *e)
{
    size_t name = strlen(e->name);
    char *text;

    if (e->variable)
        return (char *)e->variable; /* execve changes none */
    text = arena_alloc(&p->arena, name + 1 + e->len + 1);
    if (!text)
        return NULL;
    memcpy(text, e->name, name);
    text[name] = '=';
    memcpy(text + name + 1, e->value, e->len);
    text[name + 1 + e->len] = '\0';
    return text;
}

/* Ours without what is set anew, then the secrets. */
static char **make_environment(struct plan *p)
{
    bool keep = args_has(p->s.args, OPT_NO_OVERRIDE);
    size_t ours = 0, n = 0;
    char **all;

    while (environ[ours])
        ours++;
    all = reserve(p) ? calloc(ours + p->count + 1, sizeof *all) : NULL;
    for (size_t i = 0; all && i < ours; i++) {
        const struct entry *e = find_entry(p, environ[i]);

        if (!is_inherited(p->s.args, environ[i]) || (e && !keep))
            continue;
        if (e)
            ((struct entry *)(p->entries + (e - p->entries)))->secret = NULL; /* stays as it is */
        all[n++] = environ[i];
    }
    for (size_t i = 0; all && i < p->count; i++) {
        if (!p->entries[i].secret)
            continue;
        all[n] = assignment(p, &p->entries[i]);
        if (!all[n++]) {
            free(all);
            return NULL;
        }
    }
    return all;
}

static const char *largest(const struct plan *p)
{
    const struct entry *found = NULL;

    for (size_t i = 0; i < p->count; i++)
        if (!found || p->entries[i].len > found->len)
            found = &p->entries[i];
    return found ? found->name : "";
}

/* Puts each value into a file, which K_FILE names. */
static enum status to_files(struct plan *p)
{
    const char *folder = args_last(p->s.args, OPT_FILES);
    enum status status = folder ? private_make_in(&p->folder, folder)
                                : private_make(&p->folder, args_has(p->s.args, OPT_ALLOW_DISK));

    for (size_t i = 0; i < p->count && status == DONE; i++) {
        struct entry *e = &p->entries[i];
        size_t name_size = strlen(e->name) + sizeof "_FILE";
        size_t path_size = sizeof p->folder.path + name_size;
        char *name = arena_alloc(&p->arena, name_size), *path = arena_alloc(&p->arena, path_size);

        if (!name || !path || !private_path(&p->folder, e->name, path, path_size)) {
            say_error(FAILED, "out of memory");
            return FAILED;
        }
        status = private_write(&p->folder, e->name, (struct slice){e->value, e->len});
        snprintf(name, name_size, "%s_FILE", e->name);
        e->name = name;
        e->value = path;
        e->variable = NULL;
        e->len = strlen(path);
    }
    qsort(p->entries, p->count, sizeof *p->entries, compare_entries);
    return status;
}

/* What is too short to be masked is named, or one would rely on it. */
static void note_short(const struct plan *p)
{
    struct buf names = {0};

    for (size_t i = 0; i < p->count; i++)
        if (p->entries[i].len > 0 && p->entries[i].len < REDACT_LEAST)
            buf_printf(&names, "%s%s/%s", names.len ? ", " : "", p->entries[i].secret,
                       key_of(p, &p->entries[i]));
    buf_add(&names, "", 1);
    if (names.len > 1 && buf_ok(&names))
        say_note("not masked, being shorter than %d bytes: %s", REDACT_LEAST, names.data);
    buf_free(&names);
}

/* Before the values are put into files: it is they that are masked. */
static enum status make_redact(struct plan *p)
{
    struct redact_value *values = calloc(p->count + 1, sizeof *values);

    for (size_t i = 0; values && i < p->count; i++) {
        const struct entry *e = &p->entries[i];

        values[i] =
            (struct redact_value){slice_of(e->secret), slice_of(key_of(p, e)), {e->value, e->len}};
    }
    if (values)
        p->redact = redact_make(values, p->count);
    free(values);
    if (!p->redact)
        return say_error(EXEC_FAILED, "out of memory");
    note_short(p);
    return DONE;
}

static int run_command(struct plan *p, char *const *command, char **variables)
{
    if (p->redact)
        return redact_run(p->redact, command, variables);
    if (p->folder.path[0])
        return child_run(command, variables);
    return (int)child_become(command, variables);
}

static int start(struct plan *p)
{
    char **command = p->s.args->command;
    char **all = make_environment(p);
    bool replaced = !p->redact && !p->folder.path[0];
    int status;

    if (!all)
        return (int)say_error(EXEC_FAILED, "out of memory");
    status = run_command(p, command, all);
    if (replaced && status == (int)EXEC_FAILED) {
        say_error(EXEC_FAILED, "the environment would be too long; the longest value is %s's",
                  largest(p));
        say_hint("--files puts the values into files");
    }
    free(all);
    return status;
}

/* The values of one secret after the other; of all of them in their order if none was named. */
static enum status read_secrets(struct plan *p, const char *const *names, size_t count)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    enum status status = DONE;
    vault_err err;

    p->sets = calloc(count + 1, sizeof *p->sets);
    if (!p->sets)
        return say_error(EXEC_FAILED, "out of memory");
    for (size_t i = 0; i < count && status == DONE; i++) {
        busy_at(i, count);
        status = add_set(p, names[i]);
    }
    if (count == 0 && (err = vault_fingerprint(p->s.v, p->s.env, fingerprint)) != VAULT_OK)
        status = session_error(&p->s, err); /* an empty environment must open too */
    if (status == DONE)
        status = check_list(p, OPT_ONLY);
    if (status == DONE)
        status = check_list(p, OPT_EXCEPT);
    return status == DONE ? gather(p, names) : status;
}

static enum status read_all_secrets(struct plan *p)
{
    const char **names;
    size_t count;
    enum status status = EXEC_FAILED;
    vault_err err = vault_secret_list(p->s.v, p->s.env, NULL, 0, &p->all, &count);

    if (err != VAULT_OK)
        return session_error(&p->s, err);
    names = calloc(count + 1, sizeof *names);
    for (size_t i = 0; names && i < count; i++)
        names[i] = p->all[i].name;
    if (names)
        status = read_secrets(p, names, count);
    if (status == DONE)
        status = settle(p, false);
    free(names);
    return status;
}

static enum status prepare(struct plan *p)
{
    const struct args *a = p->s.args;
    const char *prefix = args_last(a, OPT_PREFIX);
    enum status status;

    if (prefix && !text_is_key(slice_of(prefix)))
        return say_error(EXEC_FAILED, "--prefix takes letters, digits and _, no digit in front");
    status = session_open(&p->s, a, NEEDS_KEY);
    if (status == DONE && a->count == 0)
        status = read_all_secrets(p);
    else if (status == DONE)
        status = read_secrets(p, a->operands, (size_t)a->count);
    if (status == DONE && a->count > 0)
        status = settle(p, true);
    if (status == DONE)
        status = check_required(p);
    if (status == DONE)
        status = check_entries(p);
    if (status == DONE && args_has(a, OPT_REDACT))
        status = make_redact(p);
    if (status == DONE && (args_has(a, OPT_FILES) || p->redact))
        child_hold_signals();
    if (status == DONE && args_has(a, OPT_FILES))
        status = to_files(p);
    return status;
}

enum status run_exec(const struct args *args)
{
    struct plan p = {.s = {.args = args}};
    int result = EXEC_FAILED;

    if (!args->command || !args->command[0]) {
        say_error(EXEC_FAILED, "what is to be run stands behind --");
        say_hint("vault exec -- env");
        return EXEC_FAILED;
    }
    if (prepare(&p) == DONE)
        result = start(&p);
    private_remove(&p.folder);
    child_release_signals();
    for (size_t i = 0; i < p.set_count; i++)
        vault_kv_free(p.sets[i]);
    free(p.sets);
    free(p.entries);
    redact_free(p.redact);
    vault_list_free(p.all);
    arena_free(&p.arena);
    session_close(&p.s);
    return (enum status)result;
}
