/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several channels behind one controller, each with a thread, in processes of
 * their own or not: the driver makes no difference. Threads take turns by dice
 * before each access to anything that they share; channels raise flags at any
 * moment; threads stop and start their channel, are late, or die. Nothing gets
 * lost, nobody is late by more than a look at the line, nobody spins. */
#include "intc-rig.h"
#include "io-intc.h"
#include "vdma-util.h"

#define N_CLIENTS 3
#define N_ROUNDS  25    /* games for each row, each with a seed of its own */
#define N_EVENTS  150   /* flags raised in a game */
#define N_TURNS   80000 /* in a game, at most: nobody spins */
#define N_FLAGS   2
#define LATE      VDMA_NSEC_PER_MSEC

typedef struct Game Game;

typedef struct {
  Game *game;
  guint input;
  GThread *thread;
  VdmaIrq *irq;
  guint flags; /* of its channel; the pin is high while there is one */
  gint64 raised[N_FLAGS]; /* when they came */
  gboolean runs;          /* the channel */
  gboolean waits;         /* for its line */
  gboolean dead;          /* never gets its turn any more */
  gboolean leaves;        /* is to stop the channel once */
  guint n_seen;
} Client;

struct Game {
  IntcRig rig;
  GRand *dice;
  GMutex lock;
  GCond cond;
  Client *turn; /* NULL: the game master's */
  gboolean over;
  guint n_raised;
  Client client[N_CLIENTS];
};

/* ---- turns ---- */

static void
client_give_turn (Client *self)
{
  Game *game = self->game;
  g_mutex_lock (&game->lock);
  game->turn = NULL;
  g_cond_broadcast (&game->cond);
  while (game->turn != self)
    g_cond_wait (&game->cond, &game->lock);
  g_mutex_unlock (&game->lock);
}

/* Before each access; who opens lines is alone. */
static void
game_step (gpointer data)
{
  Game *game = data;
  if (game->turn && !game->over)
    client_give_turn (game->turn);
}

