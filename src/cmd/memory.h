/*
 * Gives back memory that is not needed now: free blocks of the heap, and pages of the
 * program and its libraries. Those are unchanged parts of files; one that is needed again
 * comes back from the system's cache. (A breakpoint that a debugger wrote into a page
 * goes with it.) Takes milliseconds: for the end of starting, and for quiet times.
 */
#ifndef CMD_MEMORY_H
#define CMD_MEMORY_H

void memory_release(void);

#endif
