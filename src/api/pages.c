/* Pages and files of the web part, and what the demo's page needs to know. */
#include "api/internal.h"

#include "wire/assets.h"
#include "wire/crypto.h"

/* The pages bring their own scripts and styles and nothing else; the chat talks to its
 * own host. */
#define CSP \
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " \
	"connect-src 'self' ws: wss:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'\r\n" \
	"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"

static bool
accepts_gzip(const struct http_request *r)
{
	struct str list = http_request_header(r, "Accept-Encoding"), one;
	while (list.n && str_split(&list, ',', &one))
		if (str_starts(str_trim(one), STR("gzip")))
			return !str_eq(str_trim(one), STR("gzip;q=0"));
	return false;
}

static void
send_asset(struct http_request *r, struct str name)
{
	const struct asset *asset = asset_find(name);
	if (!asset) {
		http_reply_error(r, 404, "this build has no such page");
		return;
	}
	bool gzip = asset->gzip.n && accepts_gzip(r);
	/* The widget's script is meant for pages of other origins. */
	struct str headers = arena_printf(r->arena,
		"ETag: %.*s\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\n"
		"Cross-Origin-Resource-Policy: cross-origin\r\n%s" CSP,
		STR_ARG(asset->etag), gzip ? "Content-Encoding: gzip\r\n" : "");
	struct str known = http_request_header(r, "If-None-Match");
	if (known.p && str_eq(known, asset->etag)) {
		http_reply(r, 304, NULL, headers, STR(""));
		return;
	}
	struct str type = arena_str(r->arena, asset->type);
	http_reply(r, 200, type.p, headers, gzip ? asset->gzip : asset->bytes);
}

static void
get_file(struct http_request *r)
{
	send_asset(r, r->path);
}

static void
get_page(struct http_request *r)
{
	send_asset(r, str_of(r->route->data));
}

static void
get_root(struct http_request *r)
{
	if (api_of(r)->config.demo)
		send_asset(r, STR("/demo.html"));
	else
		http_reply(r, 302, NULL, STR("Location: /docs\r\n"), STR(""));
}

/* ---- the demo ---- */

static void
print_customer(struct jsonw *w, const struct api *api, const struct demo_customer *c)
{
	char hash[SHA256_HEX_LEN + 1];
	hmac_sha256_hex(api->config.widget_secret, c->id, hash);
	jsonw_object(w);
	jsonw_kstr(w, "id", c->id);
	jsonw_kstr(w, "email", c->email);
	jsonw_kstr(w, "name", c->name);
	jsonw_kstr(w, "tier", c->tier);
	jsonw_kstr(w, "hash", str_of(hash));
	jsonw_key(w, STR("orders"));
	if (api->config.print_orders)
		api->config.print_orders(api->config.demo_owner, c->email, w);
	else
		jsonw_raw(w, STR("[]"));
	jsonw_end_object(w);
}

static void
get_customers(struct http_request *r)
{
	struct api *api = api_of(r);
	struct buf body;
	struct jsonw w;
	if (!api->config.demo) {
		http_reply_error(r, 404, "this is no demo");
		return;
	}
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	jsonw_karray(&w, "customers");
	for (size_t i = 0; i < api->config.customer_count; i++)
		print_customer(&w, api, &api->config.customers[i]);
	jsonw_end_array(&w);
	jsonw_kstr(&w, "widget_key", api->config.widget_key);
	jsonw_end_object(&w);
	api_reply(r, 200, &body);
}

const struct http_route page_routes[] = {
	{METHOD_GET, "/", get_root, 0, 0, NULL},
	{METHOD_GET, "/widget", get_page, 0, 0, "/chat.html"},
	{METHOD_GET, "/docs", get_page, 0, 0, "/docs.html"},
	{METHOD_GET, "/widget.js", get_file, 0, 0, NULL},
	{METHOD_GET, "/demo.js", get_file, 0, 0, NULL},
	{METHOD_GET, "/demo.css", get_file, 0, 0, NULL},
	{METHOD_GET, "/docs.js", get_file, 0, 0, NULL},
	{METHOD_GET, "/docs.css", get_file, 0, 0, NULL},
	{METHOD_GET, "/favicon.svg", get_file, 0, 0, NULL},
	{METHOD_GET, "/demo/customers.json", get_customers, 0, 0, NULL},
	{0},
};
