/* age v1: the header, its MAC and the payload's chunks.
 *
 * A file comes from a stranger. Sizes and counts MUST be bounded before they are trusted, the MAC
 * checked before the payload is read, and no chunk returned before it verifies. */
#include "kind.h"

#include "base/base64.h"
#include "base/text.h"

#include <sodium.h>
#include <string.h>

#define VERSION_LINE "age-encryption.org/v1\n"

enum {
    COLUMNS = 64, /* of a full line of a stanza's body */
    MAC = 32,
    MAC_BASE64 = 43,
    NONCE = 16,
    CHUNK = 65536,
    TAG = crypto_aead_chacha20poly1305_ietf_ABYTES,
    STREAM_NONCE = crypto_aead_chacha20poly1305_ietf_NPUBBYTES
};

/* ---- the header ---- */

static enum err_code bad_header(const char *what, struct err *err)
{
    err_set(err, ERR_FORMAT, "not a valid age file: %s", what);
    return ERR_FORMAT;
}

/* Takes a line, which must end in LF and have no CR. */
static bool header_line(struct slice *rest, struct slice *line)
{
    return text_next_line(rest, line) && rest->at > line->at + line->len && !slice_has(*line, '\r');
}

/* "-> type arg arg": single spaces, and arguments of visible ASCII. */
static bool stanza_args(struct slice line, struct age_stanza *stanza)
{
    const char *at = line.at + 2, *end = line.at + line.len;

    *stanza = (struct age_stanza){0};
    while (at < end) {
        const char *arg = ++at; /* past the space */

        while (at < end && *at != ' ') {
            if (*at < 0x21 || *at > 0x7E)
                return false;
            at++;
        }
        if (at == arg)
            return false;
        if (stanza->arg_count < AGE_STANZA_ARGS)
            stanza->args[stanza->arg_count] = (struct slice){arg, (size_t)(at - arg)};
        stanza->arg_count++;
    }
    return true;
}

/* Lines of 64 columns, and a shorter last one, which may be empty. */
static bool stanza_body(struct slice *rest, struct age_stanza *stanza)
{
    unsigned char bytes[BASE64_DECODED(COLUMNS)] = {0};
    struct slice line;

    do {
        if (!header_line(rest, &line) || line.len > COLUMNS ||
            !base64_decode(bytes, line.at, line.len))
            return false;
        if (stanza->body_len == 0)
            memcpy(stanza->body, bytes, AGE_WRAPPED_KEY); /* no kind uses more */
        stanza->body_len += BASE64_DECODED(line.len);
    } while (line.len == COLUMNS);
    return true;
}

static bool stanza_next(struct slice *rest, struct age_stanza *stanza)
{
    struct slice line;

    return header_line(rest, &line) && line.len > 3 && memcmp(line.at, "-> ", 3) == 0 &&
           stanza_args(line, stanza) && stanza_body(rest, stanza);
}

struct header {
    struct slice stanzas; /* up to the "---" */
    size_t count;
    struct slice authenticated;
    unsigned char mac[MAC];
    struct slice payload;
};

/* Reads the stanzas at the start of rest, up to the "---". Returns the error, or NULL. */
static const char *read_stanzas(struct slice *rest, struct header *header)
{
    struct age_stanza stanza;
    bool alone = false;

    header->stanzas = *rest;
    for (header->count = 0; !slice_begins(*rest, "---"); header->count++) {
        const struct age_kind *kind;

        if (header->count == AGE_STANZAS_MAX)
            return "too many stanzas";
        if (!stanza_next(rest, &stanza))
            return "a malformed stanza";
        kind = age_kind_of(stanza.args[0]);
        alone = alone || (kind && kind->alone);
    }
    header->stanzas.len = (size_t)(rest->at - header->stanzas.at);
    if (header->count == 0)
        return "it has no stanza";
    return alone && header->count > 1 ? "a passphrase stanza beside others" : NULL;
}

static enum err_code header_read(struct slice file, struct header *header, struct err *err)
{
    struct slice rest = file, line;
    const char *wrong;

