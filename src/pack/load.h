/*
 * Compiling a pack: what the files of this room share while a pack is made. A load goes
 * through the files in the order about, understanding, context, actions, policy,
 * responses, articles; a fault is reported and the next thing is read.
 */
#ifndef PACK_LOAD_H
#define PACK_LOAD_H

#include "base/map.h"
#include "pack/files.h"
#include "pack/pack.h"
#include "pack/source.h"

struct loader {
	struct pack *pack;
	struct arena *a; /* the pack's */
	const struct pack_host *host;
	struct pack_report *report;
	struct pack_files files;
	struct str folder;
	bool thorough;   /* somebody reads warnings: examples are looked at closely */
	struct str file; /* that is being read: its path inside the pack */
};

/* Faults of the file being read; line 0: of the file as a whole. */
void load_error(struct loader *l, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void load_warning(struct loader *l, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Opens a file as a tree. NULL: it is not there or no YAML; that is reported. */
struct json *load_tree(struct loader *l, struct str path);
/* Opens a file and reads its tree through its table. NULL: it is not there (an error when
 * it must be) or no YAML. Members with faults are reported; lists hold the elements that
 * have none. */
struct json *load_file(
	struct loader *l, struct str path, bool must, const struct schema *s, void *out);
void load_read(
	struct loader *l, const struct schema *s, const struct json *root, void *out);

/* The place of a member of a list's element that begins on `line`: its own line when it
 * is there. */
int load_line(const struct json *root, const char *list, int line, const char *member);
struct str load_place(struct loader *l, int line);

/* Compiles a rule; an empty one always holds (program NULL). `what` is the path in the
 * file: "decision[2].when". */
void load_rule(struct loader *l, struct pack_rule *rule, struct str expr, int line,
	const char *what, ...) __attribute__((format(printf, 5, 6)));
/* Compiles what can be said; NULL gives no text. */
void load_text(
	struct loader *l, const struct json *v, struct pack_text *out, const char *what);
const struct mustache *load_template(
	struct loader *l, struct str text, int line, const char *what);
const struct pack_blank *load_url(
	struct loader *l, struct str url, int line, const char *what);
const struct pack_blank *load_body(
	struct loader *l, const struct json *body, int line, const char *what);
/* Whether one of the blank's paths starts with that member. */
bool blank_names(const struct pack_blank *b, struct str root);
/* Appends the elements of `more` to *list. */
void load_join(
	struct loader *l, struct items *list, const struct items *more, size_t size);
/* An intent that the pack has from now on. */
void load_intent(struct loader *l, struct str name);
/* Indexes of intents; unknown ones are reported. Returns an array with one entry an
 * intent of the pack. */
bool *load_intents(
	struct loader *l, const struct items *names, int line, const char *what);
void load_steps(struct loader *l, const struct items *steps, int line, const char *what);

void load_nlu(struct loader *l);
void load_context(struct loader *l);
void load_actions(struct loader *l);
void load_policy(struct loader *l);
void load_responses(struct loader *l);

/* ---- the compiled pack ---- */

struct kb;
struct guard_words;

struct pack {
	unsigned refs;
	struct arena arena;
	struct pack_about about;
	struct str bundle, hash;
	struct str languages[PACK_LANGUAGES_MAX];
	size_t language_count;
	struct map marks; /* token: language index + 1 */
	struct json *variables;

	struct pack_nlu nlu;
	struct model *model; /* of its examples; NULL without them */
	const struct train_row *examples;
	size_t example_count;
	struct str *intents;
	size_t intent_count;
	struct map intent_index; /* name: index + 1 */

	struct items routes; /* struct pack_route */
	struct pack_policy policy;
	struct guard_words *guards;

	struct pack_context context;
	struct items shows; /* struct pack_show */
	struct pack_forms forms[PACK_LANGUAGES_MAX];

	struct items limits;       /* struct pack_limits */
	struct items actions;      /* struct pack_action */
	struct items *actions_for; /* by intent: struct pack_action * */

	struct items openings;       /* struct pack_response */
	struct items closings;       /* struct pack_response */
	struct items responses;      /* struct pack_response */
	struct items *responses_for; /* by intent + 1 */
	struct pack_response occasions[PACK_OCCASIONS];

	struct kb *kb;
};

/* kb.c: reads the articles of the files; NULL when there are none. */
struct kb *kb_new(struct loader *l, size_t *count);
void kb_free(struct kb **kb);
/* guard.c */
struct guard_words *guard_words_new(struct loader *l, const struct policy_source *policy);
void guard_words_free(struct guard_words **g);

#endif
