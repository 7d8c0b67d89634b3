/* Errors: a code for the program, a sentence for the user. */
#include "err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A text that fills its buffer may have been cut inside a character. */
static void cut_at_character(char *text, size_t size)
{
    size_t end = strlen(text);

    if (end < size - 1)
        return;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && ((unsigned char)text[end - 1] & 0x80) != 0)
        end--;
    text[end] = '\0';
}

static void set(struct err *err, enum err_code code, const char *format, va_list args)
{
    err->code = code;
    err->reason = ERR_REASON_NONE;
    memset(err->detail, 0, sizeof err->detail);
    err->used = 1;
    err->details[0] = '\0';
    if (vsnprintf(err->text, sizeof err->text, format, args) < 0)
        err->text[0] = '\0';
    cut_at_character(err->text, sizeof err->text);
}

enum err_code err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(err, code, format, args);
    va_end(args);
    return code;
}

enum err_code err_system(struct err *err, const char *format, ...)
{
    int cause = errno;
    va_list args;
    size_t used;

    va_start(args, format);
    set(err, cause == ENOMEM ? ERR_NO_MEMORY : ERR_FAILED, format, args);
    va_end(args);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(cause));
    cut_at_character(err->text, sizeof err->text);
    return err->code;
}

enum err_code err_no_memory(struct err *err)
{
    return err_set(err, ERR_NO_MEMORY, "out of memory");
}

enum err_code err_memory(bool was_there, struct err *err)
{
    return was_there ? ERR_OK : err_no_memory(err);
}

enum err_code err_prefix(struct err *err, const char *name)
{
    char text[ERR_TEXT_MAX];

    memcpy(text, err->text, sizeof text);
    if (snprintf(err->text, sizeof err->text, "%s: %s", name, text) < 0)
        err->text[0] = '\0';
    cut_at_character(err->text, sizeof err->text);
    return err->code;
}

void err_because(struct err *err, enum err_reason reason)
{
    err->reason = reason;
}

void err_detail(struct err *err, enum err_detail which, const char *at, size_t len)
{
    if (len >= sizeof err->details - err->used)
        return;
    err->detail[which] = err->used;
    memcpy(err->details + err->used, at, len);
    err->used = (unsigned short)(err->used + len);
    err->details[err->used++] = '\0';
}

void err_detail_text(struct err *err, enum err_detail which, const char *text)
{
    err_detail(err, which, text, strlen(text));
}

void err_detail_number(struct err *err, enum err_detail which, unsigned number)
{
    char text[16];

    snprintf(text, sizeof text, "%u", number);
    err_detail_text(err, which, text);
}

void err_copy_reason(struct err *err, const struct err *from)
{
    err->reason = from->reason;
    err->used = from->used;
    memcpy(err->detail, from->detail, sizeof err->detail);
    memcpy(err->details, from->details, from->used);
}

const char *err_get(const struct err *err, enum err_detail which)
{
    return err->detail[which] ? err->details + err->detail[which] : "";
}

const char *err_name(enum err_code code)
{
    static const char *const names[] = {
        "ok",     "failed", "format", "newer",   "conflict",  "integrity", "no-credential",
        "locked", "absent", "exists", "invalid", "cancelled", "no-memory"};

    return (int)code >= 0 && (size_t)code < sizeof names / sizeof *names ? names[code] : "unknown";
}

const char *err_reason_name(enum err_reason reason)
{
    static const char *const names[] = {
        "none",
        "names",
        "ssh-passphrase",
        "markers",
        "changed",
        "work-factor",
        "work-factor-most",
        "work",
        "work-most",
        "no-passphrase",
        "not-granted",
        "pins-unreadable",
        "other-vault",
        "new-vault",
        "new-environment",
        "key-taken-back",
        "key-older",
        "key-goes-back",
        "key-replaced",
        "key-not-asked-for",
        "lock-held",
        "read-only",
        "merge-circle",
        "merge-key-unknown",
        "merge-markers",
        "merge-other-vault",
        "merge-too-large",
        "merge-open",
        "merge-open-readers",
        "file-absent",
        "file-of-another",
        "readable-by-others",
        "key-for-path",
        "identity-variable",
        "disagree",
        "dangerous",
        "zero-byte",
        "too-long",
        "place-without-value",
        "place-ambiguous",
        "template-syntax",
        "template-missing",
        "template-circular",
        "template-filter",
        "template-limit",
        "template-uses",
        "key-not-accepted",
        "file-passphrase",
        "plugin",
        "plugin-absent",
        "plugins-off",
        "dotenv-lines",
    };

    return (int)reason >= 0 && (size_t)reason < sizeof names / sizeof *names ? names[reason]
                                                                             : "unknown";
}
