#include "talk/store.h"

#include "base/hash.h"
#include "env/env.h"
#include "talk/access_cache.h"
#include "talk/rows.h"
#include "talk/schema.h"

#define ID_CHARS 13

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* Four rounds of a Feistel network over 32-bit halves; its inverse runs them backwards.
 */
static uint64_t
permute(const uint64_t key[2], uint64_t v, bool back)
{
	uint32_t left = (uint32_t)(v >> 32), right = (uint32_t)v;
	for (int i = 0; i < 4; i++) {
		uint32_t in[2] = {back ? left : right, (uint32_t)(back ? 3 - i : i)};
		uint32_t mix = (uint32_t)siphash(key, in, sizeof in);
		uint32_t next_left = back ? right ^ mix : right;
		uint32_t next_right = back ? left : left ^ mix;
		left = next_left;
		right = next_right;
	}
	return (uint64_t)left << 32 | right;
}

struct str
id_print(const struct store *s, struct arena *a, enum id_kind kind, int64_t number)
{
	/* The kind takes part, so that one number has unlike ids as conversation and
	 * contact. */
	uint64_t key[2] = {s->id_key[0] ^ (uint64_t)kind, s->id_key[1]};
	uint64_t v = permute(key, (uint64_t)number, false);
	char *p = arena_alloc(a, ID_CHARS + 3);
	p[0] = (char)kind;
	p[1] = '_';
	for (int i = ID_CHARS - 1; i >= 0; i--, v >>= 5)
		p[2 + i] = alphabet[v & 31];
	p[ID_CHARS + 2] = 0;
	return (struct str){p, ID_CHARS + 2};
}

bool
id_parse(const struct store *s, enum id_kind kind, struct str text, int64_t *number)
{
	if (text.n != ID_CHARS + 2 || text.p[0] != (char)kind || text.p[1] != '_')
		return false;
	uint64_t v = 0;
	for (size_t i = 2; i < text.n; i++) {
		const char *at = text.p[i] ? strchr(alphabet, text.p[i]) : NULL;
		if (!at ||
			(i == 2 && at - alphabet > 15)) /* 13 characters hold 65 bits */
			return false;
		v = v << 5 | (uint64_t)(at - alphabet);
	}
	uint64_t key[2] = {s->id_key[0] ^ (uint64_t)kind, s->id_key[1]};
	int64_t n = (int64_t)permute(key, v, true);
	if (n <= 0)
		return false;
	*number = n;
	return true;
}

struct lookup
store_lookup(const struct store *s, int64_t tenant, struct str kind, struct str value)
{
	struct lookup out;
	struct str number = {(const char *)&tenant, sizeof tenant};
	const struct str parts[] = {number, kind, value};
	seal_lookup_parts(s->lookup_key, parts, sizeof parts / sizeof *parts, out.bytes);
	return out;
}

/* The place of a sealed value: which table and which row. */
struct place {
	int64_t table;
	int64_t row;
};

void
person_key_series(
	const struct store *s, struct person_key *key, struct seal_series *series)
{
	unsigned char nonce[SEAL_SERIES_NONCE_SIZE];
	env_random(s->env, nonce, sizeof nonce);
	seal_series_init(series, key->bytes, nonce);
	key->series = series;
}

struct str
store_seal(const struct store *s, struct arena *a, const struct person_key *key,
	enum sealed_in table, int64_t row, struct str plain)
{
	const struct place place = {table, row};
	const struct str aad = {(const char *)&place, sizeof place};
	struct str sealed = {
		arena_alloc(a, plain.n + SEAL_OVERHEAD), plain.n + SEAL_OVERHEAD};
	char *out = (char *)(uintptr_t)sealed.p;
	if (key->series) {
		seal_series_write(key->series, aad, plain, out);
	} else {
		unsigned char nonce[SEAL_NONCE_SIZE];
		env_random(s->env, nonce, sizeof nonce);
		seal_write(key->bytes, nonce, aad, plain, out);
	}
	return sealed;
}

enum err
store_unseal(struct arena *a, const struct person_key *key, enum sealed_in table,
	int64_t row, struct str sealed, struct str *plain, struct error *e)
{
	const struct place place = {table, row};
	return seal_open(a, key->bytes, (struct str){(const char *)&place, sizeof place},
		sealed, plain, e);
}

static const struct db_sql get_secret = {
	"SELECT value FROM store_secret WHERE name = ?1"};
static const struct db_sql add_secret = {
	"INSERT INTO store_secret(name, value) VALUES(?1, ?2)"};
static const struct db_sql last_contact = {"SELECT max(id) FROM contact"};
static const struct db_sql last_conversation = {"SELECT max(id) FROM conversation"};
static const struct db_sql get_meta = {"SELECT value FROM meta WHERE key = ?1"};

static enum err
read_number(struct store *s, const struct db_sql *sql, int64_t *out, struct error *e)
{
	struct db_rows rows;
	return rows_number(&rows, db_query(s->db, &rows, sql, e, ""), out);
}

