/* Public keys as people pass them on: typed, in a file such as code hosts serve, on stdin. */
#include "publickey.h"

#include "sources.h"
#include "ui/say.h"

#include "base/base64.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEYS_FILE_MAX = 1 << 20 };

/* The usable keys of a file: there must be one. */
struct found_keys {
    struct session *s;
    const char *name; /* of the file */
    char *key;
    int usable, skipped;
    struct buf all;
};

static bool is_secret(struct slice line)
{
    return slice_begins(line, "AGE-SECRET-KEY-") || slice_begins(line, "AGE-PLUGIN-") ||
           slice_begins(line, "-----BEGIN ");
}

static enum status refuse_secret(void)
{
    say_error(STATUS_USAGE, "that is a private key: nobody else may see it");
    say_hint("give its public key, age1… or ssh-ed25519 …");
    return STATUS_USAGE;
}

static enum status add_line(struct found_keys *f, struct slice line, int number)
{
    char *text = strndup(line.at, line.len), *key = NULL;
    enum status status = STATUS_OK;
    vault_err err;

    if (!text)
        return say_no_memory();
    err = vault_public_key_read(f->s->v, text, &key);
    if (is_secret(line)) {
        status = say_error(STATUS_USAGE, "%s contains a private key", f->name);
    } else if (err == VAULT_NO_MEMORY) {
        status = say_vault_error(f->s->v, err);
    } else if (err != VAULT_OK) {
        f->skipped++;
        say_note("%s, line %d: %s: skipped", f->name, number, vault_error(f->s->v));
    } else if (!f->key || strcmp(f->key, key) != 0) {
        f->usable++;
        buf_printf(&f->all, "%s\n", key);
        vault_release(f->key);
        f->key = key;
        key = NULL;
    }
    vault_release(key);
    free(text);
    return status;
}

static enum status read_lines(struct found_keys *f, struct slice text)
{
    enum status status = STATUS_OK;

    for (int number = 1; text.len > 0 && status == STATUS_OK; number++) {
        const char *end = memchr(text.at, '\n', text.len);
        struct slice line = {text.at, end ? (size_t)(end - text.at) : text.len};
        size_t taken = line.len + (end != NULL);

        text.at += taken;
        text.len -= taken;
        while (line.len > 0 && strchr(" \t\r", line.at[line.len - 1]))
            line.len--;
        if (line.len > 0 && line.at[0] != '#' && !memchr(line.at, '\0', line.len))
            status = add_line(f, line, number);
    }
    return status;
}

/* SSH's fingerprint of a key, as ssh-keygen -l and code hosts show it. Adds nothing for other kinds
 * of key. */
static void add_fingerprint(struct buf *out, struct slice key)
{
    static const char type[] = "ssh-ed25519 ";
    unsigned char wire[64], hash[crypto_hash_sha256_BYTES];
    char text[BASE64_ENCODED(sizeof hash)];
    size_t len = key.len - (sizeof type - 1);

    if (!slice_begins(key, type) || BASE64_DECODED(len) > sizeof wire ||
        !base64_decode(wire, key.at + sizeof type - 1, len))
        return;
    crypto_hash_sha256(hash, wire, BASE64_DECODED(len));
    base64_encode(text, hash, sizeof hash);
    buf_printf(out, "  SHA256:%.*s", (int)sizeof text, text);
}

/* Lists them one by one, to be copied. */
static enum status refuse_several(const struct found_keys *f)
{
    const char *at = buf_slice(&f->all).at, *stop = at + f->all.len;

    say_error(STATUS_USAGE, "%s has %d usable keys: give one of them", f->name, f->usable);
    while (at < stop) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        struct slice key = {at, (size_t)(end - at)};
        struct buf line = {0};

        buf_add_slice(&line, key);
        add_fingerprint(&line, key);
        say_hint("%s", buf_text(&line, "out of memory"));
        buf_free(&line);
        at = end + 1;
    }
    return STATUS_USAGE;
}

static enum status read_keys(struct session *s, const char *path, char **key)
{
    struct found_keys f = {.s = s, .name = strcmp(path, "-") == 0 ? "stdin" : path};
    struct buf text = BUF_SECRET; /* it may turn out to be a private key */
    enum status status = value_read(path, &text);

    if (status == STATUS_OK && text.len > KEYS_FILE_MAX)
        status = say_error(STATUS_USAGE, "%s is too long for public keys", f.name);
    NEXT(status, read_lines(&f, buf_slice(&text)));
    if (status == STATUS_OK && f.usable == 0) {
        status = say_error(STATUS_USAGE, "%s has no usable public key", f.name);
        say_hint("a public key begins with age1 or ssh-ed25519");
    }
    if (status == STATUS_OK && f.usable > 1)
        status = refuse_several(&f);
    if (status == STATUS_OK)
        *key = f.key;
    else
        vault_release(f.key);
    buf_free(&f.all);
    buf_free(&text);
    return status;
}

static bool looks_like_key(const char *text)
{
    return strncmp(text, "age1", 4) == 0 || strncmp(text, "ssh-", 4) == 0 ||
           strncmp(text, "ecdsa-", 6) == 0 || strncmp(text, "sk-", 3) == 0;
}

enum status public_key_read(struct session *s, const char *text, char **key)
{
    vault_err err;

    *key = NULL;
    if (is_secret(slice_of(text)))
        return refuse_secret();
    if (!looks_like_key(text) && strcmp(text, "-") != 0 && access(text, F_OK) != 0) {
        say_error(
            STATUS_USAGE,
            "neither a public key nor a file with one"); /* it is not shown: it may be a secret */
        say_hint("a public key begins with age1 or ssh-ed25519");
        return STATUS_USAGE;
    }
    if (!looks_like_key(text))
        return read_keys(s, text, key);
    err = vault_public_key_read(s->v, text, key);
    return err == VAULT_OK ? STATUS_OK : say_vault_error(s->v, err);
}
