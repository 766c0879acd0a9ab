#include "wire/crypto.h"

#include "base/json.h"
#include "wire/base64.h"

#include <endian.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <sodium.h>

static const unsigned char *
bytes_of(struct str s)
{
	return (const unsigned char *)(s.p ? s.p : "");
}

static void
to_hex(const uint8_t *in, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[in[i] >> 4];
		*out++ = digits[in[i] & 15];
	}
	*out = '\0';
}

void
sha256(struct str in, uint8_t out[SHA256_LEN])
{
	crypto_hash_sha256(out, bytes_of(in), in.n);
}

void
hash_parts(const struct str *parts, size_t n, uint8_t out[HASH_PARTS_LEN])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, HASH_PARTS_LEN);
	for (size_t i = 0; i < n; i++) {
		/* The length keeps "ab", "c" apart from "a", "bc". */
		uint64_t length = htole64(parts[i].n);
		crypto_generichash_update(
			&state, (const unsigned char *)&length, sizeof(length));
		crypto_generichash_update(&state, bytes_of(parts[i]), parts[i].n);
	}
	crypto_generichash_final(&state, out, HASH_PARTS_LEN);
}

void
sha256_hex(struct str in, char out[SHA256_HEX_LEN + 1])
{
	uint8_t digest[SHA256_LEN];

	sha256(in, digest);
	to_hex(digest, sizeof(digest), out);
}

void
sha1(struct str in, uint8_t out[SHA1_LEN])
{
	require(SHA1(bytes_of(in), in.n, out));
}

void
hmac_sha256(struct str key, struct str in, uint8_t out[SHA256_LEN])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, bytes_of(key), key.n);
	crypto_auth_hmacsha256_update(&state, bytes_of(in), in.n);
	crypto_auth_hmacsha256_final(&state, out);
	explicit_bzero(&state, sizeof(state));
}

void
hmac_sha256_hex(struct str key, struct str in, char out[SHA256_HEX_LEN + 1])
{
	uint8_t digest[SHA256_LEN];

	hmac_sha256(key, in, digest);
	to_hex(digest, sizeof(digest), out);
}

void
hmac_sha1(struct str key, struct str in, uint8_t out[SHA1_LEN])
{
	unsigned n = SHA1_LEN;

	require(HMAC(EVP_sha1(), bytes_of(key), (int)key.n, bytes_of(in), in.n, out, &n));
}

bool
hmac_sha256_hex_matches(struct str key, struct str in, struct str hex)
{
	uint8_t digest[SHA256_LEN];
	struct buf said;

	buf_init(&said, SHA256_LEN);
	hmac_sha256(key, in, digest);
	bool same = hex.n == SHA256_HEX_LEN && hex_decode(&said, hex) &&
		str_eq_constant_time(buf_str(&said),
			(struct str){(const char *)digest, sizeof(digest)});
	buf_fini(&said);
	return same;
}

bool
ecdsa_p256_verify(struct str public_key_der, struct str in, struct str signature_der)
{
	const unsigned char *p = bytes_of(public_key_der);
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)public_key_der.n);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char curve[32];
	size_t n = 0;

	require(context);
	bool good = key && EVP_PKEY_is_a(key, "EC") &&
		EVP_PKEY_get_group_name(key, curve, sizeof(curve), &n) == 1 &&
		str_eq((struct str){curve, n}, STR("prime256v1")) &&
		EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		EVP_DigestVerify(context, bytes_of(signature_der), signature_der.n,
			bytes_of(in), in.n) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return good;
}

bool
ed25519_verify(struct str public_key, struct str in, struct str signature)
{
	if (public_key.n != crypto_sign_PUBLICKEYBYTES ||
		signature.n != crypto_sign_BYTES)
		return false;
	return crypto_sign_verify_detached(bytes_of(signature), bytes_of(in), in.n,
		       bytes_of(public_key)) == 0;
}

/* ---- JSON Web Tokens ---- */

