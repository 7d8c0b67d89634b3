/* What the files of the program share: the table of verbs, options, messages, the opened vault. */
#ifndef VAULT_CLI_H
#define VAULT_CLI_H

#include "base/mem.h"
#include "vault.h"

#include <sys/types.h>
#include <termios.h>

/* Exit statuses are for scripts: help exit-status. */
enum status {
    DONE = 0,
    FAILED = 1,
    USAGE = 2,
    LOCKED = 3,
    NOT_THERE = 4,
    BROKEN = 5,
    CONFLICT = 6,
    FOUND = 7,
    EXEC_FAILED = 125,
    EXEC_CANNOT = 126,
    EXEC_NOT_FOUND = 127
};

/* ---- options (args.c) ---- */

enum opt {
    OPT_END, /* closes a verb's list */
    OPT_FILE,
    OPT_ENV,
    OPT_IDENTITY,
    OPT_PASSPHRASE_FILE,
    OPT_PIN,
    OPT_HELP,
    OPT_YES,
    OPT_JSON,
    OPT_OUTPUT,
    OPT_PASSPHRASE,
    OPT_READER,
    OPT_LIKE,
    OPT_ALLOW_EXISTING,
    OPT_ALLOW_MISSING,
    OPT_FORCE,
    OPT_FROM_DOTENV,
    OPT_DIALECT,
    OPT_KIND,
    OPT_FROM_ENV,
    OPT_FROM_JSON,
    OPT_FROM_TOML,
    OPT_FROM_FILE,
    OPT_RAW,
    OPT_BYTES,
    OPT_GENERATE,
    OPT_CREATED_BEFORE,
    OPT_MAX,
    OPT_ALL,
    OPT_VERIFY,
    OPT_TO,
    OPT_ONLY,
    OPT_EXCEPT,
    OPT_REQUIRE,
    OPT_PREFIX,
    OPT_CLEAN,
    OPT_NO_OVERRIDE,
    OPT_ALLOW_DANGEROUS,
    OPT_FILES,
    OPT_FORMAT,
    OPT_ALLOW_DISK,
    OPT_REPLACE,
    OPT_FORGET_PAST,
    OPT_FOR,
    OPT_REVEAL,
    OPT_TEXTCONV,
    OPT_HISTORY,
    OPT_REDACT,
    OPT_OURS,
    OPT_THEIRS,
    OPT_MARKER_SIZE,
    OPT_PATH,
    OPT_UNINSTALL,
    OPT_STAGED,
    OPT_HOOK,
    OPT_EXAMPLE,
    OPT_AGAINST,
    OPT_MAX_AGE,
    OPT_WORK_FACTOR,
    OPT_WEAK,
    OPT_COUNT
};

enum takes { NO_VALUE, VALUE, MAYBE_VALUE };

struct option {
    const char *name; /* without the dashes */
    char letter;      /* or 0 */
    enum takes takes;
    const char *value; /* what stands for it in help */
    const char *help;
};

extern const struct option options[OPT_COUNT];

/* OPT_END: there is none. */
enum opt option_of_name(struct slice name);
enum opt option_of_letter(char letter);

/* Those that every verb takes. */
extern const enum opt global_options[];

struct given {
    enum opt opt;
    const char *value; /* NULL: none */
};

struct args {
    const char *program;   /* the name by which we were called, or "vault" */
    const char *called_as; /* argv[0] */
    const struct verb *verb;
    const char **operands;
    int count;
    char **command;      /* what stands behind "--"; NULL if there is none. Ends in NULL */
    struct given *given; /* in the order typed */
    int given_count;
    bool failed; /* not for what was typed: there was no memory */
};

/* False after a message. args_free in either case. */
bool args_read(int argc, char **argv, struct args *args);
void args_free(struct args *args);

bool args_has(const struct args *args, enum opt opt);
const char *args_last(const struct args *args, enum opt opt); /* NULL: not given */

/* Whether an option that takes a list, and may be repeated, names this one. */
bool args_lists(const struct args *args, enum opt opt, const char *name);

/* All names of an option that takes a list and may be repeated: one block to be freed, with room
 * for one more. NULL after a message. */
const char **args_names(const struct args *args, enum opt opt, size_t *count);

