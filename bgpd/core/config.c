/*
 * The table of every key of the configuration, in the order in which it is
 * printed; and the questions that others ask a configuration.
 */
#include <string.h>

#include "config_type.h"

#define AT(member) .offset = offsetof(struct config, member)
#define N_AT(member) .offset = offsetof(struct config_neighbor, member)
#define N_HAS(member) .has = offsetof(struct config_neighbor, member)
#define A_AT(member) .offset = offsetof(struct config_access, member)

/* A list's array and count. */
#define ARRAY(member, counter)                     \
	.kind = CONFIG_LIST, AT(member),           \
	.extra = offsetof(struct config, counter), \
	.item_size = sizeof(((struct config *)NULL)->member[0])

#define DAY 86400U
#define VICTIMS_MAX 1000000
#define PREFIXES_MAX 4096
#define NEIGHBORS_MAX 1000

static const struct config_word family_words[] = {
	{ "ipv4", FAMILY_BIT(FAMILY_IPV4) },
	{ "ipv6", FAMILY_BIT(FAMILY_IPV6) },
	{ NULL, 0 },
};

static const struct config_word announce_words[] = {
	{ "aggregates", ANNOUNCE_AGGREGATES },
	{ "blackholes", ANNOUNCE_BLACKHOLES },
	{ NULL, 0 },
};

static const struct config_word bgp_role_words[] = {
	{ "none", ROLE_NONE },
	{ "customer", ROLE_CUSTOMER },
	{ "provider", ROLE_PROVIDER },
	{ "peer", ROLE_PEER },
	{ "rs", ROLE_RS },
	{ "rs-client", ROLE_RS_CLIENT },
	{ NULL, 0 },
};

static const struct config_word access_role_words[] = {
	{ "viewer", ACCESS_VIEWER },
	{ "detector", ACCESS_DETECTOR },
	{ "operator", ACCESS_OPERATOR },
	{ NULL, 0 },
};

static const struct config_word on_failure_words[] = {
	{ "announce", ON_FAILURE_ANNOUNCE },
	{ "refuse", ON_FAILURE_REFUSE },
	{ NULL, 0 },
};

static const struct config_word log_to_words[] = {
	{ "stderr", LOG_TO_STDERR },
	{ "syslog", LOG_TO_SYSLOG },
	{ NULL, 0 },
};

/* enum log_level of base/log.h, which core cannot include */
static const struct config_word log_level_words[] = {
	{ "error", 0 },
	{ "warning", 1 },
	{ "info", 2 },
	{ "debug", 3 },
	{ NULL, 0 },
};

static const struct config_word log_format_words[] = {
	{ "text", LOG_FORMAT_TEXT },
	{ "json", LOG_FORMAT_JSON },
	{ NULL, 0 },
};

/* What the items of lists of one text are. */
static const struct config_key aggregate_item = { .name = "aggregates",
	.kind = CONFIG_SCALAR,
	.type = &config_type_aggregate };
static const struct config_key never_item = { .name = "never",
	.kind = CONFIG_SCALAR,
	.type = &config_type_prefix };
static const struct config_key within_item = { .name = "within",
	.kind = CONFIG_SCALAR,
	.type = &config_type_prefix };
static const struct config_key listen_item = { .name = "listen",
	.kind = CONFIG_SCALAR,
	.type = &config_type_listen_bgp };

static const struct config_key min_length_keys[] = {
	{ .name = "ipv4",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    AT(blackhole.min_length[FAMILY_IPV4]),
	    .min = 1,
	    .max = 32,
	    .fallback = "32" },
	{ .name = "ipv6",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    AT(blackhole.min_length[FAMILY_IPV6]),
	    .min = 1,
	    .max = 128,
	    .fallback = "128" },
	{ .name = NULL },
};

static const struct config_key hold_down_keys[] = {
	{ .name = "min",
	    .type = &config_type_duration,
	    .depth = DIFF_POLICY,
	    AT(blackhole.hold_down.min_s),
	    .max = DAY,
	    .fallback = "0s" },
	{ .name = "max",
	    .type = &config_type_duration,
	    .depth = DIFF_POLICY,
	    AT(blackhole.hold_down.max_s),
	    .max = 30 * DAY,
	    .fallback = "6h" },
	{ .name = "window",
	    .type = &config_type_duration,
	    .depth = DIFF_POLICY,
	    AT(blackhole.hold_down.window_s),
	    .max = 30 * DAY,
	    .fallback = "1h" },
	{ .name = NULL },
};

