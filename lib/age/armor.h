/* age's armor: a binary age file as PEM-like text. Reading only. */
#ifndef VAULT_ARMOR_H
#define VAULT_ARMOR_H

#include "base/err.h"
#include "base/mem.h"

/* Whether text is meant as armor: its first line that is not blank begins like BEGIN's. */
bool armor_is(struct slice text);

/* Appends the binary file; ERR_FORMAT, with the line, if anything is not as it should be. */
enum err_code armor_read(struct slice text, struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

#endif
