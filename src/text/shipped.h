/* Models and word lists that are part of the program: the bytes of files below models/,
 * aligned as models need. */
#ifndef TEXT_SHIPPED_H
#define TEXT_SHIPPED_H

#include "base/str.h"

struct str shipped_language_model(void);
struct str shipped_sentiment_words(void);
struct str shipped_injection_model(void);
struct str shipped_abuse_words(void);

#endif