    if (rest.len > AGE_HEADER_MAX)
        rest.len = AGE_HEADER_MAX;
    if (!slice_begins(rest, VERSION_LINE))
        return bad_header("it does not begin with age-encryption.org/v1", err);
    rest.at += sizeof VERSION_LINE - 1;
    rest.len -= sizeof VERSION_LINE - 1;
    wrong = read_stanzas(&rest, header);
    if (wrong)
        return bad_header(wrong, err);
    header->authenticated = (struct slice){file.at, (size_t)(rest.at - file.at) + 3};
    if (!header_line(&rest, &line) || line.len != 4 + MAC_BASE64 || line.at[3] != ' ' ||
        !base64_decode(header->mac, line.at + 4, MAC_BASE64))
        return bad_header("a malformed end of the header", err);
    header->payload = (struct slice){rest.at, file.len - (size_t)(rest.at - file.at)};
    return ERR_OK;
}

static void header_mac(unsigned char mac[MAC], const unsigned char file_key[AGE_FILE_KEY],
                       struct slice authenticated)
{
    unsigned char key[AGE_KEY];
    crypto_auth_hmacsha256_state hmac;

    age_derive(key, file_key, AGE_FILE_KEY, NULL, 0, "header");
    crypto_auth_hmacsha256_init(&hmac, key, sizeof key);
    crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)authenticated.at,
                                  authenticated.len);
    crypto_auth_hmacsha256_final(&hmac, mac);
    sodium_memzero(key, sizeof key);
    sodium_memzero(&hmac, sizeof hmac);
}

/* ERR_LOCKED if no stanza is for this identity. */
static enum err_code unwrap_with(const struct age_identity *id, const struct header *header,
                                 unsigned char file_key[AGE_FILE_KEY], struct err *err)
{
    struct slice rest = header->stanzas;
    struct age_stanza stanza;

    if (!id->kind->unwrap)
        return ERR_LOCKED;
    while (rest.len > 0 && stanza_next(&rest, &stanza)) {
        enum err_code code;

        if (!slice_is(stanza.args[0], id->kind->stanza))
            continue;
        code = id->kind->unwrap(id, &stanza, file_key, err);
        if (code != ERR_LOCKED)
            return code;
    }
    return ERR_LOCKED;
}

/* Whether the file key is this header's. */
static enum err_code header_check(const struct header *header,
                                  const unsigned char file_key[AGE_FILE_KEY], struct err *err)
{
    unsigned char mac[MAC];

    header_mac(mac, file_key, header->authenticated);
    if (DECIDED(sodium_memcmp(mac, header->mac, MAC) != 0))
        return err_set(err, ERR_INTEGRITY, "the header of an age file was changed");
    return header->payload.len < NONCE ? bad_header("it ends in its nonce", err) : ERR_OK;
}

enum err_code age_header_open(struct slice file, const struct age_identity *ids, size_t count,
                              unsigned char file_key[AGE_FILE_KEY], struct slice *payload,
                              size_t *opener, struct err *err)
{
    struct header header;
    enum err_code code = header_read(file, &header, err);
    size_t i;

    if (code != ERR_OK)
        return code;
    code = ERR_LOCKED;
    for (i = 0; i < count && code == ERR_LOCKED; i++)
        code = unwrap_with(&ids[i], &header, file_key, err);
    if (code == ERR_LOCKED)
        err_set(err, ERR_LOCKED, "it is not sealed to this key");
    if (code == ERR_OK)
        code = header_check(&header, file_key, err);
    stack_wipe();
    if (code != ERR_OK) {
        sodium_memzero(file_key, AGE_FILE_KEY);
        return code;
    }
    *payload = header.payload;
    if (opener)
        *opener = i - 1;
    return ERR_OK;
}

enum err_code age_header_stanzas(struct slice file, struct slice *stanzas, size_t *count,
                                 struct err *err)
{
    struct header header;
    enum err_code code = header_read(file, &header, err);

    if (code == ERR_OK) {
        *stanzas = header.stanzas;
        *count = header.count;
    }
    return code;
}

enum err_code age_header_look(struct slice file, size_t *stanzas, struct slice *first_type,
                              struct err *err)
{
    struct header header;
    struct age_stanza stanza;
    enum err_code code = header_read(file, &header, err);

    if (code != ERR_OK)
        return code;
    if (!stanza_next(&header.stanzas, &stanza))
        return bad_header("a malformed stanza", err);
    *stanzas = header.count;
    *first_type = stanza.args[0];
    return ERR_OK;
}

