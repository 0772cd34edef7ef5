-- A place is passed on, not its time: at the same time another location may suit.
ALTER TABLE waiting_wish ADD COLUMN passed_places JSONB NOT NULL DEFAULT '[]';
