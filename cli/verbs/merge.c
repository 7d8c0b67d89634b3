/* merge: git's merge driver for vaults, and the verb that finishes a conflicted merge. Conflicts
 * are listed by name, author and date. MUST NOT: write a value anywhere but to the terminal of a
 * person who asked for it, or let an answer to all conflicts grant a key to a reader. */
#include "git/history.h"
#include "sources.h"
#include "table.h"
#include "ui/agent.h"
#include "ui/busy.h"
#include "ui/hints.h"
#include "ui/say.h"
#include "ui/terminal.h"

#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE, OURS, THEIRS, VERSIONS };
enum { MARKER_SIZE_MAX = 64 };

struct merging {
    struct session s;
    const char *name; /* of the file, for messages */
    struct buf text[VERSIONS];
    vault_answer all; /* the answer to every conflict */
    bool ask;
};

/* ---- conflicts ---- */

static bool is_kind(const vault_conflict *c, const char *kind)
{
    return strcmp(c->kind, kind) == 0;
}

/* A value or secret that exists only under a rotated-out key, is older, or was removed before. One
 * answer may settle all of an environment. */
static bool is_claim(const vault_conflict *c)
{
    return (is_kind(c, "value") || is_kind(c, "secret")) &&
           (c->why == VAULT_WHY_CLAIM || c->why == VAULT_WHY_OLDER || c->why == VAULT_WHY_RETURNED);
}

/* Whether the answer would grant main's key to a public key. */
static bool gives_a_key(const vault_conflict *c, vault_answer answer)
{
    return is_kind(c, "reader") && answer == c->incoming &&
           (answer == VAULT_ANSWER_OURS ? c->ours->there : c->theirs->there);
}

static vault_answer answer_of(char letter)
{
    switch (letter) {
    case 'o':
        return VAULT_ANSWER_OURS;
    case 't':
        return VAULT_ANSWER_THEIRS;
    case 'b':
        return VAULT_ANSWER_BOTH;
    default:
        return VAULT_ANSWER_NONE;
    }
}

static void add_value(struct buf *out, const char *side, const vault_kv *kv)
{
    buf_printf(out, "%s: ", side);
    if (kv)
        text_escape(out, (struct slice){vault_kv_at(kv, 0).value, vault_kv_at(kv, 0).len},
                    SIZE_MAX);
    buf_add_text(out, kv ? "\n" : "none\n");
}

/* Puts both values before the question. */
static void add_values(vault *v, const vault_conflict *c, struct buf *out)
{
    vault_kv *ours, *theirs;
    vault_err err = vault_conflict_values(v, c, &ours, &theirs);

    if (err != VAULT_OK) {
        say_vault_error(v, err);
        return;
    }
    add_value(out, "ours", ours);
    add_value(out, "theirs", theirs);
    vault_kv_free(ours);
    vault_kv_free(theirs);
}

/* Prompts without echo. */
static bool ask_new_value(vault *v, vault_conflict *c)
{
    struct buf question = {0}, value = BUF_SECRET;
    vault_pair pair = {c->name, NULL, 0};
    bool good;

    buf_printf(&question, "new value of %s/%s/%s: ", c->env, c->secret, c->name);
    good = terminal_ask_hidden(buf_text(&question, "new value: "), &value);
    if (good) {
        pair.value = buf_slice(&value).at;
        pair.len = value.len;
        good = vault_kv_from_pairs(v, &pair, 1, &c->value) == VAULT_OK;
    }
    if (good)
        c->answer = VAULT_ANSWER_NEW;
    else if (!buf_ok(&value) || vault_error(v)[0])
        say_failure("%s", vault_error(v));
    buf_free(&question);
    buf_free(&value);
    return good;
}

/* False: no answer. */
static bool ask_one(vault *v, vault_conflict *c)
{
    bool value = is_kind(c, "value");
    bool shows = value && !agent_variable();
    const char *choice = shows   ? "take [o]urs or [t]heirs, [s]how both values, or a [n]ew one? "
                         : value ? "take [o]urs or [t]heirs, or a [n]ew one? "
                         : is_kind(c, "fork")
                             ? "take [b]oth, under a new key, or [o]urs or [t]heirs alone? "
                             : "take [o]urs or [t]heirs? ";
    char letter = 's';

    for (bool shown = false; letter == 's'; shown = true) {
        struct buf question = BUF_SECRET;

        if (!shown)
            buf_printf(&question, "%s\n", c->sentence);
        else
            add_values(v, c, &question);
        buf_add_text(&question, choice);
        buf_add(&question, "", 1);
        letter = buf_ok(&question) ? terminal_choose(question.data, shows                ? "otsn"
                                                                    : value              ? "otn"
                                                                    : is_kind(c, "fork") ? "otb"
                                                                                         : "ot")
                                   : 0;
        buf_free(&question);
    }
    c->answer = answer_of(letter);
    return letter == 'n' ? ask_new_value(v, c) : letter != 0;
}

