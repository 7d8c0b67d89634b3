/* What went wrong: a code for the program, a sentence for the person.
 *
 * It is set once, where the detail is known, and passed up unchanged. The sentence is lowercase,
 * has no full stop, names what was wrong, and MUST NOT hold a secret or a rejected input that may
 * be one. Bytes that come from a file are escaped (text_escape) before they are put into it. */
#ifndef VAULT_ERR_H
#define VAULT_ERR_H

#include <stdarg.h>
#include <stdbool.h>

enum err_code {
    ERR_NONE = 0,
    ERR_FAILED,        /* the system refused: disk, permission */
    ERR_FORMAT,        /* malformed input; the sentence has its place */
    ERR_NEWER,         /* written by a newer version of the format */
    ERR_CONFLICT,      /* git's conflict markers, or a merge that needs a person */
    ERR_INTEGRITY,     /* a seal, a value or a pin does not match */
    ERR_NO_CREDENTIAL, /* nothing was given that could open it */
    ERR_LOCKED,        /* something was given, and it opens nothing */
    ERR_ABSENT,        /* not there: file, environment, secret, key, required key */
    ERR_EXISTS,        /* there already */
    ERR_INVALID,       /* an argument that can never be right: a name, a size */
    ERR_CANCELLED,     /* the person said no */
    ERR_NO_MEMORY      /* and so there is no answer, neither yes nor no */
};

enum { ERR_TEXT_MAX = 1024, ERR_HINT_MAX = 512 };

struct err {
    enum err_code code;
    char text[ERR_TEXT_MAX];
    char hint[ERR_HINT_MAX]; /* what to type next, or empty */
};

/* Returns code, so that a function can end in `return err_set(…)`. A longer text is cut at a whole
 * UTF-8 character. */
enum err_code err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and what errno says behind the text. ERR_NO_MEMORY for ENOMEM, else
 * ERR_FAILED. */
enum err_code err_system(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "out of memory" */
enum err_code err_no_memory(struct err *err);

/* ERR_NONE if it was there, else err_no_memory. */
enum err_code err_memory(bool was_there, struct err *err);

/* Adds what to type next. */
void err_hint(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
