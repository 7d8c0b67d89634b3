/* The dashboard: what the vault holds, by secret and name, in each environment. */
#include "ui.h"

#include "opens.h"
#include "ui/say.h"

#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- rows ---- */

static char *copy(struct ui_model *m, const char *text)
{
    char *to = arena_copy(&m->names, text, strlen(text));

    m->failed = m->failed || !to;
    return to;
}

static const char *copy_or_nothing(struct ui_model *m, const char *text)
{
    const char *to = copy(m, text);

    return to ? to : "";
}

size_t ui_env_at(const struct ui_model *m, const char *env)
{
    size_t i = 0;

    while (i < m->env_count && strcmp(m->envs[i].name, env) != 0)
        i++;
    return i;
}

static struct ui_row *new_row(struct ui_model *m, const char *secret, const char *name)
{
    struct ui_row *row = arena_alloc(&m->names, sizeof *row), **rows;
    size_t cells = (m->env_count + 1) * sizeof *row->cells;
    size_t changes = (m->env_count + 1) * sizeof *row->changes;

    rows = list_grow(m->rows, m->count, sizeof *rows);
    if (!rows || !row)
        return NULL;
    m->rows = rows;
    row->secret = m->count > 0 && strcmp(rows[m->count - 1]->secret, secret) == 0
                      ? rows[m->count - 1]->secret
                      : copy(m, secret);
    row->name = copy(m, name);
    row->cells = arena_alloc(&m->names, cells);
    row->changes = arena_alloc(&m->names, changes);
    if (!row->secret || !row->name || !row->cells || !row->changes)
        return NULL;
    memset(row->cells, 0, cells);
    memset(row->changes, 0, changes);
    rows[m->count++] = row;
    return row;
}

struct ui_row *ui_row_at(struct ui_model *m, const char *secret, const char *name)
{
    char path[UI_PATH];
    size_t len = strlen(secret), name_len = strlen(name);
    void **item;

    if (len + name_len + 1 > sizeof path)
        return NULL;
    memcpy(path, secret, len);
    path[len] = '/';
    memcpy(path + len + 1, name, name_len);
    item = hashtable_item(&m->by_path, (struct slice){path, len + 1 + name_len});
    if (item && !*item)
        *item = new_row(m, secret, name);
    m->failed = m->failed || !item || !*item;
    return item ? *item : NULL;
}

static int compare(const void *a, const void *b)
{
    const struct ui_row *x = *(struct ui_row *const *)a, *y = *(struct ui_row *const *)b;
    int order = x->secret == y->secret ? 0 : strcmp(x->secret, y->secret);

    return order ? order : strcmp(x->name, y->name);
}

void ui_sort(struct ui *u)
{
    if (u->model.count > 0)
        qsort(u->model.rows, u->model.count, sizeof *u->model.rows, compare);
}

void ui_mark(const struct ui_model *m, struct slice value, unsigned char mark[UI_MARK])
{
    crypto_shorthash(mark, (const unsigned char *)value.at, value.len, m->key);
}

/* ---- reading an environment ---- */

struct reading {
    struct ui_model *m;
    size_t env;
    const char *author; /* the last one: most are the same */
    size_t next;        /* the row after the last one: most environments have the same order */
};

static struct ui_row *find_row(struct reading *r, const char *secret, const char *name)
{
    struct ui_model *m = r->m;
    struct ui_row *row = r->next < m->count ? m->rows[r->next] : NULL;

    if (row && strcmp(row->name, name) == 0 && strcmp(row->secret, secret) == 0) {
        r->next++;
        return row;
    }
    row = ui_row_at(m, secret, name);
    for (size_t i = r->next; i < m->count && i < r->next + 2 && row; i++)
        if (m->rows[i] == row)
            r->next = i + 1;
    if (row && m->count > 0 && m->rows[m->count - 1] == row)
        r->next = m->count;
    return row;
}

static void take_value(void *user, const vault_difference *d)
{
    struct reading *r = user;
    const vault_side *side = d->after;
    struct ui_row *row = d->part == VAULT_PART_VALUE ? find_row(r, d->secret, d->name) : NULL;
    struct ui_cell *cell = row ? &row->cells[r->env] : NULL;

    if (!cell)
        return;
    cell->there = true;
    cell->closed = !side->value;
    cell->date = side->updated_at;
    if (side->author && (!r->author || strcmp(r->author, side->author) != 0))
        r->author = copy(r->m, side->author);
    cell->author = side->author ? r->author : NULL;
    cell->kind = side->kind;
    cell->text = side->kind == VAULT_KIND_OPEN && side->shown ? copy(r->m, side->shown) : NULL;
    if (side->value)
        ui_mark(r->m, (struct slice){side->value, side->len}, cell->mark);
}

