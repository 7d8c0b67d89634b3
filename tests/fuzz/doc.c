/* lib/doc: what it reads it writes byte for byte, and what a few edits make of it can be read again
 * and says the same. */
#include "vault/doc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

static struct slice text_of(const struct doc *doc, struct buf *out)
{
    doc_write(doc, out);
    must(buf_ok(out));
    return buf_slice(out);
}

static bool same_item(const struct doc_item *a, const struct doc_item *b)
{
    return doc_same_parts(a, b) && a->own == b->own && slice_equal(a->name, b->name);
}

static bool same_table(const struct doc_table *a, const struct doc_table *b)
{
    const struct doc_item *x = a->items, *y = b->items;

    for (; x && y && same_item(x, y); x = x->next)
        y = y->next;
    return !x && !y && a->kind == b->kind && a->entries == b->entries &&
           slice_equal(a->env, b->env) && slice_equal(a->secret, b->secret);
}

/* Written, read again, and compared. */
static void must_survive(const struct doc *doc)
{
    const struct doc_table *x, *y;
    struct buf out = {0};
    struct doc again;
    struct err err;

    text_of(doc, &out);
    must(doc_read(&again, &out, &err) == ERR_OK);
    for (x = doc->tables, y = again.tables; x && y; x = x->next, y = y->next)
        must(same_table(x, y));
    must(!x && !y);
    doc_free(&again);
    buf_free(&out);
}

static const struct slice none = {"", 0};
static const struct slice seals[] = {{"AAAAAAAAAAAAAAAAAAAAAA", 22},
                                     {"AAAAAAAAAAAAAAAAAAAAAA", 22}};

/* Each key is found where it stands, and nothing is found twice. */
static void look_up(struct doc_table *table)
{
    for (struct doc_item *i = doc_entry(table->items); i; i = doc_entry(i->next))
        must(doc_find_entry(table, i->name) == i);
}

/* A key more, every other one gone, each value another. */
static void edit_secret(struct doc *doc, struct doc_table *table)
{
    static const char *const names[] = {"M", "A", "_", "zz"};
    struct doc_item *next, *before;
    bool drop = false;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!doc_find_entry(table, slice_of(names[i]))) {
            struct doc_item *item =
                doc_add_item(doc, table, DOC_ENTRY, slice_of(names[i]), seals, &before);

            must(item && before == doc_entry_before(item));
        }
    look_up(table);
    for (struct doc_item *i = doc_entry(table->items); i; i = next) {
        next = doc_entry(i->next);
        must(doc_set_part(doc, i, 0, drop ? slice_of("AAAA") : none));
        if (drop)
            doc_remove_item(doc, table, i);
        drop = !drop;
    }
    look_up(table);
}

static bool add_secret(struct doc *doc, struct slice env)
{
    static const struct slice parts[] = {{"AAAAAAAAAAAAAAAAAAAAAA", 22},
                                         {"2026-11-21T05:30:00Z", 20},
                                         {"", 0},
                                         {"AAAAAAAAAAAAAAAAAAAAAA", 22}};
    struct slice name = slice_of("mm");
    struct doc_table *table;

    if (doc_find(doc, DOC_SECRET, env, name))
        return true;
    table = doc_add_table(doc, DOC_SECRET, env, name);
    for (int own = 0; table && own < DOC_OWN_MAX; own++)
        if (!doc_add_item(doc, table, own, none, &parts[own], NULL))
            return false;
    return table != NULL;
}

static void edit(struct doc *doc)
{
    struct doc_table *next;
    bool drop = false;

    for (struct doc_table *t = doc->tables; t; t = next) {
        next = t->next;
        if (t->kind != DOC_SECRET)
            look_up(t);
        else if (drop)
            doc_remove_table(doc, t);
        else
            edit_secret(doc, t);
        drop = !drop && t->kind == DOC_SECRET;
    }
    for (struct doc_table *t = doc->tables; t; t = t->next)
        must(t->kind != DOC_ENV || add_secret(doc, t->env));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = {(const char *)data, size};
    struct buf text = {0}, out = {0};
    struct doc doc;
    struct err err;

    buf_add(&text, data, size);
    if (doc_read(&doc, &text, &err) == ERR_OK) {
        must(slice_equal(text_of(&doc, &out), input));
        must_survive(&doc);
        edit(&doc);
        must_survive(&doc);
    } else {
        must(err.text[0] != '\0' && err.code != ERR_FAILED);
    }
    buf_free(&out);
    doc_free(&doc);
    return 0;
}
