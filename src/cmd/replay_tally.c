/* Tallies of `parley replay`: counted by workers, sent as JSON, added up. */
#include "cmd/replay_worker.h"

const char *const replay_kind_names[REPLAY_KINDS] = {
	"answered", "understood", "routed", "escalated", "acted", "approval", "blocked"};

static const struct figure {
	const char *name;
	size_t offset;
} figures[] = {
	{"turns", offsetof(struct replay_tally, turns)},
	{"equal", offsetof(struct replay_tally, equal)},
	{"diverged", offsetof(struct replay_tally, diverged)},
	{"skipped", offsetof(struct replay_tally, skipped)},
	{"unreadable", offsetof(struct replay_tally, unreadable)},
	{"other_program", offsetof(struct replay_tally, other_program)},
	{"unanswered", offsetof(struct replay_tally, unanswered)},
	{"borrowed", offsetof(struct replay_tally, borrowed)},
	{"conversations", offsetof(struct replay_tally, conversations)},
	{"conversations_otherwise", offsetof(struct replay_tally, otherwise)},
	{"pieces", offsetof(struct replay_tally, pieces)},
};
#define FIGURES (sizeof figures / sizeof *figures)

static int64_t *
figure_of(struct replay_tally *t, const struct figure *f)
{
	return (int64_t *)(void *)((char *)t + f->offset);
}

static struct json *
print_kinds(struct arena *a, const int64_t *counts)
{
	struct json *o = json_new_object(a);
	for (int k = 0; k < REPLAY_KINDS; k++)
		json_set(o, str_of(replay_kind_names[k]), json_new_int(a, counts[k]));
	return o;
}

struct json *
replay_tally_print(struct arena *a, const struct replay_tally *t)
{
	struct replay_tally copy = *t;
	struct json *o = json_new_object(a), *reasons = json_new_object(a);
	for (size_t i = 0; i < FIGURES; i++)
		json_set(o, str_of(figures[i].name),
			json_new_int(a, *figure_of(&copy, &figures[i])));
	json_set(o, STR("turns_by_kind"), print_kinds(a, t->turns_by));
	json_set(o, STR("conversations_by_kind"), print_kinds(a, t->conversations_by));
	for (size_t i = 0; i < t->reason_count; i++)
		json_set(reasons, arena_str(a, str_of(t->reasons[i].text)),
			json_new_int(a, t->reasons[i].turns));
	json_set(o, STR("reasons"), reasons);
	return o;
}

static void
read_kinds(const struct json *o, int64_t *counts)
{
	for (int k = 0; k < REPLAY_KINDS; k++)
		counts[k] = json_int(json_get(o, str_of(replay_kind_names[k])), 0);
}

void
replay_tally_read(const struct json *o, struct replay_tally *t)
{
	memset(t, 0, sizeof *t);
	for (size_t i = 0; i < FIGURES; i++)
		*figure_of(t, &figures[i]) =
			json_int(json_get(o, str_of(figures[i].name)), 0);
	read_kinds(json_get(o, STR("turns_by_kind")), t->turns_by);
	read_kinds(json_get(o, STR("conversations_by_kind")), t->conversations_by);
	json_each(reason, json_get(o, STR("reasons")))
		replay_tally_reason(t, reason->key, json_int(reason, 0));
}

void
replay_tally_reason(struct replay_tally *t, struct str text, int64_t turns)
{
	size_t i = 0;
	while (i < t->reason_count && !str_eq(str_of(t->reasons[i].text), text))
		i++;
	if (i == REPLAY_REASONS_MAX) {
		i--; /* the last place is for all others */
		snprintf(t->reasons[i].text, sizeof t->reasons[i].text, "other reasons");
	} else if (i == t->reason_count) {
		snprintf(t->reasons[i].text, sizeof t->reasons[i].text, "%.*s",
			STR_ARG(text));
		t->reasons[t->reason_count++].turns = 0;
	}
	t->reasons[i].turns += turns;
}

void
replay_tally_add(struct replay_tally *all, const struct replay_tally *one)
{
	struct replay_tally copy = *one;
	for (size_t i = 0; i < FIGURES; i++)
		*figure_of(all, &figures[i]) += *figure_of(&copy, &figures[i]);
	for (int k = 0; k < REPLAY_KINDS; k++) {
		all->turns_by[k] += one->turns_by[k];
		all->conversations_by[k] += one->conversations_by[k];
	}
	for (size_t i = 0; i < one->reason_count; i++)
		replay_tally_reason(
			all, str_of(one->reasons[i].text), one->reasons[i].turns);
}
