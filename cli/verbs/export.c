/* export: secrets as text in the format of another program. MUST: the text reads back as the same
 * values, or nothing is written. MUST NOT: a value reaches GitHub's log unmasked, or a file that
 * others can read. */
#include "selection.h"

#include "dangerous.h"
#include "git/output.h"
#include "table.h"
#include "ui/near.h"
#include "ui/say.h"

#include "text/format/format.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct export
{
    struct selection g;
    char *title; /* of a manifest */
    const struct format *format;
    struct format_set set;
    struct format_pair *pairs;
    struct format_verdict *verdicts;
    struct buf text;
};

/* What people type, whatever its case. */
static const char *format_name(const char *typed)
{
    static const struct {
        const char *typed, *name;
    } aliases[] = {{"env", "dotenv"},
                   {".env", "dotenv"},
                   {"bash", "sh"},
                   {"zsh", "sh"},
                   {"dash", "sh"},
                   {"shell", "sh"},
                   {"kubernetes", "k8s"},
                   {"k8s-secret", "k8s"},
                   {"secret", "k8s"},
                   {"yml", "yaml"},
                   {"terraform", "tfvars"},
                   {"tf", "tfvars"},
                   {"docker-compose", "compose"},
                   {"docker-env", "docker"},
                   {"nodejs", "node"},
                   {"js", "node"},
                   {"npm", "node"},
                   {"go", "godotenv"},
                   {"github-actions", "github"},
                   {"gha", "github"},
                   {"env.example", "example"}};

    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcasecmp(typed, aliases[i].typed) == 0)
            return aliases[i].name;
    for (size_t i = 0; i < format_count; i++)
        if (strcasecmp(typed, formats[i].name) == 0)
            return formats[i].name;
    return typed;
}

static enum status find_format(const struct args *args, const struct format **format)
{
    const char *name = args_last(args, OPT_FORMAT);
    struct near near;

    *format = name ? format_find(format_name(name)) : &formats[0];
    if (*format)
        return STATUS_OK;
    say_error(STATUS_USAGE, "no format %.40s", name);
    near_begin(&near, name);
    for (size_t i = 0; i < format_count; i++)
        near_offer(&near, formats[i].name);
    if (near.found[0])
        say_hint("--format=%s", near.found);
    say_hint("{program} help formats");
    return STATUS_USAGE;
}

static enum status make_set(struct export *e)
{
    const struct args *args = e->g.s.args;

    e->pairs = calloc(e->g.count + 1, sizeof *e->pairs);
    e->verdicts = calloc(e->g.count + 1, sizeof *e->verdicts);
    e->title = strdup(args->count == 1 ? args->operands[0] : e->g.s.env);
    if (!e->pairs || !e->verdicts || !e->title)
        return say_no_memory();
    for (char *comma = e->title; (comma = strchr(comma, ','));)
        *comma = '-'; /* between layers */
    for (size_t i = 0; i < e->g.count; i++) {
        const vault_selected *value = vault_selection_at(e->g.selection, i);

        e->pairs[i] = (struct format_pair){
            slice_of(value->name), {value->value, value->len}, value->kind == VAULT_KIND_OPEN};
        if (e->pairs[i].name.len > VAULT_VARIABLE_MAX)
            return say_error(STATUS_USAGE, "--prefix makes a name of over %d characters",
                             VAULT_VARIABLE_MAX);
    }
    e->set = (struct format_set){e->pairs, e->g.count, e->title};
    return STATUS_OK;
}

/* ---- refusals and notes ---- */

