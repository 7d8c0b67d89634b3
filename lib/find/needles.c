/* Searches for many byte strings at once: a sieve skips most of the text, and an Aho-Corasick
 * automaton reads the rest. The sieve makes source text thirteen times as fast.
 *
 * The sieve tests every stride-th place: wherever a pattern begins, one of its first `stride` grams
 * is at such a place. One bitmap says whether the gram there is in the head of any pattern; the
 * other, whether a whole head begins near it. The automaton's nodes are numbered in the order of
 * the sorted patterns, so that most nodes directly precede their only child.
 *
 * The rest of a long pattern is compared by a rolling hash. H(x) is the hash of the first x bytes,
 * H(x + 1) = H(x) * BASE + text[x]; so the hash of the n bytes after x is H(x + n) - H(x) * BASE^n.
 *
 * Patterns are secrets, and so is everything derived from them. */
#include "needles.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAD_MAX = 8, /* bytes of a pattern in the sieve: a word */
    GRAM_ROOM = 16,
    HEAD_ROOM = 32, /* bits of the bitmaps per gram and per head */
    BITS_LEAST = 12,
    GRAM_BITS_MOST = 21,
    HEAD_BITS_MOST = 20,
    ROOT = 0,
    NO_PATTERN = 0
};

struct node {
    uint32_t depth;   /* the length of its string */
    uint32_t fail;    /* the node of the longest proper suffix that has one */
    uint32_t longest; /* 1 + the path of the longest pattern that is a suffix of its string */
    uint8_t byte;     /* the last of its string */
    uint8_t branches; /* it has children other than the next node */
};

/* A pattern, and the nodes that it does not share with earlier patterns. */
struct path {
    struct slice bytes; /* the caller's; valid only while the automaton is built */
    size_t pattern;
    uint32_t shared; /* bytes in common with the path before it */
    uint32_t first;  /* its first node, at depth shared + 1 */
    uint32_t parent; /* that node's */
    uint32_t from;   /* the path that the parent is of */
    uint32_t len;
    uint32_t shorter;    /* 1 + the path of the longest pattern that is a proper suffix */
    uint32_t first_long; /* the long patterns that have it as head */
    uint32_t long_count;
    bool is_whole; /* it is a whole pattern, not only a head */
};

struct long_pattern {
    size_t pattern;
    const struct needles_check *checks;
    size_t check_count;
};

struct branch {
    uint32_t parent;
    uint32_t child; /* ROOT: free */
};

struct bitmap {
    uint64_t mask; /* selects the bytes that are tested */
    uint64_t *bits;
    unsigned shift;
};

struct needles {
    struct arena arena;
    struct path *paths; /* in byte order, each pattern once */
    struct long_pattern *longs;
    size_t long_total;
    struct node *nodes; /* and a sentinel of depth 0 */
    struct branch *branches;
    size_t branch_mask;
    size_t count, node_count;
    uint32_t children[256]; /* the root's */
    struct bitmap grams, heads;
    size_t head, stride;
};

/* ---- hashes, modulo 2^61 - 1 ---- */

#define PRIME ((UINT64_C(1) << 61) - 1)
#define BASE UINT64_C(0x13C6EF372FE94F82)

static uint64_t reduce(uint64_t sum)
{
    sum = (sum & PRIME) + (sum >> 61);
    return sum >= PRIME ? sum - PRIME : sum;
}

/* By halves; modulo the prime, 2^64 is 8 and 2^61 is 1. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
    const uint64_t half = UINT32_MAX, low29 = (UINT64_C(1) << 29) - 1;
    uint64_t low = (a & half) * (b & half), high = (a >> 32) * (b >> 32);
    uint64_t middle = (a & half) * (b >> 32) + (a >> 32) * (b & half);

    return reduce(8 * high + (middle >> 29) + ((middle & low29) << 32) + (low >> 61) +
                  (low & PRIME));
}

static uint64_t power(size_t exponent)
{
    uint64_t result = 1;

    for (uint64_t base = BASE; exponent; exponent /= 2, base = multiply(base, base))
        if (exponent % 2)
            result = multiply(result, base);
    return result;
}

/* Bytes by blocks: what each adds does not wait for the one before it. The powers of BASE are in
 * halves of 32 and 29 bits, so that the sums of a block do not overflow. */
