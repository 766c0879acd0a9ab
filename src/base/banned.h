/* Functions that have a safer way here; included by the compiler's command line after the
 * system headers need them. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets gmtime localtime ctime \
	asctime atoi atol atof strncpy strncat

#endif
