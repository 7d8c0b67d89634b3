/* Errors: a code for the program, a sentence for the user.
 *
 * An error is set once, where the detail is known, and passed up unchanged. The sentence is
 * lower-case, has no full stop, names what was wrong, and MUST NOT contain a secret, or a rejected
 * input that may be one. Bytes from a file MUST be escaped (text_escape). */
#ifndef VAULT_ERR_H
#define VAULT_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum err_code {
    ERR_OK = 0,
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

/* What a caller may want to act on, within a code; vault.h's vault_reason says what each is. */
enum err_reason {
    ERR_REASON_NONE = 0,
    ERR_REASON_NAMES,
    ERR_REASON_SSH_PASSPHRASE,
    ERR_REASON_MARKERS,
    ERR_REASON_CHANGED,
    ERR_REASON_WORK_FACTOR,
    ERR_REASON_WORK_FACTOR_MOST,
    ERR_REASON_WORK,
    ERR_REASON_WORK_MOST,
    ERR_REASON_NO_PASSPHRASE,
    ERR_REASON_NOT_GRANTED,
    ERR_REASON_PINS_UNREADABLE,
    ERR_REASON_OTHER_VAULT,
    ERR_REASON_NEW_VAULT,
    ERR_REASON_NEW_ENVIRONMENT,
    ERR_REASON_KEY_TAKEN_BACK,
    ERR_REASON_KEY_OLDER,
    ERR_REASON_KEY_GOES_BACK,
    ERR_REASON_KEY_REPLACED,
    ERR_REASON_KEY_NOT_ASKED_FOR,
    ERR_REASON_LOCK_HELD,
    ERR_REASON_READ_ONLY,
    ERR_REASON_MERGE_CIRCLE,
    ERR_REASON_MERGE_KEY_UNKNOWN,
    ERR_REASON_MERGE_MARKERS,
    ERR_REASON_MERGE_OTHER_VAULT,
    ERR_REASON_MERGE_TOO_LARGE,
    ERR_REASON_MERGE_OPEN,
    ERR_REASON_MERGE_OPEN_READERS,
    ERR_REASON_FILE_ABSENT,
    ERR_REASON_FILE_OF_ANOTHER,
    ERR_REASON_READABLE_BY_OTHERS,
    ERR_REASON_KEY_FOR_PATH,
    ERR_REASON_IDENTITY_VARIABLE,
    ERR_REASON_DISAGREE,
    ERR_REASON_DANGEROUS,
    ERR_REASON_ZERO_BYTE,
    ERR_REASON_TOO_LONG,
    ERR_REASON_PLACE_WITHOUT_VALUE,
    ERR_REASON_PLACE_AMBIGUOUS,
    ERR_REASON_TEMPLATE_SYNTAX,
    ERR_REASON_TEMPLATE_MISSING,
    ERR_REASON_TEMPLATE_CIRCULAR,
    ERR_REASON_TEMPLATE_FILTER,
    ERR_REASON_TEMPLATE_LIMIT,
    ERR_REASON_TEMPLATE_USES,
    ERR_REASON_KEY_NOT_ACCEPTED,
    ERR_REASON_FILE_PASSPHRASE,
    ERR_REASON_PLUGIN,
    ERR_REASON_PLUGIN_ABSENT,
    ERR_REASON_PLUGINS_OFF,
    ERR_REASON_DOTENV_LINES
};

/* What an error is about, in text. */
enum err_detail {
    ERR_ENV,
    ERR_SECRET,
    ERR_NAME,
    ERR_FOUND,
    ERR_KNOWN,
    ERR_SUBJECT,
    ERR_NUMBER,
    ERR_DETAILS
};

enum { ERR_TEXT_MAX = 1024, ERR_DETAILS_MAX = 1024 };

struct err {
    enum err_code code;
    enum err_reason reason;
    char text[ERR_TEXT_MAX];
    unsigned short detail[ERR_DETAILS]; /* where each begins among the details; 0: there is none */
    unsigned short used;
    char details[ERR_DETAILS_MAX]; /* a zero byte, and strings that end in one */
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

/* ERR_OK if memory was allocated, else err_no_memory. */
enum err_code err_memory(bool was_there, struct err *err);

/* Puts "NAME: " in front of the sentence. */
enum err_code err_prefix(struct err *err, const char *name);

/* Adds to what err_set has set. A detail that has no room is left out. */
void err_because(struct err *err, enum err_reason reason);
void err_detail(struct err *err, enum err_detail which, const char *at, size_t len);
void err_detail_text(struct err *err, enum err_detail which, const char *text);
void err_detail_number(struct err *err, enum err_detail which, unsigned number);

/* Gives the error the reason and the details of another one. */
void err_copy_reason(struct err *err, const struct err *from);

/* "" if there is none. */
const char *err_get(const struct err *err, enum err_detail which);

/* "integrity", "key-replaced": the name without its prefix. */
const char *err_name(enum err_code code);
const char *err_reason_name(enum err_reason reason);

#endif
