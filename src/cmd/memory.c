#include "cmd/memory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Segments that can be written hold relocated pointers, which no file has. */
static int
release_object(struct dl_phdr_info *object, size_t size, void *with)
{
	const uintptr_t page = *(const uintptr_t *)with;
	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &object->dlpi_phdr[i];
		if (h->p_type != PT_LOAD || (h->p_flags & PF_W))
			continue;
		uintptr_t from = (object->dlpi_addr + h->p_vaddr) & ~(page - 1);
		uintptr_t end = object->dlpi_addr + h->p_vaddr + h->p_filesz;
		// NOLINTNEXTLINE(performance-no-int-to-ptr)
		madvise((void *)from, end - from, MADV_DONTNEED);
	}
	return 0;
}

void
memory_release(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	malloc_trim(0);
	dl_iterate_phdr(release_object, &page);
}
