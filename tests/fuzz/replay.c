/* Feeds the files of the folders given to a fuzz target, and nothing at all as well: what the
 * fuzzer once found is tried again wherever the tests run. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

__attribute__((noreturn)) static void fail(const char *path)
{
    perror(path);
    exit(2);
}

/* Exactly as large as the file, so that a sanitizer sees a step beyond it. */
static void feed(const char *path, size_t size)
{
    uint8_t *data = malloc(size ? size : 1);
    FILE *file = fopen(path, "rb");

    if (!data || !file || fread(data, 1, size, file) != size)
        fail(path);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static unsigned replay(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    struct stat st;
    char path[4096];
    unsigned count = 0;

    if (!dir)
        fail(folder);
    while ((entry = readdir(dir))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (stat(path, &st) != 0)
            fail(path);
        if (!S_ISREG(st.st_mode))
            continue;
        feed(path, (size_t)st.st_size);
        count++;
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;

    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        count += replay(argv[i]);
    printf("%u\n", count);
    return 0;
}
