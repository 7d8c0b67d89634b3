/* Rows of text in aligned columns. On a terminal they have headers, dates are local, and a name
 * that would push its row past the width has a line to itself. */
#ifndef VAULT_COLUMNS_H
#define VAULT_COLUMNS_H

#include "base/mem.h"

#include <stdint.h>

enum { COLUMNS_MOST = 6 };

struct columns {
    const char *const *titles; /* of count columns */
    size_t count;
    size_t width;     /* of the terminal; 0: stdout is none */
    struct buf cells; /* each ends in a zero byte */
};

/* Call it before the process is caged: it asks the system for the time zone. */
void columns_begin(struct columns *c, const char *const *titles, size_t count);
void columns_free(struct columns *c);

/* Adds the next cell, from left to right and row by row. */
void columns_add(struct columns *c, struct slice text); /* escaped for a terminal */
void columns_date(struct columns *c, int64_t date);
void columns_next(struct columns *c); /* ends a cell that the caller has appended to c->cells */

/* Appends the rows. A column without text is left out. */
void columns_write(struct columns *c, struct buf *out);

#endif
