#ifndef YAML_TREE_H
#define YAML_TREE_H

/*
 * The YAML that a configuration may be written in, as a tree that knows its
 * lines and columns: one document, maps with plain keys, lists and scalars;
 * no anchors, aliases and tags.
 */

#include <stdbool.h>
#include <stddef.h>

struct config_errors;

enum yaml_kind {
	YAML_SCALAR,
	YAML_MAP,
	YAML_LIST,
	YAML_BROKEN /* an error was told; there is no value to look at */
};

struct yaml_node {
	enum yaml_kind kind;
	size_t line, column; /* from 1 */
	bool bad;	     /* there is an error in it or below */
	bool plain;	     /* a scalar without quotes */
	char *text;	     /* of a scalar; without a NUL inside */
	char *name;	     /* the key, when it is in a map */
	size_t name_line, name_column;
	struct yaml_node *parent;
	struct yaml_node **children; /* of a map or list, in their order */
	size_t count, size;
};

/*
 * Reads len bytes.  Every error goes to errors; NULL when there is no tree to
 * go on with, but a tree can come with errors too.
 */
struct yaml_node *yaml_tree_parse(const char *bytes, size_t len,
    struct config_errors *errors);
/* Wipes all texts, since one may be a password.  NULL is fine. */
void yaml_tree_free(struct yaml_node *);

/* Marks a node and all above it. */
void yaml_node_mark_bad(struct yaml_node *);
/* The value of that key, the last if there are several; NULL: none. */
struct yaml_node *yaml_node_find(const struct yaml_node *map, const char *name);

#endif
