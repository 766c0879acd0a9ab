/* Vectors from RFC 6234, RFC 2202, RFC 4231, RFC 7515 A.1 and RFC 8032. */
#include "wire/crypto.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "wire/base64.h"

static void
expect_hex(const uint8_t *bytes, size_t n, const char *hex)
{
	struct buf b;

	buf_init(&b, 200);
	hex_encode(&b, (struct str){(const char *)bytes, n});
	assert_string_equal(b.p, hex);
	buf_fini(&b);
}

static void
test_digests(void **state)
{
	uint8_t d[SHA256_LEN], d1[SHA1_LEN];
	char hex[SHA256_HEX_LEN + 1];

	(void)state;
	sha256(STR("abc"), d);
	expect_hex(d, sizeof(d),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex((struct str){0}, hex);
	assert_string_equal(
		hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha1(STR("abc"), d1);
	expect_hex(d1, sizeof(d1), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

static void
test_hmac(void **state)
{
	uint8_t d1[SHA1_LEN];
	char hex[SHA256_HEX_LEN + 1], long_key[131];

	(void)state;
	hmac_sha256_hex(STR("Jefe"), STR("what do ya want for nothing?"), hex);
	assert_string_equal(
		hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(long_key, 0xaa, sizeof(long_key));
	hmac_sha256_hex((struct str){long_key, sizeof(long_key)},
		STR("Test Using Larger Than Block-Size Key - Hash Key First"), hex);
	assert_string_equal(
		hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac_sha1(STR("Jefe"), STR("what do ya want for nothing?"), d1);
	expect_hex(d1, sizeof(d1), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	assert_true(hmac_sha256_hex_matches(STR("Jefe"),
		STR("what do ya want for nothing?"),
		STR("5BDCC146BF60754E6a042426089575c75a003f089d2739839dec58b964ec3843")));
	assert_false(hmac_sha256_hex_matches(STR("Jefe"),
		STR("what do ya want for nothing?"),
		STR("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3842")));
	assert_false(hmac_sha256_hex_matches(
		STR("Jefe"), STR("what do ya want for nothing?"), STR("5bdcc146")));
	assert_false(hmac_sha256_hex_matches(STR("Jefe"), STR("x"), (struct str){0}));
}

/* RFC 7515 A.1. */
#define A1_KEY \
	"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define A1_TOKEN \
	"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." \
	"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define A1_EXP 1300819380

static void
test_jwt_vector(void **state)
{
	struct arena a;
	struct buf key;
	struct str claims;
	struct error e;

	(void)state;
	arena_init(&a, 0);
	buf_init(&key, 100);
	assert_true(base64url_decode(&key, STR(A1_KEY)));
	assert_int_equal(
		jwt_verify(&a, buf_str(&key), STR(A1_TOKEN), A1_EXP - 10, &claims, &e),
		OK);
	assert_true(str_eq(claims,
		STR("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}")));
	assert_int_equal(jwt_verify(&a, buf_str(&key), STR(A1_TOKEN),
				 A1_EXP + JWT_LEEWAY_S - 1, &claims, &e),
		OK);
	assert_int_equal(jwt_verify(&a, buf_str(&key), STR(A1_TOKEN),
				 A1_EXP + JWT_LEEWAY_S, &claims, &e),
		ERR_INVALID);
	assert_string_equal(e.text, "token: expired");
	buf_fini(&key);
	arena_fini(&a);
}

static const char key32[] = "0123456789abcdef0123456789abcdef";

/* A token with any header and claims, rightly signed. */
static struct str
forge(struct arena *a, const char *header, const char *claims)
{
	struct buf out;
	uint8_t digest[SHA256_LEN];

	buf_init(&out, 4096);
	base64url_encode(&out, str_of(header));
	buf_add_char(&out, '.');
	base64url_encode(&out, str_of(claims));
	hmac_sha256(str_of(key32), buf_str(&out), digest);
	buf_add_char(&out, '.');
	base64url_encode(&out, (struct str){(const char *)digest, sizeof(digest)});
	struct str token = arena_str(a, buf_str(&out));
	buf_fini(&out);
	return token;
}

#define HS256 "{\"alg\":\"HS256\"}"

static void
test_jwt_refusals(void **state)
{
	static const struct {
		const char *header, *claims, *error;
	} cases[] = {
		{HS256, "{\"exp\":2000}", NULL},
		{HS256, "{\"exp\":2000,\"nbf\":1060,\"iat\":1060}", NULL},
		{"{\"alg\":\"none\"}", "{\"exp\":2000}",
			"token: its algorithm is not accepted"},
		{"{\"alg\":\"hs256\"}", "{\"exp\":2000}",
			"token: its algorithm is not accepted"},
		{"{\"alg\":\"HS512\"}", "{\"exp\":2000}",
			"token: its algorithm is not accepted"},
		{"{\"alg\":\"HS256\",\"crit\":[\"x\"]}", "{\"exp\":2000}",
			"token: its algorithm is not accepted"},
		{"[]", "{\"exp\":2000}", "token: its algorithm is not accepted"},
		{HS256, "{}", "token: no time of expiry"},
		{HS256, "{\"exp\":\"2000\"}", "token: no time of expiry"},
		{HS256, "{\"exp\":2000,\"nbf\":1061}", "token: not valid yet"},
		{HS256, "{\"exp\":2000,\"iat\":1061}", "token: not valid yet"},
		{HS256, "{\"exp\":2000,\"iat\":true}", "token: a time that is no number"},
		{HS256, "[1]", "token: its claims are no JSON object"},
		{HS256, "{", "token: its claims are no JSON object"},
	};
	struct arena a;
	struct str claims;
	struct error e;

	(void)state;
	arena_init(&a, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum err err = jwt_verify(&a, str_of(key32),
			forge(&a, cases[i].header, cases[i].claims), 1000, &claims, &e);
		assert_int_equal(err, cases[i].error ? ERR_INVALID : OK);
		if (cases[i].error)
			assert_string_equal(e.text, cases[i].error);
	}
	arena_fini(&a);
}

static void
test_jwt_form(void **state)
{
	struct arena a;
	struct str claims, token;

	(void)state;
	arena_init(&a, 0);
	token = jwt_sign(&a, str_of(key32), STR("{\"sub\":\"v1\",\"exp\":2000}"));
	assert_int_equal(jwt_verify(&a, str_of(key32), token, 1000, &claims, NULL), OK);
	assert_true(str_eq(claims, STR("{\"sub\":\"v1\",\"exp\":2000}")));
	assert_int_equal(jwt_verify(&a, STR("another key, also of 32 bytes!!!!"), token,
				 1000, &claims, NULL),
		ERR_INVALID);
	/* Every prefix, and a change of every byte, is refused. */
	for (size_t n = 0; n < token.n; n++)
		assert_int_equal(jwt_verify(&a, str_of(key32), str_sub(token, 0, n), 1000,
					 &claims, NULL),
			ERR_INVALID);
	for (size_t i = 0; i < token.n; i++) {
		struct str copy = arena_str(&a, token);
		char *p = arena_alloc(&a, token.n);
		memcpy(p, copy.p, copy.n);
		p[i] = p[i] == 'A' ? 'B' : 'A';
		assert_int_equal(jwt_verify(&a, str_of(key32), (struct str){p, token.n},
					 1000, &claims, NULL),
			ERR_INVALID);
	}
	struct str longer = arena_printf(&a, "%.*s.x", STR_ARG(token));
	assert_int_equal(
		jwt_verify(&a, str_of(key32), longer, 1000, &claims, NULL), ERR_INVALID);
	assert_int_equal(jwt_verify(&a, str_of(key32), STR("..."), 1000, &claims, NULL),
		ERR_INVALID);
	arena_fini(&a);
}

static void
test_ed25519(void **state)
{
	struct buf key, signature;

	(void)state;
	buf_init(&key, 32);
	buf_init(&signature, 64);
	assert_true(hex_decode(&key,
		STR("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")));
	assert_true(hex_decode(&signature,
		STR("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")));
	assert_true(ed25519_verify(buf_str(&key), STR("\x72"), buf_str(&signature)));
	assert_false(ed25519_verify(buf_str(&key), STR("\x73"), buf_str(&signature)));
	assert_false(ed25519_verify(
		buf_str(&key), STR("\x72"), str_sub(buf_str(&signature), 0, 63)));
	buf_fini(&key);
	buf_fini(&signature);
}

/* OpenSSL signs, we verify: another curve, another text and a cut signature are refused.
 */
static void
test_ecdsa(void **state)
{
	static const char *const curves[] = {"P-256", "P-384"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		EVP_PKEY *pair = EVP_EC_gen(curves[i]);
		EVP_MD_CTX *context = EVP_MD_CTX_new();
		unsigned char signature[160], *der = NULL;
		size_t n = sizeof(signature);
		assert_int_equal(
			EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair), 1);
		assert_int_equal(EVP_DigestSign(context, signature, &n,
					 (const unsigned char *)"text", 4),
			1);
		struct str key = {NULL, (size_t)i2d_PUBKEY(pair, &der)};
		key.p = (const char *)der;
		struct str said = {(const char *)signature, n};
		assert_int_equal(ecdsa_p256_verify(key, STR("text"), said), i == 0);
		assert_false(ecdsa_p256_verify(key, STR("texu"), said));
		assert_false(
			ecdsa_p256_verify(key, STR("text"), str_sub(said, 0, n - 1)));
		assert_false(ecdsa_p256_verify(str_sub(key, 0, 20), STR("text"), said));
		OPENSSL_free(der);
		EVP_MD_CTX_free(context);
		EVP_PKEY_free(pair);
	}
}

static void
parts_are_told_apart(void **state)
{
	const struct str one[] = {STR("ab"), STR("c")}, two[] = {STR("a"), STR("bc")};
	const struct str three[] = {STR("ab"), STR("c"), STR("")};
	uint8_t a[HASH_PARTS_LEN], b[HASH_PARTS_LEN];

	(void)state;
	hash_parts(one, 2, a);
	hash_parts(one, 2, b);
	assert_memory_equal(a, b, sizeof(a));
	hash_parts(two, 2, b);
	assert_memory_not_equal(a, b, sizeof(a));
	hash_parts(three, 3, b);
	assert_memory_not_equal(a, b, sizeof(a));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_jwt_vector),
		cmocka_unit_test(test_jwt_refusals),
		cmocka_unit_test(test_jwt_form),
		cmocka_unit_test(test_ed25519),
		cmocka_unit_test(parts_are_told_apart),
		cmocka_unit_test(test_ecdsa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
