/* Serve: what tp_traverse visits, told to the program that reads the image (dumper/self.h says how it asks).
 *
 * Foreign code runs here, so it runs in a copy of the image: one that crashes or never ends costs nothing else.
 */
#ifndef DUMPER_PYTHON_SERVE_H
#define DUMPER_PYTHON_SERVE_H

/* Answers until `questions` ends; never returns. */
_Noreturn void serve_referents(int questions, int answers);

#endif
