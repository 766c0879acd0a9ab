/* `parley mock`: stand-ins for what a company runs beside Parley, to try it and to test
 * it. */
#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/mock_shop.h"

#include <signal.h>
#include <uv.h>

static const struct option mock_options[] = {
	{.name = "customers-port",
		.value = "PORT",
		.fallback = "0",
		.doc = "of the customers service; 0: any free one"},
	{.name = "orders-port",
		.value = "PORT",
		.fallback = "0",
		.doc = "of the orders service"},
	{.name = "tracking-port",
		.value = "PORT",
		.fallback = "0",
		.doc = "of the tracking service"},
	{.name = "seed",
		.value = "N",
		.fallback = "1",
		.doc = "what ids, generated data and trouble are drawn from"},
	{.name = "now",
		.value = "TIME",
		.doc = "what the dates are relative to (2026-01-31T09:30:00Z); the clock when "
		       "absent"},
	{.name = "extra",
		.value = "N",
		.fallback = "0",
		.doc = "generated customers, customer1@example.com and on"},
	{.name = "record",
		.value = "FILE",
		.doc = "append each change as a line of JSON, synced before it is answered"},
	{.name = "latency",
		.value = "TIME",
		.fallback = "0",
		.doc = "how long each call takes: 50ms, or 50ms..300ms"},
	{.name = "error-rate",
		.value = "RATE",
		.fallback = "0",
		.doc = "how many calls get a 503, 0 to 1"},
	{.name = "hang-rate",
		.value = "RATE",
		.fallback = "0",
		.doc = "how many calls are done but never answered, 0 to 1"},
	{0},
};

/* "50ms", "2s" or a bare number of milliseconds. */
static bool
read_duration(struct str text, int64_t *ms)
{
	int64_t unit = 1;
	if (str_ends(text, STR("ms"))) {
		text.n -= 2;
	} else if (str_ends(text, STR("s"))) {
		text.n--;
		unit = 1000;
	}
	int64_t n;
	if (!str_to_i64(text, &n) || n < 0 || n > SHOP_LATENCY_MAX_MS / unit)
		return false;
	*ms = n * unit;
	return true;
}

static int
read_latency(const struct args *args, struct mock_shop_trouble *t)
{
	struct str text = str_of(args_value(args, "latency"));
	ptrdiff_t dots = str_find(text, STR(".."));
	struct str least = dots < 0 ? text : str_sub(text, 0, (size_t)dots);
	struct str most = dots < 0 ? text : str_sub(text, (size_t)dots + 2, text.n);
	if (read_duration(least, &t->latency_ms) &&
		read_duration(most, &t->latency_max_ms) &&
		t->latency_ms <= t->latency_max_ms)
		return 0;
	return cmd_usage(args,
		"--latency must be a time like 50ms or 50ms..300ms, not \"%.*s\"",
		STR_ARG(text));
}

static int
read_rate(const struct args *args, const char *name, double *rate)
{
	const char *text = args_value(args, name);
	if (str_to_double(str_of(text), rate) && *rate >= 0 && *rate <= 1)
		return 0;
	return cmd_usage(args, "--%s must be from 0 to 1, not \"%s\"", name, text);
}

static int
read_now(const struct args *args, struct wall *now)
{
	const char *text = args_value(args, "now");
	struct tm tm = {0};
	if (!text)
		return 0;
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!end || *end)
		return cmd_usage(args,
			"--now must be a time like 2026-01-31T09:30:00Z, not \"%s\"",
			text);
	now->ms = (int64_t)timegm(&tm) * 1000;
	return 0;
}

static int
read_config(const struct args *args, struct mock_shop_config *config)
{
	static const char *const port_options[SHOP_SERVICES] = {
		"customers-port", "orders-port", "tracking-port"};
	int64_t n;
	for (int i = 0; i < SHOP_SERVICES; i++) {
		if (!args_int(args, port_options[i], 0, 65535, &n))
			return 2;
		config->ports[i] = (int)n;
	}
	if (!args_int(args, "seed", 0, INT64_MAX, &n))
		return 2;
	config->seed = (uint64_t)n;
	if (!args_int(args, "extra", 0, SHOP_EXTRA_MAX, &config->extra))
		return 2;
	config->record = args_value(args, "record");
	int code = read_now(args, &config->now);
	if (!code)
		code = read_latency(args, &config->trouble);
	if (!code)
		code = read_rate(args, "error-rate", &config->trouble.error_rate);
	if (!code)
		code = read_rate(args, "hang-rate", &config->trouble.hang_rate);
	return code;
}

static void
print_addresses(const struct mock_shop *shop)
{
	for (int i = 0; i < SHOP_SERVICES; i++)
		printf("%s\"%s\":\"http://127.0.0.1:%d\"", i ? "," : "{",
			shop_service_name((enum shop_service)i),
			mock_shop_port(shop, (enum shop_service)i));
	printf("}\n");
	fflush(stdout);
}

static void
stop(uv_signal_t *signal, int number)
{
	(void)number;
	env_uv_stop(signal->data);
}

static int
run_shop(const struct args *args, const struct mock_shop_config *config)
{
	struct mock_shop *shop;
	struct error e;
	uv_signal_t signals[2];
	static const int numbers[2] = {SIGINT, SIGTERM};
	struct env *env = env_uv_new();
	if (mock_shop_start(env, config, &shop, &e)) {
		env_uv_free(&env);
		return cmd_fail(args, "%s", e.text);
	}
	for (int i = 0; i < 2; i++) {
		uv_signal_init(env_uv_loop(env), &signals[i]);
		signals[i].data = env;
		uv_signal_start(&signals[i], stop, numbers[i]);
	}
	print_addresses(shop);
	env_uv_run(env);
	for (int i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&signals[i], NULL);
	mock_shop_free(&shop);
	env_uv_free(&env);
	return 0;
}

static int
mock_run(const struct args *args)
{
	struct mock_shop_config config = {.record = NULL};
	if (strcmp(args->words[0], "shop") != 0)
		return cmd_usage(args, "there is no \"%s\" to stand in for; try \"shop\"",
			args->words[0]);
	int code = read_config(args, &config);
	return code ? code : run_shop(args, &config);
}

const struct command cmd_mock = {
	.name = "mock",
	.usage = "shop [options]",
	.summary = "run the demo shop: customers, orders and tracking over HTTP",
	.details = "Prints the three addresses as one line of JSON and runs until it is "
		   "told to stop. Four customers are\n"
		   "always there: john.doe@example.com (premium; ORD-1A2B3C4D is out for "
		   "delivery), jane.smith@example.com\n"
		   "(vip), bob.wilson@example.com and sarah.connor@example.com "
		   "(standard). GET /effects lists what was\n"
		   "changed, PUT /control "
		   "{\"latency_ms\":200,\"error_rate\":0.1,\"hang_rate\":0,\"down\":"
		   "false} makes trouble.",
	.options = mock_options,
	.words_min = 1,
	.words_max = 1,
	.run = mock_run,
};
