/* Proposals: sealed to an inbox, opened, accepted, rejected, and carried along by a rename. */
#include "inbox.h"

#include "change.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct slice none = {"", 0};

static const char purpose[] = "vault/1 proposal";

/* The fields of a payload, in their order. */
enum { PURPOSE, ID, ENV, SECRET, NAME, AUTHOR, WHEN, VALUE, FIELDS };
enum { BLOCK = 32, NUMBER = 8 };
enum { DROPPED_SHOWN = 10 };

/* --- the payload --- */

static void put_number(unsigned char out[NUMBER], uint64_t n)
{
    for (int i = 0; i < NUMBER; i++)
        out[i] = (unsigned char)(n >> 8 * i);
}

static uint64_t number_at(const char *at)
{
    uint64_t n = 0;

    for (int i = NUMBER; i-- > 0;)
        n = n << 8 | (unsigned char)at[i];
    return n;
}

/* out is a secret buffer. */
static enum err_code write_payload(const struct slice fields[FIELDS], struct buf *out,
                                   struct err *err)
{
    unsigned char len[NUMBER];
    size_t padded;

    for (int i = 0; i < FIELDS; i++) {
        put_number(len, fields[i].len);
        buf_add(out, (const char *)len, sizeof len);
        buf_add_slice(out, fields[i]);
    }
    if (!buf_reserve(out, BLOCK))
        return err_no_memory(err);
    if (sodium_pad(&padded, (unsigned char *)out->data, out->len, BLOCK, out->len + BLOCK) != 0)
        return err_set(err, ERR_FAILED, "a proposal cannot be padded");
    out->len = padded;
    return ERR_OK;
}

/* False if it does not consist of exactly these fields. */
static bool read_payload(const struct buf *plain, struct slice fields[FIELDS])
{
    size_t len = 0, at = 0;

    if (plain->len % BLOCK != 0 ||
        sodium_unpad(&len, (const unsigned char *)plain->data, plain->len, BLOCK) != 0)
        return false;
    for (int i = 0; i < FIELDS; i++) {
        uint64_t field;

        if (len - at < NUMBER)
            return false;
        field = number_at(plain->data + at);
        at += NUMBER;
        if (field > len - at)
            return false;
        fields[i] = (struct slice){plain->data + at, (size_t)field};
        at += (size_t)field;
    }
    return at == len && slice_is(fields[PURPOSE], purpose) && fields[WHEN].len == NUMBER &&
           fields[AUTHOR].len <= DOC_AUTHOR_MAX && text_is_utf8(fields[AUTHOR]);
}

/* The secret and the name of "SECRET/NAME/TAG". */
static void split(struct slice entry, struct slice *secret, struct slice *name)
{
    const char *slash = memchr(entry.at, '/', entry.len);

    *secret = (struct slice){entry.at, (size_t)(slash - entry.at)};
    name->at = slash + 1;
    name->len = entry.len - secret->len - 1 - (1 + DOC_TAG);
}

static struct slice tag_of(struct slice entry)
{
    return (struct slice){entry.at + entry.len - DOC_TAG, DOC_TAG};
}

/* --- entries --- */

/* Appends the base64 of an age file: the proposal for a place in env, to a key. */
static enum err_code seal(const struct vault *v, struct slice env, const struct inbox_proposal *p,
                          const struct age_recipient *to, struct buf *text, struct err *err)
{
    unsigned char when[NUMBER];
    const struct slice fields[FIELDS] = {slice_of(purpose),
                                         slice_of(v->id),
                                         env,
                                         p->secret,
                                         p->name,
                                         p->author,
                                         {(const char *)when, sizeof when},
                                         p->value};
    struct buf plain = BUF_SECRET;
    enum err_code code;

    put_number(when, p->made_at);
    code = write_payload(fields, &plain, err);
    if (code == ERR_OK)
        code = change_wrap(buf_slice(&plain), to, text, err);
    if (code == ERR_OK && text->len > BASE64_ENCODED(DOC_PROPOSAL_MAX))
        code = err_set(err, ERR_INVALID,
                       "the value of %.*s is too long to be proposed: a proposal has at most %d "
                       "bytes, encrypted",
                       (int)p->name.len, p->name.at, DOC_PROPOSAL_MAX);
    buf_free(&plain);
    return code;
}

/* Adds an entry under this tag or, if it is empty or taken, under a random one. */
static enum err_code add_entry(struct vault *v, struct doc_table *inbox, const struct slice path[2],
                               struct slice tag, struct slice text)
{
    char entry[NAME_MAX_LEN + 1 + KEY_MAX_LEN + 1 + DOC_TAG + 1], random[DOC_TAG + 1];
    unsigned char bytes[DOC_TAG / 2];
    int len;

