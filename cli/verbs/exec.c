/* exec: replaces this process by the command, with the secrets in its environment. MUST: start
 * nothing unless everything verifies. MUST NOT: let a value reach argv, a message or any process
 * but the command, or let the command inherit a descriptor of ours. */
#include "selection.h"

#include "dangerous.h"
#include "run/child.h"
#include "run/opener.h"
#include "run/private.h"
#include "run/redact.h"
#include "table.h"
#include "ui/agent.h"
#include "ui/say.h"

#include "find/redact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct plan {
    struct selection g;
    struct private_folder folder; /* of --files */
    const char **files;           /* a path for each value */
    struct arena arena;           /* of the paths */
    struct redact *redact;        /* of --redact */
    vault_variables *variables;
};

/* Makes the command's environment. MUST: before a value is written to a file, so that a refusal
 * leaves no file. */
static enum status make_environment(struct plan *p)
{
    const struct args *args = p->g.s.args;
    size_t count = 0;
    const char **allowed =
        args_has(args, OPT_ALLOW_DANGEROUS) ? args_names(args, OPT_ALLOW_DANGEROUS, &count) : NULL;
    vault_environ_rules rules = {.size = sizeof rules,
                                 .is_clean = args_has(args, OPT_CLEAN),
                                 .keeps_present = args_has(args, OPT_NO_OVERRIDE),
                                 .allowed = allowed,
                                 .allowed_count = count,
                                 .files = p->files};
    vault_err err;

    if (!allowed && args_has(args, OPT_ALLOW_DANGEROUS))
        return STATUS_FAILED;
    err = vault_environ(p->g.s.v, p->g.selection, &rules, &p->variables);
    free(allowed);
    return err == VAULT_OK ? STATUS_OK : say_vault_error(p->g.s.v, err);
}

static const char *largest(const struct plan *p)
{
    const char *name = "";
    size_t len = 0;

    for (size_t i = 0; i < p->g.count; i++) {
        const vault_selected *value = vault_selection_at(p->g.selection, i);

        if (i == 0 || value->len > len) {
            name = value->name;
            len = value->len;
        }
    }
    return name;
}

/* Makes the folder, and chooses the path of each value, which NAME_FILE will contain. */
static enum status name_files(struct plan *p)
{
    const char *folder = args_last(p->g.s.args, OPT_FILES);
    enum status status = folder ? private_make_in(&p->folder, folder)
                                : private_make(&p->folder, args_has(p->g.s.args, OPT_ALLOW_DISK));

    if (status == STATUS_OK && !(p->files = calloc(p->g.count + 1, sizeof *p->files)))
        status = say_no_memory();
    for (size_t i = 0; i < p->g.count && status == STATUS_OK; i++) {
        const char *name = vault_selection_at(p->g.selection, i)->name;
        size_t size = sizeof p->folder.path + strlen(name) + 1;
        char *path = arena_alloc(&p->arena, size);

        if (path && private_path(&p->folder, name, path, size))
            p->files[i] = path;
        else
            status = say_no_memory();
    }
    return status;
}

static enum status write_files(struct plan *p)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; p->files && i < p->g.count && status == STATUS_OK; i++) {
        const vault_selected *value = vault_selection_at(p->g.selection, i);

        status = private_write(&p->folder, value->name, (struct slice){value->value, value->len});
    }
    return status;
}

/* Names values that are too short to be masked, so that nobody relies on it. */
static void note_short(const struct plan *p)
{
    struct buf names = {0};

    for (size_t i = 0; i < p->g.count; i++) {
        const vault_selected *e = vault_selection_at(p->g.selection, i);

        if (e->len > 0 && e->len < REDACT_LEAST && e->kind != VAULT_KIND_OPEN)
            buf_printf(&names, "%s%s/%s", names.len ? ", " : "", e->secret, e->key);
    }
    if (names.len > 0)
        say_note("not masked, since shorter than %d bytes: %s", REDACT_LEAST,
                 buf_text(&names, "…"));
    buf_free(&names);
}

