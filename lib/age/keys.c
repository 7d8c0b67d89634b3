/* The kinds of key, and keys as text: recipients, identities and identity files. */
#include "kind.h"

#include "base/text.h"
#include "openssh.h"
#include "plugin.h"

#include <sodium.h>
#include <string.h>

#define NEEDS_XWING \
    "a post-quantum key needs libsodium 1.0.22 or newer: this program has " SODIUM_VERSION_STRING

/* What a text begins with tells its kind: the first one that fits. */
static const struct age_kind *const kinds[] = {
#ifdef AGE_HAS_PQ
    &age_mlkem768x25519, /* before X25519, which has the beginning of its public keys */
#endif
    &age_x25519, &age_ssh_ed25519, &age_scrypt};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

const struct age_kind *age_kind_of(struct slice stanza_type)
{
    for (int i = 0; i < KINDS; i++)
        if (slice_is(stanza_type, kinds[i]->stanza))
            return kinds[i];
    return NULL;
}

/* ---- recipients and single identities ---- */

/* What public keys begin with that vault has no kind for. No message may repeat the text: it may be
 * a secret key, given in place of a public one. */
static const char *why_no_recipient(struct slice text)
{
    static const char ssh[] = "only ssh-ed25519 is supported for SSH keys";
    static const struct {
        const char *prefix, *why;
    } known[] = {
        {"AGE-", "that is a secret key: give the public one, age1…"},
        {"ssh-", ssh},
        {"ecdsa-sha2-", ssh},
        {"sk-ssh-", ssh},
        {"sk-ecdsa-", ssh},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_begins(text, known[i].prefix))
            return known[i].why;
    return "not a public key: it begins with age1 or ssh-ed25519";
}

/* "age1", the name of a plugin, and a 1: the letters of an X25519 key include no 1. */
static bool is_of_plugin(struct slice text)
{
#ifdef AGE_HAS_PQ
    if (slice_begins(text, age_mlkem768x25519.recipient_prefix))
        return false;
#endif
    return slice_begins(text, "age1") && memchr(text.at + 4, '1', text.len - 4);
}

static enum err_code damaged_key(const struct age_kind *kind, struct err *err)
{
    return err_set(err, ERR_INVALID, "a damaged %s public key: is all of it there?", kind->stanza);
}

enum err_code age_recipient_read(struct slice text, struct age_recipient *to, struct err *err)
{
    memset(to, 0, sizeof *to);
    if (is_of_plugin(text))
        return plugin_recipient_read(text, to) ? ERR_OK : damaged_key(to->kind, err);
    for (int i = 0; i < KINDS; i++)
        if (kinds[i]->recipient_prefix && slice_begins(text, kinds[i]->recipient_prefix)) {
            to->kind = kinds[i];
            if (kinds[i]->recipient_read(text, to))
                return ERR_OK;
            return damaged_key(kinds[i], err);
        }
    return err_set(err, ERR_INVALID, "%s", why_no_recipient(text));
}

void age_recipient_write(const struct age_recipient *to, struct buf *out)
{
    if (to->kind->recipient_write)
        to->kind->recipient_write(to, out);
}

const char *age_recipient_kind(const struct age_recipient *to)
{
    return to->kind->stanza;
}

const char *age_recipient_plugin(const struct age_recipient *to)
{
    return to->plugin[0] ? to->plugin : NULL;
}

const char *age_identity_plugin(const struct age_identity *id)
{
    return id->plugin[0] ? id->plugin : NULL;
}

bool age_recipient_is_known(const struct age_recipient *to)
{
    return to->kind->public_key_len > 0 || to->text.len > 0;
}

bool age_recipient_is_pq(const struct age_recipient *to)
{
    return strcmp(to->kind->stanza, "mlkem768x25519") == 0 || strcmp(to->plugin, "tagpq") == 0;
}

bool age_recipient_equal(const struct age_recipient *a, const struct age_recipient *b)
{
    return a->kind == b->kind && a->kind->recipient_write && /* a passphrase has no public key */
           age_recipient_is_known(a) && slice_equal(a->text, b->text) &&
           sodium_memcmp(a->key, b->key, a->kind->public_key_len) == 0;
}

