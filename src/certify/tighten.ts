/** @file Raising the bound of a leaf by its multipliers, with nothing but evaluations: rounded ones may have lost it. */
import type { Changes } from '../check/certificate/steps.ts';
import type { CheckSession, LeafProof, Path } from '../check/contracts.ts';
import { adaptiveSlope } from '../bounds/recording.ts';
import { changesOf, type Place } from './hints.ts';
import { bfloat } from './keptTrees.ts';

/** A leaf, its proof, and what that comes to. */
export interface TriedLeaf {
  readonly path: Path;
  readonly conjunction: number;
  readonly proof: LeafProof;
  readonly bound: number;
}

/** Variables beyond which single steps cost more than splitting. */
const mostVariables = 400;
const rounds = 40;
/** Steps of slopes in bytes, of β relative to the largest of them; smaller ones where nothing is gained. */
const slopeSteps = [32, 8, 2, 1];
const betaSteps = [0.5, 0.12, 0.03, 0.008];

interface State {
  /** Bytes by variable; the place of each is fixed. */
  readonly slopes: Float64Array;
  readonly betas: Float64Array;
}

/** Slopes that are open to choice in a case, as its proof has them or by CROWN's choice. */
function openSlopesOf(session: CheckSession, { path, proof }: TriedLeaf): { place: Place; byte: number }[] {
  const told = new Map(
    proof.changes.flatMap(({ site, elements, alphas }) =>
      [...elements].map((element, k) => [`${site} ${element}`, alphas[k]] as const),
    ),
  );
  return session.sites.flatMap((_, site) => {
    const { lower, upper } = session.bounds(path, site);
    return [...lower.keys()]
      .filter((i) => lower[i] < 0 && upper[i] > 0)
      .map((element) => ({
        place: { site, element },
        byte: told.get(`${site} ${element}`) ?? adaptiveSlope(lower[element], upper[element]),
      }));
  });
}

/**
 * Ascends by single steps of every variable, of which those that gain are then taken together, or the best alone.
 * @returns the leaf as far as it came; its bound is at least the one given
 */
export function tighten(
  session: CheckSession,
  leaf: TriedLeaf,
  budget: { rows: number },
  checkpoint: () => void,
): TriedLeaf {
  const variables = openSlopesOf(session, leaf);
  const count = variables.length;
  if (count + leaf.path.splits > mostVariables || count + leaf.path.splits === 0) return leaf;
  const kept = leaf.proof.changes;
  const changesAt = (slopes: Float64Array): Changes => {
    const all = new Map(
      kept.flatMap(({ site, elements, alphas }) =>
        [...elements].map(
          (element, k) => [`${site} ${element}`, [{ site, element }, alphas[k]] as const] as const,
        ),
      ),
    );
    variables.forEach(({ place }, v) => all.set(`${place.site} ${place.element}`, [place, slopes[v]]));
    return changesOf(all.values());
  };
  const triedAt = ({ slopes, betas }: State): LeafProof => ({
    ...leaf.proof,
    changes: changesAt(slopes),
    betas,
  });
  const boundsOf = (states: readonly State[]): Float64Array => {
    budget.rows -= states.length;
    return session.leaves(
      states.map((state) => ({ path: leaf.path, conjunction: leaf.conjunction, proof: triedAt(state) })),
    );
  };
  let state: State = {
    slopes: Float64Array.from(variables, ({ byte }) => byte),
    betas: leaf.proof.betas.slice(),
  };
  let [bound] = boundsOf([state]);
  // What inherited slopes were is not known here: where CROWN's are worse, the leaf stays as it is.
  if (!(bound > -Infinity)) return leaf;
  let size = 0;
  for (let round = 0; round < rounds && !(bound > 0) && budget.rows > 0; round++) {
    checkpoint();
    const scale = Math.max(1e-3, ...state.betas);
    const moves: { readonly variable: number; readonly value: number }[] = [];
    state.slopes.forEach((byte, v) => {
      for (const side of [1, -1]) {
        const value = Math.min(255, Math.max(0, byte + side * slopeSteps[size]));
        if (value !== byte) moves.push({ variable: v, value });
      }
    });
    state.betas.forEach((beta, k) => {
      for (const side of [1, -1]) {
        const value = bfloat(Math.max(0, beta + side * betaSteps[size] * scale));
        if (value !== beta) moves.push({ variable: count + k, value });
      }
    });
    const moved = (chosen: readonly (typeof moves)[number][]): State => {
      const next = { slopes: state.slopes.slice(), betas: state.betas.slice() };
      for (const { variable, value } of chosen)
        if (variable < count) next.slopes[variable] = value;
        else next.betas[variable - count] = value;
      return next;
    };
    const found = boundsOf(moves.map((move) => moved([move])));
    const order = [...moves.keys()].filter((m) => found[m] > bound).toSorted((a, b) => found[b] - found[a]);
    const seen = new Set<number>();
    const gaining = order.filter((m) => !seen.has(moves[m].variable) && seen.add(moves[m].variable));
    if (gaining.length === 0) {
      if (++size === slopeSteps.length) break;
      continue;
    }
    const candidates = [1, 2, 4, Math.ceil(gaining.length / 2), gaining.length].map((n) =>
      moved(gaining.slice(0, n).map((m) => moves[m])),
    );
    const reached = boundsOf(candidates);
    const best = reached.reduce((most, b, k) => (b > reached[most] ? k : most), 0);
    [state, bound] = [candidates[best], reached[best]];
  }
  return bound > leaf.bound ? { ...leaf, proof: triedAt(state), bound } : leaf;
}
