/* Proposals: listed, accepted and rejected; and the key that they are sealed to. */
#include "inbox.h"

#include "table.h"
#include "ui/agent.h"
#include "ui/fit.h"
#include "ui/hints.h"
#include "ui/json.h"
#include "ui/say.h"
#include "ui/terminal.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 100 };

/* ---- proposing ---- */

/* MUST NOT: -y or a pipe accepts a key that nobody has compared. */
enum status inbox_accept_key(struct session *s)
{
    char found[VAULT_FINGERPRINT_LEN + 1], known[VAULT_FINGERPRINT_LEN + 1], question[400];
    int older;
    vault_err err = vault_propose_check(s->v, s->env);

    if (err == VAULT_OK)
        return STATUS_OK;
    if (vault_error_reason(s->v) != VAULT_REASON_KEY_NOT_ACCEPTED || !terminal_is_there())
        return session_error(s, err);
    err = vault_shown_state(s->v, s->env, found, known, &older);
    if (err != VAULT_OK)
        return session_error(s, err);
    snprintf(question, sizeof question,
             "the key of %.64s is %s, says the file. Does a reader's `%.64s verify -e %.64s` print "
             "the same? [y/N] ",
             s->env, found, hint_program(NULL), s->env);
    if (!terminal_confirm(question))
        return say_error(STATUS_FAILED, "nothing was proposed");
    return session_check(s, vault_shown_trust(s->v, s->env));
}

enum status inbox_offer(struct session *s, vault_err err)
{
    char question[200];
    enum status status;

    if (is_locked(err) && terminal_is_there()) {
        say_note("%s", vault_error(s->v));
        snprintf(question, sizeof question, "propose it to the readers of %.64s? [y/N] ", s->env);
        if (terminal_confirm(question))
            return STATUS_OK;
    }
    status = session_error(s, err);
    if (is_locked(err))
        say_hint("or propose the value to its readers: {program} set --propose -e %s SECRET/NAME",
                 s->env);
    return status;
}

/* ---- listing ---- */

static size_t count_waiting(vault *v, const char *env)
{
    const char **entries = NULL;
    size_t count, total = 0;

    if (vault_proposal_list(v, env, 1, &entries, &count, &total) != VAULT_OK)
        total = 0;
    vault_release(entries);
    return total;
}

void inbox_add_waiting(vault *v, const char *env, struct buf *out)
{
    size_t total = count_waiting(v, env);

    if (total > 0)
        buf_printf(out, "%zu proposal%s in the inbox of %s: %s inbox -e %s", total,
                   total == 1 ? " waits" : "s wait", env, hint_program(NULL), env);
}

/* Who proposed it. Nothing proves the name: anyone can write any. */
static void add_author(struct buf *out, const vault_proposal *about)
{
    if (about->author[0]) {
        text_escape(out, slice_of(about->author), SIZE_MAX);
        buf_add_text(out, " (claimed)");
    } else {
        buf_add_text(out, "no author claimed");
    }
}

/* about NULL: no key opens the environment, or the proposal is refused. */
static void add_line(struct buf *out, const struct session *s, const char *entry,
                     const vault_proposal *about)
{
    char date[VAULT_DATE_LEN + 1];

    if (args_has(s->args, OPT_JSON)) {
        json_item(out);
        json_word(out, "proposal", entry);
        if (about) {
            json_word(out, "claimed_author", about->author);
            json_date(out, "claimed_at", about->made_at);
            json_raw(out, "before_rotation", "%s", about->old ? "true" : "false");
        }
        buf_add_text(out, "}");
        return;
    }
    buf_add_text(out, entry);
    if (about) {
        buf_printf(out, "  %s  ", vault_date_write(about->made_at, date));
        add_author(out, about);
        if (about->old)
            buf_add_text(out, "  sealed before a rotation: somebody who left can read it");
    }
    buf_add_text(out, "\n");
}

static enum status list(struct session *s, bool opens, struct buf *out)
{
    const char **entries = NULL;
    size_t count = 0, total = 0;
    vault_err err = vault_proposal_list(s->v, s->env, SHOWN, &entries, &count, &total);

    for (size_t i = 0; i < count && err == VAULT_OK; i++) {
        vault_proposal *about = NULL;
        vault_kv *value = NULL;

        if (opens)
            err = vault_proposal_open(s->v, s->env, entries[i], &about, &value);
        if (err == VAULT_INTEGRITY) {
            say_note("%s", vault_error(s->v));
            err = VAULT_OK;
        }
        add_line(out, s, entries[i], about);
        vault_release(about);
        vault_kv_free(value);
    }
    if (err == VAULT_OK && total > count)
        say_note("%zu of %zu proposals are shown", count, total);
    vault_release(entries);
    return session_check(s, err);
}

/* ---- accepting and rejecting ---- */

