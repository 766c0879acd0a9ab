# Parley: one plain Makefile, no configure step. `make help` prints the targets; everything made stands below build/.

CC = gcc
CLANG = clang
JOBS := $(shell nproc)
# Parts of a target run side by side unless the caller chose a number.
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
PREFIX = /usr/local
ARGS =

PKGS = libuv libcurl sqlite3 yaml-0.1 libpcre2-8 libutf8proc openssl libsodium
LLHTTP = /usr/share/llhttp
LLHTTP_INCLUDE = /usr/share/include/llhttp
LLHTTP_FLAGS = -DLLHTTP_STRICT_MODE=1 -I$(LLHTTP_INCLUDE)
WARN = -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wundef -Wvla -Wcast-qual -Wwrite-strings -Wimplicit-fallthrough
COMMON = -std=gnu17 -D_GNU_SOURCE -ffp-contract=off $(WARN) -Isrc -isystem $(LLHTTP_INCLUDE) -include base/banned.h -pthread
BASE = $(COMMON) -MMD -MP -g
RELEASE = $(BASE) -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
RELEASE_LINK = -pie -Wl,-z,relro,-z,now -pthread
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
ASAN = $(BASE) -O1 -fno-omit-frame-pointer $(SANITIZE) -DPARLEY_TEST
ASAN_LINK = -fsanitize=address,undefined -pthread
FUZZ = $(filter-out -Werror,$(COMMON)) -MMD -MP -g -O1 -fno-omit-frame-pointer $(SANITIZE) -fsanitize=fuzzer-no-link -DPARLEY_TEST
FUZZ_LINK = -fsanitize=fuzzer,address,undefined -pthread
BUDGET = -Wl,--wrap=LLVMFuzzerTestOneInput

# Both are empty on a machine that has nothing yet: `run` and `test` install first and then call make again.
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm
INCLUDES := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)

# Debian's C sources of the HTTP parser are compiled as they are, without our warnings.
LLHTTP_SRC = api http llhttp

SRC = $(filter-out %_test.c src/cmd/main.c,$(wildcard src/*/*.c))
UNIT = $(wildcard src/*/*_test.c)
FUZZERS = $(wildcard tests/fuzz/*_fuzz.c)
ALL_C = $(wildcard src/*/*.c tests/*/*.c)
ALL_H = $(wildcard src/*/*.h tests/*/*.h)

# Not the first target below, which is one of the web part.
.DEFAULT_GOAL = all

# The web part adds ASSETS_OBJ, the files that are built into the program.
-include web/web.mk

REL_OBJ = $(SRC:src/%.c=build/release/%.o) $(LLHTTP_SRC:%=build/release/llhttp/%.o) $(ASSETS_OBJ)
ASAN_OBJ = $(SRC:src/%.c=build/asan/%.o) $(LLHTTP_SRC:%=build/asan/llhttp/%.o) $(ASSETS_OBJ)
FUZZ_OBJ = $(SRC:src/%.c=build/fuzz/%.o) $(LLHTTP_SRC:%=build/fuzz/llhttp/%.o) $(ASSETS_OBJ)
UNIT_BIN = $(UNIT:src/%.c=build/test/%)
TSAN_BIN = build/tsan/db/db_test build/tsan/db/db_fault_test
SHIMS = $(patsubst tests/shim/%.c,build/shim/%.so,$(wildcard tests/shim/*.c))
REPLAY_BIN = $(FUZZERS:tests/fuzz/%.c=build/test/fuzz/%)
PACK_MODELS = $(patsubst packs/%/pack.yaml,build/models/%.made,$(wildcard packs/*/pack.yaml))
FUZZ_BIN = $(FUZZERS:tests/fuzz/%_fuzz.c=build/fuzz/%)

.PHONY: all run test unit tsan shims ready lint lint-tidy lint-format lint-clang lint-clang-tidy lint-cppcheck bench crash faults slow overload soak fuzz sim \
	format install uninstall clean help

all: build/parley $(PACK_MODELS) ## build/parley, the program, and build/models, what it learnt from the packs
	@:

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile | expand -t 20

run: ## install what is needed, build, start the demo (ARGS="--listen 127.0.0.1:9000" is passed on)
	@tools/deps deps.txt
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@exec build/parley serve --demo $(ARGS)

test: ## install what tests need, run every test and linter
	@tools/deps deps.txt deps-test.txt
	@$(MAKE) --no-print-directory $(PARALLEL) ready
	@tools/test

# Everything that the tests start.
ready: all build/parley-asan build/sim/sim-asan $(UNIT_BIN) $(REPLAY_BIN) $(TSAN_BIN) $(SHIMS)

