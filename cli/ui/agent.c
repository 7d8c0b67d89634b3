/* Which variables coding agents set, and what they are refused. */
#include "agent.h"

#include "say.h"
#include "verb.h"

#include "base/text.h"
#include "text/format/format.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES = 5 };

/* Variables that agents set for the commands that they run. MUST NOT: one that is also set in the
 * terminal of a person, such as CURSOR_TRACE_ID, TERM_PROGRAM or REPL_ID, or that people set to
 * configure an agent, such as CODEX_HOME. Without values, any value but the empty one counts. */
static const struct {
    const char *name, *values[VALUES];
} variables[] = {
    {"AI_AGENT", {NULL}},        {"AGENT", {"1", "amp", "crush", "goose", "opencode"}},
    {"CLAUDECODE", {"1"}},       {"CODEX_SANDBOX", {NULL}},
    {"CODEX_THREAD_ID", {NULL}}, {"CODEX_CI", {"1"}},
    {"CURSOR_AGENT", {"1"}},     {"GEMINI_CLI", {"1"}},
    {"QWEN_CODE", {"1"}},        {"OPENCODE", {"1"}},
    {"COPILOT_CLI", {"1"}},      {"CLINE_ACTIVE", {"true"}},
    {"AUGMENT_AGENT", {"1"}},    {"GOOSE_TERMINAL", {"1"}},
};

static bool is_set(size_t place)
{
    const char *value = getenv(variables[place].name);
    const char *const *values = variables[place].values;

    if (!value || !value[0] || !values[0])
        return value && value[0];
    for (size_t i = 0; i < VALUES && values[i]; i++)
        if (strcmp(value, values[i]) == 0)
            return true;
    return false;
}

const char *agent_variable(void)
{
    const char *wanted = getenv("VAULT_AGENT");

    if (wanted && strcmp(wanted, "off") == 0)
        return NULL;
    if (wanted && wanted[0])
        return "VAULT_AGENT";
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (is_set(i))
            return variables[i].name;
    return NULL;
}

static bool hands_out(const struct args *args)
{
    const char *name = args_last(args, OPT_FORMAT);
    const struct format *format = name ? format_find(name) : NULL;

    if (args_has(args, OPT_REVEAL))
        return true;
    return args->verb->flags & HANDS_OUT && (!format || format_has_values(format));
}

/* As a shell reads it. */
static void add_word(struct buf *line, const char *word)
{
    bool is_plain = word[0] != '\0';

    for (size_t i = 0; word[i]; i++)
        is_plain = is_plain && (text_is_alnum(word[i]) || text_is_one_of(word[i], "/.,:=@%+-_"));
    if (is_plain) {
        buf_add_text(line, word);
        return;
    }
    buf_add_text(line, "'");
    for (; *word; word++)
        buf_add_text(line, *word == '\'' ? "'\\''" : (char[]){*word, '\0'});
    buf_add_text(line, "'");
}

enum status agent_guard(const struct args *args, char *const *argv)
{
    const char *variable = hands_out(args) ? agent_variable() : NULL;
    struct buf line = {0};

    if (!variable)
        return STATUS_OK;
    say_failure("a coding agent runs this, as %s says, and may not use %s%s", variable,
                args->verb->name, args_has(args, OPT_REVEAL) ? " --reveal" : "");
    for (size_t i = 0; argv[i]; i++) {
        buf_add_text(&line, i > 0 ? " " : "");
        add_word(&line, i > 0 ? argv[i] : args->program);
    }
    say_hint("a person types it in another terminal: %s", buf_text(&line, args->verb->name));
    buf_free(&line);
    return STATUS_GUARDED;
}
