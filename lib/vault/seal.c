/* vault(5)'s cryptography: what an environment key seals, and the only caller of the value cipher.
 */
#include "seal.h"

#include "base/bech32.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    UNIT = 32, /* a plaintext is padded to a multiple of this */
    TIME = 8,
    HEAD = 1 + TIME + 1 /* kind, date, length of the author */
};

/* --- keys --- */

void seal_derive(struct seal_keys *keys, const unsigned char env[SEAL_KEY])
{
    static const char context[crypto_kdf_CONTEXTBYTES] = {'v', 'a', 'u', 'l', 't', 'e', 'n', 'v'};
    unsigned char inbox[AGE_KEY];

    memmove(keys->env, env, SEAL_KEY);
    crypto_kdf_derive_from_key(keys->value, SEAL_KEY, 1, context, keys->env);
    crypto_kdf_derive_from_key(keys->seal, SEAL_KEY, 2, context, keys->env);
    crypto_kdf_derive_from_key(keys->inbox, SEAL_KEY, 3, context, keys->env);
    crypto_kdf_derive_from_key(keys->past, SEAL_KEY, 5, context, keys->env);
    crypto_scalarmult_base(inbox, keys->inbox);
    MADE_PUBLIC(inbox, sizeof inbox);
    bech32_encode(keys->inbox_key, "age", inbox, sizeof inbox);
    seal_fingerprint(slice_of(keys->inbox_key), keys->fingerprint);
}

/* --- encode(…): each field after its length, so that no two lists of fields encode alike --- */

static uint64_t in_memory_order(uint64_t n)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    n = __builtin_bswap64(n);
#endif
    return n;
}

static void little_endian(unsigned char out[8], uint64_t n)
{
    n = in_memory_order(n);
    memcpy(out, &n, sizeof n);
}

static uint64_t from_little_endian(const unsigned char in[8])
{
    uint64_t n;

    memcpy(&n, in, sizeof n);
    return in_memory_order(n);
}

/* What a seal or a value is bound to. It has room for the longest fields of any message but a
 * reader's. */
struct seal_message {
    size_t len;
    unsigned char at[768];
};

static void add(struct seal_message *m, struct slice field)
{
    little_endian(m->at + m->len, field.len);
    m->len += 8;
    memcpy(m->at + m->len, field.at, field.len);
    m->len += field.len;
}

/* As the file spells it. */
static void add_spelled(struct seal_message *m, struct slice field)
{
    size_t len = 0;

    if (!text_unspell(field, (char *)m->at + m->len + 8, &len)) /* it was read, or spelled here */
        len = 0;
    little_endian(m->at + m->len, len);
    m->len += 8 + len;
}

static void begin(struct seal_message *m, const struct seal_env *e, const char *purpose)
{
    m->len = 0;
    add(m, slice_of(purpose));
    add(m, e->id);
    add(m, e->name);
}

static const struct slice none = {"", 0};

static void seal_message(const struct seal_env *e, const struct seal_message *m,
                         char text[DOC_SEAL_TEXT])
{
    unsigned char seal[DOC_SEAL];

    crypto_generichash(seal, sizeof seal, m->at, m->len, e->keys->seal, SEAL_KEY);
    base64_encode(text, seal, sizeof seal);
}

void seal_fingerprint(struct slice inbox_key, char text[SEAL_FINGERPRINT_TEXT + 1])
{
    unsigned char fingerprint[16];
    struct seal_message m = {.len = 0};

    add(&m, slice_of("vault/1 fingerprint"));
    add(&m, inbox_key);
    crypto_generichash(fingerprint, sizeof fingerprint, m.at, m.len, NULL, 0);
    base64_encode(text, fingerprint, sizeof fingerprint);
    text[SEAL_FINGERPRINT_TEXT] = '\0';
}

/* --- the messages of the chain --- */

static void say_env(struct seal_message *m, const struct seal_env *e)
{
    const struct doc_table *env = doc_find(e->doc, DOC_ENV, e->name, none);
    const struct doc_table *past = doc_find(e->doc, DOC_PAST, e->name, none);
    const struct doc_table *first = doc_next_table(e->doc, NULL, DOC_SECRET, e->name);
    char count[24] = "0";

    if (past)
        snprintf(count, sizeof count, "%zu", past->entries);
    begin(m, e, "vault/1 first-secret");
    add(m, env->own[DOC_INBOX_KEY]->part[0]);
    add(m, slice_of(count));
    add(m, first ? first->secret : none);
}

