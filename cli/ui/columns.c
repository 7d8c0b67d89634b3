/* Rows of text in aligned columns. */
#include "columns.h"

#include "fit.h"

#include "base/text.h"

#include <string.h>
#include <time.h>

enum { GAP = 2, LEAST_NAME = 12 };

void columns_begin(struct columns *c, const char *const *titles, size_t count)
{
    *c = (struct columns){.titles = titles, .count = count, .width = fit_width()};
    tzset();
}

void columns_free(struct columns *c)
{
    buf_free(&c->cells);
}

void columns_next(struct columns *c)
{
    buf_add(&c->cells, "", 1);
}

void columns_add(struct columns *c, struct slice text)
{
    text_escape(&c->cells, text, SIZE_MAX);
    columns_next(c);
}

void columns_date(struct columns *c, int64_t date)
{
    time_t when = (time_t)date;
    char text[32] = "";
    struct tm tm;

    if (c->width && localtime_r(&when, &tm))
        strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
    if (text[0])
        buf_add_text(&c->cells, text);
    else
        text_date(&c->cells, date);
    columns_next(c);
}

/* In characters, as most terminals show them. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void measure(const struct columns *c, size_t widths[COLUMNS_MOST])
{
    size_t place = 0, others = 0;

    for (size_t i = 0; i < c->cells.len; i += strlen(c->cells.data + i) + 1, place++) {
        size_t width = width_of(c->cells.data + i);

        if (width > widths[place % c->count])
            widths[place % c->count] = width;
    }
    for (size_t i = 0; c->width && i < c->count; i++)
        if (widths[i] && widths[i] < width_of(c->titles[i]))
            widths[i] = width_of(c->titles[i]);
    for (size_t i = 1; i < c->count; i++)
        others += widths[i] ? widths[i] + GAP : 0;
    if (c->width && widths[0] + others > c->width)
        widths[0] = others + LEAST_NAME < c->width ? c->width - others : LEAST_NAME;
}

/* Appends a cell and, if another one follows on its line, the space after it. */
static void add_cell(struct buf *out, const char *cell, size_t width, size_t *owed)
{
    size_t len = width_of(cell);
    size_t bytes = *owed + strlen(cell);
    char *room = len ? buf_reserve(out, bytes) : NULL;

    if (room) {
        memset(room, ' ', *owed);
        memcpy(room + *owed, cell, bytes - *owed);
        out->len += bytes;
        *owed = 0;
    }
    *owed += (width > len ? width - len : 0) + GAP;
}

static void add_row(struct buf *out, const char *const *cells, const size_t *widths, size_t count)
{
    size_t owed = 0;

    add_cell(out, cells[0], widths[0], &owed);
    if (width_of(cells[0]) > widths[0]) {
        buf_add_text(out, "\n");
        owed = widths[0] + GAP;
    }
    for (size_t i = 1; i < count; i++)
        if (widths[i])
            add_cell(out, cells[i], widths[i], &owed);
    buf_add_text(out, "\n");
}

void columns_write(struct columns *c, struct buf *out)
{
    size_t widths[COLUMNS_MOST] = {0};
    const char *cells[COLUMNS_MOST];
    size_t place = 0;

    if (!buf_ok(&c->cells) || c->cells.len == 0) {
        out->failed |= c->cells.failed;
        return;
    }
    measure(c, widths);
    if (c->width)
        add_row(out, c->titles, widths, c->count);
    for (size_t i = 0; i < c->cells.len; i += strlen(c->cells.data + i) + 1) {
        cells[place++] = c->cells.data + i;
        if (place == c->count) {
            add_row(out, cells, widths, c->count);
            place = 0;
        }
    }
}
