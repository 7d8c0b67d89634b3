/* edit: the decrypted text in the person's editor, and back.
 *
 * What the person changed is what differs from the text as it was handed out; only that is sealed
 * anew. If somebody else changed the same keys meanwhile, the editor opens again with the person's
 * text and says so. Nothing is written until all of it can be.
 *
 * MUST NOT: a text that a person has changed is thrown away. Whatever fails, it stays in the
 * private folder, and the person is told where. */
#include "dangerous.h"
#include "opens.h"
#include "run/child.h"
#include "run/private.h"
#include "sources.h"
#include "table.h"
#include "ui/busy.h"
#include "ui/io.h"
#include "ui/say.h"
#include "ui/terminal.h"

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

/* All values of an environment, or of one secret: in the order of secret and key. An entry without
 * a key says that the secret is there. */
struct entry {
    const char *secret, *key; /* key NULL: see above */
    struct slice value;
    bool open;
};

struct snapshot {
    struct arena arena;
    struct entry *entries;
    size_t count, size;
};

static void snapshot_free(struct snapshot *s)
{
    arena_free(&s->arena);
    free(s->entries);
    *s = (struct snapshot){.count = 0};
}

static bool add_entry(struct snapshot *s, struct slice secret, const char *key, struct slice value)
{
    struct entry *e;

    if (s->count == s->size) {
        size_t size = s->size ? 2 * s->size : 64;
        struct entry *entries = realloc(s->entries, size * sizeof *entries);

        if (!entries)
            return false;
        s->entries = entries;
        s->size = size;
    }
    e = &s->entries[s->count++];
    e->secret = arena_copy(&s->arena, secret.at, secret.len);
    e->key = key ? arena_copy(&s->arena, key, strlen(key)) : NULL;
    e->value.at = arena_copy(&s->arena, value.at, value.len);
    e->value.len = value.len;
    e->open = false;
    return e->secret && e->value.at && (!key || e->key);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->secret, y->secret);

    if (order || !x->key || !y->key)
        return order ? order : (x->key != NULL) - (y->key != NULL);
    return strcmp(x->key, y->key);
}

static void sort_entries(struct snapshot *s)
{
    if (s->count > 0)
        qsort(s->entries, s->count, sizeof *s->entries, compare_entries);
}

static const struct entry *find_entry(const struct snapshot *s, const struct entry *like)
{
    if (s->count == 0)
        return NULL;
    return bsearch(like, s->entries, s->count, sizeof *s->entries, compare_entries);
}

static bool same(const struct entry *a, const struct entry *b)
{
    return (!a && !b) || (a && b && slice_equal(a->value, b->value));
}

/* ---- from the vault ---- */

static enum status add_secret(struct session *s, const char *secret, struct snapshot *out)
{
    vault_kv *kv = NULL;
    vault_err err = vault_secret_get(s->v, s->env, secret, NULL, 0, &kv);
    bool good = err == VAULT_OK && add_entry(out, slice_of(secret), NULL, slice_of(""));

    if (err != VAULT_OK)
        return session_error(s, err);
    for (size_t i = 0; good && i < vault_kv_count(kv); i++) {
        vault_pair pair = vault_kv_at(kv, i);

        good = add_entry(out, slice_of(secret), pair.name, (struct slice){pair.value, pair.len});
        if (good)
            out->entries[out->count - 1].open = vault_kv_kind(kv, pair.name) == VAULT_KIND_OPEN;
    }
    vault_kv_free(kv);
    return good ? STATUS_OK : say_no_memory();
}

static enum status read_vault(struct session *s, const char *only, struct snapshot *out)
{
    vault_secret_entry *secrets = NULL;
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    size_t count = 0;
    enum status status = STATUS_OK;
    vault_err err =
        vault_fingerprint(s->v, s->env, fingerprint); /* it opens, even if it is empty */