static void say_secret(struct seal_message *m, const struct seal_env *e,
                       const struct doc_table *secret)
{
    const struct doc_table *next = doc_next_table(e->doc, secret, DOC_SECRET, e->name);

    begin(m, e, "vault/1 next-secret");
    add(m, secret->secret);
    add(m, next ? next->secret : none);
}

static void say_keys(struct seal_message *m, const struct seal_env *e,
                     const struct doc_table *secret)
{
    const struct doc_item *first = doc_entry(secret->items);

    begin(m, e, "vault/1 first-key");
    add(m, secret->secret);
    add(m, secret->own[DOC_CREATED_AT]->part[0]);
    add_spelled(m, secret->own[DOC_CREATED_BY]->part[0]);
    add(m, first ? first->name : none);
}

/* What all keys of a secret have in common, and how long that is. */
static size_t say_key_of(struct seal_message *m, const struct seal_env *e, struct slice secret)
{
    begin(m, e, "vault/1 next-key");
    add(m, secret);
    return m->len;
}

static void say_key(struct seal_message *m, size_t common, const struct doc_item *key)
{
    const struct doc_item *next = doc_entry(key->next);

    m->len = common;
    add(m, key->name);
    add(m, next ? next->name : none);
}

/* --- verifying --- */

/* A seal in the file, where it is, and what it seals. */
struct sealed {
    struct slice seal, body;
    const char *what;
    struct slice secret, key;
};

/* Sets and returns ERR_INTEGRITY; code is ERR_FORMAT for what was sealed before the format was
 * final.
 */
static enum err_code refuse(enum err_code code, const struct seal_env *e, const struct sealed *s,
                            struct err *err)
{
    size_t line = doc_line(e->doc, s->body);
    char where[32] = "";

    if (line)
        snprintf(where, sizeof where, "line %zu: ", line);
    return err_set(err, ERR_INTEGRITY, "%s%s %.*s%s%.*s%s%.*s was %s", where, s->what,
                   (int)e->name.len, e->name.at, s->secret.len ? "/" : "", (int)s->secret.len,
                   s->secret.at, s->key.len ? "/" : "", (int)s->key.len, s->key.at,
                   code == ERR_FORMAT ? "sealed by a version from before the format was final"
                                      : "changed by somebody who cannot open it");
}

/* All seals, up to the first that fails, or for as long as `tell` returns true. */
struct check {
    const struct seal_env *e;
    seal_finding *tell; /* or NULL */
    void *user;
    struct err *err; /* the last that failed */
};

static bool goes_on(struct check *c)
{
    return c->tell && c->tell(c->user, c->err->text);
}

static bool is_seal(const struct seal_env *e, const struct seal_message *m, struct slice text)
{
    unsigned char expected[DOC_SEAL], seal[DOC_SEAL];

    crypto_generichash(expected, sizeof expected, m->at, m->len, e->keys->seal, SEAL_KEY);
    return text.len == DOC_SEAL_TEXT && base64_decode(seal, text.at, text.len) &&
           crypto_verify_16(seal, expected) == 0;
}

/* False ends the check. */
static bool check_seal(struct check *c, const struct seal_message *m, struct sealed s)
{
    if (is_seal(c->e, m, s.seal))
        return true;
    refuse(ERR_INTEGRITY, c->e, &s, c->err);
    return goes_on(c);
}

static bool check_secret(struct check *c, const struct doc_table *secret)
{
    const struct seal_env *e = c->e;
    struct slice name = secret->secret;
    struct seal_message m;
    size_t common;
    bool more;

    say_secret(&m, e, secret);
    more = check_seal(c, &m,
                      (struct sealed){secret->own[DOC_NEXT_SECRET]->part[0], secret->body,
                                      "what follows the secret", name, none});
    say_keys(&m, e, secret);
    more = more && check_seal(c, &m,
                              (struct sealed){secret->own[DOC_FIRST_KEY]->part[0], secret->body,
                                              "the start of the secret", name, none});
    common = say_key_of(&m, e, name);
    for (struct doc_item *key = doc_entry(secret->items); key && more; key = doc_entry(key->next)) {
        say_key(&m, common, key);
        more = check_seal(c, &m,
                          (struct sealed){key->part[DOC_NEXT_KEY], key->body,
                                          "what follows the key", name, key->name});
    }
    return more;
}

