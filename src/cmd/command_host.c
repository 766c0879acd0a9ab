#include "cmd/command_host.h"

#include "actor/actors.h"
#include "base/log.h"
#include "cmd/config.h"
#include "cmd/shipped.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path that does not fit is as one that is not there. */
static bool __attribute__((format(printf, 2, 3)))
path_print(char out[PATH_MAX], const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(out, PATH_MAX, fmt, ap);
	va_end(ap);
	return n > 0 && n < PATH_MAX;
}

static void
find_shipped(struct command_host *h)
{
	static const char *const places[] = {"models", "../share/parley/models", NULL};
	if (shipped_folder(places, h->shipped))
		h->host.shipped = h->shipped;
}

static void
say_learnt(size_t examples, const char *kept)
{
	if (kept)
		fprintf(stderr, "learnt intents from %zu examples: kept in %s\n",
			examples, kept);
	else
		fprintf(stderr,
			"learnt intents from %zu examples for this run alone: there is no data folder of yours to keep them in\n",
			examples);
}

static void
log_learnt(size_t examples, const char *kept)
{
	log_info("intents learnt", "examples:i", (int64_t)examples, "kept",
		kept ? kept : "", NULL);
}

static void
host_init(struct command_host *h)
{
	*h = (struct command_host){.host = actor_pack_host};
	find_shipped(h);
}

static void
keep_in(struct command_host *h, struct str data)
{
	if (path_print(h->kept, "%.*s/models", STR_ARG(data)))
		h->host.models = h->kept;
}

void
command_host_init(struct command_host *h, const char *data)
{
	struct arena a;
	struct config config;
	struct str folder = data ? str_of(data) : STR("");
	struct stat st;
	host_init(h);
	h->host.learnt = say_learnt;
	arena_init(&a, 0);
	/* A configuration with faults is the server's to complain of. */
	if (!data && config_load(&a, NULL, &config, NULL) == OK)
		folder = config.data;
	if (folder.n && stat(arena_str(&a, folder).p, &st) == 0 && S_ISDIR(st.st_mode) &&
		st.st_uid == geteuid())
		keep_in(h, folder);
	arena_fini(&a);
}

void
command_host_init_server(struct command_host *h, struct str data)
{
	host_init(h);
	h->host.learnt = log_learnt;
	keep_in(h, data);
}
