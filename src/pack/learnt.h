/*
 * Learnt models as files of a folder: intents-HASH.model, where HASH tells what they were
 * learnt from (train_source_hash()).
 *
 * Using a model marks its file, and a folder keeps the LEARNT_MODELS_MAX that were used
 * last: learning gives the same bytes again, so one that is gone costs the time of
 * learning and nothing else. Several processes may share a folder; a file becomes whole
 * at once, and one that is taken away while somebody has it open stays readable for them.
 */
#ifndef PACK_LEARNT_H
#define PACK_LEARNT_H

#include "text/model.h"

/* The file's name, without a folder. */
struct str learnt_name(struct arena *a, uint64_t source);
/* The model when it is there, whole, and of that source. `mark` notes the use. */
bool learnt_open(struct arena *a, const char *folder, uint64_t source, bool mark,
	struct model **out);
/* Makes the folder when its parent is there, and takes away what is too many. False when
 * the model could not be written. */
bool learnt_keep(struct arena *a, const char *folder, uint64_t source, struct str bytes);

#endif