unit: $(UNIT_BIN) ## build and run the unit tests alone
	@failed=0; for t in $(UNIT_BIN); do $$t || failed=1; done; exit $$failed

tsan: $(TSAN_BIN) ## the committer's tests under ThreadSanitizer
	@# Without a fixed address layout gcc 12's runtime may not start.
	@for t in $(TSAN_BIN); do TSAN_OPTIONS=die_after_fork=0 setarch -R $$t || exit 1; done

lint: lint-tidy lint-format lint-clang lint-clang-tidy lint-cppcheck ## all linters

bench: build/parley ## measure and print the table of figures
	tests/bench/bench

crash: build/parley build/crash/parley build/shim/unsynced.so ## 200 times kill -9 under load, and 200 times where unsynced writes are lost; CYCLES=n
	CYCLES=$${CYCLES:-200} UNSYNCED=$${UNSYNCED:-$${CYCLES:-200}} tests/crash/run

faults: build/parley build/parley-asan build/shim/fault.so ## each write, fsync, statement, allocation … fails once, for every n
	SAMPLE=$${SAMPLE:-0} tests/faults/run

slow: ## good turns beside slow clients; N=1000 of them
	N=$${N:-1000} ROUNDS=$${ROUNDS:-5} SECONDS=$${SECONDS:-8} RATE=$${RATE:-200} tests/load/run

overload: build/parley build/bench/http_load ## ten times what the server can do; SECONDS=60
	node tests/load/overload.mjs --seconds $${SECONDS:-60}

soak: build/parley build/bench/http_load ## half load for a long time; MINUTES=30, RATE=n
	node tests/load/soak.mjs --minutes $${MINUTES:-30} --rate $${RATE:-0}

sim: build/sim/sim build/sim/sim-asan ## 10,000 seeded simulations; SEEDS=n for more, SEED=n for one and its story
	SEEDS=$${SEEDS:-10000} tests/sim/run

fuzz: $(FUZZ_BIN) ## fuzz every parser; SECONDS=n of processor time each, INPUTS=n, JOBS=n at once, ONLY=json,url
	node tests/fuzz/fuzz.mjs --seconds $(or $(SECONDS),60) --inputs $(or $(INPUTS),0) --jobs $(JOBS) --only '$(ONLY)'

format: ## lay out all C files by .clang-format
	clang-format -i $(ALL_C) $(ALL_H)

install: all ## to PREFIX (/usr/local), below DESTDIR
	install -D -m 755 build/parley $(DESTDIR)$(PREFIX)/bin/parley
	install -d $(DESTDIR)$(PREFIX)/share/parley
	cp -R packs $(DESTDIR)$(PREFIX)/share/parley/
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/parley/models $$(cat $(PACK_MODELS))
	install -D -m 644 deploy/parley.service $(DESTDIR)$(PREFIX)/lib/systemd/system/parley.service

uninstall: ## what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/parley $(DESTDIR)$(PREFIX)/lib/systemd/system/parley.service
	rm -rf $(DESTDIR)$(PREFIX)/share/parley

clean: ## remove build/
	rm -rf build

# Programs and libraries.

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

build/fuzz/libparley.a: $(FUZZ_OBJ)
	@rm -f $@
	ar rcs $@ $^

build/release/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(RELEASE) $(INCLUDES) -c -o $@ $<

build/asan/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(ASAN) $(INCLUDES) -c -o $@ $<

build/fuzz/%.o: src/%.c
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ) $(INCLUDES) -c -o $@ $<

build/release/llhttp/%.o: $(LLHTTP)/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -O2 -g -fPIE $(LLHTTP_FLAGS) -c -o $@ $<

build/asan/llhttp/%.o: $(LLHTTP)/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -O1 -g -fsanitize=address,undefined $(LLHTTP_FLAGS) -c -o $@ $<

build/fuzz/llhttp/%.o: $(LLHTTP)/%.c Makefile
	@mkdir -p $(@D)
	$(CLANG) -O1 -g -fsanitize=address,undefined,fuzzer-no-link $(LLHTTP_FLAGS) -c -o $@ $<

# What measures: build/bench/http_load and its like.
build/bench/%: tests/bench/%.c build/release/libparley.a
	@mkdir -p $(@D)
	$(CC) $(RELEASE) $(INCLUDES) $(RELEASE_LINK) -o $@ $^ $(LIBS)

build/load/%: tests/load/%.c build/release/libparley.a
	@mkdir -p $(@D)
	$(CC) $(RELEASE) $(INCLUDES) $(RELEASE_LINK) -o $@ $^ $(LIBS)

