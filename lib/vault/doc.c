/* The vault file as text: vault(5)'s strict lines, as tables and items that know their place. */
#include "doc.h"

#include "base/base64.h"
#include "base/bech32.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "1"
#define BOM "\xEF\xBB\xBF"

#define TEXT_OF(token) #token
#define NUMBER_TEXT(macro) TEXT_OF(macro)

/* --- what a file may contain, as tables: anything else is an error --- */

enum content { NOTHING, PUBLIC_KEY, INBOX_KEY, AUTHOR, OPEN, BASE64, PROPOSAL, SEAL, DATE, NUMBER };

struct shape {
    const char *name; /* of a key of vault's own; NULL: any name that the table allows */
    enum content part[DOC_PARTS];
};

enum { ENTRIES = DOC_OWN_MAX }; /* the index of the shape of a table's entries, if it has any */

/* By kind of table and place. */
static const struct shape shapes[][DOC_OWN_MAX + 1] = {
    [DOC_VAULT] = {{"format", {NUMBER}}, {"id", {SEAL}}},
    [DOC_PASSPHRASES] = {[ENTRIES] = {NULL, {BASE64}}},
    [DOC_ENV] = {{"inbox-key", {INBOX_KEY}}, {"first-secret", {SEAL}}},
    [DOC_READERS] = {[ENTRIES] = {NULL, {PUBLIC_KEY, BASE64, SEAL}}},
    [DOC_PAST] = {[ENTRIES] = {NULL, {BASE64}}},
    [DOC_INBOX] = {[ENTRIES] = {NULL, {PROPOSAL}}},
    [DOC_SECRET] = {{"next-secret", {SEAL}},
                    {"created-at", {DATE}},
                    {"created-by", {AUTHOR}},
                    {"first-key", {SEAL}},
                    [ENTRIES] = {NULL, {BASE64, SEAL}}},
};

/* A secret's entry with an open value. */
static const struct shape open_shape = {NULL, {OPEN, BASE64, SEAL}};

static int own_count(enum doc_kind kind)
{
    int n = 0;

    while (shapes[kind][n].name)
        n++;
    return n;
}

static const struct shape *shape_of(enum doc_kind kind, int own)
{
    return &shapes[kind][own == DOC_ENTRY ? ENTRIES : own];
}

static int part_count(const struct shape *shape)
{
    int n = 0;

    while (n < DOC_PARTS && shape->part[n] != NOTHING)
        n++;
    return n;
}

/* Where a string of an entry is in an item: an open text comes first in the file, and last here. */
static int place_of_part(const struct shape *shape, int i)
{
    return shape == &open_shape ? (i + DOC_OPEN) % DOC_PARTS : i;
}

/* "/TAG": random, so that two proposals for one variable do not meet in one line. */
static bool is_tag(struct slice tag)
{
    bool good = tag.len == 1 + DOC_TAG && tag.at[0] == '/';

    for (size_t i = 1; i < tag.len && good; i++)
        good = text_hex_digit(tag.at[i]) < 16 && !(tag.at[i] >= 'A' && tag.at[i] <= 'F');
    return good;
}

/* An inbox names its entries "S/NAME/TAG". */
static bool is_path(struct slice name)
{
    const char *slash = memchr(name.at, '/', name.len);
    size_t before = slash ? (size_t)(slash - name.at) : 0;
    size_t key = slash ? text_key_span(slash + 1, name.at + name.len) : 0;
    size_t tag = before + 1 + key;

    return slash && text_is_name((struct slice){name.at, before}) && key > 0 &&
           is_tag((struct slice){name.at + tag, name.len - tag});
}

/* But a secret's, which take_key takes. */
static bool is_entry_name(enum doc_kind kind, struct slice name)
{
    uint64_t number;

    switch (kind) {
    case DOC_READERS:
    case DOC_PASSPHRASES:
        return text_is_name(name);
    case DOC_PAST:
        return text_number(name, UINT32_MAX, &number) && number > 0;
    case DOC_INBOX:
        return is_path(name);
    default:
        return false;
    }
}

/* --- the index --- */

enum { INDEX_FIRST = 16 };

/* Keyed, so that nobody can write a file whose names all meet in one place; a few may. A name
 * longer than a name can be is in no table: where it is looked for does not matter. */
static size_t place_of(const struct doc_index *index, enum doc_kind kind, struct slice env,
                       struct slice secret)
{
    unsigned char text[2 + 2 * NAME_MAX_LEN], hash[crypto_shorthash_BYTES];
    size_t len = 0;
    uint64_t place;

    _Static_assert(sizeof index->key == crypto_shorthash_KEYBYTES, "the key of crypto_shorthash");
    if (index->size <= INDEX_FIRST)
        return 0;
    text[len++] = (unsigned char)kind;
    if (env.len <= NAME_MAX_LEN && secret.len <= NAME_MAX_LEN) {
        if (env.len > 0) /* memcpy takes no NULL */
            memcpy(text + len, env.at, env.len);
        len += env.len;
        text[len++] = '.';
        if (secret.len > 0)
            memcpy(text + len, secret.at, secret.len);
        len += secret.len;
    }
    crypto_shorthash(hash, text, len, index->key);
    memcpy(&place, hash, sizeof place);
    return (size_t)place & (index->size - 1);
}

static const struct slice none = {"", 0};

static struct doc_table **table_place(const struct doc_index *index, enum doc_kind kind,
                                      struct slice env, struct slice secret)
{
    return &index->tables[place_of(index, kind, env, secret)];
}

static struct doc_secrets **secrets_place(const struct doc_index *index, struct slice env)
{
    return &index->secrets[place_of(index, DOC_SECRET, env, none)];
}

static void index_table(struct doc_index *index, struct doc_table *table)
{
    struct doc_table **place = table_place(index, table->kind, table->env, table->secret);

    table->chain = *place;
    *place = table;
}

static void index_secrets(struct doc_index *index, struct doc_secrets *secrets)
{
    struct doc_secrets **place = secrets_place(index, secrets->env);

    secrets->chain = *place;
    *place = secrets;
}

static void index_free(struct doc_index *index)
{
    free(index->tables);
    free(index->secrets);
    *index = (struct doc_index){.size = 0};
}

/* Makes room for one table more, and the secrets of its environment. False for want of memory. */
static bool index_grow(struct doc_index *index)
{
    struct doc_index new = {.size = index->size ? 2 * index->size : INDEX_FIRST,
                            .count = index->count};

    if (index->count + 2 <= index->size)
        return true;
    new.tables = calloc(new.size, sizeof *new.tables);
    new.secrets = calloc(new.size, sizeof *new.secrets);
    if (!new.tables || !new.secrets) {
        index_free(&new);
        return false;
    }
    if (new.size > INDEX_FIRST)
        crypto_shorthash_keygen(new.key);
    for (size_t i = 0; i < index->size; i++) {
        for (struct doc_table *t = index->tables[i], *next; t; t = next) {
            next = t->chain;
            index_table(&new, t);
        }
        for (struct doc_secrets *s = index->secrets[i], *next; s; s = next) {
            next = s->chain;
            index_secrets(&new, s);
        }
    }
    index_free(index);
    *index = new;
    return true;
}

