/* The dashboard's main screen: secrets and names down, environments across. */
#include "ui.h"

#include "ui/hints.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    HEAD = 3, /* lines above the rows */
    FOOT = 3, /* and below them */
    LEAST_NAME = 12,
    LEAST_COLUMN = 8,
    MOST_COLUMN = 26,
    INDENT = 2
};

/* ---- which rows are shown ---- */

static char small(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Whether the text has these letters in this order. */
static const char *has_letters(const char *text, const char *letters)
{
    for (; *text && *letters; text++)
        letters += small(*text) == small(*letters);
    return letters;
}

static bool is_found(const struct ui_row *row, const char *search)
{
    const char *rest = has_letters(row->secret, search);

    rest = *rest == '/' ? rest + 1 : rest;
    return !*has_letters(row->name, rest);
}

static bool is_mine(const struct ui *u, const struct ui_cell *cell, size_t env)
{
    const char *author = getenv("VAULT_AUTHOR"), *own = u->model.envs[env].own;

    if (!author || !author[0])
        author = getenv("GIT_AUTHOR_EMAIL");
    return cell->author && ((own[0] && strcmp(cell->author, own) == 0) ||
                            (author && strcmp(cell->author, author) == 0));
}

static bool passes(const struct ui *u, const struct ui_row *row)
{
    bool any = false, missing = false, different = false, old = false, mine = false,
         unsaved = false;

    for (size_t i = 0; i < u->model.env_count; i++) {
        struct ui_cell cell = ui_cell_at(row, i);

        unsaved = unsaved || row->changes[i];
        any = any || cell.there || row->changes[i];
        missing = missing || !cell.there;
        different = different || ui_differs(row, i);
        old = old || ui_sign_at(u, row, i) == UI_SIGN_WARNING;
        mine = mine || (cell.there && is_mine(u, &cell, i));
    }
    return any && (u->filter == UI_ALL || (u->filter == UI_MISSING && missing) ||
                   (u->filter == UI_DIFFERENT && different) || (u->filter == UI_OLD && old) ||
                   (u->filter == UI_MINE && mine) || (u->filter == UI_UNSAVED && unsaved));
}

void ui_select(struct ui *u)
{
    const struct ui_row *here = ui_here(u);
    size_t *shown = realloc(u->shown, (u->model.count + 1) * sizeof *shown);

    if (!shown) {
        ui_alarm(u, "out of memory");
        u->shown_count = 0;
        return;
    }
    u->shown = shown;
    u->shown_count = 0;
    u->name_width = LEAST_NAME;
    for (size_t i = 0; i < u->model.count; i++) {
        const struct ui_row *row = u->model.rows[i];
        size_t width = strlen(row->name) + INDENT + 1, heading = strlen(row->secret) + 1;

        if ((u->search[0] && !is_found(row, u->search)) || !passes(u, row))
            continue;
        shown[u->shown_count++] = i;
        if (width < heading)
            width = heading;
        if ((size_t)u->name_width < width)
            u->name_width = (int)width;
    }
    ui_find_row(u, here);
}

struct ui_row *ui_here(struct ui *u)
{
    return u->row < u->shown_count && u->shown[u->row] < u->model.count
               ? u->model.rows[u->shown[u->row]]
               : NULL;
}

void ui_find_row(struct ui *u, const struct ui_row *row)
{
    for (size_t i = 0; i < u->shown_count && row; i++)
        if (u->model.rows[u->shown[i]] == row) {
            u->row = i;
            return;
        }
    if (u->row >= u->shown_count)
        u->row = u->shown_count ? u->shown_count - 1 : 0;
}

enum status ui_read(struct ui *u)
{
    struct ui_row *here = ui_here(u);
    char secret[VAULT_NAME_MAX + 1] = "", name[VAULT_VARIABLE_MAX + 1] = "";
    enum status status;

    if (here) {
        snprintf(secret, sizeof secret, "%s", here->secret);
        snprintf(name, sizeof name, "%s", here->name);
    }
    u->shown_count = 0;
    status = ui_load(u);
    ui_link_changes(u);
    ui_sort(u);
    ui_select(u);
    if (name[0])
        ui_find_row(u, ui_row_at(&u->model, secret, name));
    if (u->column >= u->model.env_count)
        u->column = u->model.env_count ? u->model.env_count - 1 : 0;
    return status;
}

enum status ui_reload(struct ui *u)
{
    vault_err err;

    ui_look(u);
    err = vault_open(u->s.v, u->s.path);
    if (err == VAULT_OK)
        return ui_read(u);
    ui_say_error(u, err);
    u->shown_count = 0;
    ui_unload(&u->model);
    return STATUS_FAILED;
}

/* ---- drawing ---- */

struct layout {
    int names, column;    /* widths */
    size_t columns, rows; /* that fit */
};

static struct layout lay_out(const struct ui *u)
{
    const struct grid *g = &u->grid;
    int envs = u->model.env_count > 0 ? (int)u->model.env_count : 1;
    int most = g->width - LEAST_COLUMN * (envs < 3 ? envs : 3);
    struct layout l = {.rows = (size_t)(g->height - HEAD - FOOT)};

    l.names = u->name_width < most ? u->name_width : most;
    l.names = l.names < LEAST_NAME ? LEAST_NAME : l.names;
    l.column = (g->width - l.names) / envs;
    l.column = l.column < LEAST_COLUMN  ? LEAST_COLUMN
               : l.column > MOST_COLUMN ? MOST_COLUMN
                                        : l.column;
    l.columns = (size_t)((g->width - l.names) / l.column);
    return l;
}

static bool begins_secret(const struct ui *u, size_t at)
{
    return at == 0 || strcmp(u->model.rows[u->shown[at]]->secret,
                             u->model.rows[u->shown[at - 1]]->secret) != 0;
}

/* Scrolls as little as needed to show the cursor; each secret has a line of its own. */
static void scroll(struct ui *u, const struct layout *l)
{
    size_t lines = 2, least = u->row;

    while (least > 0 && lines + 1 + begins_secret(u, least) <= l->rows) {
        lines += 1 + (size_t)begins_secret(u, least);
        least--;
    }
    if (u->top < least)
        u->top = least;
    if (u->top > u->row)
        u->top = u->row;
    if (u->column < u->left)
        u->left = u->column;
    if (u->column >= u->left + l->columns)
        u->left = u->column - l->columns + 1;
}

static void draw_sign(struct ui *u, int x, int y, const struct layout *l, const struct ui_row *row,
                      size_t env)
{
    static const struct {
        const char *utf8, *ascii;
        unsigned style;
    } signs[UI_SIGNS] = {
        [UI_SIGN_MISSING] = {"·", ".", GRID_FAINT},
        [UI_SIGN_THERE] = {"●", "*", GRID_PLAIN},
        [UI_SIGN_SAME] = {"=", "=", GRID_SAME},
        [UI_SIGN_DIFFERENT] = {"≠", "#", GRID_DIFFERENT},
        [UI_SIGN_OPEN] = {"○", "o", GRID_OPEN},
        [UI_SIGN_WARNING] = {"!", "!", GRID_WARNING},
        [UI_SIGN_CLOSED] = {"?", "?", GRID_FAINT},
    };
    struct grid *g = &u->grid;
    struct ui_cell cell = ui_cell_at(row, env);
    const struct ui_change *c = row->changes[env];
    enum ui_sign sign = ui_sign_at(u, row, env);
    struct slice text = cell.text ? slice_of(cell.text) : (struct slice){"", 0};

    if (c)
        grid_put(g, x, y, 1, GRID_CHANGED, slice_of(c->deletes ? "-" : c->base_there ? "~" : "+"));
    grid_put(g, x + 1, y, 1, c ? GRID_CHANGED : signs[sign].style,
             slice_of(g->utf8 ? signs[sign].utf8 : signs[sign].ascii));
    if (c && !c->deletes && c->kind == VAULT_KIND_OPEN)
        text = buf_slice(&c->value); /* the user opens it to everybody */
    if (text.len > 0 && cell.kind == VAULT_KIND_OPEN)
        grid_cut(g, x + 3, y, l->column - 4, GRID_PLAIN, text);
}

static void draw_row(struct ui *u, int y, const struct layout *l, size_t at)
{
    struct grid *g = &u->grid;
    const struct ui_row *row = u->model.rows[u->shown[at]];
    bool here = at == u->row;

    grid_cut(g, INDENT, y, l->names - INDENT - 1, here ? GRID_STRONG : GRID_PLAIN,
             slice_of(row->name));
    for (size_t i = u->left; i < u->model.env_count && i < u->left + l->columns; i++) {
        int x = l->names + (int)(i - u->left) * l->column;

        draw_sign(u, x, y, l, row, i);
        if (here && i == u->column)
            for (int k = x; k < x + l->column - 1 && k < g->width; k++) {
                struct grid_cell *cell = &g->now[(size_t)y * (size_t)g->width + (size_t)k];

                cell->style |= GRID_REVERSED;
            }
    }
    if (here)
        grid_put(g, 0, y, 1, GRID_STRONG, slice_of(">"));
}

static void draw_rows(struct ui *u, const struct layout *l)
{
    struct grid *g = &u->grid;
    int y = HEAD, end = g->height - FOOT;

    for (size_t at = u->top; at < u->shown_count && y < end; at++) {
        if (at == u->top || begins_secret(u, at))
            grid_cut(g, 0, y++, l->names - 1, GRID_STRONG,
                     slice_of(u->model.rows[u->shown[at]]->secret));
        if (y < end)
            draw_row(u, y++, l, at);
    }
    if (u->shown_count == 0)
        grid_put(g, INDENT, HEAD, g->width, GRID_FAINT,
                 slice_of(u->model.count == 0 ? "There are no secrets yet: n makes one."
                                              : "No name matches: Esc shows all."));
}

static void draw_head(struct ui *u, const struct layout *l)
{
    static const char *const filters[UI_FILTERS] = {
        "", "missing", "different", "old or exposed", "mine", "unsaved"};
    struct grid *g = &u->grid;
    struct buf title = {0};
    size_t unsaved = ui_count_changes(u);

    buf_printf(&title, "%s  ", hint_program(NULL));
    text_escape(&title, slice_of(u->s.path ? u->s.path : ""), SIZE_MAX);
    if (unsaved > 0)
        buf_printf(&title, "  [%zu unsaved]", unsaved);
    if (u->read_only)
        buf_add_text(&title, "  [read-only]");
    if (u->filter)
        buf_printf(&title, "  [only %s]", filters[u->filter]);
    if (u->search[0])
        buf_printf(&title, "  /%s", u->search);
    if (title.len > (size_t)g->width && title.data && u->s.path && strrchr(u->s.path, '/')) {
        buf_clear(&title);
        buf_printf(&title, "%zu unsaved%s%s%s%s", unsaved, u->filter ? ", only " : "",
                   filters[u->filter], u->search[0] ? ", /" : "", u->search);
    }
    grid_cut(g, 0, 0, g->width, GRID_STRONG, slice_of(buf_text(&title, "")));
    buf_free(&title);
    for (size_t i = u->left; i < u->model.env_count && i < u->left + l->columns; i++) {
        const struct ui_env *e = &u->model.envs[i];
        int x = l->names + (int)(i - u->left) * l->column;
        char more[VAULT_NAME_MAX + 32];

        snprintf(more, sizeof more, "%s%s%s", e->name, e->opened ? "" : " (closed)",
                 e->proposals ? " +" : "");
        grid_cut(g, x, 1, l->column - 1, GRID_HEAD, slice_of(more));
        grid_cut(g, x, 2, l->column - 1, GRID_FAINT, slice_of(e->readers));
    }
    if (u->left > 0)
        grid_put(g, l->names - 2, 1, 1, GRID_STRONG, slice_of("<"));
    if (u->left + l->columns < u->model.env_count)
        grid_put(g, g->width - 1, 1, 1, GRID_STRONG, slice_of(">"));
}

static void describe(const struct ui *u, const struct ui_row *row, struct buf *out)
{
    const struct ui_env *e = &u->model.envs[u->column];
    struct ui_cell cell = ui_cell_at(row, u->column);
    const struct ui_change *c = row->changes[u->column];
    char date[VAULT_DATE_LEN + 1];

    buf_printf(out, "%s in %s: ", row->name, e->name);
    if (c)
        buf_printf(out, "%s, not saved", c->how);
    else if (!cell.there)
        buf_add_text(out, "not there");
    else if (cell.closed)
        buf_printf(out, "unverified; %s", e->why);
    else {
        buf_printf(out, "%.10s by ", vault_date_write(cell.date, date));
        text_escape(out, slice_of(cell.author ? cell.author : "?"), SIZE_MAX);
        buf_add_text(out, cell.kind == VAULT_KIND_TEMPLATE ? ", a template" : "");
        buf_add_text(out, cell.exposed ? ", exposed" : "");
        if (u->old_before && cell.date < u->old_before)
            buf_add_text(out, ", old");
    }
    if (cell.there && !cell.closed && u->column > 0 && ui_differs(row, u->column))
        buf_printf(out, ", differs from %s", u->model.envs[u->column - 1].name);
}

static void draw_foot(struct ui *u)
{
    struct grid *g = &u->grid;
    const struct ui_row *row = ui_here(u);
    struct buf text = {0};
    const char *legend =
        g->utf8 ? "· missing  = as left  ≠ different  ● there  ○ open  ! old, exposed  ? closed"
                : ". missing  = as left  # different  * there  o open  ! old, exposed  ? closed";
    const char *keys =
        u->read_only
            ? "q quit  ? keys  / search  f filter  Enter history  v show  c copy  r readers"
            : "q quit  ? keys  / search  s set  w save  u undo  Enter history  v show  c copy";

    if (row && u->column < u->model.env_count)
        describe(u, row, &text);
    grid_cut(g, 0, g->height - 3, g->width, GRID_PLAIN, slice_of(buf_text(&text, "")));
    if (u->message.len > 0)
        grid_cut(g, 0, g->height - 2, g->width, u->is_alarm ? GRID_WARNING : GRID_STRONG,
                 buf_slice(&u->message));
    else
        grid_cut(g, 0, g->height - 2, g->width, GRID_FAINT, slice_of(legend));
    grid_cut(g, 0, g->height - 1, g->width, GRID_FAINT, slice_of(keys));
    buf_free(&text);
}

void ui_draw(struct ui *u)
{
    struct layout l;

    grid_clear(&u->grid);
    if (u->grid.width < GRID_LEAST_WIDTH || u->grid.height < GRID_LEAST_HEIGHT)
        return;
    l = lay_out(u);
    u->page = l.rows;
    scroll(u, &l);
    draw_head(u, &l);
    draw_rows(u, &l);
    draw_foot(u);
}
