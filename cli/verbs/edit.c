/* edit: the secrets as text in the user's editor, and back. Only what the user changed in the text
 * is encrypted again. If someone else changed the same variables meanwhile, the editor opens again
 * with the user's text and a message. Nothing is saved until everything can be. MUST NOT: lose a
 * text that the user has changed. If anything fails, it stays in the private folder, and a message
 * says where. */
#include "dangerous.h"
#include "opens.h"
#include "run/child.h"
#include "run/editor.h"
#include "run/private.h"
#include "sources.h"
#include "table.h"
#include "ui/io.h"
#include "ui/say.h"
#include "ui/terminal.h"
#include "values.h"

#include "base/text.h"
#include "text/toml.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "secrets.toml"
#define MESSAGE "# vault: "

static bool same(const struct value *a, const struct value *b)
{
    return (!a && !b) || (a && b && slice_equal(a->value, b->value));
}

/* ---- from the vault ---- */

static enum status read_vault(struct session *s, const char *only, struct values *out)
{
    vault_err err = values_add_env(out, s->v, s->env, only);

    values_sort(out);
    return out->failed ? say_no_memory() : session_check(s, err);
}

/* ---- to text ---- */

/* Whether a literal string, in which lines stay lines, can hold the value. */
static bool fits_literal(struct slice value)
{
    size_t quotes = 0;
    bool lines = false;

    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];

        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
            return false;
        quotes = c == '\'' ? quotes + 1 : 0;
        if (quotes == 3)
            return false;
        lines = lines || c == '\n';
    }
    return lines && quotes == 0;
}

static void add_base64(struct buf *out, struct slice value)
{
    size_t size = sodium_base64_encoded_len(value.len, sodium_base64_VARIANT_ORIGINAL);
    char *room = buf_reserve(out, size);

    if (!room)
        return;
    sodium_bin2base64(room, size, (const unsigned char *)value.at, value.len,
                      sodium_base64_VARIANT_ORIGINAL);
    out->len += strlen(room);
}

static void add_value(struct buf *out, struct slice value)
{
    if (!text_is_utf8(value)) {
        buf_add_text(out, "{ base64 = \"");
        add_base64(out, value);
        buf_add_text(out, "\" }");
    } else if (fits_literal(value)) {
        buf_add_text(out, "'''\n");
        buf_add_slice(out, value);
        buf_add_text(out, "'''");
    } else {
        text_json(out, value); /* a JSON string is a basic string of TOML */
    }
}

static void add_text(struct buf *out, const struct values *s, const char *env)
{
    buf_printf(out,
               "# The secrets of %s. Save and quit to encrypt them, or quit without saving.\n# "
               "Delete a line to delete its variable, or a table to delete its secret.\n",
               env);
    for (size_t i = 0; i < s->count; i++) {
        const struct value *e = &s->list[i];

        if (!e->name) {
            buf_printf(out, "\n[%s]\n", e->secret);
            continue;
        }
        buf_printf(out, "%s = ", e->name);
        add_value(out, e->value);
        buf_add_text(out, e->kind == VAULT_KIND_OPEN
                              ? " # open: everybody can read it in the file\n"
                          : e->kind == VAULT_KIND_TEMPLATE
                              ? " # template: its holes are filled when it is used\n"
                              : "\n");
    }
}

/* ---- from text ---- */

/* What is wrong with a text. MUST NOT: contain any of it but names. */
struct complaint {
    char text[512];
};

static bool complain(struct complaint *c, unsigned line, const char *what, struct slice name)
{
    struct buf shown = {0};

    text_escape(&shown, name, VAULT_NAME_MAX);
    snprintf(c->text, sizeof c->text, "line %u: %.200s %s", line, buf_text(&shown, ""), what);
    buf_free(&shown);
    return false;
}

