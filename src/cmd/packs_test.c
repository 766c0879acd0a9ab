/* The packs that ship are complete: their intents, with examples enough, none of which is a
 * held-out message; and what the gaming pack finds. */
#include "base/map.h"
#include "cmd/command_host.h"
#include "text/train.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the first three above */
#include <cmocka.h>

#define EXAMPLES_LEAST 30

/* The ten, those that the routing rules name, and what a conversation needs. */
static const char *const ecommerce[] = {"order_inquiry", "delivery_issue",
	"product_complaint", "billing_question", "return_request", "cancellation_request",
	"account_issue", "general_inquiry", "compliment", "escalation_request",
	"refund_request", "order_modification", "shipping_change", "billing_update",
	"account_update", "technical_support", "product_compatibility", "bulk_order",
	"payment_issue", "legal_threat", "formal_complaint", "regulatory_complaint",
	"greeting", "affirm", "deny", NULL};
static const char *const gaming[] = {"account_login_problem", "password_reset_request",
	"account_recovery_request", "account_suspended_inquiry",
	"account_verification_needed", "profile_data_request", "account_deletion_request",
	"two_factor_auth_problem", "account_security_concern", "account_merge_request",
	"account_transfer_request", "account_information_update", "game_crash_report",
	"download_installation_problem", "update_error_report",
	"performance_lag_complaint", "connection_disconnect_issue",
	"loading_screen_stuck", "graphics_display_problem", "audio_sound_issue",
	"compatibility_check_request", "server_status_inquiry", "purchase_not_received",
	"payment_method_problem", "refund_request", "billing_dispute",
	"purchase_history_inquiry", "gift_purchase_issue", "subscription_management",
	"price_inquiry", "gameplay_bug_report", "feature_how_to_question",
	"game_rules_clarification", "progress_loss_report", "achievement_unlock_problem",
	"leaderboard_ranking_inquiry", "event_participation_help",
	"friend_system_problem", "guild_clan_issue", "harassment_report",
	"general_inquiry", "human_agent_request", NULL};
/* Of the lanes info, product, commerce, order and support. */
static const char *const concierge[] = {"business_hours", "location_directions",
	"general_faq", "pricing_quote", "product_info", "product_availability",
	"product_comparison", "place_order", "add_to_cart", "view_cart", "checkout",
	"order_status", "delivery_estimate", "cancel_order", "refund_return_exchange",
	"complaint", "technical_issue", "human_handoff", "greeting", NULL};

static const struct shipped {
	const char *name;
	const char *const *intents;
	const char *languages[3];
} packs[] = {
	{"ecommerce", ecommerce, {"en", "es"}},
	{"gaming", gaming, {"en"}},
	{"concierge", concierge, {"en", "es"}},
};
#define PACKS (sizeof packs / sizeof *packs)

static const struct pack *
open_pack(const char *name)
{
	static struct command_host host;
	char dir[64];
	struct pack *pack;
	struct error e;
	struct pack_options options = {.host = &host.host};
	command_host_init(&host, NULL);
	snprintf(dir, sizeof dir, "packs/%s", name);
	if (pack_load(dir, &options, &pack, NULL, &e))
		fail_msg("%s", e.text);
	return pack;
}

static size_t
count_examples(const struct pack *pack, const char *intent)
{
	size_t n, found = 0;
	const struct train_row *rows = pack_examples(pack, &n);
	for (size_t i = 0; i < n; i++)
		found += str_eq(rows[i].label, str_of(intent));
	return found;
}

static void
every_intent_has_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < PACKS; i++) {
		const struct pack *pack = open_pack(packs[i].name);
		size_t languages = 0;
		while (packs[i].languages[languages])
			languages++;
		for (const char *const *name = packs[i].intents; *name; name++) {
			size_t n = count_examples(pack, *name);
			if (n < EXAMPLES_LEAST * languages)
				fail_msg("%s: %s has %zu examples", packs[i].name, *name,
					n);
		}
		pack_unref(&pack);
	}
}

/* Words in normal form are the keys. */
static struct str
text_key(struct arena *a, struct str text)
{
	struct tokens t;
	tokens_read(a, text, &t);
	return t.norm;
}

