/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* .hwh files: from XML to the few modules that matter, in one pass. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw-hwh-private.h"
#include "vdma-number.h"

#define HWH_MAX_FILE    (64 * 1024 * 1024) /* the largest seen have 4 MiB */
#define HWH_CHUNK       65536
#define HWH_MAX_DEPTH   32 /* Vivado writes 9 */
#define HWH_MAX_MODULES 4096
#define HWH_MAX_ITEMS   4096 /* parameters, ports of a module */
#define HWH_MAX_RANGES  65536
#define HWH_MAX_TEXT    1024 /* bytes of a name or value that is kept */
#define HWH_MAX_WIDTH   1024 /* lines of an interrupt port */

typedef struct {
  HwhDesign *design;
  GMarkupParseContext *context;
  GString *path; /* "/EDKSYSTEM/MODULES/MODULE" */
  guint depth;
  HwhKind kind;      /* of the module it is in */
  HwhModule *module; /* (nullable): kept */
  HwhPort *port;     /* (nullable): kept */
  gboolean has_root;
} HwhReader;

/* ---- the design ---- */

static void
hwh_parameter_free (gpointer data)
{
  HwhParameter *parameter = data;
  g_free (parameter->value);
  g_free (parameter);
}

static void
hwh_port_free (gpointer data)
{
  HwhPort *port = data;
  g_free (port->name);
  g_free (port->net);
  g_free (port->peer);
  g_free (port);
}

static void
hwh_module_free (gpointer data)
{
  HwhModule *module = data;
  g_free (module->instance);
  g_free (module->full_name);
  g_free (module->type);
  g_free (module->vlnv);
  g_free (module->twice);
  g_hash_table_unref (module->parameters);
  g_ptr_array_unref (module->ports);
  g_free (module);
}

static void
hwh_range_free (gpointer data)
{
  HwhRange *range = data;
  g_free (range->instance);
  g_free (range->interface);
  g_free (range->base);
  g_free (range->high);
  g_free (range);
}

static void
hwh_design_init (HwhDesign *design, const gchar *name)
{
  design->name = g_filename_display_name (name);
  design->modules = g_ptr_array_new_with_free_func (hwh_module_free);
  design->ranges = g_ptr_array_new_with_free_func (hwh_range_free);
}

static void
hwh_design_clear (HwhDesign *design)
{
  g_free (design->name);
  g_ptr_array_unref (design->modules);
  g_ptr_array_unref (design->ranges);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HwhDesign, hwh_design_clear)

const HwhPort *
hw_hwh_find_port (const HwhModule *module, const gchar *name)
{
  for (guint i = 0; i < module->ports->len; i++) {
    const HwhPort *port = g_ptr_array_index (module->ports, i);
    if (g_ascii_strcasecmp (port->name, name) == 0)
      return port;
  }
  return NULL;
}

/* ---- elements ---- */

typedef struct {
  const gchar **names;
  const gchar **values;
} HwhAttributes;

static const gchar *
hwh_attribute (const HwhAttributes *attributes, const gchar *name)
{
  for (guint i = 0; attributes->names[i]; i++) {
    if (g_str_equal (attributes->names[i], name))
      return attributes->values[i];
  }
  return NULL;
}

static gchar *
hwh_attribute_dup (const HwhAttributes *attributes, const gchar *name)
{
  const gchar *value = hwh_attribute (attributes, name);
  if (!value || strlen (value) > HWH_MAX_TEXT)
    return NULL;
  return g_strdup (value);
}

static guint
hwh_line (const HwhReader *reader)
{
  gint line;
  g_markup_parse_context_get_position (reader->context, &line, NULL);
  return (guint) line;
}

static void hwh_set_error (const HwhReader *reader, GError **error,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

static void
hwh_set_error (
    const HwhReader *reader, GError **error, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *text = hw_sentence (format, args);
  va_end (args);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID, "%s:%u: %s",
      reader->design->name, hwh_line (reader), text);
}

