/* Hardens this process before it reads a key: no core dump, no debugger, no missing standard
 * descriptor. */
#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#if defined __linux__
#include <sys/prctl.h>
#elif defined __FreeBSD__
#include <sys/procctl.h>
#endif

static struct rlimit core_limit; /* before */
static bool core_was_limited;    /* by this process */
static struct sigaction too_large;

/* Opens a placeholder for each closed standard descriptor, so that no file becomes stdin, stdout or
 * stderr. It is as unusable as a closed one, and closed again in a command. */
static bool fill_standard_descriptors(void)
{
    static const int unusable[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    struct pollfd all[] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
    bool told = poll(all, 3, 0) >= 0;

    for (int fd = 0; fd <= 2; fd++) {
        if (told && !(all[fd].revents & POLLNVAL))
            continue; /* some systems set it for open ones too, so fcntl decides */
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", unusable[fd] | O_CLOEXEC) != fd)
            return false;
    }
    return true;
}

/* Until a command takes this process's place. macOS, NetBSD and OpenBSD have nothing that ends
 * there: on them a debugger of the same user may look, as far as the system lets it. */
static void refuse_debuggers(void)
{
#if defined __linux__
    prctl(PR_SET_DUMPABLE, 0);
#elif defined __FreeBSD__
    int no = PROC_TRACE_CTL_DISABLE;

    procctl(P_PID, getpid(), PROC_TRACE_CTL, &no);
#endif
}

bool protect_process(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGXFSZ, &ignore, &too_large); /* write fails instead, and its file is removed */

    if (getrlimit(RLIMIT_CORE, &core_limit) == 0 && core_limit.rlim_cur != 0) {
        struct rlimit none = {.rlim_cur = 0, .rlim_max = core_limit.rlim_max};

        core_was_limited = setrlimit(RLIMIT_CORE, &none) == 0;
    }
    refuse_debuggers();
    return fill_standard_descriptors();
}

void restore_limits(void)
{
    sigaction(SIGXFSZ, &too_large, NULL);
    if (core_was_limited)
        setrlimit(RLIMIT_CORE, &core_limit);
}