/* { base64 = "…" } */
static bool decode(struct values *s, const struct toml_value *table, struct slice *value)
{
    const struct toml_value *text = toml_find(table, slice_of("base64"));
    unsigned char *out;
    size_t len;

    if (!text || text->type != TOML_STRING || table->len != 1)
        return false;
    out = arena_alloc(&s->contents, toml_text(text).len + 1);
    if (!out || sodium_base642bin(out, toml_text(text).len, toml_text(text).at, toml_text(text).len,
                                  NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    *value = (struct slice){(const char *)out, len};
    return true;
}

static bool take_value(struct values *s, const char *secret, const struct toml_value *v,
                       struct complaint *c)
{
    char name[VAULT_VARIABLE_MAX + 1];
    struct value to = {.env = "", .secret = secret, .name = name};

    if (!text_is_key(toml_name(v)))
        return complain(c, v->line, "is not a valid name", toml_name(v));
    if (v->type == TOML_STRING)
        to.value = toml_text(v);
    else if (v->type != TOML_TABLE || !decode(s, v, &to.value))
        return complain(c, v->line, "is neither a string nor { base64 = \"…\" }", toml_name(v));
    if (to.value.len > VAULT_VALUE_MAX)
        return complain(c, v->line, "has a value that is too long", toml_name(v));
    snprintf(name, sizeof name, "%.*s", (int)toml_name(v).len, toml_name(v).at);
    return values_add(s, &to) || complain(c, v->line, "does not fit into memory", toml_name(v));
}

static bool take_secret(struct values *s, const struct toml_value *table, const char *only,
                        struct complaint *c)
{
    struct slice name = toml_name(table);
    char secret[VAULT_NAME_MAX + 1];

    if (table->type != TOML_TABLE)
        return complain(c, table->line, "is outside of any [secret]", name);
    if (!text_is_name(name))
        return complain(c, table->line, "is not a valid name for a secret", name);
    if (only && !slice_is(name, only))
        return complain(c, table->line, "is not the secret that is edited", name);
    snprintf(secret, sizeof secret, "%.*s", (int)name.len, name.at);
    if (!values_add(s, &(struct value){.env = "", .secret = secret}))
        return complain(c, table->line, "does not fit into memory", name);
    for (const struct toml_value *v = table->as.table.first; v; v = v->next)
        if (!take_value(s, secret, v, c))
            return false;
    return true;
}

static bool read_text(struct slice text, const char *only, struct values *out, struct complaint *c)
{
    struct arena arena = {0};
    struct toml_value *root;
    struct err err;
    bool good = toml_parse(text, &arena, &root, &err) == ERR_OK;

    if (!good)
        snprintf(c->text, sizeof c->text, "%.500s", err.text);
    for (const struct toml_value *v = good ? root->as.table.first : NULL; v && good; v = v->next)
        good = take_secret(out, v, only, c);
    values_sort(out);
    arena_free(&arena);
    return good;
}

/* ---- what was changed ---- */

struct merge {
    struct session *s;
    const struct values *base, *text,
        *now;                /* the text as handed out, as edited, and the vault now */
    struct values conflicts; /* what someone else changed too */
    size_t changes;          /* also of secrets as such; the others are of variables */
    size_t added, changed, deleted;
    bool failed; /* out of memory */
};

/* Whether the user deletes the whole secret. */
static bool is_dropped(const struct merge *m, const char *secret)
{
    const struct value whole = {.secret = secret};

    return values_find(m->base, &whole) && !values_find(m->text, &whole);
}

static void add_conflict(struct merge *m, const struct value *at)
{
    m->failed = !values_add(&m->conflicts, at) || m->failed;
}

static void find_conflict(struct merge *m, const struct value *at)
{
    const struct value *base = values_find(m->base, at), *text = values_find(m->text, at);
    const struct value *now = values_find(m->now, at);

    if (same(base, text) || same(text, now))
        return;
    m->changes++;
    if (at->name)
        ++*(!base ? &m->added : !text ? &m->deleted : &m->changed);
    if (!same(base, now))
        add_conflict(m, at);
}

/* A variable that is new in a secret that the user deletes: it would be deleted unseen. */
static void look_for_new(struct merge *m, const struct value *at)
{
    if (at->name && is_dropped(m, at->secret) && !values_find(m->base, at))
        add_conflict(m, at);
}

static void compare(struct merge *m)
{
    for (size_t i = 0; i < m->text->count; i++)
        find_conflict(m, &m->text->list[i]);
    for (size_t i = 0; i < m->base->count; i++)
        if (!values_find(m->text, &m->base->list[i]))
            find_conflict(m, &m->base->list[i]);
    for (size_t i = 0; i < m->now->count; i++)
        look_for_new(m, &m->now->list[i]);
    values_sort(&m->conflicts);
}

static void name_conflicts(const struct merge *m, struct buf *out)
{
    buf_add_text(out, "changed by someone else meanwhile: ");
    for (size_t i = 0; i < m->conflicts.count; i++) {
        const struct value *e = &m->conflicts.list[i];

        buf_printf(out, "%s%s%s%s", i ? ", " : "", e->secret, e->name ? "/" : "",
                   e->name ? e->name : "");
    }
    buf_add_text(out, "; delete this line to keep yours");
}

/* Takes the conflicts that were shown into the base; the rest of it stays as handed out. */
static bool rebase(const struct merge *m, struct values *base)
{
    struct values known = VALUES_EMPTY;
    bool good = true;

    for (size_t i = 0; i < base->count && good; i++)
        if (!values_find(&m->conflicts, &base->list[i]))
            good = values_add(&known, &base->list[i]);
    for (size_t i = 0; i < m->now->count && good; i++)
        if (values_find(&m->conflicts, &m->now->list[i]))
            good = values_add(&known, &m->now->list[i]);
    values_sort(&known);
    values_free(base);
    *base = known;
    return good;
}

/* Whether the user has seen it marked as of this kind. MUST NOT: braces that are typed make a
 * template of any other value. */
static bool stays(const struct merge *m, const struct value *e, vault_kind kind)
{
    const struct value *base = values_find(m->base, e), *now = values_find(m->now, e);

    return base && base->kind == kind && now && now->kind == kind;
}

static enum status check_open(const struct merge *m)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < m->text->count && status == STATUS_OK; i++) {
        const struct value *e = &m->text->list[i];

        if (e->name && stays(m, e, VAULT_KIND_OPEN) && !same(values_find(m->now, e), e))
            status = opens_check(m->s, e->name, e->value);
    }
    return status;
}

