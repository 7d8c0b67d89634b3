/* A terminal for a command. */
#ifndef VAULT_PTY_H
#define VAULT_PTY_H

#include "run/child.h"

#include <termios.h>

struct pty {
    int outer;  /* the terminal that a person sits at */
    int keys;   /* the same, to read from; -1: what is typed is not for the command */
    int master; /* -1: there is none */
    int slave;
    bool signals; /* Ctrl-C and Ctrl-Z are the outer terminal's */
    bool is_raw;
    struct termios before;
};

/* Whether the terminal is the one that controls this process. */
bool pty_is_own(int terminal);

/* Makes one like the outer. with_keys: what is typed goes to the command. False with errno;
 * pty_close in either case. */
bool pty_open(struct pty *p, int outer, bool with_keys);
void pty_close(struct pty *p);
void pty_copy_size(const struct pty *p);

/* Takes over the outer terminal, if this process is in its foreground; and gives it back. */
void pty_take(struct pty *p);
void pty_give_back(struct pty *p);

/* Starts the command on the terminal, in a session of its own whose leader watches it, writes to
 * `report` what becomes of it, and stays until it gets a signal then. prepare runs in the command's
 * process, leave in the leader's, which needs nothing of ours. Returns the leader; -1 after a
 * message. */
struct pty_report {
    unsigned char stopped; /* else it has ended */
    unsigned char status;
};
pid_t pty_start(const struct pty *p, char *const *command, char **variables, child_prepare *prepare,
                child_prepare *leave, void *state, int report);

/* A signal to the processes in the terminal's foreground. */
void pty_signal(const struct pty *p, int number);

#endif
