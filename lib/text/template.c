/* Reads templates piece by piece. */
#include "template.h"

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

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

/* "{{ NAME }}" at p. */
static bool read_hole(const char *p, const char *end, struct template_piece *piece)
{
    const char *start = skip_blanks(p + 2, end), *stop = start, *slash = NULL, *close;

    while (stop < end && *stop != ' ' && *stop != '\t' && *stop != '}' && *stop != '\n' &&
           (size_t)(stop - start) <= NAME_MAX_LEN + 1 + KEY_MAX_LEN) {
        if (*stop == '/' && !slash)
            slash = stop;
        stop++;
    }
    close = skip_blanks(stop, end);
    if (!begins(close, end, "}}"))
        return false;
    piece->secret = (struct slice){start, slash ? (size_t)(slash - start) : 0};
    piece->key.at = slash ? slash + 1 : start;
    piece->key.len = (size_t)(stop - piece->key.at);
    piece->text = (struct slice){p, (size_t)(close + 2 - p)};
    return text_is_key(piece->key) && (!slash || text_is_name(piece->secret));
}

/* Reads text up to the next placeholder, or past the first half of a {{{{. */
static struct slice read_text(const struct template *t)
{
    struct template_piece hole;
    const char *p = t->at;

    while (p < t->end) {
        p = memchr(p, '{', (size_t)(t->end - p));
        if (!p)
            p = t->end;
        else if (begins(p, t->end, "{{{{"))
            return (struct slice){t->at, (size_t)(p + 2 - t->at)};
        else if (begins(p, t->end, "{{") && read_hole(p, t->end, &hole))
            break;
        else
            p++;
    }
    return (struct slice){t->at, (size_t)(p - t->at)};
}

bool template_next(struct template *t, struct template_piece *piece)
{
    if (t->at == t->end)
        return false;
    *piece = (struct template_piece){.line = t->line};
    if (begins(t->at, t->end, "{{{{") || !begins(t->at, t->end, "{{") ||
        !read_hole(t->at, t->end, piece)) {
        piece->key = piece->secret = (struct slice){NULL, 0};
        piece->text = read_text(t);
    }
    t->at = piece->text.at + piece->text.len;
    for (const char *p = piece->text.at; p < t->at; p++)
        t->line += *p == '\n';
    if (piece->key.len == 0 && piece->text.len >= 2 && begins(t->at - 2, t->end, "{{{{"))
        t->at += 2;
    return true;
}
