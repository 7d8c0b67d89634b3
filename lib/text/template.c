/* Reads templates piece by piece, and filters what fills their holes. */
#include "template.h"

#include "base/base64.h"
#include "base/text.h"

#include <string.h>

void template_begin(struct template *t, struct slice text)
{
    *t = (struct template){text.at, text.at + text.len, 1};
}

static bool begins(const char *p, const char *end, const char *what)
{
    size_t len = strlen(what);

    return (size_t)(end - p) >= len && memcmp(p, what, len) == 0;
}

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

/* "NAME" or "SECRET/NAME" at *p. */
static bool read_name(const char **p, const char *end, struct template_piece *piece)
{
    const char *stop = *p, *slash = NULL;

    while (stop < end && (text_is_alnum(*stop) || text_is_one_of(*stop, "_-/")) &&
           (size_t)(stop - *p) <= NAME_MAX_LEN + 1 + KEY_MAX_LEN) {
        if (*stop == '/' && !slash)
            slash = stop;
        stop++;
    }
    piece->secret = (struct slice){*p, slash ? (size_t)(slash - *p) : 0};
    piece->key.at = slash ? slash + 1 : *p;
    piece->key.len = (size_t)(stop - piece->key.at);
    *p = stop;
    return text_is_key(piece->key) && (!slash || text_is_name(piece->secret));
}

/* "| FILTER" at *p, or nothing. */
static bool read_filter(const char **p, const char *end, enum template_filter *filter)
{
    static const char *const names[] = {"", "url", "base64", "json", "shell"};
    struct slice name;

    *filter = TEMPLATE_AS_IT_IS;
    if (!begins(*p, end, "|"))
        return true;
    name = (struct slice){skip_spaces(*p + 1, end), 0};
    while (name.at + name.len < end && text_is_alnum(name.at[name.len]))
        name.len++;
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (slice_is(name, names[i]))
            *filter = (enum template_filter)i;
    *p = skip_spaces(name.at + name.len, end);
    return *filter != TEMPLATE_AS_IT_IS;
}

/* A hole at p, which begins with "{{". */
static bool read_hole(const char *p, const char *end, struct template_piece *piece)
{
    const char *at = skip_spaces(p + 2, end);

    if (!read_name(&at, end, piece))
        return false;
    at = skip_spaces(at, end);
    if (!read_filter(&at, end, &piece->filter) || !begins(at, end, "}}"))
        return false;
    piece->text = (struct slice){p, (size_t)(at + 2 - p)};
    return true;
}

/* Reads text up to the next {{, or past the first half of a {{{{. */
static struct slice read_text(const struct template *t)
{
    const char *p = t->at;

    while (p < t->end) {
        p = memchr(p, '{', (size_t)(t->end - p));
        if (!p)
            p = t->end;
        else if (begins(p, t->end, "{{{{"))
            return (struct slice){t->at, (size_t)(p + 2 - t->at)};
        else if (begins(p, t->end, "{{"))
            break;
        else
            p++;
    }
    return (struct slice){t->at, (size_t)(p - t->at)};
}

bool template_next(struct template *t, struct template_piece *piece)
{
    size_t line = t->line;
    bool is_text = !begins(t->at, t->end, "{{") || begins(t->at, t->end, "{{{{");

    if (t->at == t->end)
        return false;
    *piece = (struct template_piece){.line = line};
    if (is_text)
        piece->text = read_text(t);
    else if (!read_hole(t->at, t->end, piece))
        *piece = (struct template_piece){.text = {t->at, 2}, .line = line, .is_wrong = true};
    t->at = piece->text.at + piece->text.len;
    for (const char *p = piece->text.at; p < t->at; p++)
        t->line += *p == '\n';
    if (is_text && piece->text.len >= 2 && begins(t->at - 2, t->end, "{{{{"))
        t->at += 2;
    return true;
}

/* ---- filters ---- */

static void add_url(struct slice value, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    char *at = buf_reserve(out, 3 * value.len), *end = at;

    for (size_t i = 0; at && i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];

        if (text_is_alnum((char)c) || text_is_one_of((char)c, "-._~")) {
            *end++ = (char)c;
        } else {
            *end++ = '%';
            *end++ = digits[c >> 4];
            *end++ = digits[c & 15];
        }
    }
    out->len += (size_t)(end - at);
}

static void add_base64(struct slice value, struct buf *out)
{
    size_t len = BASE64_ENCODED(value.len);
    char *at = buf_reserve(out, len);

    if (!at)
        return;
    base64_encode(at, value.at, value.len);
    out->len += len;
    while (len++ % 4)
        buf_add_text(out, "=");
}

static void add_shell(struct slice value, struct buf *out)
{
    struct slice rest = value;

    buf_add_text(out, "'");
    while (rest.len > 0) {
        const char *quote = memchr(rest.at, '\'', rest.len);
        size_t len = quote ? (size_t)(quote - rest.at) : rest.len;

        buf_add(out, rest.at, len);
        if (quote)
            buf_add_text(out, "'\\''");
        rest = (struct slice){rest.at + len + (quote != NULL), rest.len - len - (quote != NULL)};
    }
    buf_add_text(out, "'");
}

bool template_filter(enum template_filter filter, struct slice value, struct buf *out)
{
    if ((filter == TEMPLATE_JSON && !text_is_utf8(value)) ||
        (filter == TEMPLATE_SHELL && slice_has(value, '\0')))
        return false;
    switch (filter) {
    case TEMPLATE_URL:
        add_url(value, out);
        break;
    case TEMPLATE_BASE64:
        add_base64(value, out);
        break;
    case TEMPLATE_JSON:
        text_json(out, value);
        break;
    case TEMPLATE_SHELL:
        add_shell(value, out);
        break;
    case TEMPLATE_AS_IT_IS:
        buf_add_slice(out, value);
        break;
    }
    return true;
}
