/* Bytes from and to descriptors, without a message. */
#ifndef VAULT_IO_H
#define VAULT_IO_H

#include "base/mem.h"

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

#endif
