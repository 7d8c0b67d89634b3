/* vault_select, vault_environ, vault_export, vault_render, vault_redact: what exec, export and
 * render hand out, by calls. */
#include "scene.h"

static struct person me;

static vault *a_vault(void)
{
    vault *v = open_as(&me, "vault.toml");
    vault_kv *kv = kv_of(v, "HOST", "db.example", "PASSWORD", "hunter22", "SHARED", "same", NULL);

    must(vault_secret_create(v, "dev", "db", kv, VAULT_EXISTING_ERROR) == VAULT_OK);
    vault_kv_free(kv);
    kv = kv_of(v, "HOST", "web.example", "PORT", "80", "SHARED", "same", NULL);
    must(vault_secret_create(v, "dev", "web", kv, VAULT_EXISTING_ERROR) == VAULT_OK);
    vault_kv_free(kv);
    return v;
}

/* "NAME=VALUE,…" of what is selected, or the error's sentence. */
static const char *selected(vault *v, vault_select_rules rules, vault_err wanted)
{
    static char text[1024];
    vault_selection *s = NULL;
    vault_err err;

    rules.size = sizeof rules;
    err = vault_select(v, "dev", &rules, &s);
    snprintf(text, sizeof text, "%s", err ? vault_error(v) : "");
    if (err != wanted || (err && s))
        snprintf(text, sizeof text, "code %d: %s", (int)err, vault_error(v));
    for (size_t i = 0; s && i < vault_selection_count(s); i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s=%s", i ? "," : "",
                 vault_selection_at(s, i)->name, vault_selection_at(s, i)->value);
    vault_selection_free(s);
    return text;
}

#define RULES(...) ((vault_select_rules){__VA_ARGS__})
#define NAMES(...) ((const char *const[]){__VA_ARGS__})

static bool is(const char *got, const char *wanted)
{
    if (strcmp(got, wanted) != 0)
        printf("# got \"%s\", wanted \"%s\"\n", got, wanted);
    return strcmp(got, wanted) == 0;
}

static void test_select(vault *v)
{
    const char *const in_order[] = {"db", "web"}, *const other[] = {"web", "db"};
    vault_selection *s = NULL;

    check(is(selected(v, RULES(.secrets = in_order, .secret_count = 2), VAULT_OK),
             "HOST=web.example,PASSWORD=hunter22,PORT=80,SHARED=same"),
          "the later secret wins");
    check(is(selected(v, RULES(.secrets = other, .secret_count = 2), VAULT_OK),
             "HOST=db.example,PASSWORD=hunter22,PORT=80,SHARED=same"),
          "in the other order the other one");
    check(is(selected(v, RULES(0), VAULT_INVALID), "HOST is defined differently by db and web"),
          "without an order they must agree");
    check(is(selected(v, RULES(.except = NAMES("HOST"), .except_count = 1), VAULT_OK),
             "PASSWORD=hunter22,PORT=80,SHARED=same"),
          "all secrets, but for a name");
    check(is(selected(v, RULES(.only = NAMES("PORT", "SHARED"), .only_count = 2, .prefix = "X_"),
                      VAULT_OK),
             "X_PORT=80,X_SHARED=same"),
          "only some names, with a prefix");
    check(is(selected(v, RULES(.only = NAMES("PRT"), .only_count = 1), VAULT_ABSENT),
             "no variable PRT in dev"),
          "a name that is mistyped");
    check(is(selected(v, RULES(.only = NAMES("PORT"), .only_count = 0), VAULT_INVALID),
             "a list of names is empty"),
          "a list without names selects nothing");
    check(is(selected(v,
                      RULES(.secrets = in_order, .secret_count = 1,
                            .required = NAMES("PORT", "HOST", "USER"), .required_count = 3),
                      VAULT_ABSENT),
             "required, and not in dev: PORT, USER"),
          "all that is missing is named");
    check(is(selected(v, RULES(.prefix = "1"), VAULT_INVALID),
             "a prefix has letters, digits and _, no digit in front"),
          "a prefix");
    check(refuses(v, vault_select(v, "dev", &RULES(.size = 1), &s), VAULT_INVALID, "size") && !s,
          "a struct without its size");
    check(refuses(v, vault_select(v, "nowhere", NULL, &s), VAULT_ABSENT, "nowhere") && !s,
          "an environment that is not there");
}

