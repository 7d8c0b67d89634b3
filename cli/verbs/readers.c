/* Who opens what: readers, grant, rotate, trust. */
#include "readers.h"

#include "publickey.h"
#include "recipients.h"
#include "table.h"
#include "ui/near.h"
#include "ui/passphrase.h"
#include "ui/say.h"
#include "ui/terminal.h"

#include "base/hashtable.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void targets_free(struct targets *t)
{
    free(t->envs);
    free(t->keys);
    free(t->values);
}

enum status reader_find(struct session *s, const char *env, const char *name,
                        vault_reader_entry **list, vault_reader_entry **reader)
{
    size_t count = 0;
    vault_err err;

    *list = *reader = NULL;
    err = vault_reader_list(s->v, env, list, &count);
    for (size_t i = 0; i < count && !*reader; i++)
        if (strcmp((*list)[i].name, name) == 0)
            *reader = &(*list)[i];
    return err == VAULT_OK ? STATUS_OK : session_error(s, err);
}

enum status reader_same_key(struct session *s, const char *a, const char *b, bool *same)
{
    char *one = NULL, *other = NULL;
    vault_err err = vault_public_key_read(s->v, a, &one);

    if (err == VAULT_OK)
        err = vault_public_key_read(s->v, b, &other);
    *same = err == VAULT_OK ? strcmp(one, other) == 0 : strcmp(a, b) == 0;
    vault_release(one);
    vault_release(other);
    return err == VAULT_NO_MEMORY ? say_vault_error(s->v, err) : STATUS_OK;
}

/* All environments that name reads, as the file says without a key; STATUS_OK with none is
 * possible. */
static enum status envs_of(struct session *s, const char *name, const char ***envs, size_t *count)
{
    vault_reader_entry *list, *reader;
    size_t all;
    vault_err err = vault_env_list(s->v, envs, &all);
    enum status status = err == VAULT_OK ? STATUS_OK : session_error(s, err);

    *count = 0;
    for (size_t i = 0; status == STATUS_OK && i < all; i++) {
        status = reader_find(s, (*envs)[i], name, &list, &reader);
        if (reader)
            (*envs)[(*count)++] = (*envs)[i];
        vault_release(list);
    }
    return status;
}

static void hint_near_reader(struct session *s, const char *name)
{
    const char **envs = NULL, *near = NULL;
    size_t count = 0;

    if (vault_env_list(s->v, &envs, &count) != VAULT_OK)
        return;
    for (size_t i = 0; i < count && !near; i++) {
        vault_reader_entry *list = NULL;
        size_t readers = 0;
        const char **names;

        if (vault_reader_list(s->v, envs[i], &list, &readers) != VAULT_OK)
            continue;
        names = calloc(readers + 1, sizeof *names);
        for (size_t j = 0; names && j < readers; j++)
            names[j] = list[j].name;
        near = names ? nearest(name, names, readers) : NULL;
        if (near)
            say_hint("there is %s", near);
        free(names);
        vault_release(list);
    }
    if (!near)
        say_hint("vault readers shows who there is");
    vault_release(envs);
}

enum status reader_say_none(struct session *s, const char *name, const char *env)
{
    say_error(STATUS_ABSENT, "%s is no reader of %s", name, env ? env : "any environment");
    hint_near_reader(s, name);
    return STATUS_ABSENT;
}

static bool is_closed(vault_err err)
{
    return err == VAULT_LOCKED || err == VAULT_NO_CREDENTIAL || err == VAULT_CANCELLED;
}

enum status targets_open(struct session *s, struct targets *t)
{
    struct buf locked = {0};
    const char *last = NULL;
    enum status status = STATUS_OK;