static bool is_put(const struct merge *m, const struct value *e)
{
    return !same(values_find(m->base, e), e) && !same(values_find(m->now, e), e);
}

static vault_err set_kinds(struct merge *m, const struct value *e, size_t count, vault_kv *kv)
{
    vault_err err = VAULT_OK;

    for (size_t i = 0; i < count && err == VAULT_OK; i++)
        if (e[i].name && is_put(m, &e[i]) && stays(m, &e[i], VAULT_KIND_OPEN))
            err = vault_kv_set_kind(m->s->v, kv, e[i].name, VAULT_KIND_OPEN);
        else if (e[i].name && is_put(m, &e[i]) && stays(m, &e[i], VAULT_KIND_TEMPLATE))
            err = vault_kv_set_kind(m->s->v, kv, e[i].name, VAULT_KIND_TEMPLATE);
    return err;
}

static vault_err create_secret(struct merge *m, const char *secret)
{
    vault_kv *kv = NULL;
    vault_err err = vault_kv_from_pairs(m->s->v, NULL, 0, &kv);

    NEXT(err, vault_secret_create(m->s->v, m->s->env, secret, kv, VAULT_EXISTING_KEEP));
    vault_kv_free(kv);
    return err;
}

/* Puts what is new in the entries of one secret. There is room for so many pairs. */
static vault_err put_secret(struct merge *m, const struct value *e, size_t count, vault_pair *pairs)
{
    size_t n = 0;
    vault_kv *kv = NULL;
    vault_err err = VAULT_OK;

    for (size_t i = 0; i < count && err == VAULT_OK; i++)
        if (!is_put(m, &e[i]))
            continue;
        else if (e[i].name)
            pairs[n++] = (vault_pair){e[i].name, e[i].value.at, e[i].value.len};
        else
            err = create_secret(m, e[i].secret);
    if (err != VAULT_OK || n == 0)
        return err;
    err = vault_kv_from_pairs(m->s->v, pairs, n, &kv);
    NEXT(err, set_kinds(m, e, count, kv));
    NEXT(err, vault_secret_update(m->s->v, m->s->env, e->secret, kv));
    vault_kv_free(kv);
    return err;
}

