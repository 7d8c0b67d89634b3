# vault, built with GNU make.
#
#   make                  the program and the library; V=1 shows the commands
#   make static           vault-static, which needs no other file
#   make deps             installs what is missing to build, to run the demo and to check
#   make deps-test        installs what is missing to run all tests
#   make demo             shows a vault in a temporary folder
#   make check            the tests of the library and the program
#   make test             all tests; ONLY='unit cli/help': those whose path contains one of the words
#   make list-tests       the names of the tests
#   make sanitize         most tests, built with gcc's or clang's sanitizers
#   make fuzz             fuzzes each parser for FUZZ_SECONDS
#   make soak             faults, kills, power cuts, valgrind and fuzzing, for about SOAK_SECONDS
#   make bench            measures the program beside others
#   make bench-check      fails if one of ten commands executes 3 % more than recorded; RECORD=record
#   make bench-growth     fails if a verb's work grows faster than the vault; AXES='readers'
#   make lint             format, bugs, shell, man pages, headers, layers: each is also a goal, as lint-format
#   make check-hardening  whether each hardening flag took effect
#   make everywhere       builds for every system, runs what can run under qemu: TARGETS, QUICK=1
#   make everything       all programs, those of the tests too
#   make install          see PREFIX, DESTDIR, PROGRAM
#   make uninstall        removes what install installed, given the same variables
#   make deb              a package for Debian
#   make python           a wheel of the Python package, in BUILD/python/dist
#   make dist             a tarball of what is committed
#   make release          static programs, packages, sums and a signature; KEY=an SSH private key
#   make compile_commands.json   for clangd
#   make clean            removes what was built
#   make help             this list
#
# Variables set with ?= can be given on the command line. The user's CFLAGS and LDFLAGS come last;
# hardening is on by default. `make BUILD=folder` keeps a second build, with other flags.

CC ?= cc
AR ?= ar
CFLAGS ?= -O2 -g
CLANG ?= clang
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy
INSTALL ?= install
MANDOC ?= mandoc
PKG_CONFIG ?= pkg-config
SHELLCHECK ?= shellcheck

PROGRAM ?= vault
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
INCLUDEDIR ?= $(PREFIX)/include
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
DESTDIR ?=

SODIUM_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags libsodium 2>/dev/null)
SODIUM_LIBS ?= $(shell $(PKG_CONFIG) --libs libsodium 2>/dev/null || echo -lsodium)
SODIUM_STATIC_LIBS ?= $(shell $(PKG_CONFIG) --static --libs libsodium 2>/dev/null || echo -lsodium)

VECTORS ?= ../shared/vectors
FUZZ_SECONDS ?= 60
FUZZ_CHANGED ?= $(FUZZ_SECONDS) # for a target whose sources differ from the main branch
SOAK_SECONDS ?= 3600
JOBS ?= $(shell getconf _NPROCESSORS_ONLN)
# Tests often wait, so by default one more runs than there are processors.
TEST_JOBS = $(if $(filter file,$(origin JOBS)),$(shell expr $(JOBS) + 1),$(JOBS))
TARGETS ?= # of make everywhere and release; all if it is not set
KEY ?=
QUICK ?=
ONLY ?= # make test ONLY='unit cli/help' runs the tests whose path contains one of the words

# BUILD holds the objects, and the programs unless it is the default. A path below this folder is
# made relative, so that this folder's name may contain a space, which make cannot handle in a
# target.
BUILD = build
override BUILD := $(subst $(CURDIR)/,,$(BUILD))
$(if $(word 2,$(BUILD)),$(error BUILD must not contain a space: $(BUILD)))
OUT := $(if $(filter build,$(BUILD)),,$(BUILD)/)

# deps and deps-test run before all other goals, in any order and with -j. A second make builds the
# others, so that it finds the compiler and libsodium that were just installed.
INSTALLING := $(filter deps deps-test,$(MAKECMDGOALS))
AFTERWARDS := $(filter-out deps deps-test,$(MAKECMDGOALS))

.DEFAULT_GOAL := all
.PHONY: deps deps-test
deps:
	@build-aux/deps.sh
deps-test: | $(filter deps,$(INSTALLING))
	@build-aux/deps.sh test
	@build-aux/peers.sh '$(BUILD)'
	@build-aux/python.sh '$(BUILD)' tools

