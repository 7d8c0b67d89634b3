/* Two versions of a vault as one text with git's conflict markers, around whole items. */
#include "marks.h"

#include <stdlib.h>
#include <string.h>

/* A table's header, or an item, with what stands above it. */
struct piece {
    const struct doc_table *table;
    const struct doc_item *item; /* NULL: the header */
    struct slice lead, body;
    bool in_both;
};

struct pieces {
    struct piece *at;
    size_t count, next;
};

/* By place, whatever it says. */
static int compare_places(const struct piece *a, const struct piece *b)
{
    int order = (int)a->table->kind - (int)b->table->kind;

    if (order == 0)
        order = slice_compare(a->table->env, b->table->env);
    if (order == 0)
        order = slice_compare(a->table->secret, b->table->secret);
    if (order == 0 && (!a->item || !b->item))
        return (a->item != NULL) - (b->item != NULL);
    if (order == 0)
        order = a->item->own - b->item->own;
    return order ? order : slice_compare(a->item->name, b->item->name);
}

static int compare_pointed(const void *a, const void *b)
{
    return compare_places(*(struct piece *const *)a, *(struct piece *const *)b);
}

static bool list_pieces(const struct doc *doc, struct pieces *p)
{
    size_t most = 1;

    for (const struct doc_table *t = doc->tables; t; t = t->next) {
        most++;
        for (const struct doc_item *i = t->items; i; i = i->next)
            most++;
    }
    *p = (struct pieces){calloc(most, sizeof *p->at), 0, 0};
    if (!p->at)
        return false;
    for (const struct doc_table *t = doc->tables; t; t = t->next) {
        p->at[p->count++] = (struct piece){t, NULL, t->lead, t->body, false};
        for (const struct doc_item *i = t->items; i; i = i->next)
            p->at[p->count++] = (struct piece){t, i, i->lead, i->body, false};
    }
    return true;
}

static struct piece **in_order(const struct pieces *p)
{
    struct piece **list = calloc(p->count + 1, sizeof *list);

    for (size_t i = 0; list && i < p->count; i++)
        list[i] = &p->at[i];
    if (list)
        qsort(list, p->count, sizeof *list, compare_pointed);
    return list;
}

/* Finds out which places both have. */
static bool match(struct pieces *a, struct pieces *b)
{
    struct piece **x = in_order(a), **y = in_order(b);

    for (size_t i = 0, j = 0; x && y && i < a->count && j < b->count;) {
        int order = compare_places(x[i], y[j]);

        if (order == 0)
            x[i]->in_both = y[j]->in_both = true;
        i += order <= 0;
        j += order >= 0;
    }
    free(x);
    free(y);
    return x && y;
}

/* What one side has and the other has not, or has otherwise, up to the next that both have. */
struct region {
    struct buf ours, theirs;
};

struct marks {
    const char *newline;
    size_t size;
    struct buf *out;
    size_t start; /* where the first line goes: behind the BOM */
};

static void end_line(const struct marks *w, struct buf *text)
{
    if (text->len > (text == w->out ? w->start : 0) && text->data[text->len - 1] != '\n')
        buf_add_text(text, w->newline);
}

static void add_marker(const struct marks *w, char sign, const char *name)
{
    for (size_t i = 0; i < w->size; i++)
        buf_add(w->out, &sign, 1);
    buf_add_text(w->out, name);
    buf_add_text(w->out, w->newline);
}

static void close_region(const struct marks *w, struct region *r)
{
    end_line(w, w->out);
    if (r->ours.len > 0 || r->theirs.len > 0) {
        end_line(w, &r->ours);
        end_line(w, &r->theirs);
        add_marker(w, '<', " ours");
        buf_add_slice(w->out, buf_slice(&r->ours));
        add_marker(w, '=', "");
        buf_add_slice(w->out, buf_slice(&r->theirs));
        add_marker(w, '>', " theirs");
    }
    if (r->ours.failed || r->theirs.failed)
        w->out->failed = true;
    buf_clear(&r->ours);
    buf_clear(&r->theirs);
}

static void add_piece(const struct marks *w, struct buf *text, const struct piece *p)
{
    end_line(w, text);
    buf_add_slice(text, p->lead);
    buf_add_slice(text, p->body);
}

static bool is_alike(const struct piece *a, const struct piece *b)
{
    return slice_equal(a->lead, b->lead) && slice_equal(a->body, b->body);
}

static void write_pieces(const struct marks *w, struct pieces *a, struct pieces *b)
{
    struct region region = {{0}, {0}};

    while (a->next < a->count || b->next < b->count) {
        const struct piece *ours = a->next < a->count ? &a->at[a->next] : NULL;
        const struct piece *theirs = b->next < b->count ? &b->at[b->next] : NULL;
        bool met = ours && theirs && compare_places(ours, theirs) == 0;

        if (met && is_alike(ours, theirs)) {
            close_region(w, &region);
            add_piece(w, w->out, ours);
            a->next++;
            b->next++;
            continue;
        }
        /* What only one of them has goes first; both at once where the orders differ. */
        if (ours && (met || !ours->in_both || !theirs || theirs->in_both)) {
            add_piece(w, &region.ours, ours);
            a->next++;
        }
        if (theirs && (met || !theirs->in_both || !ours || ours->in_both)) {
            add_piece(w, &region.theirs, theirs);
            b->next++;
        }
    }
    close_region(w, &region);
    buf_free(&region.ours);
    buf_free(&region.theirs);
}

bool marks_write(const struct doc *ours, const struct doc *theirs, size_t size, struct buf *out)
{
    struct marks w = {ours->newline, size < MARKS_SIZE ? MARKS_SIZE : size, out, 0};
    struct pieces a = {NULL, 0, 0}, b = {NULL, 0, 0};
    bool good = list_pieces(ours, &a) && list_pieces(theirs, &b) && match(&a, &b);

    if (size > MARKS_SIZE_MAX)
        w.size = MARKS_SIZE_MAX;
    buf_add_slice(out, ours->bom);
    w.start = out->len;
    if (good) {
        write_pieces(&w, &a, &b);
        buf_add_slice(out, ours->tail);
    }
    free(a.at);
    free(b.at);
    return good && buf_ok(out);
}
