/*
 * A pack of which one file is any bytes. The input's first line names the file
 * ("nlu/intents.yaml"); it replaces or joins those of a small pack that is whole. The pack
 * is refused with a reason, or loaded, and then it can be used.
 */
#include "actor/actors.h"
#include "pack/files.h"

#include "base/utf8.h"
#include "text/tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pack_file whole[] = {
	{STR_INIT("nlu/intents.yaml"), STR_INIT("intents: {fallback: unknown}\n")},
	{STR_INIT("pack.yaml"),
		STR_INIT(
			"name: small\n"
			"version: \"1\"\n"
			"company: Small\n"
			"languages: [{code: en, marks: [the]}, {code: es, marks: [el]}]\n"
			"variables: {url: \"http://127.0.0.1:1\"}\n")},
	{STR_INIT("policy.yaml"),
		STR_INIT(
			"routes:\n"
			"  - {name: message, steps: [intent, response], on_error: escalation}\n"
			"  - {name: verdict, steps: [response], on_error: escalation}\n")},
	{STR_INIT("responses.yaml"),
		STR_INIT("responses: [{name: all, text: hello}]\n"
			 "occasions:\n"
			 "  handoff: {name: handoff, text: wait}\n"
			 "  fallback: {name: fallback, text: sorry}\n"
			 "  offer: {name: offer, text: a person}\n"
			 "  verdict: {name: verdict, text: decided}\n")},
};
#define WHOLE (sizeof whole / sizeof *whole)

static struct str
bundle_with(struct arena *a, struct str path, struct str text)
{
	struct pack_file list[WHOLE + 1];
	struct pack_files files = {list, 0};
	bool there = false;

	for (size_t i = 0; i < WHOLE; i++) {
		bool same = str_eq(whole[i].path, path);
		/* Sorted, as a bundle is. */
		if (!there && (same || str_cmp(path, whole[i].path) < 0)) {
			list[files.n++] = (struct pack_file){path, text};
			there = true;
		}
		if (!same)
			list[files.n++] = whole[i];
	}
	if (!there)
		list[files.n++] = (struct pack_file){path, text};
	return pack_files_bundle(a, &files, NULL, 0);
}

static void
use(struct arena *a, const struct pack *p)
{
	struct pack_article article;
	struct tokens t;

	tokens_read(a, STR("Where is the order ORD-1? http://a.example"), &t);
	pack_guess_language(p, &t);
	pack_search(p, a, &t, STR("en"), &article, 1);
	pack_guard_look(p, a, STR("a word, a number 12, a link http://a.example"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size}, path;
	struct arena a;
	struct pack *loaded = NULL;
	struct error e = {0};

	/* What is no UTF-8 is refused while files are read. */
	if (!utf8_valid(text) || !str_split(&text, '\n', &path) || !path.n)
		return 0;
	arena_init(&a, 0);
	if (pack_load_bundle(
		    bundle_with(&a, path, text), &actor_pack_host, &loaded, &e) == OK)
		use(&a, loaded);
	else
		require(e.text[0]);
	const struct pack *p = loaded;
	pack_unref(&p);
	arena_fini(&a);
	return 0;
}
