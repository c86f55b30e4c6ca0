/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kind of board that is simulated. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-private.h"

#include <string.h>

#include "io-timer.h"
#include "vdma-error.h"
#include "vdma-log.h"

static gboolean
board_sim_name_is_valid (const gchar *name)
{
  static const gchar letters[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789_.-";
  return *name && name[strspn (name, letters)] == '\0';
}

static gboolean
board_sim_resolve (BoardAddress *address, GError **error)
{
  if (address->target && !board_sim_name_is_valid (address->target)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "device '%s': '%s' is no name of a board; it is written %s with a "
        "NAME of letters, digits, '_', '.' and '-'",
        address->text, address->target, address->impl->syntax);
    return FALSE;
  }
  address->name = address->target ? g_strconcat ("sim:", address->target, NULL)
                                  : g_strdup ("sim");
  return TRUE;
}

static void
board_sim_close (Board *self)
{
  g_clear_pointer (&self->sim, sim_board_unref);
}

static gboolean
board_sim_open_irqs (
    SimBoard *sim, VdmaIrq *irqs[VDMA_N_DIRECTIONS], GError **error)
{
  const VdmaHwDesc *desc = sim_board_get_desc (sim);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (!desc->channel[dir].present)
      continue;
    irqs[dir] = sim_board_wants_timer (sim)
                    ? vdma_timer_irq_new (sim_board_get_time (sim), error)
                    : sim_board_open_irq (sim, (VdmaDirection) dir, error);
    if (!irqs[dir])
      return FALSE;
  }
  return TRUE;
}

static gboolean
board_sim_open (Board *self, const BoardAddress *address, GError **error)
{
  VdmaIrq *irqs[VDMA_N_DIRECTIONS] = { NULL };

  self->sim = sim_board_open (address->target, address->options, error);
  if (!self->sim)
    return FALSE;
  if (!board_sim_open_irqs (self->sim, irqs, error)) {
    for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
      vdma_irq_close (irqs[dir]);
    board_sim_close (self);
    return FALSE;
  }
  self->device = vdma_device_open (sim_board_get_desc (self->sim),
      sim_board_open_regs (self->sim), irqs, sim_board_get_time (self->sim),
      error);
  if (!self->device) {
    board_sim_close (self);
    return FALSE;
  }
  return TRUE;
}

static gboolean
board_sim_check_options (
    Board *self, const BoardAddress *address, GError **error)
{
  g_autoptr (SimBoard) same =
      sim_board_open (address->target, address->options, error);
  return same != NULL;
}

static void
board_sim_set_video_mode (
    Board *self, VdmaDirection dir, const BoardVideoMode *mode)
{
  SimVideoMode sim_mode = {
    .width = mode->width,
    .height = mode->height,
    .fps = { mode->fps_n, mode->fps_d },
  };
  gsize length =
      g_strlcpy (sim_mode.format, mode->format, sizeof sim_mode.format);
  if (length >= sizeof sim_mode.format) {
    vdma_log_warning ("%s: video format '%s' is not known; the stream stays as "
                      "it is",
        self->name, mode->format);
    return;
  }
  sim_board_set_video_mode (self->sim, dir, &sim_mode);
}

const BoardImpl board_sim_kind = {
  .prefix = "sim",
  .syntax = "sim[:NAME][?key=value&...]",
  .help = "a simulated board; NAME is made of letters, digits, '_', '.' "
          "and '-'",
  .simulated = TRUE,
  .resolve = board_sim_resolve,
  .open = board_sim_open,
  .check_options = board_sim_check_options,
  .close = board_sim_close,
  .set_video_mode = board_sim_set_video_mode,
};
