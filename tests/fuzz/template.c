/* lib/template: the pieces of any text are that text, but for a second half of each {{{{. */
#include "text/template.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    struct template t;
    struct template_piece piece;
    size_t line = 1;

    template_begin(&t, (struct slice){at, size});
    while (template_next(&t, &piece)) {
        if (piece.text.at != at || piece.text.len == 0 || piece.line != line)
            abort();
        if (piece.key.len &&
            (!text_is_key(piece.key) || (piece.secret.len && !text_is_name(piece.secret))))
            abort();
        for (; at < piece.text.at + piece.text.len; at++)
            line += *at == '\n';
        if (t.at != at && (t.at != at + 2 || memcmp(at - 2, "{{{{", 4) != 0))
            abort();
        at = t.at;
    }
    if (at != end)
        abort();
    return 0;
}
