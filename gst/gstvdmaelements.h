/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the plugin registers. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GST_ELEMENT_REGISTER_DECLARE (vdmasrc)
GST_ELEMENT_REGISTER_DECLARE (vdmasink)

G_END_DECLS