static void add_value(struct buf *out, const char *label, vault_kv *kv)
{
    vault_pair pair = vault_kv_at(kv, 0);

    buf_printf(out, "%s", label);
    if (pair.value)
        text_escape(out, (struct slice){pair.value, pair.len}, 4096);
    else
        buf_add_text(out, "none");
    buf_add_text(out, "\n");
}

/* What the person decides about. The values go to the terminal only, and not to a coding agent. */
static void add_question(struct session *s, const vault_proposal *p, vault_kv *value,
                         struct buf *out)
{
    vault_kv *old = NULL;

    if (!agent_variable() &&
        vault_value_get(s->v, s->env, p->secret, p->name, &old) != VAULT_NO_MEMORY) {
        add_value(out, "old: ", old);
        add_value(out, "new: ", value);
    }
    vault_kv_free(old);
    buf_printf(out, "%s/%s: ", p->secret, p->name);
    add_author(out, p);
    if (p->old)
        buf_add_text(out, ", sealed before a rotation: somebody who left can read it");
    if (p->caution == VAULT_CAUTION_NO_VARIABLE)
        buf_add_text(out, "; there is no such variable: it is new, or was deleted since");
    if (p->caution == VAULT_CAUTION_NOT_LATER)
        buf_add_text(out, "; it is not later than the value there");
    buf_add_text(out, ". Accept it? [y/N] ");
    buf_add(out, "", 1);
}

/* -y covers what is later than an existing value; the rest only if it is the one proposal named. */
static enum status decide(struct session *s, const vault_proposal *p, vault_kv *value, bool *yes)
{
    const struct args *a = s->args;
    struct buf question = BUF_SECRET;
    enum status status = STATUS_OK;

    *yes = args_has(a, OPT_YES) && (p->caution == VAULT_CAUTION_NONE || a->count == 1);
    if (*yes)
        return STATUS_OK;
    if (!terminal_is_there()) {
        say_error(STATUS_FAILED, "%s/%s: there is no terminal to ask on", p->secret, p->name);
        say_hint("-y accepts; a proposal for a new variable, or an old one, if no other is named");
        return STATUS_FAILED;
    }
    add_question(s, p, value, &question);
    if (buf_ok(&question))
        *yes = terminal_confirm(question.data);
    else
        status = say_no_memory();
    buf_free(&question);
    return status;
}

static enum status accept_one(struct session *s, const char *entry, size_t *accepted)
{
    vault_proposal *about = NULL;
    vault_kv *value = NULL;
    bool yes = false;
    enum status status = session_check(s, vault_proposal_open(s->v, s->env, entry, &about, &value));

    NEXT(status, decide(s, about, value, &yes));
    if (status == STATUS_OK && yes) {
        status = session_check(s, vault_proposal_accept(s->v, s->env, entry, value));
        *accepted += status == STATUS_OK;
    }
    if (status == STATUS_OK && yes && about->old)
        say_note("%s was sealed before a rotation: somebody who left can read it", entry);
    vault_release(about);
    vault_kv_free(value);
    return status;
}

static enum status change(struct session *s, bool accept)
{
    const struct args *a = s->args;
    size_t done = 0;
    enum status status = STATUS_OK;

    for (int i = 0; i < a->count && status == STATUS_OK; i++) {
        if (accept) {
            status = accept_one(s, a->operands[i], &done);
        } else {
            status = session_check(s, vault_proposal_reject(s->v, s->env, a->operands[i]));
            done += status == STATUS_OK;
        }
    }
    if (status == STATUS_OK && done == 0)
        return say_error(STATUS_FAILED, "nothing was changed");
    NEXT(status, session_save(s));
    if (status == STATUS_OK)
        say_note("%s %zu proposal%s in %s", accept ? "accepted" : "rejected", done,
                 done == 1 ? "" : "s", s->env);
    return status;
}

enum status run_inbox(const struct args *args)
{
    bool accept = args_has(args, OPT_ACCEPT), reject = args_has(args, OPT_REJECT);
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    struct buf out = {0};
    struct session s;
    enum status status = session_open(&s, args, reject ? NEEDS_FILE : NEEDS_KEY);
    vault_err err;

    if (status == STATUS_OK &&
        (accept && reject ? true : (accept || reject) != (args->count > 0))) {
        status =
            say_error(STATUS_USAGE, "--accept or --reject takes the proposals that inbox lists");
        say_hint("{program} inbox -h");
    }
    if (status == STATUS_OK && args->count > 0) {
        status = change(&s, accept);
    } else if (status == STATUS_OK) {
        err = count_waiting(s.v, s.env) ? vault_fingerprint(s.v, s.env, fingerprint) : VAULT_OK;
        buf_add_text(&out, args_has(args, OPT_JSON) ? "[" : "");
        status = err == VAULT_OK || is_locked(err) || err == VAULT_CANCELLED
                     ? list(&s, err == VAULT_OK, &out)
                     : session_error(&s, err);
        if (args_has(args, OPT_JSON))
            json_end(&out);
        NEXT(status, fit_write(args, &out));
    }
    buf_free(&out);
    session_close(&s);
    return status;
}
