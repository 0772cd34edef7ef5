-- Looks at a file cost little, so nothing is noted that would spare them.
SELECT 1;
