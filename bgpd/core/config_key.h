#ifndef CONFIG_KEY_H
#define CONFIG_KEY_H

/*
 * The table that says what may stand in a configuration, and what the code
 * that walks it needs: reading YAML, printing, comparing, sending.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_kind {
	CONFIG_SCALAR, /* one text */
	CONFIG_SET,    /* several texts that make up one field */
	CONFIG_MAP,    /* keys of its own, in the same struct */
	CONFIG_LIST    /* an array on the heap */
};

/* How deep a change of the key reaches when a running daemon reloads. */
enum config_depth {
	DIFF_NOTHING,
	DIFF_POLICY,	   /* applied in place; no session is reset */
	DIFF_SESSION,	   /* resets the session of that neighbor */
	DIFF_ALL_SESSIONS, /* resets all sessions */
	DIFF_LISTEN,	   /* other listening sockets */
	DIFF_RESTART	   /* wants a restart: such a reload is refused */
};

enum config_flag {
	CONFIG_REQUIRED = 1,
	CONFIG_SECRET = 2,   /* printed as CONFIG_HIDDEN */
	CONFIG_INTERNAL = 4, /* sent and compared, but no key of the file */
	CONFIG_ID = 8,	     /* tells the items of a list apart */
	CONFIG_EACH = 16     /* of a map: one text stands for each key */
};

#define CONFIG_HIDDEN "(hidden)"

/* Room for why a text is refused. */
#define CONFIG_WHY_MAX 160

/* A name for a number (CONFIG_SCALAR) or for a bit (CONFIG_SET). */
struct config_word {
	const char *name; /* NULL: the end */
	uint8_t value;
};

struct config_type;

/* One key, or what the items of a list are. */
struct config_key {
	const char *name; /* NULL: the end of a table */
	enum config_kind kind;
	enum config_depth depth;
	unsigned flags;			/* enum config_flag */
	const struct config_type *type; /* of a scalar or a set */
	size_t offset;			/* in the struct that the table is of */
	size_t has;   /* where a bool says whether it was given; 0: nowhere */
	size_t extra; /* count of a list; interface of an address; file that
			 a password came from */
	uint32_t min, max; /* of the number, the text's length or the count */
	const char *fallback; /* the default, as printed; NULL: none here */
	const struct config_word *words;
	const struct config_key *keys; /* of a map; a list's one item */
	size_t item_size;
};

/* The whole configuration, a map in struct config. */
extern const struct config_key config_root;

/* Where the key's value is in the struct at base. */
static inline void *
config_field(const struct config_key *key, void *base)
{
	return (char *)base + key->offset;
}

static inline const void *
config_field_const(const struct config_key *key, const void *base)
{
	return (const char *)base + key->offset;
}

/* Sets the default of the key, and of all below it but items of lists. */
void config_set_default(const struct config_key *key, void *base);

/* Whether the key has a value; one without a default may have none. */
bool config_is_set(const struct config_key *key, const void *base);
/* Whether it may be without one. */
bool config_is_optional(const struct config_key *key);

/*
 * Makes text the value of a scalar, or adds it to a set.  On -1, why says
 * what a value must be, and the value is as it was or half set.
 */
int config_parse(const struct config_key *key, void *base, const char *text,
    char why[CONFIG_WHY_MAX]);
/* Empties a set, so that texts can be added. */
void config_clear_set(const struct config_key *key, void *base);

size_t config_list_count(const struct config_key *list, const void *base);
/* Items are walked with list->keys. */
void *config_list_item(const struct config_key *list, void *base, size_t i);
const void *config_list_item_const(const struct config_key *list,
    const void *base, size_t i);
/* Gives the list count items with their defaults, and drops what it had. */
int config_list_reset(const struct config_key *list, void *base, size_t count);

#endif
