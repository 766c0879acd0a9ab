#include "text/model.h"

#include "base/limits.h"
#include "text/exact.h"
#include "text/model_format.h"
#include "text/rows.h"
#include "text/tagger.h"
#include "text/vector.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OOS_WEIGHT 3 /* of p(oos) beside the entropy */

struct model {
	const struct model_header *h;
	struct vector_space space;
	const float *scale;
	const int8_t *rows;
	const float *bias;
	const float *embed_scale;
	const int8_t *embed;
	const float *hidden_bias;
	const float *output;
	const float *output_bias;
	struct tagger *tagger;
	struct str *names;
	size_t mapped; /* bytes to unmap; 0 when the caller owns them */
};

uint64_t
model_checksum(const void *p, size_t n)
{
	const unsigned char *b = p;
	uint64_t h = n * UINT64_C(0x9e3779b97f4a7c15);
	for (; n >= 8; b += 8, n -= 8) {
		uint64_t word;
		memcpy(&word, b, 8);
		h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 32;
	}
	for (; n; b++, n--)
		h = (h ^ *b) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

static const void *
model_section(const struct model *m, enum model_section_id id)
{
	return (const char *)m->h + m->h->section[id].at;
}

static bool
header_plausible(const struct model_header *h)
{
	return h->classes >= 1 && h->classes <= MODEL_CLASSES_MAX &&
		h->lanes % MODEL_LANES == 0 && h->lanes >= h->classes &&
		h->lanes < h->classes + MODEL_LANES && h->features <= 1u << 26 &&
		h->index_bits >= 1 && h->index_bits <= 20 && h->hidden <= 1024 &&
		h->hidden % MODEL_LANES == 0 && h->oos >= -1 &&
		h->oos < (int32_t)h->classes && h->pairs <= 1;
}

static bool
header_numbers_sane(const struct model_header *h)
{
	bool sane = isfinite(h->temperature) && h->temperature > 0 &&
		isfinite(h->threshold) && isfinite(h->oos_lead) && h->oos_lead >= 1 &&
		isfinite(h->unit) && h->unit > 0 && isfinite(h->mix) && h->mix >= 0 &&
		h->mix <= 1 && isfinite(h->second_temperature) &&
		h->second_temperature > 0;
	for (int b = 0; b < BLOCKS; b++)
		sane = sane && h->block_weight[b] >= 0 && h->block_weight[b] <= 100;
	return sane;
}

static enum err
header_check_sections(const struct model_header *h, struct error *e)
{
	const uint64_t features = h->features, lanes = h->lanes, hidden = h->hidden;
	const uint64_t size[MODEL_SECTIONS] = {
		[SECTION_NAMES] = h->section[SECTION_NAMES].size,
		[SECTION_INDEX] = ((UINT64_C(1) << h->index_bits) + 1) * sizeof(uint32_t),
		[SECTION_KEYS] = features * sizeof(uint32_t),
		[SECTION_IDF] = features * sizeof(float),
		[SECTION_SCALE] = features * sizeof(float),
		[SECTION_ROWS] = features * lanes,
		[SECTION_BIAS] = lanes * sizeof(float),
		[SECTION_EMBED_SCALE] = hidden ? features * sizeof(float) : 0,
		[SECTION_EMBED] = features * hidden,
		[SECTION_HIDDEN_BIAS] = hidden * sizeof(float),
		[SECTION_OUTPUT] = hidden * lanes * sizeof(float),
		[SECTION_OUTPUT_BIAS] = hidden ? lanes * sizeof(float) : 0,
		[SECTION_TAGGER] = h->section[SECTION_TAGGER].size,
	};
	for (int i = 0; i < MODEL_SECTIONS; i++) {
		const struct model_section *s = &h->section[i];
		bool inside = s->at % MODEL_ALIGN == 0 && s->at <= h->file_size &&
			s->size <= h->file_size - s->at;
		if (!inside || s->size != size[i])
			return err_set(e, ERR_INVALID, "model: section %d is damaged", i);
	}
	return OK;
}

static bool
numbers_finite(const float *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(p[i]))
			return false;
	return true;
}