static const struct config_key blackhole_keys[] = {
	{ .name = "communities",
	    .kind = CONFIG_SET,
	    .type = &config_type_communities,
	    .depth = DIFF_POLICY,
	    AT(blackhole.communities),
	    .fallback = "blackhole" },
	{ .name = "next-hop",
	    .type = &config_type_next_hop_ipv4,
	    .depth = DIFF_POLICY,
	    AT(blackhole.next_hop[FAMILY_IPV4]),
	    .fallback = "self" },
	{ .name = "next-hop-ipv6",
	    .type = &config_type_next_hop_ipv6,
	    .depth = DIFF_POLICY,
	    AT(blackhole.next_hop[FAMILY_IPV6]),
	    .fallback = "self" },
	{ .name = "min-length", .kind = CONFIG_MAP, .keys = min_length_keys },
	{ .name = "default-ttl",
	    .type = &config_type_duration,
	    .depth = DIFF_POLICY,
	    AT(blackhole.default_ttl_s),
	    .min = 1,
	    .max = 3650 * DAY,
	    .fallback = "1h" },
	{ .name = "max-ttl",
	    .type = &config_type_duration,
	    .depth = DIFF_POLICY,
	    AT(blackhole.max_ttl_s),
	    .min = 1,
	    .max = 3650 * DAY,
	    .fallback = "7d" },
	{ .name = "allow-permanent",
	    .type = &config_type_bool,
	    .depth = DIFF_POLICY,
	    AT(blackhole.allow_permanent),
	    .fallback = "no" },
	{ .name = "max-victims",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    AT(blackhole.max_victims),
	    .min = 1,
	    .max = VICTIMS_MAX,
	    .fallback = "1000" },
	{ .name = "never",
	    .depth = DIFF_POLICY,
	    .keys = &never_item,
	    .max = PREFIXES_MAX,
	    ARRAY(blackhole.never.items, blackhole.never.count) },
	{ .name = "hold-down", .kind = CONFIG_MAP, .keys = hold_down_keys },
	{ .name = NULL },
};

static const struct config_key max_prefixes_keys[] = {
	{ .name = "ipv4",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    N_AT(max_prefixes[FAMILY_IPV4]),
	    .max = UINT32_MAX,
	    .fallback = "0" },
	{ .name = "ipv6",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    N_AT(max_prefixes[FAMILY_IPV6]),
	    .max = UINT32_MAX,
	    .fallback = "0" },
	{ .name = NULL },
};

