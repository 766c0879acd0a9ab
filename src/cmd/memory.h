/*
 * Memory that only starting needs: free blocks of the heap, and the pages of the program
 * and its libraries that loading and checking them read. Such pages are unchanged parts
 * of files; a page that is needed again comes back from the system's cache. (A breakpoint
 * that a debugger wrote into a page before goes with it.)
 */
#ifndef CMD_MEMORY_H
#define CMD_MEMORY_H

void memory_release_start(void);

#endif
