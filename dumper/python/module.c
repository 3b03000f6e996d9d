/* What does Python see of it? Functions over bytes and numbers, each with one task; heapdump/__init__.py makes an
 * interface of them.
 *
 * Only the limited API of CPython 3.9 is used (PEP 384), so that one build serves that version and every later one.
 */
#define Py_LIMITED_API 0x03090000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "dumper/python/image.h"
#include "dumper/python/trigger.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS 100        /* the copy's end is looked for so often, where the end of its output does not come */
#define SAID_MAX (1 << 18) /* bytes of what the program says that are taken */

/* --- commands ------------------------------------------------------------------------------------------------------- */

/* A copy of bytes objects that outlives them, in one block: an array with a NULL behind it, then the texts. */
static char **copy_texts(PyObject *tuple, Py_ssize_t most)
{
	Py_ssize_t count = PyTuple_Size(tuple);
	size_t size = ((size_t)count + 1) * sizeof(char *);

	if (count < 0)
		return NULL;
	if (count > most) {
		PyErr_SetString(PyExc_ValueError, "too many arguments");
		return NULL;
	}
	for (Py_ssize_t i = 0; i < count; i++) {
		Py_ssize_t length = PyBytes_Size(PyTuple_GetItem(tuple, i));
		if (length < 0)
			return NULL;
		size += (size_t)length + 1;
	}
	char **texts = malloc(size);
	if (texts == NULL) {
		PyErr_NoMemory();
		return NULL;
	}
	char *at = (char *)(texts + count + 1);
	for (Py_ssize_t i = 0; i < count; i++) {
		PyObject *item = PyTuple_GetItem(tuple, i);
		size_t length = (size_t)PyBytes_Size(item) + 1; /* its NUL too */
		memcpy(at, PyBytes_AsString(item), length);
		texts[i] = at;
		at += length;
	}
	texts[count] = NULL;
	return texts;
}

static void command_free(struct image_command *command)
{
	if (command == NULL)
		return;
	free((void *)command->arguments);
	free((void *)command->environment);
	free(command);
}

/* The program's path is the first argument. */
static struct image_command *command_create(PyObject *arguments, PyObject *environment)
{
	struct image_command *command = calloc(1, sizeof *command);

	if (command == NULL) {
		PyErr_NoMemory();
		return NULL;
	}
	command->arguments = copy_texts(arguments, IMAGE_ARGUMENTS_MAX);
	command->environment = command->arguments != NULL ? copy_texts(environment, IMAGE_ARGUMENTS_MAX) : NULL;
	if (command->environment == NULL || command->arguments[0] == NULL) {
		if (!PyErr_Occurred())
			PyErr_SetString(PyExc_ValueError, "no program");
		command_free(command);
		return NULL;
	}
	command->program = command->arguments[0];
	return command;
}

static PyObject *os_error(int number)
{
	errno = number;
	return PyErr_SetFromErrno(PyExc_OSError);
}

/* --- captures ------------------------------------------------------------------------------------------------------- */

static const char start_doc[] =
	"start(arguments, environment, number, attempt, once, detached) -> (child, descriptor)\n\n"
	"Makes an image, with the GIL held, so that no thread is in the middle of Python's data. `child` is 0 where it is\n"
	"detached; the descriptor gives what the program says.";

static PyObject *start(PyObject *module, PyObject *values)
{
	PyObject *arguments, *environment;
	struct image_request request = {0};
	unsigned long long number;
	unsigned attempt;
	int once, detached, ends[2];
	pid_t child = 0;

	(void)module;
	if (!PyArg_ParseTuple(values, "O!O!KIpp", &PyTuple_Type, &arguments, &PyTuple_Type, &environment, &number,
			      &attempt, &once, &detached))
		return NULL;
	struct image_command *command = command_create(arguments, environment);
	if (command == NULL)
		return NULL;
	trigger_reap();
	if (pipe2(ends, O_CLOEXEC) != 0) {
		command_free(command);
		return os_error(errno);
	}
	request = (struct image_request){.command = command,
					 .number = number,
					 .attempt = attempt,
					 .once = once != 0,
					 .output = ends[1],
					 .detached = detached && !image_adopts_orphans()};
	int error = image_fork(&request, &child);
	close(ends[1]);
	command_free(command);
	if (error != 0) {
		close(ends[0]);
		return os_error(error);
	}
	return Py_BuildValue("ii", (int)child, ends[0]);
}

