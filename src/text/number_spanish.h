/*
 * Spanish words of numbers that count places or parts: "tercero", "trigésimo", "tres
 * quintos", "dos centésimas", "un cincuentavo". In the normal form of text/tokens.h,
 * without accents.
 */
#ifndef TEXT_NUMBER_SPANISH_H
#define TEXT_NUMBER_SPANISH_H

#include "base/str.h"

/* "tercio(s)" is 3, "veinteavos" 20, "dosmilesimos" 2000; 0 for any other word. */
double number_spanish_denominator(struct str word);
/* "primero" is 1, "primera", "decimo", "trigesimo" 30, "1er", "3ra"; 0 for any other. */
int number_spanish_ordinal(struct str word);

#endif