static struct doc_secrets *find_secrets(const struct doc *doc, struct slice env)
{
    struct doc_secrets *s = doc->index.size ? *secrets_place(&doc->index, env) : NULL;

    while (s && !slice_equal(s->env, env))
        s = s->chain;
    return s;
}

struct doc_table *doc_find(const struct doc *doc, enum doc_kind kind, struct slice env,
                           struct slice secret)
{
    struct doc_table *t = doc->index.size ? *table_place(&doc->index, kind, env, secret) : NULL;

    while (t && (t->kind != kind || !slice_equal(t->env, env) || !slice_equal(t->secret, secret)))
        t = t->chain;
    return t;
}

/* --- the entries of a table by name --- */

enum { WALKS = 4 }; /* through a table, before an index is worth it */

/* An open hash table, at most half full. */
struct doc_names {
    size_t size, used; /* size: a power of two */
    unsigned char key[16];
    struct doc_item *at[];
};

/* The slot of the entry, or an empty one. */
static struct doc_item **place_of_name(struct doc_names *names, struct slice name)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t place;

    crypto_shorthash(hash, (const unsigned char *)name.at, name.len, names->key);
    memcpy(&place, hash, sizeof place);
    place &= names->size - 1;
    while (names->at[place] && !slice_equal(names->at[place]->name, name))
        place = (place + 1) & (names->size - 1);
    return &names->at[place];
}

static void forget_names(struct doc_table *table)
{
    free(table->names);
    table->names = NULL;
}

/* Makes the index of a table. *twice receives an entry whose name occurred before, or NULL. False
 * for want of memory. */
static bool make_names(struct doc_table *table, struct doc_item **twice)
{
    struct doc_names *names;
    size_t size = 64;

    while (size < 4 * table->entries)
        size *= 2;
    *twice = NULL;
    names = calloc(1, sizeof *names + size * sizeof *names->at);
    if (!names)
        return false;
    names->size = size;
    crypto_shorthash_keygen(names->key);
    for (struct doc_item *i = doc_entry(table->items); i; i = doc_entry(i->next)) {
        struct doc_item **place = place_of_name(names, i->name);

        if (*place && !*twice)
            *twice = i;
        *place = i;
        names->used++;
    }
    forget_names(table);
    table->names = names;
    return true;
}

/* A full index is dropped, and made again when it is needed. */
static void add_name(struct doc_table *table, struct doc_item *item)
{
    if (table->names && 2 * table->names->used >= table->names->size)
        forget_names(table);
    if (!table->names)
        return;
    *place_of_name(table->names, item->name) = item;
    table->names->used++;
}

/* What was put behind its place, because that was taken, moves up. */
static void remove_name(struct doc_table *table, const struct doc_item *item)
{
    struct doc_names *names = table->names;
    struct doc_item **place = names ? place_of_name(names, item->name) : NULL;

    for (; place && *place;
         place = &names->at[(size_t)(place - names->at + 1) & (names->size - 1)]) {
        struct doc_item *moved = *place;

        *place = NULL;
        if (moved == item)
            names->used--;
        else
            *place_of_name(names, moved->name) = moved;
    }
}

/* --- the list of tables --- */

/* The order of a new file. */
static int compare_tables(const struct doc_table *a, const struct doc_table *b)
{
    bool a_in_env = a->kind >= DOC_ENV && a->kind <= DOC_INBOX;
    bool b_in_env = b->kind >= DOC_ENV && b->kind <= DOC_INBOX;
    int order;

    if (a_in_env && b_in_env) {
        order = slice_compare(a->env, b->env);
        return order ? order : (int)a->kind - (int)b->kind;
    }
    if (a->kind != b->kind)
        return (int)a->kind - (int)b->kind;
    order = slice_compare(a->env, b->env);
    return order ? order : slice_compare(a->secret, b->secret);
}

static bool is_secret_of(const struct doc_table *table, struct slice env)
{
    return table->kind == DOC_SECRET && slice_equal(table->env, env);
}

/* Puts a table that is in the list among the secrets of its environment. */
static void link_secret(struct doc *doc, struct doc_table *table)
{
    struct doc_secrets *s = find_secrets(doc, table->env);
    struct doc_table *before = table->next ? table->before : s->last;

    if (!s->first || (!doc->unsorted && before && !is_secret_of(before, table->env)))
        before = NULL;
    while (before && !is_secret_of(before, table->env))
        before = before->before;
    table->secret_before = before;
    table->secret_next = before ? before->secret_next : s->first;
    *(before ? &before->secret_next : &s->first) = table;
    *(table->secret_next ? &table->secret_next->secret_before : &s->last) = table;
}

static void unlink_secret(struct doc *doc, struct doc_table *table)
{
    struct doc_secrets *s = find_secrets(doc, table->env);
    struct doc_table *before = table->secret_before, *next = table->secret_next;

    *(before ? &before->secret_next : &s->first) = next;
    *(next ? &next->secret_before : &s->last) = before;
}

/* All that a table of this name takes; link_table cannot fail after it. False for want of memory.
 */
static bool make_place(struct doc *doc, enum doc_kind kind, struct slice env)
{
    struct doc_secrets *s;

    if (!index_grow(&doc->index))
        return false;
    if (kind != DOC_SECRET || find_secrets(doc, env))
        return true;
    s = arena_alloc(&doc->arena, sizeof *s);
    if (!s)
        return false;
    *s = (struct doc_secrets){.env = env};
    index_secrets(&doc->index, s);
    doc->index.count++;
    return true;
}

/* Inserts the table after `after`, or first if that is NULL. */
static void link_table(struct doc *doc, struct doc_table *after, struct doc_table *table)
{
    struct doc_table *next = after ? after->next : doc->tables;

    if ((after && compare_tables(after, table) > 0) || (next && compare_tables(table, next) > 0))
        doc->unsorted = true;
    table->before = after;
    table->next = next;
    *(after ? &after->next : &doc->tables) = table;
    *(next ? &next->before : &doc->last) = table;
    index_table(&doc->index, table);
    doc->index.count++;
    doc->table_count++;
    doc->env_count += table->kind == DOC_ENV;
    if (table->kind == DOC_SECRET)
        link_secret(doc, table);
}

static void unlink_table(struct doc *doc, struct doc_table *table)
{
    struct doc_table **place = table_place(&doc->index, table->kind, table->env, table->secret);
    struct doc_table **recent = &doc->recent[table->kind == DOC_SECRET];

    while (*place != table)
        place = &(*place)->chain;
    *place = table->chain;
    doc->index.count--;
    doc->table_count--;
    doc->env_count -= table->kind == DOC_ENV;
    if (table->kind == DOC_SECRET)
        unlink_secret(doc, table);
    *(table->before ? &table->before->next : &doc->tables) = table->next;
    *(table->next ? &table->next->before : &doc->last) = table->before;
    if (*recent == table)
        *recent = table->before;
    forget_names(table);
}

/* In front of the first one that belongs behind it. The search begins where the last one ended, if
 * it can: tables that come in order are put there in one pass, whatever the order of the others. */