static bool has_ended(const char *said, size_t used)
{
	return used >= sizeof(struct image_end) &&
	       memcmp(said + used - sizeof(struct image_end), IMAGE_MARK, sizeof(((struct image_end *)0)->mark)) == 0;
}

struct listening {
	int fd, child;
	char *said;
	size_t used;
	bool ended;
	int64_t left_ms; /* negative: for ever */
};

/* One look, without the GIL; errno, or 0. A descriptor that somebody else's fork has inherited never ends: then the copy's
 * own end tells. */
static int listen_once(struct listening *listening)
{
	struct pollfd readable = {.fd = listening->fd, .events = POLLIN};
	int wait_ms = listening->left_ms >= 0 && listening->left_ms < POLL_MS ? (int)listening->left_ms : POLL_MS;
	siginfo_t info = {0};
	bool child_ended = listening->child > 0 && (syscall(SYS_waitid, P_PID, listening->child, &info,
							    WEXITED | WNOHANG | WNOWAIT | __WALL, NULL) < 0 ||
						    info.si_pid != 0);

	int ready = poll(&readable, 1, child_ended ? 0 : wait_ms);
	if (ready < 0)
		return errno;
	if (ready == 0) {
		listening->left_ms -= listening->left_ms > 0 ? wait_ms : 0;
		listening->ended = child_ended;
		return 0;
	}
	ssize_t got = read(listening->fd, listening->said + listening->used, SAID_MAX - listening->used);
	if (got < 0)
		return errno;
	listening->used += (size_t)got;
	listening->ended = got == 0 || has_ended(listening->said, listening->used) || listening->used == SAID_MAX;
	return 0;
}

static const char listen_doc[] =
	"listen(child, descriptor, milliseconds) -> (bytes, ended)\n\n"
	"What the program says until it has ended or that time is over (negative: never), without the GIL.";

static PyObject *listen_to(PyObject *module, PyObject *values)
{
	struct listening listening = {0};
	long long milliseconds;
	int error = 0;

	(void)module;
	if (!PyArg_ParseTuple(values, "iiL", &listening.child, &listening.fd, &milliseconds))
		return NULL;
	listening.left_ms = milliseconds;
	listening.said = malloc(SAID_MAX);
	if (listening.said == NULL)
		return PyErr_NoMemory();
	while (!listening.ended && error == 0) {
		Py_BEGIN_ALLOW_THREADS error = listen_once(&listening);
		Py_END_ALLOW_THREADS if ((error == 0 || error == EINTR) && PyErr_CheckSignals() != 0) break;
		error = error == EINTR ? 0 : error;
		if (listening.left_ms == 0)
			break;
	}
	PyObject *result = PyErr_Occurred() ? NULL
			   : error != 0     ? os_error(error)
					    : Py_BuildValue("y#O", listening.said, (Py_ssize_t)listening.used,
                                                        listening.ended ? Py_True : Py_False);
	free(listening.said);
	return result;
}

static const char end_doc[] =
	"end(child, descriptor)\n\nCloses the descriptor and waits for the copy, which ends by itself.";