static bool check_past(struct check *c)
{
    const struct doc_table *table = doc_find(c->e->doc, DOC_PAST, c->e->name, none);
    struct seal_past past;
    bool more = true;

    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && more;
         i = doc_entry(i->next))
        if (seal_past_open(c->e, i, &past, c->err) != ERR_OK)
            more = goes_on(c);
    sodium_memzero(&past, sizeof past);
    return more;
}

static void check_env(struct check *c)
{
    const struct seal_env *e = c->e;
    const struct doc_table *env = doc_find(e->doc, DOC_ENV, e->name, none), *secret = NULL;
    struct seal_message m;
    bool more;

    c->err->code = ERR_OK;
    say_env(&m, e);
    more = check_seal(c, &m,
                      (struct sealed){env->own[DOC_FIRST_SECRET]->part[0], env->body,
                                      "the start of the environment", none, none});
    while (more && (secret = doc_next_table(e->doc, secret, DOC_SECRET, e->name)))
        more = check_secret(c, secret);
    if (more)
        check_past(c);
    stack_wipe();
}

enum err_code seal_verify(const struct seal_env *e, struct err *err)
{
    struct check c = {.e = e, .err = err};

    check_env(&c);
    return err->code;
}

void seal_find_broken(const struct seal_env *e, seal_finding *tell, void *user)
{
    struct err err;
    struct check c = {e, tell, user, &err};

    check_env(&c);
}

/* --- the chain --- */

static bool set_seal(const struct seal_env *e, const struct seal_message *m, struct doc_item *item,
                     int part)
{
    char text[DOC_SEAL_TEXT];

    seal_message(e, m, text);
    if (slice_equal(item->part[part], (struct slice){text, sizeof text}))
        return true; /* its line stays where it lies */
    return doc_set_part(e->doc, item, part, (struct slice){text, sizeof text});
}

bool seal_chain_env(const struct seal_env *e)
{
    struct doc_table *env = doc_find(e->doc, DOC_ENV, e->name, none);
    struct seal_message m;

    say_env(&m, e);
    return set_seal(e, &m, env->own[DOC_FIRST_SECRET], 0);
}

bool seal_chain_secret(const struct seal_env *e, struct doc_table *secret)
{
    struct seal_message m;

    say_secret(&m, e, secret);
    return set_seal(e, &m, secret->own[DOC_NEXT_SECRET], 0);
}

bool seal_chain_keys(const struct seal_env *e, struct doc_table *secret)
{
    struct seal_message m;

    say_keys(&m, e, secret);
    return set_seal(e, &m, secret->own[DOC_FIRST_KEY], 0);
}

bool seal_chain_key(const struct seal_env *e, struct doc_table *secret, struct doc_item *key)
{
    struct seal_message m;

    say_key(&m, say_key_of(&m, e, secret->secret), key);
    return set_seal(e, &m, key, DOC_NEXT_KEY);
}

bool seal_chain_whole(const struct seal_env *e, struct doc_table *secret)
{
    struct seal_message m;
    size_t common = say_key_of(&m, e, secret->secret);

    for (struct doc_item *key = doc_entry(secret->items); key; key = doc_entry(key->next)) {
        say_key(&m, common, key);
        if (!set_seal(e, &m, key, DOC_NEXT_KEY))
            return false;
    }
    return seal_chain_keys(e, secret);
}

/* --- what is sealed --- */

static size_t round_up(size_t n)
{
    return (n + UNIT - 1) / UNIT * UNIT;
}

/* The length of what sodium_pad has padded; no branch tells where that ends. */
static bool unpad(const unsigned char *plain, size_t padded, size_t *len)
{
    uint64_t last = 0, seen = 0, zeros = 0; /* the last word that is not zero */
    unsigned top;

    for (size_t behind = 0; behind < UNIT; behind += 8) {
        uint64_t word = from_little_endian(plain + padded - 8 - behind);
        uint64_t some = 0 - (uint64_t)(word != 0);

        last |= word & some & ~seen;
        seen |= some;
        zeros += 8 & ~seen;
    }
    top = (63 - (unsigned)__builtin_clzll(last | 1)) / 8;
    *len = padded - (size_t)zeros - 8 + top;
    return last >> 8 * top == 0x80;
}

