/* The values for exec and export. */
#ifndef VAULT_SELECTION_H
#define VAULT_SELECTION_H

#include "session/session.h"

struct selection {
    struct session s;
    vault_selection *selection;
    vault_kv *overlay; /* of --from-dotenv, or NULL */
    size_t count;      /* number of values */
    bool unverified;   /* no key was used */
};

/* Opens the vault and selects what the command line asks for. Any status but STATUS_OK was
 * reported. Call selection_close in either case. */
enum status selection_open(struct selection *g, const struct args *args);
void selection_close(struct selection *g);

#endif
