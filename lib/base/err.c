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
    err->hint[0] = '\0';
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
    return was_there ? ERR_NONE : err_no_memory(err);
}

void err_hint(struct err *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vsnprintf(err->hint, sizeof err->hint, format, args) < 0)
        err->hint[0] = '\0';
    va_end(args);
    cut_at_character(err->hint, sizeof err->hint);
}
