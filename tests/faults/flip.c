/* A vault of three environments with every bit flipped, one at a time, every line, item and table
 * deleted, repeated, swapped and moved, and every string put in the place of every other: what is
 * read is what was written, or an error. */
#include "../unit/vault_help.h"

/* What became of a text: an error's code, VAULT_OK for all that was written, ABSENT where a whole
 * environment is gone and no error tells; WRONG must not be. */
enum { WRONG = VAULT_CANCELLED + 1, VERDICTS };

static const char *const verdicts[VERDICTS] = {[VAULT_OK] = "as written",
                                               [VAULT_FAILED] = "failed",
                                               [VAULT_FORMAT] = "format",
                                               [VAULT_NEWER] = "newer",
                                               [VAULT_CONFLICT] = "conflict",
                                               [VAULT_INTEGRITY] = "integrity",
                                               [VAULT_NO_CREDENTIAL] = "no credential",
                                               [VAULT_LOCKED] = "locked",
                                               [VAULT_ABSENT] = "absent",
                                               [VAULT_EXISTS] = "exists",
                                               [VAULT_INVALID] = "invalid",
                                               [VAULT_CANCELLED] = "cancelled",
                                               [WRONG] = "WRONG"};

struct trial {
    vault *v;
    char *good;
    size_t len;
    struct buf truth[HELP_ENVS], found;
    struct buf proposals;   /* a line for each that was made */
    size_t count[VERDICTS]; /* of the cases of one kind */
};

static const struct buf *truth_of(const struct trial *t, const char *env)
{
    for (int i = 0; i < HELP_ENVS; i++)
        if (strcmp(env, help_envs[i]) == 0)
            return &t->truth[i];
    return NULL;
}

/* An environment that opens says what it said. */
static int judge_env(struct trial *t, const char *env)
{
    const struct buf *truth = truth_of(t, env);
    vault_err code;

    buf_clear(&t->found);
    code = help_read(t->v, env, &t->found);
    if (code != VAULT_OK) /* what was handed out before it broke off must be true as well */
        return t->found.len == 0 || (truth && t->found.len <= truth->len &&
                                     memcmp(t->found.data, truth->data, t->found.len) == 0)
                   ? (int)code
                   : WRONG;
    return truth && slice_equal(buf_slice(&t->found), buf_slice(truth)) ? VAULT_OK : WRONG;
}

/* Nobody can forge a proposal for another place: each that opens was made as it is. It can be
 * dropped, and be there twice. */
static bool proposals_are_true(struct trial *t, const char *env)
{
    char line[512];
    bool good = true;

    buf_clear(&t->found);
    help_read_inbox(t->v, env, &t->found);
    for (size_t at = 0, end; at < t->found.len && good; at = end) {
        end = (size_t)((char *)memchr(t->found.data + at, '\n', t->found.len - at) + 1 -
                       t->found.data);
        snprintf(line, sizeof line, "%.*s", (int)(end - at), t->found.data + at);
        good = strstr(buf_text(&t->proposals, ""), line) != NULL;
    }
    return good;
}

static int worse(int a, int b)
{
    return a == WRONG || b == VAULT_OK ? a : b;
}

static int judge(struct trial *t, const char *text, size_t len)
{
    vault_err code = vault_open_bytes(t->v, text, len);
    const char **names;
    size_t count, there = 0;
    int verdict = VAULT_OK;

    if (code != VAULT_OK)
        return (int)code;
    must(vault_env_list(t->v, &names, &count) == VAULT_OK);
    for (size_t i = 0; i < count; i++) {
        verdict = worse(verdict, judge_env(t, names[i]));
        verdict = proposals_are_true(t, names[i]) ? verdict : WRONG;
        there += truth_of(t, names[i]) != NULL;
    }
    vault_release(names);
    return there < HELP_ENVS ? worse(verdict, VAULT_ABSENT) : verdict;
}

static bool is_allowed(int verdict)
{
    return verdict == VAULT_OK || (verdict >= VAULT_FORMAT && verdict <= VAULT_ABSENT);
}

/* The first cases that are not allowed are shown. */
static void try_bytes(struct trial *t, const char *text, size_t len, const char *what, size_t where)
{
    int verdict = judge(t, text, len);

    if (!is_allowed(verdict) && t->count[verdict] < 5)
        printf("# %s at byte %zu: %s\n", what, where, verdicts[verdict]);
    t->count[verdict]++;
}

static void try_text(struct trial *t, char *text, const char *what, struct slice where)
{
    try_bytes(t, text, strlen(text), what, (size_t)(where.at - t->good));
    free(text);
}

static void say(struct trial *t, const char *what)
{
    size_t all = 0, bad = 0;

    printf("# %s:", what);
    for (int i = 0; i < VERDICTS; i++) {
        all += t->count[i];
        bad += is_allowed(i) ? 0 : t->count[i];
        if (t->count[i])
            printf(" %s %zu,", verdicts[i], t->count[i]);
        t->count[i] = 0;
    }
    printf(" of %zu\n", all);
    check(all > 0 && bad == 0, "%s: as written, or an error", what);
}

