/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One input of an AXI interrupt controller as an interrupt line: the order of
 * things, what happens in between, and what it does to others. */
#include <string.h>

#include "error-says.h"
#include "intc-rig.h"
#include "io-intc-regs.h"
#include "io-intc.h"
#include "vdma-util.h"

#define ON (INTC_MER_ME | INTC_MER_HIE)

/* ---- the model ---- */

static void
test_model (void)
{
  IntcModel model = { .n_inputs = 6, .kind = 0x2 };

  /* off: levels and edges are not taken, software may */
  intc_model_set_pin (&model, 0, true);
  intc_model_set_pin (&model, 1, true);
  g_assert_cmphex (intc_model_read (&model, INTC_ISR), ==, 0);
  intc_model_write (&model, INTC_ISR, 0xff);
  g_assert_cmphex (intc_model_read (&model, INTC_ISR), ==, 0x3f);
  intc_model_write (&model, INTC_IAR, 0xffffffff);
  g_assert_cmphex (intc_model_read (&model, INTC_ISR), ==, 0);
  intc_model_write (&model, INTC_MER, ON);
  intc_model_write (&model, INTC_MER, INTC_MER_ME);
  g_assert_cmphex (intc_model_read (&model, INTC_MER), ==, ON);
  intc_model_write (&model, INTC_ISR, 0x20);
  /* the level is there, the edge was long ago */
  g_assert_cmphex (intc_model_read (&model, INTC_ISR), ==, 0x1);
  intc_model_write (&model, INTC_IAR, 0x1);
  g_assert_cmphex (intc_model_read (&model, INTC_ISR), ==, 0x1);
  intc_model_set_pin (&model, 0, false);
  g_assert_cmphex (intc_model_read (&model, INTC_ISR), ==, 0x1);
  intc_model_write (&model, INTC_IAR, 0x1);
  g_assert_cmphex (intc_model_read (&model, INTC_ISR), ==, 0);
  intc_model_set_pin (&model, 1, true);
  g_assert_cmphex (intc_model_read (&model, INTC_ISR), ==, 0);
  intc_model_set_pin (&model, 1, false);
  intc_model_set_pin (&model, 1, true);
  g_assert_cmphex (intc_model_read (&model, INTC_ISR), ==, 0x2);

  g_assert_false (intc_model_get_output (&model));
  g_assert_cmphex (intc_model_read (&model, INTC_IVR), ==, G_MAXUINT32);
  intc_model_write (&model, INTC_SIE, 0xffffffff);
  intc_model_write (&model, INTC_CIE, 0x14);
  g_assert_cmphex (intc_model_read (&model, INTC_IER), ==, 0x2b);
  g_assert_cmphex (intc_model_read (&model, INTC_IPR), ==, 0x2);
  g_assert_cmphex (intc_model_read (&model, INTC_IVR), ==, 1);
  g_assert_true (intc_model_get_output (&model));
  intc_model_write (&model, INTC_MER, 0);
  g_assert_false (intc_model_get_output (&model));
}

/* ---- a channel behind an input ---- */

enum {
  FRAME = 1 << 0,
  ERROR = 1 << 1,
};

/* Its line is high while a flag is set: a VDMA's status register. */
typedef struct {
  IntcRig *rig;
  guint input;
  guint flags;
  VdmaIrq *irq;
} Channel;

static gboolean
channel_is_high (gpointer data)
{
  Channel *self = data;
  if (self->rig->step)
    self->rig->step (self->rig->data);
  return self->flags != 0;
}

static void
channel_set (Channel *self, guint flags)
{
  self->flags = flags;
  intc_rig_set_pin (self->rig, self->input, flags != 0);
}

static VdmaIrq *
channel_try (Channel *self, gboolean looks, GError **error)
{
  const VdmaIntcInput input = {
    .number = self->input,
    .is_high = looks ? channel_is_high : NULL,
    .data = self,
    .what = "'fabric'",
  };
  return vdma_intc_open_irq (intc_rig_open_line (self->rig),
      intc_rig_open_regs (self->rig), &input, error);
}

