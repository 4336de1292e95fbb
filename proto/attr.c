/*
 * Path attributes.  What we announce with is encoded from an attr_set in
 * order of the codes.  What we receive goes through one pass over a table that
 * has a line for each attribute we know; each error becomes a verdict of RFC
 * 7606, and the worst one counts (section 3 (h)).  Nothing is kept.
 */
#include <stdio.h>
#include <string.h>

#include "bgp.h"

#include "attr.h"

#define OPTIONAL BGP_ATTR_FLAG_OPTIONAL
#define TRANSITIVE BGP_ATTR_FLAG_TRANSITIVE

#define ATTR_IPV6_EXTENDED_COMMUNITIES 25 /* RFC 5701 */

/* --- announced --- */

bool
attr_set_equal(const struct attr_set *a, const struct attr_set *b)
{
	return a->family == b->family &&
	    prefix_cmp(&a->next_hop, &b->next_hop) == 0 &&
	    prefix_cmp(&a->next_hop_link_local, &b->next_hop_link_local) == 0 &&
	    a->local_as == b->local_as && a->as_count == b->as_count &&
	    a->as4 == b->as4 && a->has_med == b->has_med &&
	    (!a->has_med || a->med == b->med) &&
	    a->has_local_pref == b->has_local_pref &&
	    (!a->has_local_pref || a->local_pref == b->local_pref) &&
	    a->has_otc == b->has_otc && (!a->has_otc || a->otc == b->otc) &&
	    community_equal(&a->communities, &b->communities);
}

bool
attr_uses_mp_reach(const struct attr_set *a)
{
	return a->family != FAMILY_IPV4 || a->next_hop.family != FAMILY_IPV4;
}

static void
put_header(struct wire_out *out, uint8_t flags, uint8_t code, size_t len)
{
	if (len > UINT8_MAX)
		flags |= BGP_ATTR_FLAG_EXTENDED;
	wire_put_u8(out, flags);
	wire_put_u8(out, code);
	if (len > UINT8_MAX)
		wire_put_u16(out, (uint16_t)len);
	else
		wire_put_u8(out, (uint8_t)len);
}

static void
put_u32(struct wire_out *out, uint8_t flags, uint8_t code, uint32_t value)
{
	put_header(out, flags, code, 4);
	wire_put_u32(out, value);
}

/* One AS_SEQUENCE; without an AS there is no segment. */
static void
put_as_path(struct wire_out *out, uint8_t count, uint32_t as, bool as4)
{
	if (count == 0)
		return;
	wire_put_u8(out, BGP_AS_SEQUENCE);
	wire_put_u8(out, count);
	for (unsigned i = 0; i < count; i++)
		if (as4)
			wire_put_u32(out, as);
		else
			wire_put_u16(out, (uint16_t)as);
}

static size_t
as_path_len(uint8_t count, bool as4)
{
	return count == 0 ? 0 : 2 + count * (size_t)(as4 ? 4 : 2);
}

/* RFC 6793, section 4.2.2: towards an old speaker our AS may not fit. */
static bool
needs_as4_path(const struct attr_set *a)
{
	return !a->as4 && a->as_count > 0 && a->local_as > UINT16_MAX;
}

