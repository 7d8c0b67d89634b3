/* Inserts, finds and removes pieces of text in shared files, byte for byte. */
#include "gitsetup.h"

#include "ui/io.h"
#include "ui/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATCH_MAX = 16 << 20 };

enum status patch_read(const char *path, struct buf *text)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool good = fd >= 0 && read_bytes(fd, PATCH_MAX, text);
    int cause = errno;

    if (fd >= 0)
        close(fd);
    if (good)
        return STATUS_OK;
    return cause == ENOENT ? STATUS_ABSENT
                           : say_error(STATUS_FAILED, "cannot read %s: %s", path,
                                       cause == ELOOP ? "a symbolic link" : strerror(cause));
}

static void insert(struct buf *text, size_t at, struct slice piece)
{
    size_t behind = text->len - at;
    char *room = buf_reserve(text, piece.len);

    if (!room || piece.len == 0)
        return;
    memmove(text->data + at + piece.len, text->data + at, behind);
    memcpy(text->data + at, piece.at, piece.len);
    text->len += piece.len;
}

/* If the text ends without a newline, the piece's newline goes before it, so that the text still
 * ends without one. */
bool patch_put(struct buf *text, size_t at, struct slice piece)
{
    bool open_end = at == text->len && (at == 0 || text->data[at - 1] != '\n');

    if (open_end) {
        piece.len--;
        if (at > 0)
            insert(text, at++, slice_of("\n"));
    }
    insert(text, at, piece);
    return buf_ok(text);
}

void patch_take(struct buf *text, size_t at, size_t len)
{
    size_t end = at + len;

    if (at > 0 && end == text->len && text->data[end - 1] != '\n')
        at--;
    memmove(text->data + at, text->data + end, text->len - end);
    text->len -= end - at;
}

bool patch_find(struct slice text, struct slice piece, size_t *at, size_t *len)
{
    for (size_t start = 0; start < text.len;) {
        struct slice rest = {text.at + start, text.len - start};
        const char *newline = memchr(rest.at, '\n', rest.len);

        if (rest.len + 1 == piece.len && memcmp(rest.at, piece.at, rest.len) == 0) {
            *at = start;
            *len = rest.len;
            return true;
        }
        if (rest.len >= piece.len && memcmp(rest.at, piece.at, piece.len) == 0) {
            *at = start;
            *len = piece.len;
            return true;
        }
        start += newline ? (size_t)(newline - rest.at) + 1 : rest.len;
    }
    return false;
}

unsigned patch_mode(unsigned all)
{
    mode_t mask = umask(0);

    umask(mask);
    return all & ~(unsigned)mask;
}

enum status patch_write(const char *path, struct slice text, unsigned mode)
{
    size_t size = strlen(path) + sizeof ".XXXXXX";
    char *temporary = malloc(size);
    int fd = -1, cause;
    bool good;

    if (!temporary)
        return say_no_memory();
    snprintf(temporary, size, "%s.XXXXXX", path);
    fd = mkstemp(temporary);
    good = fd >= 0 && write_bytes(fd, text.at, text.len) && fchmod(fd, (mode_t)mode) == 0 &&
           fsync(fd) == 0 && rename(temporary, path) == 0;
    cause = errno;
    if (fd >= 0 && !good)
        unlink(temporary);
    if (fd >= 0)
        close(fd);
    free(temporary);
    return good ? STATUS_OK
                : say_error(STATUS_FAILED, "cannot write %s: %s", path, strerror(cause));
}
