/**
 * Schema: which runs "restage rm" has removed, and earlier tags of states as those that a person gave. The row of such
 * a run stays, since states name it as the one that made them.
 */
import { RUNS } from './012-views.ts';

export const RUN_REMOVAL = `
CREATE TABLE run_removal (
  run INTEGER NOT NULL PRIMARY KEY REFERENCES run (id),
  at  INTEGER NOT NULL
) STRICT;

-- Nobody knows who gave the tags that are there: with 1, too much is kept and not too little.
UPDATE state_tag SET given = 1;

DROP VIEW runs;
CREATE VIEW runs AS
${RUNS} WHERE r.id NOT IN (SELECT x.run FROM run_removal x);
`;
