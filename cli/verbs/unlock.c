/* unlock, lock: type a passphrase once a day instead of once per command. */
#include "session/session.h"
#include "table.h"
#include "ui/say.h"

#include "base/keyring.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define USUAL_TIME "8h"

enum { LONGEST = 30 * 24 * 60 * 60 };

static bool has_line(struct slice text, struct slice line)
{
    for (; text.len >= line.len; text.at++, text.len--)
        if (slice_equal((struct slice){text.at, line.len}, line))
            return true;
    return false;
}

static enum status say_no_keyring(const char *what, int cause)
{
    if (!keyring_is_missing(cause))
        return say_error(STATUS_FAILED, "%s: %s", what, strerror(cause));
    say_error(STATUS_FAILED, "%s: no kernel keyring is available here (%s)", what, strerror(cause));
    say_hint("--passphrase-file FILE or VAULT_PASSPHRASE_FILE, on a file system in memory, avoids "
             "the prompt too");
    return STATUS_FAILED;
}

/* Keeps the identity, in addition to those of other environments. */
static enum status keep(struct session *s, struct slice identity, unsigned seconds)
{
    struct buf text = BUF_SECRET;
    enum status status = STATUS_OK;

    if (!keyring_read(vault_id(s->v), &text) || !has_line(buf_slice(&text), identity))
        buf_add_slice(&text, identity);
    if (!buf_ok(&text))
        status = say_no_memory();
    else if (!keyring_keep(vault_id(s->v), buf_slice(&text), seconds))
        status = say_no_keyring("cannot keep it", errno);
    buf_free(&text);
    return status;
}

enum status run_unlock(const struct args *args)
{
    const char *time = args_last(args, OPT_FOR) ? args_last(args, OPT_FOR) : USUAL_TIME, *identity;
    vault_kv *kv = NULL;
    struct session s;
    uint64_t seconds;
    size_t len;
    enum status status = session_open(&s, args, NEEDS_KEY);
    vault_err err;

    if (status == STATUS_OK && !text_duration(slice_of(time), LONGEST, &seconds)) {
        status = say_error(STATUS_USAGE, "a time is a number with s, m, h or d, at most 30d");
        say_hint("{program} unlock --for=" USUAL_TIME);
    }
    if (status == STATUS_OK) {
        err = vault_identity_of(s.v, s.env, &kv);
        status = session_check(&s, err);
    }
    if (status == STATUS_OK) {
        identity = vault_kv_get(kv, "IDENTITY", &len);
        status = keep(&s, (struct slice){identity, len}, (unsigned)seconds);
    }
    if (status == STATUS_OK) {
        say_note("%s is unlocked for %s", s.env, time);
        say_hint("{program} lock ends it earlier");
    }
    vault_kv_free(kv);
    session_close(&s);
    return status;
}

enum status run_lock(const struct args *args)
{
    size_t count;

    (void)args;
    if (keyring_forget(&count))
        say_note(count ? "locked: what was kept is forgotten" : "nothing was unlocked");
    else if (keyring_is_missing(errno))
        say_note("nothing is kept: no kernel keyring is available here");
    else
        return say_no_keyring("cannot forget it", errno);
    return STATUS_OK;
}
