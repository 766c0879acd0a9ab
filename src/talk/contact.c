#include "talk/contact.h"

#include "base/limits.h"

static const struct db_sql find = {
	"SELECT contact FROM address WHERE tenant = ?1 AND kind = ?2 AND hash = ?3"};
static const struct db_sql load = {
	"SELECT tenant, profile, erased_ms FROM contact WHERE id = ?1"};
static const struct db_sql load_key = {"SELECT key FROM person_key WHERE contact = ?1"};
static const struct db_sql add = {
	"INSERT INTO contact(id, tenant, profile, created_ms) VALUES(?1, ?2, ?3, ?4)"};
static const struct db_sql add_key = {
	"INSERT OR REPLACE INTO person_key(contact, key) VALUES(?1, ?2)"};
static const struct db_sql add_address = {
	"INSERT INTO address(tenant, kind, hash, contact, sealed, created_ms)"
	" SELECT ?1, ?2, ?3, ?4, ?5, ?6"
	" WHERE NOT EXISTS (SELECT 1 FROM contact WHERE id = ?4 AND erased_ms IS NOT NULL)"};
static const struct db_sql addresses = {
	"SELECT kind, sealed FROM address WHERE contact = ?1 ORDER BY created_ms, kind LIMIT ?2"};

enum err
contact_find(struct store *s, int64_t tenant, struct str kind, struct str value,
	int64_t *id, struct error *e)
{
	struct db_rows rows;
	struct lookup hash = store_lookup(s, tenant, kind, value);
	enum err r =
		db_query(s->db, &rows, &find, e, "isb", tenant, kind, LOOKUP_STR(hash));
	if (r != OK)
		return r;
	if (db_next(&rows))
		*id = db_int(&rows, 0);
	else
		r = err_set(e, ERR_NOT_FOUND, "nobody is known under this address");
	db_end(&rows);
	return r;
}

enum err
contact_key(struct store *s, int64_t id, struct person_key *out, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query_key(s->db, &rows, &load_key, e, "i", id);
	if (r != OK)
		return r;
	out->series = NULL;
	if (db_next(&rows) && db_str(&rows, 0).n == sizeof out->bytes)
		memcpy(out->bytes, db_str(&rows, 0).p, sizeof out->bytes);
	else
		r = err_set(e, ERR_CANCELED, "the person was erased");
	db_end(&rows);
	return r;
}

enum err
contact_was_erased(struct store *s, int64_t id, bool *out, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &load, e, "i", id);
	if (r != OK)
		return r;
	if (db_next(&rows))
		*out = !db_is_null(&rows, 2);
	else
		r = err_set(e, ERR_NOT_FOUND, "there is no such contact");
	db_end(&rows);
	return r;
}

static enum err
read_profile(struct arena *a, struct contact *c, struct str sealed, struct error *e)
{
	struct str text;
	struct json *profile;
	enum err r = store_unseal(a, &c->key, SEALED_PROFILE, c->id, sealed, &text, e);
	if (r == OK)
		r = json_parse(a, text, &profile, e);
	if (r != OK)
		return err_context(e, r, "contact %lld", (long long)c->id);
	c->name = json_str(json_get(profile, STR("name")), STR(""));
	c->locale = json_str(json_get(profile, STR("locale")), STR(""));
	return OK;
}

enum err
contact_load(struct store *s, struct arena *a, int64_t id, struct contact *out,
	struct error *e)
{
	struct contact c = {.id = id};
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &load, e, "i", id);
	if (r != OK)
		return r;
	if (!db_next(&rows)) {
		r = err_set(e, ERR_NOT_FOUND, "there is no such contact");
	} else {
		c.tenant = db_int(&rows, 0);
		r = contact_key(s, id, &c.key, e);
		if (r == OK)
			r = read_profile(a, &c, db_str(&rows, 1), e);
	}
	db_end(&rows);
	if (r == OK)
		*out = c;
	return r;
}

void
contact_make(struct store *s, int64_t tenant, struct contact *out)
{
	*out = (struct contact){.id = s->next_contact++, .tenant = tenant};
	env_random(s->env, out->key.bytes, sizeof out->key.bytes);
}

void
contact_add(struct store *s, struct db_tx *tx, const struct contact *c, struct wall now)
{
	struct buf text;
	struct jsonw w;
	buf_init(&text, 4096);
	jsonw_init(&w, &text);
	jsonw_object(&w);
	if (c->name.n)
		jsonw_kstr(&w, "name", c->name);
	if (c->locale.n)
		jsonw_kstr(&w, "locale", c->locale);
	jsonw_end_object(&w);
	struct str sealed =
		store_seal(s, &tx->arena, &c->key, SEALED_PROFILE, c->id, buf_str(&text));
	buf_fini(&text);
	db_add_key(tx, &add_key, "ib", c->id,
		(struct str){(const char *)c->key.bytes, sizeof c->key.bytes});
	db_add(tx, &add, "iibi", c->id, c->tenant, sealed, now.ms);
}

void
contact_add_address(struct store *s, struct db_tx *tx, const struct contact *c,
	struct str kind, struct str value, struct wall now)
{
	struct lookup hash = store_lookup(s, c->tenant, kind, value);
	struct str sealed =
		store_seal(s, &tx->arena, &c->key, SEALED_ADDRESS, c->id, value);
	db_add(tx, &add_address, "isbibi", c->tenant, kind, LOOKUP_STR(hash), c->id,
		sealed, now.ms);
}

enum err
contact_addresses(struct store *s, struct arena *a, const struct contact *c,
	struct items *out, struct error *e)
{
	struct db_rows rows;
	size_t n = 0;
	struct contact_address *list =
		ARENA_ARRAY(a, struct contact_address, CONTACT_ADDRESSES_SHOWN);
	enum err r = db_query(s->db, &rows, &addresses, e, "ii", c->id,
		(int64_t)CONTACT_ADDRESSES_SHOWN);
	if (r != OK)
		return r;
	while (r == OK && db_next(&rows)) {
		struct contact_address *one = &list[n++];
		one->kind = arena_str(a, db_str(&rows, 0));
		r = store_unseal(a, &c->key, SEALED_ADDRESS, c->id, db_str(&rows, 1),
			&one->value, e);
	}
	db_end(&rows);
	*out = (struct items){list, n};
	return r;
}
