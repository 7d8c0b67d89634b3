/* Proposals on the command line. */
#ifndef VAULT_CLI_INBOX_H
#define VAULT_CLI_INBOX_H

#include "session/session.h"

#include "base/mem.h"

/* Whether a value may be sealed to the inbox of the session's environment: its key was accepted
 * here, or a person accepts its fingerprint on a terminal. */
enum status inbox_accept_key(struct session *s);

/* On a terminal, asks whether to propose instead, after an error that says that no key opens the
 * environment. Otherwise reports that error, with the hint to --propose. */
enum status inbox_offer(struct session *s, vault_err err);

/* For people who may read the environment: appends how many proposals wait, or nothing. */
void inbox_add_waiting(vault *v, const char *env, struct buf *out);

#endif
