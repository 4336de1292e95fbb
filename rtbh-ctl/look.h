#ifndef LOOK_H
#define LOOK_H

/*
 * How a program wants its routes to look, against how the configuration makes
 * them look.
 */

#include <jansson.h>
#include <stdbool.h>

#include "exabgp.h"

struct line;

/* Whether a command says anything about it. */
bool look_is_said(const struct exabgp_command *c);
bool look_is_same(const struct exabgp_command *a,
    const struct exabgp_command *b);
/* Whether explain, the daemon's, says how any neighbor's routes look. */
bool look_is_known(const json_t *explain);
/*
 * Whether they look otherwise for some neighbor; line then says how.
 */
bool look_differs(const struct exabgp_command *c, const json_t *explain,
    struct line *line);

#endif
