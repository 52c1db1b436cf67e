-- compatible: yes
-- Steps beside which programs of the step before go on and may be started: those that only add.
-- Whoever takes such a step notes it here, for a program that does not know the step to read.

CREATE TABLE compatible_steps (
    version INTEGER PRIMARY KEY
) {without_rowid};
