/* Reads and writes descriptors, without messages. */
#ifndef VAULT_IO_H
#define VAULT_IO_H

#include "base/mem.h"

/* write_bytes writes all bytes. read_bytes appends all input, up to its end, to out. False with
 * errno, which is EFBIG after more than `most` bytes. */
bool write_bytes(int fd, const char *data, size_t len);
bool read_bytes(int fd, size_t most, struct buf *out);

/* After a failed read: if it failed because a non-blocking pipe is empty, waits for data. False if
 * it failed for another reason. */
bool await_input(int fd);

/* Opens and reads a file named on the command line. It may be a pipe, as in <(command); a device,
 * or a pipe without a writer, fails at once. Returns NULL, or why it cannot be read. After
 * open_given, errno is 0 if the open itself succeeded. */
const char *open_given(const char *path, int *fd);
const char *read_given(const char *path, size_t most, struct buf *out);

#endif
