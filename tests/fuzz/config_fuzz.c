/* Any bytes as parley.yaml: an error with a reason, or a configuration whose keys are
 * within their bounds. */
#include "cmd/config.h"

#include "base/limits.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct arena *a, const struct config *c)
{
	struct str address;
	struct error e = {0};
	int port;

	require(c->reply_wait_ms >= 100 && c->reply_wait_ms <= 120000);
	require(c->body_max >= 1024 && c->connections_max >= 1 && c->drain_ms >= 0);
	require(c->proxies.n <= 64 && c->allow.n <= 64 && c->data.n > 0 && c->pack.n > 0);
	require(c->retention.n <= RETENTION_TENANTS_MAX);
	if (config_listen(a, c->listen, &address, &port, &e) == OK)
		require(address.n > 0 && port >= 0 && port < 65536);
	else
		require(e.kind == ERR_INVALID && e.text[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	struct arena a;
	struct config c;
	struct error e = {0};
	int fd = memfd_create("parley.yaml", MFD_CLOEXEC);

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	arena_init(&a, 0);
	if (config_load(&a, path, &c, &e) == OK)
		check(&a, &c);
	else
		require(e.text[0]);
	arena_fini(&a);
	close(fd);
	return 0;
}