static void link_table_in_order(struct doc *doc, struct doc_table *table)
{
    struct doc_table **recent = &doc->recent[table->kind == DOC_SECRET];
    bool useful = *recent && compare_tables(*recent, table) <= 0;
    struct doc_table *before = useful ? *recent : NULL;

    for (struct doc_table *t = before ? before->next : doc->tables;
         t && compare_tables(t, table) <= 0; t = t->next)
        before = t;
    link_table(doc, before, table);
    *recent = table;
}

/* --- reading --- */

struct reader {
    struct doc *doc;
    const char *at, *end;
    const char *lead; /* where the comments and blank lines above this line begin */
    const char *bad;  /* where the error is */
    const char *why;
    size_t entries; /* of all tables */
};

static bool refuse(struct reader *r, const char *at, const char *why)
{
    r->bad = at;
    r->why = why;
    return false;
}

static bool out_of_memory(struct reader *r)
{
    return refuse(r, NULL, NULL);
}

static bool take_newline(struct reader *r)
{
    if (r->at == r->end)
        return true;
    if (*r->at == '\r' && r->end - r->at >= 2 && r->at[1] == '\n')
        r->at++;
    if (*r->at != '\n')
        return refuse(r, r->at, "nothing may follow on this line");
    r->at++;
    return true;
}

/* A literal: to compare a few bytes of a known number costs no call. */
#define take(r, literal) take_bytes((r), "" literal, sizeof(literal) - 1)

static inline __attribute__((always_inline)) bool take_bytes(struct reader *r, const char *text,
                                                             size_t len)
{
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0)
        return false;
    r->at += len;
    return true;
}

static struct slice take_bare_name(struct reader *r)
{
    struct slice name = {r->at, text_name_span(r->at, r->end)};

    r->at += name.len;
    return name;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

static bool take_comment(struct reader *r)
{
    const char *start = r->at;

    while (r->at < r->end && (!is_control(*r->at) || *r->at == '\t'))
        r->at++;
    if (!text_is_plain((struct slice){start, (size_t)(r->at - start)}))
        return refuse(r, start, "a comment that is not UTF-8, or has C1 or bidi controls");
    if (r->at < r->end && *r->at != '\n' && *r->at != '\r')
        return refuse(r, r->at, "a control character in a comment");
    return take_newline(r);
}

/* A text as text_spell writes it. */
static bool take_spelled(struct reader *r, enum content content, struct slice *text)
{
    size_t len, most = content == OPEN ? DOC_OPEN_MAX : DOC_AUTHOR_MAX;
    const char *start = r->at;

    while (r->at < r->end && !is_control(*r->at) && *r->at != '"')
        r->at += *r->at == '\\' && r->end - r->at >= 2 ? 2 : 1;
    *text = (struct slice){start, (size_t)(r->at - start)};
    if (!take(r, "\""))
        return refuse(r, start - 1, "a malformed string");
    if (!text_unspell(*text, NULL, &len))
        return refuse(r, start - 1, "a text that is not spelled as vault spells it");
    if (len > most)
        return refuse(r, start - 1,
                      content == OPEN ? "a longer open value than there may be"
                                      : "a longer author than there may be");
    return true;
}

static bool take_text(struct reader *r, struct slice *text)
{
    const char *start = r->at;

    while (r->at < r->end && !is_control(*r->at) && *r->at != '"' && *r->at != '\\')
        r->at++;
    *text = (struct slice){start, (size_t)(r->at - start)};
    return text_is_plain(*text);
}

/* Of characters of the alphabet: bytes come out even, and the bits left over are zero. No branch on
 * the last character: it cannot be foretold. */
static bool is_canonical(struct slice text)
{
    static const uint64_t ends[4][2] = {
        {~UINT64_C(0), ~UINT64_C(0)},
        {0, 0},
        {0, UINT64_C(0x0080008000020002)},                             /* AQgw */
        {UINT64_C(0x0111000000000000), UINT64_C(0x0088888802222222)}}; /* every fourth */
    unsigned char last = text.len > 0 ? (unsigned char)text.at[text.len - 1] : 'A';

    return ends[text.len % 4][last / 64] >> last % 64 & 1;
}

/* Of any kind, one that is not known included. */
static bool is_public_key(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < ' ' || text.at[i] > '~')
            return false;
    return text.len > 0 && text.len <= DOC_PUBLIC_KEY_MAX;
}

/* "age1…": an X25519 public key in age's notation. */
static bool is_inbox_key(struct slice text)
{
    unsigned char key[32];
    struct slice prefix;
    size_t len;

    return text.len == DOC_INBOX_KEY_TEXT && bech32_decode(text, &prefix, key, sizeof key, &len) &&
           len == sizeof key && slice_is(prefix, "age");
}

static bool take_base64(struct reader *r, enum content content, struct slice *text)
{
    text->len = base64_span(r->at, (size_t)(r->end - r->at));
    text->at = r->at;
    r->at += text->len;
    if (!take(r, "\""))
        return refuse(r, text->at - 1, "a malformed string");
    if (!is_canonical(*text))
        return refuse(r, text->at - 1, "not base64");
    if (content == PROPOSAL && BASE64_DECODED(text->len) > DOC_PROPOSAL_MAX)
        return refuse(r, text->at - 1, "a longer proposal than there may be");
    return content != SEAL || text->len == DOC_SEAL_TEXT ||
           refuse(r, text->at - 1, "not 16 bytes in base64");
}

static bool take_string(struct reader *r, enum content content, struct slice *string)
{
    const char *start = r->at;
    bool good;

    if (!take(r, "\""))
        return refuse(r, start, "a string belongs here");
    if (content == BASE64 || content == PROPOSAL || content == SEAL)
        return take_base64(r, content, string);
    if (content == OPEN || content == AUTHOR)
        return take_spelled(r, content, string);
    good = take_text(r, string);
    if (!take(r, "\""))
        return refuse(r, start, "a malformed string");
    if (!good)
        return refuse(r, start, "not UTF-8, or with C1 or bidi controls");
    if (content == INBOX_KEY && !is_inbox_key(*string))
        return refuse(r, start, "not an age1… key");
    if (content == PUBLIC_KEY && !is_public_key(*string))
        return refuse(r, start, "not a public key: 1 to 4,096 printable ASCII characters");
    return true;
}

/* The integer of format, and the date-time of created-at. */
static bool take_plain(struct reader *r, enum content content, struct slice *part)
{
    const char *start = r->at;

    while (r->at < r->end && !is_control(*r->at))
        r->at++;
    *part = (struct slice){start, (size_t)(r->at - start)};
    if (content == NUMBER && !slice_is(*part, FORMAT))
        return refuse(r, start, "not a format that this version knows");
    if (content == DATE && !text_is_date(*part))
        return refuse(r, start, "not a date of the form 2026-01-31T12:00:00Z");
    return true;
}

