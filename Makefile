# heapdiff: everything is built from here. `make help` lists the targets.
#
# The map of the house: each floor may include only what stands below it (`make check-layers`).
FLOORS            := base format dumper analyzer queries cli
NEEDS_base        :=
NEEDS_format      := base
NEEDS_dumper      := base format
NEEDS_analyzer    := base format
NEEDS_queries     := base analyzer
NEEDS_cli         := base format analyzer queries

# What Debian calls the things we need; `make deps` installs what is missing.
DEB_BUILD         := build-essential pkg-config libarchive-dev libmsgpack-dev libpcre2-dev libelf-dev libdw-dev \
                     libzstd-dev libxxhash-dev libjansson-dev libsmartcols-dev
DEB_CHECK         := libcriterion-dev python3 python3-pytest
DEB_LINT          := clang libclang-rt-14-dev clang-tidy clang-format cppcheck

# Third-party libraries, by the floor that uses them.
PKGS_base         := libpcre2-8
PKGS_format       := libarchive msgpack libzstd libxxhash
PKGS_dumper       := libelf libdw
PKGS_analyzer     := jansson smartcols
PKGS_queries      :=
PKGS_cli          :=

BUILD             ?= build
CC                ?= gcc
SANITIZE          ?=
PREFIX            ?= /usr/local
DESTDIR           ?=
CFLAGS            ?= -O2 -g
WARNINGS          := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
                     -Wwrite-strings -Wundef -Wformat=2 -Werror
ALL_CFLAGS         = -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. $(WARNINGS) $(CFLAGS) $(SANITIZE_FLAGS)
ifneq ($(SANITIZE),)
SANITIZE_FLAGS    := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
OUT               := $(BUILD)/sanitize-$(subst $(comma),-,$(SANITIZE))
comma             := ,
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

pkg_cflags         = $(shell pkg-config --cflags $(1) 2>/dev/null)
pkg_libs           = $(shell pkg-config --libs $(1) 2>/dev/null)

.PHONY: all
all: $(OUT)/heapdump $(OUT)/heapdiff

# --- objects and one library a floor ----------------------------------------------------------------------------------
sources_of         = $(filter-out %/main.c,$(sort $(wildcard $(1)/*.c) $(EXTRA_$(1))))
objects_of         = $(patsubst %.c,$(OUT)/obj/%.o,$(call sources_of,$(1)))
floors_of          = $(1) $(call reverse,$(NEEDS_$(1)))
reverse            = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
libs_of            = $(foreach f,$(call floors_of,$(1)),$(OUT)/lib$(f).a)
ldlibs_of          = $(call pkg_libs,$(foreach f,$(call floors_of,$(1)),$(PKGS_$(f)))) -lpthread -lm

FLAGS_STAMP       := $(OUT)/flags
flags_now          = $(CC) $(ALL_CFLAGS) $(LDFLAGS)
$(shell mkdir -p $(OUT); printf '%s' '$(flags_now)' | cmp -s - $(FLAGS_STAMP) || printf '%s' '$(flags_now)' > $(FLAGS_STAMP))

$(OUT)/obj/%.o: %.c $(FLAGS_STAMP)
	$(say) CC $<
	@mkdir -p $(@D)
	$(quiet)$(CC) $(ALL_CFLAGS) $(call pkg_cflags,$(PKGS_$(firstword $(subst /, ,$<)))) -MMD -MP -c $< -o $@

define FLOOR
$(OUT)/lib$(1).a: $(call objects_of,$(1))
	$$(say) AR $$@
	@rm -f $$@
	$$(quiet)ar crs $$@ $$^
endef
$(foreach f,$(FLOORS),$(eval $(call FLOOR,$(f))))

$(OUT)/heapdump: $(OUT)/obj/dumper/main.o $(call libs_of,dumper)
	$(say) LINK $@
	$(quiet)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(call ldlibs_of,dumper)

$(OUT)/heapdiff: $(OUT)/obj/cli/main.o $(call libs_of,cli)
	$(say) LINK $@
	$(quiet)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(call ldlibs_of,cli)

# --- tests: tests/<floor>/test_<noun>.c becomes one program against that floor's library and those below ---------------
TESTS             := $(sort $(wildcard $(foreach f,$(FLOORS),tests/$(f)/test_*.c)))
TEST_PROGRAMS     := $(patsubst %.c,$(OUT)/%,$(TESTS))
define FLOOR_TESTS
$(OUT)/tests/$(1)/test_%: tests/$(1)/test_%.c $(call libs_of,$(1)) $(FLAGS_STAMP) $(wildcard tests/*.h tests/$(1)/*.h) \
		$(wildcard tests/$(1)/help_*.c)
	$$(say) TEST $$@
	@mkdir -p $$(@D)
	$$(quiet)$$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) -o $$@ $$< $(wildcard tests/$(1)/help_*.c) $(call libs_of,$(1)) \
		$$(call ldlibs_of,$(1)) $$(call pkg_libs,criterion)
.PHONY: check-$(1)
check-$(1): $(patsubst %.c,$(OUT)/%,$(sort $(wildcard tests/$(1)/test_*.c)))
	$$(quiet)for program in $$^; do echo "== $$$$program"; $$$$program --short-filename || exit 1; done
endef
$(foreach f,$(FLOORS),$(eval $(call FLOOR_TESTS,$(f))))

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)

# --- live tests: pytest captures the samples on every CPython of the machine; snapcat is their eye on a snapshot --------
PYTHON            ?= /usr/bin/python3
$(OUT)/tests/tools/%: tests/tools/%.c $(call libs_of,format) $(FLAGS_STAMP)
	$(say) TOOL $@
	@mkdir -p $(@D)
	$(quiet)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(call libs_of,format) $(call ldlibs_of,format)

.PHONY: check-live
check-live: $(OUT)/heapdump $(OUT)/heapdiff $(OUT)/tests/tools/snapcat
	$(quiet)HEAPDIFF_BUILD=$(abspath $(OUT)) $(PYTHON) -B -m pytest -p no:cacheprovider -q tests/live
