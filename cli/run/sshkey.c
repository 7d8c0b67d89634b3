/* OpenSSH keys that have a passphrase: ssh-keygen takes it off a copy, and asks for it itself.
 *
 * MUST NOT: the passphrase passes through this process, an argument or the environment; the copy is
 * on a disk, or stays. ssh-keygen gets the terminal and nothing else, so no SSH_ASKPASS is run. */
#include "sshkey.h"

#include "child.h"
#include "private.h"
#include "program.h"
#include "ui/io.h"
#include "ui/say.h"
#include "ui/terminal.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

enum { KEY_MAX = 16384, ATTEMPTS = 3 };

static const char copy[] = "key";

/* It says that it has saved a file, and what is wrong in words of its own: neither is for us. */
static bool give_terminal(void *state)
{
    int terminal = open("/dev/tty", O_RDWR), nowhere = open("/dev/null", O_RDWR);

    (void)state;
    return terminal >= 0 && nowhere >= 0 && dup2(terminal, STDIN_FILENO) >= 0 &&
           dup2(nowhere, STDOUT_FILENO) >= 0 && dup2(nowhere, STDERR_FILENO) >= 0;
}

/* 255 is what it ends with after a wrong passphrase; a signal, or that it cannot be run, is no
 * answer. */
static bool may_ask_again(int status)
{
    return status == 255 || (status > 0 && status < 126);
}

static int ask(char *program, const char *name, char *file)
{
    char *const command[] = {program, "-q", "-p", "-N", "", "-f", file, NULL};
    int status = 1;

    for (int attempt = 0; attempt < ATTEMPTS && may_ask_again(status); attempt++) {
        if (attempt > 0)
            say_note("that does not open %s", name);
        else
            say_note("ssh-keygen asks for the passphrase of %s", name);
        status = child_run_as(command, program_environment(), give_terminal, NULL);
    }
    return status == 0 ? 0 : OPENED_NOT;
}

static int open_copy(char *program, const char *name, struct private_folder *p, struct buf *plain)
{
    char file[PATH_MAX];
    const char *why;
    int result;

    if (!private_path(p, copy, file, sizeof file))
        return OPENED_NOT;
    result = ask(program, name, file);
    why = result == 0 ? read_given(file, KEY_MAX, plain) : NULL;
    if (why)
        say_note("%s: cannot read what ssh-keygen has written: %s", name, why);
    private_wipe(p, copy);
    return why ? OPENED_NOT : result;
}

int sshkey_open(const char *name, struct slice key, struct buf *plain)
{
    struct private_folder p = {.fd = -1};
    char program[PATH_MAX];
    int result = OPENED_NOT;

    if (!terminal_is_there())
        return OPENED_BY_NOBODY;
    if (!program_find("ssh-keygen", program, sizeof program)) {
        say_note("there is no ssh-keygen, which takes the passphrase off a copy of %s", name);
        return OPENED_NOT;
    }
    child_hold_signals();
    if (!private_make_in_memory(&p))
        say_note("there is no folder in memory for a copy of %s without its passphrase", name);
    else if (private_write(&p, copy, key) == STATUS_OK)
        result = open_copy(program, name, &p, plain);
    if (private_remove(&p) != STATUS_OK)
        result = OPENED_NOT;
    child_release_signals();
    return result;
}
