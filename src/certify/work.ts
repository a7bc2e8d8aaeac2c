/** @file What checking costs, counted and not timed: whether a proof is checked must not depend on the machine's load. */
import type { CheckSession, Path } from '../check/contracts.ts';

/** Units of work in a second, about: multiply-accumulates, and what a row costs whatever the network. */
export const workRate = 1.3e9;
const rowWork = 30_000;

/** What a row that is derived with many others costs beside its multiply-accumulates. */
const derivedRowWork = 3000;

/** What a row costs beside its multiply-accumulates where open bends have rows of their own. */
const openRowWork = 1000;

/** Of one row from the outputs to the inputs. */
export const workOfRow = ({ cost }: CheckSession): number => cost + rowWork;

/** Rows of intermediate neurons pass half the network. */
export const workOfNeurons = ({ cost }: CheckSession, rows: number): number => rows * (cost / 2 + rowWork);

/** Elements on both sides of their kinks. */
function bending(session: CheckSession, path: Path): number {
  let count = 0;
  session.sites.forEach((_, site) => {
    const { lower, upper } = session.bounds(path, site);
    for (let i = 0; i < lower.length; i++) if (lower[i] < 0 && upper[i] > 0) count++;
  });
  return count;
}

/** The same session, where everything that it is asked for is told first. @param spend may throw to stop */
export const counted = (session: CheckSession, spend: (work: number) => void): CheckSession => ({
  ...session,
  derive(path, section) {
    const open = session.open(path);
    if (section.kind === 'adaptive' && open) spend(2 * open.bends * (open.cost / 2 + openRowWork));
    else if (section.kind !== 'none') {
      const rows = 2 * (section.kind === 'list' ? section.rows.length : bending(session, path));
      spend(rows * (session.cost / 2 + derivedRowWork));
    }
    return session.derive(path, section);
  },
  leaves(leaves, real) {
    for (const { path } of leaves) {
      const open = session.open(path);
      spend(open ? open.cost + openRowWork : workOfRow(session));
    }
    return session.leaves(leaves, real);
  },
});
