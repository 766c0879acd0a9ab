/*
 * Digests and signatures over bytes in memory: SHA-256, SHA-1 (only where an old protocol
 * wants it), HMAC, and JSON Web Tokens of one fixed algorithm (HS256). Secrets are
 * compared with str_eq_constant_time (base/str.h).
 */
#ifndef WIRE_CRYPTO_H
#define WIRE_CRYPTO_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

#define SHA256_LEN 32
#define SHA256_HEX_LEN 64
#define SHA1_LEN 20

void sha256(struct str in, uint8_t out[SHA256_LEN]);
/* A hash of several texts, each with its length, for what stays inside: BLAKE2b costs a
 * third of SHA-256. */
#define HASH_PARTS_LEN 32
void hash_parts(const struct str *parts, size_t n, uint8_t out[HASH_PARTS_LEN]);
/* 64 lower-case digits and a NUL. */
void sha256_hex(struct str in, char out[SHA256_HEX_LEN + 1]);
void sha1(struct str in, uint8_t out[SHA1_LEN]);
void hmac_sha256(struct str key, struct str in, uint8_t out[SHA256_LEN]);
void hmac_sha256_hex(struct str key, struct str in, char out[SHA256_HEX_LEN + 1]);
void hmac_sha1(struct str key, struct str in, uint8_t out[SHA1_LEN]);
/* True when `hex` (either case) is the HMAC-SHA256 of the bytes; constant time in the
 * digest. */
bool hmac_sha256_hex_matches(struct str key, struct str in, struct str hex);

/* ECDSA P-256 over SHA-256: a DER signature, a public key as DER SubjectPublicKeyInfo
 * (SendGrid's event webhook). */
bool ecdsa_p256_verify(
	struct str public_key_der, struct str in, struct str signature_der);
/* Ed25519 (RFC 8032): 64-byte signature, 32-byte public key. */
bool ed25519_verify(struct str public_key, struct str in, struct str signature);

/* JWT (RFC 7519) signed with HMAC-SHA256. The header is always
 * {"alg":"HS256","typ":"JWT"}. The key has at least 32 bytes (required). `claims` is a
 * JSON object's text; the token is in the arena. */
struct str jwt_sign(struct arena *a, struct str key, struct str claims);
#define JWT_LEEWAY_S 60
/* Checks form, algorithm (never taken from the token: anything but HS256 is refused, and
 * a header with "crit"), signature in constant time, then exp (required), nbf and iat
 * with a leeway of JWT_LEEWAY_S. ERR_INVALID says which failed. *claims is the payload's
 * text, in the arena. */
enum err jwt_verify(struct arena *a, struct str key, struct str token, int64_t now_s,
	struct str *claims, struct error *e);

#endif