/* Whether a conflict belongs to the same question as the first: all open claims of its environment.
 */
static bool is_with(const vault_conflict *first, const vault_conflict *c)
{
    return c->answer == VAULT_ANSWER_NONE && is_claim(c) && strcmp(c->env, first->env) == 0;
}

/* Asks one question for all claims of an environment, which begin at `place`. *each: the answer is
 * to ask each alone. */
static bool ask_claims(vault_conflicts *conflicts, size_t place, bool *each)
{
    const vault_conflict *first = vault_conflicts_at(conflicts, place);
    vault_conflict *c;
    struct buf question = {0};
    size_t claims = 0;
    char letter;

    for (size_t i = place; (c = vault_conflicts_at(conflicts, i)); i++)
        if (is_with(first, c)) {
            buf_printf(&question, "%s\n", c->sentence);
            claims++;
        }
    buf_printf(&question, "take [o]urs or [t]heirs for all %zu, or ask for [e]ach? ", claims);
    buf_add(&question, "", 1);
    letter = claims < 2 ? 'e' : buf_ok(&question) ? terminal_choose(question.data, "ote") : 0;
    buf_free(&question);
    *each = letter == 'e';
    for (size_t i = vault_conflicts_count(conflicts); i-- > place && !*each;) {
        c = vault_conflicts_at(conflicts, i);
        if (is_with(first, c))
            c->answer = answer_of(letter);
    }
    return letter != 0;
}

/* Whether an answer for the whole environment covers this conflict. */
static bool is_settled(vault_conflicts *conflicts, const vault_conflict *c)
{
    const vault_conflict *other;

    for (size_t i = 0; (other = vault_conflicts_at(conflicts, i)); i++)
        if (other != c && strcmp(other->env, c->env) == 0 &&
            (is_kind(other, "fork") || is_kind(other, "environment")) &&
            (other->answer == VAULT_ANSWER_OURS || other->answer == VAULT_ANSWER_THEIRS))
            return true;
    return false;
}

/* MUST NOT: grant a key by an answer to all, since the person has not seen the public key. */
static void answer_all(struct merging *m, vault_conflicts *conflicts)
{
    vault_conflict *c;

    for (size_t i = 0; (c = vault_conflicts_at(conflicts, i)) && m->all != VAULT_ANSWER_NONE; i++)
        if (!c->locked && !gives_a_key(c, m->all))
            c->answer = m->all;
}

static void ask_all(struct merging *m, vault_conflicts *conflicts)
{
    const char *each_of = ""; /* the environment whose claims are asked one by one */
    vault_conflict *c;

    for (size_t i = 0; (c = vault_conflicts_at(conflicts, i)) && m->ask; i++) {
        bool each = true;

        if (c->locked || c->answer != VAULT_ANSWER_NONE || is_settled(conflicts, c))
            continue;
        if (is_claim(c) && strcmp(c->env, each_of) != 0) {
            m->ask = ask_claims(conflicts, i, &each);
            each_of = c->env;
        }
        if (each && m->ask)
            m->ask = ask_one(m->s.v, c); /* without an answer, ask no more */
    }
}

static void resolve(void *user, vault_conflicts *conflicts)
{
    struct merging *m = user;
    const vault_conflict *c;

    answer_all(m, conflicts);
    ask_all(m, conflicts);
    for (size_t i = 0; (c = vault_conflicts_at(conflicts, i)); i++)
        if (c->answer == VAULT_ANSWER_NONE && !is_settled(conflicts, c))
            say_note("in conflict: %s", c->sentence);
}

/* ---- earlier versions ---- */

static int compare_seen(const void *a, const void *b)
{
    const vault_text_seen *x = *(vault_text_seen *const *)a, *y = *(vault_text_seen *const *)b;

    return slice_compare((struct slice){x->text, x->len}, (struct slice){y->text, y->len});
}

