/* Scripts: commands with the output they must have, as data.
 *
 *     --- a.snap                      a snapshot, in the words of tests/format/help_graph.h
 *     object 0x10 dict
 *     $ heapdiff types a.snap         a line for the shell, in a folder where the snapshots are
 *     type  objects ...               its standard output; then, where there are any,
 *     ! heapdiff: ...                 the lines of its standard error
 *     ? 2                             and its exit code, if not 0
 *
 * In a Markdown page only what stands between ```console and ``` is a script. Running a script gives its text anew with the
 * output that the commands had: what differs is wrong. With HEAPDIFF_REGENERATE=1 in the environment the file is
 * rewritten instead.
 */
#ifndef TESTS_CLI_HELP_SCRIPT_H
#define TESTS_CLI_HELP_SCRIPT_H

/* Runs every script of a folder whose name ends so; with `snapshots`, a file that only defines some, for all of them.
 * Ends the test where one differs, or where there is none. */
void help_scripts_check(const char *folder, const char *ending, const char *snapshots);

/* Puts the program under test first on PATH. Ends the test where it isn't built. */
void help_program_path(void);

#endif
