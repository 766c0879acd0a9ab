/* Any bytes give the same events and the same close code whole and byte by byte; text
 * that is handed on is UTF-8 and within the maximum. */
#include "base/arena.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "wire/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MESSAGE_MAX 300

struct run {
	struct ws_reader reader;
	uint64_t seen;
};

static void
note(struct ws_reader *r, int kind, struct str data)
{
	struct run *run = (struct run *)(void *)r;

	run->seen = fnv64(fnv64(run->seen, &kind, sizeof(kind)), data.p, data.n);
}

static void
on_message(struct ws_reader *r, struct str data, bool binary)
{
	require(data.n <= MESSAGE_MAX && (binary || utf8_valid(data)));
	note(r, binary, data);
}

static void
on_ping(struct ws_reader *r, struct str data)
{
	note(r, 2, data);
}

static void
on_pong(struct ws_reader *r, struct str data)
{
	note(r, 3, data);
}

static void
on_close(struct ws_reader *r, int code, struct str reason)
{
	require(utf8_valid(reason));
	note(r, code, reason);
}

static const struct ws_reader_ops ops = {on_message, on_ping, on_pong, on_close};

static int
play(const uint8_t *data, size_t size, size_t step, bool server, uint64_t *seen)
{
	struct run run = {.seen = FNV64_START};
	char *copy = mem_alloc(size);
	int code = 0;
	enum err err = OK;

	memcpy(copy, data, size);
	ws_reader_init(&run.reader, &ops, server, MESSAGE_MAX);
	for (size_t at = 0; at < size && !err; at += step)
		err = ws_reader_feed(&run.reader, copy + at,
			size - at < step ? size - at : step, &code, NULL);
	ws_reader_fini(&run.reader);
	free(copy);
	*seen = run.seen;
	return err ? code : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int server = 0; size > 0 && server < 2; server++) {
		uint64_t whole, cut;
		int code = play(data, size, size, server, &whole);
		require(play(data, size, 1, server, &cut) == code && whole == cut);
		require(code == 0 || ws_close_code_valid(code));
	}
	return 0;
}
