# heapdiff: everything is built from here. `make help` lists the targets.
#
# The map of the house: each floor may include and call only what stands below it (`make check-layers`).
FLOORS            := base format dumper analyzer queries checks cli
NEEDS_base        :=
NEEDS_format      := base
NEEDS_dumper      := base format
NEEDS_analyzer    := base format
NEEDS_queries     := base format analyzer
NEEDS_checks      := base format analyzer queries
NEEDS_cli         := base format analyzer queries checks

# A floor's library is made of its *.c but main.c, and of these.
EXTRA_dumper      := $(filter-out %/probe.c,$(wildcard dumper/layouts/*.c))
EXTRA_queries     := queries/library_files.c # made of queries/library, below

# What Debian calls the things we need; `make deps` installs what is missing.
DEB_BUILD         := build-essential pkg-config libarchive-dev libmsgpack-dev libpcre2-dev libelf-dev libdw-dev \
                     libzstd-dev libxxhash-dev libjansson-dev libsmartcols-dev libedit-dev libinih-dev
# The program that the Python package carries is linked statically; shared, these came with libarchive.
DEB_PYTHON        := python3-dev liblz4-dev liblzma-dev libbz2-dev zlib1g-dev nettle-dev
DEB_CHECK         := libcriterion-dev python3 python3-pytest python3-pytest-xdist gdb bzip2 lz4 xz-utils zstd jq \
                     groff-base python3-jsonschema libxml2-utils
DEB_MORE          := python3-venv
DEB_LINT          := clang libclang-rt-14-dev clang-tidy clang-format cppcheck

# Third-party libraries, by the folder that uses them, and what their headers are called: `make check-layers` sees to
# it that each is included by one .c file only.
PKGS_base         := libpcre2-8
PKGS_format       := libarchive msgpack libzstd libxxhash
PKGS_dumper       := libelf libdw
PKGS_analyzer     := jansson smartcols
PKGS_queries      :=
PKGS_checks       := inih
PKGS_cli          := libedit
PKGS_tests        := criterion
FOREIGN_HEADERS   := archive(_entry)?\.h msgpack zstd pcre2 jansson libsmartcols (libelf|gelf)\.h elfutils/ xxhash \
                     histedit\.h ini\.h criterion/

BUILD             ?= build
SANITIZE          ?=
PREFIX            ?= /usr/local
DESTDIR           ?=
PYTHON            ?= /usr/bin/python3
# Where tests/live/fetch_pythons.sh puts newer interpreters; the tests take those that are there.
HEAPDIFF_FETCHED  ?= $(abspath $(BUILD)/pythons)
# Sanitized code is there for tests alone, and sooner compiled like that; its reports need lines, not variables.
CFLAGS            ?= $(if $(SANITIZE),-O1 -g1,-O2 -g)
ifeq ($(origin CC),default)
CC                := gcc
endif
WARNINGS          := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
                     -Wwrite-strings -Wundef -Wformat=2 -Werror
ALL_CFLAGS         = -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. $(WARNINGS) $(CFLAGS) $(SANITIZE_FLAGS)
comma             := ,
ifneq ($(SANITIZE),)
SANITIZE_FLAGS    := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
OUT               := $(BUILD)/sanitize-$(subst $(comma),-,$(SANITIZE))
else
OUT               := $(BUILD)
endif

ifeq ($(V),1)
quiet :=
say    = @:
else
quiet := @
say    = @printf '  %-8s %s\n'
endif

# Asked once, and only when a recipe needs it: `make check` may have to install pkg-config first.
pkg_cflags         = $(shell pkg-config --cflags $(1) 2>/dev/null)
pkg_libs           = $(shell pkg-config --libs $(1) 2>/dev/null)
cflags_of          = $(if $(PKGS_$(1)),$(if $(CFLAGS_$(1)),,\
                     $(eval CFLAGS_$(1) := $(call pkg_cflags,$(PKGS_$(1)))))$(CFLAGS_$(1)))
# Ends a recipe whose compiler failed: where a library is missing, that is why.
explain            = { for p in $(1); do \
                         pkg-config --exists $$p || echo "heapdiff: $$p is missing; run: make deps" >&2; \
                     done; exit 1; }
# Writes text to a file unless it is there already, so that what depends on the file is made anew when the text changes.
remember           = $(shell mkdir -p $(dir $(1)); printf '%s' '$(2)' | cmp -s - $(1) || printf '%s' '$(2)' > $(1))
# With all processors, unless the user said how many.
remake             = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: all
all: $(OUT)/heapdump $(OUT)/heapdiff $(OUT)/man/made ## build heapdump, heapdiff and their manual (the default)
	@:

# --- objects and one library a floor ----------------------------------------------------------------------------------
reverse            = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
reached_from       = $(1) $(foreach f,$(NEEDS_$(1)),$(call reached_from,$(f)))
sources_of         = $(filter-out %/main.c,$(sort $(wildcard $(1)/*.c) $(EXTRA_$(1))))
objects_of         = $(patsubst %.c,$(OUT)/obj/%.o,$(call sources_of,$(1)))
# A floor and everything below that it needs, in the order of linking.
floors_of          = $(filter $(call reached_from,$(1)),$(call reverse,$(FLOORS)))
libs_of            = $(foreach f,$(call floors_of,$(1)),$(OUT)/lib$(f).a)
pkgs_of            = $(foreach f,$(call floors_of,$(1)),$(PKGS_$(f)))
ldlibs_of          = $(call pkg_libs,$(call pkgs_of,$(1))) -lpthread -lm

FLAGS_STAMP       := $(OUT)/obj/flags
$(call remember,$(FLAGS_STAMP),$(CC) $(ALL_CFLAGS) $(LDFLAGS))

$(OUT)/obj/%.o: %.c $(FLAGS_STAMP)
	$(say) CC $<
	@mkdir -p $(@D)
	$(quiet)$(CC) $(ALL_CFLAGS) $(call cflags_of,$(firstword $(subst /, ,$<))) -MMD -MP -c $< -o $@ \
		|| $(call explain,$(PKGS_$(firstword $(subst /, ,$<))))

# The queries of the library as an array, so that the program needs no file beside it.
LIBRARY           := $(sort $(wildcard queries/library/*.cypher))
LIBRARY_FILES     := $(OUT)/obj/queries/library_files
$(call remember,$(LIBRARY_FILES).list,$(LIBRARY))
$(LIBRARY_FILES).c: $(LIBRARY) $(LIBRARY_FILES).list queries/library.awk
	$(say) QUERIES $@
	$(quiet)awk -f queries/library.awk $(LIBRARY) > $@.new && mv $@.new $@
$(LIBRARY_FILES).o: $(LIBRARY_FILES).c $(FLAGS_STAMP)
	$(say) CC $<
	$(quiet)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

define FLOOR
$$(call remember,$(OUT)/obj/$(1).list,$(call objects_of,$(1)))
$(OUT)/lib$(1).a: $(call objects_of,$(1)) $(OUT)/obj/$(1).list
	$$(say) AR $$@
	@rm -f $$@
	$$(quiet)ar crs $$@ $$(filter %.o,$$^)
endef
$(foreach f,$(FLOORS),$(eval $(call FLOOR,$(f))))

# $(call link,floor,further packages): this target from its objects, the floor's library and those below.
define link
	$(say) LINK $@
	@mkdir -p $(@D)
	$(quiet)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(call libs_of,$(1)) $(call ldlibs_of,$(1)) \
		$(if $(2),$(call pkg_libs,$(2))) || $(call explain,$(call pkgs_of,$(1)) $(2))
endef

$(OUT)/heapdump: $(OUT)/obj/dumper/main.o $(call libs_of,dumper)
	$(call link,dumper)

$(OUT)/heapdiff: $(OUT)/obj/cli/main.o $(call libs_of,cli)
	$(call link,cli)

# The pages of the manual are what the programs say of themselves, so none can be out of date.
$(OUT)/man/made: $(OUT)/heapdump $(OUT)/heapdiff
	$(say) MAN $(@D)
	@mkdir -p $(@D) && rm -f $(@D)/*.1
	$(quiet)$(OUT)/heapdump --man > $(@D)/heapdump.1
	$(quiet)$(OUT)/heapdiff --man > $(@D)/heapdiff.1
	$(quiet)for command in $$($(OUT)/heapdiff --help | awk '/^$$/ { on = 0 } on { print $$1 } /^Commands:/ { on = 1 }'); do \
		$(OUT)/heapdiff --man $$command > $(@D)/heapdiff-$$command.1 || exit 1; \
	done
	@touch $@

# --- the Python package: an extension for every CPython from 3.9 on, and a program that needs no library ---------------
# Never sanitized: the extension lives in a process that is not, and the program is static. Without large-file names, which
# mean nothing here, the extension does with an older C library.
PYTHON_OUT        := $(OUT)/python
PYTHON_SOURCES    := dumper/python/image.c dumper/python/serve.c dumper/python/trigger.c dumper/python/module.c
PYTHON_STATIC     := -larchive -lmsgpackc -lzstd -lxxhash -ldw -lelf -lpcre2-8 -lnettle -llz4 -lbz2 -llzma -lz -lpthread -lm
python_include     = $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')

.PHONY: python python-parts
python: ## build the Python package, a wheel in build/python
	@mkdir -p $(BUILD)/python
	$(quiet)rm -f $(BUILD)/python/*.whl
	$(quiet)HEAPDIFF_WHEEL_BUILD='$(abspath $(BUILD))' $(PYTHON) -B dumper/python/backend.py $(BUILD)/python

python-parts: $(PYTHON_OUT)/_native.abi3.so $(PYTHON_OUT)/heapdump
	@:

$(PYTHON_OUT)/_native.abi3.so: $(PYTHON_SOURCES) $(wildcard dumper/python/*.h) dumper/self.h $(FLAGS_STAMP)
	$(say) CC $@
	@mkdir -p $(@D)
	$(quiet)$(CC) $(filter-out -D_FILE_OFFSET_BITS=64,$(ALL_CFLAGS)) -fPIC -fvisibility=hidden -isystem $(python_include) -shared -s -o $@ $(PYTHON_SOURCES)

$(PYTHON_OUT)/heapdump: dumper/python/link.c $(OUT)/obj/dumper/main.o $(call libs_of,dumper)
	$(say) LINK $@
	@mkdir -p $(@D)
	$(quiet)$(CC) $(ALL_CFLAGS) -static -s -Wl,--no-warnings -o $@ dumper/python/link.c $(OUT)/obj/dumper/main.o \
		$(call libs_of,dumper) $(PYTHON_STATIC) || $(call explain,$(call pkgs_of,dumper) liblz4 liblzma nettle)

# --- tests: tests/<floor>/test_<noun>.c becomes one program against that floor's library and those below -------------
DUMPER_TOOLS      := tests/tools/record.c tests/tools/layouts.c
ANALYZER_TOOLS    := tests/tools/dominators.c tests/tools/pairs.c tests/tools/reused.c tests/tools/pathnodes.c
QUERIES_TOOLS     := tests/tools/queryparts.c tests/tools/querytimes.c tests/tools/queryrows.c
CHECKS_TOOLS      := tests/tools/outcomes.c
tests_of           = $(patsubst %.c,$(OUT)/%,$(sort $(wildcard tests/$(1)/test_*.c)))
# Floors above format read snapshots that the helpers of its tests write.
HELP_analyzer     := format
HELP_queries      := format analyzer
HELP_checks       := format analyzer
HELP_cli          := format
helpers_of         = $(patsubst %.c,$(OUT)/obj/%.o,$(sort $(wildcard $(foreach f,$(1) $(HELP_$(1)),tests/$(f)/help_*.c))))
TEST_PROGRAMS     := $(foreach f,$(FLOORS),$(call tests_of,$(f)))
TEST_TOOLS        := $(patsubst %.c,$(OUT)/%,$(sort $(filter-out $(DUMPER_TOOLS) $(ANALYZER_TOOLS) $(QUERIES_TOOLS) $(CHECKS_TOOLS),$(wildcard tests/tools/*.c))))
# These know the analyzer; the first compares it with a textbook.
TOOLS_OF_ANALYZER := $(patsubst %.c,$(OUT)/%,$(ANALYZER_TOOLS))
TOOLS_OF_QUERIES  := $(patsubst %.c,$(OUT)/%,$(QUERIES_TOOLS))
# This prints outcomes built by hand, as the tests of checks have them.
TOOLS_OF_CHECKS   := $(patsubst %.c,$(OUT)/%,$(CHECKS_TOOLS))
TEXTBOOK_PARTS    := $(patsubst %.c,$(OUT)/obj/%.o,$(sort $(wildcard tests/tools/dominators/*.c)))
# These know the dumper; the recorder listens to what is read of memory and asked of files.
TOOLS_OF_DUMPER   := $(patsubst %.c,$(OUT)/%,$(DUMPER_TOOLS))
RECORD_PARTS      := $(patsubst %.c,$(OUT)/obj/%.o,$(sort $(wildcard tests/tools/record/*.c)))
RECORD_LISTENS    := mirror_at mirror_peek mirror_string elf_symbols decode_str decode_bytes decode_bytearray \
                     roots_scan roots_find_interned
PROOF             := $(if $(SANITIZE),$(OUT)/tests/proof/bites)
WITH_PROGRAMS      = OUT='$(OUT)' PYTHON='$(PYTHON)' HEAPDIFF_BUILD='$(abspath $(OUT))' \
                     HEAPDIFF_WHEELS='$(abspath $(BUILD)/python)' \
                     HEAPDIFF_FETCHED='$(HEAPDIFF_FETCHED)' \
                     HEAPDUMP='$(abspath $(OUT)/heapdump)' HEAPDIFF='$(abspath $(OUT)/heapdiff)'

# Tests are compiled more often than run, unless somebody asks for flags of their own.
TEST_CFLAGS       := $(if $(filter file,$(origin CFLAGS)),-O0)
define FLOOR_TESTS
$(OUT)/obj/tests/$(1)/%.o: private ALL_CFLAGS += $(TEST_CFLAGS)
$(call tests_of,$(1)): $(OUT)/%: $(OUT)/obj/%.o $(call helpers_of,$(1)) $(call libs_of,$(1))
	$$(call link,$(1),criterion)
.PHONY: check-$(1)
check-$(1): $(call tests_of,$(1))
	$$(quiet)$$(WITH_PROGRAMS) tests/run $$(filter $(OUT)/tests/%,$$^)
endef
$(foreach f,$(FLOORS),$(eval $(call FLOOR_TESTS,$(f))))
check-cli: $(OUT)/heapdiff
check-cli: | $(OUT)/heapdiff # its tests run the program
TEST_OBJECTS      := $(patsubst $(OUT)/%,$(OUT)/obj/%.o,$(TEST_PROGRAMS) $(TEST_TOOLS) $(TOOLS_OF_DUMPER) $(TOOLS_OF_ANALYZER) \
                     $(TOOLS_OF_QUERIES) $(TOOLS_OF_CHECKS))
.SECONDARY: $(TEST_OBJECTS)

$(TEST_TOOLS): $(OUT)/%: $(OUT)/obj/%.o $(call libs_of,format)
	$(call link,format)
$(OUT)/tests/tools/shapes: $(OUT)/obj/tests/format/help_shape.o
$(OUT)/tests/tools/dominators: $(TEXTBOOK_PARTS)
$(TOOLS_OF_ANALYZER): $(OUT)/%: $(OUT)/obj/%.o $(call libs_of,analyzer)
	$(call link,analyzer)
$(OUT)/tests/tools/queryrows: $(OUT)/obj/tests/format/help_graph.o
$(OUT)/tests/tools/record: $(RECORD_PARTS)
$(OUT)/tests/tools/record: private LDFLAGS += $(addprefix -Wl$(comma)--wrap=,$(RECORD_LISTENS))
$(TOOLS_OF_QUERIES): $(OUT)/%: $(OUT)/obj/%.o $(call libs_of,queries)
	$(call link,queries)
$(TOOLS_OF_CHECKS): $(OUT)/%: $(OUT)/obj/%.o $(OUT)/obj/tests/checks/help_outcomes.o $(call libs_of,checks)
	$(call link,checks)
$(TOOLS_OF_DUMPER): $(OUT)/%: $(OUT)/obj/%.o $(call libs_of,dumper)
	$(call link,dumper)
$(OUT)/tests/proof/%: $(OUT)/obj/tests/proof/%.o $(call libs_of,base)
	$(call link,base,criterion)

.PHONY: test-programs test-objects check check-built
test-objects: $(TEST_OBJECTS) $(TEXTBOOK_PARTS) $(RECORD_PARTS) $(sort $(foreach f,$(FLOORS),$(call helpers_of,$(f)))) # compiled and not linked
test-programs: $(TEST_PROGRAMS) $(TEST_TOOLS) $(TOOLS_OF_DUMPER) $(TOOLS_OF_ANALYZER) $(TOOLS_OF_QUERIES) $(TOOLS_OF_CHECKS) $(PROOF) ## build the tests and run none

check: deps ## install what is missing, build, and run the tests (check-<floor>: only that floor's)
	@$(remake) all test-programs
	@$(remake) python SANITIZE=
	@$(MAKE) --no-print-directory check-built

check-built:
	$(quiet)$(WITH_PROGRAMS) tests/run $(if $(PROOF),--proof $(SANITIZE) $(PROOF)) $(TEST_PROGRAMS) \
		$(if $(SANITIZE),,--pytest tests/build --pytest tests/exact) --pytest tests/queries $(if $(wildcard tests/live/test_*.py),--pytest tests/live)

# Python packages from elsewhere stay out of `check`: they live in a virtual environment of their own.
VENV              := $(BUILD)/venv
.PHONY: check-more venv
check-more: deps deps-more ## the tests that need Python packages from outside Debian, newer CPythons or much time
	@$(remake) all python venv $(TEST_TOOLS) $(TOOLS_OF_DUMPER) $(TOOLS_OF_ANALYZER) $(TOOLS_OF_QUERIES) $(TOOLS_OF_CHECKS)
	$(quiet)tests/live/fetch_pythons.sh --headers '$(HEAPDIFF_FETCHED)' || \
		echo "check-more: with the interpreters of this machine alone"
	$(quiet)$(WITH_PROGRAMS) OUT='$(VENV)' PYTHON='$(abspath $(VENV)/bin/python)' HEAPDIFF_THOROUGH=1 \
		HEAPDIFF_EVERYWHERE=1 tests/run --pytest tests/more --pytest tests/live

venv: $(VENV)/installed
$(VENV)/installed: tests/requirements-more.txt
	@echo "heapdiff: making a virtual environment in $(VENV) for: $$(grep -v '^#' $< | tr '\n' ' ')"
	@rm -rf $(VENV)
	$(quiet)$(PYTHON) -m venv $(VENV)
	$(quiet)$(VENV)/bin/python -m pip install --quiet -r $<
	@touch $@

.PHONY: demo bench
demo: deps ## leak on purpose, take two snapshots and show what changed
	@$(remake) all
	$(quiet)$(WITH_PROGRAMS) samples/demo.sh

bench: deps ## speed, memory and file size at a million objects; analyses at ten million too
	@$(remake) all $(TEST_TOOLS) $(TOOLS_OF_ANALYZER) $(TOOLS_OF_QUERIES)
	$(quiet)$(WITH_PROGRAMS) $(PYTHON) tests/bench/run.py
	$(quiet)$(WITH_PROGRAMS) $(PYTHON) tests/bench/analysis.py
	$(quiet)$(WITH_PROGRAMS) $(PYTHON) tests/bench/queries.py

# Fuzzers are built from the sources at once, as libFuzzer wants all of it instrumented. `make check` runs the corpus too.
FUZZ_SECONDS      ?= 60
FUZZ_FLAGS         = -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -O1 -g $(WARNINGS) \
                     -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
$(BUILD)/fuzz/%: tests/fuzz/fuzz_%.c tests/format/help_tar.c $(wildcard base/*.[ch] format/*.[ch])
	$(say) FUZZ $@
	@mkdir -p $(@D)
	$(quiet)clang $(FUZZ_FLAGS) -o $@ $(filter %.c,$^) $(call pkg_libs,$(PKGS_base) $(PKGS_format))
$(BUILD)/fuzz/core: tests/fuzz/fuzz_core.c $(wildcard base/*.[ch] format/*.[ch] dumper/*.h) $(call sources_of,dumper)
	$(say) FUZZ $@
	@mkdir -p $(@D)
	$(quiet)clang $(FUZZ_FLAGS) -o $@ $(filter %.c,$^) $(call pkg_libs,$(PKGS_base) $(PKGS_format) $(PKGS_dumper))
$(BUILD)/fuzz/query: tests/fuzz/fuzz_query.c queries/lexer.c $(wildcard base/*.[ch] queries/*.h queries/keywords.def queries/parser*.c queries/datum*.c) \
		queries/unparse.c
	$(say) FUZZ $@
	@mkdir -p $(@D)
	$(quiet)clang $(FUZZ_FLAGS) -o $@ $(filter %.c,$^) $(call pkg_libs,$(PKGS_base)) -lm
$(BUILD)/fuzz/policy: tests/fuzz/fuzz_policy.c $(foreach n,policy rule metric subject limit,checks/$(n).c) $(wildcard base/*.[ch] checks/*.h checks/*.def) \
		$(wildcard queries/*.h queries/keywords.def queries/parser*.c queries/datum*.c) queries/lexer.c queries/library.c $(LIBRARY_FILES).c
	$(say) FUZZ $@
	@mkdir -p $(@D)
	$(quiet)clang $(FUZZ_FLAGS) -o $@ $(filter %.c,$^) $(call pkg_libs,$(PKGS_base) $(PKGS_checks)) -lm

$(BUILD)/fuzz/baseline: tests/fuzz/fuzz_baseline.c checks/baseline.c checks/baseline_file.c checks/learned.c queries/json.c \
		analyzer/report.c analyzer/render_json.c analyzer/row_tree.c analyzer/value.c format/output.c format/input.c \
		$(wildcard base/*.[ch] checks/*.h analyzer/*.h queries/datum*.[ch])
	$(say) FUZZ $@
	@mkdir -p $(@D)
	$(quiet)clang $(FUZZ_FLAGS) -o $@ $(filter %.c,$^) $(call pkg_libs,$(PKGS_base) jansson) -lm

FUZZERS           := snapshot document core query policy baseline
.PHONY: fuzz
fuzz: deps deps-lint ## fuzz the readers of snapshots, cores, queries, policies and baselines, FUZZ_SECONDS=60 for each fuzzer
	@$(remake) $(addprefix $(BUILD)/fuzz/,$(FUZZERS))
	$(quiet)for name in $(FUZZERS); do \
		mkdir -p $(BUILD)/fuzz/found/$$name && \
		$(BUILD)/fuzz/$$name -max_total_time=$(FUZZ_SECONDS) -malloc_limit_mb=600 -max_len=60000 -timeout=20 \
			-artifact_prefix=$(BUILD)/fuzz/$$name- $(BUILD)/fuzz/found/$$name tests/fuzz/corpus/$$name || exit 1; \
	done

# --- what is missing on this machine ----------------------------------------------------------------------------------
.PHONY: deps deps-more deps-lint
deps: ## install the missing ones of the Debian packages we need, saying which
	@tests/install-missing 'to build heapdiff and run its tests' $(DEB_BUILD) $(DEB_PYTHON) $(DEB_CHECK)
deps-more:
	@tests/install-missing 'to make a virtual environment' $(DEB_MORE)
deps-lint:
	@tests/install-missing 'to build with clang and to look for mistakes' $(DEB_LINT)

# --- the rules of the house -------------------------------------------------------------------------------------------
.PHONY: check-layers check-headers format lint
HEADERS           := $(sort $(wildcard $(foreach f,$(FLOORS) dumper/layouts dumper/python tests $(addprefix tests/,$(FLOORS)),$(f)/*.h)))
SOURCES           := $(sort $(wildcard $(foreach f,$(FLOORS) tests/proof tests/tools $(addprefix tests/,$(FLOORS)),$(f)/*.c)))

check-layers: $(foreach f,$(FLOORS),$(OUT)/lib$(f).a) ## each floor includes and calls only floors below it
	$(quiet)OUT='$(OUT)' FOREIGN='$(FOREIGN_HEADERS)' tests/layers $(foreach f,$(FLOORS),'$(f): $(NEEDS_$(f))')
	$(foreach f,$(FLOORS),$(call link_alone,$(f)))
	@echo "layers: each floor stands on those below it only"

# All of a floor and whatever it pulls in from below: a symbol that only a higher floor has fails here.
define link_alone
	$(quiet)echo 'int main(void) { return 0; }' | $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $(OUT)/obj/$(1).alone -x c - -x none \
		-Wl,--whole-archive $(OUT)/lib$(1).a -Wl,--no-whole-archive $(filter-out %/lib$(1).a,$(call libs_of,$(1))) \
		$(call ldlibs_of,$(1)) || { echo 'layers: $(1) calls what is not below it' >&2; exit 1; }

endef

check-headers: ## each header compiles alone, under gcc and clang
	$(quiet)for compiler in gcc clang; do \
		command -v $$compiler > /dev/null || { echo "headers: no $$compiler here, left out"; continue; }; \
		printf '%s\n' $(HEADERS) | xargs -P "$$(nproc)" -I HEADER sh -c \
			"echo '#include \"HEADER\"' | $$compiler $(ALL_CFLAGS) -fsyntax-only -x c - \
				|| { echo \"headers: HEADER doesn't compile alone\" >&2; exit 255; }" || exit 1; \
	done; echo "headers: $(words $(HEADERS)) compile alone"

format: deps-lint ## lay out all C by .clang-format
	$(quiet)clang-format -i $(HEADERS) $(SOURCES)

# cppcheck's mistakes about scope guards, and about TRY, whose address of a local it takes for what is returned; about an id
# that is compared with another one after it was used, for which it knows of no limit; and about the macros of Python.h that
# return, as it doesn't see that header. probe.c compiles only with one, as it is for each version.
LINT_LEAVE_OUT    := missingIncludeSystem memleak resourceLeak returnDanglingLifetime internalAstError \
                     arrayIndexThenCheck missingReturn:dumper/python/module.c
lint: deps-lint ## clang-tidy and cppcheck
	$(quiet)clang-tidy --quiet $(SOURCES) -- -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I.
	$(quiet)cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr \
		$(addprefix --suppress=,$(LINT_LEAVE_OUT)) -i dumper/layouts/probe.c -D_GNU_SOURCE -I. $(FLOORS)

# --- installing -------------------------------------------------------------------------------------------------------
.PHONY: install uninstall clean help
INSTALL_ROOT       = $(DESTDIR)$(PREFIX)
install: all ## copy programs and manual pages below PREFIX (/usr/local)
	$(quiet)install -d '$(INSTALL_ROOT)/bin' '$(INSTALL_ROOT)/share/man/man1' '$(INSTALL_ROOT)/share/heapdiff/queries'
	$(quiet)install -m 755 $(OUT)/heapdump $(OUT)/heapdiff '$(INSTALL_ROOT)/bin'
	$(quiet)install -m 644 $(OUT)/man/*.1 '$(INSTALL_ROOT)/share/man/man1'
	$(quiet)install -m 644 $(LIBRARY) '$(INSTALL_ROOT)/share/heapdiff/queries' # to read; the program has them too

uninstall: ## remove what install copied
	$(quiet)rm -f '$(INSTALL_ROOT)/bin/heapdump' '$(INSTALL_ROOT)/bin/heapdiff' \
		'$(INSTALL_ROOT)/share/man/man1'/heapdump.1 '$(INSTALL_ROOT)/share/man/man1'/heapdiff.1 \
		'$(INSTALL_ROOT)/share/man/man1'/heapdiff-*.1
	$(quiet)rm -rf '$(INSTALL_ROOT)/share/heapdiff'

clean: ## remove everything that was built
	$(quiet)rm -rf $(foreach d,obj tests man venv clang python heapdump heapdiff $(addsuffix .a,$(addprefix lib,$(FLOORS))),'$(BUILD)/$(d)') \
		'$(BUILD)'/sanitize-*
	$(quiet)rmdir '$(BUILD)' 2>/dev/null || true

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  SANITIZE=address,undefined   the same, built with sanitizers in a folder of its own"
	@echo "  BUILD=folder CC=clang CFLAGS=... PREFIX=... DESTDIR=... PYTHON=..."
	@echo "  V=1                          show the commands"

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
