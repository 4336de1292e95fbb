#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

/*
 * A disk that fails when it is told to, between SQLite and the system.  It is
 * SQLite's default from faulty_init() on.
 */
#include <stddef.h>

#include <sqlite3.h>

enum fault {
	FAULT_NONE,
	FAULT_FULL,	 /* ENOSPC on write */
	FAULT_WRITE,	 /* EIO on write */
	FAULT_TORN,	 /* half is written, then EIO */
	FAULT_SYNC,	 /* EIO on fsync */
	FAULT_READ,	 /* EIO on read */
	FAULT_READ_ONLY, /* files can be opened for reading only */
	FAULT_OPEN	 /* no file can be opened, as in a directory */
			 /* that is read-only */
};
#define FAULTS (FAULT_OPEN + 1)

static struct {
	sqlite3_vfs vfs, *real;
	sqlite3_io_methods methods;
	enum fault fault;
	int after; /* so many of these go well before */
} faulty;

/* A file of ours, with that of the system behind it. */
struct faulty_file {
	sqlite3_file base;
	sqlite3_int64 real[];
};

/* Whether the operation that this fault concerns is to fail now. */
static inline int
faulty_fails(enum fault fault)
{
	return faulty.fault == fault && faulty.after-- <= 0;
}

static inline sqlite3_file *
faulty_real(sqlite3_file *file)
{
	return (sqlite3_file *)((struct faulty_file *)file)->real;
}

static inline const sqlite3_io_methods *
faulty_methods(sqlite3_file *file)
{
	return faulty_real(file)->pMethods;
}

static inline int
faulty_close(sqlite3_file *file)
{
	return faulty_methods(file)->xClose(faulty_real(file));
}

static inline int
faulty_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 place)
{
	if (faulty_fails(FAULT_READ))
		return SQLITE_IOERR_READ;
	return faulty_methods(file)->xRead(faulty_real(file), bytes, len,
	    place);
}

static inline int
faulty_write(sqlite3_file *file, const void *bytes, int len,
    sqlite3_int64 place)
{
	const sqlite3_io_methods *real = faulty_methods(file);

	if (faulty_fails(FAULT_FULL))
		return SQLITE_FULL;
	if (faulty_fails(FAULT_WRITE))
		return SQLITE_IOERR_WRITE;
	if (faulty_fails(FAULT_TORN)) {
		(void)real->xWrite(faulty_real(file), bytes, len / 2, place);
		return SQLITE_IOERR_WRITE;
	}
	return real->xWrite(faulty_real(file), bytes, len, place);
}

static inline int
faulty_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return faulty_methods(file)->xTruncate(faulty_real(file), size);
}

static inline int
faulty_sync(sqlite3_file *file, int flags)
{
	if (faulty_fails(FAULT_SYNC))
		return SQLITE_IOERR_FSYNC;
	return faulty_methods(file)->xSync(faulty_real(file), flags);
}

static inline int
faulty_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return faulty_methods(file)->xFileSize(faulty_real(file), size);
}

static inline int
faulty_lock(sqlite3_file *file, int lock)
{
	return faulty_methods(file)->xLock(faulty_real(file), lock);
}

static inline int
faulty_unlock(sqlite3_file *file, int lock)
{
	return faulty_methods(file)->xUnlock(faulty_real(file), lock);
}

static inline int
faulty_check_lock(sqlite3_file *file, int *locked)
{
	return faulty_methods(file)->xCheckReservedLock(faulty_real(file),
	    locked);
}

static inline int
faulty_control(sqlite3_file *file, int what, void *arg)
{
	return faulty_methods(file)->xFileControl(faulty_real(file), what, arg);
}

static inline int
faulty_sector_size(sqlite3_file *file)
{
	return faulty_methods(file)->xSectorSize(faulty_real(file));
}

static inline int
faulty_character(sqlite3_file *file)
{
	return faulty_methods(file)->xDeviceCharacteristics(faulty_real(file));
}

static inline int
faulty_shm_map(sqlite3_file *file, int page, int size, int extend,
    void volatile **at)
{
	return faulty_methods(file)->xShmMap(faulty_real(file), page, size,
	    extend, at);
}

static inline int
faulty_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return faulty_methods(file)->xShmLock(faulty_real(file), offset, count,
	    flags);
}

static inline void
faulty_shm_barrier(sqlite3_file *file)
{
	faulty_methods(file)->xShmBarrier(faulty_real(file));
}

static inline int
faulty_shm_unmap(sqlite3_file *file, int remove)
{
	return faulty_methods(file)->xShmUnmap(faulty_real(file), remove);
}

static inline int
faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
    int *out_flags)
{
	int rc;

	(void)vfs;
	file->pMethods = NULL; /* it is not to be closed */
	if (faulty_fails(FAULT_OPEN))
		return SQLITE_CANTOPEN;
	if (faulty_fails(FAULT_READ_ONLY)) {
		flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
		flags |= SQLITE_OPEN_READONLY;
	}
	rc = faulty.real->xOpen(faulty.real, name, faulty_real(file), flags,
	    out_flags);
	if (rc == SQLITE_OK)
		file->pMethods = &faulty.methods;
	return rc;
}

static inline void
faulty_init(void)
{
	faulty.real = sqlite3_vfs_find(NULL);
	faulty.vfs = *faulty.real;
	faulty.vfs.zName = "faulty";
	faulty.vfs.szOsFile =
	    (int)sizeof(struct faulty_file) + faulty.real->szOsFile;
	faulty.vfs.xOpen = faulty_open;
	faulty.methods = (sqlite3_io_methods){ .iVersion = 2,
		.xClose = faulty_close,
		.xRead = faulty_read,
		.xWrite = faulty_write,
		.xTruncate = faulty_truncate,
		.xSync = faulty_sync,
		.xFileSize = faulty_size,
		.xLock = faulty_lock,
		.xUnlock = faulty_unlock,
		.xCheckReservedLock = faulty_check_lock,
		.xFileControl = faulty_control,
		.xSectorSize = faulty_sector_size,
		.xDeviceCharacteristics = faulty_character,
		.xShmMap = faulty_shm_map,
		.xShmLock = faulty_shm_lock,
		.xShmBarrier = faulty_shm_barrier,
		.xShmUnmap = faulty_shm_unmap };
	sqlite3_vfs_register(&faulty.vfs, 1);
}

/* From the n-th operation on that it concerns, from 0, until the next call. */
static inline void
faulty_set(enum fault fault, int after)
{
	faulty.fault = fault;
	faulty.after = after;
}

#endif
