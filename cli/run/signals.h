/* Signals that are held back. */
#ifndef VAULT_SIGNALS_H
#define VAULT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Takes the next signal that is sent to this process, which holds all of them back. Waits a second
 * at most: 0 if none came. */
int signal_take(siginfo_t *info);

/* Whether it came from the terminal, which sends it to the command too, and not from a process. */
bool signal_from_terminal(const siginfo_t *info);

#endif
