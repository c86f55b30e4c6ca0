/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two processes at one interrupt controller, each with its own channel and its
 * own opening of the UIO device. This process plays the kernel and the hardware;
 * what the others share with it is registers. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake-root.h"
#include "intc-model.h"
#include "io-intc-regs.h"
#include "io-intc.h"
#include "io-uio.h"

#define N_PROCESSES 2
#define N_FRAMES    400   /* of each */
#define LIMIT       20000 /* ms that nothing happens */

/** Shared: what is hardware. */
typedef struct {
  pthread_mutex_t lock;
  IntcModel model;
  guint flags[N_PROCESSES]; /* of the channels */
  guint served[N_PROCESSES];
} Shared;

typedef struct {
  FakeRoot *root;
  gint kernel; /* its end of the device */
  guint number;
  pid_t pid;
  guint raised;
} Process;

static Shared *shared;
static gint bell[2]; /* hardware has changed */

static void
shared_enter (void)
{
  /* who was killed inside left nothing half done: each access is one store */
  if (pthread_mutex_lock (&shared->lock) == EOWNERDEAD)
    pthread_mutex_consistent (&shared->lock);
}

static void
shared_leave (void)
{
  const guint8 one = 1;
  pthread_mutex_unlock (&shared->lock);
  /* a full pipe rings as well */
  if (write (bell[1], &one, 1) < 0)
    return;
}

/* ---- the processes ---- */

static guint32
shared_read (VdmaRegs *regs, guint offset)
{
  shared_enter ();
  guint32 value = intc_model_read (&shared->model, offset);
  shared_leave ();
  return value;
}

static void
shared_write (VdmaRegs *regs, guint offset, guint32 value)
{
  shared_enter ();
  intc_model_write (&shared->model, offset, value);
  shared_leave ();
}

static void
shared_close (VdmaRegs *regs)
{
  g_free (regs);
}

static VdmaRegs *
shared_open (void)
{
  static const VdmaRegsImpl impl = {
    .name = "shared",
    .read32 = shared_read,
    .write32 = shared_write,
    .close = shared_close,
  };
  VdmaRegs *regs = g_new0 (VdmaRegs, 1);
  regs->impl = &impl;
  regs->span = 0x1000;
  return regs;
}

static gboolean
process_is_high (gpointer data)
{
  const Process *self = data;
  shared_enter ();
  gboolean high = shared->flags[self->number] != 0;
  shared_leave ();
  return high;
}

static void
process_clear (const Process *self)
{
  shared_enter ();
  shared->served[self->number] += shared->flags[self->number];
  shared->flags[self->number] = 0;
  intc_model_set_pin (&shared->model, self->number, false);
  shared_leave ();
}

static VdmaIrq *
process_open (Process *self, gboolean looks)
{
  const VdmaIntcInput input = {
    .number = self->number,
    .is_high = looks ? process_is_high : NULL,
    .data = self,
    .what = "'fabric'",
  };
  g_autoptr (VdmaUioNode) node =
      vdma_uio_find (self->root->path, "fabric", NULL);
  VdmaIrq *line = vdma_uio_open_irq (node, vdma_time_monotonic (), NULL);
  return vdma_intc_open_irq (line, shared_open (), &input, NULL);
}

/* Returns: whether all frames came */
static gboolean
process_run (Process *self, gboolean looks)
{
  g_autoptr (VdmaIrq) irq = process_open (self, looks);
  struct pollfd fd = { vdma_irq_get_fd (irq), POLLIN, 0 };
  guint64 count;

  if (!vdma_irq_arm (irq, NULL))
    return FALSE;
  while (shared->served[self->number] < N_FRAMES) {
    if (poll (&fd, 1, LIMIT) != 1 || !vdma_irq_consume (irq, &count, NULL))
      return FALSE;
    process_clear (self);
    if (!vdma_irq_arm (irq, NULL))
      return FALSE;
  }
  return TRUE;
}