static HwhKind
hwh_kind_of (const gchar *type)
{
  static const struct {
    const gchar *type;
    HwhKind kind;
  } kinds[] = {
    { "axi_vdma", HWH_VDMA },
    { "xlconcat", HWH_CONCAT },
    { "ilconcat", HWH_CONCAT },
    { "axi_intc", HWH_INTC },
    { "processing_system7", HWH_PROCESSOR },
    { "zynq_ultra_ps_e", HWH_PROCESSOR },
    { "versal_cips", HWH_PROCESSOR },
    { "ps_wizard", HWH_PROCESSOR },
  };
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_ascii_strcasecmp (type, kinds[i].type) == 0)
      return kinds[i].kind;
  }
  return HWH_OTHER;
}

/* MODTYPE, or the third part of "xilinx.com:ip:axi_vdma:6.3". */
static gchar *
hwh_module_type (const HwhAttributes *attributes)
{
  gchar *type = hwh_attribute_dup (attributes, "MODTYPE");
  if (type)
    return type;
  const gchar *vlnv = hwh_attribute (attributes, "VLNV");
  g_auto (GStrv) parts = g_strsplit (vlnv ? vlnv : "", ":", 5);
  return g_strdup (g_strv_length (parts) >= 3 ? parts[2] : "");
}

static gboolean
hwh_start_module (
    HwhReader *reader, const HwhAttributes *attributes, GError **error)
{
  g_autofree gchar *type = hwh_module_type (attributes);
  reader->kind = hwh_kind_of (type);
  if (reader->kind == HWH_OTHER)
    return TRUE;
  if (reader->design->modules->len >= HWH_MAX_MODULES) {
    hwh_set_error (reader, error, "more than %u modules", HWH_MAX_MODULES);
    return FALSE;
  }
  HwhModule *module = reader->module = g_new0 (HwhModule, 1);
  module->kind = reader->kind;
  module->line = hwh_line (reader);
  module->type = g_steal_pointer (&type);
  module->instance = hwh_attribute_dup (attributes, "INSTANCE");
  module->vlnv = hwh_attribute_dup (attributes, "VLNV");
  const gchar *full = hwh_attribute (attributes, "FULLNAME");
  if (full && strlen (full) <= HWH_MAX_TEXT)
    module->full_name = g_strdup (*full == '/' ? full + 1 : full);
  module->parameters = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, hwh_parameter_free);
  module->ports = g_ptr_array_new_with_free_func (hwh_port_free);
  g_ptr_array_add (reader->design->modules, module);
  return TRUE;
}

static gboolean
hwh_start_parameter (
    HwhReader *reader, const HwhAttributes *attributes, GError **error)
{
  HwhModule *module = reader->module;
  if (!module)
    return TRUE;
  g_autofree gchar *name = hwh_attribute_dup (attributes, "NAME");
  g_autofree gchar *value = hwh_attribute_dup (attributes, "VALUE");
  if (!name || !value)
    return TRUE;
  const HwhParameter *before = g_hash_table_lookup (module->parameters, name);
  if (before) {
    if (!module->twice && !g_str_equal (before->value, value))
      module->twice = g_strdup_printf ("%s:%u: parameter %s is '%s', and '%s' "
                                       "in line %u",
          reader->design->name, hwh_line (reader), name, value, before->value,
          before->line);
    return TRUE;
  }
  if (g_hash_table_size (module->parameters) >= HWH_MAX_ITEMS) {
    hwh_set_error (
        reader, error, "a module has more than %u parameters", HWH_MAX_ITEMS);
    return FALSE;
  }
  HwhParameter *parameter = g_new (HwhParameter, 1);
  parameter->value = g_steal_pointer (&value);
  parameter->line = hwh_line (reader);
  g_hash_table_insert (module->parameters, g_steal_pointer (&name), parameter);
  return TRUE;
}

