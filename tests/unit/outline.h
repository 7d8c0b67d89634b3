/* What lib/doc makes of a text that comes piece by piece, against what it makes of the whole. */
#ifndef TESTS_OUTLINE_H
#define TESTS_OUTLINE_H

#include "vault/doc.h"

#include <stdlib.h>
#include <string.h>

/* Each piece in memory of its own, so that nothing can lead into one that is gone. */
static inline bool outline_in_steps(struct doc *doc, struct slice text, size_t step)
{
    struct doc_outline outline;
    size_t start = 0, end = 0;

    doc_outline_start(&outline, doc);
    for (;;) {
        size_t more = text.len - end < step ? text.len - end : step;
        char *piece = malloc(end + more - start + 1);
        ptrdiff_t done;

        if (!piece)
            abort();
        end += more;
        memcpy(piece, text.at + start, end - start);
        piece = realloc(piece, end > start ? end - start : 1);
        done = doc_outline_take(&outline, (struct slice){piece, end - start}, more == 0);
        free(piece);
        if (done < 0 || more == 0)
            return done == (ptrdiff_t)(end - start);
        start += (size_t)done;
    }
}

static inline bool outline_has_item(const struct doc_item *a, const struct doc_item *b)
{
    return doc_same_parts(a, b) && a->own == b->own && slice_equal(a->name, b->name);
}

/* All but the entries of secrets. */
static inline bool outline_has_table(const struct doc_table *outline, const struct doc_table *whole)
{
    const struct doc_item *x = outline->items;

    for (const struct doc_item *y = whole->items; y; y = y->next) {
        if (whole->kind == DOC_SECRET && y->own == DOC_ENTRY)
            continue;
        if (!x || !outline_has_item(x, y))
            return false;
        x = x->next;
    }
    for (int own = 0; own < DOC_OWN_MAX; own++)
        if (!outline->own[own] != !whole->own[own] ||
            (whole->own[own] && !outline_has_item(outline->own[own], whole->own[own])))
            return false;
    return !x && outline->kind == whole->kind && outline->entries == whole->entries &&
           slice_equal(outline->env, whole->env) && slice_equal(outline->secret, whole->secret);
}

/* whole is NULL where the text cannot be read. */
static inline bool outline_is_right(struct slice text, size_t step, const struct doc *whole)
{
    struct doc outline;
    bool taken = outline_in_steps(&outline, text, step), wanted = whole != NULL, same = true;
    const struct doc_table *x = outline.tables, *y = whole ? whole->tables : NULL;

    for (; taken && x && y && same; x = x->next, y = y->next)
        same = outline_has_table(x, y);
    same = same && (!taken || (!x && !y));
    for (y = whole ? whole->tables : NULL; y; y = y->next)
        wanted = wanted && !y->unsorted;
    doc_free(&outline);
    return same && taken == wanted;
}

#endif
