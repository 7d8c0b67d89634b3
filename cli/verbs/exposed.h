/* Values that former readers know. */
#ifndef VAULT_EXPOSED_H
#define VAULT_EXPOSED_H

#include "session/session.h"

struct exposure {
    const char *reader, *env, *secret, *name;
    const char *commit; /* where the reader could see it */
};

/* Tells of each value of all environments that a former reader knows. The session has the vault
 * open. A status other than STATUS_OK comes after a message. */
typedef void exposed_tell(void *user, const struct exposure *e);
enum status exposed_find(const struct session *s, exposed_tell *tell, void *user);

#endif