ifneq ($(and $(INSTALLING),$(AFTERWARDS)),)
.PHONY: $(AFTERWARDS) afterwards
$(AFTERWARDS): afterwards
	@:
afterwards: $(INSTALLING)
	@$(MAKE) --no-print-directory $(AFTERWARDS)
else

VERSION := $(shell sed -n 's/^.define VAULT_VERSION "\(.*\)"/\1/p' vault.h)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

# system.h asks each system's headers for what is used of them.
STANDARD = -std=c99 -I. -Ilib -Icli -include lib/base/system.h
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wconversion
COMPILE = $(CC) $(STANDARD) $(WARNINGS) $(HARDEN_CFLAGS) $(SODIUM_CFLAGS) $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) $(CFLAGS) $(HARDEN_LDFLAGS)
SANITIZE = -O1 -g -fno-omit-frame-pointer -U_FORTIFY_SOURCE \
	-fsanitize=address,undefined -fno-sanitize-recover=all

objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $1))
programs = $(patsubst %.c,$(BUILD)/%,$(filter-out %/replay.c,$(wildcard $(1:%=tests/%/*.c))))

LIB_C := $(wildcard lib/*/*.c lib/*/*/*.c)
CLI_C := $(wildcard cli/*.c cli/*/*.c)
LIBRARY := $(call objects,vault.c $(LIB_C))
CLI := $(call objects,$(CLI_C))
CHECKS := $(call programs,unit vectors fuzz faults peers) $(filter %/merges,$(call programs,bench)) \
	$(patsubst tests/faults/preload/%.c,$(BUILD)/tests/faults/%.so,$(wildcard tests/faults/preload/*.c))
BENCHES := $(filter-out %/peak,$(call programs,bench))
FUZZERS := $(notdir $(call programs,fuzz))
HEADERS := $(wildcard lib/*/*.h lib/*/*/*.h cli/*.h cli/*/*.h)
C_FILES := $(wildcard *.[ch] tests/*/*.[ch]) $(LIB_C) $(CLI_C) $(HEADERS)
EXAMPLES := $(wildcard examples/*/*.[ch])
SHELL_FILES := $(wildcard .ci/run .ci/*.sh build-aux/*.sh tests/*.sh tests/*/*.sh examples/*/*.sh)
MAN_PAGES := $(wildcard man/*.[1-9])

.PHONY: all static
all: $(OUT)vault $(OUT)libvault.a $(OUT)libvault.so
static: $(OUT)vault-static

# ---- Flags. Every object depends on flags.mk, and flags.mk on settings. If the compiler, the
# user's flags or libsodium have changed, settings is rewritten, the hardening flags are probed
# again, and everything is compiled again.

SODIUM_CFLAGS := $(SODIUM_CFLAGS)
SODIUM_LIBS := $(SODIUM_LIBS)
SODIUM_STATIC_LIBS := $(SODIUM_STATIC_LIBS)
include_sodium = echo '\#include <sodium.h>' | $(CC) $(SODIUM_CFLAGS) $(CPPFLAGS) -E -P -x c - 2>/dev/null
settings := $(strip $(CC) / $(shell $(CC) --version 2>/dev/null) / $(CPPFLAGS) / $(CFLAGS) / \
	$(LDFLAGS) / $(SODIUM_CFLAGS) $(SODIUM_LIBS) $(SODIUM_STATIC_LIBS) / \
	$(shell $(include_sodium) | cksum) / $(foreach name,STANDARD WARNINGS HARDEN_CFLAGS HARDEN_LDFLAGS \
	STATIC,$(if $(filter file undefined,$(origin $(name))),,$(name)=$($(name)))))

export CC CPPFLAGS CFLAGS LDFLAGS
ifneq ($(settings),$(strip $(shell cat $(BUILD)/settings 2>/dev/null)))
$(BUILD)/settings: FORCE
endif
$(BUILD)/settings: export settings := $(settings)
$(BUILD)/settings:
	@mkdir -p $(@D)
	@$(include_sodium) >/dev/null || \
		{ echo "libsodium's headers are not here: make deps" >&2; exit 1; }
	@printf '%s\n' "$$settings" >$@
$(BUILD)/flags.mk: build-aux/flags.sh $(BUILD)/settings
	@build-aux/flags.sh >$@.new && mv $@.new $@

# Expanded when a recipe runs. In a fresh tree a rule that compiles or links without depending on
# flags.mk fails, because no compiler knows this option.
tried = $(or $(shell sed -n 's/^$1 =/ /p' $(BUILD)/flags.mk 2>/dev/null),--there-is-no-$(BUILD)/flags.mk)
HARDEN_CFLAGS = $(call tried,HARDEN_CFLAGS)
HARDEN_LDFLAGS = $(call tried,HARDEN_LDFLAGS)
STATIC = $(call tried,STATIC)
EXPORTS = $(call tried,EXPORTS)
FORCE:
.DELETE_ON_ERROR:
.PRECIOUS: $(BUILD)/%.o

# ---- The program and the library

silent := $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(V),,@$(if $(silent),,echo '  $1';))

# The .d files contain a literal $$(BUILD), so they are valid for any spelling of the folder.
$(BUILD)/%.o: %.c Makefile $(BUILD)/flags.mk
	@mkdir -p $(@D)
	$(call say,CC    $<) $(COMPILE) -MMD -MP -MT '$$(BUILD)/$*.o' -c -o $@ $<
-include $(patsubst %.o,%.d,$(LIBRARY) $(CLI) $(call objects,tests/*/*.c))

$(OUT)libvault.a: $(LIBRARY)
	$(call say,AR    $@) rm -f $@ && $(AR) qcs $@ $^
# It exports what vault.h marks with VAULT_API, and nothing else if the linker supports a map.
$(OUT)libvault.so: $(LIBRARY) build-aux/libvault.map
	$(call say,LINK  $@) $(LINK) -shared -Wl,-soname,libvault.so.$(SOVERSION) $(EXPORTS) -o $@ $(LIBRARY) \
		$(SODIUM_LIBS) $(LDFLAGS)
# A linker writes in small pieces, and the page cache keeps the program that way, which makes it
# start 8 % slower. A copy is written in large pieces.
in_one_piece = cat $@ >$@.whole && chmod +x $@.whole && mv $@.whole $@
$(OUT)vault: $(CLI) $(OUT)libvault.a
	$(call say,LINK  $@) $(LINK) -pie -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)
	@$(in_one_piece)
$(OUT)vault-static: $(CLI) $(OUT)libvault.a
	$(call say,LINK  $@) $(LINK) $(STATIC) -o $@ $^ $(SODIUM_STATIC_LIBS) $(LDFLAGS)
	@$(in_one_piece)

# ---- Tests. Each C file is a program. FUZZ_MAIN drives a fuzz target; here it replays a corpus.

# tests/unit and tests/cli run a build in which two objects differ: one writes passphrase stanzas
# with a work factor of 10 in place of 18, the other waits for a plugin for 5 seconds in place of
# 120. The installed program has no such object or option.
CHEAP := $(BUILD)/check
$(CHEAP)/scrypt.o: lib/age/scrypt.c Makefile $(BUILD)/flags.mk
	@mkdir -p $(@D)
	$(call say,CC    $@) $(COMPILE) -DAGE_WORK_FACTOR_WRITTEN=10 -MMD -MP \
		-MT '$$(BUILD)/check/scrypt.o' -c -o $@ $<
$(CHEAP)/plugin.o: cli/run/plugin.c Makefile $(BUILD)/flags.mk
	@mkdir -p $(@D)
	$(call say,CC    $@) $(COMPILE) -DPLUGIN_SECONDS=5 -MMD -MP -MT '$$(BUILD)/check/plugin.o' \
		-c -o $@ $<
-include $(CHEAP)/scrypt.d $(CHEAP)/plugin.d
$(CHEAP)/libvault.a: $(filter-out %/age/scrypt.o,$(LIBRARY)) $(CHEAP)/scrypt.o
	$(call say,AR    $@) rm -f $@ && $(AR) qcs $@ $^
$(CHEAP)/vault: $(filter-out %/run/plugin.o,$(CLI)) $(CHEAP)/plugin.o $(CHEAP)/libvault.a
	$(call say,LINK  $@) $(LINK) -pie -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)

FUZZ_MAIN = $(BUILD)/tests/fuzz/replay.o
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(FUZZ_MAIN) $(OUT)libvault.a
	$(call say,LINK  $@) $(LINK) -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)