static int compare_with_seen(const void *text, const void *seen)
{
    const vault_text_seen *y = *(vault_text_seen *const *)seen;

    return slice_compare(*(const struct slice *)text, (struct slice){y->text, y->len});
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Marks each of the sorted texts that is between two quotes in a version. A quote that ends one
 * text may begin the next, since a comment can contain a single one. */
static void look_into(struct slice version, vault_text_seen **texts, size_t count)
{
    while (version.len > 0) {
        const char *quote = memchr(version.at, '"', version.len), *end;
        vault_text_seen **found;
        struct slice text;
        size_t left = quote ? version.len - (size_t)(quote + 1 - version.at) : 0;

        end = left > 0 ? memchr(quote + 1, '"', left) : NULL;
        if (!end)
            return;
        text = (struct slice){quote + 1, (size_t)(end - quote) - 1};
        found = bsearch(&text, texts, count, sizeof *texts, compare_with_seen);
        if (found)
            (*found)->seen = 1;
        version.len -= (size_t)(end - version.at);
        version.at = end;
    }
}

/* Lists each version of the file once, and returns their number. */
static size_t list_versions(const struct history *h, const char **ids)
{
    size_t count = 0, kept = 0;

    for (size_t i = 0; i < h->count; i++)
        for (size_t j = 0; j < h->commits[i].count; j++) {
            const struct history_edge *edge = &h->commits[i].edges[j];

            if (edge->before)
                ids[count++] = edge->before;
            if (edge->after)
                ids[count++] = edge->after;
        }
    qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(ids[kept - 1], ids[i]) != 0)
            ids[kept++] = ids[i];
    return kept;
}

static enum status look_into_all(struct history *h, vault_text_seen **texts, size_t count)
{
    size_t most = 2 * h->edge_count;
    const char **ids = calloc(most + 1, sizeof *ids);
    enum status status = ids ? STATUS_OK : say_no_memory();
    size_t versions = ids ? list_versions(h, ids) : 0;

    for (size_t i = 0; i < versions && status == STATUS_OK; i++) {
        struct buf text = {0};

        status = history_object(h, ids[i], &text);
        if (status == STATUS_OK)
            look_into(buf_slice(&text), texts, count);
        buf_free(&text);
        busy_at(i, versions);
    }
    free(ids);
    return status;
}

static enum status has_history(const struct history *h, bool *has)
{
    static const char *const has_head[] = {"rev-parse", "--verify", "--quiet", "HEAD", NULL};
    int result = git_output(h->folder, has_head, NULL);

    *has = result == 0;
    return result < 0 ? STATUS_FAILED : STATUS_OK;
}

static bool is_ours(const struct merging *m, const struct history *h)
{
    const char *command[] = {"cat-file", "blob", NULL, NULL};
    struct buf name = {0}, text = {0};
    bool same = false;

    buf_printf(&name, "HEAD:./%s", h->name);
    buf_add(&name, "", 1);
    if (buf_ok(&name)) {
        command[2] = name.data;
        same = git_output(h->folder, command, &text) == 0 && buf_ok(&text) &&
               slice_equal(buf_slice(&text), buf_slice(&m->text[OURS]));
    }
    buf_free(&name);
    buf_free(&text);
    return same;
}

/* If one side moved the file, git names one path, and HEAD may have it at another, or a different
 * file there. Then the history of each file in HEAD with this vault's id counts. */
static enum status find_paths(const struct merging *m, struct history *h)
{
    struct slice ours = buf_slice(&m->text[OURS]);
    enum status status = STATUS_FAILED;
    vault *v;

    if (is_ours(m, h))
        return STATUS_OK;
    v = vault_new();
    if (v && vault_open_bytes(v, ours.at, ours.len) == VAULT_OK)
        status = history_also(h, vault_id(v));
    vault_free(v);
    return status;
}

/* Searches the history of HEAD, which is that of ours, for texts that existed before. If there is
 * no history, or only a part, a note says so, and texts count as new. */
static int look_back(void *user, vault_texts *list)
{
    struct merging *m = user;
    size_t count = vault_texts_count(list);
    vault_text_seen **texts = calloc(count + 1, sizeof *texts);
    struct history h = {.s = NULL};
    enum status status = texts ? history_open(&h, &m->s) : say_no_memory();
    bool there = false;

    for (size_t i = 0; texts && i < count; i++)
        texts[i] = vault_texts_at(list, i);
    if (texts)
        qsort(texts, count, sizeof *texts, compare_seen);
    busy_begin();
    NEXT(status, has_history(&h, &there));
    if (there)
        status = find_paths(m, &h);
    if (there && status == STATUS_OK)
        status = history_read(&h);
    if (there && status == STATUS_OK)
        status = look_into_all(&h, texts, count);
    busy_end();
    if (there && status == STATUS_OK)
        history_say_cut(&h);
    else if (status == STATUS_OK)
        say_note("there is no history: whether something removed comes back is not known");
    history_close(&h);
    free(texts);
    return status == STATUS_OK ? 0 : -1;
}

