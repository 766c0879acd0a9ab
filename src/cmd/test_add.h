/* `parley test add`: a recorded conversation as a transcript of a pack. */
#ifndef CMD_TEST_ADD_H
#define CMD_TEST_ADD_H

#include "cmd/cmd.h"

int test_add(const struct args *args);

#endif