/* Numbers from 0 to `most`; the order of the comparison makes NaN fail. */
static bool
numbers_within(const float *p, size_t n, double most)
{
	for (size_t i = 0; i < n; i++)
		if (!((double)p[i] >= 0 && (double)p[i] <= most))
			return false;
	return true;
}

/* What a reader follows must stay inside: bucket borders, the order of keys; and no
 * number may poison a sum. */
static bool
model_content_sane(const struct model *m)
{
	const struct model_header *h = m->h;
	size_t buckets = (size_t)1 << h->index_bits;
	if (m->space.index[0] != 0 || m->space.index[buckets] != h->features)
		return false;
	for (size_t i = 0; i < buckets; i++)
		if (m->space.index[i] > m->space.index[i + 1])
			return false;
	/* An item's value is at most 1, so its factor fits 16 bits and a sum of thousands
	 * of them 32. */
	double scale = INT16_MAX / (double)h->unit * 1.001;
	return numbers_within(m->space.idf, h->features, 1000) &&
		numbers_within(m->scale, h->features, scale) &&
		numbers_within(m->embed_scale, h->hidden ? h->features : 0, scale) &&
		numbers_finite(m->bias, h->lanes) &&
		numbers_finite(m->hidden_bias, h->hidden) &&
		numbers_finite(m->output, (size_t)h->hidden * h->lanes) &&
		numbers_finite(m->output_bias, h->hidden ? h->lanes : 0);
}

static enum err
model_names(struct model *m, struct error *e)
{
	const struct model_section *s = &m->h->section[SECTION_NAMES];
	struct str rest = {model_section(m, SECTION_NAMES), s->size};
	m->names = mem_zalloc(m->h->classes * sizeof(*m->names));
	for (size_t i = 0; i < m->h->classes; i++) {
		if (!str_split(&rest, '\0', &m->names[i]) || !m->names[i].n)
			return err_set(e, ERR_INVALID, "model: a class has no name");
	}
	return OK;
}

static enum err
model_entities(struct model *m, struct error *e)
{
	const struct model_section *s = &m->h->section[SECTION_TAGGER];
	if (!s->size)
		return OK;
	return tagger_open(
		(struct str){model_section(m, SECTION_TAGGER), s->size}, &m->tagger, e);
}

static enum err
model_check(struct str bytes, struct error *e)
{
	const struct model_header *h = (const void *)bytes.p;
	if (bytes.n < sizeof(*h) || memcmp(h->magic, MODEL_MAGIC, sizeof(h->magic)) != 0)
		return err_set(e, ERR_INVALID, "not a model file");
	if (h->version != MODEL_VERSION || h->header_size != sizeof(*h))
		return err_set(e, ERR_INVALID,
			"model: version %u, this program reads %d: train it again",
			h->version, MODEL_VERSION);
	if (h->file_size != bytes.n || bytes.n > MODEL_BYTES_MAX)
		return err_set(e, ERR_INVALID, "model: %zu bytes, its header says %llu",
			bytes.n, (unsigned long long)h->file_size);
	if (h->checksum != model_checksum(bytes.p + 32, bytes.n - 32))
		return err_set(e, ERR_INVALID, "model: wrong checksum");
	if (!header_plausible(h) || !header_numbers_sane(h))
		return err_set(e, ERR_INVALID, "model: damaged header");
	return header_check_sections(h, e);
}

