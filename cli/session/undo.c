/* What the last change of a vault replaced.
 *
 * The record is for one path. MUST: be used only while the file is the one that this change wrote,
 * and hold exactly what this user's program read before: nothing of it comes from the repository
 * later. The file is known by its size and date, so that a save need not hash it; a record that was
 * torn by a crash does not match its digest. */
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
    DIGEST = 32,
    HEX = 2 * DIGEST,
    HEADER_MOST = 256,
    SHORT = 16 /* hexadecimal digits in the name of a record */
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

/* A line: the size and date of the file that the change wrote, and the digest of the former one. */
static void add_header(struct buf *out, const struct file_stamp *written, struct slice former)
{
    char hex[HEX + 1];

    digest(former, hex);
    buf_printf(out, MAGIC "%lld %lld.%09ld %s\n", (long long)written->size,
               (long long)written->written.tv_sec, written->written.tv_nsec, hex);
}

void undo_prepare(struct undo *u, const struct session *s)
{
    struct err err;

    *u = (struct undo){.path = NULL};
    if (record_path(s, &u->path) != STATUS_OK ||
        file_read(s->path, UNDO_FILE_MOST, &u->former, NULL, &err) != ERR_OK) {
        free(u->path);
        u->path = NULL;
    }
}

void undo_keep(const struct undo *u, const char *file)
{
    struct buf temporary = {0}, header = {0};
    struct file_stamp written;
    const char *path;
    int fd = -1;

    if (!u->path || !file_stamp(file, &written))
        return;
    add_header(&header, &written, buf_slice(&u->former));
    buf_printf(&temporary, "%s.new", u->path);
    path = buf_text(&temporary, "");
    unlink(path);
    if (buf_ok(&header) && buf_ok(&temporary))
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0) {
        bool good = write_bytes(fd, header.data, header.len) &&
                    write_bytes(fd, u->former.data, u->former.len);

        if (close(fd) != 0 || !good || rename(path, u->path) != 0)
            unlink(path);
    }
    buf_free(&temporary);
    buf_free(&header);
}

void undo_free(struct undo *u)
{
    free(u->path);
    buf_free(&u->former);
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
        code = file_read(path, UNDO_FILE_MOST + HEADER_MOST, record, NULL, &err);
    free(path);
    if (status != STATUS_OK || code == ERR_OK)
        return status;
    return code == ERR_ABSENT ? STATUS_ABSENT : say_error(STATUS_FAILED, "%s", err.text);
}

enum status undo_read(const struct session *s, const struct file_stamp *now, struct buf *former)
{
    struct buf text = {0}, header = {0};
    struct slice rest, line;
    enum status status = read_record(s, &text);

    rest = buf_slice(&text);
    if (status == STATUS_OK && !text_next_line(&rest, &line))
        status = STATUS_CONFLICT;
    if (status == STATUS_OK)
        add_header(&header, now, rest);
    if (status == STATUS_OK && buf_ok(&header))
        buf_add_slice(former, rest);
    if (status == STATUS_OK && (!buf_ok(&header) || !buf_ok(former)))
        status = say_no_memory();
    if (status == STATUS_OK && !slice_begins(buf_slice(&text), buf_text(&header, "")))
        status = STATUS_CONFLICT;
    buf_free(&header);
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
