/* age v1: the header, its MAC and the payload's stream. Each kind of key has a file.
 *
 * A file comes from a stranger. Sizes and counts are bounded before they are trusted; the MAC is
 * checked before anything of the payload is touched; no chunk is handed out before it verifies. */
#include "age.h"

#include "base/base64.h"
#include "base/text.h"
#include "kind.h"
#include "openssh.h"

#include <sodium.h>
#include <string.h>

#define VERSION_LINE "age-encryption.org/v1\n"
#define CLAIM "# public key: "

enum {
    COLUMNS = 64, /* of a full line of a stanza's body */
    MAC = 32,
    MAC_BASE64 = 43,
    NONCE = 16,
    CHUNK = 65536,
    TAG = crypto_aead_chacha20poly1305_ietf_ABYTES,
    STREAM_NONCE = crypto_aead_chacha20poly1305_ietf_NPUBBYTES
};

/* Native kinds first: they are the cheapest to try. */
static const struct age_kind *const kinds[] = {&age_x25519, &age_ssh_ed25519, &age_scrypt};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* --- keys as text --- */

/* What was given may be a secret that stands in the wrong place: no message repeats it. */
static bool is_other_ssh_key(struct slice text)
{
    static const char *const prefixes[] = {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"};

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (slice_begins(text, prefixes[i]))
            return !slice_begins(text, age_ssh_ed25519.recipient_prefix);
    return false;
}

enum err_code age_recipient_read(struct slice text, struct age_recipient *to, struct err *err)
{
    const char *one = text.len > 4 ? memchr(text.at + 4, '1', text.len - 4) : NULL;

    memset(to, 0, sizeof *to);
    if (slice_begins(text, "AGE-"))
        return err_set(err, ERR_INVALID, "that is a secret key: give the public one, age1…");
    if (slice_begins(text, "age1") && one)
        return err_set(err, ERR_INVALID, "a post-quantum or plugin key, which is not supported");
    if (is_other_ssh_key(text))
        return err_set(err, ERR_INVALID, "of SSH keys only ssh-ed25519 is supported");
    for (int i = 0; i < KINDS; i++)
        if (kinds[i]->recipient_prefix && slice_begins(text, kinds[i]->recipient_prefix)) {
            to->kind = kinds[i];
            if (kinds[i]->recipient_read(text, to))
                return ERR_NONE;
            return err_set(err, ERR_INVALID, "a damaged %s public key: is all of it there?",
                           kinds[i]->stanza);
        }
    return err_set(err, ERR_INVALID, "not a public key: it begins with age1 or ssh-ed25519");
}

void age_recipient_write(const struct age_recipient *to, struct buf *out)
{
    if (to->kind->recipient_write)
        to->kind->recipient_write(to, out);
}

const char *age_recipient_kind(const struct age_recipient *to)
{
    return to->kind->stanza;
}

bool age_recipient_equal(const struct age_recipient *a, const struct age_recipient *b)
{
    return a->kind == b->kind && a->kind->recipient_write && /* of a passphrase there is no key */
           sodium_memcmp(a->key, b->key, AGE_KEY) == 0;
}

static enum err_code read_identity(struct slice text, struct slice claim, struct age_identity *id,
                                   struct err *err)
{
    memset(id, 0, sizeof *id);
    if (slice_begins(text, "age1"))
        return err_set(err, ERR_INVALID, "a public key, where a secret one belongs");
    if (slice_begins(text, "AGE-SECRET-KEY-PQ-1") || slice_begins(text, "AGE-PLUGIN-"))
        return err_set(err, ERR_INVALID,
                       "a post-quantum or plugin identity, which is not supported");
    if (slice_begins(text, "-----BEGIN "))
        return err_set(err, ERR_INVALID, "of PEM files only OpenSSH's private keys are supported");
    for (int i = 0; i < KINDS; i++)
        if (kinds[i]->identity_prefix && slice_begins(text, kinds[i]->identity_prefix)) {
            id->kind = id->self.kind = kinds[i];
            if (kinds[i]->identity_read(text, id)) {
                id->claimed = slice_begins(claim, kinds[i]->recipient_prefix) &&
                              kinds[i]->recipient_read(claim, &id->self);
                if (!id->claimed)
                    kinds[i]->identity_self(id);
                return ERR_NONE;
            }
            sodium_memzero(id, sizeof *id);
            return err_set(err, ERR_INVALID, "a damaged identity: is all of it there?");
        }
    return err_set(err, ERR_INVALID, "not an age identity: it begins with AGE-SECRET-KEY-1");
}

enum err_code age_identity_read(struct slice text, struct age_identity *id, struct err *err)
{
    return read_identity(text, (struct slice){"", 0}, id, err);
}

void age_identity_settle(struct age_identity *id)
{
    if (id->claimed)
        id->kind->identity_self(id);
    id->claimed = false;
}

enum err_code age_identity_of_passphrase(struct slice passphrase, unsigned work_factor,
                                         unsigned work_factor_max, struct age_identity *id,
                                         struct err *err)
{
    memset(id, 0, sizeof *id);
    if (passphrase.len == 0)
        return err_set(err, ERR_INVALID, "an empty passphrase");
    if (work_factor == 0 || work_factor > work_factor_max ||
        work_factor_max > AGE_WORK_FACTOR_HIGHEST)
        return err_set(err, ERR_INVALID, "a work factor out of bounds");
    id->kind = id->self.kind = &age_scrypt;
    id->self.passphrase = passphrase;
    id->self.work_factor = work_factor;
    id->self.work_factor_max = work_factor_max;
    return ERR_NONE;
}

/* Takes the next line off text; false at its end. */
static bool next_line(struct slice *text, struct slice *line)
{
    const char *end;

    if (text->len == 0)
        return false;
    end = memchr(text->at, '\n', text->len);
    line->at = text->at;
    line->len = end ? (size_t)(end - text->at) : text->len;
    text->len -= line->len + (end != NULL);
    text->at += line->len + (end != NULL);
    if (line->len > 0 && line->at[line->len - 1] == '\r')
        line->len--;
    return true;
}

static bool is_identity_line(struct slice line)
{
    return line.len > 0 && line.at[0] != '#';
}

static enum err_code read_openssh(struct slice text, struct age_identity *id, struct err *err)
{
    unsigned char pair[crypto_sign_SECRETKEYBYTES];
    enum err_code code = openssh_ed25519_read(text, pair, err);

    memset(id, 0, sizeof *id);
    if (code == ERR_NONE) {
        id->kind = id->self.kind = &age_ssh_ed25519;
        crypto_sign_ed25519_sk_to_curve25519(id->secret, pair);
        crypto_sign_ed25519_sk_to_pk(id->self.key, pair);
    }
    sodium_memzero(pair, sizeof pair);
    stack_wipe();
    return code;
}

enum err_code age_identity_file_read(struct slice text, struct arena *arena,
                                     struct age_identity **ids, size_t *count, struct err *err)
{
    enum err_code code = age_identity_file_claims(text, arena, ids, count, err);

    for (size_t i = 0; code == ERR_NONE && i < *count; i++)
        age_identity_settle(*ids + i);
    return code;
}

enum err_code age_identity_file_claims(struct slice text, struct arena *arena,
                                       struct age_identity **ids, size_t *count, struct err *err)
{
    struct slice rest = text, line, claim = {"", 0};
    size_t lines = 0, number = 0;
    bool openssh = openssh_is_private_key(text);

    *count = 0;
    if (text.len > AGE_IDENTITY_FILE_MAX)
        return err_set(err, ERR_INVALID, "over %d bytes", AGE_IDENTITY_FILE_MAX);
    while (next_line(&rest, &line))
        lines += is_identity_line(line);
    if (lines == 0)
        return err_set(err, ERR_INVALID, "there is no identity in it");
    *ids = arena_alloc(arena, (openssh ? 1 : lines) * sizeof **ids);
    if (!*ids)
        return err_no_memory(err);
    if (openssh) {
        *count = 1;
        return read_openssh(text, *ids, err);
    }
    for (rest = text; next_line(&rest, &line);) {
        number++;
        if (slice_begins(line, CLAIM))
            claim = (struct slice){line.at + sizeof CLAIM - 1, line.len - (sizeof CLAIM - 1)};
        if (!is_identity_line(line))
            continue;
        if (read_identity(line, claim, *ids + *count, err) != ERR_NONE) {
            char why[sizeof err->text];

            memcpy(why, err->text, sizeof why); /* public: no message holds an input */
            return err_set(err, ERR_INVALID, "line %zu: %s", number, why);
        }
        claim.len = 0;
        ++*count;
    }
    return ERR_NONE;
}

/* --- the header --- */

static enum err_code bad_header(const char *what, struct err *err)
{
    err_set(err, ERR_FORMAT, "not a valid age file: %s", what);
    return ERR_FORMAT;
}

/* The next line of a header without its LF, which must be there; CR has no place in a header. */
static bool header_line(struct slice *rest, struct slice *line)
{
    const char *end = memchr(rest->at, '\n', rest->len);

    if (!end)
        return false;
    line->at = rest->at;
    line->len = (size_t)(end - rest->at);
    rest->at = end + 1;
    rest->len -= line->len + 1;
    return memchr(line->at, '\r', line->len) == NULL;
}

/* "-> type arg arg": one space between, each of visible ASCII and not empty. */
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

/* Lines of 64 columns and a shorter one, which is there even if it is empty. */
static bool stanza_body(struct slice *rest, struct age_stanza *stanza)
{
    unsigned char bytes[BASE64_DECODED(COLUMNS)] = {0};
    struct slice line;

    do {
        if (!header_line(rest, &line) || line.len > COLUMNS ||
            !base64_decode(bytes, line.at, line.len))
            return false;
        if (stanza->body_len == 0)
            memcpy(stanza->body, bytes, AGE_WRAPPED_KEY); /* as much as any kind has use for */
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
    struct slice stanzas; /* from the first one's "->" to the "---" */
    size_t count;
    bool alone_broken; /* a stanza that must be the only one is not */
    struct slice authenticated;
    unsigned char mac[MAC];
    struct slice payload;
};

static bool must_be_alone(const struct age_stanza *stanza)
{
    for (int i = 0; i < KINDS; i++)
        if (kinds[i]->alone && slice_is(stanza->args[0], kinds[i]->stanza))
            return true;
    return false;
}

static enum err_code header_read(struct slice file, struct header *header, struct err *err)
{
    struct slice rest = file, line;
    struct age_stanza stanza;
    bool alone = false;

    if (rest.len > AGE_HEADER_MAX)
        rest.len = AGE_HEADER_MAX;
    if (!slice_begins(rest, VERSION_LINE))
        return bad_header("it does not begin with age-encryption.org/v1", err);
    rest.at += sizeof VERSION_LINE - 1;
    rest.len -= sizeof VERSION_LINE - 1;
    header->stanzas = rest;
    for (header->count = 0; !slice_begins(rest, "---"); header->count++) {
        if (header->count == AGE_STANZAS_MAX)
            return bad_header("too many stanzas", err);
        if (!stanza_next(&rest, &stanza))
            return bad_header("a malformed stanza", err);
        alone = alone || must_be_alone(&stanza);
    }
    header->stanzas.len = (size_t)(rest.at - header->stanzas.at);
    header->authenticated = (struct slice){file.at, (size_t)(rest.at - file.at) + 3};
    if (header->count == 0)
        return bad_header("it has no stanza", err);
    if (alone && header->count > 1)
        return bad_header("a passphrase stanza beside others", err);
    if (!header_line(&rest, &line) || line.len != 4 + MAC_BASE64 || line.at[3] != ' ' ||
        !base64_decode(header->mac, line.at + 4, MAC_BASE64))
        return bad_header("a malformed end of the header", err);
    header->payload = (struct slice){rest.at, file.len - (size_t)(rest.at - file.at)};
    return ERR_NONE;
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

/* ERR_LOCKED if none of the stanzas is for this identity. */
static enum err_code unwrap_with(const struct age_identity *id, const struct header *header,
                                 unsigned char file_key[AGE_FILE_KEY], struct err *err)
{
    struct slice rest = header->stanzas;
    struct age_stanza stanza;

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

enum err_code age_header_open(struct slice file, const struct age_identity *ids, size_t count,
                              unsigned char file_key[AGE_FILE_KEY], struct slice *payload,
                              size_t *opener, struct err *err)
{
    struct header header;
    unsigned char mac[MAC];
    enum err_code code = header_read(file, &header, err);
    size_t i;

    if (code != ERR_NONE)
        return code;
    code = ERR_LOCKED;
    for (i = 0; i < count && code == ERR_LOCKED; i++)
        code = unwrap_with(&ids[i], &header, file_key, err);
    if (code == ERR_NONE)
        header_mac(mac, file_key, header.authenticated);
    stack_wipe();
    if (code == ERR_LOCKED)
        return err_set(err, ERR_LOCKED, "it is not sealed to this key");
    if (code != ERR_NONE)
        return code;
    if (DECIDED(sodium_memcmp(mac, header.mac, MAC) != 0))
        code = err_set(err, ERR_INTEGRITY, "the header of an age file was changed");
    else if (header.payload.len < NONCE)
        code = bad_header("it ends in its nonce", err);
    if (code != ERR_NONE) {
        sodium_memzero(file_key, AGE_FILE_KEY);
        return code;
    }
    *payload = header.payload;
    if (opener)
        *opener = i - 1;
    return ERR_NONE;
}

enum err_code age_header_look(struct slice file, size_t *stanzas, struct slice *first_type,
                              struct err *err)
{
    struct header header;
    struct age_stanza stanza;
    enum err_code code = header_read(file, &header, err);

    if (code != ERR_NONE)
        return code;
    if (!stanza_next(&header.stanzas, &stanza))
        return bad_header("a malformed stanza", err);
    *stanzas = header.count;
    *first_type = stanza.args[0];
    return ERR_NONE;
}

unsigned age_work_factor(struct slice file)
{
    struct header header;
    struct age_stanza stanza;
    struct err ignored;
    uint64_t factor;

    if (header_read(file, &header, &ignored) != ERR_NONE || header.count != 1 ||
        !stanza_next(&header.stanzas, &stanza) || !slice_is(stanza.args[0], age_scrypt.stanza) ||
        stanza.arg_count != 3 || !text_number(stanza.args[2], AGE_WORK_FACTOR_HIGHEST, &factor))
        return 0;
    return (unsigned)factor;
}

/* --- the payload --- */

/* 11 bytes of counter, big endian, and whether this is the last chunk. */
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

        if (sealed.len < TAG || (sealed.len == TAG && chunk > 0)) /* only all of it may be empty */
            return err_set(err, ERR_INTEGRITY, changed);
        rest.at += sealed.len;
        rest.len -= sealed.len;
        if (full && chunk_open(out, sealed, chunk, false, key))
            continue;
        if (!chunk_open(out, sealed, chunk, true, key))
            return buf_ok(out) ? err_set(err, ERR_INTEGRITY, changed) : err_no_memory(err);
        return rest.len == 0 ? ERR_NONE : err_set(err, ERR_INTEGRITY, changed);
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

enum err_code age_decrypt(struct slice file, const struct age_identity *ids, size_t count,
                          struct buf *out, struct err *err)
{
    unsigned char file_key[AGE_FILE_KEY];
    struct slice payload = {0};
    size_t before = out->len;
    enum err_code code = age_header_open(file, ids, count, file_key, &payload, NULL, err);

    if (code != ERR_NONE)
        return code;
    code = age_payload_open(file_key, payload, out, err);
    sodium_memzero(file_key, sizeof file_key);
    if (code != ERR_NONE && out->len > before) {
        sodium_memzero(out->data + before, out->len - before);
        out->len = before;
    }
    return code;
}

/* --- writing --- */

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

        if (code != ERR_NONE)
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
    return ERR_NONE;
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
        return err_set(err, ERR_INVALID, "there is nobody to seal it to");
    if (count > AGE_STANZAS_MAX)
        return err_set(err, ERR_INVALID, "more than %d recipients", AGE_STANZAS_MAX);
    randombytes_buf(file_key, sizeof file_key);
    code = header_write(to, count, file_key, out, err);
    if (code == ERR_NONE)
        payload_write(file_key, plain, out);
    sodium_memzero(file_key, sizeof file_key);
    stack_wipe();
    if (code == ERR_NONE && !buf_ok(out))
        code = err_no_memory(err);
    if (code != ERR_NONE)
        out->len = before;
    return code;
}
