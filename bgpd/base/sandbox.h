#ifndef SANDBOX_H
#define SANDBOX_H

/*
 * What a process gives up, for good.
 */

#include <stdbool.h>
#include <sys/types.h>

/*
 * Becomes uid and gid with no other groups when started as root (else only
 * checks that nothing is to be done), never to gain privileges again.
 * bind_low_ports keeps CAP_NET_BIND_SERVICE, also over exec.  -1 with errno.
 */
int sandbox_drop(uid_t uid, gid_t gid, bool bind_low_ports);

#endif
