/* doctor: problems of this machine, clone and vault. */
#include "git/git.h"
#include "git/gitsetup.h"
#include "inbox.h"
#include "run/cage.h"
#include "session/session.h"
#include "table.h"
#include "ui/fit.h"
#include "ui/hints.h"
#include "ui/say.h"

#include "base/text.h"
#include "find/leak.h"

#include <sodium.h>
#include <string.h>
#include <sys/resource.h>

struct checkup {
    struct session s;
    struct buf out;
    int problems;
    bool broken; /* a seal, a value or a pin does not match */
};

/* Escapes paths, and messages with paths in them, for the terminal. */
static void add_line(struct checkup *c, const char *kind, const char *what, const char *name)
{
    buf_add_text(&c->out, kind);
    text_escape(&c->out, slice_of(what), SIZE_MAX);
    buf_add_text(&c->out, name[0] ? " " : "");
    text_escape(&c->out, slice_of(name), SIZE_MAX);
    buf_add_text(&c->out, "\n");
}

static void fine(struct checkup *c, const char *what, const char *name)
{
    add_line(c, "ok       ", what, name);
}

static void add_hint(struct checkup *c, const char *hint)
{
    if (hint[0])
        add_line(c, "         hint: ", hint, "");
}

static void problem(struct checkup *c, const char *what, const char *hint)
{
    c->problems++;
    add_line(c, "problem  ", what, "");
    add_hint(c, hint);
}

static void add_hint_of_error(struct checkup *c)
{
    struct buf hint = {0};

    hint_of(c->s.v, &hint);
    add_hint(c, buf_text(&hint, ""));
    buf_free(&hint);
}

static void problem_of_error(struct checkup *c)
{
    problem(c, vault_error(c->s.v), "");
    add_hint_of_error(c);
}

static void check_memory(struct checkup *c)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < 1 << 20)
        problem(c, "less than 1 MiB of memory may be locked: secrets may reach the swap",
                "ulimit -l");
    else
        fine(c, "memory can be locked", "");
}

static void list_verbs(struct checkup *c, const char *what, unsigned flags)
{
    buf_printf(&c->out, "ok       %s:", what);
    for (const struct verb *verb = c->s.args->verbs; verb->name; verb++)
        if (verb->flags & flags)
            buf_printf(&c->out, " %s", verb->name);
    buf_add_text(&c->out, "\n");
}

/* What this process gives up before it parses the vault. */
static void check_cage(struct checkup *c)
{
    struct cage_limits here = cage_probe();

    if (!here.files)
        buf_add_text(&c->out, "note     this kernel does not limit which files a verb can touch\n");
    if (!here.calls)
        buf_add_text(&c->out,
                     "note     this kernel does not limit which system calls a verb can make\n");
    if (!here.files && !here.calls)
        return;
    list_verbs(c, "without network, other programs or other files", CAGED);
    list_verbs(c, "the same, with - or once the editor has ended", CAGED_ON_STDIN);
    list_verbs(c, "without network, and with git", ASKS_GIT);
}

static void list_identities(struct checkup *c)
{
    vault_identities *list;

    if (vault_identity_list(c->s.v, NULL, &list) != VAULT_OK)
        return;
    for (size_t i = 0; i < vault_identities_count(list); i++) {
        const vault_identity_entry *id = vault_identities_at(list, i);
        const char *why = id->why_not;

        if (id->closed)
            why = strcmp(id->kind, "ssh-ed25519") == 0
                      ? "has a passphrase, which ssh-keygen asks for: ssh-agent cannot decrypt"
                      : "is encrypted with a passphrase, which is asked for";
        if (why[0])
            add_line(c, "note     ", id->from, why);
    }
    vault_release(list);
}

static void check_identity(struct checkup *c)
{
    char *public_key;
    vault_err err = vault_public_key(c->s.v, &public_key);

    if (err == VAULT_OK) {
        fine(c, "your public key is", public_key);
        vault_release(public_key);
    } else if (err != VAULT_NO_CREDENTIAL) {
        problem(c, vault_error(c->s.v), "");
    } else {
        buf_printf(&c->out, "note     you have no open identity: %s keygen makes one\n",
                   hint_program(NULL));
    }
    list_identities(c);
}

