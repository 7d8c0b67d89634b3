/* Reads a run's credentials from the sources that the settings name.
 *
 * MUST NOT print text that may be a key or a passphrase. MUST refuse a file of secrets that others
 * can read. */
#include "credentials.h"

#include "base/file.h"
#include "base/keyring.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PASSPHRASE_FILE_MAX = 1 << 16 };

static void tell(const struct vault *v, const char *name, const char *what)
{
    struct buf sentence = {0};

    buf_printf(&sentence, "%s%s", name, what);
    handle_tell(v, &sentence);
}

/* A file of another user, as containers mount it, is that user's to protect. */
static enum err_code check_mode(struct vault *v, const char *path, const struct stat *st)
{
    if (!S_ISREG(st->st_mode) || !(st->st_mode & (S_IRWXG | S_IRWXO)))
        return ERR_OK;
    if (st->st_uid != geteuid()) {
        tell(v, path, " can be read by others");
        return ERR_OK;
    }
    err_set(&v->err, ERR_LOCKED, "%s can be read by others", path);
    err_because(&v->err, ERR_REASON_READABLE_BY_OTHERS);
    err_detail_text(&v->err, ERR_SUBJECT, path);
    return v->err.code;
}

/* A missing file is reported when it is read. */
static enum err_code check_private(struct vault *v, const char *path)
{
    struct stat st;

    return file_look(path, &st) ? check_mode(v, path, &st) : ERR_OK;
}

static enum err_code refuse_key_for_name(struct vault *v, const char *path)
{
    if (!strstr(path, "AGE-SECRET-KEY-") && !strstr(path, "-----BEGIN "))
        return ERR_OK;
    err_set(&v->err, ERR_LOCKED, "a key was given where the name of an identity file is expected");
    err_because(&v->err, ERR_REASON_KEY_FOR_PATH);
    return v->err.code;
}

/* Any error of a credential that was given means that it opens nothing: ERR_LOCKED. */
static enum err_code unusable(struct vault *v, enum err_code code)
{
    if (code != ERR_OK && code != ERR_NO_MEMORY)
        code = v->err.code = ERR_LOCKED;
    return code;
}

static enum err_code add_identity_file(struct vault *v, const char *path)
{
    enum err_code code = refuse_key_for_name(v, path);

    if (code == ERR_OK)
        code = check_private(v, path);
    if (code == ERR_OK)
        code = unusable(v, handle_add_identity_file(v, path));
    return code;
}

static enum err_code add_identity(struct vault *v, const char *variable)
{
    const char *text = variables_get(variable);
    enum err_code code;

    code = unlock_add_identity_file(&v->unlock, variable, slice_of(text ? text : ""), &v->err);
    if (code == ERR_OK)
        return code;
    handle_prefix(v, variable);
    if (v->err.reason == ERR_REASON_NONE)
        err_because(&v->err, ERR_REASON_IDENTITY_VARIABLE);
    return unusable(v, code);
}

static enum err_code add_passphrase(struct vault *v, struct slice passphrase, const char *from)
{
    enum err_code code = unlock_add_passphrase(&v->unlock, passphrase, &v->err);

    if (code != ERR_OK)
        handle_prefix(v, from);
    return unusable(v, code);
}

static struct slice first_line(struct slice text)
{
    const char *end = text.len ? memchr(text.at, '\n', text.len) : NULL;

    if (end)
        text.len = (size_t)(end - text.at);
    if (text.len > 0 && text.at[text.len - 1] == '\r')
        text.len--;
    return text;
}

static enum err_code add_passphrase_file(struct vault *v, const char *path)
{
    struct buf text = BUF_SECRET;
    enum err_code code = check_private(v, path);

    if (code == ERR_OK)
        code = unusable(v, file_read_given(path, PASSPHRASE_FILE_MAX, &text, &v->err));
    if (code == ERR_OK)
        code = add_passphrase(v, first_line(buf_slice(&text)), path);
    buf_free(&text);
    return code;
}

/* Adds identity files that follow one another: each SSH key is one, and so are the lines between
 * them, unless one is the key of an environment. */
