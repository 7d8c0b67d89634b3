/* The dashboard: its messages, and the terminal's clipboard. */
#include "ui.h"

#include "ui/hints.h"

#include "base/text.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set_message(struct ui *u, bool alarm, const char *format, va_list args)
{
    char text[1024];

    vsnprintf(text, sizeof text, format, args);
    buf_clear(&u->message);
    text_escape(&u->message, (struct slice){text, text_utf8_prefix(slice_of(text))}, SIZE_MAX);
    u->is_alarm = alarm;
}

void ui_say(struct ui *u, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_message(u, false, format, args);
    va_end(args);
}

void ui_alarm(struct ui *u, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_message(u, true, format, args);
    va_end(args);
}

void ui_say_error(struct ui *u, vault_err err)
{
    struct buf hint = {0};

    if (has_hint(u->s.v))
        hint_of(u->s.v, &hint);
    ui_alarm(u, "%s%s%s", err == VAULT_NO_MEMORY ? "out of memory" : vault_error(u->s.v),
             hint.len ? ". " : "", buf_text(&hint, ""));
    buf_free(&hint);
}

/* The first line, and the hint that follows it. */
void ui_hear(struct ui *u)
{
    struct slice rest = buf_slice(&u->said), line;
    struct buf text = {0};

    if (rest.len == 0)
        return;
    while (text_next_line(&rest, &line)) {
        const char *colon = memchr(line.at, ':', line.len);
        size_t prefix = colon && colon + 1 < line.at + line.len ? (size_t)(colon - line.at) + 2 : 0;
        bool is_hint = slice_begins(line, "hint: ");

        buf_add_text(&text, text.len == 0 ? "" : is_hint ? ". " : "; ");
        buf_add(&text, line.at + prefix, line.len - prefix);
    }
    ui_alarm(u, "%s", buf_text(&text, "out of memory"));
    buf_free(&text);
    buf_clear(&u->said);
}

/* ---- the clipboard ---- */

void ui_put_clipboard(struct ui *u, struct slice value)
{
    struct buf out = BUF_SECRET;
    size_t size = sodium_base64_encoded_len(value.len, sodium_base64_VARIANT_ORIGINAL);
    char *room;

    buf_add_text(&out, "\033]52;c;");
    room = buf_reserve(&out, size);
    if (room) {
        sodium_bin2base64(room, size, (const unsigned char *)value.at, value.len,
                          sodium_base64_VARIANT_ORIGINAL);
        out.len += size - 1;
    }
    buf_add_text(&out, "\a");
    if (buf_ok(&out))
        u->terminal.write(u->terminal.user, buf_slice(&out));
    buf_free(&out);
}

void ui_clear_clipboard(struct ui *u)
{
    if (!u->clear_clipboard)
        return;
    u->clear_clipboard = 0;
    ui_put_clipboard(u, (struct slice){"", 0});
    if (!u->done)
        ui_say(u, "the clipboard was cleared");
}
