/* verify: this version, or with --history every version, and what returned, was replaced or went.
 */
#include "git/difference.h"
#include "git/signatures.h"
#include "git/walk.h"
#include "session/session.h"
#include "table.h"
#include "ui/fit.h"
#include "ui/say.h"

#include "base/hashtable.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct audit {
    struct session s;
    struct history h;
    const char *env; /* NULL: all */
    size_t versions, broken, suspicious, removed;
    bool ranged, shut_out; /* a range was given; part of it should open and does not */
    const struct history_commit *commit;      /* the version that is being verified */
    const struct history_edge *gone_in;       /* where the next two were reported as a whole */
    char gone_env[VAULT_NAME_MAX + 1];        /* an environment */
    char gone_secret[2 * VAULT_NAME_MAX + 2]; /* a secret, "ENV/SECRET" */
    char noted[VAULT_NAME_MAX + 1];           /* could not be opened in some version */
    struct hashtable forged;                  /* forged readers that were reported */
    struct hashtable opened;                  /* environments that opened in some version */
    bool named, failed;                       /* some version has env */
    bool is_signed;                           /* signatures are checked, */
    struct signatures signatures;
    struct hashtable signers; /* by "BLOB FINGERPRINT": the readers of each version with SSH keys */
    size_t unsigned_count;
    struct buf out;
};

static void begin_line(struct audit *a, const struct history_commit *c, const char *what)
{
    buf_printf(&a->out, "%s ", c->id);
    text_date(&a->out, c->date);
    buf_printf(&a->out, "  %-8s ", what);
}

static void end_line(struct audit *a, const struct history_commit *c)
{
    buf_add_text(&a->out, "  by ");
    text_escape(&a->out, slice_of(c->author), SIZE_MAX);
    buf_add_text(&a->out, "\n");
}

static void add_broken(struct audit *a, const struct history_commit *c, const char *sentence)
{
    if (c->before)
        return;
    a->broken++;
    begin_line(a, c, "broken");
    text_escape(&a->out, slice_of(sentence), SIZE_MAX);
    end_line(a, c);
}

/* ---- each version ---- */

/* Reports each forged entry once. */
static void check_reader(struct audit *a, const char *env, const vault_reader_entry *reader)
{
    struct buf name = {0};
    size_t *known;

    if (reader->seal != VAULT_SEAL_FORGED)
        return;
    buf_printf(&name, "%s %s %s", env, reader->name, reader->public_key);
    known = buf_ok(&name) ? hashtable_number(&a->forged, buf_slice(&name)) : NULL;
    if (!known)
        a->failed = true;
    else if (!(*known)++) {
        buf_clear(&name);
        buf_printf(&name, "the reader %s of %s was added or changed by someone who cannot open it",
                   reader->name, env);
        add_broken(a, a->commit, buf_text(&name, ""));
    }
    buf_free(&name);
}

static void check_readers(struct audit *a, vault *v, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_readers *list;

    if (vault_fingerprint(v, env, fingerprint) != VAULT_OK ||
        vault_reader_list(v, env, &list) != VAULT_OK)
        return; /* the reason is reported when this version is compared with the one before */
    for (size_t i = 0; i < vault_readers_count(list); i++)
        check_reader(a, env, vault_readers_at(list, i));
    vault_release(list);
    if (!hashtable_number(&a->opened, slice_of(env)))
        a->failed = true;
    else
        *hashtable_number(&a->opened, slice_of(env)) = 1;
}

/* ---- signatures ---- */

static size_t *signer(struct audit *a, const char *blob, const char *key)
{
    struct buf name = {0};
    size_t *known;

    buf_printf(&name, "%s %s", blob, key);
    known = buf_ok(&name) ? hashtable_number(&a->signers, buf_slice(&name)) : NULL;
    a->failed = a->failed || !known;
    buf_free(&name);
    return known;
}

