/* The text of a new pack's files, for `parley new pack`. */
#ifndef CMD_NEW_PACK_H
#define CMD_NEW_PACK_H

struct new_file {
	const char *path; /* inside the pack; its folder stands before it in the table's
			     order */
	const char *text; /* with {NAME} and {COMPANY} */
};

/* Ends with a row whose path is NULL. */
extern const struct new_file new_pack_files[];

#endif