static const struct config_key neighbor_keys[] = {
	{ .name = "name",
	    .type = &config_type_name,
	    .depth = DIFF_SESSION,
	    N_AT(name),
	    .min = 1,
	    .max = CONFIG_NAME_MAX,
	    .flags = CONFIG_ID },
	{ .name = "address",
	    .type = &config_type_neighbor_address,
	    .depth = DIFF_SESSION,
	    N_AT(address),
	    .extra = offsetof(struct config_neighbor, interface),
	    .flags = CONFIG_REQUIRED },
	{ .name = "remote-as",
	    .type = &config_type_asn,
	    .depth = DIFF_SESSION,
	    N_AT(remote_as),
	    .flags = CONFIG_REQUIRED },
	{ .name = "port",
	    .type = &config_type_port,
	    .depth = DIFF_SESSION,
	    N_AT(port),
	    .fallback = "179" },
	{ .name = "local-address",
	    .type = &config_type_address,
	    .depth = DIFF_SESSION,
	    N_AT(local_address),
	    N_HAS(has_local_address) },
	{ .name = "passive",
	    .type = &config_type_bool,
	    .depth = DIFF_SESSION,
	    N_AT(passive),
	    .fallback = "no" },
	{ .name = "enabled",
	    .type = &config_type_bool,
	    .depth = DIFF_SESSION,
	    N_AT(enabled),
	    .fallback = "yes" },
	{ .name = "description",
	    .type = &config_type_text,
	    .depth = DIFF_POLICY,
	    N_AT(description),
	    .max = CONFIG_TEXT_MAX },
	{ .name = "hold-time",
	    .type = &config_type_hold_time,
	    .depth = DIFF_SESSION,
	    N_AT(hold_time_s),
	    .fallback = "90s" },
	{ .name = "connect-retry",
	    .type = &config_type_duration,
	    .depth = DIFF_POLICY,
	    N_AT(connect_retry_s),
	    .min = 1,
	    .max = 60,
	    .fallback = "1s" },
	{ .name = "families",
	    .kind = CONFIG_SET,
	    .type = &config_type_words,
	    .words = family_words,
	    .depth = DIFF_SESSION,
	    N_AT(families),
	    .min = 1 },
	{ .name = "password-file",
	    .type = &config_type_file,
	    .depth = DIFF_SESSION,
	    N_AT(password_file),
	    .min = 1,
	    .max = CONFIG_PATH_MAX },
	{ .name = "password",
	    .type = &config_type_password,
	    .depth = DIFF_SESSION,
	    N_AT(password),
	    .extra = offsetof(struct config_neighbor, password_file),
	    .min = 1,
	    .max = CONFIG_PASSWORD_MAX,
	    .flags = CONFIG_SECRET },
	{ .name = "ttl-security",
	    .type = &config_type_hops,
	    .depth = DIFF_SESSION,
	    N_AT(ttl_security),
	    .max = 254,
	    .fallback = "no" },
	{ .name = "multihop",
	    .type = &config_type_number,
	    .depth = DIFF_SESSION,
	    N_AT(multihop),
	    .min = 1,
	    .max = 255 },
	{ .name = "role",
	    .type = &config_type_word,
	    .words = bgp_role_words,
	    .depth = DIFF_SESSION,
	    N_AT(role),
	    .fallback = "none" },
	{ .name = "role-strict",
	    .type = &config_type_bool,
	    .depth = DIFF_SESSION,
	    N_AT(role_strict),
	    .fallback = "no" },
	{ .name = "graceful-restart",
	    .type = &config_type_duration,
	    .depth = DIFF_SESSION,
	    N_AT(graceful_restart_s),
	    .max = 4095,
	    .fallback = "2m" },
	{ .name = "long-lived-graceful-restart",
	    .type = &config_type_duration,
	    .depth = DIFF_SESSION,
	    N_AT(long_lived_graceful_restart_s),
	    .max = 16777215,
	    .fallback = "0s" },
	{ .name = "send-hold-time",
	    .type = &config_type_duration,
	    .depth = DIFF_SESSION,
	    N_AT(send_hold_time_s),
	    N_HAS(has_send_hold_time),
	    .max = 7 * DAY },
	{ .name = "announce",
	    .kind = CONFIG_SET,
	    .type = &config_type_words,
	    .words = announce_words,
	    .depth = DIFF_POLICY,
	    N_AT(announce),
	    .min = 1 },
	{ .name = "max-prefixes",
	    .kind = CONFIG_MAP,
	    .keys = max_prefixes_keys,
	    .flags = CONFIG_EACH },
	{ .name = "communities",
	    .kind = CONFIG_SET,
	    .type = &config_type_communities,
	    .depth = DIFF_POLICY,
	    N_AT(communities),
	    N_HAS(has_communities) },
	{ .name = "next-hop",
	    .type = &config_type_next_hop_ipv4,
	    .depth = DIFF_POLICY,
	    N_AT(next_hop[FAMILY_IPV4]),
	    N_HAS(has_next_hop[FAMILY_IPV4]) },
	{ .name = "next-hop-ipv6",
	    .type = &config_type_next_hop_ipv6,
	    .depth = DIFF_POLICY,
	    N_AT(next_hop[FAMILY_IPV6]),
	    N_HAS(has_next_hop[FAMILY_IPV6]) },
	{ .name = "aggregate-communities",
	    .kind = CONFIG_SET,
	    .type = &config_type_communities,
	    .depth = DIFF_POLICY,
	    N_AT(aggregate_communities) },
	{ .name = "aggregate-next-hop",
	    .type = &config_type_next_hop_ipv4,
	    .depth = DIFF_POLICY,
	    N_AT(aggregate_next_hop[FAMILY_IPV4]),
	    .fallback = "self" },
	{ .name = "aggregate-next-hop-ipv6",
	    .type = &config_type_next_hop_ipv6,
	    .depth = DIFF_POLICY,
	    N_AT(aggregate_next_hop[FAMILY_IPV6]),
	    .fallback = "self" },
	{ .name = "prepend",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    N_AT(prepend),
	    .max = 32,
	    .fallback = "0" },
	{ .name = "med",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    N_AT(med),
	    N_HAS(has_med),
	    .max = UINT32_MAX },
	{ .name = "local-pref",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    N_AT(local_pref),
	    N_HAS(has_local_pref),
	    .max = UINT32_MAX },
	{ .name = NULL },
};