/* --- bits --- */

static void flip_bits(struct trial *t, size_t step)
{
    char *text = malloc(t->len);

    must(text != NULL);
    memcpy(text, t->good, t->len);
    for (size_t bit = 0; bit < 8 * t->len; bit += step) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        try_bytes(t, text, t->len, "a bit", bit / 8);
        text[bit / 8] = t->good[bit / 8];
    }
    free(text);
    say(t, "every bit flipped");
}

static void cut_short(struct trial *t)
{
    for (size_t len = 0; len < t->len; len++)
        try_bytes(t, t->good, len, "the end", len);
    say(t, "cut off at every byte");
}

/* --- pieces: lines, items, tables, strings --- */

enum { PIECES = 512 };

struct pieces {
    struct slice at[PIECES];
    size_t count;
};

static void add_piece(struct pieces *p, struct slice piece)
{
    must(p->count < PIECES);
    p->at[p->count++] = piece;
}

static struct slice line_at(const char *at)
{
    const char *end = strchr(at, '\n');

    return end ? text_from(at, end + 1) : slice_of(at);
}

static void find_pieces(const char *text, struct slice (*piece_at)(const char *at),
                        struct pieces *p)
{
    p->count = 0;
    for (const char *at = text; *at; at = p->at[p->count - 1].at + p->at[p->count - 1].len)
        add_piece(p, piece_at(at));
}

static void find_tables(const char *text, struct pieces *p)
{
    p->count = 0;
    for (const char *at = strstr(text, "\n["); at; at = strstr(at + 1, "\n[")) {
        const char *end = strstr(at + 1, "\n\n");

        add_piece(p, end ? text_from(at + 1, end + 2) : slice_of(at + 1));
    }
}

/* What stands in quotes, and the dates and the number. */
static void find_values(const char *text, struct pieces *p)
{
    p->count = 0;
    for (const char *at = strstr(text, "\n["); *at; at++) {
        if (*at == '"') {
            const char *end = strchr(at + 1, '"');

            add_piece(p, text_from(at + 1, end));
            at = end;
        } else if (at[-1] == '=' && *at == ' ' && at[1] != '"' && at[1] != '[') {
            add_piece(p, text_from(at + 1, strchr(at, '\n')));
        }
    }
}

static void find_names(const char *text, struct pieces *p)
{
    p->count = 0;
    for (const char *at = strstr(text, " = "); at; at = strstr(at + 1, " = ")) {
        const char *start = at;

        while (start[-1] != '\n')
            start--;
        add_piece(p, text_from(start, at));
    }
}

static void shuffle(struct trial *t, const struct pieces *p, const char *what)
{
    for (size_t i = 0; i < p->count; i++) {
        try_text(t, text_without(t->good, p->at[i]), "deleted", p->at[i]);
        try_text(t, text_behind(t->good, p->at[i], p->at[i]), "repeated", p->at[i]);
        if (i + 1 < p->count)
            try_text(t, text_swap(t->good, p->at[i], p->at[i + 1]), "swapped", p->at[i]);
    }
    say(t, what);
}

/* Behind the header and to the end of every table. */
static void move(struct trial *t, const struct pieces *p, const struct pieces *tables,
                 const char *what)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t j = 0; j < tables->count; j++) {
            struct slice last = tables->at[j], head = header_of(last);

            if (last.len > 1 && last.at[last.len - 2] == '\n')
                last.len--; /* the blank line */
            for (int end = 0; end < 2; end++) {
                struct slice where = end ? last : head;
                char *copied = text_behind(t->good, where, p->at[i]);
                size_t old = (size_t)(p->at[i].at - t->good);

                if (p->at[i].at >= where.at + where.len)
                    old += p->at[i].len;
                try_bytes(t, copied, strlen(copied), "copied", old);
                try_text(t, text_without(copied, (struct slice){copied + old, p->at[i].len}),
                         "moved", p->at[i]);
                free(copied);
            }
        }
    say(t, what);
}

static void exchange(struct trial *t, const struct pieces *p, const char *what)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t j = 0; j < p->count; j++) {
            if (i == j)
                continue;
            try_text(t, text_splice(t->good, p->at[i], p->at[j]), "put over another", p->at[i]);
            if (i < j)
                try_text(t, text_swap(t->good, p->at[i], p->at[j]), "exchanged", p->at[i]);
        }
    say(t, what);
}

/* All choices of an environment's tables deleted: all of them, and it is not there; else an error,
 * or all of it. */
static void delete_tables(struct trial *t, const struct pieces *tables, const char *env)
{
    struct slice own[8];
    char ways[2][80];
    unsigned count = 0;

    snprintf(ways[0], sizeof ways[0], "[vault.env.%s", env);
    snprintf(ways[1], sizeof ways[1], "[%s.", env);
    for (size_t i = 0; i < tables->count; i++)
        if (strncmp(tables->at[i].at, ways[0], strlen(ways[0])) == 0 ||
            strncmp(tables->at[i].at, ways[1], strlen(ways[1])) == 0) {
            must(count < 8);
            own[count++] = tables->at[i];
        }
    for (unsigned chosen = 1; chosen < 1u << count; chosen++) {
        char *text = strdup(t->good);

        for (unsigned i = count; i-- > 0;) /* from the end, so that places stay */
            if (chosen >> i & 1) {
                size_t place = (size_t)(own[i].at - t->good);
                char *less = text_without(text, (struct slice){text + place, own[i].len});

                free(text);
                text = less;
            }
        try_text(t, text, "tables deleted", own[0]);
    }
    check(count > 4 && t->count[VAULT_ABSENT] == 1, "%s is absent when all of it is deleted", env);
    say(t, "each choice of its tables deleted");
}