# The fuzz target of the command line needs the table of verbs, without main, and captures messages.
$(BUILD)/tests/fuzz/main.o: cli/main.c Makefile $(BUILD)/flags.mk
	@mkdir -p $(@D)
	$(call say,CC    $@) $(COMPILE) -Dmain=vault_main -MMD -MP -MT '$$(BUILD)/tests/fuzz/main.o' \
		-c -o $@ $<
-include $(BUILD)/tests/fuzz/main.d
$(BUILD)/tests/fuzz/args: $(BUILD)/tests/fuzz/args.o $(BUILD)/tests/fuzz/main.o \
		$(filter-out %/main.o,$(CLI)) $(FUZZ_MAIN) $(OUT)libvault.a
	$(call say,LINK  $@) $(LINK) -Wl,--wrap=say_failure,--wrap=say_hint,--wrap=protect_process \
		-o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)
# Those of the dashboard need the program without main.
$(BUILD)/tests/unit/ui: $(BUILD)/tests/unit/ui.o $(filter-out %/main.o,$(CLI)) $(CHEAP)/libvault.a
	$(call say,LINK  $@) $(LINK) -pie -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)
$(BUILD)/tests/fuzz/ui: $(BUILD)/tests/fuzz/ui.o $(filter-out %/main.o,$(CLI)) $(FUZZ_MAIN) $(OUT)libvault.a
	$(call say,LINK  $@) $(LINK) -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)