static const struct config_key neighbor_item = { .name = "neighbors",
	.kind = CONFIG_MAP,
	.keys = neighbor_keys };

static const struct config_key access_keys[] = {
	{ .name = "group",
	    .type = &config_type_account,
	    .depth = DIFF_POLICY,
	    A_AT(group),
	    .min = 1,
	    .max = CONFIG_NAME_MAX },
	{ .name = "user",
	    .type = &config_type_account,
	    .depth = DIFF_POLICY,
	    A_AT(user),
	    .min = 1,
	    .max = CONFIG_NAME_MAX },
	{ .name = "id",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    A_AT(id),
	    .max = UINT32_MAX,
	    .fallback = "4294967295",
	    .flags = CONFIG_INTERNAL },
	{ .name = "role",
	    .type = &config_type_word,
	    .words = access_role_words,
	    .depth = DIFF_POLICY,
	    A_AT(role),
	    .flags = CONFIG_REQUIRED },
	{ .name = "rate",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    A_AT(rate),
	    .max = 1000000,
	    .fallback = "0" },
	{ .name = "within",
	    .kind = CONFIG_LIST,
	    .depth = DIFF_POLICY,
	    .keys = &within_item,
	    A_AT(within.items),
	    .extra = offsetof(struct config_access, within.count),
	    .item_size = sizeof(struct prefix),
	    .min = 1,
	    .max = PREFIXES_MAX },
	{ .name = "max-victims",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    A_AT(max_victims),
	    .max = VICTIMS_MAX,
	    .fallback = "0" },
	{ .name = NULL },
};

static const struct config_key access_item = { .name = "access",
	.kind = CONFIG_MAP,
	.keys = access_keys };

static const struct config_key control_keys[] = {
	{ .name = "socket",
	    .type = &config_type_path,
	    .depth = DIFF_RESTART,
	    AT(control.socket),
	    .min = 2,
	    .max = sizeof(((struct config *)NULL)->control.socket),
	    .fallback = "/run/rtbh/control.sock" },
	{ .name = "mode",
	    .type = &config_type_mode,
	    .depth = DIFF_RESTART,
	    AT(control.mode),
	    .fallback = "0666" },
	{ .name = "group",
	    .type = &config_type_account,
	    .depth = DIFF_RESTART,
	    AT(control.group),
	    .min = 1,
	    .max = CONFIG_NAME_MAX },
	{ .name = "max-clients",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    AT(control.max_clients),
	    .min = 1,
	    .max = 65536,
	    .fallback = "256" },
	{ .name = "access",
	    .depth = DIFF_POLICY,
	    .keys = &access_item,
	    .max = 1000,
	    ARRAY(control.access, control.access_count) },
	{ .name = NULL },
};

static const struct config_key state_keys[] = {
	{ .name = "directory",
	    .type = &config_type_path,
	    .depth = DIFF_RESTART,
	    AT(state.directory),
	    .min = 1,
	    .max = CONFIG_PATH_MAX,
	    .fallback = "/var/lib/rtbh" },
	{ .name = "history",
	    .type = &config_type_duration,
	    .depth = DIFF_POLICY,
	    AT(state.history_s),
	    .max = 3650 * DAY,
	    .fallback = "90d" },
	{ .name = "history-rows",
	    .type = &config_type_number,
	    .depth = DIFF_POLICY,
	    AT(state.history_rows),
	    .max = 1000000000,
	    .fallback = "1000000" },
	{ .name = "on-failure",
	    .type = &config_type_word,
	    .words = on_failure_words,
	    .depth = DIFF_POLICY,
	    AT(state.on_failure),
	    .fallback = "announce" },
	{ .name = NULL },
};