/* What can be read without a key, and is not verified. */
static vault_err read_names(vault *v, struct ui_model *m, size_t env)
{
    const char *name = m->envs[env].name;
    vault_secrets *list = NULL;
    vault_err err = vault_secret_list(v, name, 0, 0, &list);

    for (size_t i = 0; i < vault_secrets_count(list) && err == VAULT_OK; i++) {
        const char *secret = vault_secrets_at(list, i)->name, **names = NULL;
        size_t count = 0;

        err = vault_value_list(v, name, secret, &names, &count);
        for (size_t j = 0; j < count; j++) {
            struct ui_row *row = ui_row_at(m, secret, names[j]);
            char *text = NULL;

            if (row && vault_open_text(v, name, secret, names[j], &text) == VAULT_OK) {
                row->cells[env] = (struct ui_cell){.there = true, .closed = true};
                row->cells[env].text = text ? copy(m, text) : NULL;
                row->cells[env].kind = text ? VAULT_KIND_OPEN : VAULT_KIND_SEALED;
            }
            vault_release(text);
        }
        vault_release(names);
    }
    vault_release(list);
    return err;
}

static void read_readers(vault *v, struct ui_model *m, struct ui_env *e)
{
    vault_readers *list = NULL;
    struct buf names = {0};

    e->own = "";
    e->asks = false;
    if (vault_reader_list(v, e->name, &list) == VAULT_OK)
        for (size_t i = 0; i < vault_readers_count(list); i++) {
            const vault_reader_entry *reader = vault_readers_at(list, i);

            buf_printf(&names, "%s%s%s", i ? ", " : "", reader->name,
                       reader->seal == VAULT_SEAL_FORGED ? " (forged)" : "");
            if (reader->own)
                e->own = copy_or_nothing(m, reader->name);
            e->asks = e->asks || strcmp(reader->kind, "passphrase") == 0;
        }
    e->readers = copy_or_nothing(m, buf_text(&names, ""));
    buf_free(&names);
    vault_release(list);
}

static enum status read_env(struct ui *u, size_t env)
{
    struct ui_model *m = &u->model;
    struct ui_env *e = &m->envs[env];
    struct reading r = {.m = m, .env = env};
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    const char **entries = NULL;
    size_t count;
    vault_err err = vault_fingerprint(u->s.v, e->name, fingerprint);

    if (err == VAULT_NO_MEMORY)
        return say_no_memory();
    e->opened = err == VAULT_OK;
    e->why = e->opened ? "" : copy_or_nothing(m, vault_error(u->s.v));
    if (e->opened)
        err = vault_compare(NULL, u->s.v, e->name, take_value, &r);
    if (e->opened && err != VAULT_OK) {
        e->opened = false;
        e->why = copy_or_nothing(m, vault_error(u->s.v));
    }
    if (!e->opened)
        err = read_names(u->s.v, m, env);
    read_readers(u->s.v, m, e);
    if (vault_proposal_list(u->s.v, e->name, 1, &entries, &count, &e->proposals) != VAULT_OK)
        e->proposals = 0;
    vault_release(entries);
    return session_check(&u->s, err);
}

enum status ui_load(struct ui *u)
{
    struct ui_model *m = &u->model;
    const char **names = NULL;
    size_t count = 0;
    enum status status;

    ui_unload(m);
    m->names = ARENA_PUBLIC;
    if (sodium_is_zero(m->key, sizeof m->key))
        randombytes_buf(m->key, sizeof m->key);
    status = session_check(&u->s, vault_env_list(u->s.v, &names, &count));
    m->envs = calloc(count + 1, sizeof *m->envs);
    if (status == STATUS_OK && !m->envs)
        status = say_no_memory();
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        m->envs[i] =
            (struct ui_env){.name = copy(m, names[i]), .readers = "", .own = "", .why = ""};
    m->env_count = status == STATUS_OK && !m->failed ? count : 0;
    vault_release(names);
    for (size_t i = 0; i < m->env_count && status == STATUS_OK; i++)
        status = read_env(u, i);
    if (status == STATUS_OK && m->failed)
        status = say_no_memory();
    ui_sort(u);
    return status;
}

