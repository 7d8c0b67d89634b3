/* Errors: a code for the program, a sentence for the user.
 *
 * An error is set once, where the detail is known, and passed up unchanged. The sentence is
 * lower-case, has no full stop, names what was wrong, and MUST NOT contain a secret, or a rejected
 * input that may be one. Bytes from a file MUST be escaped (text_escape). */
#ifndef VAULT_ERR_H
#define VAULT_ERR_H

#include <stdarg.h>
#include <stdbool.h>

enum err_code {
    ERR_NONE = 0,
    ERR_FAILED,        /* a system call failed: disk, permission */
    ERR_FORMAT,        /* malformed input; the sentence says where */
    ERR_NEWER,         /* written by a newer version of the format */
    ERR_CONFLICT,      /* git's conflict markers, or a merge conflict */
    ERR_INTEGRITY,     /* a seal, a value or a pin does not match */
    ERR_NO_CREDENTIAL, /* no identity or passphrase was given */
    ERR_LOCKED,        /* none of those given opens it */
    ERR_ABSENT,        /* no such file, environment, secret or variable */
    ERR_EXISTS,        /* already exists */
    ERR_INVALID,       /* an invalid argument: a name, a size */
    ERR_CANCELLED,     /* the user declined */
    ERR_NO_MEMORY      /* out of memory */
};

enum { ERR_TEXT_MAX = 1024, ERR_HINT_MAX = 512 };

struct err {
    enum err_code code;
    char text[ERR_TEXT_MAX];
    char hint[ERR_HINT_MAX]; /* what to type next, or empty */
};

/* Returns code, for `return err_set(…)`. A text that is too long is cut at a UTF-8 character. */
enum err_code err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Like err_set, and appends ": " and the message for errno. The code is ERR_NO_MEMORY for ENOMEM,
 * else ERR_FAILED. */
enum err_code err_system(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "out of memory" */
enum err_code err_no_memory(struct err *err);

/* ERR_NONE if memory was allocated, else err_no_memory. */
enum err_code err_memory(bool was_there, struct err *err);

/* Adds a hint: what to type next. */
void err_hint(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
