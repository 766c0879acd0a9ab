/* GET /v1/turns/{id}: why a reply says what it says. */
#include "api/auth.h"

#include "base/limits.h"
#include "talk/schema.h"
#include "turn/report.h"

static void
get_turn(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who;
	struct buf body;
	struct error e = {0};
	int64_t id;
	if (!auth_api(r, &who))
		return;
	enum err found = ERR_NOT_FOUND;
	buf_init(&body, 2 * CAUSES_TEXT_MAX);
	if (id_parse(api->store, ID_TURN, http_request_param(r, "id"), &id))
		found = turn_report(api->store, r->arena, who.tenant,
			row_conversation(id), row_seq(id), &body, &e);
	if (found == OK) {
		api_reply(r, 200, &body);
		return;
	}
	buf_fini(&body);
	if (found == ERR_NOT_FOUND)
		http_reply_error(r, 404, "there is no such turn");
	else if (found == ERR_CANCELED)
		http_reply_error(r, 410, "the person was erased");
	else
		http_reply_err(r, &e);
}

const struct http_route turn_routes[] = {
	{METHOD_GET, "/v1/turns/{id}", get_turn, 0, 0, NULL},
	{0},
};
