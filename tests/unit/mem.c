/* lib/mem: arenas and buffers, and that they leave nothing behind. */
#include "base/mem.h"
#include "residue.h"
#include "tap.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void must(bool good)
{
    if (!good)
        abort();
}

static void test_arena(void)
{
    enum { BLOCKS = 2000 };
    struct arena arena = {0};
    unsigned char *block[BLOCKS];
    bool aligned = true, kept = true;
    char *copy;

    for (size_t i = 0; i < BLOCKS; i++) {
        block[i] = arena_alloc(&arena, i % 97 + 1);
        if (!block[i])
            abort();
        aligned = aligned && (uintptr_t)block[i] % 16 == 0;
        memset(block[i], (int)(i & 0xFF), i % 97 + 1);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        for (size_t j = 0; j < i % 97 + 1; j++)
            kept = kept && block[i][j] == (i & 0xFF);
    check(aligned, "2000 blocks are aligned");
    check(kept, "no two of them overlap");
    check(arena_alloc(&arena, 100 << 20) != NULL, "a block larger than any chunk");
    check(arena_alloc(&arena, SIZE_MAX) == NULL && arena_alloc(&arena, SIZE_MAX - 100) == NULL,
          "sizes that overflow are refused");
    copy = arena_copy(&arena, "abcdef", 3);
    check(copy && strcmp(copy, "abc") == 0, "a copy ends in zero");
    arena_free(&arena);
    check(arena_alloc(&arena, 1) != NULL, "a freed arena can be used again");
    arena_free(&arena);
}

static void test_buf(bool secret)
{
    struct buf b = {.secret = secret};
    const char *kind = secret ? "secret" : "public";
    bool right = true;

    for (int i = 0; i < 10000; i++)
        buf_printf(&b, "%d,", i % 10);
    for (size_t i = 0; i < b.len; i++)
        right = right && b.data[i] == (i % 2 ? ',' : (char)('0' + i / 2 % 10));
    check(buf_ok(&b) && b.len == 20000 && right, "a %s buffer grows and keeps its content", kind);
    check(buf_reserve(&b, SIZE_MAX - 10) == NULL && !buf_ok(&b), "a %s buffer too large fails",
          kind);
    buf_add_text(&b, "more");
    check(b.len == 20000, "a failed %s buffer takes nothing more", kind);
    buf_free(&b);
    check(b.secret == secret && buf_ok(&b) && b.len == 0, "a freed %s buffer is as new", kind);
    check(buf_slice(&b).at != NULL, "an empty %s buffer still has an address", kind);
    check(buf_reserve(&b, 0) != NULL, "no bytes of an empty %s buffer can be reserved", kind);
    buf_free(&b);
}

static void test_residue(void)
{
    unsigned char inverted[8]; /* random: a constant would stand in the code itself */
    struct buf b = BUF_SECRET;
    struct arena arena = {0};
    char *copy;

    randombytes_buf(inverted, sizeof inverted);
    if (residue_count(inverted, sizeof inverted) < 0) {
        tap_skip("this system does not show a process its memory");
        return;
    }
    for (int i = 0; i < 5000; i++)
        for (size_t j = 0; j < sizeof inverted; j++) {
            char c = (char)~inverted[j];

            buf_add(&b, &c, 1);
        }
    copy = arena_alloc(&arena, sizeof inverted);
    for (size_t j = 0; j < sizeof inverted; j++)
        copy[j] = (char)~inverted[j];
    check(residue_count(inverted, sizeof inverted) == 5001, "the search finds what is there");
    buf_free(&b);
    arena_free(&arena);
    check(residue_count(inverted, sizeof inverted) == 0,
          "a secret buffer that grew, and an arena, leave nothing behind");
}

static void test_reserve(void)
{
    struct arena arena = {0};
    size_t room = 0;
    char *first, *last = NULL;

    for (size_t i = 1; i <= 1000; i++)
        room += arena_room(i);
    check(arena_reserve(&arena, room), "room is reserved");
    first = arena_alloc(&arena, 1);
    for (size_t i = 2; i <= 1000; i++)
        last = arena_alloc(&arena, i);
    check(first && last && last > first && (size_t)(last - first) + arena_room(1000) == room,
          "and then all of it is handed out of one block");
    check(!arena_reserve(&arena, SIZE_MAX) && arena_alloc(&arena, 10),
          "room that cannot be is refused, and the arena goes on");
    arena_free(&arena);
}

/* A buffer and an arena in another arena: their content is theirs, their end is its. */
static void test_lent(void)
{
    struct arena outer = {0}, inner = ARENA_IN(&outer);
    struct buf b = BUF_IN(&outer);
    unsigned char inverted[8];
    bool kept = true;
    char *block[200];

    randombytes_buf(inverted, sizeof inverted);
    for (size_t i = 0; i < 200; i++) {
        block[i] = arena_alloc(&inner, 50);
        must(block[i] && arena_alloc(&outer, 30));
        memset(block[i], (int)i, 50);
        for (size_t j = 0; j < sizeof inverted; j++)
            buf_add(&b, &(char){(char)~inverted[j]}, 1);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < 50; j++)
            kept = kept && block[i][j] == (char)i;
    check(kept, "no block of an arena that was lent memory overlaps with another");
    for (size_t i = 0; i < b.len; i++)
        kept = kept && b.data[i] == (char)~inverted[i % sizeof inverted];
    check(buf_ok(&b) && b.len == 200 * sizeof inverted && kept,
          "a buffer in an arena grows and keeps its content");
    arena_clear(&inner);
    check(arena_alloc(&inner, 50) && arena_alloc(&inner, 100000), "cleared, it goes on");
    buf_free(&b);
    check(residue_count(inverted, sizeof inverted) <= 0, "a freed buffer in an arena is wiped");
    buf_add_text(&b, "again");
    check(buf_ok(&b) && slice_is(buf_slice(&b), "again"), "and can be used again");
    arena_free(&inner);
    check(arena_alloc(&inner, 10), "so can the arena");
    arena_free(&inner);
    arena_free(&outer);
}

/* Lent memory is wiped with the arena that has it, and before the one that gave it. */
static void test_lent_residue(void)
{
    struct arena outer = {0}, inner = ARENA_IN(&outer);
    unsigned char inverted[8];
    char *copy;

    randombytes_buf(inverted, sizeof inverted);
    for (int i = 0; i < 2; i++) {
        copy = arena_alloc(&inner, sizeof inverted);
        must(copy != NULL);
        for (size_t j = 0; j < sizeof inverted; j++)
            copy[j] = (char)~inverted[j];
        if (i == 0)
            arena_clear(&inner);
        else
            arena_free(&inner);
        check(residue_count(inverted, sizeof inverted) <= 0, "lent memory is wiped: %s",
              i ? "freed" : "cleared");
    }
    arena_free(&outer);
}

static void fill(char *at, const unsigned char *inverted, size_t len)
{
    must(at != NULL);
    for (size_t j = 0; j < len; j++)
        at[j] = (char)~inverted[j];
}

/* A hundred arenas of one pool share a few blocks, and each is wiped alone, though its block stays
 * for the others, and for the last one longer than the pool. */
static void test_pool(void)
{
    enum { ARENAS = 100, EACH = 600 };
    struct pool pool = {NULL};
    struct arena arena[ARENAS];
    unsigned char inverted[8];
    size_t blocks = 1;
    bool kept = true;
    char *at[ARENAS];

    randombytes_buf(inverted, sizeof inverted);
    for (size_t i = 0; i < ARENAS; i++) {
        arena[i] = ARENA_OF(&pool);
        must(arena_reserve(&arena[i], EACH));
        at[i] = arena_alloc(&arena[i], EACH);
        must(at[i] != NULL);
        memset(at[i], (int)i, EACH);
        blocks += i > 0 && (size_t)(at[i] - at[i - 1]) > 2 * EACH;
    }
    for (size_t i = 0; i < ARENAS * (size_t)EACH; i++)
        kept = kept && at[i / EACH][i % EACH] == (char)(i / EACH);
    check(kept && blocks <= 3, "a hundred arenas of a pool have %zu blocks, and none overlap",
          blocks);
    fill(at[0], inverted, sizeof inverted);
    arena_free(&arena[0]);
    check(residue_count(inverted, sizeof inverted) <= 0 && at[1][0] == 1,
          "one that is freed is wiped, and its neighbour is not");
    must(arena_alloc(&arena[1], 100000) != NULL);
    check(at[1][0] == 1, "one that is full goes on in memory of its own");
    fill(at[ARENAS - 1], inverted, sizeof inverted);
    for (size_t i = 0; i + 1 < ARENAS; i++)
        arena_free(&arena[i]);
    pool_free(&pool);
    check(residue_count(inverted, sizeof inverted) != 0,
          "the last one stays when the pool is gone");
    arena_free(&arena[ARENAS - 1]);
    check(residue_count(inverted, sizeof inverted) <= 0, "and is wiped like the others");
    arena[0] = ARENA_OF(&pool);
    check(arena_alloc(&arena[0], 1) && arena_alloc(&arena[1], 1), "all can be used again");
    arena_free(&arena[0]);
    arena_free(&arena[1]);
    pool_free(&pool);
}

static void test_runs(void)
{
    static const char text[] = "abcdefghij";
    struct runs runs = {0};
    size_t count = 0;

    for (size_t i = 0; i < 1000; i++) {
        runs_add(&runs, (struct slice){text + i % 10, i % 3});
        count += i % 3 > 0;
    }
    check(!runs.failed && runs.count == count && runs.len == 999 && runs.at[1].at == text + 2 &&
              runs.at[1].len == 2,
          "runs stand in their order, and empty ones are none");
    runs_free(&runs);
    check(runs.count == 0 && !runs.at, "freed, there are none");
}

/* ---- what guards it ---- */

static bool can_be_touched(volatile char *at)
{
    const struct rlimit none = {0, 0};
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        setrlimit(RLIMIT_CORE, &none);
        close(STDERR_FILENO); /* a sanitizer would tell of it */
        *at = 1;
        _exit(0);
    }
    must(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The flags of the mapping that the address is in, as /proc/self/smaps has them. */
static bool flags_of(const void *address, char flags[256])
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    bool inside = false, found = false;
    char line[512];

    while (maps && !found && fgets(line, sizeof line, maps)) {
        char *end;
        uintptr_t from = (uintptr_t)strtoull(line, &end, 16);

        if (end > line && *end == '-')
            inside = from <= (uintptr_t)address &&
                     (uintptr_t)address < (uintptr_t)strtoull(end + 1, NULL, 16);
        found = inside && strncmp(line, "VmFlags:", 8) == 0;
    }
    if (found)
        snprintf(flags, 256, "%.255s", line + 8);
    if (maps)
        fclose(maps);
    return found;
}

static void test_guarded(void)
{
    struct buf b = BUF_SECRET;
    struct rlimit most;
    char flags[256] = "";
    char *first;

    must(buf_reserve(&b, 5000) != NULL);
    first = b.data - (uintptr_t)b.data % (uintptr_t)sysconf(_SC_PAGESIZE);
    check(can_be_touched(b.data) && can_be_touched(b.data + b.size - 1),
          "a secret buffer is ours,");
    check(!can_be_touched(b.data + b.size), "but not the byte behind it");
    check(!can_be_touched(first - 1), "nor the page before it");
    if (!flags_of(b.data, flags)) {
        tap_skip("this system does not tell how memory is mapped");
    } else {
        check(strstr(flags, " dd ") != NULL, "it is in no core dump");
        must(getrlimit(RLIMIT_MEMLOCK, &most) == 0);
        if (RESIDUE_IMPOSSIBLE || most.rlim_cur < b.size)
            tap_skip("no memory may be locked here, or a sanitizer locks none");
        else
            check(strstr(flags, " lo ") != NULL, "and is never swapped out");
    }
    buf_free(&b);
}

static void test_slices(void)
{
    struct slice a = slice_of("abc"), b = slice_of("abd"), prefix = slice_of("ab");

    check(slice_compare(a, b) < 0 && slice_compare(b, a) > 0 && slice_compare(a, a) == 0,
          "slices compare by bytes");
    check(slice_compare(prefix, a) < 0, "a prefix sorts first");
    check(slice_compare(slice_of("\x80"), slice_of("a")) > 0, "bytes are unsigned");
    check(slice_is(a, "abc") && !slice_is(a, "ab") && slice_equal(slice_of(""), slice_of("")),
          "slices are equal or not");
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_slices();
    test_arena();
    test_reserve();
    test_buf(false);
    test_buf(true);
    test_residue();
    test_guarded();
    test_lent();
    test_lent_residue();
    test_pool();
    test_runs();
    return tap_done();
}
