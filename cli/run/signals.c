/* Signals that are held back: how one waits for them, and who sent them, differs between systems.
 */
#include "signals.h"

#include <sys/select.h>
#include <time.h>

#if defined __APPLE__ || defined __OpenBSD__
/* These have no sigtimedwait. pselect lets the signals through to a handler; its mask holds back
 * all others while it runs, and pselect all again when it returns: so one is taken at a time. */
enum { SIGNAL_MOST = NSIG - 1 };

static siginfo_t taken;

static void take(int number, siginfo_t *info, void *context)
{
    (void)context;
    taken = *info;
    taken.si_signo = number;
}

int signal_take(siginfo_t *info)
{
    const struct timespec second = {.tv_sec = 1};
    struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO};
    struct sigaction before[SIGNAL_MOST + 1];
    bool changed[SIGNAL_MOST + 1] = {false};
    sigset_t none;

    sigfillset(&action.sa_mask);
    sigemptyset(&none);
    taken.si_signo = 0;
    for (int i = 1; i <= SIGNAL_MOST; i++)
        changed[i] = sigaction(i, NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN &&
                     sigaction(i, &action, NULL) == 0;
    pselect(0, NULL, NULL, NULL, &second, &none);
    for (int i = 1; i <= SIGNAL_MOST; i++)
        if (changed[i])
            sigaction(i, &before[i], NULL);
    *info = taken;
    return taken.si_signo;
}

#else

int signal_take(siginfo_t *info)
{
    const struct timespec second = {.tv_sec = 1};
    sigset_t all;
    int number;

    sigfillset(&all);
    number = sigtimedwait(&all, info, &second);
    return number > 0 ? number : 0;
}

#endif

/* Where the kernel does not say that it was the sender, it names no process. */
bool signal_from_terminal(const siginfo_t *info)
{
#ifdef SI_KERNEL
    return info->si_code == SI_KERNEL;
#else
    return info->si_pid == 0;
#endif
}