# The program, but that it copies the store's log all the time.
build/crash/parley: tests/crash/eager_log.c build/release/cmd/main.o build/release/libparley.a
	@mkdir -p $(@D)
	$(CC) $(RELEASE) $(INCLUDES) $(RELEASE_LINK) -o $@ $^ $(LIBS)

# What writes to a store until it is killed.
build/store/%: tests/store/%.c build/release/libparley.a
	@mkdir -p $(@D)
	$(CC) $(RELEASE) $(INCLUDES) $(RELEASE_LINK) -o $@ $^ $(LIBS)

# The simulation stands on a store of its own, so nothing of the real one is linked.
build/sim/sim: $(wildcard tests/sim/*.c tests/sim/*.h) build/release/libparley.a
	@mkdir -p $(@D)
	$(CC) $(RELEASE) $(INCLUDES) $(RELEASE_LINK) -MF $@.d -o $@ $(filter-out %.h,$^) $(LIBS)

build/sim/sim-asan: $(wildcard tests/sim/*.c tests/sim/*.h) build/asan/libparley.a
	@mkdir -p $(@D)
	$(CC) $(ASAN) $(INCLUDES) $(ASAN_LINK) -MF $@.d -o $@ $(filter-out %.h,$^) $(LIBS)

# The committer's threads under ThreadSanitizer.
TSAN = $(BASE) -O2 -fno-omit-frame-pointer -fsanitize=thread -DPARLEY_TEST
TSAN_OBJ = $(patsubst src/%.c,build/tsan/%.o,$(filter-out %_test.c,$(wildcard src/base/*.c src/env/*.c src/db/*.c)))

build/tsan/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(TSAN) $(INCLUDES) -c -o $@ $<

build/tsan/%_test: build/tsan/%_test.o $(TSAN_OBJ)
	$(CC) -fsanitize=thread -pthread -o $@ $^ -lcmocka $(LIBS)

# Libraries that stand between a program and the system: a slow disk, a full one, one that forgets.
build/shim/%.so: tests/shim/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE $(WARN) -O2 -g -fPIC -shared -o $@ $< -ldl -pthread

shims: $(SHIMS)

# Tests. A unit test is src/ROOM/THING_test.c; a fuzzer tests/fuzz/NAME_fuzz.c runs under libFuzzer (make fuzz), and with
# a plain driver that replays its corpus (make test).

build/test/%: build/asan/%.o build/asan/libparley.a
	@mkdir -p $(@D)
	$(CC) $(ASAN_LINK) -o $@ $< build/asan/libparley.a -lcmocka $(TEST_LIBS) $(LIBS)

# The parser that ours is compared with.
build/test/base/json_differential_test: TEST_LIBS = -ljansson

build/test/fuzz/%_fuzz: tests/fuzz/%_fuzz.c tests/fuzz/replay.c tests/fuzz/budget.c $(wildcard tests/fuzz/*.h) build/asan/libparley.a
	@mkdir -p $(@D)
	$(CC) $(ASAN) $(INCLUDES) $(ASAN_LINK) $(BUDGET) -o $@ $(filter-out %.h,$^) $(LIBS)

# What no fuzzer may be, to see that it is stopped.
build/test/fuzz/greedy: tests/fuzz/greedy.c tests/fuzz/replay.c tests/fuzz/budget.c build/asan/libparley.a
	@mkdir -p $(@D)
	$(CC) $(ASAN) $(INCLUDES) $(ASAN_LINK) $(BUDGET) -o $@ $^ $(LIBS)

build/fuzz/%: tests/fuzz/%_fuzz.c tests/fuzz/budget.c $(wildcard tests/fuzz/*.h) build/fuzz/libparley.a
	$(CLANG) $(FUZZ) $(INCLUDES) $(FUZZ_LINK) $(BUDGET) -o $@ $(filter-out %.h,$^) $(LIBS)

# Training is loops over rows of numbers: worth unrolling and the vector instructions.
build/release/text/svm.o build/release/text/train_second.o: RELEASE += -O3 -fno-math-errno

# What the packs' intents are learnt from is here already, so it is learnt here once and no first start waits for it. A
# model is told by its examples: a file NAME.made holds the path of that pack's.
LEARNER = $(filter build/release/text/% build/release/pack/learn%,$(REL_OBJ))
.SECONDEXPANSION:
build/models/%.made: $$(wildcard packs/$$*/nlu/*) $(LEARNER) | build/parley
	@mkdir -p $(@D)
	@rm -f $$(cat $@ 2>/dev/null)
	build/parley train --data packs/$* --keep $(@D) >$@.new && mv $@.new $@

# The models that ship (models/README.md). They are part of the program, so it is built again after them.
SHIPPED = $(wildcard models/*.model models/*.tsv)
build/release/text/shipped.o build/asan/text/shipped.o build/fuzz/text/shipped.o build/tsan/text/shipped.o: $(SHIPPED)

models: build/parley
	@for f in langid_lingua/sentences.tsv injection_deepset/train.tsv injection_giskard/all.tsv clinc150/train.tsv multidogo/train.tsv; do \
		[ -f "$(DATA)/$$f" ] || { echo "make models DATA=DIR: DIR/$$f is missing"; exit 1; }; done
	LC_ALL=C awk -F'\t' -f tools/language-rows.awk $(DATA)/langid_lingua/sentences.tsv models/language_phrases.tsv \
		>build/language-rows.tsv
	build/parley train --data build/language-rows.tsv --df-min 30 --cost 0.5 --model build/language.model
	LC_ALL=C awk -F'\t' -f tools/injection-rows.awk $(DATA)/injection_deepset/train.tsv models/injection_phrases.tsv \
		$(DATA)/injection_giskard/all.tsv $(DATA)/clinc150/train.tsv $(DATA)/multidogo/train.tsv \
		models/language_phrases.tsv $(DATA)/langid_lingua/sentences.tsv >build/injection-rows.tsv
	build/parley train --data build/injection-rows.tsv --df-min 2 --cost 2 --model build/injection.model
	cp build/language.model build/injection.model models/
.PHONY: models

# Perception against its bars.
EVAL = $(wildcard tests/eval/*.c)
build/bars: $(EVAL) $(wildcard tests/eval/*.h) build/release/libparley.a
	$(CC) $(RELEASE) $(INCLUDES) -Itests/eval $(RELEASE_LINK) -o $@ $(EVAL) build/release/libparley.a $(LIBS)

eval: build/bars
	@[ -d "$(DATA)" ] || { echo "make eval DATA=DIR: DIR holds clinc150/, vader_gt/, langid_lingua/, recognizers_english/ ..."; exit 1; }
	@tests/eval/rows "$(DATA)" build/eval
	@build/bars "$(DATA)" $(ONLY)
.PHONY: eval

# Linters. Stamps keep them quick: a file is looked at again when its object was made again, so also when a header it
# includes changed.

LINTED = $(SRC) $(UNIT) src/cmd/main.c

lint-tidy:
	@tools/tidy

build/lint/format/%.ok: % .clang-format
	@mkdir -p $(@D)
	@clang-format --dry-run -Werror $< 2>/dev/null || { echo "$<: not laid out; see make format"; exit 1; }
	@touch $@

build/lint/clang/%.ok: src/%.c build/asan/%.o
	@mkdir -p $(@D)
	@$(CLANG) $(COMMON) $(INCLUDES) -fsyntax-only $<
	@touch $@

build/lint/clang-tidy/%.ok: src/%.c build/asan/%.o .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(COMMON) $(INCLUDES) 2>&1 | grep -v 'warnings generated\|Suppressed\|Use -header-filter' >$@.out; \
		if grep -q 'warning:\|error:' $@.out; then cat $@.out; exit 1; fi
	@touch $@

FORMAT_OK = $(patsubst %,build/lint/format/%.ok,$(ALL_C) $(ALL_H))
CLANG_OK = $(LINTED:src/%.c=build/lint/clang/%.ok)
CLANG_TIDY_OK = $(LINTED:src/%.c=build/lint/clang-tidy/%.ok)

lint-format:
	@$(MAKE) --no-print-directory -s -k $(PARALLEL) lint-format-files
lint-clang:
	@$(MAKE) --no-print-directory -s -k $(PARALLEL) lint-clang-files
lint-clang-tidy:
	@$(MAKE) --no-print-directory -s -k $(PARALLEL) lint-clang-tidy-files

.PHONY: lint-format-files lint-clang-files lint-clang-tidy-files
lint-format-files: $(FORMAT_OK)
lint-clang-files: $(CLANG_OK)
lint-clang-tidy-files: $(CLANG_TIDY_OK)

lint-cppcheck:
	@# What it remembers of a file does not know of its own settings.
	@find build/lint/cppcheck -prune ! -newer tools/cppcheck.cfg -exec rm -rf {} + 2>/dev/null || true
	@mkdir -p build/lint/cppcheck
	@cppcheck --quiet --error-exitcode=1 --cppcheck-build-dir=build/lint/cppcheck -j $(JOBS) --std=c11 --language=c \
		--enable=warning,performance,portability --inline-suppr --suppressions-list=tools/cppcheck.txt --library=tools/cppcheck.cfg -D_GNU_SOURCE -Isrc $(SRC) src/cmd/main.c

-include $(wildcard build/release/*/*.d build/asan/*/*.d build/fuzz/*/*.d build/tsan/*/*.d)
.SECONDARY:
