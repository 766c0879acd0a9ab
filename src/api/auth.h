/*
 * Who calls. The tenant and what the caller may do come from the credential and from
 * nothing else: "Authorization: Bearer pk_…" or "X-API-Key: pk_…". Only the demo serves
 * callers without a key; then the four sample customers count as verified and everybody
 * else as a visitor.
 */
#ifndef API_AUTH_H
#define API_AUTH_H

#include "api/internal.h"

struct principal {
	int64_t tenant;
	bool keyed; /* holds an API key; false: the demo's anonymous caller */
	struct str name;
};

/* False when the caller holds no valid API key; the request is then answered with 401. */
bool auth_api(struct http_request *r, struct principal *out);
/* Answers 401. */
void auth_refuse(struct http_request *r, const char *detail);
/* The API key that the request brings, valid or not; p NULL: none. */
struct str auth_credential(const struct http_request *r);
/* True when the request brings a credential, valid or not. */
bool auth_given(const struct http_request *r);
/* Whose API key this is: ERR_NOT_FOUND for one that is not valid. */
enum err auth_key(struct api *api, struct arena *a, struct str key, struct principal *out,
	struct error *e);
/* What a caller's word about a person proves. */
enum caller_proof auth_proof(
	const struct api *api, const struct principal *p, struct str email);
/* The demo's customer of that e-mail, or NULL. */
const struct demo_customer *auth_demo_customer(const struct api *api, struct str email);

#endif
