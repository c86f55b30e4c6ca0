/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vdma-doctor [OPTIONS]: looks at this machine, or at a copy of another one's
 * files, and says in order what keeps an AXI VDMA from being used.
 * Exit status: 0 no problem, 1 problems, 2 wrong options. */
#include <stdio.h>
#include <stdlib.h>

#include "doctor.h"

static gchar *main_root;
static gchar *main_size;
static gint main_pixel = 3;
static gint main_frames;
static gboolean main_json;

static const GOptionEntry main_options[] = {
  { "root", 'r', 0, G_OPTION_ARG_FILENAME, &main_root,
      "Folder that stands for / (default: /)", "DIR" },
  { "size", 's', 0, G_OPTION_ARG_STRING, &main_size,
      "Picture that is wanted (default: 1920x1080)", "WIDTHxHEIGHT" },
  { "pixel", 'p', 0, G_OPTION_ARG_INT, &main_pixel,
      "Bytes of a pixel, 1 to 8 (default: 3)", "BYTES" },
  { "frames", 'n', 0, G_OPTION_ARG_INT, &main_frames,
      "Frames wanted in memory (default: by the frame stores)", "N" },
  { "json", 'j', 0, G_OPTION_ARG_NONE, &main_json, "Findings as JSON", NULL },
  { NULL },
};

static void (*const main_checks[]) (Doctor *self) = {
  doctor_check_kernel,
  doctor_check_bitstream,
  doctor_check_clocks,
  doctor_check_cores,
  doctor_check_drivers,
  doctor_check_uio,
  doctor_check_irq,
  doctor_check_memory,
};

static gboolean main_refuse (GError **error, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

static gboolean
main_refuse (GError **error, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
  return FALSE;
}

static gboolean
main_fill (Doctor *self, GError **error)
{
  const gchar *size = main_size ? main_size : "1920x1080";
  gchar end;

  if (sscanf (size, "%5ux%5u%c", &self->width, &self->height, &end) != 2
      || self->width == 0 || self->height == 0 || self->height > VDMA_MAX_VSIZE)
    return main_refuse (error,
        "--size=%s: a width and a height such as 1920x1080, up to %d lines",
        size, VDMA_MAX_VSIZE);
  if (main_pixel < 1 || main_pixel > 8)
    return main_refuse (error, "--pixel=%d: 1 to 8 bytes", main_pixel);
  if (main_frames < 0 || main_frames > 1024)
    return main_refuse (error, "--frames=%d: 1 to 1024", main_frames);
  self->pixel = (guint) main_pixel;
  self->n_frames = (guint) main_frames;
  self->root = g_strdup (main_root ? main_root : "/");
  if (!g_file_test (self->root, G_FILE_TEST_IS_DIR))
    return main_refuse (
        error, "--root=%s: there is no such folder", self->root);
  return TRUE;
}

static gboolean
main_parse (int *argc, char ***argv, Doctor *self, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (
      "- what keeps an AXI VDMA from being used here, and the remedy");

  g_option_context_add_main_entries (context, main_options, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    return main_refuse (error, "'%s' is one word too many", (*argv)[1]);
  return main_fill (self, error);
}

static void
main_free_finding (gpointer data)
{
  DoctorFinding *finding = data;
  g_free (finding->text);
  g_free (finding->remedy);
  g_free (finding);
}

static void
main_clear (Doctor *self)
{
  g_free (self->root);
  g_clear_pointer (&self->cores, g_ptr_array_unref);
  g_clear_pointer (&self->nodes, g_ptr_array_unref);
  g_clear_pointer (&self->findings, g_ptr_array_unref);
}

int
main (int argc, char **argv)
{
  Doctor doctor = {
    .cores =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vdma_hw_core_free),
    .nodes =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vdma_uio_node_free),
    .findings = g_ptr_array_new_with_free_func (main_free_finding),
  };
  g_autoptr (GError) error = NULL;
  int status = 2;

  if (main_parse (&argc, &argv, &doctor, &error)) {
    for (guint i = 0; i < G_N_ELEMENTS (main_checks); i++)
      main_checks[i](&doctor);
    g_autofree gchar *text =
        main_json ? doctor_to_json (&doctor) : doctor_to_text (&doctor);
    printf (main_json ? "%s\n" : "%s", text);
    status = doctor_count (&doctor, DOCTOR_PROBLEM) > 0;
  } else {
    fprintf (stderr, "vdma-doctor: %s\n", error->message);
  }
  main_clear (&doctor);
  g_free (main_root);
  g_free (main_size);
  return status;
}