    t->keys = calloc(t->count + 1, sizeof *t->keys);
    t->values = calloc(t->count + 1, sizeof *t->values);
    if (!t->keys || !t->values)
        return say_no_memory();
    for (size_t i = 0; i < t->count && status == STATUS_OK; i++) {
        vault_err err = vault_fingerprint(s->v, t->envs[i], t->keys[i]);

        s->env = t->envs[i];
        if (err != VAULT_OK && (!is_closed(err) || t->count == 1))
            status = session_error(s, err);
        if (is_closed(err)) {
            buf_printf(&locked, "%s%s", last ? ", " : "", t->envs[i]);
            last = t->envs[i];
        }
    }
    buf_add(&locked, "", 1);
    if (status == STATUS_OK && last) {
        status = say_error(STATUS_LOCKED, "you cannot open %s: nothing was changed",
                           buf_ok(&locked) ? locked.data : last);
        say_hint("say with -e which are meant, or let somebody do it who reads all of them");
        s->env = last;
        hint_grant(s);
    }
    buf_free(&locked);
    return status;
}

enum status targets_read(struct session *s, struct targets *t)
{
    vault_err err = VAULT_OK;

    for (size_t i = 0; i < t->count && err == VAULT_OK; i++) {
        s->env = t->envs[i];
        err = vault_fingerprint(s->v, t->envs[i], t->keys[i]);
    }
    return err == VAULT_OK ? STATUS_OK : session_error(s, err);
}

enum status targets_show(struct session *s, const struct targets *t)
{
    struct buf out = {0};
    enum status status;

    for (size_t i = 0; i < t->count; i++) {
        vault_reader_entry *list = NULL;
        size_t count = 0;

        if (vault_reader_list(s->v, t->envs[i], &list, &count) == VAULT_OK)
            recipients_show(t->envs[i], list, count);
        vault_release(list);
        buf_printf(&out, "%s=%s\n", t->envs[i], t->keys[i]);
    }
    status = write_saved(&out);
    buf_free(&out);
    return status;
}

/* ---- grant ---- */

/* What is to be given to NAME. */
struct grantee {
    const char *name;
    char *key;             /* NULL: a passphrase */
    struct buf passphrase; /* empty: the one that NAME has */
};

static void grantee_free(struct grantee *g)
{
    vault_release(g->key);
    buf_free(&g->passphrase);
}

/* The key that NAME has elsewhere, shown in full: the file is not to be believed without a person.
 */
static enum status confirm_key(struct session *s, struct grantee *g, const char *env,
                               const vault_reader_entry *reader)
{
    char question[VAULT_NAME_MAX + 1100];
    enum status status;

    if (!terminal_is_there()) { /* MUST: with no terminal it is given, not believed */
        say_error(STATUS_USAGE, "there is no terminal to confirm %s's key on", g->name);
        say_hint("vault grant %s %s -e %s", g->name, reader->public_key, s->env);
        return STATUS_USAGE;
    }
    snprintf(question, sizeof question, "give it to %s, who reads %s with %.1000s", g->name, env,
             reader->public_key);
    status = confirm(s->args, question);
    if (status == STATUS_OK && !(g->key = strdup(reader->public_key)))
        status = say_no_memory();
    return status;
}

/* Whoever gives a passphrase on knows it: its key is that of what it opens, and not of the file. */
static enum status open_passphrase(struct session *s, const struct grantee *g)
{
    char *key = NULL;
    vault_err err;

    session_may_ask(s);
    err = vault_passphrase_key(s->v, s->env, g->name, &key);
    vault_release(key);
    return err == VAULT_OK ? STATUS_OK : session_error(s, err);
}

static enum status key_from_elsewhere(struct session *s, struct grantee *g)
{
    vault_reader_entry *list = NULL, *reader = NULL;
    const char **envs = NULL;
    size_t count = 0;
    enum status status = envs_of(s, g->name, &envs, &count);

    if (status == STATUS_OK && count == 0) {
        status =
            say_error(STATUS_USAGE, "%s reads nothing yet: which public key is theirs?", g->name);
        say_hint("vault grant %s age1… -e %s", g->name, s->env);
    }
    if (status == STATUS_OK)
        status = reader_find(s, envs[0], g->name, &list, &reader);
    if (status == STATUS_OK && reader)
        status = strcmp(reader->kind, "passphrase") == 0 ? open_passphrase(s, g)
                                                         : confirm_key(s, g, envs[0], reader);
    vault_release(list);
    vault_release(envs);
    return status;
}

