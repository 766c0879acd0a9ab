/*
 * Configuration of the server, and of the commands that work on its store: one table of
 * keys. Later sources win: the defaults in the table, parley.yaml (--config, else
 * ./parley.yaml when it is there), the environment (PARLEY_LISTEN for `listen`), the
 * command line. A wrong key is an error that names the nearest right one; `parley serve
 * --keys` prints the table.
 *
 * A variable PARLEY_… that resembles a key is an error like a wrong key. One that
 * resembles none only is a warning: clusters put variables of their own beside ours
 * (PARLEY_SERVICE_HOST, for a service of that name).
 */
#ifndef CMD_CONFIG_H
#define CMD_CONFIG_H

#include "talk/retention.h"

/* A pack variable: "orders_url: http://…" below `variables`. */
struct config_variable {
	struct str name, value;
};

struct config {
	struct str listen; /* address:port */
	struct str data, pack, packs, tenant, log;
	bool demo;
	int64_t reply_wait_ms, drain_ms;
	int64_t keep_journal_ms, keep_messages_ms; /* 0: for ever */
	struct items retention; /* struct retention_tenant: tenants with other times */
	int64_t body_max, connections_max, connections_per_address;
	int64_t head_timeout_ms, body_timeout_ms, idle_timeout_ms, write_timeout_ms;
	struct items
		proxies; /* struct str: CIDR ranges whose X-Forwarded-For is believed */
	struct items allow; /* struct str: CIDR ranges that actions and sources may reach
			       besides public addresses */
	struct json *variables; /* object: values of the pack's variables */
	struct str
		strangers; /* variables PARLEY_… that resemble no key, with blanks between */
};

extern const struct schema config_schema;

/* Reads file and environment into *out. `path` NULL: ./parley.yaml when it is there.
 * Everything lives in the arena. */
enum err config_load(
	struct arena *a, const char *path, struct config *out, struct error *e);
/* The value of a key whose type is text. */
struct str config_text(const struct config *c, const char *key);
/* "127.0.0.1:8080", "[::1]:80", ":8080" (all addresses). */
enum err config_listen(struct arena *a, struct str listen, struct str *address, int *port,
	struct error *e);
/* The table as text for people. */
void config_print_keys(void);

#endif
