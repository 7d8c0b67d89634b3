/* Runs a command with its output masked. */
#ifndef VAULT_RUN_REDACT_H
#define VAULT_RUN_REDACT_H

#include <stdbool.h>

struct redact;

/* Whether what is written to a descriptor goes to a file or a device, and not to a terminal, a pipe
 * or a socket. */
bool redact_is_file(int fd);

/* Like child_run, with what the command writes masked; but, if keeps_files, not what goes to files.
 */
int redact_run(const struct redact *r, bool keeps_files, char *const *command, char **variables);

#endif
