/* Reads and writes descriptors. */
#include "io.h"

#include "ready.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool write_bytes(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, data, len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        data += done;
        len -= (size_t)done;
    }
    return true;
}

bool await_input(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};

    return (errno == EAGAIN || errno == EWOULDBLOCK) &&
           (await_ready(&wanted, 1, -1) > 0 || errno == EINTR);
}

bool read_bytes(int fd, size_t most, struct buf *out)
{
    enum { STEP = 65536 };
    size_t start = out->len;

    while (out->len - start <= most) {
        char *room = buf_reserve(out, STEP);
        ssize_t got;

        if (!room) {
            errno = ENOMEM;
            return false;
        }
        got = read(fd, room, STEP);
        if (got < 0 && (errno == EINTR || await_input(fd)))
            continue;
        if (got <= 0)
            return got == 0;
        out->len += (size_t)got;
    }
    errno = EFBIG;
    return false;
}

/* O_NONBLOCK: opening a pipe without a writer would block. */
const char *open_given(const char *path, int *fd)
{
    const char *why = NULL;
    struct stat st;

    *fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (*fd < 0)
        return strerror(errno);
    if (fstat(*fd, &st) != 0)
        why = strerror(errno);
    else if (S_ISDIR(st.st_mode))
        why = strerror(EISDIR);
    else if (S_ISFIFO(st.st_mode) && !file_has_writer(*fd))
        why = "nobody writes to this pipe";
    else if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
        why = "it is a device";
    if (!why)
        return NULL;
    close(*fd);
    *fd = -1;
    errno = 0; /* the open itself succeeded */
    return why;
}

const char *read_given(const char *path, size_t most, struct buf *out)
{
    int fd;
    const char *why = open_given(path, &fd);

    if (!why && !read_bytes(fd, most, out))
        why = strerror(errno);
    if (fd >= 0)
        close(fd);
    return why;
}
