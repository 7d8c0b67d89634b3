/* The dashboard: what the user changed. Nothing of it is in the file, or in the opened vault,
 * before the user has seen all of it by name and agreed; then it is saved at once, or not at all.
 */
#include "ui.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- staging ---- */

static void free_change(struct ui_change *c)
{
    buf_free(&c->value);
    sodium_memzero(c, sizeof *c);
    free(c);
}

void ui_drop_change(struct ui *u, struct ui_change *c)
{
    struct ui_change **at = &u->changes;
    size_t env = ui_env_at(&u->model, c->env);
    struct ui_row *row = c->rejects ? NULL : ui_row_at(&u->model, c->secret, c->name);

    while (*at && *at != c)
        at = &(*at)->next;
    if (*at)
        *at = c->next;
    if (row && env < u->model.env_count && row->changes[env] == c)
        row->changes[env] = NULL;
    free_change(c);
}

/* A second change of a variable replaces the first, and what it is compared with stays. */
static bool add_change(struct ui *u, struct ui_row *row, size_t env, struct ui_change *c)
{
    struct ui_change *old = row->changes[env];
    const struct ui_cell *cell = &row->cells[env];

    snprintf(c->env, sizeof c->env, "%s", u->model.envs[env].name);
    snprintf(c->secret, sizeof c->secret, "%s", row->secret);
    snprintf(c->name, sizeof c->name, "%s", row->name);
    c->base_there = old ? old->base_there : cell->there;
    memcpy(c->base, old ? old->base : cell->mark, UI_MARK);
    if (old)
        ui_drop_change(u, old);
    if (c->deletes
            ? !c->base_there
            : c->base_there && c->kind == cell->kind && memcmp(c->base, c->mark, UI_MARK) == 0) {
        free_change(c);
        return false;
    }
    c->next = u->changes;
    u->changes = c;
    row->changes[env] = c;
    return true;
}

bool ui_stage(struct ui *u, struct ui_row *row, size_t env, const char *how, vault_kind kind,
              struct buf *value, unsigned group)
{
    struct ui_change *c = buf_ok(value) ? calloc(1, sizeof *c) : NULL;

    if (!c) {
        buf_free(value);
        ui_alarm(u, "out of memory");
        return false;
    }
    c->how = how;
    c->kind = kind;
    c->group = group;
    c->value = *value;
    *value = BUF_SECRET;
    ui_mark(&u->model, buf_slice(&c->value), c->mark);
    return add_change(u, row, env, c);
}

bool ui_stage_delete(struct ui *u, struct ui_row *row, size_t env, unsigned group)
{
    struct ui_change *c = calloc(1, sizeof *c);

    if (!c) {
        ui_alarm(u, "out of memory");
        return false;
    }
    c->how = "deleted";
    c->deletes = true;
    c->group = group;
    c->value = BUF_SECRET;
    return add_change(u, row, env, c);
}

bool ui_stage_reject(struct ui *u, size_t env, const char *entry)
{
    struct ui_change *c;

    for (c = u->changes; c; c = c->next)
        if (strcmp(c->entry, entry) == 0 && strcmp(c->env, u->model.envs[env].name) == 0)
            return false;
    c = calloc(1, sizeof *c);
    if (!c) {
        ui_alarm(u, "out of memory");
        return false;
    }
    snprintf(c->env, sizeof c->env, "%s", u->model.envs[env].name);
    snprintf(c->secret, sizeof c->secret, "%.*s", (int)strcspn(entry, "/"), entry);
    snprintf(c->entry, sizeof c->entry, "%s", entry);
    c->how = "rejected";
    c->rejects = c->deletes = true;
    c->group = ++u->groups;
    c->value = BUF_SECRET;
    c->next = u->changes;
    u->changes = c;
    return true;
}

void ui_link_changes(struct ui *u)
{
    for (struct ui_change *c = u->changes, *next; c; c = next) {
        size_t env = ui_env_at(&u->model, c->env);
        struct ui_row *row = env < u->model.env_count && !c->rejects
                                 ? ui_row_at(&u->model, c->secret, c->name)
                                 : NULL;

        next = c->next;
        if (row)
            row->changes[env] = c;
    }
}

void ui_unstage(struct ui *u, const struct ui_change *c)
{
    unsigned group = c->group;

    for (struct ui_change *at = u->changes, *next; at; at = next) {
        next = at->next;
        if (at->group == group)
            ui_drop_change(u, at);
    }
}

void ui_drop_changes(struct ui *u)
{
    while (u->changes)
        ui_drop_change(u, u->changes);
}

size_t ui_count_changes(const struct ui *u)
{
    size_t count = 0;

    for (const struct ui_change *c = u->changes; c; c = c->next)
        count++;
    return count;
}
