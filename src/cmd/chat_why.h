/* The cause record of a turn (GET /v1/turns/{id}) for people to read: what each actor
 * decided, by which rule, how sure it was, what came second, and what it cost. */
#ifndef CMD_CHAT_WHY_H
#define CMD_CHAT_WHY_H

#include "base/json.h"
#include "cmd/terminal.h"

void why_print(const struct terminal *t, const struct json *turn);

#endif
