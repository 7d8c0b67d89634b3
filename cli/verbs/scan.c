/* scan: finds the vault's values in plain text, and prints where they are, never what they are. As
 * a hook, MUST NOT: prompt, or stop someone who cannot open the vault; MUST: stop the commit of a
 * vault that is damaged or has conflict markers. No value is handed out, so pins are neither
 * checked nor made. */
#include "scan_texts.h"
#include "scan_values.h"

#include "git/git.h"
#include "session/session.h"
#include "table.h"
#include "ui/json.h"
#include "ui/say.h"

#include "base/hashtable.h"
#include "base/text.h"
#include "find/grams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

enum {
    PIECE = 256 << 10, /* bytes of a text that are read at once */
    HELD_MOST = 4 << 20,
    HELD_FOR_EACH = 1 << 10, /* value: a filter over so many bytes takes less than its forms */
    OUT_MOST = 64 << 10,
    COMMIT_SHOWN = 10 /* digits of a commit's ID */
};

struct scan {
    struct session s;
    struct history h;
    struct scan_values c;
    struct held_texts held; /* until `walk` has begun */
    struct leak_walk walk;
    struct buf out;
    struct buf staged_vault;
    size_t places, found, texts, versions;
    const char *blob;  /* of the text that is looked through; NULL outside the history */
    struct buf commit; /* where the blob is from, once something was found in it */
    bool json, hook, searching;
    bool partial; /* not all values are searched for */
};

/* ---- findings ---- */

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* A path that is not UTF-8 is escaped. */
static void add_json(struct scan *s, const char *path, const struct leak *leak,
                     const struct value *e)
{
    struct buf escaped = {0}, *out = &s->out;
    bool is_text = text_is_utf8(slice_of(path));

    if (!is_text)
        text_escape(&escaped, slice_of(path), SIZE_MAX);
    buf_add_text(out, s->found ? ",\n  {" : "\n  {"); /* the object before may be written already */
    if (s->commit.len > 0)
        json_text(out, "commit", buf_slice(&s->commit));
    json_text(out, "file", is_text ? slice_of(path) : buf_slice(&escaped));
    if (leak->line)
        json_raw(out, "line", "%zu", leak->line);
    json_raw(out, "offset", "%zu", leak->offset);
    json_word(out, "form", form_name(leak->form));
    json_word(out, "env", e->env);
    json_word(out, "secret", e->secret);
    json_word(out, "key", e->name);
    json_raw(out, "former", "%s}", e->former ? "true" : "false");
    buf_free(&escaped);
}

/* "FILE:LINE: SECRET/NAME in ENV", with all environments of the same variable on one line. */
static void add_line(struct scan *s, const char *path, const struct leak *leak,
                     const struct value *e, bool same_key)
{
    const char *former = e->former ? " (former)" : "";

    if (same_key) {
        buf_printf(&s->out, ", %s%s", e->env, former);
        return;
    }
    if (s->blob)
        buf_printf(&s->out, "%.*s:", COMMIT_SHOWN,
                   s->commit.len > 0 ? buf_text(&s->commit, "") : s->blob);
    text_escape(&s->out, slice_of(path), SIZE_MAX);
    if (leak->line)
        buf_printf(&s->out, ":%zu: ", leak->line);
    else
        buf_printf(&s->out, ": byte %zu: ", leak->offset);
    buf_printf(&s->out, "%s/%s%s%s in %s%s", e->secret, e->name,
               leak->form == FORM_PLAIN ? "" : " as ",
               leak->form == FORM_PLAIN ? "" : form_name(leak->form), e->env, former);
}

static bool is_same_key(const struct value *a, const struct value *b)
{
    return strcmp(a->secret, b->secret) == 0 && strcmp(a->name, b->name) == 0;
}

