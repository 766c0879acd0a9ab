/* Base64 and base64url (RFC 4648, sections 4 and 5), and hex. Decoding is strict: no
 * blanks, no foreign characters, unused bits zero. */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include "base/buf.h"
#include "base/str.h"

void base64_encode(struct buf *out, struct str in);
/* Without padding. */
void base64url_encode(struct buf *out, struct str in);
/* Appends what was decoded; false (and nothing appended) when the text is not base64.
 * Padding is required. */
bool base64_decode(struct buf *out, struct str in);
/* Padding is refused. */
bool base64url_decode(struct buf *out, struct str in);

/* Lower case. */
void hex_encode(struct buf *out, struct str in);
/* Either case; false when the length is odd or a digit is none. */
bool hex_decode(struct buf *out, struct str in);

#endif
