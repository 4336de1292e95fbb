/*
 * Privileges are given up in the order that makes it final: other groups,
 * group, user, capabilities, and then a look whether it is true.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <unistd.h>

#include "sandbox.h"

#define NET_BIND (1U << CAP_NET_BIND_SERVICE)

/* Makes mask the permitted, effective and inheritable capabilities. */
static int
set_capabilities(uint32_t mask)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = mask, .permitted = mask, .inheritable = mask },
	};

	return (int)syscall(SYS_capset, &header, data);
}

/* From root to uid and gid, with the capabilities in mask kept so far. */
static int
become(uid_t uid, gid_t gid, uint32_t mask)
{
	if (mask != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1)
		return -1;
	if (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		return -1;
	if (set_capabilities(mask) == -1)
		return -1;
	if (mask != 0 &&
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0,
		0) == -1)
		return -1;
	return 0;
}

/* Whether all ids are these, and none leads back to root. */
static int
verify(uid_t uid, gid_t gid)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) == -1 || getresgid(&rg, &eg, &sg) == -1)
		return -1;
	errno = EPERM;
	if (r != uid || e != uid || s != uid)
		return -1;
	if (uid == 0)
		return 0;
	if (rg != gid || eg != gid || sg != gid)
		return -1;
	if (setresuid(0, 0, 0) != -1) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int
sandbox_drop(uid_t uid, gid_t gid, bool bind_low_ports)
{
	if (geteuid() == 0 && uid != 0 &&
	    become(uid, gid, bind_low_ports ? NET_BIND : 0) == -1)
		return -1;
	if (verify(uid, gid) == -1)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