static enum status report(struct scan *s, const char *path, const struct leak *leak,
                          const struct value *entries, size_t count)
{
    if (s->blob && s->commit.len == 0 && scan_texts_commit(s->blob, &s->commit) != STATUS_OK)
        return STATUS_FAILED;
    s->places++;
    for (size_t i = 0; i < count; i++) {
        bool same_key = i > 0 && is_same_key(&entries[i], &entries[i - 1]);

        if (s->json) {
            add_json(s, path, leak, &entries[i]);
        } else {
            if (i > 0 && !same_key)
                buf_add_text(&s->out, "\n");
            add_line(s, path, leak, &entries[i], same_key);
        }
        s->found++;
    }
    if (!s->json && count > 0)
        buf_add_text(&s->out, "\n");
    if (s->out.len < OUT_MOST)
        return STATUS_OK;
    if (write_buf(&s->out) != STATUS_OK)
        return STATUS_FAILED;
    buf_clear(&s->out);
    return STATUS_OK;
}

/* ---- one text ---- */

/* In a file of variables, a value that is too short or common to be searched for elsewhere is found
 * after its own name. */
static enum status look_at_line(struct scan *s, const char *path, struct slice line,
                                const struct leak *leak)
{
    struct slice key, value;
    enum status status = STATUS_OK;

    if (!leak_assignment(line, &key, &value) || value.len == 0)
        return STATUS_OK;
    for (size_t i = s->c.first[s->c.value_count]; i < s->c.all.count && status == STATUS_OK; i++) {
        const struct value *e = &s->c.all.list[i];

        if (slice_is(key, e->name) && slice_equal(value, e->value))
            status = report(s, path, leak, e, 1);
    }
    return status;
}

/* Looks only at the first piece: such files are small. */
static enum status look_at_variables(struct scan *s, const char *path, struct slice text)
{
    struct leak leak = {.form = FORM_PLAIN, .line = 1};
    enum status status = STATUS_OK;

    if (slice_begins(text, BYTE_ORDER_MARK))
        leak.offset = strlen(BYTE_ORDER_MARK);
    text.at += leak.offset;
    text.len -= leak.offset;

    for (; text.len > 0 && status == STATUS_OK; leak.line++) {
        const char *end = memchr(text.at, '\n', text.len);
        struct slice line = {text.at, end ? (size_t)(end - text.at) : text.len};

        status = look_at_line(s, path, line, &leak);
        leak.offset += line.len + 1;
        text.at += line.len + (end != NULL);
        text.len -= line.len + (end != NULL);
    }
    return status;
}

static enum status report_all(struct scan *s, const char *path, enum needles_rest rest)
{
    enum status status = STATUS_OK;
    struct leak leak;

    while (status == STATUS_OK && leak_next(&s->walk, rest, &leak)) {
        size_t first = s->c.first[leak.value];

        status = report(s, path, &leak, &s->c.all.list[first], s->c.first[leak.value + 1] - first);
    }
    return status;
}

static bool is_the_vault(const struct scan *s, const char *path)
{
    struct stat a, b;

    return s->s.path &&
           (strcmp(path, s->s.path) == 0 || (stat(path, &a) == 0 && stat(s->s.path, &b) == 0 &&
                                             a.st_dev == b.st_dev && a.st_ino == b.st_ino));
}

static enum status search(void *user, struct text *text)
{
    struct scan *s = user;
    bool is_vault = s->hook && text->is_staged && is_the_vault(s, text->path);
    enum status status = STATUS_OK;
    ssize_t got = 1;

    leak_new_text(&s->walk);
    s->blob = text->blob;
    buf_clear(&s->commit);
    s->texts += !text->blob;
    s->versions += text->blob != NULL;
    for (size_t pieces = 0; got > 0 && status == STATUS_OK; pieces++) {
        char *room = leak_room(&s->walk, PIECE);

        if (!room)
            return say_no_memory();
        got = text_read(text, room, PIECE);
        if (got < 0)
            return STATUS_FAILED;
        leak_add(&s->walk, (size_t)got);
        if (is_vault)
            buf_add(&s->staged_vault, room, (size_t)got);
        if (pieces == 0 && leak_is_env_file(text->path))
            status = look_at_variables(s, text->path, (struct slice){room, (size_t)got});
        NEXT(status, report_all(s, text->path, got > 0 ? NEEDLES_MORE : NEEDLES_END));
    }
    return status;
}