/* Whether what git keeps of it stays closed to a quantum computer. */
static void check_pq(struct checkup *c, const char *env)
{
    vault_pq state;

    if (vault_post_quantum(c->s.v, env, &state) != VAULT_OK)
        return;
    if (state == VAULT_PQ_ALL)
        buf_printf(&c->out, "ok       %s is post-quantum, except for proposals\n", env);
    else if (state == VAULT_PQ_NEW)
        buf_printf(&c->out,
                   "note     %s is post-quantum for what is sealed from now on: earlier keys may "
                   "have had other readers\n",
                   env);
    else
        buf_printf(&c->out, "note     %s is not post-quantum: not every reader's key is\n", env);
}

static void check_env(struct checkup *c, const char *env)
{
    vault_err err = vault_verify(c->s.v, env, NULL, NULL);
    struct buf waiting = {0};

    c->broken = c->broken || err == VAULT_INTEGRITY;
    if (err == VAULT_OK) {
        buf_printf(&c->out, "ok       %s opens and verifies\n", env);
        inbox_add_waiting(c->s.v, env, &waiting);
        if (waiting.len > 0)
            buf_printf(&c->out, "note     %s\n", buf_text(&waiting, "proposals wait"));
        buf_free(&waiting);
    } else if (is_locked(err)) {
        buf_printf(&c->out, "note     you cannot open %s\n", env);
        add_hint_of_error(c);
    } else {
        problem_of_error(c);
    }
    if (err == VAULT_OK || is_locked(err))
        check_pq(c, env);
}

static void check_vault(struct checkup *c)
{
    const char **envs;
    size_t count;
    vault_err err = vault_env_list(c->s.v, &envs, &count);

    if (err != VAULT_OK) {
        problem_of_error(c);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (vault_pin(c->s.v, envs[i], NULL) == VAULT_OK)
            check_env(c, envs[i]);
        else
            problem(c, vault_error(c->s.v), "");
    vault_release(envs);
}

static void check_clone(struct checkup *c)
{
    struct buf missing = {0};
    bool wiped = false;
    enum status status = gitsetup_missing(c->s.args, c->s.path, &missing, &wiped);

    if (status == STATUS_ABSENT)
        return;
    if (status != STATUS_OK)
        problem(c, "cannot tell how git is set up in this clone", "");
    else if (missing.len == 0)
        fine(c, "git merges and compares the file with vault, and commits are scanned", "");
    else if (wiped)
        problem(c, "the pre-commit hook was removed or replaced: commits are not scanned",
                "git-setup adds it again");
    else
        buf_printf(&c->out, "note     missing in this clone: %s: %s git-setup\n",
                   buf_text(&missing, "parts"), hint_program(NULL));
    buf_free(&missing);
}

/* git tracks these, although they are usually full of values in plain text. */
static void check_env_files(struct checkup *c)
{
    static const char *const arguments[] = {"ls-files", "-z", "--cached", "--", ":/", NULL};
    struct buf list = {0};
    const char *path;

    if (git_output(NULL, arguments, &list) != 0 || !buf_ok(&list))
        list.len = 0;
    for (size_t at = 0; at < list.len; at += strlen(path) + 1) {
        path = list.data + at;
        if (!leak_is_env_file(path))
            continue;
        add_line(c, "note     git tracks a plain file of variables:", "", path);
        buf_printf(&c->out,
                   "         hint: %s create SECRET --from-dotenv FILE; git rm --cached FILE; "
                   "then change the values, since git has had them\n",
                   hint_program(NULL));
    }
    buf_free(&list);
}

enum status run_doctor(const struct args *args)
{
    struct checkup c = {.problems = 0};
    enum status status = session_open(&c.s, args, NEEDS_KEY);

    if (status == STATUS_OK) {
        buf_printf(&c.out, "ok       vault %s, libsodium %s\n", vault_version(),
                   sodium_version_string());
        fine(&c, "the file is", c.s.path);
        check_memory(&c);
        check_cage(&c);
        check_identity(&c);
        check_vault(&c);
        check_clone(&c);
        check_env_files(&c);
        if (fit_write(args, &c.out) != STATUS_OK || c.problems > 0)
            status = c.broken ? STATUS_INTEGRITY : STATUS_FAILED;
    }
    buf_free(&c.out);
    session_close(&c.s);
    return status;
}
