/* dotenv files, read plainly: nothing is expanded and nothing is run.
 *
 * A line is empty, a # comment, or NAME=VALUE, perhaps behind "export ". A value is 'literal' (may
 * go on over lines), "with \n \r \t \\ \" \$ escapes" (likewise), or bare: trimmed, and ended by a
 * # behind a space. */
#ifndef VAULT_DOTENV_H
#define VAULT_DOTENV_H

#include "kv.h"

/* Adds what the text says to kv; ERR_FORMAT with the line, which is not repeated: it may hold a
 * secret. */
enum err_code dotenv_read(struct slice text, struct vault_kv *kv, struct err *err)
    __attribute__((warn_unused_result));

#endif
