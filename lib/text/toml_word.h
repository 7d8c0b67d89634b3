/* One word of TOML: a number, a boolean, a date or a time. For toml.c alone. */
#ifndef VAULT_TOML_WORD_H
#define VAULT_TOML_WORD_H

#include "toml.h"

/* Sets the type of v, and its content, or that of time (zero so far). Returns what is wrong with
 * the word, or NULL. */
const char *toml_word_read(struct slice word, struct toml_value *v, struct toml_time *time)
    __attribute__((warn_unused_result));

/* The value of a hexadecimal digit; more than 15 if it is none. */
unsigned toml_digit(char c);

#endif