static bool is_zero(const unsigned char *at, size_t len)
{
    unsigned char any = 0;

    while (len > 0)
        any |= at[--len];
    return any == 0;
}

/* What comes after the kind, which takes `skip` bytes. */
static bool parse_after(const unsigned char *plain, size_t skip, size_t len, struct seal_value *out)
{
    const unsigned char *author = plain + skip + TIME + 1;
    size_t n = DECIDED(author[-1]), said = skip + TIME + 1 + n, head = round_up(said);

    if (head > len || len - head > SEAL_VALUE_MAX || !DECIDED(is_zero(plain + said, head - said)))
        return false;
    out->updated_at = from_little_endian(plain + skip);
    out->author = (struct slice){(const char *)author, n};
    out->value = (struct slice){(const char *)plain + head, len - head};
    MADE_PUBLIC(author, n);
    return text_is_utf8(out->author);
}

/* kind (1) || date (8) || n (1) || author (n) || zero bytes to a multiple of 32 || value, then
 * sodium_pad. ERR_FORMAT: there is no kind, as before the format was final. */
static enum err_code plain_parse(unsigned char *plain, size_t padded, struct seal_value *out)
{
    struct seal_value before;
    size_t len;

    if (padded < 2 * UNIT || !DECIDED(unpad(plain, padded, &len)))
        return ERR_INTEGRITY;
    MADE_PUBLIC(&len, sizeof len);
    if (len < UNIT)
        return ERR_INTEGRITY;
    if (!parse_after(plain, 1, len, out))
        return parse_after(plain, 0, len, &before) ? ERR_FORMAT : ERR_INTEGRITY;
    out->kind = (enum seal_kind)DECIDED(plain[0]);
    MADE_PUBLIC(&out->kind, sizeof out->kind);
    plain[len] = '\0'; /* over the first byte of the padding, of which there is always one */
    return out->kind <= SEAL_PAST ? ERR_OK : ERR_INTEGRITY;
}

/* The most bytes that this takes when it is sealed. */
static size_t sealed_most(const struct seal_value *value)
{
    return NONCE + round_up(HEAD + value->author.len) + value->value.len + UNIT + TAG;
}

/* Makes the sealed form, of sealed_most bytes or less, and returns its length. */
static size_t seal_plain(unsigned char *sealed, const struct seal_value *value,
                         const unsigned char key[SEAL_KEY], struct slice bound_to)
{
    size_t head = round_up(HEAD + value->author.len), padded;
    unsigned char *plain = sealed + NONCE;
    unsigned long long len;

    memset(plain, 0, head);
    plain[0] = (unsigned char)value->kind;
    little_endian(plain + 1, value->updated_at);
    plain[HEAD - 1] = (unsigned char)value->author.len;
    if (value->author.len > 0)
        memcpy(plain + HEAD, value->author.at, value->author.len);
    if (value->value.len > 0)
        memcpy(plain + head, value->value.at, value->value.len);
    sodium_pad(&padded, plain, head + value->value.len, UNIT, head + value->value.len + UNIT);
    randombytes_buf(sealed, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(plain, &len, plain, padded,
                                               (const unsigned char *)bound_to.at, bound_to.len,
                                               NULL, sealed, key);
    return NONCE + (size_t)len;
}

/* Decodes and decrypts text in `sealed`, which has len bytes, where what it holds stays. */
static enum err_code open_plain(struct slice text, unsigned char *sealed, size_t len,
                                const unsigned char key[SEAL_KEY], struct slice bound_to,
                                struct seal_value *out)
{
    unsigned char *plain = sealed + NONCE;

    if (BASE64_DECODED(text.len) != len || len < NONCE + TAG ||
        !base64_decode(sealed, text.at, text.len) ||
        DECIDED(crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, plain, len - NONCE,
                                                           (const unsigned char *)bound_to.at,
                                                           bound_to.len, sealed, key) != 0))
        return ERR_INTEGRITY;
    return plain_parse(plain, len - NONCE - TAG, out);
}

static struct slice message_slice(const struct seal_message *m)
{
    return (struct slice){(const char *)m->at, m->len};
}

/* --- values --- */

enum { SEALED_LEAST = NONCE + TAG };

