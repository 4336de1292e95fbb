#ifndef YAML_MEMORY_H
#define YAML_MEMORY_H

/*
 * The text of a configuration holds passwords: all memory of libyaml's is
 * wiped before it is given back.
 */

#include <yaml.h>

/* In place of yaml_event_delete() and yaml_parser_delete(). */
void yaml_memory_drop_event(yaml_event_t *event);
void yaml_memory_drop_parser(yaml_parser_t *parser);

#endif
