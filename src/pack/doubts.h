/*
 * What is doubtful about a pack's examples, said as warnings:
 *
 *	too few       an intent has fewer examples than it is learnt from, or none
 *	twice         a text is there twice, in whatever file
 *	the same      a text is an example of two intents
 *	too alike     two examples of two intents have the same words but for small ones
 *	reads like    the model reads an example as another intent although it was told
 *
 * Texts are compared as words: capitals, accents and punctuation do not count. "Too
 * alike" needs no model and so holds for intents of any size. Small words ("can you",
 * "please", "the") are left out, plurals are singular, numbers and annotated parts count
 * by their kind; of three words or more DOUBT_ALIKE must be common to both (Dice), of two
 * both in their order, and texts of one such word must be the same but for courtesies and
 * articles. Texts of which one has a word that tells its intent are not alike: DOUBT_TELLS
 * examples or more have it, three in four of them of that intent.
 */
#ifndef PACK_DOUBTS_H
#define PACK_DOUBTS_H

#include "pack/learn.h"

#define DOUBT_ALIKE .9
#define DOUBT_TELLS 3

/* `m` is the model that was learnt, or NULL. */
void doubts_say(struct loader *l, const struct lessons *lessons, const struct model *m);

#endif
