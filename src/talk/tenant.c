#include "talk/tenant.h"

#include "talk/access_cache.h"
#include "wire/base64.h"
#include "wire/crypto.h"

static const struct db_sql find = {"SELECT id FROM tenant WHERE name = ?1"};
static const struct db_sql get_name = {"SELECT name FROM tenant WHERE id = ?1"};
static const struct db_sql last = {"SELECT coalesce(max(id), 0) FROM tenant"};
static const struct db_sql add = {
	"INSERT INTO tenant(id, name, created_ms) VALUES(?1, ?2, ?3)"};
static const struct db_sql add_access = {
	"INSERT INTO access_key(hash, tenant, kind, name, origins, secret, created_ms)"
	" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"};
static const struct db_sql find_access = {
	"SELECT tenant, kind, name, origins, secret FROM access_key WHERE hash = ?1 AND revoked_ms IS NULL"};
static const struct db_sql list_access = {
	"SELECT k.hash, t.name, k.tenant, k.kind, k.name, k.origins, k.created_ms, coalesce(k.revoked_ms, 0)"
	" FROM access_key k JOIN tenant t ON t.id = k.tenant ORDER BY k.created_ms, k.hash"};
static const struct db_sql revoke_access = {
	"UPDATE access_key SET revoked_ms = ?2 WHERE hash = ?1 AND revoked_ms IS NULL"};

enum err
tenant_find(struct store *s, struct str name, int64_t *id, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &find, e, "s", name);
	if (r != OK)
		return r;
	if (db_next(&rows))
		*id = db_int(&rows, 0);
	else
		r = err_set(
			e, ERR_NOT_FOUND, "there is no tenant \"%.*s\"", STR_ARG(name));
	db_end(&rows);
	return r;
}

enum err
tenant_name(
	struct store *s, struct arena *a, int64_t id, struct str *name, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &get_name, e, "i", id);
	if (r != OK)
		return r;
	if (db_next(&rows))
		*name = arena_str(a, db_str(&rows, 0));
	else
		r = err_set(e, ERR_NOT_FOUND, "there is no such tenant");
	db_end(&rows);
	return r;
}

enum err
tenant_ensure(struct store *s, struct db_tx *tx, struct str name, struct wall now,
	int64_t *id, struct error *e)
{
	enum err r = tenant_find(s, name, id, e);
	if (r != ERR_NOT_FOUND)
		return r;
	struct db_rows rows;
	r = db_query(s->db, &rows, &last, e, "");
	if (r != OK)
		return r;
	*id = db_next(&rows) ? db_int(&rows, 0) + 1 : 1;
	db_end(&rows);
	db_add(tx, &add, "isi", *id, name, now.ms);
	return OK;
}

struct str
access_new_key(struct store *s, struct arena *a, enum access_kind kind)
{
	unsigned char bits[32];
	env_random(s->env, bits, sizeof bits);
	struct buf text;
	buf_init(&text, 64);
	buf_add(&text, kind == ACCESS_API ? "pk_" : "wk_", 3);
	base64url_encode(&text, (struct str){(const char *)bits, sizeof bits});
	struct str key = arena_str(a, buf_str(&text));
	buf_fini(&text);
	return key;
}

struct access_print
access_print_of(struct str key)
{
	struct access_print print;
	_Static_assert(sizeof print.bytes == SHA256_LEN, "a key is known by its SHA-256");
	sha256(key, print.bytes);
	return print;
}

#define PRINT_STR(print) ((struct str){(const char *)(print).bytes, sizeof(print).bytes})

void
access_add(struct db_tx *tx, struct str key, const struct access *access, struct wall now)
{
	struct access_print print = access_print_of(key);
	db_add(tx, &add_access, "bisssBi", PRINT_STR(print), access->tenant,
		access->kind == ACCESS_API ? STR("api") : STR("widget"), access->name,
		access->origins, access->secret, now.ms);
}

static enum err
read_access(struct store *s, struct arena *a, struct str key, struct access *out,
	struct error *e)
{
	struct access_print print = access_print_of(key);
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &find_access, e, "b", PRINT_STR(print));
	if (r != OK)
		return r;
	if (db_next(&rows)) {
		out->tenant = db_int(&rows, 0);
		out->kind =
			str_eq(db_str(&rows, 1), STR("api")) ? ACCESS_API : ACCESS_WIDGET;
		out->name = arena_str(a, db_str(&rows, 2));
		out->origins = arena_str(a, db_str(&rows, 3));
		out->secret = arena_str(a, db_str(&rows, 4));
	} else {
		r = err_set(e, ERR_NOT_FOUND, "the key is not known here");
	}
	db_end(&rows);
	return r;
}

enum err
access_find(struct store *s, struct arena *a, struct str key, struct access *out,
	struct error *e)
{
	if (access_cache_get(s->callers, a, key, out))
		return OK;
	enum err r = read_access(s, a, key, out, e);
	if (r == OK)
		access_cache_put(s->callers, key, out);
	return r;
}

void
access_forget(struct store *s)
{
	access_cache_clear(s->callers);
}

static struct str
print_id(struct arena *a, const struct access_print *print)
{
	struct buf text;
	buf_init(&text, 64);
	buf_add_str(&text, STR("k_"));
	hex_encode(&text, str_sub(PRINT_STR(*print), 0, 8));
	struct str id = arena_str(a, buf_str(&text));
	buf_fini(&text);
	return id;
}

static void
read_row(struct arena *a, struct db_rows *rows, struct access_row *out)
{
	struct str hash = db_str(rows, 0);
	memset(out, 0, sizeof *out);
	memcpy(out->print.bytes, hash.p,
		hash.n < sizeof out->print.bytes ? hash.n : sizeof out->print.bytes);
	out->id = print_id(a, &out->print);
	out->tenant = arena_str(a, db_str(rows, 1));
	out->access.tenant = db_int(rows, 2);
	out->access.kind =
		str_eq(db_str(rows, 3), STR("api")) ? ACCESS_API : ACCESS_WIDGET;
	out->access.name = arena_str(a, db_str(rows, 4));
	out->access.origins = arena_str(a, db_str(rows, 5));
	out->created_ms = db_int(rows, 6);
	out->revoked_ms = db_int(rows, 7);
}

enum err
access_list(struct store *s, struct arena *a, struct items *out, struct error *e)
{
	struct db_rows rows;
	size_t room = 16, n = 0;
	struct access_row *list = ARENA_ARRAY(a, struct access_row, room);
	enum err r = db_query(s->db, &rows, &list_access, e, "");
	if (r != OK)
		return r;
	while (db_next(&rows)) {
		if (n == room) {
			struct access_row *more =
				ARENA_ARRAY(a, struct access_row, 2 * room);
			memcpy(more, list, n * sizeof *list);
			list = more;
			room *= 2;
		}
		read_row(a, &rows, &list[n++]);
	}
	db_end(&rows);
	*out = (struct items){list, n};
	return OK;
}

enum err
access_by_id(struct store *s, struct arena *a, struct str id, struct access_row *out,
	struct error *e)
{
	struct items all;
	enum err r = access_list(s, a, &all, e);
	if (r != OK)
		return r;
	items_each(const struct access_row, row, all) {
		if (!str_eq(row->id, id))
			continue;
		*out = *row;
		return OK;
	}
	return err_set(e, ERR_NOT_FOUND, "there is no key %.*s", STR_ARG(id));
}

void
access_revoke(struct db_tx *tx, const struct access_print *print, struct wall now)
{
	db_add(tx, &revoke_access, "bi", PRINT_STR(*print), now.ms);
	db_expect(tx, 1);
}
