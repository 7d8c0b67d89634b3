/* A screen of character cells; see grid.h. */
#include "grid.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- the width of characters ---- */

struct range {
    uint32_t first, last;
};

/* Unicode's East Asian wide and fullwidth blocks, and its pictures. */
static const struct range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
    {0x23F0, 0x23F0},   {0x23F3, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x267F, 0x267F},   {0x2693, 0x2693},   {0x26A1, 0x26A1},
    {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},   {0x26CE, 0x26CE},
    {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},
    {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27B0},   {0x27BF, 0x27BF},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x2E80, 0x303E},
    {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
    {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},
    {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18CFF},
    {0x1AFF0, 0x1B2FF}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E},
    {0x1F191, 0x1F19A}, {0x1F200, 0x1F320}, {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C},
    {0x1F37E, 0x1F393}, {0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0},
    {0x1F3F4, 0x1F3F4}, {0x1F3F8, 0x1F43E}, {0x1F440, 0x1F440}, {0x1F442, 0x1F4FC},
    {0x1F4FF, 0x1F53D}, {0x1F54B, 0x1F567}, {0x1F57A, 0x1F57A}, {0x1F595, 0x1F596},
    {0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F}, {0x1F680, 0x1F6C5}, {0x1F6CC, 0x1F6CC},
    {0x1F6D0, 0x1F6DF}, {0x1F6EB, 0x1F6FC}, {0x1F7E0, 0x1F7F0}, {0x1F90C, 0x1F9FF},
    {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
};

/* Combining marks, joiners and variation selectors. */
static const struct range none[] = {
    {0x0300, 0x036F},   {0x0483, 0x0489},   {0x0591, 0x05BD}, {0x05BF, 0x05BF}, {0x05C1, 0x05C2},
    {0x0610, 0x061A},   {0x064B, 0x065F},   {0x0670, 0x0670}, {0x06D6, 0x06DC}, {0x06DF, 0x06E4},
    {0x0711, 0x0711},   {0x0730, 0x074A},   {0x0900, 0x0902}, {0x093A, 0x093A}, {0x093C, 0x093C},
    {0x0941, 0x0948},   {0x094D, 0x094D},   {0x0951, 0x0957}, {0x0981, 0x0981}, {0x09BC, 0x09BC},
    {0x09C1, 0x09C4},   {0x09CD, 0x09CD},   {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},
    {0x0EB1, 0x0EB1},   {0x0EB4, 0x0EBC},   {0x0F71, 0x0F84}, {0x1160, 0x11FF}, {0x135D, 0x135F},
    {0x17B4, 0x17B5},   {0x17B7, 0x17BD},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
    {0x202A, 0x202E},   {0x2060, 0x206F},   {0x20D0, 0x20FF}, {0x302A, 0x302D}, {0x3099, 0x309A},
    {0xA66F, 0xA672},   {0xFE00, 0xFE0F},   {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0x1D165, 0x1D169},
    {0x1F3FB, 0x1F3FF}, {0xE0000, 0xE0FFF},
};