$(BUILD)/tests/bench/ui: $(BUILD)/tests/bench/ui.o $(filter-out %/main.o,$(CLI)) $(OUT)libvault.a
	$(call say,LINK  $@) $(LINK) -pie -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)
# This test replaces passphrase stretching, to record what is requested.
$(BUILD)/tests/unit/vault-readers: $(BUILD)/tests/unit/vault-readers.o $(OUT)libvault.a
	$(call say,LINK  $@) $(LINK) -pie -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(CHEAP)/libvault.a
	$(call say,LINK  $@) $(LINK) -pie -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(OUT)libvault.a
	$(call say,LINK  $@) $(LINK) -pie -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)

# Compiles the parts of the library that handle secrets with valgrind's annotations.
SECRETS := $(patsubst %,$(BUILD)/secrets/%.o,$(addprefix age/,age keys openssh scrypt ssh stanza x25519) \
	base/base64 base/bech32 vault/seal)
$(BUILD)/secrets/%.o: lib/%.c tests/faults/decided.h Makefile $(BUILD)/flags.mk
	@mkdir -p $(@D)
	$(call say,CC    $@) $(COMPILE) -include tests/faults/decided.h -MMD -MP \
		-MT '$$(BUILD)/secrets/$*.o' -c -o $@ $<
-include $(SECRETS:.o=.d)
$(BUILD)/tests/faults/secrets: $(BUILD)/tests/faults/secrets.o $(SECRETS) $(OUT)libvault.a
	$(call say,LINK  $@) $(LINK) -pie -o $@ $^ $(SODIUM_LIBS) $(LDFLAGS)

# Preloaded into the program, it makes libc calls fail.
$(BUILD)/tests/faults/inject.so: tests/faults/preload/inject.c $(BUILD)/flags.mk
	@mkdir -p $(@D)
	$(call say,LINK  $@) $(CC) -std=c99 -O1 -Wall -fPIC -shared -o $@ $< -ldl

# Has a separate build of the library, which reads larger files: a million values take over 200 MB.
$(BUILD)/tests/bench/vault: tests/bench/vault.c vault.c $(LIB_C) $(BUILD)/flags.mk \
		$(wildcard tests/bench/*.h) vault.h $(HEADERS)
	@mkdir -p $(@D)
	$(call say,LINK  $@) $(COMPILE) $(HARDEN_LDFLAGS) -pie -DDOC_FILE_MAX=1073741824 \
		-DDOC_TABLES_MAX=1000000 -DDOC_ENVS_MAX=100000 -DDOC_ENTRIES_MAX=10000000 -o $@ \
		$(filter %.c,$^) $(SODIUM_LIBS) $(LDFLAGS)

# Slowest first: those that build the tree.
SCRIPTS := $(wildcard tests/build/*.t) \
	$(filter-out tests/build/%,$(wildcard tests/*.t tests/*/*.t))
TESTS := $(filter tests/build/%,$(SCRIPTS)) $(call programs,unit) \
	$(filter-out tests/build/%,$(SCRIPTS))
