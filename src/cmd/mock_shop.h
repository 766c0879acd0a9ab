/*
 * The demo shop: three HTTP services with invented data, for `parley mock shop`, for
 * `serve --demo` and for tests. It lives on the caller's loop and keeps everything in
 * memory; the same seed and the same `now` give the same shop.
 *
 * Customers (WHO is an e-mail address or an id)
 *	GET  /customers/WHO                  the profile
 *	GET  /customers/WHO/orders           {"orders":[],"total"}, newest first;
 *	                                     ?status= ?limit=
 *	GET  /customers/WHO/support-history  {"interactions":[],"total"}, newest first
 *	POST /customers/WHO/support-history  201 {"type","priority"?,"subject",
 *	                                     "description"?} opens a case
 *	PUT  /customers/WHO/tier             {"tier","reason"?}
 *	POST /customers/WHO/notes            201 {"text","author"?}
 * Orders
 *	GET  /customers/WHO/orders           as above
 *	GET  /orders/ID
 *	GET  /orders/ID/history              {"order_id","history":[]}
 *	PUT  /orders/ID/status               {"status","reason"?} along the transitions
 *	PUT  /orders/ID/address              an address; until the order is shipped
 *	POST /orders/ID/expedite             {"reason"?} confirmed or processing: two
 *	                                     days earlier
 *	POST /orders/ID/cancel               {"reason"?} until it is shipped
 *	POST /orders/ID/notes                201 {"text","author"?}
 *	POST /orders/ID/refund               201 {"amount"?,"reason"?} delivered,
 *	                                     cancelled or returned, and paid
 *	POST /orders/ID/return               201 {"reason"?} shipped or delivered
 *	POST /orders/ID/return-label         201 {"reason"?} shipped, delivered, returned
 *	POST /callbacks                      201 {"customer_email","phone"?,"reason"?,
 *	                                     "at"?}
 * Tracking
 *	GET  /tracking/NUMBER                the shipment with its events
 *	GET  /tracking/NUMBER/status         {"tracking_number","status","location",
 *	                                     "last_update","estimated_delivery"}
 *	GET  /tracking/NUMBER/exceptions     {"tracking_number","exceptions":[]}
 *	PUT  /tracking/NUMBER/address        an address; until it is out for delivery
 *	POST /tracking/NUMBER/expedite       {"reason"?} until then: one day earlier
 *	POST /tracking/NUMBER/issues         201 {"type","description"?}, a case with
 *	                                     the carrier
 * Every service
 *	GET  /health
 *	GET  /effects                        {"effects":[],"total"}: what changing calls
 *	                                     did; ?after=SEQ
 *	GET, PUT /control                    {"latency_ms","latency_max_ms","error_rate",
 *	                                     "hang_rate","down"}; left out is off
 *
 * An order moves pending -> confirmed | cancelled, confirmed -> processing | cancelled,
 * processing -> shipped | cancelled, shipped -> delivered | returned,
 * delivered -> returned; a shipment label_created, picked_up, in_transit,
 * out_for_delivery, delivered, and exception beside them. What does not fit the state
 * is 409, what is not there 404, a wrong body 400, all as application/problem+json.
 * What is not known yet (a delivery, a tracking number) is left out of an answer.
 *
 * Every changing call honours Idempotency-Key: a repetition gets the first answer again
 * and nothing is done twice; the key with another request is 422. Each change is one
 * effect with seq, at, service, action, target, key and request, appended to the record
 * file and synced before the answer leaves.
 *
 * Trouble on purpose: a call waits between latency and latency_max; with error_rate it
 * is answered 503 and nothing is done; with hang_rate it is done but never answered;
 * down answers 503 to everything but /control and /effects.
 */
#ifndef CMD_MOCK_SHOP_H
#define CMD_MOCK_SHOP_H

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "env/env.h"

enum shop_service { SHOP_CUSTOMERS, SHOP_ORDERS, SHOP_TRACKING, SHOP_SERVICES };

struct mock_shop_trouble {
	int64_t latency_ms, latency_max_ms;
	double error_rate, hang_rate; /* 0 to 1 */
	bool down;
};

struct mock_shop_config {
	int ports[SHOP_SERVICES]; /* 0: any free one */
	uint64_t seed;
	struct wall now; /* what the sample dates are relative to; 0: the env's clock */
	int64_t extra;   /* generated customers beside the samples, to SHOP_EXTRA_MAX */
	const char *record; /* file that receives one JSON line an effect; NULL: none */
	/* Of all three services, until PUT /control changes one. */
	struct mock_shop_trouble trouble;
};

struct mock_shop;

/* Listens on 127.0.0.1. ERR_UNAVAILABLE when a port is taken or the record file cannot be
 * opened. */
enum err mock_shop_start(struct env *env, const struct mock_shop_config *config,
	struct mock_shop **out, struct error *e);
int mock_shop_port(const struct mock_shop *shop, enum shop_service service);
/* Writes the orders of the customer of that e-mail, newest first, as an array of
 * {"order_id","status","summary"}: what a shop's page shows. */
void mock_shop_print_orders(
	const struct mock_shop *shop, struct str email, struct jsonw *w);
/* Stops listening, drops what is unanswered, and frees. */
void mock_shop_free(struct mock_shop **shop);

/* "customers", "orders", "tracking" */
const char *shop_service_name(enum shop_service service);

#endif