static bool is_in(const struct range *list, size_t count, uint32_t c)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (c > list[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && c >= list[low].first;
}

int character_width(uint32_t c)
{
    if (c < 0x300)
        return 1;
    if (is_in(none, sizeof none / sizeof *none, c))
        return 0;
    return is_in(wide, sizeof wide / sizeof *wide, c) ? 2 : 1;
}

/* ---- drawing ---- */

static size_t cells_of(const struct grid *g)
{
    return (size_t)g->width * (size_t)g->height;
}

bool grid_resize(struct grid *g, int width, int height)
{
    size_t size;

    grid_free(g);
    g->width = width < 1 ? 1 : width > GRID_MOST ? GRID_MOST : width;
    g->height = height < 1 ? 1 : height > GRID_MOST ? GRID_MOST : height;
    size = cells_of(g) * sizeof *g->now;
    g->now = arena_alloc(&g->arena, size);
    g->shown = arena_alloc(&g->arena, size);
    if (!g->now || !g->shown) {
        grid_free(g);
        return false;
    }
    memset(g->shown, 0, size);
    grid_clear(g);
    return true;
}

void grid_free(struct grid *g)
{
    arena_free(&g->arena);
    g->now = g->shown = NULL;
    g->width = g->height = 0;
    g->unknown = true;
}

void grid_forget(struct grid *g)
{
    g->unknown = true;
}

void grid_clear(struct grid *g)
{
    for (size_t i = 0; i < cells_of(g); i++)
        g->now[i] = (struct grid_cell){.character = ' '};
}

static bool acts_on_terminal(uint32_t c)
{
    return c < 0x20 || c == 0x7F || text_is_far_control(c);
}

/* Takes a character off the text, as it will be drawn. */
static uint32_t take(const struct grid *g, struct slice *text)
{
    size_t len = 0;
    uint32_t c = text_character(*text, &len);

    if (len == 0 || acts_on_terminal(c) || (c > 0x7E && !g->utf8))
        c = '?';
    if (len == 0)
        len = 1;
    text->at += len;
    text->len -= len;
    return c;
}

int grid_width_of(const struct grid *g, struct slice text)
{
    int width = 0;

    while (text.len > 0)
        width += character_width(take(g, &text));
    return width;
}

static void set(struct grid *g, int x, int y, struct grid_cell cell)
{
    struct grid_cell *line = g->now + (size_t)y * (size_t)g->width;

    if (line[x].character == 0 && x > 0) /* half of a wide character does not remain */
        line[x - 1].character = ' ';
    if (x + 1 < g->width && line[x + 1].character == 0)
        line[x + 1].character = ' ';
    line[x] = cell;
}

int grid_put(struct grid *g, int x, int y, int most, unsigned style, struct slice text)
{
    int at = 0;

    if (y < 0 || y >= g->height || x < 0 || x >= g->width)
        return 0;
    if (most > g->width - x)
        most = g->width - x;
    while (text.len > 0) {
        uint32_t c = take(g, &text);
        int width = character_width(c);

        if (width == 0 && at > 0 && !text_is_far_control(c)) {
            struct grid_cell *last = &g->now[(size_t)y * (size_t)g->width + (size_t)(x + at - 1)];

            if (last->character == 0)
                last--;
            last->mark = c >= 0x200B && c <= 0x206F ? 0 : c;
        }
        if (width == 0)
            continue;
        if (at + width > most)
            break;
        set(g, x + at, y, (struct grid_cell){.character = c, .style = style});
        if (width == 2)
            g->now[(size_t)y * (size_t)g->width + (size_t)(x + at + 1)] =
                (struct grid_cell){.style = style};
        at += width;
    }
    return at;
}

int grid_cut(struct grid *g, int x, int y, int most, unsigned style, struct slice text)
{
    const char *dots = g->utf8 ? "…" : "~";

    if (most > g->width - x)
        most = g->width - x;
    if (most < 1)
        return 0;
    if (grid_width_of(g, text) <= most)
        return grid_put(g, x, y, most, style, text);
    x += most = grid_put(g, x, y, most - 1, style, text);
    return most + grid_put(g, x, y, 1, style, slice_of(dots));
}

void grid_restyle(struct grid *g, int x, int y, int count, unsigned style)
{
    if (y < 0 || y >= g->height)
        return;
    for (int i = x < 0 ? 0 : x; i < x + count && i < g->width; i++)
        g->now[(size_t)y * (size_t)g->width + (size_t)i].style = style;
}

/* ---- writing ---- */

static void write_style(const struct grid *g, struct buf *out, unsigned style)
{
    static const struct {
        const char *attributes, *colour;
    } looks[GRID_STYLES] = {
        [GRID_PLAIN] = {"", ""},    [GRID_STRONG] = {";1", ""},     [GRID_FAINT] = {";2", ""},
        [GRID_HEAD] = {";1;4", ""}, [GRID_SAME] = {"", ";32"},      [GRID_DIFFERENT] = {"", ";33"},
        [GRID_OPEN] = {"", ";36"},  [GRID_WARNING] = {";1", ";31"}, [GRID_CHANGED] = {";1", ";35"},
    };
    unsigned look = style & ~(unsigned)GRID_REVERSED;

    buf_add_text(out, "\033[0");
    if (look < GRID_STYLES) {
        buf_add_text(out, looks[look].attributes);
        buf_add_text(out, g->colours ? looks[look].colour : "");
    }
    buf_add_text(out, style & GRID_REVERSED ? ";7m" : "m");
}

static bool is_same(const struct grid_cell *a, const struct grid_cell *b)
{
    return a->character == b->character && a->mark == b->mark && a->style == b->style;
}

static void write_cell(struct buf *out, const struct grid_cell *cell)
{
    char text[8], *end = text;

    if (cell->character == 0)
        return;
    end = text_put_character(end, cell->character);
    if (cell->mark)
        end = text_put_character(end, cell->mark);
    buf_add(out, text, (size_t)(end - text));
}

/* Moves the terminal's cursor to x; over a few cells of the same style by writing them again. */
static void move_to(struct buf *out, const struct grid_cell *line, int y, int x, int cursor,
                    unsigned style)
{
    enum { NEAR = 4 };
    bool near = cursor >= 0 && cursor <= x && x - cursor <= NEAR;

    for (int i = cursor; near && i < x; i++)
        near = line[i].style == style && line[i].character != 0;
    if (near && cursor < x)
        near = line[x].character != 0 && character_width(line[x - 1].character) == 1;
    for (int i = cursor; near && i < x; i++)
        write_cell(out, &line[i]);
    if (!near)
        buf_printf(out, "\033[%d;%dH", y + 1, x + 1);
}

/* Whether the cell, or the other half of its character, has changed. */
static bool has_changed(const struct grid *g, size_t at, int x)
{
    if (g->unknown || !is_same(&g->now[at], &g->shown[at]))
        return true;
    if (g->now[at].character == 0 && x > 0)
        return !is_same(&g->now[at - 1], &g->shown[at - 1]);
    return x + 1 < g->width && g->now[at + 1].character == 0 &&
           !is_same(&g->now[at + 1], &g->shown[at + 1]);
}

void grid_write(struct grid *g, struct buf *out)
{
    enum { NOWHERE = -1 };
    unsigned style = GRID_PLAIN;
    bool styled = false;

    if (g->unknown)
        buf_add_text(out, "\033[0m\033[2J");
    for (int y = 0; y < g->height; y++) {
        int cursor = NOWHERE; /* where the terminal's is, in this line */

        for (int x = 0; x < g->width; x++) {
            size_t at = (size_t)y * (size_t)g->width + (size_t)x;
            const struct grid_cell *cell = &g->now[at];

            if (!has_changed(g, at, x) ||
                (g->unknown && cell->character == ' ' && cell->style == GRID_PLAIN))
                continue;
            if (cell->character == 0 && cursor == x + 1)
                continue; /* written with its left half */
            if (cursor != x)
                move_to(out, cell - x, y, x, styled ? cursor : NOWHERE, style);
            if (!styled || cell->style != style)
                write_style(g, out, cell->style);
            style = cell->style;
            styled = true;
            write_cell(out, cell);
            cursor = x + (cell->character ? character_width(cell->character) : 0);
        }
    }
    if (styled && style != GRID_PLAIN)
        buf_add_text(out, "\033[0m");
    if (g->now)
        memcpy(g->shown, g->now, cells_of(g) * sizeof *g->now);
    g->unknown = false;
}

void grid_text(const struct grid *g, struct buf *out)
{
    for (int y = 0; y < g->height; y++) {
        const struct grid_cell *line = g->now + (size_t)y * (size_t)g->width;
        int end = g->width;

        while (end > 0 && (line[end - 1].character == ' '))
            end--;
        for (int x = 0; x < end; x++)
            write_cell(out, &line[x]);
        buf_add_text(out, "\n");
    }
}
