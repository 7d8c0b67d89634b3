/* A program on the whole terminal: on its alternate screen, which leaves nothing in the scrollback,
 * with every key as it is typed. However the process ends, except by SIGKILL, the terminal is
 * as it was before. */
#ifndef VAULT_FULLSCREEN_H
#define VAULT_FULLSCREEN_H

#include "ui/keys.h"
#include "ui/status.h"

/* Whether the terminal can show a screen: STATUS_USAGE after a message if it cannot. */
enum status fullscreen_check(void);

/* Whether the locale is one of UTF-8. */
bool fullscreen_is_utf8(void);

/* Takes the terminal. One at a time. STATUS_FAILED after a message. */
enum status fullscreen_begin(void);

/* Gives the terminal back. Call it in either case. If a signal asked to end the process, that
 * signal then ends it: wipe everything before. */
void fullscreen_end(void);

/* Gives the terminal back for a while, as to another program. */
void fullscreen_leave(void);
void fullscreen_enter(void);

void fullscreen_size(int *width, int *height);
void fullscreen_write(struct slice bytes);

/* Waits for a key, for a quarter of a second at most. *fresh: the terminal shows nothing of what
 * was written to it, because the process was stopped meanwhile. */
struct key fullscreen_key(struct key_reader *k, bool *fresh);

#endif
