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
    PAST_PLAIN = SEAL_KEY + TIME
};

/* --- keys --- */

void seal_derive(struct seal_keys *keys, const unsigned char env[SEAL_KEY])
{
    static const char context[crypto_kdf_CONTEXTBYTES] = {'v', 'a', 'u', 'l', 't', 'e', 'n', 'v'};
    unsigned char fingerprint[16];
    unsigned char inbox[AGE_KEY];

    memmove(keys->env, env, SEAL_KEY);
    crypto_kdf_derive_from_key(keys->value, SEAL_KEY, 1, context, keys->env);
    crypto_kdf_derive_from_key(keys->seal, SEAL_KEY, 2, context, keys->env);
    crypto_kdf_derive_from_key(keys->inbox, SEAL_KEY, 3, context, keys->env);
    crypto_kdf_derive_from_key(fingerprint, sizeof fingerprint, 4, context, keys->env);
    crypto_kdf_derive_from_key(keys->past, SEAL_KEY, 5, context, keys->env);
    base64_encode(keys->fingerprint, fingerprint, sizeof fingerprint);
    keys->fingerprint[SEAL_FINGERPRINT_TEXT] = '\0';
    crypto_scalarmult_base(inbox, keys->inbox);
    MADE_PUBLIC(inbox, sizeof inbox);
    bech32_encode(keys->inbox_key, "age", inbox, sizeof inbox);
}

/* --- encode(…): each field behind its length, so that no two lists of fields are alike --- */

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
    add(m, secret->own[DOC_CREATED_BY]->part[0]);
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

static enum err_code broken(const struct seal_env *e, struct slice body, const char *what,
                            struct slice secret, struct slice key, struct err *err)
{
    size_t line = doc_line(e->doc, body);
    char where[32] = "";

    if (line)
        snprintf(where, sizeof where, "line %zu: ", line);
    return err_set(err, ERR_INTEGRITY,
                   "%s%s %.*s%s%.*s%s%.*s was changed by somebody who cannot open it", where, what,
                   (int)e->name.len, e->name.at, secret.len ? "/" : "", (int)secret.len, secret.at,
                   key.len ? "/" : "", (int)key.len, key.at);
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

/* A seal in the file, where it is, and what it seals. */
struct sealed {
    struct slice seal, body;
    const char *what;
    struct slice secret, key;
};

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
    broken(c->e, s.body, s.what, s.secret, s.key, c->err);
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
        more = check_seal(
            c, &m,
            (struct sealed){key->part[1], key->body, "what follows the key", name, key->name});
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
    return set_seal(e, &m, key, 1);
}

bool seal_chain_whole(const struct seal_env *e, struct doc_table *secret)
{
    struct seal_message m;
    size_t common = say_key_of(&m, e, secret->secret);

    for (struct doc_item *key = doc_entry(secret->items); key; key = doc_entry(key->next)) {
        say_key(&m, common, key);
        if (!set_seal(e, &m, key, 1))
            return false;
    }
    return seal_chain_keys(e, secret);
}

/* --- values --- */

static void say_value(struct seal_message *m, const struct seal_env *e, struct slice secret,
                      struct slice key)
{
    begin(m, e, "vault/1 value");
    add(m, secret);
    add(m, key);
}

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

/* updated-at (8) || n (1) || author (n) || zero bytes to a multiple of 32 || value, then
 * sodium_pad. */
static bool value_parse(unsigned char *plain, size_t padded, struct seal_value *out)
{
    size_t len, author, head;

    if (padded < 2 * UNIT || !DECIDED(unpad(plain, padded, &len)))
        return false;
    MADE_PUBLIC(&len, sizeof len);
    author = DECIDED(plain[TIME]);
    head = round_up(TIME + 1 + author);
    if (len < UNIT || head > len || len - head > SEAL_VALUE_MAX ||
        !DECIDED(is_zero(plain + TIME + 1 + author, head - TIME - 1 - author)))
        return false;
    out->updated_at = from_little_endian(plain);
    out->author = (struct slice){(const char *)plain + TIME + 1, author};
    out->value = (struct slice){(const char *)plain + head, len - head};
    MADE_PUBLIC(out->author.at, author);
    plain[len] = '\0'; /* over the first byte of the padding, of which there is always one */
    return text_is_utf8(out->author);
}

enum { SEALED_LEAST = NONCE + TAG };

static size_t sealed_size(const struct doc_item *item)
{
    size_t len = BASE64_DECODED(item->part[0].len);

    return len < SEALED_LEAST ? SEALED_LEAST : len;
}

