/* Environments that an age plugin opens. */
#ifndef VAULT_BYPLUGIN_H
#define VAULT_BYPLUGIN_H

#include "age/plugin.h"
#include "seal.h"

/* Whether one of these readers could be this identity: no plugin is started otherwise. */
bool byplugin_may_help(const struct age_identity *id, const struct doc_table *readers);

/* Asks the identity's plugin, in one run, to open the entries of these readers. Sets the keys of
 * the environment that has this inbox-key, and the reader whose entry holds it. ERR_LOCKED without
 * a reason: it opens none of them. ERR_LOCKED with one: it could not be asked, or has failed.
 * ERR_INTEGRITY: what it returned is not the key of the entry, or the entry holds something else.
 */
enum err_code byplugin_open(const struct age_plugins *plugins, const struct age_identity *id,
                            const struct doc_table *readers, struct slice inbox_key,
                            struct seal_keys *keys, struct slice *reader, struct err *err)
    __attribute__((warn_unused_result));

#endif