static enum err
read_secret(
	struct store *s, const char *name, unsigned char *out, size_t n, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query_key(s->db, &rows, &get_secret, e, "s", str_of(name));
	if (r != OK)
		return r;
	r = ERR_NOT_FOUND;
	if (db_next(&rows)) {
		struct str v = db_str(&rows, 0);
		if (v.n == n) {
			memcpy(out, v.p, n);
			r = OK;
		} else {
			r = err_set(e, ERR_INVALID,
				"the key store's secret \"%s\" is damaged", name);
		}
	}
	db_end(&rows);
	return r;
}

struct first_commit {
	struct db_tx tx;
	struct env *env;
};

static void
first_committed(struct db_tx *tx, enum err result)
{
	(void)result;
	struct first_commit *c = tx->owner;
	env_uv_stop(c->env);
}

struct secret {
	const char *name;
	unsigned char *p;
	size_t n;
};

static enum err
make_secrets(struct store *s, const struct secret *secrets, size_t count, struct error *e)
{
	struct first_commit c = {.env = s->env};
	db_tx_init(&c.tx);
	c.tx.owner = &c;
	for (size_t i = 0; i < count; i++) {
		env_random(s->env, secrets[i].p, secrets[i].n);
		db_add_key(&c.tx, &add_secret, "sb", str_of(secrets[i].name),
			(struct str){(const char *)secrets[i].p, secrets[i].n});
	}
	enum err r = db_submit(s->db, &c.tx, first_committed, e);
	if (r == OK) {
		env_uv_run(s->env);
		r = c.tx.result;
		if (r != OK && e)
			*e = c.tx.error;
	}
	db_tx_fini(&c.tx);
	return r;
}

static enum err
load_secrets(struct store *s, bool read_only, struct error *e)
{
	const struct secret secrets[] = {
		{"lookup", s->lookup_key, sizeof s->lookup_key},
		{"token", s->token_key, sizeof s->token_key},
		{"id", (unsigned char *)s->id_key, sizeof s->id_key},
	};
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
		enum err r =
			read_secret(s, secrets[i].name, secrets[i].p, secrets[i].n, e);
		if (r == ERR_NOT_FOUND && i == 0 && !read_only) {
			/* New keys beside old data would orphan every address. */
			if (s->next_contact > 1)
				return err_set(e, ERR_INVALID,
					"keys.db does not belong to this data: restore the "
					"backup of the keys");
			return make_secrets(
				s, secrets, sizeof secrets / sizeof *secrets, e);
		}
		if (r != OK)
			return err_context(e, r, "reading the key store");
	}
	return OK;
}

/* A store that another version of the program laid out otherwise must not be read as if it
 * were ours. */
static enum err
check_layout(struct store *s, struct str dir, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &get_meta, e, "s", STR("layout"));
	if (r != OK)
		return r;
	struct str layout = db_next(&rows) ? db_str(&rows, 0) : STR("1");
	if (!str_eq(layout, STR(TALK_LAYOUT)))
		r = err_set(e, ERR_INVALID,
			"the data folder %.*s has layout %.*s and this program reads layout " TALK_LAYOUT
			": before the first release stores are not converted; move the folder "
			"away and start with an empty one, or use the program that wrote it",
			STR_ARG(dir), STR_ARG(layout));
	db_end(&rows);
	return r;
}

static enum err
read_state(struct store *s, struct error *e)
{
	enum err r = read_number(s, &last_contact, &s->next_contact, e);
	if (r == OK)
		r = read_number(s, &last_conversation, &s->next_conversation, e);
	if (r != OK)
		return r;
	s->next_contact++;
	s->next_conversation++;
	struct db_rows rows;
	r = db_query(s->db, &rows, &get_meta, e, "s", STR("paused"));
	if (r != OK)
		return r;
	s->paused = db_next(&rows);
	db_end(&rows);
	return OK;
}

static enum err
open_store(struct env *env, struct str dir, bool read_only, struct store *out,
	struct error *e)
{
	unsigned char secret[32];
	struct store s = {.env = env};
	const struct db_config config = {
		.dir = dir,
		.read_only = read_only,
		.migrations = talk_migrations,
		.migration_count = talk_migration_count,
		.key_migrations = talk_key_migrations,
		.key_migration_count = talk_key_migration_count,
	};
	enum err r = db_open(env, &config, &s.db, e);
	if (r != OK)
		return r;
	r = check_layout(&s, dir, e);
	if (r == OK)
		r = read_state(&s, e);
	if (r == OK)
		r = load_secrets(&s, read_only, e);
	if (r != OK) {
		db_close(&s.db);
		return r;
	}
	env_random(env, secret, sizeof secret);
	s.callers = access_cache_new(secret);
	*out = s;
	return OK;
}

void
store_resume(struct db_tx *tx)
{
	static const struct db_sql sql = {"DELETE FROM meta WHERE key = 'paused'"};
	db_add(tx, &sql, "");
	db_expect(tx, 1);
}

enum err
store_open(struct env *env, struct str dir, struct store *out, struct error *e)
{
	return open_store(env, dir, false, out, e);
}

enum err
store_open_reading(struct env *env, struct str dir, struct store *out, struct error *e)
{
	return open_store(env, dir, true, out, e);
}

void
store_close(struct store *s)
{
	db_close(&s->db);
	access_cache_free(&s->callers);
	memset(s, 0, sizeof *s);
}
