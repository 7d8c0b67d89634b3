/* The public keys to which this machine has encrypted an environment key before: a line "NAME KEY"
 * for each, in a file beside the pins. Any other key is marked in messages, and confirmed before it
 * is copied from another environment. */
#include "recipients.h"

#include "session/places.h"
#include "session/session.h"
#include "ui/io.h"
#include "ui/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECIPIENTS_FILE_MAX = 1 << 22 };

static enum status load(struct buf *lines)
{
    char *path;
    enum status status = state_path("wrapped", &path);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;

    if (fd >= 0 && !read_bytes(fd, RECIPIENTS_FILE_MAX, lines))
        buf_clear(lines); /* then all count as new */
    if (!buf_ok(lines))
        status = say_no_memory();
    if (fd >= 0)
        close(fd);
    free(path);
    return status;
}

static bool has_line(struct slice lines, const char *name, const char *key)
{
    size_t name_len = strlen(name), key_len = strlen(key);

    while (lines.len > 0) {
        const char *end = memchr(lines.at, '\n', lines.len);
        size_t len = end ? (size_t)(end - lines.at) : lines.len;

        if (len == name_len + 1 + key_len && memcmp(lines.at, name, name_len) == 0 &&
            lines.at[name_len] == ' ' && memcmp(lines.at + name_len + 1, key, key_len) == 0)
            return true;
        lines.at += len + (end != NULL);
        lines.len -= len + (end != NULL);
    }
    return false;
}

/* The folder exists, since the pins are in it. If the write fails, these keys are marked as new
 * again next time. */
static void append(struct slice lines)
{
    char *path;
    int fd = state_path("wrapped", &path) == STATUS_OK && path
                 ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
                 : -1;

    if (fd >= 0) {
        write_bytes(fd, lines.at, lines.len);
        close(fd);
    }
    free(path);
}

/* The readers that this machine knows, and those that it does not. */
struct known {
    struct buf before, added;
    bool loaded;
};

/* Runs after a save, which a failure here does not undo. Without memory, all are shown as new. */
static void known_load(struct known *k)
{
    *k = (struct known){.loaded = false};
    k->loaded = load(&k->before) == STATUS_OK;
}

static void known_save(struct known *k)
{
    if (k->loaded && buf_ok(&k->added) && k->added.len > 0)
        append(buf_slice(&k->added));
    buf_free(&k->added);
    buf_free(&k->before);
}

/* env: shows the reader as one of it; NULL: does not show it. */
static void known_add(struct known *k, const char *env, const vault_reader_entry *reader)
{
    bool known = has_line(buf_slice(&k->before), reader->name, reader->public_key);

    if (env)
        say_note("%s is encrypted to %s %s (%s%s)", env, reader->name, reader->public_key,
                 reader->kind, known ? "" : ", for the first time from this machine");
    if (!known)
        buf_printf(&k->added, "%s %s\n", reader->name, reader->public_key);
}

enum status recipients_knows(const vault_reader_entry *reader, bool *known)
{
    struct buf before = {0};
    enum status status = load(&before);

    *known = has_line(buf_slice(&before), reader->name, reader->public_key);
    buf_free(&before);
    return status;
}

static void add_all(const char *env, const vault_readers *readers)
{
    struct known k;

    known_load(&k);
    for (size_t i = 0; i < vault_readers_count(readers); i++)
        known_add(&k, env, vault_readers_at(readers, i));
    known_save(&k);
}

void recipients_show(const char *env, const vault_readers *readers)
{
    add_all(env, readers);
}

void recipients_remember(const vault_readers *readers)
{
    add_all(NULL, readers);
}

void recipients_remember_one(const vault_reader_entry *reader)
{
    struct known k;

    known_load(&k);
    known_add(&k, NULL, reader);
    known_save(&k);
}