void
attr_encode(const struct attr_set *a, struct wire_out *out)
{
	const struct community_set *c = &a->communities;
	uint32_t as = needs_as4_path(a) ? BGP_AS_TRANS : a->local_as;

	put_header(out, TRANSITIVE, BGP_ATTR_ORIGIN, 1);
	wire_put_u8(out, BGP_ORIGIN_IGP);
	put_header(out, TRANSITIVE, BGP_ATTR_AS_PATH,
	    as_path_len(a->as_count, a->as4));
	put_as_path(out, a->as_count, as, a->as4);
	if (!attr_uses_mp_reach(a)) {
		put_header(out, TRANSITIVE, BGP_ATTR_NEXT_HOP, 4);
		wire_put_bytes(out, a->next_hop.addr, 4);
	}
	if (a->has_med)
		put_u32(out, OPTIONAL, BGP_ATTR_MED, a->med);
	if (a->has_local_pref)
		put_u32(out, TRANSITIVE, BGP_ATTR_LOCAL_PREF, a->local_pref);
	if (c->count > 0) {
		put_header(out, OPTIONAL | TRANSITIVE, BGP_ATTR_COMMUNITIES,
		    (size_t)c->count * 4);
		community_encode(c, out);
	}
	if (needs_as4_path(a)) {
		put_header(out, OPTIONAL | TRANSITIVE, BGP_ATTR_AS4_PATH,
		    as_path_len(a->as_count, true));
		put_as_path(out, a->as_count, a->local_as, true);
	}
	if (c->large_count > 0) {
		put_header(out, OPTIONAL | TRANSITIVE,
		    BGP_ATTR_LARGE_COMMUNITIES, (size_t)c->large_count * 12);
		large_community_encode(c, out);
	}
	if (a->has_otc)
		put_u32(out, OPTIONAL | TRANSITIVE, BGP_ATTR_OTC, a->otc);
}

/* --- received --- */

int
attr_count_nlri(struct wire_in nlri, enum family family, uint32_t *count)
{
	uint8_t bits = family_bits(family);

	while (nlri.left > 0) {
		uint8_t len = wire_get_u8(&nlri);

		wire_get_bytes(&nlri, (len + 7U) / 8);
		if (len > bits || nlri.failed)
			return -1;
		(*count)++;
	}
	return 0;
}

/* One UPDATE's attributes being checked. */
struct pass {
	struct attr_summary *s;
	const struct session_terms *terms;
	struct bgp_notification *why;
	bool classic_nlri;
	bool reachable;	  /* MP_REACH_NLRI has NLRI, or may have */
	uint64_t seen[4]; /* a bit for each code */
};

static enum attr_verdict
check_origin(struct pass *p, struct wire_in value)
{
	(void)p;
	if (wire_get_u8(&value) > BGP_ORIGIN_INCOMPLETE)
		return ATTR_TREAT_AS_WITHDRAW;
	return ATTR_OK;
}

/* What the worst segment of a path is, worst last. */
enum path {
	PATH_PLAIN,
	PATH_CONFED,
	PATH_SET,
	PATH_BROKEN
};

static enum path
walk_segment(uint8_t type, uint8_t count, struct wire_in ases, bool as4)
{
	while (ases.left > 0) {
		uint32_t as = as4 ? wire_get_u32(&ases) : wire_get_u16(&ases);

		if (as == 0) /* RFC 7607, section 2 */
			return PATH_BROKEN;
	}
	if (ases.failed || count == 0)
		return PATH_BROKEN;
	switch (type) {
	case BGP_AS_SEQUENCE:
		return PATH_PLAIN;
	case BGP_AS_CONFED_SEQUENCE:
		return PATH_CONFED;
	case BGP_AS_SET:
	case BGP_AS_CONFED_SET:
		return PATH_SET;
	default:
		return PATH_BROKEN;
	}
}

/* RFC 7606, section 7.2 */
static enum path
walk_path(struct wire_in in, bool as4)
{
	enum path worst = PATH_PLAIN;

	while (in.left > 0 && worst < PATH_BROKEN) {
		uint8_t type = wire_get_u8(&in);
		uint8_t count = wire_get_u8(&in);
		size_t len = count * (size_t)(as4 ? 4 : 2);
		enum path segment =
		    walk_segment(type, count, wire_get_sub(&in, len), as4);

		if (segment > worst)
			worst = segment;
	}
	return worst;
}

/* RFC 9774 for sets; RFC 5065, section 5 for confederations. */
static enum attr_verdict
check_as_path(struct pass *p, struct wire_in value)
{
	enum path path = walk_path(value, p->terms->as4);

	if (path == PATH_PLAIN || (path == PATH_CONFED && p->terms->internal))
		return ATTR_OK;
	return ATTR_TREAT_AS_WITHDRAW;
}