static void
process_start (Process *self, gboolean looks)
{
  self->pid = fork ();
  g_assert_cmpint (self->pid, >=, 0);
  if (self->pid > 0)
    return;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  _exit (process_run (self, looks) ? 0 : 1);
}

/* ---- the kernel and the hardware ---- */

typedef struct {
  Process process[N_PROCESSES];
  gboolean enabled;
  gint32 total;
  guint victim; /* N_PROCESSES: nobody dies */
} Machine;

static gboolean
process_is_alive (const Process *self)
{
  return self->pid > 0;
}

/* The next frame ends when the one before was served. */
static void
machine_raise (Machine *self)
{
  for (guint i = 0; i < N_PROCESSES; i++) {
    Process *process = &self->process[i];
    if (!process_is_alive (process) || process->raised >= N_FRAMES
        || process->raised != shared->served[i])
      continue;
    shared->flags[i] = 1;
    process->raised++;
    intc_model_set_pin (&shared->model, i, true);
  }
}

static void
machine_settle (Machine *self)
{
  shared_enter ();
  machine_raise (self);
  gboolean fires = self->enabled && intc_model_get_output (&shared->model);
  pthread_mutex_unlock (&shared->lock);
  if (!fires)
    return;
  self->enabled = FALSE;
  self->total++;
  for (guint i = 0; i < N_PROCESSES; i++) {
    if (process_is_alive (&self->process[i]))
      fake_irq_fire (self->process[i].kernel, self->total);
  }
}

