#include "wire/assets.h"

_Static_assert(sizeof(struct asset) == 80,
	"tools/embed writes ten words of 64 bits for each asset");

/* Written by tools/embed. */
extern const struct asset asset_table[];
extern const size_t asset_count;

const struct asset *
asset_at(size_t i)
{
	return i < asset_count ? &asset_table[i] : NULL;
}

const struct asset *
asset_find(struct str name)
{
	for (size_t i = 0; i < asset_count; i++) {
		if (str_eq(asset_table[i].name, name))
			return &asset_table[i];
	}
	return NULL;
}
