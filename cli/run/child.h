/* Commands that are started. */
#ifndef VAULT_CHILD_H
#define VAULT_CHILD_H

#include "ui/status.h"

#include <stdbool.h>
#include <sys/types.h>

/* From the first file that must be cleared away until it is: no signal ends this process in
 * between. One that came meanwhile, and was not passed on, comes then. These may be nested. */
void child_hold_signals(void);
void child_release_signals(void);

/* Signals are held. Runs it, passes signals on, and returns its exit status: 128 + n if signal n
 * ended it. variables NULL: all that it may inherit of our own environment. */
int child_run(char *const *command, char **variables);

/* The same; prepare runs in the new process. */
typedef bool child_prepare(void *state);
int child_run_as(char *const *command, char **variables, child_prepare *prepare, void *state);

/* Signals are held. Starts it, and returns its process; -1 after a message. prepare runs in the new
 * process, with the signals still held. */
pid_t child_start(char *const *command, char **variables, child_prepare *prepare, void *state);

/* What waitpid says, as an exit status. */
int child_status(int status);

/* Signals, for those who wait for other things too. The descriptor can be read when one has been
 * noted; -1 with errno. They are noted between catch and uncatch, SIGPIPE is ignored there, and
 * they are held again behind it. */
struct caught {
    unsigned char number;
    unsigned char from_terminal;
};
int child_signals(void);
void child_catch_signals(void); /* when the command has been started: it inherits nothing of it */
bool child_next_signal(struct caught *caught);
void child_uncatch_signals(void);

/* A signal for this process is one for the command too, if it has not got it itself: what the
 * terminal sends goes to both. Stops with it. */
void child_pass_on(pid_t child, int number, bool from_terminal);

/* Stops this process and those that were started with it, as Ctrl-Z does; where nobody could
 * continue them nothing happens. */
void child_stop_all(void);

/* Closed in a command that is started. False with errno. */
bool pipe_make(int ends[2]);

/* Turns this process into it; returns only after a message, with 126 or 127, or, without one, 125
 * where the environment is too long. */
enum status child_become(char *const *command, char **variables);

#endif