bool age_is_sealed_to(struct slice file, const struct age_recipient *to)
{
    struct header header;
    struct age_stanza stanza;
    struct err ignored;

    if (header_read(file, &header, &ignored) != ERR_OK)
        return false;
    if (to->kind->stanza_args == 0) /* only the plugin knows its stanzas */
        return true;
    return header.count == 1 && stanza_next(&header.stanzas, &stanza) &&
           slice_is(stanza.args[0], to->kind->stanza) &&
           stanza.arg_count == to->kind->stanza_args &&
           (!to->kind->is_to || to->kind->is_to(to, &stanza));
}

unsigned age_work_factor(struct slice file)
{
    struct header header;
    struct age_stanza stanza;
    struct err ignored;
    uint64_t factor;

    if (header_read(file, &header, &ignored) != ERR_OK || header.count != 1 ||
        !stanza_next(&header.stanzas, &stanza) || !slice_is(stanza.args[0], age_scrypt.stanza) ||
        stanza.arg_count != 3 || !text_number(stanza.args[2], AGE_WORK_FACTOR_HIGHEST, &factor))
        return 0;
    return (unsigned)factor;
}

/* ---- the payload ---- */

/* An 11-byte big-endian counter, then 1 for the last chunk or 0. */
static void stream_nonce(unsigned char nonce[STREAM_NONCE], uint64_t chunk, bool last)
{
    memset(nonce, 0, STREAM_NONCE);
    for (int i = 0; i < 8; i++)
        nonce[STREAM_NONCE - 2 - i] = (unsigned char)(chunk >> 8 * i);
    nonce[STREAM_NONCE - 1] = last;
}

static bool chunk_open(struct buf *out, struct slice sealed, uint64_t chunk, bool last,
                       const unsigned char key[AGE_KEY])
{
    unsigned char nonce[STREAM_NONCE];
    char *room = buf_reserve(out, sealed.len);

    stream_nonce(nonce, chunk, last);
    if (!room || crypto_aead_chacha20poly1305_ietf_decrypt((unsigned char *)room, NULL, NULL,
                                                           (const unsigned char *)sealed.at,
                                                           sealed.len, NULL, 0, nonce, key) != 0)
        return false;
    out->len += sealed.len - TAG;
    return true;
}

static enum err_code stream_open(const unsigned char key[AGE_KEY], struct slice rest,
                                 struct buf *out, struct err *err)
{
    static const char changed[] = "an age file was changed or cut short";

    for (uint64_t chunk = 0;; chunk++) {
        struct slice sealed = {rest.at, rest.len < CHUNK + TAG ? rest.len : CHUNK + TAG};
        bool full = sealed.len == CHUNK + TAG;

        if (sealed.len < TAG ||
            (sealed.len == TAG && chunk > 0)) /* only an empty file has an empty chunk */
            return err_set(err, ERR_INTEGRITY, changed);
        rest.at += sealed.len;
        rest.len -= sealed.len;
        if (full && chunk_open(out, sealed, chunk, false, key))
            continue;
        if (!chunk_open(out, sealed, chunk, true, key))
            return buf_ok(out) ? err_set(err, ERR_INTEGRITY, changed) : err_no_memory(err);
        return rest.len == 0 ? ERR_OK : err_set(err, ERR_INTEGRITY, changed);
    }
}

static void payload_key(unsigned char key[AGE_KEY], const unsigned char file_key[AGE_FILE_KEY],
                        const void *nonce)
{
    age_derive(key, file_key, AGE_FILE_KEY, nonce, NONCE, "payload");
}

enum err_code age_payload_open(const unsigned char file_key[AGE_FILE_KEY], struct slice payload,
                               struct buf *out, struct err *err)
{
    unsigned char key[AGE_KEY];
    enum err_code code;

    if (payload.len < NONCE)
        return bad_header("it ends in its nonce", err);
    if (!buf_reserve(out, payload.len))
        return err_no_memory(err);
    payload_key(key, file_key, payload.at);
    payload.at += NONCE;
    payload.len -= NONCE;
    code = stream_open(key, payload, out, err);
    sodium_memzero(key, sizeof key);
    stack_wipe();
    return code;
}

/* MUST NOT: what comes before the damage is taken for the file. */
static void drop_partial(enum err_code code, size_t before, struct buf *out)
{
    if (code == ERR_OK || out->len == before)
        return;
    sodium_memzero(out->data + before, out->len - before);
    out->len = before;
}

