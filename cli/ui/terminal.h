/* Prompts on the terminal. */
#ifndef VAULT_TERMINAL_H
#define VAULT_TERMINAL_H

#include "ui/args.h"

/* Whether there is a terminal to ask on. */
bool terminal_is_there(void);

/* Asks on /dev/tty with the echo off. The answer goes to out, a secret buffer. False without a
 * terminal or an answer. */
bool terminal_ask_hidden(const char *question, struct buf *out);

/* The same with the echo on. */
bool terminal_ask_shown(const char *question, struct buf *out);

/* The same as terminal_ask_hidden for a value. A bracketed paste is taken whole, without its final
 * newline. *cut: the answer would have lost something, namely further lines or the end of a long
 * one. */
bool terminal_ask_value(const char *question, struct buf *out, bool *cut);

/* Asks a yes-or-no question. */
bool terminal_confirm(const char *question);

/* The terminal's settings, to restore if a command leaves them changed. NULL, which the others
 * accept, if there is no terminal. */
struct terminal;
struct terminal *terminal_remember(void);
void terminal_restore(const struct terminal *t);
void terminal_forget(struct terminal *t);

/* Asks until the answer begins with one of these lowercase letters; returns it, or 0 without an
 * answer. */
char terminal_choose(const char *question, const char *letters);

/* Asks "QUESTION? [y/N]" unless --yes was given. STATUS_FAILED after a message if the answer is no,
 * or without a terminal. */
enum status confirm(const struct args *args, const char *question);

#endif
