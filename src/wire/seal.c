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

void
seal_add(struct buf *out, const unsigned char key[SEAL_KEY_SIZE],
	const unsigned char nonce[SEAL_NONCE_SIZE], struct str aad, struct str plain)
{
	size_t size = SEAL_OVERHEAD + plain.n;
	char *p = buf_reserve(out, size);
	if (!p)
		return;
	seal_ready();
	p[0] = SEAL_XCHACHA20;
	memcpy(p + 1, nonce, SEAL_NONCE_SIZE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		(unsigned char *)p + 1 + SEAL_NONCE_SIZE, NULL, bytes(plain), plain.n,
		bytes(aad), aad.n, NULL, nonce, key);
	out->n += size;
	out->p[out->n] = '\0';
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
