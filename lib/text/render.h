/* A template filled with the values of an environment. */
#ifndef VAULT_RENDER_H
#define VAULT_RENDER_H

#include "base/err.h"
#include "selection.h"

/* Appends the text to out, a secret buffer, with the values in the holes that name them; a value
 * that is a template itself is resolved. ERR_ABSENT, ERR_INVALID: values are missing, a name
 * without a secret is in several, or a hole is wrong; the sentence has the lines. out then holds
 * nothing of use. */
enum err_code render_template(struct slice text, struct vault_selection *values, const char *env,
                              struct buf *out, struct err *err) __attribute__((warn_unused_result));

#endif
