/* Looks for a secret in all of this process's memory. The secret is named by its bytes XOR 0xFF, so
 * that the search does not find itself. Linux: elsewhere it finds nothing, and says so by returning
 * -1. */
#ifndef TESTS_RESIDUE_H
#define TESTS_RESIDUE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESIDUE_WINDOW = 1 << 16, RESIDUE_SECRET_MAX = 256 };

static unsigned char residue_window[RESIDUE_WINDOW + RESIDUE_SECRET_MAX];

static inline int residue_in_range(int memory, uintptr_t from, uintptr_t to,
                                   const unsigned char *inverted, size_t len)
{
    const unsigned char first = (unsigned char)~inverted[0];
    int found = 0;

    while (from + len <= to) {
        size_t most = to - from < sizeof residue_window ? to - from : sizeof residue_window;
        ssize_t got = pread(memory, residue_window, most, (off_t)from);

        if (got < (ssize_t)len)
            break;
        for (size_t i = 0; i + len <= (size_t)got; i++) {
            const unsigned char *next =
                memchr(residue_window + i, first, (size_t)got - len + 1 - i);
            size_t same = 1;

            if (!next)
                break;
            i = (size_t)(next - residue_window);
            if (from + i >= (uintptr_t)residue_window &&
                from + i < (uintptr_t)residue_window + sizeof residue_window)
                continue;
            while (same < len && (next[same] ^ inverted[same]) == 0xFF)
                same++;
            found += same == len;
        }
        from += (size_t)got - len + 1;
    }
    memset(residue_window, 0, sizeof residue_window);
    return found;
}

#if defined __SANITIZE_ADDRESS__
#define RESIDUE_IMPOSSIBLE 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define RESIDUE_IMPOSSIBLE 1
#endif
#endif
#ifndef RESIDUE_IMPOSSIBLE
#define RESIDUE_IMPOSSIBLE 0
#endif

/* In how many places the secret stands: 0 is what one hopes for. */
static inline int residue_count(const unsigned char *inverted, size_t len)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), found = 0;
    char line[512];

    if (!maps || memory < 0 || RESIDUE_IMPOSSIBLE)
        return -1;
    while (fgets(line, sizeof line, maps)) { /* 7f0123-7f0456 rw-p ... */
        char *at;
        uintptr_t from = (uintptr_t)strtoull(line, &at, 16);
        uintptr_t to = (uintptr_t)strtoull(at + 1, &at, 16);

        if (at[1] == 'r' && !strstr(line, "[v"))
            found += residue_in_range(memory, from, to, inverted, len);
    }
    fclose(maps);
    close(memory);
    return found;
}

#endif
