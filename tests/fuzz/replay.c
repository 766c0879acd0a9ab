/*
 * Runs a fuzzer's entry on every file of the folders named on the command line: how `make
 * test` replays the corpora without libFuzzer. Each input stands in memory of its own
 * size, so that the sanitizer sees every step over its end.
 */
#include <dirent.h>
#include <stdint.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* What a fuzzer does before its first input, if it has something to do. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static int
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;

	if (!f || fstat(fileno(f), &st) != 0) {
		perror(path);
		return 1;
	}
	size_t size = (size_t)st.st_size;
	uint8_t *data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, f) != size) {
		perror(path);
		return 1;
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

/* Counts the inputs; -1 when one could not be read. */
static int
replay_folder(const char *folder)
{
	char path[4096];
	int count = 0;
	DIR *d = opendir(folder);

	if (!d) {
		perror(folder);
		return -1;
	}
	for (struct dirent *entry; count >= 0 && (entry = readdir(d));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		count = replay_file(path) == 0 ? count + 1 : -1;
	}
	closedir(d);
	return count;
}

int
main(int argc, char **argv)
{
	int count = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		int n = replay_folder(argv[i]);
		if (n < 0)
			return 1;
		count += n;
	}
	printf("%d passed, 0 failed\n", count);
	return 0;
}