# The part of them that `make check` runs: nothing that builds the tree, attacks, measures, or needs
# other programs' data. Slowest first.
FAST := $(patsubst %,tests/cli/%.t,pager plugins post-quantum busy git-setup ui sealed-identity \
	merge redact prompts history)
FAST := $(filter $(FAST),$(SCRIPTS)) $(call programs,unit) $(filter-out $(FAST), \
	$(filter-out %/growth.t,$(filter tests/cli/% tests/fuzz/% tests/pty.t tests/words.t,$(SCRIPTS))))
absolute = $(if $(filter /%,$1),$1,$(CURDIR)/$1)
wanted = $(foreach word,$(ONLY),$(findstring $(word),$(patsubst $(BUILD)/%,%,$1)))
only = $(if $(ONLY),$(foreach test,$1,$(if $(strip $(call wanted,$(test))),$(test))),$1)
SELECTED = $(call only,$(TESTS))
RUN_BY_TESTS = $(CHECKS)
check: SELECTED = $(call only,$(FAST))
check: RUN_BY_TESTS = $(call programs,unit fuzz)

.PHONY: everything test check built list-tests sanitize fuzz $(FUZZERS:%=fuzz-%) soak bench bench-check bench-growth
everything: all $(CHEAP)/vault $(CHECKS) $(BENCHES)
test check:
	@$(MAKE) -j$(JOBS) --no-print-directory built \
		GOALS='$(if $(filter %.t,$(SELECTED)),all $(CHEAP)/vault $(RUN_BY_TESTS),$(SELECTED))'
	@BUILD='$(call absolute,$(BUILD))' BIN='$(call absolute,$(OUT)vault)' \
		VECTORS='$(call absolute,$(VECTORS))' JOBS='$(TEST_JOBS)' tests/run.sh $(SELECTED)
built: $(GOALS) # prints nothing for goals that are up to date
	@:
list-tests:
	@printf '%s\n' $(patsubst $(BUILD)/%,%,$(SELECTED))

# The tests of the program that involve foreign text, git or signals, except those that mostly wait.
SANITIZED = unit vectors tests/fuzz faults/flip $(patsubst %,cli/%, check damaged dialects diff edit \
	env exec export exposed files git-setup grant history hostile keys kinds list log merge pins \
	readers redact render revoke scan secrets sources)
sanitize: # builds with sanitizers that stop at undefined behaviour
	@$(MAKE) BUILD=$(BUILD)/sanitize CFLAGS='$(SANITIZE)' ONLY='$(SANITIZED)' test

fuzz: # findings and new inputs go to build/fuzz, not into the tree's corpus
	@$(MAKE) -k -j$(JOBS) BUILD=$(BUILD)/fuzz CC='$(CLANG)' LDFLAGS=-fsanitize=fuzzer FUZZ_MAIN= \
		CFLAGS='$(SANITIZE) -fsanitize=fuzzer-no-link' $(FUZZERS:%=fuzz-%)
fuzz_seconds = $(strip $(if $(filter $(strip $(FUZZ_CHANGED)),$(FUZZ_SECONDS)),$(FUZZ_SECONDS), \
	$(if $(shell build-aux/fuzz-changed.sh $1),$(FUZZ_CHANGED),$(FUZZ_SECONDS))))
$(FUZZERS:%=fuzz-%): fuzz-%: $(BUILD)/tests/fuzz/%
	@mkdir -p $(BUILD)/found/$* $(BUILD)/corpus/$*
	@$< -max_total_time=$(call fuzz_seconds,$*) -timeout=10 -artifact_prefix=$(BUILD)/found/$*/ \
		$(BUILD)/corpus/$* $(wildcard tests/fuzz/corpus/$*) >$(BUILD)/found/$*.log 2>&1 || \
		{ tail -n 60 $(BUILD)/found/$*.log; echo "fuzz: $*: see $(BUILD)/found/$*"; exit 1; }
	@echo "fuzz: $*: $$(tail -n 1 $(BUILD)/found/$*.log)"

soak: everything
	@JOBS='$(JOBS)' SOAK_SECONDS='$(SOAK_SECONDS)' tests/faults/soak.sh \
		'$(call absolute,$(OUT)vault)' '$(call absolute,$(BUILD))'

