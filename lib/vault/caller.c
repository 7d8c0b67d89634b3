/* The caller's author, pins and identities. */
#include "caller.h"

#include "readers.h"

#include <stdlib.h>
#include <string.h>

static enum err_code set_string(struct vault *v, char **place, const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        return err_no_memory(&v->err);
    free(*place);
    *place = copy;
    return ERR_OK;
}

/* What created-by may contain: the file has it in plain text. */
static bool is_author(struct slice author)
{
    for (size_t i = 0; i < author.len; i++)
        if ((unsigned char)author.at[i] < 0x20 || author.at[i] == 0x7F || author.at[i] == '"' ||
            author.at[i] == '\\')
            return false;
    return author.len <= DOC_AUTHOR_MAX && text_is_plain(author);
}

enum err_code caller_set_author(struct vault *v, const char *author)
{
    if (!is_author(slice_of(author)))
        return err_set(&v->err, ERR_INVALID,
                       "an author has at most %d bytes, and no control characters, quotes or "
                       "backslashes",
                       DOC_AUTHOR_MAX);
    return set_string(v, &v->author, author);
}

enum err_code caller_use_pins(struct vault *v, const char *path, bool looks, bool searched)
{
    v->looks = looks;
    v->searched = searched;
    v->forgets = !path;
    v->pins_are_read = false;
    if (path)
        return set_string(v, &v->pins, path);
    free(v->pins);
    v->pins = NULL;
    return ERR_OK;
}

enum err_code caller_pin(struct vault *v, const char *env, const char *fingerprint)
{
    unsigned char bytes[16];
    struct told_env *t;

    if (fingerprint && (strlen(fingerprint) != SEAL_FINGERPRINT_TEXT ||
                        !base64_decode(bytes, fingerprint, SEAL_FINGERPRINT_TEXT)))
        return err_set(&v->err, ERR_INVALID, "a fingerprint is %d characters of base64",
                       SEAL_FINGERPRINT_TEXT);
    t = handle_told(v, env);
    if (!t)
        return v->err.code;
    if (fingerprint)
        memcpy(t->fingerprint, fingerprint, sizeof t->fingerprint);
    else
        t->named = true;
    return ERR_OK;
}

enum err_code caller_set_post_quantum(struct vault *v, bool is_wanted)
{
    struct age_identity id;
    enum err_code code = is_wanted ? age_identity_make_pq(&id, &v->err) : ERR_OK;

    if (code == ERR_OK)
        v->makes_pq = is_wanted;
    sodium_memzero(&id, sizeof id);
    return code;
}

/* A new identity, as age-keygen writes it. */
static enum err_code make_identity(struct vault *v, struct buf *text, struct buf *public_key)
{
    enum { ROOM = 4096 };
    struct arena arena = {0};
    struct age_identity *id = arena_alloc(&arena, sizeof *id);
    char *line = buf_reserve(text, ROOM);
    enum err_code code = err_memory(id && line, &v->err);

    if (code == ERR_OK && v->makes_pq)
        code = age_identity_make_pq(id, &v->err);
    else if (code == ERR_OK)
        age_identity_make(id);
    if (code == ERR_OK) {
        age_recipient_write(&id->self, public_key);
        buf_add_text(text, "# public key: ");
        buf_add_slice(text, buf_slice(public_key));
        buf_add_text(text, "\n");
        age_identity_write(id, text->data + text->len);
        text->len += strlen(text->data + text->len);
        buf_add_text(text, "\n");
        buf_add(public_key, "", 1);
        code = err_memory(buf_ok(text) && buf_ok(public_key), &v->err);
    }
    arena_free(&arena);
    return code;
}

enum err_code caller_create_identity(struct vault *v, const char *path,
                                     const struct slice *passphrase, struct buf *public_key)
{
    struct buf text = BUF_SECRET, file = {0};
    enum err_code code = make_identity(v, &text, public_key);

    if (code == ERR_OK && passphrase)
        code = unseal_write(buf_slice(&text), *passphrase, &file, &v->err);
    if (code == ERR_OK)
        code = file_create(path, buf_slice(passphrase ? &file : &text), &v->err);
    buf_free(&text);
    buf_free(&file);
    return code;
}

/* As a line of an identity file. */
static enum err_code add_identity(struct vault *v, struct vault_kv *kv,
                                  const struct age_identity *id)
{
    char *line = arena_alloc(&kv->arena, AGE_IDENTITY_TEXT_MAX + 2); /* with a newline and a zero */
    size_t len;

    if (!line)
        return err_no_memory(&v->err);
    age_identity_write(id, line);
    len = strlen(line);
    line[len] = '\n';
    line[len + 1] = '\0';
    return kv_add_own(kv, slice_of("IDENTITY"), (struct slice){line, len + 1})
               ? ERR_OK
               : err_no_memory(&v->err);
}

/* The environment's own key: a plugin would have to be asked again, and the person with it. */
static enum err_code add_key(struct vault *v, struct vault_kv *kv, const struct seal_keys *keys)
{
    char *line = arena_alloc(&kv->arena, UNLOCK_KEY_TEXT + 2);
    size_t len;

    if (!line)
        return err_no_memory(&v->err);
    unlock_write_key(keys->env, line);
    len = strlen(line);
    line[len] = '\n';
    line[len + 1] = '\0';
    return err_memory(kv_add_own(kv, slice_of("IDENTITY"), (struct slice){line, len + 1}), &v->err);
}

enum err_code caller_identity(struct vault *v, const char *env, struct vault_kv *kv)
{
    const struct age_identity *id = NULL;
    struct slice ssh = {"", 0};
    struct doc_item *reader;
    struct seal_env e;
    enum err_code code = handle_open_env(v, env, &e);

    if (code != ERR_OK)
        return code;
    reader = readers_find(&v->doc, e.name, slice_of(handle_opened(v, e.name)->reader));
    if (reader) {
        id = unlock_identity(&v->unlock, reader->part[0]);
        ssh = unlock_opened_ssh(&v->unlock, reader->part[0]);
    }
    if (ssh.len > 0)
        return err_memory(kv_add(kv, slice_of("IDENTITY"), ssh), &v->err);
    if (!id || age_identity_plugin(id))
        return add_key(v, kv, e.keys);
    if (strcmp(age_recipient_kind(&id->self), "ssh-ed25519") == 0)
        return err_set(&v->err, ERR_INVALID, "%s is opened with a key that stays in its file", env);
    return add_identity(v, kv, id);
}