#define JWT_MAX (8u << 10)
#define JWT_KEY_MIN 32

struct str
jwt_sign(struct arena *a, struct str key, struct str claims)
{
	struct buf out;
	uint8_t digest[SHA256_LEN];

	require(key.n >= JWT_KEY_MIN);
	buf_init(&out, JWT_MAX);
	base64url_encode(&out, STR("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"));
	buf_add_char(&out, '.');
	base64url_encode(&out, claims);
	hmac_sha256(key, buf_str(&out), digest);
	buf_add_char(&out, '.');
	base64url_encode(&out, (struct str){(const char *)digest, sizeof(digest)});
	require(!buf_over(&out));
	struct str token = arena_str(a, buf_str(&out));
	buf_fini(&out);
	return token;
}

static bool
part_decode(struct arena *a, struct str in, struct str *out)
{
	struct buf b;

	buf_init(&b, JWT_MAX);
	bool good = base64url_decode(&b, in);
	if (good)
		*out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return good;
}

/* The header must name our algorithm and nothing that we would have to understand. */
static bool
header_accepted(struct arena *a, struct str part)
{
	struct str text;
	struct json *header;

	if (!part_decode(a, part, &text) || json_parse(a, text, &header, NULL) != OK)
		return false;
	return str_eq(json_str(json_get(header, STR("alg")), (struct str){0}),
		       STR("HS256")) &&
		!json_get(header, STR("crit"));
}

/* A time claim; `fallback` when it is not there, and false when it is no number. */
static bool
claim_time(const struct json *claims, struct str name, double fallback, double *out)
{
	const struct json *v = json_get(claims, name);

	if (v && v->type != JSON_INT && v->type != JSON_DOUBLE)
		return false;
	*out = json_double(v, fallback);
	return true;
}

static enum err
times_check(const struct json *claims, int64_t now_s, struct error *e)
{
	double exp, nbf, iat, now = (double)now_s;

	if (!json_get(claims, STR("exp")) || !claim_time(claims, STR("exp"), 0, &exp))
		return err_set(e, ERR_INVALID, "token: no time of expiry");
	if (!claim_time(claims, STR("nbf"), now, &nbf) ||
		!claim_time(claims, STR("iat"), now, &iat))
		return err_set(e, ERR_INVALID, "token: a time that is no number");
	if (now >= exp + JWT_LEEWAY_S)
		return err_set(e, ERR_INVALID, "token: expired");
	if (now < nbf - JWT_LEEWAY_S || now < iat - JWT_LEEWAY_S)
		return err_set(e, ERR_INVALID, "token: not valid yet");
	return OK;
}

enum err
jwt_verify(struct arena *a, struct str key, struct str token, int64_t now_s,
	struct str *claims, struct error *e)
{
	struct str rest = token, header, payload, signature, text;
	uint8_t digest[SHA256_LEN];
	struct json *tree;

	require(key.n >= JWT_KEY_MIN);
	if (token.n > JWT_MAX || !str_split(&rest, '.', &header) ||
		!str_split(&rest, '.', &payload) || !str_split(&rest, '.', &signature) ||
		rest.p)
		return err_set(e, ERR_INVALID, "token: not of three parts");
	hmac_sha256(key, (struct str){token.p, header.n + 1 + payload.n}, digest);
	if (!part_decode(a, signature, &text) ||
		!str_eq_constant_time(
			text, (struct str){(const char *)digest, sizeof(digest)}))
		return err_set(e, ERR_INVALID, "token: wrong signature");
	if (!header_accepted(a, header))
		return err_set(e, ERR_INVALID, "token: its algorithm is not accepted");
	if (!part_decode(a, payload, &text) || json_parse(a, text, &tree, NULL) != OK ||
		tree->type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "token: its claims are no JSON object");
	enum err err = times_check(tree, now_s, e);
	if (err)
		return err;
	*claims = text;
	return OK;
}