    if (err == VAULT_OK)
        err = vault_secret_list(s->v, s->env, 0, 0, &secrets, &count);
    if (err != VAULT_OK)
        return session_error(s, err);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        busy_at(i, count);
        if (!only || strcmp(only, secrets[i].name) == 0)
            status = add_secret(s, secrets[i].name, out);
    }
    vault_release(secrets);
    sort_entries(out);
    return status;
}

/* ---- to text ---- */

/* Lines stay lines where a literal string can carry them. */
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

static void add_text(struct buf *out, const struct snapshot *s, const char *env)
{
    buf_printf(out,
               "# The secrets of %s: save and leave to seal them, or leave without saving.\n"
               "# A table that is taken out is deleted, and so is a key.\n",
               env);
    for (size_t i = 0; i < s->count; i++) {
        const struct entry *e = &s->entries[i];

        if (!e->key) {
            buf_printf(out, "\n[%s]\n", e->secret);
            continue;
        }
        buf_printf(out, "%s = ", e->key);
        add_value(out, e->value);
        buf_add_text(out, e->open ? " # open: everybody can read it in the file\n" : "\n");
    }
}

/* ---- from text ---- */

/* What is wrong with a text: no part of it but names. */
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
static bool decode(struct snapshot *s, const struct toml_value *table, struct slice *value)
{
    const struct toml_value *text = toml_find(table, slice_of("base64"));
    unsigned char *out;
    size_t len;

    if (!text || text->type != TOML_STRING || table->len != 1)
        return false;
    out = arena_alloc(&s->arena, toml_text(text).len + 1);
    if (!out || sodium_base642bin(out, toml_text(text).len, toml_text(text).at, toml_text(text).len,
                                  NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    *value = (struct slice){(const char *)out, len};
    return true;
}

static bool take_key(struct snapshot *s, struct slice secret, const struct toml_value *v,
                     struct complaint *c)
{
    char name[VAULT_VARIABLE_MAX + 1];
    struct slice value;

    if (!text_is_key(toml_name(v)))
        return complain(c, v->line, "is no name for a key", toml_name(v));
    if (v->type == TOML_STRING)
        value = toml_text(v);
    else if (v->type != TOML_TABLE || !decode(s, v, &value))
        return complain(c, v->line, "is neither a string nor { base64 = \"…\" }", toml_name(v));
    if (value.len > VAULT_VALUE_MAX)
        return complain(c, v->line, "is too long a value", toml_name(v));
    snprintf(name, sizeof name, "%.*s", (int)toml_name(v).len, toml_name(v).at);
    return add_entry(s, secret, name, value) ||
           complain(c, v->line, "does not fit into memory", secret);
}

static bool take_secret(struct snapshot *s, const struct toml_value *table, const char *only,
                        struct complaint *c)
{
    struct slice name = toml_name(table);

    if (table->type != TOML_TABLE)
        return complain(c, table->line, "stands outside of any [secret]", name);
    if (!text_is_name(name))
        return complain(c, table->line, "is no name for a secret", name);
    if (only && !slice_is(name, only))
        return complain(c, table->line, "is another secret than the one that is edited", name);
    if (!add_entry(s, name, NULL, slice_of("")))
        return complain(c, table->line, "does not fit into memory", name);
    for (const struct toml_value *v = table->as.table.first; v; v = v->next)
        if (!take_key(s, name, v, c))
            return false;
    return true;
}

static bool read_text(struct slice text, const char *only, struct snapshot *out,
                      struct complaint *c)
{
    struct arena arena = {0};
    struct toml_value *root;
    struct err err;
    bool good = toml_parse(text, &arena, &root, &err) == ERR_OK;

    if (!good)
        snprintf(c->text, sizeof c->text, "%.500s", err.text);
    for (const struct toml_value *v = good ? root->as.table.first : NULL; v && good; v = v->next)
        good = take_secret(out, v, only, c);
    sort_entries(out);
    arena_free(&arena);
    return good;
}

/* ---- what was changed ---- */

struct merge {
    struct session *s;
    const struct snapshot *base, *text, *now; /* as handed out, as it came back, as the vault is */
    struct snapshot conflicts;                /* what somebody else changed too */
    size_t changes;
    bool failed; /* for want of memory */
};

/* Whether the person takes the whole secret out. */
static bool is_dropped(const struct merge *m, const char *secret)
{
    const struct entry whole = {.secret = secret};

    return find_entry(m->base, &whole) && !find_entry(m->text, &whole);
}

static void add_conflict(struct merge *m, const struct entry *at)
{
    if (!add_entry(&m->conflicts, slice_of(at->secret), at->key, slice_of("")))
        m->failed = true;
}

static void find_conflict(struct merge *m, const struct entry *at)
{
    const struct entry *base = find_entry(m->base, at), *text = find_entry(m->text, at);
    const struct entry *now = find_entry(m->now, at);

    if (same(base, text) || same(text, now))
        return;
    m->changes++;
    if (!same(base, now))
        add_conflict(m, at);
}

/* A key that came into a secret which the person takes out: it would go with it unseen. */
static void look_for_new(struct merge *m, const struct entry *at)
{
    if (at->key && is_dropped(m, at->secret) && !find_entry(m->base, at))
        add_conflict(m, at);
}

static void compare(struct merge *m)
{
    for (size_t i = 0; i < m->text->count; i++)
        find_conflict(m, &m->text->entries[i]);
    for (size_t i = 0; i < m->base->count; i++)
        if (!find_entry(m->text, &m->base->entries[i]))
            find_conflict(m, &m->base->entries[i]);
    for (size_t i = 0; i < m->now->count; i++)
        look_for_new(m, &m->now->entries[i]);
    sort_entries(&m->conflicts);
}

static void name_conflicts(const struct merge *m, struct buf *out)
{
    buf_add_text(out, "changed by somebody else meanwhile: ");
    for (size_t i = 0; i < m->conflicts.count; i++) {
        const struct entry *e = &m->conflicts.entries[i];

        buf_printf(out, "%s%s%s%s", i ? ", " : "", e->secret, e->key ? "/" : "",
                   e->key ? e->key : "");
    }
    buf_add_text(out, "; take this line out to have yours");
}

static bool copy_entry(struct snapshot *to, const struct entry *e)
{
    if (!add_entry(to, slice_of(e->secret), e->key, e->value))
        return false;
    to->entries[to->count - 1].open = e->open;
    return true;
}

/* What the person has been told of is known from now on; all else is still as it was handed out. */
static bool rebase(const struct merge *m, struct snapshot *base)
{
    struct snapshot known = {.count = 0};
    bool good = true;

    for (size_t i = 0; i < base->count && good; i++)
        if (!find_entry(&m->conflicts, &base->entries[i]))
            good = copy_entry(&known, &base->entries[i]);
    for (size_t i = 0; i < m->now->count && good; i++)
        if (find_entry(&m->conflicts, &m->now->entries[i]))
            good = copy_entry(&known, &m->now->entries[i]);
    sort_entries(&known);
    snapshot_free(base);
    *base = known;
    return good;
}

/* Only what the person has seen marked as open. */
static bool stays_open(const struct merge *m, const struct entry *e)
{
    const struct entry *base = find_entry(m->base, e), *now = find_entry(m->now, e);

    return base && base->open && now && now->open;
}

static enum status check_open(const struct merge *m)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < m->text->count && status == STATUS_OK; i++) {
        const struct entry *e = &m->text->entries[i];

        if (e->key && stays_open(m, e) && !same(find_entry(m->now, e), e))
            status = opens_check(m->s, e->key, e->value);
    }
    return status;
}

