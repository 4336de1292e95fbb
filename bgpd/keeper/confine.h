#ifndef CONFINE_H
#define CONFINE_H

/*
 * The sandbox of the keeper, made to fit the configuration.
 */

struct config;

/*
 * From here on this process reaches the state directory, the directories in
 * which the configuration and its key files lie, and what the system itself
 * is made of.  A key file in another directory wants a restart.  Says what
 * the kernel could not give; -1 with errno.
 */
int confine_keeper(int exe_fd, const char *config_file,
    const struct config *config);

#endif
