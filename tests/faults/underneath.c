/* What may happen to the file underneath a writer: replaced, changed, removed, locked, on a full
 * disk, in a folder that cannot be written. Whatever fails, the file that is there stands.
 * usage: underneath [FOLDER-ON-A-SMALL-DISK] */
#include "../unit/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { BULK = 300000 };

static struct person me;

static void put_bulk(vault *v, const char *secret)
{
    char *bulk = malloc(BULK + 1);

    must(bulk != NULL);
    memset(bulk, 'b', BULK);
    bulk[BULK] = '\0';
    must(create(v, "dev", secret, "BULK", bulk) == VAULT_OK);
    free(bulk);
}

/* The file as somebody else writes it: with another key in it. */
static char *another_version(const char *path, const char *value)
{
    char *before = text_of(path), *after = NULL;
    vault *v = vault_new();
    size_t len;

    give_identity(v, &me);
    must(vault_open_bytes(v, before, strlen(before)) == VAULT_OK &&
         update(v, "dev", "app", "OTHER", value) == VAULT_OK &&
         vault_text(v, &after, &len) == VAULT_OK);
    vault_free(v);
    free(before);
    return after;
}

/* --- between opening, changing and saving --- */

static void test_replaced(void)
{
    vault *v = open_as(&me, "vault.toml");
    char *other = another_version("vault.toml", "replaced");

    must(update(v, "dev", "app", "K", "lost") == VAULT_OK);
    write_text("other.toml", other, strlen(other));
    must(rename("other.toml", "vault.toml") == 0);
    check(refuses(v, vault_save(v), VAULT_FAILED, "was changed by another program meanwhile") &&
              stands_as("vault.toml", other),
          "a file that was replaced between the change and saving stands");
    check(update(v, "dev", "app", "K", "again") == VAULT_OK && vault_save(v) == VAULT_OK &&
              holds(v, "dev", "app", "K", "again") && holds(v, "dev", "app", "OTHER", "replaced"),
          "and the change can be made to it");
    free(other);
    other = another_version("vault.toml", "written over");
    must(update(v, "dev", "app", "K", "lost") == VAULT_OK);
    write_text("vault.toml", other, strlen(other));
    check(refuses(v, vault_save(v), VAULT_FAILED, "by another program") &&
              stands_as("vault.toml", other),
          "so does one that was written over");
    must(update(v, "dev", "app", "K", "lost") == VAULT_OK &&
         rename("vault.toml", "away.toml") == 0);
    check(refuses(v, vault_save(v), VAULT_FAILED, "by another program") &&
              access("vault.toml", F_OK) != 0,
          "and one that was taken away is not put back");
    must(rename("away.toml", "vault.toml") == 0);
    free(other);
    vault_free(v);
}

static void test_changed_before(void)
{
    vault *v = open_as(&me, "vault.toml"), *w = open_as(&me, "vault.toml");
    char *other;

    must(holds(v, "dev", "app", "OTHER", "written over"));
    must(update(w, "dev", "app", "THEIRS", "kept") == VAULT_OK && vault_save(w) == VAULT_OK);
    check(update(v, "dev", "app", "MINE", "kept") == VAULT_OK && vault_save(v) == VAULT_OK &&
              holds(v, "dev", "app", "THEIRS", "kept") && holds(v, "dev", "app", "MINE", "kept"),
          "a file that was changed between opening and the first change is read again");
    must(vault_rotate(w, "dev", VAULT_PAST_KEEP) == VAULT_OK && vault_save(w) == VAULT_OK);
    check(update(v, "dev", "app", "MINE", "newer") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "dev") && holds(v, "dev", "app", "MINE", "newer"),
          "and opened again, if it was rotated");
    vault_free(w);
    must(verifies(v, "dev"));
    other = text_of("vault.toml");
    write_text("vault.toml", "no vault\n", 9);
    check(refuses(v, update(v, "dev", "app", "MINE", "lost"), VAULT_FORMAT, "line 1") &&
              stands_as("vault.toml", "no vault\n"),
          "one that is no vault any more is refused");
    must(unlink("vault.toml") == 0);
    check(refuses(v, update(v, "dev", "app", "MINE", "lost"), VAULT_ABSENT, "vault.toml") &&
              access("vault.toml", F_OK) != 0,
          "one that is gone too");
    write_text("vault.toml", other, strlen(other));
    check(verifies(v, "dev") && unlink("vault.toml") == 0 &&
              refuses(v, vault_secret_delete(v, "dev", "none", VAULT_MISSING_IGNORE), VAULT_ABSENT,
                      "vault.toml"),
          "which is not what may be missing when a secret is deleted");
    write_text("vault.toml", other, strlen(other));
    free(other);
    vault_free(v);
}

