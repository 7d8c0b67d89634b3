/* The terminal. */
#ifndef VAULT_TERMINAL_H
#define VAULT_TERMINAL_H

#include "ui/args.h"

/* Whether there is a person to ask. */
bool terminal_is_there(void);

/* Asks on /dev/tty with the echo off; the answer is in out, a secret buffer. False: no terminal, or
 * no answer. */
bool terminal_ask_hidden(const char *question, struct buf *out);

/* Yes or no. */
bool terminal_confirm(const char *question);

/* How the terminal is now, for when a command that was started leaves it otherwise. NULL, which the
 * others accept: there is none. */
struct terminal;
struct terminal *terminal_remember(void);
void terminal_restore(const struct terminal *t);
void terminal_forget(struct terminal *t);

/* Asks until the answer begins with one of these small letters, and gives that; 0: no answer. */
char terminal_choose(const char *question, const char *letters);

/* Asks "QUESTION? [y/N]" unless --yes was given. STATUS_FAILED after a message: no, or nobody to
 * ask. */
enum status confirm(const struct args *args, const char *question);

#endif
