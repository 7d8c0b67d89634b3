/* What a command writes, masked. */
#ifndef VAULT_RUN_REDACT_H
#define VAULT_RUN_REDACT_H

struct redact;

/* As child_run. */
int redact_run(const struct redact *r, char *const *command, char **variables);

#endif