/* Begins the search, with the texts that were kept. */
static enum status begin_search(struct scan *s, const struct grams *grams)
{
    struct scan_texts texts = {.look = search, .user = s};

    if (!scan_values_search(&s->c, grams))
        return say_no_memory();
    leak_begin(&s->walk, s->c.leaks);
    s->searching = true;
    return scan_texts_held(&texts, &s->held);
}

/* A few texts are kept, since it is quicker to prepare a search only for what can be in them. */
static enum status look_through(void *user, struct text *text)
{
    struct scan *s = user;
    size_t most =
        s->c.value_count < HELD_MOST / HELD_FOR_EACH ? s->c.value_count * HELD_FOR_EACH : HELD_MOST;
    enum status status = STATUS_OK;
    bool kept = false;

    if (!s->searching) {
        status = held_add(&s->held, text, most, &kept);
        if (status == STATUS_OK && !kept)
            status = begin_search(s, NULL);
    }
    return status == STATUS_OK && !kept ? search(s, text) : status;
}

/* After the last text. */
static enum status search_held(struct scan *s)
{
    struct grams *grams = grams_make(s->held.bytes.len);
    enum status status = STATUS_OK;

    if (!grams)
        return say_no_memory();
    for (size_t i = 0; i < s->held.count; i++)
        grams_add(grams, held_bytes(&s->held, i));
    status = begin_search(s, grams);
    grams_free(grams);
    return status;
}

/* ---- the values ---- */

static bool has_passphrase(struct scan *s, const char *env)
{
    vault_readers *list = NULL;
    bool found = false;

    if (!s->hook || vault_reader_list(s->s.v, env, &list) != VAULT_OK)
        return false;
    for (size_t i = 0; i < vault_readers_count(list) && !found; i++)
        found = strcmp(vault_readers_at(list, i)->kind, "passphrase") == 0;
    vault_release(list);
    return found;
}

/* Adds the values of the environments that open; a named one must. */
static enum status add_values(struct scan *s, const char *const *envs, size_t count, bool named)
{
    struct buf closed = {0};
    enum status status = STATUS_OK;
    vault_err last = VAULT_OK;
    size_t opened = 0;
    const char *unlockable = NULL;

    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        vault_err err = values_add_env(&s->c.all, s->s.v, envs[i], NULL);

        NEXT(err, values_add_results(&s->c.all, s->s.v, envs[i]));
        if (err == VAULT_OK)
            opened++;
        else if (!is_locked(err) || named)
            status = session_error(&s->s, err);
        else
            buf_printf(&closed, "%s%s", closed.len ? ", " : "", envs[i]), last = err;
        if (is_locked(err) && !unlockable && has_passphrase(s, envs[i]))
            unlockable = envs[i];
    }
    if (status == STATUS_OK && opened == 0 && last != VAULT_OK && !s->hook)
        status = session_error(&s->s, last);
    else if (status == STATUS_OK && closed.len > 0 && buf_ok(&closed))
        say_note("you cannot open these, so their values are not searched for: %s", closed.data);
    if (status == STATUS_OK && unlockable)
        say_hint("{program} unlock -e %s", unlockable);
    s->partial = s->partial || closed.len > 0;
    buf_free(&closed);
    return status;
}

/* Adds former values from the history. */
static enum status add_history(struct scan *s, const char *const *envs, size_t count)
{
    size_t unread = 0;
    enum status status = history_open(&s->h, &s->s);

    NEXT(status, scan_values_add_history(&s->c, &s->h, envs, count, &unread));
    if (status == STATUS_OK && unread > 0)
        say_note("%zu change%s in the history cannot be opened: those values are not searched for",
                 unread, plural(unread));
    return status;
}

static enum status find_values(struct scan *s)
{
    const char **envs = NULL;
    size_t count = 0;
    bool named = args_has(s->s.args, OPT_ENV);
    enum status status = STATUS_OK;
    vault_err err = VAULT_OK;

