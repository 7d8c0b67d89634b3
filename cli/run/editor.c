/* The user's editor; see editor.h. */
#include "editor.h"

#include "child.h"
#include "private.h"
#include "ui/io.h"
#include "ui/say.h"
#include "ui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 2 << 20 };

enum status editor_run(char *path)
{
    const char *editor = getenv("VISUAL");
    char *command[] = {"sh", "-c", NULL, "sh", path, NULL}, *line;
    struct terminal *terminal;
    int result;

    if (!editor || !editor[0])
        editor = getenv("EDITOR");
    if (!editor || !editor[0])
        editor = "vi";
    line = malloc(strlen(editor) + sizeof " \"$1\"");
    if (!line)
        return say_no_memory();
    strcpy(line, editor); /* it may have options: the shell splits it */
    strcat(line, " \"$1\"");
    command[2] = line;
    terminal = terminal_remember();
    result = child_run(command, NULL);
    if (result != 0) /* it may have crashed */
        terminal_restore(terminal);
    terminal_forget(terminal);
    free(line);
    if (result == 0)
        return STATUS_OK;
    return say_error(STATUS_FAILED, "the editor ended with exit status %d: nothing was changed",
                     result);
}

static enum status read_back(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool good = fd >= 0 && read_bytes(fd, TEXT_MAX, out);
    int why = errno;

    if (fd >= 0)
        close(fd);
    return good ? STATUS_OK
                : say_error(STATUS_FAILED, "cannot read %s: %s: nothing was changed", path,
                            strerror(why));
}

/* Whether the file in the folder differs from the text. */
static bool has_work(const char *path, struct slice text)
{
    struct buf now = BUF_SECRET;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool has = fd >= 0 && read_bytes(fd, TEXT_MAX, &now) && !slice_equal(buf_slice(&now), text);

    if (fd >= 0)
        close(fd);
    buf_free(&now);
    return has;
}

/* MUST NOT: lose what the user has typed. */
static void keep(struct private_folder *folder, const char *path)
{
    say_note("your text is kept in %s", path);
    say_hint("rm -r %s, once you no longer need it", folder->path);
    private_keep(folder);
}

enum status editor_edit(struct slice text, struct buf *out)
{
    struct private_folder folder = {.path = ""};
    char path[sizeof folder.path + sizeof "/value"] = "";
    enum status status;

    child_hold_signals();
    status = private_make(&folder, false);
    NEXT(status, private_write(&folder, "value", text));
    if (status == STATUS_OK && !private_path(&folder, "value", path, sizeof path))
        status = say_no_memory();
    NEXT(status, editor_run(path));
    if (status == STATUS_OK)
        status = read_back(path, out);
    else if (has_work(path, text))
        keep(&folder, path);
    if (private_remove(&folder) != STATUS_OK)
        status = STATUS_FAILED;
    child_release_signals();
    return status;
}
