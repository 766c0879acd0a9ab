/*
 * The numbers that carriers give to parcels, told by their form and check digit.
 *
 * UPS: 1Z and sixteen letters and digits, the last a check digit. Post offices: UPU S10,
 * two letters, eight digits, a check digit (mod 11) and two letters of the country.
 * USPS: 20, 22 or 26 digits, the last by GS1's mod 10; those of 22 begin 91 to 96. FedEx:
 * 12 digits (weights 3 1 7, mod 11) or 15, 20 or 22 (mod 10). DHL: JJD or JD and digits, or
 * 10 digits (mod 7). Amazon: TBA and twelve digits. Correos: 23 letters and digits.
 */
#ifndef TEXT_TRACKING_NUMBER_H
#define TEXT_TRACKING_NUMBER_H

#include "base/str.h"

#define TRACKING_NUMBER_MAX 34

enum tracking_form {
	TRACKING_NO,     /* no carrier writes so */
	TRACKING_SHAPED, /* as long as some carrier's, and no check digit to ask */
	TRACKING_LIKELY, /* its check digit holds, as that of one in ten does by chance */
	TRACKING_SURE,   /* a form that nothing else has */
};

/* `code`: capital letters and digits without what stood between them. */
enum tracking_form tracking_number_form(struct str code);

#endif