enum err_code age_decrypt(struct slice file, const struct age_identity *ids, size_t count,
                          struct buf *out, struct err *err)
{
    unsigned char file_key[AGE_FILE_KEY];
    struct slice payload = {0};
    size_t before = out->len;
    enum err_code code = age_header_open(file, ids, count, file_key, &payload, NULL, err);

    if (code != ERR_OK)
        return code;
    code = age_payload_open(file_key, payload, out, err);
    sodium_memzero(file_key, sizeof file_key);
    drop_partial(code, before, out);
    return code;
}

enum err_code age_decrypt_with(struct slice file, const unsigned char file_key[AGE_FILE_KEY],
                               struct buf *out, struct err *err)
{
    struct header header;
    size_t before = out->len;
    enum err_code code = header_read(file, &header, err);

    if (code == ERR_OK)
        code = header_check(&header, file_key, err);
    if (code == ERR_OK)
        code = age_payload_open(file_key, header.payload, out, err);
    drop_partial(code, before, out);
    return code;
}

/* ---- writing ---- */

static enum err_code header_write(const struct age_recipient *to, size_t count,
                                  const unsigned char file_key[AGE_FILE_KEY], struct buf *out,
                                  struct err *err)
{
    unsigned char mac[MAC];
    char mac_text[MAC_BASE64];
    size_t start = out->len;

    buf_add_text(out, VERSION_LINE);
    for (size_t i = 0; i < count; i++) {
        enum err_code code = to[i].kind->alone && count > 1
                                 ? err_set(err, ERR_INVALID, "a passphrase beside other recipients")
                                 : to[i].kind->wrap(&to[i], file_key, out, err);

        if (code != ERR_OK)
            return code;
    }
    buf_add_text(out, "---");
    if (!buf_ok(out))
        return err_no_memory(err);
    header_mac(mac, file_key, (struct slice){out->data + start, out->len - start});
    base64_encode(mac_text, mac, MAC);
    buf_add_text(out, " ");
    buf_add(out, mac_text, sizeof mac_text);
    buf_add_text(out, "\n");
    return ERR_OK;
}

static void chunk_seal(struct buf *out, struct slice plain, uint64_t chunk, bool last,
                       const unsigned char key[AGE_KEY])
{
    unsigned char nonce[STREAM_NONCE];
    char *room = buf_reserve(out, plain.len + TAG);

    if (!room)
        return;
    stream_nonce(nonce, chunk, last);
    crypto_aead_chacha20poly1305_ietf_encrypt((unsigned char *)room, NULL,
                                              (const unsigned char *)plain.at, plain.len, NULL, 0,
                                              NULL, nonce, key);
    out->len += plain.len + TAG;
}

static void payload_write(const unsigned char file_key[AGE_FILE_KEY], struct slice plain,
                          struct buf *out)
{
    unsigned char nonce[NONCE], key[AGE_KEY];
    uint64_t chunk = 0;

    randombytes_buf(nonce, sizeof nonce);
    payload_key(key, file_key, nonce);
    buf_add(out, nonce, sizeof nonce);
    for (; plain.len > CHUNK; plain.at += CHUNK, plain.len -= CHUNK)
        chunk_seal(out, (struct slice){plain.at, CHUNK}, chunk++, false, key);
    chunk_seal(out, plain, chunk, true, key);
    sodium_memzero(key, sizeof key);
}

enum err_code age_encrypt(struct slice plain, const struct age_recipient *to, size_t count,
                          struct buf *out, struct err *err)
{
    unsigned char file_key[AGE_FILE_KEY];
    size_t before = out->len;
    enum err_code code;

    if (count == 0)
        return err_set(err, ERR_INVALID, "no recipients");
    if (count > AGE_STANZAS_MAX)
        return err_set(err, ERR_INVALID, "more than %d recipients", AGE_STANZAS_MAX);
    randombytes_buf(file_key, sizeof file_key);
    code = header_write(to, count, file_key, out, err);
    if (code == ERR_OK)
        payload_write(file_key, plain, out);
    sodium_memzero(file_key, sizeof file_key);
    stack_wipe();
    if (code == ERR_OK && !buf_ok(out))
        code = err_no_memory(err);
    if (code != ERR_OK)
        out->len = before;
    return code;
}