static enum err_code add_kept(struct vault *v, struct slice rest)
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ", name[] = "the keyring";
    struct slice all = rest, line, file = {rest.at, 0};
    enum err_code code = rest.len > 0 ? ERR_OK : unlock_add_identities(&v->unlock, rest, &v->err);

    while (code == ERR_OK && text_next_line(&all, &line)) {
        bool begins = slice_begins(line, begin), ends = slice_begins(line, end);
        bool is_key = unlock_is_key(line);

        if (!begins && !is_key)
            file.len = (size_t)(all.at - file.at);
        if (file.len > 0 && (begins || ends || is_key || all.len == 0)) {
            code = unlock_add_identity_file(&v->unlock, name, file, &v->err);
            file = (struct slice){begins ? line.at : all.at, 0};
        }
        if (is_key && code == ERR_OK) {
            code = unlock_read_key(&v->unlock, line, &v->err);
            file = (struct slice){all.at, 0};
        }
    }
    return code;
}

/* Adds the identity that unlock has stored. Ignores anything else under that name. */
static enum err_code add_from_keyring(struct vault *v)
{
    struct err before = v->err;
    struct buf text = BUF_SECRET;
    enum err_code code = ERR_OK;

    if (keyring_read(v->id, &text))
        code = add_kept(v, buf_slice(&text));
    if (!buf_ok(&text))
        code = err_no_memory(&v->err);
    buf_free(&text);
    if (code == ERR_OK || code == ERR_NO_MEMORY)
        return code;
    v->err = before;
    tell(v, "the keyring entry for this vault is not an identity", "");
    return ERR_OK;
}

/* Whether the file exists. Tells the caller if a folder that cannot be searched may hold it. */
static bool is_there(const struct vault *v, const char *path, struct stat *st)
{
    struct buf sentence = {0};

    if (file_look(path, st))
        return true;
    if (errno == EACCES) {
        buf_printf(&sentence, "cannot look for %s: %s", path, strerror(EACCES));
        handle_tell(v, &sentence);
    }
    return false;
}

static enum err_code add_usual_identity(struct vault *v, const char *path)
{
    struct stat st;
    enum err_code code;

    if (!is_there(v, path, &st))
        return ERR_OK;
    code = check_mode(v, path, &st);
    return code == ERR_OK ? unusable(v, handle_add_identity_file(v, path)) : code;
}

/* Ignores an SSH key that cannot be used: it was made for another purpose. The same goes for a key
 * that others can read, as long as its passphrase protects it. */
static enum err_code add_usual_ssh(struct vault *v, const char *path)
{
    struct err before = v->err;
    struct stat st;
    enum err_code code = is_there(v, path, &st) ? handle_add_identity_file(v, path) : ERR_ABSENT;
    const char *why = v->err.text;

    if (code == ERR_OK && (st.st_mode & (S_IRWXG | S_IRWXO)) && st.st_uid == geteuid() &&
        unlock_pass_over_last(&v->unlock, "it can be read by others"))
        return ERR_OK;
    if (code == ERR_OK)
        return check_mode(v, path, &st);
    if (code == ERR_NO_MEMORY)
        return code;
    if (strncmp(why, path, strlen(path)) == 0 && strncmp(why + strlen(path), ": ", 2) == 0)
        why += strlen(path) + 2;
    if (code != ERR_ABSENT)
        code = unlock_add_unused(&v->unlock, path, why, &v->err);
    if (code == ERR_NO_MEMORY)
        return code;
    v->err = before;
    return ERR_OK;
}

static enum err_code add(struct vault *v, const struct source *source)
{
    const char *passphrase;

    switch (source->kind) {
    case SOURCE_EMPTY:
        tell(v, source->variable, " is empty, and counts as not set");
        return ERR_OK;
    case SOURCE_IDENTITY:
        return add_identity(v, source->variable);
    case SOURCE_IDENTITY_FILE:
        return add_identity_file(v, source->path);
    case SOURCE_PASSPHRASE:
        passphrase = variables_get(source->variable);
        return add_passphrase(v, slice_of(passphrase ? passphrase : ""), source->variable);
    case SOURCE_PASSPHRASE_FILE:
        return add_passphrase_file(v, source->path);
    case SOURCE_KEYRING:
        return add_from_keyring(v);
    case SOURCE_USUAL_IDENTITY:
        return add_usual_identity(v, source->path);
    case SOURCE_USUAL_SSH:
        return add_usual_ssh(v, source->path);
    }
    return ERR_OK;
}

enum err_code credentials_add(struct vault *v, const struct settings *s)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < s->source_count && code == ERR_OK; i++)
        code = add(v, &s->sources[i]);
    return code;
}