/* Hints at the formats that can express all of these values. */
static void hint_others(const struct export *e)
{
    static const char *const not_meant[] = {"github", "example"};
    struct format_verdict *verdicts = calloc(e->set.count + 1, sizeof *verdicts);
    struct buf names = {0};
    const char *first = NULL;
    struct err err;

    for (size_t i = 0; verdicts && i < format_count; i++) {
        struct buf text = BUF_SECRET;

        if (strcmp(formats[i].name, not_meant[0]) != 0 &&
            strcmp(formats[i].name, not_meant[1]) != 0 &&
            format_write(&formats[i], &e->set, &text, verdicts, &err) == ERR_OK) {
            if (first)
                buf_printf(&names, ", %s", formats[i].name);
            else
                first = formats[i].name;
        }
        buf_free(&text);
    }
    if (first)
        say_hint("{program} export --format=%s; formats that can express all of them: %s%s", first,
                 first, buf_text(&names, "…"));
    else
        say_hint("{program} exec --files passes them in files");
    buf_free(&names);
    free(verdicts);
}

static void note_cautions(const struct export *e)
{
    struct buf caution = {0};

    format_caution(&e->set, e->verdicts, &caution);
    if (caution.len > 0 && buf_ok(&caution))
        say_note("%.*s", (int)caution.len, caution.data);
    buf_free(&caution);
}

/* Only a note: whichever program reads the text will set them. */
static void note_dangerous(const struct export *e)
{
    struct buf names = {0};

    for (size_t i = 0; i < e->g.count; i++)
        dangerous_add(&names, vault_selection_at(e->g.selection, i)->name);
    if (names.len > 0)
        say_note("programs may run other code with %s: {program} help dangerous",
                 buf_text(&names, "…"));
    buf_free(&names);
}

static enum status say_refused(const struct export *e, const struct err *err)
{
    struct buf text = {0};

    format_refusal(e->format, &e->set, e->verdicts, &text);
    say_error(STATUS_FAILED, "%s", buf_text(&text, err->text));
    hint_others(e);
    buf_free(&text);
    return STATUS_FAILED;
}

/* ---- */

static enum status write_text(struct export *e)
{
    struct err err = {.text = ""};

    if (e->g.unverified && !format_has_values(e->format))
        buf_add_text(&e->text, "# unverified: no key was used\n");

    switch (format_write(e->format, &e->set, &e->text, e->verdicts, &err)) {
    case ERR_OK:
        note_cautions(e);
        if (format_has_values(e->format))
            note_dangerous(e);
        return STATUS_OK;
    case ERR_INVALID:
        return say_refused(e, &err);
    default:
        return say_error(STATUS_FAILED, "%s", err.text);
    }
}

/* Writes the masks first, so that no value is exported unmasked. */
static enum status hand_to_github(const struct export *e, const char *path)
{
    const char *file = path ? path : getenv("GITHUB_ENV");
    struct buf masks = BUF_SECRET;
    enum status status;

    if (!file || !file[0]) {
        say_error(STATUS_FAILED, "GITHUB_ENV is not set: this is not a GitHub Actions job");
        say_hint("-o FILE writes to a file");
        return STATUS_FAILED;
    }
    format_github_masks(&e->set, &masks);
    status = write_buf(&masks);
    NEXT(status, path ? output_write(&e->g.s, path, &e->text) : output_append(file, &e->text));
    buf_free(&masks);
    return status;
}

static enum status hand_out(const struct export *e)
{
    const char *path = args_last(e->g.s.args, OPT_OUTPUT);

    if (strcmp(e->format->name, "github") == 0)
        return hand_to_github(e, path);
    if (path && !format_has_values(e->format))
        return output_write_public(&e->g.s, path, &e->text);
    if (path)
        return output_write(&e->g.s, path, &e->text);
    return write_buf(&e->text);
}

enum status run_export(const struct args *args)
{
    struct export e = {.text = BUF_SECRET};
    enum status status = find_format(args, &e.format);

    if (status != STATUS_OK)
        return status;
    status = selection_open(&e.g, args);
    NEXT(status, make_set(&e));
    NEXT(status, write_text(&e));
    NEXT(status, hand_out(&e));
    buf_free(&e.text);
    free(e.pairs);
    free(e.verdicts);
    free(e.title);
    selection_close(&e.g);
    return status;
}