static PyObject *end(PyObject *module, PyObject *values)
{
	int child, fd;

	(void)module;
	if (!PyArg_ParseTuple(values, "ii", &child, &fd))
		return NULL;
	Py_BEGIN_ALLOW_THREADS close(fd);
	if (child > 0)
		while (wait4(child, NULL, __WALL, NULL) < 0 && errno == EINTR)
			;
	Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

static const char leave_doc[] = "leave(child, descriptor)\n\nGoes away; the copy is waited for some time later.";

static PyObject *leave(PyObject *module, PyObject *values)
{
	int child, fd;

	(void)module;
	if (!PyArg_ParseTuple(values, "ii", &child, &fd))
		return NULL;
	close(fd);
	trigger_leave(child);
	trigger_reap();
	Py_RETURN_NONE;
}

static const char cancel_doc[] = "cancel(child)\n\nAsks the program to give up; no file is left.";

static PyObject *cancel(PyObject *module, PyObject *values)
{
	int child;

	(void)module;
	if (!PyArg_ParseTuple(values, "i", &child))
		return NULL;
	if (child > 0)
		kill(child, SIGTERM);
	Py_RETURN_NONE;
}

/* --- triggers ------------------------------------------------------------------------------------------------------- */

static const char on_signal_doc[] = "on_signal(number, arguments, environment)";

static PyObject *on_signal(PyObject *module, PyObject *values)
{
	PyObject *arguments, *environment;
	int number;

	(void)module;
	if (!PyArg_ParseTuple(values, "iO!O!", &number, &PyTuple_Type, &arguments, &PyTuple_Type, &environment))
		return NULL;
	struct image_command *command = command_create(arguments, environment);
	if (command == NULL)
		return NULL;
	int error = trigger_signal(number, command);
	if (error != 0) {
		command_free(command);
		return os_error(error);
	}
	Py_RETURN_NONE;
}

static const char off_signal_doc[] = "off_signal(number)";

static PyObject *off_signal(PyObject *module, PyObject *values)
{
	int number;

	(void)module;
	if (!PyArg_ParseTuple(values, "i", &number))
		return NULL;
	trigger_signal_off(number);
	Py_RETURN_NONE;
}

static const char on_rss_doc[] = "on_rss(key, step, arguments, environment)";

static PyObject *on_rss(PyObject *module, PyObject *values)
{
	PyObject *arguments, *environment;
	unsigned long long step;
	int key;

	(void)module;
	if (!PyArg_ParseTuple(values, "iKO!O!", &key, &step, &PyTuple_Type, &arguments, &PyTuple_Type, &environment))
		return NULL;
	struct image_command *command = command_create(arguments, environment);
	if (command == NULL)
		return NULL;
	int error = trigger_rss(key, step, command);
	if (error != 0) {
		command_free(command);
		return os_error(error);
	}
	Py_RETURN_NONE;
}

static const char off_rss_doc[] = "off_rss(key)";

static PyObject *off_rss(PyObject *module, PyObject *values)
{
	int key;

	(void)module;
	if (!PyArg_ParseTuple(values, "i", &key))
		return NULL;
	trigger_rss_off(key);
	Py_RETURN_NONE;
}

static const char pause_doc[] = "pause()\n\nEnds the thread that looks at sizes; before a fork.";

static PyObject *pause_rss(PyObject *module, PyObject *none)
{
	(void)module;
	(void)none;
	trigger_rss_pause();
	Py_RETURN_NONE;
}

static const char resume_doc[] = "resume()\n\nStarts it again, where there is something to watch.";

static PyObject *resume_rss(PyObject *module, PyObject *none)
{
	(void)module;
	(void)none;
	int error = trigger_rss_resume();
	if (error != 0)
		return os_error(error);
	Py_RETURN_NONE;
}

static const char forked_doc[] = "forked()\n\nForgets what belongs to the parent.";

static PyObject *forked(PyObject *module, PyObject *none)
{
	(void)module;
	(void)none;
	trigger_forked();
	Py_RETURN_NONE;
}

static PyMethodDef functions[] = {{"start", start, METH_VARARGS, start_doc},
				  {"listen", listen_to, METH_VARARGS, listen_doc},
				  {"end", end, METH_VARARGS, end_doc},
				  {"leave", leave, METH_VARARGS, leave_doc},
				  {"cancel", cancel, METH_VARARGS, cancel_doc},
				  {"on_signal", on_signal, METH_VARARGS, on_signal_doc},
				  {"off_signal", off_signal, METH_VARARGS, off_signal_doc},
				  {"on_rss", on_rss, METH_VARARGS, on_rss_doc},
				  {"off_rss", off_rss, METH_VARARGS, off_rss_doc},
				  {"pause", pause_rss, METH_NOARGS, pause_doc},
				  {"resume", resume_rss, METH_NOARGS, resume_doc},
				  {"forked", forked, METH_NOARGS, forked_doc},
				  {NULL, NULL, 0, NULL}};

static int fill(PyObject *module)
{
	return PyModule_AddIntConstant(module, "ATTEMPTS_MAX", IMAGE_ATTEMPTS_MAX);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)fill}, {0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "heapdump._native",
					.m_doc = "Images of this process, and what makes them.", .m_methods = functions,
					.m_slots = slots};

PyMODINIT_FUNC PyInit__native(void); /* the interpreter looks it up by its name */

PyMODINIT_FUNC PyInit__native(void)
{
	return PyModuleDef_Init(&definition);
}