static void
channel_open (Channel *self, IntcRig *rig, guint input, gboolean looks)
{
  g_autoptr (GError) error = NULL;
  *self = (Channel){ .rig = rig, .input = input };
  self->irq = channel_try (self, looks, &error);
  g_assert_no_error (error);
}

static void
channel_arm (Channel *self)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (vdma_irq_arm (self->irq, &error));
  g_assert_no_error (error);
}

static gboolean
channel_consume (Channel *self)
{
  g_autoptr (GError) error = NULL;
  guint64 count;
  g_assert_true (vdma_irq_consume (self->irq, &count, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count, <=, 1);
  return count > 0;
}

static gboolean
channel_is_woken (Channel *self)
{
  GPollFD fd = { vdma_irq_get_fd (self->irq), G_IO_IN, 0 };
  return vdma_time_wait (vdma_time_monotonic (), &fd, 1, 0) == 1;
}

/* As the driver: the flags that it saw are cleared, and no others. */
static void
channel_service (Channel *self)
{
  channel_consume (self);
  self->rig->step (self->rig->data);
  guint seen = self->flags;
  self->rig->step (self->rig->data);
  channel_set (self, self->flags & ~seen);
  channel_arm (self);
}

/* Two of them, both waiting. */
static void
channel_open_two (Channel *a, Channel *b, IntcRig *rig, gboolean looks)
{
  channel_open (a, rig, 0, looks);
  channel_open (b, rig, 1, looks);
  channel_arm (a);
  channel_arm (b);
}

/* ---- one at a time ---- */

static guint n_accesses; /* to the registers and to the line */

static void
count_step (gpointer data)
{
  n_accesses++;
}

static void
test_frames (gconstpointer data)
{
  const IntcRigKind *kind = data;
  IntcRig rig;
  Channel channel;

  intc_rig_init (&rig, 8, kind->built);
  rig.step = count_step;
  channel_open (&channel, &rig, 5, kind->looks);
  g_assert_cmphex (rig.model.mer, ==, ON);
  g_assert_cmphex (rig.model.ier, ==, 0);
  g_assert_false (channel_is_woken (&channel));
  channel_arm (&channel);
  g_assert_cmphex (rig.model.ier, ==, 0x20);
  for (guint i = 1; i <= 5; i++) {
    g_assert_false (channel_is_woken (&channel));
    channel_set (&channel, FRAME);
    g_assert_true (channel_is_woken (&channel));
    n_accesses = 0;
    g_assert_true (channel_consume (&channel));
    /* others can use the line, though the flag is still there */
    g_assert_false (intc_model_get_output (&rig.model));
    g_assert_false (channel_consume (&channel));
    channel_set (&channel, 0);
    channel_arm (&channel);
    /* ISR, CIE, IAR, SIE; the line three times; and the look */
    g_assert_cmpuint (n_accesses, ==, 7 + kind->looks);
    g_assert_cmpuint (rig.n_fired, ==, i); /* and none for nothing */
    g_assert_cmphex (rig.model.isr, ==, 0);
  }
  vdma_irq_close (channel.irq);
  g_assert_cmphex (rig.model.ier, ==, 0);
}

/* Another one's frames wake as well, cost no arming, and nothing of his is
 * touched. */
static void
test_two (gconstpointer data)
{
  const IntcRigKind *kind = data;
  IntcRig rig;
  Channel a, b;

  intc_rig_init (&rig, 8, kind->built);
  channel_open (&a, &rig, 1, kind->looks);
  channel_open (&b, &rig, 6, kind->looks);
  channel_arm (&a);
  channel_arm (&b);
  g_assert_cmphex (rig.model.ier, ==, 0x42);
  for (guint i = 1; i <= 5; i++) {
    channel_set (&a, FRAME);
    g_assert_true (channel_is_woken (&a));
    g_assert_true (channel_is_woken (&b));
    /* he comes first, and keeps away from the line */
    g_assert_false (channel_consume (&b));
    g_assert_false (channel_is_woken (&b));
    g_assert_false (rig.enabled);
    g_assert_cmphex (rig.model.ier, ==, 0x42);
    g_assert_cmphex (rig.model.isr, ==, 0x02);
    g_assert_true (channel_consume (&a));
    channel_set (&a, 0);
    /* his own that comes now is told as soon as the line is free */
    channel_set (&b, FRAME);
    g_assert_false (channel_is_woken (&b));
    channel_arm (&a);
    g_assert_true (channel_is_woken (&b));
    g_assert_true (channel_consume (&b));
    g_assert_false (channel_consume (&a));
    channel_set (&b, 0);
    channel_arm (&b);
    g_assert_true (rig.enabled);
    g_assert_cmpuint (rig.n_fired, ==, 2 * i);
  }
  vdma_irq_close (a.irq);
  g_assert_cmphex (rig.model.ier, ==, 0x40);
  vdma_irq_close (b.irq);
}

/* One whose process was killed: a look a millisecond, and the other's frames are
 * a millisecond late at most. */
static void
test_dead (gconstpointer data)
{
  const IntcRigKind *kind = data;
  IntcRig rig;
  Channel live, dead;
  guint64 fired;

  intc_rig_init (&rig, 2, kind->built);
  channel_open_two (&live, &dead, &rig, kind->looks);
  channel_set (&dead, FRAME);
  g_assert_false (channel_consume (&live));
  fired = rig.n_fired;
  for (guint ms = 1; ms <= 50; ms++) {
    gboolean has_frame = ms % 3 == 0;
    g_assert_false (channel_is_woken (&live));
    if (has_frame)
      channel_set (&live, FRAME);
    g_assert_cmpint (
        intc_rig_next_look (&rig), ==, rig.now + VDMA_NSEC_PER_MSEC);
    intc_rig_set_time (&rig, rig.now + VDMA_NSEC_PER_MSEC);
    g_assert_true (channel_is_woken (&live));
    g_assert_cmpint (channel_consume (&live), ==, has_frame);
    if (!has_frame)
      continue;
    channel_set (&live, 0);
    channel_arm (&live); /* for the other, in vain */
    g_assert_cmpuint (rig.n_fired, ==, ++fired);
    g_assert_false (channel_consume (&live));
  }
  g_assert_cmpuint (rig.n_fired, ==, fired);
  vdma_irq_close (live.irq);
  vdma_irq_close (dead.irq);
}

/* Stopped: nothing of it is left that could hold others up. */
static void
test_end (gconstpointer data)
{
  const IntcRigKind *kind = data;
  IntcRig rig;
  Channel a, b;

  intc_rig_init (&rig, 8, kind->built);
  channel_open_two (&a, &b, &rig, kind->looks);
  channel_set (&a, FRAME | ERROR);
  vdma_irq_tell (a.irq, VDMA_IRQ_END, 0);
  g_assert_cmphex (rig.model.ier, ==, 0x2);
  g_assert_false (channel_consume (&b));
  g_assert_true (rig.enabled);
  /* and it starts again, with a flag of old */
  channel_arm (&a);
  g_assert_cmphex (rig.model.ier, ==, 0x3);
  g_assert_true (channel_is_woken (&a));
  g_assert_true (channel_consume (&a));
  channel_set (&a, 0);
  channel_arm (&a);
  vdma_irq_close (b.irq);
  vdma_irq_close (a.irq);
}

/* ---- in between ---- */

/* A flag comes up before any one access of a service: it is told, or was seen. */
typedef struct {
  Channel channel;
  guint left; /* accesses until then */
  guint flag;
} Between;

static void
between_step (gpointer data)
{
  Between *self = data;
  if (self->left > 0 && --self->left == 0)
    channel_set (&self->channel, self->channel.flags | self->flag);
}

static void
between_run (const IntcRigKind *kind, guint at, guint flag, gboolean *reached)
{
  Between self = { .flag = flag };
  IntcRig rig;

  intc_rig_init (&rig, 8, kind->built);
  rig.step = between_step;
  rig.data = &self;
  channel_open (&self.channel, &rig, 3, kind->looks);
  channel_arm (&self.channel);
  channel_set (&self.channel, FRAME);
  self.left = at;
  channel_service (&self.channel);
  *reached = self.left == 0;
  self.left = 0;
  for (guint i = 0; self.channel.flags; i++) {
    g_test_message ("%s, flag %u before access %u: flags %u", kind->name, flag,
        at, self.channel.flags);
    g_assert_cmpuint (i, <, 3);
    g_assert_true (channel_is_woken (&self.channel));
    channel_service (&self.channel);
  }
  /* what was told in vain is told once */
  if (channel_is_woken (&self.channel))
    channel_service (&self.channel);
  g_assert_false (channel_is_woken (&self.channel));
  g_assert_true (rig.enabled);
  g_assert_cmphex (rig.model.ier, ==, 0x8);
  vdma_irq_close (self.channel.irq);
}

static void
test_between (gconstpointer data)
{
  static const guint flags[] = { FRAME, ERROR };
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++) {
    gboolean reached = TRUE;
    guint at;
    for (at = 1; reached; at++)
      between_run (data, at, flags[i], &reached);
    g_assert_cmpuint (at, >, 7); /* a service has that many */
  }
}