static vault_err put_entry(struct merge *m, const struct entry *e)
{
    vault_pair pair = {e->key, e->value.at, e->value.len};
    vault_kv *kv = NULL;
    vault_err err = vault_kv_from_pairs(m->s->v, &pair, e->key ? 1 : 0, &kv);

    if (err == VAULT_OK && e->key && stays_open(m, e))
        err = vault_kv_set_kind(m->s->v, kv, e->key, VAULT_KIND_OPEN);
    if (err == VAULT_OK && e->key)
        err = vault_secret_update(m->s->v, m->s->env, e->secret, kv);
    else if (err == VAULT_OK)
        err = vault_secret_create(m->s->v, m->s->env, e->secret, kv, VAULT_EXISTING_KEEP);
    vault_kv_free(kv);
    return err;
}

static vault_err drop_entry(struct merge *m, const struct entry *e)
{
    if (!e->key)
        return vault_secret_delete(m->s->v, m->s->env, e->secret, VAULT_MISSING_IGNORE);
    if (is_dropped(m, e->secret))
        return VAULT_OK; /* goes with its secret */
    return vault_value_delete(m->s->v, m->s->env, e->secret, e->key, VAULT_MISSING_IGNORE);
}

static void note_dangerous(const struct merge *m)
{
    struct buf names = {0};

    for (size_t i = 0; i < m->text->count; i++) {
        const struct entry *e = &m->text->entries[i];

        if (e->key && !same(find_entry(m->base, e), e))
            dangerous_add(&names, e->key);
    }
    dangerous_note(&names);
}

