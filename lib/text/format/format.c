/* What secrets are written out as: the table, and that what was written reads as it was. */
#include "kind.h"

#include "base/text.h"

#include <string.h>

const struct format formats[] = {
    {"dotenv", "node, python, ruby, compose, godotenv and bash, alike",
     "' beside \" or \\ or ` or $X, \\\\, a last \\, ${X}, CR, non-UTF-8", format_check_ruby,
     format_write_portable, format_read_portable},
    {"node", "npm's dotenv, and node --env-file but for what a note names",
     "all of ' \" ` # in one, CR beside \\n, non-UTF-8", NULL, format_write_node, format_read_node},
    {"python", "python-dotenv", "non-UTF-8", NULL, format_write_python, format_read_python},
    {"ruby", "dotenv for ruby", "CR, non-UTF-8", format_check_ruby, format_write_ruby,
     format_read_ruby},
    {"compose", "docker compose", NULL, NULL, format_write_compose, format_read_compose},
    {"godotenv", "godotenv", "a last \\ beside a newline, CR or #", NULL, format_write_godotenv,
     format_read_godotenv},
    {"sh", "sh, bash, dash, zsh, with eval", "names that bash sets itself", format_check_sh,
     format_write_sh, format_read_sh},
    {"fish", "fish, with source", "names that fish sets itself", format_check_fish,
     format_write_fish, format_read_fish},
    {"docker", "docker run --env-file", "newline, a last CR, over 64 KiB, non-UTF-8",
     format_check_docker, format_write_docker, format_read_docker},
    {"systemd", "EnvironmentFile=", "control characters, over 128 KiB, non-UTF-8",
     format_check_systemd, format_write_systemd, format_read_systemd},
    {"github", "later steps of a job: appends to $GITHUB_ENV, and masks",
     "GITHUB_*, RUNNER_*, NODE_OPTIONS, non-UTF-8", format_check_github, format_write_github,
     format_read_github},
    {"k8s", "kubectl apply -f -: a Secret", "names over 253 characters", format_check_k8s,
     format_write_k8s, format_read_k8s},
    {"json", "one object", "non-UTF-8", format_check_utf8, format_write_json, format_read_json},
    {"yaml", "one mapping", "non-UTF-8", format_check_utf8, format_write_yaml, format_read_yaml},
    {"toml", "one table", "non-UTF-8", format_check_utf8, format_write_toml, format_read_toml},
    {"tfvars", "Terraform", "what it may change into composed characters, non-UTF-8",
     format_check_tfvars, format_write_tfvars, format_read_tfvars},
    {"example", "people: the names alone, for .env.example", NULL, NULL, format_write_example,
     NULL},
};

const size_t format_count = sizeof formats / sizeof *formats;

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < format_count; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

/* ---- reading what was written ---- */

static bool is_as_it_was(const struct format_set *set, const struct vault_kv *kv)
{
    bool same = kv->count == set->count;

    for (size_t i = 0; i < set->count && same; i++)
        same = slice_is(set->pairs[i].name, kv->pairs[i].name) &&
               slice_equal(set->pairs[i].value, kv->pairs[i].value);
    return same;
}

static enum err_code read_again(const struct format *format, const struct format_set *set,
                                struct slice text, struct err *err)
{
    struct vault_kv *kv = kv_new();
    struct err cause;
    enum err_code code;

    if (!kv)
        return err_no_memory(err);
    code = format->read(text, kv, &cause);
    if (code == ERR_NO_MEMORY)
        *err = cause;
    else if (code != ERR_NONE || !is_as_it_was(set, kv))
        code = err_set(err, ERR_INTEGRITY, "what was written as %s does not read as it was",
                       format->name);
    kv_free(kv);
    return code;
}

enum err_code format_write(const struct format *format, const struct format_set *set,
                           struct buf *out, struct format_verdict *verdicts, struct err *err)
{
    struct buf text = BUF_SECRET;
    enum err_code code = ERR_NONE;

    for (size_t i = 0; i < set->count; i++) {
        verdicts[i] = (struct format_verdict){NULL, NULL};
        if (format->check)
            verdicts[i].refusal = format->check(&set->pairs[i]);
        if (verdicts[i].refusal)
            code = ERR_INVALID;
    }
    if (code == ERR_NONE)
        format->write(set, &text, verdicts);
    for (size_t i = 0; i < set->count; i++)
        if (verdicts[i].refusal)
            code = err_set(err, ERR_INVALID, "%s cannot carry all values", format->name);
    if (code == ERR_NONE && !buf_ok(&text))
        code = err_no_memory(err);
    if (code == ERR_NONE && format->read)
        code = read_again(format, set, buf_slice(&text), err);
    if (code == ERR_NONE)
        buf_add_slice(out, buf_slice(&text));
    if (code == ERR_NONE && !buf_ok(out))
        code = err_no_memory(err);
    buf_free(&text);
    return code;
}