/* Secret by secret: they are sorted. */
static vault_err put_all(struct merge *m, vault_pair *pairs)
{
    const struct value *list = m->text->list;
    vault_err err = VAULT_OK;
    size_t count;

    for (size_t i = 0; i < m->text->count && err == VAULT_OK; i += count) {
        count = 1;
        while (i + count < m->text->count && strcmp(list[i].secret, list[i + count].secret) == 0)
            count++;
        err = put_secret(m, &list[i], count, pairs);
    }
    return err;
}

static vault_err drop_entry(struct merge *m, const struct value *e)
{
    if (!e->name)
        return vault_secret_delete(m->s->v, m->s->env, e->secret, VAULT_MISSING_IGNORE);
    if (is_dropped(m, e->secret))
        return VAULT_OK; /* deleted with its secret */
    return vault_value_delete(m->s->v, m->s->env, e->secret, e->name, VAULT_MISSING_IGNORE);
}

static void note_dangerous(const struct merge *m)
{
    struct buf names = {0};

    for (size_t i = 0; i < m->text->count; i++) {
        const struct value *e = &m->text->list[i];

        if (e->name && !same(values_find(m->base, e), e))
            dangerous_add(&names, e->name);
    }
    dangerous_note(&names);
}

static enum status apply(struct merge *m)
{
    enum status status = check_open(m);
    vault_pair *pairs;
    vault_err err;

    if (status != STATUS_OK)
        return status;
    pairs = calloc(m->text->count + 1, sizeof *pairs);
    if (!pairs)
        return say_no_memory();
    err = put_all(m, pairs);
    free(pairs);
    for (size_t i = 0; i < m->base->count && err == VAULT_OK; i++)
        if (!values_find(m->text, &m->base->list[i]))
            err = drop_entry(m, &m->base->list[i]);
    status = err == VAULT_OK ? session_save(m->s) : session_error(m->s, err);
    if (status == STATUS_OK) {
        say_note("%s: added %zu, changed %zu, deleted %zu", m->s->env, m->added, m->changed,
                 m->deleted);
        note_dangerous(m);
    }
    return status;
}

/* ---- the editor ---- */

struct edit {
    struct session s;
    const char *only; /* the secret that is edited; NULL: all */
    struct values base;
    struct buf handed; /* the text as first handed out */
    struct buf text;   /* as the user left it */
    struct private_folder folder;
    bool saved;
};

static bool read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool good;

    buf_clear(out);
    good = fd >= 0 && read_bytes(fd, TOML_TEXT_MAX, out);
    if (fd >= 0)
        close(fd);
    return good;
}

/* Replaces the messages at the top of the text by a new one. */
static void put_message(struct buf *text, const char *message)
{
    struct buf with = BUF_SECRET;
    struct slice rest = buf_slice(text);

    while (rest.len >= sizeof MESSAGE - 1 && memcmp(rest.at, MESSAGE, sizeof MESSAGE - 1) == 0) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.at) + 1 : rest.len;

        rest.at += len;
        rest.len -= len;
    }
    buf_printf(&with, MESSAGE "%s\n", message);
    buf_add_slice(&with, rest);
    buf_free(text);
    *text = with;
}