enum err
model_open_bytes(struct str bytes, struct model **out, struct error *e)
{
	require((uintptr_t)bytes.p % 8 == 0);
	enum err err = model_check(bytes, e);
	if (err)
		return err;
	struct model *m = mem_zalloc(sizeof(*m));
	m->h = (const void *)bytes.p;
	m->space = (struct vector_space){
		.keys = model_section(m, SECTION_KEYS),
		.index = model_section(m, SECTION_INDEX),
		.index_bits = m->h->index_bits,
		.count = m->h->features,
		.idf = model_section(m, SECTION_IDF),
		.pairs = m->h->pairs,
	};
	memcpy(m->space.block_weight, m->h->block_weight, sizeof(m->space.block_weight));
	m->scale = model_section(m, SECTION_SCALE);
	m->rows = model_section(m, SECTION_ROWS);
	m->bias = model_section(m, SECTION_BIAS);
	m->embed_scale = model_section(m, SECTION_EMBED_SCALE);
	m->embed = model_section(m, SECTION_EMBED);
	m->hidden_bias = model_section(m, SECTION_HIDDEN_BIAS);
	m->output = model_section(m, SECTION_OUTPUT);
	m->output_bias = model_section(m, SECTION_OUTPUT_BIAS);
	if (!model_content_sane(m))
		err = err_set(e, ERR_INVALID, "model: damaged content");
	if (!err)
		err = model_names(m, e);
	if (!err)
		err = model_entities(m, e);
	if (err)
		model_close(&m);
	else
		*out = m;
	return err;
}

enum err
model_open(const char *path, struct model **out, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_UNAVAILABLE,
			"%s: %s", path, strerror(errno));
	struct stat st;
	void *map = MAP_FAILED;
	bool known = fstat(fd, &st) == 0 && st.st_size > 0;
	if (known && (uint64_t)st.st_size <= MODEL_BYTES_MAX)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (known && (uint64_t)st.st_size > MODEL_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "%s: larger than %u bytes (MODEL_BYTES_MAX)",
			path, MODEL_BYTES_MAX);
	if (map == MAP_FAILED)
		return err_set(e, ERR_INVALID, "%s: empty or not a file", path);
	enum err err = model_open_bytes((struct str){map, (size_t)st.st_size}, out, e);
	if (err) {
		munmap(map, (size_t)st.st_size);
		return err_context(e, err, "%s", path);
	}
	(*out)->mapped = (size_t)st.st_size;
	/* Checking read all of it; what predictions need comes back from the system's cache. */
	madvise(map, (size_t)st.st_size, MADV_DONTNEED);
	return OK;
}

void
model_close(struct model **model)
{
	struct model *m = *model;
	if (!m)
		return;
	free(m->names);
	tagger_close(&m->tagger);
	if (m->mapped) {
		union {
			const void *in;
			void *out;
		} map = {.in = m->h}; /* munmap takes no const */
		munmap(map.out, m->mapped);
	}
	free(m);
	*model = NULL;
}

size_t
model_classes(const struct model *m)
{
	return m->h->classes;
}

struct str
model_class(const struct model *m, size_t i)
{
	require(i < m->h->classes);
	return m->names[i];
}

int
model_oos(const struct model *m)
{
	return m->h->oos;
}

uint64_t
model_source_hash(const struct model *m)
{
	return m->h->source_hash;
}

size_t
model_bytes(const struct model *m)
{
	return m->h->file_size;
}

const struct tagger *
model_tagger(const struct model *m)
{
	return m->tagger;
}

/* The sum of the vector's rows of weights. A factor that model_content_sane() let pass is
 * over 16 bits by rounding at most. */
static int32_t *
weighted(struct arena *a, const struct vector *v, const float *scale, float unit,
	const int8_t *rows, size_t lanes)
{
	struct row_factor *f = arena_alloc(a, (v->n + 1) * sizeof(*f));
	int32_t *sum = arena_alloc(a, lanes * sizeof(*sum));
	for (size_t i = 0; i < v->n; i++) {
		const struct vector_item *it = &v->p[i];
		long factor =
			lrint((double)it->value * (double)scale[it->row] * (double)unit);
		f[i] = (struct row_factor){
			it->row, (int16_t)(factor > INT16_MAX ? INT16_MAX : factor)};
	}
	rows_sum(rows, lanes, f, v->n, sum);
	return sum;
}

