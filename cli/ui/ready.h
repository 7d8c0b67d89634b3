/* Waiting for descriptors, terminals among them. */
#ifndef VAULT_READY_H
#define VAULT_READY_H

#include <poll.h>

/* poll(2), for terminals too on every system. */
int await_ready(struct pollfd *polled, nfds_t count, int milliseconds);

#endif
