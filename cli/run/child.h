/* Starts commands. */
#ifndef VAULT_CHILD_H
#define VAULT_CHILD_H

#include "ui/status.h"

#include <stdbool.h>
#include <sys/types.h>

/* Block signals while there are files to remove, so that no signal ends this process before it has
 * removed them. A blocked signal that was not passed on arrives at the release. Calls may nest. */
void child_hold_signals(void);
void child_release_signals(void);

/* Runs a command while signals are held, passes signals on to it, and returns its exit status: 128
 * + n if signal n ended it. If variables is NULL it inherits this environment, without
 * credentials. */
int child_run(char *const *command, char **variables);

/* The same; prepare runs in the new process, with signals still held. */
typedef bool child_prepare(void *state);
int child_run_as(char *const *command, char **variables, child_prepare *prepare, void *state);

/* Starts a command while signals are held, and returns its process ID; -1 after a message. */
pid_t child_start(char *const *command, char **variables, child_prepare *prepare, void *state);

/* Converts waitpid's status to an exit status. */
int child_status(int status);

/* For callers that also wait for other events: returns a descriptor that is readable after a
 * signal, or -1 with errno. Signals are caught between child_catch_signals and
 * child_uncatch_signals, and held again after that; SIGPIPE is ignored meanwhile. */
struct caught {
    unsigned char number;
    unsigned char from_terminal;
};
int child_signals(void);
void child_catch_signals(void); /* after starting the command, which must not inherit this */
bool child_next_signal(struct caught *caught);
void child_uncatch_signals(void);

/* Passes a signal on to the command, unless it came from the terminal, which sends it to both.
 * Stops if the signal stops the command. */
void child_pass_on(pid_t child, int number, bool from_terminal);

/* Stops this process group, as Ctrl-Z does. Does nothing in an orphaned group, which nobody could
 * continue. */
void child_stop_all(void);

/* A pipe with close-on-exec set. False with errno. */
bool pipe_make(int ends[2]);

/* Replaces this process with the command. Returns only on failure: 126 or 127 after a message, or
 * 125 without one if the environment is too long. */
enum status child_become(char *const *command, char **variables);

#endif
