/* Our readers of dotenv, for tests that hold them against the others: as peer.sh, and with the
 * notes. usage: dotenv DIALECT <NAMES   prints [VALUES or "reason", [[LINE, "note"]…]] for each */
#include "text/dotenv/dotenv.h"
#include "base/file.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MOST = 1 << 20 };

static void add_note(void *user, size_t line, const char *what)
{
    struct buf *notes = user;

    buf_printf(notes, "%s[%zu, ", notes->len ? ", " : "", line);
    text_json(notes, slice_of(what));
    buf_add_text(notes, "]");
}

static void add_values(struct buf *out, const struct vault_kv *kv)
{
    for (size_t i = 0; i < kv->count; i++) {
        buf_add_text(out, i ? ", " : "{");
        text_json(out, slice_of(kv->pairs[i].name));
        buf_add_text(out, ": ");
        text_json(out, kv->pairs[i].value);
    }
    buf_add_text(out, kv->count ? "}" : "{}");
}

static bool read_one(const char *name, enum dotenv_dialect dialect)
{
    struct vault_kv *kv = kv_new();
    struct buf text = {0}, out = {0}, notes = {0};
    struct err err;
    bool good;

    if (!kv || file_read(name, TEXT_MOST, &text, NULL, &err) != ERR_OK)
        return false;
    buf_add_text(&out, "[");
    if (dotenv_read(buf_slice(&text), dialect, kv, add_note, &notes, &err) == ERR_OK)
        add_values(&out, kv);
    else
        text_json(&out, slice_of(err.text));
    buf_printf(&out, ", [%.*s]]\n", (int)notes.len, notes.data ? notes.data : "");
    good = buf_ok(&out) && buf_ok(&notes) && fwrite(out.data, out.len, 1, stdout) == 1;
    buf_free(&notes);
    buf_free(&out);
    buf_free(&text);
    kv_free(kv);
    return good;
}

int main(int argc, char **argv)
{
    enum dotenv_dialect dialect = DOTENV_PLAIN;
    char name[4096];

    if (sodium_init() < 0 || argc != 2 ||
        (strcmp(argv[1], "plain") != 0 && !dotenv_dialect_of(argv[1], &dialect)))
        return 2;
    while (fgets(name, sizeof name, stdin)) {
        name[strcspn(name, "\n")] = '\0';
        if (!read_one(name, dialect)) {
            fprintf(stderr, "cannot read %s\n", name);
            return 1;
        }
    }
    return 0;
}
