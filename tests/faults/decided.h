/* The library is compiled with this in front for secrets.c: what DECIDED is told of a secret is
 * then known to valgrind as public. Nothing else is. */
#if defined __has_include
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define HAS_MEMCHECK 1
#endif
#endif

#ifdef HAS_MEMCHECK
#define DECIDED(what)                                         \
    __extension__({                                           \
        __typeof__(what) decided = (what);                    \
        VALGRIND_MAKE_MEM_DEFINED(&decided, sizeof(decided)); \
        decided;                                              \
    })
#define MADE_PUBLIC(at, len) ((void)VALGRIND_MAKE_MEM_DEFINED(at, len))
#endif
