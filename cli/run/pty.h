/* A pseudo-terminal for a command. */
#ifndef VAULT_PTY_H
#define VAULT_PTY_H

#include "run/child.h"

#include <termios.h>

struct pty {
    int outer;  /* the user's terminal */
    int keys;   /* the same, for reading; -1: keys do not go to the command */
    int master; /* -1 without a pty */
    int slave;
    bool signals; /* the outer terminal handles Ctrl-C and Ctrl-Z */
    bool is_raw;
    struct termios before;
};

/* Whether it is the controlling terminal of this process. */
bool pty_is_own(int terminal);

/* Opens a pty with the settings of the outer terminal. with_keys: keys go to the command. False
 * with errno. Call pty_close in either case. */
bool pty_open(struct pty *p, int outer, bool with_keys);
void pty_close(struct pty *p);
void pty_copy_size(const struct pty *p);

/* Take over the outer terminal, if this process is in its foreground, and give it back. */
void pty_take(struct pty *p);
void pty_give_back(struct pty *p);

/* Starts the command on the pty, in a new session. The session leader watches it, writes its stops
 * and its end to `report`, and then waits for a signal to exit. prepare runs in the command's
 * process. leave runs in the leader's, to close descriptors that it does not need. Returns the
 * leader's process ID; -1 after a message. */
struct pty_report {
    unsigned char stopped; /* otherwise ended */
    unsigned char status;
};
pid_t pty_start(const struct pty *p, char *const *command, char **variables, child_prepare *prepare,
                child_prepare *leave, void *state, int report);

/* Sends a signal to the foreground process group of the pty. */
void pty_signal(const struct pty *p, int number);

#endif