/* ---- verbs (main.c) ---- */

enum { VERB_OPTIONS = 16 };

enum {
    READS = 1,     /* it changes nothing, and so has no author */
    LOOKS = 2,     /* it hands out no value either: a key that is new here is not pinned */
    MANY_ENVS = 4, /* -e names any number of environments */
    CAGED = 8,     /* see cage.h; it starts no other program, but git with --output, --history */
    CAGED_ON_STDIN = 16, /* the same, if it reads the new text from stdin */
    ASKS_GIT = 32,       /* it starts git, in the same cage */
    ANY_FILE = 64,       /* which must be able to write: files are not limited */
};

struct verb {
    const char *group; /* a heading in help; NULL: the same as above */
    const char *name, *operands, *summary;
    enum status (*run)(const struct args *args);
    int least, most; /* operands; most -1: any number */
    enum opt options[VERB_OPTIONS];
    const char *details; /* examples and what the summary leaves out */
    unsigned flags;
};

extern const struct verb verbs[];
extern const int verb_count;
const struct verb *find_verb(const char *name);

/* Verbs, by file. */
enum status run_init(const struct args *args);
enum status run_keygen(const struct args *args);
enum status run_env(const struct args *args);
enum status run_create(const struct args *args);
enum status run_update(const struct args *args);
enum status run_set(const struct args *args);
enum status run_get(const struct args *args);
enum status run_list(const struct args *args);
enum status run_delete(const struct args *args);
enum status run_rename(const struct args *args);
enum status run_copy(const struct args *args);
enum status run_exec(const struct args *args);
enum status run_export(const struct args *args);
enum status run_render(const struct args *args);
enum status run_check(const struct args *args);
enum status run_grant(const struct args *args);
enum status run_revoke(const struct args *args);
enum status run_rotate(const struct args *args);
enum status run_readers(const struct args *args);
enum status run_trust(const struct args *args);
enum status run_unlock(const struct args *args);
enum status run_lock(const struct args *args);
enum status run_edit(const struct args *args);
enum status run_merge(const struct args *args);
enum status run_git_setup(const struct args *args);
enum status run_scan(const struct args *args);
enum status run_verify(const struct args *args);
enum status run_audit(const struct args *args); /* verify --history */
enum status run_doctor(const struct args *args);
enum status run_diff(const struct args *args);
enum status run_log(const struct args *args);
enum status run_exposed(const struct args *args);
enum status run_completion(const struct args *args);
enum status run_help(const struct args *args);
enum status run_version(const struct args *args);

/* ---- messages (say.c): values go to stdout, all else to stderr, escaped for the terminal ---- */

/* "vault: …", and its value is the status: a macro, so that whoever reads the code sees which. */
#define say_error(status, ...) (say_failure(__VA_ARGS__), status_is(status))
void say_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline enum status status_is(enum status status)
{
    return status;
}
static inline enum status say_no_memory(void)
{
    return say_error(FAILED, "out of memory");
}
void say_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit status of a kind of error. */
enum status status_of(vault_err err);

/* Says the handle's error and its hint, and returns the exit status of its kind. */
enum status say_vault_error(const vault *v, vault_err err);

/* All bytes to a descriptor, or all of one, to its end, behind what out holds. False with errno,
 * which is EFBIG if there are more than `most`. */
bool write_bytes(int fd, const char *data, size_t len);
bool read_bytes(int fd, size_t most, struct buf *out);

/* After a read has failed: waits until there is something in a pipe that is open for writing, and
 * was not written to yet. False if the read has failed for another reason. */
bool await_input(int fd);

/* A file that a person has named: it may be a pipe, as in <(command), and is an error at once if it
 * is something else, or if nobody writes to it. NULL, or why it cannot be read. open_given: errno
 * is 0 if it could be opened. */
const char *open_given(const char *path, int *fd);
const char *read_given(const char *path, size_t most, struct buf *out);

/* Bytes to stdout; false after a message. Values never go through stdio. */
bool write_out(const char *data, size_t len);
bool write_buf(const struct buf *b);

/* Lines about something that was saved, which nothing undoes: if stdout does not take them, it is
 * said that it was saved, stderr gets them, and the status is FAILED. Not for secrets. */
