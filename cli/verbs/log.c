/* log: each change of each value in the history. */
#include "git/difference.h"
#include "git/signatures.h"
#include "git/walk.h"
#include "run/pager.h"
#include "sources.h"
#include "table.h"
#include "ui/json.h"
#include "ui/say.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The text about one commit. */
struct chapter {
    const struct history_commit *commit;
    size_t start, end; /* in out */
};

struct log {
    struct session s;
    struct history h;
    struct key_path path; /* a name alone may also be a secret's */
    bool reveal, json, wanted, broken, failed, is_signed;
    struct signatures signatures;
    struct chapter *chapters; /* the oldest first */
    size_t count;
    uint64_t most; /* commits to show */
    int64_t since; /* the date of the first one */
    char noted[VAULT_NAME_MAX + 1];
    struct buf out, shown;
};

static bool is_wanted(const struct log *l, const vault_difference *d)
{
    if (!l->wanted)
        return true;
    if (d->part != VAULT_PART_VALUE)
        return false;
    if (l->path.secret[0])
        return strcmp(d->secret, l->path.secret) == 0 && strcmp(d->name, l->path.key) == 0;
    return strcmp(d->name, l->path.key) == 0 || strcmp(d->secret, l->path.key) == 0;
}

static void note_unread(struct log *l, const struct history_commit *c, const vault_difference *d)
{
    if (!is_locked(d->error)) {
        if (d->in_after) /* else it was reported at its own commit */
            say_note("%s: %s", c->id, d->sentence);
        l->broken = true;
    } else if (strcmp(l->noted, d->env) != 0) {
        strcpy(l->noted, d->env);
        say_note("you cannot open all versions of %s: there, ciphertexts are compared", d->env);
    }
}

static bool begin_chapter(struct log *l, const struct history_commit *c)
{
    struct chapter *all = l->chapters;

    if (l->count > 0 && all[l->count - 1].commit == c)
        return true;
    all = list_grow(all, l->count, sizeof *all);
    if (!all)
        return false;
    l->chapters = all;
    all[l->count++] = (struct chapter){c, l->out.len, l->out.len};
    return true;
}

/* Who signed a commit, with a key of today's readers: a name, or "". It is unverified: --history
 * --signed is the check. */
static void find_signer(const struct log *l, const char *key, struct buf *name)
{
    char own[SIGNATURE_KEY];
    const char **envs;
    size_t count;

    if (vault_env_list(l->s.v, &envs, &count) != VAULT_OK)
        return;
    for (size_t i = 0; i < count && name->len == 0; i++) {
        vault_readers *list = NULL;

        if (vault_reader_list(l->s.v, envs[i], &list) != VAULT_OK)
            continue;
        for (size_t j = 0; j < vault_readers_count(list) && name->len == 0; j++) {
            signature_key(vault_readers_at(list, j)->public_key, own);
            if (own[0] && strcmp(own, key) == 0)
                buf_add_text(name, vault_readers_at(list, j)->name);
        }
        vault_release(list);
    }
    vault_release(envs);
}

static void add_signer(struct log *l, const char *commit, struct buf *out)
{
    struct signature s = signature_of(&l->signatures, commit);
    struct buf name = {0};

    if (s.state == SIGNATURE_VALID)
        find_signer(l, s.key, &name);
    else
        buf_add_text(&name, s.signer);
    if (l->json) {
        json_word(out, "signature", signature_word(s.state));
        if (text_is_utf8(buf_slice(&name)))
            json_text(out, "signer", buf_slice(&name));
        json_word(out, "signature_key", text_is_utf8(slice_of(s.key)) ? s.key : "");
    } else {
        buf_printf(out, "  (%s%s", signature_word(s.state), s.key[0] ? ", signed by " : "");
        text_escape(out, name.len ? buf_slice(&name) : slice_of(s.key), SIZE_MAX);
        buf_add_text(out, ")");
    }
    buf_free(&name);
}

static void add_json(struct log *l, const struct history_commit *c, const vault_difference *d)
{
    buf_add_text(&l->out, "  {");
    json_word(&l->out, "commit", c->id);
    if (text_is_utf8(slice_of(c->author)))
        json_word(&l->out, "commit_author", c->author);
    else
        json_raw(&l->out, "commit_author", "null");
    json_date(&l->out, "commit_date", c->date);
    if (l->is_signed)
        add_signer(l, c->id, &l->out);
    difference_add_json(&l->out, d, l->reveal);
    buf_add_text(&l->out, "},\n");
}

static void add_change(void *user, const struct history_step *t)
{
    struct log *l = user;
    const vault_difference *d = t->difference;

    if (!d) {
        say_note("%s: not a readable vault: %s", t->commit->id, t->sentence);
        return;
    }
    if (d->what == VAULT_WHAT_UNREAD) {
        note_unread(l, t->commit, d);
        return;
    }
    if (!is_wanted(l, d))
        return;
    if (!begin_chapter(l, t->commit)) {
        l->failed = true;
        return;
    }
    if (l->json) {
        add_json(l, t->commit, d);
    } else {
        buf_add_text(&l->out, "  ");
        difference_add_line(&l->out, d, l->reveal);
    }
    l->chapters[l->count - 1].end = l->out.len;
}

