/* Any bytes: refused with a reason, or a tree that prints as JSON and reads back the
 * same. */
#include "wire/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct json *tree, *back;
	struct error e = {0};

	arena_init(&a, 0);
	if (yaml_parse(&a, (struct str){(const char *)data, size}, &tree, &e) == OK) {
		require(tree->line > 0);
		require(json_parse(&a, json_print(&a, tree), &back, &e) == OK);
		require(json_eq(tree, back));
	} else {
		require((e.kind == ERR_INVALID || e.kind == ERR_LIMIT) && e.text[0]);
	}
	arena_fini(&a);
	return 0;
}