static void
machine_kill (Machine *self, Process *process)
{
  if (!process_is_alive (process) || process->raised < N_FRAMES / 4)
    return;
  g_assert_cmpint (kill (process->pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (process->pid, NULL, 0), ==, process->pid);
  process->pid = 0;
  /* with its interrupt asserted, for ever */
  shared_enter ();
  intc_model_set_pin (&shared->model, process->number, true);
  pthread_mutex_unlock (&shared->lock);
}

static void
machine_listen (Machine *self)
{
  struct pollfd fds[N_PROCESSES + 1] = { { bell[0], POLLIN, 0 } };
  guint8 bytes[256];

  for (guint i = 0; i < N_PROCESSES; i++)
    fds[i + 1] = (struct pollfd){
      process_is_alive (&self->process[i]) ? self->process[i].kernel : -1,
      POLLIN, 0
    };
  g_assert_cmpint (poll (fds, N_PROCESSES + 1, LIMIT), >, 0);
  if (read (bell[0], bytes, sizeof bytes) < 0)
    bytes[0] = 0;
  for (guint i = 0; i < N_PROCESSES; i++) {
    if (fake_irq_count_enables (self->process[i].kernel) > 0)
      self->enabled = TRUE;
  }
}

/* Returns: whether it is still at work */
static gboolean
machine_check (Process *self)
{
  gint status = 0;
  if (!process_is_alive (self))
    return FALSE;
  if (waitpid (self->pid, &status, WNOHANG) == 0)
    return TRUE;
  g_assert_cmpint (status, ==, 0);
  self->pid = 0;
  return FALSE;
}

static void
machine_open (Machine *self, gboolean looks)
{
  for (guint i = 0; i < N_PROCESSES; i++) {
    Process *process = &self->process[i];
    process->number = i;
    process->root = fake_root_new ();
    process->kernel = fake_root_add_irq (process->root, 0, "fabric");
  }
  for (guint i = 0; i < N_PROCESSES; i++)
    process_start (&self->process[i], looks);
}

static void
machine_close (Machine *self)
{
  for (guint i = 0; i < N_PROCESSES; i++) {
    close (self->process[i].kernel);
    fake_root_free (self->process[i].root);
  }
}

static void
shared_reset (guint32 kind)
{
  pthread_mutexattr_t attr;
  *shared = (Shared){ .model = { .n_inputs = N_PROCESSES, .kind = kind } };
  pthread_mutexattr_init (&attr);
  pthread_mutexattr_setpshared (&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust (&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init (&shared->lock, &attr);
  pthread_mutexattr_destroy (&attr);
}

/* ---- who crashes leaves nothing behind ---- */

/* The registers are a file, in which nothing follows from anything. */
static gboolean
crash_run (FakeRoot *root, gboolean ends)
{
  const VdmaIntcInput input = { .number = 1, .what = "'fabric'" };
  g_autoptr (VdmaUioNode) node = vdma_uio_find (root->path, "intc", NULL);
  g_autoptr (VdmaUioNode) fabric = vdma_uio_find (root->path, "fabric", NULL);
  VdmaRegs *regs = vdma_uio_open_regs (node, 0, 0, VDMA_INTC_SPAN, NULL);
  VdmaIrq *line = vdma_uio_open_irq (fabric, vdma_time_monotonic (), NULL);
  VdmaIrq *irq = vdma_intc_open_irq (line, regs, &input, NULL);
  if (!irq || !vdma_irq_arm (irq, NULL))
    return FALSE;
  if (ends)
    vdma_irq_tell (irq, VDMA_IRQ_END, 0);
  fake_root_poke (root, "dev/uio1", INTC_CIE, 0);
  raise (SIGABRT);
  return TRUE;
}

static void
test_crash (void)
{
  for (guint ends = 0; ends < 2; ends++) {
    g_autoptr (FakeRoot) root = fake_root_new ();
    gint kernel = fake_root_add_irq (root, 0, "fabric");
    gint status;
    fake_root_add_uio (root, &(FakeUio){ 1, "intc", 0x41800000, 0x1000, 0 });
    fake_root_poke (root, "dev/uio1", INTC_IER, 2);
    pid_t pid = fork ();
    g_assert_cmpint (pid, >=, 0);
    if (pid == 0) {
      signal (SIGABRT, SIG_DFL);
      prctl (PR_SET_DUMPABLE, 0);
      _exit (crash_run (root, ends));
    }
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGABRT);
    /* who had ended may have given it to another process */
    g_assert_cmphex (
        fake_root_peek (root, "dev/uio1", INTC_CIE), ==, ends ? 0 : 2);
    close (kernel);
  }
}

static const struct {
  const gchar *name;
  guint32 built;
  gboolean looks;
  guint victim;
} rows[] = {
  { "level", 0, FALSE, N_PROCESSES },
  { "edge", 3, TRUE, N_PROCESSES },
  { "mixed", 1, TRUE, N_PROCESSES },
  { "level-killed", 0, FALSE, 0 },
  { "edge-killed", 3, TRUE, 1 },
};

static void
test_processes (gconstpointer data)
{
  const guint row = GPOINTER_TO_UINT (data);
  Machine machine = { .victim = rows[row].victim };
  gboolean busy = TRUE;

  shared_reset (rows[row].built);
  machine_open (&machine, rows[row].looks);
  while (busy) {
    busy = FALSE;
    machine_settle (&machine);
    if (machine.victim < N_PROCESSES)
      machine_kill (&machine, &machine.process[machine.victim]);
    for (guint i = 0; i < N_PROCESSES; i++)
      busy |= machine_check (&machine.process[i]);
    if (busy)
      machine_listen (&machine);
  }
  for (guint i = 0; i < N_PROCESSES; i++) {
    if (i != machine.victim)
      g_assert_cmpuint (shared->served[i], ==, N_FRAMES);
  }
  g_test_message ("%d interrupts", machine.total);
  machine_close (&machine);
}

int
main (int argc, char **argv)
{
  gint status;
  g_test_init (&argc, &argv, NULL);
  shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert_true (shared != MAP_FAILED);
  g_assert_cmpint (pipe2 (bell, O_CLOEXEC | O_NONBLOCK), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path =
        g_strconcat ("/intc-processes/", rows[i].name, NULL);
    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_processes);
  }
  g_test_add_func ("/intc-processes/crash", test_crash);
  status = g_test_run ();
  munmap (shared, sizeof *shared);
  return status;
}
