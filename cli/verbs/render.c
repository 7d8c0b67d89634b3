/* render: fills a template with values. */
#include "git/output.h"
#include "sources.h"
#include "table.h"
#include "ui/say.h"

enum status run_render(const struct args *args)
{
    const char *output = args_last(args, OPT_OUTPUT);
    struct buf text = {0}, filled = BUF_SECRET;
    vault_kv *rendered = NULL;
    struct slice result;
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);
    vault_err err;

    NEXT(status, value_read(args->operands[0], &text));
    if (status == STATUS_OK) {
        err = vault_render(s.v, s.env, buf_slice(&text).at, text.len, &rendered);
        status = session_check(&s, err);
    }
    if (status == STATUS_OK) {
        result.at = vault_kv_get(rendered, "TEXT", &result.len);
        buf_add_slice(&filled, result);
    }
    if (status == STATUS_OK && output)
        status = output_write(&s, output, &filled);
    else if (status == STATUS_OK)
        status = write_buf(&filled);
    vault_kv_free(rendered);
    buf_free(&filled);
    buf_free(&text);
    session_close(&s);
    return status;
}