enum status reader_key_from_words(struct session *s, int first, char **key)
{
    struct buf text = {0};
    enum status status;

    for (int i = first; i < s->args->count; i++)
        buf_printf(&text, "%s%s", i > first ? " " : "", s->args->operands[i]);
    buf_add(&text, "", 1);
    status = buf_ok(&text) ? public_key_read(s, text.data, key) : say_no_memory();
    buf_free(&text);
    return status;
}

/* ---- a key is a person ---- */

/* Another name that the key has in some environment; *env NULL: none. */
static enum status find_other_name(struct session *s, const char *name, const char *key,
                                   char other[VAULT_NAME_MAX + 1], char env[VAULT_NAME_MAX + 1])
{
    const char **envs = NULL;
    size_t all = 0, count;
    vault_err err = vault_env_list(s->v, &envs, &all);
    enum status status = err == VAULT_OK ? STATUS_OK : session_error(s, err);

    other[0] = '\0';
    for (size_t i = 0; i < all && status == STATUS_OK && !other[0]; i++) {
        vault_reader_entry *list = NULL;

        err = vault_reader_list(s->v, envs[i], &list, &count);
        if (err != VAULT_OK)
            status = session_error(s, err);
        for (size_t j = 0; status == STATUS_OK && j < count && !other[0]; j++) {
            bool same = false;

            if (strcmp(list[j].name, name) != 0 && list[j].seal != VAULT_SEAL_FORGED)
                status = reader_same_key(s, list[j].public_key, key, &same);
            if (same) {
                strcpy(other, list[j].name);
                strcpy(env, envs[i]);
            }
        }
        vault_release(list);
    }
    vault_release(envs);
    return status;
}

enum status reader_name_of(struct session *s, const char *key, char name[VAULT_NAME_MAX + 1])
{
    char env[VAULT_NAME_MAX + 1];

    return find_other_name(s, "", key, name, env);
}

enum status reader_check_key(struct session *s, const char *name, const char *key)
{
    char other[VAULT_NAME_MAX + 1], env[VAULT_NAME_MAX + 1], question[4 * VAULT_NAME_MAX];
    enum status status = find_other_name(s, name, key, other, env);
    struct option as;

    if (status != STATUS_OK || !other[0] || args_has(s->args, OPT_FORCE) ||
        !text_is_name(slice_of(name)))
        return status; /* what is no name is the library's to refuse */
    if (terminal_is_there()) {
        say_note("%s reads %s with that key already, and a key is a person", other, env);
        snprintf(question, sizeof question, "call the same person %s too", name);
        return confirm(s->args, question);
    }
    say_error(STATUS_FAILED,
              "%s reads %s with that key already, and a key is a person: %s would be a "
              "second name",
              other, env, name);
    if (verb_option(s->args->verb, OPT_READER, &as))
        say_hint("--reader %s=%s", other, key);
    else
        say_hint("vault grant %s %s -e %s; --force gives it both names", other, key, s->env);
    return STATUS_FAILED;
}

/* ---- what is given ---- */

static enum status read_grantee(struct session *s, struct grantee *g)
{
    bool passphrase = args_has(s->args, OPT_PASSPHRASE);

    if (passphrase && s->args->count > 1)
        return say_error(STATUS_USAGE, "a key or --passphrase, not both");
    if (args_has(s->args, OPT_GENERATE) && !passphrase)
        return say_error(STATUS_USAGE, "--generate goes with --passphrase");
    if (args_has(s->args, OPT_WEAK) && !passphrase)
        return say_error(STATUS_USAGE, "--weak goes with --passphrase");
    if (passphrase)
        return passphrase_new(s->args, &g->passphrase);
    return s->args->count > 1 ? reader_key_from_words(s, 1, &g->key) : key_from_elsewhere(s, g);
}

/* Whether NAME stands for something else already, in any environment. */
static enum status clashes(struct session *s, const struct grantee *g, bool *clash)
{
    vault_reader_entry *list, *reader;
    const char **envs = NULL;
    size_t count = 0;
    enum status status = envs_of(s, g->name, &envs, &count);

