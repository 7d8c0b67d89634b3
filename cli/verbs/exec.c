/* exec: the program is replaced by the command, with the secrets in its environment.
 *
 * MUST: nothing is started unless all is right. MUST NOT: a value reaches argv, a message, or a
 * process that is not the command; a descriptor of ours reaches the command. */
#include "gather.h"

#include "dangerous.h"
#include "run/child.h"
#include "run/private.h"
#include "run/redact.h"
#include "table.h"
#include "ui/say.h"

#include "find/redact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum {
    ONE_STRING_MAX = 131072, /* Linux: MAX_ARG_STRLEN, with its zero byte */
    FINAL_MAX = 2 * VAULT_VARIABLE_MAX + sizeof "_FILE" /* prefix, key, suffix */
};

struct plan {
    struct gathered g;
    struct private_folder folder; /* of --files */
    struct redact *redact;        /* of --redact */
};

/* The name that the command sees. */
static const char *final_name(const struct plan *p, const struct entry *e, char *room)
{
    if (!args_has(p->g.s.args, OPT_FILES))
        return e->name;
    snprintf(room, FINAL_MAX, "%s_FILE", e->name);
    return room;
}

static enum status check_name(const struct plan *p, const struct entry *e)
{
    char room[FINAL_MAX];
    const char *name = final_name(p, e, room), *program = dangerous_to(name);

    if (!program || args_lists(p->g.s.args, OPT_ALLOW_DANGEROUS, name))
        return DONE;
    say_error(EXEC_FAILED, "%s/%s would set %s, which makes %s run other code", e->secret,
              gather_key(&p->g, e), name, program);
    say_hint("--except %s leaves it out; --allow-dangerous=%s sets it", gather_key(&p->g, e), name);
    return EXEC_FAILED;
}

/* That an environment can carry it. */
static enum status check_value(const struct plan *p, const struct entry *e)
{
    if (memchr(e->value, '\0', e->len)) {
        say_error(EXEC_FAILED, "%s/%s holds a zero byte, which no environment can carry", e->secret,
                  e->name);
        say_hint("--files puts the values into files");
        return EXEC_FAILED;
    }
    if (strlen(e->name) + 1 + e->len + 1 > ONE_STRING_MAX) {
        say_error(EXEC_FAILED, "%s/%s is too long for an environment", e->secret, e->name);
        say_hint("--files puts the values into files; --except %s leaves it out",
                 gather_key(&p->g, e));
        return EXEC_FAILED;
    }
    return DONE;
}

static enum status check_entries(const struct plan *p)
{
    bool in_files = args_has(p->g.s.args, OPT_FILES);
    enum status status = DONE;

    for (size_t i = 0; i < p->g.count && status == DONE; i++) {
        status = check_name(p, &p->g.entries[i]);
        if (status == DONE && !in_files)
            status = check_value(p, &p->g.entries[i]);
    }
    return status;
}

/* ---- the environment ---- */

static const struct entry *find_entry(const struct plan *p, const char *variable)
{
    const char *equals = strchr(variable, '=');
    size_t len = equals ? (size_t)(equals - variable) : strlen(variable), low = 0,
           high = p->g.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(p->g.entries[middle].name, variable, len);

        if (order == 0)
            order = p->g.entries[middle].name[len] != '\0';
        if (order == 0)
            return &p->g.entries[middle];
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

    for (size_t i = 0; i < p->g.count; i++)
        if (!p->g.entries[i].variable)
            size += arena_room(strlen(p->g.entries[i].name) + 1 + p->g.entries[i].len + 1);
    return size == 0 || arena_reserve(&p->g.arena, size);
}