bench: $(BENCHES) all # build-aux/peers-bench.sh installs the programs that exec is compared with
	@$(MAKE) static || echo 'bench: there is no static binary'
	@tests/bench/merges.sh $(BUILD)/tests/bench/merges
	@for bench in $(filter-out %/merges,$(BENCHES)); do \
		BIN='$(call absolute,$(OUT)vault)' PEERS='$(call absolute,$(BUILD)/peers-bench)' $$bench || exit 1; \
	done

bench-check: $(OUT)vault $(BUILD)/tests/bench/peak # status 77: it was not measured
	@CC='$(CC)' CFLAGS='$(CFLAGS)' tests/bench/check.py '$(OUT)vault' $(BUILD)/tests/bench/peak $(RECORD) || \
		{ status=$$?; [ "$$status" -eq 77 ] || exit "$$status"; }

# GROWTH_MOST=10000 is a quick run.
bench-growth: $(OUT)vault $(BUILD)/tests/bench/peak
	@tests/bench/growth.py '$(OUT)vault' $(BUILD)/tests/bench/peak $(AXES)

# ---- Lint: each part is also a goal.

LINTS := lint-format lint-bugs lint-shell lint-man lint-headers lint-layers
.PHONY: lint $(LINTS) everywhere check-hardening
lint:
	@$(MAKE) -k -j$(JOBS) $(LINTS)
lint-format:
	@$(CLANG_FORMAT) --dry-run -Werror $(C_FILES) $(EXAMPLES)
lint-bugs: $(patsubst %.c,$(BUILD)/%.tidy,$(filter %.c,$(C_FILES)))
$(BUILD)/%.tidy: %.c $(BUILD)/%.o .clang-tidy
	$(call say,TIDY  $<) $(CLANG_TIDY) --quiet $< -- $(STANDARD) $(SODIUM_CFLAGS) 2>$@.log || \
		{ grep -v ' generated.$$' $@.log; exit 1; }
	@touch $@
lint-shell:
	@$(SHELLCHECK) $(SHELL_FILES) $$(grep -l '^#!.*sh$$' /dev/null $(SCRIPTS))
lint-man:
	@$(if $(MAN_PAGES),$(MANDOC) -Tlint -Wwarning $(MAN_PAGES),echo 'lint-man: there is no man page yet')
lint-headers: # each header compiles alone, and vault.h in each language that can include it
	@for header in $(HEADERS); do \
		$(CC) $(STANDARD) $(WARNINGS) $(SODIUM_CFLAGS) -Werror -fsyntax-only -x c $$header || exit 1; \
	done
	@$(CLANG) -x c -std=c99 -pedantic $(WARNINGS) -Werror -fsyntax-only vault.h
	@$(CLANG) -x c -std=c11 -pedantic $(WARNINGS) -Werror -fsyntax-only vault.h
	@$(CLANG) -x c++ -std=c++11 -pedantic -Wall -Wextra -Werror -fsyntax-only vault.h
lint-layers: $(LIBRARY) $(CLI)
	@build-aux/layers.sh $(BUILD)

everywhere: # QUICK=1 compiles and links only
	@JOBS='$(JOBS)' QUICK='$(QUICK)' build-aux/everywhere.sh '$(BUILD)' $(TARGETS)

check-hardening: all static
	@build-aux/hardening.sh '$(or $(OUT:/=),.)' '$(BUILD)'

# ---- Installing, packaging, cleaning

.PHONY: help demo install uninstall deb python dist release clean
help:
	@sed -n 's/^#   make/make/p' Makefile

demo: $(OUT)vault
	@build-aux/demo.sh '$(OUT)vault'

to_bin := "$(DESTDIR)$(BINDIR)"
to_include := "$(DESTDIR)$(INCLUDEDIR)"
to_lib := "$(DESTDIR)$(LIBDIR)"
to_man := "$(DESTDIR)$(MANDIR)"
to_bash := "$(DESTDIR)$(BASHDIR)"
to_zsh := "$(DESTDIR)$(ZSHDIR)"
to_fish := "$(DESTDIR)$(FISHDIR)"
# vault(1) is installed under the program's name.
page_folder = $(to_man)/man$(subst .,,$(suffix $1))
installed_page = $(page_folder)/$(patsubst vault.1,$(PROGRAM).1,$(notdir $1))
# The program prints the completion scripts, for the name under which it is called.
RUN ?= # an emulator, to run a program for another machine
called = mkdir -p $(BUILD)/called && ln -sf '$(call absolute,$(OUT)vault)' $(BUILD)/called/$(PROGRAM) && \
	$(RUN) $(BUILD)/called/$(PROGRAM)