/* Both are pending when a service for nothing ends: it wakes for its own. */
static void
test_both (gconstpointer data)
{
  const IntcRigKind *kind = data;
  IntcRig rig;
  Channel a, b;

  intc_rig_init (&rig, 8, kind->built);
  channel_open_two (&a, &b, &rig, kind->looks);
  channel_set (&a, FRAME);
  g_assert_false (channel_consume (&b));
  channel_set (&b, FRAME);
  g_assert_false (channel_is_woken (&b));
  channel_arm (&b);
  g_assert_true (channel_is_woken (&b));
  g_assert_true (channel_consume (&b));
  vdma_irq_close (a.irq);
  vdma_irq_close (b.irq);
}

/* An edge input whose line never falls: nobody spins. */
static void
test_stuck (void)
{
  IntcRig rig;
  Channel channel;
  guint at_once = 0;

  intc_rig_init (&rig, 8, 1);
  channel_open (&channel, &rig, 0, TRUE);
  channel_set (&channel, FRAME);
  for (guint i = 0; i < 50; i++) {
    channel_arm (&channel);
    at_once += channel_is_woken (&channel);
    intc_rig_set_time (&rig, rig.now + VDMA_NSEC_PER_MSEC);
    g_assert_true (channel_consume (&channel));
  }
  g_assert_cmpuint (at_once, ==, 4);
  channel_set (&channel, 0);
  channel_arm (&channel);
  g_assert_false (channel_is_woken (&channel));
  channel_set (&channel, FRAME);
  g_assert_true (channel_consume (&channel));
  channel_arm (&channel);
  g_assert_true (channel_is_woken (&channel));
  vdma_irq_close (channel.irq);
}