/* Spaces and newlines within an entry, and one comma, unless *comma says that there was one. */
static bool take_gap(struct reader *r, bool *comma)
{
    if (!*comma && take(r, ",\n  ")) /* as we write it */
        *comma = true;
    for (;; r->at++) {
        if (r->at == r->end)
            return refuse(r, r->at, "an entry without its end");
        if (*r->at == ',' && !*comma)
            *comma = true;
        else if (*r->at == '\r' && r->end - r->at >= 2 && r->at[1] == '\n')
            continue;
        else if (*r->at != ' ' && *r->at != '\n')
            return true;
    }
}

static bool take_strings(struct reader *r, const struct shape *shape, struct doc_item *item)
{
    item->parts = part_count(shape);
    if (!take(r, "["))
        return refuse(r, r->at, "a list of strings belongs here");
    for (int i = 0; i < item->parts; i++) {
        bool comma = i == 0; /* none before the first */

        if (!take_gap(r, &comma))
            return false;
        if (!comma)
            return refuse(r, r->at, "an entry with too few strings, or without a comma");
        if (!take_string(r, shape->part[i], &item->part[place_of_part(shape, i)]))
            return false;
    }
    if (!take_gap(r, &(bool){false}))
        return false;
    return take(r, "]") || refuse(r, r->at, "an entry with more than belongs into it");
}

/* Of what could not be taken as an entry. */
static int count_strings(const struct reader *r, const char *at)
{
    int quotes = 0;

    for (; at < r->end && *at != ']' && quotes < 2 * DOC_PARTS; at++)
        if (*at == '"')
            for (quotes += 2, at++; at < r->end && *at != '"'; at++)
                at += *at == '\\';
    return quotes / 2;
}

/* Most variables are sealed: what is not is tried once more. */
static bool take_entry(struct reader *r, const struct shape *shape, struct doc_item *item)
{
    const char *start = r->at;

    if (take_strings(r, shape, item))
        return true;
    if (shape != &shapes[DOC_SECRET][ENTRIES] || count_strings(r, start) < DOC_PARTS)
        return false;
    r->at = start;
    return take_strings(r, &open_shape, item);
}

static bool take_value(struct reader *r, const struct shape *shape, struct doc_item *item)
{
    if (shape->part[0] == NUMBER || shape->part[0] == DATE)
        return take_plain(r, shape->part[0], &item->part[0]);
    if (shape->part[1] == NOTHING)
        return take_string(r, shape->part[0], &item->part[0]);
    return take_entry(r, shape, item);
}

static int own_by_name(enum doc_kind kind, struct slice name)
{
    for (int i = 0; name.len > 0 && shapes[kind][i].name; i++)
        if (name.at[0] == shapes[kind][i].name[0] && slice_is(name, shapes[kind][i].name))
            return i;
    return DOC_ENTRY;
}

/* Most lines are an entry of a secret. None of a secret's own keys is one: they have a '-'. */
static bool take_key(struct reader *r, struct slice *name)
{
    *name = (struct slice){r->at, text_key_span(r->at, r->end)};
    if (name->len == 0 || name->at + name->len == r->end || name->at[name->len] != ' ')
        return false;
    r->at += name->len;
    return true;
}

static bool take_item_name(struct reader *r, enum doc_kind kind, struct doc_item *item)
{
    const char *start = r->at;

    if (kind == DOC_SECRET && take_key(r, &item->name)) {
        item->own = DOC_ENTRY;
        return take(r, " = ") || refuse(r, start, "not a line of a vault file");
    }
    if (kind == DOC_INBOX) {
        if (!take(r, "\"") || !take_text(r, &item->name) || !take(r, "\""))
            return refuse(r, start, "not a line of a vault file");
    } else {
        item->name = take_bare_name(r);
    }
    if (!take(r, " = "))
        return refuse(r, start, "not a line of a vault file");
    item->own = own_by_name(kind, item->name);
    if (item->own == DOC_ENTRY && !is_entry_name(kind, item->name))
        return refuse(r, start, "a key that does not belong here");
    return true;
}

/* Inserts item after `after`, or first if that is NULL. */
static void link_item(struct doc_table *table, struct doc_item *after, struct doc_item *item)
{
    struct doc_item **place = after ? &after->next : &table->items;

    item->before = after;
    item->next = *place;
    *place = item;
    *(item->next ? &item->next->before : &table->last) = item;
    if (item->own == DOC_ENTRY) {
        table->entries++;
        add_name(table, item);
    } else {
        table->own[item->own] = item;
    }
}

/* Where to start looking for the place of a name: that may be where the last search ended, so that
 * names which come in order are found in one pass. */
static struct doc_item *start_before(const struct doc_table *table, struct slice name)
{
    bool useful = table->recent && slice_compare(table->recent->name, name) <= 0;

    return useful ? table->recent : NULL;
}

/* In the doc's arena; NULL for want of memory. A file can hold a million items: none takes more
 * than its own parts need. */
static struct doc_item *copy_item(struct doc *doc, const struct doc_item *item)
{
    size_t size = offsetof(struct doc_item, part) + (size_t)item->parts * sizeof *item->part;
    struct doc_item *copy = arena_alloc(&doc->arena, size);

    if (copy)
        memcpy(copy, item, size);
    return copy;
}

/* Appends a copy of it to the table. */
static bool add_item(struct reader *r, struct doc_table *table, const struct doc_item *item)
{
    struct doc_item *kept = copy_item(r->doc, item);

    if (!kept)
        return out_of_memory(r);
    link_item(table, table->last, kept);
    if (kept->own == DOC_ENTRY) {
        if (table->recent && slice_compare(table->recent->name, kept->name) >= 0)
            table->unsorted = true;
        table->recent = kept;
    }
    return true;
}

static bool take_item(struct reader *r)
{
    struct doc_table *table = r->doc->last;
    const char *start = r->at;
    struct doc_item item;
    const struct shape *shape;

    if (!table)
        return refuse(r, start, "a line before the first table");
    if (!take_item_name(r, table->kind, &item))
        return false;
    if (item.own != DOC_ENTRY && table->own[item.own])
        return refuse(r, start, "a key that stands here twice");
    shape = shape_of(table->kind, item.own);
    item.parts = 1;
    if (!take_value(r, shape, &item) || !take_newline(r))
        return false;
    item.lead = (struct slice){r->lead, (size_t)(start - r->lead)};
    item.body = (struct slice){start, (size_t)(r->at - start)};
    if (item.own == DOC_ENTRY && ++r->entries > DOC_ENTRIES_MAX)
        return refuse(r, start, "more than " NUMBER_TEXT(DOC_ENTRIES_MAX) " entries");
    if (!add_item(r, table, &item))
        return false;
    r->lead = r->at;
    return true;
}