/* Writes the newest first. */
static void show(struct log *l)
{
    struct buf *out = &l->shown;

    size_t shown = 0;

    buf_add_text(out, l->json ? "[" : "");
    for (size_t i = l->count; i-- > 0 && shown < l->most;) {
        const struct chapter *c = &l->chapters[i];

        if (c->commit->date < l->since)
            continue;
        buf_add_text(out, l->json == (shown++ == 0) ? "\n" : "");
        if (!l->json) {
            buf_printf(out, "%.*s ", HISTORY_SHORT_ID, c->commit->id);
            text_date(out, c->commit->date);
            buf_add_text(out, " ");
            text_escape(out, slice_of(c->commit->author), SIZE_MAX);
            if (l->is_signed)
                add_signer(l, c->commit->id, out);
            buf_add_text(out, "\n");
        }
        buf_add(out, buf_slice(&l->out).at + c->start, c->end - c->start);
    }
    if (l->json && shown > 0 && buf_ok(out))
        out->len -= 2; /* the last comma */
    buf_add_text(out, l->json ? shown ? "\n]\n" : "]\n" : "");
}

static enum status say_nothing_found(const struct log *l)
{
    const struct key_path *p = &l->path;

    if (!l->wanted) {
        say_error(STATUS_ABSENT, "no version has an environment %s", l->h.env);
        say_hint("{program} env list");
        return STATUS_ABSENT;
    }
    say_error(STATUS_ABSENT, "%s never had a variable %s%s%s", l->s.env, p->secret,
              p->secret[0] ? "/" : "", p->key);
    say_hint("{program} log -e %s", l->s.env);
    return STATUS_ABSENT;
}

static enum status log_changes(struct log *l)
{
    const struct history_only only = {l->s.env, l->path.secret, l->path.key};
    const struct history_walk changes = {
        .env = l->h.env, .only = l->wanted ? &only : NULL, .tell = add_change, .user = l};
    enum status status = history_read(&l->h);

    if (status == STATUS_OK && l->is_signed)
        status = signatures_read(&l->signatures, &l->h);
    NEXT(status, history_walk(&l->h, &changes));
    if (status == STATUS_OK && (l->failed || !buf_ok(&l->out)))
        status = say_no_memory();
    if (status != STATUS_OK)
        return status;
    history_say_cut(&l->h);
    if (l->h.env && l->count == 0 && !l->broken)
        return say_nothing_found(l);
    show(l);
    if (pager_write(l->s.args, &l->shown) != STATUS_OK)
        return STATUS_FAILED;
    if (!l->broken)
        return STATUS_OK;
    say_error(STATUS_INTEGRITY, "some versions do not verify");
    say_hint("{program} verify --history");
    return STATUS_INTEGRITY;
}

/* A name alone may be a variable's or a secret's. */
static bool read_operand(const char *word, struct key_path *path)
{
    if (!text_is_name(slice_of(word)))
        return key_path_read(word, path);
    path->secret[0] = '\0';
    strcpy(path->key, word);
    return true;
}

/* --max and --since. */
static enum status read_limits(const struct args *args, struct log *l)
{
    const char *most = args_last(args, OPT_MAX), *since = args_last(args, OPT_SINCE);
    uint64_t ago;

    if (most && (!text_number(slice_of(most), SIZE_MAX, &l->most) || l->most == 0))
        return say_error(STATUS_USAGE, "-n takes a number");
    if (since && text_duration(slice_of(since), INT64_MAX, &ago))
        l->since = (int64_t)time(NULL) - (int64_t)ago;
    else if (since && !text_day_read(slice_of(since), &l->since))
        return say_error(STATUS_USAGE, "--since takes a date or a time: 2026-01-31, 90d, 26w");
    return STATUS_OK;
}

enum status run_log(const struct args *args)
{
    struct log l = {.reveal = args_has(args, OPT_REVEAL),
                    .json = args_has(args, OPT_JSON),
                    .wanted = args->count > 0,
                    .is_signed = args_has(args, OPT_SIGNED),
                    .most = UINT64_MAX,
                    .since = INT64_MIN};
    enum status status = read_limits(args, &l);

    if (status != STATUS_OK)
        return status;
    if (l.wanted && !read_operand(args->operands[0], &l.path))
        return STATUS_USAGE;
    l.out.secret = l.shown.secret = l.reveal;
    pager_start(args);
    status = session_open(&l.s, args, NEEDS_VERSIONS);
    NEXT(status, history_open(&l.h, &l.s));
    l.h.env = l.wanted ? l.s.env : session_named_env(&l.s);
    NEXT(status, log_changes(&l));
    pager_end();
    signatures_free(&l.signatures);
    free(l.chapters);
    buf_free(&l.out);
    buf_free(&l.shown);
    history_close(&l.h);
    session_close(&l.s);
    return status;
}