/* Vectors say LEFT and RIGHT, single lines neither. */
static guint
hwh_port_width (const HwhAttributes *attributes)
{
  const gchar *left = hwh_attribute (attributes, "LEFT");
  const gchar *right = hwh_attribute (attributes, "RIGHT");
  guint64 high, low;
  if (!left || !right || !vdma_parse_uint64 (left, &high)
      || !vdma_parse_uint64 (right, &low))
    return 1;
  guint64 span = high > low ? high - low : low - high;
  return span < HWH_MAX_WIDTH ? (guint) span + 1 : 1;
}

/* Of the way of an interrupt; a processor has hundreds of others. */
static gboolean
hwh_port_is_kept (HwhKind kind, const HwhAttributes *attributes)
{
  const gchar *name = hwh_attribute (attributes, "NAME");
  const gchar *use = hwh_attribute (attributes, "SIGIS");
  if (!name || strlen (name) > HWH_MAX_TEXT)
    return FALSE;
  if (kind == HWH_CONCAT)
    return TRUE;
  return (use && g_ascii_strcasecmp (use, "INTERRUPT") == 0)
         || g_ascii_strncasecmp (name, "intr", 4) == 0
         || g_ascii_strncasecmp (name, "irq", 3) == 0;
}

static gboolean
hwh_start_port (
    HwhReader *reader, const HwhAttributes *attributes, GError **error)
{
  HwhModule *module = reader->module;
  if (!module || !hwh_port_is_kept (module->kind, attributes))
    return TRUE;
  if (module->ports->len >= HWH_MAX_ITEMS) {
    hwh_set_error (
        reader, error, "a module has more than %u ports", HWH_MAX_ITEMS);
    return FALSE;
  }
  HwhPort *port = reader->port = g_new0 (HwhPort, 1);
  port->name = hwh_attribute_dup (attributes, "NAME");
  port->net = hwh_attribute_dup (attributes, "SIGNAME");
  port->width = hwh_port_width (attributes);
  g_ptr_array_add (module->ports, port);
  return TRUE;
}

static gboolean
hwh_start_connection (HwhReader *reader, const HwhAttributes *attributes,
    G_GNUC_UNUSED GError **error)
{
  HwhPort *port = reader->port;
  if (!port || port->peer)
    return TRUE;
  g_autofree gchar *instance = hwh_attribute_dup (attributes, "INSTANCE");
  g_autofree gchar *peer = hwh_attribute_dup (attributes, "PORT");
  if (instance && peer)
    port->peer = g_strconcat (instance, ".", peer, NULL);
  return TRUE;
}

static gboolean
hwh_start_range (
    HwhReader *reader, const HwhAttributes *attributes, GError **error)
{
  GPtrArray *ranges = reader->design->ranges;
  const gchar *instance = hwh_attribute (attributes, "INSTANCE");
  const gchar *type = hwh_attribute (attributes, "MEMTYPE");
  if (!instance || (type && g_ascii_strcasecmp (type, "MEMORY") == 0))
    return TRUE;
  if (ranges->len >= HWH_MAX_RANGES) {
    hwh_set_error (
        reader, error, "more than %u address ranges", HWH_MAX_RANGES);
    return FALSE;
  }
  HwhRange *range = g_new0 (HwhRange, 1);
  range->master = reader->kind;
  range->line = hwh_line (reader);
  range->instance = hwh_attribute_dup (attributes, "INSTANCE");
  range->interface = hwh_attribute_dup (attributes, "SLAVEBUSINTERFACE");
  range->base = hwh_attribute_dup (attributes, "BASEVALUE");
  range->high = hwh_attribute_dup (attributes, "HIGHVALUE");
  g_ptr_array_add (ranges, range);
  return TRUE;
}

#define HWH_ROOT   "EDKSYSTEM"
#define HWH_MODULE "/" HWH_ROOT "/MODULES/MODULE"
#define HWH_PORT   HWH_MODULE "/PORTS/PORT"

static const struct {
  const gchar *path;
  gboolean (*start) (
      HwhReader *reader, const HwhAttributes *attributes, GError **error);
} hwh_elements[] = {
  { HWH_MODULE, hwh_start_module },
  { HWH_MODULE "/PARAMETERS/PARAMETER", hwh_start_parameter },
  { HWH_PORT, hwh_start_port },
  { HWH_PORT "/CONNECTIONS/CONNECTION", hwh_start_connection },
  { HWH_MODULE "/MEMORYMAP/MEMRANGE", hwh_start_range },
};

