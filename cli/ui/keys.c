/* Keys, from the bytes that a terminal sends: characters in UTF-8, the escape sequences of xterm
 * and of those like it, and pastes between their marks. */
#include "keys.h"

#include "base/text.h"

#include <string.h>

#define PASTE_BEGIN "\033[200~"
#define PASTE_END "\033[201~"

enum { ESCAPE = 0x1B };

static const struct {
    const char *sequence; /* after ESC */
    enum key_kind kind;
} sequences[] = {
    {"[A", KEY_UP},       {"[B", KEY_DOWN},       {"[C", KEY_RIGHT},   {"[D", KEY_LEFT},
    {"OA", KEY_UP},       {"OB", KEY_DOWN},       {"OC", KEY_RIGHT},   {"OD", KEY_LEFT},
    {"[H", KEY_HOME},     {"[F", KEY_END},        {"OH", KEY_HOME},    {"OF", KEY_END},
    {"[1~", KEY_HOME},    {"[4~", KEY_END},       {"[7~", KEY_HOME},   {"[8~", KEY_END},
    {"[5~", KEY_PAGE_UP}, {"[6~", KEY_PAGE_DOWN}, {"[3~", KEY_DELETE}, {"OM", KEY_ENTER},
};

static struct key key_of(enum key_kind kind)
{
    return (struct key){.kind = kind};
}

static bool is_pending(const struct key_reader *k, const char *text)
{
    return k->count == strlen(text) && memcmp(k->pending, text, k->count) == 0;
}

/* Whether an escape sequence has ended: with its final byte, or as one that cannot go on. */
static bool is_whole(const struct key_reader *k)
{
    unsigned char last = k->pending[k->count - 1];

    if (k->count == 2)
        return last != '[' && last != 'O';
    if (k->pending[1] == 'O')
        return true;
    if (k->count == 3 && last == '[') /* the Linux console's function keys */
        return false;
    return (last >= 0x40 && last <= 0x7E) || last < 0x20 || last > 0x7E ||
           k->count == sizeof k->pending;
}

static struct key named_key(const struct key_reader *k)
{
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
        if (k->count == strlen(sequences[i].sequence) + 1 &&
            memcmp(k->pending + 1, sequences[i].sequence, k->count - 1) == 0)
            return key_of(sequences[i].kind);
    return key_of(KEY_OTHER);
}

static struct key take_escape(struct key_reader *k)
{
    struct key key;

    if (k->count == 1 || !is_whole(k))
        return key_of(KEY_NONE);
    if (is_pending(k, PASTE_BEGIN)) {
        k->pasting = true;
        k->too_long = false;
        buf_clear(&k->paste);
        key = key_of(KEY_NONE);
    } else {
        key = named_key(k);
    }
    k->count = 0;
    return key;
}

static struct key take_control(unsigned char byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        return key_of(KEY_ENTER);
    case '\t':
        return key_of(KEY_TAB);
    case 0x08:
    case 0x7F:
        return key_of(KEY_BACKSPACE);
    case 0x03:
        return key_of(KEY_INTERRUPT);
    case 0x0C:
        return key_of(KEY_REDRAW);
    default:
        return key_of(KEY_OTHER);
    }
}

/* The bytes that a UTF-8 character has, from its first one; 0: it cannot be a first one. */
static size_t length_of(unsigned char first)
{
    return first < 0x80   ? 1
           : first < 0xC2 ? 0
           : first < 0xE0 ? 2
           : first < 0xF0 ? 3
           : first < 0xF5 ? 4
                          : 0;
}

static struct key take_character(struct key_reader *k)
{
    size_t want = length_of(k->pending[0]), len = 0;
    struct key key = {.kind = KEY_OTHER};

    if (k->count < want && (k->count == 1 || (k->pending[k->count - 1] & 0xC0) == 0x80))
        return key_of(KEY_NONE);
    if (want == k->count)
        key.character = text_character((struct slice){(const char *)k->pending, want}, &len);
    if (len == want && want > 0 && !text_is_far_control(key.character))
        key.kind = KEY_CHARACTER;
    k->count = 0;
    return key;
}

/* MUST: keep every byte of a paste until its end is seen, which a value cannot contain: a terminal
 * takes the mark out of what it pastes. */
static struct key take_paste(struct key_reader *k, unsigned char byte)
{
    static const size_t end = sizeof PASTE_END - 1;

    buf_add(&k->paste, byte == '\r' ? "\n" : (const char *)&byte, 1);
    if (k->paste.len > KEYS_PASTE_MAX + end) {
        buf_clear(&k->paste);
        k->too_long = true;
    }
    if (byte != '~' || k->paste.len < end ||
        memcmp(k->paste.data + k->paste.len - end, PASTE_END, end) != 0)
        return key_of(KEY_NONE);
    k->pasting = false;
    k->paste.len -= end;
    if (k->too_long || !buf_ok(&k->paste))
        buf_clear(&k->paste);
    return key_of(KEY_PASTE);
}

struct key keys_take(struct key_reader *k, unsigned char byte)
{
    if (k->pasting)
        return take_paste(k, byte);
    if (byte == ESCAPE && k->count > 0 && k->pending[0] == ESCAPE) {
        k->count = 1; /* the sequence before it was broken off */
        k->pending[0] = byte;
        return key_of(KEY_ESCAPE);
    }
    k->pending[k->count++] = byte;
    if (k->pending[0] == ESCAPE)
        return take_escape(k);
    if (k->pending[0] < 0x20 || k->pending[0] == 0x7F) {
        k->count = 0;
        return take_control(byte);
    }
    return take_character(k);
}

struct key keys_pause(struct key_reader *k)
{
    bool escape = k->count == 1 && k->pending[0] == ESCAPE, begun = k->count > 0;

    if (k->pasting || !begun)
        return key_of(KEY_NONE);
    k->count = 0;
    return key_of(escape ? KEY_ESCAPE : KEY_OTHER);
}

void keys_free(struct key_reader *k)
{
    buf_free(&k->paste);
    *k = KEY_READER_EMPTY;
}
