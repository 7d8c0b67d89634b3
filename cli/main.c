/* main: parses the command line and runs the verb. */
#include "run/process.h"
#include "ui/agent.h"
#include "ui/say.h"
#include "verbs/help.h"
#include "verbs/table.h"

#include <sodium.h>

/* exec distinguishes its own failures from the command's. */
static enum status usage_status(const struct args *args)
{
    if (args->failed)
        return STATUS_FAILED;
    return args->verb && args->verb->flags & TAKES_COMMAND ? STATUS_EXEC_FAILED : STATUS_USAGE;
}

int main(int argc, char **argv)
{
    struct args args;
    enum status status;

    if (!protect_process() || sodium_init() < 0)
        return (int)say_error(STATUS_FAILED, "cannot start");
    if (!args_read(argc, argv, verbs, &args)) {
        status = usage_status(&args);
        if (argc < 2 && !args.failed)
            help_overview(verbs);
    } else if (args_has(&args, OPT_HELP))
        status = help_verb(verbs, args.verb);
    else if ((status = agent_guard(&args, argv)) == STATUS_OK)
        status = args.verb->run(&args);
    args_free(&args);
    return (int)status;
}
