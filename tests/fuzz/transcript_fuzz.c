/* Any bytes as a file of transcripts of the pack that ships: refused with a reason, or its
 * stories are played to their ends. */
#include "actor/rehearsal.h"
#include "pack_stage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	size_t played = 0, failed = 0;
	struct error e = {0};
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int fd = memfd_create("transcript.yaml", MFD_CLOEXEC);

	require(out >= 0 && fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (rehearsal_file(stage_pack(), path, out, &played, &failed, &e) == OK)
		require(failed <= played);
	else
		require(e.text[0]);
	close(fd);
	close(out);
	return 0;
}