/* Counts by intent in *held; a line that is an example too is a failure. */
static void
read_held_out(
	struct arena *a, const char *path, const struct map *examples, struct map *held)
{
	char line[4096];
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		char *tab = strchr(line, '\t');
		assert_non_null(tab);
		struct str label = {line, (size_t)(tab - line)};
		struct str text = str_trim(str_of(tab + 1));
		if (map_get(examples, text_key(a, text)))
			fail_msg("%s: \"%.*s\" is an example", path, STR_ARG(text));
		map_put(held, label, held);
	}
	fclose(f);
}

static void
check_language(const struct shipped *shipped, const char *language, struct arena *a,
	const struct map *examples)
{
	char folder[100], path[400];
	struct map held;
	int files = 0;
	map_init(&held);
	snprintf(folder, sizeof folder, "packs/%s/nlu-heldout", shipped->name);
	DIR *d = opendir(folder);
	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d));) {
		if (strncmp(entry->d_name, language, 2) != 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		read_held_out(a, path, examples, &held);
		files++;
	}
	closedir(d);
	assert_true(files > 0);
	for (const char *const *name = shipped->intents; *name; name++)
		if (!map_get(&held, str_of(*name)))
			fail_msg("%s: no held-out message of %s", folder, *name);
	map_fini(&held);
}

static void
held_out_messages_are_no_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < PACKS; i++) {
		const struct pack *pack = open_pack(packs[i].name);
		struct arena a;
		struct map examples;
		size_t n;
		arena_init(&a, 0);
		map_init(&examples);
		const struct train_row *rows = pack_examples(pack, &n);
		for (size_t k = 0; k < n; k++)
			map_put(&examples, text_key(&a, rows[k].text), &examples);
		for (size_t k = 0; packs[i].languages[k]; k++)
			check_language(&packs[i], packs[i].languages[k], &a, &examples);
		map_fini(&examples);
		arena_fini(&a);
		pack_unref(&pack);
	}
}

static void
expect_entity(
	const struct pack *pack, const char *text, const char *kind, const char *value)
{
	struct arena a;
	struct tokens t;
	struct entities found;
	struct entity_context context = {.now_ms = 1772618400000};
	arena_init(&a, 0);
	tokens_read(&a, str_of(text), &t);
	entities_read(pack_nlu(pack)->entities, &a, &t, &context, &found);
	bool is = false;
	for (size_t i = 0; i < found.n; i++)
		is |= str_eq(found.p[i].kind, str_of(kind)) &&
			(!value || str_eq_nocase(found.p[i].value, str_of(value)));
	if (!is)
		fail_msg("no %s in \"%s\"", kind, text);
	arena_fini(&a);
}

static void
the_sixteen_things_of_players(void **state)
{
	static const char *const titles[] = {"Clash of Clans", "Clash Royale",
		"Candy Crush Saga", "Pokemon GO", "Call of Duty Mobile",
		"League of Legends Wild Rift", "Brawl Stars", "Hay Day", "Boom Beach",
		"Candy Crush Soda"};
	static const char *const platforms[] = {"iOS", "Android", "PC", "Steam",
		"PlayStation", "Xbox", "Nintendo Switch"};
	static const char *const others[][2] = {
		{"error_code", "it says ERR-1042"},
		{"device_model", "on my iPhone 13 Pro"},
		{"operating_system", "with Windows 11"},
		{"account_identifier", "my tag is #8YQ2LPU0"},
		{"purchase_amount", "I paid for 500 gems"},
		{"payment_method", "paid with PayPal"},
		{"game_feature", "the battle pass is locked"},
		{"player_level", "I am level 42"},
		{"achievement_name", "Dragon Slayer did not unlock"},
		{"social_feature", "my friend list is empty"},
		{"email", "write to ann@mail.example"},
		{"phone_number", "call +1 415 555 2671"},
		{"date_time", "since yesterday"},
		{"money_amount", "you took $49.99"},
	};
	char text[200];
	(void)state;
	const struct pack *pack = open_pack("gaming");
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
		snprintf(text, sizeof text, "i cannot start %s today", titles[i]);
		expect_entity(pack, text, "game_title", titles[i]);
	}
	for (size_t i = 0; i < sizeof platforms / sizeof *platforms; i++) {
		snprintf(text, sizeof text, "it happens on %s only", platforms[i]);
		expect_entity(pack, text, "platform", NULL);
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		expect_entity(pack, others[i][1], others[i][0], NULL);
	pack_unref(&pack);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_intent_has_examples),
		cmocka_unit_test(held_out_messages_are_no_examples),
		cmocka_unit_test(the_sixteen_things_of_players),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