static void
hwh_on_start (G_GNUC_UNUSED GMarkupParseContext *context, const gchar *name,
    const gchar **names, const gchar **values, gpointer data, GError **error)
{
  HwhReader *reader = data;
  HwhAttributes attributes = { names, values };

  if (++reader->depth > HWH_MAX_DEPTH) {
    hwh_set_error (
        reader, error, "elements are nested deeper than %u", HWH_MAX_DEPTH);
    return;
  }
  if (reader->depth == 1 && !g_str_equal (name, HWH_ROOT)) {
    hwh_set_error (reader, error,
        "the first element is <%.64s>; that of a .hwh file is <%s>", name,
        HWH_ROOT);
    return;
  }
  reader->has_root = TRUE;
  g_string_append_c (reader->path, '/');
  g_string_append (reader->path, name);
  for (guint i = 0; i < G_N_ELEMENTS (hwh_elements); i++) {
    if (g_str_equal (reader->path->str, hwh_elements[i].path)) {
      hwh_elements[i].start (reader, &attributes, error);
      return;
    }
  }
}

static void
hwh_on_end (G_GNUC_UNUSED GMarkupParseContext *context, const gchar *name,
    gpointer data, G_GNUC_UNUSED GError **error)
{
  HwhReader *reader = data;
  if (g_str_equal (reader->path->str, HWH_MODULE)) {
    reader->module = NULL;
    reader->kind = HWH_OTHER;
  } else if (g_str_equal (reader->path->str, HWH_PORT)) {
    reader->port = NULL;
  }
  g_string_truncate (reader->path, reader->path->len - strlen (name) - 1);
  reader->depth--;
}

/* ---- the file ---- */

/** HwhInput: where the next bytes come from. */
typedef struct {
  int fd; /* -1: from memory */
  const gchar *text;
  gsize left;
} HwhInput;

static gssize
hwh_input_read (HwhInput *input, gchar *chunk, gsize size)
{
  if (input->fd >= 0) {
    gssize got;
    do
      got = read (input->fd, chunk, size);
    while (got < 0 && errno == EINTR);
    return got;
  }
  gsize length = MIN (size, input->left);
  memcpy (chunk, input->text, length);
  input->text += length;
  input->left -= length;
  return (gssize) length;
}

/* Vivado begins with a byte order mark, which GMarkup takes for text. */
static const gchar *
hwh_skip_mark (const gchar *chunk, gssize *length)
{
  static const gchar mark[] = "\xef\xbb\xbf";
  if (*length < 3 || memcmp (chunk, mark, 3) != 0)
    return chunk;
  *length -= 3;
  return chunk + 3;
}

/* GMarkup takes a document that ends behind its first comment for whole. */
static gboolean
hwh_end (HwhReader *reader, GError **error)
{
  if (!g_markup_parse_context_end_parse (reader->context, error))
    return FALSE;
  if (!reader->has_root)
    hwh_set_error (
        reader, error, "no .hwh file, or cut short: no <%s>", HWH_ROOT);
  return reader->has_root;
}

static gboolean
hwh_feed (HwhReader *reader, HwhInput *input, GError **error)
{
  g_autofree gchar *chunk = g_malloc (HWH_CHUNK);
  gsize total = 0;
  for (;;) {
    gssize got = hwh_input_read (input, chunk, HWH_CHUNK);
    if (got < 0) {
      vdma_set_error_errno (
          error, errno, "cannot read '%s'", reader->design->name);
      return FALSE;
    }
    if (got == 0)
      return hwh_end (reader, error);
    const gchar *text = total == 0 ? hwh_skip_mark (chunk, &got) : chunk;
    total += (gsize) got;
    if (total > HWH_MAX_FILE) {
      hwh_set_error (reader, error, "longer than %u MiB: no .hwh file",
          HWH_MAX_FILE >> 20);
      return FALSE;
    }
    if (!g_markup_parse_context_parse (reader->context, text, got, error))
      return FALSE;
  }
}

