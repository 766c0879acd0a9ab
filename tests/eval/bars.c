#include "bars.h"

#include <stdio.h>
#include <stdlib.h>

void
bars_row(struct bars *b, const char *what, const char *measure, double value, double bar,
	bool least, const char *others)
{
	bool met = least ? value >= bar : value <= bar;
	b->missed += !met;
	printf("%-34s %-30s %9.3f  %s %-8g %-5s %s\n", what, measure, value,
		least ? ">=" : "<=", bar, met ? "met" : "BELOW", others);
}

void
bars_skip(const char *what, const char *file)
{
	printf("%-34s skipped: %s is missing\n", what, file);
}

bool
bars_file(struct bars *b, struct arena *a, const char *what, const char *name,
	struct str *out)
{
	struct str path = arena_printf(a, "%s/%s", b->dir, name);
	FILE *f = fopen(path.p, "rbe");
	if (!f) {
		bars_skip(what, name);
		return false;
	}
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	char *p = arena_alloc(a, (size_t)size + 1);
	size_t n = fread(p, 1, (size_t)size, f);
	fclose(f);
	*out = (struct str){p, n};
	return true;
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr,
			"usage: make eval DATA=DIR, where DIR holds clinc150/, vader_gt/, recognizers_english/ …\n");
		return 2;
	}
	struct bars b = {.dir = argv[1]};
	printf("%-34s %-30s %9s  %-11s %-5s %s\n", "what", "measure", "value", "bar", "",
		"others");
	bars_intent(&b);
	bars_sentiment(&b);
	bars_risk(&b);
	bars_entities(&b);
	bars_whole(&b);
	printf("%d below their bar\n", b.missed);
	return 0;
}
