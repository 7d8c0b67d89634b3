/* Writers of one vault: two hundred at once lose nothing; one that is killed leaves the old file or
 * the new one, and the next takes over what it left. */
#include "../unit/scene.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { WRITERS = 200, KILLS = 500, BULK = 100000, LONGEST_LIFE = 12000000 /* ns */ };

static struct person me;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- at once --- */

static void write_one_key(int i)
{
    vault *v = open_as(&me, "vault.toml");
    char key[16], value[32];

    snprintf(key, sizeof key, "KEY_%d", i);
    snprintf(value, sizeof value, MARK "%d", i);
    if (update(v, "dev", "app", key, value) != VAULT_OK || vault_save(v) != VAULT_OK) {
        printf("# writer %d: %s\n", i, vault_error(v));
        fflush(stdout);
        _exit(1);
    }
    vault_free(v);
    _exit(0);
}

static int start_writers(void)
{
    int gate[2], failed = 0, status;
    char nothing;

    must(pipe(gate) == 0);
    fflush(stdout);
    for (int i = 0; i < WRITERS; i++) {
        pid_t pid = fork();

        must(pid >= 0);
        if (pid == 0) {
            close(gate[1]);
            if (read(gate[0], &nothing, 1) == 0) /* until the gate opens */
                write_one_key(i);
            _exit(1);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < WRITERS; i++) {
        must(wait(&status) > 0);
        failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    return failed;
}

static void test_at_once(void)
{
    double start = seconds();
    vault_kv *kv = NULL;
    vault *v;
    int there = 0;

    check(start_writers() == 0, "%d processes set another key each, at once", WRITERS);
    printf("# in %.1f s\n", seconds() - start);
    v = open_as(&me, "vault.toml");
    check(verifies(v, "dev"), "the file verifies");
    must(vault_secret_get(v, "dev", "app", NULL, 0, &kv) == VAULT_OK);
    for (int i = 0; i < WRITERS; i++) {
        char key[16], value[32];

        snprintf(key, sizeof key, "KEY_%d", i);
        snprintf(value, sizeof value, MARK "%d", i);
        there += kv_has(kv, key, value);
    }
    check(there == WRITERS && vault_kv_count(kv) == WRITERS + 1, "all %d keys are there", WRITERS);
    vault_kv_free(kv);
    vault_free(v);
}

/* --- killed --- */

/* Sets K to one number after another, and says each one that is saved. */
static void count_up(int from, int out)
{
    for (int i = from;; i++) {
        vault *v = open_as(&me, "vault.toml");
        char value[32];

        snprintf(value, sizeof value, MARK "%d", i);
        if (update(v, "dev", "app", "K", value) != VAULT_OK || vault_save(v) != VAULT_OK ||
            write(out, &i, sizeof i) != sizeof i)
            _exit(1);
        vault_free(v);
    }
}

/* The last number that the writer has said. */
static int last_said(int in, int before)
{
    int number, last = before;

    while (read(in, &number, sizeof number) == sizeof number)
        last = number;
    return last;
}

static int run_and_kill(int from)
{
    int said[2], status, last;
    pid_t pid;

    must(pipe(said) == 0);
    pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        close(said[0]);
        count_up(from + 1, said[1]);
    }
    close(said[1]);
    nanosleep(&(struct timespec){0, (long)randombytes_uniform(LONGEST_LIFE)}, NULL);
    must(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
    if (!WIFSIGNALED(status))
        return -1;
    last = last_said(said[0], from);
    close(said[0]);
    return last;
}

/* K is what the writer last said, or the number that it was about to say. */
static int number_in_vault(int said)
{
    vault *v = open_as(&me, "vault.toml");
    char value[32];
    int number = -1;

    for (int i = said; i <= said + 1; i++) {
        snprintf(value, sizeof value, MARK "%d", i);
        if (holds(v, "dev", "app", "K", value) && verifies(v, "dev"))
            number = i;
    }
    vault_free(v);
    return number;
}

/* Looks through every file of the folder, temporary ones included. */
static bool some_file_has(const char *secret, bool *left_over)
{
    DIR *folder = opendir(".");
    struct dirent *entry;
    bool found = false;

    must(folder != NULL);
    while ((entry = readdir(folder))) {
        char *text;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        *left_over = *left_over || strcmp(entry->d_name, ".vault.toml.new") == 0;
        text = text_of(entry->d_name);
        found = found || strstr(text, secret);
        free(text);
    }
    closedir(folder);
    return found;
}

static void test_killed(void)
{
    double start = seconds();
    int kills = 0, taken_over = 0, plain = 0, number = 0;

    fflush(stdout);
    while (kills < KILLS && number >= 0) {
        bool left_over = false;

        number = run_and_kill(number);
        if (number >= 0)
            number = number_in_vault(number);
        plain += some_file_has(MARK, &left_over);
        taken_over += left_over;
        kills++;
    }
    check(number >= 0 && kills == KILLS,
          "after each of %d kills the file is the old one or the new one", KILLS);
    check(number > 0, "%d changes were made, each of them whole", number);
    check(plain == 0, "no file, temporary ones included, holds a value in plain text");
    printf("# in %.1f s; %d times a temporary file was left behind\n", seconds() - start,
           taken_over);
}

static void test_take_over(void)
{
    vault *v;

    write_text(".vault.toml.new", "half a file", 11);
    v = open_as(&me, "vault.toml");
    check(update(v, "dev", "app", "K", "after") == VAULT_OK && vault_save(v) == VAULT_OK &&
              holds(v, "dev", "app", "K", "after") && verifies(v, "dev"),
          "the next writer takes over the temporary file of a dead one");
    check(access(".vault.toml.new", F_OK) != 0, "and leaves none");
    vault_free(v);
}

int main(void)
{
    vault *v;
    char *bulk = calloc(1, BULK + 1);

    scene_begin();
    me = person_x25519();
    make_vault("vault.toml", &me);
    v = open_as(&me, "vault.toml");
    must(bulk != NULL);
    memset(bulk, 'b', BULK);
    must(create(v, "dev", "bulk", "BULK", bulk) == VAULT_OK &&
         create(v, "dev", "app", "K", MARK "0") == VAULT_OK && vault_save(v) == VAULT_OK);
    free(bulk);
    vault_free(v);
    test_at_once();
    test_killed();
    test_take_over();
    return tap_done();
}