/* Lets the user edit the text; *changed says whether they did. */
static enum status let_edit(struct edit *e, bool *changed)
{
    char path[sizeof e->folder.path + sizeof FILE_NAME + 1];
    struct buf before = BUF_SECRET;
    enum status status = private_replace(&e->folder, FILE_NAME, buf_slice(&e->text));

    *changed = false;
    buf_add_slice(&before, buf_slice(&e->text));
    if (!buf_ok(&before) || !private_path(&e->folder, FILE_NAME, path, sizeof path))
        status = say_no_memory();
    NEXT(status, editor_run(path));
    if (status == STATUS_OK && !read_file(path, &e->text))
        status = say_error(STATUS_FAILED, "cannot read %s: %s: nothing was changed", path,
                           strerror(errno));
    if (status == STATUS_OK)
        *changed = !slice_equal(buf_slice(&before), buf_slice(&e->text));
    buf_free(&before);
    return status;
}

static bool is_empty(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n", text.at[i]))
            return false;
    return true;
}

/* No editor opens after this, so that the cage can be entered. */
static enum status seal_changes(struct edit *e, struct merge *m)
{
    enum status status = e->folder.path[0] ? session_cage_late(&e->s, e->folder.path) : STATUS_OK;

    NEXT(status, apply(m));
    e->saved = status == STATUS_OK;
    return status;
}

/* Tries to save the text. If the user must edit it again, the status is STATUS_CONFLICT, and the
 * message is for the top of the text. */
static enum status take_over(struct edit *e, struct buf *message)
{
    struct values text = VALUES_EMPTY, now = VALUES_EMPTY;
    struct merge m = {&e->s, &e->base, &text, &now, VALUES_EMPTY, 0, 0, 0, 0, false};
    struct complaint c;
    enum status status = STATUS_OK;
    vault_err err;

    if (!read_text(buf_slice(&e->text), e->only, &text, &c)) {
        buf_printf(message, "%s", c.text);
        status = STATUS_CONFLICT;
    } else if ((err = vault_lock(e->s.v, -1)) != VAULT_OK) {
        status = session_error(&e->s, err);
    } else {
        status = read_vault(&e->s, e->only, &now);
    }
    if (status == STATUS_OK) {
        compare(&m);
        if (m.conflicts.count > 0) {
            name_conflicts(&m, message);
            m.failed = !rebase(&m, &e->base);
            status = STATUS_CONFLICT;
        } else if (m.changes == 0) {
            say_note("nothing was changed");
        } else if (!m.failed) {
            status = seal_changes(e, &m);
        }
        if (m.failed || !buf_ok(message)) {
            buf_clear(message);
            status = say_no_memory();
        }
    }
    vault_discard(e->s.v); /* releases the lock, if it was not saved */
    values_free(&m.conflicts);
    values_free(&text);
    values_free(&now);
    return status;
}

/* Limits the rounds: an editor that is a script may repeat its mistake forever. */
static bool may_open_again(int rounds)
{
    enum { ALONE = 3, UNASKED = 2 };

    if (!terminal_is_there())
        return rounds < ALONE;
    return rounds < UNASKED || terminal_confirm("open the editor again? [y/N] ");
}

/* Prints the message and puts it on top of the text; *again says whether to open the editor. */
static enum status look_again(struct edit *e, struct buf *message, int rounds, bool *again)
{
    buf_add(message, "", 1);
    if (!buf_ok(message))
        return say_no_memory();
    say_error(STATUS_FAILED, "%s", message->data);
    *again = may_open_again(rounds);
    if (!*again)
        return STATUS_FAILED;
    put_message(&e->text, message->data);
    return buf_ok(&e->text) ? STATUS_OK : say_no_memory();
}

/* Opens the editor until the text is saved, or comes back unchanged. */
static enum status edit_rounds(struct edit *e)
{
    bool again = true, changed;
    enum status status = STATUS_OK;