/* MUST: only readers whose seals verify. A reader who is not is whom an attacker has added. */
static void add_signers(struct audit *a, const struct history_commit *c, vault *v, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1], key[SIGNATURE_KEY];
    vault_readers *list;

    if (vault_fingerprint(v, env, fingerprint) != VAULT_OK ||
        vault_reader_list(v, env, &list) != VAULT_OK)
        return;
    for (size_t i = 0; i < vault_readers_count(list); i++) {
        const vault_reader_entry *reader = vault_readers_at(list, i);

        signature_key(reader->public_key, key);
        for (size_t j = 0; key[0] && reader->seal == VAULT_SEAL_VERIFIED && j < c->count; j++) {
            size_t *known = c->edges[j].after ? signer(a, c->edges[j].after, key) : NULL;

            if (known)
                *known = 1;
        }
    }
    vault_release(list);
}

/* Whether the key is that of a reader of a version that the commit changes; of the first version,
 * of a reader whom it has itself. */
static bool is_reader(struct audit *a, const struct history_commit *c, const char *key)
{
    bool is = false;

    for (size_t i = 0; i < c->count && !is; i++) {
        const struct history_edge *edge = &c->edges[i];
        const char *blob = edge->before ? edge->before : edge->after;
        size_t *known = blob ? signer(a, blob, key) : NULL;

        is = known && *known;
    }
    return is;
}

static void check_signature(struct audit *a, const struct history_commit *c)
{
    struct signature s = signature_of(&a->signatures, c->id);

    if (s.state == SIGNATURE_GOOD || (s.state == SIGNATURE_VALID && is_reader(a, c, s.key)))
        return;
    a->unsigned_count++;
    begin_line(a, c, s.state == SIGNATURE_VALID ? "unknown" : signature_word(s.state));
    if (s.state == SIGNATURE_NONE)
        buf_add_text(&a->out, "there is no signature");
    else if (s.state == SIGNATURE_VALID)
        buf_printf(&a->out, "signed with %s, which was no reader's key", s.key);
    else
        buf_add_text(&a->out, s.state == SIGNATURE_BAD ? "the signature is wrong"
                                                       : "git does not trust the signature");
    end_line(a, c);
}

static void check_signatures(struct audit *a)
{
    for (size_t i = 0; a->is_signed && i < a->h.count; i++)
        if (!a->h.commits[i].before)
            check_signature(a, &a->h.commits[i]);
}

/* ---- */

static void look_at_version(void *user, const struct history_commit *commit, vault *v)
{
    struct audit *a = user;
    const char **envs;
    size_t count;

    a->versions += !commit->before;
    a->commit = commit;
    if (vault_env_list(v, &envs, &count) != VAULT_OK)
        return;
    for (size_t i = 0; a->is_signed && i < count; i++)
        add_signers(a, commit, v, envs[i]);
    for (size_t i = 0; i < count; i++)
        if (!a->env || strcmp(a->env, envs[i]) == 0) {
            a->named = true;
            check_readers(a, v, envs[i]);
        }
    vault_release(envs);
}

/* Reports a seal or a value that fails for the first time in this version. */
static void look_at_unread(struct audit *a, const struct history_commit *c,
                           const vault_difference *d)
{
    if (!d->in_after)
        return;
    if (is_locked(d->error) && !c->before &&
        (a->env || hashtable_find(&a->opened, slice_of(d->env)) > 0))
        a->shut_out = true;
    if (!is_locked(d->error)) {
        add_broken(a, c, d->sentence);
    } else if (strcmp(a->noted, d->env) != 0) {
        strcpy(a->noted, d->env);
        say_note("you cannot open all versions of %s: those were not verified", d->env);
    }
}

/* ---- each change ---- */

/* Whether it was reported with its environment or its secret. */
static bool went_with_more(struct audit *a, const struct history_step *t)
{
    const vault_difference *d = t->difference;
    char secret[sizeof a->gone_secret];

    if (a->gone_in != t->edge)
        a->gone_env[0] = a->gone_secret[0] = '\0';
    a->gone_in = t->edge;
    snprintf(secret, sizeof secret, "%s/%s", d->env, d->secret);
    if (d->part == VAULT_PART_ENV)
        strcpy(a->gone_env, d->env);
    else if (strcmp(a->gone_env, d->env) == 0)
        return true;
    if (d->part == VAULT_PART_SECRET)
        strcpy(a->gone_secret, secret);
    return d->part == VAULT_PART_VALUE && strcmp(a->gone_secret, secret) == 0;
}

