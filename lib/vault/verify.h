/* All that the key of an environment can check. */
#ifndef VAULT_VERIFY_H
#define VAULT_VERIFY_H

#include "handle.h"

/* Tells each finding (tell may be NULL), VERIFY_FINDINGS_MAX at most. ERR_INTEGRITY with how many
 * there are, or, with nobody to tell, with the first of them. */
enum { VERIFY_FINDINGS_MAX = 100 }; /* the line of each takes its time, and who reads more? */
enum err_code verify_env(struct vault *v, const char *env, handle_notice *tell, void *user)
    __attribute__((warn_unused_result));

#endif
