/* Messages go to stderr, escaped for the terminal. Values go to stdout. */
#ifndef VAULT_SAY_H
#define VAULT_SAY_H

#include "base/mem.h"
#include "ui/status.h"
#include "vault.h"

/* Messages begin with the name by which the program was called, and {program} in a format is that
 * name. */

/* Prints "vault: …" and yields the status. A macro, so that analyzers see the constant. */
#define say_error(status, ...) (say_failure(__VA_ARGS__), status_is(status))
void say_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline enum status status_is(enum status status)
{
    return status;
}
static inline enum status say_no_memory(void)
{
    return say_error(STATUS_FAILED, "out of memory");
}
void say_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on prints no notes or hints until an error was printed. */
void say_errors_only(void);

/* From now on messages are appended to `lines`, for a screen that shows them itself. NULL: they are
 * printed again. */
void say_into(struct buf *lines);

/* The exit status for an error code. */
enum status status_of(vault_err err);

/* Whether an error means only that no credential opens an environment. */
bool is_locked(vault_err err);

/* Prints the handle's error and its hint, and returns the exit status for it. */
enum status say_vault_error(const vault *v, vault_err err);

/* Prints the hint for the handle's error, if there is one. */
void say_hint_of(const vault *v);

/* Writes to stdout without stdio, which would keep a copy of values. STATUS_FAILED after a message.
 */
enum status write_out(const char *data, size_t len);
enum status write_buf(const struct buf *b);

/* Prints the result of a change that is already saved. If stdout fails, a note says that the change
 * was saved, the lines go to stderr, and the status is STATUS_FAILED. Not for secrets. */
enum status write_saved(const struct buf *b);

#endif