static char *assignment(struct plan *p, const struct entry *e)
{
    size_t name = strlen(e->name);
    char *text;

    if (e->variable)
        return (char *)e->variable; /* execve changes none */
    text = arena_alloc(&p->g.arena, name + 1 + e->len + 1);
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
    bool keep = args_has(p->g.s.args, OPT_NO_OVERRIDE);
    size_t ours = 0, n = 0;
    char **all;

    while (environ[ours])
        ours++;
    all = reserve(p) ? calloc(ours + p->g.count + 1, sizeof *all) : NULL;
    for (size_t i = 0; all && i < ours; i++) {
        const struct entry *e = find_entry(p, environ[i]);

        if (!is_inherited(p->g.s.args, environ[i]) || (e && !keep))
            continue;
        if (e)
            p->g.entries[e - p->g.entries].secret = NULL; /* stays as it is */
        all[n++] = environ[i];
    }
    for (size_t i = 0; all && i < p->g.count; i++) {
        if (!p->g.entries[i].secret)
            continue;
        all[n] = assignment(p, &p->g.entries[i]);
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

    for (size_t i = 0; i < p->g.count; i++)
        if (!found || p->g.entries[i].len > found->len)
            found = &p->g.entries[i];
    return found ? found->name : "";
}

/* Puts each value into a file, which K_FILE names. */
static enum status to_files(struct plan *p)
{
    const char *folder = args_last(p->g.s.args, OPT_FILES);
    enum status status = folder ? private_make_in(&p->folder, folder)
                                : private_make(&p->folder, args_has(p->g.s.args, OPT_ALLOW_DISK));

    for (size_t i = 0; i < p->g.count && status == DONE; i++) {
        struct entry *e = &p->g.entries[i];
        size_t name_size = strlen(e->name) + sizeof "_FILE";
        size_t path_size = sizeof p->folder.path + name_size;
        char *name = arena_alloc(&p->g.arena, name_size),
             *path = arena_alloc(&p->g.arena, path_size);

        if (!name || !path || !private_path(&p->folder, e->name, path, path_size)) {
            return say_no_memory();
        }
        status = private_write(&p->folder, e->name, (struct slice){e->value, e->len});
        snprintf(name, name_size, "%s_FILE", e->name);
        e->name = name;
        e->value = path;
        e->variable = NULL;
        e->len = strlen(path);
    }
    gather_sort(&p->g);
    return status;
}

/* What is too short to be masked is named, or one would rely on it. */
static void note_short(const struct plan *p)
{
    struct buf names = {0};

    for (size_t i = 0; i < p->g.count; i++)
        if (p->g.entries[i].len > 0 && p->g.entries[i].len < REDACT_LEAST)
            buf_printf(&names, "%s%s/%s", names.len ? ", " : "", p->g.entries[i].secret,
                       gather_key(&p->g, &p->g.entries[i]));
    buf_add(&names, "", 1);
    if (names.len > 1 && buf_ok(&names))
        say_note("not masked, being shorter than %d bytes: %s", REDACT_LEAST, names.data);
    buf_free(&names);
}

/* Before the values are put into files: it is they that are masked. */
static enum status make_redact(struct plan *p)
{
    struct redact_value *values = calloc(p->g.count + 1, sizeof *values);

    for (size_t i = 0; values && i < p->g.count; i++) {
        const struct entry *e = &p->g.entries[i];

        values[i] = (struct redact_value){
            slice_of(e->secret), slice_of(gather_key(&p->g, e)), {e->value, e->len}};
    }
    if (values)
        p->redact = redact_make(values, p->g.count);
    free(values);
    if (!p->redact)
        return say_no_memory();
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
    char **command = p->g.s.args->command;
    char **all = make_environment(p);
    bool replaced = !p->redact && !p->folder.path[0];
    int status;

    if (!all) {
        say_no_memory();
        return EXEC_FAILED;
    }
    status = run_command(p, command, all);
    if (replaced && status == (int)EXEC_FAILED) {
        say_error(EXEC_FAILED, "the environment would be too long; the longest value is %s's",
                  largest(p));
        say_hint("--files puts the values into files");
    }
    free(all);
    return status;
}

static enum status prepare(struct plan *p, const struct args *args)
{
    enum status status = gather_open(&p->g, args);

    if (status == DONE)
        status = check_entries(p);
    if (status == DONE && args_has(args, OPT_REDACT))
        status = make_redact(p);
    if (status == DONE && (args_has(args, OPT_FILES) || p->redact))
        child_hold_signals();
    if (status == DONE && args_has(args, OPT_FILES))
        status = to_files(p);
    return status;
}

enum status run_exec(const struct args *args)
{
    struct plan p = {0};
    int result = EXEC_FAILED;

    if (!args->command || !args->command[0]) {
        say_error(EXEC_FAILED, "what is to be run stands behind --");
        say_hint("vault exec -- env");
        return EXEC_FAILED;
    }
    if (prepare(&p, args) == DONE)
        result = start(&p);
    if (private_remove(&p.folder) != DONE && result == (int)DONE)
        result = EXEC_FAILED;
    child_release_signals();
    redact_free(p.redact);
    gather_close(&p.g);
    return (enum status)result;
}