    for (int rounds = 1; status == STATUS_OK && again; rounds++) {
        struct buf message = {0};

        again = false;
        status = let_edit(e, &changed);
        if (status == STATUS_OK && !changed) {
            say_note("nothing was changed");
            status = rounds == 1 ? STATUS_OK : STATUS_FAILED;
        } else if (status == STATUS_OK && is_empty(buf_slice(&e->text))) {
            status = say_error(STATUS_FAILED, "the text is empty: nothing was changed");
        } else if (status == STATUS_OK) {
            status = take_over(e, &message);
        }
        if (message.len > 0)
            status = look_again(e, &message, rounds, &again);
        buf_free(&message);
    }
    return status;
}

/* Whether the file in the folder differs from what was handed out; true if in doubt. */
static bool holds_work(struct edit *e)
{
    char path[sizeof e->folder.path + sizeof FILE_NAME + 1];

    if (!e->folder.path[0] || !private_path(&e->folder, FILE_NAME, path, sizeof path))
        return false;
    if (!read_file(path, &e->text))
        return errno != ENOENT;
    return !buf_ok(&e->handed) || (!slice_equal(buf_slice(&e->handed), buf_slice(&e->text)) &&
                                   !is_empty(buf_slice(&e->text)));
}

static enum status edit_in_editor(struct edit *e)
{
    enum status status;

    buf_add_slice(&e->handed, buf_slice(&e->text));
    child_hold_signals();
    status = private_make(&e->folder, args_has(e->s.args, OPT_ALLOW_DISK));
    NEXT(status, edit_rounds(e));
    if (status != STATUS_OK && holds_work(e)) {
        say_note("your text is kept in %s/" FILE_NAME, e->folder.path);
        say_hint("rm -r %s, once you no longer need it", e->folder.path);
        private_keep(&e->folder);
    }
    if (private_remove(&e->folder) != STATUS_OK && status == STATUS_OK) {
        say_note(e->saved ? "the vault is saved: only the text remains" : "nothing was changed");
        status = STATUS_FAILED;
    }
    child_release_signals();
    return status;
}

static enum status edit_stdin(struct edit *e)
{
    struct buf message = {0};
    enum status status = value_read("-", &e->text);

    if (status == STATUS_OK && is_empty(buf_slice(&e->text)))
        status = say_error(STATUS_FAILED, "the text is empty: nothing was changed");
    NEXT(status, take_over(e, &message));
    if (!buf_ok(&message))
        status = say_no_memory();
    else if (message.len > 0)
        status = say_error(STATUS_FAILED, "%.*s", (int)message.len, message.data);
    buf_free(&message);
    return status;
}

static enum status no_secret(struct edit *e)
{
    vault_err err = secret_look(&e->s, e->s.env, e->only);
    enum status status = key_path_error(&e->s, err, e->only, NULL);

    if (err == VAULT_ABSENT)
        say_hint("{program} create %s", e->only);
    return status;
}

enum status run_edit(const struct args *args)
{
    struct edit e = {.base = VALUES_EMPTY, .text = BUF_SECRET, .handed = BUF_SECRET};
    bool from_stdin = args->count > 0 && strcmp(args->operands[0], "-") == 0;
    enum status status = session_open(&e.s, args, NEEDS_KEY);

    e.only = args->count > 0 && !from_stdin ? args->operands[0] : NULL;
    NEXT(status, read_vault(&e.s, e.only, &e.base));
    if (status == STATUS_OK && e.only && e.base.count == 0)
        status = no_secret(&e);
    if (status == STATUS_OK && !from_stdin) {
        add_text(&e.text, &e.base, e.s.env);
        status = buf_ok(&e.text) ? edit_in_editor(&e) : say_no_memory();
    } else if (status == STATUS_OK) {
        status = edit_stdin(&e);
    }
    values_free(&e.base);
    buf_free(&e.text);
    buf_free(&e.handed);
    session_close(&e.s);
    return status;
}
