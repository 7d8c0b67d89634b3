/* Edit distance, for suggestions. */
#include "near.h"

#include <ctype.h>
#include <string.h>

/* Without regard to case: a name in the wrong case is nearer than one with another letter. */
static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Damerau-Levenshtein distance: letters that are wrong, missing, extra or transposed. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NEAR_LONGEST + 1];
    size_t a_len = strlen(a), b_len = strlen(b);

    if (a_len > NEAR_LONGEST || b_len > NEAR_LONGEST)
        return NEAR_LONGEST;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = above[j - 1] + !same(a[i - 1], b[j - 1]);

            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

void near_begin(struct near *n, const char *word)
{
    *n = (struct near){.word = word, .most = strlen(word) / 3 + 1};
}

void near_begin_word(struct near *n, const char *word)
{
    *n = (struct near){.word = word, .most = strlen(word) < 6 ? 1 : 2};
}

bool near_offer(struct near *n, const char *candidate)
{
    size_t d = distance(n->word, candidate);

    if (d > n->most || d >= strlen(candidate) || d >= NEAR_LONGEST)
        return false;
    strcpy(n->found, candidate);
    n->most = d - (d > 0);
    return true;
}
