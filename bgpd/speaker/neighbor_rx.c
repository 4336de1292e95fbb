/*
 * What comes from a neighbor: a message decoded to an event.  UPDATEs are
 * checked and counted; nothing of them is kept or passed on.
 */
#include <string.h>

#include "bgp.h"
#include "refresh.h"
#include "update.h"

#include "clock.h"
#include "log.h"
#include "neighbor_internal.h"

/* RFC 6608, section 4: where it came, and the type of what came. */
static void
set_fsm_error(const struct side *s, uint8_t type, struct bgp_notification *why)
{
	uint8_t subcode = BGP_FSM_IN_ESTABLISHED;

	if (s->state == FSM_OPENSENT)
		subcode = BGP_FSM_IN_OPENSENT;
	else if (s->state == FSM_OPENCONFIRM)
		subcode = BGP_FSM_IN_OPENCONFIRM;
	notification_set_u8(why, BGP_ERR_FSM, subcode, type);
}

/* RFC 5492, section 3: what we offer and the neighbor has nothing of. */
static int
refuse_families(const struct bgp_open *ours, struct bgp_notification *why)
{
	struct capabilities families = { .role = ROLE_NONE,
		.multiprotocol = true,
		.families = ours->caps.families };
	struct wire_out out;

	wire_out_init(&out, NOTIFICATION_DATA_MAX);
	capability_encode(&families, &out);
	notification_set_data(why, BGP_ERR_OPEN,
	    BGP_OPEN_UNSUPPORTED_CAPABILITY, out.bytes, out.len);
	wire_out_fini(&out);
	return -1;
}

static int
take_open(struct side *s, struct wire_in body, struct bgp_notification *why)
{
	const struct neighbor *n = s->neighbor;
	struct bgp_open ours;
	struct open_expect expect = {
		.local_as = n->parts.config->local_as,
		.remote_as = n->config->remote_as,
		.bgp_id = n->parts.config->router_id,
		.role = ROLE_NONE,
	};

	neighbor_fill_open(n, &ours);
	if (!config_is_internal(n->parts.config, n->config)) {
		expect.role = n->config->role;
		expect.role_strict = n->config->role_strict;
	}
	if (open_decode(&s->theirs, body, why) == -1 ||
	    open_check(&s->theirs, &expect, why) == -1)
		return -1;
	s->terms = open_agree(&ours, &s->theirs);
	if (s->terms.families == 0)
		return refuse_families(&ours, why);
	return 0;
}

static void
on_open(struct side *s, const struct frame *f)
{
	struct bgp_notification why;

	if (s->state != FSM_OPENSENT) {
		set_fsm_error(s, f->type, &why);
		side_event(s, EV_RX_OPEN, &why);
	} else if (take_open(s, f->body, &why) == -1) {
		side_event(s, EV_RX_ERROR, &why);
	} else if (side_wins(s)) {
		conn_set_message_max(s->conn, s->terms.message_max_in);
		side_event(s, EV_RX_OPEN, NULL);
	}
}

/* RFC 7606, section 2: the session goes on. */
static void
log_discarded(const struct side *s, const struct update_summary *summary)
{
	char name[ATTR_NAMELEN];

	if (summary->verdict != ATTR_OK)
		log_debug("neighbor %s: UPDATE with a malformed %s: %s",
		    s->neighbor->config->name,
		    attr_name(summary->culprit, name),
		    summary->verdict == ATTR_DISCARD ? "attribute discarded"
						     : "treated as withdraw");
}

static void
on_update(struct side *s, const struct frame *f)
{
	struct update_summary summary;
	struct bgp_notification why;

	if (s->state != FSM_ESTABLISHED) {
		set_fsm_error(s, f->type, &why);
		side_event(s, EV_RX_UPDATE, &why);
		return;
	}
	if (update_check(&summary, f->body, &s->terms, &why) == -1) {
		side_event(s, EV_RX_ERROR, &why);
		return;
	}
	log_discarded(s, &summary);
	for (int family = 0; family < FAMILIES; family++)
		s->neighbor->received_prefixes += summary.reach[family];
	side_event(s, EV_RX_UPDATE, NULL);
}

/*
 * What the neighbor does not take is left out of our next OPEN; it may name
 * one capability after another.
 */
static void
note_refused(struct neighbor *n, const struct bgp_notification *why)
{
	if (why->code != BGP_ERR_OPEN)
		return;
	if (why->subcode == BGP_OPEN_UNSUPPORTED_OPTION)
		n->refuses_options = true;
	if (why->subcode == BGP_OPEN_UNSUPPORTED_CAPABILITY &&
	    why->data_len <= sizeof(n->refused) - n->refused_len) {
		memcpy(n->refused + n->refused_len, why->data, why->data_len);
		n->refused_len = (uint16_t)(n->refused_len + why->data_len);
	}
}

static void
on_notification(struct side *s, const struct frame *f)
{
	struct bgp_notification why;

	/* one that is cut still ends the session */
	if (notification_decode(&why, f->body) == -1 &&
	    neighbor_may_log(s->neighbor, &s->neighbor->log_lines))
		log_info("neighbor %s: its NOTIFICATION is malformed",
		    s->neighbor->config->name);
	neighbor_note_notification(s, &why, false);
	if (s->state == FSM_OPENSENT || s->state == FSM_OPENCONFIRM)
		note_refused(s->neighbor, &why);
	neighbor_note_too_many(s->neighbor, &why);
	side_event(s, EV_RX_NOTIFICATION, NULL);
}

/* RFC 2918; RFC 7313, section 5. */
static void
take_refresh(struct side *s, const struct bgp_refresh *refresh)
{
	enum family family;

	if (!capability_family(refresh->afi, refresh->safi, &family) ||
	    !(s->terms.families & FAMILY_BIT(family)) ||
	    !s->terms.route_refresh)
		return;
	if (s->terms.enhanced_refresh && refresh->subtype != REFRESH_REQUEST)
		return;
	neighbor_ask_refresh(s->neighbor, family);
}

static void
on_refresh(struct side *s, const struct frame *f)
{
	struct bgp_refresh refresh;
	struct bgp_notification why;

	if (s->state != FSM_ESTABLISHED) {
		set_fsm_error(s, f->type, &why);
		side_event(s, EV_RX_REFRESH, &why);
	} else if (refresh_decode(&refresh, f->body, &why) == -1) {
		if (!s->terms.enhanced_refresh)
			notification_set_u16(&why, BGP_ERR_HEADER,
			    BGP_HEADER_BAD_LENGTH, (uint16_t)f->len);
		side_event(s, EV_RX_ERROR, &why);
	} else {
		take_refresh(s, &refresh);
	}
}

void
side_on_message(struct side *s, const struct frame *f)
{
	struct bgp_notification why;

	s->neighbor->received[f->type]++;
	switch (f->type) {
	case BGP_OPEN:
		on_open(s, f);
		break;
	case BGP_UPDATE:
		on_update(s, f);
		break;
	case BGP_NOTIFICATION:
		on_notification(s, f);
		break;
	case BGP_ROUTE_REFRESH:
		on_refresh(s, f);
		break;
	default:
		set_fsm_error(s, f->type, &why);
		side_event(s, EV_RX_KEEPALIVE, &why);
		break;
	}
}