static void add_subject(struct buf *out, const vault_difference *d)
{
    buf_printf(out, "%s", d->env);
    switch (d->part) {
    case VAULT_PART_VALUE:
    case VAULT_PART_PROPOSAL:
        buf_printf(out, " %s/%s", d->secret, d->name);
        break;
    case VAULT_PART_READER:
        buf_printf(out, " reader %s", d->name);
        break;
    case VAULT_PART_SECRET:
        buf_printf(out, " secret %s", d->secret);
        break;
    case VAULT_PART_KEY:
        buf_add_text(out, " key");
        break;
    case VAULT_PART_ID:
        buf_add_text(out, "the vault by another one: it has another id");
        break;
    case VAULT_PART_ENV:
        buf_add_text(out, " environment");
        break;
    }
}

static void add_change(struct audit *a, const struct history_step *t, const char *what)
{
    const vault_difference *d = t->difference;

    begin_line(a, t->commit, what);
    add_subject(&a->out, d);
    if (t->gone)
        buf_add_text(&a->out, ", whose key still opens it: it was not rotated");
    else if (t->back && d->part == VAULT_PART_VALUE)
        buf_printf(&a->out, ", as it was before %s", t->back->id);
    else if (t->back)
        buf_printf(&a->out, ", which was removed in %s", t->back->id);
    else if (d->part == VAULT_PART_KEY)
        buf_add_text(&a->out, ", and its past does not hold the one before");
    end_line(a, t->commit);
}

static bool is_replaced(const vault_difference *d)
{
    return d->part == VAULT_PART_ID ||
           (d->part == VAULT_PART_KEY && d->what == VAULT_WHAT_CHANGED && d->before->text &&
            d->after->text && !d->vouched);
}

/* The name of a finding and the counter to increment; NULL: the change is not a finding. */
static const char *find_name(struct audit *a, const struct history_step *t, size_t **counter)
{
    const vault_difference *d = t->difference;

    *counter = &a->suspicious;
    if (t->gone)
        return "gone";
    if (is_replaced(d) && !t->back)
        return "replaced";
    if (t->back)
        return went_with_more(a, t) ? NULL : "returned";
    *counter = &a->removed;
    if (d->what == VAULT_WHAT_REMOVED && d->part != VAULT_PART_PROPOSAL)
        return went_with_more(a, t) ? NULL : "removed";
    return NULL;
}

static void look_at(void *user, const struct history_step *t)
{
    struct audit *a = user;
    const vault_difference *d = t->difference;
    const char *name;
    size_t *counter;

    if (!d) {
        a->versions += !t->commit->before;
        add_broken(a, t->commit, t->sentence);
    } else if (d->what == VAULT_WHAT_UNREAD) {
        look_at_unread(a, t->commit, d);
    } else if (!t->commit->before && (name = find_name(a, t, &counter))) {
        ++*counter;
        add_change(a, t, name);
    }
}

/* ---- the whole history ---- */

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static enum status judge_history(const struct audit *a)
{
    say_note("%zu version%s: %zu broken, %zu returned, replaced or gone, %zu removed", a->versions,
             plural(a->versions), a->broken, a->suspicious, a->removed);
    if (a->is_signed)
        say_note("%zu commit%s without a good signature", a->unsigned_count,
                 plural(a->unsigned_count));
    if (a->broken > 0)
        return say_error(STATUS_INTEGRITY, "the history holds %zu thing%s that do%s not verify",
                         a->broken, plural(a->broken), a->broken == 1 ? "es" : "");
    if (a->ranged && (a->shut_out || (a->noted[0] && a->opened.count == 0)) && a->suspicious == 0) {
        say_error(STATUS_LOCKED, "nothing was found, but you cannot open all of the range");
        hint_grant(&a->s);
        return STATUS_LOCKED;
    }
    return history_judge(&a->h, a->suspicious + a->unsigned_count > 0 ? STATUS_FOUND : STATUS_OK);
}

/* MUST NOT: a new file beside the vault, or a renamed environment, passes as one without a history.
 */
static enum status check_range(struct audit *a, const char *range)
{
    const char *blob;
    bool before = false;
    vault_err err;
    vault *v;
    enum status status;