/* ---- the merge ---- */

static enum status say_merge_error(const struct merging *m, vault_err err)
{
    const vault *v = m->s.v;

    say_failure("%s%s%s", m->name ? m->name : "", m->name ? ": " : "", vault_error(v));
    say_hint_of(v);
    if (err != VAULT_CONFLICT)
        say_hint("%s is unchanged and not merged; once that is fixed: {program} merge",
                 m->name ? m->name : "ours");
    return status_of(err);
}

static enum status merge(struct merging *m, const char *path, bool write_conflicts,
                         size_t marker_size)
{
    const vault_merging how = {.size = sizeof how,
                               .base = buf_slice(&m->text[BASE]).at,
                               .base_len = m->text[BASE].len,
                               .ours = buf_slice(&m->text[OURS]).at,
                               .ours_len = m->text[OURS].len,
                               .theirs = buf_slice(&m->text[THEIRS]).at,
                               .theirs_len = m->text[THEIRS].len,
                               .resolve = resolve,
                               .look_back = look_back,
                               .user = m,
                               .marker_size = marker_size,
                               .path = path,
                               .write_conflicts = write_conflicts};
    vault_err err = vault_merge(m->s.v, &how, NULL, NULL);

    return err == VAULT_OK ? STATUS_OK : say_merge_error(m, err);
}

static enum status merging_open(struct merging *m, const struct args *args, enum needs needs)
{
    const char **envs;
    size_t count;
    enum status status = session_open(&m->s, args, needs);

    if (status == STATUS_OK && args_has(args, OPT_OURS) && args_has(args, OPT_THEIRS))
        status = say_error(STATUS_USAGE, "--ours or --theirs, not both");
    if (args_has(args, OPT_OURS))
        m->all = VAULT_ANSWER_OURS;
    if (args_has(args, OPT_THEIRS))
        m->all = VAULT_ANSWER_THEIRS;
    if (status == STATUS_OK) { /* environments that -e names may be new to this machine */
        status = session_envs(&m->s, &envs, &count);
        free(envs);
    }
    return status;
}

static void merging_close(struct merging *m)
{
    for (int i = 0; i < VERSIONS; i++)
        buf_free(&m->text[i]);
    session_close(&m->s);
}

/* ---- as git's driver ---- */

static enum status read_marker_size(const struct args *args, size_t *size)
{
    const char *text = args_last(args, OPT_MARKER_SIZE);
    uint64_t number = 0;

    if (text && !text_number(slice_of(text), MARKER_SIZE_MAX, &number))
        return say_error(STATUS_USAGE, "--marker-size takes a number up to %d", MARKER_SIZE_MAX);
    *size = (size_t)number;
    return STATUS_OK;
}

static enum status run_driver(const struct args *args)
{
    struct merging m = {.name = args_last(args, OPT_PATH)};
    size_t marker_size = 0;
    enum status status = merging_open(&m, args, NEEDS_NEW_FILE);

    m.s.path = m.name ? m.name : args->operands[OURS]; /* the file whose history counts */
    NEXT(status, read_marker_size(args, &marker_size));
    for (int i = 0; i < VERSIONS && status == STATUS_OK; i++)
        status = value_read(args->operands[i], &m.text[i]);
    NEXT(status, merge(&m, args->operands[OURS], true, marker_size));
    merging_close(&m);
    return status;
}

/* ---- finishing a merge ---- */

/* The folder and the name of the conflicted file. */
struct place {
    char *folder;
    const char *name;
};

static enum status find_place(const char *path, struct place *p)
{
    char *real = realpath(path, NULL), *slash = real ? strrchr(real, '/') : NULL;

    if (!real && errno == ENOMEM)
        return say_no_memory();
    if (!slash) {
        free(real);
        return say_error(STATUS_ABSENT, "no file %s", path);
    }
    *slash = '\0';
    p->folder = real;
    p->name = slash + 1;
    return STATUS_OK;
}

static enum status not_in_a_merge(struct merging *m)
{
    say_error(STATUS_ABSENT, "%s is not in an unfinished merge", m->s.path);
    if (vault_open(m->s.v, m->s.path) == VAULT_CONFLICT)
        say_hint("if it was added too early, git checkout -m -- %s restores the merge; if it was "
                 "committed, git log -p -- %s shows by whom",
                 m->s.path, m->s.path);
    else
        say_hint("git status");
    return STATUS_ABSENT;
}