static void shuffle_all(struct trial *t)
{
    static struct pieces lines, items, tables, values, names;

    find_pieces(t->good, line_at, &lines);
    find_pieces(t->good, item_at, &items);
    find_tables(t->good, &tables);
    find_values(t->good, &values);
    find_names(t->good, &names);
    shuffle(t, &lines, "every line deleted, repeated, swapped with its neighbour");
    shuffle(t, &items, "every item deleted, repeated, swapped with its neighbour");
    shuffle(t, &tables, "every table deleted, repeated, swapped with its neighbour");
    for (int i = 0; i < HELP_ENVS; i++)
        delete_tables(t, &tables, help_envs[i]);
    move(t, &lines, &tables, "every line copied and moved into every table");
    move(t, &items, &tables, "every item copied and moved into every table");
    exchange(t, &tables, "every table put over and exchanged with every other");
    exchange(t, &values, "every value put over and exchanged with every other");
    exchange(t, &names, "every name put over and exchanged with every other");
}

/* --- that the judge can tell --- */

static void judge_judges(struct trial *t, const struct person *alice)
{
    vault *v = open_as(alice, "vault.toml");
    char *other;
    size_t len;

    check(judge(t, t->good, t->len) == VAULT_OK, "the vault as it is is as written");
    must(update(v, "stage", "db", "B", "other") == VAULT_OK);
    must(vault_text(v, &other, &len) == VAULT_OK);
    check(judge(t, other, len) == WRONG, "a value that a reader changed is seen");
    vault_release(other);
    must(vault_value_delete(v, "stage", "db", "B", VAULT_MISSING_ERROR) == VAULT_OK);
    must(vault_text(v, &other, &len) == VAULT_OK);
    check(judge(t, other, len) == WRONG, "a key that a reader took out is seen");
    vault_release(other);
    must(vault_env_rename(v, "stage", "later") == VAULT_OK);
    must(vault_text(v, &other, &len) == VAULT_OK);
    check(judge(t, other, len) == WRONG, "an environment that was not there is seen");
    vault_release(other);
    must(help_propose(v, "dev", "app", "O", "a fourth") == VAULT_OK);
    must(vault_text(v, &other, &len) == VAULT_OK);
    check(judge(t, other, len) == WRONG, "a proposal that nobody made is seen");
    vault_release(other);
    vault_free(v);
}

/* Beside the sealed values: in two secrets of one environment, and in another one. */
static void add_other_kinds(const struct person *alice)
{
    vault *v = open_as(alice, "vault.toml");

    must(update_open(v, "stage", "app", "O", "one") == VAULT_OK &&
         update_open(v, "stage", "db", "O", "a\n\"b\"") == VAULT_OK &&
         update_open(v, "dev", "app", "O", "") == VAULT_OK && vault_save(v) == VAULT_OK);
    must(update_template(v, "stage", "app", "T", "{{ O }}/{{ db/B | url }}") == VAULT_OK &&
         update_template(v, "dev", "app", "T", "{{ O }}") == VAULT_OK &&
         help_propose(v, "stage", "app", "O", "proposed") == VAULT_OK &&
         help_propose(v, "stage", "db", "B", "another") == VAULT_OK &&
         help_propose(v, "dev", "app", "O", "a third") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

/* usage: flip [STEP]    every STEPth bit */
int main(int argc, char **argv)
{
    struct trial t = {.v = NULL};
    struct person alice, bob;
    size_t step = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

    must(step > 0);
    scene_begin();
    alice = person_x25519();
    bob = person_ssh();
    help_make("vault.toml", &alice, &bob);
    add_other_kinds(&alice);
    t.v = open_as(&alice, "vault.toml");
    t.good = text_of("vault.toml");
    t.len = strlen(t.good);
    for (int i = 0; i < HELP_ENVS; i++)
        must(help_read(t.v, help_envs[i], &t.truth[i]) == VAULT_OK);
    for (int i = 0; i < HELP_ENVS; i++)
        help_read_inbox(t.v, help_envs[i], &t.proposals);
    must(strstr(buf_text(&t.proposals, ""), "proposed") != NULL);
    printf("# the vault has %zu bytes\n", t.len);

    judge_judges(&t, &alice);
    shuffle_all(&t);
    cut_short(&t);
    flip_bits(&t, step);

    for (int i = 0; i < HELP_ENVS; i++)
        buf_free(&t.truth[i]);
    buf_free(&t.found);
    buf_free(&t.proposals);
    free(t.good);
    vault_free(t.v);
    return tap_done();
}