    for (size_t i = 0; i < a->h.count; i++)
        before = before || a->h.commits[i].before;
    if (!before)
        return say_error(STATUS_ABSENT, "no %s before %s: nothing to compare it with", a->h.name,
                         range);
    status = a->env ? history_find(&a->h, a->h.tip, &blob) : STATUS_OK;
    if (status == STATUS_OK && a->env)
        status = history_version(&a->h, blob, &v, &err);
    if (status == STATUS_OK && a->env && err == VAULT_OK && !session_has_env(v, a->env)) {
        say_error(STATUS_ABSENT, "no environment %s at the end of %s", a->env, range);
        say_hint("{program} verify --history %s checks all environments", range);
        return STATUS_ABSENT;
    }
    return status;
}

static enum status verify_history(const struct args *args)
{
    struct audit a = {.ranged = args->count > 0, .is_signed = args_has(args, OPT_SIGNED)};
    struct history_walk changes = {.tell = look_at, .version = look_at_version, .user = &a};
    enum status status = session_open(&a.s, args, NEEDS_VERSIONS);

    NEXT(status, history_open(&a.h, &a.s));
    changes.env = a.h.env = a.env = session_named_env(&a.s);
    if (status == STATUS_OK && a.ranged)
        status = history_range(&a.h, args->operands[0]);
    NEXT(status, history_read(&a.h));
    if (status == STATUS_OK && a.ranged)
        status = check_range(&a, args->operands[0]);
    if (status == STATUS_OK && a.is_signed)
        status = signatures_read(&a.signatures, &a.h);
    NEXT(status, history_walk(&a.h, &changes));
    if (status == STATUS_OK)
        check_signatures(&a);
    if (status == STATUS_OK && a.failed)
        status = say_no_memory();
    if (status == STATUS_OK && a.env && !a.named && !a.ranged) {
        status = say_error(STATUS_ABSENT, "no version has an environment %s", a.env);
        say_hint("{program} env list");
    }
    NEXT(status, fit_write(args, &a.out));
    NEXT(status, judge_history(&a));
    hashtable_free(&a.forged);
    hashtable_free(&a.opened);
    hashtable_free(&a.signers);
    signatures_free(&a.signatures);
    buf_free(&a.out);
    history_close(&a.h);
    session_close(&a.s);
    return status;
}

/* ---- this version ---- */

static void say_notice(void *user, const char *sentence)
{
    (void)user;
    say_note("%s", sentence);
}

static enum status verify_env(struct session *s, struct buf *pins)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_err err = vault_verify(s->v, s->env, say_notice, NULL);

    NEXT(err, vault_fingerprint(s->v, s->env, fingerprint));
    if (err != VAULT_OK)
        return session_error(s, err);
    if (args_has(s->args, OPT_PRINT_PIN))
        buf_printf(pins, "%s%s=%s", pins->len ? "," : "", s->env, fingerprint);
    else
        say_note("%s verifies: its key is %s", s->env, fingerprint);
    return STATUS_OK;
}

/* All pins are one word, as --pin and VAULT_PIN take it; none is printed if one does not verify. */
static enum status verify_now(const struct args *args)
{
    const char **envs = NULL;
    size_t count = 0;
    struct buf pins = {0};
    struct session s;
    enum status status = session_open(&s, args, NEEDS_KEY);

    NEXT(status, session_envs(&s, &envs, &count));
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        s.env = envs[i];
        status = verify_env(&s, &pins);
    }
    buf_add_text(&pins, pins.len ? "\n" : "");
    NEXT(status, write_buf(&pins));
    buf_free(&pins);
    free(envs);
    session_close(&s);
    return status;
}

enum status run_verify(const struct args *args)
{
    bool history = args_has(args, OPT_HISTORY);

    if (history && args_has(args, OPT_PRINT_PIN))
        return say_error(STATUS_USAGE, "--print-pin and --history contradict each other");
    if (!history && args_has(args, OPT_SIGNED))
        return say_error(STATUS_USAGE, "--signed goes with --history");
    if (history && args_several(args, OPT_ENV))
        return say_error(STATUS_USAGE, "--history takes one environment, or all without -e");
    if (history)
        return verify_history(args);
    if (args->count == 0)
        return verify_now(args);
    say_error(STATUS_USAGE, "a range of commits needs --history");
    say_hint("{program} verify --history %s", args->operands[0]);
    return STATUS_USAGE;
}