/* One blob of the index: "MODE ID STAGE<tab>NAME". */
static enum status read_stage(struct merging *m, const char *folder, char *entry, bool *found)
{
    char *id = strchr(entry, ' '), *stage = id ? strchr(++id, ' ') : NULL;
    const char *arguments[] = {"cat-file", "blob", id, NULL};
    int number, result;

    if (!stage)
        return say_error(STATUS_FAILED, "cannot read the output of git ls-files");
    *stage++ = '\0';
    number = *stage - '1';
    if (number < BASE || number > THEIRS)
        return STATUS_OK;
    found[number] = true;
    result = git_output(folder, arguments, &m->text[number]);
    if (result > 0)
        say_error(STATUS_FAILED, "git has lost a version of %s", m->s.path);
    return result == 0 ? STATUS_OK : STATUS_FAILED;
}

/* Reads the three versions of an unfinished merge from the index. */
static enum status read_stages(struct merging *m, const struct place *p)
{
    const char *arguments[] = {"--literal-pathspecs", "ls-files", "-u", "-z", "--", p->name, NULL};
    bool found[VERSIONS] = {false};
    struct buf list = {0};
    enum status status = STATUS_OK;
    int exit_status = git_output(p->folder, arguments, &list);

    if (exit_status == GIT_NOT_HERE)
        status = say_error(STATUS_FAILED, "git is not installed");
    else if (exit_status < 0)
        status = STATUS_FAILED;
    else if (exit_status != 0 || list.len == 0)
        status = not_in_a_merge(m);
    for (char *entry = list.data, *next; status == STATUS_OK && entry < list.data + list.len;
         entry = next) {
        next = entry + strlen(entry) + 1;
        status = read_stage(m, p->folder, entry, found);
    }
    buf_free(&list);
    if (status != STATUS_OK || (found[OURS] && found[THEIRS]))
        return status;
    say_error(STATUS_CONFLICT, "one side has deleted %s, the other has changed it", m->s.path);
    say_hint("git add keeps it, git rm deletes it");
    return STATUS_CONFLICT;
}

static bool same_but_line_ends(struct slice a, struct slice b)
{
    size_t i = 0, j = 0;

    for (;;) {
        while (i < a.len && a.at[i] == '\r')
            i++;
        while (j < b.len && b.at[j] == '\r')
            j++;
        if (i == a.len || j == b.len)
            return i == a.len && j == b.len;
        if (a.at[i++] != b.at[j++])
            return false;
    }
}

/* MUST NOT: overwrite a file that someone resolved by hand. */
static enum status check_untouched(struct merging *m)
{
    struct buf now = {0};
    enum status status = STATUS_OK;

    if (vault_open(m->s.v, m->s.path) == VAULT_OK) {
        status = value_read(m->s.path, &now);
        if (status == STATUS_OK &&
            !same_but_line_ends(buf_slice(&now), buf_slice(&m->text[OURS]))) {
            status = say_error(STATUS_FAILED, "%s was resolved by hand", m->s.path);
            say_hint("git add -- %s keeps it; git checkout -m -- %s starts again", m->s.path,
                     m->s.path);
        }
    }
    buf_free(&now);
    return status;
}

static enum status stage(const struct merging *m, const struct place *p)
{
    const char *arguments[] = {"--literal-pathspecs", "add", "--", p->name, NULL};

    /* MUST NOT: run a program that the repository names, such as a filter. */
    if (git_has_filter(p->folder, p->name) == 0 && git_output(p->folder, arguments, NULL) == 0) {
        say_note("%s is merged and staged: git commit, or git rebase --continue", m->s.path);
        return STATUS_OK;
    }
    say_error(STATUS_FAILED, "%s is merged, but git cannot stage it", m->s.path);
    say_hint("git add -- %s", m->s.path);
    return STATUS_FAILED;
}

static enum status run_finish(const struct args *args)
{
    struct merging m = {.ask = true};
    struct place p = {NULL, NULL};
    enum status status = merging_open(&m, args, NEEDS_PLACE);

    m.ask = terminal_is_there();
    m.name = m.s.path;
    NEXT(status, find_place(m.s.path, &p));
    NEXT(status, read_stages(&m, &p));
    NEXT(status, check_untouched(&m));
    NEXT(status, merge(&m, m.s.path, false, 0));
    NEXT(status, stage(&m, &p));
    free(p.folder);
    merging_close(&m);
    return status;
}

enum status run_merge(const struct args *args)
{
    if (args->count == 0)
        return run_finish(args);
    if (args->count == VERSIONS)
        return run_driver(args);
    say_error(STATUS_USAGE, "merge takes BASE OURS THEIRS, or nothing");
    say_hint("{program} merge -h");
    return STATUS_USAGE;
}
