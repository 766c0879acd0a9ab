/*
 * A slower disk: every fsync and fdatasync takes PARLEY_FSYNC_US microseconds more. For measuring what group commit is
 * worth where an fsync costs something:
 *	PARLEY_FSYNC_US=2000 LD_PRELOAD=build/shim/fsync_delay.so build/parley serve …
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void
delay(void)
{
	const char *text = getenv("PARLEY_FSYNC_US");
	long us = text ? strtol(text, NULL, 10) : 0;
	struct timespec left = {us / 1000000, us % 1000000 * 1000};
	while (us > 0 && nanosleep(&left, &left) != 0)
		;
}

static int
sync_by(const char *name, int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
	delay();
	return real(fd);
}

int
fsync(int fd)
{
	return sync_by("fsync", fd);
}

int
fdatasync(int fd)
{
	return sync_by("fdatasync", fd);
}
