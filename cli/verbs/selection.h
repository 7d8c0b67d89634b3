/* The values that exec and export hand out. */
#ifndef VAULT_SELECTION_H
#define VAULT_SELECTION_H

#include "session/session.h"

struct selection {
    struct session s;
    vault_selection *selection;
    size_t count;    /* of its values */
    bool unverified; /* no key was used */
};

/* Opens the vault and selects what the command line asks for. On anything but STATUS_OK a message
 * was given. selection_close in either case. */
enum status selection_open(struct selection *g, const struct args *args);
void selection_close(struct selection *g);

#endif