static void put(vault *v, const char *env, const char *secret, const char *name, const char *value)
{
    vault_kv *kv = kv_of(v, name, value, NULL);
    vault_err err = vault_secret_create(v, env, secret, kv, VAULT_EXISTING_KEEP);

    if (err == VAULT_OK)
        err = vault_secret_update(v, env, secret, kv);
    must(err == VAULT_OK);
    vault_kv_free(kv);
}

/* "NAME=VALUE(ENV/SECRET),…" of what layers give, or the error's sentence. */
static const char *laid(vault *v, const char *envs, vault_select_rules rules, vault_err wanted)
{
    static char text[1024];
    vault_selection *s = NULL;
    vault_err err;

    rules.size = sizeof rules;
    err = vault_select(v, envs, &rules, &s);
    snprintf(text, sizeof text, "%s", err ? vault_error(v) : "");
    if (err != wanted || (err && s))
        snprintf(text, sizeof text, "code %d: %s", (int)err, vault_error(v));
    for (size_t i = 0; s && i < vault_selection_count(s); i++) {
        const vault_selected *e = vault_selection_at(s, i);

        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s=%s(%s/%s)", i ? "," : "",
                 e->name, e->value, e->env, e->secret);
    }
    vault_selection_free(s);
    return text;
}

static void test_layers(vault *v)
{
    vault_kv *overlay = kv_of(v, "HOST", "mine", "ZONE", "here", NULL), *text = NULL;
    vault_selection *s = NULL;

    must(vault_env_create(v, "base", "dev") == VAULT_OK);
    must(vault_env_create(v, "local", "dev") == VAULT_OK);
    put(v, "base", "db", "HOST", "base.example");
    put(v, "base", "db", "USER", "app");
    put(v, "base", "web", "PORT", "80");
    put(v, "local", "app", "HOST", "localhost");
    put(v, "local", "app", "DEBUG", "1");
    check(is(laid(v, "base,local", RULES(0), VAULT_OK),
             "DEBUG=1(local/app),HOST=localhost(local/app),PORT=80(base/web),USER=app(base/db)"),
          "the later environment wins, whatever its secrets are called");
    check(is(laid(v, "local,base", RULES(.only = NAMES("HOST"), .only_count = 1), VAULT_OK),
             "HOST=base.example(base/db)"),
          "in the other order the other one");
    check(
        is(laid(v, "base,local", RULES(.secrets = NAMES("db", "app"), .secret_count = 2), VAULT_OK),
           "DEBUG=1(local/app),HOST=localhost(local/app),USER=app(base/db)"),
        "a named secret is in one of them");
    check(is(laid(v, "base,local", RULES(.secrets = NAMES("db", "none"), .secret_count = 2),
                  VAULT_ABSENT),
             "there is no secret none in base,local"),
          "or it is missing");
    check(is(laid(v, "base,local",
                  RULES(.required = NAMES("DEBUG", "USER"), .required_count = 2,
                        .except = NAMES("PORT", "HOST"), .except_count = 2),
                  VAULT_OK),
             "DEBUG=1(local/app),USER=app(base/db)"),
          "a required name may come from any");
    check(is(laid(v, "base,local", RULES(.required = NAMES("NONE"), .required_count = 1),
                  VAULT_ABSENT),
             "required, and not in base,local: NONE"),
          "and is missing if none has it");
    put(v, "base", "web", "USER", "other");
    check(is(laid(v, "base,local", RULES(0), VAULT_INVALID),
             "USER is defined differently by db and web"),
          "within one environment the values must agree");
    put(v, "local", "app", "USER", "third");
    check(vault_select(v, "base,local", NULL, &s) == VAULT_INVALID,
          "also where a later one has the name");
    put(v, "base", "web", "USER", "app");
    check(is(laid(v, "base,local",
                  RULES(.overlay = overlay, .only = NAMES("HOST", "ZONE"), .only_count = 2,
                        .prefix = "X_"),
                  VAULT_OK),
             "X_HOST=mine(/overlay),X_ZONE=here(/overlay)"),
          "a set lies over all of them, under the same rules");
    check(vault_select(v, "base,nowhere", NULL, &s) == VAULT_ABSENT &&
              vault_select(v, "base,", NULL, &s) != VAULT_OK &&
              vault_select(v, ",base", NULL, &s) != VAULT_OK && !s,
          "each of them must be there");
    check(vault_render(v, "base,local", "{{ HOST }} {{ db/HOST }} {{ PORT }}", 35, &text) ==
                  VAULT_OK &&
              kv_has(text, "TEXT", "localhost base.example 80"),
          "a text is filled from the last layer that has the name");
    vault_kv_free(text);
    vault_kv_free(overlay);
}

