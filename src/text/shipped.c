#include "text/shipped.h"

/* The assembler takes the files in as they are; their paths are relative to where make
 * runs. */
#define SHIP(name, path) \
	__asm__(".section .rodata\n.balign 64\n.globl " #name "_start\n" #name \
		"_start:\n.incbin \"" path "\"\n" \
		".globl " #name "_end\n" #name "_end:\n.byte 0\n.previous\n"); \
	extern const char name##_start[], name##_end[]

SHIP(ship_language, "models/language.model");
SHIP(ship_sentiment, "models/sentiment.tsv");
SHIP(ship_injection, "models/injection.model");
SHIP(ship_abuse, "models/abuse.tsv");

struct str
shipped_language_model(void)
{
	/* The assembler names one object twice, its start and its end. */
	/* cppcheck-suppress comparePointers */
	size_t n = (size_t)(ship_language_end - ship_language_start);
	return (struct str){ship_language_start, n};
}

struct str
shipped_sentiment_words(void)
{
	return (struct str){ship_sentiment_start,
		(size_t)(ship_sentiment_end - ship_sentiment_start)};
}

struct str
shipped_injection_model(void)
{
	return (struct str){ship_injection_start,
		(size_t)(ship_injection_end - ship_injection_start)};
}

struct str
shipped_abuse_words(void)
{
	return (struct str){
		ship_abuse_start, (size_t)(ship_abuse_end - ship_abuse_start)};
}
