/* Text for people, fitted to the width of their terminal. */
#ifndef VAULT_FIT_H
#define VAULT_FIT_H

#include "ui/args.h"
#include "ui/status.h"

/* The width of stdout's terminal in columns, as it was at the first call; 0: there is none. */
size_t fit_width(void);

/* Appends the lines. One that is longer than width is broken at spaces, and goes on below its
 * second column; a word that is too long stays whole. Lines that were one sentence are joined first
 * if is_prose. */
void fit_lines(struct buf *out, struct slice text, size_t width, bool is_prose);

/* Appends a table or a list to `fitted`, as it is shown on a terminal. False: it is shown as it is,
 * since there is no terminal, it is JSON, or --reveal was given. */
bool fit_text(const struct args *args, const struct buf *text, struct buf *fitted);

/* Writes it to stdout, fitted if it should be. */
enum status fit_write(const struct args *args, const struct buf *text);

#endif