static void say_value(struct seal_message *m, const struct seal_env *e, const char *purpose,
                      struct slice secret, struct slice key)
{
    begin(m, e, purpose);
    add(m, secret);
    add(m, key);
}

/* What an open value's header is bound to: its place, and its text, which is there already. */
static struct slice bind_open(char *at, const struct seal_message *place, size_t text_len)
{
    memcpy(at, place->at, place->len);
    little_endian((unsigned char *)at + place->len, text_len);
    return (struct slice){at, place->len + 8 + text_len};
}

static size_t sealed_size(const struct doc_item *item)
{
    size_t len = BASE64_DECODED(item->part[DOC_SEALED].len);

    return len < SEALED_LEAST ? SEALED_LEAST : len;
}

size_t seal_value_room(const struct doc_item *item)
{
    size_t open = doc_is_open(item)
                      ? arena_room(sizeof(struct seal_message) + 8 + item->part[DOC_OPEN].len + 1)
                      : 0;

    return arena_room(sealed_size(item)) + open;
}

/* Beside it there is always a header of a unit. */
size_t seal_value_most(const struct doc_item *item)
{
    size_t least = SEALED_LEAST + UNIT, size = sealed_size(item);

    if (doc_is_open(item))
        return item->part[DOC_OPEN].len;
    return size < least ? 0 : size - least;
}

static enum err_code open_header(const struct seal_env *e, struct slice secret,
                                 const struct doc_item *item, unsigned char *sealed,
                                 struct arena *arena, struct seal_value *out)
{
    struct slice spelled = item->part[DOC_OPEN];
    struct seal_message place;
    enum err_code code;
    char *message, *text;
    size_t len;

    say_value(&place, e, "vault/1 open", secret, item->name);
    message = arena_alloc(arena, place.len + 8 + spelled.len + 1);
    if (!message)
        return ERR_NO_MEMORY;
    text = message + place.len + 8;
    if (!text_unspell(spelled, text, &len) || len > DOC_OPEN_MAX)
        return ERR_INTEGRITY; /* the doc would not have read it */
    text[len] = '\0';
    code = open_plain(item->part[DOC_SEALED], sealed, sealed_size(item), e->keys->value,
                      bind_open(message, &place, len), out);
    if (code == ERR_OK && (out->kind != SEAL_OPEN || out->value.len > 0))
        code = ERR_INTEGRITY;
    out->value = (struct slice){text, len};
    return code;
}

/* Decrypts in place: the ciphertext is longer than what is in it. */
enum err_code seal_value_open(const struct seal_env *e, struct slice secret,
                              const struct doc_item *item, struct arena *arena,
                              struct seal_value *out, struct err *err)
{
    size_t len = sealed_size(item);
    unsigned char *sealed = arena_alloc(arena, len);
    struct seal_message m;
    enum err_code code;

    if (!sealed)
        return err_no_memory(err);
    if (doc_is_open(item)) {
        code = open_header(e, secret, item, sealed, arena, out);
    } else {
        say_value(&m, e, "vault/1 value", secret, item->name);
        code =
            open_plain(item->part[DOC_SEALED], sealed, len, e->keys->value, message_slice(&m), out);
        if (code == ERR_OK && out->kind != SEAL_PLAIN && out->kind != SEAL_TEMPLATE)
            code = ERR_INTEGRITY;
    }
    if (code == ERR_NO_MEMORY)
        return err_no_memory(err);
    if (code == ERR_OK)
        return ERR_OK;
    return refuse(
        code, e,
        &(struct sealed){item->part[DOC_SEALED], item->body, "the value of", secret, item->name},
        err);
}

enum err_code seal_value_make(const struct seal_env *e, struct slice secret, struct slice key,
                              const struct seal_value *value, struct buf *scratch, struct buf *text,
                              struct err *err)
{
    bool open = value->kind == SEAL_OPEN;
    struct seal_value plain = *value;
    struct seal_message m;
    struct slice bound_to;
    size_t size, len;
    char *sealed, *room;

