#include "text/risk.h"

#include "text/disguise.h"
#include "text/model.h"
#include "text/shipped.h"
#include "text/terms.h"

#define ABUSE_HITS_MAX 64

struct risk_reader {
	struct model *injection;
	size_t injection_class;
	struct terms terms;
	double *weight; /* of each term */
};

static void
abuse_word(struct risk_reader *r, struct str word, double weight)
{
	size_t before = r->terms.cap;
	uint32_t id = terms_add(&r->terms, word);
	if (id == TERM_NONE)
		return;
	if (r->terms.cap != before)
		r->weight = mem_realloc(r->weight, r->terms.cap * sizeof(*r->weight));
	r->weight[id] = weight;
}

static void
abuse_words(struct risk_reader *r)
{
	struct str rest = shipped_abuse_words(), line, kind, word;
	double weight;
	while (str_split(&rest, '\n', &line)) {
		if (!line.n || line.p[0] == '#' || !str_split(&line, '\t', &kind) ||
			!str_to_double(kind, &weight))
			continue;
		while (str_split(&line, ',', &word))
			abuse_word(r, str_trim(word), weight);
	}
}

enum err
risk_reader_of(struct str injection_model, struct risk_reader **out, struct error *e)
{
	struct risk_reader *r = mem_zalloc(sizeof(*r));
	terms_init(&r->terms);
	abuse_words(r);
	enum err err = terms_compile(&r->terms, e);
	if (!err)
		err = model_open_bytes(injection_model, &r->injection, e);
	if (err) {
		risk_reader_free(&r);
		return err_context(e, err, "risk");
	}
	while (r->injection_class + 1 < model_classes(r->injection) &&
		!str_eq(model_class(r->injection, r->injection_class), STR("injection")))
		r->injection_class++;
	*out = r;
	return OK;
}

enum err
risk_reader_new(struct risk_reader **out, struct error *e)
{
	return risk_reader_of(shipped_injection_model(), out, e);
}

void
risk_reader_free(struct risk_reader **reader)
{
	struct risk_reader *r = *reader;
	if (!r)
		return;
	model_close(&r->injection);
	terms_fini(&r->terms);
	free(r->weight);
	free(r);
	*reader = NULL;
}

static double
abuse_of(const struct risk_reader *r, struct arena *a, const struct tokens *t)
{
	struct term_hit *hits;
	size_t n = terms_find(&r->terms, a, t, &hits);
	double clean = 1;
	for (size_t i = 0; i < n && i < ABUSE_HITS_MAX; i++)
		clean *= 1 - r->weight[hits[i].term];
	return 1 - clean;
}

static double
injection_of(const struct risk_reader *r, struct arena *a, struct str text)
{
	struct prediction p;
	model_predict(r->injection, a, text, &p);
	return (double)p.p[r->injection_class];
}

/* A long message may hide one line of orders among many that are none: its pieces are
 * looked at too, and a piece counts when it is plainly an attack. */
#define LONG_BYTES 200
#define PIECE_LEAST 30
#define PIECES_MAX 16
#define PIECE_SURE .8

static bool
piece_ends(struct str text, size_t at)
{
	if (text.p[at] == '\n')
		return true;
	return strchr(".!?", text.p[at]) && at + 1 < text.n && text.p[at + 1] == ' ';
}

static double
injection_of_pieces(const struct risk_reader *r, struct arena *a, struct str text)
{
	double most = 0;
	size_t start = 0, pieces = 0;
	for (size_t at = 0; at < text.n && pieces < PIECES_MAX; at++) {
		if (at + 1 < text.n &&
			(at - start < PIECE_LEAST || !piece_ends(text, at)))
			continue;
		double p = injection_of(r, a, str_sub(text, start, at + 1));
		most = p > most ? p : most;
		start = at + 1;
		pieces++;
	}
	return most >= PIECE_SURE ? most : 0;
}

static void
risk_raise(const struct risk_reader *r, struct arena *a, const struct tokens *t,
	struct risk *out)
{
	double abuse = abuse_of(r, a, t), injection = injection_of(r, a, t->text);
	out->abuse = abuse > out->abuse ? abuse : out->abuse;
	out->injection = injection > out->injection ? injection : out->injection;
	if (t->text.n < LONG_BYTES)
		return;
	injection = injection_of_pieces(r, a, t->text);
	out->injection = injection > out->injection ? injection : out->injection;
}

void
risk_read(const struct risk_reader *r, struct arena *a, const struct tokens *t,
	struct risk *out)
{
	struct tokens meant;
	*out = (struct risk){0};
	if (!t->n)
		return;
	risk_raise(r, a, t, out);
	struct str lifted = disguise_lift(a, t);
	if (!lifted.n)
		return;
	tokens_read(a, lifted, &meant);
	risk_raise(r, a, &meant, out);
}
