# The whole vocabulary: make, make check-static, make unit, make http, make fuzz, make openapi.
# SAN=address builds and runs everything under ASan+UBSan in a folder of its own.

SAN    ?=
WERROR ?=
# V=1 shows the commands.
Q      := $(if $(V),,@)
BUILD  ?= build$(if $(SAN),-$(SAN))
ifeq ($(origin CC),default)
CC     := gcc
endif
CLANG  ?= clang
PG_INC := $(shell pg_config --includedir 2>/dev/null || echo /usr/include/postgresql)
VERSION := $(shell cat VERSION)

probe = $(shell echo 'int x;' | $(CC) -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo $(1))

# security.md §3.1; what this compiler lacks is left out by asking it.
WARN := -Wall -Wextra -Wpedantic -Wformat=2 -Wformat-signedness -Wconversion -Wsign-conversion \
	-Wimplicit-fallthrough -Wshadow -Wundef -Wcast-qual -Wwrite-strings -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wvla -Walloca -Wnull-dereference \
	-Wstack-usage=65536 -Werror=format-security -Werror=implicit \
	-Werror=incompatible-pointer-types -Werror=int-conversion \
	$(foreach f,-Warith-conversion -Wtrampolines -Wbidi-chars=any -Wduplicated-cond -Wlogical-op \
	-Wjump-misses-init -Walloc-zero,$(call probe,$(f))) $(if $(WERROR),-Werror)
HARDEN := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection -fPIE -ftrivial-auto-var-init=zero \
	$(call probe,-fcf-protection=full) $(call probe,-fstrict-flex-arrays=3)
# ASan excludes _FORTIFY_SOURCE, and auto-var-init would hide what it looks for.
SANITIZE := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -fPIE
CFLAGS_ALL := -std=c17 -D_GNU_SOURCE -g $(WARN) $(if $(SAN),$(SANITIZE),$(HARDEN)) \
	-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing -fno-common \
	-I. -I$(BUILD)/gen -isystem $(PG_INC) -DGATEHOUSE_VERSION='"$(VERSION)"' -MMD -MP $(CFLAGS)
comma       := ,
LDFLAGS_ALL := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,nodlopen \
	-Wl,-z,separate-code -Wl,--as-needed -Wl,--fatal-warnings \
	$(if $(SAN),-fsanitize=address$(comma)undefined) $(LDFLAGS)
LIBS      := -lfcgi -lpq -lcjson -ljwt -lcrypt -lcrypto -lcurl -lm
TEST_LIBS := -lcriterion

LIB_OBJ  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*.c))
APP_OBJ  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out app/main.c,$(wildcard app/*.c app/*/*.c))) \
	$(BUILD)/gen/schema.o $(BUILD)/gen/mail.o
UNIT_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/*.c))
DB_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/db/*.c))
HTTP_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/http/*.c))
FUZZERS  := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

all: $(BUILD)/gatehouse

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -c $< -o $@

$(BUILD)/lib.a: $(LIB_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/app.a: $(APP_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/gatehouse: $(BUILD)/app/main.o $(BUILD)/app.a $(BUILD)/lib.a
	$(Q)$(CC) $(CFLAGS_ALL) $^ -o $@ $(LDFLAGS_ALL) $(LIBS)

# The migrations and the texts of mails, embedded: arrays of names and bytes.
$(BUILD)/gen/schema.c: $(wildcard schema/*.sql)
$(BUILD)/gen/mail.c: $(wildcard mail/*)
$(BUILD)/gen/schema.c $(BUILD)/gen/mail.c: $(BUILD)/gen/%.c: scripts/embed
	@mkdir -p $(@D)
	scripts/embed $* > $@

$(BUILD)/gen/schema.o $(BUILD)/gen/mail.o: %.o: %.c
	$(Q)$(CC) $(CFLAGS_ALL) -c $< -o $@

$(BUILD)/unit: $(UNIT_OBJ) $(BUILD)/app.a $(BUILD)/lib.a
	$(Q)$(CC) $(CFLAGS_ALL) $^ -o $@ $(LDFLAGS_ALL) $(LIBS) $(TEST_LIBS)

$(BUILD)/db: $(DB_OBJ) $(BUILD)/app.a $(BUILD)/lib.a
	$(Q)$(CC) $(CFLAGS_ALL) $^ -o $@ $(LDFLAGS_ALL) $(LIBS) $(TEST_LIBS)

$(BUILD)/http: $(HTTP_OBJ) $(BUILD)/app.a $(BUILD)/lib.a
	$(Q)$(CC) $(CFLAGS_ALL) $^ -o $@ $(LDFLAGS_ALL) $(LIBS) $(TEST_LIBS)

$(BUILD)/echo_server: $(BUILD)/tests/proc/echo_server.o $(BUILD)/lib.a
	$(Q)$(CC) $(CFLAGS_ALL) $^ -o $@ $(LDFLAGS_ALL) $(LIBS)

# libFuzzer is clang's; the sources are few, so each target compiles all of lib/ once.
$(BUILD)/fuzz/lib.a: $(wildcard lib/*.c lib/*.h)
	@mkdir -p $(@D)/o
	$(Q)cd $(@D)/o && $(CLANG) -std=c17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer-no-link,address,undefined \
	    -fno-sanitize-recover=all -w -I$(CURDIR) -isystem $(PG_INC) -c $(abspath $(wildcard lib/*.c))
	$(Q)rm -f $@ && ar rcs $@ $(@D)/o/*.o

$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz/lib.a
	$(Q)$(CLANG) -std=c17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all -w -I. $< $(BUILD)/fuzz/lib.a -o $@ $(LIBS)

fuzzers: $(FUZZERS)
unit db http: %: $(BUILD)/%
tests: $(BUILD)/unit $(BUILD)/db $(BUILD)/http

openapi: $(BUILD)/gatehouse
	$(BUILD)/gatehouse openapi > tests/golden/openapi.json

check-static:
	scripts/checks

format:
	clang-format -i $$(git ls-files --cached --others --exclude-standard '*.c' '*.h')

clean:
	rm -rf build build-*

.PHONY: all tests unit db http fuzzers openapi check-static format clean
.DELETE_ON_ERROR:
-include $(LIB_OBJ:.o=.d) $(APP_OBJ:.o=.d) $(UNIT_OBJ:.o=.d) $(DB_OBJ:.o=.d) $(HTTP_OBJ:.o=.d) $(BUILD)/app/main.d
