/**
 * Events in one position: what augmentation shows a network many times, done away with once ("data fixing" in the
 * study; HiggsML_Lumin, modules/data_import.py). The lepton flies at phi = 0 and eta >= 0, the tau at phi >= 0.
 */
import { type Table, tableOf } from 'restage';
import { type EventColumn, MISSING } from './columns.ts';

const OTHERS = ['PRI_tau', 'PRI_met', 'PRI_jet_leading', 'PRI_jet_subleading'] as const;
const WITH_ETA = ['PRI_tau', 'PRI_lep', 'PRI_jet_leading', 'PRI_jet_subleading'] as const;

/** Events turned about the beam and reflected, each into the position above; what is missing stays missing. */
export function aligned(events: Table<EventColumn>): Table<EventColumn> {
  const { columns, rows } = events;
  const made = (value: (row: number) => number): Float32Array => {
    const column = new Float32Array(rows);
    for (let row = 0; row < rows; row++) column[row] = value(row);
    return column;
  };
  const turned = (phi: number, row: number): number => wrapped(phi - columns.PRI_lep_phi[row]!);
  const mirrored = made((row) => (turned(columns.PRI_tau_phi[row]!, row) < 0 ? -1 : 1));
  const forward = made((row) => (columns.PRI_lep_eta[row]! < 0 ? -1 : 1));
  const defined = (value: number, changed: (value: number) => number): number =>
    value === MISSING ? MISSING : changed(value);
  return tableOf({
    ...columns,
    PRI_lep_phi: new Float32Array(rows),
    ...Object.fromEntries(
      OTHERS.map((vector) => [
        `${vector}_phi`,
        made((row) => defined(columns[`${vector}_phi`][row]!, (phi) => mirrored[row]! * turned(phi, row))),
      ]),
    ),
    ...Object.fromEntries(
      WITH_ETA.map((vector) => [
        `${vector}_eta`,
        made((row) => defined(columns[`${vector}_eta`][row]!, (eta) => forward[row]! * eta)),
      ]),
    ),
  });
}

/** The same angle between -pi and pi, of one that is within two turns. */
function wrapped(angle: number): number {
  if (angle > Math.PI) return wrapped(angle - 2 * Math.PI);
  return angle < -Math.PI ? wrapped(angle + 2 * Math.PI) : angle;
}
