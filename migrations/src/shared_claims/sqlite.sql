-- Whoever shares a SQLite file shares a machine, and so a clock.
SELECT 1;
