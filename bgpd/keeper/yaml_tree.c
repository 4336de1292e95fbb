/*
 * YAML text to a tree, from libyaml's events.  What YAML has and a
 * configuration should not have is refused here; what the keys mean is for
 * config_yaml.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "config_errors.h"
#include "yaml_memory.h"
#include "yaml_tree.h"

#define DEPTH_MAX 8 /* a configuration needs five */

/* The mark that some editors put before UTF-8 text. */
#define BOM "\xef\xbb\xbf"
#define BOM_LEN 3

struct reader {
	yaml_parser_t parser;
	const char *bytes;
	size_t len;
	struct config_errors *errors;
};

void
yaml_node_mark_bad(struct yaml_node *node)
{
	for (; node != NULL && !node->bad; node = node->parent)
		node->bad = true;
}

struct yaml_node *
yaml_node_find(const struct yaml_node *map, const char *name)
{
	if (map->kind != YAML_MAP)
		return NULL;
	for (size_t i = map->count; i > 0; i--) {
		if (strcmp(map->children[i - 1]->name, name) == 0)
			return map->children[i - 1];
	}
	return NULL;
}

void
yaml_tree_free(struct yaml_node *node)
{
	if (node == NULL)
		return;
	for (size_t i = 0; i < node->count; i++)
		yaml_tree_free(node->children[i]);
	free(node->children);
	if (node->text != NULL)
		explicit_bzero(node->text, strlen(node->text));
	free(node->text);
	free(node->name);
	free(node);
}

static void
error_at_mark(struct reader *r, yaml_mark_t mark, const char *message)
{
	config_errors_add(r->errors, mark.line + 1, mark.column + 1,
	    CONFIG_ERROR, "%s", message);
}

static void
error_no_memory(struct reader *r)
{
	config_errors_add(r->errors, 0, 0, CONFIG_ERROR, "out of memory");
}