size_t seal_value_room(const struct doc_item *item)
{
    return arena_room(sealed_size(item));
}

/* Beside it there is always a header of a unit. */
size_t seal_value_most(const struct doc_item *item)
{
    size_t least = SEALED_LEAST + UNIT, size = sealed_size(item);

    return size < least ? 0 : size - least;
}

/* Decrypts in place: the ciphertext is longer than what is in it. */
enum err_code seal_value_open(const struct seal_env *e, struct slice secret,
                              const struct doc_item *item, struct arena *arena,
                              struct seal_value *out, struct err *err)
{
    struct slice text = item->part[0];
    size_t len = sealed_size(item);
    unsigned char *sealed = arena_alloc(arena, len), *plain;
    struct seal_message m;

    if (!sealed)
        return err_no_memory(err);
    plain = sealed + NONCE;
    say_value(&m, e, secret, item->name);
    if (BASE64_DECODED(text.len) != len || !base64_decode(sealed, text.at, text.len) ||
        DECIDED(crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, plain, len - NONCE,
                                                           m.at, m.len, sealed,
                                                           e->keys->value) != 0) ||
        !value_parse(plain, len - NONCE - TAG, out))
        return broken(e, item->body, "the value of", secret, item->name, err);
    return ERR_OK;
}

enum err_code seal_value_make(const struct seal_env *e, struct slice secret, struct slice key,
                              const struct seal_value *value, struct buf *scratch, struct buf *text,
                              struct err *err)
{
    size_t head = round_up(TIME + 1 + value->author.len);
    size_t most = NONCE + head + value->value.len + UNIT + TAG, padded;
    unsigned char *sealed, *plain;
    unsigned long long len;
    struct seal_message m;
    char *room;

    buf_clear(scratch);
    buf_clear(text);
    sealed = (unsigned char *)buf_reserve(scratch, most);
    if (!sealed)
        return err_no_memory(err);
    plain = sealed + NONCE;
    memset(plain, 0, head);
    little_endian(plain, value->updated_at);
    plain[TIME] = (unsigned char)value->author.len;
    memcpy(plain + TIME + 1, value->author.at, value->author.len);
    memcpy(plain + head, value->value.at, value->value.len);
    scratch->len = most; /* so that all of it is wiped */
    sodium_pad(&padded, plain, head + value->value.len, UNIT, most - NONCE);
    say_value(&m, e, secret, key);
    randombytes_buf(sealed, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(plain, &len, plain, padded, m.at, m.len, NULL,
                                               sealed, e->keys->value);
    room = buf_reserve(text, BASE64_ENCODED(NONCE + (size_t)len));
    if (!room)
        return err_no_memory(err);
    base64_encode(room, sealed, NONCE + (size_t)len);
    text->len = BASE64_ENCODED(NONCE + (size_t)len);
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

enum err_code seal_past_open(const struct seal_env *e, const struct doc_item *item,
                             struct seal_past *past, struct err *err)
{
    unsigned char sealed[NONCE + PAST_PLAIN + TAG], plain[PAST_PLAIN];
    struct seal_message m;

    say_past(&m, e, item->name);
    if (item->part[0].len != SEAL_PAST_TEXT ||
        !base64_decode(sealed, item->part[0].at, item->part[0].len) ||
        DECIDED(crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed + NONCE,
                                                           sizeof sealed - NONCE, m.at, m.len,
                                                           sealed, e->keys->past) != 0))
        return broken(e, item->body, "the past of", none, none, err);
    memcpy(past->env, plain, SEAL_KEY);
    past->rotated_at = from_little_endian(plain + SEAL_KEY);
    sodium_memzero(plain, sizeof plain);
    return ERR_OK;
}

void seal_past_make(const struct seal_env *e, struct slice number, const struct seal_past *past,
                    char text[SEAL_PAST_TEXT])
{
    unsigned char sealed[NONCE + PAST_PLAIN + TAG], plain[PAST_PLAIN];
    struct seal_message m;

    memcpy(plain, past->env, SEAL_KEY);
    little_endian(plain + SEAL_KEY, past->rotated_at);
    say_past(&m, e, number);
    randombytes_buf(sealed, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, plain, sizeof plain, m.at,
                                               m.len, NULL, sealed, e->keys->past);
    base64_encode(text, sealed, sizeof sealed);
    sodium_memzero(plain, sizeof plain);
}
