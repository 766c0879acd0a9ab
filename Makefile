# Parley: one plain Makefile, no configure step. `make` builds build/parley, `make run` starts the demo,
# `make test` runs every test. Everything made stands below build/.

CC = gcc
PKGS = libuv libcurl sqlite3 yaml-0.1 libpcre2-8 libutf8proc openssl libsodium
LLHTTP = /usr/share/llhttp
LLHTTP_INCLUDE = /usr/share/include/llhttp
LLHTTP_FLAGS = -DLLHTTP_STRICT_MODE=1 -I$(LLHTTP_INCLUDE)
WARN = -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wundef -Wvla -Wcast-qual -Wwrite-strings -Wimplicit-fallthrough
BASE = -std=gnu17 -D_GNU_SOURCE $(WARN) -Isrc -isystem $(LLHTTP_INCLUDE) -include base/banned.h -MMD -MP -pthread -g
RELEASE = $(BASE) -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
RELEASE_LINK = -pie -Wl,-z,relro,-z,now -pthread
ASAN = $(BASE) -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -DPARLEY_TEST
ASAN_LINK = -fsanitize=address,undefined -pthread

# Debian's C sources of the HTTP parser are compiled as they are, without our warnings.
LLHTTP_SRC = api http llhttp

SRC = $(filter-out %_test.c src/cmd/main.c,$(wildcard src/*/*.c))
UNIT = $(wildcard src/*/*_test.c)

LIBS = $(shell pkg-config --libs $(PKGS)) -lm
INCLUDES := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)

REL_OBJ = $(SRC:src/%.c=build/release/%.o) $(LLHTTP_SRC:%=build/release/llhttp/%.o) $(ASSETS_OBJ)
ASAN_OBJ = $(SRC:src/%.c=build/asan/%.o) $(LLHTTP_SRC:%=build/asan/llhttp/%.o) $(ASSETS_OBJ)
UNIT_BIN = $(UNIT:src/%.c=build/test/%)

.PHONY: all unit tsan shims clean format
all: build/parley

include web/web.mk

build/parley: build/release/cmd/main.o build/release/libparley.a
	$(CC) $(RELEASE_LINK) -o $@ $^ $(LIBS)

build/parley-asan: build/asan/cmd/main.o build/asan/libparley.a
	$(CC) $(ASAN_LINK) -o $@ $^ $(LIBS)

build/release/libparley.a: $(REL_OBJ)
	@rm -f $@
	ar rcs $@ $^

build/asan/libparley.a: $(ASAN_OBJ)
	@rm -f $@
	ar rcs $@ $^

build/release/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(RELEASE) $(INCLUDES) -c -o $@ $<

build/asan/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(ASAN) $(INCLUDES) -c -o $@ $<

build/release/llhttp/%.o: $(LLHTTP)/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -O2 -g -fPIE $(LLHTTP_FLAGS) -c -o $@ $<

build/asan/llhttp/%.o: $(LLHTTP)/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -O1 -g -fsanitize=address,undefined $(LLHTTP_FLAGS) -c -o $@ $<

build/test/%: build/asan/%.o build/asan/libparley.a
	@mkdir -p $(@D)
	$(CC) $(ASAN_LINK) -o $@ $< build/asan/libparley.a -lcmocka $(TEST_LIBS) $(LIBS)

# The parser that ours is compared with.
build/test/base/json_differential_test: TEST_LIBS = -ljansson

unit: $(UNIT_BIN)
	@failed=0; for t in $(UNIT_BIN); do $$t || failed=1; done; exit $$failed

# The committer's threads under ThreadSanitizer. Without a fixed address layout gcc 12's runtime may not start.
TSAN = $(BASE) -O2 -fno-omit-frame-pointer -fsanitize=thread -DPARLEY_TEST
TSAN_OBJ = $(patsubst src/%.c,build/tsan/%.o,$(filter-out %_test.c,$(wildcard src/base/*.c src/env/*.c src/db/*.c)))
TSAN_BIN = build/tsan/db/db_test build/tsan/db/db_fault_test

build/tsan/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(TSAN) $(INCLUDES) -c -o $@ $<

build/tsan/%_test: build/tsan/%_test.o $(TSAN_OBJ)
	$(CC) -fsanitize=thread -pthread -o $@ $^ -lcmocka $(LIBS)

tsan: $(TSAN_BIN)
	@for t in $(TSAN_BIN); do TSAN_OPTIONS=die_after_fork=0 setarch -R $$t || exit 1; done

# Libraries that stand between a program and the system: a slow disk, a full one, one that forgets.
SHIMS = $(patsubst tests/shim/%.c,build/shim/%.so,$(wildcard tests/shim/*.c))

build/shim/%.so: tests/shim/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE $(WARN) -O2 -g -fPIC -shared -o $@ $< -ldl -pthread

shims: $(SHIMS)

clean:
	rm -rf build

format:
	clang-format -i $(wildcard src/*/*.[ch])

-include $(wildcard build/release/*/*.d build/asan/*/*.d build/tsan/*/*.d)
.SECONDARY:
