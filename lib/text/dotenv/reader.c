/* What the dialects of dotenv share. */
#include "reader.h"

#include "base/text.h"

#include <string.h>

const char *dotenv_line_end(const char *p, const char *end)
{
    const char *found = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

    return found ? found : end;
}

static size_t line_of(struct dotenv_reader *r, const char *place)
{
    for (; r->counted < place; r->counted++)
        r->line += *r->counted == '\n';
    return r->line;
}

void dotenv_add_note(struct dotenv_reader *r, const char *place, const char *what)
{
    if (r->note)
        r->note(r->user, line_of(r, place), what);
}

void dotenv_set_fault(struct dotenv_reader *r, const char *place, const char *why)
{
    err_set(r->err, ERR_FORMAT, "line %zu: %s", line_of(r, place), why);
}

void dotenv_add_fault(struct dotenv_reader *r, const char *place, const char *why)
{
    enum { LISTED = 700 };
    size_t line = line_of(r, place);
    struct buf note = {0};

    if (!r->rule.skip_invalid && r->faults.len < LISTED) {
        buf_printf(&r->faults, "%sline %zu: %s", r->faults.len ? "; " : "", line, why);
        if (r->faults.len >= LISTED)
            buf_add_text(&r->faults, "; and more");
    }
    if (r->rule.skip_invalid) {
        buf_printf(&note, "passed over: %s", why);
        dotenv_add_note(r, place, buf_text(&note, "passed over"));
    }
    buf_free(&note);
}

static unsigned spaces_of(uint32_t c)
{
    if (c == '\n')
        return SPACES_JS | SPACES_RUBY | SPACES_PYTHON | SPACES_GO;
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return SPACES_JS | SPACES_RUBY | SPACES_PYTHON | SPACES_GO | SPACES_GO_LINE;
    if (c >= 0x1C && c <= 0x1F)
        return SPACES_PYTHON;
    if (c == 0x85)
        return SPACES_PYTHON | SPACES_GO | SPACES_GO_LINE;
    if (c == 0xA0)
        return SPACES_JS | SPACES_PYTHON | SPACES_GO | SPACES_GO_LINE;
    if (c == 0xFEFF)
        return SPACES_JS;
    if (c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
        c == 0x205F || c == 0x3000)
        return SPACES_JS | SPACES_PYTHON | SPACES_GO;
    return 0;
}

size_t dotenv_space(const char *p, const char *end, enum dotenv_spaces who)
{
    size_t len = 0;
    uint32_t c;

    if (p == end)
        return 0;
    c = text_character((struct slice){p, (size_t)(end - p)}, &len);
    return len && (spaces_of(c) & who) ? len : 0;
}

const char *dotenv_skip(const char *p, const char *end, enum dotenv_spaces who)
{
    size_t len;

    while ((len = dotenv_space(p, end, who)) > 0)
        p += len;
    return p;
}

struct slice dotenv_trim_end(struct slice s, enum dotenv_spaces who)
{
    while (s.len > 0) {
        size_t last = s.len - 1;

        while (last > 0 && ((unsigned char)s.at[last] & 0xC0) == 0x80)
            last--;
        if (dotenv_space(s.at + last, s.at + s.len, who) != s.len - last)
            break;
        s.len = last;
    }
    return s;
}

struct slice dotenv_trim(struct slice s, enum dotenv_spaces who)
{
    const char *start = dotenv_skip(s.at, s.at + s.len, who);

    return dotenv_trim_end((struct slice){start, (size_t)(s.at + s.len - start)}, who);
}

/* Whether it looks like a name, and may be shown. A malformed line may begin with a secret. */
static bool is_showable(struct slice name)
{
    enum { SHOWN_MOST = 40 };
    size_t i = 0;

    while (i < name.len && (text_is_key((struct slice){name.at + i, 1}) ||
                            (name.at[i] >= '-' && name.at[i] <= '9' && name.at[i] != '/')))
        i++;
    return i == name.len && i > 0 && i <= SHOWN_MOST;
}

static void add_bad_name(struct dotenv_reader *r, const char *place, struct slice key)
{
    if (r->rule.skip_invalid) {
        dotenv_add_note(r, place, "passed over: an invalid name");
        return;
    }
    buf_printf(&r->bad, "%sline %zu", r->bad.len ? ", " : "", line_of(r, place));
    if (is_showable(key))
        buf_printf(&r->bad, " (%.*s)", (int)key.len, key.at);
}

/* Notes a name that is there already. False if out of memory. */
static bool remember_name(struct dotenv_reader *r, const char *place, struct slice key)
{
    size_t *number = hashtable_number(&r->seen, key);

    if (!number)
        return false;
    if (*number)
        dotenv_add_note(r, place, "a name that an earlier line has too: this value replaces that");
    *number = r->kv->count;
    return true;
}

bool dotenv_take(struct dotenv_reader *r, const char *place, struct slice key, struct slice raw,
                 dotenv_decode *decode)
{
    struct slice value;
    char *out;

    if (slice_has(raw, '\0'))
        dotenv_add_note(r, place, "a zero byte, which no environment can hold");

    if (!text_is_key(key)) {
        add_bad_name(r, place, key);
        return true;
    }
    out = arena_alloc(&r->kv->arena, raw.len + 1);
    if (out) {
        value = (struct slice){out, raw.len};
        if (decode)
            value.len = decode(raw, out);
        else if (raw.len)
            memcpy(out, raw.at, raw.len);
        out[value.len] = '\0';
    }
    if (!out || !kv_add_own(r->kv, key, value) || !remember_name(r, place, key)) {
        err_no_memory(r->err);
        return false;
    }
    return true;
}

bool dotenv_take_dollars(struct dotenv_reader *r, const char *place, struct slice key,
                         struct slice raw, dotenv_decode *decode,
                         const struct dotenv_dollars *dollars)
{
    struct slice text = raw;

    if (!slice_has(raw, '$'))
        return dotenv_take(r, place, key, raw, decode);
    if (decode) {
        char *out = arena_alloc(&r->kv->arena, raw.len);

        if (!out) {
            err_no_memory(r->err);
            return false;
        }
        text = (struct slice){out, decode(raw, out)};
    }
    if (dollars->expand(text))
        dotenv_add_note(r, place, dollars->note);
    return dotenv_take(r, place, key, text, dollars->decode);
}
