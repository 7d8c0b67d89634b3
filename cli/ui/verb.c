/* Look-ups in the table of verbs. */
#include "verb.h"

#include "near.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

const struct verb *verb_named(const struct verb *verbs, const char *name)
{
    for (const struct verb *verb = verbs; verb->name; verb++)
        if (strcmp(name, verb->name) == 0)
            return verb;
    return NULL;
}

static bool is_called(const struct verb *verb, const char *name)
{
    for (int i = 0; i < VERB_OTHERS && verb->others[i]; i++)
        if (strcmp(name, verb->others[i]) == 0)
            return true;
    return false;
}

/* Words of other tools that mean more than the name of a verb. */
static const struct {
    const char *word, *meant;
} phrases[] = {{"import", "create SECRET --from-dotenv FILE"},
               {"encrypt", "create SECRET --from-dotenv FILE"},
               {"passwd", "grant NAME --passphrase --replace"},
               {"serve", "help: there is no server, only the file"},
               {"server", "help: there is no server, only the file"}};

static const char *meaning(const struct verb *verbs, const char *name)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (strcmp(name, phrases[i].word) == 0)
            return phrases[i].meant;
    for (; verbs->name; verbs++)
        if (is_called(verbs, name))
            return verbs->name;
    return NULL;
}

/* A verb that destroys something must be one letter away: a word that means something else must not
 * lead to it. */
static void offer_verbs(struct near *near, const struct verb *verbs)
{
    for (; verbs->name; verbs++) {
        size_t most = near->most;

        if (verbs->flags & DESTROYS && most > 1)
            near->most = 1;
        if (!near_offer(near, verbs->name))
            near->most = most;
    }
}

void verb_hint(const struct verb *verb)
{
    bool needs = verb->least > 0 || verb->flags & TAKES_COMMAND;

    say_hint("{program} %s%s%s", verb->name, needs ? " " : "", needs ? verb->operands : "");
}

const struct verb *verb_find(const struct verb *verbs, const char *name)
{
    const struct verb *verb = verb_named(verbs, name);
    const char *meant = verb ? NULL : meaning(verbs, name);
    struct near near;

    if (verb)
        return verb;
    near_begin_word(&near, name);
    offer_verbs(&near, verbs);
    say_error(STATUS_USAGE, "unknown verb %.40s", name);
    meant = meant ? meant : near.found[0] ? near.found : "help";
    if (verb_named(verbs, meant))
        verb_hint(verb_named(verbs, meant));
    else
        say_hint("{program} %s", meant);
    return NULL;
}

static bool lists_option(const enum opt *list, enum opt opt)
{
    while (*list && *list != opt)
        list++;
    return *list && *list == opt;
}

bool verb_option(const struct verb *verb, enum opt opt, struct option *as)
{
    *as = options[opt];
    if (opt == OPT_ENV && (!verb || verb->flags & (MANY_ENVS | LAYERS)))
        as->value = "ENV,…";
    if (opt == OPT_ENV && verb && verb->flags & MANY_ENVS)
        as->help = "one or several, each in turn; default: VAULT_ENV, env default, dev";
    if (opt == OPT_ENV && verb && verb->flags & LAYERS)
        as->help = "one, or layers: a later one wins; default: VAULT_ENV, env default, dev";
    for (const struct own_option *own = verb ? verb->own : NULL; own && own->opt; own++)
        if (own->opt == opt) {
            as->help = own->help;
            as->takes = own->no_value ? NO_VALUE : as->takes;
        }
    if (opt == OPT_ENV && verb && verb->flags & NO_ENV)
        return false;
    return lists_option(global_options, opt) || (verb && lists_option(verb->options, opt));
}
