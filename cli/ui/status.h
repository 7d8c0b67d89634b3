/* Exit statuses are for scripts: help exit-status. */
#ifndef VAULT_STATUS_H
#define VAULT_STATUS_H

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

#endif
