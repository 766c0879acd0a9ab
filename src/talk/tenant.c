#include "talk/tenant.h"

#include "talk/access_cache.h"
#include "wire/base64.h"
#include "wire/crypto.h"

static const struct db_sql find = {"SELECT id FROM tenant WHERE name = ?1"};
static const struct db_sql last = {"SELECT coalesce(max(id), 0) FROM tenant"};
static const struct db_sql add = {
	"INSERT INTO tenant(id, name, created_ms) VALUES(?1, ?2, ?3)"};
static const struct db_sql add_access = {
	"INSERT INTO access_key(hash, tenant, kind, name, origins, secret, created_ms)"
	" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"};
static const struct db_sql find_access = {
	"SELECT tenant, kind, name, origins, secret FROM access_key WHERE hash = ?1 AND revoked_ms IS NULL"};

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

void
access_add(struct db_tx *tx, struct str key, const struct access *access, struct wall now)
{
	uint8_t hash[SHA256_LEN];
	sha256(key, hash);
	db_add(tx, &add_access, "bisssBi", (struct str){(const char *)hash, sizeof hash},
		access->tenant, access->kind == ACCESS_API ? STR("api") : STR("widget"),
		access->name, access->origins, access->secret, now.ms);
}

static enum err
read_access(struct store *s, struct arena *a, struct str key, struct access *out,
	struct error *e)
{
	uint8_t hash[SHA256_LEN];
	struct db_rows rows;
	sha256(key, hash);
	enum err r = db_query(s->db, &rows, &find_access, e, "b",
		(struct str){(const char *)hash, sizeof hash});
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
