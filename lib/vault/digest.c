/* The mark of a value: what `git diff` shows in its place. */
#include "digest.h"

#include <sodium.h>

enum { MARK = DIGEST_TEXT / 2 };

static const struct slice none = {"", 0};

/* MUST NOT be a context that vault(5) derives keys with. */
static const char context[crypto_kdf_CONTEXTBYTES] = {'v', 'a', 'u', 'l', 't', 'g', 'i', 't'};

enum err_code digest_derive(const struct seal_env *e, struct digest_key *key, struct err *err)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);
    struct doc_item *first = table ? doc_find_entry(table, slice_of("1")) : NULL;
    struct seal_past oldest;
    enum err_code code = first ? seal_past_open(e, first, &oldest, err) : ERR_OK;

    if (code == ERR_OK)
        crypto_kdf_derive_from_key(key->bytes, sizeof key->bytes, 1, context,
                                   first ? oldest.env : e->keys->env);
    sodium_memzero(&oldest, sizeof oldest);
    return code;
}

static void put_hex(const unsigned char mark[MARK], char text[DIGEST_TEXT + 1])
{
    sodium_bin2hex(text, DIGEST_TEXT + 1, mark, MARK);
}

void digest_value(const struct seal_env *e, const struct digest_key *key, struct slice secret,
                  struct slice name, struct slice value, char text[DIGEST_TEXT + 1])
{
    const struct slice fields[] = {e->id, e->name, secret, name, value};
    unsigned char mark[crypto_generichash_BYTES_MIN];
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, key->bytes, sizeof key->bytes, sizeof mark);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        uint64_t len = fields[i].len;

        crypto_generichash_update(&hash, (const unsigned char *)&len, sizeof len);
        crypto_generichash_update(&hash, (const unsigned char *)fields[i].at, fields[i].len);
    }
    crypto_generichash_final(&hash, mark, sizeof mark);
    put_hex(mark, text);
    sodium_memzero(&hash, sizeof hash);
}

void digest_sealed(const struct doc_item *variable, char text[DIGEST_TEXT + 1])
{
    struct slice sealed = variable->part[DOC_SEALED], open = doc_open_text(variable);
    unsigned char mark[crypto_generichash_BYTES_MIN];
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, NULL, 0, sizeof mark);
    crypto_generichash_update(&hash, (const unsigned char *)sealed.at, sealed.len);
    if (open.at)
        crypto_generichash_update(&hash, (const unsigned char *)open.at, open.len);
    crypto_generichash_final(&hash, mark, sizeof mark);
    put_hex(mark, text);
}