static enum status apply(struct merge *m)
{
    vault_err err = VAULT_OK;
    enum status status = check_open(m);

    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < m->text->count && err == VAULT_OK; i++) {
        const struct entry *e = &m->text->entries[i];

        if (!same(find_entry(m->base, e), e) && !same(find_entry(m->now, e), e))
            err = put_entry(m, e);
    }
    for (size_t i = 0; i < m->base->count && err == VAULT_OK; i++)
        if (!find_entry(m->text, &m->base->entries[i]))
            err = drop_entry(m, &m->base->entries[i]);
    status = err == VAULT_OK ? session_save(m->s) : session_error(m->s, err);
    if (status == STATUS_OK)
        note_dangerous(m);
    return status;
}

/* ---- the editor ---- */

struct edit {
    struct session s;
    const char *only; /* the secret that is edited; NULL: all */
    struct snapshot base;
    struct buf handed; /* the text as the person got it first */
    struct buf text;   /* as the person left it */
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

/* Opens the editor on the file; STATUS_FAILED after a message. */
static enum status run_editor(char *path)
{
    const char *editor = getenv("VISUAL");
    char *command[] = {"sh", "-c", NULL, "sh", path, NULL}, *line;
    struct terminal *terminal;
    int result;

    if (!editor || !editor[0])
        editor = getenv("EDITOR");
    if (!editor || !editor[0])
        editor = "vi";
    line = malloc(strlen(editor) + sizeof " \"$1\"");
    if (!line)
        return say_no_memory();
    strcpy(line, editor); /* it may have options: the shell splits it */
    strcat(line, " \"$1\"");
    command[2] = line;
    terminal = terminal_remember();
    result = child_run(command, NULL);
    if (result != 0) /* it may have crashed */
        terminal_restore(terminal);
    terminal_forget(terminal);
    free(line);
    if (result == 0)
        return STATUS_OK;
    return say_error(STATUS_FAILED, "the editor ended with exit status %d: nothing was changed",
                     result);
}

/* Takes earlier messages off the top of the text, and puts a new one there. */
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

/* Lets the person edit the text; whether they did is in *changed. */
static enum status let_edit(struct edit *e, bool *changed)
{
    char path[sizeof e->folder.path + sizeof FILE_NAME + 1];
    struct buf before = BUF_SECRET;
    enum status status = private_replace(&e->folder, FILE_NAME, buf_slice(&e->text));

