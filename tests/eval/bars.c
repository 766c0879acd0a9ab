#include "bars.h"

#include "text/examples.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void
bars_row(struct bars *b, const char *what, const char *measure, double value, double bar,
	bool least, const char *others)
{
	bool any = !least || bar > 0, met = least ? value >= bar : value <= bar;
	char limit[32] = "";
	if (any)
		snprintf(limit, sizeof(limit), "%s %g", least ? ">=" : "<=", bar);
	b->missed += !met;
	printf("%-34s %-30s %9.3f  %-11s %-5s %s\n", what, measure, value, limit,
		!any          ? ""
			: met ? "met"
			      : "BELOW",
		others);
}

void
bars_plain(const char *what, const char *measure, double value)
{
	printf("%-34s %-30s %9.3f\n", what, measure, value);
}

bool
bars_has(const struct bars *b, const char *name)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	return n > 0 && (size_t)n < sizeof(path) && access(path, R_OK) == 0;
}

void
bars_missing(struct bars *b, const char *what, const char *name)
{
	if (str_find(buf_str(&b->missing), str_of(name)) >= 0)
		return;
	buf_printf(&b->missing, "%s%s (%s)", b->missing.n ? ", " : "", name, what);
}

static bool
file_read(struct arena *a, const char *path, struct str *out)
{
	FILE *f = fopen(path, "rbe");
	if (!f)
		return false;
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	char *p = arena_alloc(a, (size_t)size + 1);
	size_t n = fread(p, 1, (size_t)size, f);
	fclose(f);
	*out = (struct str){p, n};
	return true;
}

bool
bars_file(struct bars *b, struct arena *a, const char *what, const char *name,
	struct str *out)
{
	bool there = file_read(a, arena_printf(a, "%s/%s", b->dir, name).p, out);
	if (!there)
		bars_missing(b, what, name);
	return there;
}

static bool
rows_of(struct arena *a, const char *what, struct str text, struct train_row **rows,
	size_t *count)
{
	struct error e;
	if (!examples_read(a, text, rows, count, &e))
		return true;
	printf("%s: %s\n", what, e.text);
	return false;
}

bool
bars_rows(struct bars *b, struct arena *a, const char *what, const char *name,
	struct train_row **rows, size_t *count)
{
	struct str text;
	return bars_file(b, a, what, name, &text) && rows_of(a, what, text, rows, count);
}

bool
bars_made(struct arena *a, const char *what, const char *name, struct train_row **rows,
	size_t *count)
{
	struct str text;
	if (file_read(a, arena_printf(a, "build/eval/%s", name).p, &text))
		return rows_of(a, what, text, rows, count);
	printf("%s: build/eval/%s is missing\n", what, name);
	return false;
}

double
bars_cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static const struct {
	const char *name;
	void (*measure)(struct bars *b);
} families[] = {
	{"intent", bars_intent},
	{"sentiment", bars_sentiment},
	{"risk", bars_risk},
	{"language", bars_language},
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
	buf_init(&b.missing, 65536);
	printf("%-34s %-30s %9s  %-11s %-5s %s\n", "what", "measure", "value", "bar", "",
		"others");
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (argc == 2 || strcmp(argv[2], families[i].name) == 0)
			families[i].measure(&b);
	printf("%d below their bar\n", b.missed);
	if (b.missing.n)
		printf("not measured, for want of files in %s: %.*s\n", b.dir,
			STR_ARG(buf_str(&b.missing)));
	buf_fini(&b.missing);
	return 0;
}