/* RFC 6793, section 6; it has one AS at least. */
static enum attr_verdict
check_as4_path(struct pass *p, struct wire_in value)
{
	enum path path = value.left > 0 ? walk_path(value, true) : PATH_BROKEN;

	(void)p;
	if (path == PATH_SET)
		return ATTR_TREAT_AS_WITHDRAW;
	return path == PATH_PLAIN ? ATTR_OK : ATTR_DISCARD;
}

/*
 * RFC 4271, section 6.3: a valid host address.  Beside MP_REACH_NLRI alone,
 * NEXT_HOP means nothing (RFC 4760, section 3).
 */
static enum attr_verdict
check_next_hop(struct pass *p, struct wire_in value)
{
	uint8_t first = wire_get_u8(&value);

	if (p->classic_nlri && (first == 0 || first == 127 || first >= 224))
		return ATTR_TREAT_AS_WITHDRAW;
	return ATTR_OK;
}

/* RFC 7606, section 7.7; RFC 7607, section 2 */
static enum attr_verdict
check_aggregator(struct pass *p, struct wire_in value)
{
	bool as4 = p->terms->as4;
	uint32_t as;

	if (value.left != (as4 ? 8 : 6))
		return ATTR_DISCARD;
	as = as4 ? wire_get_u32(&value) : wire_get_u16(&value);
	return as == 0 ? ATTR_DISCARD : ATTR_OK;
}

static enum attr_verdict
check_as4_aggregator(struct pass *p, struct wire_in value)
{
	(void)p;
	return wire_get_u32(&value) == 0 ? ATTR_DISCARD : ATTR_OK;
}

/* The AFI and SAFI at the start; false: not agreed on. */
static bool
get_family(const struct pass *p, struct wire_in *value, enum family *family)
{
	uint16_t afi = wire_get_u16(value);
	uint8_t safi = wire_get_u8(value);

	return capability_family(afi, safi, family) &&
	    (p->terms->families & FAMILY_BIT(*family)) != 0;
}

/* RFC 4760, section 3; RFC 2545, section 3; RFC 8950, section 3 */
static bool
next_hop_fits(const struct pass *p, enum family family, size_t len)
{
	if (family == FAMILY_IPV4 && len == 4)
		return true;
	if (family == FAMILY_IPV4 && !p->terms->ipv4_over_ipv6)
		return false;
	return len == 16 || len == 32;
}

/* RFC 7606, sections 5.3 and 7.11 */
static enum attr_verdict
check_mp_reach(struct pass *p, struct wire_in value)
{
	enum family family;
	size_t next_hop_len;

	p->s->has_mp_reach = true;
	if (value.left < 5)
		return ATTR_RESET;
	if (!get_family(p, &value, &family)) {
		p->reachable = true;
		return ATTR_OK;
	}
	next_hop_len = wire_get_u8(&value);
	wire_get_bytes(&value, next_hop_len);
	wire_get_u8(&value); /* reserved */
	if (value.failed || !next_hop_fits(p, family, next_hop_len))
		return ATTR_RESET;
	p->reachable = value.left > 0;
	if (attr_count_nlri(value, family, &p->s->reach[family]) == -1)
		return ATTR_RESET;
	return ATTR_OK;
}

static enum attr_verdict
check_mp_unreach(struct pass *p, struct wire_in value)
{
	enum family family;

	p->s->has_mp_unreach = true;
	if (value.left < 3)
		return ATTR_RESET;
	if (!get_family(p, &value, &family))
		return ATTR_OK;
	p->s->mp_unreach_family = (uint8_t)family;
	if (attr_count_nlri(value, family, &p->s->unreach[family]) == -1)
		return ATTR_RESET;
	return ATTR_OK;
}

/* What a value's length must be. */
enum length {
	EXACTLY,
	MULTIPLE /* not 0 */,
	ANY
};

/* Where an attribute counts; elsewhere it is discarded. */
enum scope {
	EVERYWHERE,
	INTERNAL, /* RFC 7606, sections 7.5, 7.9 and 7.10 */
	OLD	  /* the neighbor has two octets per AS: RFC 6793, 4.1 */
};

