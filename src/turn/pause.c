#include "turn/pause.h"

#include "pack/pack.h"
#include "text/tokens.h"

/* A text of this many bytes is most likely all there is. */
#define LONG_TEXT 80

static bool
ends_sentence(struct str text)
{
	text = str_trim(text);
	if (text.n == 0)
		return false;
	char last = text.p[text.n - 1];
	if (last == '.' && text.n >= 2 && text.p[text.n - 2] == '.')
		return false; /* an ellipsis promises more */
	return last == '?' || last == '!' || last == '.';
}

/* The pack's own rules know a request when they see one. */
static bool
is_request(const struct pack *pack, struct str text)
{
	struct arena a;
	struct tokens tokens;
	struct intent intent;
	arena_init(&a, 0);
	tokens_read(&a, text, &tokens);
	intent_read(pack_nlu(pack)->classifier, &a, &tokens, &intent);
	bool sure = intent.n > 0 && !intent.out_of_scope &&
		intent.ranked[0].confidence >= 0.6;
	arena_fini(&a);
	return sure;
}

int64_t
pause_ms(const struct pack *pack, struct str text)
{
	const struct pack_pace *pace = &pack_about(pack)->pace;
	int64_t range = pace->coalesce_max_ms - pace->coalesce_min_ms;
	if (pace->coalesce_max_ms <= 0 || ends_sentence(text) || is_request(pack, text))
		return 0;
	if (text.n >= LONG_TEXT || range <= 0)
		return pace->coalesce_min_ms;
	return pace->coalesce_min_ms + range * (int64_t)(LONG_TEXT - text.n) / LONG_TEXT;
}