enum status write_saved(const struct buf *b);

/* The nearest of the candidates, if it is near; NULL otherwise. */
const char *nearest(const char *word, const char *const *candidates, size_t count);

/* ---- the terminal (terminal.c) ---- */

/* Whether there is a person to ask. */
bool terminal_is_there(void);

/* Asks on /dev/tty with the echo off; the answer is in out, a secret buffer. False: no terminal, or
 * no answer. */
bool terminal_ask_hidden(const char *question, struct buf *out);

/* Yes or no. */
bool terminal_confirm(const char *question);

/* How the terminal is now, for when a command that was started leaves it otherwise. NULL, which the
 * others accept: there is none. */
struct terminal;
struct terminal *terminal_remember(void);
void terminal_restore(const struct terminal *t);
void terminal_forget(struct terminal *t);

/* Asks until the answer begins with one of these small letters, and gives that; 0: no answer. */
char terminal_choose(const char *question, const char *letters);

/* Asks "QUESTION? [y/N]" unless --yes was given. FAILED after a message: no, or nobody to ask. */
enum status confirm(const struct args *args, const char *question);

/* ---- work that takes its time (busy.c) ---- */

/* From here on it shows itself, if there is a person to see it, until busy_end, which everything
 * else that is said, asked or started calls first. Returns whether it was begun. */
void busy_begin(void);
bool busy_end(void);

/* How far it is: a bar rather than a wheel. */
void busy_at(size_t done, size_t of);

/* ---- an opened vault (session.c) ---- */

struct session {
    const struct args *args;
    vault *v;
    char *path;
    const char *env;
    struct buf passphrase; /* the last one that a flag or a variable has given */
    bool key_given;        /* by an option or a variable: then one that opens nothing is an error */
};

enum needs {
    NEEDS_PATH, /* where the file is, or would be: it is not opened */
    NEEDS_FILE,
    NEEDS_KEY,
    NEEDS_NEW_FILE,
    NEEDS_VERSIONS, /* the key for other versions of a file, which may be damaged or gone: no pins
                     */
    NEEDS_ANY_KEY,  /* the same, and there may be no file at all: path is NULL */
    NEEDS_PLACE     /* where the file is, and the keys; it is not opened */
};

/* Limits this process to what the verb needs (caged.c). FAILED after a message. */
enum status session_cage(const struct session *s);

/* Finds the file, the environment and the keys. On anything but DONE a message was given.
 * session_close in either case. */
enum status session_open(struct session *s, const struct args *args, enum needs needs);
void session_close(struct session *s);

/* Whether the library's notices are passed on, as they are at first. */
void session_listen(struct session *s, bool listens);

/* From here on a passphrase that is needed is asked for, also where a key was given. */
void session_may_ask(struct session *s);

/* Writes the changes; FAILED or the like after a message. */
enum status session_save(struct session *s);

/* Says the session's error, with the names that are near to one that is not there. */
enum status session_error(struct session *s, vault_err err);

/* The line to pass on, with one's own public key: it ends whatever stays locked. */
void hint_grant(const struct session *s);

/* $XDG_CONFIG_HOME/vault/NAME or the like, as a new string; NULL without a HOME. FAILED after a
 * message. */
enum status config_path(const char *name, char **path);

/* The same in $XDG_STATE_HOME/vault, where this machine remembers. */
enum status state_path(const char *name, char **path);

/* The environment that was named, for verbs that work on all unless one is; NULL: none. */
const char *session_named_env(const struct session *s);

/* Whether a person is told this for the first time, which is remembered in a file of this name.
 * Where that cannot be, and where nobody sees it, it is not. */
bool session_first_time(const char *what);

/* The names of all environments that -e was given: at least one. FAILED after a message; free the
 * list. */
enum status session_envs(const struct session *s, const char ***envs, size_t *count);

/* ---- keys and sources (sources.c) ---- */

/* "SECRET/KEY" or a bare "KEY". */
struct key_path {
    char secret[VAULT_NAME_MAX + 1]; /* empty: not said */
    char key[VAULT_KEY_MAX + 1];
};

