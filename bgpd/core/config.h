#ifndef CONFIG_H
#define CONFIG_H

/*
 * What a configuration is.  One table (config_keys) describes every key: its
 * name, type, bounds, default and place in these structs; reading YAML,
 * printing, comparing and sending a configuration all walk that table.
 */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capability.h"
#include "community.h"
#include "prefix.h"

#define CONFIG_NAME_MAX 64  /* a neighbor's, user's or group's name + NUL */
#define CONFIG_TEXT_MAX 256 /* a description + NUL */
#define CONFIG_PATH_MAX 256
#define CONFIG_PASSWORD_MAX 81 /* 80 octets (RFC 2385 on Linux) + NUL */

struct prefix_list {
	struct prefix *items;
	size_t count;
};

/* "self", or an address */
struct next_hop {
	bool given; /* false: self */
	struct prefix address;
};

enum announce {
	ANNOUNCE_AGGREGATES = 1,
	ANNOUNCE_BLACKHOLES = 2
};

struct config_neighbor {
	char name[CONFIG_NAME_MAX];
	struct prefix address;
	char interface[IF_NAMESIZE]; /* scope of a link-local one, or "" */
	uint32_t remote_as;
	uint16_t port;
	bool has_local_address;
	struct prefix local_address;
	bool passive;
	bool enabled;
	char description[CONFIG_TEXT_MAX];
	uint32_t hold_time_s;
	uint32_t connect_retry_s;
	uint8_t families; /* FAMILY_BIT()s */
	char password_file[CONFIG_PATH_MAX];
	char password[CONFIG_PASSWORD_MAX]; /* the key itself, from either */
	uint32_t ttl_security;		    /* 0: no; else hops */
	uint32_t multihop;		    /* TTL */
	uint8_t role;			    /* ours, enum bgp_role */
	bool role_strict;
	uint32_t graceful_restart_s;
	uint32_t long_lived_graceful_restart_s;
	bool has_send_hold_time;
	uint32_t send_hold_time_s;
	uint8_t announce;		 /* enum announce bits */
	uint32_t max_prefixes[FAMILIES]; /* 0: no limit */
	bool has_communities;		 /* else blackhole.communities */
	struct community_set communities;
	bool has_next_hop[FAMILIES]; /* else blackhole.next-hop */
	struct next_hop next_hop[FAMILIES];
	struct community_set aggregate_communities;
	struct next_hop aggregate_next_hop[FAMILIES];
	uint32_t prepend;
	bool has_med;
	uint32_t med;
	bool has_local_pref; /* of every internal neighbor */
	uint32_t local_pref;
};

struct config_listen {
	struct prefix address;
	char interface[IF_NAMESIZE];
	uint16_t port;
};

enum access_role {
	ACCESS_NONE,
	ACCESS_VIEWER,
	ACCESS_DETECTOR,
	ACCESS_OPERATOR
};

struct config_access {
	char user[CONFIG_NAME_MAX]; /* one of the two, the other "" */
	char group[CONFIG_NAME_MAX];
	uint32_t id;   /* uid or gid; UINT32_MAX: that name does not exist */
	uint8_t role;  /* enum access_role */
	uint32_t rate; /* changes a second; 0: no limit */
	struct prefix_list within;
	uint32_t max_victims; /* 0: no limit of its own */
};

enum on_failure {
	ON_FAILURE_ANNOUNCE,
	ON_FAILURE_REFUSE
};
enum log_to {
	LOG_TO_STDERR,
	LOG_TO_SYSLOG
};
enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON
};

struct config {
	uint32_t local_as;
	uint32_t router_id; /* host order */
	struct prefix_list aggregates;
	struct {
		struct community_set communities;
		struct next_hop next_hop[FAMILIES];
		uint32_t min_length[FAMILIES];
		uint32_t default_ttl_s;
		uint32_t max_ttl_s;
		bool allow_permanent;
		uint32_t max_victims;
		struct prefix_list never;
		struct {
			uint32_t min_s, max_s, window_s;
		} hold_down;
	} blackhole;
	struct config_neighbor *neighbors;
	size_t neighbor_count;
	struct config_listen *listen;
	size_t listen_count;
	struct {
		char socket[108];
		uint32_t mode;
		char group[CONFIG_NAME_MAX]; /* "": that of the daemon */
		uint32_t max_clients;
		struct config_access *access;
		size_t access_count;
	} control;
	struct {
		char directory[CONFIG_PATH_MAX];
		uint32_t history_s;
		uint32_t history_rows;
		uint8_t on_failure;
	} state;
	struct {
		bool on;
		struct config_listen listen;
	} metrics;
	struct {
		uint8_t to;
		uint8_t level; /* enum log_level of base/log.h */
		uint8_t format;
	} log;
	char user[CONFIG_NAME_MAX]; /* "": stay */
};

/*
 * A configuration with every default, still without what is required.  NULL
 * without memory.
 */
struct config *config_new(void);
/* Wipes passwords.  NULL is fine. */
void config_free(struct config *);

/* Equal AS numbers make a neighbor internal (iBGP). */
bool config_is_internal(const struct config *, const struct config_neighbor *);
/* The least TTL of its packets (RFC 5082); 0: any. */
uint8_t config_min_ttl(const struct config_neighbor *);
/* What blackholes carry to this neighbor: its own, or those of all. */
const struct community_set *config_blackhole_communities(const struct config *,
    const struct config_neighbor *);
const struct next_hop *config_blackhole_next_hop(const struct config *,
    const struct config_neighbor *, enum family);
/* NULL when no neighbor has that name. */
const struct config_neighbor *config_find_neighbor(const struct config *,
    const char *name);

#endif
