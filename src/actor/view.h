/*
 * What templates see of a turn: a JSON object with the names of pack_view_names and one
 * member a source. Values that the pack wants in words (shows) are added to copies;
 * answers themselves never change.
 */
#ifndef ACTOR_VIEW_H
#define ACTOR_VIEW_H

#include "pack/pack.h"
#include "text/calendar.h"
#include "turn/turn.h"

/* For URLs and bodies: values as they are. */
struct json *view_new(struct turn *t);
/* For texts: with the pack's shows, in the conversation's language. */
struct json *view_for_text(struct turn *t);
/* Puts the action into the view; shown values when the view is one for texts. */
void view_set_action(
	struct turn *t, struct json *view, const struct action_part *action, bool shown);
/* Index of the conversation's language in the pack. */
size_t view_language(const struct turn *t);
/* One of the variants, rendered; empty when there is no text. `key` names the draw. */
struct str view_render(struct turn *t, const struct pack_text *text, const char *key,
	const struct json *view);
/* The quick replies of a response, rendered. */
void view_quick_replies(struct turn *t, const struct pack_response *r,
	const struct json *view, struct items *out);
/* The date that an ISO time begins with, "2026-11-05T10:00:00Z", as its source gave it.
 */
bool view_date(struct str text, struct civil *out);
/* The conversation remembers what the reply asks for; of one that awaits "confirm" the
 * first quick reply is what a yes will stand for. */
void view_await(
	struct turn *t, const struct pack_response *r, const struct items *quick_replies);
/* Eight characters, made from the id of the message, that a customer can name. */
struct str view_reference(struct turn *t);

#endif
