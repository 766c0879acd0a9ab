/*
 * Sealing: a person's text at rest can be read only with that person's key, so destroying
 * the key erases the text from the live file and from every backup.
 *
 * A sealed value is
 *	1 byte   format: 1 is XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha)
 *	24 bytes nonce
 *	n bytes  the text, enciphered
 *	16 bytes tag over the text and `aad`
 *
 * `aad` (additional data) is not stored: the caller gives the same again when opening. It
 * names the place of the value (table, row), so that a sealed value moved to another row
 * does not open there.
 *
 * One algorithm for every processor, so that a store opens wherever it is carried.
 * AES-256-GCM was measured at 0.26 microseconds for 300 bytes against 0.69 here, but
 * libsodium has it only where the processor does, and its nonce of 96 bits is short for
 * random choice.
 *
 * Nothing here takes chance from the system: the caller brings the nonce (env_random),
 * which must never be used twice with a key; 24 random bytes never are.
 */
#ifndef WIRE_SEAL_H
#define WIRE_SEAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define SEAL_KEY_SIZE 32
#define SEAL_NONCE_SIZE 24
/* A sealed value is this much longer than its text. */
#define SEAL_OVERHEAD (1 + SEAL_NONCE_SIZE + 16)
#define SEAL_LOOKUP_SIZE 16

/* Writes plain.n + SEAL_OVERHEAD bytes to `out`. */
void seal_write(const unsigned char key[SEAL_KEY_SIZE],
	const unsigned char nonce[SEAL_NONCE_SIZE], struct str aad, struct str plain,
	char *out);

/*
 * Many values with one key: the first 16 bytes of their nonces are chosen once and the key
 * that XChaCha20 derives from them is kept; the last 8 bytes count. A value of a series is
 * a sealed value like any other, at four fifths of the price for 300 bytes. The 16 bytes
 * must come from chance (env_random) for each series of a key.
 */
#define SEAL_SERIES_NONCE_SIZE 16
struct seal_series {
	unsigned char key[SEAL_KEY_SIZE]; /* derived */
	unsigned char nonce[SEAL_NONCE_SIZE];
	uint64_t count;
};
void seal_series_init(struct seal_series *series, const unsigned char key[SEAL_KEY_SIZE],
	const unsigned char nonce[SEAL_SERIES_NONCE_SIZE]);
/* Writes plain.n + SEAL_OVERHEAD bytes to `out`. */
void seal_series_write(
	struct seal_series *series, struct str aad, struct str plain, char *out);

/* ERR_INVALID when the value was damaged or moved, was sealed with another key, or has a
 * format this program does not know. The text stands in the arena. */
enum err seal_open(struct arena *a, const unsigned char key[SEAL_KEY_SIZE],
	struct str aad, struct str sealed, struct str *plain, struct error *e);

/* Keyed hash (BLAKE2b) of what must be found but not read: an address, an e-mail. The
 * same value and key always give the same 16 bytes; without the key a guess cannot be
 * tried. */
void seal_lookup(const unsigned char key[SEAL_KEY_SIZE], struct str value,
	unsigned char out[SEAL_LOOKUP_SIZE]);
/* The same of several texts, each with its length, so that none runs into the next. */
void seal_lookup_parts(const unsigned char key[SEAL_KEY_SIZE], const struct str *parts,
	size_t n, unsigned char out[SEAL_LOOKUP_SIZE]);

#endif
