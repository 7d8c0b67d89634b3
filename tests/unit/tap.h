/* TAP for unit tests in C: `check` what must hold, and end main with `return tap_done();`. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

/* One test: prints "ok" or "not ok" with the name, and where it stands if it failed. */
#define check(what, ...) tap_check((what), __FILE__, __LINE__, #what, __VA_ARGS__)

__attribute__((format(printf, 5, 6))) static inline bool
tap_check(bool passed, const char *file, int line, const char *what, const char *name, ...)
{
    va_list args;

    printf("%sok %d - ", passed ? "" : "not ", ++tap_count);
    va_start(args, name);
    vprintf(name, args);
    va_end(args);
    printf("\n");
    if (!passed) {
        tap_failed++;
        printf("# %s:%d: %s\n", file, line, what);
    }
    fflush(stdout);
    return passed;
}

__attribute__((format(printf, 1, 2))) static inline void tap_skip(const char *why, ...)
{
    va_list args;

    printf("ok %d # SKIP ", ++tap_count);
    va_start(args, why);
    vprintf(why, args);
    va_end(args);
    printf("\n");
}

static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed ? 1 : 0;
}

#endif
