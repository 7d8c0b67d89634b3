/* A guard for coding agents: what an agent reads on its terminal ends up in a log elsewhere. It is
 * no wall: whatever runs as the person can do what the person can. */
#ifndef VAULT_AGENT_H
#define VAULT_AGENT_H

#include "ui/args.h"

/* The variable that says that an agent runs this command, or NULL. VAULT_AGENT=guard says so too,
 * and with VAULT_AGENT=off nothing does. */
const char *agent_variable(void);

/* STATUS_GUARDED after a message, with the line for a person to type: an agent runs a command that
 * would hand out values. argv: the whole command line. */
enum status agent_guard(const struct args *args, char *const *argv);

#endif
