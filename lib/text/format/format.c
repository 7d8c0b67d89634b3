/* The table of formats; writes in one, and checks that the text reads back the same. */
#include "kind.h"

#include "base/text.h"

#include <string.h>

const struct format formats[] = {
    {"dotenv", "node, python, ruby, compose, godotenv and bash, alike",
     "' beside \" or \\ or ` or $X, \\\\, a last \\, ${X}, CR, non-UTF-8",
     .check = format_check_ruby, .caution = format_caution_bash, .spell = format_spell_portable,
     .read = format_read_portable},
    {"node", "npm's dotenv, and node --env-file but for what a note names",
     "all of ' \" ` # in one, CR beside \\n, non-UTF-8", .spell = format_spell_node,
     .read = format_read_node},
    {"python", "python-dotenv", "non-UTF-8", .spell = format_spell_python,
     .read = format_read_python},
    {"ruby", "dotenv for ruby", "CR, non-UTF-8", .check = format_check_ruby,
     .spell = format_spell_ruby, .read = format_read_ruby},
    {"compose", "docker compose", NULL, .spell = format_spell_compose, .read = format_read_compose},
    {"godotenv", "godotenv", "a last \\ beside a newline, CR or #", .spell = format_spell_godotenv,
     .read = format_read_godotenv},
    {"sh", "sh, bash, dash, zsh, with eval", "names that bash sets itself",
     .check = format_check_sh, .caution = format_caution_zsh, .write_pair = format_write_sh,
     .take_pair = format_take_sh},
    {"fish", "fish, with source", "names that fish sets itself", .check = format_check_fish,
     .write_pair = format_write_fish, .take_pair = format_take_fish},
    {"docker", "docker run --env-file", "newline, a last CR, over 64 KiB, non-UTF-8",
     .check = format_check_docker, .write_pair = format_write_docker,
     .take_pair = format_take_docker},
    {"systemd", "EnvironmentFile=", "control characters, over 128 KiB, non-UTF-8",
     .check = format_check_systemd, .write_pair = format_write_systemd,
     .take_pair = format_take_systemd},
    {"github", "later steps of a job: appends to $GITHUB_ENV, and masks",
     "GITHUB_*, RUNNER_*, NODE_OPTIONS, non-UTF-8", .check = format_check_github,
     .write_pair = format_write_github, .take_pair = format_take_github},
    {"k8s", "kubectl apply -f -: a Secret", "names over 253 characters", .check = format_check_k8s,
     .write = format_write_k8s, .read = format_read_k8s},
    {"json", "one object", "non-UTF-8", .check = format_check_utf8, .write = format_write_json,
     .read = format_read_json},
    {"yaml", "one mapping", "non-UTF-8", .check = format_check_utf8, .write = format_write_yaml,
     .read = format_read_yaml},
    {"toml", "one table", "non-UTF-8", .check = format_check_utf8, .write_pair = format_write_toml,
     .read = format_read_toml},
    {"tfvars", "Terraform", "what it may change into composed characters, non-UTF-8",
     .check = format_check_tfvars, .write_pair = format_write_tfvars,
     .take_pair = format_take_tfvars},
    {"example", "people: names and open values, for .env.example", NULL,
     .write_pair = format_write_example},
};

const size_t format_count = sizeof formats / sizeof *formats;

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < format_count; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

bool format_has_values(const struct format *format)
{
    return format->read || format->take_pair;
}

static bool is_same(const struct format_set *set, const struct vault_kv *kv)
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
    code = format->take_pair ? format_read_pairs(text, format->take_pair, kv, &cause)
                             : format->read(text, kv, &cause);
    if (code == ERR_NO_MEMORY)
        *err = cause;
    else if (code != ERR_OK || !is_same(set, kv))
        code = err_set(err, ERR_INTEGRITY, "the text written as %s does not read back the same",
                       format->name);
    kv_free(kv);
    return code;
}

static void write_set(const struct format *format, const struct format_set *set, struct buf *out,
                      struct format_verdict *verdicts)
{
    if (format->spell)
        format_write_dialect(format, set, out, verdicts);
    else if (format->write)
        format->write(set, out);
    for (size_t i = 0; format->write_pair && i < set->count; i++)
        format->write_pair(&set->pairs[i], out);
}

static bool has_refusal(const struct format_verdict *verdicts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (verdicts[i].refusal)
            return true;
    return false;
}

void format_refusal(const struct format *format, const struct format_set *set,
                    const struct format_verdict *verdicts, struct buf *out)
{
    const char *separator = "";

    buf_printf(out, "%s cannot carry ", format->name);
    for (size_t i = 0; i < set->count; i++) {
        const char *why = verdicts[i].refusal;
        bool first = why;

        for (size_t j = 0; j < i && first; j++)
            first = !verdicts[j].refusal || strcmp(verdicts[j].refusal, why) != 0;
        if (!first)
            continue;
        for (size_t j = i; j < set->count; j++)
            if (verdicts[j].refusal && strcmp(verdicts[j].refusal, why) == 0) {
                buf_add_text(out, separator);
                buf_add_slice(out, set->pairs[j].name);
                separator = ", ";
            }
        buf_printf(out, " (%s)", why);
    }
}

/* The whole list, or as much of it as an error holds. */
static enum err_code refuse(const struct format *format, const struct format_set *set,
                            const struct format_verdict *verdicts, struct err *err)
{
    static const char more[] = ", and more";
    const size_t most = sizeof err->text - sizeof more;
    struct buf text = {0};
    size_t len;

    format_refusal(format, set, verdicts, &text);
    for (len = text.len; len > most || (len < text.len && text.data[len] != ',');)
        len = len > most ? most : len - 1;
    if (buf_ok(&text))
        err_set(err, ERR_INVALID, "%.*s%s", (int)len, text.data, len < text.len ? more : "");
    else
        err_no_memory(err);
    buf_free(&text);
    return err->code;
}

void format_caution(const struct format_set *set, const struct format_verdict *verdicts,
                    struct buf *out)
{
    const char *caution = NULL;
    struct buf names = {0};

    for (size_t i = 0; i < set->count; i++)
        if (verdicts[i].caution) {
            caution = verdicts[i].caution;
            buf_add_text(&names, names.len ? ", " : "");
            buf_add_slice(&names, set->pairs[i].name);
        }
    if (caution && buf_ok(&names))
        buf_printf(out, "%s %.*s", caution, (int)names.len, names.data);
    buf_free(&names);
}

enum err_code format_write(const struct format *format, const struct format_set *set,
                           struct buf *out, struct format_verdict *verdicts, struct err *err)
{
    struct buf text = BUF_SECRET;
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < set->count; i++)
        verdicts[i] = (struct format_verdict){
            .refusal = format->check ? format->check(&set->pairs[i]) : NULL,
            .caution = format->caution ? format->caution(&set->pairs[i]) : NULL};
    if (!has_refusal(verdicts, set->count))
        write_set(format, set, &text, verdicts);
    if (has_refusal(verdicts, set->count))
        code = refuse(format, set, verdicts, err);
    if (code == ERR_OK && !buf_ok(&text))
        code = err_no_memory(err);
    if (code == ERR_OK && format_has_values(format))
        code = read_again(format, set, buf_slice(&text), err);
    if (code == ERR_OK)
        buf_add_slice(out, buf_slice(&text));
    if (code == ERR_OK && !buf_ok(out))
        code = err_no_memory(err);
    buf_free(&text);
    return code;
}