    for (;;) {
        if (tag.len == 0) {
            randombytes_buf(bytes, sizeof bytes);
            sodium_bin2hex(random, sizeof random, bytes, sizeof bytes);
            tag = (struct slice){random, DOC_TAG};
        }
        len = snprintf(entry, sizeof entry, "%.*s/%.*s/%.*s", (int)path[0].len, path[0].at,
                       (int)path[1].len, path[1].at, DOC_TAG, tag.at);
        if (!doc_find_entry(inbox, (struct slice){entry, (size_t)len}))
            break;
        tag = none;
    }
    return err_memory(doc_add_item(&v->doc, inbox, DOC_ENTRY, (struct slice){entry, (size_t)len},
                                   &text, NULL) != NULL,
                      &v->err);
}

/* The table may be missing. */
static enum err_code add_to_inbox(struct vault *v, struct slice env, const struct inbox_proposal *p,
                                  struct slice text)
{
    struct doc_table *inbox = doc_find(&v->doc, DOC_INBOX, env, none);

    if (!inbox)
        inbox = doc_add_table(&v->doc, DOC_INBOX, env, none);
    return inbox ? add_entry(v, inbox, (struct slice[]){p->secret, p->name}, none, text)
                 : err_no_memory(&v->err);
}

/* MUST: the key is compared with what this machine has accepted after the lock was taken, on the
 * file that is changed. */
enum err_code inbox_propose(struct vault *v, const struct inbox_value *value)
{
    struct slice env = slice_of(value->env);
    struct inbox_proposal p = {.secret = slice_of(value->secret),
                               .name = slice_of(value->name),
                               .value = value->value,
                               .author = slice_of(v->author ? v->author : "")};
    struct age_recipient to;
    struct buf text = {0};
    enum err_code code = handle_lock(v);

    if (code == ERR_OK)
        code = handle_check_shown(v, value->env);
    if (code == ERR_OK)
        code = handle_now(&p.made_at, &v->err);
    if (code == ERR_OK)
        code = age_recipient_read(
            doc_find(&v->doc, DOC_ENV, env, none)->own[DOC_INBOX_KEY]->part[0], &to, &v->err);
    if (code == ERR_OK)
        code = seal(v, env, &p, &to, &text, &v->err);
    if (code == ERR_OK)
        code = add_to_inbox(v, env, &p, buf_slice(&text));
    buf_free(&text);
    return code;
}

/* --- opening --- */

static enum err_code add_past(struct vault *v, const struct seal_env *e, struct inbox *in)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);
    struct seal_keys *keys = handle_take_keys(v);
    struct seal_past past;
    enum err_code code = err_memory(keys != NULL, &v->err);

    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next)) {
        code = seal_past_open(e, i, &past, &v->err);
        if (code != ERR_OK)
            break;
        seal_derive(keys, past.env);
        age_identity_of_x25519(keys->inbox, &in->keys[in->count++]);
    }
    sodium_memzero(&past, sizeof past);
    if (keys)
        handle_give_back_keys(v, keys);
    return code;
}

static enum err_code take_keys(struct vault *v, const struct seal_env *e, struct inbox *in)
{
    struct doc_table *past = doc_find(e->doc, DOC_PAST, e->name, none);
    size_t most = 1 + (past ? past->entries : 0);

    in->keys = arena_alloc(&in->arena, most * sizeof *in->keys);
    if (!in->keys)
        return err_no_memory(&v->err);
    age_identity_of_x25519(e->keys->inbox, &in->keys[in->count++]);
    return add_past(v, e, in);
}

void inbox_end(struct inbox *in)
{
    buf_free(&in->plain);
    arena_free(&in->arena);
    stack_wipe();
}

static enum err_code refuse(struct vault *v, struct slice env, const struct doc_item *item,
                            const char *why)
{
    err_set(&v->err, ERR_INTEGRITY, "line %zu: the proposal %.*s in the inbox of %.*s %s",
            doc_line(&v->doc, item->body), (int)item->name.len, item->name.at, (int)env.len, env.at,
            why);
    return ERR_INTEGRITY;
}

/* Sets what is in the age file, and which key has opened it. */
static enum err_code decrypt(struct inbox *in, const struct doc_item *item, size_t *key,
                             struct err *err)
{
    unsigned char file_key[AGE_FILE_KEY] = {0};
    struct buf file = {0};
    struct slice base64 = item->part[0], type, payload;
    char *room = buf_reserve(&file, BASE64_DECODED(base64.len) + 1);
    size_t stanzas = 0;
    enum err_code code = err_memory(room != NULL, err);