static vault_selection *select_of(vault *v, const char *secret)
{
    const vault_select_rules rules = {.size = sizeof rules, .secrets = &secret, .secret_count = 1};
    vault_selection *s = NULL;

    must(vault_select(v, "dev", &rules, &s) == VAULT_OK);
    return s;
}

static const char *variable(char *const *list, const char *name)
{
    size_t len = strlen(name);
    const char *found = NULL;

    for (; *list; list++)
        if (strncmp(*list, name, len) == 0 && (*list)[len] == '=') {
            must(!found);
            found = *list + len + 1;
        }
    return found;
}

static vault_variables *environ_of(vault *v, const vault_selection *s, vault_environ_rules rules)
{
    vault_variables *variables = NULL;

    rules.size = sizeof rules;
    must(vault_environ(v, s, &rules, &variables) == VAULT_OK);
    return variables;
}

static void test_environ(vault *v)
{
    vault_selection *s = select_of(v, "db");
    vault_variables *e;
    char *const *list;

    must(!setenv("HOST", "here", 1) && !setenv("OTHER", "kept", 1));
    must(!setenv("VAULT_IDENTITY", MARK, 1) && !setenv("VAULT_PASSPHRASE", MARK, 1));
    must(!setenv("VAULT_IDENTITY_FILE", "a path", 1));
    e = environ_of(v, s, (vault_environ_rules){.size = 0});
    list = vault_variables_list(e);
    check(is(variable(list, "HOST"), "db.example") && is(variable(list, "PASSWORD"), "hunter22"),
          "the selected values are set");
    check(is(variable(list, "OTHER"), "kept") && variable(list, "VAULT_IDENTITY_FILE"),
          "what was there stays");
    check(!variable(list, "VAULT_IDENTITY") && !variable(list, "VAULT_PASSPHRASE"),
          "what opens the vault does not");
    vault_variables_free(e);
    e = environ_of(v, s, (vault_environ_rules){.keeps_present = 1});
    check(is(variable(vault_variables_list(e), "HOST"), "here") &&
              variable(vault_variables_list(e), "PASSWORD"),
          "a variable that is present can be kept");
    vault_variables_free(e);
    e = environ_of(v, s, (vault_environ_rules){.is_clean = 1});
    check(!variable(vault_variables_list(e), "OTHER") && variable(vault_variables_list(e), "HOME"),
          "a clean one has HOME, and no more");
    vault_variables_free(e);
    e = environ_of(v, s, (vault_environ_rules){.files = NAMES("/a", "/b", "/c")});
    list = vault_variables_list(e);
    check(is(variable(list, "HOST_FILE"), "/a") && is(variable(list, "SHARED_FILE"), "/c") &&
              !variable(list, "PASSWORD") && is(variable(list, "HOST"), "here"),
          "files are named in place of values");
    vault_variables_free(e);
    vault_selection_free(s);
}

static void test_environ_refusals(vault *v)
{
    vault_pair zero = {"ZERO", "a\0b", 3};
    vault_environ_rules rules = {.size = sizeof rules};
    vault_variables *e = NULL;
    vault_kv *kv = kv_of(v, "LD_PRELOAD", "evil.so", NULL);
    vault_selection *s;

    must(vault_secret_create(v, "dev", "danger", kv, VAULT_EXISTING_ERROR) == VAULT_OK);
    vault_kv_free(kv);
    must(vault_kv_from_pairs(v, &zero, 1, &kv) == VAULT_OK);
    must(vault_secret_create(v, "dev", "zero", kv, VAULT_EXISTING_ERROR) == VAULT_OK);
    vault_kv_free(kv);
    s = select_of(v, "danger");
    check(refuses(v, vault_environ(v, s, NULL, &e), VAULT_INVALID,
                  "danger/LD_PRELOAD would set LD_PRELOAD") &&
              !e,
          "a name by which programs run other code");
    rules.allowed = NAMES("LD_PRELOAD");
    rules.allowed_count = 1;
    check(vault_environ(v, s, &rules, &e) == VAULT_OK, "it can be allowed");
    vault_variables_free(e);
    vault_selection_free(s);
    s = select_of(v, "zero");
    check(refuses(v, vault_environ(v, s, NULL, &e), VAULT_INVALID, "zero byte") && !e,
          "a zero byte");
    vault_selection_free(s);
}

