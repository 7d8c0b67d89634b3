/* What the formats share: checks of values, names of shells, and reading a text pair by pair. */
#include "kind.h"

#include "base/text.h"

#include <string.h>

const char *format_check_zero(const struct format_pair *pair)
{
    return memchr(pair->value.at, '\0', pair->value.len) ? "a zero byte" : NULL;
}

const char *format_check_utf8(const struct format_pair *pair)
{
    return text_is_utf8(pair->value) ? NULL : "not UTF-8";
}

const char *format_check_text(const struct format_pair *pair)
{
    const char *why = format_check_zero(pair);

    return why ? why : format_check_utf8(pair);
}

bool format_is_word_of(struct slice name, const char *words)
{
    for (const char *word = words; *word; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");

        if (slice_equal(name, (struct slice){word, len}))
            return true;
        word += len;
    }
    return false;
}

bool format_is_bash_name(struct slice name)
{
    static const char *const names[] = {
        "BASHOPTS",      "BASHPID",       "BASH_ALIASES",  "BASH_ARGC",
        "BASH_ARGV",     "BASH_CMDS",     "BASH_COMMAND",  "BASH_LINENO",
        "BASH_SOURCE",   "BASH_SUBSHELL", "BASH_VERSINFO", "DIRSTACK",
        "EPOCHREALTIME", "EPOCHSECONDS",  "EUID",          "FUNCNAME",
        "GROUPS",        "HISTCMD",       "LINENO",        "OPTIND",
        "PPID",          "RANDOM",        "SECONDS",       "SHELLOPTS",
        "SHLVL",         "SRANDOM",       "UID",           "_",
    };
    bool is = false;

    for (size_t i = 0; i < sizeof names / sizeof *names && !is; i++)
        is = name.at[0] == names[i][0] && slice_is(name, names[i]);
    return is;
}

bool format_take(struct format_scan *s, const char *text)
{
    size_t len = strlen(text);

    if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
        return false;
    s->at += len;
    return true;
}

bool format_take_name(struct format_scan *s, struct slice *name)
{
    *name = (struct slice){s->at, 0};
    while (s->at < s->end && (text_is_alnum(*s->at) || *s->at == '_'))
        s->at++;
    name->len = (size_t)(s->at - name->at);
    return name->len > 0;
}

enum err_code format_read_pairs(struct slice text,
                                bool (*take_pair)(struct format_scan *s, struct slice *name),
                                struct vault_kv *kv, struct err *err)
{
    struct format_scan s = {text.at, text.at + text.len, BUF_SECRET};
    enum err_code code = ERR_OK;
    struct slice name;

    while (s.at < s.end && code == ERR_OK) {
        buf_clear(&s.value);
        if (!take_pair(&s, &name))
            code = err_set(err, ERR_FORMAT, "malformed");
        else if (!buf_ok(&s.value) || !kv_add(kv, name, buf_slice(&s.value)))
            code = err_no_memory(err);
    }
    buf_free(&s.value);
    if (code == ERR_OK)
        kv_finish(kv);
    return code;
}
