/* Runs a command with its output masked. */
#ifndef VAULT_RUN_REDACT_H
#define VAULT_RUN_REDACT_H

struct redact;

/* Like child_run. */
int redact_run(const struct redact *r, char *const *command, char **variables);

#endif
