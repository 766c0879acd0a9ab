/* Any bytes read through a table with every type of field: an error with a reason, or a
 * struct that is written and read back to the same text. */
#include "base/err.h"
#include "base/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct node {
	struct str name;
	bool on;
	int64_t number;
	double weight;
	int kind;
	int64_t wait;
	struct node *inner;
	struct items list, map, words, scores;
	const struct json *any;
	int line;
};

static const char *const kinds[] = {"one", "two", NULL};
static const struct schema node_schema;

static const struct field node_fields[] = {
	FIELD(struct node, name, SCHEMA_STR, .max = 32),
	FIELD(struct node, on, SCHEMA_BOOL, .fallback = "true"),
	FIELD(struct node, number, SCHEMA_INT, .min = -1000, .max = 1000,
		.fallback = "7"),
	FIELD(struct node, weight, SCHEMA_DOUBLE),
	FIELD(struct node, kind, SCHEMA_ENUM, .names = kinds),
	FIELD(struct node, wait, SCHEMA_DURATION),
	FIELD(struct node, inner, SCHEMA_OPTIONAL, .of = &node_schema),
	FIELD(struct node, list, SCHEMA_LIST, .of = &node_schema),
	FIELD(struct node, map, SCHEMA_MAP, .of = &node_schema),
	FIELD(struct node, words, SCHEMA_STRS, .max = 8),
	FIELD(struct node, scores, SCHEMA_DOUBLES),
	FIELD(struct node, any, SCHEMA_JSON),
};

static const struct schema node_schema = SCHEMA("node", struct node, node_fields,
	"all there is", .line_offset = offsetof(struct node, line));

static struct str
write_node(struct arena *a, const struct node *n)
{
	struct buf b;
	struct jsonw w;

	buf_init(&b, SIZE_MAX / 4);
	jsonw_init(&w, &b);
	schema_write(&node_schema, n, &w);
	struct str text = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct node n, back;
	struct error e = {0};

	arena_init(&a, 0);
	if (schema_read_text(&node_schema, &a, (struct str){(const char *)data, size}, &n,
		    &e) == OK) {
		struct str text = write_node(&a, &n);
		require(schema_read_text(&node_schema, &a, text, &back, &e) == OK);
		require(str_eq(write_node(&a, &back), text));
	} else {
		require(e.kind == ERR_INVALID && e.text[0] && e.line > 0);
	}
	arena_fini(&a);
	return 0;
}
