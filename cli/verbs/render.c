/* render: a text with the values in the places that name them. */
#include "git/output.h"
#include "sources.h"
#include "table.h"
#include "ui/say.h"

#include "base/text.h"
#include "text/template.h"

#include <stdlib.h>
#include <string.h>

struct values {
    vault_secret_entry *secrets;
    vault_kv **sets; /* of each secret */
    size_t count;
};

static void values_free(struct values *values)
{
    for (size_t i = 0; values->sets && i < values->count; i++)
        vault_kv_free(values->sets[i]);
    free(values->sets);
    vault_release(values->secrets);
}

static enum status read_values(struct session *s, struct values *values)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_err err = vault_fingerprint(s->v, s->env, fingerprint);

    if (err == VAULT_OK)
        err = vault_secret_list(s->v, s->env, 0, 0, &values->secrets, &values->count);
    if (err != VAULT_OK)
        return session_error(s, err);
    values->sets = calloc(values->count + 1, sizeof *values->sets);
    if (!values->sets)
        return say_no_memory();
    for (size_t i = 0; i < values->count && err == VAULT_OK; i++)
        err = vault_secret_get(s->v, s->env, values->secrets[i].name, NULL, 0, &values->sets[i]);
    return err == VAULT_OK ? DONE : session_error(s, err);
}

struct fill {
    const struct values *values;
    struct buf out;                /* secret */
    struct buf missing, ambiguous; /* with their lines */
};

static void fill_free(struct fill *f)
{
    buf_free(&f->out);
    buf_free(&f->missing);
    buf_free(&f->ambiguous);
}

static void add_place(struct buf *list, const struct template_piece *piece)
{
    buf_printf(list, "%sline %zu: %.*s%s%.*s", list->len ? ", " : "", piece->line,
               (int)piece->secret.len, piece->secret.len ? piece->secret.at : "",
               piece->secret.len ? "/" : "", (int)piece->key.len, piece->key.at);
}

/* A key without a secret is looked for in all of them. */
static void fill_key(struct fill *f, const struct template_piece *piece)
{
    char key[VAULT_VARIABLE_MAX + 1];
    struct slice value = {NULL, 0};
    const char *first = NULL, *second = NULL;

    memcpy(key, piece->key.at, piece->key.len);
    key[piece->key.len] = '\0';
    for (size_t i = 0; i < f->values->count && !second; i++) {
        const char *secret = f->values->secrets[i].name, *found;
        size_t len;

        if (piece->secret.len && !slice_is(piece->secret, secret))
            continue;
        found = vault_kv_get(f->values->sets[i], key, &len);
        if (found && first)
            second = secret;
        else if (found) {
            first = secret;
            value = (struct slice){found, len};
        }
    }
    if (second) {
        add_place(&f->ambiguous, piece);
        buf_printf(&f->ambiguous, " (%s/%s, %s/%s)", first, key, second, key);
    } else if (!first) {
        add_place(&f->missing, piece);
    } else {
        buf_add_slice(&f->out, value);
    }
}

static enum status fill_all(const struct session *s, struct slice text, struct fill *f)
{
    struct template t;
    struct template_piece piece;
    enum status status = DONE;

    template_begin(&t, text);
    while (template_next(&t, &piece)) {
        if (piece.key.len)
            fill_key(f, &piece);
        else
            buf_add_slice(&f->out, piece.text);
    }
    if (!buf_ok(&f->out) || !buf_ok(&f->missing) || !buf_ok(&f->ambiguous))
        return say_no_memory();
    if (f->ambiguous.len) {
        status = say_error(USAGE, "keys that stand in several secrets: %.*s", (int)f->ambiguous.len,
                           f->ambiguous.data);
        say_hint("name the secret too: {{ SECRET/KEY }}");
    }
    if (f->missing.len) {
        status =
            say_error(NOT_THERE, "not in %s: %.*s", s->env, (int)f->missing.len, f->missing.data);
        say_hint("vault list -e %s; {{{{ is written for a {{ of the text's own", s->env);
    }
    return status;
}

enum status run_render(const struct args *args)
{
    const char *output = args_last(args, OPT_OUTPUT);
    struct values values = {NULL, NULL, 0};
    struct fill fill = {.values = &values, .out = BUF_SECRET};
    struct buf text = {0};
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);

    if (status == DONE)
        status = value_read(args->operands[0], &text);
    if (status == DONE)
        status = read_values(&s, &values);
    if (status == DONE)
        status = fill_all(&s, buf_slice(&text), &fill);
    if (status == DONE && output)
        status = output_write(&s, output, &fill.out);
    else if (status == DONE && !write_buf(&fill.out))
        status = FAILED;
    fill_free(&fill);
    values_free(&values);
    buf_free(&text);
    session_close(&s);
    return status;
}