static const struct rule {
	const char *name;	   /* NULL: we do not know it */
	uint8_t flags;		   /* of OPTIONAL and TRANSITIVE */
	uint8_t length_is, length; /* enum length, octets */
	uint8_t scope;		   /* enum scope */
	uint8_t malformed;	   /* enum attr_verdict for a wrong length */
	uint8_t subcode;	   /* enum bgp_update_error for a wrong value */
	/* What is wrong with the value; NULL: nothing can be. */
	enum attr_verdict (*check)(struct pass *p, struct wire_in value);
} rules[] = {
	[BGP_ATTR_ORIGIN] = { "ORIGIN", TRANSITIVE, EXACTLY, 1, EVERYWHERE,
	    ATTR_TREAT_AS_WITHDRAW, BGP_UPDATE_INVALID_ORIGIN, check_origin },
	[BGP_ATTR_AS_PATH] = { "AS_PATH", TRANSITIVE, ANY, 0, EVERYWHERE,
	    ATTR_TREAT_AS_WITHDRAW, BGP_UPDATE_MALFORMED_AS_PATH,
	    check_as_path },
	[BGP_ATTR_NEXT_HOP] = { "NEXT_HOP", TRANSITIVE, EXACTLY, 4, EVERYWHERE,
	    ATTR_TREAT_AS_WITHDRAW, BGP_UPDATE_INVALID_NEXT_HOP,
	    check_next_hop },
	[BGP_ATTR_MED] = { "MULTI_EXIT_DISC", OPTIONAL, EXACTLY, 4, EVERYWHERE,
	    ATTR_TREAT_AS_WITHDRAW, 0, NULL },
	[BGP_ATTR_LOCAL_PREF] = { "LOCAL_PREF", TRANSITIVE, EXACTLY, 4,
	    INTERNAL, ATTR_TREAT_AS_WITHDRAW, 0, NULL },
	[BGP_ATTR_ATOMIC_AGGREGATE] = { "ATOMIC_AGGREGATE", TRANSITIVE, EXACTLY,
	    0, EVERYWHERE, ATTR_DISCARD, 0, NULL },
	[BGP_ATTR_AGGREGATOR] = { "AGGREGATOR", OPTIONAL | TRANSITIVE, ANY, 0,
	    EVERYWHERE, ATTR_DISCARD, BGP_UPDATE_OPTIONAL_ATTRIBUTE,
	    check_aggregator },
	[BGP_ATTR_COMMUNITIES] = { "COMMUNITIES", OPTIONAL | TRANSITIVE,
	    MULTIPLE, 4, EVERYWHERE, ATTR_TREAT_AS_WITHDRAW, 0, NULL },
	[BGP_ATTR_ORIGINATOR_ID] = { "ORIGINATOR_ID", OPTIONAL, EXACTLY, 4,
	    INTERNAL, ATTR_TREAT_AS_WITHDRAW, 0, NULL },
	[BGP_ATTR_CLUSTER_LIST] = { "CLUSTER_LIST", OPTIONAL, MULTIPLE, 4,
	    INTERNAL, ATTR_TREAT_AS_WITHDRAW, 0, NULL },
	[BGP_ATTR_MP_REACH_NLRI] = { "MP_REACH_NLRI", OPTIONAL, ANY, 0,
	    EVERYWHERE, ATTR_RESET, BGP_UPDATE_OPTIONAL_ATTRIBUTE,
	    check_mp_reach },
	[BGP_ATTR_MP_UNREACH_NLRI] = { "MP_UNREACH_NLRI", OPTIONAL, ANY, 0,
	    EVERYWHERE, ATTR_RESET, BGP_UPDATE_OPTIONAL_ATTRIBUTE,
	    check_mp_unreach },
	[BGP_ATTR_EXTENDED_COMMUNITIES] = { "EXTENDED_COMMUNITIES",
	    OPTIONAL | TRANSITIVE, MULTIPLE, 8, EVERYWHERE,
	    ATTR_TREAT_AS_WITHDRAW, 0, NULL },
	[BGP_ATTR_AS4_PATH] = { "AS4_PATH", OPTIONAL | TRANSITIVE, ANY, 0, OLD,
	    ATTR_DISCARD, BGP_UPDATE_OPTIONAL_ATTRIBUTE, check_as4_path },
	[BGP_ATTR_AS4_AGGREGATOR] = { "AS4_AGGREGATOR", OPTIONAL | TRANSITIVE,
	    EXACTLY, 8, OLD, ATTR_DISCARD, BGP_UPDATE_OPTIONAL_ATTRIBUTE,
	    check_as4_aggregator },
	[ATTR_IPV6_EXTENDED_COMMUNITIES] = { "IPV6_EXTENDED_COMMUNITIES",
	    OPTIONAL | TRANSITIVE, MULTIPLE, 20, EVERYWHERE,
	    ATTR_TREAT_AS_WITHDRAW, 0, NULL },
	[BGP_ATTR_LARGE_COMMUNITIES] = { "LARGE_COMMUNITIES",
	    OPTIONAL | TRANSITIVE, MULTIPLE, 12, EVERYWHERE,
	    ATTR_TREAT_AS_WITHDRAW, 0, NULL },
	[BGP_ATTR_OTC] = { "OTC", OPTIONAL | TRANSITIVE, EXACTLY, 4, EVERYWHERE,
	    ATTR_TREAT_AS_WITHDRAW, 0, NULL },
};

