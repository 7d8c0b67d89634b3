/* JSON as verbs print it. */
#include "json.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static bool ends_in(const struct buf *out, char c)
{
    return out->len > 0 && out->data[out->len - 1] == c;
}

static void add_name(struct buf *out, const char *name)
{
    buf_printf(out, "%s\"%s\": ", ends_in(out, '{') ? "" : ", ", name);
}

void json_text(struct buf *out, const char *name, struct slice text)
{
    add_name(out, name);
    text_json(out, text);
}

void json_word(struct buf *out, const char *name, const char *text)
{
    json_text(out, name, slice_of(text));
}

void json_date(struct buf *out, const char *name, int64_t date)
{
    add_name(out, name);
    buf_add_text(out, "\"");
    text_date(out, date);
    buf_add_text(out, "\"");
}

void json_raw(struct buf *out, const char *name, const char *format, ...)
{
    char text[64];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add_name(out, name);
    buf_add_text(out, text);
}

void json_item(struct buf *out)
{
    buf_add_text(out, ends_in(out, '}') ? ",\n  {" : "\n  {");
}

void json_end(struct buf *out)
{
    buf_add_text(out, ends_in(out, '[') ? "]\n" : "\n]\n");
}
