/* Exit statuses, which scripts rely on: see `help exit-status`. */
#ifndef VAULT_STATUS_H
#define VAULT_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_LOCKED = 3,
    STATUS_ABSENT = 4,
    STATUS_INTEGRITY = 5,
    STATUS_CONFLICT = 6,
    STATUS_FOUND = 7,
    STATUS_GUARDED = 8,
    STATUS_EXEC_FAILED = 125,
    STATUS_EXEC_CANNOT = 126,
    STATUS_EXEC_NOT_FOUND = 127
};

/* Takes the next step, of functions that return 0 for success, if no earlier one has failed. */
#define NEXT(result, step)     \
    do {                       \
        if ((result) == 0)     \
            (result) = (step); \
    } while (0)

#endif
