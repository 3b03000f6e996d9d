/* Files of a test: a folder of its own, whole files in memory. Failures end the test. */
#ifndef TESTS_FORMAT_HELP_FILE_H
#define TESTS_FORMAT_HELP_FILE_H

#include <stddef.h>
#include <stdint.h>

/* A new empty folder, removed with all that lies in it by help_folder_remove. Owned. */
char *help_folder(void);
void help_folder_remove(char *folder); /* frees it too */
/* How many entries the folder has, hidden ones too. */
size_t help_folder_entries(const char *folder);
/* FOLDER/NAME; owned. */
char *help_path(const char *folder, const char *name);

/* Owned. */
uint8_t *help_file_read(const char *path, size_t *size);
void help_file_write(const char *path, const void *data, size_t size);
/* A file without a name that holds `data`, as a path to open again and again; the descriptor is the caller's. */
int help_memory_file(const void *data, size_t size, char path[64]);

#endif
