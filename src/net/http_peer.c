#include "net/http_connection.h"

/* One element of X-Forwarded-For: an address, perhaps with brackets and a port. */
static bool
forwarded_address(struct str text, struct ip *out)
{
	text = str_trim(text);
	if (text.n && text.p[0] == '[') {
		ptrdiff_t end = str_find_char(text, ']');
		return end > 0 && ip_parse(str_sub(text, 1, (size_t)end), out);
	}
	if (ip_parse(text, out))
		return true;
	ptrdiff_t colon = str_find_char(text, ':');
	return colon > 0 && ip_parse(str_sub(text, 0, (size_t)colon), out);
}

bool
http_peer_is_proxy(const struct http_server *s, const struct ip *peer)
{
	for (size_t i = 0; i < s->config.proxy_count; i++)
		if (cidr_contains(&s->config.proxies[i], peer))
			return true;
	return false;
}

/* Takes the last element off a list. */
static struct str
last_of(struct str *list)
{
	size_t at = list->n;
	while (at > 0 && list->p[at - 1] != ',')
		at--;
	struct str last = str_sub(*list, at, list->n);
	*list = str_sub(*list, 0, at ? at - 1 : 0);
	return last;
}

void
http_peer_find(struct http_exchange *x)
{
	struct ip next;
	for (size_t i = x->r.header_count; i-- > 0;) {
		if (!str_eq_nocase(x->r.headers[i].name, STR("X-Forwarded-For")))
			continue;
		struct str list = x->r.headers[i].value;
		while (list.n) {
			if (!http_peer_is_proxy(x->server, &x->r.peer) ||
				!forwarded_address(last_of(&list), &next))
				return;
			x->r.peer = next;
		}
	}
}
