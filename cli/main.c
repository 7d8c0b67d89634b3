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

static enum status run(const struct args *args, char **argv)
{
    enum status status;

    if (args_has(args, OPT_HELP))
        return help_verb(verbs, args->verb);
    if (args_has(args, OPT_QUIET))
        say_errors_only();
    status = agent_guard(args, argv);
    return status == STATUS_OK ? args->verb->run(args) : status;
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
    } else {
        status = run(&args, argv);
    }
    args_free(&args);
    return (int)status;
}
