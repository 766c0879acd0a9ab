/* Any bytes: refused with a reason, or a document that prints to text which reads back as
 * the same document. */
#include "base/err.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct json *v, *back;
	struct error e = {0};

	arena_init(&a, 0);
	if (json_parse(&a, (struct str){(const char *)data, size}, &v, &e) == OK) {
		struct str text = json_print(&a, v);
		require(json_parse(&a, text, &back, &e) == OK);
		require(json_eq(v, back));
		require(str_eq(json_print(&a, json_copy(&a, back)), text));
	} else {
		require(e.kind == ERR_INVALID && e.text[0] && e.line > 0);
	}
	arena_fini(&a);
	return 0;
}