static void test_created_meanwhile(void)
{
    vault *v = vault_new();

    give_identity(v, &me);
    must(vault_create(v, "new.toml") == VAULT_OK && vault_env_create(v, "dev", NULL) == VAULT_OK &&
         vault_reader_add(v, "dev", "me", me.public_key) == VAULT_OK);
    write_text("new.toml", "mine\n", 5);
    check(refuses(v, vault_save(v), VAULT_FAILED, "by another program") &&
              stands_as("new.toml", "mine\n"),
          "a file that somebody made where a vault was to be stands");
    vault_free(v);
}

/* --- two writers --- */

static void test_waits(void)
{
    vault *v;
    int changed[2], status;
    char nothing;
    pid_t pid;

    must(pipe(changed) == 0);
    fflush(stdout);
    pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        vault *w = open_as(&me, "vault.toml");

        must(update(w, "dev", "app", "FIRST", "1") == VAULT_OK);
        must(write(changed[1], "x", 1) == 1);
        nanosleep(&(struct timespec){0, 100000000}, NULL);
        _exit(vault_save(w) == VAULT_OK ? 0 : 1);
    }
    v = open_as(&me, "vault.toml");
    must(read(changed[0], &nothing, 1) == 1);
    check(update(v, "dev", "app", "SECOND", "2") == VAULT_OK && vault_save(v) == VAULT_OK &&
              holds(v, "dev", "app", "FIRST", "1") && holds(v, "dev", "app", "SECOND", "2"),
          "a writer waits for the one that has begun, and builds on what it wrote");
    must(waitpid(pid, &status, 0) == pid);
    check(status == 0, "which knows nothing of it");
    vault_free(v);
}

/* Whether another process can change the vault now, or waits for a lock. */
static bool others_can_write(void)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        vault *w = open_as(&me, "vault.toml");

        alarm(1);
        _exit(update(w, "dev", "app", "THEIRS", "new") == VAULT_OK && vault_save(w) == VAULT_OK
                  ? 0
                  : 1);
    }
    must(waitpid(pid, &status, 0) == pid && (status == 0 || WIFSIGNALED(status)));
    return status == 0;
}

static void test_lock(void)
{
    vault *v = open_as(&me, "vault.toml");
    char *text;

    must(holds(v, "dev", "app", "THEIRS", "kept"));
    check(others_can_write(), "who only reads does not lock");
    check(vault_lock(v, -1) == VAULT_OK && holds(v, "dev", "app", "THEIRS", "new"),
          "what is read under the lock is what stands there now");
    check(!others_can_write(), "and nobody else can change it");
    vault_discard(v);
    check(others_can_write(), "before it is given back, by discarding");
    must(vault_lock(v, -1) == VAULT_OK);
    check(vault_save(v) == VAULT_OK && others_can_write(), "or by saving");
    check(update(v, "dev", "none", "K", "x") == VAULT_ABSENT && others_can_write(),
          "or by an error of a change");
    text = text_of("vault.toml");
    write_text("vault.toml", "no vault\n", 9);
    check(refuses(v, vault_lock(v, -1), VAULT_FORMAT, "line 1"),
          "what is no vault cannot be locked");
    write_text("vault.toml", text, strlen(text));
    check(others_can_write(), "and is not");
    free(text);
    vault_free(v);
}

/* --- links and modes --- */