/* Returns the entropy: with p = e^x / sum it is ln sum - the sum of p x, one logarithm
 * instead of one for each class. */
static double
softmax(float *p, const double *margin, size_t n, double temperature)
{
	double most = margin[0], sum = 0, mean = 0;
	for (size_t c = 1; c < n; c++)
		most = margin[c] > most ? margin[c] : most;
	for (size_t c = 0; c < n; c++) {
		double x = (margin[c] - most) / temperature;
		p[c] = (float)exact_exp(x);
		sum += (double)p[c];
		mean += (double)p[c] * x;
	}
	for (size_t c = 0; c < n; c++)
		p[c] = (float)((double)p[c] / sum);
	return exact_log(sum) - mean / sum;
}

static double
predict_linear(const struct model *m, struct arena *a, const struct vector *v, float *p)
{
	const struct model_header *h = m->h;
	int32_t *sum = weighted(a, v, m->scale, h->unit, m->rows, h->lanes);
	double *margin = ARENA_ARRAY(a, double, h->lanes);
	for (size_t c = 0; c < h->classes; c++)
		margin[c] = sum[c] / (double)h->unit + (double)m->bias[c];
	return softmax(p, margin, h->classes, (double)h->temperature);
}

static void
predict_second(const struct model *m, struct arena *a, const struct vector *v, float *p)
{
	const struct model_header *h = m->h;
	int32_t *sum = weighted(a, v, m->embed_scale, h->unit, m->embed, h->hidden);
	double *margin = ARENA_ARRAY(a, double, h->lanes);
	for (size_t c = 0; c < h->classes; c++)
		margin[c] = (double)m->output_bias[c];
	for (size_t k = 0; k < h->hidden; k++) {
		double x = sum[k] / (double)h->unit + (double)m->hidden_bias[k];
		const float *row = m->output + k * h->lanes;
		for (size_t c = 0; x > 0 && c < h->classes; c++)
			margin[c] += x * (double)row[c];
	}
	softmax(p, margin, h->classes, (double)h->second_temperature);
}

/* Averages the second model's view in; p stays a distribution, whose entropy is returned.
 */
static double
predict_mix(const struct model *m, struct arena *a, const struct vector *v, float *p)
{
	float *second = ARENA_ARRAY(a, float, m->h->classes);
	predict_second(m, a, v, second);
	double entropy = 0;
	for (size_t c = 0; c < m->h->classes; c++) {
		p[c] = p[c] * (1 - m->h->mix) + second[c] * m->h->mix;
		if (p[c] > 0)
			entropy -= (double)p[c] * exact_log((double)p[c]);
	}
	return entropy;
}

void
model_predict(
	const struct model *m, struct arena *a, struct str text, struct prediction *out)
{
	const struct model_header *h = m->h;
	struct vector v;
	vector_read(&m->space, a, text, &v);
	*out = (struct prediction){.p = ARENA_ARRAY(a, float, h->classes)};
	double best = -1, entropy = predict_linear(m, a, &v, out->p);
	if (h->hidden)
		entropy = predict_mix(m, a, &v, out->p);
	for (size_t c = 0; c < h->classes; c++) {
		double p = (double)out->p[c];
		if ((int32_t)c != h->oos && p > best) {
			best = p;
			out->best = c;
		}
	}
	out->score = entropy + (h->oos >= 0 ? OOS_WEIGHT * (double)out->p[h->oos] : 0);
	/* Where intents are hard to tell apart the threshold is high; what is far likelier
	 * out of scope than any of them is out of scope still. */
	out->out_of_scope = out->score > (double)h->threshold || v.n == 0 ||
		(h->oos >= 0 && (double)out->p[h->oos] > best * (double)h->oos_lead);
}
