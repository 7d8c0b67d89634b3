/* dotenv files, read plainly: nothing is expanded and nothing is run. */
#include "dotenv.h"

#include "text.h"

#include <string.h>

struct reader {
    const char *at, *end;
    size_t line;
    struct vault_kv *kv;
    const char *why;
};

static bool refuse(struct reader *r, const char *why)
{
    r->why = why;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_spaces(struct reader *r)
{
    while (r->at < r->end && is_space(*r->at))
        r->at++;
}

static bool at_line_end(const struct reader *r)
{
    return r->at == r->end || *r->at == '\n' ||
           (*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n');
}

static void skip_line_end(struct reader *r)
{
    if (r->at < r->end && *r->at == '\r')
        r->at++;
    if (r->at < r->end)
        r->at++;
    r->line++;
}

static void skip_line(struct reader *r)
{
    while (!at_line_end(r))
        r->at++;
}

static char unescape(char c)
{
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

static bool is_escape(char c)
{
    return c != '\0' && strchr("nrt\\\"$", c) != NULL;
}

/* A quoted value is unescaped into the arena; what follows it on its line may be a comment only. */
static bool take_quoted(struct reader *r, struct slice *value)
{
    char quote = *r->at++;
    const char *close = r->at;
    char *out;

    while (close < r->end && *close != quote)
        close += quote == '"' && *close == '\\' && close + 1 < r->end ? 2 : 1;
    if (close >= r->end)
        return refuse(r, "a quote that is not closed");
    out = arena_alloc(&r->kv->arena, (size_t)(close - r->at) + 1);
    if (!out)
        return refuse(r, NULL);
    value->at = out;
    for (; r->at < close; r->at++) {
        r->line += *r->at == '\n';
        if (quote == '"' && *r->at == '\\' && is_escape(r->at[1]))
            *out++ = unescape(*++r->at);
        else
            *out++ = *r->at;
    }
    *out = '\0';
    value->len = (size_t)(out - value->at);
    r->at++;
    skip_spaces(r);
    if (r->at < r->end && *r->at == '#')
        skip_line(r);
    return at_line_end(r) || refuse(r, "text behind a closing quote");
}

static bool take_bare(struct reader *r, struct slice *value)
{
    const char *start = r->at, *end;

    while (!at_line_end(r) && !(*r->at == '#' && (r->at == start || is_space(r->at[-1]))))
        r->at++;
    end = r->at;
    skip_line(r);
    while (end > start && is_space(end[-1]))
        end--;
    value->at = arena_copy(&r->kv->arena, start, (size_t)(end - start));
    value->len = (size_t)(end - start);
    return value->at || refuse(r, NULL);
}

static bool take_pair(struct reader *r)
{
    struct slice name, value;
    bool good;

    if (r->end - r->at > 7 && memcmp(r->at, "export", 6) == 0 && is_space(r->at[6])) {
        r->at += 6;
        skip_spaces(r);
    }
    name.at = r->at;
    while (r->at < r->end && *r->at != '=' && !is_space(*r->at) && !at_line_end(r))
        r->at++;
    name.len = (size_t)(r->at - name.at);
    skip_spaces(r);
    if (r->at == r->end || *r->at != '=')
        return refuse(r, "not of the form NAME=VALUE");
    if (!text_is_key(name))
        return refuse(r, "a name that no key can have");
    r->at++;
    skip_spaces(r);
    good = r->at < r->end && (*r->at == '"' || *r->at == '\'') ? take_quoted(r, &value)
                                                               : take_bare(r, &value);
    return good && (kv_add_own(r->kv, name, value) || refuse(r, NULL));
}

enum err_code dotenv_read(struct slice text, struct vault_kv *kv, struct err *err)
{
    struct reader r = {text.at, text.at + text.len, 1, kv, NULL};

    if (text.len >= 3 && memcmp(text.at, "\xEF\xBB\xBF", 3) == 0)
        r.at += 3;
    while (r.at < r.end) {
        size_t line = r.line;

        skip_spaces(&r);
        if (r.at < r.end && *r.at == '#')
            skip_line(&r);
        if (!at_line_end(&r) && !take_pair(&r))
            return r.why ? err_set(err, ERR_FORMAT, "line %zu: %s", line, r.why)
                         : err_set(err, ERR_FAILED, "out of memory");
        if (r.at < r.end)
            skip_line_end(&r);
    }
    kv_finish(kv);
    return ERR_NONE;
}