    *clash = false;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        bool same = g->passphrase.len == 0;

        status = reader_find(s, envs[i], g->name, &list, &reader);
        if (status == STATUS_OK && reader && g->key)
            status = reader_same_key(s, reader->public_key, g->key, &same);
        if (status == STATUS_OK && reader && !same) {
            *clash = true;
            if (!args_has(s->args, OPT_REPLACE)) {
                status = say_error(STATUS_FAILED, "%s reads %s with another key: %s", g->name,
                                   envs[i], reader->public_key);
                say_hint("--replace changes it everywhere, and rotates what it opened");
            }
        }
        vault_release(list);
    }
    vault_release(envs);
    return status;
}

static vault_err replace(struct session *s, const struct grantee *g)
{
    return g->key ? vault_reader_replace(s->v, g->name, g->key)
                  : vault_passphrase_change(s->v, g->name, buf_slice(&g->passphrase).at,
                                            g->passphrase.len);
}

/* A passphrase that stands in the file by now is given without being known. */
static vault_err grant_env(struct session *s, const char *env, const struct grantee *g, bool made)
{
    if (g->key)
        return vault_reader_add(s->v, env, g->name, g->key);
    if (made || g->passphrase.len == 0)
        return vault_reader_add_passphrase(s->v, env, g->name, NULL, 0);
    return vault_reader_add_passphrase(s->v, env, g->name, buf_slice(&g->passphrase).at,
                                       g->passphrase.len);
}

static enum status replace_and_give(struct session *s, const struct grantee *g,
                                    const struct targets *asked)
{
    struct targets rotated = {.envs = NULL};
    bool clash = false;
    vault_err err;
    enum status status = clashes(s, g, &clash);

    if (status == STATUS_OK && clash) {
        status = envs_of(s, g->name, &rotated.envs, &rotated.count);
        if (status == STATUS_OK)
            status = targets_open(s, &rotated);
        if (status == STATUS_OK && (err = replace(s, g)) != VAULT_OK)
            status = session_error(s, err);
    }
    for (size_t i = 0; i < asked->count && status == STATUS_OK; i++) {
        s->env = asked->envs[i];
        err = grant_env(s, asked->envs[i], g, clash || i > 0);
        status = err == VAULT_OK ? STATUS_OK : session_error(s, err);
    }
    if (status == STATUS_OK && clash)
        status = targets_read(s, &rotated);
    if (status == STATUS_OK)
        status = passphrase_print(s->args, buf_slice(&g->passphrase));
    if (status == STATUS_OK)
        status = session_save(s);
    if (status == STATUS_OK && clash)
        status = targets_show(s, &rotated);
    targets_free(&rotated);
    return status;
}

static void say_granted(struct session *s, const char *env, const char *name)
{
    vault_reader_entry *list, *reader;

    if (reader_find(s, env, name, &list, &reader) == STATUS_OK && reader)
        recipients_remember(reader, 1);
    vault_release(list);
    say_note("%s reads %s now: commit the file", name, env);
}

enum status run_grant(const struct args *args)
{
    struct grantee g = {.name = args->operands[0], .passphrase = BUF_SECRET};
    struct targets asked = {.envs = NULL};
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);

    if (status == STATUS_OK)
        status = session_envs(&s, &asked.envs, &asked.count);
    if (status == STATUS_OK)
        status = targets_open(&s, &asked);
    if (status == STATUS_OK) {
        s.env = asked.envs[0];
        status = read_grantee(&s, &g);
    }
    if (status == STATUS_OK && g.key)
        status = reader_check_key(&s, g.name, g.key);
    if (status == STATUS_OK)
        status = replace_and_give(&s, &g, &asked);
    for (size_t i = 0; i < asked.count && status == STATUS_OK; i++)
        say_granted(&s, asked.envs[i], g.name);
    grantee_free(&g);
    targets_free(&asked);
    session_close(&s);
    return status;
}