/* [vault], [vault.passphrases], [vault.env.E], [vault.env.E.x], [E.S]: what their names say. */
static bool understand_header(const struct slice *names, int count, struct doc_table *table)
{
    static const struct {
        const char *name;
        enum doc_kind kind;
    } parts[] = {{"readers", DOC_READERS}, {"past", DOC_PAST}, {"inbox", DOC_INBOX}};

    if (!slice_is(names[0], "vault")) {
        table->kind = DOC_SECRET;
        table->env = names[0];
        table->secret = names[1];
        return count == 2 && text_is_name(names[0]) && text_is_name(names[1]);
    }
    if (count == 1) {
        table->kind = DOC_VAULT;
        return true;
    }
    if (count == 2) {
        table->kind = DOC_PASSPHRASES;
        return slice_is(names[1], "passphrases");
    }
    table->kind = DOC_ENV;
    table->env = names[2];
    if (!slice_is(names[1], "env") || !text_is_name(names[2]) || slice_is(names[2], "vault"))
        return false;
    for (size_t i = 0; count == 4 && i < sizeof parts / sizeof *parts; i++)
        if (slice_is(names[3], parts[i].name)) {
            table->kind = parts[i].kind;
            return true;
        }
    return count == 3;
}

static bool take_header(struct reader *r)
{
    struct doc_table *table = arena_alloc(&r->doc->arena, sizeof *table);
    const char *start = r->at++;
    struct slice names[4] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}};
    int count = 0;

    if (!table)
        return out_of_memory(r);
    memset(table, 0, sizeof *table);
    do {
        if (count == 4)
            return refuse(r, start, "a table that does not belong here");
        names[count++] = take_bare_name(r);
    } while (take(r, "."));
    if (!take(r, "]"))
        return refuse(r, start, "not a line of a vault file");
    if (!understand_header(names, count, table))
        return refuse(r, start, "a table that does not belong here");
    if (doc_find(r->doc, table->kind, table->env, table->secret))
        return refuse(r, start, "a table that stands here twice");
    if (r->doc->table_count == DOC_TABLES_MAX)
        return refuse(r, start, "more than " NUMBER_TEXT(DOC_TABLES_MAX) " tables");
    if (table->kind == DOC_ENV && r->doc->env_count == DOC_ENVS_MAX)
        return refuse(r, start, "more than " NUMBER_TEXT(DOC_ENVS_MAX) " environments");
    if (!take_newline(r))
        return false;
    table->lead = (struct slice){r->lead, (size_t)(start - r->lead)};
    table->body = (struct slice){start, (size_t)(r->at - start)};
    if (!make_place(r->doc, table->kind, table->env))
        return out_of_memory(r);
    link_table(r->doc, r->doc->last, table);
    r->lead = r->at;
    return true;
}

/* Behind spaces and tabs there may be nothing, or a comment. */
static bool take_blank(struct reader *r)
{
    const char *start = r->at;

    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
    if (r->at < r->end && *r->at == '#')
        return take_comment(r);
    if (r->at < r->end && *r->at != '\n' && *r->at != '\r')
        return refuse(r, start, "not a line of a vault file");
    return take_newline(r);
}

static bool take_line(struct reader *r)
{
    switch (*r->at) {
    case '#':
        return take_comment(r);
    case '[':
        return take_header(r);
    case '\n':
    case '\r':
    case ' ':
    case '\t':
        return take_blank(r);
    default:
        return take_item(r);
    }
}

/* --- what must be true of the whole --- */

/* Entries that are in order differ. */
static bool entries_differ(struct reader *r, struct doc_table *table)
{
    struct doc_item *twice;

    if (!table->unsorted)
        return true;
    table->recent = NULL;
    if (!make_names(table, &twice))
        return out_of_memory(r);
    return !twice || refuse(r, twice->body.at, "a key that stands here twice");
}

static bool is_complete(struct reader *r, const struct doc_table *table)
{
    static const char *const missing[][DOC_OWN_MAX] = {
        [DOC_VAULT] = {"a [vault] without format", "a [vault] without id"},
        [DOC_ENV] = {"an environment without inbox-key", "an environment without first-secret"},
        [DOC_SECRET] = {"a secret without next-secret", "a secret without created-at",
                        "a secret without created-by", "a secret without first-key"},
    };

    for (int i = 0; i < own_count(table->kind); i++)
        if (!table->own[i])
            return refuse(r, table->body.at, missing[table->kind][i]);
    return true;
}

/* Names are distinct, so n of them within 1 to n are all of these. */
static bool past_has_no_gap(struct reader *r, const struct doc_table *table)
{
    uint64_t number;

    if (table->kind != DOC_PAST)
        return true;
    for (struct doc_item *item = doc_entry(table->items); item; item = doc_entry(item->next))
        if (!text_number(item->name, table->entries, &number))
            return refuse(r, item->body.at, "a gap in the numbers of the past");
    return true;
}

static bool check_whole(struct reader *r)
{
    struct doc_table *table;

    for (table = r->doc->tables; table; table = table->next)
        if (!is_complete(r, table) || !entries_differ(r, table) || !past_has_no_gap(r, table))
            return false;
    if (!doc_find(r->doc, DOC_VAULT, none, none))
        return refuse(r, r->end, "there is no [vault]: is this a vault file?");
    for (table = r->doc->tables; table; table = table->next)
        if (table->kind >= DOC_ENV && !doc_find(r->doc, DOC_ENV, table->env, none))
            return refuse(r, table->body.at, "a table of an environment that is not there");
    return true;
}

/* --- what is wrong with a file that cannot be read --- */

static struct slice next_raw_line(struct slice *rest)
{
    const char *end = memchr(rest->at, '\n', rest->len);
    struct slice line = {rest->at, end ? (size_t)(end - rest->at) : rest->len};