install: all
	$(INSTALL) -d $(to_bin) $(to_include) $(to_lib)/pkgconfig
	$(INSTALL) -m 755 $(OUT)vault $(to_bin)/$(PROGRAM)
	$(INSTALL) -m 644 vault.h $(to_include)/vault.h
	$(INSTALL) -m 644 $(OUT)libvault.a $(to_lib)/libvault.a
	$(INSTALL) -m 755 $(OUT)libvault.so $(to_lib)/libvault.so.$(VERSION)
	ln -sf libvault.so.$(VERSION) $(to_lib)/libvault.so.$(SOVERSION)
	ln -sf libvault.so.$(SOVERSION) $(to_lib)/libvault.so
	rpath=$$(build-aux/rpath.sh "$(LIBDIR)" "$(DESTDIR)") && \
		sed "s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|; s|@RPATH@|$$rpath|" \
		build-aux/vault.pc.in >$(BUILD)/vault.pc
	$(INSTALL) -m 644 $(BUILD)/vault.pc $(to_lib)/pkgconfig/vault.pc
	$(foreach page,$(MAN_PAGES),$(INSTALL) -d $(call page_folder,$(page)) && \
		$(INSTALL) -m 644 $(page) $(call installed_page,$(page)) &&) :
	$(foreach shell,bash zsh fish,$(called) completion $(shell) >$(BUILD)/$(shell) &&) :
	$(INSTALL) -d $(to_bash) $(to_zsh) $(to_fish)
	$(INSTALL) -m 644 $(BUILD)/bash $(to_bash)/$(PROGRAM)
	$(INSTALL) -m 644 $(BUILD)/zsh $(to_zsh)/_$(PROGRAM)
	$(INSTALL) -m 644 $(BUILD)/fish $(to_fish)/$(PROGRAM).fish

uninstall:
	rm -f $(to_bin)/$(PROGRAM) $(to_include)/vault.h $(to_lib)/libvault.a $(to_lib)/libvault.so \
		$(to_lib)/libvault.so.$(SOVERSION) $(to_lib)/libvault.so.$(VERSION) \
		$(to_lib)/pkgconfig/vault.pc $(foreach page,$(MAN_PAGES),$(call installed_page,$(page))) \
		$(to_bash)/$(PROGRAM) $(to_zsh)/_$(PROGRAM) $(to_fish)/$(PROGRAM).fish
	@build-aux/rpath.sh "$(LIBDIR)" "$(DESTDIR)" >/dev/null
deb: all
	@MAKE='$(MAKE)' build-aux/deb.sh '$(call absolute,$(BUILD))' '$(PROGRAM)' '$(VERSION)' '$(or $(OUT:/=),.)'

python:
	@build-aux/python.sh '$(BUILD)' wheel

dist: # packs what is committed, so the bytes are the same each time
	@mkdir -p $(BUILD)
	git -c tar.umask=0022 archive --prefix=vault-$(VERSION)/ -o $(BUILD)/dist.tar HEAD
	gzip -9nc $(BUILD)/dist.tar >vault-$(VERSION).tar.gz

release: # in BUILD/release
	@JOBS='$(JOBS)' build-aux/release.sh '$(BUILD)' '$(VERSION)' '$(KEY)' $(TARGETS)

clean:
	rm -rf $(BUILD) $(OUT)vault $(OUT)vault-static $(OUT)libvault.a $(OUT)libvault.so \
		vault-$(VERSION).tar.gz $(OUT)vault-file_*.deb compile_commands.json

# For clangd and similar tools: how each file is compiled.
quoted = '$(subst ','\'',$1)'
compile_commands.json: Makefile $(BUILD)/flags.mk
	@printf '%s\n' $(filter %.c,$(C_FILES)) | COMMAND=$(call quoted,$(COMPILE)) awk ' \
		function json(text) { gsub(/"-ffile-prefix-map=[^"]*" */, "", text);  gsub(/[\\"]/, "\\\\&", text); return "\"" text "\"" } \
		{ printf "%s{\"directory\": %s, \"file\": %s, \"command\": %s}", (NR == 1 ? "[\n" : ",\n"), \
			json(ENVIRON["PWD"]), json($$0), json(ENVIRON["COMMAND"] " -c " $$0) } \
		END { print "\n]" }' >$@

endif