/* ---- rotate ---- */

enum status run_rotate(const struct args *args)
{
    vault_past past = args_has(args, OPT_FORGET_PAST) ? VAULT_PAST_FORGET : VAULT_PAST_KEEP;
    struct targets t = {.envs = NULL};
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);

    if (status == STATUS_OK)
        status = session_envs(&s, &t.envs, &t.count);
    if (status == STATUS_OK)
        status = targets_open(&s, &t);
    for (size_t i = 0; i < t.count && status == STATUS_OK; i++) {
        vault_err err = vault_rotate(s.v, t.envs[i], past);

        s.env = t.envs[i];
        if (err != VAULT_OK)
            status = session_error(&s, err);
    }
    if (status == STATUS_OK)
        status = targets_read(&s, &t);
    if (status == STATUS_OK)
        status = session_save(&s);
    if (status == STATUS_OK)
        status = targets_show(&s, &t);
    if (status == STATUS_OK && past == VAULT_PAST_FORGET)
        say_note("a machine that knew the old key asks for vault trust now: tell the others the "
                 "new one");
    targets_free(&t);
    session_close(&s);
    return status;
}

/* ---- trust ---- */

/* Another key is accepted after a question, or with -y. An older one only by a person who has seen
 * both keys, or by its fingerprint: -y does not mean it. */
static enum status confirm_trusted_key(struct session *s, const char *found, const char *known,
                                       bool older)
{
    char question[160];
    vault_err err;

    say_note("%s", vault_error(s->v));
    if (!older) {
        snprintf(question, sizeof question, "accept %s as the key of %.64s", found, s->env);
        return confirm(s->args, question);
    }
    say_note("the key %s is older than %s: whoever was revoked when the newer one was made can "
             "read what is "
             "written under it",
             found, known);
    if (args_has(s->args, OPT_YES) || !terminal_is_there()) {
        say_error(STATUS_INTEGRITY, "%s does not go back to an older key",
                  args_has(s->args, OPT_YES) ? "-y" : "without a terminal trust");
        say_hint("git pull; or name it: vault trust %s --pin %s=%s", s->env, s->env, found);
        return STATUS_INTEGRITY;
    }
    snprintf(question, sizeof question,
             "go back to %s, in place of %s, as the key of %.64s? [y/N] ", found, known, s->env);
    if (!terminal_confirm(question))
        return say_error(STATUS_FAILED, "nothing was accepted");
    err = vault_pin(s->v, s->env, found);
    return err == VAULT_OK ? STATUS_OK : say_vault_error(s->v, err);
}

enum status run_trust(const struct args *args)
{
    const char *env = args->operands[0];
    char found[VAULT_FINGERPRINT_LEN + 1], known[VAULT_FINGERPRINT_LEN + 1];
    char accepted[VAULT_FINGERPRINT_LEN + 1];
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);
    vault_err err = VAULT_OK;
    bool same = false;
    int older = 0;

    s.env = env;
    if (status == STATUS_OK)
        err = vault_pin_state(s.v, env, found, known, &older);
    if (status == STATUS_OK && err == VAULT_OK) {
        same = strcmp(found, known) == 0;
        err = vault_fingerprint(s.v, env, accepted);
        if (err == VAULT_INTEGRITY) { /* the pins refuse it */
            status = confirm_trusted_key(&s, found, known, older);
            err = VAULT_OK;
            same = false;
        }
    }
    if (status == STATUS_OK && err == VAULT_OK && !same)
        err = vault_trust(s.v, env);
    if (status == STATUS_OK && err != VAULT_OK)
        status = session_error(&s, err);
    if (status == STATUS_OK && same)
        say_note("%s has the key that this machine knows: %s", env, found);
    else if (status == STATUS_OK && strcmp(found, known) != 0)
        say_note("%s is trusted with the key %s%s%s", env, found, known[0] ? ", no longer " : "",
                 known);
    else if (status == STATUS_OK)
        say_note("%s is trusted with the key %s", env, found);
    session_close(&s);
    return status;
}

/* ---- readers ---- */