enum { BLOCK = 16 };

struct powers {
    uint32_t low[BLOCK], high[BLOCK]; /* of BASE^15 to BASE^0 */
    uint64_t block;                   /* BASE^16 */
};

static void find_powers(struct powers *p)
{
    p->block = 1;
    for (size_t i = BLOCK; i-- > 0; p->block = multiply(p->block, BASE)) {
        p->low[i] = (uint32_t)p->block;
        p->high[i] = (uint32_t)(p->block >> 32);
    }
}

static uint64_t hash_block(const struct powers *p, uint64_t hash, const unsigned char *bytes)
{
    const uint64_t low29 = (UINT64_C(1) << 29) - 1;
    uint64_t low = 0, high = 0;

    for (size_t i = 0; i < BLOCK; i++) {
        low += (uint64_t)p->low[i] * bytes[i];
        high += (uint64_t)p->high[i] * bytes[i];
    }
    return reduce(multiply(hash, p->block) + low + (high >> 29) + ((high & low29) << 32));
}

static uint64_t hash_on(uint64_t hash, struct slice bytes)
{
    struct powers powers;
    size_t i = 0;

    if (bytes.len >= 8 * (size_t)BLOCK) {
        find_powers(&powers);
        for (; bytes.len - i >= BLOCK; i += BLOCK)
            hash = hash_block(&powers, hash, (const unsigned char *)bytes.at + i);
    }
    for (; i < bytes.len; i++)
        hash = reduce(multiply(hash, BASE) + (unsigned char)bytes.at[i]);
    return hash;
}

static struct needles_check check_at(const struct needles_summary *s)
{
    return (struct needles_check){s->len, power(s->len - NEEDLES_HEAD), s->hash};
}

void needles_summary_add(struct needles_summary *s, struct slice bytes)
{
    size_t next = (size_t)2 * NEEDLES_HEAD << s->check_count; /* where a check is due */
    size_t part = s->len < NEEDLES_HEAD ? NEEDLES_HEAD - s->len : 0;

    part = part < bytes.len ? part : bytes.len;
    memcpy(s->head + s->len % NEEDLES_HEAD, bytes.at, part);
    s->len += part;
    for (size_t done = part; done < bytes.len; done += part) {
        part = bytes.len - done < next - s->len ? bytes.len - done : next - s->len;
        s->hash = hash_on(s->hash, (struct slice){bytes.at + done, part});
        s->len += part;
        if (s->len < next)
            continue;
        s->checks[s->check_count++] = check_at(s);
        next *= 2;
    }
}

bool needles_summary_end(const struct needles_summary *s, struct arena *arena,
                         struct needles_pattern *pattern)
{
    const size_t head = s->len < NEEDLES_HEAD ? s->len : NEEDLES_HEAD;
    bool checked = s->check_count > 0 && s->checks[s->check_count - 1].len == s->len;
    size_t count = s->check_count + (s->len > NEEDLES_HEAD && !checked);
    struct needles_check *checks = NULL;

    *pattern = (struct needles_pattern){{NULL, head}, NULL, 0};
    pattern->head.at = arena_copy(arena, s->head, head);
    if (count)
        checks = arena_alloc(arena, count * sizeof *checks);
    if (!pattern->head.at || (count && !checks))
        return false;
    for (size_t i = 0; i < count; i++)
        checks[i] = i < s->check_count ? s->checks[i] : check_at(s);
    pattern->checks = checks;
    pattern->check_count = count;
    return true;
}

static const struct needles_check *last_check(const struct needles_pattern *p)
{
    return p->check_count ? &p->checks[p->check_count - 1] : NULL;
}

size_t needles_length(const struct needles_pattern *pattern)
{
    const struct needles_check *last = last_check(pattern);

    return last ? last->len : pattern->head.len;
}