    buf_clear(&in->plain);
    if (room && base64_decode(room, base64.at, base64.len))
        file.len = BASE64_DECODED(base64.len);
    if (code == ERR_OK)
        code = age_header_look(buf_slice(&file), &stanzas, &type, err);
    if (code == ERR_OK && stanzas != 1)
        code = err_set(err, ERR_FORMAT, "more than one stanza");
    if (code == ERR_OK)
        code = age_header_open(buf_slice(&file), in->keys, in->count, file_key, &payload, key, err);
    if (code == ERR_OK)
        code = age_payload_open(file_key, payload, &in->plain, err);
    sodium_memzero(file_key, sizeof file_key);
    buf_free(&file);
    return code;
}

/* Opens an item of e's inbox as one for the environment env. */
static enum err_code open_as(struct vault *v, const struct seal_env *e, struct slice env,
                             struct inbox *in, const struct doc_item *item,
                             struct inbox_proposal *out)
{
    struct slice fields[FIELDS];
    struct err err;
    enum err_code code;

    *out = (struct inbox_proposal){.key = 0};
    code = decrypt(in, item, &out->key, &err);
    split(item->name, &out->secret, &out->name);
    if (code == ERR_NO_MEMORY)
        return err_no_memory(&v->err);
    if (code == ERR_LOCKED)
        return refuse(v, e->name, item, "opens with none of its keys");
    if (code != ERR_OK || !read_payload(&in->plain, fields))
        return refuse(v, e->name, item, "is malformed");
    if (!slice_equal(fields[ID], e->id) || !slice_equal(fields[ENV], env) ||
        !slice_equal(fields[SECRET], out->secret) || !slice_equal(fields[NAME], out->name))
        return refuse(v, e->name, item, "was sealed for another place, environment or vault");
    out->author = fields[AUTHOR];
    out->made_at = number_at(fields[WHEN].at);
    out->value = fields[VALUE];
    return ERR_OK;
}

static enum err_code find(struct vault *v, struct slice env, const char *entry,
                          struct doc_item **out)
{
    struct doc_table *inbox = doc_find(&v->doc, DOC_INBOX, env, none);

    *out = inbox ? doc_find_entry(inbox, slice_of(entry)) : NULL;
    if (*out)
        return ERR_OK;
    return err_set(&v->err, ERR_ABSENT, "there is no proposal %s in the inbox of %.*s", entry,
                   (int)env.len, env.at);
}

enum err_code inbox_open(struct vault *v, const struct seal_env *e, const char *entry,
                         struct inbox *in, struct inbox_proposal *out)
{
    enum err_code code;

    *in = (struct inbox){.plain = BUF_SECRET};
    code = find(v, e->name, entry, &in->item);
    if (code == ERR_OK)
        code = take_keys(v, e, in);
    return code == ERR_OK ? open_as(v, e, e->name, in, in->item, out) : code;
}

enum err_code inbox_judge(struct vault *v, const struct seal_env *e, const struct inbox_proposal *p,
                          enum inbox_caution *caution)
{
    struct doc_table *table = doc_find(&v->doc, DOC_SECRET, e->name, p->secret);
    struct doc_item *item = table ? doc_find_entry(table, p->name) : NULL;
    struct arena arena = {0};
    struct seal_value now;
    enum err_code code;

    *caution = INBOX_NO_VARIABLE;
    if (!item)
        return ERR_OK;
    code = seal_value_open(e, p->secret, item, &arena, &now, &v->err);
    if (code == ERR_OK)
        *caution = p->made_at > now.updated_at ? INBOX_NO_CAUTION : INBOX_NOT_LATER;
    arena_free(&arena);
    return code;
}

/* --- accepting and rejecting --- */

static void drop(struct vault *v, struct slice env, struct doc_item *item)
{
    doc_remove_item(&v->doc, doc_find(&v->doc, DOC_INBOX, env, none), item);
}

static enum err_code check_seen(struct vault *v, const struct doc_item *item,
                                const struct inbox_proposal *p, const struct vault_kv *seen)
{
    struct slice shown = seen->count == 1 ? seen->pairs[0].value : none;

    if (seen->count == 1 && shown.len == p->value.len &&
        sodium_memcmp(shown.at, p->value.at, shown.len) == 0)
        return ERR_OK;
    return err_set(&v->err, ERR_INTEGRITY, "the proposal %.*s has changed since it was shown",
                   (int)item->name.len, item->name.at);
}

static enum err_code take(struct vault *v, const struct change *c, const struct inbox_proposal *p)
{
    struct doc_table *table = doc_find(&v->doc, DOC_SECRET, c->env.name, p->secret);
    enum err_code code = ERR_OK;

    if (!table)
        code = change_add_secret(c, p->secret, &table, &v->err);
    return code == ERR_OK ? change_put(c, table, p->name, p->value, SEAL_PLAIN, &v->err) : code;
}