    *changed = false;
    buf_add_slice(&before, buf_slice(&e->text));
    if (!buf_ok(&before) || !private_path(&e->folder, FILE_NAME, path, sizeof path))
        status = say_no_memory();
    if (status == STATUS_OK)
        status = run_editor(path);
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

/* No editor opens after this: what remains to be done needs no other program. */
static enum status seal_changes(struct edit *e, struct merge *m)
{
    enum status status = e->folder.path[0] ? session_cage_late(&e->s, e->folder.path) : STATUS_OK;

    if (status == STATUS_OK)
        status = apply(m);
    e->saved = status == STATUS_OK;
    return status;
}

/* Tries to take the text over. A message, for the top of the text, says that the person has to look
 * again; the status is then STATUS_CONFLICT. */
static enum status take_over(struct edit *e, struct buf *message)
{
    struct snapshot text = {.count = 0}, now = {.count = 0};
    struct merge m = {&e->s, &e->base, &text, &now, {.count = 0}, 0, false};
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
    vault_discard(e->s.v); /* gives the lock back, if it was not saved */
    snapshot_free(&m.conflicts);
    snapshot_free(&text);
    snapshot_free(&now);
    return status;
}

/* An editor that is a script may make the same mistake forever. */
static bool may_open_again(int rounds)
{
    enum { ALONE = 3, UNASKED = 2 };

    if (!terminal_is_there())
        return rounds < ALONE;
    return rounds < UNASKED || terminal_confirm("open the editor again? [y/N] ");
}

/* Once more with the message on top; *again says whether the editor is to open. */
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

/* Until the text is taken over, or the person leaves it as it is. */
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

/* Whether the file in the folder holds more than what was handed out: if in doubt, it does. */
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
    if (status == STATUS_OK)
        status = edit_rounds(e);
    if (status != STATUS_OK && holds_work(e)) {
        say_note("your text is kept in %s/" FILE_NAME, e->folder.path);
        say_hint("rm -r %s, when you have taken from it what you need", e->folder.path);
        private_keep(&e->folder);
    }
    if (private_remove(&e->folder) != STATUS_OK && status == STATUS_OK) {
        say_note(e->saved ? "the vault is saved: only the text is left" : "nothing was changed");
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
    if (status == STATUS_OK)
        status = take_over(e, &message);
    if (!buf_ok(&message))
        status = say_no_memory();
    else if (message.len > 0)
        status = say_error(STATUS_FAILED, "%.*s", (int)message.len, message.data);
    buf_free(&message);
    return status;
}

static enum status no_secret(struct edit *e)
{
    const char **names = NULL;
    size_t count;
    vault_err err = vault_value_list(e->s.v, e->s.env, e->only, &names, &count);
    enum status status = key_path_error(&e->s, err, e->only, NULL);

    vault_release(names);
    if (err == VAULT_ABSENT)
        say_hint("vault create %s", e->only);
    return status;
}

enum status run_edit(const struct args *args)
{
    struct edit e = {.text = BUF_SECRET, .handed = BUF_SECRET};
    bool from_stdin = args->count > 0 && strcmp(args->operands[0], "-") == 0;
    enum status status = session_open(&e.s, args, NEEDS_KEY);

    e.only = args->count > 0 && !from_stdin ? args->operands[0] : NULL;
    if (status == STATUS_OK)
        status = read_vault(&e.s, e.only, &e.base);
    if (status == STATUS_OK && e.only && e.base.count == 0)
        status = no_secret(&e);
    if (status == STATUS_OK && !from_stdin) {
        add_text(&e.text, &e.base, e.s.env);
        status = buf_ok(&e.text) ? edit_in_editor(&e) : say_no_memory();
    } else if (status == STATUS_OK) {
        status = edit_stdin(&e);
    }
    snapshot_free(&e.base);
    buf_free(&e.text);
    buf_free(&e.handed);
    session_close(&e.s);
    return status;
}