static enum status make_redact(struct plan *p)
{
    struct redact_value *values;
    const vault_selected *source;
    size_t count = 0, sources = 0;

    while (vault_selection_source_at(p->g.selection, sources))
        sources++;
    values = calloc(p->g.count + sources + 1, sizeof *values);

    for (size_t i = 0; values && i < p->g.count; i++) {
        const vault_selected *e = vault_selection_at(p->g.selection, i);

        if (e->kind != VAULT_KIND_OPEN)
            values[count++] =
                (struct redact_value){slice_of(e->secret), slice_of(e->key), {e->value, e->len}};
    }
    for (size_t i = 0; values && (source = vault_selection_source_at(p->g.selection, i)); i++)
        if (source->kind != VAULT_KIND_OPEN)
            values[count++] = (struct redact_value){
                slice_of(source->secret), slice_of(source->key), {source->value, source->len}};
    if (values)
        p->redact = redact_make(values, count);
    free(values);
    if (!p->redact)
        return say_no_memory();
    note_short(p);
    return STATUS_OK;
}

/* What a coding agent runs is masked where the agent reads along. */
static bool is_masked(const struct args *args)
{
    const char *variable = agent_variable();
    bool reads_along = !redact_is_file(STDOUT_FILENO) || !redact_is_file(STDERR_FILENO);

    if (args_has(args, OPT_REDACT))
        return true;
    if (!variable || !reads_along)
        return false;
    say_note("values are masked in what the command prints: a coding agent runs it, as %s says",
             variable);
    return true;
}

static int run_command(struct plan *p, char *const *command, char **variables)
{
    if (p->redact)
        return redact_run(p->redact, !args_has(p->g.s.args, OPT_REDACT), command, variables);
    if (p->folder.path[0])
        return child_run(command, variables);
    return (int)child_become(command, variables);
}

static int start_plan(struct plan *p)
{
    bool replaced = !p->redact && !p->folder.path[0];
    int status = run_command(p, p->g.s.args->command, (char **)vault_variables_list(p->variables));

    if (replaced && status == (int)STATUS_EXEC_FAILED) {
        say_error(STATUS_EXEC_FAILED, "the environment would be too long; %s has the longest value",
                  largest(p));
        say_hint("--files passes the values in files");
    }
    return status;
}

static enum status prepare_plan(struct plan *p, const struct args *args)
{
    enum status status = selection_open(&p->g, args);

    opener_stop(); /* the command must not have a child that it did not start */
    if (status == STATUS_OK && is_masked(args))
        status = make_redact(p);
    if (status == STATUS_OK && (args_has(args, OPT_FILES) || p->redact))
        child_hold_signals();
    if (status == STATUS_OK && args_has(args, OPT_FILES))
        status = name_files(p);
    NEXT(status, make_environment(p));
    return status == STATUS_OK ? write_files(p) : status;
}

enum status run_exec(const struct args *args)
{
    struct plan p = {.arena = ARENA_PUBLIC};
    int result = STATUS_EXEC_FAILED;

    if (!args->command || !args->command[0]) {
        say_error(STATUS_EXEC_FAILED, "no command given after --");
        if (args->count > 0) /* only its first word: an argument may be secret */
            say_hint("if %.80s is the command: {program} exec -- %.80s …", args->operands[0],
                     args->operands[0]);
        else
            say_hint("{program} exec -- env");
        return STATUS_EXEC_FAILED;
    }
    if (prepare_plan(&p, args) == STATUS_OK)
        result = start_plan(&p);
    if (private_remove(&p.folder) != STATUS_OK && result == (int)STATUS_OK)
        result = STATUS_EXEC_FAILED;
    child_release_signals();
    redact_free(p.redact);
    vault_variables_free(p.variables);
    free(p.files);
    arena_free(&p.arena);
    selection_close(&p.g);
    return (enum status)result;
}
