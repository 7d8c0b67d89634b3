/* What the last change of a vault replaced.
 *
 * The record is for one path. MUST: be used only while the file is exactly what that change wrote,
 * and hold exactly what this user's program read before: nothing of it comes from the repository
 * later. A record that was torn by a crash does not match its digests. */
#include "undo.h"

#include "places.h"
#include "ui/io.h"
#include "ui/say.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "vault-undo 1 "
enum {
    FILE_MOST = 32 << 20, /* bytes: no vault is larger */
    DIGEST = 32,
    HEX = 2 * DIGEST,
    HEADER = sizeof MAGIC - 1 + 2 * HEX + 1, /* the digests of the new file and the former one */
    SHORT = 16                               /* hexadecimal digits in the name of a record */
};

static void digest(struct slice text, char hex[HEX + 1])
{
    unsigned char hash[DIGEST];

    crypto_generichash(hash, sizeof hash, (const unsigned char *)text.at, text.len, NULL, 0);
    sodium_bin2hex(hex, HEX + 1, hash, sizeof hash);
}

/* *path is a new string. STATUS_ABSENT, without a message: there is no HOME, or no file. */
static enum status record_path(const struct session *s, char **path)
{
    char *real = s->path ? file_real_path(s->path) : NULL;
    char hex[HEX + 1], name[sizeof "undo-" + SHORT];
    vault_err err = s->path && errno == ENOMEM ? VAULT_NO_MEMORY : VAULT_ABSENT;

    *path = NULL;
    if (real) {
        digest(slice_of(real), hex);
        snprintf(name, sizeof name, "undo-%.*s", SHORT, hex);
        err = vault_default_path(VAULT_FOLDER_STATE, name, path);
    }
    free(real);
    return err == VAULT_OK ? STATUS_OK : err == VAULT_NO_MEMORY ? STATUS_FAILED : STATUS_ABSENT;
}

void undo_prepare(struct undo *u, const struct session *s)
{
    char former_hex[HEX + 1], new_hex[HEX + 1], *text = NULL;
    struct buf former = {0};
    struct err err;
    size_t len;

    *u = (struct undo){.path = NULL};
    if (record_path(s, &u->path) == STATUS_OK &&
        file_read(s->path, FILE_MOST, &former, NULL, &err) == ERR_OK &&
        vault_text(s->v, &text, &len) == VAULT_OK) {
        digest((struct slice){text, len}, new_hex);
        digest(buf_slice(&former), former_hex);
        buf_printf(&u->text, MAGIC "%s%s\n", new_hex, former_hex);
        buf_add_slice(&u->text, buf_slice(&former));
    }
    vault_release(text);
    buf_free(&former);
}

void undo_keep(const struct undo *u)
{
    struct buf temporary = {0};
    const char *path;
    int fd;

    if (!u->path || u->text.len == 0 || !buf_ok(&u->text))
        return;
    buf_printf(&temporary, "%s.new", u->path);
    path = buf_text(&temporary, "");
    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0) {
        bool good = write_bytes(fd, u->text.data, u->text.len);

        if (close(fd) != 0 || !good || rename(path, u->path) != 0)
            unlink(path);
    }
    buf_free(&temporary);
}

void undo_free(struct undo *u)
{
    free(u->path);
    buf_free(&u->text);
}

static bool says(struct slice record, size_t place, struct slice text)
{
    char hex[HEX + 1];

    digest(text, hex);
    return memcmp(record.at + sizeof MAGIC - 1 + place * HEX, hex, HEX) == 0;
}

static enum status read_record(const struct session *s, struct buf *record)
{
    char *path;
    struct err err;
    enum err_code code = ERR_OK;
    enum status status = record_path(s, &path);

    if (status == STATUS_FAILED)
        return say_no_memory();
    if (status == STATUS_OK)
        code = file_read(path, FILE_MOST + HEADER, record, NULL, &err);
    free(path);
    if (status != STATUS_OK || code == ERR_OK)
        return status;
    return code == ERR_ABSENT ? STATUS_ABSENT : say_error(STATUS_FAILED, "%s", err.text);
}

enum status undo_read(const struct session *s, struct slice now, struct buf *former)
{
    struct buf text = {0};
    struct slice record, rest;
    enum status status = read_record(s, &text);

    if (status == STATUS_OK && (text.len <= HEADER || !slice_begins(buf_slice(&text), MAGIC)))
        status = STATUS_CONFLICT;
    if (status == STATUS_OK) {
        record = buf_slice(&text);
        rest = (struct slice){record.at + HEADER, record.len - HEADER};
        status = says(record, 0, now) && says(record, 1, rest) ? STATUS_OK : STATUS_CONFLICT;
        if (status == STATUS_OK)
            buf_add_slice(former, rest);
        if (!buf_ok(former))
            status = say_no_memory();
    }
    buf_free(&text);
    return status;
}

void undo_forget(const struct session *s)
{
    char *path;

    if (record_path(s, &path) == STATUS_OK)
        unlink(path);
    free(path);
}