/* key_path_read gives a message that shows the text, key_path_parse none. */
bool key_path_parse(const char *text, struct key_path *path);
bool key_path_read(const char *text, struct key_path *path);

/* Finds the secret of a bare key in the environment. NOT_THERE says nothing if `quiet`. */
enum status key_path_find(struct session *s, struct key_path *path, bool quiet);

/* Says the session's error about a secret, or about a key of it (NULL: not said), with the names
 * that are near to one that is not there. */
enum status key_path_error(struct session *s, vault_err err, const char *secret, const char *key);

/* Whether the secret, which is said, has the key: as the file has it, unverified. */
enum status key_path_is_there(struct session *s, const struct key_path *path, bool *there);

/* Says that the secret has no such key, or is not there itself. */
enum status key_path_absent(struct session *s, const struct key_path *path);

/* All that the command line names as values: --from-…, then KEY=VALUE. */
enum status sources_read(struct session *s, const char *const *pairs, int count, vault_kv **out);

/* Once, on a terminal: that the shell keeps what was typed as KEY=VALUE. */
void sources_hint_history(const char *const *words, int count);

/* A value that was not typed: asked for hidden, or stdin. */
enum status value_ask(const char *key, bool raw, struct buf *out);

/* Random, as KIND says (NULL: password:24). */
enum status value_generate(const char *kind, struct buf *out);

/* A file's content; "-" is stdin. */
enum status value_read(const char *path, struct buf *out);

/* ---- readers ---- */

/* A new passphrase, asked for twice or, with --generate, made. out is a secret buffer. Anything but
 * DONE was told, here and below (passphrase.c). */
enum status passphrase_new(const struct args *args, struct buf *out);

/* Refuses one that is too easily guessed, unless --weak was given. */
enum status passphrase_check(const struct args *args, struct slice passphrase);

/* Prints one that --generate has made. MUST: before it is saved, or nobody might know it. */
enum status passphrase_print(const struct args *args, struct slice passphrase);

/* Refuses, or asks about, a key that reads already under another name than this (readers.c). */
enum status reader_check_key(struct session *s, const char *name, const char *key);

/* A name that the key has in some environment; empty: none. (readers.c) */
enum status reader_name_of(struct session *s, const char *key, char name[VAULT_NAME_MAX + 1]);

/* A public key: itself, or the name of a file that has it, or "-". USAGE or the like after a
 * message; vault_list_free(*key) (publickey.c). */
enum status public_key_read(struct session *s, const char *text, char **key);

/* Says to whom env is sealed now, marks those to whom this machine never has, and remembers them
 * (wrapped.c). */
void wrapped_show(const char *env, const vault_reader_entry *readers, size_t count);
enum status wrapped_knows(const vault_reader_entry *reader, bool *known); /* whether it has */
void wrapped_remember(const vault_reader_entry *readers, size_t count);

/* ---- the process (process.c) ---- */

bool protect_process(void);

/* Before a command is started: what was set for ourselves alone. */
void restore_limits(void);

/* ---- plain text in files, for a while (private.c) ---- */

struct private_folder {
    char path[4200]; /* empty: there is none */
    int fd;
    struct buf names; /* of what was written, each with its zero byte */
};

/* A new folder in memory; on a disk only if that is allowed. FAILED after a message, as for all of
 * these. */
enum status private_make(struct private_folder *p, bool allow_disk);
enum status private_make_in(struct private_folder *p, const char *folder);

/* One in the folder that a file is to be moved to; whatever lies in it git ignores. One that was
 * left by a run that was killed is removed by the next that makes one there. False with errno. */
bool private_make_beside(struct private_folder *p, const char *folder);

/* A new file, open for writing; -1 with errno. */
int private_create(struct private_folder *p, const char *name, mode_t mode);
enum status private_write(struct private_folder *p, const char *name, struct slice text);

/* The same over what is there, which stays if it fails. */
enum status private_replace(struct private_folder *p, const char *name, struct slice text);
bool private_path(const struct private_folder *p, const char *name, char *path, size_t size);

/* Removes the folder with all that is in it, whoever made it; accepts an empty one. FAILED after a
 * message that says what is left. private_keep leaves it where it is. */
enum status private_remove(struct private_folder *p);
void private_keep(struct private_folder *p);

