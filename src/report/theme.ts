/** @file Colours of page and charts: each in a light and a dark form, told apart by colour-blind eyes too. */

/** A colour on light and on dark paper. */
export interface TwoTone {
  readonly light: string;
  readonly dark: string;
}

const tone = (light: string, dark: string): TwoTone => ({ light, dark });

/** Ink and paper. Text colours hold a contrast of at least 4.5 : 1 on the paper of their mode. */
export const PAPER = {
  page: tone('#fcfcfb', '#121517'),
  panel: tone('#ffffff', '#191d21'),
  ink: tone('#1c2024', '#e4e7ea'),
  muted: tone('#59626b', '#a3adb7'),
  grid: tone('#e4e7ea', '#2c3238'),
  line: tone('#d3d8dd', '#3a424a'),
  accent: tone('#0a5c9c', '#74b9f5'),
} as const;

/** The three accuracies; they also differ in the shape of their points. */
export const ACCURACY = {
  standard: tone('#6b5b95', '#b7a6e8'),
  pgd: tone('#c25e00', '#f2a65a'),
  certified: tone('#0a6ebd', '#62b6f7'),
} as const;

/** What decided an image: blues for proofs (cheap to dear), grey for open, warm for broken. */
export const DECISION = {
  ibp: tone('#b7d6ee', '#b7d6ee'),
  crown: tone('#7cb4df', '#83bbe6'),
  alpha: tone('#3d8bc8', '#4d9bd8'),
  bab: tone('#0d5590', '#276fad'),
  otherProof: tone('#062f54', '#4a63a8'),
  open: tone('#9aa3ab', '#7d8790'),
  attack: tone('#f0a259', '#f0a259'),
  babWitness: tone('#c96a12', '#d47a26'),
  clean: tone('#7d3f0c', '#a35f2a'),
} as const;

/** For things that have no order, e.g. runs beside each other. */
export const CATEGORIES: readonly TwoTone[] = [
  tone('#0a6ebd', '#62b6f7'),
  tone('#c25e00', '#f2a65a'),
  tone('#00826b', '#45c9ab'),
  tone('#a8327e', '#ea8cc8'),
  tone('#6b5b95', '#b7a6e8'),
  tone('#7a6a00', '#d6c03f'),
  tone('#4d5963', '#a9b4be'),
  tone('#b3261e', '#f58a82'),
];

const RAMP_STEPS = 24;
const RAMP_LIGHT = ['#35206e', '#1f5aa0', '#0f8a93', '#5aa02c', '#c99700'];
const RAMP_DARK = ['#c3aaff', '#7db8f7', '#4fc9c4', '#9bd06a', '#f2cf52'];

function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

function along(stops: readonly string[], position: number): string {
  const scaled = position * (stops.length - 1);
  const at = Math.min(stops.length - 2, Math.floor(scaled));
  const [from, to] = [channels(stops[at]), channels(stops[at + 1])];
  const mixed = from.map((value, i) => Math.round(value + (to[i] - value) * (scaled - at)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Fixed steps, so that the page's style sheet can name the dark form of each. */
const RAMP: readonly TwoTone[] = Array.from({ length: RAMP_STEPS }, (_, i) => {
  const position = i / (RAMP_STEPS - 1);
  return tone(along(RAMP_LIGHT, position), along(RAMP_DARK, position));
});

/** `length` colours in an order the eye follows (dense to sparse, first layer to last). */
export function ramp(length: number): TwoTone[] {
  if (length === 1) return [RAMP[0]];
  return Array.from({ length }, (_, i) => RAMP[Math.round((i / (length - 1)) * (RAMP_STEPS - 1))]);
}

/** Every colour a chart may hold. */
export const CHART_COLOURS: readonly TwoTone[] = [
  ...Object.values(PAPER),
  ...Object.values(ACCURACY),
  ...Object.values(DECISION),
  ...CATEGORIES,
  ...RAMP,
];
