#ifndef CONFIG_TYPE_H
#define CONFIG_TYPE_H

/*
 * What the values of a configuration are: from text and back.  Every printed
 * text parses to the same value again.
 */

#include "config.h"
#include "config_key.h"

struct config_type {
	bool plain;  /* a YAML number or boolean: quotes make it a string */
	bool text;   /* the operator's own words; "" is none */
	size_t size; /* of a set's field */
	int (*parse)(const struct config_key *key, void *base, const char *text,
	    char why[CONFIG_WHY_MAX]);
	/* The text of a scalar, or of the i-th of a set; gives buf. */
	const char *(*print)(const struct config_key *key, const void *base,
	    size_t i, char buf[CONFIG_TEXT_MAX]);
	/* How many texts make up a set; NULL for scalars. */
	size_t (*count)(const struct config_key *key, const void *base);
};

extern const struct config_type config_type_number;   /* uint32_t */
extern const struct config_type config_type_port;     /* uint16_t */
extern const struct config_type config_type_bool;     /* bool */
extern const struct config_type config_type_duration; /* uint32_t, seconds */
extern const struct config_type
    config_type_hold_time;			  /* the same, RFC 4271, 4.2 */
extern const struct config_type config_type_asn;  /* uint32_t */
extern const struct config_type config_type_mode; /* uint32_t */
extern const struct config_type
    config_type_hops; /* uint32_t: no, yes, number */
extern const struct config_type config_type_word;  /* uint8_t of key->words */
extern const struct config_type config_type_words; /* set: bits in uint8_t */

/* char[key->max], of at least key->min octets */
extern const struct config_type config_type_text;
extern const struct config_type config_type_name;    /* of a neighbor */
extern const struct config_type config_type_account; /* of a user or group */
extern const struct config_type config_type_path;    /* absolute */
extern const struct config_type config_type_file;    /* relative or absolute */
extern const struct config_type config_type_password;

extern const struct config_type config_type_router_id; /* uint32_t */
extern const struct config_type config_type_prefix;    /* struct prefix */
extern const struct config_type config_type_aggregate; /* not the whole net */
extern const struct config_type config_type_address;   /* the same, no length */
extern const struct config_type
    config_type_neighbor_address;			   /* with interface */
extern const struct config_type config_type_next_hop_ipv4; /* struct next_hop */
extern const struct config_type config_type_next_hop_ipv6;
extern const struct config_type
    config_type_listen_bgp; /* struct config_listen */
extern const struct config_type config_type_listen_http;
extern const struct config_type
    config_type_communities; /* struct community_set */

/* For the types: fills why in; gives -1. */
int config_refuse(char why[CONFIG_WHY_MAX], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Decimal digits without a sign or a leading zero. */
bool config_parse_u32(uint32_t *v, const char *text);

#endif
