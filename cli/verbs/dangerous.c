/* Names through which programs run other code. */
#include "dangerous.h"

#include "ui/say.h"

#include "text/dangerous.h"

void dangerous_list(struct buf *out)
{
    const char *name, *program;

    buf_add_text(
        out,
        "Variables through which these programs run other code. exec sets none of them without\n"
        "--allow-dangerous=NAME,… This is a list of known names, not a sandbox.\n\n");
    for (size_t i = 0; dangerous_at(i, &name, &program); i++)
        buf_printf(out, "  %-35s %s\n", name, program);
}

void dangerous_add(struct buf *names, const char *name)
{
    if (dangerous_to(name))
        buf_printf(names, "%s%s", names->len ? "," : "", name);
}

void dangerous_note(struct buf *names)
{
    const char *list = buf_text(names, "");

    if (list[0])
        say_note("exec will not set %s without --allow-dangerous=%s", list, list);
    buf_free(names);
}
