/* age's armor: a binary age file as PEM-like text. */
#ifndef VAULT_ARMOR_H
#define VAULT_ARMOR_H

#include "base/err.h"
#include "base/mem.h"

/* Whether the first line that is not blank is the armor's first line. */
bool armor_is(struct slice text);

/* Appends the binary file. ERR_FORMAT, with the line, if the armor is malformed. */
enum err_code armor_read(struct slice text, struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* Appends the binary file as armor. */
void armor_write(struct slice file, struct buf *out);

#endif