    if (named)
        status = session_envs(&s->s, &envs, &count);
    else
        err = vault_env_list(s->s.v, &envs, &count);
    if (err != VAULT_OK)
        status = session_error(&s->s, err);
    NEXT(status, add_values(s, envs, count, named));
    if (status == STATUS_OK && args_has(s->s.args, OPT_HISTORY))
        status = add_history(s, named ? envs : NULL, count);
    if (named)
        free(envs);
    else
        vault_release(envs);
    return status;
}

/* Names each variable once, however many values it had. */
static void say_left_out(struct scan *s, enum leak_worth worth, const char *why)
{
    struct buf names = {0}, name = {0};
    struct hashtable said = {0};

    for (size_t i = s->c.first[s->c.value_count]; i < s->c.all.count; i++) {
        const struct value *e = &s->c.all.list[i];
        size_t *times;

        if (e->worth != worth)
            continue;
        buf_clear(&name);
        buf_printf(&name, "%s/%s in %s", e->secret, e->name, e->env);
        times = buf_ok(&name) ? hashtable_number(&said, buf_slice(&name)) : NULL;
        if (times && (*times)++ == 0)
            buf_printf(&names, "%s%s", names.len ? ", " : "", name.data);
    }
    if (names.len > 0 && buf_ok(&names))
        say_note("%s, and not searched for: %s", why, names.data);
    s->partial = s->partial || names.len > 0;
    hashtable_free(&said);
    buf_free(&name);
    buf_free(&names);
}

static void say_all_left_out(struct scan *s)
{
    say_left_out(s, LEAK_TOO_SHORT, "under 8 bytes");
    say_left_out(s, LEAK_COMMON, "common words");
}

/* A branch may have no vault. */
static bool is_there(const struct session *s)
{
    return s->path && (access(s->path, F_OK) == 0 || errno != ENOENT);
}

/* As a hook, notes what it could not search for and lets the commit pass: people without a key
 * would remove a hook that stopped them. */
static enum status prepare_scan(struct scan *s, const struct args *args)
{
    enum status status = session_open(&s->s, args, s->hook ? NEEDS_ANY_KEY : NEEDS_VERSIONS);

    if (s->hook && s->s.v)
        session_ask_nobody(&s->s);
    if (status == STATUS_OK && (!s->hook || is_there(&s->s)))
        status = find_values(s);
    if (status != STATUS_OK && s->hook) {
        say_note("so not all values were searched for");
        s->partial = true;
        status = STATUS_OK;
    }
    if (status == STATUS_OK && !scan_values_finish(&s->c))
        status = say_no_memory();
    if (status == STATUS_OK && !s->hook)
        say_all_left_out(s);
    return status;
}

/* ---- what the hook leaves out ---- */

/* Whether `git config vault.strict` is true; also if git cannot say. */
static bool is_strict(void)
{
    static const char *const arguments[] = {"config", "--type=bool", "--get", "vault.strict", NULL};
    struct buf answer = {0};
    int result = git_output(NULL, arguments, &answer);
    bool strict = result > 1 || (result == 0 && !slice_begins(buf_slice(&answer), "false"));

    buf_free(&answer);
    return strict;
}

/* If anything is staged, the hook says which values it did not search for. Under vault.strict it
 * then stops the commit. */
static enum status judge_partial(struct scan *s)
{
    if (!s->hook || s->texts == 0)
        return STATUS_OK;
    say_all_left_out(s);
    if (!s->partial || !is_strict())
        return STATUS_OK;
    say_error(STATUS_FAILED, "not all values were searched for, and git config vault.strict is on");
    say_hint("{program} set --open for a value that is no secret; git commit --no-verify skips the "
             "hook");
    return STATUS_FAILED;
}

/* ---- the vault that is staged ---- */

/* Environments that open must verify. */
static enum status check_staged_vault(struct scan *s)
{
    const char **envs = NULL;
    size_t count = 0;
    enum status status = STATUS_OK;
    vault_err err = vault_open_bytes(s->s.v, s->staged_vault.data, s->staged_vault.len);