/* ---- commands that are started (child.c) ---- */

/* From the first file that must be cleared away until it is: no signal ends this process in
 * between. One that came meanwhile, and was not passed on, comes then. These may be nested. */
void child_hold_signals(void);
void child_release_signals(void);

/* Whether a command may have this variable ("NAME=VALUE") of ours: not if it opens the vault. */
bool child_may_inherit(const char *variable);

/* Signals are held. Runs it, passes signals on, and returns its exit status: 128 + n if signal n
 * ended it. variables NULL: all that it may inherit of our own environment. */
int child_run(char *const *command, char **variables);

/* Signals are held. Starts it, and returns its process; -1 after a message. prepare runs in the new
 * process, with the signals still held. */
typedef bool child_prepare(void *state);
pid_t child_start(char *const *command, char **variables, child_prepare *prepare, void *state);

/* What waitpid says, as an exit status. */
int child_status(int status);

/* Signals, for those who wait for other things too. The descriptor can be read when one has been
 * noted; -1 with errno. They are noted between catch and uncatch, SIGPIPE is ignored there, and
 * they are held again behind it. */
struct caught {
    unsigned char number;
    unsigned char from_terminal;
};
int child_signals(void);
void child_catch_signals(void); /* when the command has been started: it inherits nothing of it */
bool child_next_signal(struct caught *caught);
void child_uncatch_signals(void);

/* A signal for this process is one for the command too, if it has not got it itself: what the
 * terminal sends goes to both. Stops with it. */
void child_pass_on(pid_t child, int number, bool from_terminal);

/* Stops this process and those that were started with it, as Ctrl-Z does; where nobody could
 * continue them nothing happens. */
void child_stop_all(void);

/* Closed in a command that is started. False with errno. */
bool pipe_make(int ends[2]);

/* ---- a terminal for a command (pty.c) ---- */

struct pty {
    int outer;  /* the terminal that a person sits at */
    int keys;   /* the same, to read from; -1: what is typed is not for the command */
    int master; /* -1: there is none */
    int slave;
    bool signals; /* Ctrl-C and Ctrl-Z are the outer terminal's */
    bool is_raw;
    struct termios before;
};

/* Whether the terminal is the one that controls this process. */
bool pty_is_own(int terminal);

/* Makes one like the outer. with_keys: what is typed goes to the command. False with errno;
 * pty_close in either case. */
bool pty_open(struct pty *p, int outer, bool with_keys);
void pty_close(struct pty *p);
void pty_copy_size(const struct pty *p);

/* Takes over the outer terminal, if this process is in its foreground; and gives it back. */
void pty_take(struct pty *p);
void pty_give_back(struct pty *p);

/* Starts the command on the terminal, in a session of its own whose leader watches it, writes to
 * `report` what becomes of it, and stays until it gets a signal then. prepare runs in the command's
 * process, leave in the leader's, which needs nothing of ours. Returns the leader; -1 after a
 * message. */
struct pty_report {
    unsigned char stopped; /* else it has ended */
    unsigned char status;
};
pid_t pty_start(const struct pty *p, char *const *command, char **variables, child_prepare *prepare,
                child_prepare *leave, void *state, int report);

/* A signal to the processes in the terminal's foreground. */
void pty_signal(const struct pty *p, int number);

/* ---- what a command writes, masked (redact.c) ---- */

struct redact;

/* As child_run. */
int redact_run(const struct redact *r, char *const *command, char **variables);

/* Turns this process into it; returns only after a message, with 126 or 127, or, without one, 125
 * where the environment is too long. */
enum status child_become(char *const *command, char **variables);

/* ---- names that make programs run other code (dangerous.c) ---- */

/* Which program the variable makes run other code; NULL: none that is known. */
const char *dangerous_to(const char *name);
void dangerous_list(struct buf *out);

/* Adds the name to a list, if it is one of them; and says that exec will not set those on it, and
 * frees it. */
void dangerous_add(struct buf *names, const char *name);
void dangerous_note(struct buf *names);

/* ---- help.c ---- */

enum status help_verb(const struct verb *verb);
const char *help_topic(size_t place); /* NULL behind the last */

#endif
