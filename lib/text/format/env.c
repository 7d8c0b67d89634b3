/* Shells, and the environment files of docker, systemd and GitHub: a writer each, and a reader of
 * what it writes. */
#include "kind.h"

#include "base/text.h"

#include <sodium.h>
#include <string.h>

/* ---- shells of the Bourne family ---- */

static bool is_name_of_zsh(struct slice name)
{
    return format_is_word_of(
        name, "ARGC EGID GID TTYIDLE USERNAME WATCH aliases argv builtins cdpath commands dirstack "
              "fignore fpath functions history keymaps mailpath manpath modules options parameters "
              "path psvar signals status termcap terminfo watch widgets");
}

const char *format_check_sh(const struct format_pair *pair)
{
    return format_is_bash_name(pair->name) ? "the shell's own name" : format_check_zero(pair);
}

/* Writes a backslash before each character in `escaped`. */
static void add_escaped(struct buf *out, struct slice value, const char *escaped)
{
    for (size_t i = 0; i < value.len; i++) {
        if (text_is_one_of(value.at[i], escaped))
            buf_add_text(out, "\\");
        buf_add(out, value.at + i, 1);
    }
}

static void add_quoted(struct buf *out, struct slice value, const char *quote)
{
    buf_add_text(out, "'");
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] == '\'')
            buf_add_text(out, quote);
        else
            buf_add(out, value.at + i, 1);
    buf_add_text(out, "'\n");
}

const char *format_caution_zsh(const struct format_pair *pair)
{
    return is_name_of_zsh(pair->name) ? "zsh does not let a file set" : NULL;
}

void format_write_sh(const struct format_pair *pair, struct buf *out)
{
    buf_add_text(out, "export ");
    buf_add_slice(out, pair->name);
    buf_add_text(out, "=");
    add_quoted(out, pair->value, "'\\''");
}

/* Reads up to the closing quote. */
static bool take_single_quoted(struct format_scan *s)
{
    const char *close = memchr(s->at, '\'', (size_t)(s->end - s->at));

    if (!close)
        return false;
    buf_add(&s->value, s->at, (size_t)(close - s->at));
    s->at = close + 1;
    return true;
}

/* Refuses anything that a shell would act on. */
static bool take_double_quoted(struct format_scan *s)
{
    static const char harmless[] = " \t\n.,/):;%^&=+~<>|]}'\"";

    for (; s->at < s->end && *s->at != '"'; s->at++) {
        if (*s->at == '`' || *s->at == '\\' ||
            (*s->at == '$' && s->at + 1 < s->end && !text_is_one_of(s->at[1], harmless)))
            return false;
        buf_add(&s->value, s->at, 1);
    }
    return format_take(s, "\"");
}

/* The most frequent of the harmless bare characters. */
static size_t plain_span(const struct format_scan *s)
{
    const char *at = s->at;

    while (at < s->end && (text_is_alnum(*at) || *at == '_' || (*at >= '+' && *at <= '/')))
        at++;
    return (size_t)(at - s->at);
}

/* A word of quoted pieces and of harmless bare characters. */
static bool take_word(struct format_scan *s)
{
    while (s->at < s->end && *s->at != '\n') {
        size_t plain = plain_span(s);

        buf_add(&s->value, s->at, plain);
        s->at += plain;
        if (plain > 0)
            continue;
        if (format_take(s, "'")) {
            if (!take_single_quoted(s))
                return false;
        } else if (format_take(s, "\"")) {
            if (!take_double_quoted(s))
                return false;
        } else if (format_take(s, "\\'")) {
            buf_add_text(&s->value, "'");
        } else if (*s->at > ' ' && *s->at < 0x7F &&
                   !text_is_one_of(*s->at, "|&;<>()$`\\*?[]#~!{}^")) {
            buf_add(&s->value, s->at++, 1);
        } else {
            return false;
        }
    }
    return format_take(s, "\n");
}

bool format_take_assignment(struct format_scan *s, struct slice *name)
{
    return format_take_name(s, name) && format_take(s, "=") && take_word(s);
}

bool format_take_sh(struct format_scan *s, struct slice *name)
{
    return format_take(s, "export ") && format_take_assignment(s, name);
}

/* ---- fish ---- */

static bool is_name_of_fish(struct slice name)
{
    return format_is_word_of(
        name,
        "FISH_VERSION PWD SHLVL _ fish_history fish_kill_signal fish_killring fish_pid history "
        "hostname pipestatus status status_generation umask version");
}

const char *format_check_fish(const struct format_pair *pair)
{
    return is_name_of_fish(pair->name) ? "fish's own name" : format_check_zero(pair);
}

void format_write_fish(const struct format_pair *pair, struct buf *out)
{
    buf_add_text(out, "set -gx ");
    buf_add_slice(out, pair->name);
    buf_add_text(out, " '");
    add_escaped(out, pair->value, "'\\");
    buf_add_text(out, "'\n");
}

/* Drops the backslash before the characters in `escaped`. */
static bool take_escaped(struct format_scan *s, char quote, const char *escaped)
{
    for (; s->at < s->end && *s->at != quote; s->at++) {
        if (*s->at == '\\' && s->at + 1 < s->end && text_is_one_of(s->at[1], escaped))
            s->at++;
        buf_add(&s->value, s->at, 1);
    }
    return format_take(s, (char[]){quote, '\n', '\0'});
}

bool format_take_fish(struct format_scan *s, struct slice *name)
{
    return format_take(s, "set -gx ") && format_take_name(s, name) && format_take(s, " '") &&
           take_escaped(s, '\'', "'\\");
}

/* ---- docker --env-file: a line, as it is ---- */

enum { DOCKER_LINE_MAX = 65535 };

