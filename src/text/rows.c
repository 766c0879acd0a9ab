#include "text/rows.h"

#include "base/err.h"

#ifdef __SSE2__
#include <emmintrin.h>

/* Bytes of two rows by turns, a0 b0 a1 b1 …, as words: one instruction multiplies both
 * with their factors and adds the products. */
static inline __m128i
pair_add(__m128i sum, __m128i words, __m128i factors)
{
	return _mm_add_epi32(sum, _mm_madd_epi16(_mm_srai_epi16(words, 8), factors));
}

/* ROW_LANES places of all rows; their sums stay in registers. */
static void
lanes_sum(const int8_t *rows, size_t lanes, const struct row_factor *f, size_t n,
	int32_t *restrict sum)
{
	static const struct row_factor none = {0, 0};
	__m128i s0 = _mm_setzero_si128(), s1 = s0, s2 = s0, s3 = s0;
	for (size_t i = 0; i < n; i += 2) {
		const struct row_factor *a = &f[i], *b = i + 1 < n ? a + 1 : &none;
		__m128i factors = _mm_set1_epi32(b->factor * 65536 | (uint16_t)a->factor);
		__m128i p = _mm_loadu_si128((const __m128i_u *)(rows + a->row * lanes));
		__m128i q = _mm_loadu_si128((const __m128i_u *)(rows + b->row * lanes));
		__m128i low = _mm_unpacklo_epi8(p, q), high = _mm_unpackhi_epi8(p, q);
		s0 = pair_add(s0, _mm_unpacklo_epi8(low, low), factors);
		s1 = pair_add(s1, _mm_unpackhi_epi8(low, low), factors);
		s2 = pair_add(s2, _mm_unpacklo_epi8(high, high), factors);
		s3 = pair_add(s3, _mm_unpackhi_epi8(high, high), factors);
	}
	_mm_storeu_si128((__m128i_u *)sum, s0);
	_mm_storeu_si128((__m128i_u *)(sum + 4), s1);
	_mm_storeu_si128((__m128i_u *)(sum + 8), s2);
	_mm_storeu_si128((__m128i_u *)(sum + 12), s3);
}
#else
static void
lanes_sum(const int8_t *rows, size_t lanes, const struct row_factor *f, size_t n,
	int32_t *restrict sum)
{
	memset(sum, 0, ROW_LANES * sizeof(*sum));
	for (size_t i = 0; i < n; i++) {
		const int8_t *row = rows + f[i].row * lanes;
		for (size_t k = 0; k < ROW_LANES; k++)
			sum[k] += (int32_t)(f[i].factor * (int16_t)row[k]);
	}
}
#endif

void
rows_sum(const int8_t *rows, size_t lanes, const struct row_factor *f, size_t n,
	int32_t *restrict sum)
{
	require(lanes % ROW_LANES == 0);
	for (size_t k = 0; k < lanes; k += ROW_LANES)
		lanes_sum(rows + k, lanes, f, n, sum + k);
}
