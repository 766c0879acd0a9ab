/*
 * Words in disguise: letters that stand apart ("i g n o r e"), digits for letters
 * ("1gn0re"), letters of other alphabets that look alike or wide ones among Latin ones, and
 * signs without width inside words. Filters are passed by in this way; ordinary messages
 * hold at most a code or two that look so.
 */
#ifndef TEXT_DISGUISE_H
#define TEXT_DISGUISE_H

#include "text/tokens.h"

/* The message as it is meant to be read, in the arena; empty when nothing in it is in
 * disguise. */
struct str disguise_lift(struct arena *a, const struct tokens *t);

#endif