/* GMarkup's errors name the line, and may quote what is no UTF-8. */
static void
hwh_prefix_markup_error (const HwhDesign *design, GError **error)
{
  if (!error || (*error)->domain != G_MARKUP_ERROR)
    return;
  g_autoptr (GError) markup = g_steal_pointer (error);
  g_autofree gchar *valid = g_utf8_make_valid (markup->message, -1);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "'%s' is no .hwh file, or is cut short: %s", design->name, valid);
}

static gboolean
hwh_read_design (HwhDesign *design, HwhInput *input, GError **error)
{
  static const GMarkupParser parser = {
    .start_element = hwh_on_start,
    .end_element = hwh_on_end,
  };
  HwhReader reader = { .design = design };
  reader.path = g_string_new (NULL);
  reader.context = g_markup_parse_context_new (&parser, 0, &reader, NULL);
  gboolean ok = hwh_feed (&reader, input, error);
  if (!ok)
    hwh_prefix_markup_error (design, error);
  g_markup_parse_context_free (reader.context);
  g_string_free (reader.path, TRUE);
  return ok;
}

static void
hwh_core_free (gpointer data)
{
  vdma_hw_core_free (data);
}

static GPtrArray *
hwh_list (const gchar *name, HwhInput *input, GError **error)
{
  g_auto (HwhDesign) design = { NULL };
  hwh_design_init (&design, name);
  if (!hwh_read_design (&design, input, error))
    return NULL;
  GPtrArray *cores = g_ptr_array_new_with_free_func (hwh_core_free);
  for (guint i = 0; i < design.modules->len; i++) {
    const HwhModule *module = g_ptr_array_index (design.modules, i);
    if (module->kind == HWH_VDMA)
      g_ptr_array_add (cores, hw_hwh_build_core (&design, module));
  }
  return cores;
}

/* A pipe or a device would keep its reader waiting. */
static int
hwh_open (const gchar *path, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);
  struct stat status;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    vdma_set_error_errno (error, errno, "cannot open '%s'", shown);
    return -1;
  }
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    return fd;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "'%s' is no file; it should be a .hwh file", shown);
  close (fd);
  return -1;
}

GPtrArray *
vdma_hwh_list (const gchar *path, GError **error)
{
  HwhInput input = { .fd = hwh_open (path, error) };
  if (input.fd < 0)
    return NULL;
  GPtrArray *cores = hwh_list (path, &input, error);
  close (input.fd);
  return cores;
}

GPtrArray *
vdma_hwh_parse (
    const gchar *text, gsize length, const gchar *name, GError **error)
{
  HwhInput input = { .fd = -1, .text = text, .left = length };
  return hwh_list (name, &input, error);
}

static gboolean
hwh_core_matches (const VdmaHwCore *core, const gchar *name)
{
  const gchar *full = core->full_name ? core->full_name : "";
  return g_str_equal (core->desc.name, name)
         || g_str_equal (full, *name == '/' ? name + 1 : name);
}

VdmaHwCore *
hw_hwh_pick (const gchar *spec, guint64 base, GError **error)
{
  const gchar *mark = strrchr (spec, '#');
  g_autofree gchar *path =
      mark ? g_strndup (spec, (gsize) (mark - spec)) : g_strdup (spec);
  g_autoptr (GPtrArray) cores = vdma_hwh_list (path, error);
  if (!cores)
    return NULL;
  g_autofree gchar *shown = g_filename_display_name (path);
  return hw_core_pick (
      cores, mark ? mark + 1 : NULL, base, hwh_core_matches, shown, error);
}

VdmaHwCore *
vdma_hwh_find (const gchar *spec, GError **error)
{
  g_autoptr (VdmaHwCore) core = hw_hwh_pick (spec, HW_ANY_BASE, error);
  if (!core || !vdma_hw_core_check (core, error))
    return NULL;
  return g_steal_pointer (&core);
}
