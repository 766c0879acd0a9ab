/* The demo: the mock shop on this process's loop, its sample customers as verified
 * visitors, a widget key. */
#ifndef CMD_DEMO_H
#define CMD_DEMO_H

#include "api/api.h"
#include "cmd/cmd.h"
#include "pack/pack.h"

struct demo;

/* Rows of the option table of a command that runs the demo. */
#define DEMO_OPTIONS \
	{.name = "shop-customers-port", \
		.value = "PORT", \
		.fallback = "0", \
		.doc = "demo: port of the customers service"}, \
		{.name = "shop-orders-port", \
			.value = "PORT", \
			.fallback = "0", \
			.doc = "demo: port of the orders service"}, \
		{.name = "shop-tracking-port", \
			.value = "PORT", \
			.fallback = "0", \
			.doc = "demo: port of the tracking service"}, \
		{.name = "shop-record", \
			.value = "FILE", \
			.doc = "demo: file that receives one JSON line for each effect"}, \
		{.name = "shop-extra", \
			.value = "N", \
			.fallback = "0", \
			.doc = "demo: generated customers beside the samples"}, \
	{ \
		.name = "shop-url", .value = "URL", .repeats = true, \
		.doc = "demo: SERVICE=URL uses a shop that runs elsewhere" \
	}

enum err demo_start(
	struct env *env, const struct args *args, struct demo **out, struct error *e);
void demo_free(struct demo **d);
/* The shop's addresses as variables of the pack, for packs that have them. */
size_t demo_settings(const struct demo *d, struct pack_setting *out, size_t max);
/* Customers and widget key for the API. */
void demo_fill(struct demo *d, struct api_config *config);

#endif