/* Whether the text is of a kind that is known and not supported: sets the error. */
static bool is_unsupported(struct slice text, struct err *err)
{
    const char *why = NULL;

    if (slice_begins(text, "age1"))
        why = "a public key, where a secret one belongs";
    else if (slice_begins(text, "-----BEGIN "))
        why = "the only PEM files supported are OpenSSH private keys";
    if (why)
        err_set(err, ERR_INVALID, "%s", why);
    return why;
}

static bool is_identity_of_plugin(struct slice text)
{
#ifndef AGE_HAS_PQ
    if (slice_begins(text, "AGE-SECRET-KEY-PQ-1"))
        return true;
#endif
    return slice_begins(text, "AGE-PLUGIN-");
}

/* Nothing but the comment tells the public key. */
static enum err_code read_plugin_identity(struct slice text, struct slice claim,
                                          struct age_identity *id, struct err *err)
{
    struct age_recipient self;
    struct err ignored;

    if (!plugin_identity_read(text, id)) {
        sodium_memzero(id, sizeof *id);
        return err_set(err, ERR_INVALID, "a damaged identity: is all of it there?");
    }
    if (claim.len > 0 && age_recipient_read(claim, &self, &ignored) == ERR_OK)
        id->self = self;
    return ERR_OK;
}

/* With a valid claim, the public key is the claimed one. */
static enum err_code read_identity(struct slice text, struct slice claim, struct age_identity *id,
                                   struct err *err)
{
    const struct age_kind *kind = NULL;

    memset(id, 0, sizeof *id);
    if (is_unsupported(text, err))
        return ERR_INVALID;
    if (is_identity_of_plugin(text))
        return read_plugin_identity(text, claim, id, err);
    for (int i = 0; i < KINDS && !kind; i++)
        if (kinds[i]->identity_prefix && slice_begins(text, kinds[i]->identity_prefix))
            kind = kinds[i];
    if (!kind)
        return err_set(err, ERR_INVALID, "not an age identity: it begins with AGE-SECRET-KEY-1");
    id->kind = id->self.kind = kind;
    if (!kind->identity_read(text, id)) {
        sodium_memzero(id, sizeof *id);
        return err_set(err, ERR_INVALID, "a damaged identity: is all of it there?");
    }
    id->claimed =
        slice_begins(claim, kind->recipient_prefix) && kind->recipient_read(claim, &id->self);
    if (!id->claimed)
        kind->identity_self(id);
    return ERR_OK;
}

enum err_code age_identity_read(struct slice text, struct age_identity *id, struct err *err)
{
    return read_identity(text, (struct slice){"", 0}, id, err);
}

void age_identity_write(const struct age_identity *id, char *text)
{
    age_bech32_identity_write(id, text);
}

enum err_code age_identity_make_pq(struct age_identity *id, struct err *err)
{
    memset(id, 0, sizeof *id);
#ifdef AGE_HAS_PQ
    id->kind = id->self.kind = &age_mlkem768x25519;
    randombytes_buf(id->secret, sizeof id->secret);
    id->kind->identity_self(id);
    (void)err;
    return ERR_OK;
#else
    return err_set(err, ERR_INVALID, "%s", NEEDS_XWING);
#endif
}

void age_identity_settle(struct age_identity *id)
{
    if (id->claimed)
        id->kind->identity_self(id);
    id->claimed = false;
}

enum err_code age_identity_of_passphrase(struct slice passphrase, unsigned work_factor,
                                         unsigned work_factor_max, struct age_identity *id,
                                         struct err *err)
{
    memset(id, 0, sizeof *id);
    if (passphrase.len == 0)
        return err_set(err, ERR_INVALID, "an empty passphrase");
    if (work_factor == 0 || work_factor > work_factor_max ||
        work_factor_max > AGE_WORK_FACTOR_HIGHEST)
        return err_set(err, ERR_INVALID, "a work factor out of bounds");
    id->kind = id->self.kind = &age_scrypt;
    id->self.passphrase = passphrase;
    id->self.work_factor = work_factor;
    id->self.work_factor_max = work_factor_max;
    return ERR_OK;
}

/* ---- identity files ---- */

struct identity_line {
    struct slice text, claim; /* claim: from a comment above it, or empty */
    size_t number;
};

/* What a comment says is the public key of the identity below it. Programs write "# public key: "
 * or, with spaces, "#    Recipient: ". */