    rest->len -= line.len + (end != NULL);
    rest->at += line.len + (end != NULL);
    if (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool is_marker(struct slice line)
{
    size_t len = 0;

    while (len < line.len && line.at[len] == line.at[0])
        len++;
    return len >= 7 && line.at[0] && strchr("<=>|", line.at[0]) &&
           (len == line.len || line.at[len] == ' ');
}

static size_t lines_between(const char *from, const char *to)
{
    size_t lines = 0;

    for (; from < to; from++)
        lines += *from == '\n';
    return lines;
}

/* The number of the line that the place is on, counted from where the last one was. */
static size_t line_number(struct doc *doc, const char *place)
{
    if (!doc->line.place) {
        doc->line.place = doc->text.data;
        doc->line.number = 1;
    }
    doc->line.number += lines_between(doc->line.place, place);
    doc->line.number -= lines_between(place, doc->line.place);
    doc->line.place = place;
    return doc->line.number;
}

/* "format = N", and N is a number but not ours. */
static bool is_other_format(struct slice line)
{
    static const char start[] = "format = ";
    struct slice number = {line.at + sizeof start - 1, line.len - (sizeof start - 1)};

    if (line.len < sizeof start || memcmp(line.at, start, sizeof start - 1) != 0)
        return false;
    for (size_t i = 0; i < number.len; i++)
        if (number.at[i] < '0' || number.at[i] > '9')
            return false;
    return !slice_is(number, FORMAT) && (number.at[0] != '0' || number.len == 1);
}

/* What comes first in the file says it: a merge's markers, or the number of another format, which
 * may have anything in it but that. */
static enum err_code explain(struct reader *r, struct err *err)
{
    struct slice rest = buf_slice(&r->doc->text), line;
    bool in_vault = false;
    size_t number = 0;

    if (!r->bad)
        return err_no_memory(err);
    rest.at += r->doc->bom.len;
    rest.len -= r->doc->bom.len;
    while (rest.len > 0) {
        line = next_raw_line(&rest);
        number++;
        if (is_marker(line)) {
            err_set(err, ERR_CONFLICT, "line %zu: a merge left its conflict markers", number);
            err_because(err, ERR_REASON_MARKERS);
            return ERR_CONFLICT;
        }
        if (line.len > 0 && line.at[0] == '[')
            in_vault = slice_is(line, "[vault]");
        if (in_vault && is_other_format(line))
            return err_set(err, ERR_NEWER, "line %zu: written by a newer vault", number);
    }
    return err_set(err, ERR_FORMAT, "line %zu: %s", line_number(r->doc, r->bad), r->why);
}

enum err_code doc_read(struct doc *doc, struct buf *text, struct err *err)
{
    struct reader r = {.doc = doc};
    bool good = true;

    *doc = (struct doc){.text = *text, .newline = "\n", .arena = ARENA_PUBLIC};
    *text = (struct buf){.secret = text->secret};
    if (!doc->text.data && !buf_reserve(&doc->text, 1)) /* an empty file has a place as well */
        return err_no_memory(err);
    r.at = doc->text.data;
    r.end = r.at + doc->text.len;
    if (doc->text.len > DOC_FILE_MAX)
        return err_set(err, ERR_FORMAT, "over %d MiB", DOC_FILE_MAX >> 20);
    if (take(&r, BOM))
        doc->bom = (struct slice){r.at - 3, 3};
    for (const char *at = r.at; at < r.end && *at != '\n'; at++)
        if (at + 1 < r.end && at[0] == '\r' && at[1] == '\n')
            doc->newline = "\r\n";
    r.lead = r.at;
    if (!arena_reserve(&doc->arena, doc->text.len / 2)) /* about as much as is needed */
        return err_no_memory(err);
    while (good && r.at < r.end)
        good = take_line(&r);
    if (!good || !check_whole(&r))
        return explain(&r, err);
    doc->tail = (struct slice){r.lead, (size_t)(r.end - r.lead)};
    return ERR_OK;
}

void doc_free(struct doc *doc)
{
    for (struct doc_table *table = doc->tables; table; table = table->next)
        forget_names(table);
    buf_free(&doc->text);
    index_free(&doc->index);
    arena_free(&doc->arena);
    *doc = (struct doc){.newline = "\n", .arena = ARENA_PUBLIC};
}

/* --- writing --- */

/* Compared as numbers: lines may lie in other memory. */
bool doc_was_read(const struct doc *doc, struct slice lines)
{
    struct slice text = buf_slice(&doc->text);

    return (uintptr_t)lines.at >= (uintptr_t)text.at &&
           (uintptr_t)lines.at < (uintptr_t)text.at + text.len;
}

struct lines {
    const struct doc *doc;
    struct runs *out;
    struct slice run;
};

static void write_run(struct lines *w)
{
    const struct slice *last = w->out->count ? &w->out->at[w->out->count - 1] : NULL;

    /* A file may lack its last newline, and then get more lines. */
    if (w->run.len > 0 && last && last->at != w->doc->bom.at && last->at[last->len - 1] != '\n')
        runs_add(w->out, slice_of(w->doc->newline));
    runs_add(w->out, w->run);
}

static void write_lines(struct lines *w, struct slice lines)
{
    if (lines.len > 0 && w->run.at + w->run.len == lines.at && doc_was_read(w->doc, lines)) {
        w->run.len += lines.len;
    } else if (lines.len > 0) {
        write_run(w);
        w->run = lines;
    }
}

void doc_runs(const struct doc *doc, struct runs *out)
{
    struct lines w = {doc, out, {"", 0}};

    runs_add(out, doc->bom);
    for (const struct doc_table *table = doc->tables; table; table = table->next) {
        write_lines(&w, table->lead);
        write_lines(&w, table->body);
        for (const struct doc_item *item = table->items; item; item = item->next) {
            write_lines(&w, item->lead);
            write_lines(&w, item->body);
        }
    }
    write_lines(&w, doc->tail);
    write_run(&w);
}

void doc_write(const struct doc *doc, struct buf *out)
{
    struct runs runs = {0};

    doc_runs(doc, &runs);
    if (runs.failed || (runs.len > 0 && !buf_reserve(out, runs.len)))
        out->failed = true;
    for (size_t i = 0; i < runs.count; i++)
        buf_add_slice(out, runs.at[i]);
    runs_free(&runs);
}

size_t doc_count_entries(const struct doc *doc)
{
    size_t entries = 0;

    for (const struct doc_table *table = doc->tables; table; table = table->next)
        entries += table->entries;
    return entries;
}

enum err_code doc_check_size(const struct doc *doc, size_t len, const char *path, struct err *err)
{
    if (len > DOC_FILE_MAX)
        return err_set(err, ERR_INVALID, "%s would be over %d MiB", path, DOC_FILE_MAX >> 20);
    if (doc->table_count > DOC_TABLES_MAX)
        return err_set(err, ERR_INVALID, "%s would have more than %d tables", path, DOC_TABLES_MAX);
    if (doc->env_count > DOC_ENVS_MAX)
        return err_set(err, ERR_INVALID, "%s would have more than %d environments", path,
                       DOC_ENVS_MAX);
    if (doc_count_entries(doc) > DOC_ENTRIES_MAX)
        return err_set(err, ERR_INVALID, "%s would have more than %d entries", path,
                       DOC_ENTRIES_MAX);
    return ERR_OK;
}

size_t doc_line(struct doc *doc, struct slice body)
{
    return doc_was_read(doc, body) ? line_number(doc, body.at) : 0;
}

/* --- looking up --- */

/* Of a table that is in order. False if that has taken too long. *found: the entry, or NULL. */
static bool walk_to(struct doc_table *table, struct slice name, struct doc_item **found)
{
    struct doc_item *start = start_before(table, name);
    struct doc_item *i = doc_entry(start ? start : table->items);

    *found = NULL;
    for (; i && table->walked <= WALKS * table->entries; i = doc_entry(i->next)) {
        int order = slice_compare(i->name, name);

        table->walked += i != start;
        if (order == 0)
            *found = i;
        if (order >= 0)
            return true;
        table->recent = i;
    }
    return !i;
}

static struct doc_item *find_one_by_one(const struct doc_table *table, struct slice name)
{
    struct doc_item *i = doc_entry(table->items);

    while (i && !slice_equal(i->name, name))
        i = doc_entry(i->next);
    return i;
}

struct doc_item *doc_find_entry(struct doc_table *table, struct slice name)
{
    struct doc_item *found, *twice;

    if (!table->unsorted && !table->names && walk_to(table, name, &found))
        return found;
    if (!table->names && !make_names(table, &twice))
        return find_one_by_one(table, name);
    found = *place_of_name(table->names, name);
    if (found && !table->unsorted)
        table->recent = found;
    return found;
}

struct doc_table *doc_next_table(const struct doc *doc, const struct doc_table *after,
                                 enum doc_kind kind, struct slice env)
{
    const struct doc_secrets *secrets = NULL;
    struct doc_table *table = after ? after->next : doc->tables;

    if (kind == DOC_SECRET && env.at) {
        secrets = after ? NULL : find_secrets(doc, env);
        return after ? after->secret_next : secrets ? secrets->first : NULL;
    }
    while (table && (table->kind != kind || (env.at && !slice_equal(table->env, env))))
        table = table->next;
    return table;
}

struct doc_item *doc_entry(struct doc_item *item)
{
    while (item && item->own != DOC_ENTRY)
        item = item->next;
    return item;
}

bool doc_name_readers(const struct doc *doc, struct hashtable *names)
{
    struct doc_table *readers = NULL;

    while ((readers = doc_next_table(doc, readers, DOC_READERS, (struct slice){NULL, 0})))
        for (struct doc_item *i = doc_entry(readers->items); i; i = doc_entry(i->next)) {
            size_t *number = hashtable_number(names, i->name);

            if (!number)
                return false;
            *number = 1;
        }
    return true;
}

bool doc_same_parts(const struct doc_item *a, const struct doc_item *b)
{
    bool same = a->parts == b->parts;

    for (int i = 0; same && i < a->parts; i++)
        same = slice_equal(a->part[i], b->part[i]);
    return same;
}

bool doc_is_open(const struct doc_item *variable)
{
    return variable->parts > DOC_OPEN;
}

struct slice doc_open_text(const struct doc_item *variable)
{
    return doc_is_open(variable) ? variable->part[DOC_OPEN] : (struct slice){NULL, 0};
}

bool doc_same_value(const struct doc_item *a, const struct doc_item *b)
{
    return doc_is_open(a) == doc_is_open(b) &&
           slice_equal(a->part[DOC_SEALED], b->part[DOC_SEALED]) &&
           slice_equal(doc_open_text(a), doc_open_text(b));
}

/* --- changing --- */

static char *copy(struct doc *doc, struct slice s)
{
    return arena_copy(&doc->arena, s.at, s.len);
}

static void add_header(struct buf *out, const struct doc *doc, const struct doc_table *table)
{
    static const char *const suffix[] = {
        [DOC_READERS] = ".readers", [DOC_PAST] = ".past", [DOC_INBOX] = ".inbox"};

    buf_add_text(out, "[");
    if (table->kind == DOC_SECRET) {
        buf_add_slice(out, table->env);
        buf_add_text(out, ".");
        buf_add_slice(out, table->secret);
    } else {
        buf_add_text(out, "vault");
        if (table->kind == DOC_PASSPHRASES)
            buf_add_text(out, ".passphrases");
        if (table->kind >= DOC_ENV) {
            buf_add_text(out, ".env.");
            buf_add_slice(out, table->env);
            if (table->kind > DOC_ENV)
                buf_add_text(out, suffix[table->kind]);
        }
    }
    buf_add_text(out, "]");
    buf_add_text(out, doc->newline);
}

/* Sets what the header says, of a table that is not in the list; false for want of memory. */
static bool set_names(struct doc *doc, struct doc_table *table, struct slice env,
                      struct slice secret)
{
    struct buf header = {0};
    char *body = NULL;

    table->env = (struct slice){copy(doc, env), env.len};
    table->secret = (struct slice){copy(doc, secret), secret.len};
    if (table->env.at && table->secret.at) {
        add_header(&header, doc, table);
        body = buf_ok(&header) ? copy(doc, buf_slice(&header)) : NULL;
    }
    table->body = (struct slice){body, header.len};
    buf_free(&header);
    return body && make_place(doc, table->kind, table->env);
}

struct doc_table *doc_add_table(struct doc *doc, enum doc_kind kind, struct slice env,
                                struct slice secret)
{
    struct doc_table *table = arena_alloc(&doc->arena, sizeof *table);

    if (!table)
        return NULL;
    *table = (struct doc_table){.kind = kind, .lead = slice_of(doc->newline)};
    if (!set_names(doc, table, env, secret))
        return NULL;
    link_table_in_order(doc, table);
    doc->changed = true;
    return table;
}

bool doc_rename_table(struct doc *doc, struct doc_table *table, struct slice env,
                      struct slice secret)
{
    struct doc_table named = *table;

    if (!set_names(doc, &named, env, secret))
        return false;
    doc_remove_table(doc, table);
    named.names = NULL; /* freed with what was removed */
    *table = named;
    link_table_in_order(doc, table);
    return true;
}

void doc_remove_table(struct doc *doc, struct doc_table *table)
{
    doc->changed = true;
    unlink_table(doc, table);
}

/* Places the item's slices within its body while it is written. */
struct writer {
    struct buf text;
    size_t name, part[DOC_PARTS];
};

static void write_part(struct writer *w, int i, enum content content, struct slice part)
{
    const char *quote = content == NUMBER || content == DATE ? "" : "\"";

    buf_add_text(&w->text, quote);
    w->part[i] = w->text.len;
    buf_add_slice(&w->text, part);
    buf_add_text(&w->text, quote);
}

static void write_item(struct writer *w, const struct doc *doc, enum doc_kind kind,
                       const struct shape *shape, const struct doc_item *item)
{
    const char *quote = kind == DOC_INBOX ? "\"" : "";
    int count = part_count(shape);

    buf_add_text(&w->text, quote);
    w->name = w->text.len;
    buf_add_slice(&w->text, item->name);
    buf_add_text(&w->text, quote);
    buf_add_text(&w->text, count > 1 ? " = [" : " = ");
    for (int i = 0; i < count; i++) {
        int place = place_of_part(shape, i);

        if (i > 0) {
            buf_add_text(&w->text, ",");
            buf_add_text(&w->text, doc->newline);
            buf_add_text(&w->text, "  ");
        }
        write_part(w, place, shape->part[i], item->part[place]);
    }
    if (count > 1)
        buf_add_text(&w->text, "]");
    buf_add_text(&w->text, doc->newline);
}

/* The names that vault(5) fixes come first, in their order, then the entries by name. */
static int compare_items(const struct doc_item *a, const struct doc_item *b)
{
    if (a->own != DOC_ENTRY && b->own != DOC_ENTRY)
        return a->own - b->own;
    if (a->own != b->own)
        return a->own == DOC_ENTRY ? 1 : -1;
    return slice_compare(a->name, b->name);
}

/* Writes an item with the name and the strings of `like`, which takes no part in the doc yet. */
static struct doc_item *make_item(struct doc *doc, enum doc_kind kind, const struct shape *shape,
                                  const struct doc_item *like)
{
    struct doc_item made = {.own = like->own, .parts = part_count(shape), .lead = none};
    struct doc_item *item = NULL;
    struct writer w = {{0}, 0, {0}};
    char *body = NULL;

    write_item(&w, doc, kind, shape, like);
    if (buf_ok(&w.text))
        body = copy(doc, buf_slice(&w.text));
    if (body) {
        made.body = (struct slice){body, w.text.len};
        made.name = (struct slice){body + w.name, like->name.len};
        for (int i = 0; i < made.parts; i++)
            made.part[i] = (struct slice){body + w.part[i], like->part[i].len};
        item = copy_item(doc, &made);
    }
    buf_free(&w.text);
    return item;
}

static void link_item_in_order(struct doc *doc, struct doc_table *table, struct doc_item *item,
                               struct doc_item **before_out)
{
    struct doc_item *before = item->own == DOC_ENTRY ? start_before(table, item->name) : NULL;
    struct doc_item *next = before ? before->next : table->items;

    for (; next && compare_items(next, item) <= 0; next = next->next)
        before = next;
    link_item(table, before, item);
    doc->changed = true;
    if (item->own == DOC_ENTRY)
        table->recent = item;
    if (before_out)
        *before_out = doc_entry_before(item);
}

struct doc_item *doc_add_item(struct doc *doc, struct doc_table *table, int own, struct slice name,
                              const struct slice *parts, struct doc_item **before_out)
{
    const struct shape *shape = shape_of(table->kind, own);
    struct doc_item like = {.own = own, .name = own == DOC_ENTRY ? name : slice_of(shape->name)};
    struct doc_item *item;

    memcpy(like.part, parts, (size_t)part_count(shape) * sizeof *parts);
    item = make_item(doc, table->kind, shape, &like);
    if (item)
        link_item_in_order(doc, table, item, before_out);
    return item;
}

/* In its place, and with its comments. */
static void replace_item(struct doc *doc, struct doc_table *table, struct doc_item *old,
                         struct doc_item *new)
{
    struct doc_item *before = old->before;

    new->lead = old->lead;
    doc_remove_item(doc, table, old);
    link_item(table, before, new);
}

struct doc_item *doc_put_value(struct doc *doc, struct doc_table *secret, struct slice name,
                               const struct slice parts[DOC_PARTS], struct doc_item **before)
{
    bool open = parts[DOC_OPEN].at != NULL;
    const struct shape *shape = open ? &open_shape : shape_of(DOC_SECRET, DOC_ENTRY);
    struct doc_item *there = doc_find_entry(secret, name), *item;
    struct doc_item like = {.own = DOC_ENTRY, .name = name};

    if (there && doc_is_open(there) == open)
        return doc_set_part(doc, there, DOC_SEALED, parts[DOC_SEALED]) &&
                       (!open || doc_set_part(doc, there, DOC_OPEN, parts[DOC_OPEN]))
                   ? there
                   : NULL;
    memcpy(like.part, parts, sizeof like.part);
    if (there)
        like.part[DOC_NEXT_KEY] = there->part[DOC_NEXT_KEY];
    item = make_item(doc, DOC_SECRET, shape, &like);
    if (item && there)
        replace_item(doc, secret, there, item);
    else if (item)
        link_item_in_order(doc, secret, item, before);
    return item;
}

struct doc_item *doc_entry_before(const struct doc_item *item)
{
    struct doc_item *before = item->before;

    while (before && before->own != DOC_ENTRY)
        before = before->before;
    return before;
}

void doc_remove_item(struct doc *doc, struct doc_table *table, struct doc_item *item)
{
    doc->changed = true;
    *(item->before ? &item->before->next : &table->items) = item->next;
    *(item->next ? &item->next->before : &table->last) = item->before;
    if (table->recent == item)
        table->recent = table->unsorted ? NULL : doc_entry_before(item);
    if (item->own != DOC_ENTRY) {
        table->own[item->own] = NULL;
        return;
    }
    table->entries--;
    remove_name(table, item);
}

bool doc_set_part(struct doc *doc, struct doc_item *item, int part, struct slice text)
{
    struct slice old = item->part[part];
    size_t before = (size_t)(old.at - item->body.at);
    size_t behind = item->body.len - before - old.len;
    char *body = arena_alloc(&doc->arena, before + text.len + behind);

    if (!body)
        return false;
    memcpy(body, item->body.at, before);
    if (text.len)
        memcpy(body + before, text.at, text.len);
    memcpy(body + before + text.len, old.at + old.len, behind);
    for (int i = 0; i < item->parts; i++)
        if (item->part[i].at < old.at)
            item->part[i].at = body + (item->part[i].at - item->body.at);
        else
            item->part[i].at = body + before + text.len + (item->part[i].at - (old.at + old.len));
    item->part[part] = (struct slice){body + before, text.len};
    item->name.at = body + (item->name.at - item->body.at);
    item->body = (struct slice){body, before + text.len + behind};
    doc->changed = true;
    return true;
}

static bool copy_items(struct doc *doc, struct doc_table *table, const struct doc_table *from)
{
    for (const struct doc_item *i = from->items; i; i = i->next) {
        struct doc_item *item = copy_item(doc, i);

        if (!item)
            return false;
        link_item(table, table->last, item);
    }
    table->unsorted = from->unsorted;
    return true;
}

struct doc_table *doc_copy_table(struct doc *doc, struct doc_table *after,
                                 const struct doc_table *from)
{
    struct doc_table *table = arena_alloc(&doc->arena, sizeof *table);

    if (!table)
        return NULL;
    *table = (struct doc_table){.kind = from->kind,
                                .env = from->env,
                                .secret = from->secret,
                                .lead = from->lead,
                                .body = from->body};
    if (!copy_items(doc, table, from) || !make_place(doc, table->kind, table->env))
        return NULL;
    doc->changed = true;
    if (after)
        link_table(doc, after, table);
    else
        link_table_in_order(doc, table);
    return table;
}

bool doc_copy(struct doc *doc, const struct doc *from)
{
    bool good = true;

    *doc = (struct doc){
        .bom = from->bom, .tail = from->tail, .newline = from->newline, .arena = ARENA_PUBLIC};
    for (const struct doc_table *t = from->tables; t && good; t = t->next)
        good = doc_copy_table(doc, doc->last, t) != NULL;
    return good;
}

bool doc_copy_entry(struct doc *doc, struct doc_table *table, const struct doc_item *from)
{
    bool open = table->kind == DOC_SECRET && doc_is_open(from);
    const struct shape *shape = open ? &open_shape : shape_of(table->kind, DOC_ENTRY);
    struct doc_item *item = doc_find_entry(table, from->name), *copied;

    if (!item || item->parts != from->parts) {
        copied = make_item(doc, table->kind, shape, from);
        if (copied && item)
            replace_item(doc, table, item, copied);
        else if (copied)
            link_item_in_order(doc, table, copied, NULL);
        if (copied && !item)
            copied->lead = from->lead;
        return copied != NULL;
    }
    doc->changed = true;
    item->body = from->body;
    item->name = from->name;
    memcpy(item->part, from->part, (size_t)item->parts * sizeof *item->part);
    return true;
}

enum err_code doc_make(struct doc *doc, struct slice id, struct err *err)
{
    struct buf text = {0};

    buf_add_text(&text, "# Encrypted by vault. Names are readable, values are sealed: commit this "
                        "file.\n# Change it with `vault set` or `vault edit`.\n\n"
                        "[vault]\nformat = " FORMAT "\nid = \"");
    buf_add_slice(&text, id);
    buf_add_text(&text, "\"\n");
    if (!buf_ok(&text)) {
        buf_free(&text);
        return err_no_memory(err);
    }
    return doc_read(doc, &text, err);
}
