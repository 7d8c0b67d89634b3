/* Messages: values go to stdout, all else to stderr, escaped for the terminal. */
#ifndef VAULT_SAY_H
#define VAULT_SAY_H

#include "base/mem.h"
#include "ui/status.h"
#include "vault.h"

/* Messages begin with the name by which the program was called, and {program} in a format is that
 * name. */

/* "vault: …". Its value is the status: a macro, so that the code shows which. */
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

/* The exit status of a kind of error. */
enum status status_of(vault_err err);

/* Whether an error says only that nothing that was given opens an environment. */
bool is_locked(vault_err err);

/* Says the handle's error and its hint, and returns the exit status of its kind. */
enum status say_vault_error(const vault *v, vault_err err);

/* What to type next after the handle's error, if there is a hint for its reason. */
void say_hint_of(const vault *v);

/* Writes bytes to stdout; STATUS_FAILED after a message. Values never pass through stdio. */
enum status write_out(const char *data, size_t len);
enum status write_buf(const struct buf *b);

/* Lines about something that was saved, which nothing undoes: if stdout does not take them, it is
 * said that it was saved, stderr gets them, and the status is STATUS_FAILED. Not for secrets. */
enum status write_saved(const struct buf *b);

#endif
