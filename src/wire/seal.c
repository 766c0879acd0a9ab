#include "wire/seal.h"

#include <sodium.h>

#define SEAL_XCHACHA20 1
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(SEAL_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(SEAL_OVERHEAD == 1 + SEAL_NONCE_SIZE + TAG_SIZE, "overhead");

/* Chooses the code for this processor once; later calls cost some nanoseconds. */
static void
seal_ready(void)
{
	require(sodium_init() >= 0);
}

static const unsigned char *
bytes(struct str s)
{
	return (const unsigned char *)s.p;
}

/* What stands before the enciphered text; returns where that goes. */
static unsigned char *
put_head(char *out, const unsigned char nonce[SEAL_NONCE_SIZE])
{
	seal_ready();
	out[0] = SEAL_XCHACHA20;
	memcpy(out + 1, nonce, SEAL_NONCE_SIZE);
	return (unsigned char *)out + 1 + SEAL_NONCE_SIZE;
}

void
seal_write(const unsigned char key[SEAL_KEY_SIZE],
	const unsigned char nonce[SEAL_NONCE_SIZE], struct str aad, struct str plain,
	char *out)
{
	crypto_aead_xchacha20poly1305_ietf_encrypt(put_head(out, nonce), NULL,
		bytes(plain), plain.n, bytes(aad), aad.n, NULL, nonce, key);
}

void
seal_series_init(struct seal_series *series, const unsigned char key[SEAL_KEY_SIZE],
	const unsigned char nonce[SEAL_SERIES_NONCE_SIZE])
{
	seal_ready();
	*series = (struct seal_series){0};
	memcpy(series->nonce, nonce, SEAL_SERIES_NONCE_SIZE);
	crypto_core_hchacha20(series->key, nonce, key, NULL);
}

/* XChaCha20-Poly1305 from its second step on: ChaCha20-Poly1305 under the derived key, whose
 * nonce is four zero bytes and the last eight. */
void
seal_series_write(struct seal_series *series, struct str aad, struct str plain, char *out)
{
	unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {0};
	uint64_t n = series->count++;
	for (size_t i = SEAL_SERIES_NONCE_SIZE; i < SEAL_NONCE_SIZE; i++, n >>= 8)
		series->nonce[i] = (unsigned char)n;
	memcpy(nonce + 4, series->nonce + SEAL_SERIES_NONCE_SIZE, 8);
	crypto_aead_chacha20poly1305_ietf_encrypt(put_head(out, series->nonce), NULL,
		bytes(plain), plain.n, bytes(aad), aad.n, NULL, nonce, series->key);
}

enum err
seal_open(struct arena *a, const unsigned char key[SEAL_KEY_SIZE], struct str aad,
	struct str sealed, struct str *plain, struct error *e)
{
	if (sealed.n < SEAL_OVERHEAD)
		return err_set(e, ERR_INVALID, "sealed value: cut short");
	if (sealed.p[0] != SEAL_XCHACHA20)
		return err_set(e, ERR_INVALID, "sealed value: unknown format %d",
			(unsigned char)sealed.p[0]);
	seal_ready();
	const unsigned char *nonce = bytes(sealed) + 1;
	size_t n = sealed.n - SEAL_OVERHEAD;
	unsigned char *out = arena_alloc(a, n + 1);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL,
		    nonce + SEAL_NONCE_SIZE, n + TAG_SIZE, bytes(aad), aad.n, nonce,
		    key) != 0)
		return err_set(e, ERR_INVALID,
			"sealed value: wrong key, or changed since it was sealed");
	out[n] = '\0';
	*plain = (struct str){(char *)out, n};
	return OK;
}

void
seal_lookup(const unsigned char key[SEAL_KEY_SIZE], struct str value,
	unsigned char out[SEAL_LOOKUP_SIZE])
{
	seal_ready();
	crypto_generichash(
		out, SEAL_LOOKUP_SIZE, bytes(value), value.n, key, SEAL_KEY_SIZE);
}

void
seal_lookup_parts(const unsigned char key[SEAL_KEY_SIZE], const struct str *parts,
	size_t n, unsigned char out[SEAL_LOOKUP_SIZE])
{
	crypto_generichash_state state;
	seal_ready();
	crypto_generichash_init(&state, key, SEAL_KEY_SIZE, SEAL_LOOKUP_SIZE);
	for (size_t i = 0; i < n; i++) {
		uint64_t length = parts[i].n;
		crypto_generichash_update(
			&state, (const unsigned char *)&length, sizeof length);
		if (length)
			crypto_generichash_update(&state, bytes(parts[i]), parts[i].n);
	}
	crypto_generichash_final(&state, out, SEAL_LOOKUP_SIZE);
}