void ui_unload(struct ui_model *m)
{
    free(m->envs);
    free(m->rows);
    hashtable_free(&m->by_path);
    arena_free(&m->names);
    m->envs = NULL;
    m->rows = NULL;
    m->count = m->env_count = 0;
    m->failed = false;
}

/* ---- cells ---- */

struct ui_cell ui_cell_at(const struct ui_row *row, size_t env)
{
    struct ui_cell cell = row->cells[env];
    const struct ui_change *c = row->changes[env];

    if (!c)
        return cell;
    cell.there = !c->deletes;
    cell.closed = false;
    cell.exposed = false;
    cell.kind = c->kind;
    cell.text = NULL;
    memcpy(cell.mark, c->mark, UI_MARK);
    return cell;
}

bool ui_differs(const struct ui_row *row, size_t env)
{
    struct ui_cell left, cell = ui_cell_at(row, env);

    if (env == 0)
        return false;
    left = ui_cell_at(row, env - 1);
    return left.there && cell.there && !left.closed && !cell.closed &&
           memcmp(left.mark, cell.mark, UI_MARK) != 0;
}

static bool is_same(const struct ui_row *row, size_t env)
{
    struct ui_cell left, cell = ui_cell_at(row, env);

    if (env == 0)
        return false;
    left = ui_cell_at(row, env - 1);
    return left.there && !left.closed && memcmp(left.mark, cell.mark, UI_MARK) == 0;
}

enum ui_sign ui_sign_at(const struct ui *u, const struct ui_row *row, size_t env)
{
    struct ui_cell cell = ui_cell_at(row, env);

    if (!cell.there)
        return UI_SIGN_MISSING;
    if (!row->changes[env] &&
        (cell.exposed || (!cell.closed && u->old_before && cell.date < u->old_before)))
        return UI_SIGN_WARNING;
    if (cell.kind == VAULT_KIND_OPEN)
        return UI_SIGN_OPEN;
    if (cell.closed)
        return UI_SIGN_CLOSED;
    return ui_differs(row, env) ? UI_SIGN_DIFFERENT
           : is_same(row, env)  ? UI_SIGN_SAME
                                : UI_SIGN_THERE;
}

vault_err ui_value(struct ui *u, const struct ui_row *row, size_t env, bool resolved,
                   struct buf *out)
{
    const struct ui_change *c = row->changes[env];
    vault_kv *kv = NULL;
    const char *value, *name = u->model.envs[env].name;
    size_t len;
    vault_err err;

    if (c && !c->deletes) {
        buf_add_slice(out, buf_slice(&c->value));
        return buf_ok(out) ? VAULT_OK : VAULT_NO_MEMORY;
    }
    err = resolved ? vault_value_get(u->s.v, name, row->secret, row->name, &kv)
                   : vault_secret_stored(u->s.v, name, row->secret, &kv);
    value = vault_kv_get(kv, row->name, &len);
    if (err == VAULT_OK && !value)
        err = VAULT_ABSENT;
    if (err == VAULT_OK)
        buf_add(out, value, len);
    vault_kv_free(kv);
    return err == VAULT_OK && !buf_ok(out) ? VAULT_NO_MEMORY : err;
}

/* ---- the file ---- */

static bool read_stamp(const struct ui *u, struct ui_stamp *stamp)
{
    struct stat st;

    if (!u->s.path || stat(u->s.path, &st) != 0)
        return false;
    *stamp = (struct ui_stamp){(int64_t)st.st_mtim.tv_sec, (int64_t)st.st_mtim.tv_nsec,
                               (int64_t)st.st_size, (uint64_t)st.st_ino};
    return true;
}

void ui_look(struct ui *u)
{
    if (!read_stamp(u, &u->stamp))
        u->stamp = (struct ui_stamp){.size = -1};
}

bool ui_changed_underneath(struct ui *u)
{
    struct ui_stamp now;

    return read_stamp(u, &now) &&
           (now.seconds != u->stamp.seconds || now.nanoseconds != u->stamp.nanoseconds ||
            now.size != u->stamp.size || now.inode != u->stamp.inode);
}
