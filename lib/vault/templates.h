/* Templates that a change would leave without a variable that they use. */
#ifndef VAULT_VAULT_TEMPLATES_H
#define VAULT_VAULT_TEMPLATES_H

#include "handle.h"

/* Tells each variable that a template of a secret names, up to a wrong hole. */
typedef void templates_tell(void *user, struct slice secret, struct slice name);
void templates_each_source(struct slice text, struct slice secret, templates_tell *tell,
                           void *user);

/* Before a variable is removed, or (item NULL) all of a secret. */
enum err_code templates_note_removed(struct vault *v, const struct doc_table *table,
                                     const struct doc_item *item)
    __attribute__((warn_unused_result));

/* After a variable became a template, or (item NULL) all of a secret was copied: for
 * secrets_check_templates. */
enum err_code templates_note_made(struct vault *v, const struct doc_table *table,
                                  const struct doc_item *item) __attribute__((warn_unused_result));

/* Before the file is written: ERR_INVALID if a template uses a variable that was removed. One that
 * could not be resolved before is no obstacle. */
enum err_code templates_check_removed(struct vault *v) __attribute__((warn_unused_result));

#endif
