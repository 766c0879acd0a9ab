#include "cmd/demo.h"

#include "cmd/mock_shop.h"

struct demo {
	struct mock_shop *shop; /* NULL when every service runs elsewhere */
	struct arena arena;
	struct str urls[SHOP_SERVICES];
};

static const struct demo_customer customers[] = {
	{STR_INIT("CUST-1001"), STR_INIT("john.doe@example.com"), STR_INIT("John Doe"),
		STR_INIT("premium")},
	{STR_INIT("CUST-1002"), STR_INIT("jane.smith@example.com"),
		STR_INIT("Jane Smith"), STR_INIT("vip")},
	{STR_INIT("CUST-1003"), STR_INIT("bob.wilson@example.com"),
		STR_INIT("Bob Wilson"), STR_INIT("standard")},
	{STR_INIT("CUST-1004"), STR_INIT("sarah.connor@example.com"),
		STR_INIT("Sarah Connor"), STR_INIT("standard")},
};

static const char *const port_options[SHOP_SERVICES] = {
	[SHOP_CUSTOMERS] = "shop-customers-port",
	[SHOP_ORDERS] = "shop-orders-port",
	[SHOP_TRACKING] = "shop-tracking-port",
};

/* "orders=http://…" names a service that runs elsewhere. */
static enum err
read_urls(struct demo *d, const struct args *args, struct error *e)
{
	const char *text;
	int at = 0;
	while ((text = args_each_value(args, "shop-url", &at))) {
		struct str url = str_of(text), name;
		bool known = false;
		str_split(&url, '=', &name);
		for (int s = 0; s < SHOP_SERVICES; s++)
			if (str_eq(name,
				    str_of(shop_service_name((enum shop_service)s)))) {
				d->urls[s] = url;
				known = true;
			}
		if (!known)
			return err_set(e, ERR_INVALID,
				"--shop-url %s: must be customers=URL, orders=URL or tracking=URL",
				text);
	}
	return OK;
}

static enum err
start_shop(struct demo *d, struct env *env, const struct args *args, struct error *e)
{
	struct mock_shop_config config = {
		.seed = 1, .record = args_value(args, "shop-record")};
	int64_t n;
	for (int s = 0; s < SHOP_SERVICES; s++) {
		if (!args_int(args, port_options[s], 0, 65535, &n))
			return err_set(e, ERR_INVALID, "--%s: no port", port_options[s]);
		config.ports[s] = (int)n;
	}
	if (!args_int(args, "shop-extra", 0, 1000000, &config.extra))
		return err_set(e, ERR_INVALID, "--shop-extra: no number");
	enum err r = mock_shop_start(env, &config, &d->shop, e);
	for (int s = 0; r == OK && s < SHOP_SERVICES; s++)
		if (d->urls[s].n == 0)
			d->urls[s] = arena_printf(&d->arena, "http://127.0.0.1:%d",
				mock_shop_port(d->shop, (enum shop_service)s));
	return r;
}

enum err
demo_start(struct env *env, const struct args *args, struct demo **out, struct error *e)
{
	struct demo *d = mem_zalloc(sizeof *d);
	arena_init(&d->arena, 0);
	enum err r = read_urls(d, args, e);
	bool elsewhere = true;
	for (int s = 0; s < SHOP_SERVICES; s++)
		elsewhere = elsewhere && d->urls[s].n;
	if (r == OK && !elsewhere)
		r = start_shop(d, env, args, e);
	if (r != OK) {
		demo_free(&d);
		return err_context(e, r, "the demo shop");
	}
	*out = d;
	return OK;
}

void
demo_free(struct demo **d)
{
	if (!*d)
		return;
	if ((*d)->shop)
		mock_shop_free(&(*d)->shop);
	arena_fini(&(*d)->arena);
	free(*d);
	*d = NULL;
}

size_t
demo_settings(const struct demo *d, struct pack_setting *out, size_t max)
{
	static const char *const names[SHOP_SERVICES] = {
		[SHOP_CUSTOMERS] = "customers_url",
		[SHOP_ORDERS] = "orders_url",
		[SHOP_TRACKING] = "tracking_url",
	};
	size_t n = 0;
	for (int s = 0; s < SHOP_SERVICES && n < max; s++)
		out[n++] = (struct pack_setting){
			.name = str_of(names[s]), .value = d->urls[s], .optional = true};
	return n;
}

static void
print_orders(void *owner, struct str email, struct jsonw *w)
{
	struct demo *d = owner;
	if (d->shop)
		mock_shop_print_orders(d->shop, email, w);
	else
		jsonw_raw(w, STR("[]"));
}

void
demo_fill(struct demo *d, struct api_config *config)
{
	config->print_orders = print_orders;
	config->demo_owner = d;
	config->customers = customers;
	config->customer_count = sizeof customers / sizeof *customers;
	config->widget_key = STR("wk_demo");
	config->widget_secret = STR("the demo's secret signs nobody else's customers");
}
