/* Quoting for a shell. */
#include "shell.h"

#include <string.h>

void shell_word(struct buf *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_./+-";

    if (text[0] && text[0] != '-' && text[strspn(text, plain)] == '\0') {
        buf_add_text(out, text);
        return;
    }
    buf_add_text(out, "'");
    for (; *text; text++)
        if (*text == '\'')
            buf_add_text(out, "'\\''");
        else
            buf_add(out, text, 1);
    buf_add_text(out, "'");
}
