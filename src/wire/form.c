#include "wire/form.h"

#include "wire/url.h"

bool
form_next(struct arena *a, struct str *rest, struct str *name, struct str *value,
	bool *broken)
{
	struct str pair, key, decoded_name, decoded_value;

	*broken = false;
	do {
		if (!str_split(rest, '&', &pair))
			return false;
	} while (pair.n == 0);
	ptrdiff_t equals = str_find_char(pair, '=');
	key = equals < 0 ? pair : str_sub(pair, 0, (size_t)equals);
	struct str text = equals < 0 ? (struct str){"", 0}
				     : str_sub(pair, (size_t)equals + 1, pair.n);
	if (!url_decode(a, key, true, &decoded_name) ||
		!url_decode(a, text, true, &decoded_value)) {
		*broken = true;
		return false;
	}
	*name = decoded_name;
	*value = decoded_value;
	return true;
}

struct str
form_get(struct arena *a, struct str form, struct str name)
{
	struct str key, value;
	bool broken;

	while (form_next(a, &form, &key, &value, &broken))
		if (str_eq(key, name))
			return value.p ? value : (struct str){"", 0};
	return (struct str){0};
}

void
form_add(struct buf *out, struct str name, struct str value)
{
	if (out->n)
		buf_add_char(out, '&');
	url_encode(out, name);
	buf_add_char(out, '=');
	url_encode(out, value);
}
