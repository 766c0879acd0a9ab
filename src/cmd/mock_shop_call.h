/*
 * One call to a service of the demo shop, and the endpoints that answer it. An endpoint
 * reads the call, changes the store, writes one JSON value to `out`, and returns OK; or
 * returns an error before it changed anything.
 */
#ifndef CMD_MOCK_SHOP_CALL_H
#define CMD_MOCK_SHOP_CALL_H

#include "cmd/mock_shop_store.h"
#include "net/http_server.h"

struct shop_call {
	struct http_request *request;
	struct shop_store *store;
	struct arena *arena; /* the request's */
	int64_t now_ms;
	struct str id;           /* {id} of the path, decoded */
	const struct json *body; /* an object, also when none was sent */
	struct jsonw out;
	int status;        /* 200 unless the endpoint sets another */
	struct str target; /* what a changing endpoint changed, for its effect */
};

struct shop_endpoint {
	const char *action; /* name of the effect; NULL when the endpoint only reads */
	enum err (*answer)(struct shop_call *c, struct error *e);
};

/* The handler of every route of the services; the route's data is its endpoint. It
 * applies trouble, idempotency keys and the record of effects around the endpoint
 * (mock_shop.c). */
void shop_handle(struct http_request *r);

#define SHOP_READ(path_, answer_) \
	{ \
		.methods = METHOD_GET, .path = path_, .handle = shop_handle, \
		.data = &(const struct shop_endpoint) \
		{ \
			NULL, answer_ \
		} \
	}
#define SHOP_CHANGE(method_, path_, action_, answer_) \
	{ \
		.methods = method_, .path = path_, .handle = shop_handle, \
		.flags = HTTP_ROUTE_JSON, .data = &(const struct shop_endpoint) \
		{ \
			action_, answer_ \
		} \
	}

/* GET /health, GET /effects, GET and PUT /control (mock_shop.c); trouble does not touch
 * the last two. */
void shop_handle_health(struct http_request *r);
void shop_handle_effects(struct http_request *r);
void shop_handle_control(struct http_request *r);
#define SHOP_COMMON_ROUTES \
	{.methods = METHOD_GET, .path = "/health", .handle = shop_handle_health}, \
		{.methods = METHOD_GET, \
			.path = "/effects", \
			.handle = shop_handle_effects}, \
	{ \
		.methods = METHOD_GET | METHOD_PUT, .path = "/control", \
		.handle = shop_handle_control, .flags = HTTP_ROUTE_JSON \
	}

extern const struct http_route shop_customers_routes[], shop_orders_routes[],
	shop_tracking_routes[];
extern const size_t shop_customers_route_count, shop_orders_route_count,
	shop_tracking_route_count;

/* The thing that the path names, or ERR_NOT_FOUND with a text that says what is missing.
 */
enum err shop_find_customer(
	struct shop_call *c, struct shop_customer **out, struct error *e);
/* {"orders":[…],"total"} of the customer in the path; customers and orders both serve it.
 */
enum err shop_list_orders(struct shop_call *c, struct error *e);
/* Reads {"text","author"?} and adds the note; answers {"target","notes"} with 201. */
enum err shop_answer_note(struct shop_call *c, struct items *notes, struct error *e);

#endif