    NEXT(err, vault_env_list(s->s.v, &envs, &count));
    for (size_t i = 0; i < count && err == VAULT_OK; i++) {
        err = vault_verify(s->s.v, envs[i], NULL, NULL);
        if (is_locked(err))
            err = VAULT_OK;
    }
    if (err != VAULT_OK) {
        status = session_error(&s->s, err);
        say_hint("git restore --staged %s", s->s.path);
    }
    vault_release(envs);
    return status;
}

/* ---- the verb ---- */

static enum status walk(struct scan *s)
{
    const struct args *a = s->s.args;
    struct scan_texts texts = {.look = look_through, .user = s};
    enum status status = STATUS_OK;

    if (args_has(a, OPT_STAGED))
        status = scan_texts_staged(&texts, a->operands, a->count);
    else if (a->count == 0)
        status = scan_texts_in_tree(&texts);
    for (int i = 0; i < a->count && status == STATUS_OK && !args_has(a, OPT_STAGED); i++)
        status = scan_texts_at(&texts, a->operands[i]);
    if (status == STATUS_OK && args_has(a, OPT_HISTORY) && a->count == 0 &&
        !args_has(a, OPT_STAGED))
        status = scan_texts_in_history(&texts);
    if (!s->searching) {
        enum status searched = search_held(s); /* also if a later text could not be read */

        NEXT(status, searched);
    }
    if (status == STATUS_OK && !leak_ok(&s->walk))
        status = say_no_memory();
    if (status == STATUS_OK && texts.unread)
        status = s->found > 0 ? STATUS_FOUND : STATUS_FAILED;
    return status;
}

static void say_summary(const struct scan *s)
{
    struct buf versions = {0};

    if (s->versions > 0)
        buf_printf(&versions, " and %zu version%s in git", s->versions, plural(s->versions));
    say_note("searched for %zu value%s in %zu file%s%s: found in %zu place%s", s->c.value_count,
             plural(s->c.value_count), s->texts, plural(s->texts), buf_text(&versions, ""),
             s->places, plural(s->places));
    buf_free(&versions);
}

static enum status conclude(struct scan *s)
{
    if (s->json)
        buf_add_text(&s->out, s->found ? "\n]\n" : "]\n");
    if (write_buf(&s->out) != STATUS_OK)
        return STATUS_FAILED;
    if (!s->hook)
        say_summary(s);
    if (s->found > 0 && s->hook) {
        say_error(STATUS_FOUND, "values of the vault are staged as plain text");
        say_hint(
            "git restore --staged FILE unstages a file; git commit --no-verify skips the hook");
    }
    if (s->found > 0)
        return STATUS_FOUND;
    return args_has(s->s.args, OPT_HISTORY) ? history_judge(&s->h, STATUS_OK) : STATUS_OK;
}

enum status run_scan(const struct args *args)
{
    struct scan s = {.s = {.args = args},
                     .c = SCAN_VALUES_EMPTY,
                     .held = HELD_TEXTS_NONE,
                     .json = args_has(args, OPT_JSON),
                     .hook = args_has(args, OPT_HOOK)};
    enum status status = prepare_scan(&s, args), checked = STATUS_OK;

    if (status == STATUS_OK) {
        buf_add_text(&s.out, s.json ? "[" : "");
        status = walk(&s);
        if (s.searching)
            leak_end(&s.walk);
    }
    if (s.staged_vault.len > 0)
        checked = check_staged_vault(&s);
    if (status == STATUS_OK && checked == STATUS_OK)
        checked = judge_partial(&s);
    NEXT(status, conclude(&s));
    if (checked != STATUS_OK)
        status = checked;
    held_free(&s.held);
    scan_values_free(&s.c);
    history_close(&s.h);
    buf_free(&s.out);
    buf_free(&s.commit);
    buf_free(&s.staged_vault);
    session_close(&s.s);
    return status;
}
