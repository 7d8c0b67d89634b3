/* Waiting for descriptors, terminals among them. */
#include "ready.h"

#ifdef __APPLE__
/* poll refuses /dev/tty there, which select takes. */
#include <errno.h>
#include <sys/select.h>
#include <sys/time.h>

struct sets {
    fd_set in, out;
    int most; /* the highest descriptor */
};

static int fill(struct sets *s, const struct pollfd *polled, nfds_t count)
{
    FD_ZERO(&s->in);
    FD_ZERO(&s->out);
    s->most = -1;
    for (nfds_t i = 0; i < count; i++) {
        int fd = polled[i].fd;

        if (fd < 0)
            continue;
        if (fd >= FD_SETSIZE) {
            errno = EMFILE;
            return -1;
        }
        if (polled[i].events & POLLIN)
            FD_SET(fd, &s->in);
        if (polled[i].events & POLLOUT)
            FD_SET(fd, &s->out);
        if (fd > s->most)
            s->most = fd;
    }
    return 0;
}

int await_ready(struct pollfd *polled, nfds_t count, int milliseconds)
{
    struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
    struct sets s;
    int ready = fill(&s, polled, count);

    if (ready == 0)
        ready = select(s.most + 1, &s.in, &s.out, NULL, milliseconds < 0 ? NULL : &limit);
    for (nfds_t i = 0; i < count && ready >= 0; i++) {
        int fd = polled[i].fd;

        polled[i].revents = 0;
        if (fd >= 0 && FD_ISSET(fd, &s.in))
            polled[i].revents |= POLLIN;
        if (fd >= 0 && FD_ISSET(fd, &s.out))
            polled[i].revents |= POLLOUT;
    }
    return ready;
}

#else

int await_ready(struct pollfd *polled, nfds_t count, int milliseconds)
{
    return poll(polled, count, milliseconds);
}

#endif
