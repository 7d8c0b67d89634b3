/* The names of variables by which programs are made to run other code: shells, the loader,
 * interpreters, and tools that start an editor, a pager or a plugin.
 *
 * A name belongs here if its value is code, a command, options with either in them, or the place
 * that code or such a configuration is read from. Not here is what sends a connection elsewhere
 * (HTTPS_PROXY, SSL_CERT_FILE): any URL among the values does that too. */
#include "dangerous.h"

#include "ui/say.h"

#include <string.h>
#include <strings.h>

/* In byte order. A name that ends in * stands for all that begin so. Arrays rather than pointers:
 * exec asks each time it runs, and there is nothing to relocate. */
static const struct {
    char name[36], program[12]; /* whose code it is */
} table[] = {
    {"ANSIBLE_CONFIG", "ansible"},
    {"ANSIBLE_LIBRARY", "ansible"},
    {"ANT_ARGS", "ant"},
    {"ANT_OPTS", "ant"},
    {"ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "dotnet"},
    {"AWKLIBPATH", "awk"},
    {"AWKPATH", "awk"},
    {"AWS_CONFIG_FILE", "aws"},
    {"AWS_PAGER", "aws"},
    {"BASHOPTS", "sh"},
    {"BASH_ENV", "sh"},
    {"BASH_LOADABLES_PATH", "sh"},
    {"BAT_PAGER", "bat"},
    {"BROWSER", "programs"},
    {"BUNDLE_GEMFILE", "ruby"},
    {"BUN_OPTIONS", "bun"},
    {"CAML_LD_LIBRARY_PATH", "ocaml"},
    {"CARGO", "cargo"},
    {"CARGO_ALIAS_*", "cargo"},
    {"CARGO_BUILD_*", "cargo"},
    {"CARGO_CREDENTIAL_ALIAS_*", "cargo"},
    {"CARGO_ENCODED_RUSTFLAGS", "cargo"},
    {"CARGO_HOME", "cargo"},
    {"CARGO_REGISTRY_CREDENTIAL_PROVIDER", "cargo"},
    {"CARGO_REGISTRY_GLOBAL_*", "cargo"},
    {"CARGO_TARGET_*", "cargo"},
    {"CATALINA_OPTS", "java"},
    {"CC", "make"},
    {"CDPATH", "sh"},
    {"CLASSPATH", "java"},
    {"CMAKE_CXX_COMPILER_LAUNCHER", "cmake"},
    {"CMAKE_C_COMPILER_LAUNCHER", "cmake"},
    {"CMAKE_TOOLCHAIN_FILE", "cmake"},
    {"COMPOSER_HOME", "composer"},
    {"CORECLR_*", "dotnet"},
    {"COR_ENABLE_PROFILING", "dotnet"},
    {"COR_PROFILER*", "dotnet"},
    {"CURL_HOME", "curl"},
    {"CVS_RSH", "cvs"},
    {"CXX", "make"},
    {"DELTA_PAGER", "delta"},
    {"DIRENV_CONFIG", "direnv"},
    {"DOCKER_CONFIG", "docker"},
    {"DOTNET_ADDITIONAL_DEPS", "dotnet"},
    {"DOTNET_HOSTINGSTARTUPASSEMBLIES", "dotnet"},
    {"DOTNET_ROOT", "dotnet"},
    {"DOTNET_SHARED_STORE", "dotnet"},
    {"DOTNET_STARTUP_HOOKS", "dotnet"},
    {"DYLD_*", "the loader"},
    {"EDITOR", "programs"},
    {"ELIXIR_ERL_OPTIONS", "erlang"},
    {"EMACSLOADPATH", "emacs"},
    {"ENV", "sh"},
    {"ERL_AFLAGS", "erlang"},
    {"ERL_FLAGS", "erlang"},
    {"ERL_LIBS", "erlang"},
    {"ERL_ZFLAGS", "erlang"},
    {"EXINIT", "vim"},
    {"FCEDIT", "sh"},
    {"FPATH", "sh"},
    {"FZF_DEFAULT_COMMAND", "fzf"},
    {"FZF_DEFAULT_OPTS", "fzf"},
    {"FZF_DEFAULT_OPTS_FILE", "fzf"},
    {"GCONV_PATH", "libc"},
    {"GEM_HOME", "ruby"},
    {"GEM_PATH", "ruby"},
    {"GETCONF_DIR", "libc"},
    {"GH_BROWSER", "gh"},
    {"GH_EDITOR", "gh"},
    {"GH_PAGER", "gh"},
    {"GIO_EXTRA_MODULES", "gtk"},
    {"GIO_MODULE_DIR", "gtk"},
    {"GIT_ALLOW_PROTOCOL", "git"},
    {"GIT_ASKPASS", "git"},
    {"GIT_COMMON_DIR", "git"},
    {"GIT_CONFIG", "git"},
    {"GIT_CONFIG_*", "git"},
    {"GIT_DIR", "git"},
    {"GIT_EDITOR", "git"},
    {"GIT_EXEC_PATH", "git"},
    {"GIT_EXTERNAL_DIFF", "git"},
    {"GIT_PAGER", "git"},
    {"GIT_PROXY_COMMAND", "git"},
    {"GIT_SEQUENCE_EDITOR", "git"},
    {"GIT_SSH", "git"},
    {"GIT_SSH_COMMAND", "git"},
    {"GIT_TEMPLATE_DIR", "git"},
    {"GIT_WORK_TREE", "git"},
    {"GLIBC_TUNABLES", "the loader"},
    {"GNUMAKEFLAGS", "make"},
    {"GNUPGHOME", "gpg"},
    {"GOENV", "go"},
    {"GOFLAGS", "go"},
    {"GOROOT", "go"},
    {"GOTOOLCHAIN", "go"},
    {"GOTOOLDIR", "go"},
    {"GRADLE_OPTS", "gradle"},
    {"GRADLE_USER_HOME", "gradle"},
    {"GTK_MODULES", "gtk"},
    {"GTK_PATH", "gtk"},
    {"GUILE_LOAD_COMPILED_PATH", "guile"},
    {"GUILE_LOAD_PATH", "guile"},
    {"GUNICORN_CMD_ARGS", "gunicorn"},
    {"GVIMINIT", "vim"},
    {"HELM_PLUGINS", "helm"},
    {"HGEDITOR", "hg"},
    {"HGMERGE", "hg"},
    {"HGRCPATH", "hg"},
    {"HOME", "programs"},
    {"IFS", "sh"},
    {"INPUTRC", "sh"},
    {"IPYTHONDIR", "ipython"},
    {"JAVA_HOME", "java"},
    {"JAVA_OPTS", "java"},
    {"JAVA_TOOL_OPTIONS", "java"},
    {"JDK_JAVA_OPTIONS", "java"},
    {"JULIA_DEPOT_PATH", "julia"},
    {"JULIA_EDITOR", "julia"},
    {"JULIA_LOAD_PATH", "julia"},
    {"JULIA_PROJECT", "julia"},
    {"JUPYTER_CONFIG_DIR", "jupyter"},
    {"JUPYTER_CONFIG_PATH", "jupyter"},
    {"KRB5_CONFIG", "kerberos"},
    {"KUBECONFIG", "kubectl"},
    {"KUBECTL_EXTERNAL_DIFF", "kubectl"},
    {"KUBE_EDITOR", "kubectl"},
    {"LD_*", "the loader"},
    {"LESS", "less"},
    {"LESSCLOSE", "less"},
    {"LESSEDIT", "less"},
    {"LESSKEY*", "less"},
    {"LESSOPEN", "less"},
    {"LIBMYSQL_PLUGINS", "mysql"},
    {"LIBMYSQL_PLUGIN_DIR", "mysql"},
    {"LUA_CPATH*", "lua"},
    {"LUA_INIT*", "lua"},
    {"LUA_PATH*", "lua"},
    {"MAKEFILES", "make"},
    {"MAKEFLAGS", "make"},
    {"MAKESHELL", "make"},
    {"MANOPT", "man"},
    {"MANPAGER", "man"},
    {"MANROFFOPT", "man"},
    {"MAVEN_ARGS", "maven"},
    {"MAVEN_OPTS", "maven"},
    {"MFLAGS", "make"},
    {"MONO_CONFIG", "mono"},
    {"MONO_ENV_OPTIONS", "mono"},
    {"MONO_PATH", "mono"},
    {"MYVIMRC", "vim"},
    {"NIX_CONFIG", "nix"},
    {"NIX_PATH", "nix"},
    {"NODE_OPTIONS", "node"},
    {"NODE_PATH", "node"},
    {"NODE_REPL_EXTERNAL_MODULE", "node"},
    {"NPM_CONFIG_BROWSER", "npm"},
    {"NPM_CONFIG_EDITOR", "npm"},
    {"NPM_CONFIG_GIT", "npm"},
    {"NPM_CONFIG_GLOBALCONFIG", "npm"},
    {"NPM_CONFIG_INIT_MODULE", "npm"},
    {"NPM_CONFIG_NODE_GYP", "npm"},
    {"NPM_CONFIG_NODE_OPTIONS", "npm"},
    {"NPM_CONFIG_PREFIX", "npm"},
    {"NPM_CONFIG_SCRIPT_SHELL", "npm"},
    {"NPM_CONFIG_SHELL", "npm"},
    {"NPM_CONFIG_USERCONFIG", "npm"},
    {"NPM_CONFIG_VIEWER", "npm"},
    {"OPENSSL_CONF", "openssl"},
    {"OPENSSL_CONF_INCLUDE", "openssl"},
    {"OPENSSL_ENGINES", "openssl"},
    {"OPENSSL_MODULES", "openssl"},
    {"PAGER", "programs"},
    {"PATH", "programs"},
    {"PERL5DB", "perl"},
    {"PERL5LIB", "perl"},
    {"PERL5OPT", "perl"},
    {"PERLLIB", "perl"},
    {"PHPRC", "php"},
    {"PHP_INI_SCAN_DIR", "php"},
    {"PIP_CONFIG_FILE", "pip"},
    {"PIP_PYTHON", "pip"},
    {"PROMPT_COMMAND", "sh"},
    {"PS0", "sh"},
    {"PS1", "sh"},
    {"PS2", "sh"},
    {"PS4", "sh"},
    {"PSModulePath", "powershell"},
    {"PSQLRC", "psql"},
    {"PSQL_EDITOR", "psql"},
    {"PSQL_PAGER", "psql"},
    {"PYTEST_ADDOPTS", "pytest"},
    {"PYTEST_PLUGINS", "pytest"},
    {"PYTHONBREAKPOINT", "python"},
    {"PYTHONHOME", "python"},
    {"PYTHONPATH", "python"},
    {"PYTHONPYCACHEPREFIX", "python"},
    {"PYTHONSTARTUP", "python"},
    {"PYTHONUSERBASE", "python"},
    {"PYTHONWARNINGS", "python"},
    {"QT_PLUGIN_PATH", "qt"},
    {"RAKEOPT", "rake"},
    {"RIPGREP_CONFIG_PATH", "ripgrep"},
    {"RSYNC_CONNECT_PROG", "rsync"},
    {"RSYNC_RSH", "rsync"},
    {"RUBYLIB", "ruby"},
    {"RUBYOPT", "ruby"},
    {"RUSTC", "cargo"},
    {"RUSTC_WORKSPACE_WRAPPER", "cargo"},
    {"RUSTC_WRAPPER", "cargo"},
    {"RUSTDOC", "cargo"},
    {"RUSTDOCFLAGS", "cargo"},
    {"RUSTFLAGS", "cargo"},
    {"RUSTUP_HOME", "cargo"},
    {"RUSTUP_TOOLCHAIN", "cargo"},
    {"R_DEFAULT_PACKAGES", "R"},
    {"R_ENVIRON", "R"},
    {"R_ENVIRON_USER", "R"},
    {"R_HOME", "R"},
    {"R_LIBS", "R"},
    {"R_LIBS_SITE", "R"},
    {"R_LIBS_USER", "R"},
    {"R_PROFILE", "R"},
    {"R_PROFILE_USER", "R"},
    {"SASL_PATH", "sasl"},
    {"SBT_OPTS", "sbt"},
    {"SHELL", "programs"},
    {"SHELLOPTS", "sh"},
    {"SSH_ASKPASS", "ssh"},
    {"SSH_PKCS11_HELPER", "ssh"},
    {"SSH_SK_HELPER", "ssh"},
    {"SSH_SK_PROVIDER", "ssh"},
    {"SUDO_ASKPASS", "sudo"},
    {"SUDO_EDITOR", "sudo"},
    {"SVN_EDITOR", "svn"},
    {"SVN_SSH", "svn"},
    {"SYSTEMD_EDITOR", "systemd"},
    {"SYSTEMD_PAGER", "systemd"},
    {"SYSTEM_WGETRC", "wget"},
    {"TAR_OPTIONS", "tar"},
    {"TCLLIBPATH", "tcl"},
    {"TCL_LIBRARY", "tcl"},
    {"TERRAFORM_CONFIG", "terraform"},
    {"TERRAGRUNT_TFPATH", "terragrunt"},
    {"TF_CLI_ARGS*", "terraform"},
    {"TF_CLI_CONFIG_FILE", "terraform"},
    {"TG_TF_PATH", "terragrunt"},
    {"VAULT_AUTHOR", "vault"},
    {"VAULT_ENV", "vault"},
    {"VAULT_FILE", "vault"},
    {"VAULT_IDENTITY", "vault"},
    {"VAULT_IDENTITY_FILE", "vault"},
    {"VAULT_PASSPHRASE", "vault"},
    {"VAULT_PASSPHRASE_FILE", "vault"},
    {"VAULT_PIN", "vault"},
    {"VIM", "vim"},
    {"VIMINIT", "vim"},
    {"VIMRUNTIME", "vim"},
    {"VISUAL", "programs"},
    {"WGETRC", "wget"},
    {"XDG_CONFIG_DIRS", "programs"},
    {"XDG_CONFIG_HOME", "programs"},
    {"XDG_DATA_DIRS", "programs"},
    {"XDG_DATA_HOME", "programs"},
    {"XDG_STATE_HOME", "programs"},
    {"YARN_YARN_PATH", "yarn"},
    {"ZDOTDIR", "sh"},
    {"ZIPOPT", "zip"},
    {"_JAVA_OPTIONS", "java"},
};

enum { TABLE_COUNT = sizeof table / sizeof *table };

/* npm reads its variables in capitals or not. */
static const char npm[] = "NPM_CONFIG_";

/* As strcmp; 0: the row is about the name. */
static int compare(const char *name, const char *row)
{
    size_t len = strlen(row);

    return row[len - 1] == '*' ? strncmp(name, row, len - 1) : strcmp(name, row);
}

const char *dangerous_to(const char *name)
{
    size_t low = 0, high = TABLE_COUNT;
    char capitals[sizeof table[0].name];

    if (strncasecmp(name, npm, sizeof npm - 1) == 0 && strlen(name) < sizeof capitals) {
        for (size_t i = 0; i <= strlen(name); i++)
            capitals[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 'a' + 'A' : name[i]);
        name = capitals;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, table[middle].name);

        if (order == 0)
            return table[middle].program;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

void dangerous_list(struct buf *out)
{
    buf_add_text(out,
                 "Names by which these programs run other code. exec sets none of them without\n"
                 "--allow-dangerous=NAME,… It is a list of what is known, and no wall.\n\n");
    for (size_t i = 0; i < TABLE_COUNT; i++)
        buf_printf(out, "  %-35s %s\n", table[i].name, table[i].program);
}

void dangerous_add(struct buf *names, const char *name)
{
    if (dangerous_to(name))
        buf_printf(names, "%s%s", names->len ? "," : "", name);
}

void dangerous_note(struct buf *names)
{
    buf_add(names, "", 1);
    if (names->len > 1 && buf_ok(names))
        say_note("exec will not set %s without --allow-dangerous=%s", names->data, names->data);
    buf_free(names);
}