    if (open)
        plain.value = none;
    size = sealed_most(&plain);
    say_value(&m, e, open ? "vault/1 open" : "vault/1 value", secret, key);
    bound_to = message_slice(&m);
    buf_clear(scratch);
    buf_clear(text);
    sealed = buf_reserve(scratch, size + (open ? m.len + 8 + value->value.len : 0));
    if (!sealed)
        return err_no_memory(err);
    scratch->len = size; /* so that all of it is wiped */
    if (open) {
        if (value->value.len > 0)
            memcpy(sealed + size + m.len + 8, value->value.at, value->value.len);
        bound_to = bind_open(sealed + size, &m, value->value.len);
    }
    len = seal_plain((unsigned char *)sealed, &plain, e->keys->value, bound_to);
    room = buf_reserve(text, BASE64_ENCODED(len));
    if (!room)
        return err_no_memory(err);
    base64_encode(room, sealed, len);
    text->len = BASE64_ENCODED(len);
    return ERR_OK;
}

/* --- readers and the past --- */

/* A public key and an age file have no bound, so this one message is hashed piece by piece. */
void seal_reader(const struct seal_env *e, struct slice name, struct slice public_key,
                 struct slice age_file, char text[DOC_SEAL_TEXT])
{
    const struct slice fields[] = {
        slice_of("vault/1 reader"), e->id, e->name, name, public_key, age_file};
    unsigned char seal[DOC_SEAL], len[8];
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, e->keys->seal, SEAL_KEY, sizeof seal);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        little_endian(len, fields[i].len);
        crypto_generichash_update(&hash, len, sizeof len);
        crypto_generichash_update(&hash, (const unsigned char *)fields[i].at, fields[i].len);
    }
    crypto_generichash_final(&hash, seal, sizeof seal);
    base64_encode(text, seal, sizeof seal);
    sodium_memzero(&hash, sizeof hash);
}

bool seal_reader_verify(const struct seal_env *e, const struct doc_item *reader)
{
    char expected[DOC_SEAL_TEXT];

    seal_reader(e, reader->name, reader->part[0], reader->part[1], expected);
    return reader->part[2].len == sizeof expected &&
           DECIDED(sodium_memcmp(reader->part[2].at, expected, sizeof expected) == 0);
}

static void say_past(struct seal_message *m, const struct seal_env *e, struct slice number)
{
    begin(m, e, "vault/1 past");
    add(m, number);
}

void seal_past_set_author(struct seal_past *past, struct slice author)
{
    past->author_len = author.len;
    if (author.len > 0)
        memcpy(past->author, author.at, author.len);
}

enum {
    PAST_SEALED = BASE64_DECODED(SEAL_PAST_TEXT),
    PAST_OF_BEFORE = NONCE + SEAL_KEY + TIME + TAG
};

enum err_code seal_past_open(const struct seal_env *e, const struct doc_item *item,
                             struct seal_past *past, struct err *err)
{
    unsigned char sealed[PAST_SEALED];
    size_t len = BASE64_DECODED(item->part[0].len);
    struct seal_value value;
    struct seal_message m;
    enum err_code code = len == PAST_OF_BEFORE ? ERR_FORMAT : ERR_INTEGRITY;

    say_past(&m, e, item->name);
    if (len != PAST_OF_BEFORE && len <= sizeof sealed)
        code = open_plain(item->part[0], sealed, len, e->keys->past, message_slice(&m), &value);
    if (code == ERR_OK && (value.kind != SEAL_PAST || value.value.len != SEAL_KEY))
        code = ERR_INTEGRITY;
    if (code == ERR_OK) {
        memcpy(past->env, value.value.at, SEAL_KEY);
        past->rotated_at = value.updated_at;
        seal_past_set_author(past, value.author);
    }
    sodium_memzero(sealed, sizeof sealed);
    if (code == ERR_OK)
        return ERR_OK;
    return refuse(code, e, &(struct sealed){item->part[0], item->body, "the past of", none, none},
                  err);
}

struct slice seal_past_make(const struct seal_env *e, struct slice number,
                            const struct seal_past *past, char text[SEAL_PAST_TEXT])
{
    struct seal_value value = {.kind = SEAL_PAST,
                               .value = {(const char *)past->env, SEAL_KEY},
                               .author = {past->author, past->author_len},
                               .updated_at = past->rotated_at};
    unsigned char sealed[PAST_SEALED];
    struct seal_message m;
    size_t len;

    say_past(&m, e, number);
    len = seal_plain(sealed, &value, e->keys->past, message_slice(&m));
    base64_encode(text, sealed, len);
    return (struct slice){text, BASE64_ENCODED(len)};
}
