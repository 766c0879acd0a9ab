#include "api/auth.h"

struct str
auth_credential(const struct http_request *r)
{
	struct str token = http_request_bearer(r);
	return token.p ? token : http_request_header(r, "X-API-Key");
}

void
auth_refuse(struct http_request *r, const char *detail)
{
	const struct http_problem p = {
		.status = 401,
		.title = "Unauthorized",
		.detail = str_of(detail),
		.headers = STR("WWW-Authenticate: Bearer\r\n"),
	};
	http_reply_problem(r, &p);
}

enum err
auth_key(struct api *api, struct arena *a, struct str key, struct principal *out,
	struct error *e)
{
	struct access access;
	enum err found = access_find(api->store, a, key, &access, e);
	if (found == OK && access.kind != ACCESS_API)
		found = err_set(e, ERR_NOT_FOUND, "the key is not an API key");
	if (found == OK)
		*out = (struct principal){
			.tenant = access.tenant, .keyed = true, .name = access.name};
	return found;
}

bool
auth_given(const struct http_request *r)
{
	return auth_credential(r).p != NULL;
}

bool
auth_api(struct http_request *r, struct principal *out)
{
	struct api *api = api_of(r);
	struct str key = auth_credential(r);
	struct error e = {0};
	if (!key.p) {
		if (!api->config.demo) {
			auth_refuse(
				r, "an API key is needed: Authorization: Bearer pk_…");
			return false;
		}
		*out = (struct principal){
			.tenant = api->config.tenant, .name = STR("demo")};
		return true;
	}
	enum err found = auth_key(api, r->arena, key, out, &e);
	if (found == OK)
		return true;
	if (found == ERR_NOT_FOUND)
		auth_refuse(r, "the API key is not valid");
	else
		http_reply_err(r, &e);
	return false;
}

const struct demo_customer *
auth_demo_customer(const struct api *api, struct str email)
{
	for (size_t i = 0; api->config.demo && i < api->config.customer_count; i++)
		if (str_eq_nocase(api->config.customers[i].email, email))
			return &api->config.customers[i];
	return NULL;
}

enum caller_proof
auth_proof(const struct api *api, const struct principal *p, struct str email)
{
	if (p->keyed)
		return PROOF_KEY;
	return auth_demo_customer(api, email) ? PROOF_DEMO : PROOF_NONE;
}