static const struct rule *
rule_of(uint8_t code)
{
	if (code >= sizeof(rules) / sizeof(rules[0]) ||
	    rules[code].name == NULL)
		return NULL;
	return &rules[code];
}

const char *
attr_name(uint8_t code, char buf[ATTR_NAMELEN])
{
	const struct rule *rule = rule_of(code);

	if (rule != NULL)
		snprintf(buf, ATTR_NAMELEN, "%s", rule->name);
	else
		snprintf(buf, ATTR_NAMELEN, "attribute %u", code);
	return buf;
}

/* An attribute on its way through the checks. */
struct attr {
	uint8_t flags, code;
	struct wire_in value;
	struct wire_in whole; /* with flags, code and length */
};

/* Keeps the worst verdict, the first of its kind, and why. */
static void
judge(struct pass *p, enum attr_verdict verdict, uint8_t subcode,
    const struct attr *a)
{
	if (verdict <= p->s->verdict)
		return;
	p->s->verdict = verdict;
	p->s->culprit = a->code;
	if (verdict == ATTR_DISCARD)
		return;
	/* RFC 4271, section 6.3: the data is the attribute, for most */
	if (subcode == BGP_UPDATE_MALFORMED_ATTRIBUTES ||
	    subcode == BGP_UPDATE_MALFORMED_AS_PATH)
		notification_set(p->why, BGP_ERR_UPDATE, subcode);
	else
		notification_set_data(p->why, BGP_ERR_UPDATE, subcode,
		    a->whole.at, a->whole.left);
}

/* Whether this code was there before; it has been from now on. */
static bool
seen_before(struct pass *p, uint8_t code)
{
	uint64_t bit = UINT64_C(1) << (code % 64);
	bool before = (p->seen[code / 64] & bit) != 0;

	p->seen[code / 64] |= bit;
	return before;
}

static bool
out_of_scope(const struct pass *p, const struct rule *rule)
{
	return (rule->scope == INTERNAL && !p->terms->internal) ||
	    (rule->scope == OLD && p->terms->as4);
}

static bool
length_fits(const struct rule *rule, size_t len)
{
	switch (rule->length_is) {
	case EXACTLY:
		return len == rule->length;
	case MULTIPLE:
		return len > 0 && len % rule->length == 0;
	default:
		return true;
	}
}

/* RFC 7606, section 3 (c): the other flags are no error. */
static bool
flags_fit(const struct rule *rule, uint8_t flags)
{
	return ((flags ^ rule->flags) & (OPTIONAL | TRANSITIVE)) == 0;
}

/* With wrong flags, the NLRI of an MP attribute still must be found. */
static void
check_known(struct pass *p, const struct rule *rule, const struct attr *a)
{
	if (out_of_scope(p, rule)) {
		judge(p, ATTR_DISCARD, 0, a);
		return;
	}
	if (!flags_fit(rule, a->flags))
		judge(p, ATTR_TREAT_AS_WITHDRAW, BGP_UPDATE_ATTRIBUTE_FLAGS, a);
	if (!length_fits(rule, a->value.left))
		judge(p, rule->malformed, BGP_UPDATE_ATTRIBUTE_LENGTH, a);
	else if (rule->check != NULL)
		judge(p, rule->check(p, a->value), rule->subcode, a);
}

