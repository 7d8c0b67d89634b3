/* Identity files that a person has to open first. */
#include "unseal.h"

#include "age/openssh.h"
#include "age/sealed.h"

#include <sodium.h>
#include <string.h>

enum err_code unseal_read(const char *name, struct slice text, struct arena *arena,
                          struct unseal_file **file, struct err *err)
{
    struct buf own = BUF_IN(arena); /* which keeps it */
    struct age_recipient self;
    bool is_ssh = sealed_ssh_is(text, &self);
    struct unseal_file *f;
    enum err_code code = ERR_OK;

    *file = NULL;
    if (!is_ssh && !sealed_is(text))
        return ERR_OK;
    if (is_ssh) {
        buf_add_slice(&own, text);
        buf_add_text(&own, slice_ends(text, "\n") ? "" : "\n"); /* ssh-keygen needs it */
    } else {
        code = sealed_read(text, &own, err);
    }
    if (code != ERR_OK)
        return code;
    f = arena_alloc(arena, sizeof *f);
    if (!f || !buf_ok(&own))
        return err_no_memory(err);
    memset(f, 0, sizeof *f);
    f->name = arena_copy(arena, name, strlen(name));
    f->text = buf_slice(&own);
    f->is_ssh = is_ssh;
    f->self = self;
    *file = f;
    return err_memory(f->name, err);
}

enum err_code unseal_copy(const struct unseal_file *from, struct arena *arena,
                          struct unseal_file **file, struct err *err)
{
    struct unseal_file *f = arena_alloc(arena, sizeof *f);

    *file = f;
    if (!f)
        return err_no_memory(err);
    *f = *from;
    f->name = arena_copy(arena, from->name, strlen(from->name));
    f->text.at = arena_copy(arena, from->text.at, from->text.len);
    return err_memory(f->name && f->text.at, err);
}

static enum err_code needs_passphrase(const struct unseal_file *f, struct err *err)
{
    err_set(err, ERR_LOCKED, "%s is under a passphrase, which was not given", f->name);
    err_because(err, ERR_REASON_FILE_PASSPHRASE);
    err_detail_text(err, ERR_SUBJECT, f->name);
    return ERR_LOCKED;
}

static enum err_code open_with(const struct unseal *how, const struct unseal_file *f,
                               struct slice passphrase, struct arena *arena,
                               struct age_identity **ids, size_t *count, struct err *err)
{
    struct age_identity id;
    enum err_code code = age_identity_of_passphrase(passphrase, 1, how->work_factor_max, &id, err);

    if (code == ERR_OK)
        code = sealed_open(f->text, &id, arena, ids, count, err);
    if (code != ERR_OK && code != ERR_NO_MEMORY)
        err_prefix(err, f->name);
    return code;
}

static enum err_code ask(const struct unseal *how, const struct unseal_file *f, char *answer,
                         struct arena *arena, struct age_identity **ids, size_t *count,
                         struct err *err)
{
    enum err_code code = needs_passphrase(f, err);

    for (int attempt = 0; attempt < UNSEAL_ATTEMPTS && code == ERR_LOCKED; attempt++) {
        int len = how->ask(how->ask_user, f->name, attempt, answer, UNSEAL_PASSPHRASE_MAX);

        if (len == UNSEAL_NOBODY)
            return code;
        if (len <= 0 || len > UNSEAL_PASSPHRASE_MAX) /* more than there was room for */
            return err_set(err, ERR_CANCELLED, "no passphrase for %s was given", f->name);
        code = open_with(how, f, (struct slice){answer, (size_t)len}, arena, ids, count, err);
        if (code == ERR_LOCKED && err->reason == ERR_REASON_WORK_FACTOR)
            break;
    }
    return code;
}

static enum err_code open_ssh(const struct unseal *how, struct unseal_file *f, struct arena *arena,
                              struct age_identity **ids, size_t *count, struct err *err)
{
    char *plain = arena_alloc(arena, OPENSSH_FILE_MAX);
    int len;
    enum err_code code;

    if (!plain)
        return err_no_memory(err);
    len = how->ssh(how->ssh_user, f->name, f->text.at, f->text.len, plain, OPENSSH_FILE_MAX);
    if (len <= 0 || len > OPENSSH_FILE_MAX) {
        err_set(err, ERR_LOCKED, "%s has a passphrase, %s", f->name,
                len == UNSEAL_NOBODY ? "and nobody is there to ask" : "and was not opened");
        err_because(err, ERR_REASON_SSH_PASSPHRASE);
        return ERR_LOCKED;
    }
    code = age_identity_file_read((struct slice){plain, (size_t)len}, arena, ids, count, err);
    if (code == ERR_OK && (*count != 1 || !age_recipient_equal(&(*ids)[0].self, &f->self)))
        code = err_set(err, ERR_INVALID, "what was opened is another key");
    if (code == ERR_OK)
        f->text = (struct slice){plain, (size_t)len};
    else if (code != ERR_NO_MEMORY)
        err_prefix(err, f->name);
    return code;
}

static enum err_code open_age(const struct unseal *how, struct unseal_file *f, struct arena *arena,
                              struct age_identity **ids, size_t *count, struct err *err)
{
    char *answer = arena_alloc(arena, UNSEAL_PASSPHRASE_MAX);
    enum err_code code;

    if (!answer)
        return err_no_memory(err);
    code = ask(how, f, answer, arena, ids, count, err);
    sodium_memzero(answer, UNSEAL_PASSPHRASE_MAX);
    stack_wipe();
    return code;
}

/* A file is asked for once in the life of its vault: what was typed wrongly three times would be a
 * fourth time. */
enum err_code unseal_open(const struct unseal *how, struct unseal_file *f, struct arena *arena,
                          struct age_identity **ids, size_t *count, struct err *err)
{
    enum err_code code;

    *count = 0;
    if (f->is_given_up || (f->is_ssh ? !how->ssh : !how->ask))
        return needs_passphrase(f, err);
    code = f->is_ssh ? open_ssh(how, f, arena, ids, count, err)
                     : open_age(how, f, arena, ids, count, err);
    if (code != ERR_OK)
        *count = 0;
    f->is_given_up = code != ERR_OK;
    return code;
}

enum err_code unseal_write(struct slice identities, struct slice passphrase, struct buf *out,
                           struct err *err)
{
    struct age_identity with;
    enum err_code code =
        age_identity_of_passphrase(passphrase, AGE_WORK_FACTOR, AGE_WORK_FACTOR, &with, err);

    return code == ERR_OK ? sealed_write(identities, &with.self, out, err) : code;
}
