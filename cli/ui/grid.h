/* A screen of character cells. What is drawn goes to cells first, and then only those that differ
 * from what the terminal shows are written.
 *
 * A cell may hold a part of a value, so the cells are in guarded memory and wiped. */
#ifndef VAULT_GRID_H
#define VAULT_GRID_H

#include "base/mem.h"

enum { GRID_LEAST_WIDTH = 40, GRID_LEAST_HEIGHT = 10, GRID_MOST = 1000 };

/* How a cell looks. Colours are the terminal's own 16, on its own background, so that they suit a
 * light and a dark one. Without colours only the attributes remain. */
enum grid_style {
    GRID_PLAIN,
    GRID_STRONG,
    GRID_FAINT,
    GRID_HEAD,
    GRID_SAME,
    GRID_DIFFERENT,
    GRID_OPEN,
    GRID_WARNING,
    GRID_CHANGED,
    GRID_STYLES,
    GRID_REVERSED = 16 /* added to a style */
};

struct grid_cell {
    uint32_t character; /* 0: the right half of a wide one */
    uint32_t mark;      /* a combining mark on it, or 0 */
    uint32_t style;
};

struct grid {
    int width, height;
    bool utf8, colours;
    struct arena arena;
    struct grid_cell *now, *shown; /* shown: what the terminal has */
    bool unknown;                  /* what the terminal has is not known */
};

/* Sets the size, and forgets what was drawn and what the terminal shows. False if out of memory. */
bool grid_resize(struct grid *g, int width, int height);
void grid_free(struct grid *g);

/* The next grid_write writes every cell. */
void grid_forget(struct grid *g);

/* Clears what is drawn, not what the terminal shows. */
void grid_clear(struct grid *g);

/* Draws text, of at most `most` columns, and returns how many it took. What is not UTF-8 or would
 * act on the terminal is drawn as "?"; without UTF-8 so is all that is not ASCII. grid_cut does the
 * same and marks that something was cut off. */
int grid_put(struct grid *g, int x, int y, int most, unsigned style, struct slice text);
int grid_cut(struct grid *g, int x, int y, int most, unsigned style, struct slice text);

/* Sets the style of a part of a line. */
void grid_restyle(struct grid *g, int x, int y, int count, unsigned style);

/* How many columns a text takes. */
int grid_width_of(const struct grid *g, struct slice text);

/* Appends what makes the terminal show the cells: only those that changed. out MUST be secret. */
void grid_write(struct grid *g, struct buf *out);

/* Appends the cells as lines of text without trailing spaces. */
void grid_text(const struct grid *g, struct buf *out);

/* The columns that terminals give a character: 0, 1 or 2. */
int character_width(uint32_t c);

#endif