static void test_export(vault *v)
{
    vault_selection *s = select_of(v, "web"), *zero = select_of(v, "zero");
    vault_kv *text = NULL;

    check(vault_export(v, s, "dotenv", NULL, &text) == VAULT_OK &&
              strstr(vault_kv_get(text, "TEXT", NULL), "HOST=") &&
              strstr(vault_kv_get(text, "TEXT", NULL), "web.example"),
          "a format by its name");
    vault_kv_free(text);
    check(vault_export(v, s, "k8s", "app", &text) == VAULT_OK &&
              strstr(vault_kv_get(text, "TEXT", NULL), "app"),
          "a manifest is called as it was said");
    vault_kv_free(text);
    check(refuses(v, vault_export(v, s, "xml", NULL, &text), VAULT_INVALID, "there is no format") &&
              !text,
          "a format that there is not");
    check(refuses(v, vault_export(v, zero, "dotenv", NULL, &text), VAULT_INVALID,
                  "dotenv cannot carry ZERO (a zero byte)") &&
              !text,
          "a value that the format cannot carry");
    vault_selection_free(s);
    vault_selection_free(zero);
}

static vault_err render(vault *v, const char *template, vault_kv **out)
{
    return vault_render(v, "dev", template, strlen(template), out);
}

static void test_render(vault *v)
{
    vault_kv *text = NULL;

    check(render(v, "http://{{ web/HOST }}:{{ PORT }}/{{{{", &text) == VAULT_OK &&
              kv_has(text, "TEXT", "http://web.example:80/{{"),
          "a template is filled");
    vault_kv_free(text);
    check(refuses(v, render(v, "a\n{{ NOT }} {{ web/NOR }}", &text), VAULT_ABSENT,
                  "not in dev: line 2: NOT, line 2: web/NOR") &&
              !text,
          "what is missing is named with its line");
    check(refuses(v, render(v, "{{ HOST }}", &text), VAULT_INVALID,
                  "line 1: HOST (db/HOST, web/HOST)"),
          "a name in several secrets");
}

static void test_redact(vault *v)
{
    vault_selection *s = select_of(v, "db");
    vault_redact *r = NULL;
    char shown[256] = "";
    const char *out, *pieces[] = {"a hunt", "er22 b aHVudGVyMjI= c", " hun"};
    size_t len;

    must(vault_redact_new(v, s, &r) == VAULT_OK);
    vault_selection_free(s);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        must(vault_redact_feed(r, pieces[i], strlen(pieces[i]), &out, &len) == VAULT_OK);
        strncat(shown, out, len);
        check(!strstr(shown, "hun"), "nothing of a value is shown after piece %zu", i);
    }
    must(vault_redact_finish(r, &out, &len) == VAULT_OK);
    strncat(shown, out, len);
    check(is(shown, "a [db/PASSWORD] b [db/PASSWORD] c hun"), "values are masked, the rest is not");
    must(vault_redact_feed(r, "hunter22", 8, &out, &len) == VAULT_OK && len == 0);
    must(vault_redact_finish(r, &out, &len) == VAULT_OK);
    check(len == 13 && memcmp(out, "[db/PASSWORD]", 13) == 0, "another text may follow");
    vault_redact_free(r);
}

int main(void)
{
    vault *v;

    scene_begin();
    me = person_x25519();
    make_vault("vault.toml", &me);
    v = a_vault();
    test_select(v);
    test_environ(v);
    test_environ_refusals(v);
    test_export(v);
    test_render(v);
    test_redact(v);
    test_layers(v);
    vault_free(v);
    vault_selection_free(NULL);
    vault_variables_free(NULL);
    vault_redact_free(NULL);
    return tap_done();
}
