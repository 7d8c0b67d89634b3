/* Keys, from the bytes that a terminal sends. */
#ifndef VAULT_KEYS_H
#define VAULT_KEYS_H

#include "base/mem.h"

enum key_kind {
    KEY_NONE, /* more bytes are needed */
    KEY_CHARACTER,
    KEY_PASTE, /* the text is in the reader */
    KEY_ENTER,
    KEY_TAB,
    KEY_ESCAPE,
    KEY_BACKSPACE,
    KEY_DELETE,
    KEY_UP,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_HOME,
    KEY_END,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_REDRAW,    /* Ctrl-L */
    KEY_INTERRUPT, /* Ctrl-C, or SIGINT */
    KEY_TICK,      /* nothing was typed for a moment, or the size changed */
    KEY_GONE,      /* the terminal is gone, or a signal asks to end */
    KEY_OTHER      /* one that means nothing here */
};

struct key {
    enum key_kind kind;
    uint32_t character;
};

enum { KEYS_PASTE_MAX = 1 << 20 };

/* A pure reader: {0}, with `paste` BUF_SECRET, is a new one. */
struct key_reader {
    unsigned char pending[32];
    size_t count;
    bool pasting;
    bool too_long;    /* the paste was; its text is empty */
    struct buf paste; /* MUST be BUF_SECRET */
};

#define KEY_READER_EMPTY ((struct key_reader){.paste = {.secret = true}})

/* Takes one byte, and returns the key that it completes. The text of a KEY_PASTE is in k->paste
 * until the next byte. */
struct key keys_take(struct key_reader *k, unsigned char byte);

/* No further byte came: what was begun is a key of its own, as Escape is. */
struct key keys_pause(struct key_reader *k);

void keys_free(struct key_reader *k);

#endif