const char *format_check_docker(const struct format_pair *pair)
{
    struct slice v = pair->value;

    if (memchr(v.at, '\n', v.len))
        return "a newline";
    if (v.len > 0 && v.at[v.len - 1] == '\r')
        return "a final carriage return";
    if (pair->name.len + 1 + v.len > DOCKER_LINE_MAX)
        return "over 64 KiB";
    return format_check_text(pair);
}

void format_write_docker(const struct format_pair *pair, struct buf *out)
{
    buf_add_slice(out, pair->name);
    buf_add_text(out, "=");
    buf_add_slice(out, pair->value);
    buf_add_text(out, "\n");
}

static bool take_line(struct format_scan *s, struct slice *line)
{
    struct slice rest = {s->at, (size_t)(s->end - s->at)};

    if (!text_next_line(&rest, line) || rest.at == line->at + line->len) /* no newline */
        return false;
    s->at = rest.at;
    return true;
}

bool format_take_docker(struct format_scan *s, struct slice *name)
{
    struct slice line;

    if (!format_take_name(s, name) || !format_take(s, "=") || !take_line(s, &line))
        return false;
    if (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    buf_add_slice(&s->value, line);
    return true;
}

/* ---- systemd's EnvironmentFile ---- */

enum { ENVIRONMENT_STRING_MAX = 131072 }; /* Linux: MAX_ARG_STRLEN, with the zero byte */

/* systemd drops a variable with a control character or a noncharacter. */
const char *format_check_systemd(const struct format_pair *pair)
{
    struct slice rest = pair->value;
    const char *why = format_check_text(pair);
    size_t len;

    if (why)
        return why;
    if (pair->name.len + 1 + rest.len + 1 > ENVIRONMENT_STRING_MAX)
        return "over 128 KiB";
    for (; rest.len > 0; rest.at += len, rest.len -= len) {
        uint32_t c = text_character(rest, &len);

        if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7F)
            return "a control character";
        if ((c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE)
            return "a noncharacter code point";
    }
    return NULL;
}

void format_write_systemd(const struct format_pair *pair, struct buf *out)
{
    buf_add_slice(out, pair->name);
    buf_add_text(out, "=\"");
    add_escaped(out, pair->value, "\"\\`$");
    buf_add_text(out, "\"\n");
}

bool format_take_systemd(struct format_scan *s, struct slice *name)
{
    return format_take_name(s, name) && format_take(s, "=\"") && take_escaped(s, '"', "\"\\`$");
}

/* ---- GitHub Actions: what is appended to $GITHUB_ENV ---- */

const char *format_check_github(const struct format_pair *pair)
{
    if (slice_is(pair->name, "NODE_OPTIONS") || slice_begins(pair->name, "GITHUB_") ||
        slice_begins(pair->name, "RUNNER_"))
        return "a name that GitHub does not allow to be set";
    return format_check_text(pair);
}

/* The delimiter is random, so that no value can contain it. */
static void make_delimiter(struct buf *out)
{
    unsigned char random[16];
    char hex[2 * sizeof random + 1];

    randombytes_buf(random, sizeof random);
    buf_printf(out, "vault_%s", sodium_bin2hex(hex, sizeof hex, random, sizeof random));
}

void format_write_github(const struct format_pair *pair, struct buf *out)
{
    struct buf delimiter = {0};

    make_delimiter(&delimiter);
    buf_add_slice(out, pair->name);
    buf_add_text(out, "<<");
    buf_add_slice(out, buf_slice(&delimiter));
    buf_add_text(out, "\n");
    buf_add_slice(out, pair->value);
    buf_add_text(out, "\n");
    buf_add_slice(out, buf_slice(&delimiter));
    buf_add_text(out, "\n");
    out->failed |= delimiter.failed;
    buf_free(&delimiter);
}

/* Reads lines up to the delimiter. */
bool format_take_github(struct format_scan *s, struct slice *name)
{
    struct slice delimiter, line;
    const char *start;

    if (!format_take_name(s, name) || !format_take(s, "<<") || !take_line(s, &delimiter))
        return false;
    start = s->at;
    do
        if (!take_line(s, &line))
            return false;
    while (!slice_equal(line, delimiter));
    if (line.at > start)
        buf_add(&s->value, start, (size_t)(line.at - 1 - start));
    return true;
}

static void add_mask(struct buf *out, struct slice line)
{
    buf_add_text(out, "::add-mask::");
    for (size_t i = 0; i < line.len; i++)
        if (line.at[i] == '%')
            buf_add_text(out, "%25");
        else
            buf_add(out, line.at + i, 1);
    buf_add_text(out, "\n");
}

void format_github_masks(const struct format_set *set, struct buf *out)
{
    for (size_t i = 0; i < set->count; i++) {
        struct slice value = set->pairs[i].is_open ? (struct slice){"", 0} : set->pairs[i].value;
        size_t start = 0;

        for (size_t end = 0; end <= value.len; end++) {
            if (end < value.len && value.at[end] != '\n' && value.at[end] != '\r')
                continue;
            if (end > start)
                add_mask(out, (struct slice){value.at + start, end - start});
            start = end + 1;
        }
    }
}

/* ---- .env.example: names, and open values ---- */

static bool needs_no_quotes(struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!text_is_alnum(value.at[i]) && !text_is_one_of(value.at[i], "_-./:@,+%"))
            return false;
    return true;
}

/* An open value is shown so that no terminal acts on it: it may be unverified. */
void format_write_example(const struct format_pair *pair, struct buf *out)
{
    buf_add_slice(out, pair->name);
    buf_add_text(out, "=");
    if (pair->is_open && needs_no_quotes(pair->value))
        buf_add_slice(out, pair->value);
    else if (pair->is_open)
        text_json(out, pair->value);
    buf_add_text(out, "\n");
}