/* An octet that is not UTF-8 has no mark, only an offset. */
static void
error_at_offset(struct reader *r, size_t offset)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset && i < r->len; i++) {
		if (r->bytes[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)r->bytes[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	config_errors_add(r->errors, line, column, CONFIG_ERROR,
	    "not UTF-8 text: %s", r->parser.problem);
}

static void
error_of_parser(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;

	if (p->error == YAML_MEMORY_ERROR)
		error_no_memory(r);
	else if (p->error == YAML_READER_ERROR)
		error_at_offset(r, p->problem_offset);
	else
		config_errors_add(r->errors, p->problem_mark.line + 1,
		    p->problem_mark.column + 1, CONFIG_ERROR, "%s%s%s",
		    p->problem, p->context != NULL ? " " : "",
		    p->context != NULL ? p->context : "");
}

/* -1 when the text is no YAML; else the event is the caller's to drop. */
static int
next_event(struct reader *r, yaml_event_t *event)
{
	if (yaml_parser_parse(&r->parser, event) != 0)
		return 0;
	error_of_parser(r);
	return -1;
}

/* Links a child in; on -1 it is still the caller's. */
static int
add_child(struct yaml_node *parent, struct yaml_node *child)
{
	size_t size = parent->size > 0 ? 2 * parent->size : 8;
	struct yaml_node **children;

	if (parent->count == parent->size) {
		children = reallocarray(parent->children, size,
		    sizeof(struct yaml_node *));
		if (children == NULL)
			return -1;
		parent->children = children;
		parent->size = size;
	}
	parent->children[parent->count++] = child;
	child->parent = parent;
	if (child->bad)
		yaml_node_mark_bad(parent);
	return 0;
}

/* A copy of a scalar's text; NULL when it has a NUL or memory is out. */
static char *
copy_scalar(struct reader *r, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	char *text;

	if (memchr(value, '\0', len) != NULL) {
		error_at_mark(r, event->start_mark, "text with a NUL in it");
		return NULL;
	}
	text = strndup(value, len);
	if (text == NULL)
		error_no_memory(r);
	return text;
}

static void
refuse_properties(struct reader *r, struct yaml_node *node,
    const yaml_event_t *event, const yaml_char_t *anchor,
    const yaml_char_t *tag)
{
	if (anchor != NULL)
		error_at_mark(r, event->start_mark,
		    "YAML anchors cannot be used here");
	if (tag != NULL)
		error_at_mark(r, event->start_mark,
		    "YAML tags cannot be used here");
	if (anchor != NULL || tag != NULL)
		node->bad = true;
}

/* The node that an event begins, still without children. */
static void
begin_node(struct reader *r, struct yaml_node *node, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_MAPPING_START_EVENT:
		node->kind = YAML_MAP;
		refuse_properties(r, node, event,
		    event->data.mapping_start.anchor,
		    event->data.mapping_start.tag);
		break;
	case YAML_SEQUENCE_START_EVENT:
		node->kind = YAML_LIST;
		refuse_properties(r, node, event,
		    event->data.sequence_start.anchor,
		    event->data.sequence_start.tag);
		break;
	case YAML_SCALAR_EVENT:
		node->kind = YAML_SCALAR;
		node->plain =
		    event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		refuse_properties(r, node, event, event->data.scalar.anchor,
		    event->data.scalar.tag);
		node->text = copy_scalar(r, event);
		if (node->text == NULL)
			node->kind = YAML_BROKEN;
		break;
	default:
		error_at_mark(r, event->start_mark,
		    "YAML aliases cannot be used here");
		node->kind = YAML_BROKEN;
		break;
	}
	if (node->kind == YAML_BROKEN)
		node->bad = true;
}

static struct yaml_node *read_node(struct reader *r, yaml_event_t *event,
    unsigned depth);

/* A map's next key; NULL when there is nothing to go on with. */
static char *
read_name(struct reader *r, const yaml_event_t *event)
{
	if (event->type != YAML_SCALAR_EVENT) {
		error_at_mark(r, event->start_mark, "a key must be a word");
		return NULL;
	}
	if (event->data.scalar.anchor != NULL ||
	    event->data.scalar.tag != NULL) {
		error_at_mark(r, event->start_mark,
		    "YAML anchors and tags cannot be used here");
		return NULL;
	}
	return copy_scalar(r, event);
}

/*
 * One child of a map or list: *event is its first, and is dropped.  On -1
 * the rest of the text cannot be read.
 */
static int
read_child(struct reader *r, struct yaml_node *parent, yaml_event_t *event,
    unsigned depth)
{
	yaml_mark_t mark = event->start_mark;
	struct yaml_node *child;
	char *name = NULL;

	if (parent->kind == YAML_MAP) {
		name = read_name(r, event);
		yaml_memory_drop_event(event);
		if (name == NULL)
			return -1;
		if (next_event(r, event) == -1) {
			free(name);
			return -1;
		}
	}
	child = read_node(r, event, depth);
	if (child == NULL) {
		free(name);
		return -1;
	}
	child->name = name;
	child->name_line = mark.line + 1;
	child->name_column = mark.column + 1;
	if (add_child(parent, child) == -1) {
		error_no_memory(r);
		yaml_tree_free(child);
		return -1;
	}
	return 0;
}

static int
read_children(struct reader *r, struct yaml_node *parent, unsigned depth)
{
	yaml_event_t event;

	for (;;) {
		if (next_event(r, &event) == -1)
			return -1;
		if (event.type == YAML_MAPPING_END_EVENT ||
		    event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_memory_drop_event(&event);
			return 0;
		}
		if (read_child(r, parent, &event, depth) == -1)
			return -1;
	}
}

/* The node whose first event is *event, which is dropped. */
static struct yaml_node *
read_node(struct reader *r, yaml_event_t *event, unsigned depth)
{
	struct yaml_node *node = calloc(1, sizeof(*node));
	yaml_mark_t mark = event->start_mark;

	if (node == NULL) {
		error_no_memory(r);
		yaml_memory_drop_event(event);
		return NULL;
	}
	node->line = mark.line + 1;
	node->column = mark.column + 1;
	begin_node(r, node, event);
	yaml_memory_drop_event(event);
	if (node->kind != YAML_MAP && node->kind != YAML_LIST)
		return node;
	if (depth == DEPTH_MAX)
		error_at_mark(r, mark, "nested too deeply");
	else if (read_children(r, node, depth + 1) == 0)
		return node;
	yaml_tree_free(node);
	return NULL;
}

/* What comes before the first node: its event, or -1. */
static int
first_event(struct reader *r, yaml_event_t *event)
{
	for (;;) {
		if (next_event(r, event) == -1)
			return -1;
		if (event->type == YAML_STREAM_END_EVENT) {
			config_errors_add(r->errors, 1, 1, CONFIG_ERROR,
			    "the file is empty");
			yaml_memory_drop_event(event);
			return -1;
		}
		if (event->type != YAML_STREAM_START_EVENT &&
		    event->type != YAML_DOCUMENT_START_EVENT)
			return 0;
		yaml_memory_drop_event(event);
	}
}

/* What comes after the last node: nothing but the end. */
static void
read_end(struct reader *r)
{
	yaml_event_t event;
	bool more = true;

	while (more) {
		if (next_event(r, &event) == -1)
			return;
		if (event.type == YAML_DOCUMENT_START_EVENT)
			error_at_mark(r, event.start_mark,
			    "a second document begins here");
		more = event.type == YAML_DOCUMENT_END_EVENT;
		yaml_memory_drop_event(&event);
	}
}

struct yaml_node *
yaml_tree_parse(const char *bytes, size_t len, struct config_errors *errors)
{
	struct reader r = { .bytes = bytes, .len = len, .errors = errors };
	struct yaml_node *root = NULL;
	yaml_event_t event;

	if (len >= BOM_LEN && memcmp(bytes, BOM, BOM_LEN) == 0) {
		r.bytes += BOM_LEN;
		r.len -= BOM_LEN;
	}
	if (yaml_parser_initialize(&r.parser) == 0) {
		error_no_memory(&r);
		return NULL;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)r.bytes,
	    r.len);
	if (first_event(&r, &event) == 0)
		root = read_node(&r, &event, 0);
	if (root != NULL)
		read_end(&r);
	yaml_memory_drop_parser(&r.parser);
	return root;
}