enum err_code inbox_accept(struct vault *v, const char *env, const char *entry,
                           const struct vault_kv *seen)
{
    struct inbox in = {.count = 0};
    struct inbox_proposal p;
    struct change c;
    enum err_code code = handle_begin(v, env, &c);

    if (code == ERR_OK)
        code = inbox_open(v, &c.env, entry, &in, &p);
    if (code == ERR_OK && seen)
        code = check_seen(v, in.item, &p, seen);
    if (code == ERR_OK)
        code = take(v, &c, &p);
    if (code == ERR_OK)
        drop(v, c.env.name, in.item);
    inbox_end(&in);
    return code;
}

/* Needs no key: anyone who can write the file can do this. */
enum err_code inbox_reject(struct vault *v, const char *env, const char *entry)
{
    struct doc_item *item = NULL;
    enum err_code code = handle_lock(v);

    if (code == ERR_OK)
        code = handle_find_env(v, env);
    if (code == ERR_OK)
        code = find(v, slice_of(env), entry, &item);
    if (code == ERR_OK)
        drop(v, slice_of(env), item);
    return code;
}

/* --- renames --- */

static bool is_for(const struct doc_item *item, const struct inbox_carry *carry)
{
    struct slice secret, name;

    split(item->name, &secret, &name);
    return (carry->secret.len == 0 || slice_equal(secret, carry->secret)) &&
           (carry->name.len == 0 || slice_equal(name, carry->name));
}

/* Seals an opened proposal for its new place, to the key that opened it: one of before a rotation
 * stays one. */
static enum err_code carry_one(struct vault *v, const struct seal_env *e, struct doc_item *item,
                               const struct inbox *in, const struct inbox_proposal *p,
                               const struct inbox_carry *carry)
{
    struct doc_table *inbox = doc_find(&v->doc, DOC_INBOX, e->name, none);
    struct inbox_proposal to = *p;
    struct buf text = {0};
    enum err_code code;

    if (carry->to_secret.len > 0)
        to.secret = carry->to_secret;
    if (carry->to_name.len > 0)
        to.name = carry->to_name;
    code = seal(v, e->name, &to, &in->keys[p->key].self, &text, &v->err);
    if (code == ERR_OK && slice_equal(to.secret, p->secret) && slice_equal(to.name, p->name)) {
        code = err_memory(doc_set_part(&v->doc, item, 0, buf_slice(&text)), &v->err);
    } else if (code == ERR_OK) {
        doc_remove_item(&v->doc, inbox, item);
        code = add_entry(v, inbox, (struct slice[]){to.secret, to.name}, tag_of(item->name),
                         buf_slice(&text));
    }
    buf_free(&text);
    return code;
}

/* The names of what was dropped: the first few, since anyone can put many there. */
static void tell_dropped(struct vault *v, struct slice env, size_t count, struct buf *names)
{
    struct buf s = {0};

    if (count > 0) {
        buf_printf(&s, "dropped from the inbox of %.*s, because they do not open: ", (int)env.len,
                   env.at);
        buf_add_slice(&s, buf_slice(names));
        if (count > DROPPED_SHOWN)
            buf_printf(&s, " and %zu more", count - DROPPED_SHOWN);
        handle_tell(v, &s);
    }
    buf_free(names);
}

enum err_code inbox_carry(struct vault *v, const struct seal_env *e,
                          const struct inbox_carry *carry)
{
    struct doc_table *inbox = doc_find(&v->doc, DOC_INBOX, e->name, none);
    struct inbox in = {.plain = BUF_SECRET};
    struct inbox_proposal p;
    struct buf names = {0};
    struct doc_item *next;
    size_t dropped = 0;
    enum err_code code;

    if (!inbox || inbox->entries == 0)
        return ERR_OK;
    code = take_keys(v, e, &in);
    for (struct doc_item *i = doc_entry(inbox->items); i && code == ERR_OK; i = next) {
        next = doc_entry(i->next);
        if (!is_for(i, carry))
            continue;
        code = open_as(v, e, carry->env, &in, i, &p);
        if (code == ERR_OK)
            code = carry_one(v, e, i, &in, &p, carry);
        if (code == ERR_INTEGRITY || code == ERR_INVALID) { /* or too long under the new name */
            if (dropped++ < DROPPED_SHOWN)
                buf_printf(&names, "%s%.*s", names.len ? ", " : "", (int)i->name.len, i->name.at);
            doc_remove_item(&v->doc, inbox, i);
            code = ERR_OK;
        }
    }
    tell_dropped(v, e->name, dropped, &names);
    inbox_end(&in);
    return code;
}
