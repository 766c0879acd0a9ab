/*
 * Intrusive doubly linked list. The head is a link that points at itself when empty; an
 * element embeds a link.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct list {
	struct list *prev, *next;
};

#define list_entry(link, type, member) \
	((type *)((uintptr_t)(link)-offsetof(type, member)))
#define list_each(it, head) \
	for (struct list *it = (head)->next; it != (head); it = it->next)
/* The element may be removed in the body. */
#define list_each_safe(it, head) \
	for (struct list *it = (head)->next, *it##_next = it->next; it != (head); \
		it = it##_next, it##_next = it->next)

static inline void
list_init(struct list *l)
{
	l->prev = l->next = l;
}

static inline bool
list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void
list_append(struct list *head, struct list *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

/* Safe on an initialised link that is in no list; leaves it so. */
static inline void
list_remove(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

static inline struct list *
list_pop(struct list *head)
{
	struct list *l = head->next;
	if (l == head)
		return NULL;
	list_remove(l);
	return l;
}

#endif