/* ---- what can be wrong ---- */

static void
test_open_fails (void)
{
  static const struct {
    guint number, n_inputs;
    guint span;
    guint32 mer;
    gint code;
    const gchar *says;
  } cases[] = {
    { 8, 8, 0x1000, 0, VDMA_ERROR_INVALID, "its inputs are 0 to 7" },
    { 32, 0, 0x1000, 0, VDMA_ERROR_INVALID, "its inputs are 0 to 31" },
    { 0, 8, 0x1c, 0, VDMA_ERROR_INVALID, "it needs 0x20" },
    { 0, 8, 0x1000, 0x10, VDMA_ERROR_UNSUPPORTED, "MER reads 0x00000010" },
    { 0, 8, 0x1000, G_MAXUINT32, VDMA_ERROR_UNSUPPORTED,
        "MER reads 0xffffffff" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    IntcRig rig;
    intc_rig_init (&rig, 8, 0);
    rig.model.mer = cases[i].mer;
    const VdmaIntcInput input = {
      .number = cases[i].number,
      .n_inputs = cases[i].n_inputs,
      .what = "'fabric' (/dev/uio0)",
    };
    VdmaRegs *regs = intc_rig_open_regs (&rig);
    regs->span = cases[i].span;
    g_assert_null (
        vdma_intc_open_irq (intc_rig_open_line (&rig), regs, &input, &error));
    g_assert_nonnull (strstr (error->message, "'fabric' (/dev/uio0)"));
    error_assert (&error, cases[i].code, cases[i].says);
    g_assert_null (rig.lines[0]);
    g_assert_cmphex (rig.model.mer, ==, cases[i].mer);
  }
}

/* What reads back nothing at all is found out at the first arming. */
static void
test_no_such_bit (void)
{
  static const struct {
    guint n_inputs;
    gboolean lacks_sie;
  } cases[] = { { 3, FALSE }, { 8, TRUE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    IntcRig rig;
    Channel channel;
    intc_rig_init (&rig, cases[i].n_inputs, 0);
    rig.model.lacks_sie = cases[i].lacks_sie;
    channel_open (&channel, &rig, 3, FALSE);
    g_assert_false (vdma_irq_arm (channel.irq, &error));
    error_assert (&error, VDMA_ERROR_UNSUPPORTED,
        "input 3 of the interrupt controller 'fabric' cannot be enabled");
    vdma_irq_close (channel.irq);
  }
}

/* Without IPR the line's own limits hold; nothing gets lost. */
static void
test_no_ipr (void)
{
  IntcRig rig;
  Channel a, b;
  intc_rig_init (&rig, 8, 0);
  rig.model.lacks_ipr = TRUE;
  channel_open_two (&a, &b, &rig, FALSE);
  channel_set (&a, FRAME);
  g_assert_false (channel_consume (&b));
  g_assert_true (channel_is_woken (&b)); /* at once */
  g_assert_true (channel_consume (&a));
  g_assert_false (channel_consume (&b));
  g_assert_false (channel_is_woken (&b));
  channel_set (&a, 0);
  channel_arm (&a);
  channel_set (&b, FRAME);
  g_assert_true (channel_consume (&b));
  vdma_irq_close (a.irq);
  vdma_irq_close (b.irq);
}

/* A device that is gone is not touched: where its registers were is anything. */
static void
test_vanishes (void)
{
  g_autoptr (GError) error = NULL;
  IntcRig rig;
  Channel channel;
  guint64 count;

  intc_rig_init (&rig, 8, 0);
  rig.step = count_step;
  channel_open (&channel, &rig, 0, FALSE);
  channel_arm (&channel);
  rig.vanished = TRUE;
  n_accesses = 0;
  g_assert_false (vdma_irq_consume (channel.irq, &count, &error));
  error_assert (&error, VDMA_ERROR_NOT_FOUND, "gone");
  g_assert_false (vdma_irq_arm (channel.irq, &error));
  error_assert (&error, VDMA_ERROR_NOT_FOUND, "gone");
  vdma_irq_tell (channel.irq, VDMA_IRQ_END, 0);
  g_assert_cmpuint (n_accesses, ==, 2); /* both of the line */
  /* and it came back, as a driver that was bound anew */
  rig.vanished = FALSE;
  channel_arm (&channel);
  channel_set (&channel, FRAME);
  g_assert_true (channel_consume (&channel));
  rig.vanished = TRUE;
  g_assert_false (vdma_irq_arm (channel.irq, NULL));
  n_accesses = 0;
  vdma_irq_close (channel.irq);
  g_assert_cmpuint (n_accesses, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/intc/model", test_model);
  intc_rig_add_test ("/intc/frames", test_frames);
  intc_rig_add_test ("/intc/two", test_two);
  intc_rig_add_test ("/intc/dead", test_dead);
  intc_rig_add_test ("/intc/end", test_end);
  intc_rig_add_test ("/intc/between", test_between);
  intc_rig_add_test ("/intc/both", test_both);
  g_test_add_func ("/intc/stuck", test_stuck);
  g_test_add_func ("/intc/open-fails", test_open_fails);
  g_test_add_func ("/intc/no-such-bit", test_no_such_bit);
  g_test_add_func ("/intc/no-ipr", test_no_ipr);
  g_test_add_func ("/intc/vanishes", test_vanishes);
  return g_test_run ();
}