int needles_compare(const struct needles_pattern *a, const struct needles_pattern *b)
{
    const struct needles_check *x = last_check(a), *y = last_check(b);
    const size_t x_len = needles_length(a), y_len = needles_length(b);
    int order = slice_compare(a->head, b->head);

    if (order == 0)
        order = (x_len > y_len) - (x_len < y_len);
    return order || !x ? order : (x->hash > y->hash) - (x->hash < y->hash);
}

/* ---- the sieve ---- */

static uint64_t load(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

static uint64_t place_of(const struct bitmap *b, uint64_t word)
{
    return (word & b->mask) * UINT64_C(0x9E3779B97F4A7C15) >> b->shift;
}

static uint64_t is_set(const struct bitmap *b, const char *at)
{
    uint64_t place = place_of(b, load(at));

    return b->bits[place / 64] >> place % 64 & 1;
}

static void set(struct bitmap *b, uint64_t word)
{
    uint64_t place = place_of(b, word);

    b->bits[place / 64] |= UINT64_C(1) << place % 64;
}

/* Returns a place; no pattern begins from `from` on and before it. */
static size_t sift(const struct needles *n, struct slice text, size_t from)
{
    const size_t stride = n->stride, before = stride - 1;
    size_t at = from + before;

    while (at + sizeof(uint64_t) <= text.len) {
        const char *here = text.at + at;

        if (text.len - at >= 3 * stride + sizeof(uint64_t) &&
            !(is_set(&n->grams, here) | is_set(&n->grams, here + stride) |
              is_set(&n->grams, here + 2 * stride) | is_set(&n->grams, here + 3 * stride))) {
            at += 4 * stride;
            continue;
        }
        if (is_set(&n->grams, here))
            for (size_t start = at - before; start <= at; start++)
                if (is_set(&n->heads, text.at + start))
                    return start;
        at += stride;
    }
    return at - before;
}

/* ---- the automaton ---- */

static struct branch *find_branch(const struct needles *n, uint32_t parent, uint8_t byte)
{
    size_t place = (size_t)((((uint64_t)parent << 8) + byte) * UINT64_C(0x9E3779B97F4A7C15) >> 32);

    for (;; place++) {
        struct branch *b = &n->branches[place & n->branch_mask];

        if (b->child == ROOT || (b->parent == parent && n->nodes[b->child].byte == byte))
            return b;
    }
}

/* The node of the longest suffix of the text read so far that is a prefix of a pattern. */
static uint32_t step(const struct needles *n, uint32_t node, uint8_t byte)
{
    const struct node *nodes = n->nodes;

    for (;;) {
        if (nodes[node + 1].byte == byte && nodes[node + 1].depth == nodes[node].depth + 1)
            return node + 1;
        if (node == ROOT)
            return n->children[byte];
        if (nodes[node].branches) {
            uint32_t child = find_branch(n, node, byte)->child;

            if (child != ROOT)
                return child;
        }
        node = nodes[node].fail;
    }
}

/* ---- making it ---- */

static int compare_paths(const void *a, const void *b)
{
    const struct path *x = a, *y = b;
    int order = slice_compare(x->bytes, y->bytes);

    return order ? order : (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

static size_t common(struct slice a, struct slice b)
{
    size_t len = 0;

    while (len < a.len && len < b.len && a.at[len] == b.at[len])
        len++;
    return len;
}

/* Records the pattern in the path of its head. */
static void add_kind(struct needles *n, struct path *path, const struct needles_pattern *p,
                     size_t pattern)
{
    if (p->check_count == 0) {
        path->pattern = path->is_whole ? path->pattern : pattern;
        path->is_whole = true;
        return;
    }
    if (path->long_count++ == 0)
        path->first_long = (uint32_t)n->long_total;
    n->longs[n->long_total++] = (struct long_pattern){pattern, p->checks, p->check_count};
}

/* Makes the paths of all patterns, sorted and unique, and counts their nodes. */
static bool make_paths(struct needles *n, const struct needles_pattern *patterns, size_t count)
{
    uint64_t nodes = 1;
    size_t kept = 0;

    n->paths = arena_alloc(&n->arena, (count + 1) * sizeof *n->paths);
    n->longs = arena_alloc(&n->arena, (count + 1) * sizeof *n->longs);
    if (!n->paths || !n->longs)
        return false;
    for (size_t i = 0; i < count; i++)
        if (patterns[i].head.len)
            n->paths[n->count++] = (struct path){.bytes = patterns[i].head, .pattern = i};
    qsort(n->paths, n->count, sizeof *n->paths, compare_paths);
    for (size_t i = 0; i < n->count; i++) {
        struct path p = n->paths[i];
        size_t shared = kept ? common(n->paths[kept - 1].bytes, p.bytes) : 0;

        if (shared < p.bytes.len) { /* else a duplicate */
            nodes += p.bytes.len - shared;
            if (nodes > INT32_MAX)
                return false;
            p.shared = (uint32_t)shared;
            p.len = (uint32_t)p.bytes.len;
            n->paths[kept++] = p;
        }
        add_kind(n, &n->paths[kept - 1], &patterns[p.pattern], p.pattern);
    }
    n->count = kept;
    n->node_count = (size_t)nodes;
    return true;
}

/* Finds the node of depth `shared`, where the path leaves earlier ones. */
static void find_parent(struct needles *n, struct path *p)
{
    const struct path *from;

    if (p->shared == 0)
        return;
    for (from = p - 1; from->shared >= p->shared;)
        from = &n->paths[from->from];
    p->from = (uint32_t)(from - n->paths);
    p->parent = from->first + p->shared - from->shared - 1;
}

static void add_nodes(struct needles *n, size_t i)
{
    struct path *p = &n->paths[i];
    struct node *first = &n->nodes[p->first];

    for (uint32_t depth = p->shared; depth < p->len; depth++)
        first[depth - p->shared] =
            (struct node){.depth = depth + 1, .byte = (uint8_t)p->bytes.at[depth]};
    n->nodes[p->first + p->len - p->shared - 1].longest = (uint32_t)i + 1;
    if (p->parent == ROOT) {
        n->children[first->byte] = p->first;
    } else if (p->parent + 1 != p->first) {
        n->nodes[p->parent].branches = 1;
        *find_branch(n, p->parent, first->byte) = (struct branch){p->parent, p->first};
    }
}

static bool make_nodes(struct needles *n)
{
    uint32_t next = 1;
    size_t places = 4;

    while (places < 2 * n->count)
        places *= 2;
    n->branch_mask = places - 1;
    n->branches = arena_alloc(&n->arena, places * sizeof *n->branches);
    n->nodes = arena_alloc(&n->arena, (n->node_count + 1) * sizeof *n->nodes);
    if (!n->branches || !n->nodes)
        return false;
    memset(n->branches, 0, places * sizeof *n->branches);
    n->nodes[ROOT] = n->nodes[n->node_count] = (struct node){0};
    for (size_t i = 0; i < n->count; i++) {
        n->paths[i].first = next;
        next += n->paths[i].len - n->paths[i].shared;
        find_parent(n, &n->paths[i]);
        add_nodes(n, i);
    }
    return true;
}

static void link_node(struct needles *n, const struct path *p, uint32_t depth)
{
    uint32_t place = p->first + depth - p->shared - 1;
    struct node *node = &n->nodes[place];
    uint32_t parent = depth == p->shared + 1 ? p->parent : place - 1;

    node->fail = parent == ROOT ? ROOT : step(n, n->nodes[parent].fail, node->byte);
    if (node->longest == NO_PATTERN)
        node->longest = n->nodes[node->fail].longest;
    else
        n->paths[node->longest - 1].shorter = n->nodes[node->fail].longest;
}

static int compare_shared(const void *a, const void *b)
{
    const struct path *const *x = a, *const *y = b;

    return ((*x)->shared > (*y)->shared) - ((*x)->shared < (*y)->shared);
}

/* Level by level, since a link leads to a level above. The first `opened` paths have nodes on this
 * level; the others begin below it. */
static bool link_nodes(struct needles *n)
{
    struct path **open = arena_alloc(&n->arena, (n->count + 1) * sizeof *open);
    size_t opened = 0, begun = 0;

    for (size_t i = 0; open && i < n->count; i++)
        open[i] = &n->paths[i];
    if (!open)
        return false;
    qsort(open, n->count, sizeof *open, compare_shared);
    for (uint32_t depth = 1; opened > 0 || begun < n->count; depth++) {
        size_t kept = 0;

        while (begun < n->count && open[begun]->shared < depth)
            open[opened++] = open[begun++];
        for (size_t i = 0; i < opened; i++) {
            link_node(n, open[i], depth);
            if (open[i]->len > depth)
                open[kept++] = open[i];
        }
        opened = kept;
    }
    return true;
}

static bool make_bitmap(struct arena *arena, size_t entries, unsigned most, size_t bytes,
                        struct bitmap *b)
{
    unsigned bits = BITS_LEAST;

    while (bits < most && (size_t)1 << bits < entries)
        bits++;
    memset(&b->mask, 0xFF, bytes);
    b->shift = 64 - bits;
    b->bits = arena_alloc(arena, ((size_t)1 << bits) / 8);
    if (b->bits)
        memset(b->bits, 0, ((size_t)1 << bits) / 8);
    return b->bits;
}

static bool make_sieve(struct needles *n)
{
    size_t gram;

    n->head = HEAD_MAX;
    for (size_t i = 0; i < n->count; i++)
        if (n->paths[i].len < n->head)
            n->head = n->paths[i].len;
    gram = n->head / 2 + 1;
    n->stride = n->head - gram + 1;
    if (!make_bitmap(&n->arena, GRAM_ROOM * n->stride * n->count, GRAM_BITS_MOST, gram,
                     &n->grams) ||
        !make_bitmap(&n->arena, HEAD_ROOM * n->count, HEAD_BITS_MOST, n->head, &n->heads))
        return false;
    for (size_t i = 0; i < n->count; i++) {
        char head[2 * HEAD_MAX] = {0};

        memcpy(head, n->paths[i].bytes.at, n->head);
        set(&n->heads, load(head));
        for (size_t at = 0; at < n->stride; at++)
            set(&n->grams, load(head + at));
    }
    stack_wipe();
    return true;
}

struct needles *needles_make_long(const struct needles_pattern *patterns, size_t count)
{
    struct needles *n = calloc(1, sizeof *n);

    if (!n)
        return NULL;
    if (!make_paths(n, patterns, count) || !make_nodes(n) || !link_nodes(n) || !make_sieve(n)) {
        needles_free(n);
        return NULL;
    }
    for (size_t i = 0; i < n->count; i++)
        n->paths[i].bytes = (struct slice){0};
    return n;
}

struct needles *needles_make(const struct slice *patterns, size_t count)
{
    struct needles_pattern *all = calloc(count + 1, sizeof *all);
    struct needles *n = NULL;

    for (size_t i = 0; all && i < count; i++)
        all[i].head = patterns[i];
    if (all)
        n = needles_make_long(all, count);
    free(all);
    return n;
}

void needles_free(struct needles *n)
{
    if (n)
        arena_free(&n->arena);
    free(n);
}

/* ---- long patterns whose head was found ---- */

struct start {
    size_t at;       /* in the text */
    uint64_t before; /* the text's hash after the head */
    size_t alive;    /* candidates that are still possible */
};

/* A long pattern that may be at a start: certain after its last check. */
struct candidate {
    size_t due;   /* in the text: where the next check is made */
    size_t start; /* counted from the first start of the text */
    uint32_t which, check;
};

static struct start *start_of(const struct needles_scan *s, size_t number)
{
    return (struct start *)(void *)s->starts.data + (number - s->starts_gone);
}

static size_t count_starts(const struct needles_scan *s)
{
    return s->starts.len / sizeof(struct start);
}

static struct candidate *heap_of(const struct needles_scan *s)
{
    return (struct candidate *)(void *)s->candidates.data;
}

static size_t count_candidates(const struct needles_scan *s)
{
    return s->candidates.len / sizeof(struct candidate);
}

static void exchange(struct candidate *a, struct candidate *b)
{
    struct candidate c = *a;

    *a = *b;
    *b = c;
}

static void push(struct needles_scan *s, const struct candidate *c)
{
    struct candidate *heap;

    buf_add(&s->candidates, c, sizeof *c);
    heap = heap_of(s);
    for (size_t i = count_candidates(s) - 1; buf_ok(&s->candidates) && i > 0; i = (i - 1) / 2)
        if (heap[i].due < heap[(i - 1) / 2].due)
            exchange(&heap[i], &heap[(i - 1) / 2]);
        else
            break;
}

static struct candidate pop(struct needles_scan *s)
{
    struct candidate *heap = heap_of(s), first = heap[0];
    size_t count = count_candidates(s) - 1, i = 0;

    heap[0] = heap[count];
    s->candidates.len -= sizeof first;
    for (;;) {
        size_t least = 2 * i + 1;

        if (least + 1 < count && heap[least + 1].due < heap[least].due)
            least++;
        if (least >= count || heap[i].due <= heap[least].due)
            return first;
        exchange(&heap[i], &heap[least]);
        i = least;
    }
}

/* Frees finished starts once they are many. */
static void forget_starts(struct needles_scan *s)
{
    size_t count = count_starts(s);

    while (s->starts_over < count && start_of(s, s->starts_gone + s->starts_over)->alive == 0)
        s->starts_over++;
    if (2 * s->starts_over < count || count == 0)
        return;
    memmove(s->starts.data, s->starts.data + s->starts_over * sizeof(struct start),
            (count - s->starts_over) * sizeof(struct start));
    s->starts.len -= s->starts_over * sizeof(struct start);
    s->starts_gone += s->starts_over;
    s->starts_over = 0;
}

static void add_start(struct needles_scan *s, const struct path *head)
{
    struct start start = {s->at - head->len, 0, head->long_count};
    size_t number = s->starts_gone + count_starts(s);

    if (count_candidates(s) == 0)
        s->hash = 0;
    start.before = s->hash;
    s->starts.secret = true; /* it reveals where matches may be */
    buf_add(&s->starts, &start, sizeof start);
    for (uint32_t i = 0; i < head->long_count; i++) {
        const struct long_pattern *p = &s->needles->longs[head->first_long + i];

        push(s, &(struct candidate){start.at + p->checks[0].len, number, head->first_long + i, 0});
    }
}

/* Makes the checks that are due, and returns the longest pattern that they complete. */
static bool check_due(struct needles_scan *s, struct needles_match *m)
{
    bool found = false;

    while (count_candidates(s) > 0 && heap_of(s)[0].due == s->at) {
        struct candidate c = pop(s);
        const struct long_pattern *p = &s->needles->longs[c.which];
        const struct needles_check *check = &p->checks[c.check];
        struct start *start = start_of(s, c.start);

        if (s->hash != reduce(multiply(start->before, check->power) + check->hash)) {
            start->alive--;
        } else if (++c.check < p->check_count) {
            c.due = start->at + p->checks[c.check].len;
            push(s, &c);
        } else {
            start->alive--;
            if (!found || start->at < m->at)
                *m = (struct needles_match){start->at, check->len, p->pattern};
            found = true;
        }
    }
    forget_starts(s);
    return found;
}

static size_t oldest_start(const struct needles_scan *s)
{
    return s->starts_over < count_starts(s) ? start_of(s, s->starts_gone + s->starts_over)->at
                                            : SIZE_MAX;
}

/* Reads on to where a pattern ends or a check is due; false if there is no such place. */
static bool advance(struct needles_scan *s, struct slice text)
{
    const struct needles *n = s->needles;
    const bool is_due = count_candidates(s) > 0 && heap_of(s)[0].due <= text.len;
    const size_t end = is_due ? heap_of(s)[0].due : text.len;
    uint32_t node = s->node;
    size_t at = s->at, begun = SIZE_MAX;
    bool found = false;

    while (at < end && !found) {
        size_t start = at - n->nodes[node].depth;

        /* Shorter than a head, the sieve is the faster test. */
        if (n->nodes[node].depth < n->head && start != begun &&
            end - start >= 2 * sizeof(uint64_t)) {
            at = begun = sift(n, (struct slice){text.at, end}, start);
            node = ROOT;
        }
        node = step(n, node, (uint8_t)text.at[at++]);
        found = n->nodes[node].longest != NO_PATTERN;
    }
    if (count_candidates(s) > 0)
        s->hash = hash_on(s->hash, (struct slice){text.at + s->at, at - s->at});
    s->node = node;
    s->at = at;
    return found || (is_due && at == end);
}

static struct needles_match *waiting(const struct needles_scan *s)
{
    return (struct needles_match *)(void *)s->found.data + s->taken;
}

static size_t count_waiting(const struct needles_scan *s)
{
    return s->found.len / sizeof(struct needles_match) - s->taken;
}

/* Drops waiting matches that are inside this one. */
static void add_match(struct needles_scan *s, struct needles_match m)
{
    enum { TAKEN_MANY = 1024 };
    size_t count = count_waiting(s);

    while (count > 0 && waiting(s)[count - 1].at >= m.at)
        count--;
    if (count == 0 || (s->taken >= TAKEN_MANY && s->taken > count)) {
        if (count)
            memmove(s->found.data, waiting(s), count * sizeof m);
        s->taken = 0;
    }
    s->found.len = (s->taken + count) * sizeof m;
    buf_add(&s->found, &m, sizeof m);
}

/* The longest pattern that ends here. */
static void record_match(struct needles_scan *s)
{
    const struct needles *n = s->needles;
    uint32_t longest = n->nodes[s->node].longest;
    struct needles_match m;
    bool found = check_due(s, &m);

    if (longest != NO_PATTERN && n->paths[longest - 1].long_count > 0)
        add_start(s, &n->paths[longest - 1]);
    while (longest != NO_PATTERN && !n->paths[longest - 1].is_whole)
        longest = n->paths[longest - 1].shorter;
    if (longest != NO_PATTERN) {
        const struct path *p = &n->paths[longest - 1];

        if (!found || s->at - p->len < m.at)
            m = (struct needles_match){s->at - p->len, p->len, p->pattern};
        found = true;
    }
    if (found)
        add_match(s, m);
}

/* The earliest place where a match that is not known yet may begin. */
static size_t open_from(const struct needles_scan *s)
{
    size_t start = s->at - s->needles->nodes[s->node].depth, oldest = oldest_start(s);

    return oldest < start ? oldest : start;
}

bool needles_next(struct needles_scan *s, struct slice text, enum needles_rest rest,
                  struct needles_match *match)
{
    for (;;) {
        bool ended = s->at == text.len;

        if (count_waiting(s) > 0 &&
            (waiting(s)->at < open_from(s) || (ended && rest == NEEDLES_END))) {
            *match = *waiting(s);
            s->taken++;
            return true;
        }
        if (ended)
            return false;
        if (advance(s, text))
            record_match(s);
        if (!needles_scan_ok(s))
            return false;
    }
}

size_t needles_settled(const struct needles_scan *s)
{
    size_t start = open_from(s);

    return count_waiting(s) > 0 && waiting(s)->at < start ? waiting(s)->at : start;
}

void needles_drop(struct needles_scan *s, size_t len)
{
    s->at -= len;
    for (size_t i = 0; i < count_waiting(s); i++)
        waiting(s)[i].at -= len;
    for (size_t i = 0; i < count_starts(s); i++)
        start_of(s, s->starts_gone + i)->at -= len; /* finished starts are no longer used */
    for (size_t i = 0; i < count_candidates(s); i++)
        heap_of(s)[i].due -= len;
}

bool needles_scan_ok(const struct needles_scan *s)
{
    return buf_ok(&s->found) && buf_ok(&s->starts) && buf_ok(&s->candidates);
}

void needles_scan_free(struct needles_scan *s)
{
    buf_free(&s->found);
    buf_free(&s->starts);
    buf_free(&s->candidates);
    *s = (struct needles_scan){.needles = s->needles};
}
