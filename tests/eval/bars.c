#include "bars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
bars_plain(const char *what, const char *measure, double value)
{
	printf("%-34s %-30s %9.3f\n", what, measure, value);
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

static const struct {
	const char *name;
	void (*measure)(struct bars *b);
} families[] = {
	{"intent", bars_intent},
	{"sentiment", bars_sentiment},
	{"risk", bars_risk},
	{"entities", bars_entities},
	{"learnt", bars_learnt},
	{"whole", bars_whole},
};

int
main(int argc, char **argv)
{
	if (argc != 2 && argc != 3) {
		fprintf(stderr,
			"usage: make eval DATA=DIR [ONLY=FAMILY], where DIR holds clinc150/, vader_gt/, recognizers_english/ …\n");
		return 2;
	}
	struct bars b = {.dir = argv[1]};
	printf("%-34s %-30s %9s  %-11s %-5s %s\n", "what", "measure", "value", "bar", "",
		"others");
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (argc == 2 || strcmp(argv[2], families[i].name) == 0)
			families[i].measure(&b);
	printf("%d below their bar\n", b.missed);
	return 0;
}