/* A cell: what a reader's seal in an environment is. */
struct cell {
    struct cell *next;
    size_t env;
    enum vault_seal seal;
};

/* A row: one name with one key. */
struct row {
    vault_reader_entry reader;
    struct cell *first, *last; /* in the order of the environments */
};

enum { CELLS_MOST = 1000000 }; /* a larger table is for nobody */

struct matrix {
    const char **envs;
    size_t env_count;
    vault_reader_entry **lists;
    struct row *rows;
    size_t count;
    struct hashtable by_key; /* of a name and its key: the number of the row, from 1 */
    struct arena cells;
    bool forged, unchecked;
};

static void matrix_free(struct matrix *m)
{
    for (size_t i = 0; i < m->env_count && m->lists; i++)
        vault_release(m->lists[i]);
    hashtable_free(&m->by_key);
    arena_free(&m->cells);
    free(m->lists);
    free(m->rows);
    vault_release(m->envs);
}

/* NULL for want of memory. */
static struct row *row_of(struct matrix *m, const vault_reader_entry *reader)
{
    struct buf label = {0};
    size_t *number = NULL;
    struct row *rows;

    buf_printf(&label, "%s %s", reader->name, reader->public_key);
    if (buf_ok(&label))
        number = hashtable_number(&m->by_key, buf_slice(&label));
    buf_free(&label);
    if (number && *number == 0) {
        rows = list_grow(m->rows, m->count, sizeof *rows);
        if (!rows)
            return NULL;
        m->rows = rows;
        rows[m->count++] = (struct row){.reader = *reader};
        *number = m->count;
    }
    return number ? &m->rows[*number - 1] : NULL;
}

static bool add_cell(struct matrix *m, size_t env, const vault_reader_entry *reader)
{
    struct row *row = row_of(m, reader);
    struct cell *cell = arena_alloc(&m->cells, sizeof *cell);

    if (!row || !cell)
        return false;
    *cell = (struct cell){.env = env, .seal = reader->seal};
    *(row->last ? &row->last->next : &row->first) = cell;
    row->last = cell;
    m->forged = m->forged || reader->seal == VAULT_SEAL_FORGED;
    m->unchecked = m->unchecked || reader->seal == VAULT_SEAL_UNCHECKED;
    return true;
}

/* Opens what opens without a question, so that the seals are checked. */
static enum status read_matrix(struct session *s, struct matrix *m)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    enum status status = STATUS_OK;
    vault_err err = vault_env_list(s->v, &m->envs, &m->env_count);

    if (err != VAULT_OK)
        return session_error(s, err);
    m->lists = calloc(m->env_count + 1, sizeof *m->lists);
    if (!m->lists)
        return say_no_memory();
    for (size_t i = 0; i < m->env_count; i++) {
        size_t count = 0;

        s->env = m->envs[i];
        err = vault_pin(s->v, m->envs[i], NULL);
        if (err == VAULT_OK)
            err = vault_fingerprint(s->v, m->envs[i], fingerprint);
        if (err != VAULT_OK && err != VAULT_LOCKED && err != VAULT_NO_CREDENTIAL)
            status = session_error(s, err);
        err = vault_reader_list(s->v, m->envs[i], &m->lists[i], &count);
        if (err != VAULT_OK)
            return session_error(s, err);
        for (size_t j = 0; j < count; j++)
            if (!add_cell(m, i, &m->lists[i][j]))
                return say_no_memory();
    }
    return status;
}

static const char *cell_text(const struct cell *cell)
{
    return !cell ? "-" : cell->seal == VAULT_SEAL_FORGED ? "FORGED" : "reads";
}

static size_t widest(const struct matrix *m)
{
    size_t width = 0;

    for (size_t i = 0; i < m->count; i++)
        if (strlen(m->rows[i].reader.name) > width)
            width = strlen(m->rows[i].reader.name);
    return width;
}

