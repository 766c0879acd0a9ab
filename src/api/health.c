/* Is it alive, does it take messages, and its figures for Prometheus (text format 0.0.4).
 */
#include "api/internal.h"

static void
get_health(struct http_request *r)
{
	http_reply_json(r, 200, STR("{\"status\":\"ok\"}"));
}

static void
get_ready(struct http_request *r)
{
	struct api *api = api_of(r);
	const char *why = NULL;
	if (!api->ready)
		why = "starting or stopping";
	else if (api->store->paused)
		why = "a restored copy, paused";
	else if (!db_writable(api->store->db))
		why = "the store takes no writes";
	if (!why) {
		http_reply_json(r, 200, STR("{\"status\":\"ready\"}"));
		return;
	}
	const struct http_problem p = {
		.status = 503, .detail = str_of(why), .retry_after_s = 1};
	http_reply_problem(r, &p);
}

enum metric_type { COUNTER, GAUGE };

static void
metric(struct buf *b, enum metric_type type, const char *name, const char *help,
	int64_t value)
{
	buf_printf(b, "# HELP parley_%s %s\n# TYPE parley_%s %s\nparley_%s %lld\n", name,
		help, name, type == COUNTER ? "counter" : "gauge", name,
		(long long)value);
}

static void
engine_metrics(struct buf *b, const struct api *api)
{
	struct engine_stats s = {0};
	if (!api->engine)
		return;
	engine_get_stats(api->engine, &s);
	metric(b, COUNTER, "messages_total", "Messages taken in.", s.messages);
	metric(b, COUNTER, "messages_repeated_total",
		"Messages that had been taken in before.", s.repeated);
	metric(b, COUNTER, "turns_total", "Turns committed.", s.turns);
	metric(b, COUNTER, "turns_failed_total", "Turns that ended in the error route.",
		s.failed_turns);
	metric(b, COUNTER, "turn_conflicts_total",
		"Turns run again because the conversation moved.", s.conflicts);
	metric(b, COUNTER, "handoffs_total", "Conversations given to people.",
		s.handoffs);
	metric(b, COUNTER, "questions_total", "Questions put to the world.", s.questions);
	metric(b, COUNTER, "effects_total", "Effects written to the ledger.", s.effects);
	metric(b, COUNTER, "effects_uncertain_total", "Effects that may have happened.",
		s.uncertain);
	metric(b, COUNTER, "answer_cache_hits_total", "Answers taken from the cache.",
		s.cache_hits);
	metric(b, COUNTER, "answer_cache_misses_total", "Answers not found in the cache.",
		s.cache_misses);
	metric(b, GAUGE, "turns_running", "Turns that are live.", s.running);
	metric(b, GAUGE, "turns_waiting", "Turns that wait for an answer.", s.waiting);
	metric(b, GAUGE, "sessions", "Conversations in memory.", s.sessions);
}

static void
store_metrics(struct buf *b, const struct api *api)
{
	struct db_stats s = {0};
	db_get_stats(api->store->db, &s);
	metric(b, COUNTER, "store_commits_total", "Changes committed.", s.commits);
	metric(b, COUNTER, "store_groups_total", "Transactions that carried them.",
		s.groups);
	metric(b, COUNTER, "store_failures_total", "Changes that could not be committed.",
		s.failures);
	metric(b, COUNTER, "store_fsync_microseconds_total", "Time in COMMIT.",
		s.fsync_us_total);
	metric(b, GAUGE, "store_queue", "Changes that wait for the committer.", s.queued);
	metric(b, GAUGE, "store_bytes", "Size of the data file.", s.file_bytes);
	metric(b, GAUGE, "store_wal_bytes", "Size of the write-ahead log.", s.wal_bytes);
	metric(b, GAUGE, "store_full", "1 when there is no room.", s.full);
}

static void
server_metrics(struct buf *b, const struct api *api)
{
	struct http_server_stats s;
	struct webchat_stats c;
	http_server_get_stats(api->server, &s);
	webchat_get_stats(api->webchat, &c);
	metric(b, GAUGE, "http_connections", "Open connections.", s.connections);
	metric(b, GAUGE, "websockets", "Open WebSockets.", s.websockets);
	metric(b, GAUGE, "http_streams", "Open event streams.", s.streams);
	metric(b, COUNTER, "http_accepted_total", "Connections accepted.", s.accepted);
	metric(b, COUNTER, "http_refused_total", "Connections refused by a limit.",
		s.refused);
	metric(b, COUNTER, "http_malformed_total",
		"Requests refused before a handler saw them.", s.errors);
	metric(b, COUNTER, "http_turned_away_total",
		"Requests refused because too many were ready at once.", s.turned_away);
	metric(b, COUNTER, "http_timeouts_total", "Connections closed for being slow.",
		s.timeouts);
	metric(b, GAUGE, "webchat_connections", "Open web chats.", c.connections);
	metric(b, COUNTER, "webchat_sessions_total", "Web chat sessions opened.",
		c.sessions);
	metric(b, COUNTER, "webchat_frames_in_total", "Frames from web chat clients.",
		c.frames_in);
	metric(b, COUNTER, "webchat_frames_out_total", "Frames to web chat clients.",
		c.frames_out);
	metric(b, COUNTER, "webchat_refused_total", "Frames that were refused.",
		c.refused);
	buf_printf(b,
		"# HELP parley_http_requests_total Requests answered, by status.\n"
		"# TYPE parley_http_requests_total counter\n");
	for (int i = 1; i <= 5; i++)
		buf_printf(b, "parley_http_requests_total{status=\"%dxx\"} %lld\n", i,
			(long long)api->answered[i]);
}

static void
get_metrics(struct http_request *r)
{
	const struct api *api = api_of(r);
	struct buf b;
	buf_init(&b, API_BODY_MAX);
	metric(&b, GAUGE, "start_time_seconds", "When this process started.",
		api->started.ms / 1000);
	engine_metrics(&b, api);
	store_metrics(&b, api);
	server_metrics(&b, api);
	http_reply(
		r, 200, "text/plain; version=0.0.4; charset=utf-8", STR(""), buf_str(&b));
	buf_fini(&b);
}

const struct http_route health_routes[] = {
	{METHOD_GET, "/health", get_health, 0, 0, NULL},
	{METHOD_GET, "/health/ready", get_ready, 0, 0, NULL},
	{METHOD_GET, "/metrics", get_metrics, 0, 0, NULL},
	{0},
};
