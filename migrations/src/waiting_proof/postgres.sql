-- Whoever joined the waiting list without the solution of a challenge that was asked for confirms by
-- mail what they take.
ALTER TABLE waiting_wish ADD COLUMN proven BOOLEAN NOT NULL DEFAULT TRUE;
