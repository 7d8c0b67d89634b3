/* A selection in one of the formats. */
#include "selection.h"

#include "text/dangerous.h"

#include <stdlib.h>

static void note(const struct format *format, const struct format_set *set,
                 const struct format_verdict *verdicts, struct format_notes *notes)
{
    format_caution(set, verdicts, &notes->caution);
    for (size_t i = 0; i < set->count && format_has_values(format); i++)
        if (dangerous_to(set->pairs[i].name.at))
            buf_printf(&notes->dangerous, "%s%s", notes->dangerous.len ? ", " : "",
                       set->pairs[i].name.at);
}

enum err_code format_selection(const struct format *format, const struct vault_selection *s,
                               const char *title, struct buf *text, struct format_notes *notes,
                               struct err *err)
{
    struct format_pair *pairs = calloc(s->count + 1, sizeof *pairs);
    struct format_verdict *verdicts = calloc(s->count + 1, sizeof *verdicts);
    struct format_set set = {pairs, s->count, title ? title : "vault"};
    bool has_memory = pairs && verdicts;
    enum err_code code = err_memory(has_memory, err);

    for (size_t i = 0; has_memory && i < s->count && code == ERR_OK; i++) {
        pairs[i] = (struct format_pair){slice_of(s->entries[i].name), s->entries[i].value,
                                        s->entries[i].kind == KV_OPEN};
        if (pairs[i].name.len > KEY_MAX_LEN)
            code = err_set(err, ERR_INVALID, "the prefix makes a name of over %d characters",
                           KEY_MAX_LEN);
    }
    if (code == ERR_OK)
        code = format_write(format, &set, text, verdicts, err);
    if (code == ERR_OK)
        note(format, &set, verdicts, notes);
    free(pairs);
    free(verdicts);
    return code;
}
