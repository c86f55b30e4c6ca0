/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstvdmadevicewatch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "vdma-error.h"

/* The kernel makes the device file before it fills the folder in sysfs, and udev
 * gives it to its group after that. */
#define WATCH_QUIET_MS 100

struct GstVdmaDeviceWatch {
  int notify;
  int stop; /* eventfd */
  GThread *thread;
  void (*changed) (gpointer data);
  gpointer data;
};

/* ---- the thread ---- */

static gboolean
watch_event_is_ours (const struct inotify_event *event)
{
  if (event->mask & IN_Q_OVERFLOW)
    return TRUE;
  return event->len > 0 && g_str_has_prefix (event->name, "uio");
}

/* Returns: whether one of the events that wait is of a UIO device */
static gboolean
watch_read_events (GstVdmaDeviceWatch *self)
{
  union {
    struct inotify_event event; /* for its alignment */
    gchar bytes[4096];
  } buffer;
  gboolean is_ours = FALSE;
  gssize size = read (self->notify, &buffer, sizeof buffer);
  for (gssize at = 0; at < size;) {
    const struct inotify_event *event =
        (const struct inotify_event *) (gconstpointer) (buffer.bytes + at);
    is_ours = is_ours || watch_event_is_ours (event);
    at += (gssize) (sizeof *event + event->len);
  }
  return is_ours;
}

static gpointer
watch_run (gpointer data)
{
  GstVdmaDeviceWatch *self = data;
  struct pollfd fds[] = {
    { .fd = self->stop, .events = POLLIN },
    { .fd = self->notify, .events = POLLIN },
  };
  gboolean is_changed = FALSE;
  for (;;) {
    int n = poll (fds, G_N_ELEMENTS (fds), is_changed ? WATCH_QUIET_MS : -1);
    if (n < 0 && errno != EINTR)
      break;
    if (n > 0 && fds[0].revents)
      break;
    if (n > 0 && fds[1].revents)
      is_changed = watch_read_events (self) || is_changed;
    if (n == 0 && is_changed) {
      is_changed = FALSE;
      self->changed (self->data);
    }
  }
  return NULL;
}

/* ---- life ---- */

static gboolean
watch_open (GstVdmaDeviceWatch *self, const gchar *folder, GError **error)
{
  self->stop = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->notify = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (self->stop >= 0 && self->notify >= 0
      && inotify_add_watch (self->notify, folder,
             IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB
                 | IN_ONLYDIR)
             >= 0)
    return TRUE;
  vdma_set_error_errno (error, errno, "cannot watch '%s'", folder);
  return FALSE;
}

GstVdmaDeviceWatch *
gst_vdma_device_watch_new (const gchar *folder, void (*changed) (gpointer data),
    gpointer data, GError **error)
{
  GstVdmaDeviceWatch *self = g_new0 (GstVdmaDeviceWatch, 1);
  self->changed = changed;
  self->data = data;
  self->stop = self->notify = -1;
  if (watch_open (self, folder, error)) {
    self->thread = g_thread_try_new ("vdmawatch", watch_run, self, error);
    if (self->thread)
      return self;
  }
  gst_vdma_device_watch_free (self);
  return NULL;
}

void
gst_vdma_device_watch_free (GstVdmaDeviceWatch *self)
{
  static const guint64 one = 1;
  if (!self)
    return;
  if (self->thread) {
    /* a counter of 0 takes a 1 */
    if (write (self->stop, &one, sizeof one) != sizeof one)
      g_assert_not_reached ();
    g_thread_join (self->thread);
  }
  if (self->notify >= 0)
    close (self->notify);
  if (self->stop >= 0)
    close (self->stop);
  g_free (self);
}
