/* Any bytes: refused, or a zone whose offsets are found for moments of every kind. */
#include "wire/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t moments[] = {INT64_MIN, -5000000000, -1, 0, 951782399,
		1767323045, 4102444800, 253402300799, INT64_MAX};
	struct str text = {(const char *)data, size};
	struct arena a;
	struct zone *zone;
	int32_t offset;

	zone_fixed(text, &offset);
	zone_name_valid(text);
	arena_init(&a, 0);
	if (zone_parse(&a, text, &zone, NULL) == OK)
		for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
			zone_offset(zone, moments[i]);
	arena_fini(&a);
	return 0;
}