static const struct config_key metrics_keys[] = {
	{ .name = "listen",
	    .type = &config_type_listen_http,
	    .depth = DIFF_LISTEN,
	    AT(metrics.listen),
	    .has = offsetof(struct config, metrics.on) },
	{ .name = NULL },
};

static const struct config_key log_keys[] = {
	{ .name = "to",
	    .type = &config_type_word,
	    .words = log_to_words,
	    .depth = DIFF_POLICY,
	    AT(log.to),
	    .fallback = "stderr" },
	{ .name = "level",
	    .type = &config_type_word,
	    .words = log_level_words,
	    .depth = DIFF_POLICY,
	    AT(log.level),
	    .fallback = "info" },
	{ .name = "format",
	    .type = &config_type_word,
	    .words = log_format_words,
	    .depth = DIFF_POLICY,
	    AT(log.format),
	    .fallback = "text" },
	{ .name = NULL },
};

static const struct config_key config_keys[] = {
	{ .name = "local-as",
	    .type = &config_type_asn,
	    .depth = DIFF_ALL_SESSIONS,
	    AT(local_as),
	    .flags = CONFIG_REQUIRED },
	{ .name = "router-id",
	    .type = &config_type_router_id,
	    .depth = DIFF_ALL_SESSIONS,
	    AT(router_id),
	    .flags = CONFIG_REQUIRED },
	{ .name = "aggregates",
	    .depth = DIFF_POLICY,
	    .keys = &aggregate_item,
	    .min = 1,
	    .max = PREFIXES_MAX,
	    ARRAY(aggregates.items, aggregates.count),
	    .flags = CONFIG_REQUIRED },
	{ .name = "blackhole", .kind = CONFIG_MAP, .keys = blackhole_keys },
	{ .name = "neighbors",
	    .depth = DIFF_SESSION,
	    .keys = &neighbor_item,
	    .max = NEIGHBORS_MAX,
	    ARRAY(neighbors, neighbor_count) },
	{ .name = "listen",
	    .depth = DIFF_LISTEN,
	    .keys = &listen_item,
	    .max = 64,
	    ARRAY(listen, listen_count) },
	{ .name = "control", .kind = CONFIG_MAP, .keys = control_keys },
	{ .name = "state", .kind = CONFIG_MAP, .keys = state_keys },
	{ .name = "metrics", .kind = CONFIG_MAP, .keys = metrics_keys },
	{ .name = "log", .kind = CONFIG_MAP, .keys = log_keys },
	{ .name = "user",
	    .type = &config_type_account,
	    .depth = DIFF_RESTART,
	    AT(user),
	    .min = 1,
	    .max = CONFIG_NAME_MAX },
	{ .name = NULL },
};

const struct config_key config_root = { .name = "",
	.kind = CONFIG_MAP,
	.keys = config_keys };

bool
config_is_internal(const struct config *config,
    const struct config_neighbor *neighbor)
{
	return config->local_as == neighbor->remote_as;
}

uint8_t
config_min_ttl(const struct config_neighbor *neighbor)
{
	uint32_t hops = neighbor->ttl_security;

	return hops > 0 ? (uint8_t)(256 - hops) : 0;
}

const struct community_set *
config_blackhole_communities(const struct config *config,
    const struct config_neighbor *neighbor)
{
	if (neighbor->has_communities)
		return &neighbor->communities;
	return &config->blackhole.communities;
}

const struct next_hop *
config_blackhole_next_hop(const struct config *config,
    const struct config_neighbor *neighbor, enum family family)
{
	if (neighbor->has_next_hop[family])
		return &neighbor->next_hop[family];
	return &config->blackhole.next_hop[family];
}

const struct config_neighbor *
config_find_neighbor(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->neighbor_count; i++) {
		if (strcmp(config->neighbors[i].name, name) == 0)
			return &config->neighbors[i];
	}
	return NULL;
}