static void
check_attr(struct pass *p, const struct attr *a)
{
	const struct rule *rule = rule_of(a->code);
	bool mp = rule != NULL && rule->malformed == ATTR_RESET;

	if (a->code != BGP_ATTR_MP_UNREACH_NLRI)
		p->s->has_other = true;
	if (seen_before(p, a->code)) /* RFC 7606, section 3 (g) */
		judge(p, mp ? ATTR_RESET : ATTR_DISCARD,
		    BGP_UPDATE_MALFORMED_ATTRIBUTES, a);
	else if (rule != NULL)
		check_known(p, rule, a);
	else if (!(a->flags & OPTIONAL)) /* RFC 4271, section 6.3 */
		judge(p, ATTR_RESET, BGP_UPDATE_UNRECOGNIZED_WELL_KNOWN, a);
}

/*
 * RFC 7606, section 4: the attribute is cut.  The NLRI of a cut MP attribute
 * cannot be found, and then section 3 (j) wants more than a withdrawal.
 */
static void
refuse_cut(struct pass *p, const struct attr *a)
{
	const struct rule *rule = rule_of(a->code);

	p->s->has_other = true;
	if (rule != NULL && rule->malformed == ATTR_RESET)
		judge(p, ATTR_RESET, rule->subcode, a);
	else
		judge(p, ATTR_TREAT_AS_WITHDRAW,
		    BGP_UPDATE_MALFORMED_ATTRIBUTES, a);
}

static void
check_next(struct pass *p, struct wire_in *attrs)
{
	struct attr a = { .whole = *attrs };
	size_t len;

	a.flags = wire_get_u8(attrs);
	a.code = wire_get_u8(attrs);
	if (a.flags & BGP_ATTR_FLAG_EXTENDED)
		len = wire_get_u16(attrs);
	else
		len = wire_get_u8(attrs);
	a.value = wire_get_sub(attrs, len);
	if (attrs->failed) {
		refuse_cut(p, &a);
		return;
	}
	a.whole.left -= attrs->left;
	check_attr(p, &a);
}

/* RFC 7606, section 3 (d); RFC 4760, section 3 for NEXT_HOP */
static void
check_mandatory(struct pass *p)
{
	static const uint8_t codes[] = { BGP_ATTR_ORIGIN, BGP_ATTR_AS_PATH,
		BGP_ATTR_NEXT_HOP };
	size_t count = p->classic_nlri ? 3 : p->s->has_mp_reach ? 2 : 0;

	for (size_t i = 0; i < count; i++) {
		const struct attr missing = { .code = codes[i],
			.whole = wire_in(&codes[i], 1) };

		if (!seen_before(p, codes[i]))
			judge(p, ATTR_TREAT_AS_WITHDRAW,
			    BGP_UPDATE_MISSING_WELL_KNOWN, &missing);
	}
}

enum attr_verdict
attr_check(struct attr_summary *s, struct wire_in attrs, bool classic_nlri,
    const struct session_terms *terms, struct bgp_notification *why)
{
	struct pass p = { .s = s,
		.terms = terms,
		.why = why,
		.classic_nlri = classic_nlri };

	*s = (struct attr_summary){ .mp_unreach_family = FAMILIES };
	while (attrs.left > 0 && s->verdict < ATTR_RESET)
		check_next(&p, &attrs);
	if (s->verdict < ATTR_RESET)
		check_mandatory(&p);
	/*
	 * RFC 7606, section 5.2: with attributes and without a reachable
	 * prefix, we cannot be sure to have found what to withdraw.
	 */
	if (s->verdict == ATTR_TREAT_AS_WITHDRAW && s->has_other &&
	    !classic_nlri && !p.reachable)
		s->verdict = ATTR_RESET;
	return s->verdict;
}
