#ifndef CONFINE_H
#define CONFINE_H

/*
 * The sandbox of the keeper, made to fit the configuration.
 */

struct config;

/*
 * From here on this process reaches the state directory, the directories in
 * which the configuration and its key files lie, and what the system itself
 * is made of.  A key file in another directory wants a restart.  -1 with
 * errno.
 */
int confine_files(int exe_fd, const char *config_file,
    const struct config *config);
/*
 * From here on it makes the system calls that it needs, and no others.  Says
 * what the kernel could not give, of files as well; -1 with errno.
 */
int confine_calls(void);

#endif