static struct slice claim_of(struct slice line)
{
    static const char *const words[] = {"public key: ", "Recipient: "};
    size_t at = 1;

    if (!slice_begins(line, "# "))
        return (struct slice){"", 0};
    while (at < line.len && line.at[at] == ' ')
        at++;
    line.at += at;
    line.len -= at;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_begins(line, words[i]))
            return (struct slice){line.at + strlen(words[i]), line.len - strlen(words[i])};
    return (struct slice){"", 0};
}

/* Goes on to the next line that is not blank or a comment; false at the end. */
static bool next_identity(struct slice *rest, struct identity_line *next)
{
    struct slice line;

    next->claim = (struct slice){"", 0};
    while (text_next_line(rest, &line)) {
        next->number++;
        if (slice_ends(line, "\r"))
            line.len--;
        if (claim_of(line).len > 0)
            next->claim = claim_of(line);
        next->text = line;
        if (line.len > 0 && line.at[0] != '#')
            return true;
    }
    return false;
}

static enum err_code read_openssh(struct slice text, struct age_identity *id, struct err *err)
{
    unsigned char pair[crypto_sign_SECRETKEYBYTES];
    enum err_code code = openssh_ed25519_read(text, pair, err);

    memset(id, 0, sizeof *id);
    if (code == ERR_OK) {
        id->kind = id->self.kind = &age_ssh_ed25519;
        crypto_sign_ed25519_sk_to_curve25519(id->secret, pair);
        crypto_sign_ed25519_sk_to_pk(id->self.key, pair);
    }
    sodium_memzero(pair, sizeof pair);
    stack_wipe();
    return code;
}

/* The text that a plugin's identity consists of, and its public key. */
static bool keep_text(struct age_identity *id, struct arena *arena)
{
    if (id->text.len > 0)
        id->text.at = arena_copy(arena, id->text.at, id->text.len);
    if (id->self.text.len > 0)
        id->self.text.at = arena_copy(arena, id->self.text.at, id->self.text.len);
    return (id->text.len == 0 || id->text.at) && (id->self.text.len == 0 || id->self.text.at);
}

bool age_identities_copy(struct age_identity *to, const struct age_identity *from, size_t count,
                         struct arena *arena)
{
    bool good = true;

    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
        good = keep_text(&to[i], arena) && good;
    }
    return good;
}

static enum err_code read_lines(struct slice text, struct arena *arena, struct age_identity *ids,
                                size_t *count, struct err *err)
{
    struct identity_line line = {.number = 0};
    enum err_code code = ERR_OK;

    while (code == ERR_OK && next_identity(&text, &line)) {
        char why[sizeof err->text];

        code = read_identity(line.text, line.claim, ids + *count, err);
        if (code == ERR_OK)
            code = err_memory(keep_text(ids + *count, arena), err);
        if (code == ERR_OK || code == ERR_NO_MEMORY) {
            ++*count;
        } else {
            memcpy(why, err->text, sizeof why); /* public: no message holds an input */
            code = err_set(err, ERR_INVALID, "line %zu: %s", line.number, why);
        }
    }
    return code;
}

enum err_code age_identity_file_claims(struct slice text, struct arena *arena,
                                       struct age_identity **ids, size_t *count, struct err *err)
{
    struct identity_line line = {.number = 0};
    struct slice rest = text;
    size_t lines = 0;

    *count = 0;
    if (text.len > AGE_IDENTITY_FILE_MAX)
        return err_set(err, ERR_INVALID, "over %d bytes", AGE_IDENTITY_FILE_MAX);
    while (next_identity(&rest, &line))
        lines++;
    if (lines == 0)
        return err_set(err, ERR_INVALID, "there is no identity in it");
    *ids = arena_alloc(arena, lines * sizeof **ids);
    if (!*ids)
        return err_no_memory(err);
    if (!openssh_is_private_key(text))
        return read_lines(text, arena, *ids, count, err);
    *count = 1;
    return read_openssh(text, *ids, err);
}

enum err_code age_identity_file_read(struct slice text, struct arena *arena,
                                     struct age_identity **ids, size_t *count, struct err *err)
{
    enum err_code code = age_identity_file_claims(text, arena, ids, count, err);

    for (size_t i = 0; code == ERR_OK && i < *count; i++)
        age_identity_settle(*ids + i);
    return code;
}
