# The web part: npm packages -> build/web -> build/gen/assets.S -> an object in both libraries. Included by ../Makefile.

WEB_SRC = $(wildcard web/widget/* web/demo/*) web/build.mjs web/tsconfig.json
ASSETS_OBJ = build/gen/assets.o

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build/web.stamp: $(WEB_SRC) web/node_modules/.package-lock.json
	@mkdir -p build
	cd web && npm run --silent build
	@touch $@

build/gen/assets.S: build/web.stamp tools/embed
	@mkdir -p $(@D)
	tools/embed build/web $@

build/gen/assets.o: build/gen/assets.S
	$(CC) -c -o $@ $<

.PHONY: web-check
web-check: web/node_modules/.package-lock.json
	cd web && npm run --silent check && npm test --silent