static void
game_give_turn (Game *self, Client *client)
{
  g_mutex_lock (&self->lock);
  self->turn = client;
  g_cond_broadcast (&self->cond);
  while (self->turn)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

/* ---- a channel and its thread ---- */

static void
client_set_flags (Client *self, guint flags)
{
  for (guint i = 0; i < N_FLAGS; i++) {
    if (flags & ~self->flags & (1u << i))
      self->raised[i] = self->game->rig.now;
  }
  self->flags = flags;
  intc_rig_set_pin (&self->game->rig, self->input, flags != 0);
}

static gboolean
client_is_high (gpointer data)
{
  Client *self = data;
  game_step (self->game);
  return self->flags != 0;
}

static void
client_service (Client *self)
{
  guint64 count;
  g_assert_true (vdma_irq_consume (self->irq, &count, NULL));
  game_step (self->game);
  guint seen = self->flags;
  game_step (self->game);
  self->n_seen += (seen & 1) + (seen >> 1);
  client_set_flags (self, self->flags & ~seen);
  g_assert_true (vdma_irq_arm (self->irq, NULL));
}

/* As a channel that is reset: its flags go with it. */
static void
client_restart (Client *self)
{
  self->leaves = FALSE;
  self->runs = FALSE;
  game_step (self->game);
  self->n_seen += (self->flags & 1) + (self->flags >> 1);
  client_set_flags (self, 0);
  vdma_irq_tell (self->irq, VDMA_IRQ_END, 0);
  game_step (self->game);
  self->runs = TRUE;
  g_assert_true (vdma_irq_arm (self->irq, NULL));
}

static IntcRigLine *
client_line (Client *self)
{
  return self->game->rig.lines[self->input];
}

static gpointer
client_main (gpointer data)
{
  Client *self = data;

  g_mutex_lock (&self->game->lock);
  while (self->game->turn != self)
    g_cond_wait (&self->game->cond, &self->game->lock);
  g_mutex_unlock (&self->game->lock);
  self->runs = TRUE;
  g_assert_true (vdma_irq_arm (self->irq, NULL));
  while (!self->game->over) {
    if (self->leaves) {
      client_restart (self);
    } else if (intc_rig_is_readable (client_line (self))) {
      client_service (self);
    } else {
      self->waits = TRUE;
      client_give_turn (self);
      self->waits = FALSE;
    }
  }
  g_mutex_lock (&self->game->lock);
  self->game->turn = NULL;
  g_cond_broadcast (&self->game->cond);
  g_mutex_unlock (&self->game->lock);
  return NULL;
}

static gboolean
client_can_go (Client *self)
{
  return !self->dead
         && (!self->waits || self->leaves
             || intc_rig_is_readable (client_line (self)));
}

/* ---- the game ---- */

static const struct {
  const gchar *name;
  guint32 built;
  gboolean looks;
  gboolean lacks_ipr;
  gboolean dies; /* one of them, halfway */
} rows[] = {
  { "level", 0, FALSE, FALSE, FALSE },
  { "edge", 7, TRUE, FALSE, FALSE },
  { "mixed", 2, TRUE, FALSE, FALSE },
  { "level-without-ipr", 0, FALSE, TRUE, FALSE },
  { "level-dead", 0, FALSE, FALSE, TRUE },
  { "edge-dead", 7, TRUE, FALSE, TRUE },
  { "mixed-dead", 5, TRUE, FALSE, TRUE },
};

static void
game_raise (Game *self)
{
  Client *client = &self->client[g_rand_int_range (self->dice, 0, N_CLIENTS)];
  guint flag = 1u << g_rand_int_range (self->dice, 0, N_FLAGS);

  if (!client->runs || client->dead || (client->flags & flag))
    return;
  client_set_flags (client, client->flags | flag);
  self->n_raised++;
}

static gint64
game_next_look (Game *self)
{
  gint64 next = G_MAXINT64;
  for (guint i = 0; i < N_CLIENTS; i++) {
    if (!self->client[i].dead)
      next = MIN (next, client_line (&self->client[i])->look);
  }
  return next;
}

/* Returns: whether somebody could */
static gboolean
game_let_someone_go (Game *self)
{
  Client *ready[N_CLIENTS];
  gint n = 0;

  for (guint i = 0; i < N_CLIENTS; i++) {
    if (client_can_go (&self->client[i]))
      ready[n++] = &self->client[i];
  }
  if (n > 0)
    game_give_turn (self, ready[g_rand_int_range (self->dice, 0, n)]);
  return n > 0;
}

/* All wait. What was raised is either seen, or the next look finds it. */
static void
game_check_rest (Game *self)
{
  gint64 look = game_next_look (self);

  for (guint i = 0; i < N_CLIENTS; i++) {
    Client *client = &self->client[i];
    for (guint k = 0; k < N_FLAGS && !client->dead; k++) {
      if (!(client->flags & (1u << k)))
        continue;
      g_assert_cmpint (look, !=, G_MAXINT64);
      g_assert_cmpint (look - client->raised[k], <=, LATE);
    }
  }
}

static void
game_open (Game *self, guint row, guint32 seed)
{
  *self = (Game){ .dice = g_rand_new_with_seed (seed) };
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  intc_rig_init (&self->rig, N_CLIENTS, rows[row].built);
  self->rig.model.lacks_ipr = rows[row].lacks_ipr;
  self->rig.step = game_step;
  self->rig.data = self;
  for (guint i = 0; i < N_CLIENTS; i++) {
    g_autoptr (GError) error = NULL;
    Client *client = &self->client[i];
    const VdmaIntcInput input = {
      .number = i,
      .is_high = rows[row].looks ? client_is_high : NULL,
      .data = client,
      .what = "'dice'",
    };
    client->game = self;
    client->input = i;
    client->irq = vdma_intc_open_irq (intc_rig_open_line (&self->rig),
        intc_rig_open_regs (&self->rig), &input, &error);
    g_assert_no_error (error);
    client->thread = g_thread_new ("client", client_main, client);
  }
}

static void
game_close (Game *self)
{
  self->over = TRUE;
  for (guint i = 0; i < N_CLIENTS; i++) {
    game_give_turn (self, &self->client[i]);
    g_thread_join (self->client[i].thread);
  }
  for (guint i = 0; i < N_CLIENTS; i++)
    vdma_irq_close (self->client[i].irq);
  g_assert_cmphex (self->rig.model.ier, ==, 0);
  g_rand_free (self->dice);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

/* Dies where it stands: in the middle of a service, or waiting. */
static void
game_kill (Game *self)
{
  Client *victim = &self->client[g_rand_int_range (self->dice, 0, N_CLIENTS)];
  victim->dead = TRUE;
}

static void
game_play (Game *self, gboolean dies)
{
  const gint busy = g_rand_int_range (self->dice, 2, 40);
  guint n_turns = 0;

  while (self->n_raised < N_EVENTS) {
    gint roll = g_rand_int_range (self->dice, 0, busy * 100);
    if (roll < 100)
      game_raise (self);
    if (roll == 100)
      self->client[g_rand_int_range (self->dice, 0, N_CLIENTS)].leaves = TRUE;
    if (dies && self->n_raised == N_EVENTS / 2) {
      game_kill (self);
      dies = FALSE;
    }
    g_assert_cmpuint (++n_turns, <, N_TURNS);
    if (game_let_someone_go (self))
      continue;
    game_check_rest (self);
    if (g_rand_int_range (self->dice, 0, 4) == 0
        && game_next_look (self) != G_MAXINT64)
      intc_rig_set_time (&self->rig, game_next_look (self));
  }
}

/* Behind the last flag everything is seen: at once, or after some looks. */
static void
game_end (Game *self)
{
  guint n_seen = 0, n_lost = 0;

  for (guint look = 0; look < 2 * N_CLIENTS; look++) {
    for (guint i = 0; game_let_someone_go (self); i++)
      g_assert_cmpuint (i, <, 1000);
    game_check_rest (self);
    gint64 next = game_next_look (self);
    if (next == G_MAXINT64)
      break;
    intc_rig_set_time (&self->rig, next);
  }
  for (guint i = 0; i < N_CLIENTS; i++) {
    Client *client = &self->client[i];
    n_seen += client->n_seen;
    if (client->dead)
      n_lost += (client->flags & 1) + (client->flags >> 1);
    else
      g_assert_cmpuint (client->flags, ==, 0);
  }
  g_assert_cmpuint (n_seen + n_lost, <=, self->n_raised);
}

static void
test_dice (gconstpointer data)
{
  const guint row = GPOINTER_TO_UINT (data);
  guint64 n_fired = 0, n_raised = 0;

  for (guint i = 0; i < N_ROUNDS; i++) {
    Game game;
    guint32 seed = g_test_rand_int ();
    g_test_message ("seed %u", seed);
    game_open (&game, row, seed);
    game_play (&game, rows[row].dies);
    game_end (&game);
    n_fired += game.rig.n_fired;
    n_raised += game.n_raised;
    game_close (&game);
  }
  /* without IPR nobody can know that the line would fire at once */
  g_assert_cmpuint (n_fired, <, n_raised * (rows[row].lacks_ipr ? 4 : 2));
  g_test_message ("%" G_GUINT64_FORMAT " flags, %" G_GUINT64_FORMAT
                  " interrupts",
      n_raised, n_fired);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path = g_strconcat ("/intc-random/", rows[i].name, NULL);
    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_dice);
  }
  return g_test_run ();
}
