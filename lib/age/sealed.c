/* Identity files under a passphrase: those that `age -p` writes, in armor or not, and OpenSSH keys.
 */
#include "sealed.h"

#include "armor.h"
#include "kind.h"
#include "openssh.h"

#include <string.h>

/* What every binary age file begins with, whatever its version. */
#define BINARY "age-encryption.org/"

bool sealed_is(struct slice text)
{
    return slice_begins(text, BINARY) || armor_is(text);
}

/* Puts the name of what is damaged in front of the detail. */
static enum err_code damaged(struct err *err)
{
    if (err->code == ERR_NO_MEMORY)
        return ERR_NO_MEMORY;
    err->code = ERR_INVALID;
    return err_prefix(err, "a damaged identity file under a passphrase");
}

enum err_code sealed_read(struct slice text, struct buf *file, struct err *err)
{
    struct slice type;
    size_t stanzas;

    if (!armor_is(text))
        buf_add_slice(file, text);
    else if (armor_read(text, file, err) != ERR_OK)
        return damaged(err);
    if (!buf_ok(file))
        return err_no_memory(err);
    if (age_header_look(buf_slice(file), &stanzas, &type, err) != ERR_OK)
        return damaged(err);
    if (!slice_is(type, "scrypt"))
        return err_set(err, ERR_INVALID,
                       "an age file for a public key: an identity file may only be under a "
                       "passphrase");
    if (age_work_factor(buf_slice(file)) == 0) {
        err_set(err, ERR_INVALID, "a wrong work factor");
        return damaged(err);
    }
    return ERR_OK;
}

static enum err_code too_hard(unsigned factor, unsigned most, struct err *err)
{
    err_set(err, ERR_LOCKED, "it asks for work factor %u, and more than %u is not tried", factor,
            most);
    err_because(err, ERR_REASON_WORK_FACTOR);
    err_detail_number(err, ERR_NUMBER, factor);
    return ERR_LOCKED;
}

enum err_code sealed_open(struct slice file, const struct age_identity *passphrase,
                          struct arena *arena, struct age_identity **ids, size_t *count,
                          struct err *err)
{
    struct buf plain = BUF_IN(arena);
    unsigned factor = age_work_factor(file);
    enum err_code code;

    *count = 0;
    if (factor > passphrase->self.work_factor_max)
        return too_hard(factor, passphrase->self.work_factor_max, err);
    code = age_decrypt(file, passphrase, 1, &plain, err);
    if (code == ERR_OK)
        code = age_identity_file_read(buf_slice(&plain), arena, ids, count, err);
    else if (code != ERR_LOCKED && code != ERR_FAILED)
        code = damaged(err);
    buf_free(&plain);
    return code;
}

bool sealed_ssh_is(struct slice text, struct age_recipient *self)
{
    struct err ignored;
    bool has_passphrase = false;

    memset(self, 0, sizeof *self);
    self->kind = &age_ssh_ed25519;
    return openssh_is_private_key(text) &&
           openssh_ed25519_look(text, self->key, &has_passphrase, &ignored) == ERR_OK &&
           has_passphrase;
}

enum err_code sealed_write(struct slice identities, const struct age_recipient *passphrase,
                           struct buf *out, struct err *err)
{
    struct buf file = {0};
    enum err_code code = age_encrypt(identities, passphrase, 1, &file, err);

    if (code == ERR_OK) {
        armor_write(buf_slice(&file), out);
        code = err_memory(buf_ok(out), err);
    }
    buf_free(&file);
    return code;
}