static void write_table(const struct matrix *m, struct buf *out)
{
    enum { CELL = 6, SHOWN = 24, LONG = 128 }; /* a post-quantum key has 1,959 characters */
    int first = (int)widest(m) + 2;

    buf_printf(out, "%-*s", first, "");
    for (size_t e = 0; e < m->env_count; e++)
        buf_printf(out, "%-*s  ", CELL, m->envs[e]);
    buf_add_text(out, "\n");
    for (size_t i = 0; i < m->count; i++) {
        const vault_reader_entry *r = &m->rows[i].reader;
        const struct cell *cell = m->rows[i].first;

        buf_printf(out, "%-*s", first, r->name);
        for (size_t e = 0; e < m->env_count; e++) {
            int width = (int)strlen(m->envs[e]);
            bool here = cell && cell->env == e;

            buf_printf(out, "%-*s  ", width > CELL ? width : CELL, cell_text(here ? cell : NULL));
            cell = here ? cell->next : cell;
        }
        buf_printf(out, "%-11s  ", r->kind);
        text_escape(out, slice_of(r->public_key), strlen(r->public_key) > LONG ? SHOWN : SIZE_MAX);
        buf_add_text(out, r->own ? "  (you)\n" : "\n");
    }
}

static void write_json_readers(const struct matrix *m, struct buf *out)
{
    static const char *const seals[] = {"unchecked", "verified", "forged"};

    buf_add_text(out, "[");
    for (size_t i = 0; i < m->count; i++) {
        const vault_reader_entry *r = &m->rows[i].reader;

        buf_add_text(out, i ? ", {\"name\": " : "{\"name\": ");
        text_json(out, slice_of(r->name));
        buf_add_text(out, ", \"kind\": ");
        text_json(out, slice_of(r->kind));
        buf_add_text(out, ", \"public_key\": ");
        text_json(out, slice_of(r->public_key));
        buf_printf(out, ", \"you\": %s, \"reads\": {", r->own ? "true" : "false");
        for (const struct cell *c = m->rows[i].first; c; c = c->next) {
            buf_add_text(out, c == m->rows[i].first ? "" : ", ");
            text_json(out, slice_of(m->envs[c->env]));
            buf_printf(out, ": \"%s\"", seals[c->seal]);
        }
        buf_add_text(out, "}}");
    }
    buf_add_text(out, "]\n");
}

static enum status refuse_table(const struct matrix *m)
{
    say_error(STATUS_FAILED, "a table of %zu readers and %zu environments is too large", m->count,
              m->env_count);
    say_hint("vault readers --json");
    return STATUS_FAILED;
}

enum status run_readers(const struct args *args)
{
    struct matrix m = {.cells = ARENA_PUBLIC};
    struct buf out = {0};
    struct session s;
    char *own = NULL;
    enum status status = session_open(&s, args, NEEDS_KEY), shown = STATUS_OK;
    vault_err err;

    if (status == STATUS_OK) {
        session_ask_nobody(&s);
        status = read_matrix(&s, &m);
    }
    if (m.lists && !args_has(args, OPT_JSON) && m.count > CELLS_MOST / (m.env_count + 1)) {
        status = refuse_table(&m);
    } else if (m.lists) {
        if (args_has(args, OPT_JSON))
            write_json_readers(&m, &out);
        else
            write_table(&m, &out);
        err = args_has(args, OPT_JSON) ? VAULT_NO_CREDENTIAL : vault_public_key(s.v, &own);
        if (err == VAULT_OK)
            buf_printf(&out, "\nyour public key is %s\n", own);
        if (err == VAULT_NO_MEMORY)
            shown = say_vault_error(s.v, err);
        else
            shown = write_buf(&out) ? STATUS_OK : STATUS_FAILED;
        if (m.unchecked)
            say_note("seals of environments that do not open to you were not checked");
        if (m.forged) {
            shown = say_error(STATUS_INTEGRITY,
                              "a reader that is marked FORGED was put there by somebody "
                              "who cannot open the environment");
            say_hint("git log -p tells by whom; vault verify says more");
        }
    }
    vault_release(own);
    buf_free(&out);
    matrix_free(&m);
    session_close(&s);
    return status == STATUS_OK ? shown : status;
}