static void test_symlink_and_mode(void)
{
    struct stat st;
    vault *v;

    must(mkdir("real", 0700) == 0 && rename("vault.toml", "real/v.toml") == 0 &&
         symlink("real/v.toml", "vault.toml") == 0 && chmod("real/v.toml", 0640) == 0);
    v = open_as(&me, "vault.toml");
    check(update(v, "dev", "app", "LINK", "yes") == VAULT_OK && vault_save(v) == VAULT_OK &&
              lstat("vault.toml", &st) == 0 && S_ISLNK(st.st_mode),
          "a symlink stays one");
    vault_free(v);
    v = open_as(&me, "real/v.toml");
    check(holds(v, "dev", "app", "LINK", "yes"), "and the file that it leads to is changed");
    check(stat("real/v.toml", &st) == 0 && (st.st_mode & 07777) == 0640, "its mode is kept");
    vault_free(v);
    must(unlink("vault.toml") == 0 && rename("real/v.toml", "vault.toml") == 0);
}

/* --- what the system refuses --- */

static void save_fails(const char *path, const char *words, const char *name)
{
    vault *v = open_as(&me, path);
    char *before = text_of(path), temporary[300];
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;

    put_bulk(v, "bulk2");
    check(refuses(v, vault_save(v), VAULT_FAILED, words) &&
              strstr(vault_error(v), "nothing was changed"),
          "%s: an error", name);
    snprintf(temporary, sizeof temporary, "%.*s.%s.new", folder, path, path + folder);
    check(stands_as(path, before) && access(temporary, F_OK) != 0 && verifies(v, "dev"),
          "%s: the old file stands, and no temporary one", name);
    free(before);
    vault_free(v);
}

static void test_file_size(void)
{
    struct rlimit old, limit;

    signal(SIGXFSZ, SIG_IGN);
    must(getrlimit(RLIMIT_FSIZE, &old) == 0);
    limit = old;
    limit.rlim_cur = BULK;
    must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    save_fails("vault.toml", strerror(EFBIG), "a file over the limit");
    must(setrlimit(RLIMIT_FSIZE, &old) == 0);
}

static void test_full_disk(const char *disk)
{
    char path[256];

    snprintf(path, sizeof path, "%s/vault.toml", disk);
    make_vault(path, &me);
    save_fails(path, strerror(ENOSPC), "a full disk");
}

static void test_read_only(void)
{
    vault *v;
    char *before;

    must(mkdir("shut", 0700) == 0);
    make_vault("shut/vault.toml", &me);
    before = text_of("shut/vault.toml");
    must(chmod("shut", 0500) == 0);
    if (access("shut", W_OK) == 0) {
        tap_skip("who runs this test may write in every folder");
    } else {
        v = open_as(&me, "shut/vault.toml");
        must(create(v, "dev", "app", "K", "v") == VAULT_OK);
        check(refuses(v, vault_save(v), VAULT_FAILED, strerror(EACCES)) &&
                  stands_as("shut/vault.toml", before),
              "in a folder that cannot be written the old file stands");
        check(verifies(v, "dev"), "and can be read");
        vault_free(v);
    }
    must(chmod("shut", 0700) == 0);
    free(before);
}

static void test_in_the_way(void)
{
    must(mkdir(".vault.toml.new", 0700) == 0);
    {
        vault *v = open_as(&me, "vault.toml");
        char *before = text_of("vault.toml");

        must(update(v, "dev", "app", "K", "kept") == VAULT_OK);
        check(vault_save(v) == VAULT_OK && holds(v, "dev", "app", "K", "kept") &&
                  !stands_as("vault.toml", before),
              "a folder in the temporary file's place: another name is taken");
        free(before);
        vault_free(v);
    }
    must(rmdir(".vault.toml.new") == 0);
}

int main(int argc, char **argv)
{
    char *disk = argc > 1 ? realpath(argv[1], NULL) : NULL;
    vault *v;

    scene_begin();
    me = person_x25519();
    make_vault("vault.toml", &me);
    v = open_as(&me, "vault.toml");
    must(create(v, "dev", "app", "K", "v") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
    test_replaced();
    test_changed_before();
    test_created_meanwhile();
    test_waits();
    test_lock();
    test_symlink_and_mode();
    test_file_size();
    test_read_only();
    test_in_the_way();
    if (disk)
        test_full_disk(disk);
    else
        tap_skip("no small disk was given");
    free(disk);
    return tap_done();
}
